package parse

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	nethtml "golang.org/x/net/html"
)

// list is a set of elements that could be the list of a page.
type list struct {
	frames []*nethtml.Node // the elements its entries stand in, in the order of the page
	key    uint64          // what their place looks like
	n      int             // entries
	dated  int             // of which with a date
	score  float64
	rival  float64 // score of the best list that is another one
}

// closer is how many of the best lists are looked at more closely.
const closer = 12

// detect finds the list of a page without selectors, as a person would see it:
// of all elements whose children are alike in having a link with a text like a
// headline, the ones with dates and teasers beside it, under a heading that says
// news and not in the margin. It returns the entries.
func (p *page) detect() (best *list, runs []run) {
	s := p.survey()
	slices.SortStableFunc(s.lists, func(a, b *list) int { return cmp.Compare(b.score, a.score) })
	seen := map[uint64]bool{}
	var found []*list
	all := s.lists[:min(len(s.lists), 4*closer)]
	for _, l := range all {
		l.score *= s.standing(l)
	}
	slices.SortStableFunc(all, func(a, b *list) int { return cmp.Compare(b.score, a.score) })
	for _, l := range all[:min(len(all), closer)] {
		if seen[l.key] && l.n < 3 { // part of one that was united
			continue
		}
		seen[l.key] = true
		whole := s.unite(l)
		if whole.score > 0 && s.enough(whole) {
			found = append(found, whole)
		}
	}
	if len(found) == 0 {
		return nil, nil
	}
	best = slices.MaxFunc(found, func(a, b *list) int { return cmp.Compare(a.score, b.score) })
	for _, l := range found {
		if !related(l.frames[0], best.frames[0]) {
			best.rival = max(best.rival, l.score)
		}
	}
	for _, n := range best.frames {
		runs = append(runs, s.split(n)...)
	}
	return best, runs
}

// related tells whether one of two elements stands in the other, or both in one.
func related(a, b *nethtml.Node) bool {
	for up := a; up != nil; up = up.Parent {
		if up == b {
			return true
		}
	}
	for up := b; up != nil; up = up.Parent {
		if up == a {
			return true
		}
	}
	return a.Parent == b.Parent
}

// tally counts what the entries of a list have.
type tally struct {
	n        int // that could be news: with a link of their own and a text like a headline
	dated    int
	many     int // with several links and dates, more like lists themselves
	headings int
	foreign  int // with a link to another host
	events   int // with a date ahead and no other
	head     int // runes of their headlines
	prose    int // bytes of text beside links
}

