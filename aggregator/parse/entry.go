package parse

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"
	nethtml "golang.org/x/net/html"
)

// within finds what matches inside an item, or the item itself.
func within(s *goquery.Selection, m cascadia.Selector) *goquery.Selection {
	if found := s.FindMatcher(m); found.Length() > 0 {
		return found
	}
	return s.FilterMatcher(m)
}

// inside finds what matches in an item, itself included, in the order of the page.
func inside(s *goquery.Selection, m cascadia.Selector) (found []*nethtml.Node) {
	for _, n := range s.Nodes {
		if n.Type != nethtml.ElementNode {
			continue
		}
		if m.Match(n) {
			found = append(found, n)
		}
		found = append(found, selection(n).FindMatcher(m).Nodes...)
	}
	return found
}

// entry reads one item.
func (p *page) entry(s *goquery.Selection) entry {
	e := entry{base: p.base}
	link := p.linkOf(s)
	if !p.leads(s, link) {
		return e
	}
	if link.Length() > 0 {
		if u := p.target(link.Nodes[0]); u != "" {
			e.links = []string{u}
			e.guid = u
		}
	}
	e.title.kind = literal
	if e.title.text, e.categories = p.headline(s, link); e.title.text == "" && e.links == nil || e.links == nil && p.none.MatchString(e.title.text) || strings.Contains(e.title.text, "{{") {
		return entry{}
	}
	teaser, dated := p.teaser(s, e.title.text)
	e.summary = markup{text: teaser, kind: literal}
	e.date = p.published(s, dated, e.links)
	e.lang = s.AttrOr("lang", "")
	return e
}

// leads tells whether an item leads somewhere, or has no link at all: one whose
// link is a script, a mail address, a mark on the page, the page itself or
// another page of the list is no item.
func (p *page) leads(s, link *goquery.Selection) bool {
	links := link.Nodes
	if p.link == nil {
		links = inside(s, p.anchor)
	}
	return len(links) == 0 || slices.ContainsFunc(links, func(a *nethtml.Node) bool {
		unknown := p.base == "" && strings.IndexByte(attrOf(a, "href"), ':') < 0 // the page's own address is not known
		return (p.target(a) != "" || unknown) && !pager(a, p)
	})
}

// linkOf returns the link of an item: by the selector, else the one in a
// headline, else the first that says something, else the first that leads
// anywhere.
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
	var headed, telling, any *nethtml.Node
	for _, a := range inside(s, p.anchor) {
		text := visible(selection(a))
		if p.target(a) == "" || pager(a, p) || p.isDate(text) {
			continue
		}
		switch {
		case text != "" && headed == nil && p.inHeading(a):
			headed = a
		case telling == nil && text != "" && !p.isMore(text):
			telling = a
		case telling != nil && short(telling, 24) != "" && utf8.RuneCountInString(text) >= 25 && !hasAncestor(a, "p"):
			telling = a // the first is the name of an office or a topic
		}
		if any == nil || visible(selection(any)) == "" && text != "" {
			any = a
		}
	}
	for _, a := range []*nethtml.Node{headed, telling, any} {
		if a != nil {
			return selection(a)
		}
	}
	return &goquery.Selection{}
}

// inHeading tells whether a link is a headline or holds one.
func (p *page) inHeading(a *nethtml.Node) bool {
	for n, i := a.Parent, 0; n != nil && i < 4; n, i = n.Parent, i+1 {
		if n.Type == nethtml.ElementNode && p.headings.Match(n) {
			return true
		}
	}
	return p.headings.MatchFirst(a) != nil
}

