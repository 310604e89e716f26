package parse

import (
	"bytes"
	"slices"
	"strings"
)

// What the scanner learns of a feed's structure on the way: which elements are
// items, where they lie, and what gofeed does not tell of them.

// role is what an element is in its feed.
type role uint8

const (
	roleInner   role = iota // anything inside a child, or beside the items
	roleRoot                // rss, feed, RDF
	roleChannel             // of RSS
	roleItem                // item or entry
	roleChild               // of an item
	roleSpare               // of the feed itself, and looked at by nobody
)

// element is an open element of the document being scanned.
type element struct {
	name  []byte // as in the source, prefix included
	role  role
	base  string // xml:base in scope, absolute as far as that is known
	start int    // of its start tag in the output
	body  int    // end of its start tag in the output
	kid   int    // index into the item's children, or of a spare element into those; -1 for none
}

// span is a child of an item whose raw text is needed besides what gofeed makes
// of it: its position in the output and what its start tag said.
type span struct {
	name       string // local, lower case
	start, end int    // of the inner XML; end is 0 while open
	from, to   int    // of the whole element
	plain      bool   // is surely one of the format
	typ, mode  string
	base       string
}

// found is an item seen while scanning.
type found struct {
	start, end  int // in the output
	depth       int // elements around it
	base, lang  string
	about       string // rdf:about
	href, date  string // attributes of CDF, which looks like RSS otherwise
	children    []span
	mixed       bool   // children need not be what their names say, or not all of a name are plain
	once, twice uint8  // texts it has one of, and several; see textBit
	digest      uint64 // of all its reading depends on; 0 for none
	known       bool   // was in the last document too
}

// roleOf tells what the element of a start tag is.
func (s *scanner) roleOf(t tag) role {
	if len(s.stack) == 0 {
		return roleRoot
	}
	parent := s.stack[len(s.stack)-1].role
	name := lower(local(t.name))
	switch parent {
	case roleItem:
		return roleChild
	case roleRoot, roleChannel:
		if !s.own(t.name) {
			return roleInner
		}
		if parent == roleRoot && name == "channel" && s.kind != "atom" {
			return roleChannel
		}
		if name == "entry" && s.kind == "atom" || name == "item" && s.kind != "atom" {
			return roleItem
		}
	}
	return roleInner
}

// own tells whether the prefix of a name stands for the format itself.
func (s *scanner) own(name []byte) bool {
	i := bytes.IndexByte(name, ':')
	return i < 0 || s.native[string(name[:i])]
}

// note records an item, or a child of one, that has just been opened.
func (s *scanner) note(t tag, e *element) {
	switch e.role {
	case roleRoot, roleChannel:
		if e.role == roleRoot {
			if brief, shorter := t.undeclared(s); shorter {
				s.spare = append(s.spare, cut{e.start, e.body, string(brief.bytes(s))})
			}
		}
		if e.role == roleChannel {
			s.channels++
		}
		s.head.lang = first(s.attr(t, "xml:lang"), s.head.lang)
		s.head.href, s.head.date = s.attr(t, "href"), s.attr(t, "lastmod")
		if prefix, _, ok := bytes.Cut(t.name, []byte(":")); ok {
			s.native[string(prefix)] = true
		}
	case roleItem:
		f := found{start: e.start, depth: len(s.stack), base: e.base, lang: s.attr(t, "xml:lang"), about: s.attr(t, "about"),
			href: s.attr(t, "href"), date: s.attr(t, "lastmod")}
		if around := &s.around[min(f.depth, 3)]; around.open == nil {
			*around = s.shell()
		}
		if s.items == nil {
			s.items = make([]found, 0, 24) // as most feeds have
		}
		s.items = append(s.items, f)
	case roleChild:
		s.noteChild(t, e, &s.items[len(s.items)-1])
	case roleInner:
		if parent := s.stack[len(s.stack)-1].role; (parent == roleRoot || parent == roleChannel) && t.isPlain() && isSpare(s.kind, lower(t.name)) {
			e.role, e.kid = roleSpare, len(s.spare)
			s.spare = append(s.spare, cut{start: e.start})
		}
		if s.kind == "atom" && len(s.stack) == 1 && strings.EqualFold(string(local(e.name)), "title") {
			s.noteChild(t, e, &s.head)
		}
	}
}

// noteChild records a child whose text will be read from the XML itself.
func (s *scanner) noteChild(t tag, e *element, of *found) {
	name := lower(local(e.name))
	plain := t.isPlain()
	of.mixed = of.mixed || t.declares() || name == "category" && !plain
	if !s.own(e.name) && name != "encoded" && name != "body" && name != "div" {
		return
	}
	switch name {
	case "id", "guid", "title", "link", "summary", "content", "description", "encoded", "created", "body", "div",
		"pubdate", "comments", "source", "category", "published", "updated", "issued", "modified":
		if name == "category" && s.kind == "atom" { // which has no text
			return
		}
		of.once, of.twice = of.once|textBit(name), of.twice|of.once&textBit(name)
		if e.kid = len(of.children); e.kid == 0 {
			of.children = make([]span, 0, 8) // as most items have
		}
		of.children = append(of.children, span{
			name: name, start: e.body, from: e.start, base: e.base, plain: plain,
			typ: s.attr(t, "type"), mode: s.attr(t, "mode"),
		})
	}
}

// shell is what has to stand around an item to make it a document of its own.
type shell struct{ open, close []byte }

// shell returns the tags of the open elements.
func (s *scanner) shell() (around shell) {
	for _, e := range s.stack {
		for i := e.start; i < e.body; i++ {
			around.open = append(around.open, s.byteAt(i))
		}
	}
	for _, e := range slices.Backward(s.stack) {
		around.close = slices.Concat(around.close, []byte("</"), e.name, []byte(">"))
	}
	return around
}

// byteAt returns a byte of the output that may not be written yet.
func (s *scanner) byteAt(i int) byte {
	if i < len(s.out) {
		return s.out[i]
	}
	return s.src[s.from+i-len(s.out)]
}

// attr returns the value of an attribute. A name without a prefix stands for
// any, as gofeed has it too.
func (s *scanner) attr(t tag, name string) string {
	for _, a := range t.attrs {
		n := string(a.name)
		if !strings.Contains(name, ":") {
			n = string(local(a.name))
		}
		if strings.EqualFold(n, name) {
			return unescape(string(a.value))
		}
	}
	return ""
}
