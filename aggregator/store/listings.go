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
	var areas, topics []string
	for _, r := range l.Regions {
		areas = append(areas, string(r))
	}
	for _, s := range l.Topics {
		topics = append(topics, string(s))
	}
	var out []listing
	for _, a := range unique(areas) {
		for _, s := range unique(topics) {
			pair, err := t.pair(a, s)
			if err != nil {
				return nil, err
			}
			out = append(out, pair)
		}
	}
	var keys []string
	for _, p := range l.Places {
		keys = append(keys, areasOf(p.Key)...)
	}
	for _, key := range unique(keys)[1:] {
		pair, err := t.pair(key, "")
		if err != nil {
			return nil, err
		}
		if !slices.Contains(out, pair) {
			out = append(out, pair)
		}
	}
	return out, nil
}

// isKey tells whether s can be the key of a place. It begins with a digit, which
// no slug of a region does.
func isKey(s string) bool { return len(s) > 0 && s[0] >= '0' && s[0] <= '9' }

// areasOf returns the key of a place and those of the areas around it that have
// feeds, so that the feed of a Kreis is a range of listings like any other. Keys
// are as in [aggregator.PlaceKind]: a Bezirk lies in the city of its first eight
// digits; Gemeinden and Gemeindeverbände lie in the Kreis of their first five.
// The first three are a Regierungsbezirk unless the third is 0. (In some Länder
// there is none any more; nobody asks for these.)
func areasOf(key string) []string {
	areas := []string{key}
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

// unique returns "" (any) and the strings of list, each once.
func unique(list []string) []string {
	out := []string{""}
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

func (t tx) pair(area, topic string) (l listing, err error) {
	if l.area, err = t.label(area); err != nil {
		return l, err
	}
	l.topic, err = t.label(topic)
	return l, err
}

// listed is a row of listings.
type listed struct {
	listing
	sort, row int64
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
	for _, p := range pairs {
		t.ix.listed = append(t.ix.listed, listed{p, sort, row})
	}
	return nil
}

// flushListings does what list promised.
func (t tx) flushListings() error {
	slices.SortFunc(t.ix.listed, func(a, b listed) int {
		return cmp.Or(cmp.Compare(a.area, b.area), cmp.Compare(a.topic, b.topic), cmp.Compare(a.sort, b.sort), cmp.Compare(a.row, b.row))
	})
	for rest := t.ix.listed; len(rest) > 0; {
		size := 1
		for _, n := range [...]int{64, 8} { // few statements, each prepared once
			if len(rest) >= n {
				size = n
				break
			}
		}
		args := make([]any, 0, 4*size)
		for _, p := range rest[:size] {
			args = append(args, p.area, p.topic, p.sort, p.row)
		}
		// OR ROLLBACK, as we do so on any error, spares SQLite the journal it
		// keeps to undo half a statement.
		query := "INSERT OR ROLLBACK INTO listings (area, topic, sort, item) VALUES (?, ?, ?, ?)" + strings.Repeat(", (?, ?, ?, ?)", size-1)
		if _, err := t.exec(query, args...); err != nil {
			return err
		}
		rest = rest[size:]
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
