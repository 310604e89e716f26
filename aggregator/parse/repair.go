package parse

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// suspects marks the bytes at which text may need mending; the inside of CDATA
// sections knows only those above 1.
var suspects = func() (t [256]uint8) {
	for b := range 0x20 {
		t[b] = 2
	}
	t['\t'], t['\n'], t['\r'] = 0, 0, 0
	t[0xc2], t[0xef] = 2, 2 // lead bytes of C1 controls and of U+FFFE, U+FFFF
	t['&'], t[']'], t['<'] = 1, 1, 1
	return t
}()

// suspect returns the index of the first byte of text to look at closely, or
// its length.
func suspect(text []byte, cdata bool) int {
	var clean uint8
	if cdata {
		clean = 1
	}
	for i, b := range text {
		if suspects[b] > clean {
			return i
		}
	}
	return len(text)
}

// fault looks at a suspect byte text[0]: n bytes are dealt with, replaced by
// with if word, the name of the repair, is not empty.
func fault(text []byte, cdata bool) (n int, with []byte, word string) {
	switch b := text[0]; {
	case b == '&' && !cdata:
		return reference(text)
	case b == '<':
		return 1, []byte("&lt;"), "tag"
	case b == ']':
		if bytes.HasPrefix(text, []byte("]]>")) {
			return 3, []byte("]]&gt;"), "markup"
		}
	case b < 0x20:
		return 1, nil, "control"
	case b == 0xc2 && len(text) > 1 && text[1] < 0xa0:
		return 2, fromReference(fromC1(rune(text[1]))), "control"
	case b == 0xef && (bytes.HasPrefix(text, []byte("\uffff")) || bytes.HasPrefix(text, []byte("\ufffe"))):
		return 3, nil, "control"
	}
	return 1, nil, ""
}

// mendText returns text with every fault mended, the same slice if there is
// none. In attributes "<" is a fault too.
func mendText(text []byte) (mended []byte, words []string) {
	from := 0
	for i := 0; ; {
		i += suspect(text[i:], false)
		if i >= len(text) {
			break
		}
		n, with, word := fault(text[i:], false)
		if word != "" {
			mended = append(append(mended, text[from:i]...), with...)
			from, words = i+n, append(words, word)
		}
		i += n
	}
	if words == nil {
		return text, nil
	}
	return append(mended, text[from:]...), words
}

// attribute is one of a start tag; the slices lie in the source until adjusted.
type attribute struct {
	name, value []byte
	equals      bool
}

// tag is a start tag.
type tag struct {
	name  []byte // nil if there was no tag
	attrs []attribute
	end   int // behind it in the source
	self  bool
	messy bool // has to be written anew
}

// readTag reads the start tag at pos. ok is false if there is none: a stray
// "<", or a tag that the document ends in.
func (s *scanner) readTag() (t tag, ok bool) {
	i := s.pos + 1
	j := nameEnd(s.src, i)
	if j == i {
		return t, false
	}
	t.name = s.src[i:j]
	if bytes.Count(t.name, []byte(":")) > 1 || len(t.name) > 1024 {
		t.name = nil
		return t, false
	}
	s.attrs = s.attrs[:0]
	i = j
	for i < len(s.src) {
		switch b := s.src[i]; {
		case b == '>':
			t.attrs, t.end = s.attrs, i+1
			return t, true
		case b == '<':
			t.attrs, t.end, t.messy = s.attrs, i, true
			s.mend("tag")
			return t, withValue(s.attrs)
		case b == '/' && i+1 < len(s.src) && s.src[i+1] == '>':
			t.attrs, t.end, t.self = s.attrs, i+2, true
			return t, true
		case b == ' ' || b == '\n' || b == '\t' || b == '\r':
			i++
		case nameEnd(s.src, i) == i:
			t.messy = true
			i++
		default:
			var messy bool
			i, messy = s.readAttribute(i)
			t.messy = t.messy || messy
			if len(s.attrs) > MaxAttributes {
				s.attrs, t.messy = s.attrs[:MaxAttributes], true
				s.mend("tag")
			}
		}
	}
	t.end = len(s.src)
	return t, false
}

// withValue tells whether an unfinished tag is one at all: "a <b and c <d" is not.
func withValue(attrs []attribute) bool {
	for _, a := range attrs {
		if a.equals {
			return true
		}
	}
	return false
}

// readAttribute appends the attribute at src[i] to attrs. It returns where it
// ends and whether it has to be written anew.
func (s *scanner) readAttribute(i int) (end int, messy bool) {
	j := nameEnd(s.src, i)
	a := attribute{name: s.src[i:j]}
	k := skipSpace(s.src, j)
	if k >= len(s.src) || s.src[k] != '=' {
		a.value = a.name
		s.attrs = append(s.attrs, a)
		return j, true
	}
	a.equals = true
	k = skipSpace(s.src, k+1)
	if k < len(s.src) && (s.src[k] == '"' || s.src[k] == '\'') {
		if n := s.quoted(k); n >= 0 {
			a.value = s.src[k+1 : n]
			if gt, unclosed := runsOn(a.value); unclosed {
				a.value = a.value[:gt]
				s.attrs = append(s.attrs, a)
				return k + 1 + gt, true
			}
			s.attrs = append(s.attrs, a)
			return n + 1, suspect(a.value, false) < len(a.value) || bytes.Count(a.name, []byte(":")) > 1
		}
		k++
	}
	n := k
	for n < len(s.src) && bytes.IndexByte([]byte(" \t\r\n><\"'"), s.src[n]) < 0 {
		n++
	}
	a.value = s.src[k:n]
	s.attrs = append(s.attrs, a)
	return n, true
}

