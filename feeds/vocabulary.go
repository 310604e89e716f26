package feeds

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"laenderfeed/aggregator"
)

// Named is a region or topic of the configuration: its slug, which labels and
// URLs have, and its German name; "" means the slug.
type Named struct{ Slug, Name string }

// Places knows the places there are feeds for. The classifier implements it.
type Places interface {
	// Place returns the place with a key; ok is false if there is none.
	Place(key string) (p aggregator.Place, ok bool)
	// FindPlaces returns up to n places that a name may stand for, likely ones first.
	FindPlaces(name string, n int) []aggregator.Place
	// PlacesIn returns the parts of a Land (by its two digits) or of a place, by kind and name.
	PlacesIn(key string) []aggregator.Place
}

// Vocabulary is what can stand in a URL: the regions, topics and places that
// there are feeds for, and what they are called. It never changes after
// [NewVocabulary] and may be used by any number of goroutines.
type Vocabulary struct {
	regions term[aggregator.Region]
	topics  term[aggregator.Topic]
	places  Places
	zone    *time.Location // of the days in a search
}

// term is one sort of words: all there are, in canonical order.
type term[T ~string] struct {
	order []T
	names map[T]string
	find  map[string]T // by folded slug, name or by-name
}

// NewVocabulary adds regions, topics and places to those that are built in; all
// may be nil. New regions and topics come after these in canonical order. A topic
// with the slug of a built-in one renames it; a region cannot. Without places
// there are no URLs of places.
func NewVocabulary(regions, topics []Named, places Places) (*Vocabulary, error) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		return nil, fmt.Errorf("feeds: time zone: %w", err)
	}
	v := &Vocabulary{places: places, zone: zone}
	for _, r := range aggregator.Regions() {
		v.regions.add(r, r.Name())
		v.regions.alias(r, r.Code())
	}
	v.regions.alias(aggregator.NordrheinWestfalen, "nrw") // what everybody calls it, though its code is NW
	v.regions.alias(aggregator.Alle, string(aggregator.Alle))
	for _, t := range aggregator.Topics() {
		v.topics.add(t, t.Name())
	}
	for _, n := range regions {
		if _, taken := v.regions.find[n.Slug]; taken || !isSlug(n.Slug) || slices.Contains(reservedRegions, n.Slug) {
			return nil, fmt.Errorf("feeds: region %q: not a free slug", n.Slug)
		}
		v.regions.add(aggregator.Region(n.Slug), n.Name)
	}
	for _, n := range topics {
		if !isSlug(n.Slug) || slices.Contains(reservedTopics, n.Slug) {
			return nil, fmt.Errorf("feeds: topic %q: not a free slug", n.Slug)
		}
		v.topics.add(aggregator.Topic(n.Slug), n.Name)
	}
	return v, nil
}

// Slugs that stand for something else in the place of a region or a topic. The
// lists are read-only.
var (
	reservedRegions = []string{sourceRoot, placeRoot, "suche", "meldung", "bot", "betrieb", "feed", "feeds", "healthz", "readyz", "metrics"}
	reservedTopics  = []string{"archiv", "feed", "fristen"}
)

// isSlug tells whether s consists of small letters, digits and single hyphens
// between them.
func isSlug(s string) bool {
	return s != "" && len(s) <= maxName && s == slugOf(s)
}

// add enters a word, or gives it another name.
func (t *term[T]) add(v T, name string) {
	if t.names == nil {
		t.names, t.find = map[T]string{}, map[string]T{}
	}
	if _, known := t.names[v]; !known {
		t.order = append(t.order, v)
		t.find[string(v)] = v // a slug goes before another's name
	}
	t.names[v] = cmp.Or(CleanLine(name), string(v))
	t.alias(v, t.names[v])
}

// alias lets a word be found by another name, unless that is taken.
func (t *term[T]) alias(v T, name string) {
	name = fold(name)
	if _, taken := t.find[name]; name != "" && !taken {
		t.find[name] = v
	}
}

func (t *term[T]) lookUp(s string) (T, bool) {
	v, ok := t.find[fold(s)]
	return v, ok
}

