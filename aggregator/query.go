package aggregator

import (
	"cmp"
	"errors"
	"time"
)

// Query says which items a published feed holds. Several regions are a union,
// several topics and several places too; regions, topics, places, source, search
// and days restrict each other. A place stands for all that lies in it: a Kreis
// for its Gemeinden, a Regierungsbezirk for its Kreise. The zero Query is
// everything.
type Query struct {
	Regions []Region  // empty: all
	Topics  []Topic   // empty: all
	Places  []string  // keys as in [Place]; empty: all
	Source  string    // ID of a source, or ""
	Search  Search    // words that occur in it
	Since   time.Time // not older than this, by [Item.Effective]; zero: however old
	Until   time.Time // older than this; zero: up to the newest
	Seen    Arrivals  // a part of what was first seen in a span, whatever the limit
	Before  Cursor    // only what comes after this place; zero: from the newest. No search heeds these two
	Limit   int       // at most so many items, newest first; 0 means 50
}

// Found is what a search found.
type Found struct {
	Entries []Entry
	Total   int  // how many items were found, at most as many as are looked at
	More    bool // there are more; all of them are older than those looked at
}

// ErrSearchBusy says that a search took too long, or that too many others were
// under way: it may be tried again later.
var ErrSearchBusy = errors.New("search takes too long")

// Entry is an item on its way out, with what a feed says about its source.
type Entry struct {
	Item
	Origin     Source
	FeedRights string  // what the feed of its source says, as last read; or ""
	Place      Cursor  // in every feed it belongs to
	Others     []Other // who else tells the same news, the first one first
}

// StatedRights is what is known of the rights in an item: what the operator says
// of its source, else what the item says itself, else what its feed says.
func (e *Entry) StatedRights() string { return cmp.Or(e.Origin.Rights, e.Item.Rights, e.FeedRights) }

// SourceRights is what is known of the rights in all items of its source, see
// [SourceStatus.StatedRights].
func (e *Entry) SourceRights() string { return cmp.Or(e.Origin.Rights, e.FeedRights) }

// Other is another item of the same story.
type Other struct {
	ID     string
	Title  string
	Link   string
	Source string // name
}

// Arrivals restrict a query to what was first seen from From until before To,
// one part of [ArrivalsPart] items at a time: Part 1 has the oldest of them, Part
// 0 the newest that fill no part any more. As nothing is first seen in the past, a
// part that is full, and a span that is over, get no more items. The zero Arrivals
// restrict nothing.
type Arrivals struct {
	From, To time.Time
	Part     int
}

// ArrivalsPart is how many items a part of [Arrivals] has.
const ArrivalsPart = 2000

// IsZero tells whether the arrivals restrict nothing.
func (a Arrivals) IsZero() bool { return a == Arrivals{} }
