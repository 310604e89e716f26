package config

import (
	"fmt"
	"html"
	"slices"
	"strings"
	"unicode/utf8"

	"laenderfeed/aggregator"
)

// Import is what a subscription list adds to a configuration.
type Import struct {
	Sources []Imported
	// Alike counts the sources that the configuration has just so.
	Alike int
	// Warnings are about outlines that were passed over, or read with a guess, in
	// the order of the file.
	Warnings Errors
}

// Imported is a source of a subscription list.
type Imported struct {
	aggregator.Source
	Base *aggregator.Source // what it changes in the catalogue; nil for a new one
}

// TOML returns the [[source]] tables to put into a configuration file, an empty
// line between them.
func (im *Import) TOML() string {
	tables := make([]string, len(im.Sources))
	for i := range im.Sources {
		s := &im.Sources[i]
		if s.Base != nil {
			tables[i] = FormatChange(&s.Source, s.Base)
			continue
		}
		tables[i] = FormatSource(&s.Source)
	}
	return strings.Join(tables, "\n")
}

// ReadOPML reads a subscription list, OPML of any version, for a configuration:
// at most 4 MiB, in UTF-8, UTF-16 with a byte order mark, or windows-1252. The
// name stands in errors.
//
// Sources that [FormatOPML] wrote come back as they were. Of those of other
// programs the name and the URL are taken, ids are made of the names, and a
// folder that is called after a Land gives the region. A URL that the
// configuration knows becomes no second source: one that is off in the catalogue
// is switched on. The error is [Errors]; it is about files that are no OPML and
// about keys of ours that hold nonsense. Whatever else cannot be used is left
// out with a warning.
func (c *Config) ReadOPML(name string, data []byte, o Options) (*Import, error) {
	doc, outlines, fault := readOPML(name, data)
	if fault != nil {
		return nil, Errors{fault}
	}
	im := &importer{
		c: c, r: &reader{doc: doc}, selector: o.CheckSelector,
		known: map[string]*aggregator.Source{}, urls: map[string]*aggregator.Source{}, taken: map[string]bool{},
	}
	for i := range c.Sources {
		s := &c.Sources[i]
		im.known[s.ID], im.taken[s.ID] = s, true
		if first := im.urls[s.URL]; first == nil || s.Enabled && !first.Enabled {
			im.urls[s.URL] = s
		}
	}
	im.ours(outlines)
	for i := range outlines {
		if outlines[i].ours == nil {
			im.foreign(&outlines[i])
		}
	}
	im.out.Warnings = im.out.Warnings.sorted()
	if err := im.r.errs.sorted().err(); err != nil {
		return nil, err
	}
	return &im.out, nil
}

// importer is one reading of a subscription list.
type importer struct {
	c         *Config
	r         *reader
	selector  func(string) error
	catalogue map[string]*aggregator.Source // by id; nil until it is needed
	known     map[string]*aggregator.Source // those of the configuration, by id
	urls      map[string]*aggregator.Source // those of the configuration and of the list so far
	taken     map[string]bool               // ids
	out       Import
}

// base returns the source of the catalogue with an id, nil when there is none.
func (im *importer) base(id string) *aggregator.Source {
	if im.catalogue == nil {
		im.catalogue = map[string]*aggregator.Source{}
		for _, s := range Catalogue() {
			im.catalogue[s.ID] = &s
		}
	}
	return im.catalogue[id]
}

func (im *importer) warn(o *outline, msg, hint string) {
	if len(im.out.Warnings) < maxErrors {
		im.out.Warnings = append(im.out.Warnings, im.r.doc.at(o.at, "", msg, hint))
	}
}

// ours reads the outlines that have keys of ours, by the rules of [[source]].
func (im *importer) ours(outlines []outline) {
	var tables []*table
	for i := range outlines {
		if o := &outlines[i]; o.ours != nil {
			tables = append(tables, &table{r: im.r, path: fmt.Sprintf("source[%d]", i), values: o.values()})
		}
	}
	for _, s := range readSources(tables, nil) {
		im.r.report(s.path+".", checkSource(&s.Source, &im.c.Fetch, im.selector))
		im.taken[s.ID], im.urls[s.URL] = true, &s.Source
		known := im.known[s.ID]
		if known != nil && slices.Equal(pairs(known), pairs(&s.Source)) {
			im.out.Alike++
			continue
		}
		base := im.base(s.ID)
		if known != nil && (base == nil || isChanged(known, base)) {
			at := im.r.doc.places[s.path].key
			im.warn(&outline{at: at}, fmt.Sprintf("the configuration has another [[source]] with the id %q", s.ID), "put this one in its place")
		}
		im.out.Sources = append(im.out.Sources, Imported{Source: s.Source, Base: base})
	}
}

