package classify

import (
	"fmt"
	"math/bits"
	"strings"
	"unicode"
	"unicode/utf8"
)

// matcher finds every occurrence of a few thousand patterns in one pass over a
// text. It is a trie that is walked from each byte at which a pattern may begin,
// mostly for a few bytes. Nearly all patterns must begin where a word does. Those
// few that may be the end of a longer word have a trie of their own, for inside
// words. What three bytes patterns begin with tells where it is worth a walk. The
// work is linear in the length of the text, as no walk is longer than a pattern.
//
// It works on bytes folded to classes: upper and lower case are the same, and
// so are blank, line break, hyphen and dash.
type matcher struct {
	classes  [256]byteClass
	grams    [roots]gramSet // with which patterns begin
	nodes    []trieNode
	chain    []outLink // patterns that end here, linked
	patterns []pattern
}

// byteClass is the number of a byte that occurs in patterns, from 1, or 0; and
// whether the byte is a letter or digit of ASCII.
type byteClass uint8

const (
	classBits byteClass = 1<<6 - 1 // so many classes fit a set
	wordBit   byteClass = 1 << 7
)

// trieNode is a node of the trie. The nodes its set of classes leads to lie
// together, in the order of the classes.
type trieNode struct {
	classes uint64
	first   uint32 // index of the first of them
	out     int32  // index into chain, or -1
}

// The roots of the two tries.
const (
	rootWord = iota
	rootInner
	roots
)

type outLink struct {
	pattern          int32
	next             int32 // index into chain, or -1
	openRight, exact bool  // as the pattern is
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
	start, end int32
	token      int32 // that it ends in, or -1; the matcher leaves it 0
	pattern    *pattern
}

func newMatcher(patterns []pattern) (*matcher, error) {
	m := &matcher{patterns: patterns}
	if err := m.foldBytes(); err != nil {
		return nil, err
	}
	m.layOut(m.buildTrie())
	for i := range patterns {
		p := &patterns[i]
		m.grams[rootWord].add(m, p.text, 0, 0)
		if p.openLeft {
			m.grams[rootInner].add(m, p.text, 0, 0)
		}
	}
	return m, nil
}

