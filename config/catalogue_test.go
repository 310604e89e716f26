package config

import (
	"bufio"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"laenderfeed/aggregator"
)

func enabledIDs(c *Config) []string {
	var out []string
	for _, s := range c.Sources {
		if s.Enabled {
			out = append(out, s.ID)
		}
	}
	return out
}

func TestCatalogue(t *testing.T) {
	sources := Catalogue()
	ids, urls := map[string]bool{}, map[string]bool{}
	listed, on := map[aggregator.Region]int{}, map[aggregator.Region]int{}
	httpOnly := []string{"eservice2.gkd-re.de", "www.presse.sachsen-anhalt.de"}
	for _, s := range sources {
		if ids[s.ID] || urls[s.URL] {
			t.Errorf("%s: the id or the URL is there twice", s.ID)
		}
		ids[s.ID], urls[s.URL] = true, true
		if isGroup(s.ID) {
			t.Errorf("%s: the id is also the name of a type or region", s.ID)
		}
		if !strings.HasPrefix(s.URL, "https://") && !slices.Contains(httpOnly, hostOf(t, s.URL)) {
			t.Errorf("%s: %s is not https", s.ID, s.URL)
		}
		if s.Evidence == "" {
			t.Errorf("%s: no evidence", s.ID)
		}
		if s.Licence != aggregator.LicenceExcerpt {
			t.Errorf("%s: licence %s; nobody has given more than excerpts", s.ID, s.Licence)
		}
		if s.Enabled && !strings.HasPrefix(s.Evidence, "gesehen ") && !slices.Contains(listsOn(), s.ID) {
			t.Errorf("%s: enabled, but the evidence is %q", s.ID, s.Evidence)
		}
		listed[s.Region]++
		if s.Enabled {
			on[s.Region]++
		}
	}
	for _, land := range aggregator.Laender() {
		if !slices.ContainsFunc(sources, func(s aggregator.Source) bool {
			return s.Region == land && s.Type == "land" && s.Kind == aggregator.KindHTML
		}) {
			t.Errorf("%s has no press list", land)
		}
		t.Logf("%-24s %2d listed, %d enabled", land, listed[land], on[land])
	}
	t.Logf("%-24s %2d listed, %d enabled", "bund", listed["bund"], on["bund"])
	t.Logf("%-24s %2d listed, %d enabled", "no region", listed[""], on[""])
	t.Logf("%d sources, %d enabled", len(sources), len(enabledIDs(Default())))
}

// listsOn are the press lists that are on for their known layout alone, in
// Länder without any feed that works.
func listsOn() []string {
	return []string{"bremen-senat", "hamburg-senat", "mv-regierung", "sachsen-medienservice", "sachsen-anhalt-presseportal"}
}

func TestCatalogueListsStandInForFeeds(t *testing.T) {
	sources := Catalogue()
	for _, s := range sources {
		if !slices.Contains(listsOn(), s.ID) {
			continue
		}
		if s.Selectors.Item == "" || !strings.HasPrefix(s.Note, "Aufbau bekannt, Adresse noch nicht geprüft") {
			t.Errorf("%s: layout %+v, note %q", s.ID, s.Selectors, s.Note)
		}
		for _, other := range sources {
			if other.Enabled && other.Region == s.Region && other.ID != s.ID {
				t.Errorf("%s is on although %s is", s.ID, other.ID)
			}
		}
	}
}

// What publishers are known to ask for stands in keys and notes.
func TestCataloguePoliteness(t *testing.T) {
	for _, s := range Catalogue() {
		host := hostOf(t, s.URL)
		if slow := host == "www.berlin.de" || host == "www.bmi.bund.de"; slow != (s.CrawlDelay == 10*time.Second) {
			t.Errorf("%s: crawl delay %v", s.ID, s.CrawlDelay)
		}
		said := ""
		switch host {
		case "www.berlin.de":
			said = "429"
		case "www.parlament-berlin.de", "www.landtag.brandenburg.de", "www.saarland.de":
			said = "403"
		case "www.tagesschau.de", "nachrichtenfeeds.br.de":
			said = "Nutzungsbedingungen"
		}
		if !strings.Contains(s.Note, said) {
			t.Errorf("%s: the note %q does not speak of %s", s.ID, s.Note, said)
		}
	}
}

