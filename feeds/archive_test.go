package feeds

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"laenderfeed/aggregator"
)

// years are entries of four months, more than a part of them in the second, none
// in the third.
func years() []aggregator.Entry {
	var es []aggregator.Entry
	add := func(month, n int) {
		for i := range n {
			es = append(es, entry(dresden, 0, fmt.Sprintf("Meldung %d im Monat %d", i, month), func(e *aggregator.Entry) {
				e.Seen = time.Date(2026, time.Month(month), 3, 0, 0, i, 0, time.UTC)
				e.Published, e.Updated = e.Seen.Add(-time.Hour), e.Seen
			}))
		}
	}
	add(7, 3)
	add(8, aggregator.ArrivalsPart+5)
	add(10, 60)
	return es
}

func withArchive(t testing.TB, m *memory) *Handler {
	return newHandler(t, m, func(c *Config) { c.Archive = m })
}

// link is the target of a relation of an Atom document, without the host.
func (a *readAtom) link(rel string) string {
	for _, l := range a.Links {
		if l.Rel == rel {
			return strings.TrimPrefix(l.Href, publicURL)
		}
	}
	return ""
}

func readAtomAt(t *testing.T, h *Handler, path string) (doc readAtom, body string) {
	t.Helper()
	w := do(h, "GET", path)
	if w.Code != 200 {
		t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	if err := xml.Unmarshal(w.Body.Bytes(), &doc); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return doc, w.Body.String()
}

// TestArchiveHoldsEverything does what RFC 5005 has a reader do: follow
// prev-archive from the feed to the end.
func TestArchiveHoldsEverything(t *testing.T) {
	m := newMemory(years()...)
	h := withArchive(t, m)
	feed, body := readAtomAt(t, h, "/sachsen/feed.atom")
	if strings.Contains(body, "fh:archive") || feed.link("current") != "" || feed.link("next-archive") != "" {
		t.Error("the feed itself is marked as an archive page")
	}
	seen := map[string]bool{}
	var paths []string
	for path := feed.link("prev-archive"); path != ""; {
		doc, body := readAtomAt(t, h, path)
		// The newest month is not over yet.
		closed := path != "/sachsen/archiv/2026/10/feed.atom"
		if strings.Contains(body, `<fh:archive xmlns:fh="http://purl.org/syndication/history/1.0">`) != closed || doc.ID != feed.ID ||
			doc.link("current") != "/sachsen/feed.atom" || doc.link("self") != path || doc.link("alternate") != "/sachsen" {
			t.Errorf("%s: id %s, links %v", path, doc.ID, doc.Links)
		}
		for _, e := range doc.Entries {
			if seen[e.ID] {
				t.Errorf("%s: %s is there twice", path, e.ID)
			}
			seen[e.ID] = true
		}
		paths, path = append(paths, path), doc.link("prev-archive")
	}
	want := []string{
		"/sachsen/archiv/2026/10/feed.atom", "/sachsen/archiv/2026/09/feed.atom", "/sachsen/archiv/2026/08/feed.atom",
		"/sachsen/archiv/2026/08/teil-1/feed.atom", "/sachsen/archiv/2026/07/feed.atom",
	}
	if !slices.Equal(paths, want) || len(seen) != len(years()) {
		t.Errorf("%d of %d entries in %q", len(seen), len(years()), paths)
	}
	for i := range 2 { // and back, but for the parts of a month
		doc, _ := readAtomAt(t, h, want[2-i])
		if got := doc.link("next-archive"); got != want[1-i] {
			t.Errorf("after %s comes %s", want[2-i], got)
		}
	}
	if doc, _ := readAtomAt(t, h, want[3]); doc.link("next-archive") != want[2] || len(doc.Entries) != aggregator.ArrivalsPart {
		t.Errorf("after part 1 of %d comes %s", len(doc.Entries), doc.link("next-archive"))
	}
	if doc, _ := readAtomAt(t, h, want[0]); doc.link("next-archive") != "" || len(doc.Entries) != 60 {
		t.Errorf("after the newest month, of %d entries, comes %q", len(doc.Entries), doc.link("next-archive"))
	}
}

// TestArchiveStays: what comes in later, whenever it was published, changes no
// page of a month that was over, but for the one that learns what follows it.
func TestArchiveStays(t *testing.T) {
	m := newMemory(years()...)
	h := withArchive(t, m)
	over := []string{"/sachsen/archiv/2026/09/feed.rss", "/sachsen/archiv/2026/08/feed.atom", "/sachsen/archiv/2026/08/teil-1/feed.atom", "/sachsen/archiv/2026/07/feed.json"}
	before := map[string]string{}
	for _, path := range over {
		before[path] = do(h, "GET", path).Header().Get("Etag")
	}
	m.entries = append(m.entries, entry(bremen, 0, "Nachzügler", func(e *aggregator.Entry) {
		e.Published = time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC)
		e.Seen = time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	}))
	m.generation.Add(1)
	for _, path := range over {
		if tag := do(h, "GET", path).Header().Get("Etag"); tag != before[path] || tag == "" {
			t.Errorf("%s has changed: %s, %s", path, before[path], tag)
		}
	}
	if doc, _ := readAtomAt(t, h, "/sachsen/feed.atom"); doc.link("prev-archive") != "/sachsen/archiv/2026/11/feed.atom" {
		t.Errorf("the newest month is %s", doc.link("prev-archive"))
	}
}

