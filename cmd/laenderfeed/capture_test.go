package main

import (
	"bytes"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"laenderfeed/aggregator"
	"laenderfeed/aggregator/store"
	"laenderfeed/cmd/laenderfeed/demo"
	"laenderfeed/config"
)

var update = flag.Bool("update", false, "write what is read of testdata/captures now")

// TestCaptures reads every captured answer anew and compares with what was read
// when it was captured. A folder that sources capture has written is a test case
// as it is; after a change that is wanted, go test -run Captures -update writes
// what is read now.
func TestCaptures(t *testing.T) {
	dirs, err := filepath.Glob("testdata/captures/*")
	if err != nil || len(dirs) < 4 {
		t.Fatalf("%d captures, %v", len(dirs), err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			got := replay(t, dir)
			file := filepath.Join(dir, captureParsed)
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func replay(t *testing.T, dir string) []byte {
	t.Helper()
	parsed, err := replayCapture(dir)
	if err != nil {
		t.Fatal(err)
	}
	text, err := indented(parsed)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Every sample publisher can be captured, and its capture replayed.
func TestCaptureOfSamplePublishers(t *testing.T) {
	pubs, err := demo.Start(t.Context(), demo.Config{Tick: make(chan time.Time)})
	if err != nil {
		t.Fatal(err)
	}
	defer pubs.Close()
	dir := t.TempDir()
	path := writeConfig(t, dir, pubs.Hosts(), pubs.Sources())
	for _, s := range pubs.Sources() {
		code, _, stderr := runCommand(t, "sources", "capture", "--config", path, "--dir", filepath.Join(dir, "captures"), s.ID)
		if s.ID == "rathausreport" { // fails on purpose
			if code != exitFailed || !strings.Contains(stderr, "http-5xx") {
				t.Errorf("%s: exit code %d: %s", s.ID, code, stderr)
			}
			continue
		}
		if code != exitDone {
			t.Errorf("%s: exit code %d: %s", s.ID, code, stderr)
			continue
		}
		captured := filepath.Join(dir, "captures", s.ID)
		want, err := os.ReadFile(filepath.Join(captured, captureParsed))
		if err != nil {
			t.Fatal(err)
		}
		if got := replay(t, captured); !bytes.Equal(got, want) || !bytes.Contains(got, []byte(`"ok": true`)) {
			t.Errorf("%s: read again\n%s\nfirst\n%s", s.ID, got, want)
		}
	}
}

// writeConfig writes a configuration for sources on hosts of this machine.
func writeConfig(t *testing.T, dir string, hosts []string, sources []aggregator.Source) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("[storage]\npath = \"" + filepath.Join(dir, "test.db") + "\"\n[fetch]\nmin_interval = \"1s\"\nper_host_delay = \"0s\"\n" +
		"allow_private = [\"" + strings.Join(hosts, `", "`) + "\"]\n[catalogue]\nenable = []\n")
	for i := range sources {
		b.WriteString(config.FormatSource(&sources[i]))
	}
	path := filepath.Join(dir, "config.toml")
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func runCommand(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, log bytes.Buffer
	code = run(t.Context(), args, env{in: strings.NewReader(""), out: &out, err: &log, get: func(string) string { return "" }})
	return code, out.String(), log.String()
}

// What may hold a secret is not written down; what a test needs is.
func TestCaptureDropsSecrets(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "amt")
	resp := &aggregator.Response{URL: "https://amt.example/", Status: 200, Body: []byte("<rss version='2.0'/>"), Header: http.Header{
		"Set-Cookie": {"sid=GEHEIM"}, "X-Auth-Token": {"GEHEIM"}, "X-Csrf-Token": {"GEHEIM"}, "Www-Authenticate": {"GEHEIM"}, "X-Api-Key": {"GEHEIM"},
		"Etag": {`"v1"`}, "Content-Type": {"text/xml"},
	}}
	src := aggregator.Source{ID: "amt", Name: "Amt", URL: "https://amt.example/", Kind: aggregator.KindFeed, Type: "land", Licence: "full", Enabled: true}
	if _, err := writeCapture(dir, resp, &src, src.URL, time.Unix(0, 0).UTC()); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 4 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil || bytes.Contains(data, []byte("GEHEIM")) {
			t.Errorf("%s: %v\n%s", f.Name(), err, data)
		}
		if f.Name() == captureResponse && (!bytes.Contains(data, []byte(`\"v1\"`)) || !bytes.Contains(data, []byte("X-Csrf-Token"))) {
			t.Errorf("%s", data)
		}
	}
	if left, err := os.ReadDir(filepath.Dir(dir)); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// A public source that has validators is asked for everything once a day; one of
// one's own at any time.
func TestWholeAgain(t *testing.T) {
	cfg := config.Default()
	cfg.Fetch.AllowPrivate = []string{"10.0.0.1:81"}
	a := &app{cfg: cfg}
	full := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		url, group string
		state      aggregator.State
		want       time.Time
	}{
		{"https://amt.example/", "", aggregator.State{}, time.Time{}},
		{"https://amt.example/", "", aggregator.State{LastFull: full}, time.Time{}},
		{"https://amt.example/", "", aggregator.State{LastFull: full, ETag: "x"}, full.Add(24 * time.Hour)},
		{"https://amt.example/", "gruppe", aggregator.State{LastFull: full, LastModified: "x"}, full.Add(24 * time.Hour)},
		{"http://10.0.0.1:81/", "gruppe", aggregator.State{LastFull: full, ETag: "x"}, time.Time{}},
	}
	for _, tt := range tests {
		s := aggregator.SourceStatus{Source: aggregator.Source{URL: tt.url, HostGroup: tt.group}, State: tt.state}
		if got := a.wholeAgain(&s); !got.Equal(tt.want) {
			t.Errorf("%+v: %v, want %v", tt, got, tt.want)
		}
	}
}

// A pause that a check is told holds for all that comes after it, and whoever is
// paused is not asked.
func TestCheckKeepsPauses(t *testing.T) {
	var asked []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path) // one at a time, as there is one host
		if r.URL.Path == "/busy" {
			w.Header().Set("Retry-After", "3600")
			http.Error(w, "Ruhe bitte", http.StatusTooManyRequests)
			return
		}
		_, _ = io.WriteString(w, `<rss version="2.0"><channel><title>x</title></channel></rss>`)
	}))
	defer srv.Close()
	dir := t.TempDir()
	source := func(id string) aggregator.Source {
		return aggregator.Source{ID: id, Name: id, URL: srv.URL + "/" + id, Kind: aggregator.KindFeed, Type: "land", Licence: "excerpt", Enabled: true}
	}
	path := writeConfig(t, dir, []string{strings.TrimPrefix(srv.URL, "http://")}, []aggregator.Source{source("busy"), source("other")})
	if code, out, _ := runCommand(t, "sources", "check", "--config", path, "busy"); code != exitDone || !strings.Contains(out, "rate-limited 429") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
	for _, args := range [][]string{
		{"sources", "check", "--config", path},
		{"sources", "check", "--config", path, srv.URL + "/new"},
		{"sources", "capture", "--config", path, "--dir", dir, "other"},
		{"poll", "--config", path, "--all"},
	} {
		_, out, log := runCommand(t, args...)
		if !strings.Contains(out+log, "asked to be left alone") {
			t.Errorf("%v:\n%s%s", args, out, log)
		}
	}
	if !slices.Equal(asked, []string{"/busy"}) {
		t.Errorf("asked: %v", asked)
	}
	s, err := store.Open(t.Context(), store.Config{Path: filepath.Join(dir, "test.db"), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	due, err := s.Due(t.Context(), time.Now(), 10)
	if err != nil || len(due) != 0 {
		t.Errorf("due: %v, %v", due, err)
	}
}
