package site

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"laenderfeed/aggregator"
	"laenderfeed/feeds"
)

// towns are the places of a test.
type towns []aggregator.Place

func (ts towns) Place(key string) (aggregator.Place, bool) {
	for _, p := range ts {
		if p.Key == key {
			return p, true
		}
	}
	return aggregator.Place{}, false
}

func (ts towns) FindPlaces(name string, n int) (found []aggregator.Place) {
	for _, p := range ts {
		if strings.Contains(strings.ToLower(p.Name), strings.ToLower(name)) && len(found) < n {
			found = append(found, p)
		}
	}
	return found
}

func (ts towns) PlacesIn(key string) (found []aggregator.Place) {
	for _, p := range ts {
		deeper := map[int]int{2: 5, 3: 5, 5: 8, 8: 11}[len(key)]
		if strings.HasPrefix(p.Key, key) && (len(p.Key) == deeper || len(key) == 5 && len(p.Key) == 9) {
			found = append(found, p)
		}
	}
	return found
}

var gazetteer = towns{
	{Key: "14612000", Name: "Dresden", Kind: aggregator.Gemeinde},
	{Key: "14612", Name: "Dresden", Kind: aggregator.Kreis},
	{Key: "14625", Name: "Landkreis Bautzen", Kind: aggregator.Kreis},
	{Key: "14625020", Name: "Bautzen", Kind: aggregator.Gemeinde},
	{Key: "14625240", Name: "Kamenz", Kind: aggregator.Gemeinde},
	{Key: "146255001", Name: "Verwaltungsverband Am Klosterwasser", Kind: aggregator.Gemeindeverband},
	{Key: "091", Name: "Regierungsbezirk Oberbayern", Kind: aggregator.Regierungsbezirk},
	{Key: "09183", Name: "Landkreis Mühldorf a.Inn", Kind: aggregator.Kreis},
	{Key: "11000000", Name: "Berlin", Kind: aggregator.Gemeinde},
	{Key: "11000", Name: "Berlin", Kind: aggregator.Kreis},
	{Key: "11000000-01", Name: "Bezirk Mitte", Kind: aggregator.Bezirk},
}

func liesIn(keys []string, places []aggregator.Place) bool {
	return len(keys) == 0 || slices.ContainsFunc(places, func(p aggregator.Place) bool {
		return slices.ContainsFunc(keys, func(key string) bool { return strings.HasPrefix(p.Key, key) })
	})
}

// links returns the texts of the links of a page by where they lead.
func links(elements []*html.Node) map[string]string {
	found := map[string]string{}
	for _, n := range elements {
		if n.Data == "a" && n.FirstChild != nil {
			found[attr(n, "href")] = n.FirstChild.Data
		}
	}
	return found
}

func TestPlacePage(t *testing.T) {
	h := newHandler(t, fixture())
	for path, want := range map[string][]string{
		"/ort/14625-landkreis-bautzen": {"Landkreis Bautzen (Sachsen): Digitale Verwaltung", "mit allen Gemeinden", "Liegt inSachsen", "Gemeinden Bautzen Kamenz",
			"Gemeindeverbände Verwaltungsverband", "Amtlicher Schlüssel14625", "الإدارة"},
		"/ort/14612000-dresden":                {"Dresden (Sachsen)", "ArtKreisfreie Stadt", "Liegt inSachsen Art"},
		"/ort/14625020-bautzen":                {"Liegt inSachsen, Landkreis Bautzen ArtGemeinde"},
		"/ort/091-regierungsbezirk-oberbayern": {"Liegt inBayern", "Kreise und kreisfreie Städte Landkreis Mühldorf a.Inn"},
		"/ort/11000000-berlin":                 {"Stadt Berlin: Digitale Verwaltung", "Bezirke Bezirk Mitte"},
		"/ort/14625240-kamenz":                 {"Noch keine Meldungen."},
		"/ort/14612000+14625":                  {"Dresden (Sachsen); Landkreis Bautzen (Sachsen)", "الإدارة"},
	} {
		_, text := parse(t, h, path)
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: %q is missing in %s", path, w, text)
			}
		}
	}
	elements, _ := parse(t, h, "/ort/14625-landkreis-bautzen")
	for path, want := range map[string]string{
		"/sachsen": "Sachsen", "/ort/14625020-bautzen": "Bautzen", "/ort/14612000-dresden": "Dresden",
		"/ort/091-regierungsbezirk-oberbayern": "Regierungsbezirk Oberbayern", "/ort/11000000-01-bezirk-mitte": "Bezirk Mitte",
	} {
		if got := links(elements)[path]; got != want {
			t.Errorf("link to %s is %q, want %q", path, got, want)
		}
	}
	if _, shown := links(elements)["/ort/11000000-berlin"]; shown {
		t.Errorf("an item shows more than %d places", placeChips)
	}
	var alternates []string
	for _, n := range elements {
		if n.Data == "link" && attr(n, "rel") == "alternate" {
			alternates = append(alternates, attr(n, "href"))
		}
	}
	if got := strings.Join(alternates, " "); got != "/ort/14625/feed.atom /ort/14625/feed.rss /ort/14625/feed.json" {
		t.Errorf("alternates %s", got)
	}
}

