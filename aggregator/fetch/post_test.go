package fetch

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"laenderfeed/aggregator"
)

func TestPost(t *testing.T) {
	var got []*http.Request
	var bodies []string
	target := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got, bodies = append(got, r), append(bodies, string(body))
		switch r.URL.Path {
		case "/307":
			http.Redirect(w, r, "/308", http.StatusTemporaryRedirect)
		case "/308":
			http.Redirect(w, r, "/", http.StatusPermanentRedirect)
		case "/302":
			http.Redirect(w, r, "/", http.StatusFound)
		case "/circle":
			http.Redirect(w, r, "/circle", http.StatusPermanentRedirect)
		case "/busy":
			w.Header().Set("Retry-After", "120")
			w.WriteHeader(http.StatusTooManyRequests)
		default:
			w.WriteHeader(http.StatusAccepted)
		}
	})
	c := newClient(t, Config{})
	form := url.Values{"hub.mode": {"subscribe"}, "hub.topic": {"https://a.example/?x&y=ü"}}
	for _, path := range []string{"/", "/307"} {
		got, bodies = nil, nil
		if err := c.Post(t.Context(), target+path, form, false); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for i, r := range got {
			if r.Method != http.MethodPost || bodies[i] != form.Encode() || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" ||
				r.Header.Get("User-Agent") != testAgent || r.Header.Get("Referer") != "" || r.Header.Get("Cookie") != "" {
				t.Errorf("%s, hop %d: %s %q %v", path, i, r.Method, bodies[i], r.Header)
			}
		}
		if want := map[string]int{"/": 1, "/307": 3}[path]; len(got) != want {
			t.Errorf("%s: %d requests, want %d", path, len(got), want)
		}
	}
	for _, tt := range []struct {
		url   string
		class aggregator.Class
		wait  time.Duration
	}{
		{target + "/302", aggregator.ClassRedirect, 0},
		{target + "/circle", aggregator.ClassRedirect, 0},
		{target + "/busy", aggregator.ClassRateLimited, 2 * time.Minute},
		{"ftp://a.example/", aggregator.ClassBlocked, 0},
		{"http://10.0.0.1/", aggregator.ClassBlocked, 0},
		{"http://127.0.0.1:1/", aggregator.ClassConnect, 0},
	} {
		err := c.Post(t.Context(), tt.url, form, false)
		failure, ok := errors.AsType[*aggregator.Error](err)
		if !ok || failure.Class != tt.class || failure.RetryAfter != tt.wait {
			t.Errorf("%s: %v", tt.url, err)
		}
	}
	if err := c.Post(t.Context(), target, form, true); aggregator.ClassOf(err) != aggregator.ClassBlocked {
		t.Errorf("what is inside, for a stranger: %v", err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if err := c.Post(stopped, target, form, false); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
}

func TestPostIsNotSentInTheClear(t *testing.T) {
	plain := 0
	down := serve(t, func(http.ResponseWriter, *http.Request) { plain++ })
	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, down, http.StatusPermanentRedirect)
	}))
	t.Cleanup(secure.Close)
	c := newClient(t, Config{RootCAs: secure.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs})
	err := c.Post(t.Context(), secure.URL, url.Values{"hub.secret": {"x"}}, false)
	if aggregator.ClassOf(err) != aggregator.ClassRedirect || plain != 0 {
		t.Errorf("%v, %d requests in the clear", err, plain)
	}
}
