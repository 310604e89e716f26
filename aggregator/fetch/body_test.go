package fetch

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/andybalholm/brotli"

	"laenderfeed/aggregator"
)

// openFunc makes a writer that compresses into another.
type openFunc func(io.Writer) (io.WriteCloser, error)

// pack compresses data with the writer that open makes.
func pack(t testing.TB, data []byte, open openFunc) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := open(&b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func openGzip(w io.Writer) (io.WriteCloser, error) {
	return gzip.NewWriterLevel(w, gzip.BestSpeed)
}
func openZlib(w io.Writer) (io.WriteCloser, error) {
	return zlib.NewWriterLevel(w, zlib.BestSpeed)
}
func openFlate(w io.Writer) (io.WriteCloser, error)  { return flate.NewWriter(w, flate.BestSpeed) }
func openBrotli(w io.Writer) (io.WriteCloser, error) { return brotli.NewWriterLevel(w, 1), nil }

// encodings are those we accept.
var encodings = []struct {
	name, encoding string
	open           openFunc
}{
	{"gzip", "gzip", openGzip},
	{"x-gzip", "X-GZIP", openGzip},
	{"zlib", "deflate", openZlib},
	{"raw deflate", " deflate ", openFlate},
	{"brotli", "br", openBrotli},
}

// serveBody answers with a body in an encoding.
func serveBody(t testing.TB, encoding string, body []byte) string {
	return serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/rss+xml")
		if encoding != "" {
			w.Header().Set("Content-Encoding", encoding)
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		w.Write(body)
	})
}

func testBodyDecoded(t *testing.T) {
	c := newClient(t, Config{})
	for _, size := range []int{0, 1, 5000, 600_000} {
		text := bytes.Repeat([]byte("Länder "), size/7+1)[:size]
		for _, e := range encodings {
			res := get(t, c, aggregator.Request{URL: serveBody(t, e.encoding, pack(t, text, e.open))})
			if !bytes.Equal(res.Body, text) {
				t.Errorf("%s of %d bytes: got %d", e.name, size, len(res.Body))
			}
			if res.Header.Get("Content-Encoding") != "" || res.Header.Get("Content-Length") != "" {
				t.Errorf("%s: headers still speak of the encoded body: %v", e.name, res.Header)
			}
			if cap(res.Body) > len(res.Body)+len(res.Body)/2+64 {
				t.Errorf("%s of %d bytes keeps %d", e.name, size, cap(res.Body))
			}
		}
		for _, encoding := range []string{"", "identity"} {
			if res := get(t, c, aggregator.Request{URL: serveBody(t, encoding, text)}); !bytes.Equal(res.Body, text) {
				t.Errorf("%q of %d bytes: got %d", encoding, size, len(res.Body))
			}
		}
	}
}

func TestBodyOddButReadable(t *testing.T) {
	c := newClient(t, Config{})
	text := []byte(feedText)
	zipped := pack(t, text, openGzip)
	for name, tt := range map[string]struct {
		encoding string
		body     []byte
		want     string
	}{
		"gzip and a line break":     {"gzip", append(bytes.Clone(zipped), "\r\n"...), feedText},
		"gzip and zeros":            {"gzip", append(bytes.Clone(zipped), make([]byte, 600)...), feedText},
		"gzip and HTML":             {"gzip", append(bytes.Clone(zipped), strings.Repeat("<p>", 9000)...), feedText},
		"two gzip members":          {"gzip", append(bytes.Clone(zipped), zipped...), feedText + feedText},
		"zlib and a line break":     {"deflate", append(pack(t, text, openZlib), '\n'), feedText},
		"deflate and a line break":  {"deflate", append(pack(t, text, openFlate), '\n'), feedText},
		"nothing at all, as gzip":   {"gzip", nil, ""},
		"nothing at all, as brotli": {"br", nil, ""},
	} {
		if res := get(t, c, aggregator.Request{URL: serveBody(t, tt.encoding, tt.body)}); string(res.Body) != tt.want {
			t.Errorf("%s: %q", name, res.Body)
		}
	}
}

