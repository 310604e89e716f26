package feeds

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"laenderfeed/aggregator"
)

// query reads the query string of a search.
func query(t testing.TB, v *Vocabulary, raw string) aggregator.Query {
	t.Helper()
	q, err := v.ParseSearch(raw, Atom)
	if err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return q
}

// TestSearchRedirects leads every spelling of a search to one URL, in one hop.
func TestSearchRedirects(t *testing.T) {
	h := newHandler(t, newMemory(corpus()...), func(c *Config) { c.Places = gazetteer })
	for in, want := range map[string]string{
		"/suche/feed.atom?q=Verwaltung":                            "/suche/feed.atom?q=verwaltung",
		"/suche/feed.atom?q=+Verwaltung++digital+":                 "/suche/feed.atom?q=verwaltung+digital",
		"/suche/feed.atom?q=verwaltung%20digital":                  "/suche/feed.atom?q=verwaltung+digital",
		"/suche/feed.atom?q=%E2%80%9Ea+b%E2%80%9C":                 "/suche/feed.atom?q=%22a+b%22",
		"/suche/feed.atom?q=a+ODER+b":                              "/suche/feed.atom?q=a+OR+b",
		"/suche/feed.atom?q=verw*":                                 "/suche/feed.atom?q=verw%2A",
		"/suche/feed.atom?q=ki&utm_source=x&fbclid=y":              "/suche/feed.atom?q=ki",
		"/suche/feed.atom?land=&thema=&seit=&bis=&q=ki":            "/suche/feed.atom?q=ki",
		"/suche/feed.atom?land=sn&q=ki":                            "/suche/feed.atom?q=ki&land=sachsen",
		"/suche/feed.atom?q=ki&land=th&land=sn":                    "/suche/feed.atom?q=ki&land=sachsen+thueringen",
		"/suche/feed.atom?q=ki&land=TH%2BSN":                       "/suche/feed.atom?q=ki&land=sachsen+thueringen",
		"/suche/feed.atom?q=ki&land=Th%C3%BCringen,sn":             "/suche/feed.atom?q=ki&land=sachsen+thueringen",
		"/suche/feed.atom?q=ki&land=alle":                          "/suche/feed.atom?q=ki",
		"/suche/feed.atom?thema=K%C3%BCnstliche+Intelligenz":       "/suche/feed.atom?thema=ki",
		"/suche/feed.atom?thema=ki+ozg":                            "/suche/feed.atom?thema=ozg+ki",
		"/suche/feed.atom?ort=14612000-dresden&q=ki":               "/suche/feed.atom?q=ki&ort=14612000",
		"/suche/feed.atom?quelle=Senat-Bremen":                     "/suche/feed.atom?quelle=senat-bremen",
		"/suche/feed.atom?seit=2026-10":                            "/suche/feed.atom?seit=2026-10-01",
		"/suche/feed.atom?bis=2026-02":                             "/suche/feed.atom?bis=2026-02-28",
		"/suche/feed.atom?bis=2026&seit=2026":                      "/suche/feed.atom?seit=2026-01-01&bis=2026-12-31",
		"/Suche/FEED.atom?q=ki":                                    "/suche/feed.atom?q=ki",
		"/suche//feed.rss/?q=ki":                                   "/suche/feed.rss?q=ki",
		"/such%65/feed.json?q=ki":                                  "/suche/feed.json?q=ki",
		"/suche/feed.atom?q=ki&":                                   "/suche/feed.atom?q=ki",
		"/suche/feed.atom?bis=2026-03-29&seit=2026-03-29&thema=ki": "/suche/feed.atom?thema=ki&seit=2026-03-29&bis=2026-03-29",
	} {
		for range 2 {
			w := get(h, in)
			if w.Code != 308 || w.Header().Get("Location") != want {
				t.Errorf("%s: %d %q, want %q", in, w.Code, w.Header().Get("Location"), want)
			}
			if w = get(h, want); w.Code != 200 {
				t.Errorf("%s: %d after the redirect", want, w.Code)
			}
		}
	}
}

