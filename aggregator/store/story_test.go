package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"laenderfeed/aggregator"
)

// news is an item that tells a story, with labels.
func news(guid, headline string, topics []aggregator.Topic, regions ...aggregator.Region) aggregator.Item {
	it := labelled(guid, 1, topics, regions...)
	it.Title = headline
	return it
}

const headline = "Digitalagentur Sachsen nimmt in Dresden ihre Arbeit auf"

var (
	inSachsen = aggregator.Query{Regions: []aggregator.Region{aggregator.Sachsen}}
	inBund    = aggregator.Query{Regions: []aggregator.Region{aggregator.Bund}}
	onKI      = aggregator.Query{Topics: []aggregator.Topic{"ki"}}
)

// lists compares what queries find.
func lists(t *testing.T, s *Store, want map[string]aggregator.Query) {
	t.Helper()
	for guids1, q := range want {
		if got := guids(t, s, q); got != strings.TrimSpace(guids1) {
			t.Errorf("%+v: %q, want %q", q, got, guids1)
		}
	}
	sound(t, s)
}

func others(t *testing.T, s *Store, source, guid string) string {
	t.Helper()
	e, err := s.Entry(context.Background(), aggregator.ItemID(source, guid))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, o := range e.Others {
		names = append(names, strings.TrimPrefix(o.Source, "Quelle "))
	}
	return strings.Join(names, " ")
}

// TestStory: three sources tell the same, each feed has it once.
func TestStory(t *testing.T) {
	s := open1(t, "a", "b", "c")
	save(t, s, resultOf("a", news("first", headline, nil, aggregator.Sachsen)))
	save(t, s, resultOf("b", news("second", headline, []aggregator.Topic{"ki"}, aggregator.Sachsen)))
	save(t, s, resultOf("c", news("third", headline, []aggregator.Topic{"ki"}, aggregator.Sachsen), itemOf("alone", 2, aggregator.Sachsen)))
	lists(t, s, map[string]aggregator.Query{
		"first alone":  {},
		"first alone ": inSachsen,
		"second":       onKI,
		"second ":      {Source: "b"},
		"third alone":  {Source: "c"},
	})
	for source, want := range map[string]string{"a first": "b c", "b second": "a c", "c third": "a b", "c alone": ""} {
		id, guid, _ := strings.Cut(source, " ")
		if got := others(t, s, id, guid); got != want {
			t.Errorf("%s is told by %q too, want %q", source, got, want)
		}
	}
	e := entries(t, s, aggregator.Query{Limit: 1})[0]
	if o := e.Others[0]; o.Title != headline || o.Link != "https://a.example/second/text" || o.ID != aggregator.ItemID("b", "second") {
		t.Errorf("%+v", o)
	}
	if !e.Updated.Equal(e.Seen) {
		t.Error("that others tell it too made it news again")
	}
}

// TestStoryOfPlaces keeps apart what differs from any item of the story, not only
// from the one that is most alike.
func TestStoryOfPlaces(t *testing.T) {
	s := open1(t, "a", "b", "c")
	at := func(guid, key string) aggregator.Item {
		it := news(guid, headline, nil, aggregator.Sachsen)
		if key != "" {
			it.Labels.Places = []aggregator.Place{{Key: key}}
		}
		return it
	}
	save(t, s, resultOf("a", at("dresden", "14612000")))
	save(t, s, resultOf("b", at("somewhere", "")))
	save(t, s, resultOf("c", at("leipzig", "14713000")))
	lists(t, s, map[string]aggregator.Query{"leipzig dresden": {}})
	if got := others(t, s, "c", "leipzig"); got != "" {
		t.Errorf("Leipzig is told by %q", got)
	}
}

// TestStoryChanges gives items of a story other labels, and removes the first.
func TestStoryChanges(t *testing.T) {
	s := open1(t, "a", "b")
	early := resultOf("a", news("first", headline, nil, aggregator.Sachsen))
	early.At = t0.Add(-2 * 24 * time.Hour)
	early.Items[0].Published = early.At
	save(t, s, early)
	save(t, s, resultOf("b", news("second", headline, nil, aggregator.Sachsen)))
	lists(t, s, map[string]aggregator.Query{"first": inSachsen, "": inBund})

	relabel := func(guid string, regions ...aggregator.Region) {
		t.Helper()
		rows := []int64{1, 2}
		classify := func(text aggregator.Text) aggregator.Labels {
			l := aggregator.Labels{Scope: aggregator.ScopeLand, Regions: []aggregator.Region{aggregator.Sachsen}, Ruleset: "2"}
			if strings.Contains(text.Summary, guid) {
				l.Regions = regions
			}
			return l
		}
		if _, err := s.Relabel(context.Background(), rows, classify, func(*Change) {}); err != nil {
			t.Fatal(err)
		}
	}
	relabel("first", aggregator.Bund)
	lists(t, s, map[string]aggregator.Query{"second": inSachsen, "first": inBund, "first ": {}})
	relabel("first", aggregator.Sachsen)
	lists(t, s, map[string]aggregator.Query{"first": inSachsen, "": inBund})

	purge(t, s, t0.Add(-time.Hour), 1)
	lists(t, s, map[string]aggregator.Query{"second": inSachsen, "second ": {}})
	if got := others(t, s, "b", "second"); got != "" {
		t.Errorf("what was removed is named: %q", got)
	}
}

