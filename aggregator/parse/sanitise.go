package parse

import (
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// cleaner makes the HTML of publishers safe to pass on.
type cleaner struct{ policy *bluemonday.Policy }

// theCleaner is the one for all documents: making one costs more than using it, and
// using it does not change it.
var theCleaner = sync.OnceValue(newCleaner)

func newCleaner() *cleaner {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "div", "span", "h1", "h2", "h3", "h4", "h5", "h6", "b", "strong", "i", "em", "u", "s", "del", "ins",
		"sub", "sup", "small", "mark", "code", "pre", "kbd", "samp", "abbr", "cite", "q", "blockquote", "ul", "ol", "li", "dl", "dt", "dd",
		"table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "figure", "figcaption", "time")
	p.AllowStandardURLs()
	p.AllowRelativeURLs(false)
	p.AllowURLSchemes("http", "https", "mailto")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("src").OnElements("img")
	p.AllowAttrs("alt", "title").OnElements("img", "a", "abbr")
	p.AllowAttrs("width", "height").Matching(bluemonday.Number).OnElements("img")
	p.AllowAttrs("colspan", "rowspan").Matching(bluemonday.Integer).OnElements("td", "th")
	p.RequireNoFollowOnLinks(true)
	p.AllowElementsContent("object", "noscript")
	return &cleaner{p}
}

// html returns m as safe, well-formed HTML with absolute links, at most
// MaxContent bytes.
func (c *cleaner) html(m markup, base string) string {
	source := m.text
	if m.kind != literal {
		source = unsection(source)
	}
	if m.kind == literal || m.kind == unknown && !hasTag(source) {
		source = nethtml.EscapeString(unescape(source))
	} else if m.kind == unknown && !strings.Contains(source, "<") {
		source = unescape(source)
	}
	// An iframe without an end would swallow what follows; as an unknown element
	// it is dropped by the policy, its content kept.
	source = strings.ReplaceAll(strings.ReplaceAll(closeComment(source), "<iframe", "<x-frame"), "<IFRAME", "<x-frame")
	for limit := MaxContent; limit > MaxContent/16; limit /= 2 {
		if safe := c.render(cutMarkup(source, limit), base, m.wrapped); len(safe) <= MaxContent {
			return safe
		}
	}
	return ""
}

// cutMarkup shortens HTML without leaving half a tag or entity at the end.
func cutMarkup(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	s = cutBytes(s, limit)
	if lt := strings.LastIndexByte(s, '<'); lt > strings.LastIndexByte(s, '>') {
		s = s[:lt]
	}
	if amp := strings.LastIndexByte(s, '&'); amp >= 0 && len(s)-amp < maxEntity && !strings.Contains(s[amp:], ";") {
		s = s[:amp]
	}
	return s
}

// render parses HTML, makes its links absolute, and sanitises it. HTML that
// cannot be parsed, being nested too deep, becomes plain text. Of HTML that is
// wrapped in a div only the inside is kept.
func (c *cleaner) render(source, base string, wrapped bool) string {
	context := &nethtml.Node{Type: nethtml.ElementNode, Data: "div", DataAtom: atom.Div}
	nodes, err := nethtml.ParseFragment(strings.NewReader(source), context)
	if err != nil {
		return nethtml.EscapeString(plain(markup{text: source, kind: hypertext}, MaxSummary))
	}
	if wrapped {
		nodes = unwrap(nodes)
	}
	from, err := url.Parse(base)
	if err != nil {
		from = &url.URL{}
	}
	var b strings.Builder
	for _, n := range nodes {
		for d := range n.Descendants() {
			absoluteLinks(d, from)
		}
		absoluteLinks(n, from)
		if err := nethtml.Render(&b, n); err != nil {
			return ""
		}
	}
	return strings.TrimSpace(clear(c.policy.Sanitize(b.String())))
}

// unwrap returns the children of a div that stands alone.
func unwrap(nodes []*nethtml.Node) []*nethtml.Node {
	var only *nethtml.Node
	for _, n := range nodes {
		switch {
		case n.Type == nethtml.TextNode && strings.TrimSpace(n.Data) == "":
		case only == nil && n.DataAtom == atom.Div:
			only = n
		default:
			return nodes
		}
	}
	if only == nil {
		return nodes
	}
	return slices.Collect(only.ChildNodes())
}

// absoluteLinks resolves the addresses of an element.
func absoluteLinks(n *nethtml.Node, base *url.URL) {
	if n.Type != nethtml.ElementNode || !slices.Contains([]string{"a", "img"}, n.Data) {
		return
	}
	for i, a := range n.Attr {
		if a.Key != "href" && a.Key != "src" {
			continue
		}
		if u, err := base.Parse(strings.TrimSpace(a.Val)); err == nil {
			n.Attr[i].Val = u.String()
		}
	}
}
