package feeds

import (
	"strings"
	"time"

	"laenderfeed/aggregator"
)

// The texts that every feed has.
const (
	product = "laenderfeed"
	rights  = "Rechte an den Meldungen bei den jeweiligen Herausgebern. " +
		"laenderfeed gibt Titel, kurze Auszüge und Links wieder, den vollen Text nur mit Erlaubnis."
	language = "de"
	ttl      = 30 // minutes, for readers that know no Cache-Control
)

// feed is what the formats have in common: one query, answered.
type feed struct {
	query    aggregator.Query
	id       string // URN, the same whatever the host
	title    string
	subtitle string
	rights   string
	updated  time.Time
	base     string // public URL
	path     func(aggregator.Query, Format) string
	hub      string // that is told of changes, or ""
	entries  []view
	chain    chain
	maxAge   time.Duration
}

// naming is what distinguishes the feeds of a search from all others: where they
// are and what they are called. The string is the name of the source, if any.
type naming struct {
	path            func(aggregator.Query, Format) string
	title, subtitle func(aggregator.Query, string) string
	search          bool
}

func (v *Vocabulary) naming() naming { return naming{v.Path, v.Title, v.Subtitle, false} }

func (v *Vocabulary) searchNaming() naming {
	return naming{v.SearchPath, v.SearchTitle, v.searchSubtitle, true}
}

// url returns the absolute URL of the feed in a format.
func (f *feed) url(format Format) string { return f.base + f.path(f.query, format) }

// id returns the published id of a feed. It is made from the canonical path,
// that of places without a name, so neither a move to another host nor a new
// title makes it another feed.
func (n naming) id(q aggregator.Query) string {
	q.Seen = aggregator.Arrivals{} // archive pages are documents of the same feed (RFC 5005)
	return aggregator.ItemID("", "feed:"+strings.Replace(n.path(q, Atom), fileName(Atom), "", 1))
}

func sourceFeedID(id string) string { return aggregator.ItemID("", "feed:"+sourcePath(id)) }
