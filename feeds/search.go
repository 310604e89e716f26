package feeds

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"laenderfeed/aggregator"
)

// SearchPage is the path of the page that searches items. Its feeds lie below it.
const SearchPage = "/suche"

// maxQuery bounds the query strings that are looked at, in bytes. A search of
// [aggregator.MaxSearchBytes] with filters fits into half of it.
const maxQuery = 4096

// searchYears are the years that a search can be limited to.
var searchYears = [2]int{1900, 2200}

// SearchPath returns the canonical path, with its query string, of a search in a
// format: "/suche/feed.atom?q=breitband&land=sachsen+thueringen&seit=2026-10-01".
// The words are in their canonical form, parameters and what is joined in one of
// them in canonical order.
func (v *Vocabulary) SearchPath(q aggregator.Query, f Format) string {
	q = v.Canonical(q)
	var params []string
	add := func(name, value string) {
		if value != "" {
			params = append(params, name+"="+value)
		}
	}
	add("q", url.QueryEscape(q.Search.String()))
	add("land", union(q.Regions, ""))
	add("thema", union(q.Topics, ""))
	add("ort", union(q.Places, ""))
	add("quelle", url.QueryEscape(q.Source))
	since, until := v.SearchDays(q)
	add("seit", since)
	add("bis", until)
	path := SearchPage + fileName(f)
	if len(params) > 0 {
		path += "?" + strings.Join(params, "&")
	}
	return path
}

// SearchDays returns the first and the last day that a query is limited to, as
// YYYY-MM-DD, "" for none.
func (v *Vocabulary) SearchDays(q aggregator.Query) (since, until string) {
	if !q.Since.IsZero() {
		since = q.Since.In(v.zone).Format(time.DateOnly)
	}
	if !q.Until.IsZero() {
		until = q.Until.In(v.zone).AddDate(0, 0, -1).Format(time.DateOnly)
	}
	return since, until
}

// IsSearch tells whether a query asks for anything at all.
func IsSearch(q aggregator.Query) bool {
	return !q.Search.IsZero() || len(q.Regions)+len(q.Topics)+len(q.Places) > 0 || q.Source != "" || !q.Since.IsZero() || !q.Until.IsZero()
}

// BadSearch is the error of a search whose words cannot be understood: what was
// typed, where it goes wrong (in characters) and what to do, a German sentence.
type BadSearch struct {
	Text string
	Pos  int
	Hint string
}

// Error returns the hint.
func (e *BadSearch) Error() string { return e.Hint }

// Problem returns the 400 page, with a caret below the place.
func (e *BadSearch) Problem() *Problem {
	before, after := e.Split()
	return &Problem{
		Status: http.StatusBadRequest, Title: "Suche nicht verstanden", Detail: e.Hint,
		Marked: before + after + "\n" + strings.Repeat(" ", len([]rune(before))) + "^",
		Links:  []Link{{SearchPage, "So wird gesucht"}},
	}
}

// Split returns what was typed before and from the place on, clean and on one line.
func (e *BadSearch) Split() (before, after string) {
	line := func(rs []rune) string {
		return strings.Map(func(r rune) rune {
			if unicode.IsControl(r) || unicode.IsSpace(r) {
				return ' '
			}
			return r
		}, CleanText(string(rs)))
	}
	text := []rune(strings.ToValidUTF8(e.Text, "?"))
	const most = 2 * aggregator.MaxSearchBytes
	at := min(e.Pos, len(text), most)
	return line(text[:at]), line(text[at:min(len(text), most)])
}

// searchHints says what to do about each problem. It is read-only.
var searchHints = map[aggregator.SearchProblem]string{
	aggregator.SearchTooLong:     fmt.Sprintf("Die Suche ist zu lang. Möglich sind %d Bytes, das sind etwa %[1]d Zeichen.", aggregator.MaxSearchBytes),
	aggregator.SearchTooMany:     fmt.Sprintf("Das sind zu viele Wörter. Möglich sind %d Wörter und Wortfolgen.", aggregator.MaxSearchTerms),
	aggregator.SearchCharacter:   "Hier steht ein Zeichen, das in Texten nicht vorkommt.",
	aggregator.SearchOpenQuote:   "Zu diesem Anführungszeichen fehlt das zweite. Eine Wortfolge steht zwischen zwei Anführungszeichen: \"einer für alle\".",
	aggregator.SearchEmptyQuote:  "Zwischen diesen Anführungszeichen steht kein Wort.",
	aggregator.SearchNoWord:      "Darin steht kein Wort. Gesucht werden Wörter und Zahlen.",
	aggregator.SearchOnlyNot:     "Ein Minus schließt nur aus. Es muss auch ein Wort geben, das vorkommen soll: breitband -mobilfunk.",
	aggregator.SearchStar:        "Ein Stern steht nur am Ende eines Wortes, ohne Leerzeichen davor: verwaltung*.",
	aggregator.SearchShortPrefix: fmt.Sprintf("Vor dem Stern müssen mindestens %d Buchstaben stehen.", aggregator.MinSearchPrefix),
	aggregator.SearchOr:          "ODER steht zwischen zwei Wörtern: glasfaser ODER breitband.",
	aggregator.SearchOrNot:       "ODER und ein Minus gehen nicht zusammen. Schreiben Sie das Ausgeschlossene ans Ende: glasfaser ODER breitband -mobilfunk.",
	aggregator.SearchGroup:       "Klammern um mehrere Wörter gehen hier nicht. ODER verbindet nur das Wort davor und das danach, ein Minus gilt nur für ein Wort.",
}

