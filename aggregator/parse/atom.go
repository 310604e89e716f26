package parse

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mmcdole/gofeed/atom"

	"laenderfeed/aggregator"
)

// atom reads Atom 1.0 and 0.3 with gofeed, whole or entry by entry. Ids and
// texts are taken from the XML itself: gofeed rewrites the former and does not
// tell the types of the latter.
func (r *reader) atom(s *scanner, xml []byte) (*aggregator.Document, error) {
	f, err := readItems(s, xml, parseAtom, func(f *atom.Feed) *[]*atom.Entry { return &f.Entries },
		func(entries []*atom.Entry) bool { return restore(s, xml, entries, placeAtom) })
	if err != nil {
		return nil, fmt.Errorf("reading atom: %w", err)
	}
	doc := r.atomHead(s, f)
	if t := s.head.child("title").construct(xml); t.text != "" {
		doc.Title = title(t)
	}
	entries := make([]entry, 0, len(f.Entries)-len(r.skim.known))
	for i, it := range f.Entries {
		if it == nil {
			continue
		}
		e := r.atomEntry(it, &s.items[i], xml)
		if len(e.authors) == 0 {
			e.authors = people(f.Authors) // RFC 4287, 4.1.2
		}
		e.digest = s.items[i].digest
		entries = append(entries, e)
	}
	r.inherit(doc.Language, people(f.Authors))
	r.fill(doc, entries)
	return doc, nil
}

// atomHead makes the document of a feed's own elements.
func (r *reader) atomHead(s *scanner, f *atom.Feed) *aggregator.Document {
	doc := &aggregator.Document{
		Kind:     "atom",
		Title:    title(markup{text: f.Title}),
		Language: language(first(f.Language, s.head.lang, r.opt.Language)),
		Updated:  r.date(f.Updated),
	}
	doc.Link, _ = r.atomLinks(f.Links, r.base)
	for _, l := range f.Links {
		if relation(l.Rel, "hub") {
			doc.Hints.Hubs = r.addURL(doc.Hints.Hubs, l.Href)
		}
		if relation(l.Rel, "self") && doc.Hints.Self == "" {
			doc.Hints.Self = r.absolute(r.base, l.Href)
		}
	}
	doc.Hints.TTL = syndication(f.Extensions)
	doc.Rights = r.rights(r.base, append(atomLicences(f.Links), licences(f.Extensions)...), f.Rights, extension(f.Extensions, "dc", "rights"))
	return doc
}

// atomEntry takes from an Atom entry what it says.
func (r *reader) atomEntry(it *atom.Entry, at *found, xml []byte) entry {
	x := it.Extensions
	e := entry{
		base:       at.base,
		lang:       at.lang,
		title:      at.child("title").construct(xml),
		summary:    at.child("summary").construct(xml),
		content:    at.child("content").construct(xml),
		authors:    people(it.Authors),
		published:  []string{it.Published, at.last("created").construct(xml).text, extension(x, "dc", "date"), extension(x, "dcterms", "issued", "created")},
		modified:   []string{it.Updated, extension(x, "dcterms", "modified")},
		categories: atomCategories(it.Categories),
	}
	if e.title.text == "" {
		e.title.text = first(extension(x, "media", "title"), extension(x, "dc", "title"))
	}
	e.group(x)
	if id := at.child("id"); id != nil {
		e.guid = characters(id.raw(xml))
		e.permalink = e.guid
	}
	if link, others := r.atomLinks(it.Links, at.base); link != "" {
		e.links = []string{link}
	} else if r.absolute("", e.permalink) == "" {
		e.links = []string{others}
	}
	for _, l := range it.Links {
		if relation(l.Rel, "enclosure") {
			e.enclosures = r.enclose(e.enclosures, at.base, l.Href, l.Type, l.Length)
		}
	}
	var from atom.Source // the feed that the entry was copied from
	if it.Source != nil {
		from = *it.Source
	}
	if len(e.authors) == 0 {
		e.authors = people(from.Authors)
	}
	e.rights = r.rights(at.base, append(atomLicences(it.Links), licences(x)...), it.Rights, extension(x, "dc", "rights"))
	if e.rights == "" {
		e.rights = r.rights(at.base, atomLicences(from.Links), from.Rights)
	}
	for _, c := range append(x["dc"]["creator"], x["dc"]["author"]...) {
		e.authors = append(e.authors, c.Value)
	}
	e.categories = append(e.categories, subjects(x)...)
	return e
}

// atomLinks returns the page of a feed or entry, HTML before other types, and
// failing that a related one.
func (r *reader) atomLinks(links []*atom.Link, base string) (page, related string) {
	best := 0
	for _, l := range links {
		url := r.absolute(base, l.Href)
		if url == "" {
			continue
		}
		rank := 0
		switch {
		case relation(l.Rel, "alternate") && (l.Type == "" || strings.Contains(l.Type, "html")):
			rank = 2
		case relation(l.Rel, "alternate"):
			rank = 1
		case relation(l.Rel, "related", "via"):
			related = first(related, url)
		}
		if rank > best {
			page, best = url, rank
		}
	}
	return page, related
}

// atomCategories prefers the term: it is the keyword itself, while a label may
// be a sentence. Terms that say nothing to people give way to the label.
func atomCategories(list []*atom.Category) (names []string) {
	for _, c := range list {
		term := strings.TrimSpace(c.Term)
		if c.Label != "" && (term == "" || strings.Contains(term, "://") || strings.Trim(term, "0123456789") == "") {
			term = c.Label
		}
		names = append(names, term)
	}
	return names
}

func people(list []*atom.Person) (names []string) {
	for _, p := range list {
		names = append(names, first(p.Name, p.Email))
	}
	return slices.DeleteFunc(names, func(s string) bool { return s == "" })
}

// construct reads an Atom text construct (RFC 4287, 3.1, and the mode of
// Atom 0.3) or content element.
func (c *span) construct(xml []byte) markup {
	if c == nil {
		return markup{}
	}
	raw := c.raw(xml)
	typ, mode := strings.ToLower(strings.TrimSpace(c.typ)), strings.ToLower(strings.TrimSpace(c.mode))
	m := markup{base: c.base}
	switch {
	case mode == "base64" || mode == "" && isBinary(typ):
		m.text = decodeBase64(characters(raw))
		return m
	case strings.Contains(typ, "xhtml") && mode != "escaped", mode == "xml" && strings.Contains(typ, "html"):
		m.text, m.kind = fromXHTML(string(raw)), hypertext
		m.wrapped = mode == "" // RFC 4287, 3.1.1.3; Atom 0.3 does without
		return m
	default:
		m.text = characters(raw)
	}
	switch {
	case strings.Contains(typ, "html"):
		m.kind = hypertext
	case typ == "text" || typ == "text/plain" || typ == "" && c.name == "title":
		if m.kind = literal; strings.IndexByte(string(raw), '<') >= 0 && !strings.Contains(string(raw), "<![CDATA[") {
			m.kind = hypertext // tags where only text belongs
		}
	}
	return m
}

// isBinary tells whether a media type is none of text or XML, so that its content
// is base64 (RFC 4287, 4.1.3.3).
func isBinary(typ string) bool {
	return strings.Contains(typ, "/") && !strings.HasPrefix(typ, "text/") && !strings.Contains(typ, "xml")
}

// decodeBase64 returns the text in base64, or nothing if it is not text.
func decodeBase64(s string) string {
	s = strings.Join(strings.Fields(s), "")
	text, err := base64.StdEncoding.DecodeString(s)
	if err != nil || !utf8.Valid(text) {
		return ""
	}
	return string(text)
}
