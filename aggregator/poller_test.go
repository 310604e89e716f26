package aggregator_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"laenderfeed/aggregator"
	"laenderfeed/aggregator/fetch"
	"laenderfeed/aggregator/parse"
	"laenderfeed/aggregator/store"
)

// clock is a time that moves only when told to.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// publisher is a loopback server whose answers a test sets, and that remembers
// what it was asked.
type publisher struct {
	*httptest.Server
	mu       sync.Mutex
	answer   func(w http.ResponseWriter, r *http.Request)
	requests []*http.Request
	inFlight int
	most     int // requests at once
}

func newPublisher(t *testing.T) *publisher {
	p := &publisher{}
	p.answer = func(w http.ResponseWriter, r *http.Request) { feed(w, r.URL.Path, 3) }
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.requests = append(p.requests, r)
		p.inFlight++
		p.most = max(p.most, p.inFlight)
		answer := p.answer
		p.mu.Unlock()
		answer(w, r)
		p.mu.Lock()
		p.inFlight--
		p.mu.Unlock()
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *publisher) set(answer func(w http.ResponseWriter, r *http.Request)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = answer
}

// asked returns the requests since the last call.
func (p *publisher) asked() []*http.Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	rs := p.requests
	p.requests = nil
	return rs
}

func (p *publisher) host() string { return strings.TrimPrefix(p.URL, "http://") }

// feed writes an RSS feed of n items.
func feed(w io.Writer, name string, n int) {
	fmt.Fprintf(w, `<rss version="2.0"><channel><title>%s</title><link>http://example.org/</link><description>x</description>`, name)
	for i := range n {
		fmt.Fprintf(w, `<item><title>Meldung %d</title><guid isPermaLink="false">%d</guid></item>`, i, i)
	}
	fmt.Fprint(w, `</channel></rss>`)
}

// rig is a poller with a real store and real HTTP, on a clock of its own.
type rig struct {
	t        *testing.T
	clock    *clock
	store    *store.Store
	poller   *aggregator.Poller
	whole    bool // documents are read without regard to what was seen
	mu       sync.Mutex
	outcomes []aggregator.Outcome
}

func newRig(t *testing.T, pubs ...*publisher) *rig {
	t.Helper()
	r := &rig{t: t, clock: &clock{now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}}
	var err error
	if r.store, err = store.Open(t.Context(), store.Config{Path: filepath.Join(t.TempDir(), "test.db"), Now: r.clock.Now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.store.Close() })
	hosts := []string{"127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3", "127.0.0.1:4"} // nobody listens there
	for _, p := range pubs {
		hosts = append(hosts, p.host())
	}
	r.poller = r.newPoller(hosts)
	return r
}

func (r *rig) newPoller(hosts []string) *aggregator.Poller {
	r.t.Helper()
	client, err := fetch.New(fetch.Config{UserAgent: "laenderfeed/test", AllowPrivate: hosts, Now: r.clock.Now})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { client.Close() })
	return aggregator.NewPoller(aggregator.PollerConfig{
		Fetcher: client,
		Parse: func(resp *aggregator.Response, src *aggregator.Source, seen []aggregator.Digest) (*aggregator.Document, error) {
			if r.whole {
				seen = nil
			}
			return parse.Parse(resp.Body, parse.Options{URL: resp.URL, ContentType: resp.Header.Get("Content-Type"), Kind: src.Kind, Now: r.clock.Now(),
				Seen: seen, Version: "test"})
		},
		Classify: func(aggregator.Text) aggregator.Labels {
			return aggregator.Labels{Scope: aggregator.ScopeUnklar, Regions: []aggregator.Region{aggregator.Unklar},
				Reasons: []aggregator.Reason{{Label: "unklar", Field: aggregator.FieldDefault, Rule: "test"}}}
		},
		Store:       r.store,
		Policy:      aggregator.Policy{Private: func(host string) bool { return slices.Contains(hosts, host) }, MinInterval: 15 * time.Minute},
		Concurrency: 4, Now: r.clock.Now, Logger: slog.New(slog.DiscardHandler),
		Done: func(o aggregator.Outcome) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.outcomes = append(r.outcomes, o)
		},
	})
}

// sources configures one source per URL, with ids s0, s1, …
func (r *rig) sources(urls ...string) {
	r.t.Helper()
	var list []aggregator.Source
	for i, u := range urls {
		list = append(list, aggregator.Source{ID: fmt.Sprintf("s%d", i), Name: "S", Publisher: "S", URL: u,
			Kind: aggregator.KindFeed, Type: "presse", Licence: aggregator.LicenceExcerpt, Enabled: true})
	}
	if err := r.store.PutSources(r.t.Context(), list); err != nil {
		r.t.Fatal(err)
	}
}

