package feeds

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"laenderfeed/aggregator"
)

func TestPlacePaths(t *testing.T) {
	v := withPlaces(t, gazetteer)
	for in, want := range map[string]string{
		"/ort/14612000/feed.atom":              "/ort/14612000/feed.atom",
		"/ort/14612000/feed.rss":               "/ort/14612000/feed.rss",
		"/Ort/14612000/Feed.JSON/":             "/ort/14612000/feed.json",
		"/ort/14612000-dresden/feed.atom":      "/ort/14612000/feed.atom",
		"/ort/14612000-/feed.atom":             "/ort/14612000/feed.atom",
		"/ort/14612000":                        "/ort/14612000-dresden",
		"/ort/14612000-dresden":                "/ort/14612000-dresden",
		"/ort/14612000-Leipzig ü/":             "/ort/14612000-dresden",
		"/ort/14612":                           "/ort/14612-dresden",
		"/ort/14625020":                        "/ort/14625020-bautzen-budysin",
		"/ort/12053000":                        "/ort/12053000-frankfurt-oder",
		"/ort/091":                             "/ort/091-regierungsbezirk-oberbayern",
		"/ort/09183128":                        "/ort/09183128-muehldorf-a-inn",
		"/ort/010515166/feed.atom":             "/ort/010515166/feed.atom",
		"/ort/11000000-01":                     "/ort/11000000-01-bezirk-mitte",
		"/ort/11000000-01/feed.atom":           "/ort/11000000-01/feed.atom",
		"/ort/11000000-01-mitte/feed.atom":     "/ort/11000000-01/feed.atom",
		"/ort/11000000-99/feed.atom":           "/ort/11000000/feed.atom",
		"/ort/11000000-010":                    "/ort/11000000-berlin",
		"/ort/14625+14612000/feed.atom":        "/ort/14612000+14625/feed.atom",
		"/ort/14625-x+14612000+14625/":         "/ort/14612000+14625",
		"/ort/+14612000++/feed.atom":           "/ort/14612000/feed.atom",
		"/rhein-neckar/feed.atom":              "/rhein-neckar/feed.atom",
		"/Metropolregion Rhein-Neckar":         "/rhein-neckar",
		"/rhein-neckar+unklar+sn/feed.atom":    "/sachsen+unklar+rhein-neckar/feed.atom",
		"/sachsen/Blockchain+finanzen":         "/sachsen/finanzen+blockchain",
		"/rhein-neckar/künstliche intelligenz": "",
		"/rhein-neckar/ki":                     "/rhein-neckar/ki",
		"/rhein-neckar/feeds.opml":             "/rhein-neckar/feeds.opml",
	} {
		q, f, err := v.Parse(in)
		if err != nil && want != "" {
			t.Errorf("Parse(%q): %v", in, err)
			continue
		}
		if want == "" {
			want = "/rhein-neckar/ki" // the built-in name finds it still
		}
		got := v.Path(q, f)
		if got != want {
			t.Errorf("Parse(%q) leads to %q, want %q", in, got, want)
		}
		if q2, f2, err := v.Parse(got); err != nil || v.Path(q2, f2) != got {
			t.Errorf("%q is not canonical: %v", got, err)
		}
	}
}

