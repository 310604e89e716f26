package feeds

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"laenderfeed/aggregator"
)

func TestServesEveryFormat(t *testing.T) {
	h := newHandler(t, newMemory(corpus()...))
	for path, mediaType := range map[string]string{
		"/sachsen/feed.atom":                "application/atom+xml; charset=utf-8",
		"/sachsen/feed.rss":                 "application/rss+xml; charset=utf-8",
		"/sachsen/feed.json":                "application/feed+json",
		"/sachsen+thueringen/ki/feed.atom":  "application/atom+xml; charset=utf-8",
		"/alle/feed.atom":                   "application/atom+xml; charset=utf-8",
		"/alle/ki/feed.rss":                 "application/rss+xml; charset=utf-8",
		"/unklar/feed.atom":                 "application/atom+xml; charset=utf-8",
		"/quellen/senat-bremen/feed.atom":   "application/atom+xml; charset=utf-8",
		"/sachsen/fristen.ics":              "text/calendar; charset=utf-8",
		"/alle/ki/fristen.ics":              "text/calendar; charset=utf-8",
		"/feeds.opml":                       "text/x-opml; charset=utf-8",
		"/sachsen/feeds.opml":               "text/x-opml; charset=utf-8",
		"/sachsen/feed.atom?utm_source=x&y": "application/atom+xml; charset=utf-8",
	} {
		for _, method := range []string{"GET", "HEAD"} {
			w := do(h, method, path)
			if w.Code != 200 || w.Header().Get("Content-Type") != mediaType {
				t.Errorf("%s %s: %d %s", method, path, w.Code, w.Header().Get("Content-Type"))
			}
			if w.Header().Get("Access-Control-Allow-Origin") != "*" || w.Header().Get("Content-Security-Policy") == "" {
				t.Errorf("%s: %v", path, w.Header())
			}
			if (w.Body.Len() == 0) != (method == "HEAD") {
				t.Errorf("%s %s: %d bytes", method, path, w.Body.Len())
			}
		}
	}
}

func TestRedirectsInOneHop(t *testing.T) {
	m := newMemory(corpus()...)
	h := newHandler(t, m)
	for in, want := range map[string]string{
		"/thueringen+sachsen/ki+ozg/feed.atom": "/sachsen+thueringen/ozg+ki/feed.atom",
		"/fristen.ics":                         "/alle/fristen.ics",
		"/SN/Fristen.ICS":                      "/sachsen/fristen.ics",
		"/SN/feed.atom":                        "/sachsen/feed.atom",
		"/sn/feed.atom?a=b":                    "/sachsen/feed.atom",
		"/sachsen/feed.atom/":                  "/sachsen/feed.atom",
		"//sachsen/feed.atom":                  "/sachsen/feed.atom",
		"/sachsen//feed.atom":                  "/sachsen/feed.atom",
		"/s%61chsen/feed.atom":                 "/sachsen/feed.atom",
		"/sachsen%2Bthueringen/feed.atom":      "/sachsen+thueringen/feed.atom",
		"/sachsen%2Ffeed.atom":                 "/sachsen/feed.atom",
		"/sachsen/feed%2Eatom":                 "/sachsen/feed.atom",
		"/th%C3%BCringen/feed.atom":            "/thueringen/feed.atom",
		"/th%c3%bcringen/K%C3%BCnstliche%20Intelligenz/feed.atom": "/thueringen/ki/feed.atom",
		"/alle+sachsen/feed.atom":                                 "/alle/feed.atom",
		"/feed.rss":                                               "/alle/feed.rss",
		"/alle/feeds.opml":                                        "/feeds.opml",
		"/Quellen/SENAT-bremen/feed.json":                         "/quellen/senat-bremen/feed.json",
	} {
		for range 2 { // the cached canonical form changes nothing
			w := get(h, in)
			if w.Code != 308 || w.Header().Get("Location") != want {
				t.Errorf("%s: %d %q, want %q", in, w.Code, w.Header().Get("Location"), want)
			}
			if w = get(h, want); w.Code != 200 {
				t.Errorf("%s: %d after the redirect", want, w.Code)
			}
		}
	}
	h = newHandler(t, m, func(c *Config) { c.PublicURL = "https://example.de/feeds/" })
	if w := get(h, "/SN/feed.atom"); w.Header().Get("Location") != "/feeds/sachsen/feed.atom" {
		t.Errorf("below a path: %q", w.Header().Get("Location"))
	}
	for _, accept := range []string{"text/html", "text/plain"} {
		if w := get(h, "/sachen/feed.atom", "Accept", accept); !strings.Contains(w.Body.String(), "/feeds/sachsen/feed.atom") {
			t.Errorf("suggestion below a path: %s", w.Body)
		}
	}
	if w := get(h, "/sachsen/feed.atom"); !strings.Contains(w.Body.String(), `href="https://example.de/feeds/sachsen/feed.atom"`) {
		t.Errorf("below a path: %s", w.Body)
	}
}

