package aggregator

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Search is what the words of a search field ask for: items in which every
// clause holds. The zero Search asks for nothing in particular, and holds for
// every item. At least one clause of any other one is not negated.
type Search struct {
	All []SearchClause
}

// SearchClause holds when one of its terms occurs in the title or the text of
// an item; with Not, when its only term does not.
type SearchClause struct {
	Any []SearchTerm
	Not bool
}

// SearchTerm is a word, or several that follow one another: a phrase, or a
// word with punctuation in it, such as "it-sicherheit". Text is in lower case
// with single spaces, and begins and ends with a letter or digit. With Prefix
// the last word may go on.
type SearchTerm struct {
	Text   string
	Prefix bool
}

// Bounds of a search, so that it can be answered in bounded time.
const (
	MaxSearchBytes  = 500 // of the text as typed
	MaxSearchTerms  = 20
	MinSearchPrefix = 3 // letters before the asterisk
)

// SearchProblem is what is wrong with a search.
type SearchProblem int

// The problems of a search.
const (
	SearchTooLong     SearchProblem = iota + 1 // more than MaxSearchBytes
	SearchTooMany                              // more than MaxSearchTerms
	SearchCharacter                            // a control character, or no UTF-8
	SearchOpenQuote                            // a quotation mark without its partner
	SearchEmptyQuote                           // no word between two quotation marks
	SearchNoWord                               // no letter and no digit at all
	SearchOnlyNot                              // nothing but exclusions
	SearchStar                                 // an asterisk that is not the end of a word
	SearchShortPrefix                          // fewer than MinSearchPrefix letters before it
	SearchOr                                   // OR without a word on both sides
	SearchOrNot                                // OR beside an exclusion
	SearchGroup                                // brackets that would change what OR connects
)

// problemTexts are in the order of the constants.
var problemTexts = [...]string{"", "too long", "too many terms", "forbidden character", "quotation mark without partner", "empty phrase", "no word",
	"only exclusions", "asterisk not at the end of a word", "prefix too short", "OR without a word on both sides", "OR beside an exclusion",
	"brackets around several words beside OR or a minus"}

// SearchError says what is wrong with a search and where.
type SearchError struct {
	Problem SearchProblem
	Pos     int // in characters (code points) from the beginning
}

// Error describes the problem in English.
func (e *SearchError) Error() string {
	text := "unknown problem"
	if e.Problem > 0 && int(e.Problem) < len(problemTexts) {
		text = problemTexts[e.Problem]
	}
	return fmt.Sprintf("search: %s at character %d", text, e.Pos+1)
}

// ParseSearch reads the text of a search field:
//
//	word other       both, anywhere in title or text
//	"one after two"  a phrase; German quotation marks do as well
//	a OR b, a ODER b one of the two; binds tighter than what stands side by side
//	-word -"a b"     not these
//	word*            words with this beginning
//
// Case does not matter except for OR, ODER, AND and UND. Punctuation in a word
// makes it a phrase of its parts ("E-Akte"), elsewhere it is passed over; so
// are brackets, unless they would group differently. An error is a
// *[SearchError].
func ParseSearch(s string) (Search, error) {
	p := &searchParser{text: []rune(s)}
	if err := p.check(s); err != nil {
		return Search{}, err
	}
	for p.pos < len(p.text) {
		if err := p.next(); err != nil {
			return Search{}, err
		}
	}
	return p.finish()
}

// searchParser reads one search.
type searchParser struct {
	text   []rune
	pos    int
	out    Search
	terms  int
	or     int           // 1 + the position of an OR that waits for its right side, else 0
	negate int           // 1 + the position of the first exclusion, else 0
	open   []searchGroup // brackets not closed yet
	closed int           // 1 + the position of a bracket just closed around several clauses, else 0
}

// searchGroup is a bracket that is open.
type searchGroup struct {
	pos, clauses int  // clauses is how many there are with its first term; 0 before that
	or           bool // follows an OR
}

func (p *searchParser) fail(problem SearchProblem, pos int) error {
	return &SearchError{Problem: problem, Pos: pos}
}

