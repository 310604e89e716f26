package fetch

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"laenderfeed/aggregator"
)

// chain serves redirects: /301/302/ answers 301 to /302/, which answers 302 to
// /, which is a feed.
func chain(w http.ResponseWriter, r *http.Request) {
	first, rest, found := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if !found {
		io.WriteString(w, feedText)
		return
	}
	status, err := strconv.Atoi(first)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Location", "/"+rest)
	w.WriteHeader(status)
}

func testRedirectPermanent(t *testing.T) {
	u := serve(t, chain)
	c := newClient(t, Config{})
	for path, permanent := range map[string]string{
		"/":                     "",
		"/301/":                 "/",
		"/308/":                 "/",
		"/301/308/301/":         "/",
		"/302/":                 "",
		"/303/":                 "",
		"/307/":                 "",
		"/302/301/":             "", // what a temporary hop leads to is not ours to keep
		"/301/302/":             "/302/",
		"/308/301/307/301/":     "/307/301/",
		"/301/301/301/301/301/": "/",
	} {
		res := get(t, c, aggregator.Request{URL: u + path})
		want := permanent
		if want != "" {
			want = u + want
		}
		if res.Permanent != want || res.URL != u+"/" || string(res.Body) != feedText {
			t.Errorf("%s: ends at %q, permanent %q, want %q", path, res.URL, res.Permanent, want)
		}
	}
	e := fail(t, c, aggregator.Request{URL: u + "/302/302/302/302/302/302/"}, aggregator.ClassRedirect)
	if e.Status != 302 || !strings.Contains(e.Error(), "more than 5") {
		t.Errorf("six hops: %+v", e)
	}
}

func testRedirectRefused(t *testing.T) {
	tests := []struct {
		name, location, text string
		class                aggregator.Class
	}{
		{"none", "", "without a Location", aggregator.ClassRedirect},
		{"spaces", "   ", "without a Location", aggregator.ClassRedirect},
		{"itself", "/", "circle", aggregator.ClassRedirect},
		{"itself with another fragment", "/#a", "circle", aggregator.ClassRedirect},
		{"file", "file:///etc/passwd", "scheme", aggregator.ClassRedirect},
		{"ftp", "ftp://127.0.0.1/", "scheme", aggregator.ClassRedirect},
		{"javascript", "javascript:alert(1)", "scheme", aggregator.ClassRedirect},
		{"data", "data:text/html,x", "scheme", aggregator.ClassRedirect},
		{"user name", "http://admin:geheim@127.0.0.1/", "user name", aggregator.ClassRedirect},
		{"no host", "http:///x", "host", aggregator.ClassRedirect},
		{"bad host", "http://a..b/", "host", aggregator.ClassRedirect},
		{"bad escape", "/%zz", "escape", aggregator.ClassRedirect},
		{"bad port", "http://127.0.0.1:70000/", "port", aggregator.ClassRedirect},
		{"too long", "/" + strings.Repeat("a", maxURL), "too long", aggregator.ClassRedirect},
		{"control bytes", "http://\x9b31mrot\x80/", "%9B", aggregator.ClassRedirect},
		{"metadata service", "http://169.254.169.254/latest/meta-data/", "metadata", aggregator.ClassBlocked},
		{"private", "http://10.0.0.1/", "private", aggregator.ClassBlocked},
		{"loopback, mapped", "http://[::ffff:7f00:1]:1/", "", aggregator.ClassConnect}, // allowed here, refused by the port
		{"loopback, version 6", "http://[::1]/", "loopback", aggregator.ClassBlocked},
		{"Enodia", "/.enodia/challenge?redirect=%2F", "bot check", aggregator.ClassChallenge},
		{"Radware", "https://validate.perfdrive.com/x?ssa=1", "bot check", aggregator.ClassChallenge},
		{"SiteGround", "/.well-known/sgcaptcha/?r=%2F", "bot check", aggregator.ClassChallenge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			u := serveRaw(t, func(conn net.Conn, _ string) {
				fmt.Fprintf(conn, "HTTP/1.1 303 See Other\r\nRetry-After: 60\r\nLocation: %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", tt.location)
			})
			e := fail(t, newClient(t, Config{}), aggregator.Request{URL: u}, tt.class)
			if !strings.Contains(e.Error(), tt.text) || strings.Contains(e.Error(), "geheim") {
				t.Errorf("message = %q, want %q in it", e, tt.text)
			}
			if wantStatus := tt.class == aggregator.ClassRedirect || tt.class == aggregator.ClassChallenge; wantStatus != (e.Status == 303) ||
				wantStatus != (e.RetryAfter == time.Minute) {
				t.Errorf("error = %+v, want its status and Retry-After", e)
			}
		})
	}
}

func testRedirectLoop(t *testing.T) {
	var asked atomic.Int32
	u := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		http.Redirect(w, r, map[string]string{"/a": "/b", "/b": "/c", "/c": "/a"}[r.URL.Path], http.StatusMovedPermanently)
	})
	fail(t, newClient(t, Config{}), aggregator.Request{URL: u + "/a"}, aggregator.ClassRedirect)
	if asked.Load() != 3 {
		t.Errorf("asked %d times, want 3: each URL once", asked.Load())
	}
}

