package store

import (
	"context"
	"os"
	"testing"
	"time"

	"laenderfeed/aggregator"
)

func TestGeneration(t *testing.T) {
	s := open1(t, "a")
	save(t, s, resultOf("a", itemOf("1", 1)))
	changed := itemOf("1", 1)
	changed.Title = "Neu"
	claimed := resultOf("a")
	claimed.State.Rights = "© \x00Amt"
	for _, tt := range []struct {
		name  string
		do    func()
		moves bool
	}{
		{"not modified", func() { save(t, s, resultOf("a")) }, false},
		{"failure", func() {
			save(t, s, aggregator.Result{Source: "a", At: t0, State: aggregator.State{Class: aggregator.ClassDNS}})
		}, false},
		{"known item", func() { save(t, s, resultOf("a", itemOf("1", 1))) }, false},
		{"new item", func() { save(t, s, resultOf("a", itemOf("2", 1))) }, true},
		{"changed item", func() { save(t, s, resultOf("a", changed)) }, true},
		{"rights", func() { save(t, s, claimed) }, true},
		{"same rights", func() { save(t, s, claimed) }, false},
		{"no more rights", func() { save(t, s, resultOf("a")) }, true},
		{"same sources", func() { putSources(t, s, sourceOf("a")) }, false},
		{"new source", func() { putSources(t, s, sourcesOf("a", "b")...) }, true},
		{"nothing to purge", func() { purge(t, s, t0.Add(-9*time.Hour), 0) }, false},
		{"purge", func() { purge(t, s, t0.Add(time.Second), 2) }, true},
		{"reading", func() { entries(t, s, aggregator.Query{}); sound(t, s) }, false},
	} {
		before := s.Generation()
		if tt.do(); (s.Generation() > before) != tt.moves {
			t.Errorf("%s: from %d to %d", tt.name, before, s.Generation())
		}
	}
	last := s.Generation()
	if n, err := s.Refresh(context.Background()); err != nil || n != last {
		t.Errorf("stored is %d (%v), %d in memory", n, err, last)
	}
}

// TestForeignCommit has two stores on one file, as a daemon and a command
// have: each sees the other's items, at the latest after a second.
func TestForeignCommit(t *testing.T) {
	path := t.TempDir() + "/x.db"
	now := t0
	daemon, err := Open(context.Background(), Config{Path: path, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer daemon.Close()
	putSources(t, daemon, sourceOf("a"))
	command := openAt(t, path)
	before := daemon.Generation()
	if command.Generation() != before {
		t.Errorf("%d and %d at the start", before, command.Generation())
	}

	save(t, command, resultOf("a", itemOf("g", 1)))
	if daemon.Generation() != before {
		t.Error("looked before a second was over")
	}
	now = now.Add(time.Second)
	after := daemon.Generation()
	if after == before || after != command.Generation() {
		t.Errorf("%d, then %d, the other has %d", before, after, command.Generation())
	}
	if got := guids(t, daemon, aggregator.Query{}); got != "g" {
		t.Errorf("items %q", got)
	}

	save(t, command, resultOf("a")) // not modified
	now = now.Add(time.Second)
	if daemon.Generation() != after {
		t.Error("a poll without news moved the generation")
	}
	now = now.Add(-time.Hour) // a clock set back must not stop the looking
	save(t, daemon, resultOf("a", itemOf("h", 1)))
	save(t, command, resultOf("a", itemOf("i", 1)))
	if got := daemon.Generation(); got != after+2 || got != command.Generation() {
		t.Errorf("%d, want %d, the other has %d", got, after+2, command.Generation())
	}
}

// TestGenerationSurvives opens the database anew.
func TestGenerationSurvives(t *testing.T) {
	path := t.TempDir() + "/x.db"
	s, err := Open(context.Background(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	putSources(t, s, sourceOf("a"))
	last := s.Generation()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := openAt(t, path).Generation(); got != last || last == 0 {
		t.Errorf("%d, was %d", got, last)
	}
}

func BenchmarkGeneration(b *testing.B) {
	s := open1(b, "a")
	b.ReportAllocs()
	for b.Loop() {
		s.Generation()
	}
}

// TestRevision lets two copies of a database come to the same generation.
func TestRevision(t *testing.T) {
	path := t.TempDir() + "/a.db"
	s := openAt(t, path)
	revision := func(s *Store) string {
		t.Helper()
		r, err := s.Revision(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if got := revision(s); got != "" {
		t.Errorf("of an empty database: %q", got)
	}
	putSources(t, s, sourcesOf("a")...)
	first := revision(s)
	save(t, s, resultOf("a"))
	if again := revision(s); again != first || first == "" {
		t.Errorf("%q, and after a poll without items %q", first, again)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	backup, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	other := t.TempDir() + "/b.db"
	if err := os.WriteFile(other, backup, 0o600); err != nil {
		t.Fatal(err)
	}
	s, restored := openAt(t, path), openAt(t, other)
	if a, b := revision(s), revision(restored); a != first || b != first {
		t.Errorf("%q was opened anew as %q, the copy as %q", first, a, b)
	}
	save(t, s, resultOf("a", itemOf("1", 1)))
	save(t, restored, resultOf("a", itemOf("2", 1)))
	if a, b := revision(s), revision(restored); s.Generation() != restored.Generation() || a == b || a == first {
		t.Errorf("generations %d, %d: revisions %q, %q after %q", s.Generation(), restored.Generation(), a, b, first)
	}
}
