package store

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"laenderfeed/aggregator"
)

// byTitle labels a text with the region and topic that its title begins with:
// "hessen ki …".
func byTitle(ruleset string) func(aggregator.Text) aggregator.Labels {
	return func(t aggregator.Text) aggregator.Labels {
		words := strings.Fields(t.Title)
		l := aggregator.Labels{Scope: aggregator.ScopeLand, Ruleset: ruleset, Regions: []aggregator.Region{aggregator.Region(words[0])},
			Topics: []aggregator.Topic{aggregator.Topic(words[1])}}
		l.Reasons = []aggregator.Reason{{Label: words[0], Field: aggregator.FieldTitle, End: len(words[0]), Text: words[0], Rule: "r", Weight: 1},
			{Label: words[1], Field: aggregator.FieldTitle, Text: words[1], Rule: "r", Weight: 1}}
		return l
	}
}

// titled makes an item whose stored labels are those of an old rule set: always
// Sachsen.
func titled(guid, title string, h int) aggregator.Item {
	it := itemOf(guid, h, aggregator.Sachsen)
	it.Title = title
	return it
}

func noChange(*Change) error { return nil }

func relabelAll(t testing.TB, s *Store, classify func(aggregator.Text) aggregator.Labels) int {
	t.Helper()
	rows, err := s.Compare(context.Background(), time.Time{}, classify, noChange)
	if err != nil {
		t.Fatal(err)
	}
	n, err := s.Relabel(context.Background(), rows, classify, nil)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestRelabel reclassifies everything: the labels are new, and nothing else is.
func TestRelabel(t *testing.T) {
	ctx := context.Background()
	s := open1(t, "a", "b")
	save(t, s, resultOf("a", titled("1", "hessen ki eins", 1), titled("2", "sachsen ki zwei", 2)))
	save(t, s, resultOf("b", titled("3", "hessen ozg drei", 3)))
	before, generation := entries(t, s, aggregator.Query{}), s.Generation()

	var seen []string
	rows, err := s.Compare(ctx, time.Time{}, byTitle("2"), func(c *Change) error {
		seen = append(seen, fmt.Sprint(c.Item.GUID, c.Item.Source, c.Item.Title, c.Item.Labels.Regions, c.Now.Regions, c.Moved()))
		return nil
	})
	if err != nil || len(rows) != 3 {
		t.Fatalf("%d rows (%v)", len(rows), err)
	}
	if len(seen) != 3 || !strings.Contains(strings.Join(seen, "\n"), "ahessen ki eins[sachsen] [hessen] true") {
		t.Errorf("compared %q", seen)
	}
	if got, want := fmt.Sprint(entries(t, s, aggregator.Query{})), fmt.Sprint(before); got != want || s.Generation() != generation {
		t.Error("comparing has changed something")
	}

	var written []string
	n, err := s.Relabel(ctx, append(rows, 999), byTitle("2"), func(c *Change) { written = append(written, c.Item.ID) })
	if err != nil || n != 3 || len(written) != 3 {
		t.Fatalf("%d written, %v (%v)", n, written, err)
	}
	if s.Generation() != generation+1 {
		t.Errorf("generation %d, was %d", s.Generation(), generation)
	}
	after := entries(t, s, aggregator.Query{})
	for i := range before {
		want := before[i]
		want.Labels = byTitle("2")(want.Text(""))
		if !reflect.DeepEqual(after[i], want) {
			t.Errorf("item is %+v, want %+v", after[i], want)
		}
	}
	for want, q := range map[string]aggregator.Query{
		"1 3": {Regions: []aggregator.Region{aggregator.Hessen}},
		"2":   {Regions: []aggregator.Region{aggregator.Sachsen}},
		"1 2": {Topics: []aggregator.Topic{"ki"}},
		"1":   {Topics: []aggregator.Topic{"ki"}, Regions: []aggregator.Region{aggregator.Hessen}},
	} {
		if got := guids(t, s, q); got != want {
			t.Errorf("%+v: %q, want %q", q, got, want)
		}
	}
	sound(t, s)
	if n := relabelAll(t, s, byTitle("2")); n != 0 || s.Generation() != generation+1 {
		t.Errorf("%d written the second time", n)
	}
	if n := relabelAll(t, s, byTitle("3")); n != 3 || s.Generation() != generation+1 {
		t.Errorf("another version alone: %d written, generation %d", n, s.Generation())
	}
}

// TestCompareSince looks at items first seen at a time or later only.
func TestCompareSince(t *testing.T) {
	ctx := context.Background()
	s := open1(t, "a")
	for day := range 3 {
		r := resultOf("a", titled(fmt.Sprint(day), "hessen ki", 1))
		r.At = t0.AddDate(0, 0, day)
		save(t, s, r)
	}
	for since, want := range map[time.Time]int{{}: 3, t0: 3, t0.Add(time.Second): 2, t0.AddDate(0, 0, 2): 1, t0.AddDate(1, 0, 0): 0} {
		rows, err := s.Compare(ctx, since, byTitle("2"), noChange)
		n, countErr := s.CountSince(ctx, since)
		if err != nil || countErr != nil || len(rows) != want || n != want {
			t.Errorf("since %v: %d rows, %d counted, want %d (%v, %v)", since, len(rows), n, want, err, countErr)
		}
	}
}

// TestCompareBatches: as many as are read at once, one more and one less.
func TestCompareBatches(t *testing.T) {
	for _, n := range []int{0, 1, compareBatch - 1, compareBatch, compareBatch + 1} {
		s := open1(t, "a")
		var items []aggregator.Item
		for i := range n {
			items = append(items, titled(fmt.Sprint(i), "hessen ki", i))
		}
		save(t, s, resultOf("a", items...))
		if got := relabelAll(t, s, byTitle("2")); got != n {
			t.Errorf("%d of %d items", got, n)
		}
	}
}

// TestRelabelEnds: a transaction that is told to end leaves no trace.
func TestRelabelEnds(t *testing.T) {
	s := open1(t, "a")
	save(t, s, resultOf("a", titled("1", "hessen ki", 1), titled("2", "bayern ki", 2)))
	generation := s.Generation()
	rows, err := s.Compare(context.Background(), time.Time{}, byTitle("2"), noChange)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	if n, err := s.Relabel(ctx, rows, byTitle("2"), func(*Change) { stop() }); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d written (%v)", n, err)
	}
	if got := guids(t, s, aggregator.Query{Regions: []aggregator.Region{aggregator.Sachsen}}); got != "1 2" || s.Generation() != generation {
		t.Errorf("items %q, generation %d", got, s.Generation())
	}
	sound(t, s)
	if _, err := s.Compare(ctx, time.Time{}, byTitle("2"), noChange); !errors.Is(err, context.Canceled) {
		t.Errorf("comparing: %v", err)
	}
	broken := errors.New("broken")
	if _, err := s.Compare(context.Background(), time.Time{}, byTitle("2"), func(*Change) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("comparing: %v", err)
	}
	if n := relabelAll(t, s, byTitle("2")); n != 2 {
		t.Errorf("%d written afterwards", n)
	}
}

