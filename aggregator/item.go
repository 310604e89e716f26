package aggregator

import (
	"bufio"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"html"
	"strconv"
	"strings"
	"time"
)

// Item is one entry of one source. All text is valid UTF-8 without characters
// that XML 1.0 forbids; package parse cleans it once, at ingest.
type Item struct {
	ID         string // "urn:uuid:…", see [ItemID]; set by the store at first sight, never changed
	Source     string // ID of the source
	GUID       string // the identity within the source; never empty in a Document
	Title      string // plain text, at most 1 kB, never empty
	Link       string // absolute http or https URL, or ""
	Summary    string // plain text, at most 20 kB
	Content    string // sanitised HTML, at most 500 kB, or ""
	Authors    []string
	Categories []string // the publisher's own keywords
	Enclosures []Enclosure
	Language   string    // BCP 47, or ""
	Rights     string    // what the publisher says of the rights in this item alone, one line of at most 500 bytes; or ""
	Published  time.Time // as the source says, UTC; zero when it does not, or says nonsense
	Modified   time.Time // as the source says (atom:updated), UTC; zero when it does not
	Seen       time.Time // first seen by us
	Updated    time.Time // last significant change seen by us; Seen when there was none
	Labels     Labels
}

// Enclosure is a file that belongs to an item (RSS 2.0 enclosure).
type Enclosure struct {
	URL    string `json:"url"`
	Type   string `json:"type"`
	Length int64  `json:"length"` // bytes, 0 when unknown
}

// ItemID returns the published id of the item guid of a source: a name-based
// UUID (RFC 9562 version 5, URL namespace) as a URN.
func ItemID(source, guid string) string {
	u := ItemUUID(source, guid)
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", u[0:4], u[4:6], u[6:8], u[8:10], u[10:])
}

// ItemUUID returns the 16 bytes of [ItemID].
func ItemUUID(source, guid string) [16]byte {
	namespace := [16]byte{0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8}
	h := sha1.New()
	h.Write(namespace[:])
	h.Write([]byte("laenderfeed:" + source + "\n" + guid))
	u := [16]byte(h.Sum(nil))
	u[6] = u[6]&0x0f | 0x50
	u[8] = u[8]&0x3f | 0x80
	return u
}

// Effective is the time an item is sorted and shown by: when it was published,
// but never later than when it was first seen, so that a wrong date cannot pin
// it to the top.
func (it *Item) Effective() time.Time {
	if it.Published.IsZero() || it.Published.After(it.Seen) {
		return it.Seen
	}
	return it.Published
}

// Fingerprint identifies what the source said: equal fingerprints mean that
// nothing a reader sees has changed. An item without Rights has the one it had
// before rights were read, so that reading them makes no stored item look changed
// that says nothing of them.
func (it *Item) Fingerprint() [16]byte {
	h := sha256.New()
	w := bufio.NewWriterSize(h, 512) // in which no text is copied as a whole
	write := func(parts ...string) {
		for _, p := range parts {
			w.Write(binary.BigEndian.AppendUint64(w.AvailableBuffer(), uint64(len(p))))
			w.WriteString(p)
		}
	}
	write(it.Title, it.Link, it.Summary, it.Content, it.Language, it.Published.UTC().Format(time.RFC3339))
	write(strings.Join(it.Authors, "\n"), strings.Join(it.Categories, "\n"))
	for _, e := range it.Enclosures {
		write(e.URL, e.Type, strconv.FormatInt(e.Length, 10))
	}
	if it.Rights != "" {
		write(it.Rights)
	}
	w.Flush()
	return [16]byte(h.Sum(nil)[:16])
}

// Text returns what a classifier may look at. The prior is that of the source.
func (it *Item) Text(prior Region) Text {
	return Text{
		Title: it.Title, Summary: it.Summary, Content: plainText(it.Content),
		Categories: it.Categories, Link: it.Link, Prior: prior,
	}
}

// plainText drops the tags of sanitised HTML; each leaves a space.
func plainText(s string) string {
	if !strings.ContainsAny(s, "<&") {
		return s
	}
	var b strings.Builder
	for s != "" {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			b.WriteString(s)
			break
		}
		b.WriteString(s[:i])
		b.WriteByte(' ')
		j := strings.IndexByte(s[i:], '>')
		if j < 0 {
			break
		}
		s = s[i+j+1:]
	}
	return html.UnescapeString(b.String())
}

// Document is a feed or list page as read.
type Document struct {
	Kind     string // "rss", "atom", "rdf", "json" or "html"
	Title    string
	Link     string // the publisher's page
	Language string
	Rights   string // what the feed says of the rights in its items, one line of at most 500 bytes; or ""
	Updated  time.Time
	Hints    Hints
	Items    []Item   // in the publisher's order; Seen, Updated, ID and Labels not yet set
	Repaired []string // what had to be mended, a short fixed word each; nil for a clean document
	Known    int      // items of the document that are not in Items, as nothing about them has changed
	Digests  []Digest // of what need not be read again as long as it stays as it is
}

// Digest stands for a part of a document as its publisher wrote it, such as one
// item. It is made and understood by package parse.
type Digest struct {
	Text     uint64 // of the bytes, and of all else their reading depends on
	Identity uint64 // of the guid; 0 for what is no item
}

// Hints are what a publisher says about polling, in the response's headers or
// in the document.
type Hints struct {
	TTL       time.Duration // RSS ttl, sy:updatePeriod; 0 when absent
	SkipHours [24]bool      // RSS skipHours, in UTC
	SkipDays  [7]bool       // RSS skipDays, indexed by time.Weekday
	Hubs      []string      // WebSub hubs
	Self      string        // what the document calls its own URL, absolute; or ""
}
