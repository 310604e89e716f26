package feeds

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestAcceptsGzip(t *testing.T) {
	for in, want := range map[string]bool{
		"":                                   false,
		"gzip":                               true,
		"GZIP":                               true,
		"x-gzip":                             true,
		"gzip, deflate, br":                  true,
		"deflate,gzip;q=0.5":                 true,
		"br;q=1.0, gzip;q=0.8, *;q=0.1":      true,
		"*":                                  true,
		"*;q=0":                              false,
		"gzip;q=0":                           false,
		"gzip;q=0.000":                       false,
		"gzip; q=0 , *":                      false,
		"gzip ; Q=0":                         false,
		"identity":                           false,
		"identity;q=1, gzip;q=0.5":           false,
		"identity;q=0.5, gzip;q=1":           true,
		"identity;q=0, gzip":                 true,
		"gzip;q=x":                           false,
		"gzip;q=2":                           false,
		"gzip;q=NaN":                         false,
		"gzipped":                            false,
		"gzip;level=9":                       true,
		",,;;,":                              false,
		"br, zstd":                           false,
		strings.Repeat("br,", 5000) + "gzip": true,
	} {
		if got := acceptsGzip([]string{in}); got != want {
			t.Errorf("acceptsGzip(%.60q) = %v", in, got)
		}
	}
	if !acceptsGzip([]string{"br", "gzip"}) || acceptsGzip(nil) {
		t.Error("several lines, or none, are read wrong")
	}
}

func testSnapshot(t testing.TB, body string) *Snapshot {
	s := newSnapshot(Document{Body: []byte(body), Type: "text/plain", Modified: day, MaxAge: time.Minute})
	if err := s.compress(gzip.NewWriter(nil)); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestConditionalRequests(t *testing.T) {
	s := testSnapshot(t, strings.Repeat("Inhalt ", 100))
	serve := func(headers ...string) *httptest.ResponseRecorder {
		return get(http.HandlerFunc(s.Serve), "/", headers...)
	}
	plain, zipped := serve().Header().Get("ETag"), serve("Accept-Encoding", "gzip").Header().Get("ETag")
	if plain == zipped || !strings.HasPrefix(plain, `"`) || !strings.HasPrefix(zipped, `"`) {
		t.Fatalf("tags %s, %s are not strong and different", plain, zipped)
	}
	modified := day.Format(http.TimeFormat)
	for _, c := range []struct {
		name    string
		headers []string
		status  int
		tag     string
	}{
		{"no condition", nil, 200, plain},
		{"gzip", []string{"Accept-Encoding", "gzip"}, 200, zipped},
		{"own tag", []string{"If-None-Match", plain}, 304, plain},
		{"own gzip tag", []string{"If-None-Match", zipped, "Accept-Encoding", "gzip"}, 304, zipped},
		{"tag of the other encoding", []string{"If-None-Match", plain, "Accept-Encoding", "gzip"}, 304, plain},
		{"weak", []string{"If-None-Match", "W/" + plain}, 304, plain},
		{"list", []string{"If-None-Match", `"a", W/"b,c" ,"",` + zipped}, 304, zipped},
		{"two lines", []string{"If-None-Match", `"a"`, "If-None-Match", plain}, 304, plain},
		{"star", []string{"If-None-Match", "*"}, 304, plain},
		{"other tag", []string{"If-None-Match", `"a"`}, 200, plain},
		{"other tag goes before the date", []string{"If-None-Match", `"a"`, "If-Modified-Since", modified}, 200, plain},
		{"tag without quotes", []string{"If-None-Match", strings.Trim(plain, `"`)}, 200, plain},
		{"open quote", []string{"If-None-Match", `"abc`}, 200, plain},
		{"lower-case w", []string{"If-None-Match", "w/" + plain}, 200, plain},
		{"empty", []string{"If-None-Match", ""}, 200, plain},
		{"commas", []string{"If-None-Match", ",,,"}, 200, plain},
		{"date", []string{"If-Modified-Since", modified}, 304, plain},
		{"date of gzip", []string{"If-Modified-Since", modified, "Accept-Encoding", "gzip"}, 304, zipped},
		{"later date", []string{"If-Modified-Since", day.Add(time.Hour).Format(http.TimeFormat)}, 304, plain},
		{"RFC 850 date", []string{"If-Modified-Since", day.Format(time.RFC850)}, 304, plain},
		{"earlier date", []string{"If-Modified-Since", day.Add(-time.Second).Format(http.TimeFormat)}, 200, plain},
		{"nonsense date", []string{"If-Modified-Since", "gestern"}, 200, plain},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := serve(c.headers...)
			if w.Code != c.status || w.Header().Get("ETag") != c.tag {
				t.Fatalf("%d %s, want %d %s", w.Code, w.Header().Get("ETag"), c.status, c.tag)
			}
			for k, want := range map[string]string{
				"Cache-Control": "public, max-age=60", "Vary": "Accept-Encoding", "Last-Modified": modified, "X-Content-Type-Options": "nosniff",
			} {
				if got := w.Header().Get(k); got != want {
					t.Errorf("%s: %q, want %q", k, got, want)
				}
			}
			if c.status == 304 {
				if w.Body.Len() > 0 || w.Header().Get("Content-Length") != "" || w.Header().Get("Content-Type") != "" {
					t.Errorf("304 with %d bytes and %v", w.Body.Len(), w.Header())
				}
			} else if got := w.Header().Get("Content-Length"); got != strconv.Itoa(w.Body.Len()) {
				t.Errorf("Content-Length %s for %d bytes", got, w.Body.Len())
			}
		})
	}
}

