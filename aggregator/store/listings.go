package store

import (
	"cmp"
	"slices"
	"strings"

	"laenderfeed/aggregator"
)

// listing is a pair of label numbers, 0 for any.
type listing struct{ area, topic int64 }

// listings returns the pairs an item with these labels is listed under.
func (t tx) listings(l aggregator.Labels) ([]listing, error) {
	var memory [2][8]int64
	areas, err := numbers(t, memory[0][:0], l.Regions)
	if err != nil {
		return nil, err
	}
	topics, err := numbers(t, memory[1][:0], l.Topics)
	if err != nil {
		return nil, err
	}
	out := make([]listing, 0, len(areas)*len(topics)+maxAreas*len(l.Places))
	for _, a := range areas {
		for _, s := range topics {
			out = append(out, listing{a, s})
		}
	}
	var keys [maxAreas]string
	for _, p := range l.Places {
		for _, key := range appendAreas(keys[:0], p.Key) {
			n, err := t.label(key)
			if err != nil {
				return nil, err
			}
			if pair := (listing{area: n}); !slices.Contains(out, pair) {
				out = append(out, pair)
			}
		}
	}
	return out, nil
}

// numbers appends 0 (any) and the numbers of slugs to out, each once.
func numbers[T ~string](t tx, out []int64, slugs []T) ([]int64, error) {
	out = append(out, 0)
	for _, s := range slugs {
		n, err := t.label(string(s))
		if err != nil {
			return nil, err
		}
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out, nil
}

// isKey tells whether s can be the key of a place. It begins with a digit, which
// no slug of a region does.
func isKey(s string) bool { return len(s) > 0 && s[0] >= '0' && s[0] <= '9' }

// maxAreas is how many keys appendAreas appends at most.
const maxAreas = 4

// appendAreas appends the key of a place and those of the areas around it that have
// feeds to areas, so that the feed of a Kreis is a range of listings like any other. Keys
// are as in [aggregator.PlaceKind]: a Bezirk lies in the city of its first eight
// digits; Gemeinden and Gemeindeverbände lie in the Kreis of their first five.
// The first three are a Regierungsbezirk unless the third is 0. (In some Länder
// there is none any more; nobody asks for these.)
func appendAreas(areas []string, key string) []string {
	areas = append(areas, key)
	digits := len(key) - len(strings.TrimLeft(key, "0123456789"))
	bezirk := digits == 8 && len(key) > 9 && key[8] == '-'
	switch {
	case bezirk:
		areas = append(areas, key[:8], key[:5])
	case digits != len(key) || digits != 5 && digits != 8 && digits != 9: // nothing lies around it
		return areas
	case digits > 5:
		areas = append(areas, key[:5])
	}
	if key[2] != '0' {
		areas = append(areas, key[:3])
	}
	return areas
}

// listed is a row of listings, and the last two of its columns as arguments: the
// same ones in all rows of an item.
type listed struct {
	listing
	sort, row       int64
	sortArg, rowArg any
}

// list adds an item to the feeds of its labels, but for those that hold an earlier
// teller of its story.
func (t tx) list(row, sort int64, l aggregator.Labels, earlier []teller) error {
	pairs, err := t.listings(l)
	if err != nil {
		return err
	}
	if pairs, err = t.except(pairs, earlier); err != nil {
		return err
	}
	of := listed{sort: sort, row: row, sortArg: sort, rowArg: row}
	for _, p := range pairs {
		of.listing = p
		t.ix.listed = append(t.ix.listed, of)
	}
	return nil
}

// How many rows one statement inserts, the most that there are for first: few
// statements, each prepared once. OR ROLLBACK, as we do so on any error, spares
// SQLite the journal it keeps to undo half a statement.
var listingSizes = [...]int{64, 8, 1}

var listingQueries = func() (queries [len(listingSizes)]string) {
	for i, n := range listingSizes {
		queries[i] = "INSERT OR ROLLBACK INTO listings (area, topic, sort, item) VALUES (?, ?, ?, ?)" + strings.Repeat(", (?, ?, ?, ?)", n-1)
	}
	return queries
}()

// flushListings does what list promised.
func (t tx) flushListings() error {
	slices.SortFunc(t.ix.listed, func(a, b listed) int {
		return cmp.Or(cmp.Compare(a.area, b.area), cmp.Compare(a.topic, b.topic), cmp.Compare(a.sort, b.sort), cmp.Compare(a.row, b.row))
	})
	args := make([]any, 0, 4*listingSizes[0])
	rest := t.ix.listed
	for i, size := range listingSizes {
		for len(rest) >= size {
			args = args[:0]
			for _, p := range rest[:size] {
				args = append(args, p.area, p.topic, p.sortArg, p.rowArg)
			}
			if _, err := t.exec(listingQueries[i], args...); err != nil {
				return err
			}
			rest = rest[size:]
		}
	}
	t.ix.listed = t.ix.listed[:0]
	return nil
}

// relist moves an item from the feeds of its stored labels to those of l.
func (t tx) relist(row, sort int64, was []byte, l aggregator.Labels) error {
	old, err := decodeLabels(was, nil)
	if err != nil {
		return err
	}
	if slices.Equal(old.Regions, l.Regions) && slices.Equal(old.Topics, l.Topics) && slices.Equal(old.Places, l.Places) {
		return nil
	}
	if err := t.unlist(row, sort, old); err != nil {
		return err
	}
	switch story, several, err := t.storyOf(row); {
	case err != nil:
		return err
	case several:
		return t.restory(story)
	}
	return t.list(row, sort, l, nil)
}

// unlist takes an item out of the feeds of its labels.
func (t tx) unlist(row, sort int64, l aggregator.Labels) error {
	if err := t.flushListings(); err != nil { // the item's may be among them
		return err
	}
	pairs, err := t.listings(l)
	if err != nil {
		return err
	}
	for _, p := range pairs {
		if _, err := t.exec("DELETE FROM listings WHERE area = ? AND topic = ? AND sort = ? AND item = ?", p.area, p.topic, sort, row); err != nil {
			return err
		}
	}
	return nil
}
