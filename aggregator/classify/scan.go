package classify

import (
	"net/url"
	"slices"
	"sort"
	"strings"

	"laenderfeed/aggregator"
)

// fieldScan is one field of an item with its words and what the word lists
// say about them.
type fieldScan struct {
	name   aggregator.Field
	text   string
	tokens []token
	sent   []uint16 // token -> number of its sentence
	events []uint16 // numbers of the sentences that report an event at a venue
	adopts []uint16 // numbers of the sentences about who uses something
	chairs []uint16 // numbers of the sentences about who takes the chair
	users  []uint16 // numbers of the sentences about customers
	ranks  []uint16 // numbers of the sentences with a ranking
	former []uint16 // numbers of the sentences about somebody's career
	makers []uint16 // numbers of the sentences about who developed something
	seats  []int32  // indexes of the places that are the seat of a body named here
	hits   []hit    // scopes and topics
	cut    int      // where boilerplate begins
}

// scratch is the memory one classification works in. It is reused: nothing in
// a result points into it.
type scratch struct {
	fields   [5]fieldScan
	raw      []hit
	topics   []topicScore
	given    []topicScore // those that the item is given
	short    []topicScore // the others
	mentions []mention
	near     lands    // what the source speaks for or reports from
	surnames []uint32 // words that are the surname of somebody in this item
	evidence []evidence
	kreise   []string       // of hints
	lands    []int          // of the verdict
	places   []weighedPlace // of the labels
	reasons  []aggregator.Reason
	named    []namedArea // own regions whose name occurs
	ownText  ownText
}

// scanText reads every field of an item.
func (c *Classifier) scanText(s *scratch, t aggregator.Text) {
	categories := ""
	if len(t.Categories) > 0 {
		categories = strings.Join(t.Categories, "\n")
	}
	for i, f := range [...]struct {
		name aggregator.Field
		text string
	}{
		{aggregator.FieldTitle, t.Title}, {aggregator.FieldSummary, t.Summary}, {aggregator.FieldContent, t.Content},
		{aggregator.FieldCategories, categories}, {aggregator.FieldLink, t.Link},
	} {
		s.fields[i].reset(f.name, f.text)
		if f.name != aggregator.FieldLink && f.text != "" {
			c.scanField(s, &s.fields[i])
		}
	}
}

func (f *fieldScan) reset(name aggregator.Field, text string) {
	f.name, f.text, f.cut = name, text, len(text)
	f.tokens, f.sent, f.hits = f.tokens[:0], f.sent[:0], f.hits[:0]
	f.events, f.adopts, f.chairs = f.events[:0], f.adopts[:0], f.chairs[:0]
	f.ranks, f.former, f.users = f.ranks[:0], f.former[:0], f.users[:0]
	f.makers, f.seats = f.makers[:0], f.seats[:0]
}

func (c *Classifier) scanField(s *scratch, f *fieldScan) {
	f.tokens = c.lexicon.tokenize(f.text, f.tokens)
	s.raw = c.matcher.scan(f.text, s.raw[:0])
	if f.name == aggregator.FieldSummary || f.name == aggregator.FieldContent {
		f.cut = boilerplate(f.text, s.raw)
		for len(f.tokens) > 0 && int(f.tokens[len(f.tokens)-1].end) > f.cut {
			f.tokens = f.tokens[:len(f.tokens)-1]
		}
	}
	f.countSentences()
	ends := 0 // the first token that does not end before the hit
	for _, h := range s.raw {
		if int(h.end) > f.cut {
			break // and so do those after it
		}
		for ends < len(f.tokens) && f.tokens[ends].end < h.end {
			ends++
		}
		if h.token = int32(ends); ends == len(f.tokens) || f.tokens[ends].start >= h.end {
			h.token = -1
		}
		f.mark(h)
	}
}

// boilerplate returns where a block of contact data or a portrait of the
// publisher begins: its opener at the beginning of a line or sentence, in the
// second half of a text or before a colon.
func boilerplate(text string, hits []hit) int {
	for _, h := range hits {
		if h.pattern.class != classContact {
			continue
		}
		before := strings.TrimRight(text[:h.start], " ")
		opens := strings.HasPrefix(strings.TrimLeft(text[h.end:], " "), ":")
		begins := before == "" || strings.HasSuffix(before, "\n") || strings.HasSuffix(before, ".")
		if begins && before != "" && (opens || strings.HasPrefix(text[h.end:], "\n")) {
			return int(h.start)
		}
	}
	return len(text)
}

func (f *fieldScan) countSentences() {
	n := uint16(0)
	for i := range f.tokens {
		if i > 0 && f.tokens[i].sep == sepEnd && n < 1<<16-1 {
			n++
		}
		f.sent = append(f.sent, n)
	}
}

// mark writes a hit of the word lists to the token it ends in, and keeps what
// speaks for a scope or topic.
func (f *fieldScan) mark(h hit) {
	const kept = classFederal | classAbroad | classTopic | classNotFederal | classLocal
	if h.pattern.class&kept != 0 {
		f.hits = append(f.hits, h)
		if h.pattern.class&classLocal == 0 && h.pattern.weight < 1 {
			return
		}
	}
	i := h.token
	if i < 0 {
		return
	}
	f.tokens[i].class |= h.pattern.class
	switch h.pattern.class {
	case classEvent:
		f.events = append(f.events, f.sent[i])
	case classUser:
		f.users = append(f.users, f.sent[i])
	case classRank:
		f.ranks = append(f.ranks, f.sent[i])
	case classFormerSentence:
		f.former = append(f.former, f.sent[i])
	case classChair:
		f.chairs = append(f.chairs, f.sent[i])
	case classMaker:
		f.makers = append(f.makers, f.sent[i])
	case classSeatOf:
		const most = 16 // seats remembered for a field
		if len(f.seats) < most && !slices.Contains(f.seats, h.pattern.ref) {
			f.seats = append(f.seats, h.pattern.ref)
		}
	case classAdopter:
		f.adopts = append(f.adopts, f.sent[i])
	}
}

// tokenAt returns the index of the token that holds the byte at offset, or -1.
func (f *fieldScan) tokenAt(offset int) int {
	i := sort.Search(len(f.tokens), func(i int) bool { return int(f.tokens[i].end) > offset })
	if i < len(f.tokens) && int(f.tokens[i].start) <= offset {
		return i
	}
	return -1
}

func contains(list []uint16, n uint16) bool {
	for _, m := range list {
		if m == n {
			return true
		}
	}
	return false
}

func (f *fieldScan) word(i int) string {
	return f.text[f.tokens[i].start:f.tokens[i].end]
}

// hostOf returns the host of a link and its offset in it.
func hostOf(link string) (host string, offset int) {
	u, err := url.Parse(link)
	if err != nil || u.Hostname() == "" {
		return "", 0
	}
	host = u.Hostname()
	return host, strings.Index(link, host)
}
