package demo

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"io"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"laenderfeed/aggregator"
)

func fixedNow() time.Time { return time.Date(2026, 11, 19, 13, 30, 0, 0, time.UTC) }

// start runs the publishers for one test, with a tick nobody gives unless the
// test does.
func start(t *testing.T, tick <-chan time.Time) *Publishers {
	t.Helper()
	if tick == nil {
		tick = make(chan time.Time)
	}
	p, err := Start(t.Context(), Config{Now: fixedNow, Tick: tick})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// client keeps no connection and follows no redirect.
func client() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       10 * time.Second,
	}
}

func get(t *testing.T, url string, header ...string) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, body
}

func source(t *testing.T, p *Publishers, id string) aggregator.Source {
	t.Helper()
	for _, s := range p.Sources() {
		if s.ID == id {
			return s
		}
	}
	t.Fatalf("no source %q", id)
	return aggregator.Source{}
}

func TestSourcesAndHosts(t *testing.T) {
	p := start(t, nil)
	sources, hosts := p.Sources(), p.Hosts()
	if len(sources) < 9 || len(hosts) != len(sources)+1 {
		t.Fatalf("%d sources on %d hosts, want at least 9 and one host more", len(sources), len(hosts))
	}
	sorted := slices.Clone(hosts)
	slices.Sort(sorted)
	if len(slices.Compact(sorted)) != len(hosts) {
		t.Errorf("two publishers share a host: %v", hosts)
	}
	for _, s := range sources {
		u, err := url.Parse(s.URL)
		if err != nil || u.Hostname() != "127.0.0.1" || !slices.Contains(hosts, u.Host) {
			t.Errorf("%s: URL %q is not on one of the hosts (%v)", s.ID, s.URL, err)
		}
		if !s.Enabled || s.Name == "" || s.Publisher == "" || s.Schedule == "" || s.Licence == "" {
			t.Errorf("%s is incomplete: %+v", s.ID, s)
		}
		if !slices.Contains(aggregator.SourceTypes(), s.Type) {
			t.Errorf("%s: unknown type %q", s.ID, s.Type)
		}
		if s.Region != "" && s.Region != aggregator.Bund && !s.Region.IsLand() {
			t.Errorf("%s speaks for %q", s.ID, s.Region)
		}
		if html := s.Kind == aggregator.KindHTML; html != (s.Selectors.Item != "") {
			t.Errorf("%s: kind %q with item selector %q", s.ID, s.Kind, s.Selectors.Item)
		}
	}
}

func TestFeedsAreRepeatableAndConditional(t *testing.T) {
	p := start(t, nil)
	for _, o := range p.outlets {
		if o.render == nil {
			continue
		}
		resp, body := get(t, o.feedURL())
		if resp.StatusCode != http.StatusOK || len(body) == 0 || resp.Header.Get("Content-Type") != o.media {
			t.Errorf("%s: %s, %q, %d bytes", o.id, resp.Status, resp.Header.Get("Content-Type"), len(body))
		}
		if resp.Header.Get("Cache-Control") != "public, max-age=3" {
			t.Errorf("%s: Cache-Control %q", o.id, resp.Header.Get("Cache-Control"))
		}
		if got, want := resp.Header.Get("Date"), fixedNow().Format(http.TimeFormat); got != want {
			t.Errorf("%s: Date %q, want %q", o.id, got, want)
		}
		etag, modified := resp.Header.Get("ETag"), resp.Header.Get("Last-Modified")
		for _, c := range []struct {
			header []string
			want   int
		}{
			{[]string{"If-None-Match", etag}, http.StatusNotModified},
			{[]string{"If-Modified-Since", modified}, http.StatusNotModified},
			{[]string{"If-None-Match", etag, "If-Modified-Since", modified}, http.StatusNotModified},
			{[]string{"If-None-Match", `"old"`, "If-Modified-Since", modified}, http.StatusOK},
			{[]string{"If-Modified-Since", fixedNow().Add(-time.Hour).Format(http.TimeFormat)}, http.StatusOK},
		} {
			if resp, body := get(t, o.feedURL(), c.header...); resp.StatusCode != c.want || c.want == 304 && len(body) > 0 {
				t.Errorf("%s with %q: %s and %d bytes, want %d", o.id, c.header, resp.Status, len(body), c.want)
			}
		}
	}
}

