package demo

import (
	"bytes"
	"encoding/xml"
	"html"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// published returns the items a publisher has out, newest first.
func published(p *Publishers, id string) []entry {
	o := p.outlet(id)
	o.mu.RLock()
	defer o.mu.RUnlock()
	return slices.Clone(o.entries)
}

// seen is what a reader of any format finds about an item.
type seen struct {
	id, title, link, summary string
	at                       time.Time
}

// check compares what a reader finds with what was published.
func check(t *testing.T, p *Publishers, id string, got []seen, precision time.Duration) {
	t.Helper()
	want := published(p, id)
	if len(got) != len(want) || len(want) == 0 {
		t.Fatalf("%s: %d items, want %d", id, len(got), len(want))
	}
	v := p.outlet(id).view(fixedNow())
	for i, e := range want {
		s := seen{id: v.GUID(e), title: e.Title, link: v.URL(e), summary: e.Summary, at: got[i].at}
		if got[i].id == "" {
			s.id = ""
		}
		if got[i] != s || got[i].at.Sub(e.At).Abs() > precision {
			t.Errorf("%s: item %d is\n%+v, want\n%+v at %v", id, i, got[i], s, e.At)
		}
	}
}

func parseTime(t *testing.T, layout, s string) time.Time {
	t.Helper()
	at, err := time.Parse(layout, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestRSS(t *testing.T) {
	p := start(t, nil)
	for _, id := range []string{"verwaltungsblatt", "datenschutz-rundschau"} {
		// encoding/xml reads a prefixed element by its local name, so what is
		// read differs from what is written in the prefixes.
		var d struct {
			Version string `xml:"version,attr"`
			Channel struct {
				Self  atomLink `xml:"http://www.w3.org/2005/Atom link"`
				TTL   int      `xml:"ttl"`
				Built string   `xml:"lastBuildDate"`
				Items []struct {
					rssItem
					Content string `xml:"http://purl.org/rss/1.0/modules/content/ encoded"`
				} `xml:"item"`
			} `xml:"channel"`
		}
		read(t, p, id, &d)
		var got []seen
		for _, it := range d.Channel.Items {
			if it.GUID == nil || it.GUID.PermaLink {
				t.Fatalf("%s: guid %+v of %q", id, it.GUID, it.Title)
			}
			got = append(got, seen{it.GUID.Value, it.Title, it.Link, it.Description, parseTime(t, time.RFC1123Z, it.Date)})
			if full := id == "verwaltungsblatt"; full != strings.HasPrefix(it.Content, "<p>") {
				t.Errorf("%s: content %q", id, it.Content)
			}
		}
		check(t, p, id, got, 0)
		if d.Version != "2.0" || !parseTime(t, time.RFC1123Z, d.Channel.Built).Equal(got[0].at) {
			t.Errorf("%s: version %q, built %q", id, d.Version, d.Channel.Built)
		}
		if self := d.Channel.Self; self.Rel != "self" || self.Href != p.outlet(id).feedURL() {
			t.Errorf("%s: self %+v", id, self)
		}
		if (id == "verwaltungsblatt") != (d.Channel.TTL == 1) {
			t.Errorf("%s: ttl %d", id, d.Channel.TTL)
		}
	}
}

func TestAtom(t *testing.T) {
	p := start(t, nil)
	for _, id := range []string{"digitalkurier-nord", "bundesdienst-digitales"} {
		var d atomDoc
		read(t, p, id, &d)
		var got []seen
		for _, e := range d.Entries {
			got = append(got, seen{e.ID, e.Title, e.Link.Href, e.Summary, parseTime(t, time.RFC3339, e.Updated)})
		}
		check(t, p, id, got, 0)
		if d.ID == "" || d.Author == "" || d.Title != p.outlet(id).name || !parseTime(t, time.RFC3339, d.Updated).Equal(got[0].at) {
			t.Errorf("%s: head %+v", id, d)
		}
		if len(d.Links) != 2 || d.Links[0].Rel != "self" || d.Links[0].Href != p.outlet(id).feedURL() {
			t.Errorf("%s: links %+v", id, d.Links)
		}
	}
}

func TestRDF(t *testing.T) {
	p := start(t, nil)
	var d struct {
		XMLName xml.Name
		Refs    []struct {
			Resource string `xml:"http://www.w3.org/1999/02/22-rdf-syntax-ns# resource,attr"`
		} `xml:"channel>items>Seq>li"`
		Items []struct {
			XMLName     xml.Name `xml:"http://purl.org/rss/1.0/ item"`
			About       string   `xml:"http://www.w3.org/1999/02/22-rdf-syntax-ns# about,attr"`
			Title       string   `xml:"title"`
			Link        string   `xml:"link"`
			Description string   `xml:"description"`
			Date        string   `xml:"http://purl.org/dc/elements/1.1/ date"`
		} `xml:"item"`
	}
	read(t, p, "amtsgazette", &d)
	if d.XMLName.Space != "http://www.w3.org/1999/02/22-rdf-syntax-ns#" || d.XMLName.Local != "RDF" || len(d.Refs) != len(d.Items) {
		t.Fatalf("root %v, %d references to %d items", d.XMLName, len(d.Refs), len(d.Items))
	}
	var got []seen
	for i, it := range d.Items {
		if d.Refs[i].Resource != it.About {
			t.Errorf("item %d: reference to %q, item %q", i, d.Refs[i].Resource, it.About)
		}
		got = append(got, seen{it.About, it.Title, it.Link, it.Description, parseTime(t, time.RFC3339, it.Date)})
	}
	check(t, p, "amtsgazette", got, 0)
}

func TestJSONFeed(t *testing.T) {
	p := start(t, nil)
	var d jsonDoc
	read(t, p, "netzkommune", &d)
	if d.Version != "https://jsonfeed.org/version/1.1" || d.Title == "" || d.Feed != p.outlet("netzkommune").feedURL() || d.Home == "" {
		t.Errorf("head %+v", d)
	}
	var got []seen
	for _, it := range d.Items {
		got = append(got, seen{it.ID, it.Title, it.URL, it.Summary, parseTime(t, time.RFC3339, it.Date)})
		if !strings.Contains(it.Content, html.EscapeString(it.Summary)) {
			t.Errorf("%q: content %q", it.Title, it.Content)
		}
	}
	check(t, p, "netzkommune", got, 0)
}

func TestLatin1WithoutGUIDs(t *testing.T) {
	p := start(t, nil)
	_, body := get(t, p.outlet("kreisbote-suedwest").feedURL())
	if !bytes.HasPrefix(body, []byte(xmlLatin1)) || !bytes.Contains(body, []byte("T\xfcbingen")) ||
		bytes.Contains(body, []byte("Tübingen")) || !bytes.Contains(body, []byte("&#8211;")) || bytes.Contains(body, []byte("<guid")) {
		t.Fatalf("not ISO-8859-1 without guids: %q", body[:300])
	}
	for _, b := range body {
		if b >= 0x80 && b < 0xA0 {
			t.Fatalf("byte %#x is a control character in ISO-8859-1", b)
		}
	}
	dec := xml.NewDecoder(bytes.NewReader(body))
	dec.CharsetReader = func(label string, in io.Reader) (io.Reader, error) {
		raw, err := io.ReadAll(in)
		runes := make([]rune, len(raw))
		for i, b := range raw {
			runes[i] = rune(b)
		}
		return strings.NewReader(string(runes)), err
	}
	var d rssDoc
	if err := dec.Decode(&d); err != nil {
		t.Fatal(err)
	}
	var got []seen
	for _, it := range d.Channel.Items {
		got = append(got, seen{"", it.Title, it.Link, it.Description, parseTime(t, time.RFC1123Z, it.Date)})
	}
	check(t, p, "kreisbote-suedwest", got, 0)
}

func TestGermanDates(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[time.Time]string{
		fixedNow(): "Donnerstag, 19. November 2026 - 14:30",
		time.Date(2026, 3, 1, 23, 5, 0, 0, time.UTC):    "Montag, 2. März 2026 - 00:05",
		time.Date(2026, 7, 4, 22, 0, 0, 0, time.UTC):    "Sonntag, 5. Juli 2026 - 00:00",
		time.Date(2026, 12, 31, 11, 59, 0, 0, time.UTC): "Donnerstag, 31. Dezember 2026 - 12:59",
	} {
		if got := germanDate(at.In(berlin)); got != want {
			t.Errorf("%v: %q, want %q", at, got, want)
		}
	}
	p := start(t, nil)
	const id = "pressestelle-rhein-ruhr"
	var d rssDoc
	read(t, p, id, &d)
	for i, e := range published(p, id) {
		if got, want := d.Channel.Items[i].Date, germanDate(e.At.In(berlin)); got != want {
			t.Errorf("%q is dated %q, want %q", e.Title, got, want)
		}
		d.Channel.Items[i].Date = e.At.Format(time.RFC1123Z)
	}
	var got []seen
	for _, it := range d.Channel.Items {
		got = append(got, seen{it.GUID.Value, it.Title, it.Link, it.Description, parseTime(t, time.RFC1123Z, it.Date)})
	}
	check(t, p, id, got, 0)
}

func TestListPages(t *testing.T) {
	p := start(t, nil)
	for id, row := range map[string]*regexp.Regexp{
		"pressestelle-elbtal": regexp.MustCompile(`<tr>\s*<td>(?P<date>[\d.]+)</td>\s*<td><a href="(?P<link>[^"]+)">(?P<title>[^<]*)</a></td>\s*<td>(?P<text>[^<]*)</td>`),
		"kommunalmagazin": regexp.MustCompile(`<article class="beitrag">\s*<h3 class="titel"><a href="(?P<link>[^"]+)"><span class="dachzeile">(?P<kicker>[^<]*)</span><span class="schlagzeile">(?P<title>[^<]*)</span></a></h3>` +
			`\s*<p class="teaser">\[(?P<date>[\d.]+)\] (?P<text>[^<]*) <a class="mehr" href="[^"]+">mehr\.\.\.</a></p>`),
	} {
		_, body := get(t, p.outlet(id).feedURL())
		var got []seen
		for _, m := range row.FindAllStringSubmatch(string(body), -1) {
			f := map[string]string{}
			for i, name := range row.SubexpNames() {
				f[name] = html.UnescapeString(m[i])
			}
			if f["kicker"] != "" {
				f["title"] = f["kicker"] + ": " + f["title"]
			}
			link := strings.TrimSuffix(p.outlet(id).home(), "/") + f["link"]
			got = append(got, seen{"", f["title"], link, f["text"], parseTime(t, "02.01.2006", f["date"])})
		}
		check(t, p, id, got, 26*time.Hour)
	}
}

func TestLatin1(t *testing.T) {
	for in, want := range map[string]string{
		"":           "",
		"abc":        "abc",
		"äöüßÿ":      "\xe4\xf6\xfc\xdf\xff",
		"„–“ €":      "&#8222;&#8211;&#8220; &#8364;",
		"\u0085":     "&#133;",
		"\u00a0":     "\xa0",
		"\U0001F600": "&#128512;",
	} {
		if got := string(latin1([]byte(in))); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
