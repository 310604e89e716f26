package site

import (
	"strings"
	"unicode"

	"laenderfeed/aggregator"
	"laenderfeed/feeds"
)

// mark is a piece of a text: words that were searched for, or what is between.
type mark struct {
	Text string
	Hit  bool
}

// token is a word of a text: its place in bytes and what it is compared by.
type token struct {
	start, end int
	word       string
}

// tokens returns the words of a text, separated as the store separates them.
func tokens(text string) (out []token) {
	start := -1
	flush := func(end int) {
		if start >= 0 {
			word := strings.Map(func(r rune) rune {
				if unicode.Is(unicode.Cf, r) {
					return -1
				}
				return r
			}, text[start:end])
			out = append(out, token{start, end, feeds.FoldWord(word)})
		}
		start = -1
	}
	for i, r := range text {
		letter := unicode.IsLetter(r) || unicode.IsDigit(r)
		switch {
		case letter && start < 0:
			start = i
		case !letter && !unicode.Is(unicode.Mn, r) && !unicode.Is(unicode.Cf, r):
			flush(i)
		}
	}
	flush(len(text))
	return out
}

// hits returns where the wanted terms of a search stand in a text, in bytes, in
// order and without overlaps.
func hits(text string, search aggregator.Search) (out [][2]int) {
	words := tokens(text)
	for i := 0; i < len(words); i++ {
		n := 0
		for _, c := range search.All {
			for _, t := range c.Any {
				if !c.Not {
					n = max(n, matched(words[i:], t))
				}
			}
		}
		if n > 0 {
			out = append(out, [2]int{words[i].start, words[i+n-1].end})
			i += n - 1
		}
	}
	return out
}

// matched returns how many words a term takes at the beginning of words, 0 if it
// does not stand there.
func matched(words []token, t aggregator.SearchTerm) int {
	term := tokens(t.Text)
	if len(term) == 0 || len(term) > len(words) {
		return 0
	}
	for i, w := range term {
		last := t.Prefix && i == len(term)-1
		if words[i].word != w.word && !(last && strings.HasPrefix(words[i].word, w.word)) {
			return 0
		}
	}
	return len(term)
}

// marked cuts a text at the hits.
func marked(text string, found [][2]int) (out []mark) {
	at := 0
	for _, f := range found {
		if f[0] > at {
			out = append(out, mark{Text: text[at:f[0]]})
		}
		out = append(out, mark{text[f[0]:f[1]], true})
		at = f[1]
	}
	if at < len(text) {
		out = append(out, mark{Text: text[at:]})
	}
	return out
}

// leadLength is how many characters an excerpt shows before the first hit.
const leadLength = 60

// around returns about n characters of a text around the first hit, nil if there
// is none.
func around(text string, search aggregator.Search, n int) []mark {
	text = feeds.CleanLine(text)
	found := hits(text, search)
	if len(found) == 0 {
		return nil
	}
	start, lead := found[0][0], 0
	for i := start; i > 0 && lead <= leadLength; lead++ {
		i--
		for i > 0 && text[i]&0xc0 == 0x80 {
			i--
		}
		if i == 0 || text[i-1] == ' ' {
			start = i
		}
	}
	part := feeds.Excerpt(text[start:], n)
	marks := marked(part, hits(part, search))
	if start > 0 {
		marks = append([]mark{{Text: "… "}}, marks...)
	}
	return marks
}
