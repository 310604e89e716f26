package classify

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// automaton finds every occurrence of a few thousand patterns in one pass over
// a text, however long (Aho and Corasick, "Efficient string matching", 1975).
// It works on bytes folded to classes: upper and lower case are the same, and
// so are blank, line break, hyphen and dash.
type automaton struct {
	classes  [256]uint8
	nclasses int
	narrow   []uint16  // state*nclasses+class -> state, while that many states will do
	wide     []uint32  // the same otherwise
	out      []int32   // state -> index into chain, or -1
	chain    []outLink // patterns that end here, linked
	patterns []pattern
}

type outLink struct {
	pattern int32
	next    int32 // index into chain, or -1
}

// pattern is one thing to find and what it means.
type pattern struct {
	text      string // as written, without stars and the mark of exactness
	openLeft  bool   // may be the end of a longer word
	openRight bool   // may be the beginning of a longer word
	exact     bool   // must stand as written, capitals and all
	class     wordClass
	ref       int32 // what the class needs to know: an index, a set of Länder
	weight    float32
}

// parsePattern reads the notation of the data files: "=KI" is exact, "*akte"
// the end of a word, "glasfaser*" the beginning of one.
func parsePattern(s string) pattern {
	var p pattern
	if strings.HasPrefix(s, "=") {
		p.exact, s = true, s[1:]
	}
	if strings.HasPrefix(s, "*") {
		p.openLeft, s = true, s[1:]
	}
	if strings.HasSuffix(s, "*") {
		p.openRight, s = true, s[:len(s)-1]
	}
	p.text = s
	return p
}

// hit is one occurrence of a pattern.
type hit struct {
	start, end int
	pattern    *pattern
}

func newAutomaton(patterns []pattern) *automaton {
	a := &automaton{patterns: patterns}
	a.foldBytes()
	if trie := a.buildTrie(); len(trie) <= 1<<16 {
		a.narrow = link[uint16](a, trie)
	} else {
		a.wide = link[uint32](a, trie)
	}
	return a
}

// foldBytes gives each byte that occurs in a pattern a class of its own and
// all others class 0.
func (a *automaton) foldBytes() {
	a.nclasses = 1
	for i := range a.patterns {
		t := a.patterns[i].text
		for j := range len(t) {
			if b := foldByte(t[j]); a.classes[b] == 0 {
				a.classes[b] = uint8(a.nclasses)
				a.nclasses++
			}
		}
	}
	var folded [256]uint8
	for b := range folded {
		folded[b] = a.classes[foldByte(byte(b))]
	}
	a.classes = folded
}

// foldByte folds one byte of UTF-8. The second bytes of capital umlauts
// (U+00C4 and so on: 0x80..0x9E) become those of the small ones.
func foldByte(b byte) byte {
	switch {
	case b >= 'A' && b <= 'Z':
		return b + 'a' - 'A'
	case b == '-' || b == '\n' || b == '\t' || b == '\r':
		return ' '
	case b == 0x84 || b == 0x96 || b == 0x9c || b == 0x89:
		return b + 0x20
	}
	return b
}

// trieNode is a state while the automaton is built: its children form a list.
type trieNode struct {
	child, sibling uint32 // 0: none
	out            int32  // index into chain, or -1
	class          uint8  // of the byte that leads here
}

func (a *automaton) buildTrie() []trieNode {
	trie := append(make([]trieNode, 0, 16*len(a.patterns)), trieNode{out: -1})
	for i := range a.patterns {
		t := a.patterns[i].text
		if t == "" {
			continue
		}
		state := uint32(0)
		for j := range len(t) {
			c := a.classes[t[j]]
			to := trie[state].child
			for to != 0 && trie[to].class != c {
				to = trie[to].sibling
			}
			if to == 0 {
				to = uint32(len(trie))
				trie = append(trie, trieNode{sibling: trie[state].child, out: -1, class: c})
				trie[state].child = to
			}
			state = to
		}
		a.chain = append(a.chain, outLink{int32(i), trie[state].out})
		trie[state].out = int32(len(a.chain) - 1)
	}
	return trie
}

// link turns the trie into a complete automaton, breadth first, so that a state's
// fallback is ready before the state. States are numbered in that order: those near
// the root, where a text is most of the time, lie together.
func link[N uint16 | uint32](a *automaton, trie []trieNode) []N {
	n := a.nclasses
	next := make([]N, len(trie)*n)
	fail := make([]N, len(trie))
	a.out = make([]int32, len(trie))
	queue := make([]uint32, 1, len(trie)) // nodes of the trie by their new numbers
	for s := 0; s < len(queue); s++ {
		node := &trie[queue[s]]
		row := next[s*n : (s+1)*n]
		if a.out[s] = node.out; s != 0 {
			a.inherit(s, int(fail[s]))
			copy(row, next[int(fail[s])*n:])
		}
		for child := node.child; child != 0; child = trie[child].sibling {
			to := len(queue)
			fail[to] = row[trie[child].class] // what the fallback of s does, 0 at the root
			row[trie[child].class] = N(to)
			queue = append(queue, child)
		}
	}
	return next
}

// inherit appends the patterns of a state's fallback, which end here too.
func (a *automaton) inherit(state, fallback int) {
	if a.out[fallback] < 0 {
		return
	}
	if a.out[state] < 0 {
		a.out[state] = a.out[fallback]
		return
	}
	last := a.out[state]
	for a.chain[last].next >= 0 {
		last = a.chain[last].next
	}
	a.chain[last].next = a.out[fallback]
}

// scan appends the occurrences in text to hits, in the order of their ends.
func (a *automaton) scan(text string, hits []hit) []hit {
	if a.narrow != nil {
		return walk(a, a.narrow, text, hits)
	}
	return walk(a, a.wide, text, hits)
}

func walk[N uint16 | uint32](a *automaton, next []N, text string, hits []hit) []hit {
	n, state := a.nclasses, 0
	for i := range len(text) {
		state = int(next[state*n+int(a.classes[text[i]])])
		for o := a.out[state]; o >= 0; o = a.chain[o].next {
			p := &a.patterns[a.chain[o].pattern]
			end := i + 1
			if start := end - len(p.text); p.fits(text, start, end) {
				hits = append(hits, hit{start, end, p})
			}
		}
	}
	return hits
}

// fits tells whether the occurrence ends where words end, as far as the
// pattern asks for it, and is exact, if it must be.
func (p *pattern) fits(text string, start, end int) bool {
	if p.exact && text[start:end] != p.text {
		return false
	}
	if !p.openRight && end < len(text) && wordAt(text[end:]) {
		return false
	}
	return p.openLeft || start == 0 || !wordBefore(text[:start])
}

func wordAt(s string) bool {
	if c := s[0]; c < utf8.RuneSelf {
		return asciiWord(c)
	}
	r, _ := utf8.DecodeRuneInString(s)
	return isWordRune(r)
}

func wordBefore(s string) bool {
	if c := s[len(s)-1]; c < utf8.RuneSelf {
		return asciiWord(c)
	}
	r, _ := utf8.DecodeLastRuneInString(s)
	return isWordRune(r)
}

func asciiWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// isWordRune tells whether a rune is part of a word: letters, digits and marks
// such as the small 2 of "e²A".
func isWordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r)
}
