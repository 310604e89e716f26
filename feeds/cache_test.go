package feeds

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
)

func rendering(body string) func(context.Context) (Document, error) {
	return func(context.Context) (Document, error) {
		return Document{Body: []byte(body), Type: "text/plain", Modified: day}, nil
	}
}

func mustGet(t *testing.T, c *Cache, key string, version uint64, body string) *Snapshot {
	t.Helper()
	s, err := c.Get(context.Background(), key, version, rendering(body))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCacheKeepsUntilTheVersionMoves(t *testing.T) {
	c := NewCache(1 << 20)
	if c.Fresh("a", 1) != nil {
		t.Error("an empty cache has something")
	}
	first := mustGet(t, c, "a", 1, "x")
	if mustGet(t, c, "a", 1, "not asked") != first || c.Fresh("a", 1) != first {
		t.Error("rendered again in the same version")
	}
	if c.Fresh("a", 2) != nil || c.Fresh("b", 1) != nil {
		t.Error("fresh for another version or key")
	}
	if mustGet(t, c, "a", 2, "x") != first || c.Fresh("a", 2) != first {
		t.Error("the same bytes became another snapshot")
	}
	if second := mustGet(t, c, "a", 3, "y"); second == first || second.plain.tag == first.plain.tag {
		t.Error("other bytes, same snapshot")
	}
}

func TestCacheReturnsTheOldSnapshotWithTheError(t *testing.T) {
	c, broken := NewCache(1<<20), errors.New("broken")
	fail := func(context.Context) (Document, error) { return Document{}, broken }
	if s, err := c.Get(context.Background(), "a", 1, fail); s != nil || !errors.Is(err, broken) {
		t.Errorf("%v, %v", s, err)
	}
	old := mustGet(t, c, "a", 1, "x")
	if s, err := c.Get(context.Background(), "a", 2, fail); s != old || !errors.Is(err, broken) {
		t.Errorf("%v, %v", s, err)
	}
	if c.Fresh("a", 2) != nil {
		t.Error("a failure was kept")
	}
	mustGet(t, c, "a", 2, "x")
}

func TestCacheIsBounded(t *testing.T) {
	const limit = 50 * 3000
	c := NewCache(limit)
	for i := range 1000 {
		mustGet(t, c, fmt.Sprint(i), 1, "x")
		mustGet(t, c, "kept", 1, "x") // used all the time
	}
	if c.size > limit || len(c.entries) != c.recent.Len() || len(c.entries) < 20 || len(c.entries) > 75 {
		t.Errorf("%d bytes in %d entries, %d in the list", c.size, len(c.entries), c.recent.Len())
	}
	if c.Fresh("kept", 1) == nil || c.Fresh("999", 1) == nil || c.Fresh("0", 1) != nil {
		t.Error("not the least recently used ones were dropped")
	}
	sum := 0
	for _, e := range c.entries {
		sum += e.Value.(*cached).snapshot.size()
	}
	if sum != c.size {
		t.Errorf("counted %d bytes, there are %d", c.size, sum)
	}
	if s := mustGet(t, c, "huge", 1, string(make([]byte, 2*limit))); s == nil || c.size > limit {
		t.Error("what is larger than the cache is not served, or kept")
	}
}

func TestCacheRendersOnce(t *testing.T) {
	c := NewCache(1 << 20)
	const requests = 16
	var renders atomic.Int64
	began, finish := make(chan struct{}), make(chan struct{})
	render := func(ctx context.Context) (Document, error) {
		renders.Add(1)
		close(began)
		<-finish
		return Document{Body: []byte("x")}, ctx.Err()
	}
	// The first request is given up while it renders; the others still get it.
	first, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	got := make([]*Snapshot, requests)
	wg.Go(func() { got[0], _ = c.Get(first, "a", 1, render) })
	<-began
	cancel()
	for i := 1; i < requests; i++ {
		wg.Go(func() { got[i], _ = c.Get(context.Background(), "a", 1, render) })
	}
	gone, stop := context.WithCancel(context.Background())
	stop()
	if _, err := c.Get(gone, "a", 1, render); !errors.Is(err, context.Canceled) {
		t.Errorf("a request that was given up waits: %v", err)
	}
	close(finish)
	wg.Wait()
	if renders.Load() != 1 {
		t.Errorf("rendered %d times", renders.Load())
	}
	for i := range got {
		if got[i] == nil || got[i] != got[0] {
			t.Fatalf("request %d got %v", i, got[i])
		}
	}
}

// TestCacheWaitsForItsOwnVersion joins a rendering that began before a change, and
// expects to see the change all the same.
func TestCacheWaitsForItsOwnVersion(t *testing.T) {
	c := NewCache(1 << 20)
	began, finish, joined := make(chan struct{}), make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		c.Get(context.Background(), "a", 1, func(context.Context) (Document, error) {
			close(began)
			<-finish
			return Document{Body: []byte("old")}, nil
		})
	})
	<-began
	wg.Go(func() {
		close(joined)
		s, err := c.Get(context.Background(), "a", 2, rendering("new"))
		if err != nil || string(s.plain.body) != "new" {
			t.Errorf("%v, %v", s, err)
		}
	})
	<-joined
	close(finish)
	wg.Wait()
	if s := c.Fresh("a", 2); s == nil || string(s.plain.body) != "new" {
		t.Error("the newer snapshot is not kept")
	}
}

func TestCacheSurvivesAPanic(t *testing.T) {
	c := NewCache(1 << 20)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is lost")
			}
		}()
		c.Get(context.Background(), "a", 1, func(context.Context) (Document, error) { panic("x") })
	}()
	mustGet(t, c, "a", 1, "x")
}

func TestCacheConcurrently(t *testing.T) {
	c := NewCache(20 * 3000)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 200 {
				key, version := fmt.Sprint(i*g%30), uint64(i/50)
				s, err := c.Get(context.Background(), key, version, rendering(key+fmt.Sprint(version)))
				if err != nil || s == nil {
					t.Errorf("%v, %v", s, err)
				}
				c.Fresh(key, version)
			}
		})
	}
	wg.Wait()
	if c.size > c.limit || len(c.flights) > 0 {
		t.Errorf("%d bytes, %d flights", c.size, len(c.flights))
	}
}
