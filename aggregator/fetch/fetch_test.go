package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"laenderfeed/aggregator"
)

const (
	testAgent = "laenderfeed/0.0-test (+http://127.0.0.1/bot)"
	feedText  = `<?xml version="1.0"?><rss version="2.0"><channel><title>Neues</title></channel></rss>`
)

// newClient returns a client that may reach loopback, unless cfg says else.
func newClient(t testing.TB, cfg Config) *Client {
	t.Helper()
	if cfg.UserAgent == "" {
		cfg.UserAgent = testAgent
	}
	if cfg.AllowPrivate == nil {
		cfg.AllowPrivate = []string{"127.0.0.0/8"}
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// serve starts a publisher and returns its URL.
func serve(t testing.TB, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// serveRaw starts a publisher that speaks for itself: answer gets each
// connection after the request's headers were read.
func serveRaw(t testing.TB, answer func(conn net.Conn, request string)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer conn.Close()
				if request, ok := readRequest(conn); ok {
					answer(conn, request)
				}
			})
		}
	})
	t.Cleanup(wg.Wait)
	t.Cleanup(func() { l.Close() })
	return "http://" + l.Addr().String()
}

// readRequest reads a request without a body up to its empty line.
func readRequest(conn net.Conn) (string, bool) {
	var request []byte
	buf := make([]byte, 4096)
	for !strings.Contains(string(request), "\r\n\r\n") {
		n, err := conn.Read(buf)
		if err != nil {
			return "", false
		}
		request = append(request, buf[:n]...)
	}
	return string(request), true
}

// untilClosed blocks until the other side closes the connection.
func untilClosed(conn net.Conn) {
	_, _ = io.Copy(io.Discard, conn)
}

// get fetches a URL that must work.
func get(t testing.TB, c *Client, req aggregator.Request) *aggregator.Response {
	t.Helper()
	res, err := c.Fetch(context.Background(), req)
	if err != nil {
		t.Fatalf("Fetch(%+v): %v", req, err)
	}
	if res.Release != nil {
		res.Release()
	}
	return res
}

// fail fetches a URL that must fail with class, and returns the error.
func fail(t testing.TB, c *Client, req aggregator.Request, class aggregator.Class) *aggregator.Error {
	t.Helper()
	res, err := c.Fetch(context.Background(), req)
	if err == nil {
		t.Fatalf("Fetch(%+v) = %d with %d bytes, want a failure of class %s", req, res.Status, len(res.Body), class)
	}
	e, ok := errors.AsType[*aggregator.Error](err)
	if !ok {
		t.Fatalf("Fetch(%+v): %v (%T), want an *aggregator.Error", req, err, err)
	}
	if e.Class != class {
		t.Fatalf("Fetch(%+v): %v, want class %s", req, err, class)
	}
	if res != nil {
		t.Errorf("Fetch(%+v) returns a response and an error", req)
	}
	if text := err.Error(); len(text) > 300 || strings.ContainsAny(text, "\n\r\x00\x1b") {
		t.Errorf("message is not short and plain: %q", text)
	}
	return e
}

func testFetchWhatAPublisherSees(t *testing.T) {
	var request string
	u := serveRaw(t, func(conn net.Conn, r string) {
		request = r
		fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\nSet-Cookie: a=b\r\n\r\nok")
	})
	c := newClient(t, Config{})
	res := get(t, c, aggregator.Request{URL: u + "/feed?x=1&y=ü#teil"})
	if string(res.Body) != "ok" || res.Status != 200 || res.Permanent != "" {
		t.Errorf("response = %+v", res)
	}
	line, rest, _ := strings.Cut(request, "\r\n")
	if want := "GET /feed?x=1&y=ü HTTP/1.1"; line != want {
		t.Errorf("request line = %q, want %q", line, want)
	}
	fields := strings.Split(strings.TrimSuffix(rest, "\r\n\r\n"), "\r\n")
	slices.Sort(fields)
	for i, want := range []string{"Accept-Encoding: gzip, br, deflate", "Accept-Language: ", "Accept: application/atom+xml",
		"Host: 127.0.0.1:", "User-Agent: " + testAgent} {
		if i >= len(fields) || !strings.HasPrefix(fields[i], want) {
			t.Fatalf("header fields = %q, want number %d to begin with %q", fields, i, want)
		}
	}
	if len(fields) != 5 {
		t.Errorf("header fields = %q, want 5 and no more", fields)
	}
	if strings.Contains(res.URL, "#") {
		t.Errorf("URL = %q has a fragment", res.URL)
	}
}

func TestFetchDate(t *testing.T) {
	now := time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC)
	for date, want := range map[string]time.Time{
		"Sat, 21 Nov 2026 12:00:00 GMT": now.Add(-6 * time.Hour),
		"":                              now,
		"gestern":                       now,
	} {
		u := serveRaw(t, func(conn net.Conn, _ string) {
			fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nDate: %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", date)
		})
		c := newClient(t, Config{Now: func() time.Time { return now }})
		if res := get(t, c, aggregator.Request{URL: u}); !res.Date.Equal(want) {
			t.Errorf("Date %q: %v, want %v", date, res.Date, want)
		}
	}
}

