package feeds

import (
	"mime"
	"slices"
	"strings"
	"time"

	"laenderfeed/aggregator"
)

// How much of an item is published, see [Config].
const (
	ContentTitle   = "title"
	ContentExcerpt = "excerpt"
	ContentFull    = "full"
)

// The schemes of categories. They name what a term is taken from and lead
// nowhere (RFC 4151).
const (
	schemeRegion = "tag:laenderfeed,2026:land"
	schemeTopic  = "tag:laenderfeed,2026:thema"
	schemePlace  = "tag:laenderfeed,2026:ags"
)

// category is a label of an item: term is for machines, label for people.
type category struct {
	scheme, term, label string
}

// view is an entry ready to be written in any format: clean text, checked links,
// and not more of it than may be republished.
type view struct {
	id         string // URN
	title      string // one line, never empty
	link       string // "" if the item has none
	publisher  string // never empty
	rights     string // whose the text is and what may be done with it, or ""
	summary    string // plain text, never empty
	html       string // the full text, "" unless it is published
	published  time.Time
	updated    time.Time
	categories []category
	enclosures []aggregator.Enclosure // with the full text only
	others     []aggregator.Other     // who else tells it, with a link
	source     viewSource
	deadlines  []aggregator.Deadline // in a calendar only
}

// viewSource is where an entry came from.
type viewSource struct {
	id, name, url string
	rights        string // in all its items, or ""
	page          bool   // url is a page, not a feed
}

// newView cleans an entry and cuts it to what content ("title", "excerpt",
// "full") and the licence of its source allow.
func newView(words *Vocabulary, e *aggregator.Entry, content string) view {
	v := view{
		id:         e.ID,
		title:      CleanLine(e.Title),
		link:       CleanURL(e.Link),
		publisher:  CleanLine(e.Origin.Publisher),
		rights:     CleanLine(e.StatedRights()),
		published:  writable(e.Effective()),
		updated:    writable(entryUpdated(&e.Item)),
		categories: categories(words, &e.Labels),
		source: viewSource{
			id: e.Origin.ID, name: CleanLine(e.Origin.Name), url: CleanURL(e.Origin.URL),
			rights: CleanLine(e.SourceRights()),
			page:   e.Origin.Kind == aggregator.KindHTML,
		},
	}
	if !isUUID(v.id) {
		v.id = aggregator.ItemID(e.Source, e.GUID)
	}
	if v.source.name == "" {
		v.source.name = CleanLine(v.source.id)
	}
	v.publisher = firstOf(v.publisher, v.source.name, "unbekannt")
	v.source.name = firstOf(v.source.name, v.publisher)
	v.title = firstOf(v.title, "Ohne Titel")
	if content != ContentTitle {
		v.summary = Excerpt(Prose(e.Summary), excerptLength)
	}
	// A summary is what most readers show; this one is short, but true.
	v.summary = firstOf(v.summary, "Quelle: "+v.publisher)
	v.others = Others(e)
	if content == ContentFull && e.Origin.Licence == aggregator.LicenceFull {
		if full := CleanText(e.Content); strings.TrimSpace(full) != "" && inert(full) {
			v.html = full
		}
		v.enclosures = enclosures(e.Enclosures)
	}
	return v
}

// maxOthers is how many sources that tell the same an entry names at most.
const maxOthers = 6

// Others returns who else tells what an entry tells, clean and with a link. Those
// of the same source, or with a link that is there already, are left out.
func Others(e *aggregator.Entry) []aggregator.Other {
	var clean []aggregator.Other
	link := CleanURL(e.Link)
	for _, o := range e.Others {
		o.Source, o.Link, o.Title = CleanLine(o.Source), CleanURL(o.Link), CleanLine(o.Title)
		again := slices.ContainsFunc(clean, func(c aggregator.Other) bool { return c.Source == o.Source || c.Link == o.Link })
		if o.Source == "" || o.Link == "" || o.Link == link || again || len(clean) == maxOthers {
			continue
		}
		clean = append(clean, o)
	}
	return clean
}

