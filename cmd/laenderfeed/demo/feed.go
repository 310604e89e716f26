package demo

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html"
	"strings"
	"time"
)

const (
	about     = "Erfundene Meldungen, mit denen laenderfeed sich vorführt"
	xmlUTF8   = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
	xmlLatin1 = `<?xml version="1.0" encoding="ISO-8859-1"?>` + "\n"
)

// The elements of RSS 2.0, as far as they are used here.
type (
	rssDoc struct {
		XMLName xml.Name   `xml:"rss"`
		Version string     `xml:"version,attr"`
		Atom    string     `xml:"xmlns:atom,attr,omitempty"`
		Content string     `xml:"xmlns:content,attr,omitempty"`
		Channel rssChannel `xml:"channel"`
	}
	rssChannel struct {
		Title       string    `xml:"title"`
		Link        string    `xml:"link"`
		Description string    `xml:"description"`
		Language    string    `xml:"language"`
		Self        *atomLink `xml:"atom:link"`
		Built       string    `xml:"lastBuildDate,omitempty"`
		TTL         int       `xml:"ttl,omitempty"` // minutes
		Items       []rssItem `xml:"item"`
	}
	rssItem struct {
		Title       string   `xml:"title"`
		Link        string   `xml:"link"`
		Description string   `xml:"description"`
		GUID        *rssGUID `xml:"guid"`
		Date        string   `xml:"pubDate"`
		Content     string   `xml:"content:encoded,omitempty"`
	}
	rssGUID struct {
		PermaLink bool   `xml:"isPermaLink,attr"`
		Value     string `xml:",chardata"`
	}
)

// rss returns the channel with its items, dates in the given form.
func rss(v view, date func(time.Time) string) rssDoc {
	d := rssDoc{Version: "2.0", Channel: rssChannel{
		Title: v.Name, Link: v.Home, Description: about, Language: "de",
	}}
	for _, e := range v.Entries {
		d.Channel.Items = append(d.Channel.Items, rssItem{
			Title: e.Title, Link: v.URL(e), Description: e.Summary, Date: date(e.At),
		})
	}
	return d
}

// renderRSS renders RSS 2.0 as it should be; with full text it asks for a
// minute's patience.
func renderRSS(v view) ([]byte, error) {
	d := rss(v, func(t time.Time) string { return t.Format(time.RFC1123Z) })
	d.Atom, d.Channel.Self = "http://www.w3.org/2005/Atom", &atomLink{Rel: "self", Href: v.Self, Type: "application/rss+xml"}
	d.Channel.Built = v.Updated.Format(time.RFC1123Z)
	for i, e := range v.Entries {
		d.Channel.Items[i].GUID = &rssGUID{Value: v.GUID(e)}
		if v.Full {
			d.Channel.Items[i].Content = v.content(e)
		}
	}
	if v.Full {
		d.Content, d.Channel.TTL = "http://purl.org/rss/1.0/modules/content/", 1
	}
	return marshalXML(xmlUTF8, d)
}

// renderLatin1 renders RSS 2.0 in ISO-8859-1 and without guids, as older
// municipal systems do.
func renderLatin1(v view) ([]byte, error) {
	body, err := marshalXML(xmlLatin1, rss(v, func(t time.Time) string { return t.Format(time.RFC1123Z) }))
	return latin1(body), err
}

// renderGermanDates renders RSS 2.0 with dates for people and without a
// zone; lastBuildDate is the time of rendering, which is no item's date.
func renderGermanDates(v view) ([]byte, error) {
	d := rss(v, germanDate)
	d.Channel.Built = v.Today.Format(time.RFC1123Z)
	for i, e := range v.Entries {
		d.Channel.Items[i].GUID = &rssGUID{Value: v.GUID(e)}
	}
	return marshalXML(xmlUTF8, d)
}

// The elements of Atom (RFC 4287), as far as they are used here.
type (
	atomDoc struct {
		XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
		Lang    string      `xml:"xml:lang,attr"`
		ID      string      `xml:"id"`
		Title   string      `xml:"title"`
		Updated string      `xml:"updated"`
		Author  string      `xml:"author>name"`
		Links   []atomLink  `xml:"link"`
		Entries []atomEntry `xml:"entry"`
	}
	atomEntry struct {
		ID        string   `xml:"id"`
		Title     string   `xml:"title"`
		Link      atomLink `xml:"link"`
		Published string   `xml:"published"`
		Updated   string   `xml:"updated"`
		Summary   string   `xml:"summary"`
	}
	atomLink struct {
		Rel  string `xml:"rel,attr"`
		Href string `xml:"href,attr"`
		Type string `xml:"type,attr,omitempty"`
	}
)

