package parse

import (
	"strings"

	"github.com/PuerkitoBio/goquery"
	nethtml "golang.org/x/net/html"
)

// group is a set of links that stand in the same kind of place.
type group struct {
	links []*nethtml.Node
	text  int // bytes of their texts
	seen  map[string]bool
}

// detect finds the list of a page without selectors: of all sets of links that
// share their path of elements and classes, the one whose texts read most like
// headlines, a date beside them counting much. It returns the elements around
// the links.
func (p *page) detect(doc *goquery.Document) *goquery.Selection {
	groups := map[string]*group{}
	var order []string
	doc.FindMatcher(p.anchor).Each(func(_ int, a *goquery.Selection) {
		n := a.Nodes[0]
		url := p.r.absolute(p.base, a.AttrOr("href", ""))
		text := visible(a)
		if url == "" || len(text) < 12 || p.isMore(text) || aside(n) {
			return
		}
		key := place(n)
		g := groups[key]
		if g == nil {
			g = &group{seen: map[string]bool{}}
			groups[key], order = g, append(order, key)
		}
		if !g.seen[url] {
			g.seen[url] = true
			g.links, g.text = append(g.links, n), g.text+min(len(text), 200)
		}
	})
	var best []*nethtml.Node
	score := 0
	for _, key := range order {
		if g := groups[key]; len(g.links) >= 3 {
			around := enclosing(g.links)
			if n := p.score(g, around); n > score {
				best, score = around, n
			}
		}
	}
	return doc.FindNodes(best...)
}

// score weighs a group: long texts, many of them, and dates beside them. Without
// dates it takes more of both, as a menu in place of a list is worse than none.
func (p *page) score(g *group, around []*nethtml.Node) int {
	mean := g.text / len(g.links)
	dates := 0
	for i, n := range around[:min(len(around), 20)] {
		s := &goquery.Selection{Nodes: []*nethtml.Node{n}}
		if _, ok := dateIn(cutBytes(visible(term(s))+" "+visible(s), 1000), p.r.zone, p.r.opt.Now); ok || p.inPath.MatchString(attrOf(g.links[i], "href")) {
			dates++
		}
	}
	n := mean * min(len(g.links), 20)
	switch {
	case 2*dates > min(len(around), 20) && mean >= 20:
		return 4 * n
	case mean >= 40 && len(g.links) >= 5:
		return n
	}
	return 0
}

// place describes where an element stands by the names and classes of the
// nearest elements around it.
func place(n *nethtml.Node) string {
	var b strings.Builder
	for depth := 0; n != nil && n.Type == nethtml.ElementNode && depth < 8; depth++ {
		b.WriteString(n.Data)
		if depth < 3 {
			for _, c := range strings.Fields(attrOf(n, "class")) {
				// Numbered and alternating classes tell items apart, not lists.
				if strings.Trim(c, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-") == "" && c != "odd" && c != "even" && c != "first" && c != "last" {
					b.WriteString("." + c)
				}
			}
		}
		b.WriteByte('<')
		n = n.Parent
	}
	return b.String()
}

// aside tells whether an element belongs to the frame of a page.
func aside(n *nethtml.Node) bool {
	for ; n != nil; n = n.Parent {
		mark := strings.ToLower(attrOf(n, "id") + " " + attrOf(n, "class"))
		if n.Data != "body" && (strings.Contains(mark, "menu") || strings.Contains(mark, "navi") || strings.Contains(mark, "footer") || strings.Contains(mark, "breadcrumb")) {
			return true
		}
		switch n.Data {
		case "nav", "header", "footer", "aside":
			return n.Type == nethtml.ElementNode && !(n.Data == "header" && hasAncestor(n, "article"))
		}
	}
	return false
}

func hasAncestor(n *nethtml.Node, name string) bool {
	for n = n.Parent; n != nil; n = n.Parent {
		if n.Data == name {
			return true
		}
	}
	return false
}

// enclosing returns for each link the largest element around it that holds no
// other of the links.
func enclosing(links []*nethtml.Node) []*nethtml.Node {
	count := map[*nethtml.Node]int{}
	for _, l := range links {
		for n := l; n != nil; n = n.Parent {
			count[n]++
		}
	}
	around := make([]*nethtml.Node, len(links))
	for i, l := range links {
		n := l
		for n.Parent != nil && n.Parent.Type == nethtml.ElementNode && count[n.Parent] == 1 {
			n = n.Parent
		}
		around[i] = n
	}
	return around
}

func attrOf(n *nethtml.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
