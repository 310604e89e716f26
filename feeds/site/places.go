package site

import (
	"context"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"laenderfeed/aggregator"
	"laenderfeed/feeds"
)

const (
	maxPlaceName = 100 // characters of a search
	placeResults = 30  // shown at most
	placeChips   = 5   // of one item
)

// placeContent is what the page of a place has beyond its items.
type placeContent struct {
	Key    string
	Kind   string
	Around []feeds.Link // what it lies in, the largest first
	Inside []placeGroup
}

// placeGroup is places of one kind.
type placeGroup struct {
	Heading string
	Path    string // of what they lie in, "" if that has no page
	Places  []feeds.Link
}

// place describes the place with a key, nil if there is none.
func (h *Handler) place(key string) *placeContent {
	p, ok := h.words.Place(key)
	if !ok {
		return nil
	}
	return &placeContent{Key: p.Key, Kind: h.words.PlaceKind(p), Around: h.words.Around(p), Inside: h.inside(p.Key)}
}

// groupNames are the headings of the parts of a place. It is read-only.
var groupNames = map[aggregator.PlaceKind]string{
	aggregator.Regierungsbezirk: "Regierungsbezirke",
	aggregator.Kreis:            "Kreise und kreisfreie Städte",
	aggregator.Gemeinde:         "Gemeinden",
	aggregator.Gemeindeverband:  "Gemeindeverbände",
	aggregator.Bezirk:           "Bezirke",
}

// inside returns the parts of an area by kind. A Kreis that is one town is shown
// as that town.
func (h *Handler) inside(key string) []placeGroup {
	var groups []placeGroup
	var kind aggregator.PlaceKind
	for _, p := range h.Places.PlacesIn(key) {
		if len(groups) == 0 || p.Kind != kind {
			kind = p.Kind
			groups = append(groups, placeGroup{Heading: groupNames[kind]})
		}
		if town, ok := h.words.Town(p); ok {
			p = town
		}
		g := &groups[len(groups)-1]
		g.Places = append(g.Places, h.placeLink(p))
	}
	return groups
}

func (h *Handler) placeLink(p aggregator.Place) feeds.Link {
	return feeds.Link{Path: h.words.Path(aggregator.Query{Places: []string{p.Key}}, feeds.Page), Text: feeds.CleanLine(p.Name)}
}

// placeChips returns links to the first places of an item, as far as they have pages.
func (h *Handler) placeChips(places []aggregator.Place) []feeds.Link {
	var links []feeds.Link
	for _, p := range places {
		if known, ok := h.words.Place(p.Key); ok && len(links) < placeChips {
			links = append(links, h.placeLink(known))
		}
	}
	return links
}

// placesContent is what the search for places shows.
type placesContent struct {
	Name    string // as asked, "" for none
	Max     int    // length of a name
	Results []placeRow
	Limited bool         // there may be more
	Laender []placeGroup // instead of results
}

// placeRow is a place among others.
type placeRow struct {
	feeds.Link
	Key    string
	Kind   string
	Around string // "Sachsen, Landkreis Bautzen"
	Feeds  []feedLink
}

// placeSearch reads the query of the search for places.
func (h *Handler) placeSearch(rawQuery string) (route, error) {
	values, err := url.ParseQuery(rawQuery)
	if err != nil {
		return route{}, feeds.BadQuery("Die Adresse enthält Zeichen, die dort nicht stehen können.")
	}
	name := values.Get("name")
	switch {
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return route{}, feeds.BadQuery("Der Name des Ortes enthält Zeichen, die in Namen nicht vorkommen.")
	case utf8.RuneCountInString(name) > maxPlaceName:
		return route{}, feeds.BadQuery("Der Name des Ortes ist zu lang: mehr als " + germanCount(maxPlaceName, "Zeichen.", "Zeichen."))
	}
	name = strings.TrimSpace(name)
	to := route{path: feeds.PlaceSearch, render: func(context.Context) (feeds.Document, error) { return h.places(name) }}
	if name != "" {
		to.query = "?" + url.Values{"name": {name}}.Encode()
	}
	return to, nil
}

// places renders the search for places.
func (h *Handler) places(name string) (feeds.Document, error) {
	c := placesContent{Name: feeds.CleanLine(name), Max: maxPlaceName}
	if name == "" {
		c.Laender = h.laender()
	} else {
		for _, p := range h.Places.FindPlaces(name, placeResults) {
			if _, ok := h.words.Place(p.Key); ok {
				c.Results = append(c.Results, h.placeRow(p))
			}
		}
		c.Limited = len(c.Results) == placeResults
	}
	return h.document("places", page{
		Title: h.TitlePrefix + "Orte – laenderfeed", Here: feeds.PlaceSearch, Content: c,
		Description: "Feeds für jede Gemeinde, jeden Kreis und jeden Regierungsbezirk in Deutschland, nach Namen zu finden.",
	})
}

func (h *Handler) placeRow(p aggregator.Place) placeRow {
	q := aggregator.Query{Places: []string{p.Key}}
	row := placeRow{Link: h.placeLink(p), Key: p.Key, Kind: h.words.PlaceKind(p), Feeds: h.feedLinks(q, h.words.Title(q, ""))}
	var around []string
	for _, l := range h.words.Around(p) {
		around = append(around, l.Text)
	}
	row.Around = strings.Join(around, ", ")
	return row
}

// laender returns the largest parts of each Land.
func (h *Handler) laender() []placeGroup {
	var groups []placeGroup
	for _, land := range aggregator.Laender() {
		g := placeGroup{Heading: land.Name(), Path: h.words.Path(aggregator.Query{Regions: []aggregator.Region{land}}, feeds.Page)}
		for _, part := range h.inside(land.Key()) {
			g.Places = append(g.Places, part.Places...)
		}
		if len(g.Places) > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}
