package parse

import (
	"cmp"
	"slices"

	"github.com/mmcdole/gofeed/rss"
)

// What gofeed is given to read is an abridged document: without the items that are
// known, see [skim], and without the long texts of the others. These are most of a
// document, all that gofeed makes of them is their characters, and it takes an XML
// decoder that works byte by byte longer than all the rest. They are read where the
// scanner saw them.

// longChild is how many bytes of inner XML make a text worth leaving out.
const longChild = 64

// omitted stands in an RSS item where a text was left out, so that it can be told
// what gofeed took the element for. It is of the private use of Unicode.
const omitted = "\uE0F5"

// abridged returns the document to be read by gofeed, and whether long texts are
// missing in it.
func (s *scanner) abridged(xml []byte, brief bool) (text []byte, omits bool) {
	inOrder, byStart := s.items, func(a, b found) int { return cmp.Compare(a.start, b.start) }
	if !slices.IsSortedFunc(inOrder, byStart) {
		inOrder = slices.SortedFunc(slices.Values(inOrder), byStart)
	}
	from := 0
	leave := func(start, end int, sign string) {
		if text == nil {
			text = make([]byte, 0, len(xml)/4)
		}
		text = append(append(text, xml[from:start]...), sign...)
		from = end
	}
	for i := range inOrder {
		f := &inOrder[i]
		if f.known {
			leave(f.start, f.end, "")
			continue
		}
		for k := range f.children {
			c := &f.children[k]
			if brief && f.omits(s.kind, c) {
				leave(c.start, c.end, omitted)
				omits = true
			}
		}
	}
	if from == 0 {
		return xml, false
	}
	return append(text, xml[from:]...), omits
}

// omits tells whether the text of a child is read without gofeed: a long one, and in
// RSS the only one of its name, as of several gofeed has its own way to choose.
func (f *found) omits(kind string, c *span) bool {
	if c.end-c.start < longChild {
		return false
	}
	if kind == "atom" {
		return c.name == "summary" || c.name == "content"
	}
	return (c.name == "description" || c.name == "encoded") && f.child(c.name) == c && f.last(c.name) == c
}

// restore gives RSS items the texts that were left out. It tells whether each was
// where it belongs: an element of that name may be one of a foreign vocabulary.
func (s *scanner) restore(xml []byte, items []*rss.Item) bool {
	for i, it := range items {
		f := &s.items[i]
		if it == nil {
			continue
		}
		for k := range f.children {
			c := &f.children[k]
			if !f.omits(s.kind, c) {
				continue
			}
			text := &it.Description
			if c.name == "encoded" {
				text = &it.Content
			}
			if *text != omitted {
				return false
			}
			*text = characters(c.raw(xml))
		}
	}
	return true
}

// spread puts the items read of an abridged document where the scanner saw them;
// the others are nil.
func spread[I any](s *scanner, read []*I) []*I {
	if len(s.r.skim.known) == 0 {
		return read
	}
	list := make([]*I, len(s.items))
	for i := range s.items {
		if !s.items[i].known {
			list[i], read = read[0], read[1:]
		}
	}
	return list
}
