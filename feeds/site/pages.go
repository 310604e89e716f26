package site

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"laenderfeed/aggregator"
	"laenderfeed/feeds"
)

// item is an entry as a page shows it.
type item struct {
	Title   string
	Link    string // "" if it has none
	Excerpt string
	Marks   []mark // of the title, if it was found
	Around  []mark // in place of the excerpt, if it was found
	Source  string
	Page    string // path of the page of its source
	Time    time.Time
	Regions []feeds.Link
	Places  []feeds.Link
	Topics  []feeds.Link
	Others  []feeds.Link // who else tells it
}

// choice is a link among others of its kind, with the feeds it stands for.
type choice struct {
	Name  string
	Path  string
	Feeds []feedLink
}

const excerptLength = 240 // characters

func (h *Handler) items(ctx context.Context, q aggregator.Query) ([]item, error) {
	entries, err := h.Items.Entries(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("reading entries: %w", err)
	}
	return h.shown(entries), nil
}

func (h *Handler) shown(entries []aggregator.Entry) []item {
	items := make([]item, len(entries))
	for i := range entries {
		items[i] = h.item(&entries[i])
	}
	return items
}

func (h *Handler) item(e *aggregator.Entry) item {
	it := item{
		Title:  cmp.Or(feeds.CleanLine(e.Title), "Ohne Titel"),
		Link:   feeds.CleanURL(e.Link),
		Source: cmp.Or(feeds.CleanLine(e.Origin.Name), e.Source),
		Page:   h.words.Path(aggregator.Query{Source: e.Source}, feeds.Page),
		Time:   e.Effective(),
	}
	if h.Content != feeds.ContentTitle {
		it.Excerpt = feeds.Excerpt(feeds.Prose(e.Summary), excerptLength)
	}
	for _, r := range e.Labels.Regions {
		q := aggregator.Query{Regions: []aggregator.Region{r}}
		it.Regions = append(it.Regions, feeds.Link{Path: h.words.Path(q, feeds.Page), Text: h.words.RegionName(r)})
	}
	it.Places = h.placeChips(e.Labels.Places)
	for _, o := range feeds.Others(e) {
		it.Others = append(it.Others, feeds.Link{Path: o.Link, Text: o.Source})
	}
	for _, t := range e.Labels.Topics {
		q := aggregator.Query{Topics: []aggregator.Topic{t}}
		it.Topics = append(it.Topics, feeds.Link{Path: h.words.Path(q, feeds.Page), Text: h.words.TopicName(t)})
	}
	return it
}

func (h *Handler) choices(qs []aggregator.Query, name func(aggregator.Query) string) []choice {
	cs := make([]choice, len(qs))
	for i, q := range qs {
		cs[i] = choice{Name: name(q), Path: h.words.Path(q, feeds.Page), Feeds: h.feedLinks(q, h.words.Title(q, ""))}
	}
	return cs
}

func (h *Handler) topicName(q aggregator.Query) string { return h.words.TopicName(q.Topics[0]) }

// indexContent is what the first page shows.
type indexContent struct {
	Items   []item
	Regions []choice
	Topics  []choice
	Places  bool // there are feeds of places
	Status  status
}

func (h *Handler) index(ctx context.Context) (feeds.Document, error) {
	items, err := h.items(ctx, aggregator.Query{Limit: indexItems})
	if err != nil {
		return feeds.Document{}, err
	}
	st, err := h.status(ctx)
	if err != nil {
		return feeds.Document{}, err
	}
	p := page{
		Title:       h.TitlePrefix + "laenderfeed – Digitale Verwaltung nach Ländern",
		Description: "Meldungen zur Digitalisierung der öffentlichen Verwaltung aus Bund, Ländern und Kommunen, nach Land und Thema geordnet, als Feed.",
		Here:        "/",
		Content: indexContent{
			Items: items, Status: st, Places: h.Places != nil,
			Regions: h.choices(h.words.Regional(), h.words.Names),
			Topics:  h.choices(h.words.Topical(aggregator.Query{}), h.topicName),
		},
	}
	for _, q := range h.words.Regional() {
		p.Alternates = append(p.Alternates, h.feedLinks(q, h.words.Title(q, ""))[0])
	}
	return h.document("index", p)
}

