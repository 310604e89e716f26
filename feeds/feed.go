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
	updated  time.Time
	base     string // public URL
	hub      string // that is told of changes, or ""
	words    *Vocabulary
	entries  []view
	chain    chain
}

// url returns the absolute URL of the feed in a format.
func (f *feed) url(format Format) string { return f.base + f.words.Path(f.query, format) }

// feedID returns the published id of a feed. It is made from the canonical path,
// that of places without a name, so neither a move to another host nor a new
// title makes it another feed.
func (v *Vocabulary) feedID(q aggregator.Query) string {
	q.Seen = aggregator.Arrivals{} // archive pages are documents of the same feed (RFC 5005)
	return aggregator.ItemID("", "feed:"+strings.TrimSuffix(v.Path(q, Atom), fileName(Atom)))
}

func sourceFeedID(id string) string { return aggregator.ItemID("", "feed:"+sourcePath(id)) }
