package parse

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"laenderfeed/aggregator"
)

// field renders one field of an item for a table.
func field(it *aggregator.Item, name string) string {
	stamp := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.Format(time.RFC3339)
	}
	switch name {
	case "title":
		return it.Title
	case "link":
		return it.Link
	case "guid":
		return it.GUID
	case "summary":
		return it.Summary
	case "content":
		return it.Content
	case "authors":
		return strings.Join(it.Authors, "|")
	case "categories":
		return strings.Join(it.Categories, "|")
	case "language":
		return it.Language
	case "rights":
		return it.Rights
	case "published":
		return stamp(it.Published)
	case "modified":
		return stamp(it.Modified)
	case "enclosures":
		var list []string
		for _, e := range it.Enclosures {
			list = append(list, fmt.Sprintf("%s %s %d", e.URL, e.Type, e.Length))
		}
		return strings.Join(list, "|")
	}
	return "no field " + name
}

type fieldTest struct{ in, field, want string }

func checkFields(t *testing.T, before, after string, tests []fieldTest) {
	t.Helper()
	for _, tt := range tests {
		doc := mustParse(t, before+tt.in+after, Options{URL: "https://www.example.de/feeds/rss.xml", Now: now, Full: true})
		if len(doc.Items) != 1 {
			t.Errorf("%s: %d items", tt.in, len(doc.Items))
			continue
		}
		checkInvariants(t, doc)
		if got := field(&doc.Items[0], tt.field); got != tt.want {
			t.Errorf("%s: %s %q, want %q", tt.in, tt.field, got, tt.want)
		}
	}
}

