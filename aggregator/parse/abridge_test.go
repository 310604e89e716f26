package parse

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// checkAbridged reads a document as gofeed would read all of it, and abridged with
// what was left out put back. It returns the bytes that gofeed was spared, and
// whether what it read could be used.
func checkAbridged(t *testing.T, body []byte) (spared int, restored bool) {
	t.Helper()
	r := newReader(Options{URL: "https://www.example.de/feed"})
	text := r.decode(body)
	start, err := r.findRoot(text)
	if err != nil || start.kind == "atom" { // whose texts are never gofeed's
		return 0, true
	}
	s := &scanner{r: r, src: text, pos: start.pos, kind: start.kind, wrap: start.wrap, native: map[string]bool{"rss": true, "rdf": true}}
	xml, err := s.scan()
	if err != nil {
		return 0, true
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
	short, _ := s.abridged(xml, true)
	got, err := parseRSS(short)
	if err != nil {
		t.Errorf("abridged: %v\n%s", err, short)
		return 0, false
	}
	if len(got.Items) != len(whole.Items) {
		t.Errorf("%d items instead of %d in\n%s", len(got.Items), len(whole.Items), short)
		return 0, false
	}
	if !s.restore(xml, got.Items) {
		return 0, false
	}
	for i, it := range got.Items {
		if want := whole.Items[i]; !reflect.DeepEqual(it, want) {
			t.Errorf("item %d\n got %+v\nwant %+v", i, it, want)
		}
	}
	return len(xml) - len(short), true
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
		"text":         {"<description>" + long + "</description>", true, false},
		"space":        {"<description>\n\t " + long + "\r\n </description>", true, false},
		"references":   {"<description>&lt;p&gt;" + long + "&amp;amp; &#228;&#xFC;</description>", true, false},
		"section":      {"<description>vor &amp; <![CDATA[<p>" + long + "&amp;</p>]]> da <![CDATA[zwei]]></description>", true, false},
		"elements":     {"<description>" + long + "<b>fett</b> <description>innen</description></description>", true, false},
		"content":      {"<description>kurz</description><content:encoded><![CDATA[" + long + "]]></content:encoded>", true, false},
		"other prefix": {`<c:encoded xmlns:c="http://purl.org/rss/1.0/modules/content/">` + long + "</c:encoded>", true, false},
		"case":         {"<Description>" + long + "</Description>", true, false},
		"short":        {"<description>kurz</description>", false, false},
		"empty":        {"<description/>", false, false},
		"two":          {"<description>" + long + "</description><description>" + long + "</description>", false, false},
		"long, short":  {"<description>" + long + "</description><description>kurz</description>", false, false},
		"no content":   {"<encoded>" + long + "</encoded>", false, true},
		"foreign":      {`<description xmlns="https://example.de/ns">` + long + "</description>", false, true},
		"the sign":     {"<description>" + omitted + "</description><title>" + omitted + "</title>", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			body := `<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Kanal</title>` +
				"<item><title>eins</title><link>https://e.de/1</link>" + tt.item + "</item><item><title>zwei</title></item></channel></rss>"
			n, restored := checkAbridged(t, []byte(body))
			if restored == tt.twice || n > 0 != tt.spared {
				t.Errorf("%d bytes spared, restored: %v", n, restored)
			}
			doc, err := Parse([]byte(body), Options{URL: "https://www.example.de/feed", Full: true})
			if err != nil || len(doc.Items) != 2 {
				t.Fatalf("%+v (%v)", doc, err)
			}
			said := doc.Items[0].Summary + doc.Items[0].Content
			if strings.Contains(said, omitted) != (name == "the sign") {
				t.Errorf("the sign for what is left out: %q", said)
			}
			if strings.Contains(said, strings.TrimSpace(long)) != (tt.spared || name == "two" || name == "no content") {
				t.Errorf("text %q", said)
			}
		})
	}
}