// runsOn tells whether a quoted value is one whose closing quote is missing, so
// that it holds the end of its tag, at gt, and the next tag.
func runsOn(value []byte) (gt int, unclosed bool) {
	lt := bytes.IndexByte(value, '<')
	if lt < 0 {
		return 0, false
	}
	gt = bytes.IndexByte(value[:lt], '>')
	return gt, gt >= 0
}

// quoted returns the position of the quote that closes the one at src[k], or -1.
func (s *scanner) quoted(k int) int {
	missing := noQuote
	if s.src[k] == '\'' {
		missing = noApostrophe
	}
	if s.missed[missing] {
		return -1
	}
	n := bytes.IndexByte(s.src[k+1:], s.src[k])
	if n < 0 {
		s.missed[missing] = true
		return -1
	}
	return k + 1 + n
}

// bytes writes the tag anew.
func (t *tag) bytes(s *scanner) []byte {
	out := append([]byte{'<'}, t.name...)
	for _, a := range t.attrs {
		if bytes.Count(a.name, []byte(":")) > 1 {
			continue
		}
		value, words := mendText(a.value)
		for _, w := range words {
			s.mend(w)
		}
		out = append(append(append(out, ' '), a.name...), `="`...)
		out = append(append(out, bytes.ReplaceAll(value, []byte(`"`), []byte("&quot;"))...), '"')
	}
	if t.self {
		out = append(out, '/')
	}
	return append(out, '>')
}

// nameEnd returns the end of the name that starts at src[i], i if none does.
// Names with other than ASCII letters do not occur in feeds.
func nameEnd(src []byte, i int) int {
	j := i
	for j < len(src) {
		b := src[j]
		if b|0x20 >= 'a' && b|0x20 <= 'z' || b == '_' || b == ':' ||
			j > i && (b >= '0' && b <= '9' || b == '-' || b == '.') {
			j++
			continue
		}
		if b >= utf8.RuneSelf {
			return i
		}
		break
	}
	return j
}

func skipSpace(src []byte, i int) int {
	for i < len(src) && (src[i] == ' ' || src[i] == '\n' || src[i] == '\t' || src[i] == '\r') {
		i++
	}
	return i
}

// The namespaces gofeed takes for a format itself.
const (
	atom10 = "http://www.w3.org/2005/Atom"
	atom03 = "http://purl.org/atom/ns#"
	rss10  = "http://purl.org/rss/1.0/"
)

func isFormat(kind, ns string) bool {
	switch ns {
	case atom10, atom03:
		return kind == "atom"
	case rss10, "http://channel.netscape.com/rdf/simple/0.9/", "http://my.netscape.com/rdf/simple/0.9/",
		"http://www.w3.org/1999/02/22-rdf-syntax-ns#":
		return kind == "rdf" || kind == "rss"
	}
	return false
}

// adjust corrects the attributes that would lead gofeed astray: namespaces it
// does not take for the format, and xml:base, which it reads as a folder.
func (s *scanner) adjust(t *tag, e *element) {
	for i := range t.attrs {
		a := &t.attrs[i]
		name := string(a.name)
		switch {
		case name == "xml:base":
			if u, ok := resolve(e.base, unescape(string(a.value))); ok {
				e.base = u.String()
			}
			a.value, t.messy = escapeText([]byte(folder(e.base))), true
		case e.role == roleInner || e.role == roleChild:
		case name == "xmlns":
			if with, ok := s.namespace(strings.TrimSpace(string(a.value)), e); ok {
				a.value, t.messy = []byte(with), true
			}
		case strings.HasPrefix(name, "xmlns:"):
			s.prefix(name[len("xmlns:"):], strings.TrimSpace(string(a.value)), t, a)
		}
	}
}

// namespace returns what to declare instead of the default namespace ns of the
// root, a channel or an item.
func (s *scanner) namespace(ns string, e *element) (string, bool) {
	switch {
	case s.kind == "atom" && !isFormat("atom", ns):
		return atom10, true
	case s.kind == "rdf" && !isFormat("rdf", ns):
		return rss10, true
	case s.kind == "rss" && ns != "" && !isFormat("rss", ns):
		return "", true
	}
	return "", false
}

// prefix learns a prefix; one that the root itself bears but that stands for
// something unknown is declared anew.
func (s *scanner) prefix(prefix, ns string, t *tag, a *attribute) {
	if isFormat(s.kind, ns) {
		s.native[prefix] = true
		return
	}
	if s.kind == "atom" && len(s.stack) == 0 && strings.HasPrefix(string(t.name), prefix+":") {
		a.value, t.messy = []byte(atom10), true
		s.native[prefix] = true
	}
}

// folder is what relative links are appended to by RFC 3986: the base without
// what follows the last slash of its path.
func folder(base string) string {
	u, ok := resolve("", base)
	if !ok || u.Opaque != "" {
		return base
	}
	u.RawQuery, u.Fragment, u.RawPath = "", "", ""
	u.Path = u.Path[:strings.LastIndexByte(u.Path, '/')+1]
	if u.Path == "" && u.Host != "" {
		u.Path = "/"
	}
	return u.String()
}
