package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// refreshEvery is how stale Generation may be about other processes.
const refreshEvery = time.Second

// Generation returns a number that grows whenever something changed that a
// published feed or page can show: items, their labels, the sources. Polls
// that bring nothing new do not move it. It outlives restarts, and it counts
// what other processes do too: those are looked for once a second at most, so
// that asking for each HTTP request costs nothing.
func (s *Store) Generation() uint64 {
	now := s.now().UnixNano()
	if last := s.refreshed.Load(); now-last >= int64(refreshEvery) || now < last {
		s.refreshed.Store(now)
		select {
		case token := <-s.refreshing:
			_ = s.lookAround(context.Background()) // a failure is tried again in a second
			s.refreshing <- token
		default: // somebody is looking
		}
	}
	return s.generation.Load()
}

// Refresh looks at once for what other processes have changed, and returns the
// generation.
func (s *Store) Refresh(ctx context.Context) (uint64, error) {
	select {
	case token := <-s.refreshing:
		defer func() { s.refreshing <- token }()
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	if err := s.lookAround(ctx); err != nil {
		return 0, fmt.Errorf("reading generation: %w", err)
	}
	return s.generation.Load(), nil
}

// lookAround reads the generation if anybody committed anything. SQLite tells
// by PRAGMA data_version, which reads no page.
func (s *Store) lookAround(ctx context.Context) error {
	var version int64
	if err := s.watch.QueryRowContext(ctx, "PRAGMA data_version").Scan(&version); err != nil {
		return err
	}
	if version == s.dataVersion {
		return nil
	}
	var n uint64
	if err := s.watch.QueryRowContext(ctx, "SELECT value FROM meta WHERE key = 'generation'").Scan(&n); err != nil {
		return err
	}
	s.dataVersion = version
	s.advance(n)
	return nil
}

// advance moves the generation forward, never back: a reader may be late.
func (s *Store) advance(n uint64) {
	for {
		have := s.generation.Load()
		if n <= have || s.generation.CompareAndSwap(have, n) {
			return
		}
	}
}

// commit runs fn in a transaction. If fn reports that readers can see a
// difference, the generation moves with it.
func (s *Store) commit(ctx context.Context, fn func(tx) (bool, error)) error {
	var n uint64
	err := s.writer.do(ctx, func(t tx) error {
		changed, err := fn(t)
		if err != nil || !changed {
			return err
		}
		if _, err := t.exec("INSERT INTO meta (key, value) VALUES ('revision', random()) ON CONFLICT (key) DO UPDATE SET value = excluded.value"); err != nil {
			return err
		}
		return t.row([]any{&n}, "UPDATE meta SET value = value + 1 WHERE key = 'generation' RETURNING value")
	})
	if err == nil && n > 0 {
		s.advance(n)
	}
	return err
}

// Revision names the present generation as no other generation of any database is
// named, not even one of the same number that a restored copy of this one has come
// to: half of it is chance. It is "" until the generation has moved under a version
// that knows revisions.
func (s *Store) Revision(ctx context.Context) (string, error) {
	st, err := s.reads.get(ctx, "SELECT g.value, r.value FROM meta g, meta r WHERE g.key = 'generation' AND r.key = 'revision'")
	if err != nil {
		return "", fmt.Errorf("reading revision: %w", err)
	}
	var generation, chance int64
	switch err := st.QueryRowContext(ctx).Scan(&generation, &chance); {
	case errors.Is(err, sql.ErrNoRows):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("reading revision: %w", err)
	}
	return fmt.Sprintf("%d-%016x", generation, uint64(chance)), nil
}

// Created returns when the database was created.
func (s *Store) Created(ctx context.Context) (time.Time, error) {
	st, err := s.reads.get(ctx, "SELECT value FROM meta WHERE key = 'created'")
	if err != nil {
		return time.Time{}, err
	}
	var t instant
	if err := st.QueryRowContext(ctx).Scan(&t); err != nil {
		return time.Time{}, fmt.Errorf("reading time of creation: %w", err)
	}
	return t.Time, nil
}