// listContent is what the page of a Land, a topic, a union or a source shows.
type listContent struct {
	Heading  string
	Subtitle string
	Items    []item
	Before   time.Time // the items are older than this; zero: the newest
	Newest   string    // path of the newest ones, of a page of older ones
	Older    string    // path and query of the next page, "" for the last one
	Feeds    []feedLink
	Calendar string   // path
	OPML     string   // path, "" if there is no such list
	Topics   []choice // of the Land
	Regions  []choice // on the topic
	Source   *sourceRow
	Place    *placeContent
}

func (h *Handler) list(ctx context.Context, q aggregator.Query) (feeds.Document, error) {
	var c listContent
	name := ""
	if q.Source != "" {
		s, err := feeds.FindSource(ctx, h.Items, q.Source, feeds.Page)
		if err != nil {
			return feeds.Document{}, err
		}
		row := h.sourceRow(s)
		name, c.Source = row.Name, &row
	}
	limited := q
	limited.Limit = h.Limit + 1 // one more tells whether there is another page
	entries, err := h.Items.Entries(ctx, limited)
	if err != nil {
		return feeds.Document{}, fmt.Errorf("reading entries: %w", err)
	}
	here := h.words.Path(q, feeds.Page)
	if len(entries) > h.Limit {
		entries = entries[:h.Limit]
		c.Older = here + olderQuery + entries[h.Limit-1].Place.String()
	}
	c.Items = h.shown(entries)
	if c.Before = q.Before.Time; !c.Before.IsZero() {
		c.Newest = here
	}
	c.Heading, c.Subtitle = h.words.Title(q, name), h.words.Subtitle(q, name)
	c.Feeds, c.Calendar = h.feedLinks(q, c.Heading), h.words.Path(q, feeds.ICS)
	if len(q.Places) == 1 {
		c.Place = h.place(q.Places[0])
	}
	if q.Source == "" && len(q.Places) == 0 {
		c.Topics = h.choices(h.words.Topical(q), h.topicName)
		if len(q.Topics) == 0 {
			c.OPML = h.words.Path(q, feeds.OPML)
		} else {
			c.Regions = h.choices(withTopics(h.words.Regional(), q.Topics), h.regionNames)
		}
	}
	p := page{
		Title: h.TitlePrefix + c.Heading + " – laenderfeed", Description: c.Subtitle,
		Here: here, Alternates: c.Feeds, Content: c,
	}
	if at := q.Before.String(); at != "" {
		p.Query = olderQuery + at
	}
	return h.document("list", p)
}

func withTopics(qs []aggregator.Query, topics []aggregator.Topic) []aggregator.Query {
	for i := range qs {
		qs[i].Topics = topics
	}
	return qs
}

func (h *Handler) regionNames(q aggregator.Query) string {
	q.Topics = nil
	return h.words.Names(q)
}

// botContent is what publishers are told.
type botContent struct {
	UserAgent string
	Contact   string
	Link      string // of the contact, "" if it is neither address nor URL
	Home      string
}

func (h *Handler) bot(context.Context) (feeds.Document, error) {
	c := botContent{UserAgent: feeds.CleanLine(h.UserAgent), Contact: feeds.CleanLine(h.Contact), Home: h.PublicURL + "/"}
	address := strings.TrimPrefix(c.Contact, "mailto:")
	switch user, host, ok := strings.Cut(address, "@"); {
	case feeds.CleanURL(c.Contact) != "":
		c.Link = feeds.CleanURL(c.Contact)
	case ok && user != "" && strings.Contains(host, ".") && !strings.ContainsAny(address, " <>?&%\"/:()"):
		c.Contact, c.Link = address, "mailto:"+address
	}
	return h.document("bot", page{
		Title: "Für Herausgeber – laenderfeed", Description: "Wer hier Feeds abruft, wie oft, und wie man uns erreicht.", Here: "/bot", Content: c,
	})
}

