package parse

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"
	nethtml "golang.org/x/net/html"

	"laenderfeed/aggregator"
)

// page is a list page being read.
type page struct {
	r    *reader
	base string

	title, link, date, summary, item cascadia.Selector // the source's; nil for none

	anchor  cascadia.Selector
	kicker  cascadia.Selector // the small line above a headline, by its usual class names
	machine cascadia.Selector // elements with a date for machines
	dated   cascadia.Selector // elements with a date for people, by their usual class names

	bracketed *regexp.Regexp // the date before a teaser
	more      *regexp.Regexp // the end of a teaser that leads to the article
	inPath    *regexp.Regexp // a date in an address
}

func newPage(r *reader) *page {
	return &page{
		r: r, base: r.base,
		anchor: cascadia.MustCompile("a[href]"),
		kicker: cascadia.MustCompile(`[class*="kicker"],[class*="dachzeile"],[class*="topline"],[class*="overline"],` +
			`[class*="roofline"],[class*="spitzmarke"]`),
		machine:   cascadia.MustCompile("time[datetime],[itemprop=datePublished][content]"),
		dated:     cascadia.MustCompile(`[class*="date" i],[class*="datum" i],[class*="dtstart"]`),
		bracketed: regexp.MustCompile(`\[\s*(\d{1,2}\.\s?\d{1,2}\.\s?\d{2,4})\s*\]\s*`),
		more: regexp.MustCompile(`(?i)\s*[\[(>»]?\s*\b(?:mehr(?: (?:dazu|lesen|erfahren|informationen))?|` +
			`weiter(?:lesen|e informationen)?|read more|zum artikel|details)\s*(?:\.{2,3}|…|>{1,2}|»|›|\]|\))*\s*$`),
		inPath: regexp.MustCompile(`/((?:19|20)\d\d)/(0[1-9]|1[0-2])/(0[1-9]|[12]\d|3[01])(?:/|$)`),
	}
}

// list reads the items of a list page by its selectors, or by what the page
// looks like if there are none.
func (r *reader) list(text []byte) (*aggregator.Document, error) {
	if bytes.Count(text, []byte("<")) > 2*MaxElements {
		return nil, failure(aggregator.ClassTooLarge, "reading page: more than %d elements", MaxElements)
	}
	root, err := nethtml.Parse(bytes.NewReader(text))
	if err != nil {
		return nil, failure(aggregator.ClassTooLarge, "reading page: %w", err)
	}
	p := newPage(r)
	if err := p.compile(r.opt.Selectors); err != nil {
		return nil, err
	}
	doc := goquery.NewDocumentFromNode(root)
	if href, ok := doc.Find("base[href]").First().Attr("href"); ok {
		if u := r.absolute(r.base, href); u != "" {
			p.base = u
		}
	}
	var nodes *goquery.Selection
	if p.item != nil {
		nodes = doc.FindMatcher(p.item)
	} else {
		nodes = p.detect(doc)
	}
	entries := p.entries(nodes)
	if len(entries) == 0 {
		return nil, r.noList(text, nodes.Length())
	}
	out := &aggregator.Document{
		Kind:     "html",
		Title:    pageTitle(doc.Find("head title").First().Text()),
		Link:     r.absolute("", r.opt.URL),
		Language: language(doc.Find("html").AttrOr("lang", "")),
	}
	r.fill(out, entries)
	return out, nil
}

// noList is the error for a page in which nothing was found.
func (r *reader) noList(text []byte, matched int) error {
	if isChallenge(bytes.ToLower(text[:min(len(text), 16<<10)])) {
		return failure(aggregator.ClassChallenge, "reading page: a bot wall instead of a list")
	}
	switch {
	case matched > 0:
		return failure(aggregator.ClassSelector, "reading page: %d elements match %q, none with a title or link", matched, r.opt.Selectors.Item)
	case r.opt.Selectors.Item == "":
		return failure(aggregator.ClassSelector, "reading page: no list of links found; give an item selector")
	}
	return failure(aggregator.ClassSelector, "reading page: nothing matches %q", r.opt.Selectors.Item)
}

// compile reads the selectors.
func (p *page) compile(s aggregator.Selectors) error {
	for _, c := range []struct {
		name, text string
		into       *cascadia.Selector
	}{
		{"item", s.Item, &p.item}, {"title", s.Title, &p.title}, {"link", s.Link, &p.link},
		{"date", s.Date, &p.date}, {"summary", s.Summary, &p.summary},
	} {
		if strings.TrimSpace(c.text) == "" {
			continue
		}
		sel, err := cascadia.Compile(c.text)
		if err != nil {
			return failure(aggregator.ClassSelector, "reading %s selector %q: %w", c.name, c.text, err)
		}
		*c.into = sel
	}
	return nil
}

// CheckSelector tells whether a CSS selector can be read.
func CheckSelector(selector string) error {
	_, err := cascadia.Compile(selector)
	return err
}

