package feeds

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"laenderfeed/aggregator"
)

func TestParseLeadsToCanonicalPath(t *testing.T) {
	v := vocabulary(t)
	for in, want := range map[string]string{
		"/sachsen/feed.atom":                       "/sachsen/feed.atom",
		"/alle/feed.rss":                           "/alle/feed.rss",
		"/bund/feed.json":                          "/bund/feed.json",
		"/international/feed.atom":                 "/international/feed.atom",
		"/unklar/feed.atom":                        "/unklar/feed.atom",
		"/alle/ki/feed.atom":                       "/alle/ki/feed.atom",
		"/sachsen/ki/feed.json":                    "/sachsen/ki/feed.json",
		"/sachsen+thueringen/ozg+ki/feed.atom":     "/sachsen+thueringen/ozg+ki/feed.atom",
		"/thueringen+sachsen/ki+ozg/feed.atom":     "/sachsen+thueringen/ozg+ki/feed.atom",
		"/TH+SN/KI+OZG/FEED.ATOM":                  "/sachsen+thueringen/ozg+ki/feed.atom",
		"/sn/feed.atom":                            "/sachsen/feed.atom",
		"/sachsen+SN+sachsen/feed.atom":            "/sachsen/feed.atom",
		"/sachsen+/feed.atom":                      "/sachsen/feed.atom",
		"/+sachsen++bayern/feed.atom":              "/bayern+sachsen/feed.atom",
		"/sachsen+alle/feed.atom":                  "/alle/feed.atom",
		"/unklar+bund+hamburg/feed.atom":           "/hamburg+bund+unklar/feed.atom",
		"/sachsen/feed.atom/":                      "/sachsen/feed.atom",
		"//sachsen//feed.atom":                     "/sachsen/feed.atom",
		"/thüringen/feed.atom":                     "/thueringen/feed.atom",
		"/THÜRINGEN/feed.atom":                     "/thueringen/feed.atom",
		"/thu\u0308ringen/feed.atom":               "/thueringen/feed.atom",
		"/Baden-Württemberg/Förderung/feed.rss":    "/baden-wuerttemberg/foerderung/feed.rss",
		"/Sachsen Anhalt/feed.rss":                 "/sachsen-anhalt/feed.rss",
		"/nrw/feed.rss":                            "/nordrhein-westfalen/feed.rss",
		"/alle/Künstliche Intelligenz/feed.rss":    "/alle/ki/feed.rss",
		"/feed.atom":                               "/alle/feed.atom",
		"/feeds.opml":                              "/feeds.opml",
		"/alle/feeds.opml":                         "/feeds.opml",
		"/SN/Feeds.OPML":                           "/sachsen/feeds.opml",
		"/quellen/senat-bremen/feed.atom":          "/quellen/senat-bremen/feed.atom",
		"/Quellen/Senat-Bremen/feed.json/":         "/quellen/senat-bremen/feed.json",
		"/sachsen":                                 "/sachsen",
		"/sachsen/":                                "/sachsen",
		"/SN/KI":                                   "/sachsen/ki",
		"/quellen/senat-bremen":                    "/quellen/senat-bremen",
		"/thueringen+bayern+sachsen/kfz+ki+kfz+ki": "/bayern+sachsen+thueringen/ki+kfz",
	} {
		q, f, err := v.Parse(in)
		if err != nil {
			t.Errorf("Parse(%q): %v", in, err)
			continue
		}
		got := v.Path(q, f)
		if got != want {
			t.Errorf("Parse(%q) leads to %q, want %q", in, got, want)
		}
		q2, f2, err := v.Parse(got)
		if err != nil || f2 != f || v.Path(q2, f2) != got {
			t.Errorf("%q is not canonical: leads to %q, %v", got, v.Path(q2, f2), err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	v := vocabulary(t)
	for in, kind := range map[string]string{
		"/saxony/feed.atom":                    "Land",
		"/sachsen+saxony/feed.atom":            "Land",
		"/sachsen/blockchain/feed.atom":        "Thema",
		"/sachsen/ki+blockchain/feed.atom":     "Thema",
		"/sachsen/alle/feed.atom":              "Thema",
		"/+/feed.atom":                         "Land",
		"/sachsen/+/feed.atom":                 "Thema",
		"/sachsen/feed.xml":                    "Format",
		"/sachsen/feed":                        "Format",
		"/sachsen/feed.":                       "Format",
		"/saxony/feed.xml":                     "Land",
		"/sachsen/ki/ozg/feed.atom":            "",
		"/sachsen/ki/feeds.opml":               "",
		"/quellen/feed.atom":                   "",
		"/quellen/a/b/feed.atom":               "",
		"/\x00/feed.atom":                      "Land",
		"/\xff\xfe/feed.atom":                  "Land",
		"/" + strings.Repeat("a+", 2000):       "",
		"/" + strings.Repeat("sachsen+", 2000): "",
	} {
		_, _, err := v.Parse(in)
		var unknown *NotFound
		if !errors.As(err, &unknown) {
			t.Errorf("Parse(%.40q) = %v, want *NotFound", in, err)
		} else if unknown.Kind != kind {
			t.Errorf("Parse(%.40q): unknown %q, want %q", in, unknown.Kind, kind)
		} else if len(unknown.Suggestions) > maxSuggestions {
			t.Errorf("Parse(%.40q): %d suggestions", in, len(unknown.Suggestions))
		}
	}
}

func TestSuggestions(t *testing.T) {
	v := vocabulary(t)
	for in, want := range map[string]string{
		"/sachen/feed.atom":             "/sachsen/feed.atom",
		"/turingen/feed.rss":            "/thueringen/feed.rss",
		"/tühringen/feed.rss":           "/thueringen/feed.rss",
		"/nieder/feed.rss":              "/niedersachsen/feed.rss",
		"/mecklenburg/feed.json":        "/mecklenburg-vorpommern/feed.json",
		"/sachsen+bayren/feed.atom":     "/bayern+sachsen/feed.atom",
		"/bayren/ki/feed.atom":          "/bayern/ki/feed.atom",
		"/ki/feed.atom":                 "/alle/ki/feed.atom",
		"/sachsen/breitbant/feed.atom":  "/sachsen/breitband/feed.atom",
		"/sachsen/ki+clout/feed.atom":   "/sachsen/ki+cloud/feed.atom",
		"/sachsen/register/feed.atom":   "/sachsen/registermodernisierung/feed.atom",
		"/sachsen/blockchain/feed.atom": "/sachsen/feed.atom",
		"/sachsen/feed.xml":             "/sachsen/feed.atom",
		"/sachen":                       "/sachsen",
		"/sachen/feeds.opml":            "/sachsen/feeds.opml",
	} {
		_, _, err := v.Parse(in)
		var unknown *NotFound
		if !errors.As(err, &unknown) || len(unknown.Suggestions) == 0 {
			t.Errorf("Parse(%q) = %v, want suggestions", in, err)
			continue
		}
		for i, s := range unknown.Suggestions {
			if q, f, err := v.Parse(s.Path); err != nil || v.Path(q, f) != s.Path {
				t.Errorf("Parse(%q) suggests %q, which is not canonical: %v", in, s.Path, err)
			}
			if s.Text == "" || i == 0 && s.Path != want {
				t.Errorf("Parse(%q) suggests %q %q first, want %q", in, s.Path, s.Text, want)
			}
		}
	}
	long := "/" + strings.Repeat("x", 1000) + "/feed.atom"
	if _, _, err := v.Parse(long); err == nil || len(err.(*NotFound).Suggestions) > 0 {
		t.Errorf("a long name is compared: %v", err)
	}
}

func TestCanonicalDoesNotTouchItsArgument(t *testing.T) {
	v := vocabulary(t)
	regions := []aggregator.Region{aggregator.Thueringen, aggregator.Sachsen, aggregator.Thueringen}
	given := slices.Clone(regions)
	q := v.Canonical(aggregator.Query{Regions: regions, Limit: 7})
	if !slices.Equal(regions, given) {
		t.Errorf("argument became %v", regions)
	}
	if want := []aggregator.Region{aggregator.Sachsen, aggregator.Thueringen}; !slices.Equal(q.Regions, want) || q.Limit != 7 {
		t.Errorf("got %v, want %v", q, want)
	}
}

func TestLongestPathIsShort(t *testing.T) {
	v := vocabulary(t)
	q := aggregator.Query{Regions: aggregator.Regions(), Topics: aggregator.Topics()}
	if n := len(v.Path(q, Atom)); n > maxPath/3 {
		t.Errorf("the longest path has %d bytes of %d allowed", n, maxPath)
	}
}

func TestIsFeed(t *testing.T) {
	for path, want := range map[string]bool{
		"/sachsen/feed.atom": true, "/feed": true, "/x/FEED.XML": true, "/feeds.opml/": true, "/feeds.opml": true,
		"/": false, "": false, "/sachsen": false, "/feeder": false, "/feeds": false, "/quellen": false, "/feed.atom/x": false,
	} {
		if got := IsFeed(path); got != want {
			t.Errorf("IsFeed(%q) = %v", path, got)
		}
	}
}

func TestTitles(t *testing.T) {
	v := vocabulary(t)
	sachsen := []aggregator.Region{aggregator.Sachsen}
	for _, c := range []struct {
		query           aggregator.Query
		source          string
		title, subtitle string
	}{
		{aggregator.Query{}, "", "Alle Länder und Bund: Digitale Verwaltung",
			"Meldungen zur Digitalisierung der öffentlichen Verwaltung – Gebiet: alle Länder, Bund und International."},
		{aggregator.Query{Regions: sachsen}, "", "Sachsen: Digitale Verwaltung",
			"Meldungen zur Digitalisierung der öffentlichen Verwaltung – Gebiet: Sachsen."},
		{aggregator.Query{Regions: sachsen, Topics: []aggregator.Topic{"ki"}}, "", "Sachsen: Künstliche Intelligenz",
			"Meldungen zur Digitalisierung der öffentlichen Verwaltung – Thema: Künstliche Intelligenz – Gebiet: Sachsen."},
		{aggregator.Query{Source: "x"}, "Amt\x00 X", "Amt X", "Alle Meldungen der Quelle „Amt X“."},
		{aggregator.Query{Source: "x"}, "", "x", "Alle Meldungen der Quelle „x“."},
	} {
		if got := v.Title(c.query, c.source); got != c.title {
			t.Errorf("title %q, want %q", got, c.title)
		}
		if got := v.Subtitle(c.query, c.source); got != c.subtitle {
			t.Errorf("subtitle %q, want %q", got, c.subtitle)
		}
	}
}

func FuzzParse(f *testing.F) {
	v := withPlaces(f, gazetteer)
	for _, s := range []string{"/sachsen/feed.atom", "/SN+th/ki+OZG/feed.rss/", "/thüringen", "/quellen/x/feed.json", "/feeds.opml", "//..//feed", "/+",
		"/ort/14612000-dresden", "/Ort/11000000-01-x+14625/feed.JSON", "/ort/11000000-0", "/ort/dresden/feed", "/rhein-neckar/blockchain"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, path string) {
		q, format, err := v.Parse(path)
		if err != nil {
			var unknown *NotFound
			if !errors.As(err, &unknown) {
				t.Fatalf("error %T", err)
			}
			return
		}
		canonical := v.Path(q, format)
		if q.Source != "" {
			return // any name may be a source's, until it is looked up
		}
		q2, format2, err := v.Parse(canonical)
		if err != nil || v.Path(q2, format2) != canonical {
			t.Fatalf("%q leads to %q, that to %q, %v", path, canonical, v.Path(q2, format2), err)
		}
		if strings.Trim(canonical, "abcdefghijklmnopqrstuvwxyz0123456789+-./") != "" || strings.HasPrefix(canonical, "//") {
			t.Fatalf("%q leads to %q", path, canonical)
		}
	})
}
