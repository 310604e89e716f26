package aggregator

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// significantChars is how many characters of an item's text may change before
// readers are told.
const significantChars = 50

// Significant tells whether readers who know old should be told of new: the
// title or the time of publication changed, a number in the text did (an
// amount of money, a date, a count), or more than 50 characters of summary and
// content together. White space and markup do not count. Repaired typos, new
// links and new keywords are not significant.
//
// How much changed is measured as what lies between the common beginning and
// the common end: linear in the length, and too much rather than too little
// when two places far apart changed.
func Significant(old, new *Item) bool {
	if !slices.Equal(strings.Fields(old.Title), strings.Fields(new.Title)) || !old.Published.Equal(new.Published) {
		return true
	}
	changed := 0
	for _, texts := range [...][2]string{
		{old.Summary, new.Summary},
		{plainText(old.Content), plainText(new.Content)},
	} {
		if texts[0] == texts[1] {
			continue
		}
		changed += difference(strings.Fields(texts[0]), strings.Fields(texts[1]))
		if changed > significantChars || !slices.Equal(numbers(texts[0]), numbers(texts[1])) {
			return true
		}
	}
	return false
}

// difference returns how many characters lie between the common beginning and
// the common end of two texts given as words.
func difference(a, b []string) int {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	s, t := []rune(strings.Join(a, " ")), []rune(strings.Join(b, " "))
	for len(s) > 0 && len(t) > 0 && s[0] == t[0] {
		s, t = s[1:], t[1:]
	}
	for len(s) > 0 && len(t) > 0 && s[len(s)-1] == t[len(t)-1] {
		s, t = s[:len(s)-1], t[:len(t)-1]
	}
	return max(len(s), len(t))
}

// numbers returns the numbers in s in order, as written but without
// punctuation at the end, each with the order of magnitude that follows it:
// "1.200,50", "3 mi" for 3 Millionen and 3 Mio., "3 mr" for 3 Mrd.
func numbers(s string) []string {
	var out []string
	for i := 0; i < len(s); i++ {
		if !isDigit(s[i]) {
			continue
		}
		j := i + 1
		for j < len(s) && (isDigit(s[j]) || s[j] == '.' || s[j] == ',') {
			j++
		}
		out = append(out, strings.TrimRight(s[i:j], ".,")+magnitude(s[j:]))
		i = j
	}
	return out
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// magnitude returns a short form of the order of magnitude that s begins with,
// or "".
func magnitude(s string) string {
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if r != ' ' && r != '\u00a0' && r != '\n' && r != '\u202f' {
			break
		}
		s = s[n:]
	}
	for _, m := range [...]struct{ begins, short string }{
		{"Mio", " mi"}, {"Millio", " mi"}, {"Mrd", " mr"}, {"Milliard", " mr"}, {"Tsd", " t"}, {"Tausend", " t"}, {"tausend", " t"},
	} {
		if strings.HasPrefix(s, m.begins) {
			return m.short
		}
	}
	return ""
}
