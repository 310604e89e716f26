package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"laenderfeed/aggregator"
	"laenderfeed/feeds"
)

// still are the items as a walk over all feeds needs them: the formats of a feed
// come one after the other and are made of one reading, and the sources are read
// and the span of the archive once. It is used by one goroutine.
type still struct {
	archived
	sources []aggregator.SourceStatus
	oldest  time.Time // of the archive
	newest  time.Time
	key     string // of the query that was read last
	limit   int    // how many items were asked for
	entries []aggregator.Entry
	month   string // the query that was counted last
	count   int
}

// Sources returns the sources as they were at first.
func (s *still) Sources(ctx context.Context) (_ []aggregator.SourceStatus, err error) {
	if s.sources == nil {
		s.sources, err = s.archived.Sources(ctx)
	}
	return s.sources, err
}

// Span returns the span of the archive as it was at first.
func (s *still) Span(ctx context.Context) (oldest, newest time.Time, err error) {
	if s.newest.IsZero() {
		s.oldest, s.newest, err = s.archived.Span(ctx)
	}
	return s.oldest, s.newest, err
}

// Arrivals counts the items of a query, for all its parts and formats once.
func (s *still) Arrivals(ctx context.Context, q aggregator.Query) (int, error) {
	if key := s.queryKey(q); key != s.month {
		n, err := s.archived.Arrivals(ctx, q)
		if err != nil {
			return 0, err
		}
		s.month, s.count = key, n
	}
	return s.count, nil
}

// Entries returns the items of a query, of the reading before if they are in it.
func (s *still) Entries(ctx context.Context, q aggregator.Query) ([]aggregator.Entry, error) {
	if !q.Seen.IsZero() || !q.Before.Time.IsZero() || q.Limit <= 0 {
		return s.archived.Entries(ctx, q) // has to be read by itself
	}
	if key := s.queryKey(q); key != s.key || s.limit < q.Limit {
		entries, err := s.archived.Entries(ctx, q)
		if err != nil {
			return nil, err
		}
		s.key, s.limit, s.entries = key, q.Limit, entries
	}
	return slices.Clip(s.entries[:min(len(s.entries), q.Limit)]), nil
}

// queryKey tells queries apart that belong to different feeds or months.
func (*still) queryKey(q aggregator.Query) string {
	q.Limit, q.Seen.Part = 0, 0
	return fmt.Sprintf("%#v", q)
}

// mostDeadlines is for how many texts their deadlines are kept.
const mostDeadlines = 50_000

// onceEach keeps what the given function found, as most items are in several
// feeds. It is used by one goroutine.
func onceEach(find feeds.Deadlines) feeds.Deadlines {
	type textAt struct {
		hash      [sha256.Size]byte
		published int64
	}
	found := map[textAt][]aggregator.Deadline{}
	return func(text string, published time.Time) []aggregator.Deadline {
		key := textAt{sha256.Sum256([]byte(text)), published.UnixNano()}
		list, known := found[key]
		if !known {
			if len(found) == mostDeadlines {
				clear(found)
			}
			list = find(text, published)
			found[key] = list
		}
		return list
	}
}