func (s *survey) tally(runs []run) (t tally) {
	seen := map[int32]int{}
	marks := make([]mark, len(runs))
	for i, r := range runs {
		marks[i] = s.sum(r)
		for _, u := range marks[i].urls[:marks[i].nurls] {
			seen[u]++
		}
	}
	counted := map[int32]bool{}
	for i := range marks {
		m := &marks[i]
		own, fresh := 0, false // links that no other entry has: not to an author or a topic
		for _, u := range m.urls[:m.nurls] {
			if seen[u] == 1 {
				own++
			}
			fresh = fresh || !counted[u]
			counted[u] = true
		}
		if m.head < 8 { // the link is a picture or says "mehr"
			m.head = min(m.text-m.linked, 60)
		}
		if !fresh || m.head < 8 {
			continue
		}
		t.n++
		t.head += int(min(m.head, 120))
		t.prose += int(min(m.text-m.linked, 400))
		t.dated += one(m.ndates > 0)
		t.many += one(own > 3 || own > 2 && m.ndates > 1 || own > 1 && m.ndates > 2)
		t.headings += one(m.heading)
		t.foreign += one(m.foreign > 0)
		t.events += one(m.ahead && m.ndates == 0)
	}
	return t
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// weigh scores a list by its entries alone; nil is none. Long headlines count,
// up to twenty of them; dates count four times, teasers up to twice.
func (s *survey) weigh(l *list, runs []run) *list {
	t := s.tally(runs)
	if t.n == 0 {
		return nil
	}
	l.n, l.dated = t.n, t.dated
	count := float64(t.n)
	l.score = float64(t.head) / count * math.Min(count, 20)
	if 2*t.dated >= t.n {
		l.score *= 4
	}
	l.score *= 1 + math.Min(float64(t.prose)/count, 200)/200
	l.score *= 1 + 0.3*float64(t.headings)/count
	l.score *= 1 - 0.93*float64(t.many)/count
	l.score *= 1 - 0.7*float64(t.foreign)/count
	l.score *= 1 - 0.8*float64(t.events)/count
	l.score *= math.Sqrt(count / float64(len(runs)))
	return l
}

// sum is what the nodes of an entry hold together.
func (s *survey) sum(r run) (m mark) {
	for _, n := range r {
		if known := s.marks[n]; known != nil {
			m.add(known)
		} else {
			text := short(n, 1000)
			part := mark{text: int32(len(text)), heading: isHeadline(n)}
			if part.heading {
				part.head = int32(utf8.RuneCountInString(text))
			}
			if len(text) < 60 {
				s.day(&part, text)
			}
			m.add(&part)
		}
	}
	return m
}

// standing weighs where a list stands and what it is called.
func (s *survey) standing(l *list) float64 {
	weight := 1.0
	n := l.frames[0]
	for up := n; up != nil; up = up.Parent {
		if up.Data == "main" || attrOf(up, "role") == "main" {
			weight *= 1.5
			break
		}
		if up.Data != "body" && up.Type == nethtml.ElementNode && !s.core[up] && classed(up, isMarginWord) {
			weight *= 0.2
			break
		}
	}
	for up, level := n, 0; up != nil && level < 3 && !s.core[up]; up, level = up.Parent, level+1 {
		if classed(up, isNewsWord) {
			weight *= 1.3
			break
		}
		if classed(up, isEventWord) {
			weight *= 0.3
			break
		}
	}
	switch heading := heading(n); {
	case isNoiseHeading(heading):
		weight *= 0.15
	case isNewsHeading(heading):
		weight *= 2
	}
	return weight
}

// isMarginWord names classes of what stands beside the content.
func isMarginWord(word string) bool {
	switch word {
	case "sidebar", "marginal", "marginalspalte", "margin", "related", "most", "popular", "beliebt", "meistgelesen", "weitere", "widget", "slider", "carousel",
		"teaserbox", "servicebox", "infobox", "linklist", "quicklinks", "randspalte", "tags", "filter", "facet", "facets", "facetten", "glossar", "az":
		return true
	}
	return false
}

func isNewsWord(word string) bool {
	switch word {
	case "news", "newslist", "presse", "press", "pressemitteilungen", "pressemitteilung", "meldung", "meldungen", "result", "results", "resultlist", "searchresult",
		"treffer", "trefferliste", "aktuell", "aktuelles", "posts", "archive", "nachrichten", "medien", "feed":
		return true
	}
	return false
}

func isEventWord(word string) bool {
	switch word {
	case "event", "events", "termin", "termine", "veranstaltung", "veranstaltungen", "kalender", "calendar", "eventlist":
		return true
	}
	return false
}

// isNoiseHeading tells whether a heading announces something else than news.
func isNoiseHeading(s string) bool {
	s = strings.ToLower(s)
	if containsAny(s, "meistgelesen", "meist gelesen", "meistgesucht", "beliebt", "newsletter", "pressekontakt", "ansprechpartner", "verteiler", "das könnte sie",
		"weitere themen", "stellenangebot", "stellenausschreibung", "ausschreibung", "folgen sie", "veranstaltungskalender", "terminkalender") {
		return true
	}
	return !isNewsHeading(s) && containsAny(s, "veranstaltung", "termin", "kalender", "service", "karriere", "publikation", "broschüre", "kontakt", "themen", "schnellzugriff",
		"download", "mediathek", "social", "rechtliches", "navigation", "a-z", "a bis z", "dienstleistung", "häufig", "archiv nach", "filter", "rubriken", "kategorien", "bekanntmachung",
		"weiterführend", "externe links", "interne links", "formulare", "wetter")
}

func isNewsHeading(s string) bool {
	s = strings.ReplaceAll(strings.ToLower(s), "newsletter", "")
	return containsAny(s, "presse", "meldung", "nachricht", "aktuell", "news", "medieninformation", "mitteilung", "neuigkeiten", "medienservice")
}

func containsAny(s string, words ...string) bool {
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(s, word) })
}