// entries reads the items found, as many as are wanted.
func (p *page) entries(nodes *goquery.Selection) (entries []entry) {
	nodes.EachWithBreak(func(n int, s *goquery.Selection) bool {
		if e := p.entry(s); e.title.text != "" || len(e.links) > 0 {
			entries = append(entries, e)
		}
		return len(entries) < p.r.opt.MaxItems && n < 10*p.r.opt.MaxItems
	})
	return entries
}

// within finds what matches inside an item, or the item itself.
func within(s *goquery.Selection, m cascadia.Selector) *goquery.Selection {
	if found := s.FindMatcher(m); found.Length() > 0 {
		return found
	}
	return s.FilterMatcher(m)
}

// entry reads one item.
func (p *page) entry(s *goquery.Selection) entry {
	e := entry{base: p.base}
	link := p.linkOf(s)
	if href := strings.TrimSpace(link.AttrOr("href", "")); href != "" && href[0] != '#' {
		if u := p.r.absolute(p.base, href); u != "" {
			e.links = []string{u}
			e.guid = u
		}
	}
	e.title.kind = literal
	if e.title.text, e.categories = p.headline(s, link); e.title.text == "" && e.links == nil {
		return e
	}
	teaser, dated := p.teaser(s, e.title.text)
	e.summary = markup{text: teaser, kind: literal}
	e.date = p.published(s, dated, e.links)
	e.lang = s.AttrOr("lang", "")
	return e
}

// linkOf returns the link of an item: by the selector, else the first with a
// text.
func (p *page) linkOf(s *goquery.Selection) *goquery.Selection {
	if p.link != nil {
		if found := within(s, p.link); found.Length() > 0 {
			found = found.First()
			if _, ok := found.Attr("href"); !ok {
				found = within(found, p.anchor).First()
			}
			return found
		}
		return s.Slice(0, 0)
	}
	all := within(s, p.anchor)
	best := all.First()
	all.EachWithBreak(func(_ int, a *goquery.Selection) bool {
		if visible(a) != "" && !strings.HasPrefix(a.AttrOr("href", ""), "#") {
			best = a
			return false
		}
		return true
	})
	return best
}

// headline returns the title of an item, "Kicker: Headline" where both are
// given, and a word for its format as category.
func (p *page) headline(s, link *goquery.Selection) (text string, categories []string) {
	var parts []string
	if p.title != nil {
		within(s, p.title).Each(func(_ int, t *goquery.Selection) { parts = join(parts, visible(t)) })
	}
	if len(parts) == 0 {
		parts = join(nil, visible(s.FindMatcher(p.kicker).First()))
		main := strings.TrimLeft(strings.TrimPrefix(visible(link), first(parts...)), ": ")
		if p.isMore(main) || main == "" {
			main = first(visible(s.Find("h1,h2,h3,h4,h5,h6").First()), link.AttrOr("title", ""), link.AttrOr("aria-label", ""),
				link.Find("img[alt]").AttrOr("alt", ""), main)
		}
		parts = join(parts, main)
	}
	if n := len(parts) - 1; n > 0 && isArticleForm(parts[n]) {
		parts, categories = parts[:n], []string{parts[n]}
	}
	return strings.Join(parts, ": "), categories
}

// join appends a part of a headline that is not said yet, without the colon it
// will get.
func join(parts []string, part string) []string {
	part = strings.TrimRight(part, ": ")
	if part == "" {
		return parts
	}
	for _, have := range parts {
		if strings.Contains(have, part) {
			return parts
		}
	}
	return append(parts, part)
}

// isArticleForm names the words for the form of an article that follow a headline.
func isArticleForm(s string) bool {
	switch strings.ToLower(s) {
	case "interview", "bericht", "report", "kommentar", "meldung", "gastbeitrag", "serie", "anzeige", "advertorial":
		return true
	}
	return false
}

// isMore names the texts of links that say nothing.
func (p *page) isMore(s string) bool {
	return p.more.MatchString(s) && len(p.more.ReplaceAllString(s, "")) == 0
}

// teaser returns the summary of an item and the date in brackets it starts with.
func (p *page) teaser(s *goquery.Selection, title string) (text, date string) {
	if p.summary != nil {
		var parts []string
		within(s, p.summary).Each(func(_ int, t *goquery.Selection) { parts = join(parts, visible(t)) })
		text = strings.Join(parts, " ")
	} else {
		s.Find("p").EachWithBreak(func(_ int, t *goquery.Selection) bool {
			if v := visible(t); len(v) > 40 && v != title || strings.HasPrefix(v, "[") && p.bracketed.MatchString(v) {
				text = v
			}
			return text == ""
		})
	}
	// Before the date there may be the headline again, if the selector takes all.
	if m := p.bracketed.FindStringSubmatchIndex(text); m != nil && (m[0] == 0 || m[0] < 300 && strings.HasPrefix(text, title)) {
		text, date = text[m[1]:], text[m[2]:m[3]]
	}
	if i := p.more.FindStringIndex(text[max(0, len(text)-60):]); i != nil && endsSentence(text[:max(0, len(text)-60)+i[0]], text) {
		text = strings.TrimSpace(text[:max(0, len(text)-60)+i[0]])
	}
	return text, date
}