func TestBodyUnreadable(t *testing.T) {
	c := newClient(t, Config{})
	text := bytes.Repeat([]byte("Länder und Gemeinden, "), 1000)
	zipped := pack(t, text, openGzip)
	flipped := bytes.Clone(zipped)
	flipped[len(flipped)/2] ^= 0xff
	for name, tt := range map[string]struct {
		encoding string
		body     []byte
	}{
		"unknown":                 {"zstd", text},
		"unknown with odd bytes":  {"z\x80\x9b[31m", text},
		"two encodings":           {"gzip, br", pack(t, pack(t, text, openGzip), openBrotli)},
		"the same twice":          {"gzip, gzip", pack(t, zipped, openGzip)},
		"plain text as gzip":      {"gzip", text},
		"plain text as brotli":    {"br", text},
		"plain text as deflate":   {"deflate", []byte("<?xml version='1.0'?>")},
		"cut gzip":                {"gzip", zipped[:len(zipped)/2]},
		"gzip without its sum":    {"gzip", zipped[:len(zipped)-8]},
		"cut header":              {"gzip", zipped[:5]},
		"flipped bits":            {"gzip", flipped},
		"wrong sum":               {"gzip", append(bytes.Clone(zipped[:len(zipped)-8]), make([]byte, 8)...)},
		"second member cut":       {"gzip", append(bytes.Clone(zipped), zipped[:20]...)},
		"cut brotli":              {"br", pack(t, text, openBrotli)[:20]},
		"cut zlib":                {"deflate", pack(t, text, openZlib)[:20]},
		"one byte of deflate":     {"deflate", []byte{0x78}},
		"brotli and more garbage": {"br", append(pack(t, text, openBrotli), "garbage"...)},
	} {
		e := fail(t, c, aggregator.Request{URL: serveBody(t, tt.encoding, tt.body)}, aggregator.ClassParse)
		if e.Status != 200 {
			t.Errorf("%s: %+v, want the status", name, e)
		}
	}
}

func testBodyTooLarge(t *testing.T) {
	const limit = 100_000
	c := newClient(t, Config{MaxBody: limit})
	exact := bytes.Repeat([]byte("x"), limit)
	for _, e := range encodings {
		if res := get(t, c, aggregator.Request{URL: serveBody(t, e.encoding, pack(t, exact, e.open))}); len(res.Body) != limit {
			t.Errorf("%s: %d bytes of %d", e.name, len(res.Body), limit)
		}
		fail(t, c, aggregator.Request{URL: serveBody(t, e.encoding, pack(t, append(exact, 'x'), e.open))}, aggregator.ClassTooLarge)
	}
	get(t, c, aggregator.Request{URL: serveBody(t, "", exact)})
	e := fail(t, c, aggregator.Request{URL: serveBody(t, "", append(exact, 'x'))}, aggregator.ClassTooLarge)
	if e.Status != 200 || !strings.Contains(e.Error(), "100001") {
		t.Errorf("announced: %+v", e)
	}
}

// A bomb of 16 MB in some kB is stopped at the limit: decoding it whole would
// show as an allocation of its size.
func testBodyBombs(t *testing.T) {
	c := newClient(t, Config{MaxBody: 64 << 10})
	zeros := make([]byte, 16<<20)
	for _, e := range encodings {
		bomb := pack(t, zeros, e.open)
		u := serveBody(t, e.encoding, bomb)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		fail(t, c, aggregator.Request{URL: u}, aggregator.ClassTooLarge)
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > 12<<20 { // brotli takes 8 MB for its window
			t.Errorf("%s: bomb of %d bytes makes us allocate %d", e.name, len(bomb), got)
		}
	}
}

// endless answers with headers and then part again and again.
func endless(t testing.TB, headers string, part []byte) string {
	return serveRaw(t, func(conn net.Conn, _ string) {
		fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\n%s\r\n", headers)
		for {
			if _, err := conn.Write(part); err != nil {
				return
			}
		}
	})
}

