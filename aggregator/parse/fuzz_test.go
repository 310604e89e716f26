package parse

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"laenderfeed/aggregator"
)

// seedCases adds the bodies of all cases whose name has a suffix.
func seedCases(f *testing.F, suffix string) { seedFiles(f, "testdata/cases/*"+suffix) }

func seedFiles(f *testing.F, pattern string) {
	files, err := filepath.Glob(pattern)
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		if body, err := os.ReadFile(file); err != nil {
			f.Fatal(err)
		} else if !strings.HasSuffix(file, ".want") {
			f.Add(body)
		}
	}
}

// FuzzParse: whatever comes in as a feed, what comes out can be relied on, is
// no larger than the input warrants, and is the same the second time.
func FuzzParse(f *testing.F) {
	seedCases(f, "")
	for _, tt := range rightsTests {
		f.Add([]byte("<rss" + rssModules + "><channel>" + tt.in + "<item><title>a</title>" + tt.in + "</item></channel></rss>"))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		opt := Options{URL: "https://www.example.de/feed", Now: now, Full: true, ContentType: "text/xml; charset=iso-8859-1"}
		doc, err := Parse(body, opt)
		again, errAgain := Parse(body, opt)
		if (err == nil) != (errAgain == nil) {
			t.Fatalf("first %v, then %v", err, errAgain)
		}
		if err != nil {
			if strings.Contains(err.Error(), "runtime error") {
				t.Fatal(err)
			}
			return
		}
		checkInvariants(t, doc)
		if doc.Rights != again.Rights {
			t.Errorf("rights %q, then %q", doc.Rights, again.Rights)
		}
		if size := sizeOf(doc); size > 40*len(body)+4096 {
			t.Errorf("%d bytes became %d", len(body), size)
		}
		for i := range doc.Items {
			if doc.Items[i].Fingerprint() != again.Items[i].Fingerprint() || doc.Items[i].GUID != again.Items[i].GUID {
				t.Errorf("item %d differs the second time", i)
			}
		}
	})
}

// FuzzHTML is FuzzParse for list pages, with selectors and without.
func FuzzHTML(f *testing.F) {
	seedCases(f, ".html")
	f.Fuzz(func(t *testing.T, body []byte) {
		opt := Options{URL: "https://www.example.de/liste", Now: now, Full: true, Kind: aggregator.KindHTML}
		for _, item := range []string{"", "tr, li, article, a"} {
			opt.Selectors.Item = item
			doc, err := Parse(body, opt)
			if err != nil {
				if strings.Contains(err.Error(), "runtime error") {
					t.Fatal(err)
				}
				continue
			}
			checkInvariants(t, doc)
			if size, depth := sizeOf(doc), 512; size > depth*len(body)+4096 {
				t.Errorf("%d bytes became %d", len(body), size)
			}
		}
	})
}

// FuzzPage: what a page is told to be can be relied on: its items are sound, and
// the selectors proposed for it read the same items.
func FuzzPage(f *testing.F) {
	seedCases(f, ".html")
	seedFiles(f, "testdata/pages/*.html")
	f.Fuzz(func(t *testing.T, body []byte) {
		opt := Options{URL: "https://www.example.de/liste", Now: now}
		d, err := Detect(body, opt)
		if err != nil {
			if d != nil || strings.Contains(err.Error(), "runtime error") {
				t.Fatal(d, err)
			}
			return
		}
		for _, feed := range d.Feeds {
			checkURL(t, feed.URL)
			checkText(t, feed.Title+feed.Type)
		}
		if d.Document == nil {
			if d.Selectors.Item != "" || d.Certainty != 0 {
				t.Errorf("no list, but %+v", d)
			}
			return
		}
		checkInvariants(t, d.Document)
		checkText(t, d.Seen)
		if d.Selectors.Item == "" {
			return
		}
		opt.Kind, opt.Selectors = aggregator.KindHTML, d.Selectors
		again, err := Parse(body, opt)
		if err != nil || len(again.Items) != len(d.Document.Items) {
			t.Fatalf("%+v read %+v, error %v", d.Selectors, again, err)
		}
		for i := range again.Items {
			if again.Items[i].Fingerprint() != d.Document.Items[i].Fingerprint() {
				t.Errorf("item %d differs with %+v", i, d.Selectors)
			}
		}
	})
}

// FuzzDate: a date is in UTC, within the years of feeds, and reads the same when
// written out.
func FuzzDate(f *testing.F) {
	for _, s := range []string{"Fri, 02 Jan 2026 14:30:00 +0100", "2. Jan. 2026, 14.30 Uhr", "heute", "vor 3 Stunden", "20260102T143000Z", "[8.7.24]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := Date(s, nil, now)
		if !ok {
			if !got.IsZero() {
				t.Errorf("no date, but %v", got)
			}
			return
		}
		if got.Location() != time.UTC || got.Year() < 1969 || got.Year() > 2101 {
			t.Errorf("%q is %v", s, got)
		}
		if again, ok := Date(got.Format(time.RFC3339Nano), nil, now); !ok || !again.Equal(got) {
			t.Errorf("%q is %v, then %v", s, got, again)
		}
	})
}

// FuzzScan: the scanner's output is well-formed XML, and scanning it again
// changes nothing.
func FuzzScan(f *testing.F) {
	seedCases(f, ".xml")
	f.Fuzz(func(t *testing.T, body []byte) {
		r := newReader(Options{URL: "https://www.example.de/feed"})
		text := r.decode(body)
		start, err := r.findRoot(text)
		if err != nil {
			return
		}
		s := &scanner{r: r, src: text, pos: start.pos, kind: start.kind, wrap: start.wrap, native: map[string]bool{}}
		out, err := s.scan()
		if err != nil {
			return
		}
		if err := wellFormed(string(out)); err != nil {
			t.Errorf("%v in %q", err, out)
		}
	})
}