func TestRepresentations(t *testing.T) {
	body := strings.Repeat("Inhalt ", 1000)
	s := testSnapshot(t, body)
	w := get(http.HandlerFunc(s.Serve), "/", "Accept-Encoding", "gzip")
	if w.Header().Get("Content-Encoding") != "gzip" || w.Body.Len() >= len(body)/10 {
		t.Fatalf("%d bytes, %v", w.Body.Len(), w.Header())
	}
	z, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(z); err != nil || string(got) != body {
		t.Errorf("gzip holds %d bytes, %v", len(got), err)
	}
	w = get(http.HandlerFunc(s.Serve), "/")
	if w.Header().Get("Content-Encoding") != "" || w.Body.String() != body {
		t.Errorf("plain: %v", w.Header())
	}
	w = do(http.HandlerFunc(s.Serve), http.MethodHead, "/", "Accept-Encoding", "gzip")
	if w.Body.Len() > 0 || w.Header().Get("Content-Length") != strconv.Itoa(len(s.gzip.body)) {
		t.Errorf("HEAD: %d bytes, %v", w.Body.Len(), w.Header())
	}
	if other := testSnapshot(t, body); other.plain.tag != s.plain.tag || !bytes.Equal(other.gzip.body, s.gzip.body) {
		t.Error("the same bytes have another tag or compress differently")
	}
}

func TestWithoutModificationTime(t *testing.T) {
	s := newSnapshot(Document{Body: []byte("x"), Type: "text/plain"})
	w := get(http.HandlerFunc(s.Serve), "/", "If-Modified-Since", day.Format(http.TimeFormat))
	if w.Code != 200 || w.Header().Get("Last-Modified") != "" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}

func FuzzRequestHeaders(f *testing.F) {
	f.Add("gzip;q=0.5, *", `W/"a", "b"`, "Sun, 06 Nov 1994 08:49:37 GMT")
	f.Fuzz(func(t *testing.T, accept, match, since string) {
		s := testSnapshot(t, "x")
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header = http.Header{"Accept-Encoding": {accept}, "If-None-Match": {match}, "If-Modified-Since": {since}}
		w := httptest.NewRecorder()
		s.Serve(w, r)
		if w.Code != 200 && w.Code != 304 {
			t.Errorf("status %d", w.Code)
		}
		if w.Code == 304 && !strings.Contains(match, "*") && !strings.Contains(match, s.hashHex()) {
			t.Errorf("%q matches", match)
		}
	})
}

func (s *Snapshot) hashHex() string { return strings.Trim(s.plain.tag, `"`) }
