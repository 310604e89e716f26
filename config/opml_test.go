package config

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"laenderfeed/aggregator"
)

// empty is a configuration without sources.
func empty() *Config {
	c := Default()
	c.Sources = nil
	return c
}

func mustRead(t *testing.T, c *Config, text string) *Import {
	t.Helper()
	im, err := c.ReadOPML("list.opml", []byte(text), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return im
}

// everyKey is a source that differs from a blank one in every key.
func everyKey(t *testing.T) aggregator.Source {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Vienna")
	if err != nil {
		t.Fatal(err)
	}
	s := aggregator.Source{
		ID: "amt", Name: `Amt "Nord" & Süd <1>`, Publisher: `C:\Amt 'x'`, URL: "https://amt.example/?a=1&b=%20", Kind: aggregator.KindHTML,
		Region: aggregator.Bund, Type: "kommune", Schedule: "0 6 * * *", Zone: zone, Licence: aggregator.LicenceFull,
		Enabled: false, Evidence: "gesehen", Rights: "Datenlizenz Deutschland – \"by\" 2.0", Note: "it's \"so\" \\ so", HostGroup: "gruppe", CrawlDelay: 90 * time.Second,
		Selectors: aggregator.Selectors{Item: `a[href*="/x/"]`, Title: "h3 > a", Link: "h3 a", Date: "td:first-child", DateFormat: "02.01.2006", Summary: "p"},
	}
	v, base := reflect.ValueOf(s), reflect.ValueOf(blank())
	for i := range v.NumField() {
		if reflect.DeepEqual(v.Field(i).Interface(), base.Field(i).Interface()) {
			t.Errorf("%s is as in a blank source", v.Type().Field(i).Name)
		}
	}
	return s
}

// What FormatSource writes, Parse reads: for every source of the catalogue, and
// for one that has every key.
func TestFormatSourceRoundTrip(t *testing.T) {
	sources := append(Catalogue(), everyKey(t))
	var text strings.Builder
	for i := range sources {
		text.WriteString(FormatSource(&sources[i]) + "\n")
	}
	got, err := parseCatalogue("out.toml", []byte(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	equalSources(t, got, sources)
}

func equalSources(t *testing.T, got, want []aggregator.Source) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d sources, want %d", len(got), len(want))
	}
	for i := range got {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("got  %+v\nwant %+v", got[i], want[i])
		}
	}
}

// Changes of sources of the catalogue end in the same sources as well.
func TestFormatChange(t *testing.T) {
	changed := Catalogue()
	for i := range changed {
		s := &changed[i]
		s.Enabled = i%3 == 0
		switch i % 4 {
		case 1:
			s.URL, s.Region, s.Note = "https://new.example/"+s.ID, "", ""
		case 2:
			s.Kind, s.Selectors = aggregator.KindHTML, aggregator.Selectors{Item: "li"}
		case 3:
			s.Kind, s.Selectors, s.CrawlDelay, s.HostGroup = aggregator.KindFeed, aggregator.Selectors{}, 0, ""
		}
	}
	im := Import{}
	for i, base := range Catalogue() {
		im.Sources = append(im.Sources, Imported{changed[i], &base})
	}
	for _, selection := range []string{"", "[catalogue]\nenable = []\n"} {
		equalSources(t, mustParse(t, selection+im.TOML()).Sources, changed)
	}
}

func TestOPMLRoundTrip(t *testing.T) {
	want := append(Catalogue(), everyKey(t))
	text := FormatOPML("Quellen & mehr", want)
	im := mustRead(t, empty(), string(text))
	var got []aggregator.Source
	for _, s := range im.Sources {
		got = append(got, s.Source)
	}
	equalSources(t, got, want)
	if len(im.Warnings) > 0 || im.Alike > 0 {
		t.Errorf("%d alike, warnings: %v", im.Alike, im.Warnings)
	}
	if again := FormatOPML("Quellen & mehr", got); !bytes.Equal(text, again) {
		t.Error("written again, the list is another one")
	}

	// A configuration that polls nothing becomes the one that was exported.
	c := mustParse(t, "[catalogue]\nenable = []\n"+im.TOML())
	equalSources(t, c.Sources, want)
	// And then there is nothing left to import.
	if im = mustRead(t, c, string(text)); im.Alike != len(want) || im.TOML() != "" || len(im.Warnings) > 0 {
		t.Errorf("%d of %d alike, the rest is\n%s\n%v", im.Alike, len(want), im.TOML(), im.Warnings)
	}
}

