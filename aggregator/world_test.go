package aggregator_test

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"laenderfeed/aggregator"
)

// The simulated fortnight: it has a change to summer time, and begins on a
// Monday.
var (
	worldStart = time.Date(2026, 3, 23, 0, 0, 0, 0, time.UTC)
	worldEnd   = worldStart.AddDate(0, 0, 14)
	moveDay    = worldStart.AddDate(0, 0, 1)
	goneDay    = worldStart.AddDate(0, 0, 3)
	brokenDay  = worldStart.AddDate(0, 0, 8) // half of the new places are given up
)

// outages are when our own network is down.
var outages = [][2]time.Time{
	{worldStart.Add(4*24*time.Hour + 8*time.Hour), worldStart.Add(4*24*time.Hour + 14*time.Hour)},
	{worldStart.Add(9*24*time.Hour + 10*time.Hour), worldStart.Add(9*24*time.Hour + 10*time.Hour + 40*time.Minute)},
}

func inOutage(t time.Time) bool {
	return slices.ContainsFunc(outages, func(o [2]time.Time) bool { return !t.Before(o[0]) && t.Before(o[1]) })
}

// outlet is one simulated source and what it remembers of us.
type outlet struct {
	aggregator.Source
	kind    string
	n       int // which of its kind
	newURL  string
	news    []time.Time // what it publishes, oldest first; the index is the guid
	undated bool
	days    bool // dates without times

	asked         time.Time // the last request
	place         [2]string // the URL asked last, and where that led
	requests      int
	notModified   int
	unconditional int
	full          time.Time // the last request without validators, though it had given some
	etag          string    // as given last
	modified      string
	notBefore     time.Time // by the hints given last
	failures      int       // in a row, of its own
	gone          time.Time
	sightings     int // of its redirect
	firstSighting time.Time
	lasting       bool // it has been seen five times over three days
}

// world is all publishers on one clock. It is an [aggregator.Fetcher], and
// notes every rule of POLLING that a request breaks.
type world struct {
	now   func() time.Time
	store *memory

	mu       sync.Mutex
	outlets  []*outlet
	byURL    map[string]*outlet
	busy     map[string]int       // by host
	free     map[string]time.Time // when its last request ended
	paused   map[string]time.Time
	inFlight int
	lost     int // requests while our network was down
	broken   []violation
}

type violation struct{ kind, text string }

var berlinZone = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	return zone
}()

// newWorld sets up 200 sources.
func newWorld(now func() time.Time, store *memory) *world {
	w := &world{now: now, store: store, byURL: map[string]*outlet{}, busy: map[string]int{}, free: map[string]time.Time{}, paused: map[string]time.Time{}}
	for _, k := range []struct {
		kind string
		n    int
	}{
		{"hourly", 28}, {"office", 35}, {"daily", 30}, {"weekly", 15}, {"undated", 10}, {"dates only", 10}, {"empty", 5}, {"cached", 10},
		{"dead", 10}, {"flapping", 10}, {"moved", 10}, {"gone", 5}, {"rate-limiting", 12}, {"validators", 10},
	} {
		for n := range k.n {
			w.add(k.kind, n)
		}
	}
	return w
}

func (w *world) add(kind string, n int) {
	id := fmt.Sprintf("%s-%d", strings.ReplaceAll(kind, " ", "-"), n)
	host := id + ".example"
	switch kind {
	case "hourly", "rate-limiting": // four share a host
		host = fmt.Sprintf("%s-host-%d.example", kind, n/4)
	}
	o := &outlet{kind: kind, n: n, Source: aggregator.Source{ID: id, Name: id, URL: "https://" + host + "/" + id + ".xml", Enabled: true}}
	if kind == "daily" && n < 6 {
		o.HostGroup = "verlag"
	}
	if kind == "moved" {
		o.newURL = "https://new-" + host + "/feed"
		w.byURL[o.newURL] = o
	}
	o.undated, o.days = kind == "undated", kind == "dates only"
	o.news = publications(kind, n)
	w.outlets, w.byURL[o.URL] = append(w.outlets, o), o
	w.store.sources = append(w.store.sources, &aggregator.SourceStatus{Source: o.Source})
}

