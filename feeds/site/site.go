// Package site is the face of the feeds: German HTML pages that show the newest
// items, lead to every feed, and say openly which sources cannot be reached.
//
// A page is a template over a struct that package html/template escapes; style is
// inline and the only thing the Content-Security-Policy allows. There are no
// scripts, cookies or outside resources. Pages are rendered once for each state of
// the store and served like feeds, see [feeds.Cache].
package site

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"laenderfeed/aggregator"
	"laenderfeed/feeds"
)

// Items is what pages are made of. The store implements it.
type Items interface {
	feeds.Items
	// Search returns what a query finds, at most q.Limit: the best or the newest first.
	Search(ctx context.Context, q aggregator.Query, best bool) (aggregator.Found, error)
}

// Config is what a [Handler] needs. Only Items and PublicURL have no default.
type Config struct {
	Items       Items
	PublicURL   string           // as in [feeds.Config]
	Content     string           // as in [feeds.Config]; with "title" pages show no excerpts
	TitlePrefix string           // as in [feeds.Config]
	Contact     string           // for publishers, on /bot: an e-mail address, a URL or text; may be ""
	UserAgent   string           // how the poller presents itself, on /bot; "" leaves it out
	Limit       int              // items on the page of a Land; 0 means 50
	Regions     []feeds.Named    // as in [feeds.Config]
	Topics      []feeds.Named    // as in [feeds.Config]
	Places      feeds.Places     // as in [feeds.Config]
	Zone        *time.Location   // of the dates shown; nil means Europe/Berlin
	Now         func() time.Time // only to look at the state of sources again; nil means time.Now
	Logger      *slog.Logger     // nil means none
}

// Handler serves the pages.
type Handler struct {
	Config
	words   *feeds.Vocabulary
	replies feeds.Replies
	cache   *feeds.Cache
	finds   *feeds.Cache                  // of searches
	pages   map[string]*template.Template // by file name without extension
	header  http.Header
	style   template.CSS
}

const (
	cacheSize = 16 << 20
	findsSize = 4 << 20
	// statusAge is for how long the state of sources is shown without looking
	// again. It moves with every poll, most of which publish nothing.
	statusAge  = 30 * time.Second
	maxAge     = time.Minute
	indexItems = 20
	otherItems = 50
)

//go:embed templates
var files embed.FS

// New returns a handler. The error says which value of the configuration is wrong.
func New(c Config) (*Handler, error) {
	base, prefix, err := feeds.BaseURL(c.PublicURL)
	switch {
	case err != nil:
		return nil, fmt.Errorf("site: %w", err)
	case c.Items == nil:
		return nil, errors.New("site: no items")
	case c.Limit < 0:
		return nil, errors.New("site: negative limit")
	}
	words, err := feeds.NewVocabulary(c.Regions, c.Topics, c.Places)
	if err != nil {
		return nil, fmt.Errorf("site: %w", err)
	}
	c.PublicURL = base
	if c.Limit == 0 {
		c.Limit = otherItems
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Zone == nil {
		if c.Zone, err = time.LoadLocation("Europe/Berlin"); err != nil {
			return nil, fmt.Errorf("site: time zone: %w", err)
		}
	}
	h := &Handler{
		Config: c, words: words, replies: feeds.Replies{Prefix: prefix, Logger: c.Logger},
		cache: feeds.NewCache(cacheSize), finds: feeds.NewCache(findsSize),
	}
	return h, h.load()
}

// load reads the embedded templates and makes the headers that all pages have.
func (h *Handler) load() error {
	css, err := files.ReadFile("templates/site.css")
	if err != nil {
		return fmt.Errorf("site: reading the style sheet: %w", err)
	}
	h.style = template.CSS(css)
	h.header = http.Header{
		"Content-Security-Policy": {"default-src 'none'; style-src '" + feeds.StyleHash(string(css)) + "'; img-src 'self'; " +
			"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"},
		"Referrer-Policy": {"same-origin"},
	}
	layout, err := template.New("layout").Funcs(h.functions()).ParseFS(files, "templates/layout.html", "templates/parts.html")
	if err != nil {
		return fmt.Errorf("site: reading templates: %w", err)
	}
	h.pages = map[string]*template.Template{}
	for _, name := range []string{"index", "list", "places", "search", "sources", "bot"} {
		t, err := layout.Clone()
		if err == nil {
			t, err = t.ParseFS(files, "templates/"+name+".html")
		}
		if err != nil {
			return fmt.Errorf("site: reading templates: %w", err)
		}
		h.pages[name] = t
	}
	return nil
}

// ServeHTTP answers for every path; what is no page is 404.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !h.replies.Allowed(w, r) {
		return
	}
	page, err := h.route(r.URL)
	if isBadSearch(r.URL, err) && h.badSearch(w, r, err) {
		return
	}
	if err == nil && (r.URL.EscapedPath() != page.path || page.search && r.URL.RawQuery != strings.TrimPrefix(page.query, "?")) {
		if err = h.exists(r.Context(), page.path); err == nil {
			h.replies.Redirect(w, page.path+page.query)
			return
		}
	}
	var s *feeds.Snapshot
	if err == nil {
		cache, version := h.cache, h.version()
		if page.search {
			cache, version = h.finds, h.Items.Generation()
		}
		s, err = cache.Get(r.Context(), page.path+page.query, version, page.render)
	}
	if err != nil {
		h.replies.Fail(w, r, s, err)
		return
	}
	s.Serve(w, r)
}

