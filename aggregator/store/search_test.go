package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"laenderfeed/aggregator"
)

func parseSearch(t testing.TB, s string) aggregator.Search {
	t.Helper()
	search, err := aggregator.ParseSearch(s)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return search
}

// searched returns the guids that a search finds, newest first.
func searched(t testing.TB, s *Store, words string) string {
	t.Helper()
	return guids(t, s, aggregator.Query{Search: parseSearch(t, words)})
}

func TestSearchSpellings(t *testing.T) {
	s := open1(t, "a")
	save(t, s, resultOf("a"))
	one, two, three := itemOf("1", 1), itemOf("2", 2), itemOf("3", 3)
	one.Title, one.Summary = "Bürgermeister Müller eröffnet Straße", "Das Prinzip „Einer für Alle“ gilt. § 5 OZG-Änderung"
	two.Title, two.Content = "E-Akte für die STRASSENVERKEHRSÄMTER", "<p>Der Herr Mueller sagt: Rock’n’Roll &amp; OR.</p>"
	three.Title, three.Summary = "Akte E 🏛", "alle für einer, near muller; Mu\u0308ller-Lüdenscheidt"
	save(t, s, resultOf("a", one, two, three))
	for words, want := range map[string]string{
		"Müller":                        "1 2 3",
		"mueller":                       "1 2 3",
		"MU\u0308LLER":                  "1 2 3",
		"muller":                        "3",
		"Strasse":                       "1",
		"STRAßE":                        "1",
		"straße*":                       "1 2",
		"strassenverkehrsämter":         "2",
		"E-Akte":                        "2",
		"e akte":                        "2 3",
		`"akte e"`:                      "3",
		"„einer für alle“":              "1",
		"einer -müller":                 "",
		"einer -straße":                 "3",
		`einer -"für alle"`:             "3",
		"eröffnet ODER rock":            "1 2",
		"(eröffnet OR rock) ozg":        "1",
		"§ 5":                           "1",
		"rock'n'roll":                   "2",
		"or":                            "2",
		"near":                          "3",
		"müller-lüd*":                   "3",
		`akte 🏛 -"verkehr"`:             "2 3",
		"title:akte":                    "",
		"ͺ":                             "", // a letter with nothing to index
		"akte ͺ OR straße":              "",
		"akte -ͺ":                       "2 3",
		"bürger* OR akte -verkehr*":     "1 2 3",
		"bürger* OR akte -strassenver*": "1 3",
	} {
		if got := searched(t, s, words); got != want {
			t.Errorf("%s finds %q, want %q", words, got, want)
		}
	}
}

// TestPlaces keeps the order of keys, also of those before 1970.
func TestPlaces(t *testing.T) {
	keys := []key{{-maxSort + 1, 1}, {-5, 1}, {-5, 2}, {-1, 1 << 27}, {0, 1}, {1, 0}, {t0.Unix(), 7}, {t0.Unix(), 8}, {maxSort, 1}}
	s, last := open1(t), int64(-1)<<63
	for _, k := range keys {
		row := k.place()
		if row <= last || keyOf(row) != k {
			t.Errorf("%v: place %d after %d is %v", k, row, last, keyOf(row))
		}
		var inSQL int64
		if err := s.reader.QueryRow("SELECT "+placeOf+" FROM (SELECT ? AS sort, ? AS id) i", k.sort, k.item).Scan(&inSQL); err != nil || inSQL != row {
			t.Errorf("%v: place %d in SQL, %d here (%v)", k, inSQL, row, err)
		}
		last = row
	}
	if got := readRows([]byte("12,-3,0,-9223372036854775807"), 4); !slices.Equal(got, []int64{12, -3, 0, -9223372036854775807}) {
		t.Errorf("rows %v", got)
	}
	if got := readRows(nil, 4); got != nil {
		t.Errorf("no rows are %v", got)
	}
}

// vocab is small, so that any search finds something.
var vocab = strings.Fields("Müller Mueller Straße strasse e-Akte Akte digital Digitalisierung OZG Bürger")

// world is a store and what is in it.
type world struct {
	s     *Store
	items []aggregator.Entry // as Entries returns them: newest first
}

