package parse

import (
	"strings"
	"testing"

	"github.com/mmcdole/gofeed"
	"github.com/mmcdole/gofeed/atom"
	"github.com/mmcdole/gofeed/rss"
)

// TestGofeed pins what gofeed does with documents that come to it as they are.
// Each is a reason for a stage of this package; one that no longer holds after
// an update means that a stage may go.
func TestGofeed(t *testing.T) {
	read := func(s string) *gofeed.Feed {
		p := gofeed.NewParser()
		p.KeepOriginalFeed = true
		f, err := p.ParseString(s)
		if err != nil {
			return nil
		}
		return f
	}
	const atomHead = `<feed xmlns="http://www.w3.org/2005/Atom"`
	if f := read(atomHead + `><entry><id>HTTP://E.de/Ä</id></entry></feed>`); f.OriginalFeed().(*atom.Feed).Entries[0].ID == "HTTP://E.de/Ä" {
		t.Error("Atom ids are kept")
	}
	if f := read(atomHead + ` xml:base="https://e.de/feed.xml"><entry><link href="a"/></entry></feed>`); f.Items[0].Link == "https://e.de/a" {
		t.Error("xml:base is resolved by RFC 3986")
	}
	if f := read(`<feed xmlns="https://e.de/other"><entry><title>a</title></entry></feed>`); f != nil && len(f.Items) > 0 {
		t.Error("other namespaces are read")
	}
	for _, s := range []string{"a]]>b", "<!-- a -- b -->", "&#1;", "<3", "a\uffffb"} {
		if read("<rss><channel><item><title>"+s+"</title></item></channel></rss>") != nil {
			t.Errorf("%q does not lose the feed", s)
		}
	}
	for _, s := range []string{`<?xml version="1.1"?>`, "Notice: x\n", strings.Repeat(" ", 5000)} {
		if read(s+"<rss><channel/></rss>") != nil {
			t.Errorf("%.30q does not lose the feed", s)
		}
	}
	if read("<rss><channel><item><title>a</title></item>") != nil {
		t.Error("a cut document is read")
	}
	if f := read("<rss><channel><item><pubDate>Fri, 02 Jan 2026 14:30:00 MEZ</pubDate></item></channel></rss>"); f.Items[0].PublishedParsed == nil || f.Items[0].PublishedParsed.Hour() != 14 {
		t.Error("MEZ is known, or no date at all")
	}
	if f := read(`<rss><channel><item><guid>https://e.de/1</guid></item></channel></rss>`); f.Items[0].Link != "" || f.OriginalFeed().(*rss.Feed).Items[0].GUID == nil {
		t.Error("a guid serves as link")
	}
}

// TestGuarded: a parser that panics is an error.
func TestGuarded(t *testing.T) {
	if _, err := guarded(func() (int, error) { panic("x") }); err == nil {
		t.Error("no error")
	}
}

// testSalvage: where gofeed gives up on the whole, each item is read alone.
func testSalvage(t *testing.T) {
	out, s := scanned(t, rssOf(`<item><title>A</title><guid>1</guid></item><item><title>B</title><guid>2</guid></item>`))
	broken := []byte(strings.Replace(out, "<guid>2", "<gu]]>2", 1))
	doc, err := s.r.rss(s, broken)
	if err != nil || len(doc.Items) != 1 || doc.Items[0].GUID != "1" || doc.Title != "t" {
		t.Fatalf("%+v, %v", doc, err)
	}
	if got := s.r.repaired(); len(got) == 0 || got[0] != "salvaged" {
		t.Errorf("repaired %v", got)
	}
}