func TestArchiveInOtherFormats(t *testing.T) {
	h := withArchive(t, newMemory(years()...))
	var rss readRSS
	body := do(h, "GET", "/alle/archiv/2026/09/feed.rss").Body.Bytes()
	if err := xml.Unmarshal(body, &rss); err != nil || len(rss.Channel.Items) != 0 || !strings.Contains(string(body), "<fh:archive ") {
		t.Errorf("%v\n%s", err, body)
	}
	var rels []string
	for _, l := range rss.Channel.AtomLink {
		rels = append(rels, l.Rel+" "+strings.TrimPrefix(l.Href, publicURL))
	}
	for _, want := range []string{"self /alle/archiv/2026/09/feed.rss", "current /alle/feed.rss",
		"prev-archive /alle/archiv/2026/08/feed.rss", "next-archive /alle/archiv/2026/10/feed.rss"} {
		if !slices.Contains(rels, want) {
			t.Errorf("%q lacks %q", rels, want)
		}
	}
	var doc struct {
		Next  string `json:"next_url"`
		Items []any  `json:"items"`
	}
	if err := json.Unmarshal(do(h, "GET", "/alle/feed.json").Body.Bytes(), &doc); err != nil || doc.Next != publicURL+"/alle/archiv/2026/10/feed.json" {
		t.Errorf("%v: next_url %s", err, doc.Next)
	}
	golden(t, "archiv.atom", do(h, "GET", "/sachsen/ki/archiv/2026/07/feed.atom").Body.Bytes())
	golden(t, "archiv.rss", do(h, "GET", "/sachsen/ki/archiv/2026/07/feed.rss").Body.Bytes())
	golden(t, "archiv.json", do(h, "GET", "/sachsen/ki/archiv/2026/07/feed.json").Body.Bytes())
}

func TestArchivePaths(t *testing.T) {
	m := newMemory(years()...)
	h := newHandler(t, m, func(c *Config) { c.Archive, c.Places = m, gazetteer })
	for in, want := range map[string]string{
		"/SN/Archiv/2026/7/feed.atom":                    "/sachsen/archiv/2026/07/feed.atom",
		"/archiv/2026/07/feed.atom":                      "/alle/archiv/2026/07/feed.atom",
		"/sn/ki/archiv/2026/08/TEIL-01/feed.json":        "/sachsen/ki/archiv/2026/08/teil-1/feed.json",
		"/ort/14612000-dresden/archiv/2026/08/feed.atom": "/ort/14612000/archiv/2026/08/feed.atom",
	} {
		if w := do(h, "GET", in); w.Code != 308 || w.Header().Get("Location") != want {
			t.Errorf("%s: %d %s", in, w.Code, w.Header().Get("Location"))
		}
	}
	for _, bad := range []string{
		"/sachsen/archiv/feed.atom", "/sachsen/archiv/2026/feed.atom", "/sachsen/archiv/2026/13/feed.atom", "/sachsen/archiv/2026/0/feed.atom",
		"/sachsen/archiv/2026/06/feed.atom", "/sachsen/archiv/2026/11/feed.atom", "/sachsen/archiv/99999/01/feed.atom", "/sachsen/archiv/-1/01/feed.atom",
		"/sachsen/archiv/2026/08/teil-0/feed.atom", "/sachsen/archiv/2026/08/teil-2/feed.atom", "/sachsen/archiv/2026/08/teil--1/feed.atom",
		"/sachsen/archiv/2026/08/teil-99999999999999999999/feed.atom", "/sachsen/archiv/2026/08/1/feed.atom", "/sachsen/archiv/2026/08/teil-1/x/feed.atom",
		"/sachsen/archiv/2026/08/fristen.ics", "/sachsen/archiv/2026/08/feeds.opml", "/nirgends/archiv/2026/08/feed.atom", "/sachsen/archiv/2026/08",
	} {
		if w := do(h, "GET", bad); w.Code != 404 {
			t.Errorf("%s: %d", bad, w.Code)
		}
	}
	if w := do(h, "GET", "/sachsen/archiv/2027/01/feed.atom"); !strings.Contains(w.Body.String(), "/sachsen/archiv/2026/10/feed.atom") {
		t.Errorf("no way out: %s", w.Body)
	}
	for _, none := range []*Handler{newHandler(t, newMemory()), withArchive(t, newMemory())} {
		if w := do(none, "GET", "/sachsen/archiv/2026/08/feed.atom"); w.Code != 404 {
			t.Errorf("an archive without items: %d", w.Code)
		}
		if doc, _ := readAtomAt(t, none, "/sachsen/feed.atom"); doc.link("prev-archive") != "" {
			t.Errorf("a feed without items has a past: %v", doc.Links)
		}
	}
}