func TestUnknownPlaces(t *testing.T) {
	v := withPlaces(t, gazetteer)
	for in, want := range map[string]string{ // the first suggestion
		"/ort/dresden/feed.atom":           "/ort/14612000/feed.atom",
		"/ort/Dresden":                     "/ort/14612000-dresden",
		"/ort/14612999/feed.rss":           "/ort/14612/feed.rss",
		"/ort/14999999/feed.rss":           "/sachsen/feed.rss",
		"/ort/14":                          "/sachsen",
		"/ort/99999999":                    "/ort",
		"/ort/14612001-bautzen":            "/ort/14625020-bautzen-budysin",
		"/ort/14612000x/feed.atom":         "/ort?name=14612000x",
		"/ort/gibtsnicht/feed.atom":        "/ort?name=gibtsnicht",
		"/ort/a&b=c#d":                     "/ort?name=a%26b%3Dc%23d",
		"/ort/14x":                         "/ort?name=14x",
		"/ort/+/feed.atom":                 "/ort",
		"/ort/14612000+dres/feed.atom":     "/ort/14612+14612000/feed.atom",
		"/ort/14612000+bau/feed.atom":      "/ort/14612000+14625020/feed.atom",
		"/ort/\x00\xff":                    "/ort",
		"/ort/feed.atom":                   "/ort",
		"/ort":                             "/ort",
		"/ort/14612000/feed.xml":           "/ort/14612000/feed.atom",
		"/ort/" + strings.Repeat("9", 100): "/ort",
		"/ort/" + strings.Repeat("x", 100): "/ort",
		"/dresden/feed.atom":               "/ort/14612000/feed.atom",
		"/muehl":                           "/ort/09183128-muehldorf-a-inn",
	} {
		_, _, err := v.Parse(in)
		var unknown *NotFound
		if !errors.As(err, &unknown) || len(unknown.Suggestions) == 0 || len(unknown.Suggestions) > maxSuggestions {
			t.Errorf("Parse(%q) = %v, want suggestions", in, err)
			continue
		}
		if s := unknown.Suggestions[0]; s.Path != want || s.Text == "" {
			t.Errorf("Parse(%q) suggests %q %q first, want %q", in, s.Path, s.Text, want)
		}
		for _, s := range unknown.Suggestions {
			if u, err := url.Parse(s.Path); err != nil || u.Path == PlaceSearch {
				continue
			}
			if q, f, err := v.Parse(s.Path); err != nil || v.Path(q, f) != s.Path {
				t.Errorf("Parse(%q) suggests %q, which is not canonical: %v", in, s.Path, err)
			}
		}
	}
	for _, in := range []string{"/ort/14612000/ki/feed.atom", "/ort/14612000/ki", "/ort/14612000/feeds.opml"} {
		if _, _, err := v.Parse(in); err == nil {
			t.Errorf("%q is something", in)
		}
	}
	if _, _, err := vocabulary(t).Parse("/ort/14612000/feed.atom"); err == nil {
		t.Error("there are places without a gazetteer")
	}
}

func TestPlaceTitles(t *testing.T) {
	v := withPlaces(t, gazetteer)
	const gebiet = "Meldungen zur Digitalisierung der öffentlichen Verwaltung – Gebiet: "
	for key, want := range map[string][2]string{
		"14612000":    {"Dresden (Sachsen)", "Dresden (Sachsen)"},
		"14612":       {"Kreisfreie Stadt Dresden (Sachsen)", "Kreisfreie Stadt Dresden (Sachsen)"},
		"14625":       {"Landkreis Bautzen (Sachsen)", "Landkreis Bautzen (Sachsen) mit allen Gemeinden"},
		"14625020":    {"Bautzen/Budyšin (Sachsen)", "Bautzen/Budyšin (Sachsen), Landkreis Bautzen"},
		"12053000":    {"Frankfurt (Oder), Brandenburg", "Frankfurt (Oder), Brandenburg"},
		"06534016":    {"Neustadt (Hessen)", "Neustadt (Hessen)"},
		"091":         {"Regierungsbezirk Oberbayern (Bayern)", "Regierungsbezirk Oberbayern (Bayern) mit allen Kreisen und Gemeinden"},
		"010515166":   {"Amt Marne-Nordsee (Schleswig-Holstein)", "Amt Marne-Nordsee (Schleswig-Holstein), Kreis Dithmarschen"},
		"11000000":    {"Stadt Berlin", "Stadt Berlin"},
		"11000":       {"Kreisfreie Stadt Berlin", "Kreisfreie Stadt Berlin"},
		"11000000-01": {"Bezirk Mitte (Berlin)", "Bezirk Mitte (Berlin)"},
	} {
		q := aggregator.Query{Places: []string{key}}
		if got := v.Title(q, ""); got != want[0]+": Digitale Verwaltung" {
			t.Errorf("%s: title %q, want %q", key, got, want[0])
		}
		if got := v.Subtitle(q, ""); got != gebiet+want[1]+"." {
			t.Errorf("%s: subtitle %q, want %q", key, got, want[1])
		}
	}
	if got := v.Names(aggregator.Query{Places: []string{"14625", "12053000"}}); got != "Frankfurt (Oder), Brandenburg; Landkreis Bautzen (Sachsen)" {
		t.Errorf("a union is %q", got)
	}
	if got := v.Names(aggregator.Query{Places: []string{"99"}}); got != "99" {
		t.Errorf("an unknown place is %q", got)
	}
}

