package parse

import (
	"slices"
	"strings"

	"github.com/andybalholm/cascadia"
	nethtml "golang.org/x/net/html"

	"laenderfeed/aggregator"
)

// compared is how many items selectors are tried on while they are looked for.
const compared = 30

// propose looks for selectors that find the same items. What it returns has
// been tried on the page; it is empty if an entry is more than one element, or
// nothing tells the entries from others.
func (p *page) propose(l *list, runs []run, doc *aggregator.Document) aggregator.Selectors {
	var none aggregator.Selectors
	var nodes []*nethtml.Node
	for _, r := range runs {
		if len(r) != 1 || r[0].Type != nethtml.ElementNode {
			return none
		}
		nodes = append(nodes, r[0])
	}
	for _, item := range candidates(nodes, l.frames) {
		s := aggregator.Selectors{Item: item}
		if !p.reproduces(s, doc) {
			continue
		}
		s = p.refine(s, nodes[0], doc)
		return s
	}
	return none
}

// reproduces tells whether selectors read the document from the page.
func (p *page) reproduces(s aggregator.Selectors, doc *aggregator.Document) bool {
	opt := p.r.opt
	opt.Selectors = s
	q := *p
	q.r = newReader(opt)
	q.r.base = p.r.base
	q.item, q.title, q.link, q.date, q.summary = nil, nil, nil, nil, nil
	if q.compile(s) != nil {
		return false
	}
	runs := q.runs()
	if len(runs) < len(doc.Items) || len(runs) > 2*len(doc.Items)+10 {
		return false
	}
	again := q.document(q.entries(runs))
	return len(again.Items) == len(doc.Items) && slices.EqualFunc(again.Items, doc.Items, func(a, b aggregator.Item) bool {
		return a.GUID == b.GUID && a.Fingerprint() == b.Fingerprint()
	})
}

// refine adds selectors for the parts of an entry, which say more to a reader of
// the configuration and hold longer, as long as they find what was found
// without.
func (p *page) refine(s aggregator.Selectors, entry *nethtml.Node, doc *aggregator.Document) aggregator.Selectors {
	part := *doc
	few := *p
	if len(part.Items) > compared {
		r := *p.r
		r.opt.MaxItems = compared
		few.r, part.Items = &r, part.Items[:compared]
	}
	try := func(into *string, selectors []string) {
		for _, one := range selectors {
			*into = one
			if m, err := cascadia.Compile(one); err != nil || visible(selection(inside(selection(entry), m)...)) == "" {
				continue
			}
			if few.reproduces(s, &part) {
				return
			}
		}
		*into = ""
	}
	dates, texts := p.parts(entry)
	links := called(entry, "a")
	if a := p.linkOf(selection(entry)); a.Length() > 0 {
		links = append(called(a.Nodes[0], "a"), links...)
	}
	try(&s.Link, append([]string{"h2 a", "h3 a", "h4 a", "h5 a"}, links...))
	try(&s.Title, slices.Concat([]string{"h2", "h3", "h4", "h5"}, links, []string{"[itemprop=headline]", "strong", "b"}))
	try(&s.Date, dates)
	try(&s.Summary, texts)
	if !p.reproduces(s, doc) {
		return aggregator.Selectors{Item: s.Item}
	}
	return s
}

// parts returns selectors for elements of an entry that show a date, and for
// those that show more than a line of text.
func (p *page) parts(entry *nethtml.Node) (dates, texts []string) {
	cell := 0
	type part struct {
		size  int
		names []string
	}
	var dated, told []part
	for n := range entry.Descendants() {
		if n.Type != nethtml.ElementNode || len(dated)+len(told) > 24 {
			continue
		}
		names := called(n, n.Data)
		if n.Data == "time" {
			names = append(names, "time")
		}
		if n.Data == "p" {
			names = append(names, "p")
		}
		if n.Data == "td" || n.Data == "th" {
			cell++
			names = append(names, n.Data+cellSelector(cell))
		}
		if len(names) == 0 {
			continue
		}
		text := visible(selection(n))
		if _, ok := p.dateOf(selection(n)); ok && len(text) < 60 {
			dated = append(dated, part{len(text), names})
		} else if len(text) > 40 {
			told = append(told, part{len(text), names})
		}
	}
	// Of elements inside one another the smallest says it best.
	for _, c := range []struct {
		parts []part
		into  *[]string
	}{{dated, &dates}, {told, &texts}} {
		slices.SortStableFunc(c.parts, func(a, b part) int { return a.size - b.size })
		for _, one := range c.parts {
			*c.into = append(*c.into, one.names...)
		}
	}
	return dates, texts
}

