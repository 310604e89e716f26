package feeds

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"laenderfeed/aggregator"
)

// Items is what feeds are made of. The store implements it.
type Items interface {
	// Entries returns the items of a query, newest first, at most q.Limit. For one
	// with words or days the error may be [aggregator.ErrSearchBusy].
	Entries(ctx context.Context, q aggregator.Query) ([]aggregator.Entry, error)
	// Sources returns every source with its state, disabled ones included.
	Sources(ctx context.Context) ([]aggregator.SourceStatus, error)
	// Generation moves whenever what Entries returns for some query has changed,
	// not before the change can be seen. It costs no database access.
	Generation() uint64
}

// Config is what a [Handler] needs. Only Items and PublicURL have no default.
type Config struct {
	Items       Items
	PublicURL   string        // base of all absolute URLs, "https://feeds.example.de"
	Limit       int           // items per feed; 0 means 50
	Content     string        // ContentTitle, ContentExcerpt or ContentFull; "" means excerpt
	TitlePrefix string        // before the title of each feed, such as "Test: "
	Regions     []Named       // beyond those built in, see [NewVocabulary]
	Topics      []Named       // likewise
	Places      Places        // nil means no feeds of places
	Archive     Archive       // nil means no archive pages
	Deadlines   Deadlines     // nil means empty calendars
	Hub         string        // WebSub hub that is told of changes; "" means none
	Epoch       time.Time     // updated of an empty feed; zero means 2026-01-01
	MaxAge      time.Duration // of Cache-Control, see [MaxAge]; 0 means 5 minutes
	CacheSize   int           // bytes of snapshots kept; 0 means 64 MiB
	Pages       http.Handler  // answers for every URL that is no feed; nil means 404
	Logger      *slog.Logger  // nil means none
}

// Deadlines finds the terms and events that a German plain text names, which was
// published at the given time.
type Deadlines func(text string, published time.Time) []aggregator.Deadline

// Handler serves the feeds, and hands all other requests to its pages.
type Handler struct {
	Config
	words    *Vocabulary
	replies  Replies
	cache    *Cache
	searches *Cache // apart, so that endless different searches push out only each other
}

// New returns a handler. The error says which value of the configuration is wrong.
func New(c Config) (*Handler, error) {
	base, prefix, err := BaseURL(c.PublicURL)
	switch {
	case err != nil:
		return nil, err
	case c.Items == nil:
		return nil, errors.New("feeds: no items")
	case c.Limit < 0 || c.CacheSize < 0 || c.MaxAge < 0:
		return nil, errors.New("feeds: negative limit, cache size or max-age")
	}
	switch c.Content {
	case ContentTitle, ContentExcerpt, ContentFull:
	case "":
		c.Content = ContentExcerpt
	default:
		return nil, fmt.Errorf("feeds: content %q is not title, excerpt or full", c.Content)
	}
	words, err := NewVocabulary(c.Regions, c.Topics, c.Places)
	if err != nil {
		return nil, err
	}
	c.PublicURL = base
	c.TitlePrefix = CleanText(c.TitlePrefix)
	setDefault(&c.Limit, 50)
	setDefault(&c.MaxAge, 5*time.Minute)
	setDefault(&c.CacheSize, 64<<20)
	setDefault(&c.Epoch, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	setDefault(&c.Logger, slog.New(slog.DiscardHandler))
	return &Handler{
		Config: c, words: words, replies: Replies{prefix, c.Logger},
		cache: NewCache(c.CacheSize), searches: NewCache(c.CacheSize / searchShare),
	}, nil
}

// searchShare is the part of the cache that searches may have in addition.
const searchShare = 8

func setDefault[T comparable](v *T, value T) {
	var zero T
	if *v == zero {
		*v = value
	}
}

// BaseURL checks a public URL and returns it without trailing slash, and the path
// in it ("" for most), which a proxy in front is expected to strip.
func BaseURL(s string) (base, prefix string, err error) {
	u, err := url.Parse(s)
	if err != nil {
		return "", "", fmt.Errorf("feeds: public URL: %w", err)
	}
	base = strings.TrimRight(s, "/")
	if base == "" || CleanURL(base) != base || u.RawQuery != "" || u.Fragment != "" || strings.ContainsAny(s, "?#") {
		return "", "", fmt.Errorf("feeds: public URL %q is not an absolute http or https URL without query", s)
	}
	return base, strings.TrimRight(u.EscapedPath(), "/"), nil
}

// ServeHTTP answers for a feed, and hands on what is none.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// The usual case first: a canonical path, seen since the last change. A path
	// that is spelled with escapes has a RawPath, whatever it decodes to.
	if r.URL.RawPath == "" && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		if s := h.fresh(r.URL); s != nil {
			s.Serve(w, r)
			return
		}
	}
	file, search := searchFormat(r.URL.Path)
	switch {
	case search:
		h.serveSearch(w, r, file)
	case IsFeed(r.URL.Path):
		h.serveFeed(w, r)
	case h.Pages != nil:
		h.Pages.ServeHTTP(w, r)
	case h.replies.Allowed(w, r):
		h.replies.Fail(w, r, nil, &NotFound{Name: r.URL.Path})
	}
}

// fresh returns the snapshot of a canonical URL, if there is one.
func (h *Handler) fresh(u *url.URL) *Snapshot {
	if strings.HasPrefix(u.Path, SearchPage+"/") {
		return h.searches.Fresh(u.Path+"?"+u.RawQuery, h.Items.Generation())
	}
	return h.cache.Fresh(u.Path, h.Items.Generation())
}

