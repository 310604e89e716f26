package parse

import (
	"slices"
	"strings"

	nethtml "golang.org/x/net/html"
)

// run is an entry of a list: nodes that follow each other in one element.
type run []*nethtml.Node

// piece is a child of an element that may be a list, with what it holds.
type piece struct {
	node *nethtml.Node
	mark mark
	date bool // it says a date and no more
}

// split divides what is in an element into entries of a list.
func (s *survey) split(n *nethtml.Node) []run {
	switch n.Data {
	case "tr", "a", "h1", "h2", "h3", "h4", "h5", "h6", "dt", "html", "table":
		return nil
	}
	pieces, leaders := s.pieces(n)
	switch {
	case leaders == 0:
		return nil
	case n.Data == "dl":
		return definitions(pieces)
	case n.Data == "ul" || n.Data == "ol" || n.Data == "tbody":
		return each(pieces)
	}
	start := starter(pieces, leaders)
	if loose := len(pieces) - leaders; 2*loose >= leaders && isFlat(start) {
		return flat(pieces, start)
	}
	return each(pieces)
}

// pieces lists the children that say something, and counts those with links.
func (s *survey) pieces(n *nethtml.Node) (list []piece, leaders int) {
	for c := range n.ChildNodes() {
		p := piece{node: c}
		switch c.Type {
		case nethtml.TextNode:
			text := strings.TrimSpace(c.Data)
			if text == "" {
				continue
			}
			p.mark.text = int32(len(text))
			if len(text) < 60 {
				s.day(&p.mark, text)
			}
		case nethtml.ElementNode:
			if m := s.marks[c]; m != nil {
				p.mark = *m
			} else if p.mark.text = int32(len(short(c, 200))); p.mark.text == 0 || isHidden(c.Data) || concealed(c) || s.frame(c) {
				continue
			}
		default:
			continue
		}
		p.date = p.mark.nurls == 0 && p.mark.ndates == 1 && p.mark.text < 60
		if p.mark.nurls > 0 {
			leaders++
		}
		if list = append(list, p); len(list) >= 2*maxLinks {
			break
		}
	}
	return list, leaders
}

// each takes every child with a link for an entry.
func each(pieces []piece) (runs []run) {
	for _, p := range pieces {
		if p.mark.nurls > 0 {
			runs = append(runs, run{p.node})
		}
	}
	return runs
}

// definitions divides a definition list: what follows a dt belongs to it, unless
// the dt is a date, which several dd may share.
func definitions(pieces []piece) (runs []run) {
	if !slices.ContainsFunc(pieces, func(p piece) bool { return p.node.Data == "dt" }) {
		return each(pieces)
	}
	days := slices.ContainsFunc(pieces, func(p piece) bool { return p.node.Data == "dt" && p.date })
	for _, p := range pieces {
		switch {
		case days && p.mark.nurls > 0:
			runs = append(runs, run{p.node})
		case !days && p.node.Data == "dt":
			runs = append(runs, run{p.node})
		case !days && len(runs) > 0:
			runs[len(runs)-1] = append(runs[len(runs)-1], p.node)
		}
	}
	return runs
}

// starter returns the name of the elements that entries of a flat list begin
// with: headlines if there are enough, else the commonest with a link.
func starter(pieces []piece, leaders int) string {
	count := map[string]int{}
	headlines := map[string]int{}
	for _, p := range pieces {
		if p.mark.nurls > 0 {
			count[p.node.Data]++
		}
		if isHeadline(p.node) && !p.date {
			headlines[p.node.Data]++
		}
	}
	for name, n := range headlines {
		if 2*n >= leaders && n > 1 {
			return name
		}
	}
	best := ""
	for name, n := range count {
		if n > count[best] || n == count[best] && name < best {
			best = name
		}
	}
	return best
}

// isFlat tells whether an element by its name is part of an entry rather than
// the whole of it.
func isFlat(name string) bool {
	switch name {
	case "h2", "h3", "h4", "h5", "h6", "p", "a", "strong", "b", "span":
		return true
	}
	return false
}

func isHeadline(n *nethtml.Node) bool {
	return n.Type == nethtml.ElementNode && len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '2' && n.Data[1] <= '6'
}

// flat divides headlines, dates and teasers that stand beside each other. A date
// goes with the headline before it, or behind it if the list begins with one.
func flat(pieces []piece, start string) (runs []run) {
	ahead := datesAhead(pieces, start)
	var waiting run
	for _, p := range pieces {
		begins := p.node.Type == nethtml.ElementNode && p.node.Data == start && !p.date && (p.mark.nurls > 0 || isHeadline(p.node))
		switch {
		case begins && len(runs) > 0 && !isHeadline(p.node) && p.mark.head == 0:
			runs[len(runs)-1] = append(runs[len(runs)-1], p.node) // "mehr" of the entry before
		case begins:
			runs = append(runs, append(waiting, p.node))
			waiting = nil
		case p.date && ahead:
			waiting = run{p.node}
		case waiting != nil:
			waiting = append(waiting, p.node)
		case len(runs) > 0:
			runs[len(runs)-1] = append(runs[len(runs)-1], p.node)
		}
	}
	return runs
}

// datesAhead tells whether dates stand in front of what they belong to.
func datesAhead(pieces []piece, start string) bool {
	for _, p := range pieces {
		if p.date {
			return true
		}
		if p.node.Data == start && p.mark.nurls > 0 {
			return false
		}
	}
	return false
}

// short returns the text of a node, or nothing if it is longer than most bytes.
func short(n *nethtml.Node, most int) string {
	var b strings.Builder
	if !gather(&b, n, most) {
		return ""
	}
	return fold(b.String())
}

// gather writes the text of a node as long as there is room.
func gather(b *strings.Builder, n *nethtml.Node, most int) bool {
	if n.Type == nethtml.TextNode {
		b.WriteString(n.Data)
		return b.Len() <= most
	}
	if n.Type == nethtml.ElementNode && (isHidden(n.Data) || concealed(n)) {
		return true
	}
	for c := range n.ChildNodes() {
		if !gather(b, c, most) {
			return false
		}
	}
	if n.Type == nethtml.ElementNode && !isInline(n.Data) {
		b.WriteByte(' ')
	}
	return b.Len() <= most
}