func TestFetchValidatorsByteForByte(t *testing.T) {
	tests := []struct {
		name         string
		etag, since  string
		match, ifMod string // as sent; "" for not sent
	}{
		{"none", "", "", "", ""},
		{"strong", `"abc"`, "Sat, 21 Nov 2026 12:00:00 GMT", `"abc"`, "Sat, 21 Nov 2026 12:00:00 GMT"},
		{"weak", `W/"abc-gzip"`, "", `W/"abc-gzip"`, ""},
		{"without quotes", `abc`, "", `abc`, ""},
		{"half quoted, inner spaces", `"a  b`, "", `"a  b`, ""},
		{"odd date", "", "2026-11-21 12:00 MEZ", "", "2026-11-21 12:00 MEZ"},
		{"bytes beyond ASCII", "\"\xe4\xff\"", "M\xc3\xa4rz", "\"\xe4\xff\"", "M\xc3\xa4rz"},
		{"tab", "\"a\tb\"", "", "\"a\tb\"", ""},
		{"line break in the tag", "\"a\"\r\nX-Evil: 1", "Sat, 21 Nov 2026 12:00:00 GMT", "", "Sat, 21 Nov 2026 12:00:00 GMT"},
		{"bare line feed", "\"a\"\nX-Evil: 1", "", "", ""},
		{"line break in the date", `"a"`, "Sat\r\nX-Evil: 1", `"a"`, ""},
		{"null byte", "\"a\x00\"", "", "", ""},
		{"escape", "\"\x1b[31m\"", "", "", ""},
		{"absurdly long", strings.Repeat("x", 5000), "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var request string
			u := serveRaw(t, func(conn net.Conn, r string) {
				request = r
				fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			})
			get(t, newClient(t, Config{}), aggregator.Request{URL: u, ETag: tt.etag, LastModified: tt.since})
			if strings.Contains(request, "Evil") {
				t.Errorf("a stored validator became a header:\n%s", request)
			}
			for name, want := range map[string]string{"If-None-Match": tt.match, "If-Modified-Since": tt.ifMod} {
				_, value, sent := strings.Cut(request, "\r\n"+name+": ")
				value, _, _ = strings.Cut(value, "\r\n")
				if value != want || sent != (want != "") {
					t.Errorf("%s = %q (sent: %v), want %q", name, value, sent, want)
				}
			}
		})
	}
}

