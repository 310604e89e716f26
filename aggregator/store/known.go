package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"laenderfeed/aggregator"
)

// identity is what the table known has on an item.
type identity struct {
	print [16]byte
	item  int64 // row in items; 0 is a tombstone
}

// lookupBatch is how many identities one query looks up: the number of items
// in most feeds, or half of it.
const lookupBatch = 20

// lookupQuery has lookupBatch parameters; those not needed are NULL.
var lookupQuery = "SELECT uuid, print, item FROM known WHERE uuid IN (?" + strings.Repeat(", ?", lookupBatch-1) + ")"

// lookup finds which of ids are known, by the queries that run sends.
func lookup(ids []uuid, run func(query string, args ...any) (*sql.Rows, error)) (map[uuid]identity, error) {
	out := make(map[uuid]identity, len(ids))
	args := make([]any, lookupBatch)
	for len(ids) > 0 {
		clear(args)
		n := min(len(ids), lookupBatch)
		for i := range n {
			args[i] = ids[i][:]
		}
		ids = ids[n:]
		rows, err := run(lookupQuery, args...)
		if err != nil {
			return nil, err
		}
		if err := collect(rows, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// collect adds the rows of one lookup to out.
func collect(rows *sql.Rows, out map[uuid]identity) error {
	defer rows.Close()
	var id, print sql.RawBytes
	for rows.Next() {
		var row identity
		if err := rows.Scan(&id, &print, &row.item); err != nil {
			return err
		}
		var u uuid
		copy(u[:], id)
		copy(row.print[:], print)
		out[u] = row
	}
	return rows.Err()
}

// identify returns the published ids of items, in their order.
func identify(namespace string, items []aggregator.Item) []uuid {
	ids := make([]uuid, len(items))
	for i := range items {
		ids[i] = aggregator.ItemUUID(namespace, items[i].GUID)
	}
	return ids
}

// recognise returns the identities of items, and what is known of them. An item
// whose guid differs from a known one, or from one before it, by http and https
// only is that item.
func recognise(o target, items []aggregator.Item, run func(query string, args ...any) (*sql.Rows, error)) ([]uuid, map[uuid]identity, error) {
	ids := identify(o.namespace, items)
	look := func(ids []uuid) (map[uuid]identity, error) {
		if o.virgin {
			return map[uuid]identity{}, nil
		}
		return lookup(ids, run)
	}
	have, err := look(ids)
	if err != nil {
		return nil, nil, err
	}
	var at []int
	var others []aggregator.Item
	for i, id := range ids {
		if _, known := have[id]; known {
			continue
		}
		if guid := otherScheme(items[i].GUID); guid != "" {
			at, others = append(at, i), append(others, aggregator.Item{GUID: guid})
		}
	}
	if len(at) == 0 {
		return ids, have, nil
	}
	twins := identify(o.namespace, others)
	found, err := look(twins)
	if err != nil {
		return nil, nil, err
	}
	met := make(map[uuid]bool, len(at))
	for n, i := range at {
		row, known := found[twins[n]]
		if known {
			have[twins[n]] = row
		}
		if known || met[twins[n]] {
			ids[i] = twins[n]
		}
		met[ids[i]] = true
	}
	return ids, have, nil
}

// Fresh implements [aggregator.Store]. Of several items with the same GUID only
// the first can be fresh, and an item without GUID never is. The items it
// returns are those it was given, in the same order; those that are stored with
// another fingerprint have their ID set.
func (s *Store) Fresh(ctx context.Context, source string, items []aggregator.Item) ([]aggregator.Item, error) {
	fresh, err := s.fresh(ctx, source, items)
	if err != nil {
		return nil, fmt.Errorf("comparing items of source %q: %w", source, err)
	}
	return fresh, nil
}

func (s *Store) fresh(ctx context.Context, source string, items []aggregator.Item) ([]aggregator.Item, error) {
	st, err := s.reads.get(ctx, targetQuery)
	if err != nil {
		return nil, err
	}
	var o target
	if err := st.QueryRowContext(ctx, source).Scan(o.dest()...); err != nil {
		if errors.Is(err, sql.ErrNoRows) {
			err = ErrUnknownSource
		}
		return nil, err
	}
	ids, have, err := recognise(o, items, func(query string, args ...any) (*sql.Rows, error) {
		st, err := s.reads.get(ctx, query)
		if err != nil {
			return nil, err
		}
		return st.QueryContext(ctx, args...)
	})
	if err != nil {
		return nil, err
	}
	var fresh []aggregator.Item
	for _, i := range changed(ids, items, have) {
		it := items[i]
		if _, stored := have[ids[i]]; stored {
			it.ID = ids[i].String()
		}
		fresh = append(fresh, it)
	}
	return fresh, nil
}

// changed returns the indexes of the items that are new or differ from what is
// stored: the first of each identity, no tombstones.
func changed(ids []uuid, items []aggregator.Item, have map[uuid]identity) []int {
	var out []int
	met := make(map[uuid]struct{}, len(ids))
	for i, id := range ids {
		if _, again := met[id]; again || items[i].GUID == "" {
			continue
		}
		met[id] = struct{}{}
		row, stored := have[id]
		if stored && row.item == 0 {
			continue
		}
		if stored {
			if print := items[i].Fingerprint(); bytes.Equal(print[:], row.print[:]) {
				continue
			}
		}
		out = append(out, i)
	}
	return out
}
