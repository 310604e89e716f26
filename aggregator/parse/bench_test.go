package parse

import (
	"fmt"
	"strings"
	"testing"
)

// sample is a feed of n items as an office publishes it: markup in CDATA,
// umlauts, an address and a date an item, and so many sentences of text.
func sample(n, sentences int) []byte {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>` +
		`<title>Presse</title><link>https://www.example.de/</link><description>Meldungen</description>`)
	text := strings.Repeat("Die Verwaltung führt ein <b>digitales</b> Verfahren für Anträge ein &amp; spart Wege. ", sentences)
	for i := range n {
		fmt.Fprintf(&b, `<item><title>Meldung %d: Bürgerservice wird digital</title><link>https://www.example.de/presse/%d</link>`+
			`<guid>https://www.example.de/presse/%d</guid><pubDate>Fri, 20 Nov 2026 %02d:00:00 +0100</pubDate><dc:creator>Pressestelle</dc:creator>`+
			`<category>OZG</category><description><![CDATA[<p>%s</p>]]></description></item>`, i, i, i, i%24, text)
	}
	b.WriteString(`</channel></rss>`)
	return []byte(b.String())
}

// BenchmarkParse reads a feed of 20 items. The sub-benchmarks tell what the
// stages cost: a clean document, one with a fault in every item, and one whose
// content is sanitised too.
func BenchmarkParse(b *testing.B) {
	clean := sample(20, 10)
	faulty := []byte(strings.ReplaceAll(string(clean), "</title>", " & mehr</title>"))
	for _, bench := range []struct {
		name string
		body []byte
		full bool
	}{{"clean", clean, false}, {"faulty", faulty, false}, {"full", clean, true}} {
		b.Run(bench.name, func(b *testing.B) {
			b.SetBytes(int64(len(bench.body)))
			b.ReportAllocs()
			for b.Loop() {
				doc, err := Parse(bench.body, Options{URL: "https://www.example.de/rss", Now: now, Full: bench.full})
				if err != nil || len(doc.Items) != 20 {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkScan is the pass that decides whether anything has to be mended.
func BenchmarkScan(b *testing.B) {
	body := sample(20, 10)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		r := newReader(Options{})
		start, err := r.findRoot(body)
		if err != nil {
			b.Fatal(err)
		}
		s := &scanner{r: r, src: body, pos: start.pos, kind: start.kind, native: map[string]bool{}}
		if _, err := s.scan(); err != nil || s.out != nil {
			b.Fatal(err, "copied")
		}
	}
}

func BenchmarkDate(b *testing.B) {
	for _, s := range []string{"Fri, 20 Nov 2026 09:30:00 +0100", "Donnerstag, 26. März 2020 - 14:30"} {
		b.Run(s, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := Date(s, nil, now); !ok {
					b.Fatal("no date")
				}
			}
		})
	}
}
