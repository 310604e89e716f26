package classify

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// RuleError is one thing wrong with a rule of a [Config].
type RuleError struct {
	Key  string // where, as the configuration file counts: "topic[0].any[2]", "region[1].places[0]"
	Msg  string // what is wrong
	Hint string // what to write instead, or ""
}

// Error returns the error on one line.
func (e *RuleError) Error() string {
	if e.Hint == "" {
		return e.Key + ": " + e.Msg
	}
	return e.Key + ": " + e.Msg + " (" + e.Hint + ")"
}

// RuleErrors is everything wrong with the rules of a [Config].
type RuleErrors []*RuleError

// Error returns all errors, one a line.
func (es RuleErrors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// wrong notes an error in a rule of the configuration.
func (c *Classifier) wrong(hint, key, format string, args ...any) {
	c.faults = append(c.faults, &RuleError{key, fmt.Sprintf(format, args...), hint})
}

// maxPattern is the longest pattern in bytes: longer ones are no words.
const maxPattern = 200

// maxForms is how many forms the braces of a pattern or name may stand for.
const maxForms = 200

// formsOf returns how many forms [expand] makes of a text, or a number above
// maxForms.
func formsOf(text string) int {
	n, alternatives := 1, 0
	for _, r := range text {
		switch {
		case r == '{' && alternatives == 0:
			alternatives = 1
		case r == ',' && alternatives > 0:
			alternatives++
		case r == '}' && alternatives > 0:
			n, alternatives = min(n*alternatives, maxForms+1), 0
		}
	}
	return n
}

// patternHint shows what patterns there are.
const patternHint = `write "Verwaltung", "Glasfaser*", "Digitaler Zwilling" or '"in genau diesen Formen"'`

// compile reads a pattern; each way to write it that braces stand for becomes
// one. The message says why it cannot be read.
func (c *Classifier) compile(text string) (ps []ownPattern, msg string) {
	switch {
	case len(text) > maxPattern:
		return nil, fmt.Sprintf("the pattern is longer than %d bytes", maxPattern)
	case formsOf(text) > maxForms:
		return nil, fmt.Sprintf("%q stands for more than %d forms", text, maxForms)
	case strings.Count(text, "{") != strings.Count(text, "}"):
		return nil, fmt.Sprintf("%q has a brace that is not closed", text)
	}
	for _, form := range expand(text) {
		p, msg := c.compileForm(form)
		if msg != "" {
			return nil, msg
		}
		ps = append(ps, p)
	}
	return ps, ""
}

func (c *Classifier) compileForm(text string) (p ownPattern, msg string) {
	match, body := matchForms, strings.TrimSpace(text)
	if exact, ok := strings.CutPrefix(body, "="); ok {
		match, body = matchExact, exact
	}
	if strings.ContainsRune(body, '"') {
		inner, ok := quotedText(body)
		if !ok {
			return p, fmt.Sprintf("%q has a quote that does not enclose the whole pattern", text)
		}
		match, body = max(match, matchWord), inner
	}
	for part := range strings.FieldsSeq(body) {
		words, msg := c.compilePart(part, match)
		if msg != "" {
			return p, msg
		}
		p.words = append(p.words, words...)
	}
	if len(p.words) == 0 {
		return p, fmt.Sprintf("%q holds no word and can never occur", text)
	}
	for i := range p.words {
		if w := &p.words[i]; w.match == matchForms {
			first, _ := utf8.DecodeRune(w.text)
			w.text = appendFold(nil, string(w.text))
			w.bases = basesOf(string(w.text), unicode.IsLower(first) || i < len(p.words)-1)
		}
	}
	return p, ""
}

// quotedText returns what stands between two quotes.
func quotedText(s string) (string, bool) {
	inner, ok := strings.CutPrefix(s, `"`)
	if ok {
		inner, ok = strings.CutSuffix(inner, `"`)
	}
	return inner, ok && !strings.ContainsRune(inner, '"')
}

// compilePart reads what stands between two blanks: a word, or several that
// hyphens part. A star belongs to the first or last of them.
func (c *Classifier) compilePart(part string, match wordMatch) (words []ownWord, msg string) {
	body, head := strings.CutSuffix(part, "*")
	body, tail := strings.CutPrefix(body, "*")
	if strings.ContainsRune(body, '*') {
		return nil, fmt.Sprintf("%q has a star inside; stars stand at the beginning or the end of a word", part)
	}
	tokens := c.lexicon.tokenize(body, nil)
	for i, t := range tokens {
		w := ownWord{match: match, text: []byte(body[t.start:t.end])}
		if match == matchForms && capitalsInside(string(w.text)) {
			w.match = matchExact
		}
		switch first, last := tail && i == 0, head && i == len(tokens)-1; {
		case first && last:
			w.match = matchPart
		case first:
			w.match = matchTail
		case last:
			w.match = matchHead
		}
		if w.match > matchForms && w.match != matchExact {
			w.text = appendFold(nil, string(w.text))
		}
		if w.match >= matchHead && len(w.text) < 2 {
			return nil, fmt.Sprintf("%q has one letter beside the star, which nearly every text holds", part)
		}
		words = append(words, w)
	}
	if len(tokens) == 0 && (head || tail) {
		return nil, fmt.Sprintf("%q is a star without a word", part)
	}
	return words, ""
}

// capitalsInside tells whether a word has a capital after its first letter, as
// acronyms have.
func capitalsInside(word string) bool {
	_, n := utf8.DecodeRuneInString(word)
	return strings.ContainsFunc(word[n:], unicode.IsUpper)
}

// covers tells whether q occurs in every text in which p does.
func (q *ownPattern) covers(p *ownPattern) bool {
	for i := 0; i+len(q.words) <= len(p.words); i++ {
		all := true
		for k := range q.words {
			all = all && q.words[k].covers(&p.words[i+k])
		}
		if all {
			return true
		}
	}
	return false
}

// covers tells whether w fits every word that v fits.
func (w *ownWord) covers(v *ownWord) bool {
	switch v.match {
	case matchExact:
		return w.fits(string(v.text), appendFold(nil, string(v.text)))
	case matchWord:
		return w.match != matchExact && w.fits("", v.text)
	case matchForms:
		base := slices.MinFunc(v.bases, func(a, b []byte) int { return len(a) - len(b) })
		return w.match != matchExact && !slices.ContainsFunc(endings[:], func(ending string) bool {
			return !w.fits("", append(slices.Clone(base), ending...))
		})
	case matchHead:
		return (w.match == matchHead || w.match == matchPart) && w.fits("", v.text)
	case matchTail:
		return (w.match == matchTail || w.match == matchPart) && w.fits("", v.text)
	}
	return w.match == matchPart && w.fits("", v.text)
}

// addTopics takes in the topics of the configuration. The built-in patterns of
// those they replace are left out of ps.
func (c *Classifier) addTopics(ps []pattern, own []Topic) []pattern {
	for i, t := range own {
		ref := int32(slices.Index(c.topics, t.Slug))
		if ref >= 0 {
			ps = slices.DeleteFunc(ps, func(p pattern) bool { return p.ref == ref })
		} else {
			ref = int32(len(c.topics))
			c.topics = append(c.topics, t.Slug)
		}
		c.addTopic(t, ref, fmt.Sprintf("topic[%d]", i))
	}
	return ps
}

func (c *Classifier) addTopic(t Topic, ref int32, key string) {
	if t.Slug == "" {
		c.wrong("", key+".slug", "the topic has no slug")
		return
	}
	if len(t.Any)+len(t.All) == 0 {
		c.wrong("a topic has any = [...], all = [...] or both", key, "topic %q can never match: it has no patterns that speak for it", t.Slug)
		return
	}
	if slices.ContainsFunc(c.own.topics, func(o ownTopic) bool { return o.topic == ref }) {
		c.wrong("", key+".slug", "there is another topic %q", t.Slug)
		return
	}
	of := len(c.own.topics)
	c.own.topics = append(c.own.topics, ownTopic{topic: ref, any: len(t.Any) > 0, all: len(t.All)})
	before := len(c.faults)
	any, all := c.patterns(t.Any, key+".any"), c.patterns(t.All, key+".all")
	none := c.patterns(t.None, key+".none")
	if len(c.faults) > before {
		return
	}
	c.checkReach(t, any, all, none, key)
	for _, ps := range any {
		c.own.index(ps, ownRef{role: roleAny, of: of})
	}
	for cond, ps := range all {
		c.own.index(ps, ownRef{role: roleAll, of: of, cond: cond})
	}
	for _, ps := range none {
		c.own.index(ps, ownRef{role: roleNone, of: of})
	}
}

// patterns compiles a list.
func (c *Classifier) patterns(list []string, key string) (out [][]ownPattern) {
	for i, text := range list {
		ps, msg := c.compile(text)
		if msg != "" {
			c.wrong(patternHint, fmt.Sprintf("%s[%d]", key, i), "%s", msg)
		}
		out = append(out, ps)
	}
	return out
}

// checkReach refuses a topic that none excludes wherever it could be given.
func (c *Classifier) checkReach(t Topic, any, all, none [][]ownPattern, key string) {
	by := func(ps []ownPattern) int {
		return slices.IndexFunc(none, func(qs []ownPattern) bool {
			for i := range ps {
				if !slices.ContainsFunc(qs, func(q ownPattern) bool { return q.covers(&ps[i]) }) {
					return false
				}
			}
			return true
		})
	}
	for i, ps := range all {
		if n := by(ps); n >= 0 {
			c.wrong("", fmt.Sprintf("%s.none[%d]", key, n), "topic %q can never match: every text with %q, which all asks for, holds %q too", t.Slug, t.All[i], t.None[n])
			return
		}
	}
	last := -1
	for _, ps := range any {
		n := by(ps)
		if n < 0 {
			return
		}
		last = n
	}
	if last >= 0 {
		c.wrong("", fmt.Sprintf("%s.none[%d]", key, last), "topic %q can never match: none excludes every text that any would find", t.Slug)
	}
}
