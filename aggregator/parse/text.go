package parse

import (
	"html"
	"strings"
	"unicode"
	"unicode/utf8"

	nethtml "golang.org/x/net/html"
)

// notation says how a text is to be read.
type notation uint8

const (
	unknown   notation = iota // as it looks: RSS does not say
	literal                   // plain text
	hypertext                 // HTML
)

// markup is a text with its notation and the base of its links.
type markup struct {
	text    string
	kind    notation
	base    string
	wrapped bool // in a div that is no part of it
}

// title returns a headline as plain text.
func title(m markup) string { return plain(m, MaxTitle) }

// plain returns m as plain text of at most limit bytes: tags stripped, space
// folded, entities resolved, also where they were escaped twice.
func plain(m markup, limit int) string {
	s := m.text
	// Many times the limit is enough of any text, whatever its markup.
	if most := 64*limit + 4096; len(s) > most {
		s = cutBytes(s, most)
	}
	// Escaped twice is common, three times has been seen; but tags are stripped
	// only once, or a text about tags would lose its words.
	stripped := m.kind == literal
	if !stripped {
		s = unsection(s)
	}
	for range 3 {
		switch tags := hasTag(s); {
		case !stripped && (tags || m.kind == hypertext && strings.IndexByte(s, '<') >= 0):
			s, stripped = stripTags(s, limit), true
		case hasEntity(s):
			s = unescape(s)
		}
	}
	return cutText(fold(s), limit)
}

// unsection unwraps CDATA sections that were escaped as if they were text.
func unsection(s string) string {
	if !strings.Contains(s, "<![CDATA[") {
		return s
	}
	return strings.NewReplacer("<![CDATA[", "", "]]>", "").Replace(s)
}

// unescape resolves character references that end in a semicolon.
func unescape(s string) string {
	if !hasEntity(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for {
		i := strings.IndexByte(s, '&')
		if i < 0 {
			break
		}
		b.WriteString(s[:i])
		s = s[i:]
		n := entityLen(s)
		if n == 0 {
			b.WriteByte('&')
			s = s[1:]
			continue
		}
		b.WriteString(html.UnescapeString(s[:n]))
		s = s[n:]
	}
	b.WriteString(s)
	return b.String()
}

// hasEntity tells whether s has a character reference in it.
func hasEntity(s string) bool {
	for {
		i := strings.IndexByte(s, '&')
		if i < 0 {
			return false
		}
		s = s[i:]
		if entityLen(s) > 0 {
			return true
		}
		s = s[1:]
	}
}

// entityLen returns the length of the reference s starts with, 0 if it is none.
func entityLen(s string) int {
	end := 1
	if end < len(s) && s[end] == '#' {
		end++
	}
	for end < len(s) && end < maxEntity && alphanumeric(s[end]) {
		end++
	}
	if end < 3 || end >= len(s) || s[end] != ';' {
		return 0
	}
	if html.UnescapeString(s[:end+1]) == s[:end+1] {
		return 0
	}
	return end + 1
}

// hasTag tells whether s has a tag of HTML in it; "a < b" has none.
func hasTag(s string) bool {
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			return false
		}
		s = s[i+1:]
		name := strings.TrimPrefix(s, "/")
		if strings.HasPrefix(s, "!--") {
			return true
		}
		n := 0
		for n < len(name) && n < 12 && alphanumeric(name[n]) {
			n++
		}
		if n > 0 && n < len(name) && strings.IndexByte(" />\t\r\n", name[n]) >= 0 && isHTML(strings.ToLower(name[:n])) &&
			strings.IndexByte(name[n:min(len(name), n+4096)], '>') >= 0 {
			return true
		}
	}
}