func TestFetchNotModified(t *testing.T) {
	u := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"neu"`)
		w.Header().Set("Cache-Control", "max-age=600")
		if r.Header.Get("If-None-Match") != "" || r.URL.Path == "/immer" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		io.WriteString(w, feedText)
	})
	c := newClient(t, Config{})
	res := get(t, c, aggregator.Request{URL: u, ETag: `"alt"`})
	if res.Status != 304 || res.Body != nil || res.Header.Get("ETag") != `"neu"` || res.Header.Get("Cache-Control") == "" {
		t.Errorf("response = %+v", res)
	}
	e := fail(t, c, aggregator.Request{URL: u + "/immer"}, aggregator.ClassNotAFeed)
	if e.Status != 304 {
		t.Errorf("status = %d, want 304", e.Status)
	}
	// A validator that cannot be sent makes the request unconditional.
	fail(t, c, aggregator.Request{URL: u + "/immer", ETag: "\r\n"}, aggregator.ClassNotAFeed)
}

func testFetchNoCookiesNoHead(t *testing.T) {
	var mu sync.Mutex
	var methods, cookies []string
	u := serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		methods = append(methods, r.Method)
		cookies = append(cookies, r.Header.Values("Cookie")...)
		http.SetCookie(w, &http.Cookie{Name: "sitzung", Value: "1"})
		if r.URL.Path == "/alt" {
			http.Redirect(w, r, "/neu", http.StatusFound)
		}
	})
	c := newClient(t, Config{})
	for range 3 {
		get(t, c, aggregator.Request{URL: u + "/alt"})
	}
	if len(cookies) > 0 {
		t.Errorf("cookies came back: %q", cookies)
	}
	if want := slices.Repeat([]string{"GET"}, 6); !slices.Equal(methods, want) {
		t.Errorf("methods = %q, want %q", methods, want)
	}
}

func TestFetchEmptySuccess(t *testing.T) {
	u := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	if res := get(t, newClient(t, Config{}), aggregator.Request{URL: u}); res.Status != 204 || len(res.Body) != 0 {
		t.Errorf("response = %+v", res)
	}
}

func TestFetchBadURL(t *testing.T) {
	c := newClient(t, Config{})
	for _, u := range []string{
		"", " ", "feed.xml", "/feed.xml", "//127.0.0.1/feed", "http://", "http:///feed", "https:feed", "http:127.0.0.1",
		"ftp://127.0.0.1/feed", "file:///etc/passwd", "gopher://127.0.0.1/", "javascript:alert(1)", "data:text/xml,<rss/>",
		"http://user@127.0.0.1/", "http://user:pass@127.0.0.1/", "http://:pass@127.0.0.1/",
		"http://127.0.0.1:0/", "http://127.0.0.1:99999/", "http://127.0.0.1:http/", "http://[::1/", "http://127.0.0.1/\r\nX: y",
		"http://a b/", "http://a..b/", "http://*.example/", "http://%00/", "http://ex%2fample/", "http://a\x7f/", "http://xn--a\u00e4/",
		"http://127.0.0.1/" + strings.Repeat("a", maxURL), "http://" + strings.Repeat("a", 64) + ".example/",
	} {
		e := fail(t, c, aggregator.Request{URL: u}, aggregator.ClassBlocked)
		if e.Status != 0 || strings.Contains(e.Error(), "pass") && strings.Contains(u, ":pass") {
			t.Errorf("%q: %+v", u, e)
		}
	}
}

func TestNormalise(t *testing.T) {
	for in, want := range map[string]string{
		"http://Example.DE":                  "http://example.de/",
		"HTTP://example.de:80/a":             "http://example.de/a",
		"https://example.de:443":             "https://example.de/",
		"https://example.de:80/":             "https://example.de:80/",
		"https://example.de:/":               "https://example.de/",
		"https://example.de./feed":           "https://example.de/feed",
		"https://Thüringen.example/":         "https://xn--thringen-75a.example/",
		"https://straße.example/":            "https://xn--strae-oqa.example/",
		"https://example.de/ä?ö=ü#x":         "https://example.de/%C3%A4?ö=ü",
		"https://example.de/a%2Fb;c":         "https://example.de/a%2Fb;c",
		"http://[2A00:1450::1]:80/":          "http://[2a00:1450::1]/",
		"http://[2a00:1450::1]:8080/":        "http://[2a00:1450::1]:8080/",
		"http://under_score.example/":        "http://under_score.example/",
		"  https://example.de/feed \n":       "https://example.de/feed",
		"https://example.de?a=b":             "https://example.de/?a=b",
		"https://example.de/feed#":           "https://example.de/feed",
		"https://example.de/a b":             "https://example.de/a%20b",
		"https://xn--thringen-75a.example/x": "https://xn--thringen-75a.example/x",
	} {
		u, err := parseURL(in)
		if err != nil || u.String() != want {
			t.Errorf("parseURL(%q) = %v, %v, want %q", in, u, err, want)
		}
	}
}

func testNewRefuses(t *testing.T) {
	parse := func(s string) *url.URL {
		u, err := url.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	for name, cfg := range map[string]Config{
		"no user agent":         {},
		"line break":            {UserAgent: "a\r\nb: c"},
		"negative timeout":      {UserAgent: "a", Timeout: -1},
		"negative connect":      {UserAgent: "a", ConnectTimeout: -1},
		"negative TLS":          {UserAgent: "a", TLSTimeout: -1},
		"negative headers":      {UserAgent: "a", HeaderTimeout: -1},
		"negative body":         {UserAgent: "a", MaxBody: -1},
		"absurd body":           {UserAgent: "a", MaxBody: 1 << 40},
		"bad allowance":         {UserAgent: "a", AllowPrivate: []string{"127.0.0.1", "http://127.0.0.1"}},
		"proxy without host":    {UserAgent: "a", Proxy: parse("http:")},
		"proxy of another kind": {UserAgent: "a", Proxy: parse("ftp://u:geheim@proxy.example")},
	} {
		c, err := New(cfg)
		if err == nil || c != nil {
			t.Errorf("%s: New = %v, %v, want an error", name, c, err)
		} else if strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: %v tells the password", name, err)
		}
	}
}

func TestFetchConcurrentLeavesNothingRunning(t *testing.T) {
	before := runtime.NumGoroutine()
	block := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/langsam":
			select {
			case <-block:
			case <-r.Context().Done():
			}
		case "/weiter":
			http.Redirect(w, r, "/", http.StatusMovedPermanently)
		case "/fehlt":
			http.NotFound(w, r)
		default:
			io.WriteString(w, feedText)
		}
	}))
	c := newClient(t, Config{})
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			path := []string{"/", "/weiter", "/fehlt", "/langsam"}[i%4]
			if path == "/langsam" {
				cancel()
			}
			res, err := c.Fetch(ctx, aggregator.Request{URL: s.URL + path})
			switch path {
			case "/", "/weiter":
				if err != nil || string(res.Body) != feedText {
					t.Errorf("%s: %v, %v", path, res, err)
				}
			case "/fehlt":
				if aggregator.ClassOf(err) != aggregator.ClassHTTP4xx {
					t.Errorf("%s: %v", path, err)
				}
			case "/langsam":
				if err != context.Canceled {
					t.Errorf("%s: %v, want context.Canceled", path, err)
				}
			}
		})
	}
	wg.Wait()
	close(block)
	c.Close()
	s.Close()
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(deadline) {
			buf := make([]byte, 64<<10)
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, buf[:runtime.Stack(buf, true)])
		}
		c.Close() // connections that became idle after the last one
	}
}
