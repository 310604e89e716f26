package parse

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
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
	how   []byte                       // see scanner.how; nil before it was needed
	vain  int                          // bytes that passOver looked at for nothing: as many as there are, at most twice
	head  uint64                       // of what items inherit from the feed
	whole bool                         // the items cannot be told apart: no digests
	doubt bool                         // items were passed over that should not have been
	notes int                          // how often something was met that must be met again
}

// errDoubt ends a reading that passed over too much.
var errDoubt = errors.New("the items left do not stand for themselves")

func newSkim(opt Options) (k skim) {
	if k.whole = opt.Version == ""; k.whole || len(opt.Seen) == 0 {
		return k
	}
	k.seen = make(map[uint64]aggregator.Digest, len(opt.Seen))
	k.known = make([]aggregator.Digest, 0, len(opt.Seen))
	for _, d := range opt.Seen {
		k.seen[d.Text] = d
	}
	return k
}

// digest returns 64 bits that stand for texts, told apart by their lengths. It is
// made of two checksums: it need not withstand anybody, as who finds another text of
// the same digest keeps but his own news from being read. A cryptographic hash was
// an eighth of what it took to read a document with one new item.
func digest(parts ...[]byte) uint64 {
	var a, b uint32
	for _, p := range parts {
		length := uint32(len(p))
		a = crc32.Update(a, castagnoli, p) ^ length
		b = crc32.Update(b, crc32.IEEETable, p) ^ length
	}
	return uint64(a)<<32 | uint64(b)
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// how is what the digests of a document cover besides its bytes: how the reader
// was told to read.
func (s *scanner) how() []byte {
	k := &s.r.skim
	if k.how == nil {
		k.how = []byte(s.kind + "\n" + s.r.opt.Version + "\n" + s.r.zone.String() + fmt.Sprint("\n", s.r.opt.Full, s.r.opt.AsSaid))
	}
	return k.how
}

// itemDigest covers an item as mended, the tags around it, the base of its links,
// and how the reader was told to read.
func (s *scanner) itemDigest(f *found, item []byte) uint64 {
	s.based = append(s.based[:0], f.base...)
	return digest(s.how(), s.around[min(f.depth, 3)].open, s.based, item)
}

// passOver passes over the item that was just opened at src[start] if it is known
// as it stands in the source, so that the scanner need not look at what is in it.
// An item in which something must be mended is not known so.
func (s *scanner) passOver(t tag, start int) bool {
	k := &s.r.skim
	if k.seen == nil || k.vain > len(s.src) || t.self || t.messy {
		return false
	}
	f := &s.items[len(s.items)-1]
	closing := slices.Concat([]byte("</"), t.name, []byte(">"))
	n := bytes.Index(s.src[t.end:], closing)
	if n < 0 {
		k.vain += len(s.src) - start
		return false
	}
	end := t.end + n + len(closing)
	f.digest = s.itemDigest(f, s.src[start:end])
	if !s.meet(f) {
		k.vain += end - start
		return false
	}
	f.end, s.pos = s.at(end), end
	// No more elements than that are in it. Should these be too many for the
	// document, they have to be counted.
	if s.opened += bytes.Count(s.src[start:end], []byte("<")); s.opened > MaxElements {
		k.doubt = true
	}
	return true
}

// meet tells whether an item is known, and takes note of it then.
func (s *scanner) meet(f *found) bool {
	k := &s.r.skim
	d, ok := k.seen[f.digest]
	if f.known = ok; ok {
		k.known = append(k.known, d)
		if d.Identity&byLink != 0 {
			s.mend("guid")
		}
	}
	return ok
}

// mark gives the items of a scanned document their digests, and tells which of
// them are known.
func (s *scanner) mark(xml []byte) {
	k := &s.r.skim
	if k.whole = k.whole || s.channels > 1; k.whole {
		return
	}
	for i := range s.items {
		if f := &s.items[i]; !f.known {
			f.digest = s.itemDigest(f, xml[f.start:f.end])
			s.meet(f)
		}
	}
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
