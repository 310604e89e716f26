package classify

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"laenderfeed/aggregator"
)

// Topic is a topic of the configuration, which takes the place of the built-in
// one of that slug. An item is given it when one of Any occurs (where there
// are any), each of All and none of None, wherever in the item; how much else
// speaks for other topics does not matter, nor does an own topic change what
// other topics an item gets.
//
// A pattern is one of
//
//	Verwaltung            the word and its inflected forms, Verwaltungen
//	Digitaler Zwilling    words that follow each other, in all their forms
//	"digitaler Zwilling"  in quotes: these forms only
//	Glasfaser*            the beginning of a word
//	*akte                 the end of a word
//	OZG, EfA              words with capitals inside count as written
//	=Lage                 an equals sign: the whole pattern as written
//	Netz{werk,plan}       one of several
//
// Small and capital letters are the same but for the two kinds above, ä is the
// same as ae and ß as ss. A hyphen parts words as a blank does.
type Topic struct {
	Slug aggregator.Topic
	Any  []string `json:",omitempty"`
	All  []string `json:",omitempty"`
	None []string `json:",omitempty"`
}

// ownRules are the topics and regions of the configuration.
type ownRules struct {
	topics []ownTopic
	areas  []area
	heads  map[string][]ownRef // by the first letters (up to headLetters bytes) of the pattern's first word
	loose  []ownRef            // patterns that begin with a star
}

// headLetters is how many bytes of a word the index of patterns looks at.
const headLetters = 3

type ownTopic struct {
	topic int32 // index into Classifier.topics
	any   bool  // it has patterns of which one must occur
	all   int   // how many conditions must be met
}

// ownRole says what an occurrence of a pattern means.
type ownRole uint8

const (
	roleAny  ownRole = iota
	roleAll          // meets a condition
	roleNone         // rules the topic out
	roleName         // names an own region
)

// ownRef is a pattern and whose it is.
type ownRef struct {
	*ownPattern
	role ownRole
	of   int // index into ownRules.topics, or of a name into ownRules.areas
	cond int // which of the conditions
}

// ownPattern is words that follow each other.
type ownPattern struct{ words []ownWord }

// wordMatch says how a word of a pattern is compared.
type wordMatch uint8

const (
	matchForms wordMatch = iota // with its inflected forms
	matchWord                   // folded
	matchExact                  // as written
	matchHead                   // the beginning
	matchTail                   // the end
	matchPart                   // anywhere
)

type ownWord struct {
	match wordMatch
	text  []byte   // folded, see appendFold; of an exact one as written
	bases [][]byte // of matchForms: text, and text less an ending
}

// endings are what German inflection puts behind a word.
var endings = [...]string{"", "e", "en", "er", "es", "em", "n", "s", "ern", "ens", "ns", "nen", "se", "ses", "sen"}

// leastBase is how many bytes of a word are left at least when an ending is
// taken off.
const leastBase = 4

// basesOf returns a folded word, and the word less an ending that the writer of
// a rule may have put on: that of a plural, or of an adjective. Only those lose
// "er", "es" and "em": Bürger is no form of Burg.
func basesOf(word string, adjective bool) [][]byte {
	out := [][]byte{[]byte(word)}
	for _, ending := range [...]string{"en", "er", "es", "em", "e", "n"} {
		base, ok := strings.CutSuffix(word, ending)
		if !ok || len(base) < leastBase || !adjective && (ending == "er" || ending == "es" || ending == "em") {
			continue
		}
		out = append(out, []byte(base))
		if ending != "en" {
			break
		}
	}
	return out
}

// fits compares a word of a text.
func (w *ownWord) fits(written string, folded []byte) bool {
	switch w.match {
	case matchExact:
		return written == string(w.text)
	case matchWord:
		return bytes.Equal(folded, w.text)
	case matchHead:
		return bytes.HasPrefix(folded, w.text)
	case matchTail:
		return bytes.HasSuffix(folded, w.text)
	case matchPart:
		return bytes.Contains(folded, w.text)
	}
	for _, base := range w.bases {
		rest, ok := bytes.CutPrefix(folded, base)
		if ok && slices.Contains(endings[:], string(rest)) {
			return true
		}
	}
	return false
}