// name returns the German name of a word, or that word itself if it is unknown.
func (t *term[T]) name(v T) string { return cmp.Or(t.names[v], string(v)) }

// inOrder returns the known ones of the given words in canonical order, each once.
func (t *term[T]) inOrder(given []T) []T {
	if len(given) == 0 {
		return nil
	}
	var out []T
	for _, v := range t.order {
		if slices.Contains(given, v) {
			out = append(out, v)
		}
	}
	return out
}

func (t *term[T]) join(vs []T, none string) string {
	if len(vs) == 0 {
		return none
	}
	parts := make([]string, len(vs))
	for i, v := range vs {
		parts[i] = t.name(v)
	}
	return strings.Join(parts, ", ")
}

// RegionName returns the German name of a region, its slug if it is unknown.
func (v *Vocabulary) RegionName(r aggregator.Region) string { return v.regions.name(r) }

// TopicName returns the German name of a topic, its slug if it is unknown.
func (v *Vocabulary) TopicName(t aggregator.Topic) string { return v.topics.name(t) }

// Canonical returns q with regions and topics in canonical order, the keys of
// places sorted, and nothing twice. A union with alle is alle, that is, no
// restriction. Unknown regions and topics are dropped.
func (v *Vocabulary) Canonical(q aggregator.Query) aggregator.Query {
	if slices.Contains(q.Regions, aggregator.Alle) {
		q.Regions = nil
	}
	q.Regions = v.regions.inOrder(q.Regions)
	q.Topics = v.topics.inOrder(q.Topics)
	if len(q.Places) > 1 {
		q.Places = slices.Compact(slices.Sorted(slices.Values(q.Places)))
	}
	return q
}

// Names returns the German names of what a query is about: "Sachsen, Thüringen:
// Künstliche Intelligenz". It is "" for a source, whose name a query does not hold.
func (v *Vocabulary) Names(q aggregator.Query) string {
	q = v.Canonical(q)
	switch {
	case q.Source != "":
		return ""
	case len(q.Places) > 0:
		return v.placeNames(q.Places, v.placeTitle)
	case len(q.Topics) == 0:
		return v.regions.join(q.Regions, "Alle Länder und Bund")
	}
	return v.regions.join(q.Regions, "Alle Länder und Bund") + ": " + v.topics.join(q.Topics, "")
}

// Title returns the title of the feed or page of a query. The name is that of
// its source, if it has one.
func (v *Vocabulary) Title(q aggregator.Query, source string) string {
	switch {
	case q.Source != "":
		return firstOf(CleanLine(source), q.Source)
	case len(q.Topics) == 0 || len(q.Places) > 0:
		return v.Names(q) + ": Digitale Verwaltung"
	}
	return v.Names(q)
}

// Subtitle says in a German sentence what the feed or page of a query holds.
func (v *Vocabulary) Subtitle(q aggregator.Query, source string) string {
	q = v.Canonical(q)
	if q.Source != "" {
		return "Alle Meldungen der Quelle „" + v.Title(q, source) + "“."
	}
	s := "Meldungen zur Digitalisierung der öffentlichen Verwaltung"
	if len(q.Places) > 0 {
		return s + " – Gebiet: " + v.placeNames(q.Places, v.placeArea) + "."
	}
	if len(q.Topics) > 0 {
		s += " – Thema: " + v.topics.join(q.Topics, "")
	}
	return s + " – Gebiet: " + v.regions.join(q.Regions, "alle Länder, Bund und International") + "."
}

// Regional returns the queries of the feeds of alle and of each region.
func (v *Vocabulary) Regional() []aggregator.Query {
	qs := []aggregator.Query{{}}
	for _, r := range v.regions.order {
		qs = append(qs, aggregator.Query{Regions: []aggregator.Region{r}})
	}
	return qs
}

// Topical returns the queries of the feeds of each topic in the regions of q.
func (v *Vocabulary) Topical(q aggregator.Query) []aggregator.Query {
	var qs []aggregator.Query
	for _, t := range v.topics.order {
		qs = append(qs, aggregator.Query{Regions: q.Regions, Topics: []aggregator.Topic{t}})
	}
	return qs
}