// publications makes up what a source publishes from six weeks before the
// fortnight to its end.
func publications(kind string, n int) (out []time.Time) {
	r := rand.New(rand.NewPCG(uint64(len(kind)), uint64(n)+uint64(kind[0])<<8))
	between := func(day time.Time, from, to float64) {
		out = append(out, day.Add(time.Duration((from+(to-from)*r.Float64())*float64(time.Hour))).Truncate(time.Second))
	}
	hour, weekday := 8+float64(n%9), time.Weekday(1+n%5)
	for d := -42; d < 14; d++ {
		day := time.Date(2026, 3, 23+d, 0, 0, 0, 0, berlinZone)
		working := day.Weekday() != time.Saturday && day.Weekday() != time.Sunday
		switch {
		case kind == "empty":
		case kind == "hourly":
			for h := range 24 {
				between(day, float64(h), float64(h)+0.8)
			}
		case kind == "weekly":
			if day.Weekday() == weekday {
				between(day, hour-0.7, hour+0.7)
			}
		case !working:
		case kind == "daily", kind == "dates only":
			between(day, hour-0.5, hour+0.5)
		default:
			for range 6 {
				between(day, 7, 19)
			}
		}
	}
	slices.SortFunc(out, time.Time.Compare)
	return out
}

// reachable tells whether the outlet answers with its feed at t, if asked
// politely.
func (o *outlet) reachable(t time.Time) bool {
	switch {
	case inOutage(t), o.kind == "dead", o.kind == "gone" && !t.Before(goneDay):
		return false
	case o.kind == "flapping":
		h := fnv.New32a()
		fmt.Fprint(h, o.n, " of ", t.Unix()/7200)
		return h.Sum32()%3 > 0
	}
	return true
}

// Fetch implements [aggregator.Fetcher].
func (w *world) Fetch(ctx context.Context, req aggregator.Request) (*aggregator.Response, error) {
	o := w.byURL[req.URL]
	host := hostKey(o, req.URL)
	w.begin(o, host, req)
	time.Sleep(time.Duration(50+37*(o.n%13)) * time.Millisecond)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.inFlight--
	w.busy[host]--
	w.free[host] = w.now()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return w.answer(o, host, req)
}

func hostKey(o *outlet, asked string) string {
	if o.HostGroup != "" {
		return o.HostGroup
	}
	u, _ := url.Parse(asked)
	return u.Host
}

func (w *world) accuse(o *outlet, format string, args ...any) {
	w.broken = append(w.broken, violation{o.kind, fmt.Sprintf("%s at %s: ", o.ID, w.now().Format("Mon 15:04:05")) + fmt.Sprintf(format, args...)})
}

// begin notes a request and what is wrong with it.
func (w *world) begin(o *outlet, host string, req aggregator.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	at := w.now()
	if w.inFlight++; w.inFlight > 16 {
		w.accuse(o, "rule 7: %d requests at once", w.inFlight)
	}
	if w.busy[host]++; w.busy[host] > 1 {
		w.accuse(o, "rule 7: %d requests at once for %s", w.busy[host], host)
	}
	if inOutage(at) {
		w.lost++
		return // nobody hears of it
	}
	o.requests++
	if since := at.Sub(o.asked); since < 15*time.Minute {
		w.accuse(o, "rule 1: asked again after %v", since)
	}
	if at.Before(o.notBefore) {
		w.accuse(o, "rule 1 or 4: asked %v before its hints allow", o.notBefore.Sub(at))
	}
	st := w.store.state(o.ID)
	if !slices.Contains(o.place[:], req.URL) { // another URL is another resource
		o.failures, o.notBefore = 0, time.Time{}
		o.etag, o.modified, o.full = "", "", time.Time{}
		st.Failures = 0
	}
	if at.Before(st.NextCheck) {
		w.accuse(o, "rule 2: asked %v before its time", st.NextCheck.Sub(at))
	}
	if st.Failures > o.failures {
		w.accuse(o, "rule 5: %d failures charged, %d were its own", st.Failures, o.failures)
	}
	if at.Before(w.paused[host]) {
		w.accuse(o, "rule 4: its host is paused for %v more", w.paused[host].Sub(at))
	}
	if o.failures > 0 {
		least := min(time.Hour<<min(o.failures, 6), 48*time.Hour) * 8 / 10
		if since := at.Sub(o.asked); since < least {
			w.accuse(o, "rule 5: asked %v after failure %d", since, o.failures)
		}
	}
	if !o.gone.IsZero() {
		w.accuse(o, "rule 5: asked %v after it was gone", at.Sub(o.gone))
	}
	if pause := at.Sub(w.free[host]); pause < 5*time.Second {
		w.accuse(o, "rule 7: %s asked again after %v", host, pause)
	}
	w.validators(o, req, at)
	w.checkPlace(o, req)
	o.asked, o.place = at, [2]string{req.URL, req.URL}
}

// validators checks what a conditional request carries.
func (w *world) validators(o *outlet, req aggregator.Request, at time.Time) {
	none := req.ETag == "" && req.LastModified == ""
	switch {
	case none && (o.etag != "" || o.modified != ""):
		o.unconditional++
		if since := at.Sub(o.full); since < 24*time.Hour {
			w.accuse(o, "rule 3: unconditional again after %v", since)
		}
		o.full = at
	case !none && (req.ETag != o.etag || req.LastModified != o.modified):
		w.accuse(o, "rule 3: validators %q, %q, given were %q, %q", req.ETag, req.LastModified, o.etag, o.modified)
	case none && o.requests > 1:
		o.unconditional++
	}
}

