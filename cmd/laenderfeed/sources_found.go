package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"laenderfeed/aggregator"
	"laenderfeed/aggregator/parse"
	"laenderfeed/config"
)

// foundAddress is what is at a URL that is no source.
type foundAddress struct {
	URL    string           `json:"url"`
	Class  aggregator.Class `json:"class"`
	Error  string           `json:"error"`
	Format string           `json:"format"` // of what was read: rss, atom, rdf, json, html; "" for a page without a list
	Title  string           `json:"title"`
	Items  int              `json:"items"`
	Newest []foundItem      `json:"newest"` // up to five
	Feeds  []foundFeed      `json:"feeds"`  // that the page announces
	Source string           `json:"source"` // a [[source]] for it, TOML; "" when there is nothing
}

type foundItem struct {
	Date  string `json:"date"` // RFC 3339, or ""
	Title string `json:"title"`
	Link  string `json:"link"`
}

type foundFeed struct {
	URL   string `json:"url"`
	Title string `json:"title"`
	Type  string `json:"type"`
}

// finder reads the answers of sources as a poll does, and looks at what other
// addresses have.
type finder struct {
	app    *app
	mu     sync.Mutex
	seen   map[string]*finding // by URL asked
	drafts []string            // ids given away
}

// finding is what a page or feed was found to be.
type finding struct {
	parse.Detection
	at string // its URL, for good
}

// read is a [readFunc].
func (f *finder) read(resp *aggregator.Response, src *aggregator.Source) (*aggregator.Document, error) {
	now := time.Now()
	if src.ID != src.URL {
		doc, err := parseResponse(resp, src)
		if err == nil || aggregator.ClassOf(err) != aggregator.ClassSelector {
			return doc, err
		}
		opt := parseOptions(resp, src, now)
		opt.Kind = aggregator.KindFeed
		if feed, ferr := parse.Parse(resp.Body, opt); ferr == nil {
			return nil, &aggregator.Error{Class: aggregator.ClassSelector, Err: fmt.Errorf("this is no page but a feed (%s): write kind = \"feed\"", feed.Kind)}
		}
		return doc, err
	}
	d, err := parse.Detect(resp.Body, parseOptions(resp, src, now))
	if err != nil {
		return nil, err
	}
	found := &finding{Detection: *d, at: src.URL}
	if at, _, _ := strings.Cut(resp.Permanent, "#"); config.CheckURL(at) == nil {
		found.at = at
	}
	found.Feeds = slices.DeleteFunc(found.Feeds, func(l parse.FeedLink) bool { return config.CheckURL(l.URL) != nil })
	f.mu.Lock()
	f.seen[src.ID] = found
	f.mu.Unlock()
	if d.Document == nil {
		return nil, &aggregator.Error{Class: aggregator.ClassNotAFeed, Err: errors.New("no feed, and no list of links was found on the page")}
	}
	return d.Document, nil
}

// found reports on one address.
func (f *finder) found(p *probe) foundAddress {
	out := foundAddress{URL: p.before.URL, Newest: []foundItem{}, Feeds: []foundFeed{}}
	d := f.seen[p.before.ID]
	if err := p.outcome.Err; err != nil && (d == nil || len(d.Feeds) == 0) {
		out.Class, out.Error = aggregator.ClassOf(err), causeOf(err)
		return out
	}
	for _, l := range d.Feeds {
		out.Feeds = append(out.Feeds, foundFeed{URL: l.URL, Title: oneLine(l.Title), Type: l.Type})
	}
	if doc := d.Document; doc != nil {
		out.Format, out.Title, out.Items = doc.Kind, oneLine(doc.Title), len(doc.Items)
		items := slices.Clone(doc.Items)
		slices.SortStableFunc(items, func(a, b aggregator.Item) int { return b.Published.Compare(a.Published) })
		for i := range items[:min(len(items), 5)] {
			out.Newest = append(out.Newest, foundItem{rfc3339(items[i].Published), oneLine(items[i].Title), items[i].Link})
		}
	}
	s := f.draft(d)
	f.drafts = append(f.drafts, s.ID)
	out.Source = config.FormatSource(&s)
	return out
}

// draft makes a [[source]] of what was found: the feed, the feed that the page
// announces, or the list on the page.
func (f *finder) draft(d *finding) aggregator.Source {
	taken := func(id string) bool {
		return slices.Contains(f.drafts, id) || slices.ContainsFunc(f.app.cfg.Sources, func(s aggregator.Source) bool { return s.ID == id })
	}
	today := time.Now().Format(time.DateOnly)
	title := ""
	if d.Document != nil {
		title = d.Document.Title
	}
	if len(d.Feeds) > 0 {
		if d.Feeds[0].Title != "" {
			title = d.Feeds[0].Title
		}
		s := config.Draft(title, d.Feeds[0].URL, taken)
		s.Evidence = "auf der Seite des Herausgebers angekündigt (" + today + "), ungeprüft"
		return s
	}
	s := config.Draft(title, d.at, taken)
	s.Evidence = "gesehen " + today
	if d.Document.Kind == "html" {
		s.Kind, s.Selectors = aggregator.KindHTML, d.Selectors
	}
	return s
}

// print writes what was found as comments and the [[source]]: valid TOML.
func (f *foundAddress) print(out io.Writer) {
	fmt.Fprintf(out, "# %s\n", oneLine(f.URL))
	switch f.Format {
	case "":
		fmt.Fprintln(out, "# a page, and no list of links was found on it")
	case "html":
		fmt.Fprintf(out, "# a page, %q, with a list of %d items\n", f.Title, f.Items)
	default:
		fmt.Fprintf(out, "# a feed (%s), %q, of %d items\n", f.Format, f.Title, f.Items)
	}
	for _, it := range f.Newest {
		fmt.Fprintf(out, "#   %-16s  %s\n", cmp.Or(itemDate(it.Date, nil), "no date"), it.Title)
	}
	if len(f.Feeds) > 0 {
		fmt.Fprintln(out, "# The page announces feeds; this is the first, and it has not been asked. Check it, too:")
	}
	for _, l := range f.Feeds {
		fmt.Fprintf(out, "#   %s  %s\n", oneLine(l.URL), l.Title)
	}
	fmt.Fprintln(out, "# Region and type are guesses.")
	fmt.Fprint(out, f.Source)
}

// oneLine makes a text fit for a comment, whatever a publisher wrote.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return ' '
		}
		return r
	}, s)
	if r := []rune(strings.Join(strings.Fields(s), " ")); len(r) > 200 {
		return string(r[:200]) + "…"
	}
	return strings.Join(strings.Fields(s), " ")
}