// Paths returns the paths of the pages that belong to no feed, and of what they
// need.
func (h *Handler) Paths() []string {
	paths := []string{"/", "/quellen", "/bot", "/favicon.svg"}
	if h.Places != nil {
		paths = append(paths, feeds.PlaceSearch)
	}
	return paths
}

// RenderPath returns the document of a canonical path, the very bytes that a
// request for it is answered with. The error is a [*feeds.NotFound] if there is
// none.
func (h *Handler) RenderPath(ctx context.Context, path string) (feeds.Document, error) {
	page, err := h.route(&url.URL{Path: path})
	if err == nil && page.path != path {
		err = &feeds.NotFound{Name: path}
	}
	if err != nil {
		return feeds.Document{}, err
	}
	return page.render(ctx)
}

// route is where a request leads.
type route struct {
	path   string // canonical
	query  string // with its question mark, of a search
	search bool   // a search for items: any other query string leads here
	render func(context.Context) (feeds.Document, error)
}

// route finds the page of a URL.
func (h *Handler) route(u *url.URL) (route, error) {
	switch trimmed := strings.ToLower(strings.Trim(u.Path, "/")); {
	case trimmed == "":
		return route{path: "/", render: h.index}, nil
	case trimmed == "quellen":
		return route{path: "/quellen", render: h.sources}, nil
	case trimmed == "bot":
		return route{path: "/bot", render: h.bot}, nil
	case trimmed == "favicon.svg":
		return route{path: "/favicon.svg", render: favicon}, nil
	case "/"+trimmed == feeds.SearchPage:
		return h.itemSearch(u.RawQuery)
	case "/"+trimmed == feeds.PlaceSearch && h.Places != nil:
		return h.placeSearch(u.RawQuery)
	}
	if feeds.IsFeed(u.Path) {
		return route{}, &feeds.NotFound{Name: u.Path}
	}
	q, format, err := h.words.Parse(u.Path)
	if err != nil {
		return route{}, err
	}
	to := route{path: h.words.Path(q, format)}
	if q.Before, err = h.before(u.RawQuery); err != nil {
		return route{}, err
	}
	if at := q.Before.String(); at != "" {
		to.query = olderQuery + at
	}
	to.render = func(ctx context.Context) (feeds.Document, error) { return h.list(ctx, q) }
	return to, nil
}

// olderQuery is the query of a page that begins behind a place in its list.
const olderQuery = "?vor="

// before reads the place in a list that a page begins behind; it is zero for the
// newest items.
func (h *Handler) before(rawQuery string) (aggregator.Cursor, error) {
	values, err := url.ParseQuery(rawQuery)
	if err != nil || !values.Has("vor") {
		return aggregator.Cursor{}, nil // what is added to links by others does not matter
	}
	at, err := aggregator.ParseCursor(values.Get("vor"), h.Zone)
	if err != nil {
		return at, feeds.BadQuery("„vor“ ist weder ein Tag wie 2026-10-21 noch eine Stelle in der Liste.")
	}
	return at, nil
}

// exists returns an error if a canonical path is that of a source there is none of,
// so that nothing redirects to a page that is missing.
func (h *Handler) exists(ctx context.Context, path string) error {
	q, format, err := h.words.Parse(path)
	if err != nil || q.Source == "" {
		return nil
	}
	_, err = feeds.FindSource(ctx, h.Items, q.Source, format)
	return err
}

// version moves with the store's generation, and after [statusAge].
func (h *Handler) version() uint64 {
	return h.Items.Generation()<<32 | uint64(h.Now().Unix()/int64(statusAge/time.Second))&0xffffffff
}

func favicon(context.Context) (feeds.Document, error) {
	b, err := files.ReadFile("templates/favicon.svg")
	return feeds.Document{Body: b, Type: "image/svg+xml", MaxAge: 24 * time.Hour}, err
}

// page is what the layout shows around the content of every page.
type page struct {
	Title       string
	Description string
	Canonical   string // absolute
	Here        string // path of the page, to mark it in the navigation
	Query       string // with its question mark, of a page that has one
	Search      bool   // there is a search for places
	Finder      bool   // it is the page that searches items
	Style       template.CSS
	Alternates  []feedLink
	Content     any
}

// feedLink is a feed in one format.
type feedLink struct {
	Title  string
	Format string // "Atom"
	Type   string // media type
	Path   string
}

// document renders a page.
func (h *Handler) document(name string, p page) (feeds.Document, error) {
	p.Canonical, p.Style, p.Search = h.PublicURL+p.Here+p.Query, h.style, h.Places != nil
	var b bytes.Buffer
	if err := h.pages[name].ExecuteTemplate(&b, "layout", p); err != nil {
		return feeds.Document{}, fmt.Errorf("rendering page %s: %w", name, err)
	}
	return feeds.Document{Body: b.Bytes(), Type: "text/html; charset=utf-8", MaxAge: maxAge, Header: h.header}, nil
}

// feedLinks returns the feed of a query in all formats.
func (h *Handler) feedLinks(q aggregator.Query, title string) []feedLink {
	var links []feedLink
	for _, f := range feeds.Formats() {
		links = append(links, feedLink{Title: h.TitlePrefix + title, Format: f.Name(), Type: f.MediaType(), Path: h.words.Path(q, f)})
	}
	return links
}
