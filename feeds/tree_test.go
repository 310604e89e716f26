package feeds

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// TestPathsAreAnswered renders what is listed: it is canonical, there, and the
// same as the answer to a request.
func TestPathsAreAnswered(t *testing.T) {
	m := newMemory(corpus()...)
	h := newHandler(t, m, func(c *Config) { c.Archive, c.Places = m, gazetteer })
	paths, err := h.Paths(t.Context(), Tree{Places: []string{"14612000", "99999999", "sachsen"}})
	if err != nil {
		t.Fatal(err)
	}
	if sorted := slices.Compact(slices.Sorted(slices.Values(paths))); len(sorted) != len(paths) {
		t.Errorf("%d of %d paths are listed twice", len(paths)-len(sorted), len(paths))
	}
	for _, path := range paths {
		if !IsFeed(path) {
			if q, f, err := h.words.Parse(path); err != nil || h.words.Path(q, f) != path {
				t.Errorf("%s is not the path of a page: %v", path, err)
			}
			continue
		}
		doc, err := h.RenderPath(t.Context(), path)
		if w := get(h, path); err != nil || w.Code != 200 || w.Body.String() != string(doc.Body) {
			t.Errorf("%s: %v, %d", path, err, w.Code)
		}
	}
	for _, path := range []string{"/alle", "/alle/feed.atom", "/feeds.opml", "/thueringen/feeds.opml", "/saarland/kfz", "/saarland/kfz/feed.json",
		"/unklar/fristen.ics", "/quellen/senat-bremen", "/quellen/senat-bremen/feed.rss", "/ort/14612000/feed.atom", "/ort/14612000-dresden",
		"/alle/archiv/2026/10/feed.atom", "/bund/archiv/2026/10/feed.json"} {
		if !slices.Contains(paths, path) {
			t.Errorf("%s is not listed", path)
		}
	}
	for _, path := range paths {
		if strings.Contains(path, "99999999") || strings.Contains(path, "/archiv/") && (strings.Contains(path, "quellen") || strings.Contains(path, "/ki/")) {
			t.Errorf("%s is listed", path)
		}
	}
}

func TestArchivePathsHaveAllParts(t *testing.T) {
	m := newMemory(years()...)
	h := withArchive(t, m)
	paths, err := h.Paths(t.Context(), Tree{})
	if err != nil {
		t.Fatal(err)
	}
	all, err := h.Paths(t.Context(), Tree{Archives: true})
	if err != nil || len(all) <= len(paths) {
		t.Errorf("%d paths with all archives, %d without: %v", len(all), len(paths), err)
	}
	for _, path := range []string{"/sachsen/archiv/2026/08/feed.atom", "/sachsen/archiv/2026/08/teil-1/feed.rss", "/bayern/archiv/2026/09/feed.json"} {
		if !slices.Contains(paths, path) {
			t.Errorf("%s is not listed", path)
		}
	}
	for _, path := range []string{"/sachsen/archiv/2026/08/teil-2/feed.rss", "/bayern/archiv/2026/08/teil-1/feed.atom", "/sachsen/archiv/2026/06/feed.atom", "/sachsen/archiv/2026/11/feed.atom"} {
		if slices.Contains(all, path) {
			t.Errorf("%s is listed", path)
		}
	}
	for _, path := range []string{"/sachsen/ki/archiv/2026/08/teil-1/feed.atom", "/quellen/senat-bremen/archiv/2026/07/feed.rss"} {
		if slices.Contains(paths, path) || !slices.Contains(all, path) {
			t.Errorf("%s belongs to all archives only", path)
		}
	}
}

func TestPathsOfABrokenStore(t *testing.T) {
	m := newMemory()
	m.err = errors.New("disk full")
	for _, h := range []*Handler{newHandler(t, m), withArchive(t, m)} {
		if _, err := h.Paths(t.Context(), Tree{}); !errors.Is(err, m.err) {
			t.Errorf("%v", err)
		}
	}
}

func TestRenderPathRefuses(t *testing.T) {
	h := newHandler(t, newMemory(corpus()...))
	for _, path := range []string{"", "/", "/sachsen", "/SN/feed.atom", "/feed.atom", "/quellen/nichts/feed.atom", "/sachsen/feed.xml", "/thueringen+sachsen/feed.atom",
		"/sachsen/archiv/2026/10/feed.atom"} {
		var missing *NotFound
		if _, err := h.RenderPath(t.Context(), path); !errors.As(err, &missing) {
			t.Errorf("%q: %v", path, err)
		}
	}
	if doc, err := h.RenderPath(t.Context(), "/sachsen+thueringen/feed.atom"); err != nil || doc.Modified.IsZero() {
		t.Errorf("a union: %v, %v", err, doc.Modified)
	}
}
