package main

import (
	"path/filepath"
	"testing"
	"time"

	"laenderfeed/aggregator"
	"laenderfeed/aggregator/store"
)

// An address on the host of known sources is asked as patiently as those are.
func TestStrangerSharesPatience(t *testing.T) {
	s, err := store.Open(t.Context(), store.Config{Path: filepath.Join(t.TempDir(), "x.db"), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	at := time.Now().Truncate(time.Second)
	if err := s.Note(t.Context(), aggregator.Result{Host: "gruppe", At: at, HostPause: at.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	known := []aggregator.SourceStatus{
		{Source: aggregator.Source{URL: "https://Amt.example/a", HostGroup: "gruppe"}},
		{Source: aggregator.Source{URL: "https://amt.example/b", CrawlDelay: 10 * time.Second}},
		{Source: aggregator.Source{URL: "https://other.example/b", CrawlDelay: time.Minute}},
	}
	a := &app{store: s}
	got, err := a.stranger(t.Context(), "https://amt.example/new", known)
	if err != nil || got.Host() != "gruppe" || got.CrawlDelay != 10*time.Second || !got.HostPausedUntil.Equal(at.Add(time.Hour)) || !got.HostLastRequest.Equal(at) {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err = a.stranger(t.Context(), "https://new.example/", known); err != nil || got.Host() != "new.example" || !got.HostPausedUntil.IsZero() {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestSameURL(t *testing.T) {
	tests := []struct {
		a, b string
		want bool
	}{
		{"https://a.example", "HTTPS://A.example/", true},
		{"https://a.example/x", "https://a.example/x/", false},
		{"https://a.example/?a", "https://a.example/?b", false},
		{"http://a.example/", "https://a.example/", false},
		{"%", "%", true},
		{"%", "https://a.example/", false},
	}
	for _, tt := range tests {
		if got := sameURL(tt.a, tt.b); got != tt.want {
			t.Errorf("%s, %s: %v", tt.a, tt.b, got)
		}
	}
}

func TestItemDate(t *testing.T) {
	for date, want := range map[string]string{
		"": "", "2026-11-19T23:00:00Z": "2026-11-20", "2026-07-19T22:00:00Z": "2026-07-20", "2026-11-20T12:00:00Z": "2026-11-20 13:00",
	} {
		if got := itemDate(date, nil); got != want {
			t.Errorf("%q: %q, want %q", date, got, want)
		}
	}
	if got := itemDate("2026-11-20T00:00:00Z", time.UTC); got != "2026-11-20" {
		t.Errorf("UTC: %q", got)
	}
}

func TestOneLine(t *testing.T) {
	if got := oneLine("a\nb\x1b[31m\u0085c  d\t"); got != "a b [31m c d" {
		t.Errorf("%q", got)
	}
}
