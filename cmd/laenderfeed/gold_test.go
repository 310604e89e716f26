package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"laenderfeed/aggregator"
)

// goldItem is a line of the labelled items that lie beside the project.
type goldItem struct {
	ID, Title, Summary, Published, Scope string
	States                               []string
	Contested                            bool
}

func readGold(t *testing.T) []goldItem {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "gold", "seeds.jsonl")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Skipf("the labelled items are not beside the project: %v", err)
	}
	var items []goldItem
	for line := range bytes.Lines(data) {
		var it goldItem
		if err := json.Unmarshal(line, &it); err != nil {
			t.Fatal(err)
		}
		items = append(items, it)
	}
	return items
}

func (it goldItem) day(layout string) string {
	d, err := time.Parse(time.DateOnly, it.Published)
	if err != nil {
		return ""
	}
	return d.Format(layout)
}

// regions returns where the item belongs.
func (it goldItem) regions() []aggregator.Region {
	switch it.Scope {
	case "land":
		var rs []aggregator.Region
		for _, code := range it.States {
			r, _ := aggregator.ParseRegion(code)
			rs = append(rs, r)
		}
		return rs
	case "eu", "ausland":
		return []aggregator.Region{aggregator.International}
	default:
		return []aggregator.Region{aggregator.Region(it.Scope)}
	}
}

// goldSite serves the labelled items as a feed and as both layouts of a
// magazine's list page, with validators, and counts what it is asked.
type goldSite struct {
	mu    sync.Mutex
	pages map[string][]byte
	asked map[string][]int // path -> statuses answered
}

func newGoldSite(items []goldItem) *goldSite {
	var feed, list, old strings.Builder
	feed.WriteString(`<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Gold</title><link>http://example.org/</link><description>x</description>`)
	list.WriteString(`<!DOCTYPE html><html lang="de"><body><p>Mittwoch, 24. Dezember 2025</p><nav><a href="/k21-themen/">Themen</a></nav>`)
	old.WriteString(`<html><body><div class="nav"><a href="/">Start</a></div>`)
	for _, it := range items {
		var title, summary strings.Builder
		xml.EscapeText(&title, []byte(it.Title))
		xml.EscapeText(&summary, []byte(it.Summary))
		fmt.Fprintf(&feed, "<item><title>%s</title><link>http://example.org/%s</link><guid isPermaLink=\"false\">%s</guid><pubDate>%s</pubDate><description>%s</description></item>",
			title.String(), it.ID, it.ID, it.day(time.RFC1123Z), summary.String())
		kicker, headline, _ := strings.Cut(it.Title, ": ")
		fmt.Fprintf(&list, `<article class="post"><img alt="Symbolbild"><span class="kicker">%s</span><h3><a href="/k21-meldungen/%s/">%s</a></h3><p class="teaser">[%s] %s <a href="/k21-meldungen/%s/">mehr...</a></p></article>`,
			html.EscapeString(kicker), it.ID, html.EscapeString(headline), it.day("02.01.2006"), html.EscapeString(it.Summary), it.ID)
		fmt.Fprintf(&old, `<div class="meldung"><a class="kopf" href="/meldung_%s_%s.html">%s</a><div>[%s] %s mehr...</div></div>`,
			it.ID, "Titel+mit+Plus", html.EscapeString(it.Title), it.day("2.1.2006"), html.EscapeString(it.Summary))
	}
	feed.WriteString("</channel></rss>")
	list.WriteString("</body></html>")
	old.WriteString("<p>Stichwörter: Politik, Breitband, KI, Sachsen</p></body></html>")
	return &goldSite{asked: map[string][]int{}, pages: map[string][]byte{
		"/feed": []byte(feed.String()), "/neu": []byte(list.String()), "/alt": []byte(old.String())}}
}

func (s *goldSite) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	page, status := s.pages[r.URL.Path], http.StatusOK
	etag := fmt.Sprintf(`"%x"`, sha256.Sum256(page))
	switch {
	case page == nil:
		status = http.StatusNotFound
	case r.Header.Get("If-None-Match") == etag:
		status = http.StatusNotModified
	}
	s.asked[r.URL.Path] = append(s.asked[r.URL.Path], status)
	w.Header().Set("ETag", etag)
	if r.URL.Path == "/feed" {
		w.Header().Set("Content-Type", "application/rss+xml")
	} else {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
	}
	w.WriteHeader(status)
	if status == http.StatusOK {
		w.Write(page)
	}
}

