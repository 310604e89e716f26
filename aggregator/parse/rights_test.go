package parse

import (
	"strings"
	"testing"
)

const (
	rssModules = ` xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:a="http://www.w3.org/2005/Atom"
		xmlns:creativeCommons="http://backend.userland.com/creativeCommonsRssModule" xmlns:cc="http://web.resource.org/cc/"
		xmlns:media="http://search.yahoo.com/mrss/"`
	by = "https://creativecommons.org/licenses/by/4.0/"
)

// rightsTests are what a channel or an item of RSS says of its rights.
var rightsTests = []struct{ in, want string }{
	{"", ""},
	{"<dc:rights>© Amt</dc:rights>", "© Amt"},
	{"<dcterms:rights>© Amt</dcterms:rights>", "© Amt"},
	{"<a:rights type='html'>© &lt;b&gt;Amt&lt;/b&gt;</a:rights>", "© Amt"},
	{"<copyright>© Amt &amp;amp; Land</copyright>", "© Amt & Land"},
	{"<copyright> \n </copyright><dc:rights>© Amt</dc:rights>", "© Amt"},
	{"<creativeCommons:license>" + by + "</creativeCommons:license>", by},
	{"<cc:license resource='" + by + "'/>", by},
	{"<a:link rel='license' href='" + by + "'/>", by},
	{"<a:link rel='license' href='/lizenz'/>", "https://www.example.de/lizenz"},
	{"<a:link rel='license' href='http://purl.org/atompub/license#unspecified'/>", ""},
	{"<a:link rel='license' href='javascript:alert(1)'/><cc:license>" + strings.Repeat("x", 300) + "</cc:license>", ""},
	{"<dc:rights>© Amt</dc:rights><dcterms:license>" + by + "</dcterms:license><cc:license resource='" + by + "'/>", "© Amt, " + by},
	{"<dc:rights>CC BY, " + by + "</dc:rights><cc:license resource='" + by + "'/>", "CC BY, " + by},
	{"<media:copyright>Bildagentur</media:copyright>", ""},
}

func TestRightsOfRSS(t *testing.T) {
	for _, tt := range rightsTests {
		for _, own := range []bool{false, true} {
			feed, item := tt.in, ""
			if own {
				feed, item = "<copyright>des Feeds</copyright>", tt.in
			}
			for _, body := range []string{
				"<rss version='2.0'" + rssModules + "><channel>" + feed + "<item><title>a</title><link>https://e.de/1</link>" + item + "</item></channel></rss>",
				"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'" + rssModules + "><channel>" + feed +
					"</channel><item><title>a</title><link>https://e.de/1</link>" + item + "</item></rdf:RDF>",
			} {
				doc := mustParse(t, body, Options{URL: "https://www.example.de/feed", Now: now})
				checkInvariants(t, doc)
				want, wantItem := tt.want, ""
				if own {
					want, wantItem = "des Feeds", tt.want
				}
				if doc.Rights != want || len(doc.Items) != 1 || doc.Items[0].Rights != wantItem {
					t.Errorf("%s: %q, %d items, want %q and %q", body, doc.Rights, len(doc.Items), want, wantItem)
				}
			}
		}
	}
}

func TestRightsOfAtom(t *testing.T) {
	const ours = "<rights>© Feed</rights>"
	for _, tt := range []struct{ feed, entry, want, wantEntry string }{
		{"", "", "", ""},
		{ours, "", "© Feed", ""},
		{ours, "<rights>© Eintrag</rights>", "© Feed", "© Eintrag"},
		{"<rights type='html'>&amp;copy; &lt;a href='https://e.de'&gt;Amt&lt;/a&gt;</rights>", "", "© Amt", ""},
		{"<rights type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>© <b>Amt</b> &amp; Land</div></rights>", "", "© Amt & Land", ""},
		{"<rights type='text'>Amt für &lt;Daten&gt;</rights>", "", "Amt für <Daten>", ""},
		{"<link rel='license' href='" + by + "'/>", "<link rel='license' href='" + by + "'/>", by, by},
		{ours, "<source><rights>© Woanders</rights><link rel='license' href='" + by + "'/></source>", "© Feed", "© Woanders, " + by},
		{ours, "<rights>© Eintrag</rights><source><rights>© Woanders</rights></source>", "© Feed", "© Eintrag"},
		{"<dc:rights>© Feed</dc:rights>", "<dc:rights>© Eintrag</dc:rights>", "© Feed", "© Eintrag"},
	} {
		body := "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:dc='http://purl.org/dc/elements/1.1/'>" + tt.feed + "<entry><id>1</id><title>a</title>" + tt.entry + "</entry></feed>"
		doc := mustParse(t, body, Options{URL: "https://www.example.de/feed", Now: now})
		checkInvariants(t, doc)
		if doc.Rights != tt.want || len(doc.Items) != 1 || doc.Items[0].Rights != tt.wantEntry {
			t.Errorf("%s: %q, %d items, want %q and %q", body, doc.Rights, len(doc.Items), tt.want, tt.wantEntry)
		}
	}
}

