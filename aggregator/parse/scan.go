package parse

import (
	"bytes"
	"slices"
	"strings"

	"laenderfeed/aggregator"
)

// scanner goes once over an XML document. It checks the limits, notes where the
// items are, and mends what an XML parser would stumble over. The source is
// only copied from the first fault on.
type scanner struct {
	r      *reader
	src    []byte
	pos    int
	out    []byte
	from   int // src[from:pos] is not in out yet
	kind   string
	wrap   string // root to put around a document without one
	stack  []element
	items  []found
	spare  []cut           // beside the items
	head   found           // the feed itself
	around [4]shell        // of the items, by depth
	based  []byte          // the base of an item, see itemDigest
	native map[string]bool // prefixes of the format's own vocabulary
	attrs  []attribute
	last   bool // the root is closed, or enough items are read
	cut    bool // the source ends inside the root
	missed [4]bool
	opened int // elements so far

	channels int // of RSS; there should be one

	sectionEnd int // where the next CDATA section ends, if behind pos
}

// The kinds of ends a scanner has searched for in vain; they are not searched
// for again, so that no document costs more than a few passes.
const (
	noComment = iota
	noSubset
	noQuote
	noApostrophe
)

// scan returns the document from its root on, ready for an XML parser.
func (s *scanner) scan() ([]byte, error) {
	s.from = s.pos
	begin := s.pos
	if s.wrap != "" {
		open := "<" + s.wrap + ">"
		s.replace(s.pos, s.pos, []byte(open))
		s.stack = append(s.stack, element{name: []byte(s.wrap), role: roleRoot, base: s.r.base, body: len(open), kid: -1})
	}
	for s.pos < len(s.src) && !s.last {
		i := bytes.IndexByte(s.src[s.pos:], '<')
		if i < 0 {
			i = len(s.src) - s.pos
		}
		s.text(s.pos, s.pos+i, false)
		s.pos += i
		if s.pos < len(s.src) {
			if err := s.markup(); err != nil {
				return nil, err
			}
		}
	}
	s.finish()
	if s.out == nil {
		return s.src[begin:s.pos], nil
	}
	s.flush(s.pos)
	return s.out, nil
}

// replace puts with in the place of src[start:end].
func (s *scanner) replace(start, end int, with []byte) {
	if s.out == nil {
		s.out = make([]byte, 0, len(s.src)-s.from+len(s.src)/16+64)
	}
	s.flush(start)
	s.out = append(s.out, with...)
	s.from = end
}

func (s *scanner) flush(until int) {
	if until > s.from {
		s.out = append(s.out, s.src[s.from:until]...)
		s.from = until
	}
}

// at is the position in the output of src[pos].
func (s *scanner) at(pos int) int { return len(s.out) + pos - s.from }

// mend records a repair.
func (s *scanner) mend(word string) { s.r.mend(word) }

// text mends src[start:end], character data or the inside of a CDATA section.
func (s *scanner) text(start, end int, cdata bool) {
	if end-start > maxRun {
		s.mend("long")
		keep := len(cutBytes(string(s.src[start:start+maxRun]), maxRun-1))
		defer s.replace(start+keep, end, nil)
		end = start + keep
	}
	for i := start; ; {
		i += suspect(s.src[i:end], cdata)
		if i >= end {
			return
		}
		n, with, word := fault(s.src[i:end], cdata)
		if word != "" {
			s.replace(i, i+n, with)
			s.mend(word)
		}
		i += n
	}
}

// markup reads what starts with the "<" at pos.
func (s *scanner) markup() error {
	rest := s.src[s.pos:]
	switch {
	case bytes.HasPrefix(rest, []byte("<!--")):
		s.drop(s.after("-->", noComment))
	case bytes.HasPrefix(rest, []byte("<![CDATA[")):
		s.cdata()
	case bytes.HasPrefix(rest, []byte("<!")):
		s.mend("doctype")
		s.drop(s.directive())
	case bytes.HasPrefix(rest, []byte("<?")):
		s.drop(s.after("?>", noComment))
	case bytes.HasPrefix(rest, []byte("</")):
		return s.endTag()
	default:
		return s.startTag()
	}
	return nil
}