func TestSearchRefuses(t *testing.T) {
	m := newMemory(corpus()...)
	h := newHandler(t, m, func(c *Config) { c.Places = gazetteer })
	for in, want := range map[string]struct {
		code int
		text string
	}{
		"":                                    {400, "braucht ein Suchwort"},
		"?utm_source=x":                       {400, "braucht ein Suchwort"},
		"?q=+":                                {400, "braucht ein Suchwort"},
		"?q=a+%22b":                           {400, "Anführungszeichen"},
		"?q=a+%22b&land=sachen":               {400, "a \"b\n  ^\n"},
		"?q=-a":                               {400, "Minus"},
		"?q=ab*":                              {400, "mindestens 3 Buchstaben"},
		"?q=" + strings.Repeat("x", 501):      {400, "zu lang"},
		"?q=x&y=" + strings.Repeat("x", 5000): {400, "zu lang"},
		"?q=%zz":                              {400, "Zeichen"},
		"?q=a;b":                              {400, "Zeichen"},
		"?q=%00":                              {400, "Zeichen"},
		"?q=%ff":                              {400, "Zeichen"},
		"?q=ki&seit=gestern":                  {400, "„seit“"},
		"?q=ki&bis=2026-13":                   {400, "„bis“"},
		"?q=ki&bis=2026-02-30":                {400, "„bis“"},
		"?q=ki&seit=1600":                     {400, "„seit“"},
		"?seit=2026-10-02&bis=2026-10-01":     {400, "vor dem"},
		"?q=ki&land=sachen":                   {404, "/suche/feed.atom?q=ki&land=sachsen"},
		"?q=ki&land=th+sachen":                {404, "/suche/feed.atom?q=ki&land=sachsen+thueringen"},
		"?thema=breitbant":                    {404, "/suche/feed.atom?thema=breitband"},
		"?q=ki&thema=quatsch":                 {404, "Ohne diese Einschränkung suchen: /suche/feed.atom?q=ki"},
		"?ort=Dresden":                        {404, "/suche/feed.atom?ort=14612000"},
		"?ort=99999999":                       {404, "Ort „99999999“"},
		"?quelle=senat-berlin":                {404, "/quellen/senat-bremen/feed.atom"},
		"?quelle=../x":                        {404, "Quelle"},
	} {
		w := get(h, "/suche/feed.atom"+in)
		if w.Code != want.code || !strings.Contains(w.Body.String(), want.text) {
			t.Errorf("%.60s: %d %s", in, w.Code, w.Body)
		}
		html := get(h, "/suche/feed.atom"+in, "Accept", "text/html")
		if html.Code != want.code || strings.Contains(html.Body.String(), "<script") || !strings.Contains(html.Body.String(), `lang="de"`) {
			t.Errorf("%.60s: %d %s", in, html.Code, html.Body)
		}
	}
	if n := m.reads.Load(); n > 0 {
		t.Errorf("%d searches for nothing", n)
	}
	for path, want := range map[string]string{"/suche/feed.xml?q=ki": "/suche/feed.atom?q=ki", "/suche/feed?q=ki": "/suche/feed.rss?q=ki", "/suche/feeds.opml?q=ki": "/suche/feed.json?q=ki"} {
		if w := get(h, path); w.Code != 404 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS"} {
		for _, path := range []string{"/suche/feed.atom?q=ki", "/suche/feed.rss", "/suche/feed.xml"} {
			if w := do(h, method, path); w.Code != 405 || w.Header().Get("Allow") != "GET, HEAD" {
				t.Errorf("%s %s: %d", method, path, w.Code)
			}
		}
	}
	if get(newHandler(t, newMemory()), "/suche/feed.atom?ort=14612000").Code != 404 {
		t.Error("a place without places")
	}
}

// TestSearchFeed looks at what is found, its headers and that it is kept.
func TestSearchFeed(t *testing.T) {
	m := newMemory(corpus()...)
	h := newHandler(t, m)
	const path = "/suche/feed.atom?q=portal+-rathaus&land=sachsen&seit=2026-10-20&bis=2026-10-20"
	w := get(h, path)
	body := w.Body.String()
	for _, want := range []string{
		"<title>Suche „portal -rathaus“ in Sachsen seit 2026-10-20 bis 2026-10-20</title>", "Drei Länder, ein Portal",
		`rel="self" type="application/atom+xml" href="https://feeds.example.de/suche/feed.atom?q=portal+-rathaus&#x26;land=sachsen&#x26;seit=2026-10-20&#x26;bis=2026-10-20"`,
		`rel="alternate" type="text/html" href="https://feeds.example.de/suche?q=portal+-rathaus&#x26;land=sachsen`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is missing in %s", want, body)
		}
	}
	if strings.Count(body, "<entry>") != 1 {
		t.Errorf("entries: %s", body)
	}
	for _, name := range []string{"Etag", "Last-Modified", "Cache-Control", "Vary", "Content-Length", "Content-Security-Policy"} {
		if w.Header().Get(name) == "" {
			t.Errorf("no %s", name)
		}
	}
	tag := w.Header().Get("Etag")
	if w := get(h, path, "If-None-Match", tag); w.Code != 304 || w.Body.Len() > 0 {
		t.Errorf("If-None-Match: %d", w.Code)
	}
	if w := get(h, path, "Accept-Encoding", "gzip"); w.Header().Get("Content-Encoding") != "gzip" {
		t.Errorf("gzip: %v", w.Header())
	}
	if w := do(h, "HEAD", path); w.Code != 200 || w.Body.Len() > 0 || w.Header().Get("Etag") != tag {
		t.Errorf("HEAD: %d", w.Code)
	}
	if n := m.reads.Load(); n != 1 {
		t.Errorf("searched %d times", n)
	}
	m.generation.Add(1)
	if w := get(h, path); w.Header().Get("Etag") != tag || m.reads.Load() != 2 {
		t.Error("the same items are other bytes")
	}
	other := get(h, "/suche/feed.atom?q=portal").Body.String()
	if id := between(body, "<id>", "</id>"); id == between(other, "<id>", "</id>") || id != between(get(newHandler(t, m, func(c *Config) { c.PublicURL = "https://x.example" }), path).Body.String(), "<id>", "</id>") {
		t.Errorf("the id of a feed %s", id)
	}
}