// TestOutdated goes through history in small steps, is interrupted, and goes on
// with another opening of the database.
func TestOutdated(t *testing.T) {
	ctx := context.Background()
	s := open1(t, "a")
	var items []aggregator.Item
	for i := range 25 {
		items = append(items, titled(fmt.Sprintf("%02d", i), "hessen ki", i))
	}
	save(t, s, resultOf("a", items...))
	step := func(s *Store, ruleset string) int {
		rows, err := s.Outdated(ctx, ruleset, 10)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.IsSortedFunc(rows, func(a, b int64) int { return int(b - a) }) {
			t.Errorf("rows %v are not newest first", rows)
		}
		n, err := s.Relabel(ctx, rows, byTitle(ruleset), nil)
		if err != nil || n != len(rows) {
			t.Fatalf("%d of %d (%v)", n, len(rows), err)
		}
		return n
	}
	if n := step(s, "2"); n != 10 {
		t.Errorf("%d in the first step", n)
	}
	if got := guids(t, s, aggregator.Query{Regions: []aggregator.Region{aggregator.Hessen}}); got != "00 01 02 03 04 05 06 07 08 09" {
		t.Errorf("the newest go first: %q", got)
	}
	path := s.path
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openAt(t, path)
	if n, err := s.CountOutdated(ctx, "2"); n != 15 || err != nil {
		t.Errorf("%d are left (%v)", n, err)
	}
	// Between an older and a newer rule set, both are others.
	if n, err := s.CountOutdated(ctx, "15"); n != 25 || err != nil {
		t.Errorf("%d are of other rule sets (%v)", n, err)
	}
	for _, want := range []int{10, 5, 0} {
		if n := step(s, "2"); n != want {
			t.Errorf("step of %d, want %d", n, want)
		}
	}
	if n, err := s.CountOutdated(ctx, "2"); n != 0 || err != nil {
		t.Errorf("%d are left (%v)", n, err)
	}
	sound(t, s)
}

