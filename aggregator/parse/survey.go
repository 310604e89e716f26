package parse

import (
	"hash/fnv"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"
	nethtml "golang.org/x/net/html"
)

// mark sums up what an element holds: enough to tell an entry of a list from
// a menu without looking at it again. The counts are small and saturate.
type mark struct {
	urls    [4]int32 // distinct addresses of links, by number; as many as nurls
	dates   [3]int32 // distinct days since 1970; as many as ndates
	nurls   uint8
	ndates  uint8
	heading bool  // a headline element is in it
	ahead   bool  // a date in it lies ahead
	head    int32 // runes of its longest link or headline text, at most 200
	text    int32 // bytes of text
	linked  int32 // of which are in links
	foreign int32 // links to other hosts
}

// add puts what a part holds to the whole.
func (m *mark) add(part *mark) {
	for _, u := range part.urls[:part.nurls] {
		m.addURL(u)
	}
	for _, d := range part.dates[:part.ndates] {
		m.addDay(d)
	}
	m.heading = m.heading || part.heading
	m.ahead = m.ahead || part.ahead
	m.head = max(m.head, part.head)
	m.text += part.text
	m.linked += part.linked
	m.foreign += part.foreign
}

func (m *mark) addURL(u int32) {
	if int(m.nurls) < len(m.urls) && !slices.Contains(m.urls[:m.nurls], u) {
		m.urls[m.nurls] = u
		m.nurls++
	}
}

func (m *mark) addDay(d int32) {
	if int(m.ndates) < len(m.dates) && !slices.Contains(m.dates[:m.ndates], d) {
		m.dates[m.ndates] = d
		m.ndates++
	}
}

// survey is a walk over a page: what each element holds, and which elements
// could be the frame of a list.
type survey struct {
	p     *page
	host  string
	urls  map[string]int32
	marks map[*nethtml.Node]*mark // of elements with links or dates
	core  map[*nethtml.Node]bool  // elements around the main part of the page
	lists []*list

	framed bool               // the walk is inside the frame of the page, where links do not count
	alike  map[uint64][]*list // by what their place looks like
}

// maxLinks is how many links of a page are looked at.
const maxLinks = 20_000

func (p *page) survey() *survey {
	s := &survey{p: p, urls: map[string]int32{}, marks: map[*nethtml.Node]*mark{}, core: map[*nethtml.Node]bool{}, alike: map[uint64][]*list{}}
	if u, err := url.Parse(p.r.opt.URL); err == nil {
		s.host = strings.ToLower(u.Host)
	}
	for _, n := range p.doc.Find("main,[role=main],h1").Nodes {
		for ; n != nil && !s.core[n]; n = n.Parent {
			s.core[n] = true
		}
	}
	for _, n := range p.doc.Nodes {
		s.walk(n)
	}
	return s
}

// walk takes the mark of a node and all in it. The parser bounds the depth.
func (s *survey) walk(n *nethtml.Node) (m mark) {
	switch n.Type {
	case nethtml.TextNode:
		m.text = int32(len(strings.TrimSpace(n.Data)))
		if word := strings.TrimSpace(n.Data); m.text > 3 && strings.ContainsAny(word, "0123456789") || strings.EqualFold(word, "heute") || strings.EqualFold(word, "gestern") {
			s.day(&m, cutBytes(word, 300))
		}
		return m
	case nethtml.ElementNode:
		if isHidden(n.Data) || n.Data == "noscript" || concealed(n) {
			return m
		}
		if s.framed || s.frame(n) {
			defer func(was bool) { s.framed = was }(s.framed)
			s.framed = true // dates in there may still belong to an entry
		}
	}
	parts := 0
	for c := range n.ChildNodes() {
		part := s.walk(c)
		if part.nurls > 0 {
			parts++
		}
		m.add(&part)
	}
	if n.Type != nethtml.ElementNode {
		return m
	}
	s.own(n, &m)
	if (m.nurls > 0 || m.ndates > 0) && len(s.marks) < 10*maxLinks {
		kept := m
		s.marks[n] = &kept
	}
	if parts > 0 {
		s.frameOf(n)
	}
	return m
}

