package feeds

import (
	"encoding/xml"
	"html"
	"strconv"
	"time"

	"github.com/gorilla/feeds"
)

// rssDocument is an RSS 2.0 document, https://www.rssboard.org/rss-specification.
type rssDocument struct {
	XMLName   xml.Name   `xml:"rss"`
	Version   string     `xml:"version,attr"`
	Atom      string     `xml:"xmlns:atom,attr"`
	ContentNS string     `xml:"xmlns:content,attr"`
	DC        string     `xml:"xmlns:dc,attr"`
	Channel   rssChannel `xml:"channel"`
}

// rssChannel adds atom:link to the embedded type and shadows its items.
type rssChannel struct {
	feeds.RssFeed
	Links   []rssAtomLink `xml:"atom:link"`
	Archive *history      `xml:"fh:archive"`
	Items   []rssItem     `xml:"item"`
}

type rssAtomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

// rssItem shadows of the embedded type what it makes mandatory (link), knows once
// only (category), without its attribute (source), or writes as a CDATA section
// (content). The publisher is dc:creator, as author wants an e-mail address.
type rssItem struct {
	feeds.RssItem
	Link     string        `xml:"link,omitempty"`
	Creator  string        `xml:"dc:creator"`
	Rights   string        `xml:"dc:rights,omitempty"`
	Category []rssCategory `xml:"category"`
	Source   *rssSource    `xml:"source"`
	Content  string        `xml:"content:encoded,omitempty"`
}

type rssCategory struct {
	Domain string `xml:"domain,attr"`
	Name   string `xml:",chardata"`
}

type rssSource struct {
	URL  string `xml:"url,attr"`
	Name string `xml:",chardata"`
}

func (f *feed) rss() ([]byte, error) {
	doc := rssDocument{
		Version: "2.0", Atom: "http://www.w3.org/2005/Atom",
		ContentNS: "http://purl.org/rss/1.0/modules/content/", DC: "http://purl.org/dc/elements/1.1/",
		Channel: rssChannel{
			RssFeed: feeds.RssFeed{
				Title: f.title, Link: f.url(Page), Description: f.subtitle, Language: language, Copyright: f.rights,
				LastBuildDate: rssTime(f.updated), Generator: product, Ttl: ttl,
				Docs: "https://www.rssboard.org/rss-specification",
			},
			Archive: f.chain.mark(),
			Links: []rssAtomLink{
				{"self", RSS.MediaType(), f.url(RSS)},
				{"alternate", Atom.MediaType(), f.url(Atom)},
				{"alternate", JSON.MediaType(), f.url(JSON)},
			},
		},
	}
	for _, r := range f.relations(RSS) {
		doc.Channel.Links = append(doc.Channel.Links, rssAtomLink{r.rel, RSS.MediaType(), r.href})
	}
	if f.hub != "" {
		doc.Channel.Links = append(doc.Channel.Links, rssAtomLink{Rel: "hub", Href: f.hub})
	}
	for i := range f.entries {
		doc.Channel.Items = append(doc.Channel.Items, newRSSItem(&f.entries[i]))
	}
	return marshalXML(doc)
}

func newRSSItem(v *view) rssItem {
	it := rssItem{
		RssItem: feeds.RssItem{
			Title: v.title, Description: v.summaryHTML(), PubDate: rssTime(v.published),
			Guid: &feeds.RssGuid{Id: v.id, IsPermaLink: "false"},
		},
		Link: v.link, Creator: v.publisher, Rights: v.rights, Content: v.html,
	}
	if v.source.url != "" {
		it.Source = &rssSource{v.source.url, v.source.name}
	}
	if len(v.enclosures) > 0 { // readers expect one at most
		c := v.enclosures[0]
		it.Enclosure = &feeds.RssEnclosure{Url: c.URL, Type: c.Type, Length: strconv.FormatInt(c.Length, 10)}
	}
	for _, c := range v.categories {
		it.Category = append(it.Category, rssCategory{c.scheme, c.label})
	}
	return it
}

// htmlText writes plain text as HTML.
func htmlText(s string) string { return html.EscapeString(s) }

func rssTime(t time.Time) string { return t.UTC().Format(time.RFC1123Z) }
