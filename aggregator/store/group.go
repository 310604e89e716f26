package store

import (
	"context"
	"sync"
	"time"
)

// Polls that end at about the same time are saved in one transaction. What a
// transaction costs by itself (its commit, the pages all of them touch, a
// segment of the full-text index) is then paid once for several polls, which is
// most of what saving a poll without news costs.
const (
	groupSize = 16                    // polls are enough for a transaction
	groupWait = 40 * time.Millisecond // the longest a poll waits for others
)

// group is the polls that wait to be saved together. The first of them saves
// all. It waits for more only while polls do come together: a save that is on
// its own is not held up.
type group struct {
	mu      sync.Mutex
	waiting []*member
	lively  bool          // the last transaction held several
	full    chan struct{} // holds a token when there are enough
}

// member is one poll of a group.
type member struct {
	ctx  context.Context
	fn   func(tx) (bool, error)
	done chan struct{}
	err  error // once done is closed
}

func newGroup() *group { return &group{full: make(chan struct{}, 1)} }

// join adds a poll to those waiting. The first of them leads.
func (g *group) join(m *member) (leads, wait bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = append(g.waiting, m)
	if len(g.waiting) == groupSize {
		select {
		case g.full <- struct{}{}:
		default:
		}
	}
	return len(g.waiting) == 1, g.lively
}

// take ends the waiting. Whoever comes later leads another group.
func (g *group) take() []*member {
	g.mu.Lock()
	defer g.mu.Unlock()
	batch := g.waiting
	g.waiting, g.lively = nil, len(batch) > 1
	return batch
}

// gather waits until there are enough, but not long.
func (g *group) gather() {
	timer := time.NewTimer(groupWait)
	defer timer.Stop()
	select {
	case <-g.full:
	case <-timer.C:
	}
}

// together is [Store.commit] in one transaction with others. Each fn is seen
// through or undone as if it were alone: when one fails, they are all run again
// in a transaction each. So fn must start anew each time. A ctx that ends ends the
// waiting for another process only, and that of nobody else.
func (s *Store) together(ctx context.Context, fn func(tx) (bool, error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m := &member{ctx: ctx, fn: fn, done: make(chan struct{})}
	leads, wait := s.group.join(m)
	if !leads {
		<-m.done
		return m.err
	}
	if wait {
		s.group.gather()
	}
	s.lead(ctx)
	return m.err
}

// lead saves a group.
func (s *Store) lead(ctx context.Context) {
	var batch []*member
	err := s.commit(ctx, func(t tx) (changed bool, err error) {
		batch = s.group.take()
		for _, m := range batch {
			c, err := m.fn(t)
			if err != nil {
				return false, err
			}
			changed = changed || c
		}
		return changed, nil
	})
	again := err != nil && len(batch) > 1
	if batch == nil { // there was no transaction
		batch = s.group.take()
	}
	for _, m := range batch {
		if m.err = err; again {
			m.err = s.commit(m.ctx, m.fn)
		}
		close(m.done)
	}
}
