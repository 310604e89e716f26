package store

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"laenderfeed/aggregator"
)

// due returns the ids of the sources due, joined by spaces.
func due(t testing.TB, s *Store, now time.Time, n int) string {
	t.Helper()
	list, err := s.Due(context.Background(), now, n)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, st := range list {
		ids = append(ids, st.ID)
	}
	return strings.Join(ids, " ")
}

func testDue(t *testing.T) {
	s := openAt(t, t.TempDir()+"/x.db")
	list := sourcesOf("a", "b", "c", "d", "e", "off")
	list[5].Enabled = false
	list[3].HostGroup, list[4].HostGroup = "gruppe", "gruppe"
	putSources(t, s, list...)
	if got := due(t, s, t0, 10); got != "a b c d e" {
		t.Errorf("never polled: %q", got)
	}
	if got := due(t, s, t0, 2); got != "a b" {
		t.Errorf("two of them: %q", got)
	}
	for _, n := range []int{0, -1} {
		if got := due(t, s, t0, n); got != "" {
			t.Errorf("%d of them: %q", n, got)
		}
	}
	next := func(id string, at time.Time, host string, pause time.Time) {
		r := resultOf(id)
		r.State.NextCheck, r.Host, r.HostPause = at, host, pause
		save(t, s, r)
	}
	next("a", t0.Add(2*time.Minute), "a.example", time.Time{})
	next("b", t0.Add(time.Minute), "b.example", time.Time{})
	next("c", t0.Add(time.Hour), "c.example", time.Time{})
	next("d", t0, "gruppe", t0.Add(time.Hour)) // which pauses e too
	for _, tt := range []struct {
		after time.Duration
		want  string
	}{
		{0, ""},
		{59 * time.Second, ""},
		{time.Minute, "b"},
		{10 * time.Minute, "b a"}, // the longest overdue first
		{time.Hour, "e d b a c"},
	} {
		if got := due(t, s, t0.Add(tt.after), 10); got != tt.want {
			t.Errorf("after %v: %q, want %q", tt.after, got, tt.want)
		}
	}
	got, err := s.Due(context.Background(), t0.Add(time.Hour), 1)
	if err != nil || len(got) != 1 || !reflect.DeepEqual(got[0].Source, list[4]) || !got[0].HostPausedUntil.Equal(t0.Add(time.Hour)) {
		t.Errorf("%+v (%v)", got, err)
	}
}