// headline returns the title of an item, "Kicker: Headline" where both are
// given, and a word for its format as category.
func (p *page) headline(s, link *goquery.Selection) (text string, categories []string) {
	var parts []string
	if p.title != nil {
		within(s, p.title).Each(func(_ int, t *goquery.Selection) { parts = join(parts, p.bare(visible(t))) })
	}
	if len(parts) == 0 {
		parts = join(nil, visible(s.FindMatcher(p.kicker).First()))
		main := p.mainTitle(s, link)
		if kicker := first(parts...); kicker != main {
			main = strings.TrimLeft(strings.TrimPrefix(main, kicker), ": ")
		}
		parts = join(parts, p.bare(main))
	}
	if n := len(parts) - 1; n > 0 && isArticleForm(parts[n]) {
		parts, categories = parts[:n], []string{parts[n]}
	}
	return strings.Join(parts, ": "), categories
}

// mainTitle returns the headline of an item without a selector for it: the
// headline element, what is called one, what is set in bold if the link holds
// more than that or says nothing, or the text of the link.
func (p *page) mainTitle(s, link *goquery.Selection) string {
	text := visible(link)
	said := text != "" && !p.isMore(text)
	heading := p.best(s, p.headings)
	switch in := p.best(link, p.headings); {
	case in != "":
		return in
	case said && !isCard(link):
		if heading == "" || utf8.RuneCountInString(text) >= 20 && !strings.Contains(heading, text) && len(text) > len(heading) ||
			strings.Contains(heading, text) && len(p.bare(text)) >= len(heading)/3 {
			return text
		}
		return heading
	case heading != "":
		return heading
	}
	if said {
		for _, m := range []cascadia.Selector{p.named, p.strong} {
			if v := p.best(link, m); v != "" {
				return v
			}
		}
		return p.firstBlock(link, text)
	}
	for _, m := range []cascadia.Selector{p.named, p.strong} {
		if v := p.best(s, m); v != "" && v != text {
			return v
		}
	}
	for _, v := range []string{link.AttrOr("title", ""), link.AttrOr("aria-label", ""), link.Find("img[alt]").AttrOr("alt", "")} {
		if v = fold(v); !p.isMore(v) {
			return v
		}
	}
	return p.firstBlock(s, text)
}

// best returns the first text that matches and is no date.
func (p *page) best(s *goquery.Selection, m cascadia.Selector) string {
	for _, n := range inside(s, m) {
		v := visible(selection(n))
		if v != "" && !p.isDate(v) && !p.isMore(v) {
			return v
		}
	}
	return ""
}

// isCard tells whether a link holds more than a line of text.
func isCard(link *goquery.Selection) bool {
	for _, n := range link.Nodes {
		for c := range n.Descendants() {
			if c.Type == nethtml.ElementNode && (!isInline(c.Data) || c.Data == "strong" || c.Data == "time") && c.Data != "img" && c.Data != "svg" && c.Data != "br" && c.Data != "i" {
				return true
			}
		}
	}
	return false
}

// firstBlock returns the first line of an item that is neither a date nor a
// word or two, else the text.
func (p *page) firstBlock(s *goquery.Selection, text string) string {
	for _, b := range blocks(s) {
		if utf8.RuneCountInString(b) >= 10 && !p.isMore(b) && !p.isDate(b) {
			return b
		}
	}
	return text
}

// isDate tells whether a text is a date and says no more than that.
func (p *page) isDate(s string) bool {
	_, ok := Date(s, p.r.zone, p.r.opt.Now)
	return ok && p.bare(s) == s
}

// bare returns a headline without the date and the note on its file around it.
func (p *page) bare(s string) string {
	if len(s) > 2*MaxTitle {
		return s
	}
	s = p.size.ReplaceAllString(s, "")
	if rest := p.dateFirst.ReplaceAllString(s, ""); rest != s && utf8.RuneCountInString(rest) >= 8 {
		s = rest
	}
	if rest := p.dateLast.ReplaceAllString(s, ""); utf8.RuneCountInString(rest) >= 8 {
		s = rest
	}
	return s
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
	return s == "" || len(s) < 60 && (p.idle.MatchString(s) || p.more.ReplaceAllString(s, "") == "")
}