// heading returns the text of the headline that an element stands under, or "".
func heading(n *nethtml.Node) string {
	for level := 0; n != nil && level < 8; level++ {
		for before, i := n.PrevSibling, 0; before != nil && i < 40; before, i = before.PrevSibling, i+1 {
			if text := lastHeading(before, 2); text != "" {
				return text
			}
		}
		n = n.Parent
		if n != nil && n.Data == "details" {
			break
		}
	}
	return ""
}

// lastHeading returns the last headline in an element, looking so deep. One that
// has a text under it is not the headline of what follows.
func lastHeading(n *nethtml.Node, depth int) string {
	if n.Type != nethtml.ElementNode {
		return ""
	}
	if n.Data == "h1" || isHeadline(n) || n.Data == "legend" || n.Data == "caption" {
		return short(n, 300)
	}
	if depth == 0 || short(n, 300) == "" || n.Data == "nav" || n.Data == "article" || n.Data == "ul" {
		return ""
	}
	for c, i := n.LastChild, 0; c != nil && i < 8; c, i = c.PrevSibling, i+1 {
		if text := lastHeading(c, depth-1); text != "" {
			return text
		}
	}
	return ""
}

// unite puts the parts of a list together that is divided, by days, months or
// rows: those in places that look the same, near each other and not called
// something else.
func (s *survey) unite(l *list) *list {
	group := s.alike[l.key]
	if len(group) < 2 {
		return l
	}
	whole := &list{key: l.key, score: l.score}
	news := isNewsHeading(heading(l.frames[0]))
	var runs []run
	for _, part := range group[:min(len(group), 300)] {
		if part != l && (!near(l.frames[0], part.frames[0]) || 2*l.dated >= l.n && part.dated == 0 || s.calledElse(part, news)) {
			continue
		}
		whole.frames = append(whole.frames, part.frames[0])
		runs = append(runs, s.split(part.frames[0])...)
	}
	if len(whole.frames) < 2 || s.weigh(whole, runs) == nil {
		return l
	}
	whole.score *= 0.95 * s.standing(l)
	if whole.n <= len(whole.frames) {
		whole.score *= 0.8 // what each stands in would rather be the entry
	}
	return whole
}

// calledElse tells whether a list has a heading by which it is not part of one
// that is called news, or not.
func (s *survey) calledElse(part *list, news bool) bool {
	text := heading(part.frames[0])
	if isNoiseHeading(text) {
		return true
	}
	return news && text != "" && !isNewsHeading(text) && !strings.ContainsAny(text, "0123456789")
}

// near tells whether two elements have an ancestor in common not far up.
func near(a, b *nethtml.Node) bool {
	for i := 0; a != nil && b != nil && i < 4; i++ {
		if a == b {
			return true
		}
		a, b = a.Parent, b.Parent
	}
	return false
}

// enough tells whether a list is one. A menu in place of a list is worse than
// none, so without dates it takes more.
func (s *survey) enough(l *list) bool {
	mean := 0
	var prose, alone bool
	for _, n := range l.frames {
		for _, r := range s.split(n) {
			m := s.sum(r)
			mean += int(max(m.head, min(m.text-m.linked, 60)))
			prose = prose || m.text-m.linked > 100
			alone = alone || isEntry(r[0])
		}
	}
	mean /= l.n
	news := isNewsHeading(heading(l.frames[0]))
	switch {
	case l.n < 3:
		return l.dated == l.n && mean >= 20 && alone
	case 2*l.dated > l.n:
		return mean >= 15
	}
	return l.n >= 4 && mean >= 40 || l.n >= 3 && mean >= 25 && (news || prose)
}

// isEntry tells whether an element is one that entries of lists are made of.
func isEntry(n *nethtml.Node) bool {
	switch n.Data {
	case "li", "article", "tr", "dd", "dt":
		return true
	}
	return classed(n, func(word string) bool {
		switch word {
		case "item", "entry", "teaser", "card", "post", "row", "rows", "result", "article", "artikel", "eintrag":
			return true
		}
		return isNewsWord(word)
	})
}
