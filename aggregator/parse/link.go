package parse

import (
	"fmt"
	"net/url"
	"strings"
)

// maxURL is the length in bytes of the longest address that is kept.
const maxURL = 4000

// absolute resolves ref against base (RFC 3986) and returns it if it is an http
// or https address, else "". Addresses that are fine are returned as they are.
func (r *reader) absolute(base, ref string) string {
	ref = tidyURL(ref)
	if ref == "" || len(ref) > maxURL {
		return ""
	}
	u, err := url.Parse(ref)
	if err != nil {
		if u, err = url.Parse(escapePercent(ref)); err != nil {
			return ""
		}
		ref = u.String()
	}
	if u.Scheme == "" {
		b, err := url.Parse(base)
		if err != nil || !b.IsAbs() {
			if u.Host == "" {
				return ""
			}
			b = &url.URL{Scheme: "https", Host: u.Host}
		}
		u = b.ResolveReference(u)
		ref = u.String()
	}
	scheme := strings.ToLower(u.Scheme)
	if scheme != "http" && scheme != "https" || u.Hostname() == "" || strings.ContainsAny(u.Host, " <>\"\\^`{|}") {
		return ""
	}
	if u.User != nil || u.Scheme != ref[:len(u.Scheme)] || !printable(ref) {
		u.User = nil
		return escapeRest(u.String())
	}
	return ref
}

// baseOf is the base of a document's relative links: its address, or what the
// Content-Location of the answer makes of that.
func baseOf(fetched, location string) string {
	if u, ok := resolve(fetched, location); ok && location != "" && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" {
		return u.String()
	}
	return fetched
}

// tidyURL drops what is no part of an address: space around it, line breaks
// inside, sessions, and the escaping of an ampersand that was escaped twice.
func tidyURL(ref string) string {
	ref = strings.TrimSpace(unsection(ref))
	if strings.ContainsAny(ref, "\t\r\n") {
		ref = strings.NewReplacer("\t", "", "\r", "", "\n", "").Replace(ref)
	}
	if strings.Contains(ref, "&amp;") || strings.Contains(ref, "&#38;") {
		ref = strings.NewReplacer("&amp;", "&", "&#38;", "&").Replace(ref)
	}
	if i := strings.Index(ref, ";jsessionid="); i >= 0 { // another one at every visit
		end := strings.IndexAny(ref[i:], "?#")
		if end < 0 {
			end = len(ref) - i
		}
		ref = ref[:i] + ref[i+end:]
	}
	if strings.HasPrefix(ref, "www.") {
		ref = "https://" + ref
	}
	return ref
}

// escapePercent escapes percent signs that begin no escape, and control
// characters.
func escapePercent(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '%' && (i+2 >= len(s) || digit(s[i+1], true) < 0 || digit(s[i+2], true) < 0):
			b.WriteString("%25")
		case s[i] < 0x20 || s[i] == 0x7f:
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// escapeRest escapes what [url.URL.String] lets pass in queries and fragments.
func escapeRest(s string) string {
	if printable(s) {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		if printable(s[i : i+1]) {
			b.WriteByte(s[i])
		} else {
			fmt.Fprintf(&b, "%%%02X", s[i])
		}
	}
	return b.String()
}

// printable tells whether an address has no characters that must be escaped in
// any output.
func printable(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c <= ' ', c >= 0x7f, c == '<', c == '>', c == '"', c == '\\', c == '^', c == '`', c == '{', c == '|', c == '}':
			return false
		}
	}
	return true
}

// resolve resolves ref against base by RFC 3986; ok is false for what is no URL.
func resolve(base, ref string) (*url.URL, bool) {
	u, err := url.Parse(strings.TrimSpace(ref))
	if err != nil {
		return nil, false
	}
	if base != "" && !u.IsAbs() {
		if b, err := url.Parse(base); err == nil {
			u = b.ResolveReference(u)
		}
	}
	return u, true
}