func TestAround(t *testing.T) {
	v := withPlaces(t, gazetteer)
	for key, want := range map[string]string{
		"14612000":    "/sachsen",
		"14625020":    "/sachsen /ort/14625-landkreis-bautzen",
		"09183128":    "/bayern /ort/091-regierungsbezirk-oberbayern /ort/09183-landkreis-muehldorf-a-inn",
		"09183":       "/bayern /ort/091-regierungsbezirk-oberbayern",
		"091":         "/bayern",
		"010515166":   "/schleswig-holstein /ort/01051-kreis-dithmarschen",
		"11000000-01": "/berlin /ort/11000000-berlin",
	} {
		p, ok := v.Place(key)
		if !ok {
			t.Fatal(key)
		}
		var got []string
		for _, l := range v.Around(p) {
			got = append(got, l.Path)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s lies in %v, want %s", key, got, want)
		}
		if v.PlaceKind(p) == "" {
			t.Errorf("%s has no kind", key)
		}
	}
	if got := v.Around(aggregator.Place{Key: "99", Name: "Nirgends"}); got != nil {
		t.Errorf("nowhere lies in %v", got)
	}
	if got := v.PlaceKind(aggregator.Place{Kind: "ortsteil"}); got != "" {
		t.Errorf("an unknown kind is %q", got)
	}
}

