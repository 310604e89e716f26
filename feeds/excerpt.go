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
	s = strings.Join(strings.Fields(s), " ")
	if n <= 0 {
		return ""
	}
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	head := []rune(s)[:n+1] // one more tells whether a word ends at n
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
	return string(head[:n-1]) + "…"
}

// endsSentence tells whether the character at i ends a sentence. A full stop
// does so only after a word of three letters or more, followed by a capital:
// not in "21. November", "z. B. Dresden", "Dr. Müller".
func endsSentence(s []rune, i int) bool {
	if i+1 >= len(s) || s[i+1] != ' ' {
		return false
	}
	switch s[i] {
	case '!', '?':
		return true
	case '.':
		letters := 0
		for j := i - 1; j >= 0 && unicode.IsLetter(s[j]); j-- {
			letters++
		}
		return letters >= 3 && (i+2 >= len(s) || !unicode.IsLower(s[i+2]))
	}
	return false
}