// newWorld stores items in a random order of dates, some of which change, are
// purged or come before 1970.
func newWorld(t *testing.T, r *rand.Rand) world {
	t.Helper()
	ctx := context.Background()
	s := open1(t, "a", "b", "c")
	s.patience = time.Minute // the machine may be busy
	for _, id := range []string{"a", "b", "c"} {
		save(t, s, resultOf(id))
	}
	lands, topics := aggregator.Laender()[:4], aggregator.Topics()[:4]
	places := []aggregator.Place{{Key: "14612000", Kind: aggregator.Gemeinde}, {Key: "14625020", Kind: aggregator.Gemeinde}, {Key: "14625", Kind: aggregator.Kreis}}
	words := func(n int) string {
		var out []string
		for range r.IntN(n) {
			out = append(out, vocab[r.IntN(len(vocab))])
		}
		return strings.Join(out, []string{" ", ", ", "-"}[r.IntN(3)])
	}
	for n := range 400 {
		it := itemOf(fmt.Sprint(n), r.IntN(3000), lands[r.IntN(4)])
		if n%50 == 0 {
			it.Published = time.Unix(-int64(r.IntN(1e9)), 0).UTC()
		}
		it.Title, it.Summary, it.Categories = words(4), words(12), strings.Fields(words(3))
		it.Labels.Topics = []aggregator.Topic{topics[r.IntN(4)]}
		it.Labels.Places = places[:r.IntN(3)]
		source := []string{"a", "b", "c"}[r.IntN(3)]
		res := resultOf(source, it)
		res.At = t0.Add(time.Duration(n) * time.Second)
		save(t, s, res)
		if n%7 == 0 {
			it.Title, it.Summary = words(4), words(12)
			res.Items = []aggregator.Item{it}
			save(t, s, res)
		}
	}
	if _, err := s.Purge(ctx, t0.Add(20*time.Second)); err != nil {
		t.Fatal(err)
	}
	return world{s, entries(t, s, aggregator.Query{Limit: 1000})}
}

// holds is a search without an index.
func holds(search aggregator.Search, e *aggregator.Entry) bool {
	title := " " + Fold(e.Title) + " "
	body := " " + string(appendFold([]byte(Fold(e.Summary)), strings.Join(e.Categories, "\n"))) + " "
	occurs := func(t aggregator.SearchTerm) bool {
		w := " " + Fold(t.Text)
		if !t.Prefix {
			w += " "
		}
		return strings.Contains(title, w) || strings.Contains(body, w)
	}
	for _, c := range search.All {
		if slices.ContainsFunc(c.Any, occurs) == c.Not {
			return false
		}
	}
	return true
}

// admits tells whether a query without its words admits an item.
func admits(q aggregator.Query, e *aggregator.Entry) bool {
	in := func(p aggregator.Place) bool {
		return slices.Contains(q.Places, p.Key) || slices.Contains(q.Places, p.Key[:5])
	}
	at := e.Effective()
	return (q.Source == "" || q.Source == e.Source) &&
		(len(q.Regions) == 0 || slices.Contains(q.Regions, e.Labels.Regions[0])) &&
		(len(q.Topics) == 0 || slices.Contains(q.Topics, e.Labels.Topics[0])) &&
		(len(q.Places) == 0 || slices.ContainsFunc(e.Labels.Places, in)) &&
		(q.Since.IsZero() || !at.Before(q.Since)) && (q.Until.IsZero() || at.Before(q.Until))
}

// randomSearch returns the text of a search of a few terms.
func randomSearch(r *rand.Rand) string {
	var b strings.Builder
	for i := range r.IntN(4) {
		switch r.IntN(6) {
		case 0:
			if i > 0 {
				b.WriteString(" -")
			}
		case 1:
			if i > 0 && !strings.Contains(b.String(), "-") {
				b.WriteString(" OR ")
			}
		case 2:
			fmt.Fprintf(&b, " \"%s %s\" ", vocab[r.IntN(len(vocab))], vocab[r.IntN(len(vocab))])
			continue
		case 3:
			b.WriteString(" digi*")
			continue
		}
		b.WriteString(vocab[r.IntN(len(vocab))] + " ")
	}
	return b.String()
}

func randomQuery(r *rand.Rand) aggregator.Query {
	q := aggregator.Query{Limit: 1 + r.IntN(60)}
	for range r.IntN(3) {
		q.Regions = append(q.Regions, aggregator.Laender()[r.IntN(4)])
	}
	for range r.IntN(3) {
		q.Topics = append(q.Topics, aggregator.Topics()[r.IntN(4)])
	}
	if r.IntN(3) == 0 {
		q.Places = [][]string{{"14612000"}, {"14625"}, {"14612000", "14625020"}}[r.IntN(3)]
	}
	if r.IntN(4) == 0 {
		q.Source = []string{"a", "b", "fehlt"}[r.IntN(3)]
	}
	if r.IntN(3) == 0 {
		q.Since = t0.Add(-time.Duration(r.IntN(2000)) * time.Hour)
	}
	if r.IntN(3) == 0 {
		q.Until = t0.Add(-time.Duration(r.IntN(1500)) * time.Hour)
	}
	return q
}