// checkPlace checks which of its URLs a source that moved is asked at.
func (w *world) checkPlace(o *outlet, req aggregator.Request) {
	if o.newURL == "" {
		return
	}
	switch {
	case req.URL == o.newURL && !o.lasting:
		w.accuse(o, "rule 6: new URL believed after %d sightings", o.sightings)
	case req.URL == o.URL && o.lasting && w.now().Before(brokenDay):
		w.accuse(o, "rule 6: the old URL after %d sightings", o.sightings)
	}
}

func (w *world) answer(o *outlet, host string, req aggregator.Request) (*aggregator.Response, error) {
	at := w.now()
	fail := func(class aggregator.Class, status int, wait time.Duration) (*aggregator.Response, error) {
		return nil, &aggregator.Error{Class: class, Status: status, RetryAfter: wait, Err: errors.New("simulated")}
	}
	if inOutage(at) {
		return fail(aggregator.ClassDNS, 0, 0)
	}
	o.failures++ // until it turns out well
	switch {
	case o.kind == "dead":
		return fail([]aggregator.Class{aggregator.ClassDNS, aggregator.ClassConnect}[o.n%2], 0, 0)
	case o.kind == "gone" && !at.Before(goneDay):
		o.gone = at
		return fail(aggregator.ClassGone, http.StatusGone, 0)
	case o.kind == "flapping" && !o.reachable(at):
		return fail(aggregator.ClassHTTP5xx, http.StatusInternalServerError, 0)
	case o.kind == "rate-limiting" && o.requests%10 == 9:
		wait := time.Duration(1+o.n%5) * time.Hour
		w.paused[host] = at.Add(wait - time.Second)
		return fail(aggregator.ClassRateLimited, []int{429, 503}[o.n%2], wait)
	case o.kind == "moved" && req.URL == o.newURL && o.n%2 == 1 && !at.Before(brokenDay):
		return fail(aggregator.ClassHTTP4xx, http.StatusNotFound, 0)
	}
	o.failures = 0
	resp := &aggregator.Response{URL: req.URL, Status: http.StatusOK, Header: http.Header{}, Date: at}
	w.redirect(o, req, resp, at)
	if !o.respond(req, resp, at) {
		o.notModified++
		resp.Status, resp.Body = http.StatusNotModified, nil
	}
	return resp, nil
}

// redirect leads from the old to the new URL of a source that moved.
func (w *world) redirect(o *outlet, req aggregator.Request, resp *aggregator.Response, at time.Time) {
	if o.newURL == "" || at.Before(moveDay) || req.URL == o.newURL {
		return
	}
	if o.n%2 == 1 && !at.Before(brokenDay) {
		return // it is back
	}
	resp.URL, resp.Permanent, o.place[1] = o.newURL, o.newURL, o.newURL
	if o.sightings++; o.sightings == 1 {
		o.firstSighting = at
	}
	o.lasting = o.sightings >= 5 && at.Sub(o.firstSighting) >= 3*24*time.Hour
}

// respond fills in an answer and tells whether it is news.
func (o *outlet) respond(req aggregator.Request, resp *aggregator.Response, at time.Time) bool {
	n, _ := slices.BinarySearchFunc(o.news, at.Add(time.Nanosecond), time.Time.Compare)
	etag, modified := fmt.Sprintf(`W/"%d ü"`, n), ""
	if n > 0 && o.n%2 == 0 {
		modified = o.news[n-1].Format(time.RFC850) + " " // as it comes, so it is to come back
	}
	match := req.ETag == etag && req.LastModified == modified
	if o.kind == "validators" {
		switch o.n % 3 {
		case 0: // another one each time
			etag = fmt.Sprintf("%d", o.requests)
		case 1: // says so whatever is new
			match = req.ETag != ""
			if match {
				etag, modified = req.ETag, req.LastModified
			}
		case 2: // none
			etag, modified, match = "", "", false
		}
	}
	o.etag, o.modified = etag, modified
	resp.Header["ETag"], resp.Header["Last-Modified"] = []string{etag}, []string{modified}
	// http.Header.Get looks for the canonical name.
	resp.Header.Set("ETag", etag)
	o.hints(resp.Header, at)
	resp.Body = o.body(n)
	return !match
}

