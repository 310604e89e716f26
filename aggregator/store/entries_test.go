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
		{pairQuery, 3, []string{"SEARCH listings USING PRIMARY KEY (area=? AND topic=?)"}},
		{sourceQuery, 2, []string{"SEARCH items USING COVERING INDEX items_source (source=?)"}},
		{sourcePairQuery, 4, []string{"SEARCH i USING COVERING INDEX items_source (source=?)",
			"SEARCH l EXISTS USING PRIMARY KEY (area=? AND topic=? AND sort=? AND item=?)"}},
		{loadQuery, loadBatch, []string{"SEARCH items USING INTEGER PRIMARY KEY (rowid=?)"}},
		{lookupQuery, lookupBatch, []string{"SEARCH known USING PRIMARY KEY (uuid=?)"}},
		{"SELECT " + statusColumns + dueWhere, 2, []string{"SEARCH s USING INDEX sources_due (next_check<?)", "SEARCH h USING PRIMARY KEY (host=?)"}},
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
			if strings.HasPrefix(detail, "SCAN") || strings.Contains(detail, "TEMP B-TREE") {
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
