package parse

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// scanned runs the scanner over an RSS document.
func scanned(t testing.TB, body string) (string, *scanner) {
	t.Helper()
	r := newReader(Options{URL: "https://www.example.de/a/feed.xml"})
	start, err := r.findRoot([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	s := &scanner{r: r, src: []byte(body), pos: start.pos, kind: start.kind, wrap: start.wrap, native: map[string]bool{}}
	out, err := s.scan()
	if err != nil {
		t.Fatal(err)
	}
	return string(out), s
}

// wellFormed reads a document with the strict decoder.
func wellFormed(doc string) error {
	d := xml.NewDecoder(strings.NewReader(doc))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// testRepair: faults of XML and what becomes of them.
func testRepair(t *testing.T) {
	tests := []struct{ name, in, want, words string }{
		{"clean", "<rss><channel>a &amp; b</channel></rss>", "<rss><channel>a &amp; b</channel></rss>", ""},
		{"declaration and comment before", "<?xml version=\"1.1\"?>\n<!-- a -- b -->\n<rss/>", "<rss/>", ""},
		{"junk around", "Notice: x<br/>\n<rss></rss>\n<script>", "<rss></rss>", "junk"},
		{"ampersand", "<rss>a & b &c; &#; &d</rss>", "<rss>a &amp; b &amp;c; &amp;#; &amp;d</rss>", "ampersand"},
		{"entities", "<rss>&uuml;&nbsp;&AMP;&LT;</rss>", "<rss>ü\u00a0&amp;&lt;</rss>", "entity"},
		{"entity in attribute", `<rss a="&uuml;&quot;&"/>`, `<rss a="ü&quot;&amp;"/>`, "ampersand entity"},
		{"comment", "<rss>a<!-- b -- c -->d</rss>", "<rss>ad</rss>", ""},
		{"instruction", "<rss>a<?php b ?>d</rss>", "<rss>ad</rss>", ""},
		{"subset", `<!DOCTYPE rss [<!ENTITY a "]>">]><rss>&a;</rss>`, "<rss>&amp;a;</rss>", "ampersand doctype"},
		{"section end in text", "<rss>a]]>b</rss>", "<rss>a]]&gt;b</rss>", "markup"},
		{"stray bracket", "<rss>1 < 2 <3 a<b c</rss>", "<rss>1 &lt; 2 &lt;3 a&lt;b c</rss>", "tag"},
		{"unquoted", "<rss version=2.0 b></rss>", `<rss version="2.0" b="b"></rss>`, ""},
		{"open quote", `<rss><a href="x>b</a><c d="e"/></rss>`, `<rss><a href="x">b</a><c d="e"/></rss>`, ""},
		{"unclosed", "<rss><a><b>c</a></rss>", "<rss><a><b>c</b></a></rss>", "tag"},
		{"end without start", "<rss>a</b></rss>", "<rss>a</rss>", "tag"},
		{"case", "<RSS><Title>a</title></rss>", "<RSS><Title>a</Title></RSS>", ""},
		{"end without prefix", "<rss><dc:date>a</date></rss>", "<rss><dc:date>a</dc:date></rss>", ""},
		{"void", "<rss>a<br>b<img src='c'></rss>", `<rss>a<br/>b<img src="c"/></rss>`, "tag"},
		{"paragraphs", "<rss><p>a<p>b</rss>", "<rss><p>a</p><p>b</p></rss>", "tag"},
		{"cut", "<rss><channel>a", "<rss><channel>a</channel></rss>", "truncated"},
		{"cut in tag", "<rss><channel>a<b c", "<rss><channel>a</channel></rss>", "truncated"},
		{"cut in section", "<rss><![CDATA[a", "<rss><![CDATA[a]]></rss>", "truncated"},
		{"item in item", "<rss><channel><item><title>a<item></item></channel></rss>",
			"<rss><channel><item><title>a</title></item><item></item></channel></rss>", "tag"},
		{"link in title", "<rss><channel><item><title>a<link>b</link></item></channel></rss>",
			"<rss><channel><item><title>a</title><link>b</link></item></channel></rss>", "tag"},
		{"lone channel", "<channel><item/></channel>", "<rss><channel><item/></channel></rss>", "junk"},
		{"base", `<feed xml:base="/x/y?z" xmlns="http://www.w3.org/2005/Atom"/>`, `<feed xml:base="https://www.example.de/x/" xmlns="http://www.w3.org/2005/Atom"/>`, ""},
		{"namespace", `<feed xmlns="http://www.w3.org/2005/atom#draft"/>`, `<feed xmlns="http://www.w3.org/2005/Atom"/>`, ""},
		{"names", "<rss><ü>a</ü></rss>", "<rss>&lt;ü>a</rss>", "tag"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, s := scanned(t, tt.in)
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if words := strings.Join(s.r.repaired(), " "); words != tt.words {
				t.Errorf("repaired %q, want %q", words, tt.words)
			}
			if err := wellFormed(got); err != nil {
				t.Error(err)
			}
			if copied := s.out != nil; copied && got == tt.in {
				t.Error("a clean document was copied")
			}
		})
	}
}

// TestScanItems: where the items and their children are, in a document with
// repairs before them and in one without.
func TestScanItems(t *testing.T) {
	for _, before := range []string{"", "&uuml; & <br>"} {
		out, s := scanned(t, `<rss><channel><title>`+before+`</title><item xml:lang="de"><title>A</title><guid>1</guid></item>`+
			`<item/><x:item>no</x:item></channel><item rdf:about="u"><link>B</link></item></rss>`)
		var got []string
		for _, f := range s.items {
			got = append(got, out[f.start:f.end]+" "+f.lang+f.about)
			for _, c := range f.children {
				got = append(got, c.name+"="+string(c.raw([]byte(out))))
			}
		}
		want := []string{`<item xml:lang="de"><title>A</title><guid>1</guid></item> de`, "title=A", "guid=1", "<item/> ",
			`<item rdf:about="u"><link>B</link></item> u`, "link=B"}
		if !slices.Equal(got, want) {
			t.Errorf("got  %q\nwant %q", got, want)
		}
		for i := range s.items {
			if err := wellFormed(string(s.alone([]byte(out), i))); err != nil {
				t.Errorf("item %d alone: %v", i, err)
			}
		}
		if err := wellFormed(string(s.bare([]byte(out)))); err != nil {
			t.Errorf("without items: %v", err)
		}
	}
}

// TestMendedEnds has end tags that are written anew: they are no part of the text.
func TestMendedEnds(t *testing.T) {
	for _, end := range []string{"id", "ID", "id "} {
		doc, err := Parse([]byte("<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>urn:1</"+end+"><title>T</title></entry></feed>"), Options{})
		if err != nil || len(doc.Items) != 1 || doc.Items[0].GUID != "urn:1" || doc.Items[0].Title != "T" {
			t.Errorf("</%s>: %+v (%v)", end, doc, err)
		}
	}
}