// drop leaves out src[pos:end].
func (s *scanner) drop(end int) {
	s.replace(s.pos, end, nil)
	s.pos = end
}

// after returns the position behind the next mark, or behind the next ">" if
// there is none.
func (s *scanner) after(mark string, kind int) int {
	if !s.missed[kind] {
		if i := bytes.Index(s.src[s.pos:], []byte(mark)); i >= 0 {
			return s.pos + i + len(mark)
		}
		s.missed[kind] = true
	}
	if i := bytes.IndexByte(s.src[s.pos:], '>'); i >= 0 {
		return s.pos + i + 1
	}
	return len(s.src)
}

// cdata keeps a CDATA section. One without an end reaches to the end of the
// document; but if an item ends inside, the section ends with the element it is
// in.
func (s *scanner) cdata() {
	const open, end = len("<![CDATA["), len("]]>")
	if s.sectionEnd < s.pos {
		s.sectionEnd = len(s.src)
		if i := bytes.Index(s.src[s.pos:], []byte("]]>")); i >= 0 {
			s.sectionEnd = s.pos + i
		}
	}
	section := s.src[min(s.pos+open, s.sectionEnd):s.sectionEnd]
	if n := s.lostEnd(section); n >= 0 {
		s.text(s.pos+open, s.pos+open+n, true)
		s.pos += open + n
		s.replace(s.pos, s.pos, []byte("]]>"))
		s.mend("markup")
		return
	}
	s.text(s.pos+open, s.sectionEnd, true)
	s.pos = s.sectionEnd + end
	if s.pos > len(s.src) {
		s.replace(len(s.src), len(s.src), []byte("]]>"))
		s.pos = len(s.src)
	}
}

// lostEnd returns where a CDATA section should have ended if it runs on into
// another one or to the end of the document, -1 if it does not.
func (s *scanner) lostEnd(section []byte) int {
	next := bytes.Index(section, []byte("<![CDATA["))
	if next < 0 && s.sectionEnd < len(s.src) || len(s.stack) == 0 {
		return -1
	}
	if next >= 0 {
		section = section[:next]
	}
	if !bytes.Contains(section, []byte("</item>")) && !bytes.Contains(section, []byte("</entry>")) {
		return -1
	}
	return bytes.Index(section, slices.Concat([]byte("</"), s.stack[len(s.stack)-1].name, []byte(">")))
}

// directive returns the position behind a "<!…>" with its internal subset,
// whose entities are never looked at.
func (s *scanner) directive() int {
	if s.missed[noSubset] {
		return s.after(">", noComment)
	}
	depth := 0
	var quote byte
	for i := s.pos; i < len(s.src); i++ {
		switch b := s.src[i]; {
		case quote != 0:
			if b == quote {
				quote = 0
			}
		case b == '"' || b == '\'':
			quote = b
		case b == '[' || b == '<':
			depth++
		case b == ']':
			depth--
		case b == '>':
			if depth--; depth <= 0 {
				return i + 1
			}
		}
	}
	s.missed[noSubset] = true
	return s.after(">", noComment)
}

// endTag closes the element it names and what is still open inside; an end
// without a start is left out.
func (s *scanner) endTag() error {
	i := bytes.IndexByte(s.src[s.pos:], '>')
	if i < 0 {
		s.replace(s.pos, len(s.src), nil)
		s.pos = len(s.src)
		return nil
	}
	end := s.pos + i + 1
	if lt := bytes.IndexByte(s.src[s.pos+1:end], '<'); lt >= 0 { // "</a<b>"
		end = s.pos + 1 + lt
	}
	name := bytes.TrimRight(s.src[s.pos+2:end], "> \t\r\n/")
	n := len(s.stack) - 1
	for n >= 0 && !sameName(s.stack[n].name, name) {
		n--
	}
	if n < 0 {
		s.mend("tag")
		s.drop(end)
		return nil
	}
	s.closeTo(n+1, s.pos)
	start := s.at(max(s.pos, s.from))
	if open := s.stack[n].name; s.src[end-1] != '>' || !bytes.Equal(open, s.src[s.pos+2:end-1]) {
		s.replace(s.pos, end, []byte("</"+string(open)+">"))
	}
	s.pop(start, s.at(end))
	s.pos = end
	return nil
}