// testDueSurvives opens the database anew: nothing may be due before its time.
func testDueSurvives(t *testing.T) {
	path := t.TempDir() + "/x.db"
	s, err := Open(context.Background(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	putSources(t, s, sourceOf("a"))
	save(t, s, resultOf("a"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openAt(t, path)
	putSources(t, s, sourceOf("a"))
	if got := due(t, s, t0.Add(59*time.Minute), 9); got != "" {
		t.Errorf("due %q", got)
	}
}

// state is what TestPutSources gives each source: every validator set.
func polledState() aggregator.State {
	return aggregator.State{ETag: `"e"`, LastModified: "m", BodySHA256: "s", LastFull: t0, LastChecked: t0, LastSuccess: t0, LastStatus: 200,
		NextCheck: t0.Add(time.Hour), RedirectTarget: "https://r.example/", RedirectSeen: 2, RedirectFirstSeen: t0, MovedTo: "https://m.example/", ItemsLast: 1, Rights: "© Amt"}
}

func TestPutSources(t *testing.T) {
	ctx := context.Background()
	for _, tt := range []struct {
		name  string
		edit  func(list []aggregator.Source) []aggregator.Source
		due   string   // at t0, without waiting
		names string   // of Sources
		items string   // origin/guid of every entry
		moved bool     // the generation
		fresh []string // sources whose item would be stored again
	}{
		{"the same", func(l []aggregator.Source) []aggregator.Source { return l }, "", "a b", "a/ga b/gb", false, nil},
		{"another order", func(l []aggregator.Source) []aggregator.Source { return []aggregator.Source{l[1], l[0]} }, "", "a b", "a/ga b/gb", false, nil},
		{"new", func(l []aggregator.Source) []aggregator.Source { return append(l, sourceOf("c")) }, "c", "a b c", "a/ga b/gb", true, []string{"c"}},
		{"gone", func(l []aggregator.Source) []aggregator.Source { return l[:1] }, "", "a", "a/ga b/gb", true, nil},
		{"all gone", func(l []aggregator.Source) []aggregator.Source { return nil }, "", "", "a/ga b/gb", true, nil},
		{"new name", func(l []aggregator.Source) []aggregator.Source { l[0].Name = "Neu"; return l }, "", "a b", "a/ga b/gb", true, nil},
		{"new URL", func(l []aggregator.Source) []aggregator.Source { l[0].URL = "https://neu.example/"; return l }, "a", "a b", "a/ga b/gb", true, nil},
		{"renamed", func(l []aggregator.Source) []aggregator.Source { l[0].ID = "z"; return l }, "", "b z", "z/ga b/gb", true, nil},
		{"renamed and moved is another", func(l []aggregator.Source) []aggregator.Source {
			l[0].ID, l[0].URL = "z", "https://z.example/"
			return l
		}, "z", "b z", "a/ga b/gb", true, []string{"z"}},
		{"names swapped", func(l []aggregator.Source) []aggregator.Source {
			l[0].URL, l[1].URL = l[1].URL, l[0].URL
			return l
		}, "a b", "a b", "a/ga b/gb", true, nil},
		{"disabled", func(l []aggregator.Source) []aggregator.Source { l[0].Enabled = false; return l }, "", "a b", "a/ga b/gb", true, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := open1(t, "a", "b")
			for i, id := range []string{"a", "b"} {
				r := resultOf(id, itemOf("g"+id, 1+i))
				r.State = polledState()
				save(t, s, r)
			}
			before := s.Generation()
			list := tt.edit(sourcesOf("a", "b"))
			putSources(t, s, list...)
			if (s.Generation() != before) != tt.moved {
				t.Errorf("generation moved: %v", !tt.moved)
			}
			if got := due(t, s, t0, 9); got != tt.due {
				t.Errorf("due %q, want %q", got, tt.due)
			}
			sources, err := s.Sources(ctx)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, st := range sources {
				names = append(names, st.ID)
				want := polledState()
				if strings.Contains(" "+tt.due+" ", " "+st.ID+" ") { // items, history and rights stay, the rest is forgotten
					want = aggregator.State{LastChecked: st.State.LastChecked, LastSuccess: st.State.LastSuccess,
						LastStatus: st.State.LastStatus, ItemsLast: st.State.ItemsLast}
					if !st.State.LastChecked.IsZero() {
						want.Rights = "© Amt"
					}
				}
				if !reflect.DeepEqual(st.State, want) {
					t.Errorf("state of %s\n%+v, want\n%+v", st.ID, st.State, want)
				}
			}
			if got := strings.Join(names, " "); got != tt.names {
				t.Errorf("sources %q, want %q", got, tt.names)
			}
			var items []string
			for _, e := range entries(t, s, aggregator.Query{}) {
				items = append(items, e.Origin.ID+"/"+e.GUID)
				if e.ID != aggregator.ItemID(e.GUID[1:], e.GUID) || e.Source != e.Origin.ID {
					t.Errorf("published id of %s changed, or its source is %q", e.GUID, e.Source)
				}
			}
			if got := strings.Join(items, " "); got != tt.items {
				t.Errorf("items %q, want %q", got, tt.items)
			}
			for _, src := range list {
				fresh, err := s.Fresh(ctx, src.ID, []aggregator.Item{itemOf("ga", 1), itemOf("gb", 2)})
				if err != nil || (len(fresh) == 2) != (len(tt.fresh) > 0 && src.ID == tt.fresh[0]) {
					t.Errorf("fresh for %s: %d (%v)", src.ID, len(fresh), err)
				}
			}
			before = s.Generation()
			putSources(t, s, list...)
			if s.Generation() != before {
				t.Error("the same list again moved the generation")
			}
			sound(t, s)
		})
	}
}

// TestSourceReturns takes a source out of the list and back in.
func TestSourceReturns(t *testing.T) {
	s := open1(t, "a", "b")
	save(t, s, resultOf("a", itemOf("g", 1)))
	putSources(t, s, sourceOf("b"))
	gone, err := s.Source(context.Background(), "a")
	if err != nil || gone.Enabled || gone.Name != "Quelle a" || gone.Items != 1 {
		t.Errorf("gone: %+v (%v)", gone, err)
	}
	if got := due(t, s, t0.Add(9*time.Hour), 9); got != "b" {
		t.Errorf("due %q", got)
	}
	putSources(t, s, sourcesOf("a", "b")...)
	if got := due(t, s, t0.Add(30*time.Minute), 9); got != "b" {
		t.Errorf("due %q: the source that is back kept no schedule", got)
	}
	if got := due(t, s, t0.Add(time.Hour), 9); got != "b a" {
		t.Errorf("due %q", got)
	}
}

// TestOldNameTakenAgain renames a to z, then adds another source a: their
// items must not share ids.
func TestOldNameTakenAgain(t *testing.T) {
	s := open1(t, "a")
	save(t, s, resultOf("a", itemOf("g", 1)))
	z := sourceOf("a")
	z.ID = "z"
	putSources(t, s, z)
	a := sourceOf("a")
	a.URL = "https://ganz-anders.example/"
	putSources(t, s, z, a)
	if got := save(t, s, resultOf("a", itemOf("g", 2))); got.New != 1 {
		t.Errorf("saved %+v", got)
	}
	save(t, s, resultOf("z", itemOf("neu", 3)))
	ids := map[string]bool{}
	var from []string
	for _, e := range entries(t, s, aggregator.Query{}) {
		ids[e.ID] = true
		from = append(from, e.Source)
	}
	if got := strings.Join(from, " "); len(ids) != 3 || got != "z a z" {
		t.Errorf("%d ids, from %q", len(ids), got)
	}
	sound(t, s)
}

func TestPutSourcesRefuses(t *testing.T) {
	s := open1(t, "a")
	for _, list := range [][]aggregator.Source{sourcesOf("b", "b"), sourcesOf("b", "")} {
		if err := s.PutSources(context.Background(), list); err == nil {
			t.Error("stored")
		}
	}
	if got := due(t, s, t0, 9); got != "a" {
		t.Errorf("due %q", got)
	}
}

func TestSourceNotFound(t *testing.T) {
	s := open1(t, "a")
	if _, err := s.Source(context.Background(), "b"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

// TestUnknownZone reads a source whose zone this machine does not know.
func TestUnknownZone(t *testing.T) {
	s := openAt(t, t.TempDir()+"/x.db")
	src := sourceOf("a")
	src.Zone = time.FixedZone("Mond/Krater", 60)
	putSources(t, s, src)
	if st, err := s.Source(context.Background(), "a"); err != nil || st.Zone != nil {
		t.Errorf("%v (%v)", st.Zone, err)
	}
	before := s.Generation()
	if putSources(t, s, src); s.Generation() != before {
		t.Error("the same source again moved the generation")
	}
}

// A note keeps the patience with a publisher and nothing else.
func TestNote(t *testing.T) {
	ctx := context.Background()
	s := openAt(t, t.TempDir()+"/x.db")
	putSources(t, s, sourceOf("a"))
	before := sourceState(t, s, "a")
	r := resultOf("a", fullItem())
	r.Host, r.HostPause = before.Host(), t0.Add(time.Hour)
	r.State = aggregator.State{LastFull: t0, RetryAfterUntil: t0.Add(2 * time.Hour), LastStatus: 429, Failures: 3, Class: aggregator.ClassRateLimited, ETag: "x"}
	if err := s.Note(ctx, r); err != nil {
		t.Fatal(err)
	}
	// What comes later shortens nothing.
	r.HostPause, r.State.LastFull, r.State.RetryAfterUntil = t0.Add(time.Minute), t0.Add(-time.Hour), time.Time{}
	if err := s.Note(ctx, r); err != nil {
		t.Fatal(err)
	}
	got := sourceState(t, s, "a")
	want := before
	want.State.LastFull, want.State.RetryAfterUntil, want.State.NextCheck = t0, t0.Add(2*time.Hour), t0.Add(2*time.Hour)
	want.HostPausedUntil, want.HostLastRequest = t0.Add(time.Hour), r.At
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}

	// A host without sources of ours.
	r = aggregator.Result{Source: "https://b.example/", Host: "b.example", At: t0, HostPause: t0.Add(time.Minute)}
	if err := s.Note(ctx, r); err != nil {
		t.Fatal(err)
	}
	if asked, paused, err := s.Host(ctx, "b.example"); err != nil || !asked.Equal(t0) || !paused.Equal(t0.Add(time.Minute)) {
		t.Errorf("asked %v, paused until %v, %v", asked, paused, err)
	}
	if asked, paused, err := s.Host(ctx, "c.example"); err != nil || !asked.IsZero() || !paused.IsZero() {
		t.Errorf("never asked: %v, %v, %v", asked, paused, err)
	}
}

func sourceState(t *testing.T, s *Store, id string) aggregator.SourceStatus {
	t.Helper()
	st, err := s.Source(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return st
}