// hints are those of sources that are cached; the wait they ask for is noted.
func (o *outlet) hints(h http.Header, at time.Time) {
	if o.kind != "cached" {
		return
	}
	var wait time.Duration
	switch o.n % 4 {
	case 0:
		h.Set("Cache-Control", "public, max-age=10800")
		h.Set("Age", "600")
		wait = 10200 * time.Second
	case 1:
		h.Set("Date", at.Add(-48*time.Hour).Format(http.TimeFormat)) // its clock is wrong
		h.Set("Expires", at.Add(-46*time.Hour).Format(http.TimeFormat))
		wait = 2*time.Hour - time.Second
	case 2:
		wait = 150 * time.Minute // ttl, see body
	case 3:
		h.Set("Retry-After", "5400") // with a 200
		wait = 90 * time.Minute
	}
	o.notBefore = at.Add(wait - 2*time.Second) // the answer took some of it
}

// body is the feed: a line of hints, then the last 20 items, the newest first.
func (o *outlet) body(n int) []byte {
	var b strings.Builder
	if o.kind == "cached" && o.n%4 == 2 {
		b.WriteString("ttl 9000")
	}
	b.WriteString("\n")
	for i := n - 1; i >= max(0, n-20); i-- {
		at := o.news[i].In(berlinZone)
		switch {
		case o.undated:
			fmt.Fprintf(&b, "%d 0\n", i)
		case o.days:
			fmt.Fprintf(&b, "%d %d\n", i, time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, berlinZone).Unix())
		default:
			fmt.Fprintf(&b, "%d %d\n", i, at.Unix())
		}
	}
	return []byte(b.String())
}

// readBody is what reads it.
func readBody(resp *aggregator.Response, _ *aggregator.Source, _ []aggregator.Digest) (*aggregator.Document, error) {
	doc := &aggregator.Document{Kind: "rss"}
	for i, line := range strings.Split(strings.TrimSuffix(string(resp.Body), "\n"), "\n") {
		name, value, _ := strings.Cut(line, " ")
		n, _ := strconv.ParseInt(value, 10, 64)
		switch {
		case i == 0:
			doc.Hints.TTL = time.Duration(n) * time.Second
		case n == 0:
			doc.Items = append(doc.Items, aggregator.Item{GUID: name, Title: name})
		default:
			doc.Items = append(doc.Items, aggregator.Item{GUID: name, Title: name, Published: time.Unix(n, 0).UTC()})
		}
	}
	return doc, nil
}

// memory is an [aggregator.Store] that outlives the pollers that use it.
type memory struct {
	now func() time.Time
	lag time.Duration // of Due

	mu      sync.Mutex
	sources []*aggregator.SourceStatus
	hosts   map[string]hostMemory
	seen    map[string]time.Time // by source and guid
}

type hostMemory struct{ paused, asked time.Time }

func (m *memory) find(id string) *aggregator.SourceStatus {
	return m.sources[slices.IndexFunc(m.sources, func(s *aggregator.SourceStatus) bool { return s.ID == id })]
}

func (m *memory) state(id string) aggregator.State {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.find(id).State
}

// Due implements [aggregator.Store].
func (m *memory) Due(_ context.Context, now time.Time, n int) (out []aggregator.SourceStatus, _ error) {
	defer time.Sleep(m.lag)
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.sources {
		if s.State.NextCheck.After(now) {
			continue
		}
		h := m.hosts[s.Host()]
		if h.paused.After(now) {
			continue
		}
		due := *s
		due.HostPausedUntil, due.HostLastRequest = h.paused, h.asked
		out = append(out, due)
	}
	slices.SortStableFunc(out, func(a, b aggregator.SourceStatus) int { return a.State.NextCheck.Compare(b.State.NextCheck) })
	return out[:min(n, len(out))], nil
}

// Seen implements [aggregator.Store]: every document is read whole.
func (m *memory) Seen(context.Context, string) ([]aggregator.Digest, error) { return nil, nil }

// Fresh implements [aggregator.Store].
func (m *memory) Fresh(_ context.Context, source string, items []aggregator.Item) (out []aggregator.Item, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, it := range items {
		if m.seen[source+" "+it.GUID].IsZero() {
			out = append(out, it)
		}
	}
	return out, nil
}

// Save implements [aggregator.Store].
func (m *memory) Save(_ context.Context, r aggregator.Result) (saved aggregator.Saved, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.find(r.Source).State = r.State
	for _, it := range r.Items {
		if key := r.Source + " " + it.GUID; m.seen[key].IsZero() {
			m.seen[key] = m.now()
			saved.New++
		}
	}
	h := m.hosts[r.Host]
	if r.At.After(h.asked) {
		h.asked = r.At
	}
	if r.HostPause.After(h.paused) {
		h.paused = r.HostPause
	}
	m.hosts[r.Host] = h
	return saved, nil
}