func TestUnknownPaths(t *testing.T) {
	h := newHandler(t, newMemory(corpus()...))
	for path, suggestion := range map[string]string{
		"/sachen/feed.atom":                     "/sachsen/feed.atom",
		"/sachsen/breitbant/feed.rss":           "/sachsen/breitband/feed.rss",
		"/sachsen/feed.xml":                     "/sachsen/feed.atom",
		"/quellen/senat-berlin/feed.atom":       "/quellen/senat-bremen/feed.atom",
		"/quellen/unbekannt/feed.atom":          "/quellen",
		"/quellen/..%2f..%2fetc/feed.atom":      "",
		"/sachsen/ki/ozg/feed.atom":             "",
		"/":                                     "",
		"/sachsen":                              "",
		"/%3Cscript%3Ealert(1)%3C/feed.atom":    "",
		"/%0d%0aSet-Cookie:x/feed.atom":         "",
		"/" + strings.Repeat("x", 5000):         "",
		"/x/feed." + strings.Repeat("atom", 99): "",
	} {
		for _, accept := range []string{"", "text/html,application/xhtml+xml"} {
			w := get(h, path, "Accept", accept)
			body := w.Body.String()
			if w.Code != 404 || !strings.Contains(body, suggestion) {
				t.Errorf("%.60s: %d %s", path, w.Code, body)
			}
			if html := strings.HasPrefix(w.Header().Get("Content-Type"), "text/html"); html != (accept != "") {
				t.Errorf("%.60s: %s for Accept %q", path, w.Header().Get("Content-Type"), accept)
			} else if html && (strings.Contains(body, "<script") || !strings.Contains(body, `lang="de"`)) {
				t.Errorf("%.60s: %s", path, body)
			}
			if len(body) > 4000 || w.Header().Get("Set-Cookie") != "" {
				t.Errorf("%.60s: %d bytes, %v", path, len(body), w.Header())
			}
			if w := do(h, "HEAD", path, "Accept", accept); w.Code != 404 || w.Body.Len() > 0 {
				t.Errorf("HEAD %.60s: %d, %d bytes", path, w.Code, w.Body.Len())
			}
		}
	}
}

func TestOtherMethods(t *testing.T) {
	h := newHandler(t, newMemory(corpus()...))
	get(h, "/sachsen/feed.atom") // so that it is cached
	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW", "CONNECT"} {
		for _, path := range []string{"/sachsen/feed.atom", "/SN/feed.atom", "/feeds.opml", "/x/feed.atom", "/nichts"} {
			w := do(h, method, path)
			if w.Code != 405 || w.Header().Get("Allow") != "GET, HEAD" {
				t.Errorf("%s %s: %d %v", method, path, w.Code, w.Header())
			}
		}
	}
}

func TestHandsOnWhatIsNoFeed(t *testing.T) {
	pages := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusTeapot) })
	h := newHandler(t, newMemory(), func(c *Config) { c.Pages = pages })
	for path, want := range map[string]int{
		"/": 418, "/sachsen": 418, "/quellen": 418, "/feeder": 418, "/sachsen/feed.atom": 200, "/x/feed.txt": 404,
	} {
		if w := get(h, path); w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
}

func TestReadsNothingUntilTheGenerationMoves(t *testing.T) {
	m := newMemory(corpus()...)
	h := newHandler(t, m)
	tag := get(h, "/sachsen/feed.atom").Header().Get("ETag")
	for _, path := range []string{"/sachsen/feed.atom", "/sachsen/feed.atom?x=1", "/sachsen/feed.atom?x=2"} {
		get(h, path)
		do(h, "HEAD", path, "Accept-Encoding", "gzip")
	}
	if n := m.reads.Load(); n != 1 {
		t.Errorf("%d reads for one version", n)
	}
	m.generation.Add(1)
	if w := get(h, "/sachsen/feed.atom", "If-None-Match", tag); w.Code != 304 || m.reads.Load() != 2 {
		t.Errorf("%d after %d reads; the same bytes have another tag", w.Code, m.reads.Load())
	}
	m.entries = append(m.entries, entry(dresden, 0, "Ganz neu"))
	if w := get(h, "/sachsen/feed.atom", "If-None-Match", tag); w.Code != 304 {
		t.Errorf("%d before the generation moved", w.Code)
	}
	m.generation.Add(1)
	w := get(h, "/sachsen/feed.atom", "If-None-Match", tag)
	if w.Code != 200 || !strings.Contains(w.Body.String(), "Ganz neu") {
		t.Errorf("%d after the generation moved", w.Code)
	}
}