// TestRSSFields: where RSS and its modules keep what an item has.
func TestRSSFields(t *testing.T) {
	const before = `<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"
		xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"
		xmlns:itunes="http://www.itunes.com/DTDs/PodCast-1.0.dtd"><channel><item>`
	checkFields(t, before, "</item></channel></rss>", []fieldTest{
		{"<title>a</title>", "title", "a"},
		{"<title> a\n\tb </title>", "title", "a b"},
		{"<title><![CDATA[a & <b>b</b>]]></title>", "title", "a & b"},
		{"<title>a<![CDATA[ & ]]>b</title>", "title", "a & b"},
		{"<title>&lt;![CDATA[a &amp;amp; b]]&gt;</title>", "title", "a & b"},
		{"<title><![CDATA[<![CDATA[a]]]]><![CDATA[> b]]></title>", "title", "a b"},
		{"<link>&lt;![CDATA[https://e.de/1]]&gt;</link>", "link", "https://e.de/1"},
		{"<description>&lt;![CDATA[&lt;p&gt;a&lt;/p&gt;]]&gt;</description>", "summary", "a"},
		{"<content:encoded>&lt;![CDATA[&lt;p&gt;a&lt;/p&gt;]]&gt;</content:encoded>", "content", "<p>a</p>"},
		{"<title><em>a</em> b</title>", "title", "a b"},
		{"<title/><description>b</description>", "title", "b"},
		{"<dc:title>a</dc:title>", "title", "a"},
		{"<media:title>a</media:title>", "title", "a"},
		{"<media:title>a</media:title><title>b</title>", "title", "b"},
		{"<atom:title>a</atom:title>", "title", "a"},
		{"<category>c</category>", "title", Untitled},
		{"<link>https://e.de/1</link>", "link", "https://e.de/1"},
		{"<link><![CDATA[ https://e.de/1?a&b ]]></link>", "link", "https://e.de/1?a&b"},
		{"<link href='https://e.de/1'/>", "link", "https://e.de/1"},
		{"<link/><link>https://e.de/1</link>", "link", "https://e.de/1"},
		{"<link>/1</link>", "link", "https://www.example.de/1"},
		{"<link>1.html</link>", "link", "https://www.example.de/feeds/1.html"},
		{"<link xml:base='https://e.de/x/y'>1</link>", "link", "https://e.de/x/1"},
		{"<guid>https://e.de/1</guid>", "link", "https://e.de/1"},
		{"<guid isPermaLink='true'>https://e.de/1</guid>", "link", "https://e.de/1"},
		{"<guid isPermaLink='false'>https://e.de/1</guid>", "link", ""},
		{"<guid>/1</guid>", "link", ""},
		{"<guid>4711</guid>", "link", ""},
		{"<atom:link rel='alternate' href='https://e.de/1'/>", "link", "https://e.de/1"},
		{"<atom:link rel='self' href='https://e.de/1'/><title>a</title>", "link", ""},
		{"<guid> a b </guid>", "guid", "a b"},
		{"<guid>HTTP://E.de/Ä?Ü</guid>", "guid", "HTTP://E.de/Ä?Ü"},
		{"<link>https://e.de/1</link>", "guid", "https://e.de/1"},
		{"<guid/><link>https://e.de/1</link>", "guid", "https://e.de/1"},
		{"<dc:identifier>a</dc:identifier><title>b</title>", "guid", "a"},
		{"<title>b</title>", "guid", hash("b", "")},
		{"<guid>" + strings.Repeat("a", 3000) + "</guid>", "guid", hash(strings.Repeat("a", 3000))},
		{"<description>a</description>", "summary", "a"},
		{"<description>&lt;p&gt;a&lt;/p&gt;</description>", "summary", "a"},
		{"<description/><content:encoded>&lt;p&gt;a&lt;/p&gt;</content:encoded>", "summary", "a"},
		{"<description>a</description><content:encoded>b</content:encoded>", "summary", "a"},
		{"<itunes:summary>a</itunes:summary>", "summary", "a"},
		{"<dc:description>a</dc:description>", "summary", "a"},
		{"<summary>a</summary>", "summary", "a"},
		{"<content:encoded>&lt;p&gt;a&lt;/p&gt;</content:encoded>", "content", "<p>a</p>"},
		{"<content:encoded><![CDATA[<p>a]]></content:encoded>", "content", "<p>a</p>"},
		{"<content:encoded><p>a</p></content:encoded>", "content", "<p>a</p>"},
		{"<content>a</content>", "content", "a"},
		{"<description>&lt;p&gt;a&lt;/p&gt;</description>", "content", ""},
		{"<author>a</author>", "authors", "a"},
		{"<author>a@e.de (A)</author>", "authors", "A"},
		{"<dc:creator>A</dc:creator><dc:creator>B</dc:creator>", "authors", "A|B"},
		{"<dc:creator>A</dc:creator><author>A</author>", "authors", "A"},
		{"<dc:creator>M&uuml;ller</dc:creator>", "authors", "Müller"},
		{"<atom:author><atom:name>A</atom:name></atom:author>", "authors", "A"},
		{"<itunes:author>A</itunes:author>", "authors", "A"},
		{"<category>a</category><category> b </category><category/>", "categories", "a|b"},
		{"<category>a</category><category>a</category>", "categories", "a"},
		{"<dc:subject>a</dc:subject><category>b</category>", "categories", "b|a"},
		{"<category>A &amp;amp; B</category>", "categories", "A & B"},
		{"<tags>a, b</tags><category>c</category>", "categories", "a|b|c"},
		{"<pubDate>Fri, 20 Nov 2026 12:00:00 +0100</pubDate>", "published", "2026-11-20T11:00:00Z"},
		{"<pubdate>20.11.2026</pubdate>", "published", "2026-11-19T23:00:00Z"},
		{"<dc:date>2026-11-20</dc:date>", "published", "2026-11-19T23:00:00Z"},
		{"<dc:date>2026-11-20</dc:date>", "modified", "2026-11-19T23:00:00Z"},
		{"<dcterms:issued>2026-11-20</dcterms:issued>", "published", "2026-11-19T23:00:00Z"},
		{"<dcterms:modified>2026-11-20</dcterms:modified>", "modified", "2026-11-19T23:00:00Z"},
		{"<pubDate>bald</pubDate><dc:date>2026-11-20</dc:date>", "published", "2026-11-19T23:00:00Z"},
		{"<pubDate>Fri, 20 Nov 2099 12:00:00 +0100</pubDate>", "published", ""},
		{"<pubDate/><title>a</title>", "published", ""},
		{"<atom:published>2026-11-20T12:00:00Z</atom:published>", "published", "2026-11-20T12:00:00Z"},
		{"<dc:language>de</dc:language><title>a</title>", "language", "de"},
		{"<enclosure url='https://e.de/a.pdf' type='application/pdf' length='7'/>", "enclosures", "https://e.de/a.pdf application/pdf 7"},
		{"<enclosure url='a.pdf' length='-7'/>", "enclosures", "https://www.example.de/feeds/a.pdf  0"},
		{"<enclosure url='javascript:x'/><title>a</title>", "enclosures", ""},
		{"<media:content url='https://e.de/a.jpg' type='image/jpeg' fileSize='7'/>", "enclosures", "https://e.de/a.jpg image/jpeg 7"},
		{"<atom:link rel='enclosure' href='https://e.de/a' type='x/y'/>", "enclosures", "https://e.de/a x/y 0"},
	})
}

