package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"laenderfeed/aggregator"
)

// arrivedWhere finds the items first seen in a span that belong to one of the
// areas ?3 and one of the topics ?4, to the source ?5 unless it is ”, and to one
// of the places ?6 unless there is none; lists are JSON arrays of slugs. It reads
// the whole span.
const arrivedWhere = `FROM items i WHERE i.seen >= ?1 AND i.seen < ?2
	AND EXISTS (SELECT 1 FROM listings l WHERE l.sort = i.sort AND l.item = i.id
		AND l.area IN (SELECT id FROM labels WHERE slug IN (SELECT value FROM json_each(?3)))
		AND l.topic IN (SELECT id FROM labels WHERE slug IN (SELECT value FROM json_each(?4))))
	AND (?5 = '' OR i.source = (SELECT id FROM sources WHERE slug = ?5))
	AND (?6 = '[""]' OR EXISTS (SELECT 1 FROM listings p WHERE p.sort = i.sort AND p.item = i.id AND p.topic = 0
		AND p.area IN (SELECT id FROM labels WHERE slug IN (SELECT value FROM json_each(?6)))))`

const (
	arrivedQuery = "SELECT i.sort, i.id " + arrivedWhere + " ORDER BY i.seen, i.id LIMIT ?7 OFFSET ?8"
	arrivedCount = "SELECT count(*) " + arrivedWhere
)

// arrivedArgs are the parameters of arrivedWhere.
func arrivedArgs(q aggregator.Query) ([]any, error) {
	args := []any{q.Seen.From.Unix(), q.Seen.To.Unix(), nil, nil, q.Source, nil}
	for i, list := range map[int][]string{2: anyOf(q.Regions, aggregator.Alle), 3: anyOf(q.Topics, ""), 5: placesOf(q)} {
		b, err := json.Marshal(append([]string{}, list...))
		if err != nil {
			return nil, err
		}
		args[i] = string(b)
	}
	return args, nil
}

// arrived returns what q.Seen says of a query, in the order of feeds; size is how
// much a part holds.
func (s *Store) arrived(ctx context.Context, q aggregator.Query, size int) ([]key, error) {
	args, err := arrivedArgs(q)
	if err != nil {
		return nil, err
	}
	part := q.Seen.Part
	if part <= 0 {
		n, err := s.Arrivals(ctx, q)
		if err != nil {
			return nil, err
		}
		part = max(n-1, 0)/size + 1
	}
	keys, err := s.ranged(ctx, nil, arrivedQuery, append(args, size, (part-1)*size)...)
	slices.SortFunc(keys, newest)
	return keys, err
}

// Arrivals counts the items of a query that were first seen in the span of
// q.Seen, all its parts.
func (s *Store) Arrivals(ctx context.Context, q aggregator.Query) (n int, err error) {
	args, err := arrivedArgs(q)
	if err != nil {
		return 0, fmt.Errorf("counting arrivals: %w", err)
	}
	st, err := s.reads.get(ctx, arrivedCount)
	if err == nil {
		err = st.QueryRowContext(ctx, args...).Scan(&n)
	}
	if err != nil {
		return 0, fmt.Errorf("counting arrivals: %w", err)
	}
	return n, nil
}

// Span returns when the oldest and the newest of all stored items were first
// seen; both are zero if there is none.
func (s *Store) Span(ctx context.Context) (oldest, newest time.Time, err error) {
	st, err := s.reads.get(ctx, "SELECT (SELECT min(seen) FROM items), (SELECT max(seen) FROM items)")
	var from, to instant
	if err == nil {
		err = st.QueryRowContext(ctx).Scan(&from, &to)
	}
	if err != nil {
		return oldest, newest, fmt.Errorf("reading the span of items: %w", err)
	}
	return from.Time, to.Time, nil
}

// ListedPlaces returns the keys of the places that have items, what contains them
// included, sorted.
func (s *Store) ListedPlaces(ctx context.Context) (keys []string, err error) {
	st, err := s.reads.get(ctx, "SELECT slug FROM labels WHERE slug GLOB '[0-9]*' AND EXISTS "+
		"(SELECT 1 FROM listings WHERE area = labels.id AND topic = 0) ORDER BY slug")
	var rows *sql.Rows
	if err == nil {
		rows, err = st.QueryContext(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("listing places: %w", err)
	}
	defer rows.Close()
	for rows.Next() && err == nil {
		var key string
		err = rows.Scan(&key)
		keys = append(keys, key)
	}
	if err = errors.Join(err, rows.Err()); err != nil {
		return nil, fmt.Errorf("listing places: %w", err)
	}
	return keys, nil
}