// appendFold appends a word in small letters, umlauts written out.
func appendFold(dst []byte, word string) []byte {
	for _, r := range word {
		if r < utf8.RuneSelf {
			if 'A' <= r && r <= 'Z' {
				r += 'a' - 'A'
			}
			dst = append(dst, byte(r))
			continue
		}
		switch r = unicode.ToLower(r); r {
		case 'ä':
			dst = append(dst, "ae"...)
		case 'ö':
			dst = append(dst, "oe"...)
		case 'ü':
			dst = append(dst, "ue"...)
		case 'ß':
			dst = append(dst, "ss"...)
		case '\u0308': // combining diaeresis
			dst = append(dst, 'e')
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}

// ownText is a field of an item, folded for own patterns.
type ownText struct {
	*fieldScan
	buf  []byte
	ends []int // of the folded words in buf
}

func (t *ownText) fold(f *fieldScan) {
	t.fieldScan, t.buf, t.ends = f, t.buf[:0], t.ends[:0]
	for i := range f.tokens {
		t.buf = appendFold(t.buf, f.word(i))
		t.ends = append(t.ends, len(t.buf))
	}
}

func (t *ownText) folded(i int) []byte {
	if i == 0 {
		return t.buf[:t.ends[0]]
	}
	return t.buf[t.ends[i-1]:t.ends[i]]
}

// at tells whether the pattern occurs at word i.
func (p *ownPattern) at(t *ownText, i int) bool {
	if i+len(p.words) > len(t.tokens) {
		return false
	}
	for k := range p.words {
		if k > 0 && !t.adjoins(i+k) || !p.words[k].fits(t.word(i+k), t.folded(i+k)) {
			return false
		}
	}
	return true
}

// adjoins tells whether nothing but a blank, hyphen or sign stands before a
// word: no comma, and no end of a sentence.
func (t *ownText) adjoins(i int) bool {
	switch sep := t.tokens[i].sep; sep {
	case sepNone, sepSpace, sepHyphen:
		return true
	case sepSoft:
		gap := t.text[t.tokens[i-1].end:t.tokens[i].start]
		return !strings.Contains(gap, ".") || len(gap) == 1
	}
	return false
}

// ownFound is what an item says about an own topic.
type ownFound struct {
	score topicScore
	any   bool
	none  bool
	met   []bool
}

// given tells whether the topic's conditions are met.
func (f *ownFound) given(t *ownTopic) bool {
	n := 0
	for _, met := range f.met {
		if met {
			n++
		}
	}
	return !f.none && n == t.all && (f.any || !t.any)
}

// findOwn looks for the own patterns in an item and returns which of the own
// topics it is given, and which only have something that speaks for them. The
// names of own regions it finds are left in s.
func (c *Classifier) findOwn(s *scratch) (given, near []topicScore) {
	o := &c.own
	s.named = s.named[:0]
	if len(o.topics)+len(o.areas) == 0 {
		return nil, nil
	}
	found := make([]ownFound, len(o.topics))
	for i := range found {
		found[i] = ownFound{score: topicScore{topic: o.topics[i].topic, rule: ruleOwnTopic}, met: make([]bool, o.topics[i].all)}
	}
	text := &s.ownText
	for k := range s.fields[:4] {
		text.fold(&s.fields[k])
		for i := range text.tokens {
			o.occurrences(text, i, func(r *ownRef) { c.note(s, found, text, i, r) })
		}
	}
	for i := range found {
		f := &found[i]
		switch {
		case f.given(&o.topics[i]):
			given = append(given, f.score)
		case f.score.score > 0:
			near = append(near, f.score)
		}
	}
	return given, near
}

// occurrences calls f for the patterns that occur at word i.
func (o *ownRules) occurrences(t *ownText, i int, f func(*ownRef)) {
	word := t.folded(i)
	for n := 1; n <= headLetters && n <= len(word); n++ {
		for k, list := 0, o.heads[string(word[:n])]; k < len(list); k++ {
			if list[k].at(t, i) {
				f(&list[k])
			}
		}
	}
	for k := range o.loose {
		if o.loose[k].at(t, i) {
			f(&o.loose[k])
		}
	}
}

// note keeps an occurrence.
func (c *Classifier) note(s *scratch, found []ownFound, t *ownText, i int, r *ownRef) {
	start, end := int(t.tokens[i].start), int(t.tokens[i+len(r.words)-1].end)
	if r.role == roleName {
		s.named = append(s.named, namedArea{r.of, aggregator.Reason{Label: string(c.own.areas[r.of].slug), Field: t.name,
			Start: start, End: end, Text: t.text[start:end], Rule: ruleArea, Weight: 1}})
		return
	}
	f := &found[r.of]
	switch r.role {
	case roleNone:
		f.none = true
		return
	case roleAll:
		f.met[r.cond] = true
	default:
		f.any = true
	}
	f.score.add(t.fieldScan, hit{int32(start), int32(end), int32(i + len(r.words) - 1), &pattern{weight: 1}})
}

// index adds the forms of a pattern.
func (o *ownRules) index(ps []ownPattern, r ownRef) {
	if o.heads == nil {
		o.heads = make(map[string][]ownRef)
	}
	for i := range ps {
		r.ownPattern = &ps[i]
		first := &ps[i].words[0]
		if first.match == matchTail || first.match == matchPart {
			o.loose = append(o.loose, r)
			continue
		}
		seen := make([]string, 0, 3)
		keys := first.bases
		switch first.match {
		case matchExact:
			keys = [][]byte{appendFold(nil, string(first.text))}
		case matchWord, matchHead:
			keys = [][]byte{first.text}
		}
		for _, key := range keys {
			if k := string(key[:min(headLetters, len(key))]); !slices.Contains(seen, k) {
				seen = append(seen, k)
				o.heads[k] = append(o.heads[k], r)
			}
		}
	}
}