// TestAtomFields: the same for Atom.
func TestAtomFields(t *testing.T) {
	const before = `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/" xml:lang="de"><author><name>Alle</name></author><entry>`
	const xhtml = `<div xmlns='http://www.w3.org/1999/xhtml'>`
	checkFields(t, before, "</entry></feed>", []fieldTest{
		{"<title>a &amp; b</title>", "title", "a & b"},
		{"<title type='text'>a &lt;b&gt; c</title>", "title", "a <b> c"},
		{"<title type='html'>a &lt;b&gt;b&lt;/b&gt;</title>", "title", "a b"},
		{"<title type='html'>a &amp;lt; b &amp;amp; c</title>", "title", "a < b & c"},
		{"<title type='html'><![CDATA[a &amp; <b>b</b>]]></title>", "title", "a & b"},
		{"<title type='xhtml'>" + xhtml + "a &lt; <b>b</b></div></title>", "title", "a < b"},
		{"<title>a <b>b</b></title>", "title", "a b"},
		{"<title>a &amp;uuml; b</title>", "title", "a ü b"},
		{"<link href='https://e.de/1'/>", "link", "https://e.de/1"},
		{"<link rel='self' href='https://e.de/s'/><link href='https://e.de/1'/>", "link", "https://e.de/1"},
		{"<link rel='alternate' type='application/pdf' href='https://e.de/p'/><link rel='alternate' type='text/html' href='https://e.de/1'/>", "link", "https://e.de/1"},
		{"<link rel='alternate' type='application/pdf' href='https://e.de/p'/>", "link", "https://e.de/p"},
		{"<link rel='http://www.iana.org/assignments/relation/alternate' href='https://e.de/1'/>", "link", "https://e.de/1"},
		{"<link rel='via' href='https://e.de/v'/><id>tag:1</id>", "link", "https://e.de/v"},
		{"<link href='1'/>", "link", "https://www.example.de/feeds/1"},
		{"<id>https://e.de/1</id>", "link", "https://e.de/1"},
		{"<id>tag:e.de,2026:1</id>", "link", ""},
		{"<id>\n urn:uuid:ABC \n</id>", "guid", "urn:uuid:ABC"},
		{"<id>http://E.de/%7Ea/Ä&amp;b</id>", "guid", "http://E.de/%7Ea/Ä&b"},
		{"<id><![CDATA[a&b]]></id>", "guid", "a&b"},
		{"<link href='https://e.de/1'/>", "guid", "https://e.de/1"},
		{"<summary>a</summary>", "summary", "a"},
		{"<summary type='html'>&lt;p&gt;a&lt;/p&gt;&lt;p&gt;b&lt;/p&gt;</summary>", "summary", "a b"},
		{"<content type='html'>&lt;p&gt;a&lt;/p&gt;</content>", "summary", "a"},
		{"<content type='html'>&lt;p&gt;a&lt;/p&gt;</content>", "content", "<p>a</p>"},
		{"<content type='text'>&lt;p&gt;a&lt;/p&gt;</content>", "content", "&lt;p&gt;a&lt;/p&gt;"},
		{"<content type='xhtml'>" + xhtml + "<p>a<br/>b</p></div></content>", "content", "<p>a<br/>b</p>"},
		{"<content type='xhtml'>" + xhtml + "a</div> b</content>", "content", "<div>a</div> b"},
		{"<content type='xhtml'> " + xhtml + "<div>a</div></div> </content>", "content", "<div>a</div>"},
		{"<content type='application/xhtml+xml' mode='xml'>" + xhtml + "a</div></content>", "content", "<div>a</div>"},
		{"<content type='html' xml:base='https://e.de/x/'>&lt;a href='y'&gt;a&lt;/a&gt;</content>", "content", `<a href="https://e.de/x/y" rel="nofollow">a</a>`},
		{"<content type='text/html' mode='escaped'>&lt;p&gt;a&lt;/p&gt;</content>", "content", "<p>a</p>"},
		{"<content type='text/plain' mode='base64'>YcOk</content>", "content", "aä"},
		{"<content type='application/octet-stream'>/////w==</content><title>a</title>", "content", ""},
		{"<content src='https://e.de/1' type='video/mp4'/><title>a</title>", "content", ""},
		{"<author><name>A</name></author>", "authors", "A"},
		{"<author><email>a@e.de</email></author>", "authors", "a@e.de"},
		{"<author><name>A</name></author><author><name>B</name></author>", "authors", "A|B"},
		{"<source><author><name>Q</name></author></source><title>a</title>", "authors", "Q"},
		{"<title>a</title>", "authors", "Alle"},
		{"<category term='a' label='b'/>", "categories", "a"},
		{"<category term='https://e.de/c/1' label='b'/>", "categories", "b"},
		{"<category label='b'/>", "categories", "b"},
		{"<category term='17'/>", "categories", "17"},
		{"<published>2026-11-20T12:00:00Z</published><updated>2026-11-21T09:00:00Z</updated>", "published", "2026-11-20T12:00:00Z"},
		{"<published>2026-11-20T12:00:00Z</published><updated>2026-11-21T09:00:00Z</updated>", "modified", "2026-11-21T09:00:00Z"},
		{"<updated>2026-11-21T09:00:00Z</updated>", "published", "2026-11-21T09:00:00Z"},
		{"<issued>2026-11-20</issued>", "published", "2026-11-19T23:00:00Z"},
		{"<created>2026-11-20</created>", "published", "2026-11-19T23:00:00Z"},
		{"<created>2026-11-20</created><created>2026-11-18</created>", "published", "2026-11-17T23:00:00Z"},
		{"<dc:date>2026-11-20</dc:date>", "published", "2026-11-19T23:00:00Z"},
		{"<title>a</title>", "language", "de"},
		{"<link rel='enclosure' href='a.mp3' type='audio/mpeg' length='7'/>", "enclosures", "https://www.example.de/feeds/a.mp3 audio/mpeg 7"},
	})
}

