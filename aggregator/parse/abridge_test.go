package parse

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/mmcdole/gofeed/atom"
	"github.com/mmcdole/gofeed/rss"
)

// checkAbridged reads a document as gofeed would read all of it, and abridged with
// what was left out put back. It returns the bytes that gofeed was spared, and
// whether what it read could be used.
func checkAbridged(t *testing.T, body []byte) (spared int, restored bool) {
	t.Helper()
	r := newReader(Options{URL: "https://www.example.de/feed"})
	text := r.decode(body)
	start, err := r.findRoot(text)
	if err != nil {
		return 0, true
	}
	s := &scanner{r: r, src: text, pos: start.pos, kind: start.kind, wrap: start.wrap,
		native: map[string]bool{"rss": true, "rdf": true, "atom": start.kind == "atom"}}
	xml, err := s.scan()
	if err != nil {
		return 0, true
	}
	brief, _ := s.abridged(xml, true)
	if s.kind == "atom" {
		return len(xml) - len(brief), checkAbridgedAtom(t, s, xml, brief)
	}
	whole, err := parseRSS(xml)
	if err != nil || len(whole.Items) != len(s.items) {
		return 0, true
	}
	// gofeed lists the items inside the channel before those beside it.
	for _, f := range s.items {
		if f.depth != s.items[0].depth {
			return 0, true
		}
	}
	got, err := parseRSS(brief)
	if err != nil {
		t.Errorf("abridged: %v\n%s", err, brief)
		return 0, false
	}
	if len(got.Items) != len(whole.Items) {
		t.Errorf("%d items instead of %d in\n%s", len(got.Items), len(whole.Items), brief)
		return 0, false
	}
	if !restore(s, xml, got.Items, placeRSS) {
		return 0, false
	}
	for i, it := range got.Items {
		want := whole.Items[i]
		it.PubDateParsed, want.PubDateParsed, want.Comments, want.Source = nil, nil, "", nil // never looked at
		for _, c := range slices.Concat(it.Categories, want.Categories) {
			c.Domain = ""
		}
		if !reflect.DeepEqual(it, want) {
			t.Errorf("item %d\n got %+v\nwant %+v", i, it, want)
		}
	}
	head := func(f *rss.Feed) []any {
		return []any{f.Title, f.Link, f.Links, f.Language, f.Copyright, f.PubDate, f.LastBuildDate, f.TTL, f.SkipHours, f.SkipDays, f.Extensions}
	}
	if a, b := head(got), head(whole); !reflect.DeepEqual(a, b) {
		t.Errorf("feed\n got %+v\nwant %+v", a, b)
	}
	return len(xml) - len(brief), true
}

// checkAbridgedAtom compares what is looked at of what gofeed makes of a document and
// of the abridged one. It tells whether the latter could be used.
func checkAbridgedAtom(t *testing.T, s *scanner, xml, brief []byte) bool {
	t.Helper()
	whole, err := parseAtom(xml)
	if err != nil || len(whole.Entries) != len(s.items) {
		return true
	}
	got, err := parseAtom(brief)
	if err != nil || len(got.Entries) != len(whole.Entries) {
		t.Fatalf("%v in\n%s", err, brief)
	}
	if !restore(s, xml, got.Entries, placeAtom) {
		return false
	}
	for i, it := range got.Entries {
		want := whole.Entries[i]
		for _, e := range []*atom.Entry{it, want} {
			e.Title, e.ID, e.Summary, e.Content, e.PublishedParsed, e.UpdatedParsed = "", "", "", nil, nil, nil
		}
		if !reflect.DeepEqual(it, want) {
			t.Errorf("entry %d\n got %+v\nwant %+v", i, it, want)
		}
	}
	head := func(f *atom.Feed) []any {
		return []any{f.Title, f.Language, f.Updated, f.Links, f.Extensions, f.Rights, f.Authors}
	}
	if a, b := head(got), head(whole); !reflect.DeepEqual(a, b) {
		t.Errorf("feed\n got %+v\nwant %+v", a, b)
	}
	return true
}

