package parse

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	ext "github.com/mmcdole/gofeed/extensions"
	"github.com/mmcdole/gofeed/rss"

	"laenderfeed/aggregator"
)

// rss reads RSS and RDF with gofeed, whole or item by item.
func (r *reader) rss(s *scanner, xml []byte) (*aggregator.Document, error) {
	// gofeed lists the items inside the channel before those beside it.
	slices.SortStableFunc(s.items, func(a, b found) int { return min(b.depth, 2) - min(a.depth, 2) })
	f, err := readItems(s, xml, parseRSS, func(f *rss.Feed) *[]*rss.Item { return &f.Items },
		func(items []*rss.Item) bool { return restore(s, xml, items, placeRSS) })
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", s.kind, err)
	}
	doc := r.channel(s, f)
	entries := make([]entry, 0, len(f.Items)-len(r.skim.known))
	for i, it := range f.Items {
		if it != nil {
			e := r.rssEntry(it, &s.items[i], xml)
			e.digest = s.items[i].digest
			entries = append(entries, e)
		}
	}
	r.inherit(doc.Language, nil)
	r.fill(doc, entries)
	return doc, nil
}

// channel makes the document of a feed's own elements.
func (r *reader) channel(s *scanner, f *rss.Feed) *aggregator.Document {
	doc := &aggregator.Document{
		Kind:     s.kind,
		Title:    title(markup{text: first(f.Title, extension(f.Extensions, "dc", "title"))}),
		Language: language(first(f.Language, extension(f.Extensions, "dc", "language"), s.head.lang, r.opt.Language)),
	}
	for _, link := range append(f.Links, f.Link, atomLink(f.Extensions, "alternate"), s.head.href) {
		if doc.Link = r.absolute(r.base, link); doc.Link != "" {
			break
		}
	}
	doc.Updated = r.date(f.LastBuildDate, f.PubDate, extension(f.Extensions, "dc", "date"),
		extension(f.Extensions, "dcterms", "modified", "issued", "created"), extension(f.Extensions, "atom", "updated"), s.head.date)
	x := f.Extensions
	doc.Rights = r.rights(r.base, licences(x), f.Copyright, extension(x, "dc", "rights"), extension(x, "dcterms", "rights"), atomText(x, "rights"))
	doc.Hints = rssHints(f)
	doc.Hints.Hubs = r.hubs(f.Extensions)
	doc.Hints.Self = r.absolute(r.base, atomLink(f.Extensions, "self"))
	return doc
}

// rssHints reads ttl, skipHours, skipDays and the syndication module.
func rssHints(f *rss.Feed) (h aggregator.Hints) {
	if n, err := strconv.Atoi(strings.TrimSpace(f.TTL)); err == nil && n > 0 && n <= 366*24*60 {
		h.TTL = time.Duration(n) * time.Minute
	} else {
		h.TTL = syndication(f.Extensions)
	}
	for _, hour := range f.SkipHours {
		// RSS 0.91 counts from 1 to 24, RSS 2.0 from 0 to 23.
		if n, err := strconv.Atoi(strings.TrimSpace(hour)); err == nil && n >= 0 && n <= 24 {
			h.SkipHours[n%24] = true
		}
	}
	for _, day := range f.SkipDays {
		if d, ok := weekdays[strings.ToLower(strings.TrimSpace(day))]; ok {
			h.SkipDays[d] = true
		}
	}
	return h
}

// syndication reads sy:updatePeriod and sy:updateFrequency (RSS 1.0 syndication
// module): so many times a period.
func syndication(e ext.Extensions) time.Duration {
	var period time.Duration
	switch strings.ToLower(strings.TrimSpace(extension(e, "sy", "updatePeriod"))) {
	case "hourly":
		period = time.Hour
	case "daily":
		period = 24 * time.Hour
	case "weekly":
		period = 7 * 24 * time.Hour
	case "monthly":
		period = 30 * 24 * time.Hour
	case "yearly":
		period = 365 * 24 * time.Hour
	}
	n, err := strconv.Atoi(strings.TrimSpace(extension(e, "sy", "updateFrequency")))
	if err != nil || n < 1 {
		n = 1
	}
	return (period / time.Duration(n)).Truncate(time.Second)
}

