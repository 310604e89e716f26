package classify

import (
	"math/bits"
	"strings"
	"unicode"
	"unicode/utf8"

	"laenderfeed/aggregator"
)

// lands is a set of Länder as bits in the order of [aggregator.Laender], with
// two more for the Bund and for what lies abroad.
type lands uint32

const (
	landCount          = 16
	bundBit      lands = 1 << landCount
	abroadBit    lands = 1 << (landCount + 1)
	allLands     lands = 1<<landCount - 1
	regionScores       = landCount + 2
)

func landBit(r aggregator.Region) lands {
	for i := range landTable {
		if landTable[i] == r {
			return 1 << i
		}
	}
	return 0
}

// landCodes are the codes of the Länder by the number of their bit.
var landCodes = [landCount]string{"BW", "BY", "BE", "BB", "HB", "HH", "HE", "MV", "NI", "NW", "RP", "SL", "SN", "ST", "SH", "TH"}

// parseLands reads "BE,BB", "bund" or "international"; ok is false when a part
// is none of these.
func parseLands(s string) (set lands, ok bool) {
	for i, code := range landCodes {
		if s == code {
			return 1 << i, true
		}
	}
	for part := range strings.SplitSeq(s, ",") {
		r, known := aggregator.ParseRegion(strings.TrimSpace(part))
		bit := landBit(r)
		if !known || bit == 0 {
			return 0, false
		}
		set |= bit
	}
	return set, true
}

func (l lands) first() int   { return bits.TrailingZeros32(uint32(l)) }
func (l lands) single() bool { return l != 0 && l&(l-1) == 0 }

// each calls f with the index of every member.
func (l lands) each(f func(i int)) {
	for ; l != 0; l &= l - 1 {
		f(l.first())
	}
}

// nameKind says what sort of name was found. Of several meanings of the same
// words the lower kind is preferred.
type nameKind uint8

const (
	nameLand        nameKind = iota // Sachsen, sächsisch, NRW
	nameInstitution                 // Dataport, IT-Planungsrat
	nameBody                        // Landtag words that fit several Länder: Senat, Freistaat
	nameRegion                      // Ostfriesland
	namePlace                       // Dresden, Kreis Steinfurt
	nameByname                      // Elbflorenz, Hallenser
	nameRiver                       // Ahr
	namePerson                      // who holds or held an office of a Land
	nameNothing                     // a fixed expression that is no place: Hannover Messe
)

// nameForm says in which form a name stands.
type nameForm uint8

const (
	formBase nameForm = iota
	formGenitive
	formAdjective
	formCode // an abbreviation in capitals
)

// meaning is one thing a sequence of words can mean.
type meaning struct {
	kind   nameKind
	form   nameForm
	full   bool    // the official name with all its qualifiers
	lower  bool    // written with a small letter, at least inside a sentence
	listed bool    // an adjective from the list, not formed by rule
	exact  int32   // 1 + index into lexicon.exact of the spelling it needs, or 0
	ref    int32   // index of the place, else of the fact
	danger danger  // of a place: what else the name is
	weight float32 // of an institution
	lands  lands
}

// lexicon finds names in a text: a table of folded words, which numbers them, and
// a trie over these numbers, walked for the longest match.
type lexicon struct {
	words   wordTable
	kickers map[uint32]bool // names that may be glued to the word after them
	root    []uint32        // word -> node
	edges   map[uint64]uint32
	nodes   []node
	exact   []string
	arena   []meaning // where the first meaning of each node lies
}

type node struct {
	meanings []meaning
	inner    bool // has children
}

// newLexicon has room for about as many words and names as the data files have.
func newLexicon() *lexicon {
	const words, names, inner = 32_000, 42_000, 13_000
	return &lexicon{
		words:   newWordTable(1 << 16),
		kickers: make(map[uint32]bool, 2048),
		root:    make([]uint32, 1, words),
		edges:   make(map[uint64]uint32, inner),
		nodes:   make([]node, 1, names),
		arena:   make([]meaning, 0, names),
	}
}

// word returns the number of a folded word, giving it one if it has none.
func (l *lexicon) word(folded string) uint32 {
	w, isNew := l.words.add(folded)
	if isNew {
		l.root = append(l.root, 0)
	}
	return w
}

// known returns the number of a word, or 0.
func (l *lexicon) known(word string) uint32 { return l.words.number([]byte(strings.ToLower(word))) }

// add gives a name a meaning. A name without a word is ignored.
func (l *lexicon) add(name string, m meaning) {
	if m.kind == namePlace && m.exact == 0 && humped(name) {
		l.addExact(name, m) // "HafenCity"
		return
	}
	var buf [12]string
	folded := strings.ToLower(name)
	words := splitWords(folded, buf[:0])
	if len(words) == 0 {
		return
	}
	m.lower = m.exact == 0 && folded[0] == name[0] && folded[0] < utf8.RuneSelf
	n, commas := l.first(l.word(words[0])), strings.Contains(name, ",")
	for i, w := range words[1:] {
		edge := l.word(w)
		if commas && commaBetween(folded, words[i], w) {
			edge |= afterComma
		}
		n = l.child(n, edge)
	}
	for i := range l.nodes[n].meanings {
		old := &l.nodes[n].meanings[i]
		if old.kind == m.kind && old.ref == m.ref && old.lands == m.lands {
			old.lower = old.lower || m.lower
			return
		}
	}
	if l.nodes[n].meanings == nil {
		l.arena = append(l.arena, m)
		k := len(l.arena)
		l.nodes[n].meanings = l.arena[k-1 : k : k]
		return
	}
	l.nodes[n].meanings = append(l.nodes[n].meanings, m)
}

