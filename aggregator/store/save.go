package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"laenderfeed/aggregator"
)

// What the first poll of a source brings in at most: so many items, and none
// older than that but for the newest few, so that a source that seldom writes is
// not empty. The rest is remembered as known, so that it does not come in later
// either.
const (
	FirstPollItems  = 300
	FirstPollAge    = 400 * 24 * time.Hour
	FirstPollAnyAge = 100
)

// UndatedStep is how far apart the undated items of a source's first poll are
// put into the past, by their position in the document. We see all of them at
// the same moment; sorted by that they would push everything else off the top
// of every feed, though most of them are old. Lists are newest first, and an
// hour apart the first day's worth ends up where a lively source would be.
const UndatedStep = time.Hour

// target is the source a Result is saved to.
type target struct {
	lineage
	id     int64
	first  bool // nothing was ever read from this URL
	local  bool // it speaks for one town or Kreis
	rights string
}

const targetQuery = "SELECT id, namespace, first_poll, items = 0 AND last_checked IS NULL, type = '" + localSource + "', feed_rights FROM sources WHERE slug = ?"

// dest returns where to scan what targetQuery finds.
func (o *target) dest() []any {
	return []any{&o.id, &o.namespace, &o.first, &o.virgin, &o.local, &o.rights}
}

// Save implements [aggregator.Store]. Items that are stored as they are, items
// without GUID and purged items are passed over; of several items with the
// same GUID the first counts. Text beyond the limits of [aggregator.Item] is
// cut. The returned counts do not include what the first poll drops, see
// [FirstPollItems].
func (s *Store) Save(ctx context.Context, r aggregator.Result) (aggregator.Saved, error) {
	if r.At.IsZero() {
		r.At = s.now()
	}
	var saved aggregator.Saved
	err := s.together(ctx, func(t tx) (bool, error) {
		saved = aggregator.Saved{}
		r := r // this may run twice
		o, err := t.target(r.Source)
		if err != nil {
			return false, err
		}
		o.first = o.first && !r.Pushed
		if saved, err = t.items(o, &r); err != nil {
			return false, err
		}
		if r.Pushed {
			return saved.New+saved.Updated > 0, t.pushed(o, r.State.Published, saved)
		}
		if err := t.state(o, r, saved.New); err != nil {
			return false, err
		}
		if err := t.digests(o.id, r.Digests); err != nil {
			return false, err
		}
		retold := clean(r.State.Rights, maxShort) != o.rights
		return saved.New+saved.Updated > 0 || retold, t.host(r)
	})
	if err != nil {
		return aggregator.Saved{}, fmt.Errorf("saving poll of source %q: %w", r.Source, err)
	}
	s.lineages.Delete(r.Source) // it is no virgin any more
	return saved, nil
}

func (t tx) target(slug string) (o target, err error) {
	err = t.row(o.dest(), targetQuery, slug)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrUnknownSource
	}
	return o, err
}

// pushed stores what a hub's items mean for the source, the moments of publication
// among it. An item that has changed may be otherwise in the document that is
// polled: that is to be read.
func (t tx) pushed(o target, published []time.Time, saved aggregator.Saved) error {
	if saved.Updated > 0 {
		if err := t.digests(o.id, []aggregator.Digest{}); err != nil {
			return err
		}
	}
	_, err := t.exec("UPDATE sources SET items = items + ?, published = ? WHERE id = ?", saved.New, encodeTimes(published), o.id)
	return err
}

// state stores the outcome of the poll on the source.
func (t tx) state(o target, r aggregator.Result, added int) error {
	first := o.first && (r.State.Class != "" || r.State.LastSuccess.IsZero())
	_, err := t.exec("UPDATE sources SET first_poll = ?, items = items + ?, "+assignments(polled)+" WHERE id = ?",
		append(append([]any{first, added}, stateArgs(&r.State)...), o.id)...)
	return err
}

// host stores when the host was asked last and may be asked again. A pause is
// never shortened.
func (t tx) host(r aggregator.Result) error {
	if r.Host == "" {
		return nil
	}
	_, err := t.exec(`INSERT INTO hosts (host, paused_until, last_request) VALUES (?, ?, ?)
		ON CONFLICT (host) DO UPDATE SET
			paused_until = max(coalesce(paused_until, excluded.paused_until), coalesce(excluded.paused_until, paused_until)),
			last_request = max(coalesce(last_request, excluded.last_request), excluded.last_request)`,
		r.Host, unix(r.HostPause), r.At.Unix())
	return err
}