func TestServesStaleWhenTheStoreFails(t *testing.T) {
	m := newMemory(corpus()...)
	var log bytes.Buffer
	h := newHandler(t, m, func(c *Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	good := get(h, "/sachsen/feed.atom")
	m.err = errors.New("disk full")
	m.generation.Add(1)
	if w := get(h, "/sachsen/feed.atom"); w.Code != 200 || w.Body.String() != good.Body.String() {
		t.Errorf("%d with an old snapshot at hand", w.Code)
	}
	for _, path := range []string{"/bremen/feed.atom", "/quellen/senat-bremen/feed.atom"} {
		w := get(h, path)
		if w.Code != 503 || w.Header().Get("Retry-After") == "" || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v", path, w.Code, w.Header())
		}
		if strings.Contains(w.Body.String(), "disk") {
			t.Errorf("%s tells the world: %s", path, w.Body)
		}
	}
	if strings.Count(log.String(), "disk full") != 3 {
		t.Errorf("log: %s", log.String())
	}
	m.err = nil
	if w := get(h, "/bremen/feed.atom"); w.Code != 200 {
		t.Errorf("%d after the store came back", w.Code)
	}
}

func TestManyRequestsReadOnce(t *testing.T) {
	m := newMemory(corpus()...)
	m.gate = make(chan struct{})
	h := newHandler(t, m)
	var wg sync.WaitGroup
	responses := make([]*httptest.ResponseRecorder, 20)
	for i := range responses {
		wg.Go(func() { responses[i] = get(h, "/sachsen/feed.atom") })
	}
	close(m.gate)
	wg.Wait()
	for _, w := range responses {
		if w.Code != 200 || w.Body.String() != responses[0].Body.String() {
			t.Fatalf("%d", w.Code)
		}
	}
	if n := m.reads.Load(); n != 1 {
		t.Errorf("%d reads", n)
	}
}

func TestUnionsDoNotGrowTheCache(t *testing.T) {
	h := newHandler(t, newMemory(corpus()...), func(c *Config) { c.CacheSize = 200 << 10 })
	for _, a := range aggregator.Regions() {
		for _, b := range aggregator.Topics() {
			if w := get(h, "/"+string(a)+"/"+string(b)+"/feed.atom"); w.Code != 200 {
				t.Fatalf("%s %s: %d", a, b, w.Code)
			}
		}
	}
	if h.cache.size > 200<<10 {
		t.Errorf("%d bytes cached", h.cache.size)
	}
}

func TestLimit(t *testing.T) {
	h := newHandler(t, newMemory(corpus()...), func(c *Config) { c.Limit = 2 })
	if n := strings.Count(get(h, "/alle/feed.atom").Body.String(), "<entry>"); n != 2 {
		t.Errorf("%d entries", n)
	}
}

func TestNewRefuses(t *testing.T) {
	m := newMemory()
	for name, c := range map[string]Config{
		"no items":        {PublicURL: publicURL},
		"no URL":          {Items: m},
		"relative URL":    {Items: m, PublicURL: "/feeds"},
		"no scheme":       {Items: m, PublicURL: "feeds.example.de"},
		"other scheme":    {Items: m, PublicURL: "ftp://feeds.example.de"},
		"no host":         {Items: m, PublicURL: "https://"},
		"query":           {Items: m, PublicURL: publicURL + "?a=b"},
		"empty query":     {Items: m, PublicURL: publicURL + "?"},
		"fragment":        {Items: m, PublicURL: publicURL + "#a"},
		"password":        {Items: m, PublicURL: "https://a:b@feeds.example.de"},
		"markup":          {Items: m, PublicURL: `https://feeds.example.de/"><b>`},
		"bad escape":      {Items: m, PublicURL: "https://feeds.example.de:x/"},
		"content":         {Items: m, PublicURL: publicURL, Content: "everything"},
		"negative limit":  {Items: m, PublicURL: publicURL, Limit: -1},
		"negative age":    {Items: m, PublicURL: publicURL, MaxAge: -1},
		"negative memory": {Items: m, PublicURL: publicURL, CacheSize: -1},
	} {
		if h, err := New(c); err == nil {
			t.Errorf("%s: accepted as %+v", name, h.Config)
		}
	}
	h, err := New(Config{Items: m, PublicURL: publicURL + "/"})
	if err != nil || h.PublicURL != publicURL || h.Limit != 50 || h.Content != ContentExcerpt || h.Epoch.IsZero() {
		t.Errorf("%+v, %v", h, err)
	}
}
