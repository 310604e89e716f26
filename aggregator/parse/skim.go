package parse

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"laenderfeed/aggregator"
)

// skim lets a reader pass over the items of a feed that were in the last
// document read. Most of what reading a feed costs is spent on items that are
// known, as a document that has changed has one new item and nineteen old ones.
//
// An item is passed over if its bytes and all else its reading depends on have
// the digest they had. Digests are kept only of what will read the same again:
// not of items in which something was mended, which is to be reported each time,
// or whose date counts from today. And none are kept of a document whose items
// cannot be read each for itself: a repeated guid makes another item's identity
// degrade. When anything of that kind turns up among the items that are left,
// the reader is in doubt, and the document is read once more as a whole.
type skim struct {
	seen  map[uint64]aggregator.Digest // of the last document
	known []aggregator.Digest          // those found again
	head  uint64                       // of what items inherit from the feed
	whole bool                         // the items cannot be told apart: no digests
	doubt bool                         // items were passed over that should not have been
	notes int                          // how often something was met that must be met again
}

// errDoubt ends a reading that passed over too much.
var errDoubt = errors.New("the items left do not stand for themselves")

func newSkim(seen []aggregator.Digest) skim {
	k := skim{}
	if len(seen) > 0 {
		k.seen = make(map[uint64]aggregator.Digest, len(seen))
		for _, d := range seen {
			k.seen[d.Text] = d
		}
	}
	return k
}

// digest returns 64 bits that stand for texts. They are told apart by their
// lengths.
func digest(parts ...[]byte) uint64 {
	h := sha256.New()
	buf := make([]byte, 0, sha256.Size)
	for _, p := range parts {
		h.Write(append(strconv.AppendInt(buf, int64(len(p)), 10), ':'))
		h.Write(p)
	}
	var n uint64
	for _, b := range h.Sum(buf)[:8] {
		n = n<<8 | uint64(b)
	}
	return n
}

// mark gives the items of a scanned document their digests, and tells which of
// them are known. A digest covers the item as mended, the tags around it, the
// base of its links, and how the reader was told to read.
func (s *scanner) mark(xml []byte) {
	k := &s.r.skim
	if k.whole = s.r.opt.Version == "" || s.channels > 1; k.whole {
		return
	}
	how := s.kind + "\n" + s.r.opt.Version + "\n" + s.r.zone.String() + fmt.Sprint("\n", s.r.opt.Full, s.r.opt.AsSaid)
	for i := range s.items {
		f := &s.items[i]
		f.digest = digest([]byte(how), []byte(s.around[min(f.depth, 3)].open), []byte(f.base), xml[f.start:f.end])
		if d, ok := k.seen[f.digest]; ok {
			f.known = true
			k.known = append(k.known, d)
			if d.Identity&byLink != 0 {
				s.mend("guid")
			}
		}
	}
}

// unknown returns the document without the items that are known.
func (s *scanner) unknown(xml []byte) []byte {
	if len(s.r.skim.known) == 0 {
		return xml
	}
	var out []byte
	from := 0
	inOrder := slices.SortedFunc(slices.Values(s.items), func(a, b found) int { return cmp.Compare(a.start, b.start) })
	for _, f := range inOrder {
		if f.known {
			out = append(out, xml[from:f.start]...)
			from = f.end
		}
	}
	return append(out, xml[from:]...)
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

// inherit takes note of what items without such details of their own take over
// from the feed. Should that be another than last time, all are read anew.
func (r *reader) inherit(language string, authors []string) {
	parts := [][]byte{[]byte(language)}
	for _, a := range authors {
		parts = append(parts, []byte(a))
	}
	r.skim.head = digest(parts...)
	if _, ok := r.skim.seen[r.skim.head]; !ok && len(r.skim.known) > 0 {
		r.skim.doubt = true
	}
}

// byLink is the bit of [aggregator.Digest].Identity that says that the item has
// no guid and is known by its link.
const byLink = 1

// told is an item on its way through [reader.conclude]: the guid as it was
// written, and the item's digest, 0 if it must be read again.
type told struct {
	guid   string
	digest uint64
}

// conclude leaves the digests of a document in it, or finds that it must be
// read as a whole. Items are those read, identified, of which before is what
// they were before that.
func (r *reader) conclude(doc *aggregator.Document, before []told) {
	k := &r.skim
	k.whole = k.whole || len(before) != len(doc.Items)
	met := make(map[uint64]bool, len(k.known)+len(before))
	for _, d := range k.known {
		k.whole = k.whole || met[d.Identity&^byLink]
		met[d.Identity&^byLink] = true
	}
	digests := slices.Clone(k.known)
	for i := 0; i < len(before) && !k.whole; i++ {
		it := &doc.Items[i]
		id := digest([]byte(it.GUID)) &^ byLink
		k.whole = met[id] || it.GUID != before[i].guid && (before[i].guid != "" || it.GUID != it.Link)
		met[id] = true
		if before[i].guid == "" {
			id |= byLink
		}
		if before[i].digest != 0 {
			digests = append(digests, aggregator.Digest{Text: before[i].digest, Identity: id})
		}
	}
	if k.whole {
		k.doubt = k.doubt || len(k.known) > 0
		return
	}
	doc.Known = len(k.known)
	if len(digests) > 0 {
		doc.Digests = append(digests, aggregator.Digest{Text: k.head})
	}
}

// timely takes note of a date that is another one on another day, such as
// "heute" or one without a year.
func (r *reader) timely(text string, t time.Time) {
	if r.opt.Version == "" || r.opt.Now.IsZero() {
		return
	}
	if later, ok := Date(text, r.zone, r.opt.Now.AddDate(1, 1, 3)); !ok || !later.Equal(t) {
		r.skim.notes++
	}
}