// TestHTMLFields: what the selectors of a list page find in an item.
func TestHTMLFields(t *testing.T) {
	tests := []struct {
		in          string
		selectors   aggregator.Selectors
		field, want string
	}{
		{"<a href='/1'>Titel</a>", aggregator.Selectors{}, "title", "Titel"},
		{"<a href='/1'>Titel</a>", aggregator.Selectors{}, "link", "https://www.example.de/1"},
		{"<a href='/1'>Titel</a>", aggregator.Selectors{}, "guid", "https://www.example.de/1"},
		{"<a href='/1'><img src=x alt='Bild'></a><a href='/2'>Titel</a>", aggregator.Selectors{}, "link", "https://www.example.de/2"},
		{"<a href='/1'><img src=x alt='Bild'></a>", aggregator.Selectors{}, "title", "Bild"},
		{"<h3>Titel</h3><a href='/1'>mehr</a>", aggregator.Selectors{}, "title", "Titel"},
		{"<h3>Titel</h3><a href='/1'>Weiterlesen …</a>", aggregator.Selectors{}, "title", "Titel"},
		{"<a href='/1' title='Titel'>mehr dazu</a>", aggregator.Selectors{}, "title", "Titel"},
		{"<span class='c-kicker'>Dresden</span><a href='/1'>Titel</a>", aggregator.Selectors{}, "title", "Dresden: Titel"},
		{"<a href='/1'><span class='dachzeile'>Dresden:</span> <b>Titel</b></a>", aggregator.Selectors{}, "title", "Dresden: Titel"},
		{"<a href='/1'><i>Dresden</i><b>Titel</b></a>", aggregator.Selectors{Title: "i, b"}, "title", "Dresden: Titel"},
		{"<a href='/1'><i>Dresden</i><b>Titel</b></a><b>Interview</b>", aggregator.Selectors{Title: "i, b"}, "title", "Dresden: Titel"},
		{"<a href='/1'><i>Dresden</i><b>Titel</b></a><b>Interview</b>", aggregator.Selectors{Title: "i, b"}, "categories", "Interview"},
		{"<a href='/1'>Titel<span class='sr-only'> öffnet extern</span></a>", aggregator.Selectors{}, "title", "Titel"},
		{"<a href='/1'>Titel</a><a class=m href='/2'>x</a>", aggregator.Selectors{Link: ".m"}, "link", "https://www.example.de/2"},
		{"<h3 class=m><a href='/2'>Titel</a></h3>", aggregator.Selectors{Link: ".m"}, "link", "https://www.example.de/2"},
		{"<a href='/1'>Titel</a> 20.11.2026", aggregator.Selectors{}, "published", "2026-11-19T23:00:00Z"},
		{"<a href='/1'>Titel</a><i>20.11.2026</i>", aggregator.Selectors{Date: "i"}, "published", "2026-11-19T23:00:00Z"},
		{"<a href='/1'>Titel</a><i>2026|11|20</i>", aggregator.Selectors{Date: "i", DateFormat: "2006|01|02"}, "published", "2026-11-19T23:00:00Z"},
		{"<a href='/1'>Titel</a><i>20. November 2026</i>", aggregator.Selectors{Date: "i", DateFormat: "02.01.2006"}, "published", "2026-11-19T23:00:00Z"},
		{"<a href='/1'>Titel</a><i>gestern</i>", aggregator.Selectors{Date: "i"}, "published", "2026-11-19T23:00:00Z"},
		{"<a href='/1'>Titel</a><i>Sa, 21 Nov</i>", aggregator.Selectors{Date: "i"}, "published", "2026-11-20T23:00:00Z"},
		{"<a href='/1'>Titel</a><i>unbekannt</i>", aggregator.Selectors{Date: "i"}, "published", ""},
		{"<a href='/1'>Titel</a><i>20.11.2036</i>", aggregator.Selectors{Date: "i"}, "published", ""},
		{"<a href='/1'>Titel</a><time datetime='2026-11-20T12:00Z'>x</time>", aggregator.Selectors{Date: "time"}, "published", "2026-11-20T12:00:00Z"},
		{"<a href='/1'>Titel</a><b class=d><time datetime='2026-11-20'>x</time></b>", aggregator.Selectors{Date: ".d"}, "published", "2026-11-19T23:00:00Z"},
		{"<a href='/2026/11/20/x'>Titel</a>", aggregator.Selectors{}, "published", "2026-11-19T23:00:00Z"},
		{"<a href='/1'>Titel</a><p>[8.7.2024] Ein Satz dazu. mehr...</p>", aggregator.Selectors{Summary: "p"}, "published", "2024-07-07T22:00:00Z"},
		{"<a href='/1'>Titel</a><p>[8.7.2024] Ein Satz dazu. mehr...</p>", aggregator.Selectors{Summary: "p"}, "summary", "Ein Satz dazu."},
		{"<a href='/1'>Titel</a><p>Ein Satz dazu … weiterlesen</p>", aggregator.Selectors{Summary: "p"}, "summary", "Ein Satz dazu …"},
		{"<a href='/1'>Titel</a><p>Davon wollen alle mehr</p>", aggregator.Selectors{Summary: "p"}, "summary", "Davon wollen alle mehr"},
		{"<a href='/1'>Titel</a><p>kurz</p><p>Ein Absatz, der lang genug ist, um etwas zu sagen.</p>", aggregator.Selectors{}, "summary", "Ein Absatz, der lang genug ist, um etwas zu sagen."},
		{"<a href='/1'>Titel &amp;amp; mehr &lt;b&gt;</a>", aggregator.Selectors{}, "title", "Titel & mehr <b>"},
	}
	for _, tt := range tests {
		tt.selectors.Item = "li"
		doc := mustParse(t, "<ul><li>"+tt.in+"</li></ul>", Options{URL: "https://www.example.de/liste", Now: now, Kind: aggregator.KindHTML, Selectors: tt.selectors})
		if len(doc.Items) != 1 {
			t.Errorf("%s: %d items", tt.in, len(doc.Items))
		} else if got := field(&doc.Items[0], tt.field); got != tt.want {
			t.Errorf("%s: %s %q, want %q", tt.in, tt.field, got, tt.want)
		}
	}
}

