package feeds

import (
	"compress/gzip"
	"container/list"
	"context"
	"fmt"
	"io"
	"sync"
	"time"
)

// Cache keeps snapshots by canonical path, the recently used ones, until the
// version they were made of is over. It is safe for concurrent use; several
// requests for what is missing make it once.
type Cache struct {
	limit int // bytes
	zips  sync.Pool

	mu      sync.Mutex
	size    int
	entries map[string]*list.Element // of *cached
	recent  *list.List               // most recently used in front
	flights map[string]*flight
}

type cached struct {
	key      string
	version  uint64
	snapshot *Snapshot
}

// flight is a rendering under way. Its result is set before done is closed.
type flight struct {
	version  uint64
	done     chan struct{}
	snapshot *Snapshot
	err      error
}

type gzipWriter interface {
	io.WriteCloser
	Reset(io.Writer)
}

// renderTimeout bounds a rendering, which others may wait for after the request
// that began it was given up.
const renderTimeout = 30 * time.Second

// NewCache returns a cache of at most limit bytes, bookkeeping included.
func NewCache(limit int) *Cache {
	return &Cache{
		limit: limit, entries: map[string]*list.Element{}, recent: list.New(), flights: map[string]*flight{},
		zips: sync.Pool{New: func() any { return gzip.NewWriter(nil) }},
	}
}

// Fresh returns the snapshot of key if there is one of this version, else nil.
func (c *Cache) Fresh(key string, version uint64) *Snapshot {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fresh(key, version)
}

func (c *Cache) fresh(key string, version uint64) *Snapshot {
	if e := c.entries[key]; e != nil {
		if it := e.Value.(*cached); it.version == version {
			c.recent.MoveToFront(e)
			return it.snapshot
		}
	}
	return nil
}

// Get returns the snapshot of key in a version, which render makes if it is
// missing. If that fails, the snapshot of an older version is returned together
// with the error; there may be none.
func (c *Cache) Get(ctx context.Context, key string, version uint64, render func(context.Context) (Document, error)) (*Snapshot, error) {
	for {
		s, f, mine := c.board(key, version)
		switch {
		case s != nil:
			return s, nil
		case mine:
			c.fly(ctx, f, key, render)
			return f.snapshot, f.err
		}
		select {
		case <-f.done:
			if f.version == version {
				return f.snapshot, f.err
			}
			// What has landed was begun before the change that this request may
			// know of: once more.
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// board returns the snapshot of key, or the flight to wait for, or a new flight
// that the caller has to fly.
func (c *Cache) board(key string, version uint64) (s *Snapshot, f *flight, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s = c.fresh(key, version); s != nil {
		return s, nil, false
	}
	if f = c.flights[key]; f != nil {
		return nil, f, false
	}
	f = &flight{version: version, done: make(chan struct{})}
	c.flights[key] = f
	return nil, f, true
}

// fly makes the snapshot of a flight and lands it, whatever happens. The first
// request does the work for all that wait, so it does not end with that request.
func (c *Cache) fly(ctx context.Context, f *flight, key string, render func(context.Context) (Document, error)) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), renderTimeout)
	defer cancel()
	f.err = fmt.Errorf("rendering %s: panic", key)
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.flights, key)
		if f.err == nil {
			c.put(&cached{key, f.version, f.snapshot})
		}
		close(f.done)
	}()
	old := c.peek(key)
	d, err := render(ctx)
	if err != nil {
		f.snapshot, f.err = old, err
		return
	}
	s := newSnapshot(d)
	if old != nil && old.hash == s.hash && old.modified.Equal(s.modified) {
		f.snapshot, f.err = old, nil // nothing has changed: keep what is compressed
		return
	}
	zip := c.zips.Get().(gzipWriter)
	defer c.zips.Put(zip)
	f.snapshot, f.err = s, s.compress(zip)
}

func (c *Cache) peek(key string) *Snapshot {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.entries[key]; e != nil {
		return e.Value.(*cached).snapshot
	}
	return nil
}

// put stores a snapshot and drops the least recently used ones beyond the limit.
func (c *Cache) put(it *cached) {
	if e := c.entries[it.key]; e != nil {
		c.drop(e)
	}
	c.entries[it.key] = c.recent.PushFront(it)
	c.size += it.snapshot.size()
	for c.size > c.limit && c.recent.Len() > 0 {
		c.drop(c.recent.Back())
	}
}

func (c *Cache) drop(e *list.Element) {
	it := c.recent.Remove(e).(*cached)
	delete(c.entries, it.key)
	c.size -= it.snapshot.size()
}
