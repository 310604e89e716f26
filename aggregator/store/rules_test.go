package store

import (
	"context"
	"fmt"
	"reflect"
	"testing"
	"time"

	"laenderfeed/aggregator"
)

// The rules of polling that are kept here, each with a test of its name.

func TestRule02Restart(t *testing.T) {
	t.Run("due", testDue)
	t.Run("opened anew", testDueSurvives)
	t.Run("moments of publication", testMoments)
	t.Run("clock set back", testClockSetBack)
}

func TestRule04SlowDown(t *testing.T) {
	t.Run("host", testHostPause)
	t.Run("host moved to", testMovedPause)
}

func TestRule12NewSource(t *testing.T) {
	t.Run("first poll", testFirstPoll)
	t.Run("first poll that failed", testFirstPollThatFailed)
}

// testMoments stores as many moments of publication as there can be.
func testMoments(t *testing.T) {
	s := open1(t, "a")
	for _, n := range []int{256, 1, 0} {
		r := resultOf("a")
		for i := range n {
			r.State.Published = append(r.State.Published, t0.Add(time.Duration(i-n)*time.Hour))
		}
		save(t, s, r)
		st, err := s.Source(context.Background(), "a")
		if err != nil || !reflect.DeepEqual(st.State.Published, r.State.Published) {
			t.Errorf("%d moments came back as %v (%v)", n, st.State.Published, err)
		}
	}
	if got := decodeTimes([]byte{1, 2, 3}); got != nil {
		t.Errorf("three bytes are %v", got)
	}
}

// testClockSetBack polls while the clock is years ahead.
func testClockSetBack(t *testing.T) {
	s := open1(t, "a", "b", "yearly")
	future := t0.Add(4 * 365 * 24 * time.Hour)
	r := resultOf("a")
	r.At, r.State.LastChecked, r.State.NextCheck = future, future, future.Add(time.Hour)
	r.HostPause = future.Add(time.Hour)
	save(t, s, r)
	for _, id := range []string{"b", "yearly"} {
		r := resultOf(id)
		r.State.LastChecked, r.State.NextCheck = t0, t0.Add(366*24*time.Hour)
		save(t, s, r)
	}
	if got := due(t, s, t0.Add(time.Minute), 9); got != "a" {
		t.Errorf("after the clock was set right: due %q", got)
	}
	if got := due(t, s, future, 9); got != "b yearly" {
		t.Errorf("on that day: due %q", got)
	}
	if got := due(t, s, t0.Add(time.Minute), 0); got != "" {
		t.Errorf("none asked for: due %q", got)
	}
}

// testMovedPause pauses the host that a has moved to.
func testMovedPause(t *testing.T) {
	s := openAt(t, t.TempDir()+"/x.db")
	list := sourcesOf("a", "b", "grouped")
	list[2].HostGroup = "gruppe"
	putSources(t, s, list...)
	for i := range list {
		r := resultOf(list[i].ID)
		r.State.MovedTo, r.State.NextCheck = "https://Neu.example:8443/feed", t0
		if list[i].ID == "b" {
			r.State.MovedTo = ""
		}
		save(t, s, r)
	}
	if got := due(t, s, t0, 9); got != "a b grouped" {
		t.Fatalf("due %q", got)
	}
	r := resultOf("a")
	r.State.MovedTo, r.State.NextCheck = "https://Neu.example:8443/feed", t0
	r.Host, r.HostPause = "neu.example:8443", t0.Add(time.Hour)
	save(t, s, r)
	if got := due(t, s, t0, 9); got != "b grouped" {
		t.Errorf("while the new host is paused: due %q", got)
	}
	st, err := s.Source(context.Background(), "a")
	if err != nil || !st.HostPausedUntil.Equal(r.HostPause) || st.Host() != r.Host {
		t.Errorf("%+v (%v)", st, err)
	}
	generation := s.Generation()
	if putSources(t, s, list...); s.Generation() != generation {
		t.Error("the same list again moved the generation")
	}
	list[0].URL = "https://ganz-anders.example/"
	putSources(t, s, list...)
	if got := due(t, s, t0, 9); got != "a b grouped" {
		t.Errorf("with another URL: due %q", got)
	}
}

// TestMovedHostOfOldDatabases has the migration find the hosts of sources that
// moved before it.
func TestMovedHostOfOldDatabases(t *testing.T) {
	s := openAt(t, t.TempDir()+"/x.db")
	script, err := migrations.ReadFile("migrations/0007_rhythm.sql")
	if err != nil {
		t.Fatal(err)
	}
	for i, moved := range []string{"", "https://Neu.example/feed", "http://neu.example:8080", "https://neu.example?x=https://y/"} {
		putSources(t, s, sourceOf("a"))
		ctx, id := context.Background(), fmt.Sprint(i)
		for _, q := range []string{
			"UPDATE sources SET moved_to = '" + moved + "'",
			"ALTER TABLE sources DROP COLUMN published", "ALTER TABLE sources DROP COLUMN moved_host", string(script),
		} {
			if _, err := s.writer.conn.ExecContext(ctx, q); err != nil {
				t.Fatal(id, err)
			}
		}
		var got string
		if err := s.writer.conn.QueryRowContext(ctx, "SELECT moved_host FROM sources").Scan(&got); err != nil {
			t.Fatal(err)
		}
		if want := movedHost(&aggregator.State{MovedTo: moved}); got != want {
			t.Errorf("host of %q is %q, want %q", moved, got, want)
		}
	}
}
