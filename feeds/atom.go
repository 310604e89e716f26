package feeds

import (
	"bytes"
	"encoding/xml"
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/feeds"
)

// atomFeed is an Atom feed document (RFC 4287). It shadows of the embedded type
// what can occur more than once or has attributes: links and entries.
type atomFeed struct {
	feeds.AtomFeed
	Lang      string        `xml:"xml:lang,attr"`
	Link      []atomLink    `xml:"link"`
	Archive   *history      `xml:"fh:archive"`
	Generator atomGenerator `xml:"generator"`
	Entries   []atomEntry   `xml:"entry"`
}

type atomLink struct {
	Rel    string `xml:"rel,attr"`
	Type   string `xml:"type,attr,omitempty"`
	Title  string `xml:"title,attr,omitempty"`
	Href   string `xml:"href,attr"`
	Length string `xml:"length,attr,omitempty"`
}

type atomGenerator struct {
	URI  string `xml:"uri,attr,omitempty"`
	Name string `xml:",chardata"`
}

type atomText struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

type atomCategory struct {
	Term   string `xml:"term,attr"`
	Scheme string `xml:"scheme,attr"`
	Label  string `xml:"label,attr"`
}

// atomEntry is an entry. Title, links, categories and source are shadowed: the
// embedded type has but one link and category, no types of text, and a source
// that is a string.
type atomEntry struct {
	feeds.AtomEntry
	Title    atomText       `xml:"title"`
	Links    []atomLink     `xml:"link"`
	Category []atomCategory `xml:"category"`
	Summary  atomText       `xml:"summary"`
	Content  *atomText      `xml:"content"`
	Rights   *atomText      `xml:"rights"`
	Source   atomSource     `xml:"source"`
}

type atomSource struct {
	ID      string     `xml:"id"`
	Title   atomText   `xml:"title"`
	Updated string     `xml:"updated"`
	Links   []atomLink `xml:"link"`
	Rights  *atomText  `xml:"rights"`
}

func (f *feed) atom() ([]byte, error) {
	doc := atomFeed{
		AtomFeed: feeds.AtomFeed{
			Xmlns: "http://www.w3.org/2005/Atom", Title: f.title, Id: f.id, Updated: atomTime(f.updated),
			Rights: f.rights, Subtitle: f.subtitle,
			Author: &feeds.AtomAuthor{AtomPerson: feeds.AtomPerson{Name: product, Uri: f.base + "/"}},
		},
		Lang:      language,
		Archive:   f.chain.mark(),
		Generator: atomGenerator{URI: f.base + "/", Name: product},
		Link: []atomLink{
			{Rel: "self", Type: Atom.MediaType(), Href: f.url(Atom)},
			{Rel: "alternate", Type: Page.MediaType(), Href: f.url(Page)},
			{Rel: "alternate", Type: RSS.MediaType(), Href: f.url(RSS)},
			{Rel: "alternate", Type: JSON.MediaType(), Href: f.url(JSON)},
		},
	}
	for _, r := range f.relations(Atom) {
		doc.Link = append(doc.Link, atomLink{Rel: r.rel, Type: Atom.MediaType(), Href: r.href})
	}
	if f.hub != "" {
		doc.Link = append(doc.Link, atomLink{Rel: "hub", Href: f.hub})
	}
	for i := range f.entries {
		doc.Entries = append(doc.Entries, newAtomEntry(&f.entries[i]))
	}
	return marshalXML(doc)
}

