package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"laenderfeed/aggregator"
)

// months fills a store with items that arrive over four months, many of them
// published in the same second, and returns queries of every form.
func months(t *testing.T) (*Store, []aggregator.Query) {
	s := open1(t, "a", "b")
	random := rand.New(rand.NewPCG(1, 2))
	regions := [][]aggregator.Region{nil, {aggregator.Sachsen}, {aggregator.Bayern}, {aggregator.Sachsen, aggregator.Bayern}}
	topics := [][]aggregator.Topic{nil, {"ki"}, {"ozg", "ki"}}
	save(t, s, resultOf("a"))
	save(t, s, resultOf("b"))
	for day := range 120 {
		for _, source := range []string{"a", "b"} {
			var items []aggregator.Item
			for i := range random.IntN(4) {
				it := labelled(fmt.Sprint(day, "-", i), 0, topics[random.IntN(len(topics))], regions[random.IntN(len(regions))]...)
				it.Published = t0.AddDate(0, 0, day-random.IntN(50)).Truncate(24 * time.Hour)
				if random.IntN(3) == 0 {
					it.Labels.Places = []aggregator.Place{{Key: "14612000"}}
				}
				items = append(items, it)
			}
			r := resultOf(source, items...)
			r.At = t0.AddDate(0, 0, day)
			save(t, s, r)
		}
	}
	var qs []aggregator.Query
	for _, r := range append(regions, []aggregator.Region{aggregator.Alle}, []aggregator.Region{aggregator.Hessen}) {
		for _, tt := range topics {
			for _, source := range []string{"", "a", "none"} {
				for _, places := range [][]string{nil, {"14612000"}, {"14612"}} {
					qs = append(qs, aggregator.Query{Regions: r, Topics: tt, Source: source, Places: places})
				}
			}
		}
	}
	return s, qs
}

// all are the ids of a query's items in the order of feeds, read at once.
func all(t *testing.T, s *Store, q aggregator.Query) []string {
	q.Limit = 100_000
	return ids(entries(t, s, q))
}

func ids(entries []aggregator.Entry) []string {
	out := []string{}
	for _, e := range entries {
		out = append(out, e.ID)
	}
	return out
}

// TestBefore reads every query page by page: each item once, in the same order.
func TestBefore(t *testing.T) {
	s, qs := months(t)
	for _, q := range qs {
		want, got := all(t, s, q), []string{}
		for q.Limit = 7; ; {
			page := entries(t, s, q)
			got = append(got, ids(page)...)
			if len(page) < q.Limit {
				break
			}
			q.Before = page[len(page)-1].Place
		}
		if !slices.Equal(got, want) {
			t.Errorf("%+v: %d items page by page, %d at once", q, len(got), len(want))
		}
	}
	day := t0.AddDate(0, 0, 30).Truncate(24 * time.Hour)
	for _, e := range entries(t, s, aggregator.Query{Before: aggregator.Cursor{Time: day}, Limit: 1000}) {
		if !e.Effective().Before(day) {
			t.Errorf("%s is not before %s", e.Effective(), day)
		}
	}
}

// TestArrivals reads every query month by month: each item once, in the month it
// was first seen, and what is read of a month that is over stays so.
func TestArrivals(t *testing.T) {
	s, qs := months(t)
	ctx := context.Background()
	oldest, latest, err := s.Span(ctx)
	if err != nil || oldest.Before(t0) || latest.After(t0.AddDate(0, 0, 119)) {
		t.Fatalf("span %s to %s (%v)", oldest, latest, err)
	}
	for _, q := range qs {
		var got []string
		for from := oldest.Truncate(24 * time.Hour); !from.After(latest); from = from.AddDate(0, 1, 0) {
			q.Seen = aggregator.Arrivals{From: from, To: from.AddDate(0, 1, 0)}
			n, err := s.Arrivals(ctx, q)
			if err != nil {
				t.Fatal(err)
			}
			const size = 5
			for left := n; left > 0; {
				if q.Seen.Part++; left <= size {
					q.Seen.Part = 0 // the last one
				}
				keys, err := s.arrived(ctx, q, size)
				if err != nil || len(keys) != min(size, left) || !slices.IsSortedFunc(keys, newest) {
					t.Fatalf("%+v: %v of %d (%v)", q, keys, left, err)
				}
				left -= len(keys)
				part, err := s.load(ctx, keys)
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range part {
					if e.Seen.Before(q.Seen.From) || !e.Seen.Before(q.Seen.To) {
						t.Errorf("%+v has what was seen %s", q, e.Seen)
					}
				}
				got = append(got, ids(part)...)
			}
		}
		q.Seen = aggregator.Arrivals{}
		want := all(t, s, q)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%+v: %d items month by month, %d at once", q, len(got), len(want))
		}
	}
	q := aggregator.Query{Seen: aggregator.Arrivals{From: t0, To: t0.AddDate(0, 1, 0)}}
	before := ids(entries(t, s, q))
	late := itemOf("late", 0)
	late.Published = t0.AddDate(0, 0, 3)
	r := resultOf("a", late)
	r.At = t0.AddDate(0, 0, 121)
	save(t, s, r)
	if after := ids(entries(t, s, q)); !slices.Equal(before, after) {
		t.Errorf("a month that is over had %d items and has %d", len(before), len(after))
	}
}

// TestEmptySpan covers stores and spans without anything in them.
func TestEmptySpan(t *testing.T) {
	s := open1(t, "a")
	oldest, newest, err := s.Span(context.Background())
	if err != nil || !oldest.IsZero() || !newest.IsZero() {
		t.Errorf("%s to %s (%v)", oldest, newest, err)
	}
	q := aggregator.Query{Seen: aggregator.Arrivals{From: t0, To: t0, Part: -1}, Regions: []aggregator.Region{`"]') OR 1=1 --`}}
	if n, err := s.Arrivals(context.Background(), q); n != 0 || err != nil {
		t.Errorf("%d arrivals (%v)", n, err)
	}
	if got := entries(t, s, q); len(got) != 0 {
		t.Error(strings.Join(ids(got), " "))
	}
}

func TestListedPlaces(t *testing.T) {
	s := open1(t, "a")
	if keys, err := s.ListedPlaces(t.Context()); err != nil || len(keys) != 0 {
		t.Errorf("an empty store: %v, %v", keys, err)
	}
	save(t, s, resultOf("a", placed("1", 1, []aggregator.Topic{"ki"}, "14612000"), placed("2", 2, nil, "11000000-02", "073355001"), placed("3", 3, nil)))
	keys, err := s.ListedPlaces(t.Context())
	if want := "073 07335 073355001 11000 11000000 11000000-02 146 14612 14612000"; err != nil || strings.Join(keys, " ") != want {
		t.Errorf("%v (%v), want %s", keys, err, want)
	}
	if _, err := s.Purge(t.Context(), benchTime.AddDate(1, 0, 0)); err != nil {
		t.Fatal(err)
	}
	if keys, err := s.ListedPlaces(t.Context()); err != nil || len(keys) != 0 {
		t.Errorf("after the purge: %v, %v", keys, err)
	}
}
