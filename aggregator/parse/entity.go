package parse

import (
	"bytes"
	"html"
	"unicode/utf8"
)

// maxEntity is the length of the longest named HTML entity, delimiters
// included. Nothing longer is looked up, so a text full of ampersands costs no
// more than its length.
const maxEntity = 33

// xmlRune tells whether XML 1.0 allows a character.
func xmlRune(c rune) bool {
	return c >= 0x20 && c <= 0xd7ff || c == '\t' || c == '\n' || c == '\r' ||
		c >= 0xe000 && c <= 0xfffd || c >= 0x10000 && c <= 0x10ffff
}

// reference looks at what follows an ampersand at s[0]. It returns how many
// bytes of s it stands for, what should stand there instead, and the word for
// the repair; word is "" if it can stay.
func reference(s []byte) (n int, instead []byte, word string) {
	if len(s) > 1 && s[1] == '#' {
		return numeric(s)
	}
	end := 1
	for end < len(s) && end < maxEntity && alphanumeric(s[end]) {
		end++
	}
	if end == 1 || end == len(s) || s[end] != ';' {
		return 1, []byte("&amp;"), "ampersand"
	}
	name := s[:end+1]
	switch string(name) {
	case "&amp;", "&lt;", "&gt;", "&quot;", "&apos;":
		return len(name), nil, ""
	}
	text := html.UnescapeString(string(name))
	if text == string(name) {
		return 1, []byte("&amp;"), "ampersand"
	}
	return len(name), escapeText([]byte(text)), "entity"
}

// numeric is reference for "&#…".
func numeric(s []byte) (n int, instead []byte, word string) {
	c, end, hex := rune(0), 2, false
	if len(s) > 2 && s[2]|0x20 == 'x' {
		hex, end = true, 3
	}
	first := end
	for end < len(s) {
		d := digit(s[end], hex)
		if d < 0 {
			break
		}
		if c <= utf8.MaxRune {
			c = c*radix(hex) + d
		}
		end++
	}
	if end == first {
		return 1, []byte("&amp;"), "ampersand"
	}
	closed := end < len(s) && s[end] == ';'
	if closed {
		end++
	}
	switch {
	case c >= 0x80 && c < 0xa0:
		return end, fromReference(fromC1(c)), "control"
	case !xmlRune(c):
		return end, nil, "control"
	case !closed || s[2] == 'X':
		return end, escapeText(utf8.AppendRune(nil, c)), "entity"
	}
	return end, nil, ""
}

func fromReference(c rune) []byte {
	if c < 0 {
		return nil
	}
	return utf8.AppendRune(nil, c)
}

func radix(hex bool) rune {
	if hex {
		return 16
	}
	return 10
}

func digit(b byte, hex bool) rune {
	switch {
	case b >= '0' && b <= '9':
		return rune(b - '0')
	case hex && b|0x20 >= 'a' && b|0x20 <= 'f':
		return rune(b|0x20-'a') + 10
	}
	return -1
}

func alphanumeric(b byte) bool {
	return b >= '0' && b <= '9' || b|0x20 >= 'a' && b|0x20 <= 'z'
}

// escapeText writes text so that XML reads it back.
func escapeText(text []byte) []byte {
	if !bytes.ContainsAny(text, "<>&") {
		return text
	}
	var out []byte
	for _, b := range text {
		switch b {
		case '<':
			out = append(out, "&lt;"...)
		case '>':
			out = append(out, "&gt;"...)
		case '&':
			out = append(out, "&amp;"...)
		default:
			out = append(out, b)
		}
	}
	return out
}
