package demo

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"laenderfeed/aggregator"
)

const (
	window   = 60 // entries in a feed or list
	schedule = "@every 5s"
)

// outlet is one publisher: what it is, what it has published, and its answers.
type outlet struct {
	id, name string
	region   aggregator.Region
	kind     aggregator.SourceType
	licence  aggregator.Licence
	path     string // of the feed or list page
	media    string // its Content-Type
	page     *aggregator.Selectors
	moved    bool                         // the known address redirects here
	render   func(v view) ([]byte, error) // nil: every request fails

	host       string // that answers
	sourceHost string // that the poller knows

	mu      sync.RWMutex
	entries []entry // newest first after refresh
	feed    document
}

// entry is a published item. Its number is its place in the file, the same in
// every run.
type entry struct {
	Item
	Number int
	At     time.Time
}

// view is what a renderer sees.
type view struct {
	ID, Name string
	Home     string // URL of the front page
	Self     string // URL of the feed
	Today    time.Time
	Updated  time.Time // of the newest entry
	Full     bool      // full text allowed
	Entries  []entry
}

// URL returns the address of an entry's page.
func (v view) URL(e entry) string { return v.Home + "meldung/" + strconv.Itoa(e.Number) }

// GUID returns the identity of an entry, the same in every run.
func (v view) GUID(e entry) string {
	return fmt.Sprintf("tag:%s.example,2026:%d", v.ID, e.Number)
}

// document is a rendered feed or list page.
type document struct {
	body     []byte
	etag     string
	modified time.Time
}

// outlets returns the publishers, with nothing published yet.
func outlets() []*outlet {
	const rss, atom = "application/rss+xml; charset=utf-8", "application/atom+xml; charset=utf-8"
	const html = "text/html; charset=utf-8"
	return []*outlet{
		{id: "verwaltungsblatt", name: "Verwaltungsblatt", kind: "presse", licence: aggregator.LicenceFull, path: "feed.xml", media: rss, render: renderRSS},
		{id: "digitalkurier-nord", name: "Digitalkurier Nord", kind: "presse", path: "atom.xml", media: atom, render: renderAtom},
		{id: "amtsgazette", name: "Amtsgazette", kind: "presse", path: "index.rdf", media: "application/rdf+xml; charset=utf-8", render: renderRDF},
		{id: "netzkommune", name: "Netzkommune", kind: "verband", licence: aggregator.LicenceFull, path: "feed.json", media: "application/feed+json; charset=utf-8", render: renderJSON},
		{id: "kreisbote-suedwest", name: "Kreisbote Südwest", kind: "kommune", path: "media/rss/aktuelles.xml", media: "application/rss+xml; charset=ISO-8859-1", render: renderLatin1},
		{id: "pressestelle-rhein-ruhr", name: "Pressestelle Rhein-Ruhr", region: aggregator.NordrheinWestfalen, kind: "land", path: "pressemitteilungen.rss", media: rss, render: renderGermanDates},
		{id: "pressestelle-elbtal", name: "Pressestelle Elbtal", region: aggregator.Sachsen, kind: "land", path: "presse/", media: html, render: renderTable, page: &aggregator.Selectors{
			Item: "table.pressemitteilungen tbody tr", Title: "td:nth-child(2) a", Link: "td:nth-child(2) a",
			Date: "td:first-child", DateFormat: "02.01.2006", Summary: "td:nth-child(3)",
		}},
		{id: "kommunalmagazin", name: "Kommunalmagazin Digital", kind: "presse", path: "meldungen/", media: html, render: renderMagazine, page: &aggregator.Selectors{
			Item: "article.beitrag", Title: ".dachzeile, .schlagzeile", Link: ".titel a", Summary: ".teaser",
		}},
		{id: "bundesdienst-digitales", name: "Bundesdienst Digitales", region: aggregator.Bund, kind: "bund", path: "aktuelles.atom", media: atom, render: renderAtom},
		{id: "datenschutz-rundschau", name: "Datenschutz-Rundschau", kind: "datenschutz", path: "rundschau.rss", media: rss, render: renderRSS, moved: true},
		{id: "rathausreport", name: "Rathausreport", kind: "presse", path: "rss.xml"},
	}
}

func (o *outlet) home() string { return "http://" + o.host + "/" }

func (o *outlet) feedURL() string { return o.home() + o.path }

// source returns the publisher as the poller knows it.
func (o *outlet) source() aggregator.Source {
	s := aggregator.Source{
		ID:        o.id,
		Name:      o.name,
		Publisher: o.name,
		URL:       "http://" + o.sourceHost + "/" + o.path,
		Kind:      aggregator.KindFeed,
		Region:    o.region,
		Type:      o.kind,
		Schedule:  schedule,
		Licence:   cmp.Or(o.licence, aggregator.LicenceExcerpt),
		Enabled:   true,
		Evidence:  "Beispiel, läuft auf diesem Rechner",
	}
	if o.page != nil {
		s.Kind, s.Selectors = aggregator.KindHTML, *o.page
	}
	return s
}

// add publishes an entry.
func (o *outlet) add(e entry, now time.Time) error {
	o.mu.Lock()
	o.entries = append(o.entries, e)
	o.mu.Unlock()
	return o.refresh(now)
}

// refresh sorts what is published and renders it anew.
func (o *outlet) refresh(now time.Time) error {
	if o.render == nil {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	slices.SortFunc(o.entries, func(a, b entry) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.Number, b.Number))
	})
	body, err := o.render(o.view(now))
	if err != nil {
		return fmt.Errorf("rendering %s: %w", o.id, err)
	}
	sum := sha256.Sum256(body)
	o.feed = document{body: body, etag: fmt.Sprintf(`"%x"`, sum[:8]), modified: now}
	return nil
}

// view returns the newest entries for a renderer; o.mu is held.
func (o *outlet) view(now time.Time) view {
	v := view{
		ID: o.id, Name: o.name, Home: o.home(), Self: o.feedURL(), Today: now, Updated: now,
		Full: o.licence == aggregator.LicenceFull, Entries: o.entries[:min(window, len(o.entries))],
	}
	if len(v.Entries) > 0 {
		v.Updated = v.Entries[0].At
	}
	return v
}

// ServeHTTP answers with the feed or list page, the front page or an article.
func (o *outlet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if o.render == nil {
		http.Error(w, "Interner Fehler: Datenbank nicht erreichbar", http.StatusInternalServerError)
		return
	}
	o.mu.RLock()
	defer o.mu.RUnlock()
	path := strings.TrimPrefix(r.URL.Path, "/")
	switch number, isArticle := strings.CutPrefix(path, "meldung/"); {
	case path == o.path:
		o.serveFeed(w, r)
	case path == "":
		servePage(w, "front", o.view(o.feed.modified))
	case isArticle:
		o.serveArticle(w, number)
	default:
		http.Error(w, "Seite nicht gefunden", http.StatusNotFound)
	}
}

// serveFeed answers with the document or 304 (RFC 9110, section 13).
func (o *outlet) serveFeed(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", o.media)
	h.Set("ETag", o.feed.etag)
	h.Set("Cache-Control", "public, max-age=3")
	http.ServeContent(w, r, "", o.feed.modified, bytes.NewReader(o.feed.body))
}

func (o *outlet) serveArticle(w http.ResponseWriter, number string) {
	for _, e := range o.entries {
		if strconv.Itoa(e.Number) == number {
			servePage(w, "article", struct {
				view
				Entry entry
			}{o.view(o.feed.modified), e})
			return
		}
	}
	http.Error(w, "Meldung nicht gefunden", http.StatusNotFound)
}
