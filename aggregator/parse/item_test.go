package parse

import (
	"slices"
	"strings"
	"testing"
	"time"

	"laenderfeed/aggregator"
)

func TestPlain(t *testing.T) {
	tests := []struct {
		kind     notation
		in, want string
	}{
		{unknown, "Einfach", "Einfach"},
		{unknown, "  zwei \n\t Zeilen  ", "zwei Zeilen"},
		{unknown, "A & B", "A & B"},
		{unknown, "A &amp; B", "A & B"},
		{unknown, "A &amp;amp; B", "A & B"},
		{unknown, "3 < 4 und 5 > 2", "3 < 4 und 5 > 2"},
		{unknown, "Datei <unbekannt> fehlt", "Datei <unbekannt> fehlt"},
		{unknown, "<p>Absatz</p><p>noch einer</p>", "Absatz noch einer"},
		{unknown, "<p>Absatz</p><p>mit <b>fett</b>em Text</p>", "Absatz mit fettem Text"},
		{unknown, "&lt;p&gt;escaped&lt;/p&gt;", "escaped"},
		{unknown, "<code>&lt;br /></code>", "<br />"},
		{unknown, "Text<script>alert('x')</script> bleibt", "Text bleibt"},
		{unknown, "Text<style>p{}</style> bleibt", "Text bleibt"},
		{unknown, "Text <iframe src=x> bleibt", "Text bleibt"},
		{unknown, "<!-- weg -->da", "da"},
		{unknown, "da<!-- weg >auch da", "daauch da"},
		{unknown, "Silben\u00adtrennung und\u200b Null", "Silbentrennung und Null"},
		{unknown, "M&uuml;ller &copy=2", "Müller &copy=2"},
		{unknown, "a<br>b<br/>c", "a b c"},
		{unknown, "<p><img src='a.jpg' alt='Das &lt;Rathaus&gt;'></p>", "Das <Rathaus>"},
		{unknown, "a<img src='a.jpg' alt='Bild'>b", "a b"},
		{unknown, "<img src='a.jpg'>", ""},
		{unknown, "a <blink>b</blink><applet code='x'>c</applet>", "a b c"},
		{unknown, "<math xmlns='m'><mi>a</mi></math>", "a"},
		{hypertext, "<!DOCTYPE ~", "<!DOCTYPE ~"},
		{hypertext, "a <b>b</b> <! c <!", "a b <! c <!"},
		{hypertext, "a <!-- b > c", "a c"},
		{hypertext, "a <!-- b", "a"},
		{unknown, "a <plaintext>b <b>c</b> <xmp>d", "a b c d"},
		{literal, "Das <b>-Element &amp; mehr", "Das <b>-Element & mehr"},
		{hypertext, "1 &lt; 2", "1 < 2"},
		{hypertext, "<table><tr><td>a</td><td>b</td></tr></table>", "a b"},
	}
	for _, tt := range tests {
		if got := plain(markup{text: tt.in, kind: tt.kind}, 1000); got != tt.want {
			t.Errorf("plain(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestFromXHTML(t *testing.T) {
	for in, want := range map[string]string{
		`<p>a</p>`:                              `<p>a</p>`,
		`<x:p>a <x:b class="a:b">b</x:b></x:p>`: `<p>a <b class="a:b">b</b></p>`,
		`<script src="x"/>a<br/>b`:              `<script src="x"></script>a<br/>b`,
		`<a title="1 > 2" id="x"/>b`:            `<a title="1 > 2" id="x"></a>b`,
		`<p><![CDATA[a <b>c</b>]]></p>`:         `<p>a <b>c</b></p>`,
		`a: <m:mn/> <`:                          `a: <m:mn/> <`,
	} {
		if got := fromXHTML(in); got != want {
			t.Errorf("%s became %s, want %s", in, got, want)
		}
	}
}

func testAbsolute(t *testing.T) {
	r := newReader(Options{})
	const base = "https://www.example.de/a/b?c=d"
	for in, want := range map[string]string{
		"https://www.example.de/x":            "https://www.example.de/x",
		"HTTP://WWW.Example.de/X":             "http://WWW.Example.de/X",
		"x":                                   "https://www.example.de/a/x",
		"/x":                                  "https://www.example.de/x",
		"../x":                                "https://www.example.de/x",
		"?x=1":                                "https://www.example.de/a/b?x=1",
		"//cdn.example.de/x":                  "https://cdn.example.de/x",
		"www.example.de/x":                    "https://www.example.de/x",
		"https://www.example.de/ä b":          "https://www.example.de/%C3%A4%20b",
		"https://www.example.de/100%":         "https://www.example.de/100%25",
		"https://www.example.de/?a=1&amp;b=2": "https://www.example.de/?a=1&b=2",
		`https://www.example.de/?q="x"`:       "https://www.example.de/?q=%22x%22",
		"https://www.example.de/a\n b":        "https://www.example.de/a%20b",
		"https://u:p@www.example.de/x":        "https://www.example.de/x",
		"/x;jsessionid=1A2B?y=1":              "https://www.example.de/x?y=1",
		"/x;jsessionid=1A2B":                  "https://www.example.de/x",
		"javascript:alert(1)":                 "",
		"JavaScript:alert(1)":                 "",
		"java\nscript:alert(1)":               "",
		"data:text/html,x":                    "",
		"mailto:a@example.de":                 "",
		"tag:example.de,2026:1":               "",
		"https://":                            "",
		"http:///x":                           "",
		"http://[::1":                         "",
		"":                                    "",
		"   ":                                 "",
		"https://e.de/" + strings.Repeat("a", 5000): "",
	} {
		if got := r.absolute(base, in); got != want {
			t.Errorf("absolute(%q) = %q, want %q", in, got, want)
		}
	}
	if got := r.absolute("", "/x"); got != "" {
		t.Errorf("without base: %q", got)
	}
}

func TestPerson(t *testing.T) {
	for in, want := range map[string]string{
		"Erika Beispiel":                     "Erika Beispiel",
		"presse@example.de (Erika Beispiel)": "Erika Beispiel",
		"Erika Beispiel (presse@example.de)": "Erika Beispiel",
		"Erika Beispiel <presse@example.de>": "Erika Beispiel",
		"<presse@example.de>":                "presse@example.de",
		"presse@example.de":                  "presse@example.de",
		"Amt für Statistik (Potsdam)":        "Amt für Statistik (Potsdam)",
		"presse@example.de ()":               "presse@example.de ()",
	} {
		if got := person(in); got != want {
			t.Errorf("person(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestLanguage(t *testing.T) {
	for in, want := range map[string]string{
		"de": "de", "de-DE": "de-DE", "de_DE": "de-DE", " de ": "de", "Deutsch": "de", "german": "de", "en-us": "en-us",
		"": "", "d": "", "deutsch (Deutschland)": "", "de-": "", "de-\x00": "", "x-klingon": "",
	} {
		if got := language(in); got != want {
			t.Errorf("language(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestFirstSentence(t *testing.T) {
	long := strings.Repeat("Verwaltung ", 20)
	for in, want := range map[string]string{
		"Kurz.": "Kurz",
		"Das Portal ist online. Es gibt viel Neues.":      "Das Portal ist online",
		"Am 2. Dezember geht es los. Danach mehr.":        "Am 2. Dezember geht es los",
		"Dienste wie z. B. Wohngeld sind da. Mehr folgt.": "Dienste wie z. B. Wohngeld sind da",
		"Wer macht mit beim Hackathon? Wir freuen uns!":   "Wer macht mit beim Hackathon?",
		"Siehe www.example.de Seite drei und vier":        "Siehe www.example.de Seite drei und vier",
		long: strings.TrimSpace(strings.Repeat("Verwaltung ", 9)) + "…",
	} {
		if got := firstSentence(in); got != want {
			t.Errorf("firstSentence(%q) = %q, want %q", in, got, want)
		}
	}
}

// testIdentify: what an item is known by, from the guid down to a hash.
func testIdentify(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 11, n, 0, 0, 0, 0, time.UTC) }
	items := []aggregator.Item{
		{GUID: "a", Link: "https://e.de/1", Title: "eins"},
		{GUID: "b", Link: "https://e.de/2", Title: "zwei"},
		{GUID: "b", Link: "https://e.de/3", Title: "drei"},
		{Link: "https://e.de/4", Title: "vier"},
		{Link: "https://e.de/5", Title: "fünf", Published: day(1)},
		{Link: "https://e.de/5", Title: "fünf", Published: day(2)},
		{Title: "sechs"},
		{Title: "sechs", Summary: "anders"},
		{GUID: "a", Link: "https://e.de/1", Title: "eins"},
	}
	got, faults := identify(slices.Clone(items))
	want := []string{"a", "https://e.de/2", "https://e.de/3", "https://e.de/4", hash("fünf", stamp(day(1))), hash("fünf", stamp(day(2)))}
	if len(got) != 8 || !faults {
		t.Fatalf("%d items, faults %v", len(got), faults)
	}
	for i, w := range want {
		if got[i].GUID != w {
			t.Errorf("item %d: %q, want %q", i, got[i].GUID, w)
		}
	}
	if a, b := got[6].GUID, got[7].GUID; a == b || !strings.HasPrefix(a, "sha256:") || !strings.HasPrefix(b, "sha256:") {
		t.Errorf("%q and %q", a, b)
	}
	// A link that is another item's guid is taken.
	taken, _ := identify([]aggregator.Item{{GUID: "https://e.de/1", Title: "a"}, {Link: "https://e.de/1", Title: "b"}})
	if len(taken) != 2 || taken[1].GUID != hash("b", "") {
		t.Errorf("taken: %+v", taken)
	}
	// The order of items and what else is in the document do not matter.
	alone, _ := identify(slices.Clone(items[:1]))
	if alone[0].GUID != "a" {
		t.Errorf("alone: %q", alone[0].GUID)
	}
}

// TestSanitise: content is safe, well-formed, absolute and bounded.
func TestSanitise(t *testing.T) {
	c := theCleaner()
	for in, want := range map[string]string{
		`<p onclick="x()">a</p>`:                                    `<p>a</p>`,
		`<a href="javascript:x()">a</a>`:                            `a`,
		`<a href="/x">a</a>`:                                        `<a href="https://e.de/x" rel="nofollow">a</a>`,
		`<a href="mailto:a@e.de">a</a>`:                             `<a href="mailto:a@e.de" rel="nofollow">a</a>`,
		`<img src="b.png" onerror="x()" alt="Bild">`:                `<img src="https://e.de/a/b.png" alt="Bild"/>`,
		`<img src="data:image/png;base64,AAAA">`:                    ``,
		`<p>a<p>b`:                                                  `<p>a</p><p>b</p>`,
		`<b><i>a</b></i>`:                                           `<b><i>a</i></b>`,
		`a<script>x</script>b<style>y</style>c`:                     `abc`,
		`<svg onload=x()><a>b</a></svg>`:                            `b`,
		`<form action=x><input name=y>a</form>`:                     `a`,
		`<iframe src="https://e.de/"></iframe>a`:                    `a`,
		`<div style="position:fixed">a</div>`:                       `<div>a</div>`,
		`Nur Text & mehr`:                                           `Nur Text &amp; mehr`,
		`&lt;b&gt;`:                                                 `&lt;b&gt;`,
		"a\x00b\uffffc":                                             "abc",
		`<table><tr><td colspan="2" onclick=x>a</td></table>`:       `<table><tbody><tr><td colspan="2">a</td></tr></tbody></table>`,
		`<math><mi//xlink:href="data:x,<script>alert(4)</script>">`: ``,
	} {
		if got := c.html(markup{text: in}, "https://e.de/a/c"); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
	long := c.html(markup{text: strings.Repeat("<p>Absatz & <b>mehr</p>", 40_000)}, "")
	if len(long) > MaxContent || len(long) < MaxContent/4 {
		t.Errorf("%d bytes", len(long))
	}
	checkHTML(t, long)
	deep := c.html(markup{text: strings.Repeat("<div>", 2000) + "Text"}, "")
	if deep != "Text" {
		t.Errorf("deep HTML became %.50q", deep)
	}
}

// TestHints reads what a feed says about polling.
func TestHints(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"<ttl>60</ttl>": time.Hour, "<ttl> 5 </ttl>": 5 * time.Minute, "<ttl>0</ttl>": 0, "<ttl>-1</ttl>": 0, "<ttl>x</ttl>": 0,
		"<ttl>99999999999999999999</ttl>":                                                    0,
		"<sy:updatePeriod>hourly</sy:updatePeriod>":                                          time.Hour,
		"<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>3</sy:updateFrequency>": 8 * time.Hour,
		"<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>": 24 * time.Hour,
		"<sy:updatePeriod>sometimes</sy:updatePeriod>":                                       0,
		"<ttl>30</ttl><sy:updatePeriod>weekly</sy:updatePeriod>":                             30 * time.Minute,
	} {
		doc := mustParse(t, `<rss xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel>`+in+`</channel></rss>`, Options{})
		if doc.Hints.TTL != want {
			t.Errorf("%s: %v, want %v", in, doc.Hints.TTL, want)
		}
	}
}

// TestJSONFeed: what is cut off or of the wrong type costs no more than itself.
func TestJSONFeed(t *testing.T) {
	const head = `{"version":"https://jsonfeed.org/version/1.1","title":"T","items":[`
	for in, want := range map[string]string{
		head + `{"id":"1","title":"a"},{"id":"2","title":"b"}]}`:                "1 2",
		"\ufeff" + head + `{"id":"1","title":"a"}]}`:                            "1",
		"\n " + head + `{"id":"1","title":"a"}]}`:                               "1",
		head + `{"id":"1","title":"a"},{"id":"2","tit`:                          "1",
		head + `{"id":"1","title":"a"},`:                                        "1",
		head + `{"id":1.5,"title":"a"},{"id":true,"title":"b"}]}`:               "1.5 true",
		head + `null,{"id":"1","title":"a"},"x",17,[]]}`:                        "1",
		head + `{"id":"1","title":"a","attachments":{"url":"x"}}]}`:             "1",
		head + `{"id":"1","title":"a","authors":"x","tags":["t",null]}]}`:       "1",
		`{"title":17,"items":[{"id":"1","title":"a"}]}`:                         "1",
		`{"version":"https://jsonfeed.org/version/1","title":"T","items":null}`: "",
	} {
		doc := mustParse(t, in, Options{URL: "https://www.example.de/"})
		var ids []string
		for _, it := range doc.Items {
			ids = append(ids, it.GUID)
		}
		if got := strings.Join(ids, " "); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
	for _, in := range []string{`{`, `{}`, `{"items":17}`, `{"a":1}}`, `[]`, `{"version":17}`, `{"version":"https://jsonfeed.org/version/1",`} {
		if doc, err := Parse([]byte(in), Options{}); err == nil {
			t.Errorf("%s: %+v", in, doc)
		}
	}
}

// TestHubs reads what feeds say about their hub and their own name.
func TestHubs(t *testing.T) {
	for kind, in := range map[string]string{
		"rss": `<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>x</title>
			<atom:link rel="self" href="/feed.xml"/><atom:link rel="hub" href="https://hub.example/"/></channel></rss>`,
		"atom": `<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title><link rel="hub" href="https://hub.example/"/><link rel="self" href="/feed.xml"/></feed>`,
		"json": `{"version":"https://jsonfeed.org/version/1.1","title":"x","feed_url":"/feed.xml","hubs":[{"type":"WebSub","url":"https://hub.example/"}],"items":[]}`,
	} {
		doc, err := Parse([]byte(in), Options{URL: "https://amt.example/x", Now: time.Now()})
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		if h := doc.Hints; len(h.Hubs) != 1 || h.Hubs[0] != "https://hub.example/" || h.Self != "https://amt.example/feed.xml" {
			t.Errorf("%s: %+v", kind, h)
		}
	}
}