// What feed readers write: folders, missing types, double entries, pages,
// addresses of their own kind.
func TestForeignOPML(t *testing.T) {
	c := Default()
	im := mustRead(t, c, `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE opml>
<OPML version="1.1"><head><title>Meine Feeds</title><ownerEmail>x@y.example</ownerEmail></head><body>
<outline text="Verwaltung">
 <outline text="Baden-Württemberg" title="">
  <outline text="Stadt M&uuml;hlheim" xmlUrl="https://muehlheim.example/rss?a=1&b=2" type="rss" htmlUrl="https://muehlheim.example/"/>
  <outline title="Stadt M&amp;amp;S" text="anders" XMLURL="https://ms.example/feed" type=atom />
 </outline>
 <outline text="Noch einmal" xmlUrl="https://ms.example/feed"/>
</outline>
<outline text="" xmlUrl="feed://www.ohne-namen.example/atom.xml#top"/>
<outline text="Stadt Mühlheim" xmlUrl=" feed:https://zwei.example/a b "/>
<outline text="Seite" htmlUrl="https://seite.example/"/>
<outline text="Link" type="link" url="https://link.example/"/>
<outline text="Datei" xmlUrl="file:///etc/passwd"/>
<outline text="Umlaut" xmlUrl="https://müller.example/"/>
<outline text="BMI" xmlUrl="https://www.bmi.bund.de/DE/service/rss-newsfeed/function/rssnewsfeed-pressemitteilungen.xml"/>
<outline text="Dresden" xmlUrl="https://www.dresden.de/konfiguration/rss/rss-feed-pressemitteilungen.rss"/>
<outline text="Sachsen" xmlUrl="https://sn.example/"/>
</body></OPML>`)
	want := `[[source]]
id = "stadt-muehlheim"
name = "Stadt Mühlheim"
url = "https://muehlheim.example/rss?a=1&b=2"
region = "baden-wuerttemberg"
evidence = "aus einer Abonnementliste, ungeprüft"

[[source]]
id = "stadt-m-s"
name = "Stadt M&S"
url = "https://ms.example/feed"
region = "baden-wuerttemberg"
evidence = "aus einer Abonnementliste, ungeprüft"

[[source]]
id = "ohne-namen"
name = "ohne-namen"
url = "https://www.ohne-namen.example/atom.xml"
evidence = "aus einer Abonnementliste, ungeprüft"

[[source]]
id = "stadt-muehlheim-2"
name = "Stadt Mühlheim"
url = "https://zwei.example/a%20b"
evidence = "aus einer Abonnementliste, ungeprüft"

[[source]]
id = "seite"
name = "Seite"
url = "https://seite.example/"
kind = "html"
enabled = false
evidence = "aus einer Abonnementliste, ungeprüft"

[[source]]
id = "dresden-presse"
enabled = true

[[source]]
id = "sachsen-feed"
name = "Sachsen"
url = "https://sn.example/"
evidence = "aus einer Abonnementliste, ungeprüft"
`
	if got := im.TOML(); got != want {
		t.Errorf("got\n%s", got)
	}
	if im.Alike != 1 {
		t.Errorf("%d alike, want the one that is polled already", im.Alike)
	}
	var warnings []string
	for _, w := range im.Warnings {
		warnings = append(warnings, fmt.Sprintf("%d: %s", w.Line, w.Msg))
	}
	if want := []string{
		`9: "https://ms.example/feed" stands in the list twice`,
		`13: "https://seite.example/" has no feed: a page, switched off`,
		`14: "Link" is no feed and left out`,
		`15: "file:///etc/passwd" is left out: "file" URLs are not polled`,
		`16: "https://müller.example/" is left out: "müller.example" is not a host`,
	}; !slices.Equal(warnings, want) {
		t.Errorf("warnings\n%s", strings.Join(warnings, "\n"))
	}
	got := mustParse(t, im.TOML())
	if len(got.Sources) != len(c.Sources)+6 {
		t.Errorf("%d sources, %d before", len(got.Sources), len(c.Sources))
	}
}

