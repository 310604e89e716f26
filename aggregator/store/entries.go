package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"laenderfeed/aggregator"
)

// defaultLimit is what a Query.Limit of 0 means.
const defaultLimit = 50

// key is the place of an item in every feed.
type key struct{ sort, item int64 }

// newest orders keys as feeds do.
func newest(a, b key) int {
	return cmp.Or(cmp.Compare(b.sort, a.sort), cmp.Compare(b.item, a.item))
}

// Entries returns the items a query asks for, newest first. Each has its
// labels with all reasons. The order is the same at every call, and later
// changes of an item do not move it. For a query with words or days the error
// may be [aggregator.ErrSearchBusy].
func (s *Store) Entries(ctx context.Context, q aggregator.Query) ([]aggregator.Entry, error) {
	if q.Limit <= 0 {
		q.Limit = defaultLimit
	}
	find := s.keys
	if searching(q) {
		find = s.searchKeys
	}
	keys, err := find(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("finding items: %w", err)
	}
	entries, err := s.load(ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("reading items: %w", err)
	}
	if q.Source == "" {
		entries = firstOnly(entries)
	}
	return entries, nil
}

// firstOnly leaves out of a list what an earlier item of the same story in it
// tells: an item that came in later is not listed where that one is, but a union of
// feeds can have both.
func firstOnly(entries []aggregator.Entry) []aggregator.Entry {
	rows := make(map[string]int64, len(entries))
	for i := range entries {
		rows[entries[i].ID] = entries[i].Place.Row
	}
	return slices.DeleteFunc(entries, func(e aggregator.Entry) bool {
		return slices.ContainsFunc(e.Others, func(o aggregator.Other) bool {
			row, listed := rows[o.ID]
			return listed && row < e.Place.Row
		})
	})
}

// Each of these begins behind the place ?4, ?5 and reads one range of one index
// and no more rows than it returns. (With a source: than the source has; with a place and more: than the place has.)
const (
	pairQuery = `SELECT sort, item FROM listings
		WHERE area = (SELECT id FROM labels WHERE slug = ?1) AND topic = (SELECT id FROM labels WHERE slug = ?2)
		AND (sort, item) < (?4, ?5) ORDER BY sort DESC, item DESC LIMIT ?3`
	sourceQuery = `SELECT sort, id FROM items WHERE source = (SELECT id FROM sources WHERE slug = ?6)
		AND (sort, id) < (?4, ?5) ORDER BY sort DESC, id DESC LIMIT ?3`
	sourcePairQuery = `SELECT i.sort, i.id FROM items i WHERE i.source = (SELECT id FROM sources WHERE slug = ?6)
		AND (i.sort, i.id) < (?4, ?5)
		AND EXISTS (SELECT 1 FROM listings l WHERE l.area = (SELECT id FROM labels WHERE slug = ?1)
			AND l.topic = (SELECT id FROM labels WHERE slug = ?2) AND l.sort = i.sort AND l.item = i.id)
		ORDER BY i.sort DESC, i.id DESC LIMIT ?3`
	placePairQuery = `SELECT p.sort, p.item FROM listings p WHERE p.area = (SELECT id FROM labels WHERE slug = ?6) AND p.topic = 0
		AND (p.sort, p.item) < (?4, ?5)
		AND EXISTS (SELECT 1 FROM listings l WHERE l.area = (SELECT id FROM labels WHERE slug = ?1)
			AND l.topic = (SELECT id FROM labels WHERE slug = ?2) AND l.sort = p.sort AND l.item = p.item)
		ORDER BY p.sort DESC, p.item DESC LIMIT ?3`
	sourcePlaceQuery = `SELECT i.sort, i.id FROM items i WHERE i.source = (SELECT id FROM sources WHERE slug = ?7)
		AND (i.sort, i.id) < (?4, ?5)
		AND EXISTS (SELECT 1 FROM listings p WHERE p.area = (SELECT id FROM labels WHERE slug = ?6)
			AND p.topic = 0 AND p.sort = i.sort AND p.item = i.id)
		AND EXISTS (SELECT 1 FROM listings l WHERE l.area = (SELECT id FROM labels WHERE slug = ?1)
			AND l.topic = (SELECT id FROM labels WHERE slug = ?2) AND l.sort = i.sort AND l.item = i.id)
		ORDER BY i.sort DESC, i.id DESC LIMIT ?3`
)

// ask is one query over a range of an index.
type ask struct {
	query string
	args  []any
}

// asks returns the queries whose union a query is: one for each combination of
// place, region and topic.
func asks(q aggregator.Query) []ask {
	from := behind(q.Before)
	areas, topics, places := anyOf(q.Regions, aggregator.Alle), anyOf(q.Topics, ""), placesOf(q)
	var out []ask
	for _, place := range places {
		for _, area := range areas {
			for _, topic := range topics {
				free := area == "" && topic == ""
				a := ask{pairQuery, []any{area, topic, q.Limit, from.sort, from.item}}
				switch {
				case q.Source != "" && place != "":
					a = ask{sourcePlaceQuery, append(a.args, place, q.Source)}
				case q.Source != "" && free:
					a = ask{sourceQuery, append(a.args, q.Source)}
				case q.Source != "":
					a = ask{sourcePairQuery, append(a.args, q.Source)}
				case place != "" && free:
					a.args[0] = place
				case place != "":
					a = ask{placePairQuery, append(a.args, place)}
				}
				out = append(out, a)
			}
		}
	}
	return out
}

