package store

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"laenderfeed/aggregator"
)

func purge(t testing.TB, s *Store, before time.Time, want int) {
	t.Helper()
	if n, err := s.Purge(context.Background(), before); err != nil || n != want {
		t.Errorf("purged %d (%v), want %d", n, err, want)
	}
}

// TestPurge removes more than one batch, with labels, originals and index.
func TestPurge(t *testing.T) {
	ctx := context.Background()
	s := open1(t, "a", "b")
	save(t, s, resultOf("a"))
	var items []aggregator.Item
	for i := range 2*purgeBatch + 50 {
		it := itemOf(fmt.Sprint("g", i), i, aggregator.Sachsen, aggregator.Bayern)
		it.Labels.Topics = []aggregator.Topic{"ki", "ozg"}
		it.Labels.Places = []aggregator.Place{{Key: "14612000"}}
		items = append(items, it)
	}
	before := func(r aggregator.Result) aggregator.Result {
		r.At = t0.Add(-10 * 24 * time.Hour)
		return r
	}
	save(t, s, before(resultOf("a", items[10:]...)))
	save(t, s, before(resultOf("b", itemOf("old", 9999))))
	save(t, s, resultOf("a", items[:10]...))
	save(t, s, resultOf("b", itemOf("young", 1)))
	items[449].Title = "Geändert"
	save(t, s, resultOf("a", items[449])) // leaves an original

	purge(t, s, t0.Add(-11*24*time.Hour), 0)
	purge(t, s, t0.Add(-time.Hour), 441)
	purge(t, s, t0.Add(-time.Hour), 0)
	if got := guids(t, s, aggregator.Query{}); got != "g0 young g1 g2 g3 g4 g5 g6 g7 g8 g9" {
		t.Errorf("left %q", got)
	}
	for _, q := range []aggregator.Query{{Source: "a"}, {Regions: []aggregator.Region{aggregator.Sachsen}, Topics: []aggregator.Topic{"ki"}}} {
		if got := entries(t, s, q); len(got) != 10 {
			t.Errorf("%+v: %d left", q, len(got))
		}
	}
	for table, want := range map[string]int{"items": 11, "originals": 0, "listings": 10*12 + 1, "texts_docsize": 11, "known": 452} {
		var n int
		if err := s.reader.QueryRow("SELECT count(*) FROM " + table).Scan(&n); err != nil || n != want {
			t.Errorf("%s: %d rows (%v), want %d", table, n, err, want)
		}
	}
	st, err := s.Source(ctx, "a")
	if err != nil || st.Items != 10 {
		t.Errorf("%d items (%v)", st.Items, err)
	}

	// A source that still lists them does not bring them back.
	items[440].Title = "Auch geändert"
	if fresh, err := s.Fresh(ctx, "a", items); err != nil || len(fresh) != 0 {
		t.Errorf("%d fresh (%v)", len(fresh), err)
	}
	if got := save(t, s, resultOf("a", items...)); got != (aggregator.Saved{}) {
		t.Errorf("came back: %+v", got)
	}
	if _, err := s.Entry(ctx, aggregator.ItemID("a", "g440")); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	sound(t, s)
	purge(t, s, t0.Add(time.Hour), 11)
	sound(t, s)
}

func TestPurgeCancelled(t *testing.T) {
	s := open1(t, "a")
	save(t, s, resultOf("a", itemOf("g", 1)))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if n, err := s.Purge(ctx, t0); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d (%v)", n, err)
	}
}
