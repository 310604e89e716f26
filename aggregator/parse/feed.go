package parse

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/mmcdole/gofeed/atom"
	"github.com/mmcdole/gofeed/rss"

	"laenderfeed/aggregator"
)

// feed reads RSS, RDF, Atom or JSON Feed from valid UTF-8.
func (r *reader) feed(text []byte) (*aggregator.Document, error) {
	if trimmed := bytes.TrimLeft(text, " \t\r\n\x00\ufeff"); len(trimmed) > 0 && trimmed[0] == '{' {
		return r.json(trimmed)
	}
	start, err := r.findRoot(text)
	if err != nil {
		return nil, err
	}
	s := &scanner{r: r, src: text, pos: start.pos, kind: start.kind, wrap: start.wrap,
		native: map[string]bool{"rss": true, "rdf": true, "atom": start.kind == "atom"}}
	xml, err := s.scan()
	if err != nil {
		return nil, err
	}
	s.mark(xml)
	if s.kind == "atom" {
		return r.atom(s, xml)
	}
	return r.rss(s, xml)
}

// beginning is where a feed starts in its document and what it is.
type beginning struct {
	pos  int
	kind string // "rss", "rdf", "atom"
	wrap string // an element the root lacks
}

// findRoot looks for the root element, past junk such as a server's warnings.
// A page of HTML is no feed, whatever is in it.
func (r *reader) findRoot(text []byte) (beginning, error) {
	s := &scanner{src: text}
	for {
		i := bytes.IndexByte(text[s.pos:], '<')
		if i < 0 {
			return beginning{}, r.noFeed(text, "no feed element")
		}
		if len(bytes.TrimSpace(text[s.pos:s.pos+i])) > 0 {
			r.mend("junk")
		}
		s.pos += i
		switch rest := text[s.pos:]; {
		case bytes.HasPrefix(rest, []byte("<!--")):
			s.pos = s.after("-->", noComment)
		case bytes.HasPrefix(rest, []byte("<?")):
			s.pos = s.after("?>", noComment)
		case bytes.HasPrefix(rest, []byte("<!")):
			end := s.directive()
			if bytes.Contains(text[s.pos:end], []byte("<!ENTITY")) {
				r.mend("doctype")
			}
			s.pos = end
		default:
			found, err := r.rootAt(text, s.pos)
			if found.kind != "" || err != nil {
				return found, err
			}
			s.pos++
		}
	}
}

// rootAt looks at the tag at text[pos]. The zero beginning is junk.
func (r *reader) rootAt(text []byte, pos int) (beginning, error) {
	end := nameEnd(text, pos+1)
	switch name := strings.ToLower(string(local(text[pos+1 : end]))); name {
	case "rss":
		return beginning{pos: pos, kind: "rss"}, nil
	case "rdf":
		return beginning{pos: pos, kind: "rdf"}, nil
	case "feed":
		return beginning{pos: pos, kind: "atom"}, nil
	case "channel", "item":
		r.mend("junk")
		return beginning{pos: pos, kind: "rss", wrap: "rss"}, nil
	case "entry":
		r.mend("junk")
		return beginning{pos: pos, kind: "atom", wrap: "feed"}, nil
	case "", "br", "b", "i", "p", "em", "strong", "font", "pre", "div", "span", "hr", "a", "xml",
		"table", "tbody", "thead", "tr", "th", "td", "ul", "li", "small", "u", "tt", "code", "h1", "h2", "h3":
		r.mend("junk")
		return beginning{}, nil
	case "html", "head", "body", "script", "meta", "title", "noscript":
		return beginning{}, r.noFeed(text, "an HTML page")
	default:
		return beginning{}, r.noFeed(text, fmt.Sprintf("an element %.40q", name))
	}
}

// noFeed is the error for a document that is something else. A page that asks
// for a sign of humanity is told apart, and the feed a page announces is named.
func (r *reader) noFeed(text []byte, what string) error {
	if isChallenge(bytes.ToLower(text[:min(len(text), 16<<10)])) {
		return failure(aggregator.ClassChallenge, "reading document: a bot wall instead of a feed")
	}
	if feeds := r.discover(text); len(feeds) > 0 {
		return &aggregator.Error{Class: aggregator.ClassNotAFeed, Feed: feeds[0].URL,
			Err: fmt.Errorf("reading document: %s instead of a feed; it announces %s", what, feeds[0].URL)}
	}
	return failure(aggregator.ClassNotAFeed, "reading document: %s instead of a feed", what)
}

