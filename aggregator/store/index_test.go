package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"laenderfeed/aggregator"
)

// found returns the guids of the items that an FTS5 query finds.
func found(t *testing.T, s *Store, match string) string {
	t.Helper()
	rows, err := s.reader.Query("SELECT i.guid FROM texts JOIN items i ON i.id = -texts.rowid & 268435455 WHERE texts MATCH ? ORDER BY i.sort DESC, i.id DESC", match)
	if err != nil {
		t.Fatalf("%s: %v", match, err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var g string
		if err := rows.Scan(&g); err != nil {
			t.Fatal(err)
		}
		out = append(out, g)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, " ")
}

// TestIndexFinds proves that the full-text index holds what was stored, in the
// form a search needs: folded words, prefixes, phrases, exclusion, columns.
func TestIndexFinds(t *testing.T) {
	s := open1(t, "a")
	save(t, s, resultOf("a"))
	one, two, three := itemOf("1", 1), itemOf("2", 2), itemOf("3", 3)
	one.Title, one.Summary = "Bürgermeister Müller eröffnet Straße", "Das Prinzip „Einer für Alle“ gilt."
	two.Title, two.Content = "E-Akte für die STRASSENVERKEHRSÄMTER", "<p>Der Herr Mueller<br>sagt &amp; freut sich.</p><!-- Kommentar -->"
	three.Title, three.Summary, three.Categories = "Akte E", "alle für einer", []string{"Künstliche Intelligenz", "OZG"}
	early := resultOf("a", two, three)
	early.At = t0.Add(-24 * time.Hour)
	save(t, s, early)
	save(t, s, resultOf("a", one))
	for _, tt := range []struct{ match, want string }{
		{Fold("Müller"), "1 2"},
		{Fold("Mueller"), "1 2"},
		{Fold("MU\u0308LLER"), "1 2"},
		{Fold("Strasse"), "1"},
		{Fold("straße") + "*", "1 2"},
		{Fold("strassenverkehrsämter"), "2"},
		{`"` + Fold("E-Akte") + `"`, "2"},
		{Fold("E-Akte"), "2 3"},
		{`"` + Fold("Einer für alle") + `"`, "1"},
		{Fold("Einer für alle"), "1 3"},
		{Fold("einer") + " NOT " + Fold("Müller"), "3"},
		{Fold("ozg") + " OR " + Fold("bürgermeister"), "1 3"},
		{`"` + Fold("künstliche Intelligenz") + `"`, "3"},
		{"title : akte", "2 3"},
		{"title : mueller", "1"},
		{"kommentar", ""},
		{"br OR amp OR p", ""},
	} {
		if got := found(t, s, tt.match); got != tt.want {
			t.Errorf("%s finds %q, want %q", tt.match, got, tt.want)
		}
	}
	one.Title = "Ganz anders"
	save(t, s, resultOf("a", one))
	if got := found(t, s, "buergermeister"); got != "" {
		t.Errorf("the old title still finds %q", got)
	}
	if got := found(t, s, "anders"); got != "1" {
		t.Errorf("the new title finds %q", got)
	}
	purge(t, s, t0.Add(-time.Hour), 2)
	if got := found(t, s, "mueller OR akte OR einer OR anders"); got != "1" {
		t.Errorf("after purging: %q", got)
	}
	sound(t, s)
}

// TestTidy saves many polls, each of which leaves a segment in the index, and
// has them merged, some after deletions.
func TestTidy(t *testing.T) {
	ctx := context.Background()
	s := open1(t, "a")
	segments := func() (n int) {
		if err := s.reader.QueryRow("SELECT count(DISTINCT segid) FROM texts_idx").Scan(&n); err != nil {
			t.Error(err)
		}
		return n
	}
	save(t, s, resultOf("a"))
	for round := range 3 {
		for i := range 60 {
			save(t, s, resultOf("a", itemOf(fmt.Sprintf("g%dx%d", round, i), 60-i)))
		}
		if n := segments(); n < 60 {
			t.Errorf("%d segments: they are merged while polling", n)
		}
		before := s.Generation()
		for range 2 {
			if err := s.Tidy(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if n := segments(); n > 4 {
			t.Errorf("%d segments after tidying", n)
		}
		if s.Generation() != before {
			t.Error("the generation moved")
		}
		if got := len(strings.Fields(found(t, s, "titel"))); got != 60 {
			t.Errorf("found %d", got)
		}
		if got, want := found(t, s, fmt.Sprintf("g%dx17", round)), fmt.Sprintf("g%dx17", round); got != want {
			t.Errorf("found %q, want %q", got, want)
		}
		sound(t, s)
		purge(t, s, t0.Add(time.Second), 60)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if err := s.Tidy(cancelled); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	sound(t, s)
}

// TestIndexBound keeps a monster from filling the index.
func TestIndexBound(t *testing.T) {
	s := open1(t, "a")
	it := itemOf("g", 1)
	it.Content = "<p>Anfang " + strings.Repeat("Füllwort ", 50_000) + "Ende</p>"
	save(t, s, resultOf("a", it))
	if got := found(t, s, "anfang"); got != "g" {
		t.Errorf("beginning: %q", got)
	}
	if got := found(t, s, "ende"); got != "" {
		t.Errorf("end: %q", got)
	}
	if e, err := s.Entry(context.Background(), aggregator.ItemID("a", "g")); err != nil || e.Content != it.Content {
		t.Errorf("content was cut to %d bytes (%v)", len(e.Content), err)
	}
}

// TestReindex fills an emptied index again, in two goes, while items come in.
func TestReindex(t *testing.T) {
	ctx := context.Background()
	s := open1(t, "a")
	save(t, s, resultOf("a"))
	var items []aggregator.Item
	for n := range 2*reindexBatch + 10 {
		items = append(items, itemOf(fmt.Sprint(n), n))
	}
	items[3].Published = t0.AddDate(-100, 0, 0)
	save(t, s, resultOf("a", items...))
	want := searched(t, s, "titel")
	script, err := migrations.ReadFile("migrations/0009_search.sql")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.writer.do(ctx, func(t tx) error {
		_, err := t.w.conn.ExecContext(t.ctx, string(script))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if got := searched(t, s, "titel"); got != "" {
		t.Fatalf("an empty index finds %q", got)
	}
	var more bool
	if err := s.writer.do(ctx, func(t tx) (err error) {
		more, err = t.reindex()
		return err
	}); err != nil || !more {
		t.Fatal(more, err)
	}
	changed := items[2*reindexBatch]
	changed.Title = "Titel anders"
	save(t, s, resultOf("a", itemOf("neu", 3000), changed))
	if err := s.reindex(ctx); err != nil {
		t.Fatal(err)
	}
	if got := searched(t, s, "titel"); got != want {
		t.Errorf("finds %q, before %q", got, want)
	}
	if n := len(strings.Fields(found(t, s, "titel"))); n != len(items)+1 {
		t.Errorf("%d of %d items are indexed", n, len(items)+1)
	}
	if got := searched(t, s, "anders"); got != fmt.Sprint(2*reindexBatch) {
		t.Errorf("the changed item: %q", got)
	}
	sound(t, s)
	if err := s.reindex(ctx); err != nil {
		t.Errorf("again: %v", err)
	}
}