// sameName compares names of tags; an end may lack the prefix or differ in case.
func sameName(open, end []byte) bool {
	if bytes.EqualFold(open, end) {
		return true
	}
	return len(end) > 0 && bytes.IndexByte(end, ':') < 0 && bytes.EqualFold(local(open), end)
}

// lower returns a name in lower case, without making a string of the common ones.
func lower(name []byte) string {
	switch string(name) {
	case "item":
		return "item"
	case "title":
		return "title"
	case "link":
		return "link"
	case "guid":
		return "guid"
	case "description":
		return "description"
	case "pubDate":
		return "pubdate"
	case "category":
		return "category"
	case "creator":
		return "creator"
	case "encoded":
		return "encoded"
	case "entry":
		return "entry"
	case "id":
		return "id"
	case "published":
		return "published"
	case "updated":
		return "updated"
	case "summary":
		return "summary"
	case "content":
		return "content"
	case "author":
		return "author"
	case "name":
		return "name"
	case "p":
		return "p"
	}
	return strings.ToLower(string(name))
}

// local returns a name without its prefix.
func local(name []byte) []byte {
	return name[bytes.LastIndexByte(name, ':')+1:]
}

// closeTo closes the elements from depth n on, just before src[pos].
func (s *scanner) closeTo(n, pos int) {
	for len(s.stack) > n {
		top := s.stack[len(s.stack)-1]
		before := s.at(pos)
		s.replace(pos, pos, []byte("</"+string(top.name)+">"))
		s.mend("tag")
		s.pop(before, s.at(pos))
	}
}

// pop takes the innermost element off the stack; its end tag lies at
// out[start:end].
func (s *scanner) pop(start, end int) {
	top := s.stack[len(s.stack)-1]
	s.stack = s.stack[:len(s.stack)-1]
	switch top.role {
	case roleRoot:
		s.last = true
	case roleItem:
		s.items[len(s.items)-1].end = end
	case roleChild:
		if top.kid >= 0 {
			kid := &s.items[len(s.items)-1].children[top.kid]
			kid.end, kid.to = max(start, top.body), end
		}
	case roleInner:
		if top.kid >= 0 {
			s.head.children[top.kid].end = max(start, top.body)
		}
	case roleSpare:
		s.spare[top.kid].end = end
	}
}

// finish closes what is open at the end of the source. An element that was cut
// off inside an item is left out unless it is its text, and so is an item that
// lost its title or its link: half a link would be a wrong identity for good.
func (s *scanner) finish() {
	if len(s.stack) == 0 {
		return
	}
	if !s.last && (s.wrap == "" || len(s.stack) > 1) {
		s.mend("truncated")
		s.cut = true
	}
	words := len(s.r.words)
	for n := len(s.stack) - 1; n >= 0; n-- {
		if e := s.stack[n]; s.cut && (e.role == roleChild && !isText(local(e.name)) || e.role == roleItem && !s.identified()) {
			s.rewind(e)
		} else {
			s.closeTo(n, s.pos)
		}
	}
	s.r.words = s.r.words[:words]
}

// rewind takes an element back that has begun.
func (s *scanner) rewind(e element) {
	s.replace(s.pos, s.pos, nil)
	s.out = s.out[:e.start]
	s.stack = s.stack[:len(s.stack)-1]
	last := len(s.items) - 1
	switch {
	case e.role == roleItem:
		s.items = s.items[:last]
	case e.kid >= 0 && e.role == roleChild:
		s.items[last].children = s.items[last].children[:e.kid]
	}
}

// identified tells whether the item being read has a title and something to
// know it by.
func (s *scanner) identified() bool {
	var title, key bool
	for _, c := range s.items[len(s.items)-1].children {
		title = title || c.name == "title"
		key = key || c.name == "link" || c.name == "guid" || c.name == "id"
	}
	return title && key
}

