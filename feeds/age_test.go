package feeds

import (
	"testing"
	"time"

	"laenderfeed/aggregator"
)

func TestMaxAge(t *testing.T) {
	for interval, want := range map[time.Duration]time.Duration{
		0: time.Minute, 5 * time.Second: time.Minute, 15 * time.Minute: 5 * time.Minute, 24 * time.Hour: 15 * time.Minute,
	} {
		if got := MaxAge(interval); got != want {
			t.Errorf("polled every %v: %v, want %v", interval, got, want)
		}
	}
}

// TestCacheControlFollowsTheRhythm asks for what changes often, seldom and never.
func TestCacheControlFollowsTheRhythm(t *testing.T) {
	m := newMemory(years()...)
	ask := func(path string) string {
		t.Helper()
		w := get(withArchive(t, m), path)
		if w.Code != 200 {
			t.Fatalf("%s: %d", path, w.Code)
		}
		return w.Header().Get("Cache-Control")
	}
	source := "/quellen/" + dresden.ID + "/feed.atom"
	for _, c := range []struct {
		state aggregator.State
		want  string
	}{
		{aggregator.State{}, "public, max-age=300"},
		{aggregator.State{LastChecked: day}, "public, max-age=300"},
		{aggregator.State{LastChecked: day, NextCheck: day.Add(-time.Hour)}, "public, max-age=60"},
		{aggregator.State{LastChecked: day, NextCheck: day.Add(10*time.Minute + time.Second)}, "public, max-age=200"},
		{aggregator.State{LastChecked: day, NextCheck: day.Add(2 * time.Hour)}, "public, max-age=2400"},
		{aggregator.State{LastChecked: day, NextCheck: day.Add(24 * time.Hour)}, "public, max-age=3600"},
		{aggregator.State{LastChecked: day, NextCheck: day.Add(24 * time.Hour), PushedUntil: day.Add(240 * time.Hour)}, "public, max-age=300"},
	} {
		m.sources[0].State = c.state
		if got := ask(source); got != c.want {
			t.Errorf("%+v: %s, want %s", c.state, got, c.want)
		}
	}
	for path, want := range map[string]string{
		"/sachsen/feed.atom":                            "public, max-age=300",
		"/sachsen/archiv/2026/10/feed.atom":             "public, max-age=300", // not over
		"/sachsen/archiv/2026/08/feed.json":             "public, max-age=86400",
		"/sachsen/archiv/2026/08/teil-1/feed.rss":       "public, max-age=86400",
		"/quellen/senat-bremen/archiv/2026/07/feed.rss": "public, max-age=86400",
		"/sachsen/fristen.ics":                          "public, max-age=300",
		"/feeds.opml":                                   "public, max-age=300",
	} {
		if got := ask(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}