// TestAbridged reads the well-formed documents of the other tests both ways.
func TestAbridged(t *testing.T) {
	names, err := filepath.Glob("testdata/cases/*.xml")
	if err != nil || len(names) == 0 {
		t.Fatal("no documents", err)
	}
	spared := 0
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			body, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			n, restored := checkAbridged(t, body)
			if !restored {
				t.Error("would be read twice")
			}
			spared += n
		})
	}
	if spared == 0 {
		t.Error("nothing was left out of any document")
	}
}

// TestAbridgedTexts has texts at which the two ways could part.
func TestAbridgedTexts(t *testing.T) {
	long := strings.Repeat("Wort für Wort. ", 10)
	for name, tt := range map[string]struct {
		item   string
		spared bool
		twice  bool
	}{
		"text":          {"<description>" + long + "</description>", true, false},
		"space":         {"<description>\n\t " + long + "\r\n </description>", true, false},
		"references":    {"<description>&lt;p&gt;" + long + "&amp;amp; &#228;&#xFC;</description>", true, false},
		"section":       {"<description>vor &amp; <![CDATA[<p>" + long + "&amp;</p>]]> da <![CDATA[zwei]]></description>", true, false},
		"elements":      {"<description>" + long + "<b>fett</b> <description>innen</description></description>", true, false},
		"content":       {"<content:encoded><![CDATA[" + long + "]]></content:encoded>", true, false},
		"other prefix":  {`<c:encoded xmlns:c="http://purl.org/rss/1.0/modules/content/">` + long + "</c:encoded>", true, false},
		"case":          {"<Description>" + long + "</Description>", true, false},
		"short":         {"<description>kurz</description>", true, false},
		"empty":         {"<description/>", true, false},
		"two":           {"<description>" + long + "</description><description>" + long + "</description>", false, false},
		"long, short":   {"<description>" + long + "</description><description>kurz</description>", false, false},
		"no content":    {"<encoded>" + long + "</encoded>", false, true},
		"foreign":       {`<description xmlns="https://example.de/ns">` + long + "</description>", false, true},
		"prefix, too":   {"<description>" + long + `</description><d:description xmlns:d="http://purl.org/rss/1.0/">` + long + "</d:description>", true, true},
		"beside":        {"<description>" + long + `</description><d:p xmlns:d="https://example.de/ns"/>`, true, false},
		"date":          {"<description>" + long + "</description><pubDate> Fri, 20 Nov 2026 10:00:00 <![CDATA[GMT]]> </pubDate>", true, false},
		"two dates":     {"<pubDate>Fri, 20 Nov 2026 10:00:00 GMT</pubDate><pubDate>heute</pubDate>", false, false},
		"categories":    {"<category>a</category><category domain='d'>b &amp; c</category><category/>", true, false},
		"category, too": {`<category>a</category><r:category xmlns:r="http://purl.org/rss/1.0/">b</r:category><category>c</category>`, false, false},
		"end tag":       {"<category>a</category ><category>c</category>", true, false},
		"long, end tag": {"<description>" + long + "</description ><link>https://e.de/2</link>", true, false},
		"unread":        {"<comments>https://e.de/1#c</comments><source url='https://f.de/'>F</source>", true, false},
		"the sign":      {"<description>" + omitted + "</description><title>" + omitted + "</title>", true, false},
	} {
		t.Run(name, func(t *testing.T) {
			body := `<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Kanal</title>` +
				"<item><title>eins</title><link>https://e.de/1</link>" + tt.item + "</item><item><title>zwei</title></item></channel></rss>"
			n, restored := checkAbridged(t, []byte(body))
			rest, _ := checkAbridged(t, []byte(strings.Replace(body, tt.item, "", 1)))
			if restored == tt.twice || restored && n > rest != tt.spared {
				t.Errorf("%d bytes spared, restored: %v", n-rest, restored)
			}
			doc, err := Parse([]byte(body), Options{URL: "https://www.example.de/feed", Full: true})
			if err != nil || len(doc.Items) != 2 {
				t.Fatalf("%+v (%v)", doc, err)
			}
			said := doc.Items[0].Summary + doc.Items[0].Content
			if strings.Contains(said, omitted) != (name == "the sign") {
				t.Errorf("the sign for what is left out: %q", said)
			}
			if strings.Contains(said, strings.TrimSpace(long)) != (strings.Contains(tt.item, long) && name != "long, short" && name != "foreign") {
				t.Errorf("text %q", said)
			}
		})
	}
}

