package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"laenderfeed/aggregator/store"
)

const (
	killFeeds = 60
	killItems = 20
)

// killSite serves killFeeds feeds of killItems items each, slowly enough to be
// interrupted, and counts the answers.
func killSite(t *testing.T, answered *atomic.Int64) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(10 * time.Millisecond)
		w.Header().Set("Content-Type", "application/rss+xml")
		w.Header().Set("ETag", `"1"`)
		if r.Header.Get("If-None-Match") == `"1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		fmt.Fprintf(w, `<rss version="2.0"><channel><title>%s</title>`, r.URL.Path)
		for i := range killItems {
			fmt.Fprintf(w, `<item><title>Meldung %d von %s</title><guid isPermaLink="false">%d</guid><description>Text</description></item>`, i, r.URL.Path, i)
		}
		fmt.Fprint(w, `</channel></rss>`)
		answered.Add(1)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func killConfig(t *testing.T, site string) (config, db string) {
	dir := t.TempDir()
	db = filepath.Join(dir, "laenderfeed.db")
	var b strings.Builder
	fmt.Fprintf(&b, "[server]\nlisten = \"127.0.0.1:0\"\n[storage]\npath = %q\n[fetch]\nmin_interval = \"15m\"\nper_host_delay = \"0s\"\nallow_private = [%q]\n[catalogue]\nenable = []\n",
		db, strings.TrimPrefix(site, "http://"))
	for i := range killFeeds {
		fmt.Fprintf(&b, "[[source]]\nid = \"s%d\"\nname = \"S%d\"\nurl = \"%s/%d\"\ntype = \"presse\"\n", i, i, site, i)
	}
	return writeFile(t, filepath.Join(dir, "config.toml"), b.String()), db
}

func TestKilledPollLosesAndRepeatsNothing(t *testing.T) {
	var answered atomic.Int64
	config, db := killConfig(t, killSite(t, &answered))
	for round := int64(1); round <= 3; round++ {
		p := startProcess(t, "run", "--config", config)
		eventually(t, "a third of the feeds asked", func() bool { return answered.Load() >= round*killFeeds/4 })
		p.kill()
	}
	p := startProcess(t, "run", "--config", config)
	eventually(t, "every feed stored", func() bool { return storedItems(t, db) == killFeeds*killItems })
	p.terminate()
	if n := answered.Load(); n > killFeeds+3*16 {
		t.Errorf("%d full answers for %d feeds: more than what was under way was asked again", n, killFeeds)
	}
	s, err := store.Open(t.Context(), store.Config{Path: db, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
	sources, err := s.Sources(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, src := range sources {
		if src.Enabled && src.Items != killItems {
			t.Errorf("%s has %d items, want %d", src.ID, src.Items, killItems)
		}
	}
}

// storedItems counts what a database holds while a daemon writes it.
func storedItems(t *testing.T, db string) int {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{Path: db, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	sources, err := s.Sources(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, src := range sources {
		n += src.Items
	}
	return n
}
