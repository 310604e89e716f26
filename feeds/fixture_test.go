package feeds

import (
	"cmp"
	"context"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"laenderfeed/aggregator"
)

var update = flag.Bool("update", false, "write the golden files")

// memory is the items of a test: a store that keeps them in a slice.
type memory struct {
	entries    []aggregator.Entry
	sources    []aggregator.SourceStatus
	generation atomic.Uint64
	reads      atomic.Int64 // calls of Entries
	err        error
	gate       chan struct{} // if not nil, Entries waits for it to be closed
}

func (m *memory) Entries(ctx context.Context, q aggregator.Query) ([]aggregator.Entry, error) {
	m.reads.Add(1)
	if m.gate != nil {
		select {
		case <-m.gate:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if m.err != nil {
		return nil, m.err
	}
	var found []aggregator.Entry
	for _, e := range m.entries {
		if (q.Source == "" || e.Source == q.Source) &&
			(len(q.Regions) == 0 || intersects(q.Regions, e.Labels.Regions)) &&
			(len(q.Topics) == 0 || intersects(q.Topics, e.Labels.Topics)) &&
			(len(q.Places) == 0 || liesIn(q.Places, e.Labels.Places)) &&
			(q.Since.IsZero() || !e.Effective().Before(q.Since)) && (q.Until.IsZero() || e.Effective().Before(q.Until)) &&
			holds(q.Search, &e) {
			found = append(found, e)
		}
	}
	if !q.Seen.IsZero() {
		found = m.part(found, q.Seen)
		q.Limit = len(found)
	}
	slices.SortStableFunc(found, func(a, b aggregator.Entry) int {
		return cmp.Or(b.Effective().Compare(a.Effective()), cmp.Compare(a.ID, b.ID))
	})
	return found[:min(len(found), cmp.Or(q.Limit, 50))], nil
}

// holds looks for the words as they are typed.
func holds(s aggregator.Search, e *aggregator.Entry) bool {
	text := strings.ToLower(e.Title + " " + e.Summary)
	return !slices.ContainsFunc(s.All, func(c aggregator.SearchClause) bool {
		return slices.ContainsFunc(c.Any, func(t aggregator.SearchTerm) bool { return strings.Contains(text, t.Text) }) == c.Not
	})
}

// part is what a store makes of Query.Seen.
func (m *memory) part(found []aggregator.Entry, a aggregator.Arrivals) []aggregator.Entry {
	found = slices.DeleteFunc(found, func(e aggregator.Entry) bool { return e.Seen.Before(a.From) || !e.Seen.Before(a.To) })
	slices.SortStableFunc(found, func(a, b aggregator.Entry) int { return cmp.Or(a.Seen.Compare(b.Seen), cmp.Compare(a.ID, b.ID)) })
	const size = aggregator.ArrivalsPart
	if a.Part == 0 {
		a.Part = max(len(found)-1, 0)/size + 1
	}
	from := min((a.Part-1)*size, len(found))
	return found[from:min(from+size, len(found))]
}

func (m *memory) Span(context.Context) (oldest, newest time.Time, err error) {
	for _, e := range m.entries {
		if oldest.IsZero() || e.Seen.Before(oldest) {
			oldest = e.Seen
		}
		if e.Seen.After(newest) {
			newest = e.Seen
		}
	}
	return oldest, newest, m.err
}

func (m *memory) Arrivals(ctx context.Context, q aggregator.Query) (int, error) {
	n := 0
	for q.Seen.Part = 1; ; q.Seen.Part++ {
		part, err := m.Entries(ctx, q)
		if n += len(part); err != nil || len(part) < aggregator.ArrivalsPart {
			return n, err
		}
	}
}

func liesIn(keys []string, places []aggregator.Place) bool {
	return slices.ContainsFunc(places, func(p aggregator.Place) bool {
		return slices.ContainsFunc(keys, func(key string) bool { return strings.HasPrefix(p.Key, key) })
	})
}

func intersects[T comparable](a, b []T) bool {
	return slices.ContainsFunc(a, func(v T) bool { return slices.Contains(b, v) })
}

func (m *memory) Sources(context.Context) ([]aggregator.SourceStatus, error) { return m.sources, m.err }
func (m *memory) Generation() uint64                                         { return m.generation.Load() }

var (
	day     = time.Date(2026, 10, 20, 8, 30, 0, 0, time.UTC)
	dresden = aggregator.Source{
		ID: "medienservice-sachsen", Name: "Medienservice Sachsen", Publisher: "Sächsische Staatskanzlei",
		URL: "https://www.medienservice.example/medien/feed", Kind: aggregator.KindFeed, Region: aggregator.Sachsen,
		Licence: aggregator.LicenceFull, Rights: "Freistaat Sachsen, dl-de/by-2-0", Enabled: true,
	}
	bremen = aggregator.Source{
		ID: "senat-bremen", Name: "Senatspressestelle Bremen", URL: "https://www.senat.example/pressemitteilungen?a=1&b=2",
		Kind: aggregator.KindHTML, Region: aggregator.Bremen, Licence: aggregator.LicenceExcerpt, Enabled: true,
	}
)

// entry makes an item of a source that was published n hours before day and seen
// ten minutes later.
func entry(origin aggregator.Source, n int, title string, change ...func(*aggregator.Entry)) aggregator.Entry {
	e := aggregator.Entry{Origin: origin}
	e.Source, e.GUID, e.Title = origin.ID, "guid-"+title, title
	e.Link = "https://www.example.org/meldung/" + strings.Repeat("a", n+1)
	e.Published = day.Add(-time.Duration(n) * time.Hour)
	e.Seen = e.Published.Add(10 * time.Minute)
	e.Updated = e.Seen
	e.Summary = "Die Verwaltung wird digitaler. Das hat das Kabinett beschlossen."
	e.Labels = aggregator.Labels{
		Scope: aggregator.ScopeLand, Regions: []aggregator.Region{aggregator.Sachsen},
		Topics: []aggregator.Topic{"ki"}, Ruleset: "2026-11-21",
	}
	for _, c := range change {
		c(&e)
	}
	e.ID = aggregator.ItemID(e.Source, e.GUID)
	return e
}

// corpus is one entry for each thing that can go wrong.
func corpus() []aggregator.Entry {
	return []aggregator.Entry{
		entry(dresden, 0, "Künstliche Intelligenz für Görlitz, Weißwasser und Łódź", func(e *aggregator.Entry) {
			e.Others = []aggregator.Other{
				{ID: aggregator.ItemID("b", "b"), Title: "KI an der Neiße", Link: "https://www.other.example/ki?a=1&b=2", Source: `Blatt <für> "Verwaltung"`},
				{ID: aggregator.ItemID("c", "c"), Title: "KI", Link: "javascript:alert(1)", Source: "Ohne Adresse"},
				{ID: aggregator.ItemID("d", "d"), Title: "KI", Link: "https://www.third.example/ki", Source: "Dritter"},
			}
		}),
		entry(dresden, 1, `Staatsminister: „Wir sind 'schneller'" & besser <als> gedacht`),
		entry(dresden, 2, "Ende einer Sektion ]]> und weiter <![CDATA[ hier"),
		entry(bremen, 3, "Rathaus 🏛️ goes digital 👩‍💻", func(e *aggregator.Entry) {
			e.Labels.Regions, e.Labels.Topics = []aggregator.Region{aggregator.Bremen}, []aggregator.Topic{"portale", "ozg"}
		}),
		entry(dresden, 4, "الإدارة الرقمية في ساكسونيا – Verwaltung für alle"),
		entry(dresden, 5, strings.TrimSpace(strings.Repeat("Registermodernisierung schreitet voran ", 26))),
		entry(bremen, 6, "Meldung ohne Link", func(e *aggregator.Entry) {
			e.Link, e.Summary = "", ""
			e.Labels = aggregator.Labels{Scope: aggregator.ScopeBund, Regions: []aggregator.Region{aggregator.Bund}}
		}),
		entry(bremen, 7, "Drei Länder, ein Portal", func(e *aggregator.Entry) {
			e.Labels.Regions = []aggregator.Region{aggregator.Thueringen, aggregator.Sachsen, aggregator.SachsenAnhalt}
			e.Labels.Topics = []aggregator.Topic{"portale", "open-source"}
			e.Labels.Places = []aggregator.Place{{Key: "14612000", Name: "Dresden", Kind: aggregator.Gemeinde}}
			e.Summary = strings.Repeat("Das gemeinsame Portal von Dr. Müller u. a. startet am 21. November in Dresden. ", 20)
		}),
		entry(dresden, 8, "Im vollen Wortlaut", func(e *aggregator.Entry) {
			e.Content = `<p>Der <em>volle</em> Text &amp; mehr: <a href="https://www.example.org/a?b=1&amp;c=2">hier</a> ]]&gt;</p><ul><li>1 &lt; 2</li></ul>`
			e.Enclosures = []aggregator.Enclosure{
				{URL: "https://www.example.org/ton.mp3", Type: "audio/mpeg", Length: 12345},
				{URL: "javascript:alert(1)", Type: "text/html"},
				{URL: "https://www.example.org/a.pdf", Type: "nonsense"},
			}
			e.Updated = e.Seen.Add(time.Hour)
		}),
		entry(bremen, 9, "<script>alert('x')</script> \x00\x0b\u0085\ufffe\u202eTest \xff", func(e *aggregator.Entry) {
			e.Link = "javascript:alert(1)"
			e.Summary = "</description><item>&#0; & <b onclick=x>\x1b[31m"
			e.Content = `<a href="javascript:alert(1)">x</a>`
			e.Published = time.Time{}
		}),
		entry(bremen, 10, "Adresse mit Umlaut", func(e *aggregator.Entry) {
			e.Link = `https://www.münchen.example/straße?q=a b|"c"&ä=1#x#y`
			e.Published = e.Seen.Add(48 * time.Hour) // from the future
		}),
	}
}

func newMemory(entries ...aggregator.Entry) *memory {
	m := &memory{entries: entries}
	for _, s := range []aggregator.Source{dresden, bremen} {
		m.sources = append(m.sources, aggregator.SourceStatus{Source: s})
	}
	return m
}

const publicURL = "https://feeds.example.de"

func newHandler(t testing.TB, m *memory, change ...func(*Config)) *Handler {
	t.Helper()
	c := Config{Items: m, PublicURL: publicURL}
	for _, f := range change {
		f(&c)
	}
	h, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// vocabulary is what a handler without a configuration of its own knows.
func vocabulary(t testing.TB) *Vocabulary {
	t.Helper()
	v, err := NewVocabulary(nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func withPlaces(t testing.TB, places Places) *Vocabulary {
	t.Helper()
	v, err := NewVocabulary([]Named{{"rhein-neckar", "Metropolregion Rhein-Neckar"}}, []Named{{"blockchain", "Blockchain"}, {"ki", "KI"}}, places)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// towns are the places of a test.
type towns []aggregator.Place

func (ts towns) Place(key string) (aggregator.Place, bool) {
	for _, p := range ts {
		if p.Key == key {
			return p, true
		}
	}
	return aggregator.Place{}, false
}

func (ts towns) FindPlaces(name string, n int) (found []aggregator.Place) {
	for _, p := range ts {
		if name != "" && strings.HasPrefix(fold(p.Name), fold(name)) && len(found) < n {
			found = append(found, p)
		}
	}
	return found
}

func (ts towns) PlacesIn(key string) (found []aggregator.Place) {
	for _, p := range ts {
		if p.Key != key && strings.HasPrefix(p.Key, key) {
			found = append(found, p)
		}
	}
	return found
}

// gazetteer has one place of each sort, with its like among the real ones.
var gazetteer = towns{
	{Key: "14612000", Name: "Dresden", Kind: aggregator.Gemeinde},
	{Key: "14612", Name: "Dresden", Kind: aggregator.Kreis},
	{Key: "14625", Name: "Landkreis Bautzen", Kind: aggregator.Kreis},
	{Key: "14625020", Name: "Bautzen/Budyšin", Kind: aggregator.Gemeinde},
	{Key: "12053000", Name: "Frankfurt (Oder)", Kind: aggregator.Gemeinde},
	{Key: "06534016", Name: "Neustadt (Hessen)", Kind: aggregator.Gemeinde},
	{Key: "091", Name: "Regierungsbezirk Oberbayern", Kind: aggregator.Regierungsbezirk},
	{Key: "09183", Name: "Landkreis Mühldorf a.Inn", Kind: aggregator.Kreis},
	{Key: "09183128", Name: "Mühldorf a.Inn", Kind: aggregator.Gemeinde},
	{Key: "010515166", Name: "Amt Marne-Nordsee", Kind: aggregator.Gemeindeverband},
	{Key: "01051", Name: "Kreis Dithmarschen", Kind: aggregator.Kreis},
	{Key: "11000", Name: "Berlin", Kind: aggregator.Kreis},
	{Key: "11000000", Name: "Berlin", Kind: aggregator.Gemeinde},
	{Key: "11000000-01", Name: "Bezirk Mitte", Kind: aggregator.Bezirk},
	{Key: "14x", Name: "Ohne Adresse", Kind: aggregator.Kreis},
}

// get asks a handler. Headers are given as alternating names and values.
func get(h http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	return do(h, http.MethodGet, path, headers...)
}

func do(h http.Handler, method, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// golden compares with a file in testdata, or writes it with -update.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		a, b := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
		i := 0
		for i < len(a) && i < len(b) && a[i] == b[i] {
			i++
		}
		t.Errorf("%s differs from line %d on (-update writes it):\n got %q\nwant %q", file, i+1, a[i:min(i+1, len(a))], b[i:min(i+1, len(b))])
	}
}
