package feeds

import (
	"slices"
	"strings"

	"laenderfeed/aggregator"
)

// Format is how a query is represented. Its value is the extension in the URL.
type Format string

// The formats. Page is the HTML page that belongs to a feed.
const (
	Page Format = ""
	Atom Format = "atom"
	RSS  Format = "rss"
	JSON Format = "json"
	OPML Format = "opml"
	ICS  Format = "ics" // the terms and events that the items of a feed name
)

// Formats returns the formats of a feed, the preferred one first.
func Formats() []Format { return []Format{Atom, RSS, JSON} }

// Name returns the name that people know the format by.
func (f Format) Name() string {
	switch f {
	case Atom:
		return "Atom"
	case RSS:
		return "RSS"
	case JSON:
		return "JSON"
	case OPML:
		return "OPML"
	case ICS:
		return "Kalender"
	}
	return "HTML"
}

// MediaType returns the media type without parameters.
func (f Format) MediaType() string {
	switch f {
	case Atom:
		return "application/atom+xml"
	case RSS:
		return "application/rss+xml"
	case JSON:
		return "application/feed+json"
	case OPML:
		return "text/x-opml"
	case ICS:
		return "text/calendar"
	}
	return "text/html"
}

// contentType is the media type as sent. JSON has no charset parameter (RFC 8259).
func (f Format) contentType() string {
	if f == JSON {
		return f.MediaType()
	}
	return f.MediaType() + "; charset=utf-8"
}

// maxPath bounds the paths that are looked at, in bytes. The longest canonical
// one, a union of everything, has less than a third of that.
const maxPath = 2048

// sourceRoot is the first segment of the URLs of sources.
const sourceRoot = "quellen"

// Path returns the canonical path of a query in a format: "/sachsen/ki/feed.atom",
// "/ort/14612000/feed.atom", "/quellen/it-planungsrat/feed.rss", "/feeds.opml",
// "/sachsen/fristen.ics", "/sachsen/archiv/2026/10/feed.atom", and
// "/sachsen/ki" or "/ort/14612000-dresden" for the page. It consists of lower-case
// letters, digits and "+-./" only. The feed of a source or of places is that of
// all their items: there are no paths for a part of them.
func (v *Vocabulary) Path(q aggregator.Query, f Format) string {
	q = v.Canonical(q)
	var b strings.Builder
	switch {
	case q.Source != "":
		b.WriteString(sourcePath(q.Source))
	case len(q.Places) > 0:
		b.WriteString(v.placePath(q.Places, f))
	case f == OPML && len(q.Regions) == 0:
	default:
		b.WriteString("/" + union(q.Regions, string(aggregator.Alle)))
		if len(q.Topics) > 0 {
			b.WriteString("/" + union(q.Topics, ""))
		}
	}
	if f != Page {
		b.WriteString(archivePath(q.Seen))
	}
	b.WriteString(fileName(f))
	return b.String()
}

func sourcePath(id string) string { return "/" + sourceRoot + "/" + id }

// fileName is what the path of a query in a format ends with.
func fileName(f Format) string {
	switch f {
	case Page:
		return ""
	case OPML:
		return "/feeds.opml"
	case ICS:
		return "/fristen.ics"
	}
	return "/feed." + string(f)
}

func union[T ~string](vs []T, none string) string {
	if len(vs) == 0 {
		return none
	}
	parts := make([]string, len(vs))
	for i, v := range vs {
		parts[i] = string(v)
	}
	return strings.Join(parts, "+")
}

// IsFeed tells whether a decoded path is meant to be that of a feed or a list of
// feeds: whether its last segment is "feed", "feed.…", "feeds.opml" or
// "fristen.ics", in any case.
func IsFeed(path string) bool {
	path = strings.TrimRight(path, "/")
	last := path[strings.LastIndexByte(path, '/')+1:]
	const longest = len("fristen.ics")
	if len(last) < len("feed") || len(last) > 3*longest {
		return false
	}
	last = strings.ToLower(last)
	return last == "feed" || last == "feeds.opml" || last == "fristen.ics" || strings.HasPrefix(last, "feed.")
}

