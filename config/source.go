package config

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"laenderfeed/aggregator"
)

// row is a [[source]] and where it stands.
type row struct {
	aggregator.Source
	path    string // "source[2]"
	enabled bool   // the row says whether it is enabled
	known   bool   // it changes one of the catalogue
	broken  bool   // it holds a value that cannot be read
}

// What a source may hold: characters of a text that is shown, bytes of a URL.
const (
	maxText = 300
	maxURL  = 2000
)

// maxCrawlDelay is the longest pause between two requests to a host: more is a
// matter of the schedule.
const maxCrawlDelay = 10 * time.Minute

// slug matches the ids of sources.
var slug = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

// readSources reads the [[source]] tables. One with the id of a catalogue
// source begins as that and changes the keys it has.
func readSources(tables []*table, catalogue []aggregator.Source) []*row {
	byID := map[string]*aggregator.Source{}
	for i := range catalogue {
		byID[catalogue[i].ID] = &catalogue[i]
	}
	taken := map[string]string{}
	var out []*row
	for _, t := range tables {
		before := len(t.r.errs)
		s := &row{path: t.path, Source: blank()}
		s.readID(t, taken)
		if base, ok := byID[s.ID]; ok {
			s.Source, s.known = *base, true
		}
		s.readKeys(t)
		t.done()
		s.broken = len(t.r.errs) > before
		out = append(out, s)
	}
	return out
}

// readID reads the id, which everything else hangs on.
func (s *row) readID(t *table, taken map[string]string) {
	if !t.has("id") {
		t.r.fail(t.key("id"), "the source has no id", `write id = "stadt-musterstadt", a name of small letters, digits and hyphens`)
	}
	if !t.text("id", &s.ID) {
		return
	}
	switch first, double := taken[s.ID]; {
	case !slug.MatchString(s.ID):
		t.r.fail(t.key("id"), fmt.Sprintf("%q is not an id", s.ID), "up to 64 small letters, digits and hyphens; feed URLs are built on it")
	case double:
		t.r.fail(t.key("id"), fmt.Sprintf("the id %q is taken", s.ID), "by the source "+t.r.doc.line(first))
	default:
		taken[s.ID] = t.path
	}
}

// line says in which line a key stands.
func (d *document) line(key string) string {
	return fmt.Sprintf("in line %d", d.errorAt(key, true, "", "").Line)
}

func (s *row) readKeys(t *table) {
	t.text("name", &s.Name)
	t.text("publisher", &s.Publisher)
	if was := s.URL; t.text("url", &s.URL) && s.URL != was {
		s.Evidence = "" // it was for the other URL
	}
	word(t, "kind", &s.Kind, []aggregator.Kind{aggregator.KindFeed, aggregator.KindHTML})
	if s.Kind == aggregator.KindFeed {
		s.Selectors = aggregator.Selectors{} // of a page in the catalogue that has a feed now
	}
	word(t, "type", &s.Type, aggregator.SourceTypes())
	word(t, "licence", &s.Licence, []aggregator.Licence{aggregator.LicenceExcerpt, aggregator.LicenceFull})
	t.text("rights", &s.Rights)
	s.readRegion(t)
	s.readZone(t)
	t.text("schedule", &s.Schedule)
	s.enabled = t.boolean("enabled", &s.Enabled)
	t.text("host_group", &s.HostGroup)
	t.text("evidence", &s.Evidence)
	t.text("note", &s.Note)
	t.duration("crawl_delay", &s.CrawlDelay)
	t.text("item", &s.Selectors.Item)
	t.text("title", &s.Selectors.Title)
	t.text("link", &s.Selectors.Link)
	t.text("date", &s.Selectors.Date)
	t.text("date_format", &s.Selectors.DateFormat)
	t.text("summary", &s.Selectors.Summary)
}

// speakers are the regions a source can speak for.
func speakers() []aggregator.Region { return append(aggregator.Laender(), aggregator.Bund) }

