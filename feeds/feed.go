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
	entries  []view
}

// url returns the absolute URL of the feed in a format.
func (f *feed) url(format Format) string { return f.base + Path(f.query, format) }

// feedID returns the published id of a feed. It is made from the canonical path,
// so neither a move to another host nor a new title makes it another feed.
func feedID(q aggregator.Query) string { return aggregator.ItemID("", "feed:"+Path(q, Page)) }

func sourceFeedID(id string) string { return feedID(aggregator.Query{Source: id}) }

// Names returns the German names of what a query is about: "Sachsen, Thüringen:
// Künstliche Intelligenz". It is "" for a source, whose name a query does not hold.
func Names(q aggregator.Query) string {
	q = Canonical(q)
	if q.Source != "" {
		return ""
	}
	regions := names(q.Regions, "Alle Länder und Bund")
	if len(q.Topics) == 0 {
		return regions
	}
	return regions + ": " + names(q.Topics, "")
}

func names[T interface{ Name() string }](vs []T, none string) string {
	if len(vs) == 0 {
		return none
	}
	parts := make([]string, len(vs))
	for i, v := range vs {
		parts[i] = v.Name()
	}
	return strings.Join(parts, ", ")
}

// Title returns the title of the feed or page of a query. The name is that of
// its source, if it has one.
func Title(q aggregator.Query, source string) string {
	switch {
	case q.Source != "":
		return firstOf(CleanLine(source), q.Source)
	case len(q.Topics) == 0:
		return Names(q) + ": Digitale Verwaltung"
	}
	return Names(q)
}

// Subtitle says in a German sentence what the feed or page of a query holds.
func Subtitle(q aggregator.Query, source string) string {
	q = Canonical(q)
	if q.Source != "" {
		return "Alle Meldungen der Quelle „" + Title(q, source) + "“."
	}
	s := "Meldungen zur Digitalisierung der öffentlichen Verwaltung"
	if len(q.Topics) > 0 {
		s += " – Thema: " + names(q.Topics, "")
	}
	return s + " – Gebiet: " + names(q.Regions, "alle Länder, Bund und International") + "."
}
