package parse

import (
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"
	nethtml "golang.org/x/net/html"
)

// published returns the date of an item: by the selector, in a time element, in
// the brackets before the teaser, in its text, above it or in its address.
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
		for _, read := range []func(*goquery.Selection) (time.Time, bool){p.called, p.alone, p.anywhere, p.above} {
			if t, ok := read(s); try(t, ok) {
				return t
			}
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

// called reads the first date of an item that is called one.
func (p *page) called(s *goquery.Selection) (time.Time, bool) {
	for _, n := range inside(s, p.dates) {
		if t, ok := p.dateOf(selection(n)); ok && p.r.isPast(t) {
			return t, true
		}
	}
	return time.Time{}, false
}

// alone reads the first date that stands on a line of its own, but for one that
// says when something will be.
func (p *page) alone(s *goquery.Selection) (time.Time, bool) {
	for _, line := range blocks(s) {
		if t, ok := Date(strings.Trim(line, "()[] "), p.r.zone, p.r.opt.Now); ok && p.r.isPast(t) {
			return t, true
		}
	}
	return time.Time{}, false
}

// anywhere reads the one date in the text of an item, or the one it begins with.
func (p *page) anywhere(s *goquery.Selection) (time.Time, bool) {
	text := cutBytes(visible(s), 2000)
	if t, ok := dateIn(text, p.r.zone, p.r.opt.Now); ok {
		return t, true
	}
	for _, line := range blocks(s) {
		if m := p.dateFirst.FindString(line + " "); m != "" {
			if t, ok := dateIn(m, p.r.zone, p.r.opt.Now); ok && p.r.isPast(t) {
				return t, true
			}
		}
		if t, ok := dateIn(cutBytes(line, 300), p.r.zone, p.r.opt.Now); ok && p.r.isPast(t) {
			return t, true
		}
	}
	return time.Time{}, false
}

// isPast tells whether t is a date that something may have been published at.
func (r *reader) isPast(t time.Time) bool {
	return r.opt.Now.IsZero() || !t.After(r.opt.Now.Add(24*time.Hour))
}

// above reads the date that several items stand under: a dt before dd, a
// headline or a row of a table of its own. What stands once before a list in an
// ordinary element is the day of the visit, not a date of the items.
func (p *page) above(s *goquery.Selection) (time.Time, bool) {
	if s.Length() == 0 {
		return time.Time{}, false
	}
	n := s.Nodes[0]
	for level := 0; level < 3 && n != nil && n.Type == nethtml.ElementNode && n.Data != "main" && n.Data != "body"; level++ {
		for before, i := n.PrevSibling, 0; before != nil && i < 100; before, i = before.PrevSibling, i+1 {
			if before.Type != nethtml.ElementNode {
				continue
			}
			text := strings.Trim(short(before, 80), " :")
			t, ok := Date(text, p.r.zone, p.r.opt.Now)
			switch {
			case ok && (isDayHeading(before) || level == 0 && repeated(before, n)):
				return t, true
			case ok, isHeadline(before) && text != "" && level > 0:
				return time.Time{}, false
			}
		}
		n = n.Parent
	}
	return time.Time{}, false
}

// isDayHeading tells whether an element is one that entries stand under.
func isDayHeading(n *nethtml.Node) bool {
	switch n.Data {
	case "h2", "h3", "h4", "h5", "h6", "dt", "summary", "legend", "caption", "tr", "th", "thead":
		return true
	}
	return false
}

// repeated tells whether an element like n that is a date too stands beside it,
// with others between.
func repeated(n, entry *nethtml.Node) bool {
	class := attrOf(n, "class")
	for c, i := n.Parent.FirstChild, 0; c != nil && i < 300; c, i = c.NextSibling, i+1 {
		if c != n && c != entry && c.Type == nethtml.ElementNode && c.Data == n.Data && attrOf(c, "class") == class {
			if text := short(c, 80); text != "" && text != short(n, 80) && strings.ContainsAny(text, "0123456789") {
				return true
			}
		}
	}
	return false
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
	for _, name := range []string{"datetime", "content", "data-date", "data-datum", "data-published"} {
		if v, ok := s.Attr(name); ok {
			if t, ok := Date(v, p.r.zone, p.r.opt.Now); ok {
				return t, true
			}
		}
	}
	return time.Time{}, false
}