// TestOldNews: a story ends after two weeks, and Tidy forgets it.
func TestOldNews(t *testing.T) {
	s := open1(t, "a", "b", "c")
	tell := func(source string, days int) {
		it := news(source, headline, nil, aggregator.Sachsen)
		it.Published = t0.AddDate(0, 0, days)
		r := resultOf(source, it)
		r.At = it.Published
		save(t, s, r)
	}
	tell("a", -40)
	tell("b", -20)
	if err := s.Tidy(context.Background()); err != nil { // at t0
		t.Fatal(err)
	}
	var n int
	if err := s.reader.QueryRow("SELECT count(*) FROM tales").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d keys left (%v)", n, err)
	}
	tell("c", -10)
	lists(t, s, map[string]aggregator.Query{"c b a": {}})
	if err := s.Tidy(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := s.reader.QueryRow("SELECT count(*) FROM tales").Scan(&n); err != nil || n != 1 {
		t.Errorf("%d keys left (%v), want that of the headline", n, err)
	}
}

func TestSplit(t *testing.T) {
	ctx := context.Background()
	for _, out := range []string{"a", "b", "c"} {
		s := open1(t, "a", "b", "c")
		for _, source := range []string{"a", "b", "c"} {
			save(t, s, resultOf(source, news(source, headline, nil, aggregator.Sachsen)))
		}
		if ok, err := s.Split(ctx, aggregator.ItemID(out, out)); err != nil || !ok {
			t.Fatal(ok, err)
		}
		rest := slices.DeleteFunc([]string{"a", "b", "c"}, func(s string) bool { return s == out })
		listed := []string{out, rest[0]}
		slices.SortFunc(listed, func(a, b string) int { return strings.Compare(b, a) }) // of one second: the later row first
		lists(t, s, map[string]aggregator.Query{strings.Join(listed, " "): inSachsen})
		if got := others(t, s, rest[0], rest[0]); got != rest[1] {
			t.Errorf("without %s, %s is told by %q", out, rest[0], got)
		}
		if ok, err := s.Split(ctx, aggregator.ItemID(out, out)); err != nil || ok {
			t.Errorf("split again: %t, %v", ok, err)
		}
		save(t, s, resultOf(out, news(out, headline+"!", nil, aggregator.Sachsen)))
		if got := others(t, s, out, out); got != "" {
			t.Errorf("a change of %s brought it back to %q", out, got)
		}
	}
	if _, err := open1(t, "a").Split(ctx, aggregator.ItemID("a", "x")); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

// TestSplitElsewhere: what another process does to a story counts at once.
func TestSplitElsewhere(t *testing.T) {
	ctx := context.Background()
	s := open1(t, "a", "b", "c")
	other, err := Open(ctx, Config{Path: s.path, Now: s.now})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	save(t, s, resultOf("a", news("a", headline, nil, aggregator.Sachsen)))
	save(t, s, resultOf("b", news("b", headline, nil, aggregator.Sachsen, aggregator.Bund)))
	if ok, err := other.Split(ctx, aggregator.ItemID("b", "b")); err != nil || !ok {
		t.Fatal(ok, err)
	}
	save(t, s, resultOf("c", news("c", headline, nil, aggregator.Sachsen, aggregator.Bund)))
	lists(t, s, map[string]aggregator.Query{"b a": inSachsen, "c b": inBund})
	if got := others(t, s, "c", "c"); got != "a" {
		t.Errorf("c is told by %q too", got)
	}
}

// TestStoryListings holds listings against what they stand for: an item is listed
// where no earlier item of its story is, whatever happened before.
func TestStoryListings(t *testing.T) {
	ctx := context.Background()
	s := open1(t, "a", "b", "c", "d")
	random := rand.New(rand.NewPCG(3, 4))
	regions := []aggregator.Region{aggregator.Sachsen, aggregator.Thueringen, aggregator.Bund}
	some := func() (rs []aggregator.Region) {
		for _, r := range regions {
			if random.IntN(2) == 0 {
				rs = append(rs, r)
			}
		}
		return rs
	}
	for i := range 120 {
		source := string(rune('a' + random.IntN(4)))
		save(t, s, resultOf(source, news(fmt.Sprint("g", i), fmt.Sprintf("Meldung Nummer %d über die Verwaltung in allen Ländern", random.IntN(30)), nil, some()...)))
		switch random.IntN(6) {
		case 0:
			if _, err := s.Split(ctx, aggregator.ItemID(source, fmt.Sprint("g", i))); err != nil {
				t.Fatal(err)
			}
		case 1:
			rows := []int64{int64(1 + random.IntN(i+1))}
			if _, err := s.Relabel(ctx, rows, func(aggregator.Text) aggregator.Labels {
				return aggregator.Labels{Scope: aggregator.ScopeLand, Regions: some(), Ruleset: fmt.Sprint(i)}
			}, func(*Change) {}); err != nil {
				t.Fatal(err)
			}
		}
	}
	every := entries(t, s, aggregator.Query{Source: "a", Limit: 1000})
	for _, source := range []string{"b", "c", "d"} {
		every = append(every, entries(t, s, aggregator.Query{Source: source, Limit: 1000})...)
	}
	byID := map[string]aggregator.Entry{}
	for _, e := range every {
		byID[e.ID] = e
	}
	shared := 0
	for _, r := range regions {
		var want []string
		for _, e := range every {
			told := slices.ContainsFunc(e.Others, func(o aggregator.Other) bool {
				first := byID[o.ID]
				return first.Place.Row < e.Place.Row && slices.Contains(first.Labels.Regions, r)
			})
			if slices.Contains(e.Labels.Regions, r) && !told {
				want = append(want, e.ID)
			}
			shared += len(e.Others)
		}
		got := ids(entries(t, s, aggregator.Query{Regions: []aggregator.Region{r}, Limit: 1000}))
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s lists %d, want %d", r, len(got), len(want))
		}
	}
	if shared == 0 {
		t.Error("no stories")
	}
	sound(t, s)
}