// TestBadRights: whatever stands there, it becomes one short clean line, and
// costs no item.
func TestBadRights(t *testing.T) {
	long := strings.Repeat("Alle Rechte vorbehalten. ", 1<<20/25)
	for name, tt := range map[string]struct{ in, want string }{
		"empty":         {"", ""},
		"space":         {" \t\n\u00a0\u2028 ", ""},
		"NUL":           {"© \x00Amt&#0;", "© Amt"},
		"control":       {"©\x1b[31m Amt\x07", "©[31m Amt"},
		"invalid UTF-8": {"© Amt \xff\xfe f\xc3\xbcr", "© Amt \u00ff\u00fe für"},
		"lines":         {"© Amt\r\n\r\n  Straße 1\u2028Ort", "© Amt Straße 1 Ort"},
		"direction":     {"© \u202eAmt", "© Amt"},
		"markup":        {"<![CDATA[<p>© <b>Amt</b></p><p>Ort</p>]]>", "© Amt Ort"},
		"script":        {"<![CDATA[© Amt<script>alert(1)</script>]]>", "© Amt"},
		"escaped":       {"© Amt&lt;script&gt;alert(1)&lt;/script&gt;", "© Amt"},
		"raw tags":      {"© <i>Amt</i>", "© Amt"},
		"1 MB":          {long, cutText(long, MaxRights)},
		"many tags":     {"<![CDATA[" + strings.Repeat("<b></b>", 4000) + "© Amt]]>", "© Amt"},
		"one word":      {strings.Repeat("ä", 1<<19), strings.Repeat("ä", (MaxRights-len("…"))/2) + "…"},
	} {
		body := "<rss version='2.0'><channel><copyright>" + tt.in + "</copyright><item><title>a</title><link>https://e.de/1</link></item></channel></rss>"
		doc := mustParse(t, body, Options{URL: "https://www.example.de/feed", Now: now})
		checkInvariants(t, doc)
		if doc.Rights != tt.want || len(doc.Items) != 1 || doc.Items[0].Rights != "" {
			t.Errorf("%s: %.200q, want %.200q; %d items", name, doc.Rights, tt.want, len(doc.Items))
		}
	}
}

// TestSkimmedRights: what an item says itself is part of it, what the feed says is
// not: only the former makes a known item be read again.
func TestSkimmedRights(t *testing.T) {
	of := func(feed, item string) []byte {
		return []byte("<rss version='2.0'" + rssModules + "><channel><copyright>" + feed + "</copyright><item><guid>1</guid><title>a</title>" + item +
			"</item><item><guid>2</guid><title>b</title></item></channel></rss>")
	}
	before := of("© 2025", "<dc:rights>x</dc:rights>")
	for _, tt := range []struct {
		feed, item string
		known      int
	}{
		{"© 2026", "<dc:rights>x</dc:rights>", 2},
		{"", "<dc:rights>x</dc:rights>", 2},
		{"© 2025", "<dc:rights>y</dc:rights>", 1},
		{"© 2025", "", 1},
	} {
		if known := checkSkim(t, before, of(tt.feed, tt.item), false); known != tt.known {
			t.Errorf("%+v: %d items are known", tt, known)
		}
	}
}