func TestOPMLEncodings(t *testing.T) {
	const body = `<opml><body><outline text="Größe – €" xmlUrl="https://a.example/"/></body></opml>`
	utf16le := []byte{0xff, 0xfe}
	utf16be := []byte{0xfe, 0xff}
	for _, u := range utf16.Encode([]rune(`<?xml version="1.0" encoding="UTF-16"?>` + body)) {
		utf16le, utf16be = append(utf16le, byte(u), byte(u>>8)), append(utf16be, byte(u>>8), byte(u))
	}
	cp1252 := []byte(strings.NewReplacer("ö", "\xf6", "ß", "\xdf", "–", "\x96", "€", "\x80").Replace(body))
	for name, data := range map[string][]byte{
		"utf-8": []byte(body), "bom": []byte("\ufeff" + body), "wrong label": []byte(`<?xml version="1.0" encoding="ISO-8859-1"?>` + body),
		"latin1": append([]byte(`<?xml version="1.0" encoding="ISO-8859-1"?>`), cp1252...), "no label": cp1252,
		"utf-16le": utf16le, "utf-16be": utf16be,
	} {
		im, err := empty().ReadOPML("x", data, Options{})
		if err != nil || len(im.Sources) != 1 || im.Sources[0].Name != "Größe – €" || im.Sources[0].ID != "groesse" {
			t.Errorf("%s: %+v, %v", name, im, err)
		}
	}
	if _, err := empty().ReadOPML("x", append([]byte(`<?xml version="1.0" encoding="koi8-r"?>`), cp1252...), Options{}); err == nil {
		t.Error("no error for an encoding that is not read")
	}
}

func TestBadOPML(t *testing.T) {
	const head = "<opml xmlns:lf=\"" + opmlNamespace + "\"><body>\n"
	tests := []struct{ name, text, want string }{
		{"empty", "", "x.opml:1:1: this is no OPML"},
		{"text", "hello", "x.opml:1:1: this is no OPML"},
		{"a feed", "\n<rss version=\"2.0\"></rss>", "x.opml:2:1: this is no OPML: it begins with <rss>"},
		{"cut off", "<opml>\n<body>\n<outline text=\"a\"", "x.opml:3:18: this is not XML"},
		{"not closed", "<opml>\n<body>\n", "x.opml:3:1: this is not XML"},
		{"bomb", "<!DOCTYPE opml [\n<!ENTITY a \"aaaa\">\n<!ENTITY b \"&a;&a;\">\n]>\n<opml><body><outline text=\"&b;\"/></body></opml>", "x.opml:1:1: the file declares entities of its own"},
		{"deep", "<opml>" + strings.Repeat("<outline text=\"a\">", 200), "more than 100 elements inside one another"},
		{"attributes", "<opml><outline " + strings.Repeat("a='b' ", 200) + "/></opml>", "more than 100 attributes"},
		{"too large", "<opml>" + strings.Repeat(" ", maxFile), "larger than 4 MiB"},
		{"too many", "<opml><body>" + strings.Repeat("<outline xmlUrl='a'/>", maxRows+1) + "</body></opml>", "more than 10000"},
		{"control character", "<opml><body>\n\n<outline text='\x01'/></body></opml>", "x.opml:3:"},
		{"our id", head + "<outline text='A' xmlUrl='https://a.example/' lf:id='A B'/></body></opml>", "x.opml:2:1: source[0].id: \"A B\" is not an id"},
		{"no id of ours", head + "<outline text='A' xmlUrl='https://a.example/' lf:kind='feed'/></body></opml>", "source[0].id: the source has no id"},
		{"the same id", head + strings.Repeat("<outline text='A' xmlUrl='https://a.example/' lf:id='a'/>\n", 2) + "</body></opml>", "x.opml:3:1: source[1].id: the id \"a\" is taken (by the source in line 2)"},
		{"our key", head + "<outline text='A' xmlUrl='https://a.example/' lf:id='a' lf:colour='b'/></body></opml>", "x.opml:2:1: source[0].colour: unknown key"},
		{"our enabled", head + "<outline text='A' xmlUrl='https://a.example/' lf:id='a' lf:enabled='yes'/></body></opml>", "source[0].enabled: this is a text"},
		{"our URL", head + "<outline text='A' xmlUrl='ftp://a.example/' lf:id='a'/></body></opml>", "source[0].url: \"ftp\" URLs are not polled"},
		{"our schedule", head + "<outline text='A' xmlUrl='https://a.example/' lf:id='a' lf:schedule='@every 1s'/></body></opml>", "more often than every 15m"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			im, err := empty().ReadOPML("x.opml", []byte(tt.text), Options{})
			var list Errors
			if !errors.As(err, &list) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%+v, %v", im, err)
			}
		})
	}
}

