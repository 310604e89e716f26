package parse

import (
	"strings"

	"github.com/andybalholm/cascadia"
	nethtml "golang.org/x/net/html"

	"laenderfeed/aggregator"
)

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

// empty tells whether a page without items is a list that has none at present,
// rather than a page without a list. It is one if it says so ("Keine Meldungen
// vorhanden"), in what matches the item selector or anywhere in its content; or
// if the element that the items stand in by their selector is there, and has no
// link in it that could be an item. That element has to be one that only this
// list is in: a list, a table, or one with a class, id or attribute.
func (p *page) empty(runs []run) bool {
	for _, nodes := range runs {
		if p.none.MatchString(cutBytes(visible(selection(nodes...)), 500)) {
			return true
		}
	}
	if p.item == nil {
		return p.saysNone()
	}
	if len(runs) > 0 {
		return false
	}
	for _, one := range splitSelector(p.r.opt.Selectors.Item, false) {
		parts := splitSelector(one, true)
		if len(parts) < 2 || !isParticular(parts[len(parts)-2]) {
			continue
		}
		around, err := cascadia.Compile(strings.TrimSpace(strings.Join(parts[:len(parts)-1], " ")))
		if err != nil {
			continue
		}
		if found := p.doc.FindMatcher(around); found.Length() > 0 {
			return found.FindMatcher(p.anchor).Length() == 0
		}
	}
	return p.saysNone()
}

// saysNone looks for the sentence that stands in place of a list: on a line of
// its own in the content of the page, and not long.
func (p *page) saysNone() bool {
	s := &survey{p: p, core: map[*nethtml.Node]bool{}}
	var walk func(n *nethtml.Node) bool
	walk = func(n *nethtml.Node) bool {
		switch {
		case n.Type == nethtml.TextNode:
			text := fold(cutBytes(n.Data, 1000))
			return len(text) >= 8 && len(text) < 200 && p.none.MatchString(text)
		case n.Type == nethtml.ElementNode && (isHidden(n.Data) || n.Data == "noscript" || n.Data == "a" || n.Data == "head" || concealed(n) || s.frame(n)):
			return false
		}
		for c := range n.ChildNodes() {
			if walk(c) {
				return true
			}
		}
		return false
	}
	for _, n := range p.doc.Nodes {
		if walk(n) {
			return true
		}
	}
	return false
}

// splitSelector divides a selector at the commas outside brackets and quotes, or
// at its combinators: these stay with what follows them.
func splitSelector(s string, combinators bool) (parts []string) {
	depth, start := 0, 0
	var quote byte
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '[' || c == '(':
			depth++
		case c == ']' || c == ')':
			depth--
		case depth > 0:
		case !combinators && c == ',' || combinators && strings.IndexByte(" >+~", c) >= 0:
			if part := strings.TrimSpace(s[start:i]); part != "" && strings.Trim(part, ">+~ ") != "" {
				parts = append(parts, part)
				start = i
			}
			if !combinators {
				start = i + 1
			}
		}
	}
	if part := strings.TrimSpace(s[start:]); part != "" {
		parts = append(parts, part)
	}
	return parts
}

// isParticular tells whether a compound selector means certain elements rather
// than any of a common name.
func isParticular(compound string) bool {
	compound = strings.Trim(compound, ">+~ ")
	if strings.ContainsAny(compound, ".#[") {
		return true
	}
	switch strings.ToLower(compound) {
	case "ul", "ol", "dl", "table", "tbody":
		return true
	}
	return false
}
