package feeds

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// CleanText returns s without what has no place in a feed: invalid UTF-8,
// characters that XML 1.0 forbids, C1 controls (left over from a wrong charset)
// and directional overrides, which reach beyond the text they stand in. Package
// parse has done so at ingest; what leaves the program is checked again.
func CleanText(s string) string {
	if !strings.ContainsFunc(s, dirty) && utf8.ValidString(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError:
			return '?'
		case dirty(r):
			return -1
		}
		return r
	}, s)
}

func dirty(r rune) bool {
	switch {
	case r < 0x20:
		return r != '\t' && r != '\n' && r != '\r'
	case r < 0x7f:
		return false
	case r <= 0x9f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return true
	}
	return r == utf8.RuneError || r&0xfffe == 0xfffe
}

// CleanLine is CleanText on one line, white space folded.
func CleanLine(s string) string { return strings.Join(strings.Fields(CleanText(s)), " ") }

// urlCharacters are the ASCII characters of an RFC 3986 URI but for brackets,
// which the address of an item has no use for and RSS readers stumble over.
const urlCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789;/?:@&=+$.-_!~*'(),#%"

// CleanURL returns an absolute http or https URL in plain ASCII, everything else
// percent-encoded, or "" if s is no such thing.
func CleanURL(s string) string {
	s = escapeURL(strings.TrimSpace(s))
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return s
}

// escapeURL percent-encodes what may not stand in a URL. Control characters
// remain, for net/url to refuse.
func escapeURL(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	fragment := false
	for i := range len(s) {
		c := s[i]
		ok := c < 0x20 || strings.IndexByte(urlCharacters, c) >= 0
		switch c {
		case '%':
			ok = i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2])
		case '#':
			ok, fragment = !fragment, true
		}
		if ok {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// inert tells whether HTML, sanitised at ingest, holds nothing that runs, loads a
// document or leaves the web: the last look before it goes out in full.
func inert(content string) bool {
	z := html.NewTokenizer(strings.NewReader(content))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return true
		case html.DoctypeToken, html.CommentToken:
			return false
		case html.StartTagToken, html.SelfClosingTagToken:
			if !inertTag(z) {
				return false
			}
		}
	}
}

func inertTag(z *html.Tokenizer) bool {
	name, more := z.TagName()
	switch string(name) {
	case "script", "style", "iframe", "frame", "object", "embed", "applet", "base", "link", "meta",
		"form", "input", "button", "svg", "math", "template",
		// what follows these is read as text by one parser and as markup by another
		"noscript", "noembed", "noframes", "title", "textarea", "plaintext", "xmp":
		return false
	}
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		switch k := string(key); {
		case strings.HasPrefix(k, "on"), k == "style", k == "srcdoc":
			return false
		case k == "href" || k == "src" || k == "cite" || k == "longdesc" || k == "action" || k == "poster" || k == "background":
			if v := string(value); CleanURL(v) == "" && !strings.HasPrefix(strings.ToLower(v), "mailto:") {
				return false
			}
		case k == "srcset", k == "ping", scripted(string(value)):
			return false
		}
	}
	return true
}

// scripted tells whether an attribute would run something if it were taken for a
// link, as browsers read it: regardless of case, spaces and controls.
func scripted(value string) bool {
	value = strings.ToLower(strings.Map(func(r rune) rune {
		if r <= ' ' {
			return -1
		}
		return r
	}, value))
	return strings.HasPrefix(value, "javascript:") || strings.HasPrefix(value, "vbscript:") || strings.HasPrefix(value, "data:")
}