// TestHeaders: what the headers of an answer say, where the document does not.
func TestHeaders(t *testing.T) {
	tests := []struct {
		feed, url, location, language string
		link, said                    string
	}{
		{"<rss><channel><link>a</link>", "https://e.de/x/y", "", "", "https://e.de/x/a", ""},
		{"<rss><channel><link>a</link>", "https://e.de/x/y", "/z/feed", "de", "https://e.de/z/a", "de"},
		{"<rss><channel><link>a</link>", "https://e.de/x/y", "https://b.de/z/", "de-AT", "https://b.de/z/a", "de-AT"},
		{"<rss><channel><link>a</link>", "", "https://b.de/z/", "", "https://b.de/z/a", ""},
		{"<rss><channel><link>a</link>", "", "z/", "", "", ""},
		{"<rss><channel><link>a</link>", "https://e.de/x/y", "javascript:x", "", "https://e.de/x/a", ""},
		{"<rss><channel><link>a</link>", "https://e.de/x/y", "http://[", "de, en", "https://e.de/x/a", ""},
		{"<rss xml:base='https://c.de/'><channel><link>a</link><language>fr</language>", "https://e.de/x/y", "/z/", "de", "https://c.de/a", "fr"},
		{"<feed><link href='a'/>", "https://e.de/x/y", "/z/", "de", "https://e.de/z/a", "de"},
		{`{"version":"https://jsonfeed.org/version/1","home_page_url":"a","items":[]}`, "https://e.de/x/y", "/z/", "de", "https://e.de/z/a", "de"},
	}
	for _, tt := range tests {
		doc := mustParse(t, tt.feed, Options{URL: tt.url, Location: tt.location, Language: tt.language})
		if doc.Link != tt.link || doc.Language != tt.said {
			t.Errorf("%s at %q, %q: %q in %q, want %q in %q", tt.feed, tt.url, tt.location, doc.Link, doc.Language, tt.link, tt.said)
		}
	}
}

