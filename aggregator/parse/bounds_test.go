package parse

import (
	"fmt"
	"strings"
	"testing"

	"laenderfeed/aggregator"
)

// heavy are pages that take much looking at: the most elements and bytes that
// are read, in shapes that invite work for each pair or each depth.
func heavy(n int) map[string]func() string {
	repeat := func(format string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	return map[string]func() string{
		"entries": func() string {
			return "<ul>" + repeat(`<li>20.11.2026 <a href="/pm/%d">Das Ministerium stellt ein neues Portal vor</a>`, n) + "</ul>"
		},
		"flat": func() string {
			return "<p>" + repeat(`20.11.2026 <a href="/pm/%d">Das Ministerium stellt ein neues Portal vor</a><br>`, n) + "</p>"
		},
		"headlines": func() string {
			return "<div>" + repeat(`<h3><a href="/pm/%d">Das Ministerium stellt ein neues Portal vor</a></h3><p>20.11.2026</p>`, n/2) + "</div>"
		},
		"no dates": func() string {
			return "<div>" + repeat(`<div><b>Ein Wort</b><a href="/pm/%d">Das Ministerium stellt ein neues Portal vor</a></div>`, n/2) + "</div>"
		},
		"parts": func() string {
			return "<main>" + repeat(`<section><h3>Tag</h3><ul><li>20.11.2026<a href="/pm/%d">Das Ministerium stellt ein neues Portal vor</a></ul></section>`, n/3) + "</main>"
		},
		"deep": func() string {
			return strings.Repeat("<div>", 400) + repeat(`<div><a href="/pm/%d">Das Ministerium stellt ein neues Portal vor</a> 20.11.2026</div>`, n/2)
		},
		"deep many": func() string {
			return strings.Repeat(strings.Repeat("<div>", 250)+`<a href="/1">Das Ministerium stellt ein Portal vor</a>`+strings.Repeat("</div>", 250), n/250)
		},
		"figures": func() string {
			return "<main>" + repeat(`<p>1.1.2026 2.2.2026 3.3.2026 <a href="/%d">20.11.2026 4.4.2026</a></p>`, n/2) + "</main>"
		},
		"classes": func() string {
			return repeat(`<div class="`+strings.Repeat("date-x ", 20)+`"><a href="/%d">Das Ministerium</a></div>`, n/6)
		},
		"headings": func() string {
			return "<main>" + repeat(`<div><h2>Presse %d</h2></div>`, n/2) + `<ul><li><a href="/1">Das Ministerium stellt ein neues Portal vor</a></ul></main>`
		},
		"long text": func() string {
			return "<ul>" + repeat(`<li><a href="/%d">`+strings.Repeat("Wort 20.11.2026 ", 2000)+"</a>", n/1000) + "</ul>"
		},
		"definitions": func() string {
			return "<dl>" + repeat(`<dt>20.11.2026<dd><a href="/%d">Das Ministerium stellt ein neues Portal vor</a>`, n/2) + "</dl>"
		},
		"open tags": func() string { return repeat(`<b><a href="/%d">Das Ministerium stellt ein Portal vor<table>`, n/200) },
		"feeds":     func() string { return repeat(`<link rel=alternate type=application/rss+xml href="/%d">`, n) },
	}
}

// TestHeavyPages reads them with and without selectors: what comes out is
// bounded and sound. A page that is too much work would end the test by its
// time limit.
func TestHeavyPages(t *testing.T) {
	for name, body := range heavy(2_000) {
		t.Run(name, func(t *testing.T) {
			d, err := Detect([]byte(body()), Options{URL: "https://www.example.de/", Now: now})
			if err != nil {
				if aggregator.ClassOf(err) != aggregator.ClassTooLarge {
					t.Error(err)
				}
				return
			}
			if len(d.Feeds) > maxFeedLinks {
				t.Errorf("%d feeds", len(d.Feeds))
			}
			if d.Document != nil {
				checkInvariants(t, d.Document)
				if len(d.Document.Items) > DefaultMaxItems {
					t.Errorf("%d items", len(d.Document.Items))
				}
			}
		})
	}
}

// BenchmarkHeavyPages reads pages at the limit.
func BenchmarkHeavyPages(b *testing.B) {
	for name, body := range heavy(2 * MaxElements / 5) {
		b.Run(name, func(b *testing.B) {
			body := []byte(body())
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Detect(body, Options{URL: "https://www.example.de/", Now: now}); err != nil && aggregator.ClassOf(err) != aggregator.ClassTooLarge {
					b.Fatal(err)
				}
			}
		})
	}
}