func between(s, from, to string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, to)
	return s
}

// TestSearchDays takes days in Berlin, the last one included, also when clocks
// change.
func TestSearchDays(t *testing.T) {
	v := vocabulary(t)
	for raw, want := range map[string][2]string{
		"seit=2026-03-29&bis=2026-03-29": {"2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"},
		"seit=2026-10-25&bis=2026-10":    {"2026-10-24T22:00:00Z", "2026-10-31T23:00:00Z"},
		"seit=2024-02&bis=2024-02":       {"2024-01-31T23:00:00Z", "2024-02-29T23:00:00Z"},
	} {
		q := query(t, v, raw)
		if got := [2]string{atomTime(q.Since), atomTime(q.Until)}; got != want {
			t.Errorf("%s: %v", raw, got)
		}
	}
}

// TestSearchesPushOutEachOther keeps endless different searches from filling the
// memory, and from pushing out feeds.
func TestSearchesPushOutEachOther(t *testing.T) {
	m := newMemory(corpus()...)
	const size = 1 << 20
	h := newHandler(t, m, func(c *Config) { c.CacheSize = size })
	get(h, "/sachsen/feed.atom")
	for n := range 200 {
		if w := get(h, "/suche/feed.atom?bis=2026-12-31&q="+strings.Repeat("x", n+1)); w.Code != 308 {
			t.Fatal(w.Code)
		}
		if w := get(h, "/suche/feed.atom?q=verwaltung+-"+strings.Repeat("x", n+1)); w.Code != 200 {
			t.Fatal(w.Code)
		}
	}
	if h.searches.size > size/searchShare || h.searches.size == 0 || h.searches.recent.Len() > 100 {
		t.Errorf("%d bytes of %d searches kept", h.searches.size, h.searches.recent.Len())
	}
	before := m.reads.Load()
	if get(h, "/sachsen/feed.atom"); m.reads.Load() != before {
		t.Error("a feed was pushed out")
	}
}

func TestSearchBusy(t *testing.T) {
	m := newMemory(corpus()...)
	h := newHandler(t, m)
	m.err = errors.Join(aggregator.ErrSearchBusy, errors.New("interrupted"))
	w := get(h, "/suche/feed.atom?q=ki")
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "dauert zu lange") || strings.Contains(w.Body.String(), "interrupted") {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
}

// TestSearchHints has a German sentence for each problem of a search.
func TestSearchHints(t *testing.T) {
	for p := aggregator.SearchTooLong; p <= aggregator.SearchGroup; p++ {
		if hint := searchHints[p]; !strings.HasSuffix(hint, ".") || strings.Contains(hint, "%!") {
			t.Errorf("problem %d: %q", p, hint)
		}
	}
	e := &BadSearch{Text: "a\tb\x1b\u202e \xffü\"", Pos: 8}
	if before, after := e.Split(); before != "a b ?ü" || after != `"` || strings.ContainsAny(before+after, "\x1b\u202e\t") {
		t.Errorf("%q %q", before, after)
	}
}

// FuzzSearchQuery reads any query string. What is understood has one canonical
// form, which is read as the same.
func FuzzSearchQuery(f *testing.F) {
	v := withPlaces(f, gazetteer)
	for _, s := range []string{"q=a+b&land=sn+th", "ort=14612000&quelle=%22%3C&seit=2026", "bis=2026-02-30", "q=%22a", "land=a+b&land=alle", "q=x&q=y;", "ort=11000000-01,14612", "seit=0000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		q, err := v.ParseSearch(raw, Atom)
		if err != nil {
			var bad *BadSearch
			var query BadQuery
			var unknown *NotFound
			switch {
			case errors.As(err, &bad):
				bad.Problem()
			case errors.As(err, &unknown):
				for _, l := range unknown.Problem().Links {
					if _, err := url.Parse(l.Path); err != nil {
						t.Fatal(err)
					}
				}
			case !errors.As(err, &query):
				t.Fatalf("%q: %v", raw, err)
			}
			return
		}
		path := v.SearchPath(q, Atom)
		u, err := url.Parse(path)
		if err != nil || strings.ContainsAny(path, " <>\"\r\n") || u.Path != "/suche/feed.atom" {
			t.Fatalf("%q: path %q, %v", raw, path, err)
		}
		again, err := v.ParseSearch(u.RawQuery, Atom)
		var bad *BadSearch
		if errors.As(err, &bad) && len(q.Search.String()) > aggregator.MaxSearchBytes {
			return
		}
		if err != nil || v.SearchPath(again, Atom) != path {
			t.Fatalf("%q: %q leads to %q, %v", raw, path, v.SearchPath(again, Atom), err)
		}
		v.SearchTitle(q, "")
	})
}
