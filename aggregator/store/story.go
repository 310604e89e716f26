package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"laenderfeed/aggregator"
)

// Items of several sources that tell the same news are a story. It is made up when
// an item comes in: the item joins the story of one that is known, or stays alone;
// no item changes its story afterwards, except by [Store.Split]. In each feed only
// the first item of a story is listed that belongs there, so that what is in a feed
// stays in it, and the items that come later are named with it. All are stored,
// found, and listed in the feeds of their sources.

// maxTellers is how many items a story has at most; the next one begins another.
const maxTellers = 16

// teller is an item of a story.
type teller struct {
	row    int64
	tale   *tale
	labels aggregator.Labels
	pairs  []listing // of the labels; nil before they were needed
}

// whole reads the items of a story by the row of its first one, which comes first.
// Their tales tell when and where; see teller for one that tells all.
func (t tx) whole(story int64) ([]teller, error) {
	return t.tellers("SELECT id, 0, 0, '', '', '', published, seen, labels FROM items WHERE id = ?1 OR story = ?1 ORDER BY id", story)
}

// teller reads one item, nil if it is not there.
func (t tx) teller(row int64) (*teller, error) {
	found, err := t.tellers(`SELECT i.id, i.source, s.type = '`+localSource+`', i.title, i.link, i.summary, i.published, i.seen, i.labels
		FROM items i JOIN sources s ON s.id = i.source WHERE i.id = ?`, row)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

func (t tx) tellers(query string, row int64) ([]teller, error) {
	rows, err := t.query(query, row)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []teller
	for rows.Next() {
		var m teller
		var source int64
		var local bool
		var it aggregator.Item
		var published, seen instant
		var labels sql.RawBytes
		if err := rows.Scan(&m.row, &source, &local, &it.Title, &it.Link, &it.Summary, &published, &seen, &labels); err != nil {
			return nil, err
		}
		if m.labels, err = decodeLabels(labels, nil); err != nil {
			return nil, err
		}
		it.Published, it.Seen, it.Labels = published.Time, seen.Time, m.labels
		m.tale = newTale(source, local, &it)
		out = append(out, m)
	}
	return out, rows.Err()
}

// localSource is the type of the sources that speak for one town or Kreis.
const localSource = "kommune"

// except takes away from pairs those under which one of the tellers is listed.
func (t tx) except(pairs []listing, tellers []teller) ([]listing, error) {
	for i := range tellers {
		m := &tellers[i]
		if m.pairs == nil {
			var err error
			if m.pairs, err = t.listings(m.labels); err != nil {
				return nil, err
			}
		}
		pairs = slices.DeleteFunc(pairs, func(p listing) bool { return slices.Contains(m.pairs, p) })
	}
	return pairs, nil
}

// restory lists the tellers of a story anew, after one of them was given other
// labels or has gone: each where no earlier one is listed.
func (t tx) restory(story int64) error {
	tellers, err := t.whole(story)
	if err != nil {
		return err
	}
	for i, m := range tellers {
		var sort int64
		if err := t.row([]any{&sort}, "SELECT sort FROM items WHERE id = ?", m.row); err != nil {
			return err
		}
		if err := t.unlist(m.row, sort, m.labels); err != nil {
			return err
		}
		if err := t.list(m.row, sort, m.labels, tellers[:i]); err != nil {
			return err
		}
	}
	return nil
}

// storyOf returns the row of the first item of the story that an item belongs to,
// and whether it is one of several.
func (t tx) storyOf(row int64) (story int64, several bool, err error) {
	err = t.row([]any{&story, &several}, `SELECT coalesce(story, id), story IS NOT NULL OR EXISTS (SELECT 1 FROM items m WHERE m.story = items.id)
		FROM items WHERE id = ?`, row)
	return story, several, err
}

// Split takes an item out of its story: from now on it is listed in every feed it
// belongs to. What it was taken together with stays a story. It returns
// [ErrNotFound] if there is no such item, and false if it was in no story.
func (s *Store) Split(ctx context.Context, id string) (bool, error) {
	row, err := s.row(ctx, id)
	if err != nil {
		return false, fmt.Errorf("splitting the story of item %q: %w", id, err)
	}
	several := false
	err = s.commit(ctx, func(t tx) (_ bool, err error) {
		var story int64
		if story, several, err = t.storyOf(row); err != nil || !several {
			return false, err
		}
		if story, err = t.leave(row, story); err != nil {
			return false, err
		}
		if err := t.restory(story); err != nil {
			return false, err
		}
		return true, t.restory(row)
	})
	if err != nil {
		return false, fmt.Errorf("splitting the story of item %q: %w", id, err)
	}
	return several, nil
}

// leave takes an item out of a story and returns the row of the first item of what
// is left.
func (t tx) leave(row, story int64) (rest int64, err error) {
	t.w.forget()
	alone := row
	if rest = story; row == story { // the next one becomes the first
		if err := t.row([]any{&rest}, "SELECT min(id) FROM items WHERE story = ?", row); err != nil {
			return 0, err
		}
		if _, err := t.exec("UPDATE items SET story = ?1 WHERE story = ?2", rest, row); err != nil {
			return 0, err
		}
		alone = rest
	}
	_, err = t.exec("UPDATE items SET story = NULL WHERE id = ?", alone)
	return rest, err
}

// others reads, for the rows of items and the stories they belong to, who else
// tells the same: by story, those that came in first before the others.
func (s *Store) others(ctx context.Context, stories, first []int64) (map[int64][]aggregator.Other, error) {
	out := map[int64][]aggregator.Other{}
	if len(stories) == 0 {
		return out, nil
	}
	a, err := json.Marshal(stories)
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(append([]int64{}, first...))
	if err != nil {
		return nil, err
	}
	st, err := s.reads.get(ctx, `SELECT coalesce(i.story, i.id), i.uuid, i.title, i.link, s.name FROM items i JOIN sources s ON s.id = i.source
		WHERE i.story IN (SELECT value FROM json_each(?1)) OR i.id IN (SELECT value FROM json_each(?2)) ORDER BY i.id`)
	if err != nil {
		return nil, err
	}
	rows, err := st.QueryContext(ctx, string(a), string(b))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var story int64
		var id sql.RawBytes
		var o aggregator.Other
		if err := rows.Scan(&story, &id, &o.Title, &o.Link, &o.Source); err != nil {
			return nil, err
		}
		var u uuid
		copy(u[:], id)
		o.ID = u.String()
		out[story] = append(out[story], o)
	}
	return out, rows.Err()
}

// forgetTales drops what finds items too old to be joined.
func (t tx) forgetTales(before time.Time) error {
	_, err := t.exec("DELETE FROM tales WHERE item <= (SELECT max(id) FROM items WHERE seen < ?)", before.Unix())
	return err
}
