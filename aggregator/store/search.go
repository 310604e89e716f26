package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"laenderfeed/aggregator"
)

const (
	// searchTimeout bounds a search, waiting for its turn included.
	searchTimeout = 2 * time.Second
	// searchDepth is how many of the items found, the newest, are counted and
	// ranked.
	searchDepth = 1000
	// fetchMost is how many keys one step of a search reads at most.
	fetchMost = 2048
)

// searching tells whether a query is more than a range of listings.
func searching(q aggregator.Query) bool {
	return !q.Search.IsZero() || !q.Since.IsZero() || !q.Until.IsZero()
}

// Search returns the items a query asks for, at most q.Limit: the best first, or
// the newest first, as Entries does. Looked at are the newest thousand that
// match, so what is best among many more is only best among these. The error may
// be [aggregator.ErrSearchBusy].
func (s *Store) Search(ctx context.Context, q aggregator.Query, best bool) (found aggregator.Found, err error) {
	shown := q.Limit
	if shown <= 0 {
		shown = defaultLimit
	}
	q.Limit = searchDepth + 1
	keys, err := s.searchKeys(ctx, q)
	if err != nil {
		return found, fmt.Errorf("searching: %w", err)
	}
	found.Total, found.More = min(len(keys), searchDepth), len(keys) > searchDepth
	keys = keys[:found.Total]
	if best && !q.Search.IsZero() {
		if found.Entries, err = s.ranked(ctx, q.Search, keys, shown); err != nil {
			return found, fmt.Errorf("ranking items: %w", err)
		}
		return found, nil
	}
	if found.Entries, err = s.load(ctx, keys[:min(len(keys), shown)]); err != nil {
		return found, fmt.Errorf("reading items: %w", err)
	}
	return found, nil
}

// searchKeys returns the newest keys of a search, at most q.Limit.
func (s *Store) searchKeys(ctx context.Context, q aggregator.Query) (keys []key, err error) {
	low, below := int64(-maxSort)<<itemBits, int64(math.MaxInt64)
	if !q.Since.IsZero() {
		low = max(low, key{q.Since.Unix(), 0}.place())
	}
	if !q.Until.IsZero() {
		below = key{q.Until.Unix(), 0}.place()
	}
	err = s.bounded(ctx, func(ctx context.Context) error {
		places, err := s.searchPlaces(ctx, q, low, below)
		for _, p := range places {
			keys = append(keys, keyOf(p))
		}
		return err
	})
	return keys, err
}

// searchPlaces returns the highest places of a search, at most q.Limit, that are
// not below low and below a limit.
func (s *Store) searchPlaces(ctx context.Context, q aggregator.Query, low, below int64) ([]int64, error) {
	if places, ok, err := s.readKeys(ctx, q, low, below); ok || err != nil {
		return places, err
	}
	streams := s.streams(q, low)
	if streams == nil {
		return nil, nil
	}
	return common(ctx, streams, below, q.Limit)
}

// bounded runs a part of a search when it is its turn, and interrupts it when it
// takes too long.
func (s *Store) bounded(ctx context.Context, fn func(context.Context) error) error {
	limited, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	err := limited.Err()
	select {
	case s.search <- struct{}{}:
		if err == nil {
			err = fn(limited)
		}
		<-s.search
	case <-limited.Done():
		err = limited.Err()
	}
	if err != nil && ctx.Err() == nil && limited.Err() != nil {
		return errors.Join(aggregator.ErrSearchBusy, err)
	}
	return err
}

// stream is a set of items by their places, read from the highest on. It
// reads ahead in steps that grow while all of what it reads is used, and shrink
// when most is skipped.
type stream struct {
	fetch fetcher
	least int // places of a step at least
	low   int64
	rows  []int64 // read and not yet passed
	step  int
	end   bool // there are none below rows
}

// fetcher returns the highest n places of a set that are not below low and below
// a limit, in descending order.
type fetcher func(ctx context.Context, low, below int64, n int) ([]int64, error)

// seek returns the highest place that is not above at, and false if there is none.
func (st *stream) seek(ctx context.Context, at int64) (int64, bool, error) {
	i, _ := slices.BinarySearchFunc(st.rows, at, func(row, at int64) int { return cmp.Compare(at, row) })
	skipped := i > 1 && i > st.step/2
	st.rows = st.rows[i:]
	switch {
	case len(st.rows) > 0:
		return st.rows[0], true, nil
	case st.end:
		return 0, false, nil
	}
	if skipped {
		st.step /= 4
	} else {
		st.step *= 2
	}
	st.step = max(st.least, 1, min(st.step, fetchMost))
	rows, err := st.fetch(ctx, st.low, at+1, st.step)
	if err != nil {
		return 0, false, err
	}
	st.rows, st.end = rows, len(rows) < st.step
	if len(rows) == 0 {
		return 0, false, nil
	}
	return rows[0], true, nil
}

// common returns the highest n places below a limit that all streams have. They
// take turns in leading: each goes at once to where the one before it is, so what
// is rare leads past most of what is common.
func common(ctx context.Context, streams []*stream, below int64, n int) (found []int64, err error) {
	for at := below - 1; len(found) < n; at-- {
		for agreed := 0; agreed < len(streams); {
			st := streams[agreed]
			row, ok, err := st.seek(ctx, at)
			if !ok || err != nil {
				return found, err
			}
			if row < at {
				at = row
				if agreed > 0 {
					agreed = 0
					continue
				}
			}
			agreed++
		}
		found = append(found, at)
	}
	return found, nil
}