func TestPlaceRedirects(t *testing.T) {
	h := newHandler(t, fixture())
	for path, want := range map[string]string{
		"/ort/14612000":             "/ort/14612000-dresden",
		"/ort/14612000/":            "/ort/14612000-dresden",
		"/Ort/14612000-leipzig":     "/ort/14612000-dresden",
		"/ort/14612000-Dresden":     "/ort/14612000-dresden",
		"/ort/11000000-01":          "/ort/11000000-01-bezirk-mitte",
		"/ort/":                     "/ort",
		"/ORT":                      "/ort",
		"/ort/?name=Dresden&x=y":    "/ort?name=Dresden",
		"/%6Frt?name=M%C3%BChldorf": "/ort?name=M%C3%BChldorf",
	} {
		w := do(h, "GET", path)
		if w.Code != http.StatusPermanentRedirect || w.Header().Get("Location") != want {
			t.Errorf("%s: %d to %s", path, w.Code, w.Header().Get("Location"))
		}
		if w := do(h, "GET", want); w.Code != 200 {
			t.Errorf("%s: %d", want, w.Code)
		}
	}
	for _, path := range []string{"/ort/dresden", "/ort/14612001", "/ort/14", "/ort/14612000/ki", "/ort/%00", "/ort/14612000+x"} {
		if w := do(h, "GET", path); w.Code != 404 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestPlaceSearch(t *testing.T) {
	h := newHandler(t, fixture())
	elements, text := parse(t, h, "/ort?name=Bautzen")
	if !strings.Contains(text, "2 Orte für „Bautzen“") || !strings.Contains(text, "Gemeinde in Sachsen, Landkreis Bautzen, Schlüssel 14625020") {
		t.Errorf("results %s", text)
	}
	found := links(elements)
	for _, path := range []string{"/ort/14625020-bautzen", "/ort/14625020/feed.atom", "/ort/14625020/feed.rss", "/ort/14625/feed.json"} {
		if _, ok := found[path]; !ok {
			t.Errorf("no link to %s", path)
		}
	}
	for _, n := range elements {
		switch n.Data {
		case "form":
			if attr(n, "class") == "search" && attr(n, "action") != "/ort" || attr(n, "method") != "get" {
				t.Errorf("form %v", n.Attr)
			}
		case "input":
			if attr(n, "id") == "finden" {
				continue
			}
			if attr(n, "name") != "name" || attr(n, "value") != "Bautzen" {
				t.Errorf("field %v", n.Attr)
			}
		}
	}
	for path, want := range map[string]string{
		"/ort":                      "Feeds für Ihren Ort",
		"/ort?name=":                "Nach Ländern",
		"/ort?name=%20+":            "Nach Ländern",
		"/ort?x=y":                  "Sachsen Ganz Sachsen Dresden Landkreis Bautzen",
		"/ort?name=Dresden&name=x":  "für „Dresden“",
		"/ort?name=Atlantis":        "Kein Ort für „Atlantis“",
		"/ort?name=%22%3E%3Cscript": `Kein Ort für „"><script“`,
	} {
		if _, text := parse(t, h, path); !strings.Contains(text, want) {
			t.Errorf("%s: %q is missing in %s", path, want, text)
		}
	}
	if _, text := parse(t, h, "/"); !strings.Contains(text, "Ort suchen") {
		t.Error("the overview does not lead to places")
	}
}

func TestPlaceSearchRefuses(t *testing.T) {
	h := newHandler(t, fixture())
	for _, query := range []string{
		"name=" + strings.Repeat("x", maxPlaceName+1), "name=" + strings.Repeat("%C3%BC", maxPlaceName+1), "name=a%00b", "name=a%0Ab", "name=%ff",
		"name=%zz", "name=%C2%85x", "name=a;b",
	} {
		if w := do(h, "GET", "/ort?"+query, "Accept", "text/html"); w.Code != 400 || !strings.Contains(w.Body.String(), "Anfrage nicht verstanden") {
			t.Errorf("%.40s: %d %s", query, w.Code, w.Body)
		}
	}
	for _, query := range []string{"name=" + strings.Repeat("x", maxPlaceName), "name=" + strings.Repeat("%C3%BC", maxPlaceName), "other=%00"} {
		if w := do(h, "GET", "/ort?"+query); w.Code != 200 {
			t.Errorf("%.40s: %d", query, w.Code)
		}
	}
	if w := do(h, "POST", "/ort?name=Dresden"); w.Code != 405 {
		t.Errorf("POST: %d", w.Code)
	}
}

// TestFormPolicy allows the forms that every page has to lead here and nowhere else.
func TestFormPolicy(t *testing.T) {
	h := newHandler(t, fixture())
	for _, path := range []string{"/ort", "/ort?name=x", "/", "/ort/14612000-dresden", "/suche", "/suche?q=x"} {
		if csp := do(h, "GET", path).Header().Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self';") {
			t.Errorf("%s: %s", path, csp)
		}
	}
}

func TestSearchIsCached(t *testing.T) {
	h := newHandler(t, fixture())
	w := do(h, "GET", "/ort?name=Dresden")
	if tag := w.Header().Get("ETag"); do(h, "GET", "/ort?name=Dresden", "If-None-Match", tag).Code != 304 {
		t.Error("the same search is sent again")
	} else if do(h, "GET", "/ort?name=Bautzen", "If-None-Match", tag).Code != 200 {
		t.Error("another search is not sent")
	}
}

func TestWithoutPlaces(t *testing.T) {
	h := newHandler(t, fixture(), func(c *Config) { c.Places = nil })
	for _, path := range []string{"/ort", "/ort?name=x", "/ort/14612000"} {
		if w := do(h, "GET", path); w.Code != 404 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	for _, path := range []string{"/", "/sachsen"} {
		elements, _ := parse(t, h, path)
		for href := range links(elements) {
			if strings.HasPrefix(href, "/ort") {
				t.Errorf("%s: link to %s", path, href)
			}
		}
	}
}

func TestOwnWords(t *testing.T) {
	m := fixture()
	m.entries[0].Labels.Regions, m.entries[0].Labels.Topics = []aggregator.Region{"rhein-neckar"}, []aggregator.Topic{"blockchain"}
	h := newHandler(t, m, func(c *Config) {
		c.Regions, c.Topics = []feeds.Named{{Slug: "rhein-neckar", Name: "Rhein-Neckar & Co"}}, []feeds.Named{{Slug: "blockchain", Name: "Kette"}}
	})
	elements, _ := parse(t, h, "/")
	found := links(elements)
	if found["/rhein-neckar"] != "Rhein-Neckar & Co" || found["/alle/blockchain"] != "Kette" {
		t.Errorf("links %v", found)
	}
	if _, text := parse(t, h, "/rhein-neckar/blockchain"); !strings.Contains(text, "Rhein-Neckar & Co: Kette") {
		t.Errorf("page %s", text)
	}
	if _, err := New(Config{Items: m, PublicURL: publicURL, Regions: []feeds.Named{{Slug: "ort"}}}); err == nil {
		t.Error("a region takes the URL of places")
	}
}

// FuzzPlaceSearch asks for anything.
func FuzzPlaceSearch(f *testing.F) {
	h := newHandler(f, fixture())
	for _, q := range []string{"name=Dresden", "name=%00", "name=a+b&name=c", "name=%3Cscript%3E", "%zz", "name=\u0085"} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, query string) {
		to, err := h.route(&url.URL{Path: "/ort", RawQuery: query})
		if err != nil {
			if _, ok := err.(feeds.BadQuery); !ok {
				t.Fatalf("error %T", err)
			}
			return
		}
		u, err := url.Parse(to.path + to.query)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := h.route(u); err != nil || again.path != to.path || again.query != to.query {
			t.Fatalf("%q leads to %q, that to %q, %v", query, to.query, again.query, err)
		}
		doc, err := to.render(t.Context())
		if err != nil || strings.Contains(string(doc.Body), "<script") {
			t.Fatalf("%v\n%s", err, doc.Body)
		}
	})
}