// TestAsSaid: only titles made of what is no text are left out, and the identity
// does not depend on it.
func TestAsSaid(t *testing.T) {
	for item, want := range map[string]string{
		"<title>&lt;img src='a.png'/&gt;</title>":             "",
		"<title>" + Untitled + "</title>":                     Untitled,
		"<title/><description>Ein Satz.</description>":        "Ein Satz",
		"<link>https://e.de/a</link>":                         "",
		"<enclosure url='https://e.de/a.pdf'/>":               "",
		"<category>a</category><pubDate>20.11.2026</pubDate>": "",
	} {
		body := rssOf("<item>" + item + "</item>")
		said := mustParse(t, body, Options{AsSaid: true}).Items[0]
		kept := mustParse(t, body, Options{}).Items[0]
		if said.Title != want || kept.Title == "" || said.GUID != kept.GUID {
			t.Errorf("%s: %q (%s), else %q (%s)", item, said.Title, said.GUID, kept.Title, kept.GUID)
		}
	}
}

// TestSelectors: selectors that cannot be read, and those that match nothing.
func TestSelectors(t *testing.T) {
	const body = "<ul><li><a href='/1'>Titel</a></li><li></li></ul>"
	for _, s := range []aggregator.Selectors{{Item: "li["}, {Item: "li", Title: ":no-such()"}, {Item: "ol"}, {Item: "li:nth-child(2)"}, {Item: "li", Date: "]"}} {
		_, err := Parse([]byte(body), Options{Kind: aggregator.KindHTML, Selectors: s, URL: "https://www.example.de/"})
		if aggregator.ClassOf(err) != aggregator.ClassSelector || !strings.Contains(err.Error(), "reading ") {
			t.Errorf("%+v: %v", s, err)
		}
	}
}