func cellSelector(n int) string {
	if n == 1 {
		return ":first-child"
	}
	return ":nth-child(" + string(rune('0'+min(n, 9))) + ")"
}

// called returns selectors by class for elements of a name inside n, or n itself.
func called(n *nethtml.Node, name string) (out []string) {
	add := func(n *nethtml.Node) {
		for _, c := range stableClasses(n) {
			if one := "." + c; !slices.Contains(out, one) && isIdent(c) {
				out = append(out, one)
			}
		}
	}
	if n.Data == name {
		add(n)
		return out
	}
	for d := range n.Descendants() {
		if d.Type == nethtml.ElementNode && d.Data == name && len(out) < 8 {
			add(d)
		}
	}
	return out
}

// candidates returns selectors for entries, the simplest first: a class they
// share, then by the elements around them.
func candidates(nodes, frames []*nethtml.Node) (out []string) {
	tag, shared := nodes[0].Data, common(nodes)
	if slices.ContainsFunc(nodes, func(n *nethtml.Node) bool { return n.Data != tag }) {
		tag = ""
	}
	entry := []string{}
	for _, c := range shared {
		entry = append(entry, tag+"."+c)
	}
	out = append(out, entry...)
	if len(shared) > 1 {
		out = append(out, tag+"."+strings.Join(shared, "."))
	}
	if tag != "" {
		entry = append(entry, tag)
	} else {
		entry = append(entry, "*")
	}
	path := ""
	around := frames
	for level := 0; level < 5 && len(around) > 0 && around[0] != nil && around[0].Type == nethtml.ElementNode; level++ {
		for _, name := range frameNames(around) {
			for _, one := range entry {
				out = append(out, name+" > "+path+one)
			}
		}
		for _, name := range frameNames(around) {
			if level > 0 {
				out = append(out, name+" "+entry[len(entry)-1])
			}
		}
		path = around[0].Data + " > " + path
		around = parents(around)
	}
	return out[:min(len(out), 60)]
}

// frameNames returns selectors that all of the elements match and few others.
func frameNames(around []*nethtml.Node) (out []string) {
	n := around[0]
	if id := attrOf(n, "id"); len(around) == 1 && isIdent(id) {
		out = append(out, "#"+id)
	}
	shared := common(around)
	for _, c := range shared {
		out = append(out, n.Data+"."+c)
	}
	if n.Data == "main" || n.Data == "tbody" {
		out = append(out, n.Data)
	}
	return out
}

// parents returns the elements around elements, each once.
func parents(nodes []*nethtml.Node) (out []*nethtml.Node) {
	for _, n := range nodes {
		if n.Parent != nil && n.Parent.Type == nethtml.ElementNode && !slices.Contains(out, n.Parent) && len(out) < 100 {
			out = append(out, n.Parent)
		}
	}
	return out
}

// common returns the classes that all elements have.
func common(nodes []*nethtml.Node) (out []string) {
	for _, c := range stableClasses(nodes[0]) {
		if isIdent(c) && !slices.ContainsFunc(nodes, func(n *nethtml.Node) bool { return !slices.Contains(strings.Fields(attrOf(n, "class")), c) }) {
			out = append(out, c)
		}
	}
	return out
}

// isIdent tells whether a class or id can be written into a selector as it is.
func isIdent(s string) bool {
	if s == "" || len(s) > 60 || !(s[0] >= 'a' && s[0] <= 'z' || s[0] >= 'A' && s[0] <= 'Z') {
		return false
	}
	_, err := cascadia.Compile("." + s)
	return err == nil && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == ""
}

// describe names an element by its id or classes.
func describe(n *nethtml.Node) string {
	if id := attrOf(n, "id"); isIdent(id) {
		return n.Data + "#" + id
	}
	return fold(strings.Join(append([]string{n.Data}, stableClasses(n)...), "."))
}
