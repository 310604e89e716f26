package feeds

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"laenderfeed/aggregator"
)

// fifty is a full feed: 50 items with summaries of 300 to 700 characters.
func fifty() []aggregator.Entry {
	es := make([]aggregator.Entry, 50)
	for i := range es {
		es[i] = entry(dresden, i, fmt.Sprintf("Kabinett beschließt Digitalstrategie, Teil %d", i), func(e *aggregator.Entry) {
			e.Summary = strings.Repeat(fmt.Sprintf("Die Staatsregierung hat Punkt %d der Strategie beraten. ", i), 6+i%8)
		})
	}
	return es
}

// sink is a ResponseWriter that costs nothing itself.
type sink struct {
	header http.Header
	status int
	bytes  int
}

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) WriteHeader(status int)      { s.status = status }
func (s *sink) Write(b []byte) (int, error) { s.bytes += len(b); return len(b), nil }

func benchmarkServe(b *testing.B, want int, headers ...string) {
	h := newHandler(b, newMemory(fifty()...))
	r := httptest.NewRequest("GET", "/sachsen/feed.atom", nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	if r.Header.Get("If-None-Match") == "own" {
		r.Header.Set("If-None-Match", get(h, "/sachsen/feed.atom", "Accept-Encoding", "gzip").Header().Get("ETag"))
	}
	w := &sink{header: http.Header{}}
	h.ServeHTTP(w, r)
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(w, r)
	}
	if w.status != want {
		b.Fatalf("status %d", w.status)
	}
}

func BenchmarkCachedGzip(b *testing.B) {
	benchmarkServe(b, 200, "Accept-Encoding", "gzip, deflate, br")
}

func BenchmarkNotModified(b *testing.B) {
	benchmarkServe(b, 304, "Accept-Encoding", "gzip, deflate, br", "If-None-Match", "own")
}

func BenchmarkRender(b *testing.B) {
	for _, f := range Formats() {
		b.Run(string(f), func(b *testing.B) {
			h := newHandler(b, newMemory(fifty()...))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := h.Render(context.Background(), aggregator.Query{}, f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkMiss is a request after the generation moved and the feed changed:
// reading, rendering, hashing and compressing.
func BenchmarkMiss(b *testing.B) {
	m := newMemory(fifty()...)
	h := newHandler(b, m)
	r := httptest.NewRequest("GET", "/sachsen/feed.atom", nil)
	w := &sink{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		m.entries[0].Title += "!"
		if len(m.entries[0].Title) > 200 {
			m.entries[0].Title = "x"
		}
		m.generation.Add(1)
		h.ServeHTTP(w, r)
	}
}

// TestCachedRequestsAllocateNothing holds the hot path to what the benchmarks say.
func TestCachedRequestsAllocateNothing(t *testing.T) {
	m := newMemory(fifty()...)
	h := newHandler(t, m)
	tag := get(h, "/sachsen/feed.atom").Header().Get("ETag")
	for _, match := range []string{"", tag} {
		r := httptest.NewRequest("GET", "/sachsen/feed.atom", nil)
		r.Header.Set("Accept-Encoding", "gzip, deflate, br;q=0.5")
		if match != "" {
			r.Header.Set("If-None-Match", match)
		}
		w := &sink{header: http.Header{}}
		if n := testing.AllocsPerRun(100, func() { h.ServeHTTP(w, r) }); n > 0 {
			t.Errorf("%v allocations for If-None-Match %q", n, match)
		}
	}
	if n := m.reads.Load(); n != 1 {
		t.Errorf("%d reads", n)
	}
}
