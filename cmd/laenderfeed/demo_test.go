package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"laenderfeed/aggregator"
)

func TestDemoServesEveryLandAndGrows(t *testing.T) {
	p := startProcess(t, "demo", "--listen", "127.0.0.1:0")
	eventually(t, "120 items served", func() bool { return p.count() >= 120 })
	for _, r := range append(aggregator.Laender(), aggregator.Bund, aggregator.International) {
		for _, format := range []string{"atom", "rss", "json"} {
			if _, body := p.get("/"+string(r)+"/feed."+format, http.StatusOK); len(body) < 500 {
				t.Errorf("/%s/feed.%s: %d bytes", r, format, len(body))
			}
		}
		if len(p.atom("/"+string(r)+"/feed.atom")) == 0 {
			t.Errorf("nothing about %s", r)
		}
	}
	eventually(t, "304 to the validator of the answer before", func() bool { // in between, a new item may come in
		resp, _ := p.get("/alle/feed.atom", http.StatusOK)
		return p.status("/alle/feed.atom", "If-None-Match", resp.Header.Get("ETag")) == http.StatusNotModified
	})
	_, page := p.get("/", http.StatusOK)
	for _, want := range []string{"Thüringen", "/thueringen/feed.atom", `rel="alternate"`, "HTTP 500"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	before := p.count()
	eventually(t, "a new item", func() bool { return p.count() > before })
	p.terminate()
}

// count is how many items all sources together have, up to the size of a feed
// each.
func (p *process) count() int {
	p.t.Helper()
	_, body := p.get("/quellen", http.StatusOK)
	n := 0
	for _, link := range links(string(body), "/quellen/", "/feed.json") {
		_, body := p.get(link, http.StatusOK)
		var feed struct{ Items []json.RawMessage }
		if err := json.Unmarshal(body, &feed); err != nil {
			p.t.Fatalf("%s: %v", link, err)
		}
		n += len(feed.Items)
	}
	return n
}

// links returns the distinct paths in a page that start and end so.
func links(page, prefix, suffix string) []string {
	seen := map[string]bool{}
	var found []string
	for _, part := range strings.Split(page, `href="`)[1:] {
		href, _, _ := strings.Cut(part, `"`)
		if i := strings.Index(href, prefix); i >= 0 && strings.HasSuffix(href, suffix) && !seen[href[i:]] {
			seen[href[i:]] = true
			found = append(found, href[i:])
		}
	}
	return found
}