func testRedirectDowngrade(t *testing.T) {
	plain := serve(t, chain)
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/auf" {
			io.WriteString(w, feedText)
			return
		}
		http.Redirect(w, r, plain+"/", http.StatusMovedPermanently)
	}))
	t.Cleanup(s.Close)
	c := newClient(t, Config{RootCAs: s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs})
	e := fail(t, c, aggregator.Request{URL: s.URL + "/ab"}, aggregator.ClassRedirect)
	if !strings.Contains(e.Error(), "https to http") {
		t.Errorf("message = %q", e)
	}
	upgrade := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, s.URL+"/auf", http.StatusMovedPermanently)
	})
	if res := get(t, c, aggregator.Request{URL: upgrade}); res.Permanent != s.URL+"/auf" {
		t.Errorf("http to https: permanent = %q", res.Permanent)
	}
}

func TestRedirectHeaders(t *testing.T) {
	seen := make(chan http.Header, 8)
	other := serve(t, func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Header
		io.WriteString(w, feedText)
	})
	u := serve(t, func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Header
		switch r.URL.Path {
		case "/gleich":
			http.Redirect(w, r, "/ziel", http.StatusFound)
		case "/fremd":
			http.Redirect(w, r, other, http.StatusFound)
		}
	})
	c := newClient(t, Config{})
	const since = "Sat, 21 Nov 2026 12:00:00 GMT"
	for path, date := range map[string]string{"/gleich": since, "/fremd": ""} {
		get(t, c, aggregator.Request{URL: u + path, ETag: `"a"`, LastModified: since})
		first, second := <-seen, <-seen
		if first.Get("If-None-Match") != `"a"` || first.Get("If-Modified-Since") != since {
			t.Errorf("%s: first hop without validators: %v", path, first)
		}
		if second.Get("If-None-Match") != `"a"` || second.Get("If-Modified-Since") != date {
			t.Errorf("%s: second hop: %v, want the tag and date %q", path, second, date)
		}
		if second.Get("Referer") != "" || second.Get("Cookie") != "" || second.Get("User-Agent") != testAgent {
			t.Errorf("%s: second hop: %v", path, second)
		}
	}
	get(t, c, aggregator.Request{URL: u + "/fremd", LastModified: since})
	if <-seen; len((<-seen).Values("If-Modified-Since")) > 0 {
		t.Error("the date went to another site")
	}
}

// A 304 from another site to which no validator was sent is an error, although
// the first hop was conditional.
func TestRedirectUnconditionalNotModified(t *testing.T) {
	other := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) })
	u := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other, http.StatusFound) })
	c := newClient(t, Config{})
	fail(t, c, aggregator.Request{URL: u, LastModified: "Sat, 21 Nov 2026 12:00:00 GMT"}, aggregator.ClassNotAFeed)
	if res := get(t, c, aggregator.Request{URL: u, ETag: `"a"`}); res.Status != 304 || res.URL != other+"/" {
		t.Errorf("response = %+v", res)
	}
}

func TestSameSite(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"http://example.de/", "https://example.de/feed", true},
		{"https://example.de/", "https://www.example.de/", true},
		{"https://www.Example.de:443/", "http://example.de:80/", true},
		{"https://example.de/", "https://cdn.example.de/", false},
		{"https://example.de/", "https://example.com/", false},
		{"https://example.de/", "https://example.de:8443/", false},
		{"https://example.de/", "https://wwwexample.de/", false},
	} {
		a, errA := parseURL(tt.a)
		b, errB := parseURL(tt.b)
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if got := sameSite(a, b); got != tt.want {
			t.Errorf("sameSite(%s, %s) = %v", a, b, got)
		}
	}
}

// A permanent redirect whose body never ends must not hold the next hop up.
func TestRedirectEndlessBody(t *testing.T) {
	u := serveRaw(t, func(conn net.Conn, request string) {
		if strings.HasPrefix(request, "GET /ziel") {
			fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
			return
		}
		fmt.Fprintf(conn, "HTTP/1.1 301 Moved\r\nLocation: /ziel\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")
		untilClosed(conn)
	})
	if res := get(t, newClient(t, Config{}), aggregator.Request{URL: u}); string(res.Body) != "ok" {
		t.Errorf("body = %q", res.Body)
	}
}

// Wherever a Location leads: it is a web address as we ask for them, or refused
// with a message of one short line.
func FuzzNextHop(f *testing.F) {
	for _, s := range []string{"/neu", "//example.org", "https://example.org:0/", "http://a@b/", "file:///etc/passwd", "\x00", "http://[::1%25eth0]/", "?a#b", "http://2130706433/", "%zz"} {
		f.Add("https://www.example.de/alt", s)
		f.Add("http://www.example.de/alt", s)
	}
	f.Fuzz(func(t *testing.T, from, location string) {
		at, err := parseURL(from)
		if err != nil {
			return
		}
		resp := &http.Response{StatusCode: http.StatusFound, Header: http.Header{"Location": {location}}}
		next, err := nextHop(resp, at, []string{at.String()})
		if err != nil {
			if text := clean(err.Error()); len(text) > maxText+10 || !validValue(text) {
				t.Errorf("%q: message %q", location, text)
			}
			return
		}
		if again, err := parseURL(next.String()); err != nil || again.String() != next.String() {
			t.Errorf("%q leads to %q, which is read as %v, %v", location, next, again, err)
		}
		if next.User != nil || next.Scheme != "https" && (next.Scheme != "http" || at.Scheme == "https") {
			t.Errorf("%q leads from %s to %s", location, at, next)
		}
	})
}
