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
		n, text := entity(s)
		if n == 0 {
			n, text = 1, "&"
		}
		b.WriteString(text)
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
		if n, _ := entity(s); n > 0 {
			return true
		}
		s = s[1:]
	}
}

// entity returns the length of the reference s starts with and what it stands for; n
// is 0 if it is none.
func entity(s string) (n int, text string) {
	end := 1
	if end < len(s) && s[end] == '#' {
		end++
	}
	for end < len(s) && end < maxEntity && alphanumeric(s[end]) {
		end++
	}
	if end < 3 || end >= len(s) || s[end] != ';' {
		return 0, ""
	}
	switch s[1:end] { // nearly all there are
	case "lt":
		return end + 1, "<"
	case "gt":
		return end + 1, ">"
	case "amp":
		return end + 1, "&"
	case "quot":
		return end + 1, `"`
	}
	if text = html.UnescapeString(s[:end+1]); text == s[:end+1] {
		return 0, ""
	}
	return end + 1, text
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
	if text, ok := stripPlainTags(s, limit); ok {
		return text
	}
	return stripAnyTags(s, limit)
}

// stripAnyTags is stripTags for any HTML.
func stripAnyTags(s string, limit int) string {
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

// stripPlainTags is stripTags for HTML of nothing but text and tags of which nothing
// depends; ok is false for any other. A tokenizer costs more than most texts.
func stripPlainTags(s string, limit int) (text string, ok bool) {
	if strings.IndexByte(s, '\r') >= 0 {
		return "", false
	}
	enough := 4*limit + 1024
	var b strings.Builder
	b.Grow(min(len(s), enough))
	picture := false
	for s != "" && b.Len() < enough {
		before, name, end := s, "", len(s)
		if n := strings.IndexByte(s, '<'); n >= 0 {
			if name, end = plainTag(s[n:]); end == 0 {
				return "", false
			}
			before, end = s[:n], n+end
		}
		writeText(&b, before)
		if name != "" && !isInline(name) && b.Len() < enough {
			b.WriteByte(' ')
			picture = picture || name == "img"
		}
		s = s[end:]
	}
	if picture && strings.TrimSpace(b.String()) == "" {
		return "", false
	}
	return b.String(), true
}

// writeText writes the text of HTML with its references resolved, as a tokenizer does:
// also those without a semicolon.
func writeText(b *strings.Builder, s string) {
	for {
		i := strings.IndexByte(s, '&')
		if i < 0 {
			b.WriteString(s)
			return
		}
		n, text := entity(s[i:])
		if n == 0 {
			b.WriteString(nethtml.UnescapeString(s))
			return
		}
		b.WriteString(s[:i])
		b.WriteString(text)
		s = s[i+n:]
	}
}

// plainTag returns the name of the tag that s starts with, and where the tag ends: 0
// for one that is not written as all are, or that changes how what follows is read.
func plainTag(s string) (name string, end int) {
	start := 1
	if strings.HasPrefix(s, "</") {
		start = 2
	}
	i := start
	for i < len(s) && (s[i] >= 'a' && s[i] <= 'z' || i > start && s[i] >= '0' && s[i] <= '9') {
		i++
	}
	name = s[start:i]
	switch name {
	case "", "iframe", "noembed", "noframes", "noscript", "plaintext", "script", "style", "template", "textarea", "title", "xmp":
		return "", 0
	}
	for start == 1 && i+1 < len(s) && s[i] == ' ' && s[i+1] >= 'a' && s[i+1] <= 'z' {
		i = plainAttribute(s, i+1)
	}
	for i < len(s) && s[i] == ' ' && start == 1 {
		i++
	}
	if i+1 < len(s) && s[i] == '/' && start == 1 {
		i++
	}
	if i >= len(s) || s[i] != '>' {
		return "", 0
	}
	return name, i + 1
}

// plainAttribute returns the end of the attribute with a quoted value at s[i], the end
// of s if there is none.
func plainAttribute(s string, i int) int {
	for i < len(s) && (s[i] >= 'a' && s[i] <= 'z' || s[i] == '-') {
		i++
	}
	if i+1 < len(s) && s[i] == '=' && (s[i+1] == '"' || s[i+1] == '\'') {
		if n := strings.IndexByte(s[i+2:], s[i+1]); n >= 0 {
			return i + 2 + n + 1
		}
	}
	return len(s)
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
		if !strings.Contains(s[tail:], "<!") {
			return s
		}
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
	s = strings.Trim(s, " ")
	n := folded(s)
	if n == len(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	space := false
	for s != "" {
		if n > 0 {
			if space {
				b.WriteByte(' ')
				space = false
			}
			b.WriteString(s[:n])
			s = s[n:]
		}
		c, width := utf8.DecodeRuneInString(s)
		switch {
		case unicode.IsSpace(c) && c != 0x85:
			space = b.Len() > 0
		case c >= 0x80 && c < 0xa0 && fromC1(c) >= 0:
			if space {
				b.WriteByte(' ')
				space = false
			}
			b.WriteRune(fromC1(c))
		}
		s = s[width:]
		n = folded(s)
	}
	return b.String()
}

// folded returns how much of the beginning of s fold would leave as it is: words with
// single spaces between them.
func folded(s string) int {
	for i := 0; i < len(s); {
		if b := s[i]; b > ' ' && b < 0x7f {
			i++
			continue
		}
		space := 0
		if s[i] == ' ' && i > 0 && i+1 < len(s) {
			space = 1
		}
		n := visibleLen(s[i+space:])
		if n == 0 {
			return i
		}
		i += space + n
	}
	return len(s)
}

// visibleLen returns the length of the character s starts with, 0 for one that is a
// space, invisible or forbidden.
func visibleLen(s string) int {
	if b := s[0]; b < utf8.RuneSelf {
		if b > ' ' && b != 0x7f {
			return 1
		}
		return 0
	}
	c, n := utf8.DecodeRuneInString(s)
	if c <= 0xa0 || c == 0xad || c >= 0x1680 && (unicode.IsSpace(c) || isInvisible(c) || !xmlRune(c)) {
		return 0
	}
	return n
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
