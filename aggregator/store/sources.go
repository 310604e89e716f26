package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"laenderfeed/aggregator"
)

// configured are the columns a configuration decides, in the order of
// sourceRow.args; polled are those of the State, in the order of stateArgs.
const (
	configured = "slug, name, publisher, url, kind, region, type, schedule, zone, licence, enabled, evidence, host_group, selectors, host, crawl_delay, note, rights"
	polled     = "etag, last_modified, last_full, cache_until, retry_after_until, last_checked, next_check, last_status, " +
		"last_success, last_change, failures, class, error, redirect_target, redirect_seen, redirect_first_seen, moved_to, " +
		"body_sha256, items_last, declared_ttl, fresh_for, skip_hours, skip_days, repaired, published, moved_host, feed_rights"
)

// assignments turns a list of columns into "a = ?, b = ?".
func assignments(columns string) string {
	return strings.ReplaceAll(columns, ",", " = ?,") + " = ?"
}

// stateArgs returns the values of the polled columns.
func stateArgs(s *aggregator.State) []any {
	next := int64(0)
	if !s.NextCheck.IsZero() {
		next = s.NextCheck.Unix()
	}
	return []any{s.ETag, s.LastModified, unix(s.LastFull), unix(s.CacheUntil), unix(s.RetryAfterUntil), unix(s.LastChecked), next,
		s.LastStatus, unix(s.LastSuccess), unix(s.LastChange), s.Failures, string(s.Class), clean(s.Error, maxShort),
		s.RedirectTarget, s.RedirectSeen, unix(s.RedirectFirstSeen), s.MovedTo, s.BodySHA256, s.ItemsLast,
		int64(s.DeclaredTTL), int64(s.FreshFor), bits(s.SkipHours[:]), bits(s.SkipDays[:]), strings.Join(s.Repaired, "\n"),
		encodeTimes(s.Published), movedHost(s), clean(s.Rights, maxShort)}
}

// movedHost is the host a source is asked at when that is not the configured
// one's.
func movedHost(s *aggregator.State) string {
	if s.MovedTo == "" {
		return ""
	}
	return (&aggregator.Source{URL: s.MovedTo}).Host()
}

// sourceRow is a source as it is stored. Two are equal (==) when all configured
// columns are.
type sourceRow struct {
	source          aggregator.Source // but for Zone and Selectors
	zone, selectors string
	host            string
}

func encodeSource(s aggregator.Source) (r sourceRow, err error) {
	r.host = s.Host()
	if s.Zone != nil {
		r.zone = s.Zone.String()
	}
	if s.Selectors != (aggregator.Selectors{}) {
		b, err := json.Marshal(s.Selectors)
		if err != nil {
			return r, err
		}
		r.selectors = string(b)
	}
	r.source, r.source.Zone, r.source.Selectors = s, nil, aggregator.Selectors{}
	return r, nil
}

// args returns the values of the configured columns.
func (r *sourceRow) args() []any {
	s := &r.source
	return []any{s.ID, s.Name, s.Publisher, s.URL, string(s.Kind), string(s.Region), string(s.Type), s.Schedule, r.zone,
		string(s.Licence), s.Enabled, s.Evidence, s.HostGroup, r.selectors, r.host, int64(s.CrawlDelay), s.Note, s.Rights}
}

// dest returns where to scan the configured columns to.
func (r *sourceRow) dest() []any {
	s := &r.source
	return []any{&s.ID, &s.Name, &s.Publisher, &s.URL, &s.Kind, &s.Region, &s.Type, &s.Schedule, &r.zone,
		&s.Licence, &s.Enabled, &s.Evidence, &s.HostGroup, &r.selectors, &r.host, &s.CrawlDelay, &s.Note, &s.Rights}
}

// decode returns the source. A zone that this machine does not know any more is
// left out: dates then read as Europe/Berlin.
func (r *sourceRow) decode() (aggregator.Source, error) {
	s := r.source
	if r.zone != "" {
		if loc, err := time.LoadLocation(r.zone); err == nil {
			s.Zone = loc
		}
	}
	if r.selectors == "" {
		return s, nil
	}
	if err := json.Unmarshal([]byte(r.selectors), &s.Selectors); err != nil {
		return s, fmt.Errorf("decoding selectors of source %s: %w", s.ID, err)
	}
	return s, nil
}

// stateRow receives the polled columns.
type stateRow struct {
	state aggregator.State
	times [8]instant
	hours int64
	days  int64
	words string
	past  []byte
	moved string // not needed: it follows from MovedTo
}

func (r *stateRow) dest() []any {
	s, t := &r.state, &r.times
	return []any{&s.ETag, &s.LastModified, &t[0], &t[1], &t[2], &t[3], &t[4], &s.LastStatus, &t[5], &t[6], &s.Failures, &s.Class,
		&s.Error, &s.RedirectTarget, &s.RedirectSeen, &t[7], &s.MovedTo, &s.BodySHA256, &s.ItemsLast, &s.DeclaredTTL, &s.FreshFor, &r.hours, &r.days, &r.words,
		&r.past, &r.moved, &s.Rights}
}

