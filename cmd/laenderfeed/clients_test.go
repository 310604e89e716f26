package main

import (
	"database/sql"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // newsboat keeps what it read in SQLite
)

// TestReadersListWhatIsServed subscribes real feed readers to a stable set of
// feeds and compares the titles they list with those served.
func TestReadersListWhatIsServed(t *testing.T) {
	need(t, "newsboat")
	need(t, "sfeed_update")
	items := readGold(t)
	server := newGoldServer(t, items)
	config := goldConfig(t, server)
	pollOnce(t, config, "--all")
	p := startProcess(t, "run", "--config", config)
	for _, path := range []string{"/sachsen/feed.atom", "/bund/feed.rss", "/quellen/gold/feed.atom"} {
		want := []string{}
		for _, e := range p.atom(strings.TrimSuffix(path, filepath.Ext(path)) + ".atom") {
			want = append(want, e.Title)
		}
		slices.Sort(want)
		for name, read := range map[string]func(*testing.T, string) []string{"newsboat": newsboat, "sfeed": sfeed} {
			got := read(t, p.url+path)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s lists %d items of %s, %d are served:\n%q\n%q", name, len(got), path, len(want), got, want)
			}
		}
	}
	p.terminate()
}

func newsboat(t *testing.T, url string) []string {
	t.Helper()
	dir := t.TempDir()
	urls := writeFile(t, filepath.Join(dir, "urls"), url+"\n")
	conf := writeFile(t, filepath.Join(dir, "config"), "cleanup-on-quit no\n")
	cache := filepath.Join(dir, "cache.db")
	runClient(t, dir, "newsboat", "-C", conf, "-u", urls, "-c", cache, "-x", "reload")
	db, err := sql.Open("sqlite", cache)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query("select title from rss_item where deleted = 0")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var titles []string
	for rows.Next() {
		var title string
		if err := rows.Scan(&title); err != nil {
			t.Fatal(err)
		}
		titles = append(titles, html.UnescapeString(title))
	}
	return titles
}

func sfeed(t *testing.T, url string) []string {
	t.Helper()
	dir := t.TempDir()
	rc := writeFile(t, filepath.Join(dir, "sfeedrc"), fmt.Sprintf("sfeedpath='%s'\nfeeds() {\n\tfeed 'f' '%s'\n}\n", dir, url))
	runClient(t, dir, "sfeed_update", rc)
	data, err := os.ReadFile(filepath.Join(dir, "f"))
	if err != nil {
		t.Fatal(err)
	}
	var titles []string
	for line := range strings.Lines(string(data)) {
		if fields := strings.Split(line, "\t"); len(fields) > 1 {
			titles = append(titles, fields[1])
		}
	}
	return titles
}

func runClient(t *testing.T, home, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "HOME="+home)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}