func hostOf(t *testing.T, raw string) string {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

// One publisher, one system, one patience.
func TestCatalogueHostGroups(t *testing.T) {
	groups := map[string][]string{}
	for _, s := range Catalogue() {
		if s.HostGroup != "" {
			groups[s.HostGroup] = append(groups[s.HostGroup], s.ID)
		}
	}
	want := map[string][]string{
		"k21media":              {"kommune21-startseite", "kommune21", "move-startseite", "move"},
		"hessen":                {"hessen-presse", "hessen-digitales"},
		"rlp":                   {"rlp-presse", "rlp-innenministerium"},
		"presse-sachsen-anhalt": {"sachsen-anhalt-presse-rss", "sachsen-anhalt-presseportal"},
		"thueringen":            {"thueringen-medienservice", "thueringen-digitales"},
	}
	if !reflect.DeepEqual(groups, want) {
		t.Errorf("host groups: %v", groups)
	}
}

// researched is a row of the list that the catalogue was made from.
type researched struct{ mark, kind, typ, name, url string }

// readResearch reads ../shared/sources.tsv and skips the test where it is absent.
func readResearch(t *testing.T) []researched {
	t.Helper()
	path := filepath.Join(moduleRoot(t), "..", "shared", "sources.tsv")
	f, err := os.Open(path)
	if err != nil {
		t.Skipf("the list of researched sources is not here: %v", err)
	}
	defer f.Close()
	var out []researched
	in := bufio.NewScanner(f)
	for n := 0; in.Scan(); n++ {
		cells := strings.Split(in.Text(), "\t")
		if n == 0 || len(cells) < 8 {
			continue
		}
		out = append(out, researched{mark: cells[1], kind: cells[3], typ: cells[5], name: cells[6], url: cells[7]})
	}
	if err := in.Err(); err != nil || len(out) < 200 {
		t.Fatalf("%d rows in %s: %v", len(out), path, err)
	}
	return out
}

// shipped tells whether a row belongs into the catalogue.
func (r researched) shipped() bool {
	neither := []string{
		// Second copies of another row.
		"https://www.heise.de/rss/heise.rdf",
		"https://www.egovernment-computing.de/rss/news.xml",
		"https://www.bsi.bund.de/SiteGlobals/Functions/RSSFeed/RSSNewsfeed/RSSNewsfeed_WID.xml",
		"https://www.swr.de/~rss/swraktuell/swraktuell-bw-100.xml",
		"https://www1.wdr.de/nachrichten/uebersicht-nachrichten-100.feed",
		// Pages that link feeds and are no lists.
		"https://mil.brandenburg.de/mil/de/rss/",
		"https://www.hessen.de/feeds",
		// Known dead.
		"https://www.bmi.bund.de/SiteGlobals/Functions/RSSFeed/DE/RSSNewsfeed/RSSNewsfeed.xml",
	}
	hub := strings.Contains(r.name, "RSS-Hub") || strings.Contains(r.name, "(hub)")
	return r.mark != "GUESS" && !strings.HasPrefix(r.url, "https://news.google.com/") && !hub && !slices.Contains(neither, r.url)
}

// enabled tells whether a row is to be on: seen working, of an office or of the
// trade press of e-government, and readable; or one of the lists that stand in
// for feeds.
func (r researched) enabled(s aggregator.Source) bool {
	office := []string{"bund", "land", "parlament", "datenschutz", "kommune", "opendata"}
	trade := []string{"Behörden Spiegel", "VdZ - Verwaltung der Zukunft", "eGovernment (Vogel IT)", "eGovernment Podcast (Frenzel)", "Kommune21 (start page = news list)", "move - moderne verwaltung"}
	readable := r.kind != "html" || s.Selectors.Item != ""
	if slices.Contains(listsOn(), s.ID) {
		return r.kind == "html" && r.typ == "land"
	}
	return r.mark == "V" && readable && (slices.Contains(office, r.typ) || slices.Contains(trade, r.name))
}

func TestCatalogueIsWhatWasResearched(t *testing.T) {
	rows := readResearch(t)
	byURL := map[string]aggregator.Source{}
	for _, s := range Catalogue() {
		byURL[s.URL] = s
	}
	on := 0
	for _, r := range rows {
		s, ok := byURL[r.url]
		if ok != r.shipped() {
			t.Errorf("%s (%s): in the catalogue %v, want %v", r.url, r.mark, ok, r.shipped())
		}
		if !ok {
			continue
		}
		delete(byURL, r.url)
		if want := r.enabled(s); s.Enabled != want {
			t.Errorf("%s (%s, %s): enabled %v, want %v", s.ID, r.mark, r.typ, s.Enabled, want)
		}
		if string(s.Type) != r.typ || (s.Kind == aggregator.KindHTML) != (r.kind == "html") {
			t.Errorf("%s: type %s, kind %s; researched as %s, %s", s.ID, s.Type, s.Kind, r.typ, r.kind)
		}
		if s.Enabled {
			on++
		}
	}
	for url, s := range byURL {
		t.Errorf("%s: nobody has researched %s", s.ID, url)
	}
	t.Logf("%d rows researched, %d shipped, %d enabled", len(rows), len(Catalogue()), on)
}

func TestSelection(t *testing.T) {
	all := func(s aggregator.Source) bool { return s.Enabled }
	land := func(s aggregator.Source) bool { return s.Enabled && s.Type == "land" }
	is := func(ids ...string) func(aggregator.Source) bool {
		return func(s aggregator.Source) bool { return slices.Contains(ids, s.ID) }
	}
	or := func(a, b func(aggregator.Source) bool) func(aggregator.Source) bool {
		return func(s aggregator.Source) bool { return a(s) || b(s) }
	}
	not := func(a, b func(aggregator.Source) bool) func(aggregator.Source) bool {
		return func(s aggregator.Source) bool { return a(s) && !b(s) }
	}
	region := func(r aggregator.Region) func(aggregator.Source) bool {
		return func(s aggregator.Source) bool { return s.Enabled && s.Region == r }
	}
	tests := []struct {
		enable, disable string
		want            func(aggregator.Source) bool
	}{
		{`"*"`, ``, all},
		{``, ``, is()},
		{`"land"`, ``, land},
		{`"land", "land"`, ``, land},
		{`"bayern"`, ``, region("bayern")},
		{`"BY", "by", "Bayern"`, ``, region("bayern")},
		{`"bund"`, ``, or(region("bund"), func(s aggregator.Source) bool { return s.Enabled && s.Type == "bund" })},
		{`"brandenburg", "niedersachsen"`, ``, or(region("brandenburg"), region("niedersachsen"))},
		{`"dresden-presse"`, ``, is("dresden-presse")},
		{`"*", "dresden-presse"`, ``, or(all, is("dresden-presse"))},
		{`"*"`, `"bmi-presse"`, not(all, is("bmi-presse"))},
		{`"*"`, `"land"`, not(all, land)},
		{`"*"`, `"BB"`, not(all, region("brandenburg"))},
		{`"*"`, `"*"`, is()},
		{`"*", "bmi-presse"`, `"*"`, is("bmi-presse")},
		{`"glienicke-nordbahn"`, `"kommune"`, is("glienicke-nordbahn")},
		{`"bmi-presse"`, `"bmi-presse"`, is()},
		{`"land"`, `"land"`, is()},
		{`"land"`, `"dresden-presse"`, land},
		{`"sachsen-medienservice"`, ``, is("sachsen-medienservice")},
	}
	for _, tt := range tests {
		t.Run(tt.enable+" without "+tt.disable, func(t *testing.T) {
			c := mustParse(t, "[catalogue]\nenable = ["+tt.enable+"]\ndisable = ["+tt.disable+"]\n")
			var want []string
			for _, s := range Catalogue() {
				if tt.want(s) {
					want = append(want, s.ID)
				}
			}
			if got := enabledIDs(c); !slices.Equal(got, want) {
				t.Errorf("got  %v\nwant %v", got, want)
			}
		})
	}
}

func TestSelectionAndOwnSources(t *testing.T) {
	const own = "[[source]]\nid = \"own\"\nname = \"Own\"\nurl = \"https://own.example/\"\n"
	tests := []struct {
		name, text string
		want       []string
	}{
		{"own sources are not of the catalogue", "[catalogue]\nenable = []\ndisable = [\"*\", \"presse\"]\n" + own, []string{"own"}},
		{"own sources are off when they say so", "[catalogue]\nenable = []\n" + own + "enabled = false", nil},
		{"a changed one stays off", "[catalogue]\nenable = []\n[[source]]\nid = \"bmi-presse\"\nlicence = \"full\"", nil},
		{"a changed one stays on", "[catalogue]\nenable = [\"bmi-presse\"]\n[[source]]\nid = \"bmi-presse\"\nlicence = \"full\"", []string{"bmi-presse"}},
		{"a changed one has the last word", "[catalogue]\nenable = []\ndisable = [\"bmi-presse\"]\n[[source]]\nid = \"bmi-presse\"\nenabled = true", []string{"bmi-presse"}},
		{"a changed one goes off", "[catalogue]\nenable = [\"bmi-presse\"]\n[[source]]\nid = \"bmi-presse\"\nenabled = false", nil},
		{"a page gets its layout", "[catalogue]\nenable = [\"hessen-presse\"]\n[[source]]\nid = \"hessen-presse\"\nitem = \"article\"", []string{"hessen-presse"}},
		{"a page may be without layout", "[catalogue]\nenable = [\"hessen-presse\"]", []string{"hessen-presse"}},
		{
			"a feed of the catalogue that is off may be taken over under another id",
			"[catalogue]\nenable = []\n[[source]]\nid = \"own\"\nname = \"Own\"\nurl = \"https://www.bmi.bund.de/DE/service/rss-newsfeed/function/rssnewsfeed-pressemitteilungen.xml\"",
			[]string{"own"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := enabledIDs(mustParse(t, tt.text)); !slices.Equal(got, tt.want) {
				t.Errorf("enabled are %v, want %v", got, tt.want)
			}
		})
	}
}

// A type or region that chooses nothing is allowed, and a warning says so.
func TestSelectionWarns(t *testing.T) {
	c := mustParse(t, "[catalogue]\nenable = [\"*\", \"thueringen\"]\n")
	if len(c.Warnings) != 1 {
		t.Fatalf("warnings: %v", c.Warnings)
	}
	w := c.Warnings[0]
	if w.Line != 2 || w.Column != 16 || !strings.Contains(w.Msg, `"thueringen"`) || !strings.Contains(w.Hint, "mdr-thueringen") {
		t.Errorf("warning: %+v", w)
	}
	for _, text := range []string{
		"", "[catalogue]\nenable = [\"bund\"]\ndisable = [\"sachsen\"]",
		"[server]\nlisten = \"localhost:8080\"", "[server]\nlisten = \":8080\"\npublic_url = \"https://feeds.example.org\"",
	} {
		if w := mustParse(t, text).Warnings; w != nil {
			t.Errorf("%q: warnings: %v", text, w)
		}
	}
}

func TestWarnings(t *testing.T) {
	c := mustParse(t, "[catalogue]\nenable = [\n\"*\", \"hessen-presse\",\n]\n[[source]]\nid = \"own\"\nname = \"Own\"\nurl = \"https://own.example\"\nkind = \"html\"\n"+
		"[[source]]\nid = \"mv-regierung\"\nitem = \"\"\nenabled = true\n[[source]]\nid = \"off\"\nname = \"Off\"\nurl = \"https://off.example\"\nkind = \"html\"\nenabled = false")
	var got []string
	for _, w := range c.Warnings {
		got = append(got, fmt.Sprintf("%d:%d %s: %s", w.Line, w.Column, w.Key, w.Msg))
	}
	if want := []string{
		`3:6 catalogue.enable[1]: "hessen-presse" is a page without item: its list is guessed`,
		`5:3 source[0].item: "own" is a page without item: its list is guessed`,
		`12:8 source[1].item: "mv-regierung" is a page without item: its list is guessed`,
	}; !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	c = mustParse(t, "[catalogue]\ndisable = [\"*\"]\n[server]\nlisten = \"0.0.0.0:8080\"\n")
	want := "test.toml:1:2: catalogue.enable: no source is enabled (enable = [\"*\"] polls those of the catalogue)\n" +
		"test.toml:4:10: server.listen: readers elsewhere get links that begin with http://localhost:8080 (set public_url to the address they use)"
	if got := c.Warnings.Error(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestParseCatalogueRefuses(t *testing.T) {
	const good = "[[source]]\nid = \"a\"\nname = \"A\"\nurl = \"https://a.example\"\n"
	if got, err := parseCatalogue("c", []byte(good)); err != nil || len(got) != 1 {
		t.Fatalf("%v, %v", got, err)
	}
	for _, text := range []string{"[server]\n", good + good, good + "colour = 1", "[[source]]\nid = \"a\"", "x", good + "kind = \"page\""} {
		if _, err := parseCatalogue("c", []byte(text)); err == nil {
			t.Errorf("no error for %q", text)
		}
	}
}