// TestSearchIsExact compares searches with a look at every item.
func TestSearchIsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 2))
	w := newWorld(t, r)
	if len(w.items) < 350 {
		t.Fatalf("%d items", len(w.items))
	}
	some := 0
	for i := range 300 {
		q, text := randomQuery(r), randomSearch(r)
		q.Search, _ = aggregator.ParseSearch(text) // one that is refused asks for nothing
		var want []string
		for k := range w.items {
			if e := &w.items[k]; len(want) < q.Limit && admits(q, e) && holds(q.Search, e) {
				want = append(want, e.GUID)
			}
		}
		some += min(1, len(want))
		if got := guids(t, w.s, q); got != strings.Join(want, " ") {
			t.Fatalf("%q %+v:\n got %s\nwant %s", text, q, got, strings.Join(want, " "))
		}
		if i%10 > 0 {
			continue
		}
		found, err := w.s.Search(context.Background(), q, true)
		if err != nil || found.Total < len(want) || len(found.Entries) != len(want) || found.More {
			t.Fatalf("%q: found %d of %d, %v", text, len(found.Entries), found.Total, err)
		}
	}
	if some < 100 {
		t.Errorf("only %d searches find anything", some)
	}
	sound(t, w.s)
}

// TestSearchRanks puts titles before texts, often before once, and new before old.
func TestSearchRanks(t *testing.T) {
	s := open1(t, "a")
	save(t, s, resultOf("a"))
	text := func(guid string, h int, title, summary string) aggregator.Item {
		it := itemOf(guid, h)
		it.Title, it.Summary = title, summary
		return it
	}
	save(t, s, resultOf("a",
		text("neu", 1, "Meldung", "Glasfaser kommt"), text("oft", 2, "Meldung", "Glasfaser, Glasfaser und noch einmal Glasfaser"),
		text("titel", 300, "Glasfaser für alle", "Text"), text("alt", 24*300, "Meldung", "Glasfaser kommt"),
		text("beide", 24*200, "Glasfaser im Titel", "Glasfaser im Text"), text("keiner", 3, "Meldung", "Kupfer")))
	for words, want := range map[string]string{"glasfaser": "titel beide oft neu alt", "glasf*": "titel beide oft neu alt", "glasfaser titel": "beide"} {
		found, err := s.Search(context.Background(), aggregator.Query{Search: parseSearch(t, words)}, true)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range found.Entries {
			got = append(got, e.GUID)
		}
		if strings.Join(got, " ") != want || found.Total != len(got) || found.More {
			t.Errorf("%s: %s, %d found", words, got, found.Total)
		}
	}
	found, err := s.Search(context.Background(), aggregator.Query{Search: parseSearch(t, "glasfaser"), Limit: 2}, false)
	if err != nil || found.Total != 5 || len(found.Entries) != 2 || found.Entries[0].GUID != "neu" {
		t.Errorf("by date: %+v, %v", found, err)
	}
	for _, best := range []bool{true, false} {
		if found, err := s.Search(context.Background(), aggregator.Query{Search: parseSearch(t, "fehlt")}, best); err != nil || found.Total != 0 || found.Entries == nil && best {
			t.Errorf("nothing: %+v, %v", found, err)
		}
	}
}

// TestSearchDepth stops at the newest when there are many.
func TestSearchDepth(t *testing.T) {
	s := open1(t, "a")
	save(t, s, resultOf("a"))
	var items []aggregator.Item
	for n := range searchDepth + 5 {
		items = append(items, itemOf(fmt.Sprint(n), n))
	}
	save(t, s, resultOf("a", items...))
	found, err := s.Search(context.Background(), aggregator.Query{Search: parseSearch(t, "titel")}, true)
	if err != nil || found.Total != searchDepth || !found.More || len(found.Entries) != defaultLimit || found.Entries[0].GUID != "0" {
		t.Errorf("found %d, more %v, %v", found.Total, found.More, err)
	}
}