func TestServePlaces(t *testing.T) {
	m := newMemory(corpus()...)
	h := newHandler(t, m, func(c *Config) { c.Places = gazetteer })
	for path, want := range map[string]string{
		"/ort/14612000-dresden/feed.atom": "/ort/14612000/feed.atom",
		"/ORT/14612000/feed.atom":         "/ort/14612000/feed.atom",
		"/ort/146%312000/feed.atom":       "/ort/14612000/feed.atom",
	} {
		if w := get(h, path); w.Code != http.StatusPermanentRedirect || w.Header().Get("Location") != want {
			t.Errorf("%s: %d %v", path, w.Code, w.Header())
		}
	}
	for _, path := range []string{"/ort/14612000/feed.atom", "/ort/14612/feed.rss", "/ort/14612000+14625/feed.json"} {
		w := get(h, path)
		if w.Code != 200 || !strings.Contains(w.Body.String(), "Drei Länder, ein Portal") || strings.Contains(w.Body.String(), "Rathaus") {
			t.Errorf("%s: %d\n%s", path, w.Code, w.Body)
		}
		if w = get(h, path, "If-None-Match", w.Header().Get("Etag")); w.Code != 304 {
			t.Errorf("%s again: %d", path, w.Code)
		}
	}
	w := get(h, "/ort/dresden/feed.atom", "Accept", "text/html")
	if w.Code != 404 || !strings.Contains(w.Body.String(), `<a href="/ort/14612000/feed.atom">Dresden (Sachsen)</a>`) {
		t.Errorf("by name: %d\n%s", w.Code, w.Body)
	}
	for _, path := range []string{"/ort/14612001/feed.atom", "/ort/%00/feed.atom", "/ort/feed.atom", "/ort//feed.atom", "/ort/14612000/x/feed.atom"} {
		if w := get(h, path); w.Code != 404 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if w := get(newHandler(t, m), "/ort/14612000/feed.atom"); w.Code != 404 {
		t.Errorf("without places: %d", w.Code)
	}
}

func TestOwnWords(t *testing.T) {
	v := withPlaces(t, nil)
	q := aggregator.Query{Regions: []aggregator.Region{"rhein-neckar", aggregator.Sachsen}, Topics: []aggregator.Topic{"blockchain", "ki"}}
	if got := v.Title(q, ""); got != "Sachsen, Metropolregion Rhein-Neckar: KI, Blockchain" {
		t.Errorf("title %q", got)
	}
	var unknown *NotFound
	if _, _, err := v.Parse("/sachsen/blokchain/feed.atom"); !errors.As(err, &unknown) || unknown.Suggestions[0].Path != "/sachsen/blockchain/feed.atom" {
		t.Errorf("suggested %v", err)
	}
	if _, _, err := v.Parse("/rein-neckar"); !errors.As(err, &unknown) || unknown.Suggestions[0].Path != "/rhein-neckar" {
		t.Errorf("suggested %v", err)
	}
	h := newHandler(t, newMemory(entry(dresden, 0, "Eigenes", func(e *aggregator.Entry) {
		e.Labels.Regions, e.Labels.Topics = []aggregator.Region{"rhein-neckar"}, []aggregator.Topic{"blockchain"}
	})), func(c *Config) {
		c.Regions, c.Topics = []Named{{"rhein-neckar", "Rhein-Neckar"}}, []Named{{"blockchain", ""}}
	})
	w := get(h, "/rhein-neckar/blockchain/feed.atom")
	if body := w.Body.String(); w.Code != 200 || !strings.Contains(body, `<category term="rhein-neckar" scheme="tag:laenderfeed,2026:land" label="Rhein-Neckar"/>`) {
		t.Errorf("%d\n%s", w.Code, body)
	}
	if body := get(h, "/feeds.opml").Body.String(); strings.Count(body, "<outline") != 2+1+20+38 || !strings.Contains(body, "/alle/blockchain/feed.atom") {
		t.Errorf("list of feeds\n%s", body)
	}
	// The built-in tables are not written to.
	if n := len(vocabulary(t).Regional()); n != 1+len(aggregator.Regions()) {
		t.Errorf("%d regions", n)
	}
}

func TestNewVocabularyRefuses(t *testing.T) {
	for _, slug := range []string{"", "Sachsen", "sachsen", "sn", "SN", "nrw", "alle", "bund", "ort", "quellen", "suche", "feed", "a b", "ä", "-a", "a-", "a--b", "a/b", "a+b", "../x", strings.Repeat("a", maxName+1)} {
		if _, err := New(Config{Items: newMemory(), PublicURL: publicURL, Regions: []Named{{slug, "X"}}}); err == nil {
			t.Errorf("region %q is accepted", slug)
		}
	}
	for _, slug := range []string{"", "KI", "archiv", "feed", "a b", "a+b", "a/b", "x\n"} {
		if _, err := New(Config{Items: newMemory(), PublicURL: publicURL, Topics: []Named{{slug, "X"}}}); err == nil {
			t.Errorf("topic %q is accepted", slug)
		}
	}
}

func TestSlugOf(t *testing.T) {
	for in, want := range map[string]string{
		"Dresden": "dresden", "Mühldorf a.Inn": "muehldorf-a-inn", "Bautzen/Budyšin": "bautzen-budysin", "Frankfurt (Oder)": "frankfurt-oder",
		"St. Wendel": "st-wendel", "Gießen": "giessen", "Москва": "", "": "", "..": "", "Spree-Neiße/Wokrejs Sprjewja-Nysa": "spree-neisse-wokrejs-sprjewja-nysa",
	} {
		if got := slugOf(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}
