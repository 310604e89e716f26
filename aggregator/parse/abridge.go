package parse

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/mmcdole/gofeed/atom"
	"github.com/mmcdole/gofeed/rss"
)

// What gofeed is given to read is an abridged document: without the items that are
// known, see [skim], without what nobody looks at, and without texts of which it
// would only take the characters. These are most of a document, and it takes an XML
// decoder that works byte by byte longer than all the rest. They are read where the
// scanner saw them.

// longChild is how many bytes of inner XML make a text worth leaving out of an
// element that stays.
const longChild = 64

// omitted stands in an RSS item where a text was left out of an element that may be
// one of a foreign vocabulary, so that it can be told what gofeed took it for.
const omitted = "\uE0F5" // of the private use of Unicode

// cut is a part of a document that gofeed is not given, and what it is given instead.
type cut struct {
	start, end int
	sign       string
}

// abridged returns the document to be read by gofeed, and whether texts are missing
// in it. Unless it is to be brief, only the items that are known are.
func (s *scanner) abridged(xml []byte, brief bool) (text []byte, omits bool) {
	cuts := make([]cut, 0, len(s.items)+4*(len(s.items)-len(s.r.skim.known))+len(s.spare))
	for i := range s.items {
		f := &s.items[i]
		if f.known {
			cuts = append(cuts, cut{start: f.start, end: f.end})
			continue
		}
		for k := range f.children {
			c := &f.children[k]
			switch how := f.leaves(s.kind, c); {
			case !brief || how == stays:
				continue
			case how == goes:
				cuts = append(cuts, cut{start: c.from, end: c.to})
			default:
				cuts = append(cuts, cut{c.start, c.end, omitted})
			}
			omits = true
		}
	}
	if brief {
		cuts = append(cuts, s.spare...)
	}
	return without(xml, cuts), omits
}

// without returns a text without its cuts.
func without(text []byte, cuts []cut) []byte {
	if len(cuts) == 0 {
		return text
	}
	slices.SortFunc(cuts, func(a, b cut) int { return cmp.Compare(a.start, b.start) })
	size := len(text)
	for _, c := range cuts {
		size += len(c.sign) - (c.end - c.start)
	}
	short, from := make([]byte, 0, size), 0
	for _, c := range cuts {
		short = append(append(short, text[from:c.start]...), c.sign...)
		from = c.end
	}
	return append(short, text[from:]...)
}

// leaving is what gofeed is not given of a child of an item.
type leaving uint8

const (
	stays   leaving = iota
	emptied         // its text; the element stays
	goes            // all of it
)

// leaves tells what gofeed is not given of a child: all of what nobody looks at, and
// the texts that are read without it. But for categories these are the only ones of
// their name, as of several gofeed has its own way to choose.
func (f *found) leaves(kind string, c *span) leaving {
	alone := f.twice&textBit(c.name) == 0
	sure := c.plain && !f.mixed
	long := c.end-c.start >= longChild
	if kind == "atom" {
		switch c.name {
		case "title", "id", "summary", "content":
			if c.plain {
				return goes
			}
			if long && (c.name == "summary" || c.name == "content") {
				return emptied
			}
		case "published", "updated":
			if sure && alone && c.typ == "" && c.mode == "" {
				return goes
			}
		}
		return stays
	}
	switch c.name {
	case "comments", "source":
		if c.plain {
			return goes
		}
	case "category":
		if sure {
			return goes
		}
	case "title", "description", "pubdate":
		if sure && alone {
			return goes
		}
	}
	if long && alone && (c.name == "description" || c.name == "encoded") {
		return emptied
	}
	return stays
}

// textBit stands for the names that gofeed takes for one text, 0 for others.
func textBit(name string) uint8 {
	switch name {
	case "title":
		return 1
	case "description":
		return 2
	case "encoded":
		return 4
	case "pubdate":
		return 8
	case "published", "issued":
		return 16
	case "updated", "modified":
		return 32
	}
	return 0
}

// restore gives the items read of an abridged document the texts that were left out,
// each at its place; nil is that of what nobody looks at. It tells whether the places
// were empty: an element of that name may be one of a foreign vocabulary.
func restore[I any](s *scanner, xml []byte, items []*I, place func(it *I, name string) *string) bool {
	for i, it := range items {
		f := &s.items[i]
		if it == nil {
			continue
		}
		for k := range f.children {
			c := &f.children[k]
			how, left := f.leaves(s.kind, c), ""
			if how == stays {
				continue
			}
			if how == emptied {
				left = omitted
			}
			if text := place(it, c.name); text != nil {
				if *text != left {
					return false
				}
				*text = characters(c.raw(xml))
			}
		}
	}
	return true
}

