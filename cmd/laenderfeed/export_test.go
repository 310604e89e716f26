package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"laenderfeed/aggregator"
	"laenderfeed/aggregator/store"
	"laenderfeed/feeds"
	"laenderfeed/feeds/static"
)

// export runs the command and returns its report.
func export(t testing.TB, args ...string) (report exportReport) {
	t.Helper()
	var out, errs strings.Builder
	e := env{in: strings.NewReader(""), out: &out, err: &errs, get: func(string) string { return "" }}
	if code := run(t.Context(), append([]string{"export", "--json"}, args...), e); code != exitDone {
		t.Fatalf("exit %d: %s", code, errs.String())
	}
	if err := json.Unmarshal([]byte(out.String()), &report); err != nil {
		t.Fatalf("%v in %s", err, out.String())
	}
	return report
}

// live is the handler that the daemon would serve from a configuration.
func live(t testing.TB, file string) (*app, http.Handler) {
	t.Helper()
	e := env{get: func(string) string { return "" }}
	cfg, err := e.loadConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	a, err := e.open(t.Context(), cfg, discard(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.close() })
	h, err := a.handler(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return a, h
}

// liveAnswer asks a handler for a path.
func liveAnswer(h http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.URL = &url.URL{Path: path}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// exported returns the names of the files of an export, without the manifest.
func exported(t testing.TB, dir string) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && name != ".laenderfeed-export.json" {
			names[name] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// pathOf is the path that a file is the answer for.
func pathOf(name string) string {
	return "/" + strings.TrimSuffix(strings.TrimSuffix(name, "index.html"), "/")
}

// TestExport goes through the life of an exported folder.
func TestExport(t *testing.T) {
	unraced(t)
	file, db := stock{sources: 3, polls: 3, items: 2}.fill(t)
	dir := filepath.Join(t.TempDir(), "Ausgabe für alle")
	report := export(t, "--config", file, dir)
	t.Run("served", func(t *testing.T) { checkServed(t, file, dir, report) })
	t.Run("nginx", func(t *testing.T) { checkNginx(t, file, dir) })
	t.Run("again", func(t *testing.T) { checkAgain(t, file, db, dir, report) })
	t.Run("spared", func(t *testing.T) { checkSpared(t, file, db, dir) })
	t.Run("removal", func(t *testing.T) { checkRemoval(t, file, db, dir) })
}

// checkServed compares every file with what the daemon answers, and follows every
// link of the pages.
func checkServed(t *testing.T, file, dir string, report exportReport) {
	names := exported(t, dir)
	if report.Written != len(names) || report.Documents*2 != len(names) || report.Unchanged+report.Removed != 0 {
		t.Errorf("%+v of %d files", report, len(names))
	}
	_, h := live(t, file)
	dead := map[string]bool{}
	for name := range names {
		plain, isTwin := strings.CutSuffix(name, ".gz")
		if isTwin {
			if !names[plain] {
				t.Errorf("%s is alone", name)
			}
			continue
		}
		body := checkFile(t, dir, name, liveAnswer(h, pathOf(name)))
		if strings.HasSuffix(name, ".html") {
			deadLinks(t, body, names, dead)
		}
	}
	checkDead(t, h, dead)
	for _, path := range []string{"/", "/bot", "/quellen", "/ort", "/favicon.svg", "/feeds.opml", "/sachsen/feeds.opml", "/alle/feed.atom", "/unklar/feed.rss",
		"/bund", "/saarland/e-payment/feed.json", "/saarland/e-payment", "/international/ki/fristen.ics", "/quellen/quelle-2/feed.atom", "/quellen/quelle-2",
		"/ort/14612000/feed.atom", "/ort/14625/feed.atom", "/ort/091/feed.json", "/alle/archiv/2026/10/feed.atom", "/hessen/archiv/2026/11/feed.rss"} {
		if !names[static.Name(path)] {
			t.Errorf("%s is not exported", path)
		}
	}
}

// checkFile compares a file and its twin with an answer, and returns its bytes.
func checkFile(t *testing.T, dir, name string, w *httptest.ResponseRecorder) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	if w.Code != http.StatusOK || !bytes.Equal(body, w.Body.Bytes()) {
		t.Errorf("%s: the answer is %d with %d bytes, the file has %d", name, w.Code, w.Body.Len(), len(body))
	}
	twin, err := os.ReadFile(filepath.Join(dir, name+".gz"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(twin))
	if err != nil {
		t.Fatalf("%s.gz: %v", name, err)
	}
	if plain, err := io.ReadAll(r); err != nil || !bytes.Equal(plain, body) {
		t.Errorf("%s.gz: %v, %d bytes, want %d", name, err, len(plain), len(body))
	}
	if at := w.Header().Get("Last-Modified"); at != "" {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.ModTime().UTC().Format(http.TimeFormat) != at {
			t.Errorf("%s is of %v, the answer of %s (%v)", name, info.ModTime(), at, err)
		}
	}
	return body
}

// deadLinks enters the links of a page inside the site that lead to no file.
func deadLinks(t *testing.T, page []byte, names, dead map[string]bool) {
	t.Helper()
	doc, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		for _, a := range n.Attr {
			u, err := url.Parse(a.Val)
			if a.Key != "href" || err != nil || u.Host != "" || u.Path == "" {
				continue
			}
			if !names[static.Name(u.Path)] || u.RawQuery != "" {
				dead[a.Val] = true
			}
		}
	}
}

// checkDead wants what has no file to be what is said to have none.
func checkDead(t *testing.T, h http.Handler, dead map[string]bool) {
	t.Helper()
	quietPlace := regexp.MustCompile(`^/ort/\d{8,9}(-\d\d)?-[a-z0-9-]+$`) // Gemeinden without items
	for link := range dead {
		if link != "/sachsen+thueringen/ozg+ki/feed.atom" && !quietPlace.MatchString(link) && !strings.Contains(link, "?vor=") && link != "/suche" {
			t.Errorf("a page links %s, which is not exported", link)
		}
	}
	if w := liveAnswer(h, "/ort/14625020-bautzen"); w.Code != http.StatusOK {
		t.Errorf("a place without items: %d", w.Code)
	}
}

// checkAgain exports a second time: nothing is written unless something has
// changed, and then nothing else.
func checkAgain(t *testing.T, file, db, dir string, first exportReport) {
	before := times(t, dir)
	if again := export(t, "--config", file, dir); again.Written != 0 || again.Bytes != 0 || again.Removed != 0 || again.Unchanged != first.Written {
		t.Errorf("nothing has changed: %+v after %+v", again, first)
	}
	if touched := changedSince(t, dir, before); len(touched) > 0 {
		t.Errorf("touched %v", touched)
	}

	addItem(t, db, aggregator.Item{GUID: "neu", Title: "Neu", Link: "https://amt1.example/neu", Published: time.Date(2026, 11, 21, 13, 0, 0, 0, time.UTC),
		Labels: aggregator.Labels{Scope: aggregator.ScopeLand, Regions: []aggregator.Region{aggregator.Saarland}, Topics: []aggregator.Topic{"kfz"}}})
	report := export(t, "--config", file, dir)
	touched := changedSince(t, dir, before)
	if report.Written != len(touched) || len(touched) == 0 {
		t.Errorf("%+v, but %d files have changed", report, len(touched))
	}
	belongs := regexp.MustCompile(`^(index\.html|(alle|saarland)(/kfz)?/(feed\.(atom|rss|json)|index\.html|fristen\.ics)|quellen(/quelle-1)?/(feed\.(atom|rss|json)|index\.html|fristen\.ics)|` +
		`(alle|saarland)/archiv/2026/11/feed\.(atom|rss|json))(\.gz)?$`)
	for _, name := range touched {
		if !belongs.MatchString(name) {
			t.Errorf("%s was written for an item that is not in it", name)
		}
	}
	for _, name := range []string{"saarland/kfz/feed.atom", "saarland/kfz/feed.atom.gz", "alle/archiv/2026/11/feed.json", "quellen/quelle-1/feed.rss", "index.html"} {
		if !slices.Contains(touched, name) {
			t.Errorf("%s was not written", name)
		}
	}
}

// checkSpared brings a folder up to date after changes of every kind: it is then
// what an export into an empty folder makes, and feeds were rendered only where
// something they are made of has changed, or their files.
func checkSpared(t *testing.T, file, db, dir string) {
	pages := 0
	for name := range exported(t, dir) {
		if !strings.HasSuffix(name, ".gz") && !feeds.IsFeed(pathOf(name)) {
			pages++
		}
	}
	again := export(t, "--config", file, dir)
	if again.Rendered != pages || pages == 0 || pages > again.Documents/2 {
		t.Errorf("nothing has changed: %+v, %d pages", again, pages)
	}
	for _, tt := range []struct {
		name   string
		change func()
		feeds  int // rendered
	}{
		{"a new item", func() {
			addItem(t, db, aggregator.Item{GUID: "neuer", Title: "Neuer", Link: "https://amt1.example/neuer", Published: time.Date(2026, 11, 21, 13, 0, 0, 0, time.UTC),
				Labels: aggregator.Labels{Scope: aggregator.ScopeLand, Regions: []aggregator.Region{aggregator.Saarland}}})
		}, again.Documents - pages},
		{"the configuration", func() {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			writeFile(t, file, string(text)+"\n[publish]\ntitle_prefix = \"Anders: \"\n")
		}, again.Documents - pages},
		{"files, and how polling stands", func() { damage(t, db, filepath.Join(dir, "saarland")) }, 3},
	} {
		tt.change()
		got, full := export(t, "--config", file, dir), filepath.Join(t.TempDir(), "www")
		if want := export(t, "--config", file, full); got.Documents != want.Documents || got.Rendered != tt.feeds+pages ||
			got.Written == 0 || got.Written+got.Unchanged != want.Written {
			t.Errorf("%s: %+v, in full %+v, %d pages", tt.name, got, want, pages)
		}
		checkSame(t, tt.name, dir, full)
	}
}

// damage removes a feed, puts other bytes of the same number and time into another
// one and cuts the twin of a third, and polls a source that has nothing new.
func damage(t *testing.T, db, dir string) {
	t.Helper()
	altered := filepath.Join(dir, "feed.rss")
	info, err := os.Stat(altered)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, altered, strings.Repeat("x", int(info.Size())))
	writeFile(t, filepath.Join(dir, "feed.json.gz"), "\x1f\x8b\x08")
	if err := errors.Join(os.Chtimes(altered, info.ModTime(), info.ModTime()), os.Remove(filepath.Join(dir, "feed.atom"))); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Config{Path: db})
	if err != nil {
		t.Fatal(err)
	}
	at := stockNow.Add(48 * time.Hour)
	_, err = s.Save(t.Context(), aggregator.Result{Source: "quelle-1", At: at,
		State: aggregator.State{LastChecked: at, LastSuccess: at, NextCheck: at.Add(time.Hour)}})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
}