// streams returns the sets whose common places a query asks for; none at all mean
// that nothing can be found.
func (s *Store) streams(q aggregator.Query, low int64) []*stream {
	var out []*stream
	add := func(least int, fetch fetcher) {
		out = append(out, &stream{fetch: fetch, least: least, low: low, step: max(q.Limit/2, 8)})
	}
	areas, topics, places := anyOf(q.Regions, aggregator.Alle), anyOf(q.Topics, ""), placesOf(q)
	if q.Source != "" {
		add(0, s.rowsOf(sourceRows, q.Source))
	}
	switch {
	case len(places) == 0:
		return nil
	case places[0] != "":
		add(0, s.listed(places, []string{""}))
	}
	if len(out) == 0 && q.Search.IsZero() || areas[0] != "" || topics[0] != "" {
		add(0, s.listed(areas, topics))
	}
	if !q.Search.IsZero() { // last, as it costs most to look into
		match, prefix := matchOf(q.Search)
		if match == "" {
			return nil
		}
		least := 0
		if prefix { // what has any word with that beginning is put together for each step
			least = fetchMost
		}
		add(least, s.matching(match))
	}
	return out
}

// Each of these returns one row: what it finds, joined by commas. So nothing is
// paid for each single row, and all the work is done in the one step that the
// driver interrupts when its context ends.
const (
	matchRows = `SELECT group_concat(-r) FROM (SELECT rowid AS r FROM texts
		WHERE texts MATCH ?4 AND rowid <= -?1 AND rowid > -?2 ORDER BY rowid LIMIT ?3)`
	listedRows = `SELECT group_concat((sort << 28) + item) FROM (SELECT sort, item FROM listings
		WHERE area = (SELECT id FROM labels WHERE slug = ?4) AND topic = (SELECT id FROM labels WHERE slug = ?5)
			AND sort >= ?1 >> 28 AND (sort, item) < (?2 >> 28, ?2 & 268435455)
		ORDER BY sort DESC, item DESC LIMIT ?3)`
	sourceRows = `SELECT group_concat((sort << 28) + id) FROM (SELECT sort, id FROM items
		WHERE source = (SELECT id FROM sources WHERE slug = ?4)
			AND sort >= ?1 >> 28 AND (sort, id) < (?2 >> 28, ?2 & 268435455)
		ORDER BY sort DESC, id DESC LIMIT ?3)`
)

// rowsOf returns a fetcher that runs one of the queries above with one or two
// arguments.
func (s *Store) rowsOf(query string, args ...any) fetcher {
	return func(ctx context.Context, low, below int64, n int) ([]int64, error) {
		st, err := s.reads.get(ctx, query)
		if err != nil {
			return nil, err
		}
		var list []byte
		if err := st.QueryRowContext(ctx, append([]any{low, below, n}, args...)...).Scan(&list); err != nil {
			return nil, err
		}
		return readRows(list, n), nil
	}
}

// readRows reads integers that are joined by commas.
func readRows(list []byte, n int) []int64 {
	if len(list) == 0 {
		return nil
	}
	out := make([]int64, 0, min(n, len(list)))
	var v, sign int64 = 0, 1
	for _, c := range list {
		switch c {
		case ',':
			out = append(out, sign*v)
			v, sign = 0, 1
		case '-':
			sign = -1
		default:
			v = v*10 + int64(c-'0')
		}
	}
	return append(out, sign*v)
}

func (s *Store) matching(match string) fetcher { return s.rowsOf(matchRows, match) }

// listed returns a fetcher of the union of all pairs of areas and topics.
func (s *Store) listed(areas, topics []string) fetcher {
	var parts []fetcher
	for _, area := range areas {
		for _, topic := range topics {
			parts = append(parts, s.rowsOf(listedRows, area, topic))
		}
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return func(ctx context.Context, low, below int64, n int) ([]int64, error) {
		var all []int64
		for _, part := range parts {
			rows, err := part(ctx, low, below, n)
			if err != nil {
				return nil, err
			}
			all = append(all, rows...)
		}
		slices.SortFunc(all, func(a, b int64) int { return cmp.Compare(b, a) })
		all = slices.Compact(all)
		return all[:min(len(all), n)], nil
	}
}

// matchOf translates a search for FTS5, "" if nothing can match it. Every word is
// folded and quoted: it consists of letters and digits, so nothing of what was
// typed can be taken for syntax. prefix tells whether there is a word with an
// asterisk.
func matchOf(search aggregator.Search) (match string, prefix bool) {
	var all, not []string
	for _, c := range search.All {
		var terms []string
		for _, t := range c.Any {
			term := matchTerm(t)
			if term == "" {
				continue
			}
			terms = append(terms, term)
			prefix = prefix || t.Prefix
		}
		switch clause := "(" + strings.Join(terms, " OR ") + ")"; {
		case len(terms) > 0 && c.Not:
			not = append(not, clause)
		case len(terms) > 0:
			all = append(all, clause)
		case !c.Not:
			return "", false
		}
	}
	if len(all) == 0 {
		return "", false
	}
	match = strings.Join(all, " AND ")
	if len(not) > 0 {
		match = "(" + match + ") NOT (" + strings.Join(not, " OR ") + ")"
	}
	return match, prefix
}

// matchTerm translates one term, "" if there is nothing in it that is indexed.
func matchTerm(t aggregator.SearchTerm) string {
	words := Fold(t.Text)
	switch {
	case words == "":
		return ""
	case t.Prefix:
		return `"` + words + `" *`
	}
	return `"` + words + `"`
}