// endsSentence tells whether a closing "mehr" is a link's text rather than the
// last word of a sentence.
func endsSentence(before, whole string) bool {
	before = strings.TrimSpace(before)
	return before == "" || strings.HasSuffix(whole, "...") || strings.HasSuffix(whole, "…") ||
		strings.ContainsAny(before[len(before)-1:], ".!?\"") || strings.HasSuffix(before, "…") || strings.HasSuffix(before, "“")
}

// published returns the date of an item: by the selector, in a time element, in
// the brackets before the teaser, in its text or in its address.
func (p *page) published(s *goquery.Selection, bracket string, links []string) time.Time {
	var said bool
	try := func(t time.Time, ok bool) bool { return ok && !p.r.past(t).IsZero() }
	if p.date != nil {
		found := within(s, p.date).First()
		said = found.Length() > 0
		if t, ok := p.dateOf(found); try(t, ok) {
			return t
		}
	}
	if t, ok := p.stamp(within(s, p.machine).First()); try(t, ok) {
		return t
	}
	if t, ok := Date(bracket, p.r.zone, p.r.opt.Now); try(t, ok) {
		return t
	}
	if p.date == nil {
		if t, ok := p.dateOf(within(s, p.dated).First()); try(t, ok) {
			return t
		}
		if t, ok := dateIn(cutBytes(visible(s), 2000), p.r.zone, p.r.opt.Now); try(t, ok) {
			return t
		}
		if t, ok := dateIn(visible(term(s)), p.r.zone, p.r.opt.Now); try(t, ok) {
			return t
		}
	}
	for _, link := range links {
		if m := p.inPath.FindStringSubmatch(link); m != nil {
			if t, ok := Date(m[1]+"-"+m[2]+"-"+m[3], p.r.zone, p.r.opt.Now); try(t, ok) {
				return t
			}
		}
	}
	if said {
		p.r.mend("date")
	}
	return time.Time{}
}

// term returns the dt that belongs to a dd.
func term(s *goquery.Selection) *goquery.Selection {
	if n := s.Nodes[0]; n.Data == "dd" {
		for range 8 {
			if n = n.PrevSibling; n == nil {
				break
			}
			if n.Data == "dt" {
				return &goquery.Selection{Nodes: []*nethtml.Node{n}}
			}
		}
	}
	return &goquery.Selection{}
}

// dateOf reads the date an element shows or holds.
func (p *page) dateOf(s *goquery.Selection) (time.Time, bool) {
	if s.Length() == 0 {
		return time.Time{}, false
	}
	text := visible(s)
	if layout := p.r.opt.Selectors.DateFormat; layout != "" {
		if t, err := time.ParseInLocation(layout, text, p.r.zone); err == nil {
			return plausible(t)
		}
	}
	if t, ok := p.stamp(s); ok {
		return t, true
	}
	if t, ok := p.stamp(s.FindMatcher(p.machine).First()); ok {
		return t, true
	}
	return dateIn(text, p.r.zone, p.r.opt.Now)
}

// stamp reads the machine-readable date of an element.
func (p *page) stamp(s *goquery.Selection) (time.Time, bool) {
	for _, name := range []string{"datetime", "content"} {
		if v, ok := s.Attr(name); ok {
			if t, ok := Date(v, p.r.zone, p.r.opt.Now); ok {
				return t, true
			}
		}
	}
	return time.Time{}, false
}

// pageTitle returns the title of a page without the name of its site.
func pageTitle(s string) string {
	s = fold(s)
	for _, mark := range []string{" | ", " - Kommune21 online"} {
		if i := strings.Index(s, mark); i > 0 {
			s = s[:i]
		}
	}
	return cutText(s, MaxTitle)
}

// visible returns the text of an element as a reader sees it, on one line.
func visible(s *goquery.Selection) string {
	var b strings.Builder
	for _, n := range s.Nodes {
		write(&b, n)
	}
	return fold(b.String())
}

// write appends the text of a node and what is in it; elements that stand on
// lines of their own are set off.
func write(b *strings.Builder, n *nethtml.Node) {
	if b.Len() > 4*MaxSummary {
		return
	}
	switch n.Type {
	case nethtml.TextNode:
		b.WriteString(n.Data)
		return
	case nethtml.ElementNode:
		if isHidden(n.Data) || n.Data == "noscript" || concealed(n) {
			return
		}
	}
	block := n.Type == nethtml.ElementNode && !isInline(n.Data)
	if block {
		b.WriteByte(' ')
	}
	for c := range n.ChildNodes() {
		write(b, c)
	}
	if block {
		b.WriteByte(' ')
	}
}

// concealed tells whether an element is only there for screen readers or hidden.
func concealed(n *nethtml.Node) bool {
	for _, a := range n.Attr {
		switch a.Key {
		case "hidden":
			return true
		case "class":
			if slices.ContainsFunc(strings.Fields(a.Val), func(c string) bool {
				return c == "sr-only" || c == "visually-hidden" || c == "aural" || c == "screen-reader-text"
			}) {
				return true
			}
		}
	}
	return false
}