// sourceRow is a source in a table.
type sourceRow struct {
	ID          string
	Name        string
	Publisher   string // "" if it is the name
	Rights      string // in its items, "" if nobody says
	URL         string
	Path        string
	Region      string
	Items       int
	LastChecked time.Time
	NextCheck   time.Time
	LastSuccess time.Time
	State       string // "ok", "fehler", "neu" or "aus": a class of the style sheet
	Problem     string // what went wrong, "" unless State is "fehler"
	Failures    int
	Feeds       []feedLink
}

func (h *Handler) sourceRow(s *aggregator.SourceStatus) sourceRow {
	q := aggregator.Query{Source: s.ID}
	r := sourceRow{
		ID: s.ID, Name: cmp.Or(feeds.CleanLine(s.Name), s.ID), Publisher: feeds.CleanLine(s.Publisher),
		Rights: feeds.CleanLine(s.StatedRights()), URL: feeds.CleanURL(s.URL), Path: h.words.Path(q, feeds.Page), Region: "Überregional",
		Items: s.Items, LastChecked: s.State.LastChecked, NextCheck: s.State.NextCheck, LastSuccess: s.State.LastSuccess,
		Failures: s.State.Failures, State: "ok",
	}
	if r.Publisher == r.Name {
		r.Publisher = ""
	}
	if s.Region != "" {
		r.Region = h.words.RegionName(s.Region)
	}
	switch {
	case !s.Enabled:
		r.State = "aus"
	case s.State.Class != "": // in our own outage nobody is charged a failure, and yet nothing comes in
		r.State, r.Problem = "fehler", germanClass(s.State.Class, s.State.LastStatus)
	case s.State.LastChecked.IsZero():
		r.State = "neu"
	}
	if s.HostPausedUntil.After(r.NextCheck) && s.Enabled {
		r.NextCheck = s.HostPausedUntil
	}
	for _, f := range feeds.Formats() {
		r.Feeds = append(r.Feeds, feedLink{Title: r.Name, Format: f.Name(), Type: f.MediaType(), Path: h.words.Path(q, f)})
	}
	return r
}

// rightsLength is how much of its rights the row of a source shows, in characters;
// its own page shows all.
const rightsLength = 120

// status is how the sources are doing.
type status struct {
	Sources  []sourceRow // failing ones first, disabled ones last
	Failing  []sourceRow // longest first
	Enabled  int
	Disabled int
	Waiting  int // not polled yet
}

func (h *Handler) status(ctx context.Context) (status, error) {
	all, err := h.Items.Sources(ctx)
	if err != nil {
		return status{}, fmt.Errorf("reading sources: %w", err)
	}
	var st status
	for i := range all {
		row := h.sourceRow(&all[i])
		row.Rights = feeds.Excerpt(row.Rights, rightsLength)
		st.Sources = append(st.Sources, row)
		switch row.State {
		case "aus":
			st.Disabled++
			continue
		case "fehler":
			st.Failing = append(st.Failing, row)
		case "neu":
			st.Waiting++
		}
		st.Enabled++
	}
	byName := func(a, b sourceRow) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) }
	slices.SortFunc(st.Failing, func(a, b sourceRow) int { return cmp.Or(a.LastSuccess.Compare(b.LastSuccess), byName(a, b)) })
	rank := map[string]int{"fehler": 0, "ok": 1, "neu": 1, "aus": 2}
	slices.SortFunc(st.Sources, func(a, b sourceRow) int { return cmp.Or(cmp.Compare(rank[a.State], rank[b.State]), byName(a, b)) })
	return st, nil
}

func (h *Handler) sources(ctx context.Context) (feeds.Document, error) {
	st, err := h.status(ctx)
	if err != nil {
		return feeds.Document{}, err
	}
	return h.document("sources", page{
		Title: h.TitlePrefix + "Quellen – laenderfeed", Description: "Jede Quelle mit letzter und nächster Abfrage und ihrem Zustand.",
		Here: "/quellen", Content: st,
	})
}
