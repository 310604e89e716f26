package parse

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"laenderfeed/aggregator"
)

func rssOf(items string) string {
	return `<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>` + items + `</channel></rss>`
}

// hostile are documents that have brought parsers down: each is read, or
// refused with a class, in about the time its length takes.
func hostile() map[string]string {
	return map[string]string{
		"depth":        rssOf("<item><description>" + strings.Repeat("<a>", 30_000)),
		"depth closed": rssOf("<item><x>" + strings.Repeat("<a>", 400) + strings.Repeat("</a>", 400) + "</x></item>"),
		"attributes":   rssOf("<item" + strings.Repeat(` a="1"`, 30_000) + "></item>"),
		"ampersands":   rssOf("<item><title>" + strings.Repeat("&", 30_000) + "</title></item>"),
		"entities":     rssOf("<item><title>" + strings.Repeat("&uuml;&bogus;&#1;", 20_000) + "</title></item>"),
		"half entity":  rssOf("<item><title>" + strings.Repeat("&aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 20_000) + "</title></item>"),
		"brackets":     rssOf("<item><title>" + strings.Repeat("]]>", 30_000) + "</title></item>"),
		"stray":        rssOf("<item><title>" + strings.Repeat("< ", 30_000) + "</title></item>"),
		"open tags":    rssOf("<item><title>" + strings.Repeat("<a b ", 30_000) + "</title></item>"),
		"open quotes":  rssOf("<item><title>" + strings.Repeat(`<a b="`, 20_000) + strings.Repeat(`<a b='`, 20_000) + "</title></item>"),
		"comments":     rssOf("<item>" + strings.Repeat("<!--", 30_000)),
		"declarations": rssOf("<item>" + strings.Repeat("<![", 30_000)),
		"open cdata":   rssOf(strings.Repeat("<item><title><![CDATA[a</title></item>", 20_000) + "]]>"),
		"open marks":   rssOf("<item><content>" + strings.Repeat("&lt;!", 100_000) + "</content></item>"),
		"doubled":      rssOf("<item><content>" + strings.Repeat("Ãâ€Ã¼", 50_000) + "</content></item>"),
		"cdata":        rssOf("<item><title>" + strings.Repeat("<![CDATA[", 30_000)),
		"end tags":     rssOf("<item><title>" + strings.Repeat("</b>", 30_000) + "</title></item>"),
		"paragraphs":   rssOf("<item><description>" + strings.Repeat("<p>", 30_000) + "</description></item>"),
		"breaks":       rssOf("<item><description>" + strings.Repeat("a<br>", 30_000) + "</description></item>"),
		"items":        rssOf(strings.Repeat("<item><title>a</title></item>", 30_000)),
		"open items":   rssOf(strings.Repeat("<item><title>a", 30_000)),
		"long title":   rssOf("<item><title>" + strings.Repeat("Wort ", 220_000) + "</title><link>https://www.example.de/1</link></item>"),
		"long html":    rssOf("<item><description>" + strings.Repeat("&lt;p&gt;Wort ", 30_000) + "</description></item>"),
		"deep html":    rssOf("<item><description>" + strings.Repeat("&lt;div&gt;", 20_000) + "Text</description></item>"),
		"formatting":   rssOf("<item><content>" + strings.Repeat("&lt;b&gt;&lt;p&gt;", 20_000) + "Text</content></item>"),
		"categories":   rssOf("<item><title>a</title>" + strings.Repeat("<category>c</category>", 20_000) + "</item>"),
		"bomb":         `<!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>` + rssOf("<item><title>&b;&b;</title></item>"),
		"prefixes":     rssOf("<item>" + strings.Repeat(`<a:b xmlns:a="u"/>`, 20_000) + "</item>"),
		"json items":   `{"version":"https://jsonfeed.org/version/1","items":[` + strings.Repeat(`{"id":"a"},`, 20_000) + `{}]}`,
		"json depth":   `{"version":"https://jsonfeed.org/version/1","items":` + strings.Repeat("[", 30_000),
		"junk":         strings.Repeat("<br>", 30_000),
		"zero bytes":   strings.Repeat("\x00", 1_000_000),
	}
}

// testHostile reads them all as feeds and as pages.
func testHostile(t *testing.T) {
	for name, body := range hostile() {
		for _, kind := range []aggregator.Kind{aggregator.KindFeed, aggregator.KindHTML} {
			t.Run(name+"/"+string(kind), func(t *testing.T) {
				opt := Options{URL: "https://www.example.de/", Now: now, Full: true, Kind: kind}
				opt.Selectors.Item = "item, p, a, div, x"
				doc, err := Parse([]byte(body), opt)
				if err != nil {
					if c := aggregator.ClassOf(err); c == "" {
						t.Errorf("error without a class: %v", err)
					}
					return
				}
				checkInvariants(t, doc)
				if size := sizeOf(doc); size > 4*len(body)+4096 {
					t.Errorf("%d bytes became %d", len(body), size)
				}
			})
		}
	}
}

// sizeOf is the number of bytes of text in a document.
func sizeOf(doc *aggregator.Document) int {
	n := len(doc.Title) + len(doc.Rights)
	for _, it := range doc.Items {
		n += len(it.Rights) + len(it.GUID) + len(it.Title) + len(it.Link) + len(it.Summary) + len(it.Content)
		n += len(strings.Join(it.Authors, "")) + len(strings.Join(it.Categories, ""))
	}
	return n
}

// testLimits: what is too much is cut or refused, and says so.
func testLimits(t *testing.T) {
	for name, want := range map[string]aggregator.Class{
		"zero bytes": aggregator.ClassNotAFeed, "junk": aggregator.ClassNotAFeed,
	} {
		_, err := Parse([]byte(hostile()[name]), Options{})
		if err == nil || aggregator.ClassOf(err) != want {
			t.Errorf("%s: error %v, want class %s", name, err, want)
		}
	}
	for _, kind := range []aggregator.Kind{aggregator.KindFeed, aggregator.KindHTML} {
		_, err := Parse([]byte(rssOf(strings.Repeat("<b/><i/>", MaxElements))), Options{Kind: kind})
		if aggregator.ClassOf(err) != aggregator.ClassTooLarge {
			t.Errorf("%s with too many elements: %v", kind, err)
		}
	}
	if doc := mustParse(t, hostile()["long title"], Options{}); !slices.Contains(doc.Repaired, "long") {
		t.Errorf("repaired %v", doc.Repaired)
	}
	doc := mustParse(t, hostile()["items"], Options{})
	if len(doc.Items) != 1 { // all alike
		t.Errorf("%d items", len(doc.Items))
	}
	var many strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&many, "<item><title>Meldung %d</title><guid>%d</guid></item>", i, i)
	}
	if doc := mustParse(t, rssOf(many.String()), Options{}); len(doc.Items) != DefaultMaxItems || doc.Items[1999].GUID != "1999" {
		t.Errorf("%d items", len(doc.Items))
	}
	if doc := mustParse(t, rssOf(many.String()), Options{MaxItems: 7}); len(doc.Items) != 7 || doc.Repaired != nil {
		t.Errorf("%d items, repaired %v", len(doc.Items), doc.Repaired)
	}
	doc = mustParse(t, hostile()["long title"], Options{})
	if title := doc.Items[0].Title; len(title) > MaxTitle || !strings.HasSuffix(title, "Wort…") {
		t.Errorf("title of %d bytes ends in %q", len(title), title[len(title)-20:])
	}
	doc = mustParse(t, hostile()["bomb"], Options{})
	if doc.Items[0].Title != "&b;&b;" {
		t.Errorf("entity expanded: %q", doc.Items[0].Title)
	}
}