// TestSearchReads reads the few items that a filter admits.
func TestSearchReads(t *testing.T) {
	s := open1(t, "a")
	save(t, s, resultOf("a"))
	var items []aggregator.Item
	var want []string
	for n := range 900 {
		it := itemOf(fmt.Sprint(n), n, aggregator.Hessen)
		if n%150 == 1 {
			it.Labels.Regions = []aggregator.Region{aggregator.Saarland}
		}
		if n%100 == 1 {
			it.Summary = "Glasfaser (" + it.GUID + ")"
		}
		if n%300 == 1 {
			want = append(want, it.GUID)
		}
		items = append(items, it)
	}
	save(t, s, resultOf("a", items...))
	q := aggregator.Query{Search: parseSearch(t, "glasfaser -kupfer"), Regions: []aggregator.Region{aggregator.Saarland}}
	if got := guids(t, s, q); got != strings.Join(want, " ") {
		t.Errorf("found %q, want %q", got, want)
	}
	low := int64(-maxSort) << itemBits
	q.Limit = 50
	for limit, land := range map[int]aggregator.Region{50: aggregator.Saarland, readFirst + 1: aggregator.Saarland, 49: aggregator.Hessen} {
		q.Limit, q.Regions = limit, []aggregator.Region{land}
		places, ok, err := s.readKeys(context.Background(), q, low, 1<<62)
		if read := limit == 50; err != nil || ok != read || read && len(places) != len(want) {
			t.Errorf("limit %d in %s: %d found by reading, %v, %v", limit, land, len(places), ok, err)
		}
	}
}

// TestSearchWaits gives up when it is not its turn in time, and when nobody
// wants the answer any more.
func TestSearchWaits(t *testing.T) {
	s := open1(t, "a")
	s.patience = 20 * time.Millisecond
	for range cap(s.search) {
		s.search <- struct{}{}
	}
	q := aggregator.Query{Search: parseSearch(t, "titel")}
	if _, err := s.Entries(context.Background(), q); !errors.Is(err, aggregator.ErrSearchBusy) {
		t.Errorf("busy: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Search(ctx, q, true); !errors.Is(err, context.Canceled) || errors.Is(err, aggregator.ErrSearchBusy) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := s.Entries(context.Background(), aggregator.Query{}); err != nil {
		t.Errorf("what is no search waits too: %v", err)
	}
	<-s.search
	s.patience = time.Minute
	if _, err := s.Entries(context.Background(), q); err != nil {
		t.Errorf("free again: %v", err)
	}
}

// TestSearchIsInterrupted has the context end while SQLite works on one step.
func TestSearchIsInterrupted(t *testing.T) {
	s := open1(t, "a")
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	_, err := s.rowsOf(`WITH RECURSIVE c (n) AS (SELECT ?1 + ?2 + ?3 UNION ALL SELECT n + 1 FROM c) SELECT group_concat(n) FROM c WHERE n < 0`)(ctx, 1, 2, 3)
	if err == nil || ctx.Err() == nil {
		t.Errorf("an endless query ended with %v", err)
	}
	if got := searched(t, s, "titel"); got != "" {
		t.Errorf("afterwards: %q", got)
	}
}

func TestSearchesAtOnce(t *testing.T) {
	s := open1(t, "a")
	save(t, s, resultOf("a", itemOf("1", 1), itemOf("2", 2)))
	s.patience = time.Minute
	q := aggregator.Query{Search: parseSearch(t, "titel")}
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			if got, err := s.Entries(context.Background(), q); err != nil || len(got) != 2 {
				t.Error(len(got), err)
			}
		})
	}
	wait.Wait()
}

// FuzzSearch asks a store for anything that can be typed: there is no search
// that SQLite does not understand, and none finds what it should not.
func FuzzSearch(f *testing.F) {
	s := open1(f, "a")
	s.patience = time.Minute
	it := itemOf("1", 1)
	it.Title, it.Summary = "Müller AND NOT near", `title : "x" * ^ {a} + -`
	if _, err := s.Save(context.Background(), resultOf("a", it)); err != nil {
		f.Fatal(err)
	}
	for _, q := range []string{"müller", `"near not" OR x`, "a* b*", `title:x`, `{title}:mül*`, "^near + {a}", "NEAR(a b, 2)", "a''b;--", "ͺ ǅ ﬁ 中文", "\x00", `"`, "NOT near"} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, text string) {
		search, err := aggregator.ParseSearch(text)
		if err != nil {
			return
		}
		q := aggregator.Query{Search: search}
		got, err := s.Entries(context.Background(), q)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if want := search.IsZero() || matchable(search) && holds(search, &aggregator.Entry{Item: it}); len(got) == 1 != want {
			t.Fatalf("%q: found %d, should be %v", text, len(got), want)
		}
		if _, err := s.Search(context.Background(), q, true); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
	})
}

