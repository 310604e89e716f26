package classify

// mention is one occurrence of a name, with what became of it.
type mention struct {
	field    uint8
	tok, n   int32 // first token and number of tokens
	meanings []meaning
	kind     nameKind
	form     nameForm
	lands    lands // what it can stand for
	place    int32 // index of the place it was taken for, or -1
	listed   bool  // an adjective or inhabitant from the list
	office   bool  // an office word stands with it
	district bool  // one of a Kreis
	prefix   bool  // is a headline's prefix
	listHead int32 // index of the first mention of the enumeration it belongs to
	listSize int32 // members of it; 0: it belongs to none
	weight   float64
	rule     string
	rejected string // why it does not count, "" when it does
}

func (m *mention) end() int32 { return m.tok + m.n }

// findMentions collects every name in the fields that have words.
func (c *Classifier) findMentions(s *scratch) {
	s.mentions = s.mentions[:0]
	for k := range s.fields {
		f := &s.fields[k]
		for i := 0; i < len(f.tokens); {
			ms, n := c.lexicon.find(f.text, f.tokens, i)
			if n == 0 {
				if k == 0 && i == 0 {
					c.surnamePrefix(s)
				}
				i++
				continue
			}
			m := mention{field: uint8(k), tok: int32(i), n: int32(n), place: -1}
			m.choose(&c.lexicon, f, ms)
			s.mentions = append(s.mentions, m)
			i += n
		}
	}
}

// surnamePrefix takes the surname of an office holder for a mention where it is
// all of a headline's prefix.
func (c *Classifier) surnamePrefix(s *scratch) {
	f := &s.fields[0]
	if set := c.surnames[f.tokens[0].word]; set != 0 && f.tokens[0].capital && prefixEnd(f) == 1 {
		s.mentions = append(s.mentions, mention{n: 1, place: -1, kind: namePerson, lands: set, meanings: onlySupports})
	}
}

// onlySupports are the meanings of a name that decides where nothing else does.
var onlySupports = []meaning{{kind: namePerson, full: true}}

// choose keeps the meanings of the preferred kind that fit the spelling.
func (m *mention) choose(l *lexicon, f *fieldScan, ms []meaning) {
	tokens := f.tokens[m.tok:m.end()]
	best := -1
	for i := range ms {
		if l.fits(f.text, tokens, ms[i]) && (best < 0 || ms[i].rank() < ms[best].rank()) {
			best = i
		}
	}
	m.meanings, m.kind, m.form, m.listed = ms, ms[best].kind, ms[best].form, ms[best].listed
	for _, x := range ms {
		if x.kind == m.kind {
			m.lands |= x.lands
		}
	}
}

// linkLists numbers enumerations: names of Länder and places that only commas,
// "und" and articles or office words part.
func linkLists(s *scratch) {
	for i := 0; i < len(s.mentions); {
		j := i + 1
		for j < len(s.mentions) && s.fields[s.mentions[i].field].enumerates(&s.mentions[j-1], &s.mentions[j]) {
			j++
		}
		for k := i; k < j; k++ {
			s.mentions[k].listHead = int32(i)
			if j-i > 1 {
				s.mentions[k].listSize = int32(j - i)
			}
		}
		i = j
	}
}

// enumerates tells whether b continues the enumeration that a belongs to.
func (f *fieldScan) enumerates(a, b *mention) bool {
	if a.field != b.field || !a.geographic() || !b.geographic() || b.tok-a.end() > 4 {
		return false
	}
	joined := false
	for i := a.end(); i <= b.tok; i++ {
		t := f.tokens[i]
		switch {
		case t.sep == sepEnd:
			return false
		case t.sep == sepComma:
			joined = true
		case i == a.end() && t.sep == sepSoft: // a slash or bracket
			joined = true
		}
		if i == b.tok {
			break
		}
		switch f.word(int(i)) {
		case "und", "sowie", "oder", "u":
			joined = true
			continue
		}
		if t.class&(classOffice|classDistrict|classSmall) == 0 {
			return false
		}
	}
	return joined
}

// geographic tells whether the mention names a Land, a region or a place.
func (m *mention) geographic() bool {
	switch m.kind {
	case nameLand, nameRegion, namePlace, nameByname:
		return m.form != formAdjective
	}
	return false
}

// markPrefix finds the prefix of a headline, "Wiesbaden / MACH: …", and the
// kicker glued to it, and marks the names in it.
func (s *scratch) markPrefix() {
	f := &s.fields[0]
	if len(f.tokens) == 0 {
		return
	}
	colon := prefixEnd(f)
	for i := range s.mentions {
		m := &s.mentions[i]
		if m.field != 0 {
			break
		}
		glued := m.tok == 0 && int(m.n) < len(f.tokens) && f.tokens[m.n].sep == sepNone
		if int(m.end()) <= colon && s.fillsPart(f, m, colon) || glued && m.kind <= namePlace {
			m.prefix = true
		}
	}
}

// prefixEnd returns the number of tokens before the colon that ends the
// prefix, or 0.
func prefixEnd(f *fieldScan) int {
	for i := 1; i < len(f.tokens) && i <= 9; i++ {
		gap := f.text[f.tokens[i-1].end:f.tokens[i].start]
		for j := range len(gap) {
			switch gap[j] {
			case ':':
				return i
			case '.', '?', '!', ';':
				if f.tokens[i].sep == sepEnd {
					return 0
				}
			}
		}
	}
	return 0
}

// fillsPart tells whether a name is a whole part of the prefix, alone or with
// office words before it. Parts are parted by slashes, commas and "und".
func (s *scratch) fillsPart(f *fieldScan, m *mention, colon int) bool {
	for i := int(m.tok); i > 0; i-- {
		gap := f.text[f.tokens[i-1].end:f.tokens[i].start]
		if partEnds(gap) || f.word(i-1) == "und" {
			break
		}
		if f.tokens[i-1].class&(classOffice|classDistrict|classSmall) == 0 {
			return false
		}
	}
	if int(m.end()) == colon {
		return true
	}
	gap := f.text[f.tokens[m.end()-1].end:f.tokens[m.end()].start]
	return partEnds(gap) || f.word(int(m.end())) == "und" || m.kind == nameInstitution
}

func partEnds(gap string) bool {
	for i := range len(gap) {
		if c := gap[i]; c == '/' || c == ',' || c == '+' || c == '&' || c == '|' {
			return true
		}
	}
	return gap == "–"
}