func (r *stateRow) decode() aggregator.State {
	s, t := &r.state, &r.times
	s.LastFull, s.CacheUntil, s.RetryAfterUntil, s.LastChecked = t[0].Time, t[1].Time, t[2].Time, t[3].Time
	if t[4].Unix() != 0 {
		s.NextCheck = t[4].Time
	}
	s.LastSuccess, s.LastChange, s.RedirectFirstSeen = t[5].Time, t[6].Time, t[7].Time
	unbits(r.hours, s.SkipHours[:])
	unbits(r.days, s.SkipDays[:])
	s.Repaired = lines(r.words)
	s.Published = decodeTimes(r.past)
	return *s
}

// statusColumns are what scanStatus expects, from sources s and hosts h. Of the
// words for subscriptions the first in the alphabet tells most: active, off,
// pending, refused.
var statusColumns = "s." + strings.ReplaceAll(configured+", "+polled, ", ", ", s.") + ", s.namespace, s.items, h.paused_until, h.last_request, " +
	"(SELECT max(p.expires) FROM subscriptions p WHERE p.source = s.id AND p.state = 'active'), " +
	"(SELECT min(p.state || iif(p.reason = '', '', ': ' || p.reason)) FROM subscriptions p WHERE p.source = s.id AND p.state <> 'leaving')" +
	" FROM sources s LEFT JOIN hosts h ON h.host = CASE WHEN s.moved_host = '' OR s.host_group <> '' THEN s.host ELSE s.moved_host END "

// status runs a query for statusColumns.
func (s *Store) status(ctx context.Context, where string, args ...any) ([]aggregator.SourceStatus, error) {
	st, err := s.reads.get(ctx, "SELECT "+statusColumns+where)
	if err != nil {
		return nil, err
	}
	rows, err := st.QueryContext(ctx, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []aggregator.SourceStatus
	for rows.Next() {
		var src sourceRow
		var state stateRow
		var st aggregator.SourceStatus
		var paused, asked, pushed instant
		var push sql.NullString
		var o lineage
		if err := rows.Scan(append(append(src.dest(), state.dest()...), &o.namespace, &st.Items, &paused, &asked, &pushed, &push)...); err != nil {
			return nil, err
		}
		if st.Source, err = src.decode(); err != nil {
			return nil, err
		}
		st.State = state.decode()
		st.HostPausedUntil, st.HostLastRequest = paused.Time, asked.Time
		st.State.PushedUntil, st.Push = pushed.Time, push.String
		o.virgin = st.Items == 0 && st.State.LastChecked.IsZero()
		s.lineages.Store(st.ID, o)
		out = append(out, st)
	}
	return out, rows.Err()
}

// dueWhere finds the sources whose time has come, by an index that has only
// those that are polled. aheadWhere finds those that a clock sent far ahead
// which has been set back since: their last poll is more than a day from now. A
// pause is over, too, that no publisher can have asked for today.
const (
	dueWhere   = "WHERE s.enabled = 1 AND s.absent = 0 AND s.next_check <= ?1" + notPaused
	aheadWhere = "WHERE s.enabled = 1 AND s.absent = 0 AND s.next_check > ?1 + 86400 AND s.last_checked > ?1 + 86400" + notPaused
	notPaused  = `
	AND (h.paused_until IS NULL OR h.paused_until <= ?1 OR h.paused_until > ?3) ORDER BY s.next_check, s.id LIMIT ?2`
)

// Due implements [aggregator.Store]. A source that was never polled, or whose
// URL is new, is due at once.
func (s *Store) Due(ctx context.Context, now time.Time, n int) ([]aggregator.SourceStatus, error) {
	longest := now.Add(aggregator.MaxRetryAfter + 24*time.Hour).Unix()
	out, err := s.status(ctx, dueWhere, now.Unix(), max(n, 0), longest)
	if err == nil && len(out) < n {
		var ahead []aggregator.SourceStatus
		ahead, err = s.status(ctx, aheadWhere, now.Unix(), n-len(out), longest)
		out = append(out, ahead...)
	}
	if err != nil {
		return nil, fmt.Errorf("finding due sources: %w", err)
	}
	return out, nil
}

// Sources returns the configured sources, enabled or not, in the order of
// their ids.
func (s *Store) Sources(ctx context.Context) ([]aggregator.SourceStatus, error) {
	out, err := s.status(ctx, "WHERE s.absent = 0 ORDER BY s.slug")
	if err != nil {
		return nil, fmt.Errorf("reading sources: %w", err)
	}
	return out, nil
}

// Source returns one source, even if it is no longer configured (it is then
// not Enabled). It returns [ErrNotFound] if it never was.
func (s *Store) Source(ctx context.Context, id string) (aggregator.SourceStatus, error) {
	out, err := s.status(ctx, "WHERE s.slug = ?", id)
	if err == nil && len(out) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return aggregator.SourceStatus{}, fmt.Errorf("reading source %q: %w", id, err)
	}
	return out[0], nil
}

