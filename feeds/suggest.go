package feeds

import (
	"slices"
	"strings"

	"laenderfeed/aggregator"
)

// Link is a link on a page.
type Link struct {
	Path string // of this server, or an absolute URL
	Text string
}

// NotFound is the error of a path that names nothing: what was not understood,
// and what may have been meant.
type NotFound struct {
	Kind        string // "Land", "Thema", "Ort", "Quelle" or "Format" in a German sentence; "" for the path as such
	Name        string // the part that is unknown
	Suggestions []Link
}

// Error names the unknown part.
func (e *NotFound) Error() string {
	if e.Kind == "" {
		return "unknown path " + e.Name
	}
	return "unknown " + e.Kind + " " + e.Name
}

// maxSuggestions is how many links a page offers, and maxName how long a name may
// be, in bytes, to be compared at all.
const (
	maxSuggestions = 4
	maxName        = 64
)

func (v *Vocabulary) unknownRegionError(q aggregator.Query, f Format, name string) error {
	e := &NotFound{Kind: "Land", Name: name}
	// A topic where the Land belongs: the feed of all Länder on it.
	if t, ok := v.topics.lookUp(name); ok && len(q.Topics) == 0 && f != OPML {
		e.add(v, aggregator.Query{Regions: q.Regions, Topics: []aggregator.Topic{t}}, f)
	}
	for _, r := range nearest(name, append(slices.Clone(v.regions.order), aggregator.Alle), v.RegionName) {
		s := q
		s.Regions = append(slices.Clone(q.Regions), r)
		e.add(v, s, f)
	}
	// A place where the Land belongs.
	if v.places != nil && len(q.Regions)+len(q.Topics) == 0 && f != OPML && len(name) <= maxName {
		for _, p := range v.places.FindPlaces(name, 1) {
			e.add(v, aggregator.Query{Places: []string{p.Key}}, f)
		}
	}
	return e
}

func (v *Vocabulary) unknownTopicError(q aggregator.Query, f Format, name string) error {
	e := &NotFound{Kind: "Thema", Name: name}
	for _, t := range nearest(name, v.topics.order, v.TopicName) {
		s := q
		s.Topics = append(slices.Clone(q.Topics), t)
		e.add(v, s, f)
	}
	if len(q.Topics) == 0 {
		e.add(v, q, f)
	}
	return e
}

func unknownSourceError(id string, f Format, all []aggregator.SourceStatus) error {
	e := &NotFound{Kind: "Quelle", Name: id}
	ids, names := make([]string, len(all)), make(map[string]string, len(all))
	for i, s := range all {
		ids[i], names[s.ID] = s.ID, s.Name
	}
	for _, id := range nearest(id, ids, func(id string) string { return names[id] }) {
		e.Suggestions = append(e.Suggestions, Link{sourcePath(id) + fileName(f), names[id]})
	}
	e.Suggestions = append(e.Suggestions, Link{"/" + sourceRoot, "Alle Quellen"})
	return e
}

func (v *Vocabulary) unknownFormat(segments []string, name string) error {
	e := &NotFound{Kind: "Format", Name: name}
	q, err := v.parseQuery(segments, Atom)
	if err != nil {
		return err
	}
	for _, f := range Formats() {
		e.Suggestions = append(e.Suggestions, Link{v.Path(q, f), f.Name()})
	}
	return e
}

func (e *NotFound) add(v *Vocabulary, q aggregator.Query, f Format) {
	if len(e.Suggestions) < maxSuggestions {
		e.Suggestions = append(e.Suggestions, Link{v.Path(q, f), v.Names(q)})
	}
}

// nearest returns the slugs that s may have been meant for, nearest first: those
// whose slug or name begins with it, and those a few typing errors away.
func nearest[T ~string](s string, slugs []T, name func(T) string) []T {
	if len(s) > maxName {
		return nil
	}
	s = fold(s)
	type candidate struct {
		slug     T
		distance int
	}
	var found []candidate
	for _, slug := range slugs {
		d := min(distance(s, string(slug)), distance(s, fold(name(slug))))
		if d <= 1+len(s)/4 {
			found = append(found, candidate{slug, d})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return a.distance - b.distance })
	var near []T
	for _, c := range found[:min(len(found), maxSuggestions)] {
		near = append(near, c.slug)
	}
	return near
}

// distance is the Levenshtein distance of two folded names; a beginning of three
// letters or more counts as one error.
func distance(a, b string) int {
	if len(a) >= 3 && strings.HasPrefix(b, a) {
		return 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