// matchable leaves out terms of which nothing is indexed, as the store does.
func matchable(search aggregator.Search) bool {
	match, _ := matchOf(search)
	for i, c := range search.All {
		search.All[i].Any = slices.DeleteFunc(c.Any, func(t aggregator.SearchTerm) bool { return Fold(t.Text) == "" })
	}
	return match != ""
}

// yearOf stores n items of 200 sources as a year of polls would, with some words
// that every second item has, and returns the store.
func yearOf(tb testing.TB, n int) *Store {
	tb.Helper()
	const sources = 200
	s := openBench(tb, sources)
	r := rand.New(rand.NewPCG(3, 4))
	common := []string{"digital", "Stadt", "Verwaltung", "Land"}
	at := benchTime.AddDate(-1, 0, 0)
	step := benchTime.Sub(at) / time.Duration(n/20+1)
	for i := range n / 20 {
		res := poll(r, i%sources, i/sources*20, 20, at)
		for k := range res.Items {
			it := &res.Items[k]
			it.Published = at.Add(-time.Duration(r.IntN(300)) * time.Minute)
			for _, w := range common {
				if r.IntN(2) == 0 {
					it.Summary += " " + w
				}
			}
			if r.IntN(5000) == 0 {
				it.Title += " Quantenrechner"
			}
		}
		if _, err := s.Save(context.Background(), res); err != nil {
			tb.Fatal(err)
		}
		if at = at.Add(step); i%2000 == 1999 {
			if err := s.Tidy(context.Background()); err != nil {
				tb.Fatal(err)
			}
		}
	}
	if err := s.Tidy(context.Background()); err != nil {
		tb.Fatal(err)
	}
	return s
}

// asked are searches of each sort. The filters are hard on purpose: rare with
// common and common with common.
func asked(tb testing.TB) map[string]aggregator.Query {
	saarland, dresden := []aggregator.Region{aggregator.Saarland}, []string{"14000001"}
	q := func(text string, q aggregator.Query) aggregator.Query {
		q.Search = parseSearch(tb, text)
		return q
	}
	return map[string]aggregator.Query{
		"common":         q("digital", aggregator.Query{}),
		"two common":     q("digital stadt", aggregator.Query{}),
		"phrase":         q(`"stadt verwaltung"`, aggregator.Query{}),
		"not":            q("digital -stadt", aggregator.Query{}),
		"or":             q("digital OR stadt OR quantenrechner", aggregator.Query{}),
		"rare":           q("quantenrechner", aggregator.Query{}),
		"rare and land":  q("quantenrechner", aggregator.Query{Regions: saarland}),
		"common, land":   q("digital", aggregator.Query{Regions: saarland}),
		"common, topic":  q("digital", aggregator.Query{Topics: []aggregator.Topic{"ki"}}),
		"common, pair":   q("digital stadt", aggregator.Query{Regions: saarland, Topics: []aggregator.Topic{"ki"}}),
		"union":          q("stadt", aggregator.Query{Regions: aggregator.Laender()[:5], Topics: []aggregator.Topic{"ki", "ozg", "cloud"}}),
		"place":          q("digital", aggregator.Query{Places: dresden}),
		"place and pair": q("digital", aggregator.Query{Places: dresden, Topics: []aggregator.Topic{"ki"}}),
		"source":         q("digital", aggregator.Query{Source: "quelle-7"}),
		"days":           q("digital", aggregator.Query{Since: benchTime.AddDate(0, -6, 0), Until: benchTime.AddDate(0, -6, 2)}),
		"no words":       {Since: benchTime.AddDate(0, -6, 0), Until: benchTime.AddDate(0, -5, 0), Regions: saarland},
		"nothing":        q("digital gibtesnicht", aggregator.Query{}),
		"rare prefix":    q("quantenr*", aggregator.Query{}),
		"common prefix":  q("digi*", aggregator.Query{}),
	}
}

// BenchmarkSearch asks among 20,000 items.
func BenchmarkSearch(b *testing.B) {
	s := yearOf(b, 20_000)
	for name, q := range asked(b) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Entries(context.Background(), q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