func TestBodyEndless(t *testing.T) {
	c := newClient(t, Config{MaxBody: 200_000})
	chunk := func(s []byte) []byte { return fmt.Appendf(nil, "%x\r\n%s\r\n", len(s), s) }
	empty := pack(t, nil, openGzip)
	for name, u := range map[string]string{
		"until close":              endless(t, "", bytes.Repeat([]byte("x"), 1000)),
		"chunks":                   endless(t, "Transfer-Encoding: chunked\r\n", chunk(bytes.Repeat([]byte("x"), 1000))),
		"members without contents": endless(t, "Content-Encoding: gzip\r\n", bytes.Repeat(empty, 100)),
		"announced":                endless(t, "Content-Length: 9000000000000000000\r\n", []byte("x")),
	} {
		t.Run(name, func(t *testing.T) { fail(t, c, aggregator.Request{URL: u}, aggregator.ClassTooLarge) })
	}
	zipped := pack(t, []byte(feedText), openGzip)
	garbage := serveRaw(t, func(conn net.Conn, _ string) {
		fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n%s", zipped)
		for {
			if _, err := conn.Write(make([]byte, 1000)); err != nil {
				return
			}
		}
	})
	fail(t, c, aggregator.Request{URL: garbage}, aggregator.ClassTooLarge)
}

