package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"laenderfeed/aggregator"
)

func labelled(guid string, h int, topics []aggregator.Topic, regions ...aggregator.Region) aggregator.Item {
	it := itemOf(guid, h, regions...)
	it.Labels.Topics = topics
	return it
}

func TestEntries(t *testing.T) {
	type (
		regions = []aggregator.Region
		topics  = []aggregator.Topic
	)
	s := open1(t, "a", "b")
	save(t, s, resultOf("a",
		labelled("1", 1, topics{"ki"}, aggregator.Sachsen),
		labelled("2", 2, topics{"ki", "ozg"}, aggregator.Sachsen, aggregator.Bayern),
		labelled("3", 3, nil, aggregator.Bayern),
		labelled("4", 4, topics{"ozg"}, aggregator.Bund),
	))
	save(t, s, resultOf("b",
		labelled("5", 5, topics{"ki"}, aggregator.Sachsen),
		labelled("6", 6, nil),
		labelled("7", 7, topics{"eigenes-thema"}, "metropolregion"),
	))
	for _, tt := range []struct {
		q    aggregator.Query
		want string
	}{
		{aggregator.Query{}, "1 2 3 4 5 6 7"},
		{aggregator.Query{Limit: 3}, "1 2 3"},
		{aggregator.Query{Limit: -1}, "1 2 3 4 5 6 7"},
		{aggregator.Query{Regions: regions{aggregator.Alle}}, "1 2 3 4 5 6 7"},
		{aggregator.Query{Regions: regions{aggregator.Sachsen, aggregator.Alle}}, "1 2 3 4 5 6 7"},
		{aggregator.Query{Regions: regions{aggregator.Sachsen}}, "1 2 5"},
		{aggregator.Query{Regions: regions{aggregator.Bayern}}, "2 3"},
		{aggregator.Query{Regions: regions{aggregator.Bayern, aggregator.Sachsen}}, "1 2 3 5"},
		{aggregator.Query{Regions: regions{aggregator.Sachsen, aggregator.Bayern, aggregator.Sachsen}}, "1 2 3 5"},
		{aggregator.Query{Regions: regions{aggregator.Bayern, aggregator.Sachsen}, Limit: 2}, "1 2"},
		{aggregator.Query{Topics: topics{"ki"}}, "1 2 5"},
		{aggregator.Query{Topics: topics{"ki", "ozg"}}, "1 2 4 5"},
		{aggregator.Query{Regions: regions{aggregator.Bayern}, Topics: topics{"ki"}}, "2"},
		{aggregator.Query{Regions: regions{aggregator.Bayern, aggregator.Sachsen}, Topics: topics{"ki", "ozg"}}, "1 2 5"},
		{aggregator.Query{Regions: regions{aggregator.Hessen}}, ""},
		{aggregator.Query{Regions: regions{"gibt-es-nicht"}, Topics: topics{"auch-nicht"}}, ""},
		{aggregator.Query{Regions: regions{"metropolregion"}, Topics: topics{"eigenes-thema"}}, "7"},
		{aggregator.Query{Source: "a"}, "1 2 3 4"},
		{aggregator.Query{Source: "a", Limit: 2}, "1 2"},
		{aggregator.Query{Source: "b", Regions: regions{aggregator.Sachsen}}, "5"},
		{aggregator.Query{Source: "a", Topics: topics{"ozg", "ki"}, Limit: 2}, "1 2"},
		{aggregator.Query{Source: "a", Regions: regions{aggregator.Bayern, aggregator.Bund}}, "2 3 4"},
		{aggregator.Query{Source: "c"}, ""},
		{aggregator.Query{Source: "' OR 1=1 --"}, ""},
	} {
		if got := guids(t, s, tt.q); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.q, got, tt.want)
		}
	}
	if got := entries(t, s, aggregator.Query{Source: "c"}); got == nil {
		t.Error("nothing found is nil")
	}

	counts, err := s.Counts(context.Background())
	want := Counts{
		"":                 {"": 7, "ki": 3, "ozg": 2, "eigenes-thema": 1},
		aggregator.Sachsen: {"": 3, "ki": 3, "ozg": 1},
		aggregator.Bayern:  {"": 2, "ki": 1, "ozg": 1},
		aggregator.Bund:    {"": 1, "ozg": 1},
		"metropolregion":   {"": 1, "eigenes-thema": 1},
	}
	if err != nil || !reflect.DeepEqual(counts, want) {
		t.Errorf("counts\n%v (%v), want\n%v", counts, err, want)
	}
}

