package feeds

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// excerptLength is how much of a text is republished, in characters: a citation,
// not a copy.
const excerptLength = 400

// Excerpt shortens a plain text to at most n characters (code points): at the
// end of a sentence if the second half has one, else at the end of a word, with
// an ellipsis. White space is folded.
func Excerpt(s string, n int) string {
	head := folded(s, n+1) // one more tells whether a word ends at n
	if len(head) <= n {
		return string(head)
	}
	if n <= 0 {
		return ""
	}
	for i := n - 1; i >= n/2; i-- {
		if endsSentence(head, i) {
			return string(head[:i+1])
		}
	}
	for i := n - 2; i >= n/2; i-- { // leaves room for the ellipsis
		if head[i] == ' ' {
			return strings.TrimRight(string(head[:i]), " ,;:-–—(") + " …"
		}
	}
	end := n - 1
	for end > 0 && !separable(head[end-1], head[end]) {
		end--
	}
	return string(head[:end]) + "…"
}

// separable tells whether a text may be cut between two characters: what a
// reader sees as one stays whole (UAX #29, but for Hangul and Indic syllables).
// Of flags, which are pairs of letters, none is cut from the next one either.
func separable(a, b rune) bool {
	const joiner = 0x200d
	regional := func(r rune) bool { return r >= 0x1f1e6 && r <= 0x1f1ff }
	switch {
	case a == joiner, b == joiner, regional(a) && regional(b), unicode.Is(unicode.M, b):
		return false
	case b >= 0x1f3fb && b <= 0x1f3ff, b >= 0xe0020 && b <= 0xe007f: // skin tones, tags
		return false
	}
	return true
}

// folded returns the first n characters of s at most, with white space folded.
func folded(s string, n int) []rune {
	head, space := make([]rune, 0, max(n, 0)), false
	for _, r := range s {
		if len(head) >= n {
			break
		}
		if unicode.IsSpace(r) {
			space = len(head) > 0
			continue
		}
		if space {
			head, space = append(head, ' '), false
		}
		if len(head) < n {
			head = append(head, r)
		}
	}
	return head
}

// endsSentence tells whether the character at i ends a sentence, a closing quote
// behind its mark included. What follows begins with no small letter. A full stop
// ends one only after a year or a word of three letters or more that is no
// abbreviation: not in "21. November", "z. B. Dresden", "Dr. Müller", "5 Mio. Euro".
func endsSentence(s []rune, i int) bool {
	if i+1 >= len(s) || s[i+1] != ' ' {
		return false
	}
	if i+2 < len(s) && unicode.IsLower(s[i+2]) {
		return false
	}
	if i > 0 && strings.ContainsRune("“”\"»«‘’", s[i]) {
		i--
	}
	switch s[i] {
	case '!', '?':
		return true
	case '.':
		return wordEnds(s[:i])
	}
	return false
}

// wordEnds tells whether a full stop behind a text is more than a part of its
// last word.
func wordEnds(s []rune) bool {
	from := len(s)
	for from > 0 && unicode.IsLetter(s[from-1]) {
		from--
	}
	word := string(s[from:])
	switch strings.ToLower(word) {
	case "bzw", "prof", "mio", "mrd", "abs", "art", "inkl", "exkl", "zzgl", "evtl", "ggf", "vgl", "bspw", "sog", "geb", "gem", "str", "tel",
		"ing", "dipl", "med", "jur", "kap", "ziff", "hrsg", "bgm", "obgm", "max", "min", "tsd", "jan", "feb", "mrz", "apr", "jun", "jul",
		"aug", "sep", "sept", "okt", "nov", "dez", "rer", "nat", "phil", "habil", "betr", "einschl", "insb", "insbes", "mind", "lfd", "std", "stv":
		return false
	case "":
		year := 0
		for from > 0 && unicode.IsDigit(s[from-1]) {
			from--
			year++
		}
		return year == 4 && (from == 0 || s[from-1] == ' ')
	}
	return utf8.RuneCountInString(word) >= 3
}