// Note stores of a request that was no poll what patience with the publisher
// needs: when r.Host was asked, the pause it asks for, until when r.Source is to
// be left alone, and when it was asked without validators. The rest of r is not
// looked at, and a source that is not stored only counts for its host.
func (s *Store) Note(ctx context.Context, r aggregator.Result) error {
	err := s.commit(ctx, func(t tx) (bool, error) {
		if _, err := t.exec(`UPDATE sources SET
			last_full = nullif(max(coalesce(last_full, 0), coalesce(?1, 0)), 0),
			retry_after_until = nullif(max(coalesce(retry_after_until, 0), coalesce(?2, 0)), 0),
			next_check = max(next_check, coalesce(?2, 0)) WHERE slug = ?3`,
			unix(r.State.LastFull), unix(r.State.RetryAfterUntil), r.Source); err != nil {
			return false, err
		}
		return false, t.host(r)
	})
	if err != nil {
		return fmt.Errorf("noting a request to %s: %w", r.Host, err)
	}
	return nil
}

// Host returns when a host was asked last and until when nobody asks it, zero
// times where neither is known. The host is that of [aggregator.Source.Host].
func (s *Store) Host(ctx context.Context, host string) (asked, paused time.Time, err error) {
	st, err := s.reads.get(ctx, "SELECT last_request, paused_until FROM hosts WHERE host = ?")
	if err != nil {
		return asked, paused, fmt.Errorf("reading host %s: %w", host, err)
	}
	var a, p instant
	if err := st.QueryRowContext(ctx, host).Scan(&a, &p); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return asked, paused, fmt.Errorf("reading host %s: %w", host, err)
	}
	return a.Time, p.Time, nil
}

// arrival is a new item on its way in.
type arrival struct {
	index int   // in Result.Items
	sort  int64 // its place in the feeds
}

// items stores what is new or changed.
func (t tx) items(o target, r *aggregator.Result) (saved aggregator.Saved, err error) {
	if len(r.Items) == 0 {
		return saved, nil
	}
	ids, have, err := recognise(o.lineage, r.Items, t.query)
	if err != nil {
		return saved, err
	}
	renamed, err := t.rewritten(o, r, ids, have)
	if err != nil {
		return saved, err
	}
	if renamed && !slices.Contains(r.State.Repaired, "guid") {
		r.State.Repaired = slices.Sorted(slices.Values(append([]string{"guid"}, r.State.Repaired...)))
	}
	var news []arrival
	for _, i := range changed(ids, r.Items, have) {
		if row, ok := have[ids[i]]; ok {
			if err := t.update(row.item, ids[i], &r.Items[i], r.At); err != nil {
				return saved, err
			}
			saved.Updated++
			continue
		}
		news = append(news, arrival{i, sortKey(&r.Items[i], r.At, i, o.first)})
	}
	keep, drop := admit(news, r.At, o.first)
	// The last of the document gets the lowest row id, so that items of the
	// same second keep the publisher's order in feeds.
	m, err := t.match(o, r, keep)
	if err != nil {
		return saved, err
	}
	for _, a := range slices.Backward(keep) {
		if err := t.insert(o, ids[a.index], &r.Items[a.index], a, r.At, m); err != nil {
			return saved, err
		}
	}
	if err := m.flush(); err != nil {
		return saved, err
	}
	for _, a := range drop {
		if err := t.remember(ids[a.index], &r.Items[a.index], 0); err != nil {
			return saved, err
		}
	}
	saved.New = len(keep)
	return saved, nil
}

// sortKey is the place of a new item in every feed; see the package comment
// and UndatedStep.
func sortKey(it *aggregator.Item, seen time.Time, position int, first bool) int64 {
	if it.Published.IsZero() && first {
		return seen.Add(-time.Duration(position) * UndatedStep).Unix()
	}
	dated := aggregator.Item{Published: it.Published, Seen: seen}
	return dated.Effective().Unix()
}