// check looks for what no search can hold.
func (p *searchParser) check(s string) error {
	if len(s) > MaxSearchBytes {
		cut := MaxSearchBytes
		for !utf8.RuneStart(s[cut]) && cut > 0 {
			cut--
		}
		return p.fail(SearchTooLong, utf8.RuneCountInString(s[:cut]))
	}
	at := 0
	for i, r := range s {
		if _, n := utf8.DecodeRuneInString(s[i:]); r == utf8.RuneError && n == 1 || unicode.IsControl(r) && !unicode.IsSpace(r) {
			return p.fail(SearchCharacter, at)
		}
		at++
	}
	return nil
}

// isQuote tells whether a character opens or closes a phrase.
func isQuote(r rune) bool { return strings.ContainsRune(`"„“”‟«»＂`, r) }

// isWord tells whether a character is part of a word; accents may be apart.
func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// next reads one term, operator or piece of punctuation.
func (p *searchParser) next() error {
	if unicode.IsSpace(p.text[p.pos]) {
		p.pos++
		return nil
	}
	start, not := p.pos, false
	for p.pos < len(p.text) && (p.text[p.pos] == '-' || p.text[p.pos] == '−') {
		p.pos, not = p.pos+1, true
	}
	if p.pos < len(p.text) && isQuote(p.text[p.pos]) {
		return p.phrase(start, not)
	}
	from := p.pos
	for p.pos < len(p.text) && !unicode.IsSpace(p.text[p.pos]) && !isQuote(p.text[p.pos]) {
		p.pos++
	}
	word := p.text[from:p.pos]
	switch string(word) {
	case "OR", "ODER":
		if !not {
			return p.operator(start)
		}
	case "AND", "UND": // what stands side by side is connected so anyway
		if !not {
			return nil
		}
	}
	return p.word(word, from, start, not)
}

// operator takes note of an OR.
func (p *searchParser) operator(pos int) error {
	n := len(p.out.All)
	switch {
	case p.closed > 0:
		return p.fail(SearchGroup, p.closed-1)
	case n == 0 || p.or > 0:
		return p.fail(SearchOr, pos)
	case p.out.All[n-1].Not:
		return p.fail(SearchOrNot, pos)
	}
	p.or = pos + 1
	return nil
}

// phrase reads what is between two quotation marks.
func (p *searchParser) phrase(start int, not bool) error {
	from := p.pos
	p.pos++
	end := slices.IndexFunc(p.text[p.pos:], isQuote)
	if end < 0 {
		return p.fail(SearchOpenQuote, from)
	}
	inner := p.text[p.pos : p.pos+end]
	p.pos += end + 1
	text := searchText(inner)
	if text == "" {
		return p.fail(SearchEmptyQuote, from)
	}
	if p.pos < len(p.text) && p.text[p.pos] == '*' {
		return p.fail(SearchStar, p.pos)
	}
	return p.add(SearchTerm{Text: text}, start, not)
}

// word reads what is between spaces: a word with the punctuation around it.
func (p *searchParser) word(word []rune, from, start int, not bool) error {
	first := slices.IndexFunc(word, isWord)
	head := word[:max(first, 0)]
	if first < 0 {
		head = word
	}
	for i, r := range head {
		if r == '(' {
			p.open = append(p.open, searchGroup{pos: from + i, or: p.or > 0})
		}
	}
	if not && len(p.open) > 0 && strings.ContainsRune(string(head), '(') && !strings.ContainsRune(string(word), ')') {
		return p.fail(SearchGroup, start)
	}
	prefix, err := p.star(word, from)
	if err != nil {
		return err
	}
	if first >= 0 {
		if err := p.add(SearchTerm{Text: searchText(word), Prefix: prefix}, start, not); err != nil {
			return err
		}
	}
	p.close(word)
	return nil
}

// star tells whether a word ends in an asterisk.
func (p *searchParser) star(word []rune, from int) (bool, error) {
	at := slices.Index(word, '*')
	if at < 0 {
		return false, nil
	}
	letters := 0
	for i := at - 1; i >= 0 && (isWord(word[i]) || unicode.Is(unicode.Mn, word[i])); i-- {
		if isWord(word[i]) {
			letters++
		}
	}
	switch {
	case letters == 0 || slices.ContainsFunc(word[at:], isWord):
		return false, p.fail(SearchStar, from+at)
	case letters < MinSearchPrefix:
		return false, p.fail(SearchShortPrefix, from+at)
	}
	return true, nil
}

