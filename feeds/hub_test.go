package feeds

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"laenderfeed/aggregator"
)

func TestFeedsNameTheHub(t *testing.T) {
	const hub = "https://hub.example/?a=1&b=2"
	h := newHandler(t, newMemory(corpus()...), func(c *Config) { c.Hub = hub })
	for path, want := range map[string]bool{
		"/sachsen/feed": true, "/sachsen/ki/feed": true, "/alle/feed": true, "/alle/ki/feed": true, "/quellen/medienservice-sachsen/feed": true,
		"/sachsen+thueringen/feed": false, "/sachsen/ozg+ki/feed": false,
	} {
		for _, format := range Formats() {
			w := get(h, path+"."+string(format))
			if w.Code != http.StatusOK {
				t.Fatalf("%s: %d", path, w.Code)
			}
			links := strings.Join(w.Header().Values("Link"), ", ")
			self := h.PublicURL + path + "." + string(format)
			if wantLinks := "<" + hub + `>; rel="hub", <` + self + `>; rel="self"`; want && links != wantLinks || !want && links != "" {
				t.Errorf("%s.%s: Link %q", path, format, links)
			}
			if got := slices.Contains(hubsOf(t, format, w.Body.Bytes()), hub); got != want {
				t.Errorf("%s.%s names the hub: %t, want %t\n%.800s", path, format, got, want, w.Body)
			}
		}
	}
	if w := get(newHandler(t, newMemory(corpus()...)), "/sachsen/feed.atom"); w.Header().Get("Link") != "" || strings.Contains(w.Body.String(), `"hub"`) {
		t.Error("a hub is named and there is none")
	}
}

// hubsOf reads the hubs in a feed.
func hubsOf(t *testing.T, format Format, body []byte) (hubs []string) {
	t.Helper()
	if format == JSON {
		var doc struct {
			Hubs []struct{ Type, URL string }
		}
		if err := json.Unmarshal(body, &doc); err != nil {
			t.Fatal(err)
		}
		for _, h := range doc.Hubs {
			if h.Type == "WebSub" {
				hubs = append(hubs, h.URL)
			}
		}
		return hubs
	}
	type link struct {
		Rel  string `xml:"rel,attr"`
		Href string `xml:"href,attr"`
	}
	var doc struct {
		Feed    []link `xml:"link"`
		Channel []link `xml:"channel>link"`
	}
	decodeXML(t, body, &doc)
	for _, l := range append(doc.Feed, doc.Channel...) {
		if l.Rel == "hub" {
			hubs = append(hubs, l.Href)
		}
	}
	return hubs
}

// Whatever the hub is told of names the hub, and the other way round.
func TestChangedFeedsNameTheHub(t *testing.T) {
	entries := corpus()
	h := newHandler(t, newMemory(entries...), func(c *Config) { c.Hub = "https://hub.example/" })
	var items []aggregator.Item
	for _, e := range entries {
		if e.Source == "medienservice-sachsen" {
			items = append(items, e.Item)
		}
	}
	changed := h.Changed("medienservice-sachsen", items)
	if len(changed) < 9 || len(changed)%3 != 0 || !slices.Contains(changed, h.PublicURL+"/quellen/medienservice-sachsen/feed.json") ||
		!slices.Contains(changed, h.PublicURL+"/alle/feed.rss") || !slices.Contains(changed, h.PublicURL+"/sachsen/feed.atom") {
		t.Errorf("changed: %q", changed)
	}
	seen := map[string]bool{}
	for _, u := range changed {
		if seen[u] || strings.Contains(u, "+") {
			t.Errorf("%s is told twice, or is a union", u)
		}
		seen[u] = true
		if w := get(h, strings.TrimPrefix(u, h.PublicURL)); w.Code != http.StatusOK || len(w.Header().Values("Link")) != 2 {
			t.Errorf("%s: %d, Link %q", u, w.Code, w.Header().Values("Link"))
		}
	}
	if got := h.Changed("medienservice-sachsen", nil); len(got) != 0 {
		t.Errorf("nothing has changed, and told is %q", got)
	}
}