// placeRSS is where gofeed has a text of an item.
func placeRSS(it *rss.Item, name string) *string {
	switch name {
	case "title":
		return &it.Title
	case "pubdate":
		return &it.PubDate
	case "description":
		return &it.Description
	case "encoded":
		return &it.Content
	case "category":
		c := &rss.Category{}
		it.Categories = append(it.Categories, c)
		return &c.Value
	}
	return nil
}

// placeAtom is where gofeed has a text of an entry.
func placeAtom(it *atom.Entry, name string) *string {
	switch name {
	case "published":
		return &it.Published
	case "updated":
		return &it.Updated
	}
	return nil
}

// spread puts the items read of an abridged document where the scanner saw them;
// the others are nil.
func spread[I any](s *scanner, read []*I) []*I {
	if len(s.r.skim.known) == 0 {
		return read
	}
	list := make([]*I, len(s.items))
	for i := range s.items {
		if !s.items[i].known {
			list[i], read = read[0], read[1:]
		}
	}
	return list
}

// isSpare names the elements of a feed itself that nobody looks at, in lower case.
func isSpare(kind, name string) bool {
	switch name {
	case "generator", "category":
		return true
	case "description", "image", "items", "textinput", "docs", "managingeditor", "webmaster", "cloud", "rating":
		return kind != "atom"
	case "id", "icon", "logo", "subtitle", "tagline", "contributor":
		return kind == "atom"
	}
	return false
}

// isPlain tells whether an element is surely one of the format: it has no prefix, and
// declares no namespaces.
func (t *tag) isPlain() bool {
	return bytes.IndexByte(t.name, ':') < 0 && !t.declares()
}

// declares tells whether a tag declares namespaces.
func (t *tag) declares() bool {
	return slices.ContainsFunc(t.attrs, func(a attribute) bool { return bytes.HasPrefix(a.name, []byte("xmlns")) })
}

// undeclared returns the tag of a root without the namespaces that gofeed knows by
// the same prefixes without them. It copies all that are in force for each element.
func (t *tag) undeclared(s *scanner) (brief tag, shorter bool) {
	brief = *t
	if prefix, _, ok := bytes.Cut(t.name, []byte(":")); ok && (s.kind != "rdf" || string(prefix) != "rdf") {
		return brief, false
	}
	brief.attrs = nil
	for i, a := range t.attrs {
		same := func(b attribute) bool { return bytes.Equal(a.name, b.name) }
		again := slices.ContainsFunc(t.attrs[:i], same) || slices.ContainsFunc(t.attrs[i+1:], same)
		if !again && isUsual(s.kind, string(a.name), string(a.value)) {
			shorter = true
			continue
		}
		brief.attrs = append(brief.attrs, a)
	}
	return brief, shorter
}

// isUsual tells whether gofeed reads a document alike without a namespace: that of the
// format, or of a module under the prefix that gofeed itself has for it.
func isUsual(kind, name, namespace string) bool {
	switch namespace {
	case atom10:
		return kind == "atom" && name == "xmlns" || kind != "atom" && name == "xmlns:atom"
	case rss10:
		return kind == "rdf" && name == "xmlns"
	case "http://www.w3.org/1999/02/22-rdf-syntax-ns#":
		return kind == "rdf" && name == "xmlns:rdf"
	case "http://purl.org/rss/1.0/modules/content/":
		return name == "xmlns:content"
	case "http://purl.org/dc/elements/1.1/":
		return name == "xmlns:dc"
	case "http://purl.org/dc/terms/":
		return name == "xmlns:dcterms"
	case "http://purl.org/rss/1.0/modules/syndication/":
		return name == "xmlns:sy"
	case "http://purl.org/rss/1.0/modules/slash/":
		return name == "xmlns:slash"
	case "http://wellformedweb.org/commentAPI/":
		return name == "xmlns:wfw"
	case "http://search.yahoo.com/mrss/":
		return name == "xmlns:media"
	case "http://www.itunes.com/DTDs/PodCast-1.0.dtd":
		return name == "xmlns:itunes"
	}
	return false
}