// TestOutdatedPlans: the index alone answers, in its own order.
func TestOutdatedPlans(t *testing.T) {
	s := open1(t, "a")
	for query, args := range map[string][]any{outdatedQuery: {"2", 10}, outdatedCountQuery: {"2"}} {
		rows, err := s.reader.Query("EXPLAIN QUERY PLAN "+query, args...)
		if err != nil {
			t.Fatal(err)
		}
		plan := ""
		for rows.Next() {
			var id, parent, unused int
			var detail string
			if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
				t.Fatal(err)
			}
			plan += detail + "\n"
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
		if strings.Count(plan, "SEARCH items USING COVERING INDEX items_ruleset") != 2 || strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("%s\n%s", query, plan)
		}
	}
}

// TestRelabelPrior: the classifier is told what the source speaks for, and sees
// the text as a poll does.
func TestRelabelPrior(t *testing.T) {
	s := open1(t)
	src := sourceOf("a")
	src.Region = aggregator.Bremen
	putSources(t, s, src)
	it := titled("1", "hessen ki", 1)
	it.Content, it.Categories = "<p>Erster <b>Absatz</b></p>", []string{"eins", "zwei"}
	save(t, s, resultOf("a", it))
	var got aggregator.Text
	if _, err := s.Compare(context.Background(), time.Time{}, byTitle("2"), func(c *Change) error { got = c.Text; return nil }); err != nil {
		t.Fatal(err)
	}
	if want := it.Text(aggregator.Bremen); !reflect.DeepEqual(got, want) {
		t.Errorf("text %+v, want %+v", got, want)
	}
}

// TestRelabelBesideOthers polls, reads and purges while history is done anew.
func TestRelabelBesideOthers(t *testing.T) {
	ctx := context.Background()
	s := open1(t, "a")
	var items []aggregator.Item
	for i := range 300 {
		items = append(items, titled(fmt.Sprint("alt", i), "hessen ki", i))
	}
	save(t, s, resultOf("a", items...))
	var wg sync.WaitGroup
	wg.Go(func() {
		for n := range 40 {
			fresh := titled(fmt.Sprint("neu", n), "hessen ki", 0)
			fresh.Labels = byTitle("2")(fresh.Text(""))
			again := titled(fmt.Sprint("alt", n), fmt.Sprint("bayern ozg anders ", n), n)
			again.Labels = byTitle("2")(again.Text(""))
			if _, err := s.Save(ctx, resultOf("a", fresh, again)); err != nil {
				t.Error(err)
			}
		}
	})
	for range 2 {
		wg.Go(func() {
			for range 60 {
				if got := len(entries(t, s, aggregator.Query{Limit: 1000})); got < 300 {
					t.Errorf("%d items", got)
				}
			}
		})
	}
	wg.Go(func() {
		for {
			rows, err := s.Outdated(ctx, "2", 7)
			if err != nil || len(rows) == 0 {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if _, err := s.Relabel(ctx, rows, byTitle("2"), nil); err != nil {
				t.Error(err)
				return
			}
		}
	})
	wg.Wait()
	sound(t, s)
	for _, e := range entries(t, s, aggregator.Query{Limit: 1000}) {
		if want := strings.Fields(e.Title)[0]; string(e.Labels.Regions[0]) != want || e.Labels.Ruleset != "2" {
			t.Errorf("%q is labelled %v by %s", e.Title, e.Labels.Regions, e.Labels.Ruleset)
		}
	}
}

// BenchmarkRelabel does 20,000 items anew, in one transaction.
func BenchmarkRelabel(b *testing.B) {
	s := open1(b, "a")
	text := strings.Repeat("Ein Satz über die Verwaltung. ", 40)
	for n := range 200 {
		var items []aggregator.Item
		for i := range 100 {
			it := titled(fmt.Sprint(n, "-", i), "hessen ki", i)
			it.Summary = text
			items = append(items, it)
		}
		save(b, s, resultOf("a", items...))
	}
	ruleset := 2
	for b.Loop() {
		relabelAll(b, s, byTitle(fmt.Sprint(ruleset)))
		ruleset++
	}
	b.ReportMetric(float64(20_000*b.N)/b.Elapsed().Seconds(), "items/s")
}
