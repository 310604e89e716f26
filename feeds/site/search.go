package site

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"laenderfeed/aggregator"
	"laenderfeed/feeds"
)

// byDate is the parameter of a search that is to be sorted by date.
const byDate = "ordnung=datum"

// searchContent is what the page shows that searches items.
type searchContent struct {
	Text         string // as typed
	Max          int    // bytes of it
	Regions      []option
	Topics       []option
	Since, Until string
	Kept         []option // filters without a field: name and value
	Asked        bool
	Heading      string
	Feeds        []feedLink
	Items        []item
	Total        int
	More         bool
	Words        bool   // there are words to rank by
	ByDate       bool   // sorted by date
	Other        string // path of the same search in the other order
	Bad          *badContent
}

// option is a choice of a field.
type option struct {
	Value, Name string
	Selected    bool
}

// badContent is what is wrong with a search.
type badContent struct {
	Hint          string
	Marked        bool // the place is known
	Before, After string
}

// itemSearch finds the page of a search for items.
func (h *Handler) itemSearch(rawQuery string) (route, error) {
	q, err := h.words.ParseSearch(rawQuery, feeds.Page)
	if err != nil {
		return route{}, err
	}
	values, _ := url.ParseQuery(rawQuery) // has been read before
	date := values.Get("ordnung") == "datum" && !q.Search.IsZero()
	path := h.searchPath(q, date)
	to := route{path: feeds.SearchPage, query: strings.TrimPrefix(path, feeds.SearchPage), search: true}
	to.render = func(ctx context.Context) (feeds.Document, error) { return h.search(ctx, q, date) }
	return to, nil
}

func (h *Handler) searchPath(q aggregator.Query, date bool) string {
	path := h.words.SearchPath(q, feeds.Page)
	if date {
		path += "&" + byDate
	}
	return path
}

// search renders what a search finds, or how to search.
func (h *Handler) search(ctx context.Context, q aggregator.Query, date bool) (feeds.Document, error) {
	c := h.searchForm(q)
	c.Text = q.Search.String()
	p := page{
		Title: "Suche", Here: h.searchPath(q, date), Finder: true, Content: &c,
		Description: "Meldungen zur Digitalisierung der öffentlichen Verwaltung durchsuchen und jede Suche als Feed abonnieren.",
	}
	if feeds.IsSearch(q) {
		name := ""
		if q.Source != "" {
			s, err := feeds.FindSource(ctx, h.Items, q.Source, feeds.Page)
			if err != nil {
				return feeds.Document{}, err
			}
			name = s.Name
		}
		if err := h.results(ctx, &c, q, date); err != nil {
			return feeds.Document{}, err
		}
		p.Title = h.words.SearchTitle(q, name)
		c.Heading, p.Alternates = p.Title, c.Feeds
	}
	p.Title = h.TitlePrefix + p.Title + " – laenderfeed"
	return h.document("search", p)
}

// results asks the store.
func (h *Handler) results(ctx context.Context, c *searchContent, q aggregator.Query, date bool) error {
	limited := q
	limited.Limit = h.Limit
	found, err := h.Items.Search(ctx, limited, !date)
	if err != nil {
		return err
	}
	c.Asked, c.Total, c.More = true, found.Total, found.More
	c.Words, c.ByDate, c.Other = !q.Search.IsZero(), date || q.Search.IsZero(), h.searchPath(q, !date)
	for i := range found.Entries {
		e := &found.Entries[i]
		it := h.item(e)
		if places := hits(it.Title, q.Search); len(places) > 0 {
			it.Marks = marked(it.Title, places)
		}
		if h.Content != feeds.ContentTitle {
			it.Around = around(e.Summary, q.Search, excerptLength)
			if it.Around == nil {
				text := e.Item.Text("")
				it.Around = around(text.Content, q.Search, excerptLength)
			}
		}
		c.Items = append(c.Items, it)
	}
	title := h.words.SearchTitle(q, "")
	for _, f := range feeds.Formats() {
		c.Feeds = append(c.Feeds, feedLink{Title: h.TitlePrefix + title, Format: f.Name(), Type: f.MediaType(), Path: h.words.SearchPath(q, f)})
	}
	return nil
}

// searchForm fills in the fields.
func (h *Handler) searchForm(q aggregator.Query) searchContent {
	c := searchContent{Max: aggregator.MaxSearchBytes}
	c.Since, c.Until = h.words.SearchDays(q)
	for _, r := range h.words.Regional()[1:] {
		c.Regions = append(c.Regions, option{Value: string(r.Regions[0]), Name: h.words.RegionName(r.Regions[0])})
	}
	for _, t := range h.words.Topical(aggregator.Query{}) {
		c.Topics = append(c.Topics, option{Value: string(t.Topics[0]), Name: h.words.TopicName(t.Topics[0])})
	}
	c.Regions = choose(c.Regions, q.Regions, h.words.RegionName)
	c.Topics = choose(c.Topics, q.Topics, h.words.TopicName)
	if len(q.Places) > 0 {
		c.Kept = append(c.Kept, option{Value: strings.Join(q.Places, "+"), Name: "ort"})
	}
	if q.Source != "" {
		c.Kept = append(c.Kept, option{Value: q.Source, Name: "quelle"})
	}
	return c
}

// choose selects the given words among the options; several become one of their own.
func choose[T ~string](options []option, given []T, name func(T) string) []option {
	if len(given) > 1 {
		values, names := make([]string, len(given)), make([]string, len(given))
		for i, v := range given {
			values[i], names[i] = string(v), name(v)
		}
		return append(options, option{strings.Join(values, "+"), strings.Join(names, ", "), true})
	}
	for i := range options {
		options[i].Selected = len(given) == 1 && options[i].Value == string(given[0])
	}
	return options
}

// isBadSearch tells whether a search for items cannot be understood.
func isBadSearch(u *url.URL, err error) bool {
	var words *feeds.BadSearch
	var bad feeds.BadQuery
	return strings.EqualFold("/"+strings.Trim(u.Path, "/"), feeds.SearchPage) && (errors.As(err, &words) || errors.As(err, &bad))
}

// badSearch answers 400 with the form and what is wrong, for those who read HTML.
func (h *Handler) badSearch(w http.ResponseWriter, r *http.Request, problem error) bool {
	if !strings.Contains(r.Header.Get("Accept"), "text/html") {
		return false
	}
	values, _ := url.ParseQuery(r.URL.RawQuery) // what can be read of it
	values.Del("q")
	values.Del("seit")
	values.Del("bis")
	q, err := h.words.ParseSearch(values.Encode(), feeds.Page)
	if err != nil {
		q = aggregator.Query{}
	}
	c := h.searchForm(q)
	c.Bad = &badContent{Hint: problem.Error()}
	var words *feeds.BadSearch
	if errors.As(problem, &words) {
		c.Bad.Marked = true
		c.Bad.Before, c.Bad.After = words.Split()
		c.Text = c.Bad.Before + c.Bad.After
	}
	doc, err := h.document("search", page{
		Title: h.TitlePrefix + "Suche nicht verstanden – laenderfeed", Description: "Die Suche war nicht zu verstehen.",
		Here: feeds.SearchPage, Finder: true, Content: &c,
	})
	if err != nil {
		h.Logger.Error("cannot render", "url", r.URL.Path, "err", err)
		return false
	}
	h.replies.Page(w, r, http.StatusBadRequest, doc)
	return true
}
