package parse

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"laenderfeed/aggregator"
)

// skimOptions read a document the way a poll does.
func skimOptions(full bool, seen []aggregator.Digest) Options {
	return Options{URL: "https://www.example.de/feed", ContentType: "application/xml", Now: now, Full: full, Version: "1", Seen: seen}
}

// checkSkim reads first, then second both as a whole and with what was seen in
// first: those items of second that are not read must be in first just so, and
// all else must be the same. It returns how many were not read.
func checkSkim(t *testing.T, first, second []byte, full bool) int {
	t.Helper()
	before, err := Parse(first, skimOptions(full, nil))
	if err != nil {
		before = &aggregator.Document{}
	}
	later := now.Add(26 * time.Hour)
	opt := skimOptions(full, nil)
	opt.Now = later
	whole, wholeErr := Parse(second, opt)
	opt.Seen = before.Digests
	skimmed, err := Parse(second, opt)
	if (err == nil) != (wholeErr == nil) || err != nil && aggregator.ClassOf(err) != aggregator.ClassOf(wholeErr) {
		t.Fatalf("as a whole: %v; skimmed: %v", wholeErr, err)
	}
	if err != nil {
		return 0
	}
	left := skimmed.Items
	passed := 0
	for i := range whole.Items {
		it := &whole.Items[i]
		if len(left) > 0 && reflect.DeepEqual(left[0], *it) {
			left = left[1:]
			continue
		}
		passed++
		if !slices.ContainsFunc(before.Items, func(b aggregator.Item) bool { return reflect.DeepEqual(b, *it) }) {
			t.Errorf("item %q was passed over, but was not in the document before:\n%+v\n%s", it.GUID, it, second)
		}
	}
	if len(left) > 0 || passed != skimmed.Known {
		t.Errorf("%d items too many, %d passed over, %d known", len(left), passed, skimmed.Known)
	}
	if whole.Rights != skimmed.Rights {
		t.Errorf("rights %q as a whole, %q skimmed", whole.Rights, skimmed.Rights)
	}
	if !slices.Equal(whole.Repaired, skimmed.Repaired) {
		t.Errorf("repaired %v as a whole, %v skimmed", whole.Repaired, skimmed.Repaired)
	}
	byText := func(a, b aggregator.Digest) int { return int(a.Text>>1) - int(b.Text>>1) }
	a, b := slices.SortedFunc(slices.Values(whole.Digests), byText), slices.SortedFunc(slices.Values(skimmed.Digests), byText)
	if !slices.Equal(a, b) {
		t.Errorf("digests %v as a whole, %v skimmed", a, b)
	}
	whole.Items, whole.Digests, skimmed.Items, skimmed.Digests, skimmed.Known = nil, nil, nil, nil, 0
	if !reflect.DeepEqual(whole, skimmed) {
		t.Errorf("the document is %+v as a whole, %+v skimmed", whole, skimmed)
	}
	return passed
}