// own adds what an element is by itself: a link, a headline, a date.
func (s *survey) own(n *nethtml.Node, m *mark) {
	switch n.Data {
	case "a":
		s.link(n, m)
	case "h1", "h2", "h3", "h4", "h5", "h6":
		m.heading = true
		m.head = max(m.head, int32(min(utf8.RuneCountInString(visible(selection(n))), 200)))
	}
	if m.ndates > 0 && n.Data != "time" {
		return
	}
	if v := attrOf(n, "datetime") + attrOf(n, "content"); v != "" && (n.Data == "time" || attrOf(n, "itemprop") == "datePublished") {
		m.ndates = 0
		s.day(m, v)
	}
	if m.ndates == 0 && m.text < 60 && m.text > 3 && isDated(n) {
		s.day(m, visible(selection(n)))
	}
}

// day adds the date of a short text. One that lies ahead is that of an event.
func (s *survey) day(m *mark, text string) {
	if t, ok := dateIn(text, s.p.r.zone, s.p.r.opt.Now); ok && !s.p.r.isPast(t) {
		m.ahead = true
	} else if ok {
		m.addDay(int32(t.Add(12*time.Hour).Unix() / 86400))
	}
}

// link adds a link that may lead to a piece of news.
func (s *survey) link(n *nethtml.Node, m *mark) {
	m.linked = m.text
	if s.framed || len(s.urls) >= maxLinks {
		return
	}
	address := s.p.target(n)
	if address == "" {
		return
	}
	if pager(n, s.p) {
		m.head = 0
		return
	}
	id, known := s.urls[address]
	if !known {
		id = int32(len(s.urls))
		s.urls[address] = id
	}
	m.addURL(id)
	if u, err := url.Parse(address); err == nil && !strings.EqualFold(u.Host, s.host) {
		m.foreign++
	}
	if d := s.p.inPath.FindStringSubmatch(address); d != nil && m.ndates == 0 {
		s.day(m, d[1]+"-"+d[2]+"-"+d[3])
	}
	if text := visible(selection(n)); !s.p.isMore(text) {
		m.head = max(m.head, int32(min(utf8.RuneCountInString(text), 200)))
	}
}

// target returns where a link leads: "" for the page itself and for what is no
// address on the web.
func (p *page) target(a *nethtml.Node) string {
	href := strings.TrimSpace(attrOf(a, "href"))
	if href == "" || href[0] == '#' {
		return ""
	}
	u := p.r.absolute(p.base, href)
	if bare, _, _ := strings.Cut(u, "#"); bare == p.self && p.self != "" {
		return ""
	}
	return u
}

// pager tells whether a link turns pages or sorts a list.
func pager(n *nethtml.Node, p *page) bool {
	for _, rel := range strings.Fields(strings.ToLower(attrOf(n, "rel"))) {
		if rel == "next" || rel == "prev" || rel == "first" || rel == "last" || rel == "tag" || rel == "license" || rel == "author" {
			return true
		}
	}
	text := visible(selection(n))
	if strings.TrimFunc(text, func(c rune) bool { return !unicode.IsLetter(c) }) == "" {
		return text != "" && strings.IndexByte(text, '.') < 0 // figures and arrows, but not a date
	}
	return p.paging.MatchString(text)
}

// frame tells whether an element belongs to what stands around the content of
// every page of a site.
func (s *survey) frame(n *nethtml.Node) bool {
	switch n.Data {
	case "nav", "footer", "aside", "dialog":
		return true
	case "header":
		return !hasAncestor(n, "article", "li", "main", "section")
	case "body", "main", "html":
		return false
	}
	switch attrOf(n, "role") {
	case "navigation", "contentinfo", "banner", "search", "complementary", "dialog", "menu", "menubar":
		return true
	}
	return !s.core[n] && classed(n, isFrameWord)
}