// admit splits what a first poll brought into what enters history and what is
// too old or too much. Both keep their order.
func admit(news []arrival, at time.Time, first bool) (keep, drop []arrival) {
	if !first {
		return news, nil
	}
	newest := slices.Clone(news)
	slices.SortStableFunc(newest, func(a, b arrival) int { return cmp.Compare(b.sort, a.sort) })
	oldest := at.Add(-FirstPollAge).Unix()
	n := min(len(newest), FirstPollItems)
	for n > FirstPollAnyAge && newest[n-1].sort < oldest {
		n--
	}
	keep, drop = newest[:n], newest[n:]
	byIndex := func(a, b arrival) int { return cmp.Compare(a.index, b.index) }
	slices.SortFunc(keep, byIndex)
	slices.SortFunc(drop, byIndex)
	return keep, drop
}

// insert stores a new item.
func (t tx) insert(o target, id uuid, given *aggregator.Item, a arrival, at time.Time, m *matcher) error {
	it := cleaned(*given)
	more, err := encodeExtra(&it)
	if err != nil {
		return err
	}
	labels, reasons := encodeLabels(it.Labels)
	s, err := m.find(a.index)
	if err != nil {
		return err
	}
	res, err := t.exec(`INSERT INTO items (uuid, source, sort, published, modified, seen, updated, guid, title, link, summary, content,
		extra, labels, reasons, story) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, 0))`,
		id[:], o.id, a.sort, unix(it.Published), unix(it.Modified), at.Unix(), at.Unix(), it.GUID, it.Title, it.Link, it.Summary, it.Content,
		more, labels, reasons, s.row())
	if err != nil {
		return err
	}
	row, err := res.LastInsertId()
	if err != nil {
		return err
	}
	if err := t.remember(id, given, row); err != nil {
		return err
	}
	if err := t.list(row, a.sort, it.Labels, s.tellers()); err != nil {
		return err
	}
	m.tell(a.index, row, s, it.Labels)
	t.index(key{a.sort, row}, &it)
	return nil
}

// remember makes an identity known. The fingerprint is that of the item as it
// came, as the next poll will bring it so again.
func (t tx) remember(id uuid, it *aggregator.Item, row int64) error {
	print := it.Fingerprint()
	_, err := t.exec("INSERT INTO known (uuid, print, item) VALUES (?, ?, ?)", id[:], print[:], row)
	return err
}

// update stores what a known item says now. Its id, place in the feeds and the
// time it was seen stay; whether Updated moves is for Significant to say.
func (t tx) update(row int64, id uuid, given *aggregator.Item, at time.Time) error {
	it := cleaned(*given)
	var (
		old               aggregator.Item
		published, update instant
		sort              int64
		was               []byte
	)
	if err := t.row([]any{&old.Title, &old.Summary, &old.Content, &published, &update, &sort, &was},
		"SELECT title, summary, content, published, updated, sort, labels FROM items WHERE id = ?", row); err != nil {
		return err
	}
	old.Published = published.Time
	it.Published = it.Published.Truncate(time.Second) // as stored
	if aggregator.Significant(&old, &it) {
		update.Time = at
		if _, err := t.exec("INSERT INTO originals (item, title, summary, content, published) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
			row, old.Title, old.Summary, old.Content, unix(old.Published)); err != nil {
			return err
		}
	}
	if err := t.rewrite(row, &it, update.Time); err != nil {
		return err
	}
	print := given.Fingerprint()
	if _, err := t.exec("UPDATE known SET print = ? WHERE uuid = ?", print[:], id[:]); err != nil {
		return err
	}
	if err := t.relist(row, sort, was, it.Labels); err != nil {
		return err
	}
	t.unindex(key{sort, row})
	t.index(key{sort, row}, &it)
	return nil
}

// rewrite replaces the columns of an item that may change.
func (t tx) rewrite(row int64, it *aggregator.Item, updated time.Time) error {
	t.w.forget()
	more, err := encodeExtra(it)
	if err != nil {
		return err
	}
	labels, reasons := encodeLabels(it.Labels)
	_, err = t.exec(`UPDATE items SET published = ?, modified = ?, updated = ?, title = ?, link = ?, summary = ?, content = ?,
		extra = ?, labels = ?, reasons = ? WHERE id = ?`,
		unix(it.Published), unix(it.Modified), updated.Unix(), it.Title, it.Link, it.Summary, it.Content, more, labels, reasons, row)
	return err
}
