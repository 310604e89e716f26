package feeds

import (
	"encoding/xml"
	"time"

	"laenderfeed/aggregator"
)

// opmlDocument is an OPML 2.0 document, https://opml.org/spec2.opml.
type opmlDocument struct {
	XMLName  xml.Name      `xml:"opml"`
	Version  string        `xml:"version,attr"`
	Title    string        `xml:"head>title"`
	Modified string        `xml:"head>dateModified"`
	Owner    string        `xml:"head>ownerName"`
	Outlines []opmlOutline `xml:"body>outline"`
}

// opmlOutline is a group of feeds, or a feed. Its type is "rss" for Atom feeds
// too: that is what the specification has and readers look for.
type opmlOutline struct {
	Text     string        `xml:"text,attr"`
	Title    string        `xml:"title,attr,omitempty"`
	Type     string        `xml:"type,attr,omitempty"`
	Language string        `xml:"language,attr,omitempty"`
	XMLURL   string        `xml:"xmlUrl,attr,omitempty"`
	HTMLURL  string        `xml:"htmlUrl,attr,omitempty"`
	Outlines []opmlOutline `xml:"outline"`
}

// opml lists the feeds of a union of regions: each with its topics, or, without
// regions, the feeds of all regions and those of all topics.
func (v *Vocabulary) opml(q aggregator.Query, base, prefix string, modified time.Time) ([]byte, error) {
	doc := opmlDocument{Version: "2.0", Title: prefix + "Feeds: " + v.Names(q), Modified: rssTime(modified), Owner: product}
	outline := func(q aggregator.Query) opmlOutline {
		title := prefix + v.Title(q, "")
		return opmlOutline{
			Text: title, Title: title, Type: "rss", Language: language,
			XMLURL: base + v.Path(q, Atom), HTMLURL: base + v.Path(q, Page),
		}
	}
	group := func(text string, queries []aggregator.Query) opmlOutline {
		g := opmlOutline{Text: text}
		for _, q := range queries {
			g.Outlines = append(g.Outlines, outline(q))
		}
		return g
	}
	if len(q.Regions) == 0 {
		doc.Outlines = []opmlOutline{group("Länder", v.Regional()), group("Themen", v.Topical(q))}
	} else {
		doc.Outlines = []opmlOutline{outline(q), group("Themen", v.Topical(q))}
	}
	return marshalXML(doc)
}