// poll polls every source, due or not, and returns the outcomes.
func (r *rig) poll() []aggregator.Outcome {
	r.t.Helper()
	all, err := r.store.Sources(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	if err := r.poller.Poll(r.t.Context(), all); err != nil {
		r.t.Fatal(err)
	}
	return r.take()
}

// tick polls what is due and returns the outcomes.
func (r *rig) tick() []aggregator.Outcome {
	r.t.Helper()
	if err := r.poller.Tick(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	r.poller.Wait()
	return r.take()
}

func (r *rig) take() []aggregator.Outcome {
	r.mu.Lock()
	defer r.mu.Unlock()
	os := r.outcomes
	r.outcomes = nil
	return os
}

func (r *rig) state(id string) aggregator.State {
	r.t.Helper()
	all, err := r.store.Sources(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	for _, s := range all {
		if s.ID == id {
			return s.State
		}
	}
	r.t.Fatalf("no source %s", id)
	return aggregator.State{}
}

// deliver gives the poller what a hub sent for the source s0, and returns what was
// saved.
func (r *rig) deliver(items ...string) aggregator.Saved {
	r.t.Helper()
	s, err := r.store.Source(r.t.Context(), "s0")
	if err != nil {
		r.t.Fatal(err)
	}
	body := `<rss version="2.0"><channel><title>a</title><link>http://example.org/</link><description>x</description>` + strings.Join(items, "") + `</channel></rss>`
	saved, err := r.poller.Deliver(r.t.Context(), s, &aggregator.Response{URL: s.URL, Status: http.StatusOK,
		Header: http.Header{"Content-Type": {"application/rss+xml"}}, Body: []byte(body), Date: r.clock.Now()})
	if err != nil {
		r.t.Fatal(err)
	}
	return saved
}

// TestPushTeachesTheRhythm pushes an item at nine on the working days of four
// weeks, and polls after that.
func TestPushTeachesTheRhythm(t *testing.T) {
	pub := newPublisher(t)
	r := newRig(t, pub)
	r.sources(pub.URL + "/a")
	r.poll()
	r.clock.advance(time.Hour)
	r.poll()
	untaught := r.state("s0")
	if wait := untaught.NextCheck.Sub(r.clock.Now()); wait > 90*time.Minute || len(untaught.Published) != 0 {
		t.Fatalf("before anything is known: asked again after %v, moments %v", wait, untaught.Published)
	}
	item := func(guid string, more string) string {
		return `<item><title>Meldung</title><guid isPermaLink="false">` + guid + `</guid>` + more + `</item>`
	}
	dated := func(at time.Time) string { return "<pubDate>" + at.Format(time.RFC1123Z) + "</pubDate>" }
	var want []time.Time
	start := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	for i := range 28 {
		at := start.AddDate(0, 0, i)
		if at.Weekday() == time.Saturday || at.Weekday() == time.Sunday {
			continue
		}
		r.clock.advance(at.Sub(r.clock.Now()))
		want = append(want, at)
		more := dated(at.Add(-20 * time.Minute)) // it is here since now, whatever it says
		if i%2 == 0 {
			more = ""
		}
		first := item(fmt.Sprint("neu-", i), more)
		if saved := r.deliver(first); saved.New != 1 {
			t.Fatalf("day %d: %+v", i, saved)
		}
		r.clock.advance(2 * time.Hour)
		r.deliver(first)                                                                 // again
		r.deliver(item(fmt.Sprint("alt-", i), dated(at.AddDate(-1, 0, 0))))              // out of the archive
		r.deliver(item(fmt.Sprint("neu-", i), more+"<description>anders</description>")) // changed
	}
	taught := r.state("s0")
	if !slices.EqualFunc(taught.Published, want, time.Time.Equal) {
		t.Errorf("learnt %v, want %v", taught.Published, want)
	}
	taught.Published = nil
	if !reflect.DeepEqual(taught, untaught) {
		t.Errorf("a push has changed what is known of polling: %+v to %+v", untaught, taught)
	}
	r.poll()
	if wait := r.state("s0").NextCheck.Sub(r.clock.Now()); wait < 3*time.Hour || wait > 40*time.Hour {
		t.Errorf("asked again after %v, though something appears once a day", wait)
	}
}

func testConditional(t *testing.T) {
	pub := newPublisher(t)
	r := newRig(t, pub)
	r.sources(pub.URL + "/a")
	pub.set(func(w http.ResponseWriter, req *http.Request) {
		w.Header()["ETag"] = []string{`W/"ä 1"`}
		w.Header()["Last-Modified"] = []string{"yesterday, roughly"}
		if req.Header.Get("If-None-Match") == `W/"ä 1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		feed(w, "a", 3)
	})
	if o := r.poll(); len(o) != 1 || o[0].Err != nil || o[0].Saved.New != 3 {
		t.Fatalf("first poll: %+v", o)
	}
	pub.asked()
	if o := r.poll(); len(o) != 1 || !o[0].NotModified || o[0].Saved.New != 0 {
		t.Fatalf("second poll: %+v", o)
	}
	h := pub.asked()[0].Header
	if h.Get("If-None-Match") != `W/"ä 1"` || h.Get("If-Modified-Since") != "yesterday, roughly" {
		t.Errorf("validators came back as %q and %q", h.Get("If-None-Match"), h.Get("If-Modified-Since"))
	}
	// The same body under another validator is not read again, but the
	// validator is kept.
	pub.set(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", `"2"`)
		feed(w, "a", 3)
	})
	if o := r.poll(); !o[0].NotModified {
		t.Errorf("an equal body was read again: %+v", o)
	}
	if st := r.state("s0"); st.ETag != `"2"` || st.LastModified != "" {
		t.Errorf("validators after an equal body: %q, %q", st.ETag, st.LastModified)
	}
}

func testFailure(t *testing.T) {
	pub := newPublisher(t)
	r := newRig(t, pub)
	r.sources(pub.URL + "/a")
	good := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", `"1"`)
		feed(w, "a", 2)
	}
	pub.set(good)
	r.poll()
	for name, tc := range map[string]struct {
		answer func(w http.ResponseWriter, _ *http.Request)
		class  aggregator.Class
	}{
		"500": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, aggregator.ClassHTTP5xx},
		"404": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }, aggregator.ClassHTTP4xx},
		"soft 404": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("ETag", `"x"`)
			io.WriteString(w, "<!DOCTYPE html><html><body>weg</body></html>")
		}, aggregator.ClassNotAFeed},
		"empty": {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("ETag", `"x"`) }, aggregator.ClassNotAFeed},
	} {
		pub.set(tc.answer)
		before := r.state("s0").Failures
		o := r.poll()
		st := r.state("s0")
		if len(o) != 1 || aggregator.ClassOf(o[0].Err) != tc.class || st.Class != tc.class || st.Error == "" {
			t.Errorf("%s: %+v, class %q, error %q", name, o, st.Class, st.Error)
		}
		if st.ETag != `"1"` || st.Failures != before+1 {
			t.Errorf("%s: ETag %q, %d failures after %d", name, st.ETag, st.Failures, before)
		}
		if d := st.NextCheck.Sub(r.clock.Now()); d < 90*time.Minute {
			t.Errorf("%s: asked again after %v", name, d)
		}
	}
	pub.set(good)
	r.poll()
	if st := r.state("s0"); st.Failures != 0 || st.Class != "" || st.Error != "" {
		t.Errorf("after a good answer: %d failures, %q, %q", st.Failures, st.Class, st.Error)
	}
}

func testPausedHost(t *testing.T) {
	pub := newPublisher(t)
	r := newRig(t, pub)
	r.sources(pub.URL+"/a", pub.URL+"/b")
	pub.set(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7200")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	o := r.tick()
	if n := len(pub.asked()); n != 1 {
		t.Errorf("the host was asked %d times, though the first answer was 429", n)
	}
	if len(o) != 2 || aggregator.ClassOf(o[0].Err) != aggregator.ClassRateLimited || aggregator.ClassOf(o[1].Err) != aggregator.ClassRateLimited {
		t.Errorf("outcomes: %+v", o)
	}
	r.clock.advance(119 * time.Minute)
	r.tick()
	r.poll() // by hand, too
	if n := len(pub.asked()); n != 0 {
		t.Errorf("asked %d times before Retry-After was over", n)
	}
	pub.set(func(w http.ResponseWriter, req *http.Request) { feed(w, req.URL.Path, 1) })
	r.clock.advance(2 * time.Minute)
	if o := r.poll(); len(o) != 2 || o[0].Err != nil || o[1].Err != nil {
		t.Errorf("after the pause: %+v", o)
	}
}

func testGone(t *testing.T) {
	pub := newPublisher(t)
	r := newRig(t, pub)
	r.sources(pub.URL + "/a")
	pub.set(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) })
	r.tick()
	pub.asked()
	r.clock.advance(26 * 24 * time.Hour)
	r.tick()
	if n := len(pub.asked()); n != 0 {
		t.Error("asked again before 27 days")
	}
	pub.set(func(w http.ResponseWriter, _ *http.Request) { feed(w, "a", 1) })
	r.clock.advance(8 * 24 * time.Hour)
	if o := r.tick(); len(o) != 1 || o[0].Err != nil {
		t.Errorf("after a month: %+v", o)
	}
}

func testLastingRedirect(t *testing.T) {
	pub := newPublisher(t)
	r := newRig(t, pub)
	r.sources(pub.URL + "/old")
	pub.set(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path == "/old" {
			http.Redirect(w, req, "/new", http.StatusMovedPermanently)
			return
		}
		feed(w, "new", 1)
	})
	for day := range 5 {
		if st := r.state("s0"); st.MovedTo != "" {
			t.Fatalf("believed after %d sightings", day)
		}
		r.poll()
		r.clock.advance(24 * time.Hour)
	}
	if st := r.state("s0"); st.MovedTo != pub.URL+"/new" {
		t.Fatalf("moved to %q", st.MovedTo)
	}
	pub.asked()
	r.poll()
	if rs := pub.asked(); len(rs) != 1 || rs[0].URL.Path != "/new" {
		t.Errorf("%d requests", len(rs))
	}
}

func testOneAtATime(t *testing.T) {
	one, two := newPublisher(t), newPublisher(t)
	r := newRig(t, one, two)
	var urls []string
	for i := range 6 {
		urls = append(urls, fmt.Sprintf("%s/%d", one.URL, i), fmt.Sprintf("%s/%d", two.URL, i))
	}
	r.sources(urls...)
	if o := r.tick(); len(o) != 12 {
		t.Errorf("%d outcomes", len(o))
	}
	if one.most != 1 || two.most != 1 {
		t.Errorf("%d and %d requests at once on a host", one.most, two.most)
	}
	if o := r.tick(); len(o) != 0 {
		t.Errorf("%d sources polled again at once", len(o))
	}
}

// The crawl delay of one source holds for all on its host: the second is still
// waiting when the poll is stopped.
// TestRightsAreAsLastSaid: what a feed says of rights is kept until a document is
// read that says otherwise, and reaches items that are stored already. It makes no
// item newer.
func TestRightsAreAsLastSaid(t *testing.T) {
	p := newPublisher(t)
	r := newRig(t, p)
	r.sources(p.URL + "/feed")
	said := func(feed, item string) string {
		return "<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/'><channel><title>t</title><copyright>" + feed + "</copyright>" +
			"<item><title>Meldung</title><guid>1</guid>" + item + "</item></channel></rss>"
	}
	for _, step := range []struct {
		name       string
		status     int
		body       string
		feed, item string
	}{
		{"first", 200, said("© 2025", ""), "© 2025", "© 2025"},
		{"304", 304, "", "© 2025", "© 2025"},
		{"the same again", 200, said("© 2025", ""), "© 2025", "© 2025"},
		{"broken server", 500, said("© Fehler", ""), "© 2025", "© 2025"},
		{"no feed", 200, "<html><title>Wartung</title></html>", "© 2025", "© 2025"},
		{"other rights", 200, said("© 2026", ""), "© 2026", "© 2026"},
		{"rights of the item", 200, said("© 2026", "<dc:rights>CC BY</dc:rights>"), "© 2026", "CC BY"},
		{"304 once more", 304, "", "© 2026", "CC BY"},
		{"none", 200, said(" ", ""), "", ""},
	} {
		p.set(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("ETag", `"x"`)
			w.WriteHeader(step.status)
			io.WriteString(w, step.body)
		})
		r.clock.advance(24 * time.Hour)
		r.poll()
		s, err := r.store.Source(t.Context(), "s0")
		if err != nil {
			t.Fatal(err)
		}
		entries, err := r.store.Entries(t.Context(), aggregator.Query{})
		if err != nil || len(entries) != 1 {
			t.Fatalf("%s: %d items, %v", step.name, len(entries), err)
		}
		e := &entries[0]
		if s.State.Rights != step.feed || e.FeedRights != step.feed || e.StatedRights() != step.item || !e.Updated.Equal(e.Seen) {
			t.Errorf("%s: feed %q, entry %q of %q, updated %v", step.name, s.State.Rights, e.StatedRights(), e.FeedRights, e.Updated)
		}
	}
}

// TestPushedRights: a hub may send a part of a feed, so what that says of rights
// counts for its items alone.
func TestPushedRights(t *testing.T) {
	p := newPublisher(t)
	r := newRig(t, p)
	r.sources(p.URL + "/feed")
	p.set(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "<rss><channel><copyright>© Amt</copyright><item><title>a</title></item></channel></rss>")
	})
	r.poll()
	s, err := r.store.Source(t.Context(), "s0")
	if err != nil {
		t.Fatal(err)
	}
	body := "<rss><channel><copyright>© Verteiler</copyright><item><title>b</title><rights>CC BY</rights></item></channel></rss>"
	if _, err := r.poller.Deliver(t.Context(), s, &aggregator.Response{URL: s.URL, Status: 200, Body: []byte(body)}); err != nil {
		t.Fatal(err)
	}
	entries, err := r.store.Entries(t.Context(), aggregator.Query{})
	if err != nil || len(entries) != 2 {
		t.Fatalf("%d items, %v", len(entries), err)
	}
	for _, e := range entries {
		if want := map[string]string{"a": "© Amt", "b": "CC BY"}[e.Title]; e.StatedRights() != want || e.FeedRights != "© Amt" {
			t.Errorf("%s: %q and %q", e.Title, e.StatedRights(), e.FeedRights)
		}
	}
}

func TestCrawlDelayHoldsForTheHost(t *testing.T) {
	p := newPublisher(t)
	r := newRig(t, p)
	r.sources(p.URL+"/0", p.URL+"/1")
	all, err := r.store.Sources(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all[1].CrawlDelay = time.Hour
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	p.set(func(w http.ResponseWriter, req *http.Request) {
		feed(w, req.URL.Path, 3)
		time.AfterFunc(100*time.Millisecond, stop) // time enough to ask the other, if nothing held us
	})
	if err := r.poller.Poll(ctx, all); err == nil {
		t.Error("both were asked at once")
	}
	if asked := p.asked(); len(asked) != 1 || asked[0].URL.Path != "/0" {
		t.Errorf("asked: %v", asked)
	}
}

func testOutageRound(t *testing.T) {
	pub := newPublisher(t)
	r := newRig(t, pub)
	closed := "http://127.0.0.1:"
	r.sources(closed+"1", closed+"2", closed+"3", closed+"4", pub.URL+"/a")
	r.tick()
	for _, id := range []string{"s0", "s1", "s2", "s3"} {
		if st := r.state(id); st.Failures != 0 || st.Class != aggregator.ClassConnect {
			t.Errorf("%s: %d failures, class %q", id, st.Failures, st.Class)
		}
		if d := r.state(id).NextCheck.Sub(r.clock.Now()); d > 30*time.Minute {
			t.Errorf("%s: asked again only after %v", id, d)
		}
	}
	other := newPublisher(t)
	r.sources(closed+"1", closed+"2", closed+"3", other.URL+"/b", pub.URL+"/a")
	r.poller = r.newPoller([]string{"127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3", pub.host(), other.host()})
	r.poll()
	if st := r.state("s0"); st.Failures != 1 {
		t.Errorf("three of five failed: %d failures", st.Failures)
	}
}

func testStopped(t *testing.T) {
	pub := newPublisher(t)
	r := newRig(t, pub)
	r.sources(pub.URL + "/a")
	ctx, cancel := context.WithCancel(t.Context())
	pub.set(func(_ http.ResponseWriter, req *http.Request) {
		cancel()
		<-req.Context().Done()
	})
	if err := r.poller.Tick(ctx); err != nil {
		t.Fatal(err)
	}
	r.poller.Wait()
	if o := r.take(); len(o) != 0 {
		t.Errorf("a stopped poll has an outcome: %+v", o)
	}
	if st := r.state("s0"); st.Failures != 0 || st.Class != "" || !st.LastSuccess.IsZero() {
		t.Errorf("a stopped poll was charged: %+v", st)
	}
	pub.set(func(w http.ResponseWriter, _ *http.Request) { feed(w, "a", 1) })
	r.clock.advance(14 * time.Minute)
	if o := r.tick(); len(o) != 0 {
		t.Errorf("the publisher, who had been asked, was asked again at once: %+v", o)
	}
	r.clock.advance(10 * time.Minute)
	if o := r.tick(); len(o) != 1 || o[0].Err != nil {
		t.Errorf("after a restart: %+v", o)
	}
}

func testRestart(t *testing.T) {
	pub := newPublisher(t)
	r := newRig(t, pub)
	r.sources(pub.URL+"/a", pub.URL+"/b")
	r.tick()
	pub.asked()
	r.poller = r.newPoller([]string{pub.host()})
	if o := r.tick(); len(o) != 0 || len(pub.asked()) != 0 {
		t.Errorf("after a restart %d sources were polled", len(o))
	}
}
