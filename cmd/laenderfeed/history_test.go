package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"laenderfeed/aggregator"
	"laenderfeed/aggregator/store"
	"laenderfeed/config"
)

// historySeen is when the items of history came in.
var historySeen = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// historyConfig has one source, which is never asked, and one own topic.
const historyRules = `[server]
listen = "127.0.0.1:0"
[catalogue]
enable = []
[[source]]
id = "presse"
name = "Presse"
url = "https://presse.example/feed"
enabled = false
[[topic]]
slug = "friedhof"
name = "Friedhof"
any = ["Friedhof", "Friedhöfe"]
`

// oldHistory makes a database of n items that an older rule set took for news of
// Sachsen, and a configuration for it. All but one are about Hessen and about
// graveyards.
func oldHistory(t testing.TB, n int) (file, db string) {
	t.Helper()
	dir := t.TempDir()
	db = filepath.Join(dir, "test.db")
	s, err := store.Open(t.Context(), store.Config{Path: db, Now: func() time.Time { return historySeen }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	src := aggregator.Source{ID: "presse", Name: "Presse", URL: "https://presse.example/feed", Kind: aggregator.KindFeed, Type: "presse",
		Licence: aggregator.LicenceExcerpt}
	if err := s.PutSources(t.Context(), []aggregator.Source{src}); err != nil {
		t.Fatal(err)
	}
	result := aggregator.Result{Source: "presse", At: historySeen, State: aggregator.State{LastSuccess: historySeen}}
	if _, err := s.Save(t.Context(), result); err != nil { // the first poll is bounded
		t.Fatal(err)
	}
	for i := range n {
		it := aggregator.Item{GUID: fmt.Sprint(i), Title: fmt.Sprintf("Wiesbaden: Friedhof erhält Karte %d", i), Link: fmt.Sprintf("https://presse.example/%d", i),
			Summary:   strings.Repeat("Die Verwaltung erneuert ihre Verzeichnisse und veröffentlicht sie. ", 15),
			Published: historySeen.Add(-time.Duration(i) * time.Minute), Labels: aggregator.Labels{Scope: aggregator.ScopeLand, Ruleset: "2020-01-01-00000000",
				Regions: []aggregator.Region{aggregator.Sachsen}, Reasons: []aggregator.Reason{{Label: "SN", Field: aggregator.FieldTitle, End: 9, Text: "Wiesbaden", Rule: "alt", Weight: 1}}}}
		if i == 0 {
			it.Title = "Dresden: Rathaus erhält Karte"
		}
		result.Items = append(result.Items, it)
	}
	if _, err := s.Save(t.Context(), result); err != nil {
		t.Fatal(err)
	}
	return writeFile(t, filepath.Join(dir, "config.toml"), fmt.Sprintf("[storage]\npath = %q\n", db)+historyRules), db
}

// stored reads all items of a database, those of a story each by itself: source by
// source, newest first.
func stored(t *testing.T, db string) []aggregator.Entry {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{Path: db})
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
	var list []aggregator.Entry
	for _, source := range sources {
		own, err := s.Entries(t.Context(), aggregator.Query{Source: source.ID, Limit: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, own...)
	}
	return list
}

// checkRenewed compares items before and after: their labels are right now, and
// nothing else has changed, nor has the order.
func checkRenewed(t *testing.T, before, after []aggregator.Entry) {
	t.Helper()
	if len(before) != len(after) {
		t.Fatalf("%d items, were %d", len(after), len(before))
	}
	for i := range before {
		was, is := before[i], after[i]
		want := []aggregator.Region{aggregator.Hessen}
		if strings.HasPrefix(is.Title, "Dresden") {
			want = []aggregator.Region{aggregator.Sachsen}
		}
		if !slices.Equal(is.Labels.Regions, want) || is.Labels.Ruleset == was.Labels.Ruleset || len(is.Labels.Reasons) == 0 {
			t.Errorf("%s: labels %+v", is.Title, is.Labels)
		}
		if slices.Contains(is.Labels.Topics, "friedhof") != strings.Contains(is.Title, "Friedhof") {
			t.Errorf("%s: topics %v", is.Title, is.Labels.Topics)
		}
		was.Labels, is.Labels = aggregator.Labels{}, aggregator.Labels{}
		if !reflect.DeepEqual(was.Item, is.Item) {
			t.Errorf("item is %+v, was %+v", is.Item, was.Item)
		}
	}
}

// TestReclassifyCommand does 250 items, tells what it did, and warns of a topic
// that says nothing.
func TestReclassifyCommand(t *testing.T) {
	file, db := oldHistory(t, 250)
	before := stored(t, db)
	var dry, done historyReport
	for _, r := range []struct {
		report *historyReport
		args   []string
	}{{&dry, []string{"--dry-run"}}, {&done, nil}} {
		out, msg, code := command(t, "", append([]string{"reclassify", "--config", file, "--json", "--examples", "3"}, r.args...)...)
		if code != 0 {
			t.Fatal(code, msg)
		}
		if err := json.Unmarshal([]byte(out), r.report); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(msg, `warning: "friedhof" is given to 249 of 250 items`) {
			t.Errorf("no warning: %s", msg)
		}
		if r.args != nil && !reflect.DeepEqual(stored(t, db), before) {
			t.Error("a dry run has changed something")
		}
	}
	checkRenewed(t, before, stored(t, db))
	if dry.Written != 0 || done.Written != 250 {
		t.Errorf("written %d and %d", dry.Written, done.Written)
	}
	dry.DryRun, dry.Written, dry.DurationMS = done.DryRun, done.Written, done.DurationMS
	if !reflect.DeepEqual(dry, done) {
		t.Errorf("the dry run foretold\n%+v\nand this came\n%+v", dry, done)
	}
	if done.Items != 250 || done.Changed != 250 || len(done.Warnings) != 1 || len(done.Examples) != 3 {
		t.Errorf("%+v", done)
	}
	find := func(list []labelShift, label string) (s labelShift) {
		if i := slices.IndexFunc(list, func(s labelShift) bool { return s.Label == label }); i >= 0 {
			s = list[i]
		}
		return s
	}
	if got, want := find(done.Regions, "HE"), (labelShift{"HE", "Hessen", 0, 249, 249, 0}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got, want := find(done.Regions, "SN"), (labelShift{"SN", "Sachsen", 250, 1, 0, 249}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got, want := find(done.Topics, "friedhof"), (labelShift{"friedhof", "Friedhof", 0, 249, 249, 0}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	// The newest are shown, the newest first, with the reasons of now and then.
	for i, want := range []string{"Dresden: Rathaus erhält Karte", "Wiesbaden: Friedhof erhält Karte 1", "Wiesbaden: Friedhof erhält Karte 2"} {
		if got := done.Examples[i].Title; got != want {
			t.Errorf("example %d is %q, want %q", i, got, want)
		}
	}
	x := done.Examples[2]
	if len(x.Lost) != 1 || x.Lost[0].Label != "SN" || x.Lost[0].Reason.Rule != "alt" {
		t.Errorf("lost %+v", x.Lost)
	}
	for _, g := range x.Gained {
		if g.Reason == nil || x.Title[g.Reason.Start:g.Reason.End] != g.Reason.Text {
			t.Errorf("gained %+v", g)
		}
	}
}

// TestDaemonRenewsHistory starts the daemon with other rules, kills it in the
// middle, and starts it again: it goes on, and readers see it.
func TestDaemonRenewsHistory(t *testing.T) {
	file, db := oldHistory(t, 700)
	before := stored(t, db)
	p := startProcess(t, "run", "--config", file)
	eventually(t, "some of history done", func() bool { return len(p.atom("/hessen/feed.atom")) > 0 })
	p.kill()
	p = startProcess(t, "run", "--config", file)
	eventually(t, "history done", func() bool { return strings.Contains(p.output(), "msg=reclassified") })
	if log := p.output(); strings.Contains(log, "msg=reclassifying items=700") {
		t.Errorf("it began anew:\n%s", log)
	}
	p.terminate()
	checkRenewed(t, before, stored(t, db))
	p = startProcess(t, "run", "--config", file)
	p.terminate()
	if log := p.output(); strings.Contains(log, "reclassif") {
		t.Errorf("there was nothing to do:\n%s", log)
	}
}

// TestRenewHistory does it inside of this process, with pauses, and ends it.
func TestRenewHistory(t *testing.T) {
	file, db := oldHistory(t, 230)
	before := stored(t, db)
	e := env{get: func(string) string { return "" }}
	cfg, err := e.loadConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	a, err := e.open(t.Context(), cfg, slog.New(slog.NewTextHandler(&log, nil)), nil)
	if err != nil {
		t.Fatal(err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	a.renewHistory(ended)
	if n, err := a.store.CountOutdated(t.Context(), a.classifier.Version()); n != 230 || err != nil {
		t.Errorf("%d are left when it is ended at once (%v)", n, err)
	}
	generation := a.store.Generation()
	a.renewHistory(t.Context())
	if got := a.store.Generation() - generation; got != 3 {
		t.Errorf("%d generations for three batches", got)
	}
	for _, want := range []string{"msg=reclassifying items=230", "msg=reclassified items=230 changed=230", `\"friedhof\" is given to 229 of 230 items`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %s in the log:\n%s", want, &log)
		}
	}
	if strings.Contains(log.String(), "ERROR") {
		t.Errorf("log:\n%s", &log)
	}
	if err := a.close(); err != nil {
		t.Fatal(err)
	}
	checkRenewed(t, before, stored(t, db))
}

func TestReach(t *testing.T) {
	cfg := &config.Config{Topics: []config.Topic{{Slug: "alles"}, {Slug: "nichts"}}, Regions: []config.Region{{Slug: "gebiet"}}}
	for _, tc := range []struct {
		items, all, region int
		want               []string
	}{
		{199, 199, 0, nil},
		{200, 200, 0, []string{"alles"}},
		{200, 190, 0, []string{"alles"}},
		{200, 189, 0, nil},
		{1000, 100, 999, []string{"gebiet"}},
		{0, 0, 0, nil},
	} {
		r := newReach(cfg)
		for i := range tc.items {
			var l aggregator.Labels
			if i < tc.all {
				l.Topics = []aggregator.Topic{"alles", "ki"}
			}
			if i < tc.region {
				l.Regions = []aggregator.Region{aggregator.Sachsen, "gebiet"}
			}
			r.add(l)
		}
		var got []string
		r.warn(func(msg string) { got = append(got, strings.Split(msg, `"`)[1]) })
		if !slices.Equal(got, tc.want) {
			t.Errorf("%+v: %v", tc, got)
		}
	}
}

// BenchmarkReclassify does 20,000 items as the command does, from an older rule
// set.
func BenchmarkReclassify(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		file, _ := oldHistory(b, 20_000)
		var out, msg bytes.Buffer
		b.StartTimer()
		if code := run(b.Context(), []string{"reclassify", "--config", file}, env{out: &out, err: &msg, get: func(string) string { return "" }}); code != 0 {
			b.Fatal(msg.String())
		}
	}
	b.ReportMetric(float64(20_000*b.N)/b.Elapsed().Seconds(), "items/s")
}