// Parse reads a decoded path, canonical or not: regions and topics by slug, code
// or German name, in any case and order, with umlauts or their transcription.
// The query comes back canonical; the path that it should have had is
// Path(query, format). Places are known to exist; whether the source of a query
// does is not known here. The error, if any, is a *[NotFound].
func (v *Vocabulary) Parse(path string) (aggregator.Query, Format, error) {
	if len(path) > maxPath {
		return aggregator.Query{}, Page, &NotFound{}
	}
	segments := strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
	format := Page
	if IsFeed(path) {
		last := strings.ToLower(segments[len(segments)-1])
		segments = segments[:len(segments)-1]
		switch last {
		case "feed.atom", "feed.rss", "feed.json":
			format = Format(strings.TrimPrefix(last, "feed."))
		case "feeds.opml":
			format = OPML
		case "fristen.ics":
			format = ICS
		default:
			return aggregator.Query{}, Page, v.unknownFormat(segments, last)
		}
	}
	segments, month, err := cutArchive(segments, format)
	if err != nil {
		return aggregator.Query{}, Page, err
	}
	q, err := v.parseQuery(segments, format)
	q.Seen = month
	return q, format, err
}

// parseQuery reads the segments before the file name. None at all mean alle.
func (v *Vocabulary) parseQuery(segments []string, f Format) (aggregator.Query, error) {
	var q aggregator.Query
	switch n := len(segments); {
	case n == 0:
		return q, nil
	case n > 2, n == 2 && f == OPML:
		return q, &NotFound{Name: strings.Join(segments, "/")}
	case strings.EqualFold(segments[0], sourceRoot):
		if n == 1 {
			return q, &NotFound{Name: segments[0]}
		}
		return aggregator.Query{Source: strings.ToLower(segments[1])}, nil
	case v.places != nil && strings.EqualFold(segments[0], placeRoot):
		if n == 1 {
			return q, &NotFound{Name: segments[0], Suggestions: []Link{{PlaceSearch, "Orte suchen"}}}
		}
		return v.parsePlaces(segments[1], f)
	}
	regions, unknownRegion := parseUnion(segments[0], v.regions.lookUp)
	q.Regions = regions
	unknownTopic := ""
	if len(segments) == 2 {
		q.Topics, unknownTopic = parseUnion(segments[1], v.topics.lookUp)
	}
	switch q = v.Canonical(q); {
	case unknownRegion != "":
		return q, v.unknownRegionError(q, f, unknownRegion)
	case unknownTopic != "":
		return q, v.unknownTopicError(q, f, unknownTopic)
	}
	return q, nil
}

// parseUnion reads the parts of a segment between plus signs. It returns those it
// knows, and the first one that it does not.
func parseUnion[T comparable](segment string, lookUp func(string) (T, bool)) (known []T, unknown string) {
	for part := range strings.SplitSeq(segment, "+") {
		if part == "" {
			continue
		}
		v, ok := lookUp(part)
		switch {
		case ok && !slices.Contains(known, v):
			known = append(known, v)
		case !ok && unknown == "":
			unknown = part
		}
	}
	if len(known) == 0 && unknown == "" {
		unknown = segment
	}
	return known, unknown
}

// fold brings a name into the form of a slug: lower case, umlauts transcribed
// (composed or decomposed), spaces and underscores as hyphens.
func fold(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch r {
		case 'ä':
			b.WriteString("ae")
		case 'ö':
			b.WriteString("oe")
		case 'ü':
			b.WriteString("ue")
		case 'ß':
			b.WriteString("ss")
		case '\u0308': // combining diaeresis
			b.WriteByte('e')
		case ' ', '_':
			b.WriteByte('-')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