// close ends the groups whose brackets a word closes.
func (p *searchParser) close(word []rune) {
	for i, r := range word {
		if r == '(' && i > 0 && slices.ContainsFunc(word[:i], isWord) {
			p.open = append(p.open, searchGroup{pos: p.pos, clauses: len(p.out.All)}) // in a word: Ort(steil)
		}
		if r != ')' || len(p.open) == 0 {
			continue
		}
		g := p.open[len(p.open)-1]
		p.open = p.open[:len(p.open)-1]
		if g.clauses > 0 && len(p.out.All) > g.clauses {
			p.closed = g.pos + 1
		}
	}
}

// add puts a term into the clause it belongs to.
func (p *searchParser) add(t SearchTerm, pos int, not bool) error {
	if p.terms++; p.terms > MaxSearchTerms {
		return p.fail(SearchTooMany, pos)
	}
	p.closed = 0
	if not && p.negate == 0 {
		p.negate = pos + 1
	}
	if n := len(p.out.All); p.or > 0 {
		if not {
			return p.fail(SearchOrNot, pos)
		}
		p.or = 0
		if c := &p.out.All[n-1]; !slices.Contains(c.Any, t) {
			c.Any = append(c.Any, t)
		}
	} else {
		p.out.All = append(p.out.All, SearchClause{Any: []SearchTerm{t}, Not: not})
	}
	for i := range p.open {
		g := &p.open[i]
		if g.clauses == 0 {
			g.clauses = len(p.out.All)
		} else if g.or && len(p.out.All) > g.clauses {
			return p.fail(SearchGroup, g.pos)
		}
	}
	return nil
}

// finish looks at the whole and drops what is said twice.
func (p *searchParser) finish() (Search, error) {
	if p.or > 0 {
		return Search{}, p.fail(SearchOr, p.or-1)
	}
	var out Search
	positive := false
	for _, c := range p.out.All {
		positive = positive || !c.Not
		if !slices.ContainsFunc(out.All, c.equal) {
			out.All = append(out.All, c)
		}
	}
	switch {
	case len(out.All) == 0 && slices.ContainsFunc(p.text, func(r rune) bool { return !unicode.IsSpace(r) }):
		return Search{}, p.fail(SearchNoWord, 0)
	case len(out.All) > 0 && !positive:
		return Search{}, p.fail(SearchOnlyNot, p.negate-1)
	}
	return out, nil
}

func (c SearchClause) equal(d SearchClause) bool { return c.Not == d.Not && slices.Equal(c.Any, d.Any) }

// searchText brings the text of a term into its canonical form; it is "" if
// there is no letter and no digit in it.
func searchText(word []rune) string {
	text := strings.Map(func(r rune) rune {
		switch {
		case isQuote(r), r == '*', r == '\uFFFD':
			return ' '
		case unicode.Is(unicode.Cf, r):
			return -1
		}
		return unicode.ToLower(r)
	}, string(word))
	text = strings.TrimFunc(text, func(r rune) bool { return !isWord(r) && !unicode.Is(unicode.Mn, r) })
	text = strings.TrimLeftFunc(text, func(r rune) bool { return !isWord(r) })
	return strings.Join(strings.Fields(text), " ")
}

// IsZero tells whether a search asks for nothing in particular.
func (s Search) IsZero() bool { return len(s.All) == 0 }

// String returns the canonical form, which [ParseSearch] reads as the same
// search: lower case, single spaces, straight quotation marks, OR. It is "" for
// the zero Search.
func (s Search) String() string {
	var b strings.Builder
	for i, c := range s.All {
		if i > 0 {
			b.WriteByte(' ')
		}
		if c.Not {
			b.WriteByte('-')
		}
		for j, t := range c.Any {
			if j > 0 {
				b.WriteString(" OR ")
			}
			b.WriteString(t.String())
		}
	}
	return b.String()
}

// String returns the term as it is typed.
func (t SearchTerm) String() string {
	switch {
	case t.Prefix:
		return t.Text + "*"
	case strings.ContainsRune(t.Text, ' ') || strings.ContainsAny(t.Text, "()"):
		return `"` + t.Text + `"`
	}
	return t.Text
}
