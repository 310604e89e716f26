package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"laenderfeed/aggregator"
)

// TestSaveTogether: polls that end at the same time are saved as if each were
// alone, also when one of them cannot be.
func TestSaveTogether(t *testing.T) {
	const sources, polls = 30, 12
	var ids []string
	for i := range sources {
		ids = append(ids, fmt.Sprintf("q%d", i))
	}
	s := open1(t, ids...)
	before := s.Generation()
	var wg sync.WaitGroup
	for i := range sources {
		wg.Go(func() {
			for n := range polls {
				got, err := s.Save(context.Background(), resultOf(ids[i], itemOf(fmt.Sprint(n), n, aggregator.Bayern), itemOf(fmt.Sprint(n+1), n+1)))
				want := 1 // the other was in the poll before
				if n == 0 {
					want = 2
				}
				if err != nil || got.New != want {
					t.Errorf("source %d, poll %d: %+v (%v)", i, n, got, err)
				}
			}
		})
		wg.Go(func() {
			for range polls {
				if _, err := s.Save(context.Background(), resultOf("nobody", itemOf("x", 1))); !errors.Is(err, ErrUnknownSource) {
					t.Errorf("an unknown source: %v", err)
				}
			}
		})
	}
	wg.Wait()
	if got := len(entries(t, s, aggregator.Query{Limit: 10_000})); got != sources*(polls+1) {
		t.Errorf("%d items, want %d", got, sources*(polls+1))
	}
	if s.Generation() == before {
		t.Error("the generation did not move")
	}
	sound(t, s)
}

// TestSaveAfterEnd: a poll whose context has ended is not saved, and one that
// comes when the database is closed gets told.
func TestSaveAfterEnd(t *testing.T) {
	s := open1(t, "a")
	ended, end := context.WithCancel(context.Background())
	end()
	if _, err := s.Save(ended, resultOf("a", itemOf("1", 1))); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if got := guids(t, s, aggregator.Query{}); got != "" {
		t.Errorf("stored %q", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := s.Save(context.Background(), resultOf("a")); !errors.Is(err, errClosed) {
				t.Errorf("closed: %v", err)
			}
		})
	}
	wg.Wait()
}

// TestDigests: they are what the last saved document left, and go with the URL
// it was read from.
func TestDigests(t *testing.T) {
	ctx := context.Background()
	s := open1(t, "a", "b")
	list := []aggregator.Digest{{Text: 1<<63 | 5, Identity: 7}, {Text: 1, Identity: ^uint64(0)}, {}}
	with := func(d []aggregator.Digest) aggregator.Result {
		r := resultOf("a", itemOf("1", 1))
		r.Digests = d
		return r
	}
	failing := with([]aggregator.Digest{{Text: 9}})
	failing.Source = "nobody"
	for _, step := range []struct {
		name string
		do   func() error
		want []aggregator.Digest
	}{
		{"nothing yet", func() error { return nil }, nil},
		{"saved", func() error { _, err := s.Save(ctx, with(list)); return err }, list},
		{"left alone", func() error { _, err := s.Save(ctx, with(nil)); return err }, list},
		{"another source", func() error { _, err := s.Save(ctx, resultOf("b")); return err }, list},
		{"replaced", func() error { _, err := s.Save(ctx, with(list[:1])); return err }, list[:1]},
		{"forgotten", func() error { _, err := s.Save(ctx, with([]aggregator.Digest{})); return err }, nil},
		{"saved again", func() error { _, err := s.Save(ctx, with(list)); return err }, list},
		{"a hub sends a new item", func() error {
			_, err := s.Save(ctx, aggregator.Result{Source: "a", At: t0, Items: []aggregator.Item{itemOf("2", 1)}, Pushed: true})
			return err
		}, list},
		{"a hub sends a changed item", func() error {
			changed := itemOf("1", 1)
			changed.Title = "Neu"
			_, err := s.Save(ctx, aggregator.Result{Source: "a", At: t0, Items: []aggregator.Item{changed}, Pushed: true})
			return err
		}, nil},
		{"saved once more", func() error { _, err := s.Save(ctx, with(list)); return err }, list},
		{"the same source", func() error { return s.PutSources(ctx, sourcesOf("a", "b")) }, list},
		{"another URL", func() error {
			moved := sourceOf("a")
			moved.URL = "https://neu.example/feed"
			return s.PutSources(ctx, []aggregator.Source{moved, sourceOf("b")})
		}, nil},
	} {
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		got, err := s.Seen(ctx, "a")
		if err != nil || !slices.Equal(got, step.want) {
			t.Errorf("%s: %v (%v)", step.name, got, err)
		}
	}
	if _, err := s.Save(ctx, failing); err == nil {
		t.Error("saved for nobody")
	}
	if got, err := s.Seen(ctx, "nobody"); err != nil || len(got) > 0 {
		t.Errorf("of nobody: %v (%v)", got, err)
	}
	if got := unpackDigests(make([]byte, 16+5)); len(got) != 1 {
		t.Errorf("a torn list: %v", got)
	}
}