func newAtomEntry(v *view) atomEntry {
	e := atomEntry{
		AtomEntry: feeds.AtomEntry{
			Id: v.id, Published: atomTime(v.published), Updated: distinctTime(v.updated, v.id),
			Author: &feeds.AtomAuthor{AtomPerson: feeds.AtomPerson{Name: v.publisher}},
		},
		Title:   plain(v.title),
		Summary: v.atomSummary(),
		Rights:  newAtomRights(v.rights),
		Source:  newAtomSource(v),
	}
	if v.link != "" {
		e.Links = append(e.Links, atomLink{Rel: "alternate", Href: v.link})
	}
	for _, o := range v.others {
		e.Links = append(e.Links, atomLink{Rel: "related", Title: "Auch bei: " + o.Source, Href: o.Link})
	}
	for _, c := range v.enclosures {
		e.Links = append(e.Links, atomLink{Rel: "enclosure", Type: c.Type, Href: c.URL, Length: strconv.FormatInt(c.Length, 10)})
	}
	for _, c := range v.categories {
		e.Category = append(e.Category, atomCategory{Term: c.term, Scheme: c.scheme, Label: c.label})
	}
	switch {
	case v.html != "":
		e.Content = &atomText{"html", v.html}
	case v.link == "": // without a link to follow, the text has to be here (RFC 4287 4.1.2)
		e.Content = new(v.atomSummary())
	}
	return e
}

// atomSummary is the summary as text, or as HTML where it has links.
func (v *view) atomSummary() atomText {
	if len(v.others) > 0 {
		return atomText{"html", v.summaryHTML()}
	}
	return plain(v.summary)
}

// newAtomSource says where an entry was copied from. Its id is that of the feed
// of the source on this server, as the source's own is not kept; its date that
// of the entry, which is when the source was known to have changed.
func newAtomSource(v *view) atomSource {
	s := atomSource{ID: sourceFeedID(v.source.id), Title: plain(v.source.name), Updated: atomTime(v.updated)}
	if v.source.url != "" {
		rel := "self"
		if v.source.page {
			rel = "alternate"
		}
		s.Links = []atomLink{{Rel: rel, Href: v.source.url}}
	}
	s.Rights = newAtomRights(v.source.rights)
	return s
}

// newAtomRights is what is said about rights, if anything. It stands in the entry,
// which the rights of the feed would else speak for (RFC 4287 4.2.10), and in its
// source.
func newAtomRights(said string) *atomText {
	if said == "" {
		return nil
	}
	return new(plain(said))
}

// plain is a text construct. Text that looks like markup is sent as escaped HTML,
// which readers that take everything for HTML show right as well.
func plain(s string) atomText {
	if strings.Contains(s, "</") {
		return atomText{"html", htmlText(s)}
	}
	return atomText{"text", s}
}

func atomTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// distinctTime is atomTime with a fraction of a second made from the id of the
// entry. Publishers that give a day or a minute only would else leave several
// entries with the same atom:updated, which readers that sort by it (and the W3C
// validator: DuplicateUpdated) do not like. It never changes for an entry.
func distinctTime(t time.Time, id string) string {
	h := fnv.New32a()
	h.Write([]byte(id))
	fraction := time.Duration(h.Sum32()%1_000_000) * time.Microsecond
	return t.UTC().Truncate(time.Second).Add(fraction).Format("2006-01-02T15:04:05.000000Z07:00")
}

// marshalXML writes a document with its declaration. Ampersands and angle
// brackets become numeric references, which the RSS Advisory Board recommends
// (RSS Best Practices Profile) because some readers decode named ones twice.
// There are no CDATA sections for the replacement to break, and no quotes or
// brackets in text that could be taken for an empty element.
func marshalXML(doc any) ([]byte, error) {
	b, err := xml.MarshalIndent(doc, "", " ")
	if err != nil {
		return nil, err
	}
	out := bytes.NewBuffer(make([]byte, 0, len(b)+len(b)/16))
	out.WriteString(xml.Header)
	if _, err := numeric.WriteString(out, string(b)); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// numeric is what marshalXML replaces.
var numeric = strings.NewReplacer("&amp;", "&#x26;", "&lt;", "&#x3C;", "&gt;", "&#x3E;",
	`"></link>`, `"/>`, `"></category>`, `"/>`, `"></atom:link>`, `"/>`, `"></enclosure>`, `"/>`, `"></outline>`, `"/>`)