// hubs returns the WebSub hubs an RSS feed names in Atom's link elements.
func (r *reader) hubs(e ext.Extensions) (hubs []string) {
	for _, prefix := range atomPrefixes() {
		for _, l := range e[prefix]["link"] {
			if relation(l.Attrs["rel"], "hub") {
				hubs = r.addURL(hubs, l.Attrs["href"])
			}
		}
	}
	return hubs
}

// addURL appends an absolute URL that is not in the list yet.
func (r *reader) addURL(list []string, ref string) []string {
	if u := r.absolute(r.base, ref); u != "" && !slices.Contains(list, u) && len(list) < 10 {
		list = append(list, u)
	}
	return list
}

// atomPrefixes are the prefixes under which gofeed keeps Atom elements in RSS.
func atomPrefixes() [4]string { return [...]string{"atom", "atom03", "atom10", "a10"} }

// atomLink returns the href of an Atom link among the extensions.
func atomLink(e ext.Extensions, rel string) string {
	for _, prefix := range atomPrefixes() {
		for _, l := range e[prefix]["link"] {
			if relation(l.Attrs["rel"], rel) || rel == "alternate" && l.Attrs["rel"] == "" {
				return l.Attrs["href"]
			}
		}
	}
	return ""
}

// relation compares link relations; the registered ones may be written as IRIs
// (RFC 4287, 4.2.7.2).
func relation(rel string, words ...string) bool {
	rel = strings.ToLower(strings.TrimPrefix(rel, "http://www.iana.org/assignments/relation/"))
	for _, field := range strings.Fields(rel) {
		if slices.Contains(words, field) {
			return true
		}
	}
	return false
}

// extension returns the first text of an extension element.
func extension(e ext.Extensions, prefix string, names ...string) string {
	for _, name := range names {
		for _, x := range e[prefix][name] {
			if x.Value != "" {
				return x.Value
			}
		}
	}
	return ""
}

// first returns the first string with something in it.
func first(values ...string) string {
	for _, v := range values {
		if strings.TrimSpace(v) != "" {
			return v
		}
	}
	return ""
}

// rssEntry takes from an RSS item what its publisher may have put anywhere.
func (r *reader) rssEntry(it *rss.Item, at *found, xml []byte) entry {
	x := it.Extensions
	keys := slices.Sorted(maps.Keys(it.Custom))
	own := func(names ...string) string { // the first of the names that says something
		for _, name := range names {
			for _, key := range keys {
				if value := it.Custom[key]; strings.ToLower(key) == name && value != "" {
					return value
				}
			}
		}
		return ""
	}
	e := entry{
		base: at.base,
		lang: first(extension(x, "dc", "language"), at.lang),
		title: markup{text: first(it.Title, extension(x, "media", "title"), extension(x, "dc", "title"),
			extension(x, "itunes", "title"), atomText(x, "title"))},
		summary: markup{text: first(it.Description, own("summary", "abstract"), extension(x, "dc", "description"),
			extension(x, "itunes", "summary"), atomText(x, "summary"), extension(x, "media", "description"))},
		content: markup{text: first(it.Content, own("content", "body", "fulltext", "fullitem"), atomText(x, "content"))},
		links:   append(slices.Clone(it.Links), it.Link, atomLink(x, "alternate"), at.href),
		published: []string{it.PubDate, extension(x, "dc", "date"), own("published", "issued", "date", "created"),
			extension(x, "dcterms", "issued", "created", "available", "date"), atomText(x, "published"), atomText(x, "issued"),
			extension(x, "dc", "issued", "created")},
		modified: []string{extension(x, "dcterms", "modified"), own("updated", "modified"), atomText(x, "updated"),
			atomText(x, "modified"), extension(x, "dc", "modified"), at.date, extension(x, "dc", "date")},
		enclosures: r.rssEnclosures(it, at.base),
		authors:    rssAuthors(it, own("creator")),
		rights: r.rights(at.base, licences(x), extension(x, "dc", "rights"), extension(x, "dcterms", "rights"), atomText(x, "rights"),
			own("rights"), own("copyright")),
	}
	e.group(x)
	if c := at.child("encoded", "body", "div"); e.content.text == "" && c != nil {
		e.content = c.html(xml)
	}
	for _, c := range it.Categories {
		e.categories = append(e.categories, c.Value)
	}
	e.categories = append(e.categories, subjects(x)...)
	if tags := own("tags", "keywords"); tags != "" {
		e.categories = slices.Concat(strings.Split(tags, ","), e.categories)
	}
	if at.startsWith("summary", "description") && e.content.text == "" && it.Description != "" {
		e.summary.text, e.content.text = own("summary"), it.Description
	}
	e.identify(it, at.about, first(own("id"), atomText(x, "id"), extension(x, "dc", "identifier")))
	return e
}

