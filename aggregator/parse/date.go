package parse

import (
	"html"
	"regexp"
	"strings"
	"sync"
	"time"
)

// maxDate is the length in bytes of the longest text that is read as a date.
const maxDate = 200

// Date reads a date in any form the sources are known to write: RFC 822 and
// 1123 with their variants, ISO 8601, asctime, and the German forms from
// "2.1.26" to "Donnerstag, 26. März 2020 - 14:30 Uhr". A date without a zone is
// in zone, nil being Europe/Berlin; one without a year, and words such as
// "gestern", need now. What is not wholly understood is no date: a wrong instant
// is worse than none.
func Date(s string, zone *time.Location, now time.Time) (time.Time, bool) {
	if len(s) > maxDate {
		return time.Time{}, false
	}
	s = strings.TrimSpace(s)
	if t, ok := commonDate(s); ok {
		return plausible(t)
	}
	tokens, ok := tokenise(foldDate(s))
	if !ok {
		return time.Time{}, false
	}
	zone = zoneOr(zone)
	d := &dateReader{tokens: tokens, zone: zone, now: now}
	if !now.IsZero() {
		d.now = now.In(zone)
	}
	if !d.read() {
		return time.Time{}, false
	}
	t, ok := d.time()
	if !ok {
		return time.Time{}, false
	}
	return plausible(t)
}

// commonDate reads a date as nearly all are written: by RFC 1123 or RFC 3339, with an
// offset. To try a layout that cannot fit costs as much as to read one that does.
func commonDate(s string) (time.Time, bool) {
	n := len(s)
	if n < len(time.DateTime) {
		return time.Time{}, false
	}
	layout, fits := time.RFC1123Z, s[n-len("-0700")] == '+' || s[n-len("-0700")] == '-'
	if s[0] >= '0' && s[0] <= '9' {
		layout, fits = time.RFC3339, s[len(time.DateOnly)] == 'T'
	}
	if !fits {
		return time.Time{}, false
	}
	t, err := time.Parse(layout, s)
	return t, err == nil
}

// berlin loads Europe/Berlin, once. Where the program has no zone data Central
// European Time without summer time is the best there is.
var berlin = sync.OnceValue(func() *time.Location {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		return time.FixedZone("CET", 60*60)
	}
	return zone
})

// zoneOr returns zone, Europe/Berlin for nil.
func zoneOr(zone *time.Location) *time.Location {
	if zone != nil {
		return zone
	}
	return berlin()
}

// plausible refuses the zero values of computers and years beyond any feed.
func plausible(t time.Time) (time.Time, bool) {
	if t.Unix() < 2*24*60*60 || t.Year() > 2100 {
		return time.Time{}, false
	}
	return t.UTC(), true
}

// foldDate makes a date lower case and plain: entities resolved, invisible
// characters gone, every dash and space the simple one.
func foldDate(s string) string {
	if strings.IndexByte(s, '&') >= 0 {
		s = html.UnescapeString(s)
	}
	if strings.IndexByte(s, '<') >= 0 {
		s = stripTags(s, maxDate)
	}
	s = strings.ToLower(fold(s))
	if strings.Contains(s, "\u0308") { // letters with a combining diaeresis
		s = strings.NewReplacer("a\u0308", "ä", "o\u0308", "ö", "u\u0308", "ü").Replace(s)
	}
	return strings.Map(func(c rune) rune {
		switch c {
		case '–', '—', '−', '\u2010', '\u2011':
			return '-'
		case '’', '‘':
			return '\''
		case '„', '“', '”', '»', '«':
			return '"'
		case '·', '•', '‧', '∙':
			return '|'
		case '\u200c', '\u200d':
			return -1
		}
		return c
	}, s)
}

// token is a number, a word or a mark of a date.
type token struct {
	kind   byte // 'n', 'w', or the mark itself
	text   string
	value  int
	spaced bool // white space before it
}

// tokenise splits a date; ok is false for one with too much or too odd in it.
func tokenise(s string) (tokens []token, ok bool) {
	spaced := false
	for s != "" {
		c := s[0]
		n := 1
		switch {
		case c == ' ':
			spaced, s = true, s[1:]
			continue
		case c >= '0' && c <= '9':
			n = span1(s, func(b byte) bool { return b >= '0' && b <= '9' })
			tokens = append(tokens, token{'n', s[:n], number(s[:n]), spaced})
		case c >= 'a' && c <= 'z' || c >= 0x80:
			n = span1(s, func(b byte) bool { return b >= 'a' && b <= 'z' || b >= 0x80 })
			tokens = append(tokens, token{'w', s[:n], 0, spaced})
		case c < ' ' || c == '%' || c == '=':
			return nil, false
		default:
			tokens = append(tokens, token{c, s[:1], 0, spaced})
		}
		s, spaced = s[n:], false
		if len(tokens) > 40 {
			return nil, false
		}
	}
	return tokens, len(tokens) > 0
}

func span1(s string, in func(byte) bool) int {
	n := 0
	for n < len(s) && in(s[n]) {
		n++
	}
	return n
}

// number returns the value of digits, saturated: no part of a date has more
// than nine.
func number(digits string) int {
	v := 0
	for _, d := range digits[:min(len(digits), 9)] {
		v = v*10 + int(d-'0')
	}
	return v
}

// dated finds what looks like a whole date inside a longer text.
var dated = regexp.MustCompile(`(?i)\d{4}-\d{2}-\d{2}|\d{1,2}\.\s?\d{1,2}\.\s?(?:\d{4}|\d{2})\b|` +
	`\d{1,2}(?:\.\s?|\s)(?:jan|jän|jae|feb|mär|maer|mar|mrz|apr|mai|may|jun|jul|aug|sep|okt|oct|nov|dez|dec)[a-zä]*\.?\s+\d{4}\b`)

// dateIn reads the date of a text that may say more than that. Two different
// dates in it are none.
func dateIn(text string, zone *time.Location, now time.Time) (time.Time, bool) {
	if t, ok := Date(text, zone, now); ok {
		return t, true
	}
	text = foldDate(cutBytes(text, 2000))
	var found time.Time
	for _, m := range dated.FindAllString(text, 20) {
		t, ok := Date(m, zone, now)
		if !ok {
			continue
		}
		if !found.IsZero() && !t.Equal(found) {
			return time.Time{}, false
		}
		found = t
	}
	return found, !found.IsZero()
}
