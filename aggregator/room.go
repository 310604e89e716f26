package aggregator

import (
	"container/list"
	"context"
	"sync"
)

// Room is a bounded amount of something that many share, such as bytes of
// memory. Whoever needs some takes it, waiting until there is enough, and gives
// it back. Those who wait are served in the order in which they came, so that
// nobody with a large need starves. It is safe for concurrent use.
type Room struct {
	size int64

	mu      sync.Mutex
	taken   int64
	waiting list.List // of *waiter
}

// waiter is somebody who waits for room.
type waiter struct {
	need  int64
	ready chan struct{} // closed when the room is theirs
}

// NewRoom returns a Room of a size, at least 1.
func NewRoom(size int64) *Room { return &Room{size: max(size, 1)} }

// Take waits for n units and takes them; more than there are in all means all of
// them. The caller calls give when done with them, once or more often. Take fails
// only when ctx ends first, with its error and nothing taken.
func (r *Room) Take(ctx context.Context, n int64) (give func(), err error) {
	n = min(max(n, 0), r.size)
	r.mu.Lock()
	if r.waiting.Len() == 0 && r.taken+n <= r.size {
		r.taken += n
		r.mu.Unlock()
		return sync.OnceFunc(func() { r.give(n) }), nil
	}
	w := &waiter{need: n, ready: make(chan struct{})}
	at := r.waiting.PushBack(w)
	r.mu.Unlock()
	select {
	case <-w.ready:
		return sync.OnceFunc(func() { r.give(n) }), nil
	case <-ctx.Done():
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-w.ready: // at the same moment: given back
		r.taken -= n
	default:
		r.waiting.Remove(at)
	}
	r.admit()
	return nil, ctx.Err()
}

// give takes n units back.
func (r *Room) give(n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.taken -= n
	r.admit()
}

// admit lets in those at the head of the queue for whom there is room. The
// caller holds mu.
func (r *Room) admit() {
	for at := r.waiting.Front(); at != nil; at = r.waiting.Front() {
		w := at.Value.(*waiter)
		if r.taken+w.need > r.size {
			return
		}
		r.taken += w.need
		r.waiting.Remove(at)
		close(w.ready)
	}
}