// TestAbridgedFeeds has feeds around the items at which the two ways could part, above
// all by their namespaces.
func TestAbridgedFeeds(t *testing.T) {
	const modules = ` xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"`
	const item = "<item><title>a</title><atom:link rel='related' href='/r'/><dc:creator>b</dc:creator><content:encoded>c</content:encoded></item>"
	const entry = "<entry><title>a</title><id>1</id><dc:creator>b</dc:creator><atom:link href='/1'/><summary>s</summary><content type='xhtml'><div>c</div></content></entry>"
	const unread = "<description>d</description><image><url>u</url></image><generator>g</generator><category>c</category><items><rdf:Seq><rdf:li resource='/1'/></rdf:Seq></items>"
	for name, body := range map[string]string{
		"rss":              "<rss" + modules + "><channel><title>t</title>" + unread + item + item + "</channel></rss>",
		"order":            "<rss" + modules + "><channel>" + item + unread + "<ttl>5</ttl>" + item + "<title>t</title></channel></rss>",
		"rdf":              "<rdf:RDF xmlns='http://purl.org/rss/1.0/' xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'" + modules + "><channel rdf:about='/'>" + unread + "</channel><image/>" + item + "</rdf:RDF>",
		"atom":             "<feed xmlns='http://www.w3.org/2005/Atom'" + modules + "><title>t</title><id>i</id><subtitle>s</subtitle><atom:link href='/'/>" + entry + "</feed>",
		"atom dates":       "<feed xmlns='http://www.w3.org/2005/Atom'><entry><published> 2026-11-20 </published><updated><![CDATA[2026]]>&#45;11</updated></entry></feed>",
		"several dates":    "<feed xmlns='http://www.w3.org/2005/Atom'><entry><issued>1</issued><published>2</published><updated>3</updated><updated>4</updated></entry></feed>",
		"long, end tag":    "<feed xmlns='http://www.w3.org/2005/Atom'><entry><summary>" + strings.Repeat("lang ", 20) + "</summary ><link href='/1'/><published>1</published></entry></feed>",
		"dates with types": "<feed xmlns='http://www.w3.org/2005/Atom'><entry><published type='html'>&amp;lt;1</published><updated mode='escaped'>&amp;2</updated></entry></feed>",
		"foreign dates":    "<feed xmlns='http://www.w3.org/2005/Atom'><entry><published xmlns='https://example.de/ns'>1</published><updated>2</updated></entry></feed>",
		"prefixed":         strings.NewReplacer("<", "<atom:", "<atom:/", "</atom:", "atom:dc:", "dc:", "atom:atom:", "atom:").Replace("<feed" + modules + "><title>t</title>" + entry + "</feed>"),
		"other prefixes":   "<rss" + strings.ReplaceAll(modules, "xmlns:", "xmlns:x") + "><channel>" + strings.NewReplacer("dc:", "xdc:", "atom:", "xatom:", "content:", "xcontent:").Replace(item) + "</channel></rss>",
		"taken prefix":     "<rss xmlns:dc='https://example.de/ns'><channel>" + item + "</channel></rss>",
		"prefix twice":     "<rss" + modules + " xmlns:dc='https://example.de/ns'><channel>" + item + "</channel></rss>",
		"twice, the other": "<rss xmlns:dc='https://example.de/ns'" + modules + "><channel>" + item + "</channel></rss>",
		"declared inside":  "<rss" + modules + "><channel xmlns:dc='https://example.de/ns'>" + item + "</channel></rss>",
		"no namespaces":    "<rss><channel>" + item + unread + "</channel></rss>",
		"module as root":   "<dc:rss" + modules + "><channel><dc:title>t</dc:title>" + item + "</channel></dc:rss>",
		"items as foreign": "<rss" + modules + "><channel><description xmlns='https://example.de/ns'>d</description><dc:image>i</dc:image>" + item + "</channel></rss>",
		"never closed":     "<rss" + modules + "><channel>" + item + "<image><url>u" + item,
	} {
		t.Run(name, func(t *testing.T) {
			if _, restored := checkAbridged(t, []byte(body)); !restored {
				t.Error("would be read twice")
			}
		})
	}
}