// PutSources makes the list of sources that are polled the given one.
//
// A known id keeps its items and state; if its URL is another one, validators,
// body hash and redirects are forgotten and it is due at once. An id that is
// new while a known one with the same URL is gone is that source renamed: its
// items and their published ids stay. Other new ids are due at once. Ids that
// are gone are no longer polled, but their items remain with their source's
// last name.
func (s *Store) PutSources(ctx context.Context, sources []aggregator.Source) error {
	listed := make(map[string]bool, len(sources))
	for i := range sources {
		if id := sources[i].ID; id == "" || listed[id] {
			return fmt.Errorf("storing sources: id %q is empty or given twice", id)
		}
		listed[sources[i].ID] = true
	}
	err := s.commit(ctx, func(t tx) (changed bool, err error) {
		rows, err := t.sourceRows()
		if err != nil {
			return false, err
		}
		put := putter{tx: t, bySlug: map[string]*knownSource{}, gone: map[string][]*knownSource{}}
		for _, r := range rows {
			id, at := r.source.ID, r.source.URL
			put.bySlug[id] = r
			if !listed[id] {
				put.gone[at] = append(put.gone[at], r)
			}
		}
		for i := range sources {
			if err := put.put(sources[i]); err != nil {
				return false, err
			}
		}
		for _, r := range rows {
			if !r.kept && !r.absent {
				if _, err := t.exec("UPDATE sources SET absent = 1, enabled = 0 WHERE id = ?", r.id); err != nil {
					return false, err
				}
				put.changed = true
			}
		}
		return put.changed, nil
	})
	if err != nil {
		return fmt.Errorf("storing sources: %w", err)
	}
	return nil
}

// knownSource is a row of sources as PutSources sees it.
type knownSource struct {
	sourceRow
	id     int64
	absent bool
	kept   bool // is in the new list
}

func (t tx) sourceRows() ([]*knownSource, error) {
	rows, err := t.query("SELECT id, absent, " + configured + " FROM sources ORDER BY id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []*knownSource
	for rows.Next() {
		var k knownSource
		if err := rows.Scan(append([]any{&k.id, &k.absent}, k.dest()...)...); err != nil {
			return nil, err
		}
		out = append(out, &k)
	}
	return out, rows.Err()
}

// putter is one run of PutSources.
type putter struct {
	tx
	bySlug  map[string]*knownSource
	gone    map[string][]*knownSource // by URL
	changed bool
}

// put stores one configured source.
func (p *putter) put(s aggregator.Source) error {
	row, err := encodeSource(s)
	if err != nil {
		return err
	}
	k := p.bySlug[s.ID]
	if same := p.gone[s.URL]; k == nil && len(same) > 0 { // renamed
		k, p.gone[s.URL] = same[0], same[1:]
	}
	if k == nil {
		p.changed = true
		return p.insert(s.ID, row.args())
	}
	k.kept = true
	if !k.absent && k.sourceRow == row {
		return nil
	}
	p.changed = true
	if _, err := p.exec("UPDATE sources SET absent = 0, "+assignments(configured)+" WHERE id = ?", append(row.args(), k.id)...); err != nil {
		return err
	}
	if k.source.URL == s.URL {
		return nil
	}
	return p.forget(k.id)
}

// forget drops what was learnt about polling a source's former URL. What its feed
// said of rights still speaks for the items there are; no other come in before the
// new one is read.
func (p *putter) forget(id int64) error {
	if err := p.digests(id, []aggregator.Digest{}); err != nil {
		return err
	}
	_, err := p.exec(`UPDATE sources SET etag = '', last_modified = '', last_full = NULL, cache_until = NULL, retry_after_until = NULL,
		next_check = 0, failures = 0, class = '', error = '', redirect_target = '', redirect_seen = 0, redirect_first_seen = NULL,
		moved_to = '', body_sha256 = '', declared_ttl = 0, fresh_for = 0, skip_hours = 0, skip_days = 0, repaired = '', published = x'', moved_host = '',
		first_poll = 1
		WHERE id = ?`, id)
	return err
}

// insert adds a source never seen before. Should its id have been the first
// name of a source that is called otherwise now, it gets a namespace of its
// own, so that no two items share a published id.
func (p *putter) insert(slug string, args []any) error {
	namespace := slug
	for n := 2; ; n++ {
		var taken int
		err := p.row([]any{&taken}, "SELECT 1 FROM sources WHERE namespace = ?", namespace)
		if errors.Is(err, sql.ErrNoRows) {
			break
		}
		if err != nil {
			return err
		}
		namespace = fmt.Sprintf("%s#%d", slug, n) // "#" is in no slug
	}
	_, err := p.exec("INSERT INTO sources (namespace, "+configured+") VALUES (?"+strings.Repeat(", ?", len(args))+")",
		append([]any{namespace}, args...)...)
	return err
}