// TestDeep: an item nested too deep, or with too many attributes, loses what is
// too much; the items around it lose nothing.
func TestDeep(t *testing.T) {
	for _, closed := range []string{"", strings.Repeat("</div>", 200), strings.Repeat("</div>", 1000)} {
		broken := "<item><title>b</title><description>" + strings.Repeat("<div>", 1000) + "Text" + closed + "</description><link>https://e.de/b</link></item>"
		doc := mustParse(t, rssOf("<item><title>a</title></item>"+broken+"<item><title>c</title></item>"), Options{})
		if len(doc.Items) != 3 || doc.Items[2].Title != "c" || !slices.Contains(doc.Repaired, "deep") {
			t.Fatalf("%d items, repaired %v", len(doc.Items), doc.Repaired)
		}
		if it := doc.Items[1]; it.Title != "b" || it.Summary != "Text" || it.Link != "https://e.de/b" {
			t.Errorf("%+v", it)
		}
	}
	enclosure := "<enclosure" + strings.Repeat(" a='1'", 100) + " url='https://e.de/a.pdf'" + strings.Repeat(" b='1'", 1000) + "/>"
	doc := mustParse(t, rssOf("<item><title>a</title>"+enclosure+"</item><item><title>b</title></item>"), Options{})
	if len(doc.Items) != 2 || len(doc.Items[0].Enclosures) != 1 || !slices.Contains(doc.Repaired, "tag") {
		t.Errorf("%+v, repaired %v", doc.Items, doc.Repaired)
	}
}

func mustParse(t testing.TB, body string, opt Options) *aggregator.Document {
	t.Helper()
	doc, err := Parse([]byte(body), opt)
	if err != nil {
		t.Fatalf("%.80q: %v", body, err)
	}
	return doc
}

// TestCutAnywhere cuts a document at every byte: whole items before the cut stay
// as they are, and what is cut off never yields half an identity.
func TestCutAnywhere(t *testing.T) {
	body := sample(3, 1)
	whole := mustParse(t, string(body), Options{Now: now})
	for n := range body {
		doc, err := Parse(body[:n], Options{Now: now})
		if err != nil {
			continue
		}
		for i, it := range doc.Items {
			if want := whole.Items[i]; it.Title != want.Title || it.GUID != want.GUID || it.Link != want.Link {
				t.Fatalf("cut at %d: item %d is %q %q %q", n, i, it.Title, it.GUID, it.Link)
			}
		}
		if end := strings.Count(string(body[:n]), "</item>"); len(doc.Items) < end {
			t.Fatalf("cut at %d: %d items of %d", n, len(doc.Items), end)
		}
	}
}

// TestBrokenAnywhere damages one byte of the middle item: the other two survive.
func TestBrokenAnywhere(t *testing.T) {
	body := string(sample(3, 1))
	whole := mustParse(t, body, Options{Now: now})
	start := strings.Index(body, "<item><title>Meldung 1")
	end := start + strings.Index(body[start:], "</item>")
	for i := start + len("<item>"); i < end; i++ {
		for _, with := range []string{"<", "\x00", "\""} {
			doc := mustParse(t, body[:i]+with+body[i+1:], Options{Now: now})
			if n := len(doc.Items); n < 2 || doc.Items[0].Title != whole.Items[0].Title || doc.Items[n-1].Title != whole.Items[2].Title {
				t.Fatalf("%q at %d: %d items", with, i, n)
			}
		}
	}
}

func TestCutText(t *testing.T) {
	for n := range 60 {
		s := cutText("Bürgerbüro öffnet früher als geplant, sagt die Oberbürgermeisterin", n+10)
		if len(s) > n+10 || !utf8.ValidString(s) {
			t.Errorf("%d: %q", n, s)
		}
	}
}