// teaser returns the summary of an item and the date in brackets it starts with.
func (p *page) teaser(s *goquery.Selection, title string) (text, date string) {
	if p.summary != nil {
		var parts []string
		within(s, p.summary).Each(func(_ int, t *goquery.Selection) { parts = join(parts, visible(t)) })
		text = strings.Join(parts, " ")
	} else {
		text = p.prose(s, title)
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

// prose returns the text of an item that reads like a teaser: what is called
// one, a paragraph, or a line of its own.
func (p *page) prose(s *goquery.Selection, title string) string {
	for _, n := range inside(s, p.teasers) {
		if v := p.line(visible(selection(n)), title); v != "" {
			return v
		}
	}
	for _, n := range s.Find("p").Nodes {
		if v := visible(selection(n)); strings.HasPrefix(v, "[") && p.bracketed.MatchString(v) {
			return v
		} else if v = p.line(v, title); v != "" {
			return v
		}
	}
	for _, v := range blocks(s) {
		if v = p.line(v, title); v != "" && (len(v) > 100 || p.isSentence(v)) {
			return v
		}
	}
	return ""
}

// isSentence tells whether a text ends like a sentence, but for a link behind it.
func (p *page) isSentence(v string) bool {
	v = strings.TrimSpace(p.more.ReplaceAllString(v[max(0, len(v)-100):], ""))
	return v != "" && strings.ContainsAny(v[len(v)-1:], ".!?]") || strings.HasSuffix(v, "…") || strings.HasSuffix(v, "“")
}

// line returns what is left of a text without the headline and the date in
// front, if it is long enough to say something.
func (p *page) line(v, title string) string {
	if p.bracketed.MatchString(v) && strings.HasPrefix(strings.TrimPrefix(v, title), " [") {
		return strings.TrimSpace(strings.TrimPrefix(v, title))
	}
	if _, ok := dateIn(v, p.r.zone, p.r.opt.Now); ok && len(v) < 80 && p.dateFirst.FindString(v) == "" {
		return "" // "Nr. 12 vom 20. November 2026"
	}
	if rest := strings.TrimLeft(strings.TrimPrefix(p.dateFirst.ReplaceAllString(v, ""), title), " :|–-"); len(rest) > 40 && rest != title && !strings.Contains(title, rest) {
		if i := strings.Index(rest, title); i >= 0 && title != "" && i < 60 {
			return p.line(strings.TrimSpace(rest[i+len(title):]), "\x00")
		}
		return p.dateFirst.ReplaceAllString(rest, "")
	}
	return ""
}

// blocks returns the lines of text that an item is set in.
func blocks(s *goquery.Selection) (lines []string) {
	var b strings.Builder
	flush := func() {
		if v := fold(b.String()); v != "" {
			lines = append(lines, v)
		}
		b.Reset()
	}
	var walk func(n *nethtml.Node)
	walk = func(n *nethtml.Node) {
		if n.Type == nethtml.TextNode {
			b.WriteString(n.Data)
			return
		}
		if b.Len() > 4*MaxSummary || len(lines) > 100 || n.Type != nethtml.ElementNode || isHidden(n.Data) || n.Data == "noscript" || n.Data == "figcaption" || concealed(n) {
			return
		}
		block := !isInline(n.Data) || n.Data == "time" || slices.ContainsFunc(n.Attr, func(a nethtml.Attribute) bool { return a.Key == "class" && n.Data == "span" })
		if block {
			flush()
		}
		for c := range n.ChildNodes() {
			walk(c)
		}
		if block {
			flush()
		}
	}
	for _, n := range s.Nodes {
		walk(n)
		if n.Type == nethtml.ElementNode && !isInline(n.Data) {
			flush()
		}
	}
	flush()
	return lines
}

// endsSentence tells whether a closing "mehr" is a link's text rather than the
// last word of a sentence.
func endsSentence(before, whole string) bool {
	before = strings.TrimSpace(before)
	return before == "" || strings.HasSuffix(whole, "...") || strings.HasSuffix(whole, "…") ||
		strings.ContainsAny(before[len(before)-1:], ".!?\"") || strings.HasSuffix(before, "…") || strings.HasSuffix(before, "“")
}