// isChanged tells whether the configuration has changed a source of the catalogue
// otherwise than by switching it on or off.
func isChanged(s, base *aggregator.Source) bool {
	other := *base
	other.Enabled = s.Enabled
	return len(differing(s, &other)) > 0
}

// values returns the keys of an outline of ours as TOML would have them.
func (o *outline) values() map[string]any {
	v := map[string]any{"name": o.attr("text")}
	for key, text := range o.ours {
		v[key] = text
	}
	switch o.ours["enabled"] {
	case "true", "false":
		v["enabled"] = o.ours["enabled"] == "true"
	}
	v["url"] = o.attr("xmlurl")
	if o.attr("xmlurl") == "" {
		v["url"] = o.attr("url")
	}
	return v
}

// foreign reads an outline of another program.
func (im *importer) foreign(o *outline) {
	s := blank()
	s.Evidence = "aus einer Abonnementliste, ungeprüft"
	switch kind := strings.ToLower(o.attr("type")); {
	case o.attr("xmlurl") != "":
		s.URL = feedURL(o.attr("xmlurl"))
	case kind == "include" || kind == "link" || o.attr("htmlurl") == "":
		im.warn(o, fmt.Sprintf("%q is no feed and left out", cut(o.text(), 100)), "")
		return
	default:
		s.URL, s.Kind, s.Enabled = feedURL(o.attr("htmlurl")), aggregator.KindHTML, false
	}
	if msg, hint := checkURL(s.URL); msg != "" {
		im.warn(o, fmt.Sprintf("%q is left out: %s", cut(s.URL, 100), msg), hint)
		return
	}
	if len(s.URL) > maxURL {
		im.warn(o, "a URL is longer than 2000 bytes: left out", "")
		return
	}
	if known := im.urls[s.URL]; known != nil {
		im.again(o, known)
		return
	}
	if s.Kind == aggregator.KindHTML {
		im.warn(o, fmt.Sprintf("%q has no feed: a page, switched off", s.URL), fmt.Sprintf("laenderfeed sources check %q looks for one", s.URL))
	}
	s.Name = lineOf(o.text())
	if s.Name == "" {
		s.Name = hostName(s.URL)
	}
	s.ID = SourceID(s.Name, s.URL, func(id string) bool { return im.taken[id] })
	for _, folder := range slices.Backward(o.folders) {
		if s.Region = landOf(folder); s.Region != "" {
			break
		}
	}
	im.taken[s.ID], im.urls[s.URL] = true, &s
	im.out.Sources = append(im.out.Sources, Imported{Source: s})
}

// again deals with a URL that is there already.
func (im *importer) again(o *outline, known *aggregator.Source) {
	switch {
	case im.known[known.ID] != known:
		im.warn(o, fmt.Sprintf("%q stands in the list twice", cut(known.URL, 100)), "")
	case known.Enabled:
		im.out.Alike++
	case im.base(known.ID) == nil:
		im.warn(o, fmt.Sprintf("the configuration has %q, switched off", known.ID), "write enabled = true there")
	default:
		s := *known
		s.Enabled = true
		im.urls[s.URL] = &s
		im.out.Sources = append(im.out.Sources, Imported{Source: s, Base: im.base(s.ID)})
	}
}

// feedURL mends what readers write as the address of a feed.
func feedURL(s string) string {
	if rest, ok := strings.CutPrefix(s, "feed:"); ok {
		s = rest
		if strings.HasPrefix(rest, "//") {
			s = "https:" + rest
		}
	}
	s, _, _ = strings.Cut(s, "#")
	return strings.ReplaceAll(strings.TrimSpace(s), " ", "%20")
}

// lineOf makes one short line of a name, in which entities may be escaped twice.
func lineOf(s string) string {
	s = strings.Map(func(r rune) rune {
		if control(r) {
			return ' '
		}
		return r
	}, html.UnescapeString(s))
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) > maxText {
		s = strings.TrimSpace(string([]rune(s)[:maxText]))
	}
	return s
}