func renderAtom(v view) ([]byte, error) {
	d := atomDoc{
		Lang: "de", ID: "tag:" + v.ID + ".example,2026:feed", Title: v.Name, Updated: v.Updated.Format(time.RFC3339), Author: v.Name,
		Links: []atomLink{{Rel: "self", Href: v.Self, Type: "application/atom+xml"}, {Rel: "alternate", Href: v.Home, Type: "text/html"}},
	}
	for _, e := range v.Entries {
		at := e.At.Format(time.RFC3339)
		d.Entries = append(d.Entries, atomEntry{
			ID: v.GUID(e), Title: e.Title, Link: atomLink{Rel: "alternate", Href: v.URL(e)}, Published: at, Updated: at, Summary: e.Summary,
		})
	}
	return marshalXML(xmlUTF8, d)
}

// The elements of RSS 1.0, as far as they are used here.
type (
	rdfDoc struct {
		XMLName xml.Name   `xml:"rdf:RDF"`
		RDF     string     `xml:"xmlns:rdf,attr"`
		RSS     string     `xml:"xmlns,attr"`
		DC      string     `xml:"xmlns:dc,attr"`
		Channel rdfChannel `xml:"channel"`
		Items   []rdfItem  `xml:"item"`
	}
	rdfChannel struct {
		About       string   `xml:"rdf:about,attr"`
		Title       string   `xml:"title"`
		Link        string   `xml:"link"`
		Description string   `xml:"description"`
		Date        string   `xml:"dc:date"`
		Items       []rdfRef `xml:"items>rdf:Seq>rdf:li"`
	}
	rdfRef struct {
		Resource string `xml:"rdf:resource,attr"`
	}
	rdfItem struct {
		About       string `xml:"rdf:about,attr"`
		Title       string `xml:"title"`
		Link        string `xml:"link"`
		Description string `xml:"description"`
		Date        string `xml:"dc:date"`
	}
)

func renderRDF(v view) ([]byte, error) {
	d := rdfDoc{
		RDF: "http://www.w3.org/1999/02/22-rdf-syntax-ns#", RSS: "http://purl.org/rss/1.0/", DC: "http://purl.org/dc/elements/1.1/",
		Channel: rdfChannel{About: v.Self, Title: v.Name, Link: v.Home, Description: about, Date: v.Updated.Format(time.RFC3339)},
	}
	for _, e := range v.Entries {
		d.Channel.Items = append(d.Channel.Items, rdfRef{Resource: v.GUID(e)})
		d.Items = append(d.Items, rdfItem{
			About: v.GUID(e), Title: e.Title, Link: v.URL(e), Description: e.Summary, Date: e.At.Format(time.RFC3339),
		})
	}
	return marshalXML(xmlUTF8, d)
}

// The members of JSON Feed 1.1, as far as they are used here.
type (
	jsonDoc struct {
		Version  string     `json:"version"`
		Title    string     `json:"title"`
		Home     string     `json:"home_page_url"`
		Feed     string     `json:"feed_url"`
		Language string     `json:"language"`
		Items    []jsonItem `json:"items"`
	}
	jsonItem struct {
		ID      string `json:"id"`
		URL     string `json:"url"`
		Title   string `json:"title"`
		Summary string `json:"summary"`
		Content string `json:"content_html"`
		Date    string `json:"date_published"`
	}
)

func renderJSON(v view) ([]byte, error) {
	d := jsonDoc{
		Version: "https://jsonfeed.org/version/1.1", Title: v.Name, Home: v.Home, Feed: v.Self, Language: "de", Items: []jsonItem{},
	}
	for _, e := range v.Entries {
		d.Items = append(d.Items, jsonItem{
			ID: v.GUID(e), URL: v.URL(e), Title: e.Title, Summary: e.Summary, Content: v.content(e), Date: e.At.Format(time.RFC3339),
		})
	}
	return json.MarshalIndent(d, "", "  ")
}

// content returns the full text of an entry as HTML.
func (v view) content(e entry) string {
	return fmt.Sprintf("<p>%s</p>\n<p><a href=%q>Zur Meldung</a></p>", html.EscapeString(e.Summary), v.URL(e))
}

func marshalXML(header string, doc any) ([]byte, error) {
	body, err := xml.MarshalIndent(doc, "", "  ")
	return append([]byte(header), body...), err
}

// latin1 turns UTF-8 XML into ISO-8859-1; what that lacks becomes a character
// reference.
func latin1(utf8 []byte) []byte {
	var out bytes.Buffer
	for _, r := range string(utf8) {
		if r < 0x80 || r >= 0xA0 && r <= 0xFF {
			out.WriteByte(byte(r))
		} else {
			fmt.Fprintf(&out, "&#%d;", r)
		}
	}
	return out.Bytes()
}

// germanDate returns the long form without a zone,
// "Donnerstag, 19. November 2026 - 14:30".
func germanDate(t time.Time) string {
	days := strings.Fields("Sonntag Montag Dienstag Mittwoch Donnerstag Freitag Samstag")
	months := strings.Fields("Januar Februar März April Mai Juni Juli August September Oktober November Dezember")
	return fmt.Sprintf("%s, %d. %s %d - %s", days[t.Weekday()], t.Day(), months[t.Month()-1], t.Year(), t.Format("15:04"))
}