// isHTML names the elements by which a text is recognised as HTML.
func isHTML(name string) bool {
	switch name {
	case "a", "abbr", "acronym", "address", "applet", "article", "aside", "audio", "b", "base", "basefont", "bgsound", "big",
		"blink", "blockquote", "body", "br", "button", "canvas", "caption", "center", "cite", "code", "col", "colgroup", "dd",
		"del", "details", "dfn", "div", "dl", "dt", "em", "embed", "fieldset", "figcaption", "figure", "font", "footer", "form",
		"frame", "frameset", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hr", "html", "i", "iframe", "img", "input",
		"ins", "kbd", "label", "layer", "legend", "li", "link", "main", "map", "mark", "marquee", "math", "meta", "nav", "nobr",
		"noembed", "noframes", "noscript", "object", "ol", "option", "p", "param", "picture", "plaintext", "pre", "q", "rp", "rt",
		"ruby", "s", "samp", "script", "section", "select", "small", "source", "span", "strike", "strong", "style", "sub",
		"summary", "sup", "svg", "table", "tbody", "td", "template", "textarea", "tfoot", "th", "thead", "time", "title", "tr",
		"tt", "u", "ul", "var", "video", "wbr", "xmp":
		return true
	}
	return false
}

// stripTags returns the text of HTML. What comes after enough text for limit is
// not looked at.
func stripTags(s string, limit int) string {
	z := nethtml.NewTokenizer(strings.NewReader(closeComment(s)))
	var b strings.Builder
	var alt string
	for b.Len() < 4*limit+1024 {
		switch z.Next() {
		case nethtml.ErrorToken:
			if alt != "" && strings.TrimSpace(b.String()) == "" {
				return alt // a picture alone says what is written for those who cannot see it
			}
			return b.String()
		case nethtml.TextToken:
			b.Write(z.Text())
		case nethtml.StartTagToken, nethtml.SelfClosingTagToken, nethtml.EndTagToken:
			name, more := z.TagName()
			switch tag := string(name); {
			case tag == "img":
				b.WriteByte(' ')
				if more && alt == "" {
					alt = alternative(z)
				}
			case tag == "iframe", tag == "plaintext", tag == "xmp":
				z.NextIsNotRawText() // without an end it would swallow the rest
			case isHidden(tag):
				skipHidden(z, tag)
			case !isInline(tag):
				b.WriteByte(' ')
			}
		}
	}
	return b.String()
}

// fromXHTML writes the inner XML of an element as HTML: prefixes go, CDATA
// sections are unwrapped, and an element closed in its start tag, which HTML
// would leave open, gets an end tag.
func fromXHTML(xml string) string {
	xml = unsection(xml)
	if !strings.Contains(xml, "/>") && strings.IndexByte(xml, ':') < 0 {
		return xml
	}
	var b strings.Builder
	for {
		i := strings.IndexByte(xml, '<')
		end := i + tagEnd(xml[max(i, 0):])
		if i < 0 || end <= i {
			b.WriteString(xml)
			return b.String()
		}
		b.WriteString(xml[:i])
		b.WriteString(htmlTag(xml[i:end]))
		xml = xml[end:]
	}
}

// tagEnd returns the position behind the tag s starts with, 0 if it has no end.
func tagEnd(s string) int {
	var quote byte
	for i := range len(s) {
		switch b := s[i]; {
		case quote != 0:
			if b == quote {
				quote = 0
			}
		case b == '"' || b == '\'':
			quote = b
		case b == '>':
			return i + 1
		}
	}
	return 0
}

// htmlTag writes a tag of XHTML as one of HTML.
func htmlTag(tag string) string {
	n := 1
	if strings.HasPrefix(tag, "</") {
		n = 2
	}
	end := nameEnd([]byte(tag[:min(len(tag), 64)]), n)
	prefix, name, ok := strings.Cut(tag[n:end], ":")
	if !ok {
		name = prefix
	} else if isHTML(strings.ToLower(name)) {
		tag = tag[:n] + name + tag[end:]
	}
	if strings.HasSuffix(tag, "/>") && !isVoid([]byte(name)) && isHTML(strings.ToLower(name)) {
		tag = tag[:len(tag)-2] + "></" + name + ">"
	}
	return tag
}

