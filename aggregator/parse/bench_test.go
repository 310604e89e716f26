package parse

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"laenderfeed/aggregator"
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

// polled is the n-th of the documents that are polled, with so many items, the newest
// first: more often RSS than Atom, seldom RDF, each tenth in ISO-8859-1, each fifth
// with the full text.
func polled(n, newest, items int) []byte {
	kind := [...]string{"rss", "atom", "rss", "rss", "atom", "rss", "rdf", "rss", "atom", "rss"}[n%10]
	var b strings.Builder
	encoding := "UTF-8"
	if n%10 == 9 {
		encoding = "ISO-8859-1"
	}
	fmt.Fprintf(&b, "<?xml version=\"1.0\" encoding=\"%s\"?>\n", encoding)
	switch kind {
	case "rss":
		b.WriteString(`<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">` +
			"\n<channel><title>Presse</title><link>https://www.example.de/</link><description>Meldungen</description><language>de-de</language>")
	case "rdf":
		b.WriteString(`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">` +
			"\n<channel><title>Presse</title><link>https://www.example.de/</link><items><rdf:Seq>" + strings.Repeat(`<rdf:li rdf:resource="https://www.example.de/1"/>`, items) + "</rdf:Seq></items></channel>")
	default:
		b.WriteString("<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"de\"><title>Presse</title><id>urn:presse</id><updated>2026-11-20T10:00:00Z</updated>")
	}
	for i := newest; i > newest-items; i-- {
		text := strings.Repeat("Die Verwaltung führt ein <b>digitales</b> Verfahren für Anträge ein &amp; spart Wege. ", 4+(i+n)%12)
		if text = "<p>" + text + "</p>"; n%2 == 0 {
			text = "<![CDATA[" + text + "]]>"
		} else {
			text = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
		}
		full := ""
		if n%5 == 0 {
			full = "<content:encoded><![CDATA[<h3>Volltext</h3>" + strings.Repeat("<p>Ein <i>Absatz</i> mit <a href=\"/seite\">Verweis</a>.</p>", 40) + "]]></content:encoded>"
		}
		switch kind {
		case "atom":
			fmt.Fprintf(&b, "\n<entry><title>Meldung %d: Bürgerservice</title><id>urn:%[1]d</id><link rel=\"alternate\" href=\"https://www.example.de/%[1]d\"/>"+
				"<published>2026-11-20T09:00:00Z</published><updated>2026-11-20T09:30:00Z</updated><author><name>Pressestelle</name></author>"+
				"<category term=\"OZG\"/><category term=\"Berlin\"/><summary type=\"html\">%s</summary></entry>", i, text)
		case "rdf":
			fmt.Fprintf(&b, "\n<item rdf:about=\"https://www.example.de/%d\"><title>Meldung %[1]d: Bürgerservice</title><link>https://www.example.de/%[1]d</link>"+
				"<dc:date>2026-11-20T09:00:00Z</dc:date><dc:subject>OZG</dc:subject><description>%s</description></item>", i, text)
		default:
			fmt.Fprintf(&b, "\n<item><title>Meldung %d: Bürgerservice</title><link>https://www.example.de/%[1]d</link><guid isPermaLink=\"false\">urn:%[1]d</guid>"+
				"<pubDate>Fri, 20 Nov 2026 09:00:00 +0100</pubDate><dc:creator>Pressestelle</dc:creator><category>OZG</category><category>Berlin</category>"+
				"<description>%s</description>%s</item>", i, text, full)
		}
	}
	b.WriteString(map[string]string{"rss": "</channel></rss>", "rdf": "</rdf:RDF>", "atom": "</feed>"}[kind])
	if encoding != "UTF-8" {
		text, err := charmap.ISO8859_1.NewEncoder().String(b.String())
		if err != nil {
			panic(err)
		}
		return []byte(text)
	}
	return []byte(b.String())
}

// BenchmarkPoll reads documents of 20 items as a poll does: for the first time, and
// again when there is a new item.
func BenchmarkPoll(b *testing.B) {
	const documents = 10
	for _, full := range []bool{false, true} {
		var first, second [documents][]byte
		var seen [documents][]aggregator.Digest
		for n := range documents {
			first[n], second[n] = polled(n, 100, 20), polled(n, 101, 20)
			doc, err := Parse(first[n], skimOptions(full, nil))
			if err != nil || len(doc.Items) != 20 {
				b.Fatalf("%d: %v", n, err)
			}
			seen[n] = doc.Digests
		}
		poll := func(name string, bodies [documents][]byte, seen [documents][]aggregator.Digest, items int) {
			b.Run(fmt.Sprintf("%s/full=%v", name, full), func(b *testing.B) {
				b.ReportAllocs()
				for i := range b.N {
					doc, err := Parse(bodies[i%documents], skimOptions(full, seen[i%documents]))
					if err != nil || len(doc.Items) != items {
						b.Fatalf("%d: %d items, %v", i%documents, len(doc.Items), err)
					}
				}
			})
		}
		poll("first", first, [documents][]aggregator.Digest{}, 20)
		poll("second", second, seen, 1)
	}
}
