package feeds

import (
	"context"
	"fmt"
	"slices"

	"laenderfeed/aggregator"
)

// Tree says what [Handler.Paths] lists beyond the feeds of regions, topics and
// sources. There is no end of URLs: of unions and searches none is listed.
type Tree struct {
	Places   []string // keys of places, which are listed with all that is larger than a Gemeinde
	Archives bool     // list the archive pages of every feed, not only those of the regions
}

// Paths returns the canonical paths of what a static copy consists of: of alle and
// of each region, alone and with each topic, of every source and of places, the
// page, the feed in all formats and the calendar; the lists of feeds; and archive
// pages. Empty feeds are among them: people subscribe before the first item comes.
// The order is fixed, and no path comes twice. What is made of the same items
// comes one after the other, the one that needs most of them first.
func (h *Handler) Paths(ctx context.Context, t Tree) ([]string, error) {
	sources, err := h.Items.Sources(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading sources: %w", err)
	}
	var months []aggregator.Arrivals
	if h.Archive != nil {
		if months, err = h.months(ctx); err != nil {
			return nil, err
		}
	}
	var paths []string
	list := func(q aggregator.Query, archives bool) {
		for _, f := range append([]Format{ICS, Page}, Formats()...) {
			paths = append(paths, h.words.Path(q, f))
		}
		for _, month := range months {
			if archives && err == nil {
				var more []string
				more, err = h.archivePaths(ctx, q, month)
				paths = append(paths, more...)
			}
		}
	}
	for _, region := range h.words.Regional() {
		list(region, true)
		paths = append(paths, h.words.Path(region, OPML))
		for _, q := range h.words.Topical(region) {
			list(q, t.Archives)
		}
	}
	for i := range sources {
		list(aggregator.Query{Source: sources[i].ID}, t.Archives)
	}
	for _, key := range h.words.areas(t.Places) {
		list(aggregator.Query{Places: []string{key}}, t.Archives)
	}
	return paths, err
}

// months returns the calendar months from the oldest stored item to the newest.
func (h *Handler) months(ctx context.Context) ([]aggregator.Arrivals, error) {
	oldest, newest, err := h.Archive.Span(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the span of the archive: %w", err)
	}
	var months []aggregator.Arrivals
	for m := monthOf(oldest); !newest.IsZero() && !m.From.After(newest); m = monthOf(m.To) {
		months = append(months, m)
	}
	return months, nil
}

// archivePaths returns the paths of all parts of a month of a feed.
func (h *Handler) archivePaths(ctx context.Context, q aggregator.Query, month aggregator.Arrivals) ([]string, error) {
	q.Seen = month
	n, err := h.Archive.Arrivals(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("counting an archive page: %w", err)
	}
	var paths []string
	for part := 0; part <= fullParts(n); part++ {
		q.Seen.Part = part
		for _, f := range Formats() {
			paths = append(paths, h.words.Path(q, f))
		}
	}
	return paths, nil
}

// areas returns the given keys and those of all Regierungsbezirke and Kreise (a
// Kreis that is one town as that town), as far as there are such places, sorted.
func (v *Vocabulary) areas(keys []string) []string {
	if v.places == nil {
		return nil
	}
	var all []string
	for _, key := range keys {
		if _, ok := v.Place(key); ok {
			all = append(all, key)
		}
	}
	var within func(key string)
	within = func(key string) {
		for _, p := range v.places.PlacesIn(key) {
			if p.Kind == aggregator.Regierungsbezirk {
				within(p.Key)
			}
			if town, ok := v.Town(p); ok {
				p = town
			}
			if _, ok := v.Place(p.Key); ok {
				all = append(all, p.Key)
			}
		}
	}
	for _, land := range aggregator.Laender() {
		within(land.Key())
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// RenderPath returns the document of the canonical path of a feed, a calendar or
// a list of feeds, the very bytes that a request for it is answered with. The
// error is a *[NotFound] if there is none.
func (h *Handler) RenderPath(ctx context.Context, path string) (Document, error) {
	q, format, err := h.words.Parse(path)
	if err == nil && (format == Page || h.words.Path(q, format) != path) {
		err = &NotFound{Name: path}
	}
	if err != nil {
		return Document{}, err
	}
	return h.Render(ctx, q, format)
}
