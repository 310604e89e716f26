package feeds

import (
	"strings"
	"unicode"
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
	return string(head[:n-1]) + "…"
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