func placed(guid string, h int, topics []aggregator.Topic, keys ...string) aggregator.Item {
	it := labelled(guid, h, topics, aggregator.Sachsen)
	for _, key := range keys {
		it.Labels.Places = append(it.Labels.Places, aggregator.Place{Key: key, Name: "Ort " + key, Kind: aggregator.Gemeinde})
	}
	return it
}

func TestAreasOf(t *testing.T) {
	for key, want := range map[string]string{
		"14612000":    "14612000 14612 146",
		"05515000":    "05515000 05515 055",
		"01001000":    "01001000 01001",
		"09162":       "09162 091",
		"02000":       "02000",
		"091":         "091",
		"14":          "14",
		"010515166":   "010515166 01051",
		"073355001":   "073355001 07335 073",
		"11000000-02": "11000000-02 11000000 11000",
		"02000000-":   "02000000-",
		"1461200":     "1461200",
		"14612000x":   "14612000x",
		"146-02":      "146-02",
		"1461200012":  "1461200012",
		"sachsen":     "sachsen",
		"":            "",
	} {
		if got := strings.Join(appendAreas(nil, key), " "); got != want {
			t.Errorf("%q lies in %q, want %q", key, got, want)
		}
	}
}

// TestPlaceEntries asks for places and for what contains them, alone and with
// all else a query can have.
func TestPlaceEntries(t *testing.T) {
	type keys = []string
	s := open1(t, "a", "b")
	save(t, s, resultOf("a",
		placed("1", 1, []aggregator.Topic{"ki"}, "14612000"),
		placed("2", 2, []aggregator.Topic{"ozg"}, "14625020", "14625"),
		placed("3", 3, []aggregator.Topic{"ki"}, "14625240"),
		placed("4", 4, nil),
	))
	elsewhere := placed("6", 6, []aggregator.Topic{"ozg"}, "11000000-02")
	elsewhere.Labels.Regions = []aggregator.Region{aggregator.Berlin}
	save(t, s, resultOf("b", placed("5", 5, []aggregator.Topic{"ozg", "ki"}, "14625020", "073355001"), elsewhere))
	for _, tt := range []struct {
		q    aggregator.Query
		want string
	}{
		{aggregator.Query{Places: keys{"14612000"}}, "1"},
		{aggregator.Query{Places: keys{"14612"}}, "1"},
		{aggregator.Query{Places: keys{"14625020"}}, "2 5"},
		{aggregator.Query{Places: keys{"14625"}}, "2 3 5"},
		{aggregator.Query{Places: keys{"146"}}, "1 2 3 5"},
		{aggregator.Query{Places: keys{"146"}, Limit: 2}, "1 2"},
		{aggregator.Query{Places: keys{"07335"}}, "5"},
		{aggregator.Query{Places: keys{"11000"}}, "6"},
		{aggregator.Query{Places: keys{"11000000"}}, "6"},
		{aggregator.Query{Places: keys{"11000000-03"}}, ""},
		{aggregator.Query{Places: keys{"14612000", "14625240", "14612000"}}, "1 3"},
		{aggregator.Query{Places: keys{"14625", "14625020"}}, "2 3 5"},
		{aggregator.Query{Places: keys{"14625", "11000"}, Limit: 2}, "2 3"},
		{aggregator.Query{Places: keys{"14625"}, Topics: []aggregator.Topic{"ki"}}, "3 5"},
		{aggregator.Query{Places: keys{"14625"}, Topics: []aggregator.Topic{"ki", "ozg"}}, "2 3 5"},
		{aggregator.Query{Places: keys{"14625", "11000"}, Regions: []aggregator.Region{aggregator.Berlin}}, "6"},
		{aggregator.Query{Places: keys{"14625"}, Regions: []aggregator.Region{aggregator.Alle}}, "2 3 5"},
		{aggregator.Query{Places: keys{"14625"}, Source: "a"}, "2 3"},
		{aggregator.Query{Places: keys{"14625"}, Source: "b"}, "5"},
		{aggregator.Query{Places: keys{"14625", "14612"}, Source: "a", Topics: []aggregator.Topic{"ki"}}, "1 3"},
		{aggregator.Query{Places: keys{"14625"}, Source: "b", Regions: []aggregator.Region{aggregator.Berlin}}, ""},
		{aggregator.Query{Places: keys{"sachsen"}}, ""},
		{aggregator.Query{Places: keys{""}}, ""},
		{aggregator.Query{Places: keys{"' OR 1=1 --", "0x", "99999"}}, ""},
	} {
		if got := guids(t, s, tt.q); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.q, got, tt.want)
		}
	}
	sound(t, s)
}