func TestSameTimeSameBytes(t *testing.T) {
	a, b := start(t, nil), start(t, nil)
	for i, o := range a.outlets {
		if o.render == nil {
			continue
		}
		_, first := get(t, o.feedURL())
		_, second := get(t, b.outlets[i].feedURL())
		ports := strings.NewReplacer(o.host, "HOST", b.outlets[i].host, "HOST")
		if ports.Replace(string(first)) != ports.Replace(string(second)) {
			t.Errorf("%s differs between two runs at the same time", o.id)
		}
	}
}

func TestBrokenAndMoved(t *testing.T) {
	p := start(t, nil)
	if resp, _ := get(t, source(t, p, "rathausreport").URL); resp.StatusCode != http.StatusInternalServerError {
		t.Errorf("rathausreport answers %s", resp.Status)
	}
	old := source(t, p, "datenschutz-rundschau").URL
	resp, _ := get(t, old)
	target := resp.Header.Get("Location")
	if resp.StatusCode != http.StatusMovedPermanently || target == old {
		t.Fatalf("%s answers %s to %q", old, resp.Status, target)
	}
	u, err := url.Parse(target)
	if err != nil || !slices.Contains(p.Hosts(), u.Host) {
		t.Fatalf("redirect to %q, not one of the hosts (%v)", target, err)
	}
	if resp, body := get(t, target); resp.StatusCode != http.StatusOK || !strings.Contains(string(body), "<item>") {
		t.Errorf("the new address answers %s", resp.Status)
	}
}

func TestRefusals(t *testing.T) {
	p := start(t, nil)
	home := p.outlet("verwaltungsblatt").home()
	for _, path := range []string{"robots.txt", "meldung/", "meldung/0", "meldung/x", "meldung/99999", "feed.xml/", "../feed"} {
		if resp, _ := get(t, home+path); resp.StatusCode != http.StatusNotFound {
			t.Errorf("GET %s: %s", path, resp.Status)
		}
	}
	for _, host := range p.Hosts() {
		resp, err := client().Post("http://"+host+"/", "text/plain", strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusMethodNotAllowed || resp.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("POST to %s: %s", host, resp.Status)
		}
	}
	resp, err := client().Head(home + "feed.xml")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK || resp.ContentLength <= 0 || resp.Header.Get("ETag") == "" {
		t.Errorf("HEAD: %s, %d bytes, ETag %q", resp.Status, resp.ContentLength, resp.Header.Get("ETag"))
	}
}

func TestTickPublishes(t *testing.T) {
	tick := make(chan time.Time)
	p := start(t, tick)
	items, err := Items()
	if err != nil {
		t.Fatal(err)
	}
	items = slices.DeleteFunc(items, func(it Item) bool { return !it.Reserve })
	first := p.outlet(items[0].Publisher)
	before, body := get(t, first.feedURL())
	if strings.Contains(string(body), items[0].Title) {
		t.Fatalf("%q is out before its time", items[0].Title)
	}
	// The second tick is taken only when the first item is out; both ticks
	// after the last item change nothing.
	for range len(items) + 2 {
		tick <- fixedNow()
	}
	after, _ := get(t, first.feedURL(), "If-None-Match", before.Header.Get("ETag"))
	if after.StatusCode != http.StatusOK || after.Header.Get("ETag") == before.Header.Get("ETag") {
		t.Errorf("after a new item: %s, ETag %s", after.Status, after.Header.Get("ETag"))
	}
	for _, it := range items {
		_, body := get(t, p.outlet(it.Publisher).home())
		if !strings.Contains(string(body), escaped(it.Title)) {
			t.Errorf("%s has not published %q", it.Publisher, it.Title)
		}
	}
	if it, ok := p.Publish(); ok {
		t.Errorf("the reserve is not used up: %q", it.Title)
	}
}

