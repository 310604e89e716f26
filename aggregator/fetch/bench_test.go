package fetch

import (
	"net/http"
	"strings"
	"testing"

	"laenderfeed/aggregator"
)

// BenchmarkFetch fetches a feed of 40 kB over loopback.
func BenchmarkFetch(b *testing.B) {
	text := []byte(strings.Repeat("<item><title>Neues aus dem Land</title></item>\n", 40_000/47))
	for _, e := range append(encodings, struct {
		name, encoding string
		open           openFunc
	}{name: "plain"}) {
		b.Run(e.name, func(b *testing.B) {
			body := text
			if e.open != nil {
				body = pack(b, text, e.open)
			}
			u := serveBody(b, e.encoding, body)
			c := newClient(b, Config{})
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if res := get(b, c, aggregator.Request{URL: u}); len(res.Body) != len(text) {
					b.Fatalf("%d bytes", len(res.Body))
				}
			}
		})
	}
}

// BenchmarkFetchNotModified is what most polls are.
func BenchmarkFetchNotModified(b *testing.B) {
	u := serve(b, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) })
	c := newClient(b, Config{})
	b.ReportAllocs()
	for b.Loop() {
		get(b, c, aggregator.Request{URL: u, ETag: `"a"`})
	}
}
