package store

import (
	"cmp"
	"slices"
	"strings"

	"laenderfeed/aggregator"
)

// Bounds of what it costs to find the story of an item. A key that many items have
// is a phrase that everybody uses: it finds those that had it first, and nobody
// else is found by it.
const (
	maxTold   = 8  // items with the same key
	maxLooks  = 4  // items that one is compared with
	toldBatch = 60 // keys that one query looks up
	toldFew   = 3  // those of one item
)

// telling is a row of tales.
type telling struct{ key, item, laender, kreis int64 }

// matcher finds the stories that the new items of one poll belong to.
type matcher struct {
	tx
	tales map[int]*tale       // of the items young enough, by their place in the poll
	told  map[int64][]telling // by key, the newest first
	fresh []telling           // of items without a story
}

// match looks up whom the new items of a poll may have things in common with.
func (t tx) match(o target, r *aggregator.Result, news []arrival) (*matcher, error) {
	m := &matcher{tx: t, tales: map[int]*tale{}, told: map[int64][]telling{}}
	var keys []any
	for _, a := range news {
		it := r.Items[a.index]
		it.Seen = r.At
		n := newTale(o.id, o.local, &it)
		if r.At.Sub(n.at) > storySpan {
			continue
		}
		m.tales[a.index] = n
		for _, k := range n.keys() {
			keys = append(keys, k)
		}
	}
	for batch := range slices.Chunk(keys, toldBatch) {
		if err := m.lookUp(batch); err != nil {
			return nil, err
		}
	}
	for _, list := range m.told {
		slices.SortFunc(list, func(a, b telling) int { return cmp.Compare(b.item, a.item) })
	}
	return m, nil
}

// toldQuery has n parameters; those not needed are NULL.
func toldQuery(n int) string {
	return "SELECT key, item, laender, kreis FROM tales WHERE key IN (?" + strings.Repeat(", ?", n-1) + ")"
}

func (m *matcher) lookUp(keys []any) error {
	n := toldBatch
	if len(keys) <= toldFew {
		n = toldFew
	}
	rows, err := m.query(toldQuery(n), append(slices.Clone(keys), make([]any, n-len(keys))...)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var k telling
		if err := rows.Scan(&k.key, &k.item, &k.laender, &k.kreis); err != nil {
			return err
		}
		if !slices.Contains(m.told[k.key], k) {
			m.told[k.key] = append(m.told[k.key], k)
		}
	}
	return rows.Err()
}

// candidates returns the rows of the items that have enough in common with one to
// be looked at, the newest first: its link, its headline, or its opening.
func (m *matcher) candidates(n *tale) []int64 {
	laender, kreis := n.laender(), n.kreis()
	var out []int64
	for _, key := range n.keys() {
		for _, k := range m.told[key] {
			if k.laender&laender == 0 && k.laender != 0 && laender != 0 || k.kreis != kreis && k.kreis != 0 && kreis != 0 {
				continue
			}
			if !slices.Contains(out, k.item) {
				out = append(out, k.item)
			}
		}
	}
	slices.SortFunc(out, func(a, b int64) int { return cmp.Compare(b, a) })
	return out[:min(len(out), maxLooks)]
}

// find finds the story of an item by its place in the poll, nil if there is none. All
// who tell it are known then.
func (m *matcher) find(index int) (*story, error) {
	n := m.tales[index]
	if n == nil {
		return nil, nil
	}
	for _, row := range m.candidates(n) {
		s, err := m.story(row)
		if err != nil {
			return nil, err
		}
		if s == nil || !n.same(s.first.tale) {
			continue
		}
		if s.all == nil {
			if s.all, err = m.whole(row); err != nil {
				return nil, err
			}
		}
		if len(s.all) < maxTellers && !slices.ContainsFunc(s.all, func(t teller) bool { return n.apart(t.tale) }) {
			return s, nil
		}
	}
	return nil, nil
}

// story is what is known of the story that an item is the first of.
type story struct {
	first *teller  // with all it says
	all   []teller // the first one first; nil before they were needed
}

// row is the row of the first item, 0 for no story.
func (s *story) row() int64 {
	if s == nil {
		return 0
	}
	return s.first.row
}

// tellers are those of the items that are stored.
func (s *story) tellers() []teller {
	if s == nil {
		return nil
	}
	return s.all
}

// story reads the first item of a story; nil if there is none any more.
func (m *matcher) story(row int64) (*story, error) {
	if s := m.w.stories.get(row); s != nil {
		return s, nil
	}
	first, err := m.teller(row)
	if err != nil || first == nil {
		return nil, err
	}
	s := &story{first: first}
	m.w.stories.put(row, s)
	return s, nil
}

// stories are some that new items may belong to, by the rows of their first items:
// those that were looked at last.
type stories struct {
	young, old map[int64]*story
}

// keptStories is how many are young at most, and how many old.
const keptStories = 256

func (c *stories) get(row int64) *story {
	s := c.young[row]
	if s == nil {
		if s = c.old[row]; s != nil {
			c.put(row, s)
		}
	}
	return s
}

func (c *stories) put(row int64, s *story) {
	if len(c.young) >= keptStories || c.young == nil {
		c.young, c.old = make(map[int64]*story), c.young
	}
	c.young[row] = s
}

// tell makes an item known to those that come after it: by itself, or as one more
// teller of a story.
func (m *matcher) tell(index int, row int64, s *story, labels aggregator.Labels) {
	n := m.tales[index]
	if n == nil {
		return
	}
	if s != nil {
		labels.Reasons = nil // which hold on to the text they quote
		s.all = append(s.all, teller{row: row, tale: &tale{at: n.at, regions: n.regions, places: n.places}, labels: labels})
		return
	}
	for _, key := range n.keys() {
		if len(m.told[key]) < maxTold {
			m.fresh = append(m.fresh, telling{key, row, n.laender(), n.kreis()})
		}
	}
}

// flush does what tell promised.
func (m *matcher) flush() error {
	slices.SortFunc(m.fresh, func(a, b telling) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.item, b.item)) })
	for rest := slices.Compact(m.fresh); len(rest) > 0; {
		size := 1
		if len(rest) >= 16 { // few statements, each prepared once
			size = 16
		}
		args := make([]any, 0, 4*size)
		for _, k := range rest[:size] {
			args = append(args, k.key, k.item, k.laender, k.kreis)
		}
		if _, err := m.exec("INSERT INTO tales (key, item, laender, kreis) VALUES (?, ?, ?, ?)"+strings.Repeat(", (?, ?, ?, ?)", size-1), args...); err != nil {
			return err
		}
		rest = rest[size:]
	}
	return nil
}
