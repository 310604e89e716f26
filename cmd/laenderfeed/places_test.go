package main

import (
	"net/http"
	"strings"
	"testing"
)

// TestDemoServesPlaces follows the places of the newest items to their pages and
// feeds, and finds them by name.
func TestDemoServesPlaces(t *testing.T) {
	p := startProcess(t, "demo", "--listen", "127.0.0.1:0")
	eventually(t, "120 items served", func() bool { return p.count() >= 120 })
	_, page := p.get("/alle", http.StatusOK)
	pages := links(string(page), "/ort/", "")
	if len(pages) < 5 {
		t.Fatalf("only %d places on the page", len(pages))
	}
	for _, path := range pages {
		key := strings.FieldsFunc(path, func(r rune) bool { return r == '/' || r == '-' })[1]
		if strings.HasPrefix(path, "/ort/"+key+"-0") || strings.HasPrefix(path, "/ort/"+key+"-1") { // a Bezirk
			key = path[len("/ort/"):][:len("11000000-01")]
		}
		if _, body := p.get(path, http.StatusOK); !strings.Contains(string(body), `href="/ort/`+key+`/feed.atom"`) {
			t.Errorf("%s does not lead to the feed of %s", path, key)
		}
		inner := p.atom("/ort/" + key + "/feed.atom")
		if len(inner) == 0 {
			t.Errorf("nothing about %s", path)
		}
		if len(key) != 8 {
			continue
		}
		outer := p.atom("/ort/" + key[:5] + "/feed.atom")
		if len(outer) < len(inner) {
			t.Errorf("the Kreis of %s has %d items, the Gemeinde %d", path, len(outer), len(inner))
		}
	}
	for name, want := range map[string]string{"Muenchen": "/ort/09162000-muenchen", "landkreis+bautzen": "/ort/14625-landkreis-bautzen", "05566": "/ort/05566-kreis-steinfurt"} {
		_, body := p.get("/ort?name="+name, http.StatusOK)
		if found := links(string(body), "/ort/", ""); len(found) == 0 || found[0] != want {
			t.Errorf("%s finds %v, want %s first", name, found, want)
		}
	}
	if _, body := p.get("/ort/bautzen/feed.rss", http.StatusNotFound); !strings.Contains(string(body), "/ort/14625020/feed.rss") {
		t.Errorf("a name instead of a key: %s", body)
	}
	p.terminate()
}