func (h *Handler) serveFeed(w http.ResponseWriter, r *http.Request) {
	if !h.replies.Allowed(w, r) {
		return
	}
	q, format, err := h.words.Parse(r.URL.Path)
	if err == nil {
		path := h.words.Path(q, format)
		if q.Source != "" { // only a path whose source exists is canonical
			_, err = FindSource(r.Context(), h.Items, q.Source, format)
		}
		if err == nil && r.URL.EscapedPath() != path {
			h.replies.Redirect(w, path)
			return
		}
	}
	if err != nil {
		h.replies.Fail(w, r, nil, err)
		return
	}
	h.answer(w, r, h.cache, r.URL.Path, q, format, h.words.naming())
}

// answer serves the snapshot that a cache keeps for a canonical URL.
func (h *Handler) answer(w http.ResponseWriter, r *http.Request, cache *Cache, key string, q aggregator.Query, f Format, n naming) {
	s, err := cache.Get(r.Context(), key, h.Items.Generation(), func(ctx context.Context) (Document, error) {
		return h.render(ctx, q, f, n)
	})
	if err != nil {
		h.replies.Fail(w, r, s, err)
		return
	}
	s.Serve(w, r)
}

// Render returns the document of a query in a format other than Page. It does
// not depend on the time; only the entries and the configuration are in it.
func (h *Handler) Render(ctx context.Context, q aggregator.Query, format Format) (Document, error) {
	return h.render(ctx, q, format, h.words.naming())
}

// render is Render for feeds of any sort.
func (h *Handler) render(ctx context.Context, q aggregator.Query, format Format, n naming) (Document, error) {
	q = h.words.Canonical(q)
	doc := Document{
		Type: format.contentType(), Modified: h.Epoch, MaxAge: h.MaxAge,
		Header: http.Header{"Access-Control-Allow-Origin": {"*"}, "Content-Security-Policy": {"default-src 'none'"}},
	}
	var err error
	if format == OPML {
		doc.Body, err = h.words.opml(q, h.PublicURL, h.TitlePrefix, h.Epoch)
		return doc, err
	}
	f, err := h.feed(ctx, q, format, n)
	if err != nil {
		return Document{}, err
	}
	doc.Modified, doc.MaxAge = f.updated, f.maxAge
	doc.Header = with(doc.Header, f.links(format))
	switch format {
	case Atom:
		doc.Body, err = f.atom()
	case RSS:
		doc.Body, err = f.rss()
	case JSON:
		doc.Body, err = f.json()
	case ICS:
		doc.Body = f.ical()
	default:
		return Document{}, h.words.unknownFormat(nil, string(format))
	}
	if err != nil {
		return Document{}, fmt.Errorf("rendering %s: %w", n.path(q, format), err)
	}
	return doc, nil
}

// feed reads what a feed consists of.
func (h *Handler) feed(ctx context.Context, q aggregator.Query, format Format, n naming) (*feed, error) {
	var parts chain
	var err error
	if !n.search { // no search has archive pages
		if parts, err = h.chain(ctx, q); err != nil {
			return nil, err
		}
	}
	name, owner, age := "", "", h.MaxAge
	if q.Source != "" {
		s, err := FindSource(ctx, h.Items, q.Source, format)
		if err != nil {
			return nil, err
		}
		name, owner = s.Name, CleanLine(s.StatedRights())
		age = sourceAge(&s.State, age)
	}
	limited := q
	if limited.Limit = h.Limit; format == ICS {
		limited.Limit = calendarItems
	}
	entries, err := h.Items.Entries(ctx, limited)
	if err != nil {
		return nil, fmt.Errorf("reading entries: %w", err)
	}
	if parts.closed {
		age = closedAge
	}
	title := n.title(q, name)
	epoch := h.Epoch
	switch {
	case format == ICS:
		title = "Fristen und Termine – " + title
	case parts.archive:
		title += " – Archiv " + MonthName(q.Seen.From)
		epoch = q.Seen.From
	}
	f := &feed{
		query: q, id: n.id(q), title: h.TitlePrefix + title, subtitle: n.subtitle(q, name), rights: firstOf(owner, rights),
		updated: newest(entries, epoch), base: h.PublicURL, path: n.path,
		entries: make([]view, len(entries)), chain: parts, maxAge: age,
	}
	if !n.search && h.pushes(q) && slices.Contains(Formats(), format) {
		f.hub = h.Hub
	}
	for i := range entries {
		f.entries[i] = newView(h.words, &entries[i], h.Content)
		if format == ICS && h.Deadlines != nil {
			text := entries[i].Title
			if h.Content != ContentTitle { // an event quotes the sentence that names its day
				text += "\n" + entries[i].Summary
			}
			f.entries[i].deadlines = h.Deadlines(text, entries[i].Effective())
		}
	}
	return f, nil
}

// FindSource finds a source by its id. The error is a *[NotFound], with
// suggestions in the format asked for, if there is none.
func FindSource(ctx context.Context, items Items, id string, format Format) (*aggregator.SourceStatus, error) {
	all, err := items.Sources(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading sources: %w", err)
	}
	for i := range all {
		if all[i].ID == id {
			return &all[i], nil
		}
	}
	return nil, unknownSourceError(id, format, all)
}
