package feeds

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"laenderfeed/aggregator"
)

// goldenCases are the documents kept in testdata.
func goldenCases() []struct {
	name    string
	query   aggregator.Query
	content string
	entries []aggregator.Entry
} {
	sachsen := aggregator.Query{Regions: []aggregator.Region{aggregator.Sachsen}}
	return []struct {
		name    string
		query   aggregator.Query
		content string
		entries []aggregator.Entry
	}{
		{"alle", aggregator.Query{}, ContentExcerpt, corpus()},
		{"voll", aggregator.Query{}, ContentFull, corpus()},
		{"titel", sachsen, ContentTitle, corpus()},
		{"leer", sachsen, ContentExcerpt, nil},
		{"quelle", aggregator.Query{Source: bremen.ID}, ContentExcerpt, corpus()},
		{"union", aggregator.Query{
			Regions: []aggregator.Region{aggregator.Sachsen, aggregator.Thueringen}, Topics: []aggregator.Topic{"ki", "portale"},
		}, ContentExcerpt, corpus()},
		{"ort", aggregator.Query{Places: []string{"14612000"}}, ContentExcerpt, corpus()},
		{"kreis", aggregator.Query{Places: []string{"14625"}}, ContentExcerpt, nil},
	}
}

// goldenSearch is the search of the golden files suche.*.
const goldenSearch = `q="verwaltung wird" -rathaus&land=sn+hb&seit=2026-10-20`

func TestGolden(t *testing.T) {
	for _, c := range goldenCases() {
		for _, f := range Formats() {
			t.Run(c.name+"."+string(f), func(t *testing.T) {
				h := newHandler(t, newMemory(c.entries...), func(cfg *Config) { cfg.Content, cfg.Places = c.content, gazetteer })
				d, err := h.Render(context.Background(), c.query, f)
				if err != nil {
					t.Fatal(err)
				}
				golden(t, c.name+"."+string(f), d.Body)
			})
		}
	}
	search := newHandler(t, newMemory(corpus()...))
	for _, f := range Formats() {
		d, err := search.render(context.Background(), query(t, search.words, goldenSearch), f, search.words.searchNaming())
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "suche."+string(f), d.Body)
	}
	h := newHandler(t, newMemory())
	for name, q := range map[string]aggregator.Query{
		"feeds.opml": {}, "sachsen.opml": {Regions: []aggregator.Region{aggregator.Sachsen}},
	} {
		d, err := h.Render(context.Background(), q, OPML)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name, d.Body)
	}
}

// TestValidator runs the W3C feed validator on the golden files. FEEDVALIDATOR
// names its checkout, VALIDATE_FEED the program that runs it.
func TestValidator(t *testing.T) {
	script := os.Getenv("VALIDATE_FEED")
	if os.Getenv("FEEDVALIDATOR") == "" || script == "" {
		t.Skip("FEEDVALIDATOR and VALIDATE_FEED are not set")
	}
	if _, err := os.Stat(script); err != nil {
		t.Skip(err)
	}
	validate := func(t *testing.T, file, path string, f Format, ignore string) {
		out, err := exec.Command(script, "--strict", "--all", "--base", publicURL+path,
			"--ignore", ignore, "--content-type", f.contentType(), filepath.Join("testdata", file)).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", file, err, out)
		}
	}
	for _, c := range goldenCases() {
		for _, f := range Formats() {
			// What publishers write about HTML looks like HTML in an RSS title,
			// where nothing can say that it is none.
			validate(t, c.name+"."+string(f), withPlaces(t, gazetteer).Path(c.query, f), f, "ContainsHTML")
		}
	}
	v := vocabulary(t)
	for _, f := range Formats() {
		validate(t, "suche."+string(f), v.SearchPath(query(t, v, goldenSearch), f), f, "ContainsHTML")
	}
	for _, f := range Formats() {
		validate(t, "archiv."+string(f), "/sachsen/ki/archiv/2026/07/feed."+string(f), f, "")
	}
	validate(t, "feeds.opml", "/feeds.opml", OPML, "")
	validate(t, "sachsen.opml", "/sachsen/feeds.opml", OPML, "")
}