// TestPlacesMove relabels and purges items: no area keeps what has left it.
func TestPlacesMove(t *testing.T) {
	s := open1(t, "a")
	save(t, s, resultOf("a", placed("1", 1, nil, "14612000"), placed("2", 2, nil, "14625020", "14625240")))
	moved, left := placed("1", 1, nil, "09162000"), placed("2", 2, nil, "14625240")
	moved.Title, left.Title = "Anders", "Anders"
	save(t, s, resultOf("a", moved, left))
	for key, want := range map[string]string{
		"14612000": "", "14612": "", "146": "2", "09162000": "1", "09162": "1", "091": "1", "14625020": "", "14625240": "2", "14625": "2",
	} {
		if got := guids(t, s, aggregator.Query{Places: []string{key}}); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
	sound(t, s)
	if n, err := s.Purge(context.Background(), t0.Add(1000*time.Hour)); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	var rows int
	if err := s.reader.QueryRow("SELECT count(*) FROM listings").Scan(&rows); err != nil || rows != 0 {
		t.Errorf("%d listings are left (%v)", rows, err)
	}
}

// TestEntriesAgainstModel compares random queries with a plain search through
// a list of what was saved.
func TestEntriesAgainstModel(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	pick := func(n int) (regions []aggregator.Region, topics []aggregator.Topic) {
		for range r.IntN(n) {
			regions = append(regions, aggregator.Laender()[r.IntN(5)])
		}
		for range r.IntN(n) {
			topics = append(topics, aggregator.Topics()[r.IntN(5)])
		}
		return regions, topics
	}
	s := open1(t, "a", "b")
	type row struct {
		aggregator.Item
		source string
	}
	var model []row
	for i := range 20 {
		source := []string{"a", "b"}[i%2]
		var items []aggregator.Item
		for j := range 20 {
			regions, topics := pick(4)
			items = append(items, labelled(fmt.Sprint(i, "-", j), r.IntN(100), topics, regions...))
		}
		save(t, s, resultOf(source, items...))
		for _, it := range slices.Backward(items) { // in the order of rows
			model = append([]row{{it, source}}, model...)
		}
	}
	slices.SortStableFunc(model, func(a, b row) int { return b.Published.Compare(a.Published) })
	some := func(want, have int) bool { return want == 0 || have > 0 }
	common := func(n int, has func(int) bool) (k int) {
		for i := range n {
			if has(i) {
				k++
			}
		}
		return k
	}
	for range 100 {
		q := aggregator.Query{Limit: 1 + r.IntN(120), Source: []string{"", "a", "b"}[r.IntN(3)]}
		q.Regions, q.Topics = pick(4)
		var want []string
		for _, m := range model {
			if (q.Source == "" || q.Source == m.source) && len(want) < q.Limit &&
				some(len(q.Regions), common(len(q.Regions), func(i int) bool { return slices.Contains(m.Labels.Regions, q.Regions[i]) })) &&
				some(len(q.Topics), common(len(q.Topics), func(i int) bool { return slices.Contains(m.Labels.Topics, q.Topics[i]) })) {
				want = append(want, m.GUID)
			}
		}
		if got := guids(t, s, q); got != strings.Join(want, " ") {
			t.Fatalf("%+v\n%s, want\n%s", q, got, strings.Join(want, " "))
		}
	}
	sound(t, s)
}

// TestPlans proves that what a page needs is read from an index in the right
// order: no table is scanned and nothing is sorted.
func TestPlans(t *testing.T) {
	s := open1(t, "a")
	save(t, s, resultOf("a", itemOf("g", 1, aggregator.Bayern)))
	for _, tt := range []struct {
		query string
		args  int
		wants []string
	}{
		{pairQuery, 5, []string{"SEARCH listings USING PRIMARY KEY (area=? AND topic=? AND (sort,item)<(?,?))"}},
		{sourceQuery, 6, []string{"SEARCH items USING COVERING INDEX items_source (source=? AND sort<?)"}},
		{sourcePairQuery, 6, []string{"SEARCH i USING COVERING INDEX items_source (source=? AND sort<?)",
			"SEARCH l EXISTS USING PRIMARY KEY (area=? AND topic=? AND sort=? AND item=?)"}},
		{placePairQuery, 6, []string{"SEARCH p USING PRIMARY KEY (area=? AND topic=? AND (sort,item)<(?,?))",
			"SEARCH l EXISTS USING PRIMARY KEY (area=? AND topic=? AND sort=? AND item=?)"}},
		{sourcePlaceQuery, 7, []string{"SEARCH i USING COVERING INDEX items_source (source=? AND sort<?)",
			"SEARCH p EXISTS USING PRIMARY KEY (area=? AND topic=? AND sort=? AND item=?)",
			"SEARCH l EXISTS USING PRIMARY KEY (area=? AND topic=? AND sort=? AND item=?)"}},
		{arrivedCount, 6, []string{"SEARCH i USING COVERING INDEX items_seen (seen>? AND seen<?)"}},
		{loadQuery, loadBatch, []string{"SEARCH items USING INTEGER PRIMARY KEY (rowid=?)"}},
		{lookupQuery(lookupBatch), lookupBatch, []string{"SEARCH known USING PRIMARY KEY (uuid=?)"}},
		{"SELECT " + statusColumns + dueWhere, 3, []string{"SEARCH s USING INDEX sources_due (next_check<?)", "SEARCH h USING PRIMARY KEY (host=?)"}},
		{"SELECT " + statusColumns + aheadWhere, 3, []string{"SEARCH s USING INDEX sources_due (next_check>?)", "SEARCH h USING PRIMARY KEY (host=?)"}},
	} {
		args := make([]any, tt.args)
		rows, err := s.reader.Query("EXPLAIN QUERY PLAN "+tt.query, args...)
		if err != nil {
			t.Fatalf("%s: %v", tt.query, err)
		}
		var plan []string
		for rows.Next() {
			var id, parent, unused int
			var detail string
			if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
				t.Fatal(err)
			}
			plan = append(plan, detail)
			if strings.HasPrefix(detail, "SCAN") && !strings.HasPrefix(detail, "SCAN json_each") || strings.Contains(detail, "TEMP B-TREE") {
				t.Errorf("%s\n%s", tt.query, detail)
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
		for _, want := range tt.wants {
			if !slices.ContainsFunc(plan, func(have string) bool { return strings.HasPrefix(have, want) }) {
				t.Errorf("%s\nplan %q lacks %q", tt.query, plan, want)
			}
		}
	}
}

func TestEntry(t *testing.T) {
	ctx := context.Background()
	s := open1(t, "a")
	save(t, s, resultOf("a", itemOf("g", 1)))
	id := aggregator.ItemID("a", "g")
	if e, err := s.Entry(ctx, id); err != nil || e.GUID != "g" || e.Origin.Name != "Quelle a" {
		t.Errorf("%+v (%v)", e, err)
	}
	for _, bad := range []string{"", "urn:uuid:", aggregator.ItemID("a", "h"), strings.ToUpper(id), id[len(urn):], id + "0", id[:len(id)-1],
		strings.ReplaceAll(id, "-", ""), strings.Replace(id, "-", "", 1) + "-", id + "\x00", strings.Replace(id, "5", "x", 1)} {
		if _, err := s.Entry(ctx, bad); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestUUID(t *testing.T) {
	id := aggregator.ItemID("a", "g")
	if u, ok := parseUUID(id); !ok || u.String() != id {
		t.Errorf("%v becomes %v (%v)", id, u, ok)
	}
}

// TestReadersWhileWriting reads in several goroutines while items come in and
// go: nobody waits for long, fails, or sees half a poll.
func TestReadersWhileWriting(t *testing.T) {
	ctx := context.Background()
	s := open1(t, "a")
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for last := uint64(0); ; {
				select {
				case <-done:
					return
				default:
				}
				if n := s.Generation(); n < last {
					t.Errorf("generation went from %d to %d", last, n)
				} else {
					last = n
				}
				list, err := s.Entries(ctx, aggregator.Query{Regions: []aggregator.Region{aggregator.Sachsen, aggregator.Bayern}, Limit: 1000})
				if err != nil || len(list)%5 != 0 {
					t.Errorf("%d items (%v)", len(list), err)
				}
				if _, err := s.Sources(ctx); err != nil {
					t.Error(err)
				}
				if _, err := s.Due(ctx, t0, 5); err != nil {
					t.Error(err)
				}
			}
		})
	}
	var writers sync.WaitGroup
	for w := range 2 {
		writers.Go(func() {
			for i := range 20 {
				r := resultOf("a")
				for j := range 5 {
					r.Items = append(r.Items, itemOf(fmt.Sprint(w, i, "-", j), 1, aggregator.Sachsen, aggregator.Bayern))
				}
				if got, err := s.Save(ctx, r); err != nil || got.New != 5 {
					t.Errorf("%+v (%v)", got, err)
				}
			}
		})
	}
	writers.Wait()
	close(done)
	readers.Wait()
	if got := entries(t, s, aggregator.Query{Limit: 1000}); len(got) != 200 {
		t.Errorf("%d items", len(got))
	}
	sound(t, s)
}

// TestContexts cancels calls before and while they wait.
func TestContexts(t *testing.T) {
	s := open1(t, "a")
	ctx, cancel := context.WithCancel(context.Background())
	<-s.writer.token // somebody is writing
	waiting := make(chan error)
	go func() {
		_, err := s.Save(ctx, resultOf("a"))
		waiting <- err
	}()
	cancel()
	if err := <-waiting; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	s.writer.token <- struct{}{}
	if _, err := s.Entries(ctx, aggregator.Query{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := s.Due(ctx, t0, 1); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := s.Refresh(ctx); err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	save(t, s, resultOf("a", itemOf("g", 1)))
}

// TestCancelledBegin cancels polls that wait for another process to finish its
// transaction. That must not leave one open here.
func TestCancelledBegin(t *testing.T) {
	path := t.TempDir() + "/x.db"
	s, other := openAt(t, path), openAt(t, path)
	putSources(t, s, sourceOf("a"))
	for i := range 20 {
		ctx, cancel := context.WithCancel(context.Background())
		err := other.writer.do(context.Background(), func(tx) error {
			waiting := make(chan error)
			go func() {
				_, err := s.Save(ctx, resultOf("a", itemOf(fmt.Sprint("cancelled ", i), 1)))
				waiting <- err
			}()
			cancel()
			if err := <-waiting; !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		save(t, s, resultOf("a", itemOf(fmt.Sprint("saved ", i), 1)))
	}
	if got := entries(t, s, aggregator.Query{}); len(got) != 20 {
		t.Errorf("%d items", len(got))
	}
	sound(t, s)
}

// fill stores n items of 100 sources, two years of news.
func fill(tb testing.TB, n int) *Store {
	tb.Helper()
	s := openBench(tb, 100)
	r := rand.New(rand.NewPCG(1, 2))
	for i := 0; i < n; i += 250 {
		res := poll(r, i/250%100, i, 250, benchTime)
		for j := range res.Items {
			res.Items[j].Published = benchTime.Add(-time.Duration(r.IntN(390*24*60)) * time.Minute)
		}
		save(tb, s, res)
	}
	return s
}

// BenchmarkEntries reads feeds of 50 items from 100,000.
func BenchmarkEntries(b *testing.B) {
	s := fill(b, 100_000)
	for name, q := range map[string]aggregator.Query{
		"all":    {},
		"region": {Regions: []aggregator.Region{aggregator.Sachsen}},
		"pair":   {Regions: []aggregator.Region{aggregator.Sachsen}, Topics: []aggregator.Topic{"ki"}},
		"union":  {Regions: []aggregator.Region{aggregator.Sachsen, aggregator.Thueringen}, Topics: []aggregator.Topic{"ki", "ozg"}},
		"source": {Source: "quelle-7"},
		"kreis":  {Places: []string{aggregator.Sachsen.Key() + "000"}},
		"mixed":  {Places: []string{aggregator.Sachsen.Key() + "000"}, Topics: []aggregator.Topic{"ki"}},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if got := entries(b, s, q); len(got) != 50 {
					b.Fatal(len(got))
				}
			}
		})
	}
	b.Run("counts", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.Counts(context.Background()); err != nil {
				b.Fatal(err)
			}
		}
	})
}