// TestSkim tells by example when items are passed over and when they are not.
func TestSkim(t *testing.T) {
	const a = `<item><title>Eins</title><guid>1</guid><link>/1</link><pubDate>Fri, 20 Nov 2026 10:00:00 +0100</pubDate></item>`
	const b = `<item><title>Zwei</title><guid>2</guid><link>/2</link></item>`
	const c = `<item><title>Drei</title><guid>3</guid><link>/3</link></item>`
	rss := func(items ...string) string {
		return "<rss><channel><title>P</title>" + strings.Join(items, "\n") + "</channel></rss>"
	}
	entry := func(n string) string {
		return "<entry><id>" + n + "</id><title>T" + n + "</title><link href='/" + n + "'/></entry>"
	}
	feed := func(head string, items ...string) string {
		return "<feed xmlns='http://www.w3.org/2005/Atom'>" + head + strings.Join(items, "") + "</feed>"
	}
	noGUID := func(n string) string { return "<item><title>T" + n + "</title><link>/" + n + "</link></item>" }
	for _, c := range []struct {
		name          string
		first, second string
		passed        int
	}{
		{"the same", rss(a, b), rss(a, b), 2},
		{"one new", rss(a, b), rss(c, a, b), 2},
		{"one gone", rss(a, b, c), rss(a, b), 2},
		{"another order", rss(a, b, c), rss(c, b, a), 3},
		{"changed", rss(a, b), rss(a, strings.Replace(b, "Zwei", "Zwo", 1)), 1},
		{"new with the guid of a known one", rss(a, b), rss(a, b, strings.Replace(b, "Zwei", "Zwo", 1)), 0},
		{"new with the link of a known one without guid", rss(noGUID("1"), b), rss(noGUID("1"), b, strings.Replace(noGUID("1"), "T1", "T9", 1)), 0},
		{"known twice", rss(a, b), rss(a, b, a), 0},
		{"guids repeated", rss(a, b, strings.Replace(b, "/2", "/3", 1)), rss(a, b, strings.Replace(b, "/2", "/3", 1)), 0},
		{"no guids", rss(noGUID("1"), noGUID("2")), rss(noGUID("3"), noGUID("1"), noGUID("2")), 2},
		{"all items without guid known", rss(noGUID("1"), b), rss(c, noGUID("1"), b), 2},
		{"another language", rss("<language>de</language>", a, b), rss("<language>en</language>", a, b), 0},
		{"another title of the feed", rss("<description>x</description>", a, b), rss("<description>y</description>", a, b), 2},
		{"another base", rss(a, b), strings.Replace(rss(a, b), "<rss>", "<rss xml:base='https://neu.example/'>", 1), 0},
		{"another namespace", rss(a, b), strings.Replace(rss(a, b), "<rss>", "<rss xmlns:x='https://neu.example/'>", 1), 0},
		{"today", rss(strings.Replace(a, "Fri, 20 Nov 2026 10:00:00 +0100", "heute", 1), b), rss(strings.Replace(a, "Fri, 20 Nov 2026 10:00:00 +0100", "heute", 1), b), 1},
		{"no year", rss(strings.Replace(a, "Fri, 20 Nov 2026 10:00:00 +0100", "20. November, 10 Uhr", 1), b),
			rss(strings.Replace(a, "Fri, 20 Nov 2026 10:00:00 +0100", "20. November, 10 Uhr", 1), b), 1},
		{"the future", rss(strings.Replace(a, "2026", "2031", 1), b), rss(strings.Replace(a, "2026", "2031", 1), b), 1},
		{"a mended title", rss("<item><description>Text</description><guid>4</guid></item>", b), rss("<item><description>Text</description><guid>4</guid></item>", b), 1},
		{"an empty item", rss("<item></item>", a, b), rss("<item></item>", a, b), 2},
		{"a bare ampersand", rss(strings.Replace(a, "Eins", "A & B", 1), b), rss(strings.Replace(a, "Eins", "A & B", 1), b), 2},
		{"cut off", rss(a, b), rss(a, b)[:len(rss(a, b))-30], 1},
		{"two channels", rss(a) + rss(b), "<rss><channel>" + a + "</channel><channel xml:lang='en'>" + b + "</channel></rss>", 0},
		{"atom", feed("", entry("1"), entry("2")), feed("", entry("3"), entry("1"), entry("2")), 2},
		{"atom, another author", feed("<author><name>A</name></author>", entry("1")), feed("<author><name>B</name></author>", entry("1")), 0},
		{"atom, another update", feed("<updated>2026-11-01T00:00:00Z</updated>", entry("1")), feed("<updated>2026-11-02T00:00:00Z</updated>", entry("1")), 1},
		{"json", `{"version":"https://jsonfeed.org/version/1","items":[{"id":"1","title":"T"}]}`, `{"version":"https://jsonfeed.org/version/1","items":[{"id":"1","title":"T"}]}`, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := checkSkim(t, []byte(c.first), []byte(c.second), true); got != c.passed {
				t.Errorf("%d items passed over, want %d", got, c.passed)
			}
		})
	}
}

// TestSkimHeeds: another way to read means to read everything.
func TestSkimHeeds(t *testing.T) {
	body := sample(5, 3)
	first, err := Parse(body, skimOptions(false, nil))
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Options){
		"full":       func(o *Options) { o.Full = true },
		"version":    func(o *Options) { o.Version = "2" },
		"no version": func(o *Options) { o.Version = "" },
		"zone":       func(o *Options) { o.Zone = time.UTC },
		"base":       func(o *Options) { o.URL = "https://neu.example/feed" },
		"none":       func(*Options) {},
	} {
		opt := skimOptions(false, first.Digests)
		change(&opt)
		doc, err := Parse(body, opt)
		if err != nil {
			t.Fatal(err)
		}
		want := 0
		if name == "none" {
			want = 5
		}
		if doc.Known != want || len(doc.Items) != 5-want {
			t.Errorf("%s: %d known, %d read", name, doc.Known, len(doc.Items))
		}
	}
}