func testBodyShort(t *testing.T) {
	c := newClient(t, Config{})
	zipped := pack(t, []byte(feedText), openGzip)
	for name, answer := range map[string]string{
		"shorter than announced":         "Content-Length: 10\r\n\r\n12345",
		"nothing of what was announced":  "Content-Length: 10\r\n\r\n",
		"cut between chunks":             "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
		"cut inside of a chunk":          "Transfer-Encoding: chunked\r\n\r\n30\r\nabc",
		"gzip whole, announced was more": fmt.Sprintf("Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(zipped)+1, zipped),
		"gzip cut by the connection":     fmt.Sprintf("Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(zipped), zipped[:30]),
	} {
		u := serveRaw(t, func(conn net.Conn, _ string) { fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\n%s", answer) })
		e := fail(t, c, aggregator.Request{URL: u}, aggregator.ClassConnect)
		if e.Status != 200 || !strings.Contains(e.Error(), "connection ended") {
			t.Errorf("%s: %+v", name, e)
		}
	}
	twice := serveRaw(t, func(conn net.Conn, _ string) {
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Encoding: br\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx")
	})
	fail(t, c, aggregator.Request{URL: twice}, aggregator.ClassParse)
	// What lies beyond the announced length is not part of the body.
	u := serveRaw(t, func(conn net.Conn, _ string) {
		fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\n1234567890")
	})
	if res := get(t, c, aggregator.Request{URL: u}); string(res.Body) != "12345" {
		t.Errorf("body = %q", res.Body)
	}
}

func testBodyDrip(t *testing.T) {
	for _, encoding := range []string{"identity", "gzip", "deflate", "br"} {
		t.Run(encoding, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, Config{Timeout: time.Second})
			u := serveRaw(t, func(conn net.Conn, _ string) {
				fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: 100\r\n\r\n\x1f", encoding)
				untilClosed(conn)
			})
			if e := fail(t, c, aggregator.Request{URL: u}, aggregator.ClassTimeout); e.Status != 200 || !strings.Contains(e.Error(), "after 1s") {
				t.Errorf("error = %+v", e)
			}
		})
	}
}

// Large bodies are read as room is given back. Small ones pass by.
func TestBodyRoom(t *testing.T) {
	large := bytes.Repeat([]byte("x"), 3*smallBody)
	for _, encoding := range []string{"", "gzip", "br"} {
		t.Run("encoding "+encoding, func(t *testing.T) {
			t.Parallel()
			body := large
			for _, e := range encodings {
				if e.encoding == encoding && encoding != "" {
					body = pack(t, large, e.open)
				}
			}
			c := newClient(t, Config{MaxBody: 4 * smallBody})
			u := serveBody(t, encoding, body)
			first, err := c.Fetch(t.Context(), aggregator.Request{URL: u})
			if err != nil {
				t.Fatal(err)
			}
			var released atomic.Bool
			second := make(chan *aggregator.Response)
			go func() {
				res, err := c.Fetch(context.Background(), aggregator.Request{URL: u})
				if err != nil || !released.Load() {
					t.Errorf("the second large body was read beside another (%v)", err)
				}
				second <- res
			}()
			for range 50 { // meanwhile others get on
				get(t, c, aggregator.Request{URL: serveBody(t, "", large[:smallBody-1])})
			}
			released.Store(true)
			first.Release()
			if res := <-second; res == nil || len(res.Body) != len(large) {
				t.Error("the second large body was not read")
			} else {
				res.Release()
			}
		})
	}
}

// What fails gives its room back.
func TestBodyRoomGivenBack(t *testing.T) {
	c := newClient(t, Config{MaxBody: 2 * smallBody, Timeout: 5 * time.Second})
	cut := serveRaw(t, func(conn net.Conn, _ string) {
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
		_, _ = conn.Write(make([]byte, 900_000))
	})
	page := append([]byte("<html><div id=\"anubis_challenge\">"), make([]byte, 900_000)...)
	wall, bomb := serveBody(t, "", page), serveBody(t, "gzip", pack(t, make([]byte, 3*smallBody), openGzip))
	for range 4 {
		fail(t, c, aggregator.Request{URL: cut}, aggregator.ClassConnect)
		fail(t, c, aggregator.Request{URL: wall}, aggregator.ClassChallenge)
		fail(t, c, aggregator.Request{URL: bomb}, aggregator.ClassTooLarge)
	}
	give, err := c.rooms.large.Take(t.Context(), 2*smallBody)
	if err != nil {
		t.Fatal(err)
	}
	give()
}

// Bodies that the caller let go of are gone: 40 MB pass through, little stays.
func TestBodyNotRetained(t *testing.T) {
	u := serveBody(t, "gzip", pack(t, make([]byte, 400_000), openGzip))
	c := newClient(t, Config{})
	inUse := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	get(t, c, aggregator.Request{URL: u})
	before := inUse()
	for range 100 {
		get(t, c, aggregator.Request{URL: u})
	}
	if after := inUse(); after > before+2<<20 {
		t.Errorf("%d bytes in use after 100 fetches, %d before", after, before)
	}
}

func unbounded(int64) error { return nil }

// readingOf reads a body without a Client.
func readingOf(t testing.TB, limit int64) *reading {
	ctx, watch := startWatch(t.Context(), time.Minute)
	t.Cleanup(watch.stop)
	return &reading{rooms: newRooms(limit), ctx: ctx, watch: watch, limit: limit}
}

// stuck is a reader that never gets on.
type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

func TestReadBounded(t *testing.T) {
	if _, err := readBounded(stuck{}, -1, 100, unbounded); err != io.ErrNoProgress {
		t.Errorf("a reader that never gets on: %v", err)
	}
	for _, n := range []int{0, 1, minBuffer - 1, minBuffer, minBuffer + 1, maxHint - 1, maxHint, maxHint + 1, 3 * maxHint} {
		text := bytes.Repeat([]byte("a"), n)
		for _, hint := range []int64{-1, 0, int64(n) - 1, int64(n), int64(n) + 1, 1 << 60} {
			got, err := readBounded(bytes.NewReader(text), hint, int64(n)+1, unbounded)
			if err != nil || !bytes.Equal(got, text) {
				t.Errorf("%d bytes, hint %d: %d bytes, %v", n, hint, len(got), err)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, e := range encodings {
		f.Add(e.encoding, pack(f, []byte(feedText), e.open))
	}
	f.Add("gzip", append(pack(f, nil, openGzip), 0x1f, 0x8b, 8))
	f.Add("deflate", []byte{0x78, 0x9c})
	f.Fuzz(func(t *testing.T, encoding string, data []byte) {
		const limit = 10_000
		resp := &http.Response{ContentLength: -1, Header: http.Header{"Content-Encoding": {encoding}},
			Body: io.NopCloser(bytes.NewReader(data))}
		if body, err := readingOf(t, limit).body(resp); len(body) > limit || err != nil && body != nil {
			t.Errorf("%q: %d bytes, %v", encoding, len(body), err)
		}
	})
}