// isFrameWord names the words in classes and ids of a page's frame.
func isFrameWord(word string) bool {
	switch word {
	case "menu", "menue", "nav", "navi", "navigation", "navbar", "footer", "breadcrumb", "breadcrumbs", "brotkrumen", "pager", "pagination", "paging",
		"paginierung", "blaettern", "cookie", "cookiebanner", "cookies", "consent", "social", "socialmedia", "share", "sharing", "skiplinks", "skip",
		"sprache", "language", "languages", "toolbar", "mainnav", "hauptnavigation", "servicenavigation", "metanavigation", "metanav", "subnavi", "subnav",
		"megamenu", "burger", "offcanvas", "sprungmarken", "navigator", "seitenzahlen", "tagcloud":
		return true
	}
	return false
}

// classed tells whether a word of the classes or the id of an element is one of
// a kind. Classes that tell of something elsewhere ("has-menu") do not count.
func classed(n *nethtml.Node, is func(word string) bool) bool {
	for _, token := range append(strings.Fields(attrOf(n, "class")), attrOf(n, "id")) {
		ws := nameWords(token)
		if len(ws) > 1 && (ws[0] == "has" || ws[0] == "with" || ws[0] == "no" || ws[0] == "is" || ws[0] == "mit" || ws[0] == "ohne" || ws[0] == "js") {
			continue
		}
		if slices.ContainsFunc(ws, is) {
			return true
		}
	}
	return false
}

// nameWords splits a class into its words: at hyphens, underscores and capitals.
func nameWords(token string) []string {
	var b strings.Builder
	lower := false
	for _, c := range cutBytes(token, 200) {
		if lower && unicode.IsUpper(c) {
			b.WriteByte(' ')
		}
		lower = unicode.IsLower(c)
		if c == '-' || c == '_' {
			c = ' '
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return strings.Fields(b.String())
}

// isDated tells whether an element is called a date.
func isDated(n *nethtml.Node) bool {
	class := strings.ToLower(attrOf(n, "class"))
	return n.Data == "time" || strings.Contains(class, "date") && !strings.Contains(class, "update") || strings.Contains(class, "datum") || strings.Contains(class, "dtstart")
}

// frameOf notes an element as one that a list may stand in.
func (s *survey) frameOf(n *nethtml.Node) {
	runs := s.split(n)
	if len(runs) == 0 {
		return
	}
	l := s.weigh(&list{frames: []*nethtml.Node{n}, n: len(runs)}, runs)
	if l == nil {
		return
	}
	s.lists = append(s.lists, l)
	key := placeKey(n)
	l.key = key
	s.alike[key] = append(s.alike[key], l)
}

// placeKey identifies what the place of an element looks like: the names of the
// elements around it and the classes of the nearest.
func placeKey(n *nethtml.Node) uint64 {
	h := fnv.New64a()
	for depth := 0; n != nil && n.Type == nethtml.ElementNode && depth < 8; depth++ {
		h.Write([]byte(n.Data))
		if depth < 3 {
			for _, c := range stableClasses(n) {
				h.Write([]byte("." + c))
			}
		}
		h.Write([]byte("<"))
		n = n.Parent
	}
	return h.Sum64()
}

// stableClasses returns the classes of an element that tell lists apart, not
// entries: none that is numbered or alternates.
func stableClasses(n *nethtml.Node) (out []string) {
	for _, c := range strings.Fields(attrOf(n, "class")) {
		if len(out) < 6 && len(c) < 60 && strings.Trim(c, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-") == "" && !isAlternating(c) {
			out = append(out, c)
		}
	}
	return out
}

func isAlternating(class string) bool {
	switch strings.ToLower(class) {
	case "odd", "even", "first", "last", "gerade", "ungerade", "active", "open", "closed", "collapsed", "sticky", "new", "neu", "clear", "clearfix", "row-first", "row-last":
		return true
	}
	return false
}

func hasAncestor(n *nethtml.Node, names ...string) bool {
	for n = n.Parent; n != nil; n = n.Parent {
		if n.Type == nethtml.ElementNode && slices.Contains(names, n.Data) {
			return true
		}
	}
	return false
}

func attrOf(n *nethtml.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// selection is the selection of some nodes.
func selection(nodes ...*nethtml.Node) *goquery.Selection { return &goquery.Selection{Nodes: nodes} }
