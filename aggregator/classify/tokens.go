package classify

import (
	"unicode"
	"unicode/utf8"
)

// separator says what stands between two words.
type separator uint8

const (
	sepNone   separator = iota // glued: "Sachsen|Masterplan"
	sepSpace                   // blanks
	sepHyphen                  // one hyphen or dash without blanks
	sepSoft                    // what names contain: "(", "/", "." after an abbreviation
	sepComma                   // inside a sentence, but never inside a name
	sepEnd                     // end of a sentence, colon or line
)

// token is one word of a field.
type token struct {
	start, end int32
	word       uint32    // number of the folded word in the lexicon, 0 when unknown
	sep        separator // before it
	capital    bool      // begins with a capital
	class      wordClass // what the word lists say about it
}

// maxWord bounds the words that can be known: a longer run of letters is no
// German word but noise.
const maxWord = 96

// tokenize appends the words of text. It splits a word in two where a small
// letter is followed by a capital and the first half is a name the lexicon
// knows, as in a kicker glued to its headline.
func (l *lexicon) tokenize(text string, tokens []token) []token {
	var buf [maxWord]byte
	prevEnd := 0
	for i := 0; i < len(text); {
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[i:])
		}
		if !isWordRune(r) {
			i += size
			continue
		}
		start := i
		t := token{start: int32(start), capital: unicode.IsUpper(r), sep: separate(text[prevEnd:start], start-prevEnd, len(tokens) == 0, lastLen(tokens))}
		n, hump := 0, 0
		for i < len(text) {
			c := text[i]
			if c < utf8.RuneSelf {
				if !asciiWord(c) {
					break
				}
				if c >= 'A' && c <= 'Z' {
					if i > start && hump == 0 && text[i-1] >= 'a' && text[i-1] <= 'z' {
						hump = i
					}
					c += 'a' - 'A'
				}
				if n < maxWord {
					buf[n] = c
				}
				n++
				i++
				continue
			}
			r, size := utf8.DecodeRuneInString(text[i:])
			if !isWordRune(r) {
				break
			}
			n = foldRune(&buf, n, r)
			i += size
		}
		t.end = int32(i)
		if n <= maxWord {
			t.word = l.words.number(buf[:n])
		}
		if t.word == 0 && hump > 0 && hump-start <= maxWord && t.capital {
			if w := l.words.number(buf[:hump-start]); l.kickers[w] {
				t.word, t.end, i = w, int32(hump), hump
			}
		}
		tokens = append(tokens, t)
		prevEnd = i
	}
	return tokens
}

// foldRune appends the lower-case form of r to the folded word.
func foldRune(buf *[maxWord]byte, n int, r rune) int {
	r = unicode.ToLower(r)
	var b [utf8.UTFMax]byte
	for _, c := range b[:utf8.EncodeRune(b[:], r)] {
		if n < maxWord {
			buf[n] = c
		}
		n++
	}
	return n
}

func lastLen(tokens []token) int {
	if len(tokens) == 0 {
		return 0
	}
	t := tokens[len(tokens)-1]
	return int(t.end - t.start)
}

// separate classes what stands between two words; prev is the length of the
// word before.
func separate(s string, n int, first bool, prev int) separator {
	switch {
	case first:
		return sepEnd
	case n == 0:
		return sepNone
	case s == " ":
		return sepSpace
	case s == "-" || s == "–":
		return sepHyphen
	case s == "." || s == "?":
		return sepSoft // inside a name: "Kommunalportal.NRW"
	}
	sep := sepSpace
	for i := range len(s) {
		switch s[i] {
		case '!', '?', ':', '\n', ';':
			return sepEnd
		case '.':
			if prev > 6 {
				return sepEnd
			}
			sep = max(sep, sepSoft)
		case ',':
			sep = sepComma
		case ' ', '\t', '\r', '-':
		case '(', '/', ')':
			sep = max(sep, sepSoft)
		default: // quotes and the like
			if sep < sepComma && s[i] < utf8.RuneSelf {
				sep = max(sep, sepSoft)
			}
		}
	}
	return sep
}