// TestRoots: what is a feed, and what the error says of what is not.
func TestRoots(t *testing.T) {
	for in, want := range map[string]string{
		"<rss/>": "rss", "<RSS/>": "rss", "<rdf:RDF/>": "rdf", "<feed/>": "atom", "<a:feed/>": "atom", "<channel/>": "rss", "<item/>": "rss", "<entry/>": "atom",
		" \n<rss/>": "rss", "x<rss/>": "rss", "<br/><b>W</b><rss/>": "rss",
		"<font size='1'><table dir='ltr'><tr><th>W</th></tr></table></font><?xml version='1.0'?><rss/>": "rss", "<table><body>": "not-a-feed", "<!-- <html> --><rss/>": "rss", "<?xml?><?x y?><rss/>": "rss",
		"<!DOCTYPE html><rss/>": "rss", "<!DOCTYPE rss [<!ELEMENT html (a)>]><rss/>": "rss", strings.Repeat(" ", 10000) + "<rss/>": "rss",
		"<html><rss/></html>": "not-a-feed", "<!DOCTYPE html><p><body>": "not-a-feed", "<opml/>": "not-a-feed", "<rs": "not-a-feed", "Text": "not-a-feed",
		"": "not-a-feed", "\ufeff": "not-a-feed", "%PDF-1.4": "not-a-feed", "<!--": "not-a-feed", "<!DOCTYPE": "not-a-feed", "<": "not-a-feed", "[1]": "not-a-feed",
		"<html><title>Just a moment...</title></html>": "challenge", "<html><script>_cf_chl_opt={}</script></html>": "challenge",
		"<html><form class='captcha'></form></html>": "not-a-feed",
	} {
		doc, err := Parse([]byte(in), Options{})
		got := string(aggregator.ClassOf(err))
		if err == nil {
			got = doc.Kind
		}
		if got != want {
			t.Errorf("%.60q is %s (%v), want %s", in, got, err, want)
		}
	}
}

// TestOwnElementsInOrder: of several elements of a publisher's own the one that says
// it best counts, at every reading.
func TestOwnElementsInOrder(t *testing.T) {
	body := []byte(`<rss version="2.0"><channel><item><title>Meldung</title><link>https://www.example.de/1</link>
		<created>2026-01-01T08:00:00Z</created><date>2026-01-02T08:00:00Z</date><issued>2026-01-03T08:00:00Z</issued>
		<Published>2026-01-04T08:00:00Z</Published><published></published></item></channel></rss>`)
	for range 50 {
		doc, err := Parse(body, Options{URL: "https://www.example.de/feed", Now: now})
		if err != nil || len(doc.Items) != 1 {
			t.Fatal(doc, err)
		}
		if got := doc.Items[0].Published.Format("2006-01-02"); got != "2026-01-04" {
			t.Fatalf("published %s", got)
		}
	}
}