// newGoldServer serves the site until the test ends and returns its URL.
func newGoldServer(t *testing.T, items []goldItem) string {
	server := httptest.NewServer(newGoldSite(items))
	t.Cleanup(server.Close)
	return server.URL
}

// goldConfig writes a configuration that polls the site.
func goldConfig(t *testing.T, site string) string {
	t.Helper()
	host := strings.TrimPrefix(site, "http://")
	dir := t.TempDir()
	return writeFile(t, filepath.Join(dir, "config.toml"), fmt.Sprintf(`
[server]
listen = "127.0.0.1:0"
[storage]
path = %q
[fetch]
interval = "1h"
min_interval = "1s"
per_host_delay = "0s"
allow_private = [%q]
[catalogue]
enable = []
[publish]
items = 500
[[source]]
id = "gold"
name = "Gold"
url = "%[3]s/feed"
type = "presse"
[[source]]
id = "neu"
name = "Neues Layout"
url = "%[3]s/neu"
kind = "html"
type = "presse"
item = "article.post"
title = ".kicker, h3"
link = "h3 a"
summary = ".teaser"
[[source]]
id = "alt"
name = "Altes Layout"
url = "%[3]s/alt"
kind = "html"
type = "presse"
item = ".meldung"
title = "a.kopf"
link = "a.kopf"
summary = "div"
`, filepath.Join(dir, "laenderfeed.db"), host, site))
}

// maxGoldDifferences is how many labelled items may end up in other feeds than
// their labels say.
const maxGoldDifferences = 2

func TestGoldItemsReachTheirFeeds(t *testing.T) {
	items := readGold(t)
	site := newGoldSite(items)
	server := httptest.NewServer(site)
	defer server.Close()
	config := goldConfig(t, server.URL)

	first := pollOnce(t, config, "--all")
	if first.Failed > 0 || first.New != 3*len(items) {
		t.Fatalf("first poll: %+v, want %d new items", first, 3*len(items))
	}
	p := startProcess(t, "run", "--config", config)
	ids := compareGold(t, p, items)
	stdout, stderr, code := command(t, "", "explain", "--config", config, ids["http://example.org/"+items[0].ID])
	if code != 0 || !strings.Contains(stdout, items[0].Title) || !strings.Contains(stdout, items[0].States[0]) {
		t.Errorf("explain: exit %d\n%s%s", code, stdout, stderr)
	}
	p.terminate()

	second := pollOnce(t, config, "--all")
	if second.New != 0 || second.Updated != 0 || second.NotModified != 3 {
		t.Errorf("second poll: %+v, want nothing new", second)
	}
	for path, statuses := range site.asked {
		if !slices.Equal(statuses, []int{200, 304}) {
			t.Errorf("%s answered %v, want 200 and then 304", path, statuses)
		}
	}
	p = startProcess(t, "run", "--config", config)
	if again := compareGold(t, p, items); !maps.Equal(again, ids) {
		t.Error("ids changed between two runs")
	}
	p.terminate()
}

// compareGold checks that every labelled item is where its labels say, prints
// the differences, and returns the published ids by link and source.
func compareGold(t *testing.T, p *process, items []goldItem) map[string]string {
	t.Helper()
	got := map[string][]aggregator.Region{} // link -> feeds that hold it
	ids := map[string]string{}
	for _, r := range aggregator.Regions() {
		for _, e := range p.atom("/" + string(r) + "/feed.atom") {
			got[e.link()] = append(got[e.link()], r)
			if old, ok := ids[e.link()]; ok && old != e.ID {
				t.Errorf("%s has two ids", e.link())
			}
			ids[e.link()] = e.ID
		}
	}
	differences := 0
	for _, it := range items {
		want := it.regions()
		for _, link := range []string{"http://example.org/" + it.ID} {
			have := got[link]
			if it.Contested || slices.Equal(slices.Sorted(slices.Values(have)), slices.Sorted(slices.Values(want))) {
				continue
			}
			differences++
			t.Logf("%s %q is in %v, wanted in %v", it.ID, it.Title, have, want)
		}
	}
	if differences > maxGoldDifferences {
		t.Errorf("%d labelled items are in the wrong feeds", differences)
	}
	for _, source := range []string{"neu", "alt"} {
		n := 0
		for _, e := range p.atom("/quellen/" + source + "/feed.atom") {
			if e.Title == items[0].Title && strings.Contains(e.link(), items[0].ID) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%s: %q appears %d times", source, items[0].Title, n)
		}
	}
	return ids
}
