package aggregator

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Bounds of the Link fields of an answer: so many links are looked at, and no
// URL may be longer.
const (
	maxLinks   = 100
	maxLinkURL = 2048
)

// linkTo is one link of a Link field: a reference as it stands there, and the
// relation types in lower case.
type linkTo struct {
	ref  string
	rels []string
}

// parseLinks reads the Link fields of an answer (RFC 8288 section 3). A link
// about another resource (anchor) is left out; so is what cannot be read, up to
// the next comma.
func parseLinks(h http.Header) []linkTo {
	var out []linkTo
	for _, field := range h.Values("Link") {
		for rest := field; rest != "" && len(out) < maxLinks; {
			var l linkTo
			var ok bool
			if l, rest, ok = nextLink(rest); ok {
				out = append(out, l)
			}
		}
	}
	return out
}

// nextLink reads the first link of a field and returns what follows it.
func nextLink(s string) (l linkTo, rest string, ok bool) {
	s = strings.TrimLeft(s, " \t,")
	target, params, found := strings.Cut(s, ">")
	if !strings.HasPrefix(s, "<") || !found {
		_, rest = cutUnquoted(s, ',')
		return l, rest, false
	}
	params, rest = cutUnquoted(params, ',')
	l.ref, ok = strings.TrimSpace(target[1:]), true
	seen := false
	for params != "" {
		var one string
		one, params = cutUnquoted(params, ';')
		name, value, _ := strings.Cut(one, "=")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "rel":
			if !seen { // section 3.3: only the first counts
				l.rels, seen = strings.Fields(strings.ToLower(unquote(value))), true
			}
		case "anchor":
			ok = false
		}
	}
	return l, rest, ok
}

// cutUnquoted cuts s at the first separator that is not inside a quoted string.
func cutUnquoted(s string, sep byte) (before, after string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == sep && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// unquote returns the value of a parameter, a token or quoted string (RFC 9110
// section 5.6.4).
func unquote(s string) string {
	s = strings.TrimSpace(s)
	inner, ok := strings.CutPrefix(s, `"`)
	if !ok {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(inner); i++ {
		switch c := inner[i]; {
		case c == '"':
			return b.String()
		case c == '\\' && i+1 < len(inner):
			i++
			b.WriteByte(inner[i])
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// resolve makes a reference absolute. It returns "" for what is no http or https
// URL, has a user name in it or is longer than maxLinkURL.
func resolve(base, ref string) string {
	b, err := url.Parse(base)
	if err != nil || len(ref) > maxLinkURL {
		return ""
	}
	u, err := b.Parse(ref)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || strings.ContainsAny(u.Host, " <>\"\\^`{|}") {
		return ""
	}
	u.Fragment, u.RawFragment = "", ""
	if s := u.String(); len(s) <= maxLinkURL {
		return s
	}
	return ""
}

// linked returns the absolute URLs of the links with a relation type, each once.
func linked(links []linkTo, rel, base string) []string {
	var out []string
	for _, l := range links {
		if !slices.Contains(l.rels, rel) {
			continue
		}
		if u := resolve(base, l.ref); u != "" && !slices.Contains(out, u) {
			out = append(out, u)
		}
	}
	return out
}