// ParseSearch reads the query string of a search, canonical or not. Unions are
// joined by a plus or given several times; unknown parameters are passed over.
// The query comes back canonical; whether its source exists is not known here.
// The error is a *[BadSearch], [BadQuery] or *[NotFound].
func (v *Vocabulary) ParseSearch(rawQuery string, f Format) (q aggregator.Query, err error) {
	if len(rawQuery) > maxQuery {
		return q, BadQuery("Die Adresse ist zu lang.")
	}
	values, err := url.ParseQuery(rawQuery)
	if err != nil {
		return q, BadQuery("Die Adresse enthält Zeichen, die dort nicht stehen können.")
	}
	if q.Search, err = readSearch(values.Get("q")); err != nil {
		return q, err
	}
	if q.Since, err = v.day("seit", values.Get("seit"), false); err != nil {
		return q, err
	}
	if q.Until, err = v.day("bis", values.Get("bis"), true); err != nil {
		return q, err
	}
	if !q.Since.IsZero() && !q.Until.IsZero() && !q.Since.Before(q.Until) {
		return q, BadQuery("Der Tag bei „bis“ liegt vor dem bei „seit“.")
	}
	q.Source = strings.ToLower(strings.TrimSpace(values.Get("quelle")))
	unknown := &NotFound{}
	q.Regions = readUnion(values["land"], "Land", v.regions.lookUp, unknown)
	q.Topics = readUnion(values["thema"], "Thema", v.topics.lookUp, unknown)
	q.Places = readUnion(values["ort"], "Ort", v.placeKey, unknown)
	if unknown.Kind != "" {
		v.suggestSearch(unknown, q, f)
		return q, unknown
	}
	return v.Canonical(q), nil
}

func readSearch(text string) (aggregator.Search, error) {
	s, err := aggregator.ParseSearch(text)
	var bad *aggregator.SearchError
	if errors.As(err, &bad) {
		return s, &BadSearch{Text: text, Pos: bad.Pos, Hint: firstOf(searchHints[bad.Problem], "Diese Suche ist nicht zu verstehen.")}
	}
	return s, err
}

// day reads a day, month or year, as the beginning of it or, with end, of what
// comes after. It is the zero time if there is none.
func (v *Vocabulary) day(name, s string, end bool) (time.Time, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return time.Time{}, nil
	}
	for _, form := range [...]struct {
		layout              string
		years, months, days int
	}{{"2006-01-02", 0, 0, 1}, {"2006-01", 0, 1, 0}, {"2006", 1, 0, 0}} {
		t, err := time.ParseInLocation(form.layout, s, v.zone)
		if err != nil || t.Year() < searchYears[0] || t.Year() > searchYears[1] {
			continue
		}
		if end {
			t = t.AddDate(form.years, form.months, form.days)
		}
		return t, nil
	}
	return time.Time{}, BadQuery("Bei „" + name + "“ wird ein Tag erwartet, wie 2026-10-31, oder ein Monat oder Jahr, wie 2026-10 oder 2026.")
}

// placeKey returns the key of the place that a parameter names.
func (v *Vocabulary) placeKey(s string) (string, bool) {
	p, ok := v.Place(v.cutKey(s))
	return p.Key, ok
}

// readUnion reads the values of a parameter. The first word that is unknown is
// left in unknown, with its kind, unless there is one already.
func readUnion[T comparable](values []string, kind string, lookUp func(string) (T, bool), unknown *NotFound) (known []T) {
	for _, value := range values {
		// A plus stands for a space there. So do names with spaces work alone.
		if one, ok := lookUp(strings.TrimSpace(value)); ok && !slices.Contains(known, one) {
			known = append(known, one)
			continue
		}
		joined := strings.Join(strings.FieldsFunc(value, func(r rune) bool { return r == '+' || r == ',' || unicode.IsSpace(r) }), "+")
		if joined == "" {
			continue
		}
		parts, name := parseUnion(joined, lookUp)
		known = append(known, parts...)
		if name != "" && unknown.Kind == "" {
			unknown.Kind, unknown.Name = kind, name
		}
	}
	return known
}

