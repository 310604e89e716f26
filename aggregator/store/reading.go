package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"

	"laenderfeed/aggregator"
)

// Two sorts of searches are hard for FTS5. It puts together all that has any word
// with a certain beginning before it returns the first of them: half a second
// where most of a million items have one. And to look whether a common word is in
// one certain item costs a third of a millisecond, more while there are many
// segments. But what is common is quickly found by reading items, the newest
// first, and a small set is quickly read as a whole.
const (
	readMost  = 256 // items that are read for a search
	readFirst = 64  // of these at first, to see whether what is looked for is common
	readGap   = 100 // items there must be for one that the filters admit
)

// readKeys finds the newest items of a search by reading what the easy part of it
// admits. ok is false where that does not pay or does not suffice; then nothing is
// known.
func (s *Store) readKeys(ctx context.Context, q aggregator.Query, low, below int64) (places []int64, ok bool, err error) {
	match, prefix := matchOf(q.Search)
	if match == "" || q.Limit > readFirst {
		return nil, false, nil
	}
	rest := q
	rest.Search.All = nil
	if prefix {
		rest.Search.All = slices.DeleteFunc(slices.Clone(q.Search.All), func(c aggregator.SearchClause) bool {
			return c.Not || slices.ContainsFunc(c.Any, func(t aggregator.SearchTerm) bool { return t.Prefix })
		})
	}
	streams := s.streams(rest, low)
	if streams == nil {
		return nil, true, nil
	}
	batch, err := common(ctx, streams, below, readMost)
	if err != nil || !prefix && !sparse(batch) {
		return nil, false, err
	}
	wanted, all := folded(q.Search), len(batch) < readMost
	for read := 0; read < len(batch); {
		next := batch[read:min(len(batch), read+readFirst)]
		hold, err := s.reading(ctx, wanted, next)
		if err != nil {
			return nil, false, err
		}
		places = append(places, hold...)
		switch read += len(next); {
		case len(places) >= q.Limit:
			return places[:q.Limit], true, nil
		case !all && len(places)*readMost < q.Limit*read:
			return nil, false, nil
		}
	}
	return places, all, nil
}

// sparse tells whether the items with some places are few among those stored in
// the same time.
func sparse(places []int64) bool {
	if len(places) == 0 {
		return true
	}
	first, last := int64(1<<itemBits), int64(0)
	for _, p := range places {
		first, last = min(first, keyOf(p).item), max(last, keyOf(p).item)
	}
	return last-first >= readGap*int64(len(places)-1)
}

// reading returns those of some places, in their order, whose items a folded
// search holds for.
func (s *Store) reading(ctx context.Context, search aggregator.Search, places []int64) ([]int64, error) {
	ids := make([]int64, len(places))
	for i, p := range places {
		ids[i] = keyOf(p).item
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	st, err := s.reads.get(ctx, "SELECT id, title, summary, content, extra FROM items WHERE id IN (SELECT value FROM json_each(?))")
	if err != nil {
		return nil, err
	}
	rows, err := st.QueryContext(ctx, string(list))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	hold := map[int64]bool{}
	for rows.Next() {
		var it aggregator.Item
		var id int64
		var extra sql.RawBytes
		if err := rows.Scan(&id, &it.Title, &it.Summary, &it.Content, &extra); err != nil {
			return nil, err
		}
		if err := decodeExtra(extra, &it); err != nil {
			return nil, err
		}
		title, body := new(indexing).texts(&it)
		hold[id] = holdsIn(search, " "+title+" ", " "+body+" ")
	}
	return slices.DeleteFunc(slices.Clone(places), func(p int64) bool { return !hold[keyOf(p).item] }), rows.Err()
}

// folded returns a search whose terms are as they stand in the index, each after
// a space and, unless it is a beginning, before one. Terms of which nothing is
// indexed are left out.
func folded(search aggregator.Search) (out aggregator.Search) {
	for _, c := range search.All {
		clause := aggregator.SearchClause{Not: c.Not}
		for _, t := range c.Any {
			text := " " + Fold(t.Text)
			if text == " " {
				continue
			}
			if !t.Prefix {
				text += " "
			}
			clause.Any = append(clause.Any, aggregator.SearchTerm{Text: text, Prefix: t.Prefix})
		}
		out.All = append(out.All, clause)
	}
	return out
}

// holdsIn tells whether a folded search holds for a title and a text between
// spaces.
func holdsIn(search aggregator.Search, title, body string) bool {
	for _, c := range search.All {
		occurs := slices.ContainsFunc(c.Any, func(t aggregator.SearchTerm) bool {
			return strings.Contains(title, t.Text) || strings.Contains(body, t.Text)
		})
		if occurs == c.Not {
			return false
		}
	}
	return true
}
