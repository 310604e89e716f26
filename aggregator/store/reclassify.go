package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"laenderfeed/aggregator"
)

// Change is a stored item that was classified again.
type Change struct {
	Item aggregator.Item   // as stored, with the labels it had
	Text aggregator.Text   // what was classified
	Now  aggregator.Labels // what it is labelled with now
}

// Moved tells whether the item leaves feeds or comes into others. If not, only
// reasons or the version of the rule set differ, if anything does.
func (c *Change) Moved() bool {
	was := &c.Item.Labels
	return was.Scope != c.Now.Scope || !slices.Equal(was.Regions, c.Now.Regions) || !slices.Equal(was.Topics, c.Now.Topics) ||
		!slices.Equal(was.Places, c.Now.Places)
}

// relabelling is a Change and how it is stored.
type relabelling struct {
	Change
	row, sort       int64
	was, wasReasons string
	now, nowReasons string
}

func (r *relabelling) same() bool { return r.was == r.now && r.wasReasons == r.nowReasons }

// relabelColumns are what relabelling.scan expects.
const relabelColumns = `i.id, i.sort, i.uuid, s.slug, s.region, i.seen, i.title, i.link, i.summary, i.content, i.extra, i.labels, i.reasons
	FROM items i JOIN sources s ON s.id = i.source`

// scan reads a row of relabelColumns and classifies it.
func (r *relabelling) scan(scan func(...any) error, classify func(aggregator.Text) aggregator.Labels) error {
	it := &r.Item
	var u []byte
	var seen instant
	var prior, extra string
	if err := scan(&r.row, &r.sort, &u, &it.Source, &prior, &seen, &it.Title, &it.Link, &it.Summary, &it.Content, &extra, &r.was, &r.wasReasons); err != nil {
		return err
	}
	it.ID, it.Seen = uuid(u).String(), seen.Time
	if err := decodeExtra([]byte(extra), it); err != nil {
		return err
	}
	var err error
	if it.Labels, err = decodeLabels([]byte(r.was), []byte(r.wasReasons)); err != nil {
		return err
	}
	r.Text = it.Text(aggregator.Region(prior))
	r.Now = cleaned(aggregator.Item{Labels: classify(r.Text)}).Labels
	r.now, r.nowReasons = encodeLabels(r.Now)
	return nil
}

// compareBatch is how many items Compare reads at once, so that it holds no
// reading transaction for long: those keep the write-ahead log from shrinking.
const compareBatch = 200

const compareQuery = "SELECT " + relabelColumns + " WHERE i.id > ? AND i.seen >= ? ORDER BY i.id LIMIT ?"

// Compare classifies the items first seen at since or later (all for the zero
// time), the oldest first, and calls each for every one. It writes nothing; it
// returns the rows for which [Store.Relabel] would write something. An error of
// each ends it.
func (s *Store) Compare(ctx context.Context, since time.Time, classify func(aggregator.Text) aggregator.Labels, each func(*Change) error) ([]int64, error) {
	var differ []int64
	for last, n := int64(0), compareBatch; n == compareBatch; {
		n = 0
		err := s.batch(ctx, last, since, classify, func(r *relabelling) error {
			last = r.row
			n++
			if !r.same() {
				differ = append(differ, r.row)
			}
			return each(&r.Change)
		})
		if err != nil {
			return nil, fmt.Errorf("comparing labels: %w", err)
		}
	}
	return differ, nil
}

