package parse

import (
	"bytes"
	"errors"

	"laenderfeed/aggregator"
)

// Detection is what somebody sees who looks at an address for the first time.
type Detection struct {
	Feeds     []FeedLink           // that a page announces, the best first
	Selectors aggregator.Selectors // with which [Parse] reads Document again; Item is "" where none can
	Document  *aggregator.Document // the feed or the list; nil when there is none
}

// Detect tells what a body is: a feed (Document is the feed), a page with a list
// of news (Document has its items, Selectors find them again), a page that
// announces feeds, or nothing of the kind: then all is empty. Selectors in opt are tried
// first; if they match nothing the list is looked for without them. The Kind in
// opt does not count. The error is that of [Parse], but never of ClassNotAFeed
// or ClassSelector unless the body is empty.
func Detect(body []byte, opt Options) (*Detection, error) {
	opt.Kind = aggregator.KindFeed
	doc, err := Parse(body, opt)
	if err == nil {
		return &Detection{Document: doc}, nil
	}
	r := newReader(opt)
	text := r.decode(body)
	if aggregator.ClassOf(err) != aggregator.ClassNotAFeed || len(bytes.TrimSpace(text)) == 0 {
		return nil, err
	}
	d := &Detection{Feeds: r.discover(text)}
	opt.Kind = aggregator.KindHTML
	doc, err = Parse(body, opt)
	if aggregator.ClassOf(err) == aggregator.ClassSelector && opt.Selectors.Item != "" {
		opt.Selectors = aggregator.Selectors{}
		doc, err = Parse(body, opt)
	}
	var known *aggregator.Error
	if errors.As(err, &known) && known.Class != aggregator.ClassSelector {
		return nil, err
	}
	d.Document, d.Selectors = doc, opt.Selectors
	return d, nil
}