// behind returns the place that a list begins behind.
func behind(c aggregator.Cursor) key {
	if c.Time.IsZero() {
		return key{math.MaxInt64, math.MaxInt64}
	}
	return key{c.Time.Unix(), c.Row}
}

// keys finds what load shall read. A union takes the newest of each of its
// parts, so its cost is bounded by parts times limit.
func (s *Store) keys(ctx context.Context, q aggregator.Query) ([]key, error) {
	if !q.Seen.IsZero() {
		return s.arrived(ctx, q, aggregator.ArrivalsPart)
	}
	var keys []key
	var err error
	parts := asks(q)
	for _, a := range parts {
		if keys, err = s.ranged(ctx, keys, a.query, a.args...); err != nil {
			return nil, err
		}
	}
	if len(parts) > 1 {
		slices.SortFunc(keys, newest)
		keys = slices.Compact(keys)
	}
	return keys[:min(len(keys), q.Limit)], nil
}

// placesOf returns the distinct keys of a query, and "" (any) when it has none.
// What cannot be a key finds nothing, rather than a region of that name.
func placesOf(q aggregator.Query) []string {
	if len(q.Places) == 0 {
		return []string{""}
	}
	var out []string
	for _, key := range q.Places {
		if isKey(key) && !slices.Contains(out, key) {
			out = append(out, key)
		}
	}
	return out
}