// isChallenge recognises the pages of the usual bot walls. Words that ordinary
// pages have too, for a form or a statistic, do not count.
func isChallenge(page []byte) bool {
	for _, mark := range []string{"cf_chl_opt", "cf-chl-", "_incapsula_resource", "<title>just a moment", "<title>attention required",
		"<title>captcha", "enable javascript and cookies to continue", "checking your browser before", "ddos-guard.net", "/.within.website/x/cmd/anubis",
		"<title>making sure you", "<title>sicherheitsabfrage", "<title>sicherheitsprüfung"} {
		if bytes.Contains(page, []byte(mark)) {
			return true
		}
	}
	return false
}

// guarded runs one of gofeed's parsers.
func guarded[T any](parse func() (T, error)) (feed T, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("parser panicked: %v", r)
		}
	}()
	return parse()
}

func parseRSS(xml []byte) (*rss.Feed, error) {
	return guarded(func() (*rss.Feed, error) { return (&rss.Parser{}).Parse(bytes.NewReader(xml)) })
}

func parseAtom(xml []byte) (*atom.Feed, error) {
	return guarded(func() (*atom.Feed, error) { return (&atom.Parser{}).Parse(bytes.NewReader(xml)) })
}

// readItems reads a feed of type F such that its items are those the scanner
// has seen, one to one; restore gives them the texts that gofeed was not given. If
// gofeed fails on the whole, or sees other items, it reads each as a document of its
// own; those that still fail are nil. So are those that are known, see [skim].
func readItems[F, I any](s *scanner, xml []byte, parse func([]byte) (*F, error), items func(*F) *[]*I, restore func([]*I) bool) (*F, error) {
	var f *F
	var cause error
	for _, brief := range [...]bool{true, false} {
		text, omits := s.abridged(xml, brief)
		if f, cause = parse(text); cause != nil || len(*items(f)) != len(s.items)-len(s.r.skim.known) {
			break
		}
		*items(f) = spread(s, *items(f))
		if !omits || restore(*items(f)) {
			return f, nil
		}
	}
	if len(s.r.skim.known) > 0 {
		return nil, errDoubt
	}
	s.r.skim.whole = true
	if cause != nil {
		var err error
		if f, err = parse(s.bare(xml)); err != nil {
			if len(s.items) == 0 {
				return nil, cause
			}
			f = new(F)
		}
		s.mend("salvaged")
	}
	list := make([]*I, len(s.items))
	for i := range s.items {
		one, err := parse(s.alone(xml, i))
		if err != nil || len(*items(one)) == 0 {
			s.mend("salvaged")
			continue
		}
		list[i] = (*items(one))[0]
	}
	*items(f) = list
	return f, nil
}

// bare returns the document without its items, and alone the n-th item as a
// document of its own. They serve when gofeed cannot read the whole.
func (s *scanner) bare(xml []byte) []byte {
	if len(s.items) == 0 {
		return xml
	}
	first := s.items[0]
	return slices.Concat(xml[:first.start], s.around[min(first.depth, 3)].close)
}

func (s *scanner) alone(xml []byte, n int) []byte {
	f := s.items[n]
	around := s.around[min(f.depth, 3)]
	return slices.Concat(around.open, xml[f.start:f.end], around.close)
}

// raw returns the inner XML of a child of an item.
func (c *span) raw(xml []byte) []byte {
	if c.end <= c.start || c.end > len(xml) {
		return nil
	}
	return xml[c.start:c.end]
}

// child returns the first child of an item by its name.
func (f *found) child(names ...string) *span {
	for _, name := range names {
		for i := range f.children {
			if f.children[i].name == name {
				return &f.children[i]
			}
		}
	}
	return nil
}

// last returns the last child of that name; a correction stands below what it
// corrects.
func (f *found) last(name string) (c *span) {
	for i := range f.children {
		if f.children[i].name == name {
			c = &f.children[i]
		}
	}
	return c
}

// startsWith tells whether both children are there and a comes first.
func (f *found) startsWith(a, b string) bool {
	first, second := f.child(a), f.child(b)
	return first != nil && second != nil && first.start < second.start
}

// characters returns the text of inner XML: CDATA sections unwrapped, references
// resolved, tags left as they are.
func characters(inner []byte) string {
	inner = bytes.TrimSpace(inner)
	if section, ok := bytes.CutPrefix(inner, []byte("<![CDATA[")); ok {
		if n := bytes.Index(section, []byte("]]>")); n >= 0 && n == len(section)-len("]]>") {
			return string(section[:n])
		}
	}
	text := string(inner)
	if !strings.Contains(text, "<![CDATA[") {
		return unescape(text)
	}
	var b strings.Builder
	for text != "" {
		before, rest, ok := strings.Cut(text, "<![CDATA[")
		b.WriteString(unescape(before))
		if !ok {
			break
		}
		section, after, _ := strings.Cut(rest, "]]>")
		b.WriteString(section)
		text = after
	}
	return b.String()
}
