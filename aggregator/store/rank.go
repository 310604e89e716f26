package store

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"laenderfeed/aggregator"
)

// How items are ranked. A word in the title counts most; how often it occurs in
// the text counts less with each time; being new counts a little, and is measured
// from the newest item found, so that the order depends on nothing but the items.
const (
	titleWeight  = 3.0
	textHalf     = 2.0               // occurrences that are worth half of all there could be
	recentWeight = 1.0               // of the newest
	recentHalf   = 180 * 24 * 3600.0 // seconds after which that is halved
	rankedTexts  = 200               // items whose texts are read
)

// candidate is an item to be ranked.
type candidate struct {
	key
	titles []bool // for each clause: it holds in the title
	score  float64
}

// ranked returns the best of the items of keys, which are in order. Those with the
// words in their titles and the newest are looked at closely.
func (s *Store) ranked(ctx context.Context, search aggregator.Search, keys []key, n int) ([]aggregator.Entry, error) {
	clauses := wanted(search)
	found := make([]candidate, len(keys))
	for i, k := range keys {
		found[i] = candidate{key: k, titles: make([]bool, len(clauses))}
	}
	if err := s.bounded(ctx, func(ctx context.Context) error { return s.titles(ctx, clauses, found) }); err != nil {
		return nil, err
	}
	for i := range found {
		age := float64(keys[0].sort - found[i].sort)
		found[i].score = recentWeight * math.Exp2(-age/recentHalf)
		for _, hit := range found[i].titles {
			if hit {
				found[i].score += titleWeight
			}
		}
	}
	sortByScore(found)
	found = found[:min(len(found), max(rankedTexts, n))]
	keys = make([]key, len(found))
	for i := range found {
		keys[i] = found[i].key
	}
	entries, err := s.load(ctx, keys)
	if err != nil {
		return nil, err
	}
	scores := make(map[string]float64, len(found))
	if len(entries) == len(found) { // none was purged meanwhile
		wanted := folded(aggregator.Search{All: clauses})
		for i := range entries {
			scores[entries[i].ID] = found[i].score + textScore(&entries[i].Item, wanted)
		}
	}
	slices.SortStableFunc(entries, func(a, b aggregator.Entry) int { return cmp.Compare(scores[b.ID], scores[a.ID]) })
	return entries[:min(len(entries), n)], nil
}

// sortByScore sorts the best first; those that are as good keep their order.
func sortByScore(found []candidate) {
	slices.SortStableFunc(found, func(a, b candidate) int { return cmp.Compare(b.score, a.score) })
}

// wanted returns the clauses that are not exclusions.
func wanted(search aggregator.Search) (out []aggregator.SearchClause) {
	for _, c := range search.All {
		if !c.Not {
			out = append(out, c)
		}
	}
	return out
}

// titles notes in whose titles each clause holds. The items are in order.
func (s *Store) titles(ctx context.Context, clauses []aggregator.SearchClause, found []candidate) error {
	if len(found) == 0 {
		return nil
	}
	rows, at := make([]int64, len(found)), make(map[int64]int, len(found))
	for i := range found {
		rows[i] = found[i].place()
		at[rows[i]] = i
	}
	for i, c := range clauses {
		match, prefix := matchOf(aggregator.Search{All: []aggregator.SearchClause{c}})
		st := &stream{fetch: s.matching("title : " + match), low: rows[len(rows)-1], step: 64}
		if prefix {
			st.least = fetchMost
		}
		hits, err := common(ctx, []*stream{{rows: rows, end: true}, st}, rows[0]+1, len(rows))
		if err != nil {
			return err
		}
		for _, row := range hits {
			found[at[row]].titles[i] = true
		}
	}
	return nil
}

// textScore says how much of a text some folded clauses are, from 0 to one each.
func textScore(it *aggregator.Item, clauses aggregator.Search) (score float64) {
	_, body := new(indexing).texts(it)
	body = " " + body + " "
	for _, c := range clauses.All {
		n := 0
		for _, t := range c.Any {
			n += strings.Count(body, t.Text)
		}
		score += float64(n) / (float64(n) + textHalf)
	}
	return score
}
