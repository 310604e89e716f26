package main

import (
	"net/http"
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