// mutate changes a document at random, by what publishers and accidents do.
func mutate(r *rand.Rand, body []byte) []byte {
	body = bytes.Clone(body)
	for range 1 + r.IntN(3) {
		if len(body) < 20 {
			return body
		}
		i := r.IntN(len(body))
		j := min(len(body), i+1+r.IntN(60))
		switch r.IntN(6) {
		case 0: // another letter
			body[i] = "ax<&1/ \""[r.IntN(8)]
		case 1: // something gone
			body = slices.Delete(body, i, j)
		case 2: // something twice
			body = slices.Insert(body, j, bytes.Clone(body[i:j])...)
		case 3: // an item twice, elsewhere or changed
			if start, end := itemAt(body, i); end > 0 {
				again := bytes.Replace(body[start:end], []byte("e"), []byte("f"), r.IntN(3))
				body = slices.Insert(body, start, bytes.Clone(again)...)
			}
		case 4: // an item gone
			if start, end := itemAt(body, i); end > 0 {
				body = slices.Delete(body, start, end)
			}
		case 5: // a new one
			if start, end := itemAt(body, i); end > 0 {
				body = slices.Insert(body, start, []byte("<item><title>Neu</title><guid>neu</guid></item>")...)
			}
		}
	}
	return body
}

// itemAt finds an item at or behind a position.
func itemAt(body []byte, from int) (start, end int) {
	for _, name := range []string{"item", "entry"} {
		i := bytes.Index(body[from:], []byte("<"+name))
		if i < 0 {
			continue
		}
		if j := bytes.Index(body[from+i:], []byte("</"+name+">")); j >= 0 {
			return from + i, from + i + j + len(name) + 3
		}
	}
	return 0, 0
}

// TestSkimReadsTheSame takes every document of the test data through a row of
// changes.
func TestSkimReadsTheSame(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.xml")
	if err != nil || len(files) == 0 {
		t.Fatal(len(files), err)
	}
	r := rand.New(rand.NewPCG(7, 11))
	passed := 0
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, doc := range [][]byte{body, sample(4, 1)} {
			last := doc
			for n := range 18 {
				if n%6 == 0 {
					last = doc
				}
				next := mutate(r, last)
				passed += checkSkim(t, last, next, r.IntN(2) == 0)
				last = next
				if t.Failed() {
					t.Fatalf("%s", file)
				}
			}
		}
	}
	if passed < 300 {
		t.Errorf("only %d items were passed over: this tests nothing", passed)
	}
}

// TestSkimIsLinear: no document makes passOver look at it more than twice, not
// even one whose items seem to end behind all of them.
func TestSkimIsLinear(t *testing.T) {
	first, err := Parse(sample(20, 12), skimOptions(false, nil))
	if err != nil {
		t.Fatal(err)
	}
	var items strings.Builder
	for n := range 1500 {
		fmt.Fprintf(&items, "<item><title>Meldung %d</title></ITEM>", n)
	}
	for _, end := range []string{"<item><title>Die letzte</title></item>", ""} {
		r := newReader(skimOptions(false, first.Digests))
		body := "<rss><channel>" + items.String() + end + "</channel></rss>"
		if doc, err := r.feed([]byte(body)); err != nil || len(doc.Items) < 1500 {
			t.Fatalf("%+v, %v", doc, err)
		}
		if r.skim.vain == 0 || r.skim.vain > 2*len(body) {
			t.Errorf("%d bytes looked at of %d", r.skim.vain, len(body))
		}
	}
}

// FuzzSkim: whatever a document was and is, skimming changes nothing in what is
// read.
func FuzzSkim(f *testing.F) {
	seedCases(f, ".xml")
	f.Fuzz(func(t *testing.T, body []byte) {
		r := rand.New(rand.NewPCG(uint64(len(body)), 1))
		checkSkim(t, body, body, true)
		checkSkim(t, body, mutate(r, body), false)
	})
}

// BenchmarkSkim reads a feed of 20 items of which one is new.
func BenchmarkSkim(b *testing.B) {
	first, err := Parse(sample(20, 12), skimOptions(false, nil))
	if err != nil {
		b.Fatal(err)
	}
	body := bytes.Replace(sample(20, 12), []byte("Meldung 3:"), []byte("Meldung drei:"), 1)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		doc, err := Parse(body, skimOptions(false, first.Digests))
		if err != nil || doc.Known != 19 {
			b.Fatal(err, doc)
		}
	}
}