// Ten thousand feeds of one name, on one line, half of them of no use.
func TestLargeOPML(t *testing.T) {
	var b strings.Builder
	b.WriteString("<opml><body>")
	long := strings.Repeat("x", longestID)
	for i := range maxRows / 2 {
		fmt.Fprintf(&b, `<outline text=%q xmlUrl="https://a.example/%d"/><outline text="x" xmlUrl="ftp://a.example/"/>`, long, i)
	}
	b.WriteString("</body></opml>")
	im := mustRead(t, empty(), b.String())
	ids := map[string]bool{}
	for _, s := range im.Sources {
		if !slug.MatchString(s.ID) {
			t.Fatalf("%q is no id", s.ID)
		}
		ids[s.ID] = true
	}
	if len(ids) != maxRows/2 || len(im.Warnings) != maxErrors {
		t.Errorf("%d ids, %d warnings", len(ids), len(im.Warnings))
	}
	if w := im.Warnings[99]; w.Line != 1 || w.Column < 10000 || w.Text != "" {
		t.Errorf("line %d, column %d, %d bytes shown", w.Line, w.Column, len(w.Text))
	}
}

func TestImportOverOwnSource(t *testing.T) {
	c := mustParse(t, "[[source]]\nid = \"own\"\nname = \"Own\"\nurl = \"https://own.example/\"\n"+
		"[[source]]\nid = \"off\"\nname = \"Off\"\nurl = \"https://off.example/\"\nenabled = false\n"+
		"[[source]]\nid = \"bmi-presse\"\nlicence = \"full\"")
	im := mustRead(t, c, `<opml xmlns:lf="`+opmlNamespace+`"><outline text="Other" xmlUrl="https://other.example/" lf:id="own"/>
<outline text="x" xmlUrl="https://off.example/"/>
<outline text="BMI" xmlUrl="https://bmi.example/" lf:id="bmi-presse"/>
<outline text="BSI" xmlUrl="https://bsi.example/" lf:id="bsi-presse"/></opml>`)
	if len(im.Sources) != 3 || im.Sources[1].Base == nil || im.Sources[0].ID != "own" || im.Sources[0].Base != nil {
		t.Errorf("%+v", im.Sources)
	}
	if len(im.Warnings) != 3 || !strings.Contains(im.Warnings[2].Msg, `another [[source]] with the id "bmi-presse"`) || !strings.Contains(im.Warnings[0].Msg, `another [[source]] with the id "own"`) || !strings.Contains(im.Warnings[1].Msg, `"off", switched off`) {
		t.Errorf("%v", im.Warnings)
	}
}

func TestSourceID(t *testing.T) {
	taken := map[string]bool{"rathaus": true, "rathaus-2": true}
	tests := []struct{ name, url, want string }{
		{"Stadt Mühlheim: Presse", "https://a.example/", "stadt-muehlheim-presse"},
		{"Rathaus", "https://a.example/", "rathaus-3"},
		{"Hessen", "https://a.example/", "hessen-feed"},
		{"NW", "https://a.example/", "nw-feed"},
		{"kommune", "https://a.example/", "kommune-feed"},
		{"Новости", "https://www.presse.stadt-x.de:8080/", "presse-stadt-x"},
		{"", "http://127.0.0.1:8080/", "127-0-0-1"},
		{"", "::", "quelle"},
		{strings.Repeat("x", 100), "", strings.Repeat("x", 56)},
		{strings.Repeat("wort ", 30), "", strings.TrimSuffix(strings.Repeat("wort-", 11), "-")},
	}
	for _, tt := range tests {
		got := SourceID(tt.name, tt.url, func(id string) bool { return taken[id] })
		if got != tt.want || !slug.MatchString(got) {
			t.Errorf("%q, %q: %q, want %q", tt.name, tt.url, got, tt.want)
		}
	}
}

