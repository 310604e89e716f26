package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"laenderfeed/aggregator"
)

// identity is what the table known has on an item.
type identity struct {
	print [16]byte
	item  int64 // row in items; 0 is a tombstone
}

// How many identities one query looks up: those of one item, or of the items in
// most feeds.
const (
	lookupFew   = 2
	lookupBatch = 40
)

// lookupQuery has n parameters; those not needed are NULL.
func lookupQuery(n int) string {
	return "SELECT uuid, print, item FROM known WHERE uuid IN (?" + strings.Repeat(", ?", n-1) + ")"
}

// lookup finds which of ids are known, by the queries that run sends.
func lookup(ids []uuid, run func(query string, args ...any) (*sql.Rows, error)) (map[uuid]identity, error) {
	out := make(map[uuid]identity, len(ids))
	for batch := range slices.Chunk(ids, lookupBatch) {
		args := make([]any, lookupBatch)
		if len(batch) <= lookupFew {
			args = args[:lookupFew]
		}
		for i := range batch {
			args[i] = batch[i][:]
		}
		rows, err := run(lookupQuery(len(args)), args...)
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

// lineage is what the identities of a source's items depend on.
type lineage struct {
	namespace string // fixed when the source was first seen
	virgin    bool   // it was never asked: no identity is known
}

// lineage returns that of a source. Who polls it has just read its status, which tells.
// (Should another process have polled it since, Save will find what is known.)
func (s *Store) lineage(ctx context.Context, source string) (lineage, error) {
	if o, ok := s.lineages.Load(source); ok {
		return o.(lineage), nil
	}
	st, err := s.reads.get(ctx, targetQuery)
	if err != nil {
		return lineage{}, err
	}
	var o target
	err = st.QueryRowContext(ctx, source).Scan(o.dest()...)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrUnknownSource
	}
	return o.lineage, err
}

// recognise returns the identities of items, and what is known of them. An item
// whose guid differs from a known one, or from one before it, by http and https
// only is that item.
func recognise(o lineage, items []aggregator.Item, run func(query string, args ...any) (*sql.Rows, error)) ([]uuid, map[uuid]identity, error) {
	ids := identify(o.namespace, items)
	var at []int
	var others []aggregator.Item
	for i := range items {
		if guid := otherScheme(items[i].GUID); guid != "" {
			at, others = append(at, i), append(others, aggregator.Item{GUID: guid})
		}
	}
	twins := identify(o.namespace, others)
	have := map[uuid]identity{}
	if !o.virgin {
		var err error
		if have, err = lookup(slices.Concat(ids, twins), run); err != nil {
			return nil, nil, err
		}
	}
	met := make(map[uuid]bool, len(at))
	for n, i := range at {
		if _, known := have[ids[i]]; known {
			continue
		}
		if _, known := have[twins[n]]; known || met[twins[n]] {
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
	o, err := s.lineage(ctx, source)
	if err != nil {
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