// batch reads the items behind a row.
func (s *Store) batch(ctx context.Context, after int64, since time.Time, classify func(aggregator.Text) aggregator.Labels, yield func(*relabelling) error) error {
	st, err := s.reads.get(ctx, compareQuery)
	if err != nil {
		return err
	}
	rows, err := st.QueryContext(ctx, after, max(since.Unix(), 0), compareBatch)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var r relabelling
		if err := r.scan(rows.Scan, classify); err != nil {
			return err
		}
		if err := yield(&r); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Relabel classifies the items of the given rows once more and stores their
// labels and reasons and which feeds they are in, all in one transaction, in
// which nobody else can write. Ids, times and the order of feeds stay. each, if
// given, is called for those that are written, before it is certain that they
// will be. Rows that are gone are left out. It returns how many were written;
// none are when ctx ends.
func (s *Store) Relabel(ctx context.Context, rows []int64, classify func(aggregator.Text) aggregator.Labels, each func(*Change)) (int, error) {
	n := 0
	err := s.commit(ctx, func(t tx) (changed bool, err error) {
		n = 0
		for _, row := range rows {
			if err := ctx.Err(); err != nil {
				return false, err
			}
			r, err := t.relabel(row, classify)
			switch {
			case errors.Is(err, sql.ErrNoRows): // purged since
				continue
			case err != nil:
				return false, err
			case r.same():
				continue
			}
			n++
			changed = changed || r.Moved() || r.wasReasons != r.nowReasons
			if each != nil {
				each(&r.Change)
			}
		}
		return changed, nil
	})
	if err != nil {
		return 0, fmt.Errorf("storing new labels: %w", err)
	}
	return n, nil
}

// relabel does one item.
func (t tx) relabel(row int64, classify func(aggregator.Text) aggregator.Labels) (r *relabelling, err error) {
	st, err := t.stmt("SELECT " + relabelColumns + " WHERE i.id = ?")
	if err != nil {
		return nil, err
	}
	r = &relabelling{}
	if err := r.scan(st.QueryRowContext(t.ctx, row).Scan, classify); err != nil || r.same() {
		return r, err
	}
	t.w.forget()
	if _, err := t.exec("UPDATE items SET labels = ?, reasons = ? WHERE id = ?", r.now, r.nowReasons, row); err != nil {
		return nil, err
	}
	return r, t.relist(row, r.sort, []byte(r.was), r.Now)
}

// The items of other rule sets, by the index items_ruleset: newest first, as
// those are what readers see.
const (
	rulesetOf     = "coalesce(json_extract(labels, '$.ruleset'), '')"
	outdatedQuery = `SELECT id FROM (SELECT id FROM items WHERE ` + rulesetOf + ` < ?1 ORDER BY ` + rulesetOf + ` DESC, id DESC LIMIT ?2)
		UNION ALL SELECT id FROM (SELECT id FROM items WHERE ` + rulesetOf + ` > ?1 ORDER BY ` + rulesetOf + ` DESC, id DESC LIMIT ?2) LIMIT ?2`
	outdatedCountQuery = `SELECT (SELECT count(*) FROM items WHERE ` + rulesetOf + ` < ?1) + (SELECT count(*) FROM items WHERE ` + rulesetOf + ` > ?1)`
)

// Outdated returns up to n rows of items that were labelled by another rule set
// than the given one, the newest first.
func (s *Store) Outdated(ctx context.Context, ruleset string, n int) ([]int64, error) {
	st, err := s.reads.get(ctx, outdatedQuery)
	if err != nil {
		return nil, err
	}
	rows, err := st.QueryContext(ctx, ruleset, n)
	if err != nil {
		return nil, fmt.Errorf("finding items of other rule sets: %w", err)
	}
	defer rows.Close()
	var out []int64
	for rows.Next() {
		var row int64
		if err := rows.Scan(&row); err != nil {
			return nil, fmt.Errorf("finding items of other rule sets: %w", err)
		}
		out = append(out, row)
	}
	return out, rows.Err()
}

// CountOutdated tells how many items there are that [Store.Outdated] would find.
func (s *Store) CountOutdated(ctx context.Context, ruleset string) (int, error) {
	return s.number(ctx, outdatedCountQuery, ruleset)
}

// CountSince tells how many items were first seen at a time or later.
func (s *Store) CountSince(ctx context.Context, since time.Time) (int, error) {
	return s.number(ctx, "SELECT count(*) FROM items WHERE seen >= ?", max(since.Unix(), 0))
}

// number runs a query that returns one.
func (s *Store) number(ctx context.Context, query string, args ...any) (n int, err error) {
	st, err := s.reads.get(ctx, query)
	if err == nil {
		err = st.QueryRowContext(ctx, args...).Scan(&n)
	}
	if err != nil {
		return 0, fmt.Errorf("counting items: %w", err)
	}
	return n, nil
}