// foldBytes gives each byte that occurs in a pattern a class of its own and
// all others class 0.
func (m *matcher) foldBytes() error {
	last := byteClass(0)
	for i := range m.patterns {
		t := m.patterns[i].text
		for j := range len(t) {
			if b := foldByte(t[j]); m.classes[b] == 0 {
				if last++; last > classBits {
					return fmt.Errorf("reading rules: the patterns hold more than %d different bytes", classBits)
				}
				m.classes[b] = last
			}
		}
	}
	var folded [256]byteClass
	for b := range folded {
		if folded[b] = m.classes[foldByte(byte(b))]; asciiWord(byte(b)) {
			folded[b] |= wordBit
		}
	}
	m.classes = folded
	return nil
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

// listNode is a node of the trie while it is built: its children form a list.
type listNode struct {
	child, sibling uint32 // 0: none
	out            int32  // index into chain, or -1
	class          byteClass
}

func (m *matcher) buildTrie() []listNode {
	trie := append(make([]listNode, 0, 6*len(m.patterns)), listNode{out: -1}, listNode{out: -1})
	for i := range m.patterns {
		if m.patterns[i].text == "" {
			continue
		}
		trie = m.insert(trie, rootWord, int32(i))
		if m.patterns[i].openLeft {
			trie = m.insert(trie, rootInner, int32(i))
		}
	}
	return trie
}

// insert adds a pattern to the trie with a root.
func (m *matcher) insert(trie []listNode, node uint32, i int32) []listNode {
	p := &m.patterns[i]
	for j := range len(p.text) {
		class := m.classes[p.text[j]] & classBits
		to := trie[node].child
		for to != 0 && trie[to].class != class {
			to = trie[to].sibling
		}
		if to == 0 {
			to = uint32(len(trie))
			trie = append(trie, listNode{sibling: trie[node].child, out: -1, class: class})
			trie[node].child = to
		}
		node = to
	}
	m.chain = append(m.chain, outLink{i, trie[node].out, p.openRight, p.exact})
	trie[node].out = int32(len(m.chain) - 1)
	return trie
}

// layOut puts the nodes into the order in which they are walked: what follows a
// node, where it is one byte alone, stands next to it.
func (m *matcher) layOut(trie []listNode) {
	m.nodes = append(make([]trieNode, 0, len(trie)), trieNode{}, trieNode{})
	for root := range uint32(roots) {
		m.layOutFrom(trie, root, root)
	}
}

func (m *matcher) layOutFrom(trie []listNode, from, to uint32) {
	node := trieNode{first: uint32(len(m.nodes)), out: trie[from].out}
	for child := trie[from].child; child != 0; child = trie[child].sibling {
		node.classes |= 1 << trie[child].class
		m.nodes = append(m.nodes, trieNode{})
	}
	m.nodes[to] = node
	for child := trie[from].child; child != 0; child = trie[child].sibling {
		m.layOutFrom(trie, child, node.child(trie[child].class))
	}
}

// child returns the index of the node that a class of the set leads to.
func (n *trieNode) child(class byteClass) uint32 {
	before := n.classes & (1<<(class&classBits) - 1)
	return n.first + uint32(bits.OnesCount64(before))
}

// gram is what is left of the classes of three bytes: fifteen bits.
type gram uint16

const grams = 1 << 15

func (g gram) then(class byteClass) gram { return (g<<5 ^ gram(class&classBits)) % grams }

type gramSet [grams / 64]uint64

func (set *gramSet) has(g gram) bool { return set[g/64]>>(g%64)&1 != 0 }

// add adds what a text begins with, of which n classes are in g; of a short one,
// whatever may follow it.
func (set *gramSet) add(m *matcher, text string, g gram, n int) {
	switch {
	case n == 3:
		set[g/64] |= 1 << (g % 64)
	case text != "":
		set.add(m, text[1:], g.then(m.classes[text[0]]), n+1)
	default:
		for class := range classBits + 1 {
			set.add(m, "", g.then(class), n+1)
		}
	}
}

// scan appends the occurrences in text to hits, in the order of their ends; of
// those that end together, the longest is first.
func (m *matcher) scan(text string, hits []hit) []hit {
	g := gram(0)
	for i := range min(2, len(text)) {
		g = g.then(m.classes[text[i]])
	}
	root := rootWord
	for i := range len(text) {
		ahead := byteClass(0)
		if i+2 < len(text) {
			ahead = m.classes[text[i+2]]
		}
		if g = g.then(ahead); m.grams[root].has(g) {
			hits = m.walk(root, text, i, hits)
		}
		root = rootWord
		if m.classes[text[i]]&wordBit != 0 || text[i] >= utf8.RuneSelf && wordBefore(text[:i+1]) {
			root = rootInner
		}
	}
	return hits
}

// walk appends the occurrences that begin at start.
func (m *matcher) walk(root int, text string, start int, hits []hit) []hit {
	node := &m.nodes[root]
	for i := start; i < len(text); {
		class := m.classes[text[i]]
		if node.classes>>(class&classBits)&1 == 0 {
			break
		}
		i++
		node = &m.nodes[node.child(class)]
		for o := node.out; o >= 0; o = m.chain[o].next {
			if l := &m.chain[o]; l.openRight || i == len(text) || m.classes[text[i]]&wordBit == 0 && !wordAt(text[i:]) {
				if p := &m.patterns[l.pattern]; !l.exact || text[start:i] == p.text {
					hits = insert(hits, hit{start: int32(start), end: int32(i), pattern: p})
				}
			}
		}
	}
	return hits
}

// insert puts a hit behind those that end before it or with it.
func insert(hits []hit, h hit) []hit {
	hits = append(hits, h)
	for k := len(hits) - 1; k > 0 && hits[k-1].end > h.end; k-- {
		hits[k], hits[k-1] = hits[k-1], hits[k]
	}
	return hits
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
	if r < utf8.RuneSelf {
		return asciiWord(byte(r))
	}
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r)
}