// checkSame wants two exports to be the same to the byte.
func checkSame(t *testing.T, after, dir, full string) {
	t.Helper()
	names := exported(t, full)
	if !maps.Equal(exported(t, dir), names) {
		t.Errorf("%s: other files than in full", after)
	}
	for name := range names {
		have, errHave := os.ReadFile(filepath.Join(dir, name))
		want, errWant := os.ReadFile(filepath.Join(full, name))
		if err := errors.Join(errHave, errWant); err != nil || !bytes.Equal(have, want) {
			t.Errorf("%s: %s is otherwise than in full (%v)", after, name, err)
		}
	}
}

// checkRemoval purges a month and takes a source out: their files go, and nothing
// else does.
func checkRemoval(t *testing.T, file, db, dir string) {
	t.Helper()
	writeFile(t, filepath.Join(dir, "robots.txt"), "User-agent: *\n")
	writeFile(t, filepath.Join(dir, "quellen", "quelle-2", "notiz.txt"), "meins")
	s, err := store.Open(t.Context(), store.Config{Path: db})
	if err != nil {
		t.Fatal(err)
	}
	n, err := s.Purge(t.Context(), time.Date(2026, 11, 10, 0, 0, 0, 0, time.UTC))
	if err := errors.Join(err, s.Close()); err != nil || n == 0 {
		t.Fatalf("%d items purged, %v", n, err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	short, _, found := strings.Cut(string(text), "[[source]]\nid = \"quelle-2\"")
	if !found {
		t.Fatal("no such source")
	}
	writeFile(t, file, short)
	old := exported(t, dir)
	report := export(t, "--config", file, dir)
	names := exported(t, dir)
	if report.Removed != len(old)-len(names) || report.Removed == 0 {
		t.Errorf("%+v, but there were %d files and are %d", report, len(old), len(names))
	}
	for name := range old { // October is purged
		gone := strings.HasPrefix(name, "quellen/quelle-2/") && !strings.HasSuffix(name, "notiz.txt") || strings.Contains(name, "/archiv/2026/10/")
		if gone == names[name] && !strings.HasPrefix(name, "ort/") { // places may have lost their last items
			t.Errorf("%s: still there: %t", name, names[name])
		}
	}
	a, _ := live(t, file)
	p, err := a.publish(t.Context(), a.cfg.Server.PublicURL, a.store, nil)
	if err != nil {
		t.Fatal(err)
	}
	paths, err := a.paths(t.Context(), p, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if name := static.Name(path); !names[name] || !names[name+".gz"] {
			t.Errorf("%s is missing", name)
		}
	}
	if want := 2*len(paths) + len([]string{"robots.txt", "notiz.txt"}); len(names) != want {
		t.Errorf("%d files, want %d", len(names), want)
	}
}

// addItem saves one more item of quelle-1.
func addItem(t testing.TB, db string, it aggregator.Item) {
	t.Helper()
	at := time.Date(2026, 11, 21, 14, 0, 0, 0, time.UTC)
	s, err := store.Open(t.Context(), store.Config{Path: db, Now: func() time.Time { return at }})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Save(t.Context(), aggregator.Result{Source: "quelle-1", At: at, State: aggregator.State{LastSuccess: at}, Items: []aggregator.Item{it}})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
}

// times returns which file is of which time, and which inode holds it: a file
// that is written again is another one.
func times(t testing.TB, dir string) map[string]os.FileInfo {
	t.Helper()
	all := map[string]os.FileInfo{}
	for name := range exported(t, dir) {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		all[name] = info
	}
	return all
}

func changedSince(t testing.TB, dir string, before map[string]os.FileInfo) (changed []string) {
	t.Helper()
	for name, now := range times(t, dir) {
		if was := before[name]; was == nil || !os.SameFile(was, now) || !was.ModTime().Equal(now.ModTime()) || was.Size() != now.Size() {
			changed = append(changed, name)
		}
	}
	return changed
}

// cancelAfter are items that end a context when they are read for the nth time.
type cancelAfter struct {
	archived
	cancel context.CancelFunc
	left   int
}

// Entries counts down.
func (c *cancelAfter) Entries(ctx context.Context, q aggregator.Query) ([]aggregator.Entry, error) {
	if c.left--; c.left == 0 {
		c.cancel()
	}
	return c.archived.Entries(ctx, q)
}

// TestExportInterrupted ends an export in the middle: what is there is complete,
// and the next one goes on.
func TestExportInterrupted(t *testing.T) {
	file, _ := stock{sources: 2, polls: 1, items: 1}.fill(t)
	a, h := live(t, file)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	p, err := a.publish(ctx, a.cfg.Server.PublicURL, &cancelAfter{a.store, cancel, 150}, nil)
	if err != nil {
		t.Fatal(err)
	}
	paths, err := a.paths(ctx, p, false)
	if err != nil {
		t.Fatal(err)
	}
	paths = paths[:300]
	dir, e := filepath.Join(t.TempDir(), "www"), env{err: io.Discard}
	fill := func(ctx context.Context) (static.Counts, error) {
		folder, err := static.Open(static.Config{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = e.fill(ctx, p, paths, folder, ""); err == nil {
			err = folder.Finish("")
		}
		return folder.Counts, errors.Join(err, folder.Close())
	}
	if _, err := fill(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("interrupted: %v", err)
	}
	some := exported(t, dir)
	if len(some) < 100 || len(some) == 2*len(paths) {
		t.Errorf("only %d files", len(some))
	}
	for name := range some {
		if !strings.HasSuffix(name, ".gz") {
			checkFile(t, dir, name, liveAnswer(h, pathOf(name)))
		}
	}
	counts, err := fill(t.Context())
	if err != nil || counts.Unchanged != len(some) || counts.Written != 2*len(paths)-len(some) || counts.Removed != 0 {
		t.Errorf("%d files, then %+v, %v", len(some), counts, err)
	}
}

// TestStillReadsOnce asks for the same items in several ways.
func TestStillReadsOnce(t *testing.T) {
	file, _ := stock{sources: 2, polls: 2, items: 30}.fill(t)
	a, _ := live(t, file)
	counted := &cancelAfter{a.store, func() {}, 0}
	s := &still{archived: counted}
	ask := func(q aggregator.Query, reads int) {
		t.Helper()
		want, err := a.store.Entries(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Entries(t.Context(), q)
		if fmt.Sprint(got) != fmt.Sprint(want) || err != nil {
			t.Errorf("%+v: %d items, want %d (%v)", q, len(got), len(want), err)
		}
		if -counted.left != reads {
			t.Errorf("%+v: %d reads, want %d", q, -counted.left, reads)
		}
	}
	ask(aggregator.Query{Limit: 60}, 1)
	ask(aggregator.Query{Limit: 7}, 1)
	ask(aggregator.Query{Limit: 61}, 2)
	ask(aggregator.Query{Limit: 200}, 3)
	ask(aggregator.Query{Limit: 500}, 4)
	land := []aggregator.Region{aggregator.BadenWuerttemberg}
	ask(aggregator.Query{Regions: land, Limit: 50}, 5)
	ask(aggregator.Query{Regions: land, Topics: []aggregator.Topic{"ki"}, Limit: 50}, 6)
	ask(aggregator.Query{Source: "quelle-1", Limit: 50}, 7)
	ask(aggregator.Query{Places: []string{"14612000"}, Limit: 50}, 8)
	ask(aggregator.Query{Places: []string{"14612000"}, Limit: 10}, 8)
	month := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	ask(aggregator.Query{Seen: aggregator.Arrivals{From: month, To: month.AddDate(0, 1, 0)}, Limit: 50}, 9)
	first, err := s.Sources(t.Context())
	second, err2 := s.Sources(t.Context())
	want, err3 := a.store.Sources(t.Context())
	if err := cmp.Or(err, err2, err3); err != nil || len(first) != len(want) || &first[0] != &second[0] {
		t.Errorf("%d sources, %v", len(first), err)
	}
}

func TestOnceEach(t *testing.T) {
	calls := 0
	find := onceEach(func(text string, at time.Time) []aggregator.Deadline {
		calls++
		return []aggregator.Deadline{{Sentence: text, Start: at}}
	})
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for range 2 {
		for _, text := range []string{"a", "b"} {
			for _, at := range []time.Time{now, now.Add(time.Hour)} {
				if got := find(text, at); len(got) != 1 || got[0].Sentence != text || !got[0].Start.Equal(at) {
					t.Errorf("%q at %v: %+v", text, at, got)
				}
			}
		}
	}
	if calls != 4 {
		t.Errorf("%d calls, want 4", calls)
	}
}