func (s *row) readRegion(t *table) {
	var name string
	if !t.text("region", &name) {
		return
	}
	if name == "" {
		s.Region = ""
		return
	}
	region, ok := aggregator.ParseRegion(name)
	if !ok || !slices.Contains(speakers(), region) {
		hint := `a source speaks for a Land ("sachsen" or "SN") or "bund"; leave the key out for none`
		if near := nearest(name, texts(speakers())); near != "" && !ok {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		t.r.fail(t.key("region"), fmt.Sprintf("%q is not a region a source can speak for", name), hint)
		return
	}
	s.Region = region
}

func (s *row) readZone(t *table) {
	var name string
	if !t.text("zone", &name) {
		return
	}
	if name == "" {
		s.Zone = nil
		return
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		t.r.fail(t.key("zone"), fmt.Sprintf("%q is not a time zone", name), `write "Europe/Berlin" or "UTC"; it is Europe/Berlin when left out`)
		return
	}
	s.Zone = zone
}

// checkSource checks the rules a source has to keep.
func checkSource(s *aggregator.Source, f *Fetch, selector func(string) error) []fault {
	var out []fault
	add := func(key, msg, hint string) {
		if msg != "" {
			out = append(out, fault{key, msg, hint})
		}
	}
	if !slug.MatchString(s.ID) {
		add("id", fmt.Sprintf("%q is not an id", s.ID), "small letters, digits and hyphens")
	}
	if s.Name == "" {
		add("name", "the source has no name", `write name = "Stadt Musterstadt: Pressemitteilungen"`)
	}
	if s.URL == "" {
		add("url", "the source has no URL", `write url = "https://www.example.org/feed"`)
	} else {
		msg, hint := checkURL(s.URL)
		add("url", msg, hint)
	}
	if !slices.Contains(aggregator.SourceTypes(), s.Type) {
		add("type", fmt.Sprintf("%q is not allowed", s.Type), suggestAllowed(string(s.Type), texts(aggregator.SourceTypes())))
	}
	if s.Region != "" && !slices.Contains(speakers(), s.Region) {
		add("region", fmt.Sprintf("%q is not a region a source can speak for", s.Region), "")
	}
	if s.Licence != aggregator.LicenceExcerpt && s.Licence != aggregator.LicenceFull {
		add("licence", fmt.Sprintf("%q is not allowed", s.Licence), `allowed are "excerpt" and "full"`)
	}
	if s.HostGroup != "" && !isHost(s.HostGroup) {
		add("host_group", fmt.Sprintf("%q is not a name", s.HostGroup), "letters, digits, hyphens and dots")
	}
	out = append(out, within("crawl_delay", s.CrawlDelay, 0, maxCrawlDelay)...)
	if s.CrawlDelay%time.Second != 0 {
		add("crawl_delay", "it is no whole number of seconds", `write "10s"`)
	}
	out = append(out, checkLines(s)...)
	out = append(out, checkSchedule(s, f)...)
	return append(out, checkSelectors(s, selector)...)
}

// checkLines bounds the texts that are shown.
func checkLines(s *aggregator.Source) []fault {
	var out []fault
	for _, line := range []struct{ key, text string }{{"name", s.Name}, {"publisher", s.Publisher}, {"evidence", s.Evidence}, {"note", s.Note}, {"rights", s.Rights}} {
		if utf8.RuneCountInString(line.text) > maxText || strings.ContainsFunc(line.text, control) {
			out = append(out, fault{line.key, "this is not one short line", "up to 300 characters"})
		}
	}
	if len(s.URL) > maxURL {
		out = append(out, fault{"url", "the URL is longer than 2000 bytes", ""})
	}
	return out
}

// checkSchedule reads the spec and holds it to the pace of [fetch].
func checkSchedule(s *aggregator.Source, f *Fetch) []fault {
	if s.Schedule == "" {
		return nil
	}
	spec, err := aggregator.ParseSchedule(s.Schedule, s.Zone)
	if err != nil {
		hint := `five fields as for cron, "30 7-18 * * 1-5" for half past every hour of a working day, or "@every 45m"`
		if strings.Contains(s.Schedule, "TZ=") {
			hint = `the zone has a key of its own: zone = "Europe/Berlin"`
		}
		return []fault{{"schedule", strings.TrimPrefix(err.Error(), "reading schedule "), hint}}
	}
	u, err := url.Parse(s.URL)
	if err != nil || f.Private(withPort(u)) {
		return nil
	}
	if lowest := max(f.MinInterval, publicMinInterval); spec.Closest() < lowest {
		return []fault{{
			"schedule", fmt.Sprintf("it polls every %s, more often than every %s", short(spec.Closest()), short(lowest)),
			"only hosts in fetch.allow_private may be asked more often than fetch.min_interval",
		}}
	}
	return nil
}

// withPort returns the host of a URL with its port, written or not.
func withPort(u *url.URL) string {
	if u.Port() != "" {
		return u.Host
	}
	if u.Scheme == "http" {
		return u.Host + ":80"
	}
	return u.Host + ":443"
}

// checkSelectors checks the keys that only pages have. None is required: the
// list of a page without item is found by its looks.
func checkSelectors(s *aggregator.Source, selector func(string) error) []fault {
	var out []fault
	css := []struct{ key, text string }{
		{"item", s.Selectors.Item}, {"title", s.Selectors.Title}, {"link", s.Selectors.Link},
		{"date", s.Selectors.Date}, {"summary", s.Selectors.Summary},
	}
	switch s.Kind {
	case aggregator.KindHTML:
	case aggregator.KindFeed:
		for _, c := range append(css, struct{ key, text string }{"date_format", s.Selectors.DateFormat}) {
			if c.text != "" {
				out = append(out, fault{c.key, "only pages have this key", `write kind = "html" if the URL is a page`})
			}
		}
		return out
	default:
		return []fault{{"kind", fmt.Sprintf("%q is not allowed", s.Kind), `allowed are "feed" and "html"`}}
	}
	for _, c := range css {
		if selector == nil || c.text == "" {
			continue
		}
		if err := selector(c.text); err != nil {
			out = append(out, fault{c.key, fmt.Sprintf("%q is not a CSS selector: %v", c.text, err), `such as "table.news tbody tr" or "a[href*='/presse/']"`})
		}
	}
	if msg, hint := checkDateFormat(s.Selectors.DateFormat); msg != "" {
		out = append(out, fault{"date_format", msg, hint})
	}
	return out
}

// checkDateFormat accepts Go layouts that tell one day from another.
func checkDateFormat(layout string) (msg, hint string) {
	if layout == "" {
		return "", ""
	}
	const example = `the format is how 2 January 2006, 15:04 would be written: "02.01.2006"; leave it out to try all German forms`
	a := time.Date(2011, 11, 23, 0, 0, 0, 0, time.UTC)
	for _, b := range []time.Time{a.AddDate(0, 0, 1), a.AddDate(0, -1, 0)} {
		if a.Format(layout) == b.Format(layout) {
			return fmt.Sprintf("%q does not tell day and month", layout), example
		}
	}
	if _, err := time.Parse(layout, a.Format(layout)); err != nil {
		return fmt.Sprintf("%q cannot be read back", layout), example
	}
	return "", ""
}

// merge puts the changed sources in their place in the catalogue and the new
// ones behind it.
func merge(catalogue []aggregator.Source, own []*row) []aggregator.Source {
	at := map[string]int{}
	for i, s := range catalogue {
		at[s.ID] = i
	}
	for _, s := range own {
		if i, ok := at[s.ID]; ok {
			catalogue[i] = s.Source
			continue
		}
		at[s.ID] = len(catalogue)
		catalogue = append(catalogue, s.Source)
	}
	return catalogue
}

// checkPolledTwice refuses a source of the file whose URL another one that is
// enabled has too: its items would come twice.
func (r *reader) checkPolledTwice(all []aggregator.Source, own []*row) {
	first := map[string]string{}
	for _, s := range all {
		if s.Enabled && first[s.URL] == "" {
			first[s.URL] = s.ID
		}
	}
	for _, s := range own {
		other := first[s.URL]
		if s.broken || !s.Enabled || other == "" || other == s.ID {
			continue
		}
		r.fail(s.path+".url", fmt.Sprintf("the source %q polls this URL already", other),
			fmt.Sprintf("drop one of them, or change the other by writing id = %q here", other))
	}
}