func isText(name []byte) bool {
	switch lower(name) {
	case "description", "summary", "content", "encoded", "body":
		return true
	}
	return false
}

// startTag reads the start tag at pos.
func (s *scanner) startTag() error {
	if s.opened++; s.opened > MaxElements {
		if len(s.items) < 2 {
			return failure(aggregator.ClassTooLarge, "reading document: more than %d elements", MaxElements)
		}
		s.mend("long")
		s.replace(s.pos, len(s.src), nil)
		s.pos = len(s.src)
		return nil
	}
	tag, ok := s.readTag()
	s.opened += len(tag.attrs) / 8 // which cost as much
	if !ok && (len(s.stack) > 0 || tag.name == nil) {
		if tag.end >= len(s.src) && tag.name != nil { // cut off inside the tag
			s.replace(s.pos, len(s.src), nil)
			s.pos = len(s.src)
			return nil
		}
		s.replace(s.pos, s.pos+1, []byte("&lt;"))
		s.mend("tag")
		s.pos++
		return nil
	}
	if !ok { // a root that never ends: written anew, with its end
		tag.messy = true
		s.mend("tag")
	}
	s.implied(tag)
	if len(s.stack) >= MaxDepth { // the text inside stays
		s.mend("deep")
		s.drop(tag.end)
		return nil
	}
	s.open(tag)
	return nil
}

// implied closes what the new element cannot be inside of.
func (s *scanner) implied(t tag) {
	name := lower(local(t.name))
	top := len(s.stack) - 1
	if top < 1 {
		return
	}
	if e := s.stack[top]; e.role == roleChild && bytes.IndexByte(e.name, ':') < 0 &&
		isLeaf(lower(e.name)) && isChild(name) && !bytes.EqualFold(e.name, t.name) {
		s.closeTo(top, s.pos)
		top--
	}
	if name == "p" && bytes.EqualFold(s.stack[top].name, t.name) {
		s.closeTo(top, s.pos)
		return
	}
	if name != "item" && name != "entry" {
		return
	}
	for n := top; n > 0; n-- {
		switch e := s.stack[n]; {
		case bytes.EqualFold(local(e.name), []byte("content")):
			return // XML inside an entry
		case e.role == roleItem && bytes.EqualFold(e.name, t.name):
			s.closeTo(n, s.pos)
			return
		}
	}
}

// isLeaf names the children of items that have no elements of the format inside.
func isLeaf(name string) bool {
	switch name {
	case "title", "link", "guid", "pubdate", "id", "updated", "published", "category", "comments", "modified", "issued":
		return true
	}
	return false
}

// isChild names elements that follow one another in an item.
func isChild(name string) bool {
	switch name {
	case "link", "guid", "pubdate", "id", "updated", "published", "category", "comments", "description",
		"summary", "content", "author", "enclosure", "item", "entry", "encoded", "issued", "modified":
		return true
	}
	return false
}

// open writes a start tag and puts the element on the stack.
func (s *scanner) open(t tag) {
	e := element{name: t.name, role: s.roleOf(t), kid: -1}
	if e.role == roleItem && len(s.items) >= s.r.opt.MaxItems {
		s.last = true
		return
	}
	if n := len(s.stack); n > 0 {
		e.base = s.stack[n-1].base
	} else {
		e.base = s.r.base
	}
	s.adjust(&t, &e)
	if isVoid(t.name) && !t.self {
		t.self, t.messy = true, true
		s.mend("tag")
	}
	start := s.pos
	e.start = s.at(start)
	if t.messy {
		s.replace(s.pos, t.end, t.bytes(s))
	}
	s.pos = t.end
	e.body = s.at(s.pos)
	s.note(t, &e)
	if e.role == roleItem && s.passOver(t, start) {
		return
	}
	s.stack = append(s.stack, e)
	if t.self {
		s.pop(e.body, e.body)
	}
}

// isVoid names the HTML elements without an end that no feed format uses.
func isVoid(name []byte) bool {
	switch lower(name) {
	case "br", "hr", "img", "wbr", "input", "col", "area", "embed":
		return true
	}
	return false
}
