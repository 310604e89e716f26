package parse

import (
	"bytes"
	"fmt"
	"strings"

	"laenderfeed/aggregator"
)

// Detection is what somebody sees who looks at an address for the first time.
type Detection struct {
	Feeds     []FeedLink           // that a page announces, the best first
	Selectors aggregator.Selectors // with which [Parse] reads Document again; Item is "" where none can
	Document  *aggregator.Document // the feed or the list; nil when there is none
	Certainty float64              // that Document is the list of the page: 0 for none, 1 for a feed or selectors that match
	Seen      string               // what Certainty rests on, a line for people
}

// Detect tells what a body is: a feed (Document is the feed), a page with a list
// of news (Document has its items, Selectors find them again), a page that
// announces feeds, or nothing of the kind: then all is empty. A list that says
// that it has no entries is a Document without items. Selectors in opt are tried
// first; if they match nothing the list is looked for without them. The Kind in
// opt does not count. The error is that of [Parse], but never of ClassSelector,
// and of ClassNotAFeed only for an empty body or one that is not HTML.
func Detect(body []byte, opt Options) (d *Detection, err error) {
	defer func() {
		if r := recover(); r != nil {
			d, err = nil, failure(aggregator.ClassParse, "reading document: %v", r)
		}
	}()
	opt.Kind = aggregator.KindFeed
	doc, err := Parse(body, opt)
	if err == nil {
		return &Detection{Document: doc, Certainty: 1, Seen: fmt.Sprintf("%s feed with %d items", doc.Kind, len(doc.Items))}, nil
	}
	r := newReader(opt)
	text := r.decode(body)
	if aggregator.ClassOf(err) != aggregator.ClassNotAFeed || !isMarkup(text) {
		return nil, err
	}
	d = &Detection{Feeds: r.discover(text)}
	opt.Kind = aggregator.KindHTML
	if opt.Selectors.Item != "" {
		if d.Document, err = Parse(body, opt); err == nil {
			d.Selectors, d.Certainty, d.Seen = opt.Selectors, 1, fmt.Sprintf("%d entries match %q", len(d.Document.Items), opt.Selectors.Item)
			return d, nil
		} else if aggregator.ClassOf(err) != aggregator.ClassSelector {
			return nil, err
		}
	}
	if err := r.look(d, text); err != nil {
		return nil, err
	}
	return d, nil
}

// isMarkup tells whether a text has a tag in it at all and is no PDF file.
func isMarkup(text []byte) bool {
	return !bytes.HasPrefix(text, []byte("%PDF")) && bytes.IndexByte(text, '<') >= 0 && hasTag(string(text[:min(len(text), 1<<20)]))
}

// look finds the list of a page and selectors for it.
func (r *reader) look(d *Detection, text []byte) error {
	r.opt.Kind, r.opt.Selectors = aggregator.KindHTML, aggregator.Selectors{}
	p, err := r.open(text)
	if err != nil {
		return err
	}
	found, runs := p.detect()
	entries := p.entries(runs)
	switch {
	case len(entries) > 0:
		d.Document = p.document(entries)
		d.Document.Repaired = r.repaired()
		d.Selectors = p.propose(found, runs, d.Document)
		d.Certainty = found.certainty(d.Document)
		d.Seen = found.seen(d.Document)
	case p.empty(runs):
		d.Document = p.document(nil)
		d.Document.Repaired = r.repaired()
		d.Seen = "page that says it has no entries"
	}
	return nil
}

// certainty estimates how likely a list is the one a person would name: dates,
// teasers, number, and no other list that is nearly as good.
func (l *list) certainty(doc *aggregator.Document) float64 {
	dated, teasers := filled(doc)
	c := 0.35 + 0.35*float64(dated)/float64(len(doc.Items))
	if l.n >= 5 {
		c += 0.1
	}
	if 2*teasers > len(doc.Items) {
		c += 0.1
	}
	if isNewsHeading(heading(l.frames[0])) {
		c += 0.1
	}
	return min(c, 1) * (1 - 0.5*min(1, l.rival/l.score))
}

// seen says what a list is by its look.
func (l *list) seen(doc *aggregator.Document) string {
	dated, _ := filled(doc)
	var b strings.Builder
	fmt.Fprintf(&b, "%d entries in %s, %d of them with a date", len(doc.Items), describe(l.frames[0]), dated)
	if len(l.frames) > 1 {
		fmt.Fprintf(&b, ", in %d parts", len(l.frames))
	}
	if text := heading(l.frames[0]); text != "" {
		fmt.Fprintf(&b, ", under %q", cutText(text, 100))
	}
	if l.rival > l.score/2 {
		b.WriteString("; another list on the page is nearly as likely")
	}
	return b.String()
}

// filled counts the items with a date, and those with a teaser.
func filled(doc *aggregator.Document) (dated, teasers int) {
	for i := range doc.Items {
		if !doc.Items[i].Published.IsZero() {
			dated++
		}
		if doc.Items[i].Summary != "" {
			teasers++
		}
	}
	return dated, teasers
}
