package store

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold returns the form of s that is indexed and searched: words of letters
// and digits in lower case, separated by single spaces, in which spellings
// that German readers take for the same are the same.
//
//   - ä, ö, ü and ß become ae, oe, ue and ss, composed or not, so that
//     "Müller" finds "Mueller" and "STRASSE" finds "Straße".
//   - Other accents are dropped: é is e, ș is s; æ, ø, å, œ, þ, ð and ł become
//     ae, oe, a, oe, th, d and l. Variants of letters and digits (ligatures,
//     full width) become the plain ones (Unicode normalisation form KD).
//   - Soft hyphens, joiners and other format characters vanish inside a word.
//   - Everything else, hyphens included, separates: "E-Akte" is "e akte".
//
// The result is valid UTF-8 whatever s is, and Fold(Fold(s)) == Fold(s).
func Fold(s string) string {
	return string(appendFold(make([]byte, 0, len(s)+len(s)/16), s))
}

// appendFold appends Fold(s) to dst. When dst already ends in a word the two
// are separated.
func appendFold(dst []byte, s string) []byte {
	gap := len(dst) > 0 // a space is due before the next letter
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			i++
			c = asciiFold[c]
			if c == 0 {
				gap = len(dst) > 0
				continue
			}
			if gap {
				dst = append(dst, ' ')
				gap = false
			}
			dst = append(dst, c)
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		dst, gap = appendRune(dst, r, gap)
	}
	return dst
}

// appendRune appends one folded rune. It reports whether a gap is
// due before what follows.
func appendRune(dst []byte, r rune, gap bool) ([]byte, bool) {
	r = unicode.ToLower(r)
	plain := ""
	switch {
	case r < utf8.RuneSelf: // what a variant stands for
		if asciiFold[r] == 0 {
			return dst, len(dst) > 0
		}
		plain = string(r)
	case r < foldedRunes:
		plain = latinFold[r-utf8.RuneSelf]
	}
	switch {
	case plain != "":
	case r == 0x308: // a combining diaeresis makes an umlaut of a, o and u
		if n := len(dst); n > 0 && !gap && strings.IndexByte("aou", dst[n-1]) >= 0 {
			dst = append(dst, 'e')
		}
		return dst, gap
	case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Cf, r):
		return dst, gap
	case r == utf8.RuneError, !unicode.IsLetter(r) && !unicode.IsDigit(r):
		return dst, len(dst) > 0
	default:
		plain = string(r)
		if parts := norm.NFKD.String(plain); parts != plain {
			for _, part := range parts {
				dst, gap = appendRune(dst, part, gap)
			}
			return dst, gap
		}
	}
	if gap {
		dst = append(dst, ' ')
	}
	return append(dst, plain...), false
}

// foldedRunes is where latinFold ends: behind Latin-1 and Latin Extended-A.
const foldedRunes = 0x180

// asciiFold maps a letter or digit to its lower case and all else to 0.
var asciiFold = func() (t [utf8.RuneSelf]byte) {
	for c := range t {
		switch {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
			t[c] = byte(c)
		case 'A' <= c && c <= 'Z':
			t[c] = byte(c) + 'a' - 'A'
		}
	}
	return t
}()

// latinFold maps the letters from U+0080 up to foldedRunes to ASCII. It is
// built from words of the form "ascii letters".
var latinFold = func() (t [foldedRunes - utf8.RuneSelf]string) {
	const pairs = "ae äÄæÆ oe öÖøØœŒ ue üÜ ss ß th þÞ d ðÐďĎđĐ l łŁĺĹļĻľĽŀĿ " +
		"a àÀáÁâÂãÃåÅāĀăĂąĄª c çÇćĆĉĈċĊčČ e èÈéÉêÊëËēĒĕĔėĖęĘěĚ g ĝĜğĞġĠģĢ h ĥĤħĦ " +
		"i ìÌíÍîÎïÏĩĨīĪĭĬįĮıİ j ĵĴ k ķĶĸ n ñÑńŃņŅňŇŉŋŊ o òÒóÓôÔõÕōŌŏŎőŐº r ŕŔŗŖřŘ " +
		"s śŚŝŜşŞšŠſ t ţŢťŤŧŦ u ùÙúÚûÛũŨūŪŭŬůŮűŰųŲ w ŵŴ y ýÝÿŷŶŸ z źŹżŻžŽ ij ĳĲ"
	words := strings.Fields(pairs)
	for i := 0; i+1 < len(words); i += 2 {
		for _, r := range words[i+1] {
			t[r-utf8.RuneSelf] = words[i]
		}
	}
	return t
}()