// afterComma marks an edge that a comma goes with.
const afterComma = 1 << 31

// commaBetween tells whether a comma parts two neighbouring words of a name.
func commaBetween(name, a, b string) bool {
	_, rest, _ := strings.Cut(name, a)
	gap, _, _ := strings.Cut(rest, b)
	return strings.Contains(gap, ",")
}

// addExact gives a name a meaning that only this spelling has.
func (l *lexicon) addExact(name string, m meaning) {
	l.exact = append(l.exact, name)
	m.exact = int32(len(l.exact))
	l.add(name, m)
}

func (l *lexicon) first(w uint32) uint32 {
	if l.root[w] == 0 {
		l.nodes = append(l.nodes, node{})
		l.root[w] = uint32(len(l.nodes) - 1)
	}
	return l.root[w]
}

func (l *lexicon) child(n, w uint32) uint32 {
	key := uint64(n)<<32 | uint64(w)
	if to, ok := l.edges[key]; ok {
		return to
	}
	l.nodes = append(l.nodes, node{})
	to := uint32(len(l.nodes) - 1)
	l.edges[key] = to
	l.nodes[n].inner = true
	return to
}

// rank orders the meanings of the same words. Adjectives formed by rule come
// last: there are many, and most look like somebody's surname.
func (m *meaning) rank() int {
	if m.kind == namePlace && m.form == formAdjective && !m.listed {
		return int(nameNothing) + 1
	}
	return int(m.kind)
}

// find returns the meanings of the longest name that begins at tokens[i] and
// the number of its tokens.
func (l *lexicon) find(text string, tokens []token, i int) (best []meaning, length int) {
	if tokens[i].word == 0 {
		return nil, 0
	}
	n := l.root[tokens[i].word]
	for j := i; n != 0; {
		if l.anyFits(text, tokens[i:j+1], l.nodes[n].meanings) {
			best, length = l.nodes[n].meanings, j-i+1
		}
		j++
		if !l.nodes[n].inner || j == len(tokens) || tokens[j].sep > sepComma || tokens[j].word == 0 {
			break
		}
		edge := tokens[j].word
		if tokens[j].sep == sepComma {
			edge |= afterComma
		}
		n = l.edges[uint64(n)<<32|uint64(edge)]
	}
	return best, length
}

func (l *lexicon) anyFits(text string, tokens []token, ms []meaning) bool {
	for _, m := range ms {
		if l.fits(text, tokens, m) {
			return true
		}
	}
	return false
}

// fits tells whether the tokens are spelt as the meaning needs them: adjectives
// of a Land in any case, everything else with a capital.
func (l *lexicon) fits(text string, tokens []token, m meaning) bool {
	if m.exact > 0 {
		s := text[tokens[0].start:tokens[len(tokens)-1].end]
		return strings.HasPrefix(l.exact[m.exact-1], s)
	}
	if m.kind == namePlace && humped(text[tokens[0].start:tokens[0].end]) {
		return false
	}
	return tokens[0].capital || m.lower || m.form == formAdjective && (m.kind == nameLand || m.kind == nameRegion)
}

// humped tells whether a word has a capital after a small letter, as names of
// products do: "LauschA" is not Lauscha.
func humped(word string) bool {
	for i := 1; i < len(word); i++ {
		if word[i] >= 'A' && word[i] <= 'Z' && word[i-1] >= 'a' && word[i-1] <= 'z' {
			return true
		}
	}
	return false
}

// splitWords appends the words of s, which is folded already.
func splitWords(s string, words []string) []string {
	start := -1
	for i, r := range s {
		if isWordRune(r) {
			if start < 0 {
				start = i
			}
		} else if start >= 0 {
			words = append(words, s[start:i])
			start = -1
		}
	}
	if start >= 0 {
		words = append(words, s[start:])
	}
	return words
}

// genitive returns the genitive of a name, or "" when it looks like the name.
func genitive(name string) string {
	switch name[len(name)-1] {
	case 's', 'z', 'x', ')', '.':
		return ""
	}
	if strings.HasSuffix(name, "ß") {
		return ""
	}
	return name + "s"
}

// adjectives returns the adjectives and names of inhabitants that German forms
// from the name of a town. It gives more than one where usage differs from
// town to town (Dresdner, Mindener, Göttinger).
func adjectives(name string) []string {
	if name == "" || !endsInLetter(name) {
		return nil
	}
	switch {
	case strings.HasSuffix(name, "ingen") || strings.HasSuffix(name, "ungen") || strings.HasSuffix(name, "hausen") || strings.HasSuffix(name, "kirchen") || strings.HasSuffix(name, "brücken"):
		return []string{name[:len(name)-2] + "er"}
	case strings.HasSuffix(name, "den") || strings.HasSuffix(name, "tzen") || strings.HasSuffix(name, "ßen"):
		stem := name[:len(name)-2]
		return []string{stem + "er", stem + "ener", stem + "ner"}
	case strings.HasSuffix(name, "en"):
		stem := name[:len(name)-2]
		return []string{stem + "er", stem + "ener"}
	case strings.HasSuffix(name, "e"):
		return []string{name + "r"}
	case strings.HasSuffix(name, "er"):
		return []string{name + "er", name + "aner"}
	case strings.HasSuffix(name, "el"):
		return []string{name + "er", name[:len(name)-2] + "ler"}
	}
	return []string{name + "er"}
}

func endsInLetter(s string) bool {
	for _, r := range s[len(s)-1:] {
		return unicode.IsLetter(r)
	}
	return false
}
