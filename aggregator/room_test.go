package aggregator

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

func TestRoomNeverHoldsMore(t *testing.T) {
	const size = 10
	r := NewRoom(size)
	var held, most atomic.Int64
	var wg sync.WaitGroup
	for i := range 200 {
		need := int64(i % 13) // more than there is counts as all
		wg.Go(func() {
			give, err := r.Take(t.Context(), need)
			if err != nil {
				t.Error(err)
				return
			}
			now := held.Add(min(need, size))
			for old := most.Load(); now > old && !most.CompareAndSwap(old, now); old = most.Load() {
			}
			held.Add(-min(need, size))
			give()
			give() // gives no more than was taken
		})
	}
	wg.Wait()
	if most.Load() > size || r.taken != 0 || r.waiting.Len() != 0 {
		t.Errorf("%d of %d taken at once, %d at the end, %d wait", most.Load(), size, r.taken, r.waiting.Len())
	}
}

// Whoever needs much is not passed by those who need little, and whoever gives up
// does not hold up the rest.
func TestRoomInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := NewRoom(4)
		first, err := r.Take(t.Context(), 3)
		if err != nil {
			t.Fatal(err)
		}
		var order []int64
		var wg sync.WaitGroup
		impatient, giveUp := context.WithCancel(t.Context())
		take := func(ctx context.Context, need int64) {
			wg.Go(func() {
				give, err := r.Take(ctx, need)
				if err != nil {
					order = append(order, -need)
					return
				}
				order = append(order, need)
				synctest.Wait()
				give()
			})
			synctest.Wait()
		}
		take(t.Context(), 4)
		take(impatient, 2)
		take(t.Context(), 1)
		if len(order) != 0 {
			t.Fatalf("%v passed the first in the queue", order)
		}
		giveUp()
		synctest.Wait()
		first()
		wg.Wait()
		if len(order) != 3 || order[0] != -2 || order[1] != 4 || order[2] != 1 || r.taken != 0 {
			t.Errorf("served %v, %d still taken", order, r.taken)
		}
	})
}