// group fills title and summary from the groups of Media RSS.
func (e *entry) group(x ext.Extensions) {
	for _, g := range x["media"]["group"] {
		e.title.text = first(e.title.text, childText(g, "title"))
		e.summary.text = first(e.summary.text, childText(g, "description"))
	}
}

// subjects returns the keywords that modules hold.
func subjects(x ext.Extensions) (words []string) {
	for _, s := range append(x["dc"]["subject"], x["media"]["category"]...) {
		words = append(words, s.Value)
	}
	for _, c := range x["itunes"]["category"] {
		words = append(words, c.Attrs["text"])
		for _, narrower := range c.Children["category"] {
			words = append(words, narrower.Attrs["text"])
		}
	}
	return words
}

// html returns the inner XML of an element as HTML.
func (c *span) html(xml []byte) markup {
	raw := c.raw(xml)
	if c.name == "encoded" {
		return markup{text: characters(raw), base: c.base}
	}
	return markup{text: fromXHTML(string(raw)), kind: hypertext, base: c.base}
}

// atomText returns the text of an Atom element among the extensions.
func atomText(e ext.Extensions, name string) string {
	for _, prefix := range atomPrefixes() {
		if v := extension(e, prefix, name); v != "" {
			return v
		}
	}
	return ""
}

// identify sets the identity: guid, rdf:about, or another id.
func (e *entry) identify(it *rss.Item, about, other string) {
	if it.GUID != nil && strings.TrimSpace(it.GUID.Value) != "" {
		e.guid = it.GUID.Value
		if !strings.EqualFold(strings.TrimSpace(it.GUID.IsPermalink), "false") {
			e.permalink = e.guid
		}
		return
	}
	e.guid = first(about, other)
	e.permalink = about
}

// rssAuthors collects the people behind an item.
func rssAuthors(it *rss.Item, creator string) (names []string) {
	x := it.Extensions
	for _, c := range append(x["dc"]["creator"], x["dc"]["author"]...) {
		names = append(names, c.Value)
	}
	names = append(names, it.Author, creator)
	for _, prefix := range atomPrefixes() {
		for _, a := range x[prefix]["author"] {
			names = append(names, childText(a, "name"))
		}
	}
	if first(names...) == "" {
		names = append(names, extension(x, "itunes", "author"))
	}
	return names
}

func childText(e ext.Extension, name string) string {
	for _, c := range e.Children[name] {
		if c.Value != "" {
			return c.Value
		}
	}
	return ""
}

// rssEnclosures collects enclosures, or failing these the files of Media RSS.
func (r *reader) rssEnclosures(it *rss.Item, base string) (list []aggregator.Enclosure) {
	for _, e := range it.Enclosures {
		list = r.enclose(list, base, e.URL, e.Type, e.Length)
	}
	for _, prefix := range atomPrefixes() {
		for _, l := range it.Extensions[prefix]["link"] {
			if relation(l.Attrs["rel"], "enclosure") {
				list = r.enclose(list, base, l.Attrs["href"], l.Attrs["type"], l.Attrs["length"])
			}
		}
	}
	if list != nil {
		return list
	}
	media := it.Extensions["media"]["content"]
	for _, group := range it.Extensions["media"]["group"] {
		media = append(media, group.Children["content"]...)
	}
	for _, m := range media {
		list = r.enclose(list, base, m.Attrs["url"], m.Attrs["type"], m.Attrs["fileSize"])
	}
	return list
}
