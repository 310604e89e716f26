package parse

import (
	"slices"
	"strings"

	"github.com/PuerkitoBio/goquery"
	nethtml "golang.org/x/net/html"
)

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
		case "style":
			if style := strings.ReplaceAll(strings.ToLower(a.Val), " ", ""); strings.Contains(style, "display:none") || strings.Contains(style, "visibility:hidden") {
				return true
			}
		case "class":
			if slices.ContainsFunc(strings.Fields(a.Val), func(c string) bool {
				return c == "sr-only" || c == "visually-hidden" || c == "aural" || c == "screen-reader-text" ||
					c == "visuallyhidden" || c == "element-invisible" || c == "show-for-sr"
			}) {
				return true
			}
		}
	}
	return false
}
