package main

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // newsboat keeps what it read in SQLite

	"laenderfeed/feeds"
)

// listed is what a feed reader shows of an item: the time is in unix seconds.
type listed struct {
	Title, Link string
	Time        int64
}

// client reads a feed with a program of others. home is a folder of its own.
type client func(t *testing.T, home, url string) []listed

// clients are the programs that a feed is read with, by their names.
func clients(t *testing.T) map[string]client {
	t.Helper()
	for _, program := range []string{"newsboat", "sfeed_update", feedparserPython} {
		need(t, program)
	}
	if err := exec.Command(feedparserPython, "-c", "import feedparser").Run(); err != nil && os.Getenv("CI") == "" {
		t.Skip("python3-feedparser is not installed")
	}
	return map[string]client{"newsboat": newsboat, "sfeed": sfeed, "feedparser": feedparser}
}

// TestReadersListWhatIsServed subscribes real feed readers to a stable set of
// feeds and compares the titles they list with those served.
func TestReadersListWhatIsServed(t *testing.T) {
	programs := clients(t)
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
		for name, read := range programs {
			var got []string
			for _, it := range read(t, t.TempDir(), p.url+path) {
				got = append(got, it.Title)
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s lists %d items of %s, %d are served:\n%q\n%q", name, len(got), path, len(want), got, want)
			}
		}
	}
	p.terminate()
}

// TestReadersUnderstandOddItems has the same programs read the items that
// readers stumble over, in every kind of feed and both formats that they know.
// All list the same items, titles, dates and links, but for two ways of speaking:
// of a title with tags in it, which Atom declares to be HTML, sfeed and feedparser
// hand on the HTML, and feedparser takes the id of an Atom entry without a link
// for one.
func TestReadersUnderstandOddItems(t *testing.T) {
	programs := clients(t)
	a, url := trickySite(t)
	for _, s := range shapes() {
		if s.query.Seen.Part > 0 {
			continue // two thousand plain items
		}
		if s.query.Limit = a.cfg.Publish.Items; !s.query.Seen.IsZero() {
			s.query.Limit = 0
		}
		entries, err := a.store.Entries(t.Context(), s.query)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range []feeds.Format{feeds.Atom, feeds.RSS} {
			var want []listed
			for _, e := range entries {
				want = append(want, listed{e.Title, feeds.CleanURL(e.Link), e.Effective().Unix()})
			}
			for name, read := range programs {
				compareListed(t, fmt.Sprintf("%s in %s/feed.%s", name, s.path, f), read(t, t.TempDir(), url+s.path+"/feed."+string(f)), want)
			}
		}
	}
}

func compareListed(t *testing.T, what string, got, want []listed) {
	t.Helper()
	order := func(a, b listed) int { return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.Title, b.Title)) }
	slices.SortFunc(got, order)
	slices.SortFunc(want, order)
	if len(got) != len(want) {
		t.Errorf("%s: %d items, want %d", what, len(got), len(want))
		return
	}
	for i := range want {
		if strings.Contains(want[i].Title, "</") && strings.HasSuffix(what, ".atom") && !strings.HasPrefix(what, "newsboat") {
			got[i].Title = html.UnescapeString(got[i].Title)
		}
		if want[i].Link == "" && strings.HasPrefix(what, "feedparser") && strings.HasPrefix(got[i].Link, "urn:uuid:") {
			got[i].Link = ""
		}
		if got[i] != want[i] {
			t.Errorf("%s:\n got %+v\nwant %+v", what, got[i], want[i])
		}
	}
}

func newsboat(t *testing.T, dir, url string) (items []listed) {
	t.Helper()
	urls := writeFile(t, filepath.Join(dir, "urls"), url+"\n")
	conf := writeFile(t, filepath.Join(dir, "config"), "cleanup-on-quit no\n")
	cache := filepath.Join(dir, "cache.db")
	runClient(t, dir, "newsboat", "-C", conf, "-u", urls, "-c", cache, "-x", "reload")
	db, err := sql.Open("sqlite", cache)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query("select title, url, pubDate from rss_item where deleted = 0")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var it listed
		if err := rows.Scan(&it.Title, &it.Link, &it.Time); err != nil {
			t.Fatal(err)
		}
		items = append(items, it)
	}
	return items
}

func sfeed(t *testing.T, dir, url string) (items []listed) {
	t.Helper()
	rc := writeFile(t, filepath.Join(dir, "sfeedrc"), fmt.Sprintf("sfeedpath='%s'\nfeeds() {\n\tfeed 'f' '%s'\n}\n", dir, url))
	runClient(t, dir, "sfeed_update", rc)
	data, err := os.ReadFile(filepath.Join(dir, "f"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		fields := strings.Split(line, "\t") // sfeed(5): time, title, link, ...
		if len(fields) < 3 {
			t.Fatalf("sfeed writes %q", line)
		}
		at, err := strconv.ParseInt(fields[0], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, listed{fields[1], fields[2], at})
	}
	return items
}

// feedparserPython is the Python that Debian's modules are for.
const feedparserPython = "/usr/bin/python3"

func feedparser(t *testing.T, dir, url string) (items []listed) {
	t.Helper()
	const program = `
import calendar, feedparser, json, sys
feed = feedparser.parse(sys.argv[1])
if feed.bozo:
    sys.exit("%s: %s" % (sys.argv[1], feed.bozo_exception))
print(json.dumps([{"Title": e.title, "Link": e.get("link", ""), "Time": calendar.timegm(e.published_parsed)} for e in feed.entries]))`
	out := runClient(t, dir, feedparserPython, "-c", program, url)
	if err := json.Unmarshal(out, &items); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return items
}

// runClient runs a program and returns what it writes, messages included.
func runClient(t *testing.T, home, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "HOME="+home)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return out
}