func TestTickerPublishes(t *testing.T) {
	p, err := Start(t.Context(), Config{Every: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	left := func() int {
		p.mu.Lock()
		defer p.mu.Unlock()
		return len(p.reserve)
	}
	for left() > 0 {
		runtime.Gosched()
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

func TestReadersAndTicksTogether(t *testing.T) {
	p := start(t, nil)
	c := client()
	c.CheckRedirect = nil
	var readers sync.WaitGroup
	for _, s := range p.Sources() {
		readers.Go(func() {
			for range 5 {
				resp, err := c.Get(s.URL)
				if err != nil {
					t.Error(err)
					return
				}
				if resp.StatusCode != http.StatusOK && s.ID != "rathausreport" {
					t.Errorf("%s: %s", s.ID, resp.Status)
				}
				resp.Body.Close()
			}
		})
	}
	for range 2 {
		readers.Go(func() {
			for ok := true; ok; {
				_, ok = p.Publish()
			}
		})
	}
	readers.Wait()
}

func TestPublishTakesTheReserveInOrder(t *testing.T) {
	p := start(t, nil)
	items, err := Items()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range items {
		if !want.Reserve {
			continue
		}
		got, ok := p.Publish()
		if !ok || got.Title != want.Title {
			t.Fatalf("published %q, want %q", got.Title, want.Title)
		}
		o := p.outlet(want.Publisher)
		o.mu.RLock()
		newest := o.entries[0]
		o.mu.RUnlock()
		if !newest.At.Equal(fixedNow()) {
			t.Errorf("%q is dated %v", want.Title, newest.At)
		}
	}
}

func TestEveryArticleHasItsPage(t *testing.T) {
	p := start(t, nil)
	for _, o := range p.outlets {
		v := o.view(fixedNow())
		for _, e := range o.entries {
			resp, body := get(t, v.URL(e))
			if resp.StatusCode != http.StatusOK || !strings.Contains(string(body), "<h1>"+escaped(e.Title)+"</h1>") ||
				!strings.Contains(string(body), escaped(e.Summary)) || !strings.Contains(string(body), "erfunden") {
				t.Errorf("%s: %s for %q", v.URL(e), resp.Status, e.Title)
			}
		}
	}
}

// escaped returns text as the pages write it.
func escaped(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;", "+", "&#43;").Replace(text)
}

func TestEndLeavesNothing(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(p *Publishers, cancel func())
	}{
		{"Close", func(p *Publishers, _ func()) {}},
		{"end of the context", func(p *Publishers, cancel func()) { cancel(); <-p.done }},
		{"Close twice", func(p *Publishers, _ func()) { _ = p.Close() }},
	} {
		before := runtime.NumGoroutine()
		ctx, cancel := context.WithCancel(t.Context())
		p, err := Start(ctx, Config{Every: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		get(t, source(t, p, "amtsgazette").URL)
		c.end(p, cancel)
		if err := p.Close(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		cancel()
		for _, host := range p.Hosts() {
			if resp, err := client().Get("http://" + host + "/"); err == nil {
				resp.Body.Close()
				t.Errorf("%s: %s still answers", c.name, host)
			}
		}
		settle(t, c.name, before)
	}
}

// settle waits until no more goroutines run than before. Those that have
// nothing left to do but return need a moment of the scheduler.
func settle(t *testing.T, name string, before int) {
	t.Helper()
	for range 1_000_000 {
		if runtime.NumGoroutine() <= before {
			return
		}
		runtime.Gosched()
	}
	stacks := make([]byte, 1<<16)
	t.Errorf("%s leaves goroutines:\n%s", name, stacks[:runtime.Stack(stacks, true)])
}

func TestCloseWaitsForNobodyForLong(t *testing.T) {
	p := start(t, nil)
	for _, text := range []string{"", "GET / HTTP/1.1\r\n"} {
		conn, err := net.Dial("tcp", p.Hosts()[0])
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

func TestStartAfterTheEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p, err := Start(ctx, Config{})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

// read gets the feed of a source and checks that it is well-formed UTF-8, and
// JSON or XML.
func read(t *testing.T, p *Publishers, id string, doc any) []byte {
	t.Helper()
	_, body := get(t, p.outlet(id).feedURL())
	if !utf8.Valid(body) {
		t.Fatalf("%s is not UTF-8", id)
	}
	decode := xml.Unmarshal
	if strings.HasSuffix(p.outlet(id).path, ".json") {
		decode = json.Unmarshal
	}
	if err := decode(body, doc); err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	return body
}
