// Package parse reads what publishers send: the bytes of a feed or of a list
// page become an [aggregator.Document] whose text is clean.
//
// The stages, each in its own file, in the order a body meets them:
//
//	charset.go   bytes -> valid UTF-8
//	scan.go      one pass over the XML: limits, what has to be mended (repair.go, entity.go), and
//	             where the items are (outline.go), and which of them are known (skim.go);
//	             a document without faults is passed on as it is
//	feed.go      gofeed on the mended bytes, abridged (abridge.go); if it gives up, item by item
//	rss.go, atom.go, jsonfeed.go   what each format calls things -> entry
//	rights.go    what a feed and an item say of their rights
//	item.go      entry -> aggregator.Item: identity, limits (text.go, link.go, sanitise.go)
//	page.go      list pages: by CSS selectors (selectors.go, which also tells an empty list from
//	             none), or by what they look like (survey.go what each element holds, runs.go
//	             what may be entries, detect.go which of it is the list); entry.go and
//	             published.go read an entry, visible.go its text
//	discover.go  the feeds that a page announces
//	detection.go what an address is that nobody knows yet, propose.go selectors for its list
//	date.go      every date the sources are known to write
//	deadline.go  the days that a text names as terms and events
//
// The package is pure: no I/O, no clock but [Options].Now, no state. The same
// bytes and options give the same document.
package parse

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	"laenderfeed/aggregator"
)

// Limits of what is kept of a document (POLLING rule 8), in bytes where not
// said otherwise.
const (
	DefaultMaxItems = 2000
	MaxTitle        = 1000
	MaxSummary      = 20_000
	MaxContent      = 500_000
	MaxRights       = 500
	MaxDepth        = 256 // elements inside one another; the tags of others go
	MaxAttributes   = 256 // of one element, the others go; and of a page, twice MaxElements
	MaxElements     = 60_000
	maxRun          = 1 << 20 // of text between two tags; the rest of a longer one goes
)

// Options say where a body came from and how to read it.
type Options struct {
	URL         string          // the final URL, base of relative links; "" leaves those out
	ContentType string          // the HTTP header, for its charset
	Kind        aggregator.Kind // "" is KindFeed
	Selectors   aggregator.Selectors
	Zone        *time.Location // of dates without one; nil is Europe/Berlin
	Now         time.Time      // for relative dates and those in the future; zero does without either
	MaxItems    int            // 0 is DefaultMaxItems
	Full        bool           // keep sanitised content
	Location    string         // the Content-Location header; where it is an address, it is the base instead of URL
	Language    string         // the Content-Language header, for a document that names none
	AsSaid      bool           // leave a title empty that can only be a file, an address or [Untitled]

	// Seen are the Digests of the last document that was read of the same
	// source: items they stand for are counted in Known instead of read. What
	// is read is the same otherwise.
	Seen []aggregator.Digest
	// Version of the program. Another one reads everything anew. Without it
	// there are no digests.
	Version string
}

// Parse reads body. Repaired lists what was mended:
//
//	charset    the encoding was not what the labels say, or bytes were wrong in it
//	junk       something stood before the root, or there was no root
//	doctype    a document type with declarations of its own, or one inside the feed
//	control    characters that XML forbids, or references to them
//	entity     HTML entities, which XML does not know
//	ampersand  "&" that begins no reference
//	markup     "]]>" in text, a CDATA section without an end
//	tag        tags that are not closed, not opened, or none
//	deep       elements nested deeper than MaxDepth; only the text inside is read
//	long       more text in one place than is read
//	truncated  the document was cut off
//	salvaged   items read one by one, because the whole could not be
//	guid       identities missing or repeated
//	link       a missing link made of the guid
//	title      a missing title made of the text
//	date       dates that are none, or lie in the future
//
// A document without items is not an error. The error is an
// [*aggregator.Error] of ClassNotAFeed (with the feed that a page announces, if
// it does), ClassChallenge (HTML or nothing where a feed was expected),
// ClassTooLarge (too many elements), ClassSelector (a list page in which the item
// selector finds nothing, or no list is found; but a list that is empty is a
// document without items) or ClassParse.
func Parse(body []byte, opt Options) (*aggregator.Document, error) {
	doc, sure, err := read(body, opt)
	if !sure {
		opt.Seen = nil
		doc, _, err = read(body, opt)
	}
	return doc, err
}

// read reads a body once. If items were passed over that should not have been,
// it is not sure.
func read(body []byte, opt Options) (doc *aggregator.Document, sure bool, err error) {
	r := newReader(opt)
	// The libraries below have panicked on odd input before: a bad body must
	// never be more than a failed poll.
	defer func() {
		if r := recover(); r != nil {
			doc, sure, err = nil, len(opt.Seen) == 0, failure(aggregator.ClassParse, "reading document: %v", r)
		}
	}()
	text := r.decode(body)
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, true, failure(aggregator.ClassNotAFeed, "reading document: empty body")
	}
	if opt.Kind == aggregator.KindHTML {
		doc, err = r.list(text)
	} else {
		doc, err = r.feed(text)
	}
	if err != nil {
		var known *aggregator.Error
		if !errors.As(err, &known) {
			err = &aggregator.Error{Class: aggregator.ClassParse, Err: err}
		}
		return nil, len(opt.Seen) == 0, err
	}
	doc.Repaired = r.repaired()
	return doc, !r.skim.doubt, nil
}

// failure is an error of a class with a formatted cause.
func failure(class aggregator.Class, format string, args ...any) error {
	return &aggregator.Error{Class: class, Err: fmt.Errorf(format, args...)}
}

// reader carries the options and the record of repairs through the stages.
type reader struct {
	opt   Options
	zone  *time.Location
	base  string // of relative links
	words []string
	skim  skim
}

func newReader(opt Options) *reader {
	if opt.MaxItems <= 0 {
		opt.MaxItems = DefaultMaxItems
	}
	return &reader{opt: opt, zone: zoneOr(opt.Zone), base: baseOf(opt.URL, opt.Location), skim: newSkim(opt)}
}

// mend records that something was repaired. The words are few and fixed, so a
// slice does.
func (r *reader) mend(word string) {
	r.skim.notes++
	if !slices.Contains(r.words, word) {
		r.words = append(r.words, word)
	}
}

func (r *reader) repaired() []string {
	if len(r.words) == 0 {
		return nil
	}
	slices.Sort(r.words)
	return r.words
}