// summaryHTML is the summary as HTML, with links to those who tell it too.
func (v *view) summaryHTML() string {
	if len(v.others) == 0 {
		return htmlText(v.summary)
	}
	var b strings.Builder
	b.WriteString("<p>" + htmlText(v.summary) + "</p><p>Auch bei: ")
	for i, o := range v.others {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(`<a href="` + htmlText(o.Link) + `">` + htmlText(o.Source) + "</a>")
	}
	b.WriteString("</p>")
	return b.String()
}

// summaryText is the summary as plain text, with the addresses of those who tell
// it too.
func (v *view) summaryText() string {
	s := v.summary
	for i, o := range v.others {
		if s += ", "; i == 0 {
			s = v.summary + "\n\nAuch bei: "
		}
		s += o.Source + " (" + o.Link + ")"
	}
	return s
}

func firstOf(vs ...string) string {
	for _, v := range vs {
		if v != "" {
			return v
		}
	}
	return ""
}

// entryUpdated is the last significant change of an item. Of one that never
// changed it is when it was published: that we saw it later is our doing, not
// the publisher's.
func entryUpdated(it *aggregator.Item) time.Time {
	if it.Updated.After(it.Seen) {
		return it.Updated.UTC()
	}
	return it.Effective().UTC()
}

// newest is the time of the newest change among entries as seen by us, to the
// second, or epoch if there are none.
func newest(entries []aggregator.Entry, epoch time.Time) time.Time {
	if len(entries) == 0 {
		return epoch.UTC().Truncate(time.Second)
	}
	var t time.Time
	for i := range entries {
		for _, u := range [...]time.Time{entries[i].Seen, entries[i].Updated} {
			if u.After(t) {
				t = u
			}
		}
	}
	return writable(t).Truncate(time.Second)
}

// writable returns t in UTC, and the beginning of Unix time for years that
// RFC 3339 cannot express.
func writable(t time.Time) time.Time {
	if t = t.UTC(); t.Year() < 1 || t.Year() > 9999 {
		return time.Unix(0, 0).UTC()
	}
	return t
}

func categories(words *Vocabulary, l *aggregator.Labels) []category {
	var cs []category
	for _, r := range l.Regions {
		cs = append(cs, category{schemeRegion, CleanLine(string(r)), CleanLine(words.RegionName(r))})
	}
	for _, t := range l.Topics {
		cs = append(cs, category{schemeTopic, CleanLine(string(t)), CleanLine(words.TopicName(t))})
	}
	for _, p := range l.Places {
		cs = append(cs, category{schemePlace, CleanLine(p.Key), CleanLine(p.Name)})
	}
	seen := map[category]bool{}
	return slices.DeleteFunc(cs, func(c category) bool {
		again := seen[c]
		seen[c] = true
		return again || c.term == "" || c.label == ""
	})
}

func enclosures(es []aggregator.Enclosure) []aggregator.Enclosure {
	var clean []aggregator.Enclosure
	for _, e := range es {
		e.URL = CleanURL(e.URL)
		mediaType, _, err := mime.ParseMediaType(e.Type)
		if e.URL == "" || err != nil || !strings.Contains(mediaType, "/") {
			continue
		}
		e.Type, e.Length = mediaType, max(e.Length, 0)
		clean = append(clean, e)
	}
	return clean
}

// isUUID tells whether s is a lower-case UUID URN (RFC 9562).
func isUUID(s string) bool {
	const prefix, pattern = "urn:uuid:", "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
	if !strings.HasPrefix(s, prefix) || len(s) != len(prefix)+len(pattern) {
		return false
	}
	for i, c := range []byte(s[len(prefix):]) {
		if dash := pattern[i] == '-'; dash != (c == '-') || !dash && (!isHex(c) || 'A' <= c && c <= 'F') {
			return false
		}
	}
	return true
}