// alternative returns the alt attribute of the tag z is at.
func alternative(z *nethtml.Tokenizer) string {
	for {
		key, value, more := z.TagAttr()
		if string(key) == "alt" {
			return string(value)
		}
		if !more {
			return ""
		}
	}
}

// closeComment makes a comment without an end one that ends with its first ">",
// so that the text after it is not lost; a "<!" that nothing ends is text.
func closeComment(s string) string {
	if !strings.Contains(s, "<!--") {
		tail := strings.LastIndexByte(s, '>') + 1
		return s[:tail] + strings.ReplaceAll(s[tail:], "<!", "&lt;!")
	}
	if i := strings.LastIndex(s, "<!--"); i > strings.LastIndex(s, "-->") {
		return s[:i] + "<!" + s[i+len("<!--"):]
	}
	return s
}

// isHidden names the elements whose content is not text for people.
func isHidden(tag string) bool {
	return tag == "script" || tag == "style" || tag == "template" || tag == "noembed" || tag == "noframes"
}

// skipHidden reads past the content of a raw text element, which the tokenizer
// hands out as one text.
func skipHidden(z *nethtml.Tokenizer, tag string) {
	if z.Raw()[1] == '/' || tag == "template" {
		return
	}
	if z.Next() == nethtml.TextToken {
		return
	}
}

// isInline names the elements that do not separate words.
func isInline(tag string) bool {
	switch tag {
	case "a", "abbr", "acronym", "b", "big", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd", "mark",
		"s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr":
		return true
	}
	return false
}

// fold makes one line of s: runs of white space become one space, invisible and
// forbidden characters go.
func fold(s string) string {
	if folded(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	space := false
	for _, c := range s {
		switch {
		case c < utf8.RuneSelf && c > ' ' && c != 0x7f:
		case unicode.IsSpace(c) && c != 0x85:
			space = b.Len() > 0
			continue
		case isInvisible(c) || !xmlRune(c):
			continue
		case c >= 0x80 && c < 0xa0:
			if c = fromC1(c); c < 0 {
				continue
			}
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(c)
	}
	return b.String()
}

// folded tells quickly that there is nothing to fold: printable ASCII with
// single spaces, and letters beyond Latin-1's controls.
func folded(s string) bool {
	space := true
	for _, c := range s {
		if c == ' ' && space || c < ' ' || c > 0x7e && c <= 0xa0 || c == 0xad || c >= 0x1680 && (unicode.IsSpace(c) || isInvisible(c) || !xmlRune(c)) {
			return false
		}
		space = c == ' '
	}
	return !space || s == ""
}

// isInvisible names characters without a shape that editors leave in texts: soft
// hyphen, zero-width space, marks of direction, byte order mark.
func isInvisible(c rune) bool {
	return c == 0xad || c == 0x200b || c == 0x200e || c == 0x200f || c >= 0x202a && c <= 0x202e || c == 0x2060 || c == 0xfeff || c == 0x7f
}

// clear drops the characters that XML 1.0 forbids and what is not UTF-8.
func clear(s string) string {
	return strings.Map(func(c rune) rune {
		if !xmlRune(c) || c == utf8.RuneError {
			return -1
		}
		return c
	}, s)
}

// cutText shortens s to limit bytes with an ellipsis, at a word if one ends near.
func cutText(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.TrimRight(lastWord(cutBytes(s, limit-len("…"))), " ") + "…"
}

// cutBytes shortens s to at most n bytes without splitting a character.
func cutBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// lastWord drops what may be the beginning of a word at the end of s.
func lastWord(s string) string {
	if i := strings.LastIndexByte(s, ' '); i > 0 && len(s)-i < 60 {
		return s[:i]
	}
	return s
}