// suggestSearch adds searches to the error of an unknown word: with those that
// may have been meant, and without any.
func (v *Vocabulary) suggestSearch(e *NotFound, q aggregator.Query, f Format) {
	add := func(text string, change func(*aggregator.Query)) {
		s := q
		change(&s)
		e.Suggestions = append(e.Suggestions, Link{v.SearchPath(s, f), text})
	}
	switch e.Kind {
	case "Land":
		for _, r := range nearest(e.Name, v.regions.order, v.RegionName) {
			add(v.RegionName(r), func(s *aggregator.Query) { s.Regions = append(slices.Clone(q.Regions), r) })
		}
	case "Thema":
		for _, t := range nearest(e.Name, v.topics.order, v.TopicName) {
			add(v.TopicName(t), func(s *aggregator.Query) { s.Topics = append(slices.Clone(q.Topics), t) })
		}
	case "Ort":
		if v.places == nil || len(e.Name) > maxName {
			break
		}
		for _, p := range v.places.FindPlaces(e.Name, maxSuggestions) {
			if _, ok := v.Place(p.Key); ok {
				add(v.placeTitle(p), func(s *aggregator.Query) { s.Places = append(slices.Clone(q.Places), p.Key) })
			}
		}
	}
	if IsSearch(q) {
		add("Ohne diese Einschränkung suchen", func(*aggregator.Query) {})
	}
}

// SearchTitle returns the title of a search, such as "Suche „breitband“ in
// Sachsen". The name is that of its source, if it has one.
func (v *Vocabulary) SearchTitle(q aggregator.Query, source string) string {
	q = v.Canonical(q)
	title := "Suche"
	if !q.Search.IsZero() {
		title += " „" + CleanLine(q.Search.String()) + "“"
	}
	if len(q.Regions) > 0 {
		title += " in " + v.regions.join(q.Regions, "")
	}
	if len(q.Topics) > 0 {
		title += " zu " + v.topics.join(q.Topics, "")
	}
	if len(q.Places) > 0 {
		title += " in " + v.placeNames(q.Places, v.placeTitle)
	}
	if q.Source != "" {
		title += " bei " + firstOf(CleanLine(source), q.Source)
	}
	since, until := v.SearchDays(q)
	if since != "" {
		title += " seit " + since
	}
	if until != "" {
		title += " bis " + until
	}
	return title
}

// searchSubtitle says in a German sentence what the feed of a search holds.
func (v *Vocabulary) searchSubtitle(aggregator.Query, string) string {
	return "Meldungen zur Digitalisierung der öffentlichen Verwaltung, die zu dieser Suche passen, die neuesten zuerst."
}

// searchFormat returns the format of the feed of a search that a decoded path
// stands for, in any case; ok is false if it stands for something else.
func searchFormat(path string) (name string, ok bool) {
	segments := strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
	if len(segments) != 2 || !strings.EqualFold("/"+segments[0], SearchPage) || !IsFeed(path) {
		return "", false
	}
	return strings.ToLower(segments[1]), true
}

// serveSearch answers for the feed of a search.
func (h *Handler) serveSearch(w http.ResponseWriter, r *http.Request, file string) {
	if !h.replies.Allowed(w, r) {
		return
	}
	format := Format(strings.TrimPrefix(file, "feed."))
	q, err := h.words.ParseSearch(r.URL.RawQuery, format)
	switch {
	case !slices.Contains(Formats(), format):
		err = h.words.unknownSearchFormat(q, file)
	case err == nil && !IsSearch(q):
		err = BadQuery("Diese Adresse braucht ein Suchwort, wie ?q=breitband, oder eine Einschränkung, wie ?land=sachsen.")
	case err == nil && q.Source != "":
		_, err = FindSource(r.Context(), h.Items, q.Source, format)
	}
	path := h.words.SearchPath(q, format)
	if err == nil && r.URL.EscapedPath()+"?"+r.URL.RawQuery != path {
		h.replies.Redirect(w, path)
		return
	}
	if err != nil {
		h.replies.Fail(w, r, nil, err)
		return
	}
	h.answer(w, r, h.searches, path, q, format, h.words.searchNaming())
}

// unknownSearchFormat suggests the formats there are.
func (v *Vocabulary) unknownSearchFormat(q aggregator.Query, name string) error {
	e := &NotFound{Kind: "Format", Name: name}
	for _, f := range Formats() {
		e.Suggestions = append(e.Suggestions, Link{v.SearchPath(q, f), f.Name()})
	}
	return e
}