// anyOf returns the distinct slugs of a list, and "" (any) for none and for
// the one that means all.
func anyOf[T ~string](list []T, all T) []string {
	if len(list) == 0 || slices.Contains(list, all) {
		return []string{""}
	}
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// ranged appends the keys a query returns.
func (s *Store) ranged(ctx context.Context, keys []key, query string, args ...any) ([]key, error) {
	st, err := s.reads.get(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := st.QueryContext(ctx, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var k key
		if err := rows.Scan(&k.sort, &k.item); err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	return keys, rows.Err()
}

// itemColumns are what itemRow scans.
const itemColumns = "id, coalesce(story, 0), uuid, source, sort, published, modified, seen, updated, guid, title, link, summary, content, extra, labels, reasons"

// itemRow receives the columns of an item.
type itemRow struct {
	item                               aggregator.Item
	id, story, source, sort            int64
	published, modified, seen, updated instant
	uuid, extra, labels, reasons       sql.RawBytes
}

func (r *itemRow) scan(rows *sql.Rows) error {
	it := &r.item
	if err := rows.Scan(&r.id, &r.story, &r.uuid, &r.source, &r.sort, &r.published, &r.modified, &r.seen, &r.updated,
		&it.GUID, &it.Title, &it.Link, &it.Summary, &it.Content, &r.extra, &r.labels, &r.reasons); err != nil {
		return err
	}
	var u uuid
	copy(u[:], r.uuid)
	it.ID = u.String()
	it.Published, it.Modified, it.Seen, it.Updated = r.published.Time, r.modified.Time, r.seen.Time, r.updated.Time
	if err := decodeExtra(r.extra, it); err != nil {
		return err
	}
	var err error
	it.Labels, err = decodeLabels(r.labels, r.reasons)
	return err
}

// loadBatch is how many items one query reads: a feed's worth.
const loadBatch = defaultLimit

// loadQuery has loadBatch parameters; those not needed are NULL.
var loadQuery = "SELECT " + itemColumns + " FROM items WHERE id IN (?" + strings.Repeat(", ?", loadBatch-1) + ")"

// load reads the items of keys, in that order. Those that were purged since
// the keys were read are left out.
func (s *Store) load(ctx context.Context, keys []key) ([]aggregator.Entry, error) {
	out := make([]aggregator.Entry, 0, len(keys))
	origins := map[int64]origin{}
	args := make([]any, loadBatch)
	for batch := range slices.Chunk(keys, loadBatch) {
		clear(args)
		place := make(map[int64]int, len(batch))
		for i, k := range batch {
			args[i], place[k.item] = k.item, i
		}
		found := make([]*itemRow, len(batch))
		if err := s.loadRows(ctx, args, func(r *itemRow) { found[place[r.id]] = r }); err != nil {
			return nil, err
		}
		others, err := s.othersOf(ctx, found)
		if err != nil {
			return nil, err
		}
		for _, r := range found {
			if r == nil {
				continue
			}
			from, err := s.origin(ctx, r.source, origins)
			if err != nil {
				return nil, err
			}
			r.item.Source = from.source.ID
			out = append(out, aggregator.Entry{
				Item: r.item, Origin: from.source, FeedRights: from.rights, Place: aggregator.Cursor{Time: time.Unix(r.sort, 0).UTC(), Row: r.id},
				Others: slices.DeleteFunc(slices.Clone(others[cmp.Or(r.story, r.id)]), func(o aggregator.Other) bool { return o.ID == r.item.ID }),
			})
		}
	}
	return out, nil
}

// othersOf reads who else tells what some items tell, by story.
func (s *Store) othersOf(ctx context.Context, rows []*itemRow) (map[int64][]aggregator.Other, error) {
	var stories, first []int64
	for _, r := range rows {
		if r == nil {
			continue
		}
		stories = append(stories, cmp.Or(r.story, r.id))
		if r.story != 0 {
			first = append(first, r.story)
		}
	}
	return s.others(ctx, stories, first)
}

// loadRows runs loadQuery.
func (s *Store) loadRows(ctx context.Context, args []any, yield func(*itemRow)) error {
	st, err := s.reads.get(ctx, loadQuery)
	if err != nil {
		return err
	}
	rows, err := st.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		r := &itemRow{}
		if err := r.scan(rows); err != nil {
			return err
		}
		yield(r)
	}
	return rows.Err()
}

// origin is where an item came from.
type origin struct {
	source aggregator.Source
	rights string // what its feed says, as last read
}

// origin returns a source by its row, read once for each call of load.
func (s *Store) origin(ctx context.Context, row int64, met map[int64]origin) (from origin, err error) {
	if from, ok := met[row]; ok {
		return from, nil
	}
	st, err := s.reads.get(ctx, "SELECT "+configured+", feed_rights FROM sources WHERE id = ?")
	if err != nil {
		return from, err
	}
	var r sourceRow
	if err := st.QueryRowContext(ctx, row).Scan(append(r.dest(), &from.rights)...); err != nil {
		return from, err
	}
	if from.source, err = r.decode(); err == nil {
		met[row] = from
	}
	return from, err
}

// Entry returns the item with a published id, or [ErrNotFound].
func (s *Store) Entry(ctx context.Context, id string) (aggregator.Entry, error) {
	row, err := s.row(ctx, id)
	if err != nil {
		return aggregator.Entry{}, fmt.Errorf("reading item %q: %w", id, err)
	}
	entries, err := s.load(ctx, []key{{item: row}})
	if err == nil && len(entries) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return aggregator.Entry{}, fmt.Errorf("reading item %q: %w", id, err)
	}
	return entries[0], nil
}

// row finds the row of a published id.
func (s *Store) row(ctx context.Context, id string) (row int64, err error) {
	u, ok := parseUUID(id)
	if !ok {
		return 0, ErrNotFound
	}
	st, err := s.reads.get(ctx, "SELECT item FROM known WHERE uuid = ? AND item <> 0")
	if err != nil {
		return 0, err
	}
	if err = st.QueryRowContext(ctx, u[:]).Scan(&row); errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	return row, err
}

// Original returns what an item said when it was first seen, if it changed
// significantly since: Title, Summary, Content and Published of the result are
// set. It returns [ErrNotFound] for an item that did not, and for none.
func (s *Store) Original(ctx context.Context, id string) (it aggregator.Item, err error) {
	row, err := s.row(ctx, id)
	if err != nil {
		return it, fmt.Errorf("reading original of item %q: %w", id, err)
	}
	st, err := s.reads.get(ctx, "SELECT title, summary, content, published FROM originals WHERE item = ?")
	if err != nil {
		return it, err
	}
	var published instant
	if err = st.QueryRowContext(ctx, row).Scan(&it.Title, &it.Summary, &it.Content, &published); errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return it, fmt.Errorf("reading original of item %q: %w", id, err)
	}
	it.ID, it.Published = id, published.Time
	return it, nil
}

// Counts tells how many items there are by region and topic. The empty region
// counts those of all regions, those without one included; the empty topic
// likewise.
type Counts map[aggregator.Region]map[aggregator.Topic]int

// Counts counts the stored items by region and topic.
func (s *Store) Counts(ctx context.Context) (Counts, error) {
	out, err := s.counts(ctx)
	if err != nil {
		return nil, fmt.Errorf("counting items: %w", err)
	}
	return out, nil
}

func (s *Store) counts(ctx context.Context) (Counts, error) {
	// Keys of places begin with a digit, slugs of regions do not: counted here
	// are id 0 (any) and the slugs.
	st, err := s.reads.get(ctx, `SELECT a.slug, t.slug, n FROM
		(SELECT area, topic, count(*) AS n FROM listings GROUP BY area, topic)
		JOIN labels a ON a.id = area JOIN labels t ON t.id = topic WHERE a.slug = '' OR a.slug >= ':'`)
	if err != nil {
		return nil, err
	}
	rows, err := st.QueryContext(ctx)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := Counts{}
	for rows.Next() {
		var region aggregator.Region
		var topic aggregator.Topic
		var n int
		if err := rows.Scan(&region, &topic, &n); err != nil {
			return nil, err
		}
		if out[region] == nil {
			out[region] = map[aggregator.Topic]int{}
		}
		out[region][topic] = n
	}
	return out, rows.Err()
}
