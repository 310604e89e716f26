package parse

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"laenderfeed/aggregator"
)

// shape is what a page of testdata/pages holds, written by hand beside it.
type shape struct {
	URL       string
	Selectors aggregator.Selectors // known for a page of this kind, or none
	Loose     bool                 // no selectors can express the list
	Items     []shapeItem
}

type shapeItem struct{ Title, Link, Date, Teaser string }

// shapes reads the pages of a directory with what they should give.
func shapes(t *testing.T, dir string) map[string]shape {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.want"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	all := map[string]shape{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var s shape
		if err := json.Unmarshal(raw, &s); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all[strings.TrimSuffix(file, ".want")+".html"] = s
	}
	return all
}

// included puts the parts that pages have in common into a page, where a comment
// names them as a web server's include does.
func included(t *testing.T, file string) []byte {
	t.Helper()
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`<!--#include ([a-z0-9-]+) -->`).ReplaceAllFunc(body, func(mark []byte) []byte {
		name := strings.Fields(string(mark))[1]
		part, err := os.ReadFile(filepath.Join(filepath.Dir(file), "parts", name+".html"))
		if err != nil {
			t.Fatal(err)
		}
		return part
	})
}

// compareItems reports where a document differs from what a page holds.
func compareItems(t *testing.T, doc *aggregator.Document, want []shapeItem) {
	t.Helper()
	if len(doc.Items) != len(want) {
		t.Errorf("%d items, want %d", len(doc.Items), len(want))
	}
	for i := range min(len(doc.Items), len(want)) {
		it := &doc.Items[i]
		got := shapeItem{Title: it.Title, Link: it.Link, Teaser: it.Summary}
		if !it.Published.IsZero() {
			got.Date = it.Published.In(berlin()).Format("2006-01-02")
		}
		if got != want[i] {
			t.Errorf("item %d:\n got %+v\nwant %+v", i, got, want[i])
			return
		}
	}
}

// TestPages reads every page without selectors, with those known for its kind,
// and with those that [Detect] gives for it.
func TestPages(t *testing.T) {
	for file, s := range shapes(t, "testdata/pages") {
		body := included(t, file)
		opt := Options{URL: s.URL, Now: now, Kind: aggregator.KindHTML}
		name := strings.TrimSuffix(filepath.Base(file), ".html")
		t.Run(name+"/detected", func(t *testing.T) {
			doc := mustParse(t, string(body), opt)
			checkInvariants(t, doc)
			compareItems(t, doc, s.Items)
		})
		if s.Selectors.Item != "" {
			t.Run(name+"/selected", func(t *testing.T) {
				opt := opt
				opt.Selectors = s.Selectors
				compareItems(t, mustParse(t, string(body), opt), s.Items)
			})
		}
		t.Run(name+"/proposed", func(t *testing.T) {
			d, err := Detect(body, opt)
			if err != nil || d.Document == nil {
				t.Fatal(d, err)
			}
			compareItems(t, d.Document, s.Items)
			if d.Certainty <= 0.3 || d.Certainty > 1 || d.Seen == "" {
				t.Errorf("certainty %.2f, seen %q", d.Certainty, d.Seen)
			}
			if (d.Selectors.Item == "") != s.Loose {
				t.Errorf("selectors %+v", d.Selectors)
			}
			if d.Selectors.Item == "" {
				return
			}
			opt := opt
			opt.Selectors = d.Selectors
			compareItems(t, mustParse(t, string(body), opt), s.Items)
			t.Logf("%.2f %s; %+v", d.Certainty, d.Seen, d.Selectors)
		})
	}
}
