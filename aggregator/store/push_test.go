package store

import (
	"errors"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"laenderfeed/aggregator"
)

func TestSubscriptionsAreKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	s := openAt(t, path)
	putSources(t, s, sourcesOf("a", "b")...)
	want := []aggregator.Subscription{
		{Token: "T1", Source: "a", Callback: "https://x.example/websub/T1", Hub: "https://hub.example/", Topic: "https://a.example/feed.xml", Secret: "geheim",
			State: aggregator.PushActive, Requested: t0, Verified: t0.Add(-time.Hour), Expires: t0.Add(time.Hour), Next: t0.Add(time.Minute), Attempts: 3},
		{Token: "T2", Source: "b", Hub: "https://hub.example/", Topic: "t", State: aggregator.PushOff, Next: t0, Reason: "nichts gesandt"},
	}
	for _, p := range []aggregator.Subscription{{Token: "T1", Source: "b", State: aggregator.PushPending}, want[0], want[1]} {
		if err := s.PutSubscription(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.PutSubscription(t.Context(), aggregator.Subscription{Token: "T3", Source: "c"}); !errors.Is(err, ErrUnknownSource) {
		t.Errorf("of an unknown source: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openAt(t, path)
	if got, err := s.Subscriptions(t.Context()); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, %v, want %+v", got, err, want)
	}
	a, errA := s.Source(t.Context(), "a")
	b, errB := s.Source(t.Context(), "b")
	if errA != nil || errB != nil || a.Push != "active" || !a.State.PushedUntil.Equal(t0.Add(time.Hour)) ||
		b.Push != "off: nichts gesandt" || !b.State.PushedUntil.IsZero() {
		t.Errorf("status: %q until %v, %q until %v (%v, %v)", a.Push, a.State.PushedUntil, b.Push, b.State.PushedUntil, errA, errB)
	}
	for range 2 { // the second time nothing is there
		if err := s.DropSubscription(t.Context(), "T1"); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.Subscriptions(t.Context()); err != nil || len(got) != 1 {
		t.Errorf("left: %v, %v", got, err)
	}
}

func TestHasten(t *testing.T) {
	tests := []struct {
		name  string
		state aggregator.State
		want  time.Time
	}{
		{"due later", aggregator.State{LastChecked: t0.Add(-time.Hour), NextCheck: t0.Add(20 * time.Hour)}, t0},
		{"due already", aggregator.State{LastChecked: t0.Add(-time.Hour), NextCheck: t0.Add(-time.Minute)}, t0.Add(-time.Minute)},
		{"just asked", aggregator.State{LastChecked: t0, NextCheck: t0.Add(20 * time.Hour)}, t0.Add(15 * time.Minute)},
		{"told to wait", aggregator.State{LastChecked: t0.Add(-time.Hour), RetryAfterUntil: t0.Add(2 * time.Hour), NextCheck: t0.Add(20 * time.Hour)}, t0.Add(2 * time.Hour)},
		{"still fresh", aggregator.State{LastChecked: t0, CacheUntil: t0.Add(time.Hour), NextCheck: t0.Add(20 * time.Hour)}, t0.Add(time.Hour)},
		{"fresh for ever", aggregator.State{LastChecked: t0, CacheUntil: t0.Add(9000 * time.Hour), NextCheck: t0.Add(30 * time.Hour)}, t0.Add(24 * time.Hour)},
		{"ttl", aggregator.State{LastChecked: t0, DeclaredTTL: 3 * time.Hour, NextCheck: t0.Add(20 * time.Hour)}, t0.Add(3 * time.Hour)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := open1(t, "a")
			if _, err := s.Save(t.Context(), aggregator.Result{Source: "a", At: t0, State: tt.state}); err != nil {
				t.Fatal(err)
			}
			if err := s.Hasten(t.Context(), "a", t0); err != nil {
				t.Fatal(err)
			}
			got, err := s.Source(t.Context(), "a")
			if err != nil || !got.State.NextCheck.Equal(tt.want) {
				t.Errorf("due %v (%v), want %v", got.State.NextCheck, err, tt.want)
			}
		})
	}
	s := open1(t, "a")
	if err := s.Hasten(t.Context(), "unbekannt", t0); err != nil {
		t.Errorf("an unknown source: %v", err)
	}
}

func TestPushedItemsLeaveThePollAlone(t *testing.T) {
	s := open1(t, "a")
	polled := resultOf("a", itemOf("1", 1, aggregator.Sachsen))
	polled.State.ETag = `"x"`
	if _, err := s.Save(t.Context(), polled); err != nil {
		t.Fatal(err)
	}
	before, err := s.Source(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	generation := s.Generation()
	pushed := aggregator.Result{Source: "a", At: t0.Add(time.Minute), Items: []aggregator.Item{itemOf("2", 0, aggregator.Sachsen)}, Pushed: true}
	pushed.State.Published = []time.Time{t0.Add(-time.Hour), t0.Add(time.Minute)}
	for round, want := range []aggregator.Saved{{New: 1}, {}} {
		if saved, err := s.Save(t.Context(), pushed); err != nil || saved != want {
			t.Errorf("round %d: %+v, %v", round, saved, err)
		}
	}
	before.State.Published = pushed.State.Published // this alone counts
	after, err := s.Source(t.Context(), "a")
	if err != nil || after.Items != 2 || !reflect.DeepEqual(after.State, before.State) || !after.HostLastRequest.Equal(before.HostLastRequest) {
		t.Errorf("before %+v, after %+v, %v", before, after, err)
	}
	if s.Generation() == generation {
		t.Error("readers are not told")
	}
}
