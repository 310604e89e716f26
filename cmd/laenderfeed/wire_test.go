package main

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"laenderfeed/aggregator"
)

// TestLocation: a Content-Location counts on the host that was asked.
func TestLocation(t *testing.T) {
	for header, want := range map[string]string{
		"":                            "https://www.example.de/presse/feed",
		"feed.de.xml":                 "https://www.example.de/presse/feed.de.xml",
		"/amt/feed.xml":               "https://www.example.de/amt/feed.xml",
		"https://WWW.example.de/feed": "https://WWW.example.de/feed",
		"http://www.example.de/feed":  "",
		"https://10.0.0.7/feed":       "",
		"https://www.example.de:8/":   "",
		"javascript:alert(1)":         "",
		"http://[":                    "",
	} {
		resp := &aggregator.Response{URL: "https://www.example.de/presse/feed", Header: http.Header{}}
		resp.Header.Set("Content-Location", header)
		if got := location(resp); got != want {
			t.Errorf("%q is %q, want %q", header, got, want)
		}
	}
}

func TestScoreIsLogged(t *testing.T) {
	var lines strings.Builder
	a := &app{log: slog.New(slog.NewTextHandler(&lines, nil)), poller: aggregator.NewPoller(aggregator.PollerConfig{})}
	if err := a.logScore(t.Context()); err != nil || !strings.Contains(lines.String(), "requests=0 not_modified_share=0.00 unconditional=0 refetches=0 early=0") {
		t.Errorf("%v: %s", err, lines.String())
	}
}