func TestGuesses(t *testing.T) {
	for url, want := range map[string]aggregator.Region{
		"https://www.mags.nrw/rss.xml": aggregator.NordrheinWestfalen, "https://mdi.rlp.de/": aggregator.RheinlandPfalz,
		"https://bmds.bund.de/x": aggregator.Bund, "https://presse.sachsen-anhalt.de/": aggregator.SachsenAnhalt,
		"https://www.regierung-mv.de/": "", "https://www.example.de/hessen": "", "https://sh.example/": "", "%": "",
		"https://international.example/": "", "https://alle.example/": "",
	} {
		if got := guessRegion(url); got != want {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
	tests := []struct {
		name   string
		region aggregator.Region
		want   aggregator.SourceType
	}{
		{"Stadt Köln", "", "kommune"}, {"Landtag Hessen", aggregator.Hessen, "parlament"}, {"LfDI", aggregator.Hessen, "datenschutz"},
		{"Presse", aggregator.Hessen, "land"}, {"Presse", aggregator.Bund, "bund"}, {"Stadtanzeiger", "", "presse"},
	}
	for _, tt := range tests {
		if got := guessType(tt.name, tt.region); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// Whatever is read from a list is a configuration, and written as a list it is
// read back the same.
func FuzzOPML(f *testing.F) {
	f.Add([]byte(`<opml><body><outline text="a"><outline text="Hessen" xmlUrl="https://a.example/?&x"/></outline></body></opml>`))
	f.Add([]byte(`<!DOCTYPE opml [<!ENTITY a "b">]><opml><outline text="&a;" htmlUrl="https://a.example/"/></opml>`))
	f.Add([]byte("\xff\xfe<\x00o\x00"))
	f.Add([]byte("<?xml version='1.0' encoding='latin1'?><opml><outline title='\xe4' xmlurl=feed:https://a.example/ /></opml>"))
	all := append(Catalogue(), aggregator.Source{ID: "x", Name: "x'\"\\", URL: "https://x.example/", Kind: aggregator.KindHTML, Type: "presse", Licence: "full"})
	f.Add(FormatOPML("x", all[len(all)-3:]))
	c := empty()
	f.Fuzz(func(t *testing.T, data []byte) {
		im, err := c.ReadOPML("x", data, Options{})
		if err != nil {
			var list Errors
			if !errors.As(err, &list) || list[0].Format() == "" {
				t.Fatalf("%v", err)
			}
			return
		}
		var got []aggregator.Source
		for _, s := range im.Sources {
			if s.Base != nil {
				return // of the catalogue: it changes what is there
			}
			got = append(got, s.Source)
		}
		text := FormatOPML("x", got)
		again, err := c.ReadOPML("x", text, Options{})
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if im.TOML() != again.TOML() {
			t.Errorf("first\n%s\nthen\n%s", im.TOML(), again.TOML())
		}
		read, err := parseCatalogue("x", []byte(im.TOML()))
		if err != nil || len(read) != len(got) {
			t.Errorf("%v\n%s", err, im.TOML())
		}
	})
}

func TestDraft(t *testing.T) {
	none := func(string) bool { return false }
	got := Draft("  Stadt &amp;\n\x1b Land ", "https://www.stadt.hessen.de/feed", none)
	want := blank()
	want.ID, want.Name, want.URL, want.Region, want.Type = "stadt-land", "Stadt & Land", "https://www.stadt.hessen.de/feed", aggregator.Hessen, "kommune"
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	if got := Draft("", "https://www.amt-nord.example/feed", none); got.ID != "amt-nord" || got.Name != "amt-nord" {
		t.Errorf("%+v", got)
	}
	for url, want := range map[string]bool{
		"https://a.example/feed": true, "": false, "feed": false, "https://a.example/#x": false, "https://u:p@a.example/": false,
		"https://a.example/" + strings.Repeat("x", maxURL): false,
	} {
		if err := CheckURL(url); (err == nil) != want {
			t.Errorf("%.40s: %v", url, err)
		}
	}
}
