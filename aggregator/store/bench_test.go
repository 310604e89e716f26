package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"laenderfeed/aggregator"
)

// syllables make compound nouns enough for a realistic vocabulary of some
// ten thousand words.
var syllables = strings.Fields(`Antrag Bürger Verwaltung Haushalt Daten Register Portal Dienst Melde Sozial Schul Verkehr Umwelt
	Gesundheit Steuer Bau Personal Plan Sicherheit Vergabe Förder Land Kommunal Kreis Gemeinde Stadt Bezirk Netz Wolke Archiv`)

var fillers = strings.Fields(`der die das und in von mit für auf ist im dem nicht ein eine als auch es an werden aus er hat dass sie
	nach wird bei noch wie einem über einen zum haben nur oder aber vor zur bis mehr durch man sein wurde wenn`)

// prose returns about n bytes of text.
func prose(r *rand.Rand, n int) string {
	var b strings.Builder
	for b.Len() < n {
		switch r.IntN(10) {
		case 0:
			fmt.Fprintf(&b, "%d ", r.IntN(2000))
		case 1, 2, 3:
			b.WriteString(syllables[r.IntN(len(syllables))] + "s" + strings.ToLower(syllables[r.IntN(len(syllables))]) + ". ")
		default:
			b.WriteString(fillers[r.IntN(len(fillers))] + " ")
		}
	}
	return strings.TrimSpace(b.String())
}

// newsItem makes the nth item of a source: every fifth source has full text.
func newsItem(r *rand.Rand, source, n int, at time.Time) aggregator.Item {
	land := aggregator.Laender()[source%16]
	topics := aggregator.Topics()
	it := aggregator.Item{
		GUID: fmt.Sprintf("https://amt%d.example/meldung/%d", source, n), Link: fmt.Sprintf("https://amt%d.example/meldung/%d", source, n),
		Title: prose(r, 70), Summary: prose(r, 300+r.IntN(1100)), Categories: []string{land.Name(), "Digitales"},
		Published: at.Add(-time.Duration(n) * 90 * time.Minute),
		Labels: aggregator.Labels{Scope: aggregator.ScopeLand, Regions: []aggregator.Region{land}, Ruleset: "2026-11-21",
			Topics: []aggregator.Topic{topics[r.IntN(len(topics))], topics[r.IntN(len(topics))]},
			Places: []aggregator.Place{{Key: land.Key() + "000001", Name: "Ort", Kind: aggregator.Gemeinde}}},
	}
	if source%5 == 0 {
		it.Content = "<p>" + prose(r, 2500) + "</p>"
	}
	for i, t := range it.Labels.Topics {
		it.Labels.Reasons = append(it.Labels.Reasons,
			aggregator.Reason{Label: string(t), Field: aggregator.FieldTitle, Start: i, End: i + 8, Text: "Register", Rule: "topic.any", Weight: 2.5})
	}
	it.Labels.Reasons = append(it.Labels.Reasons,
		aggregator.Reason{Label: land.Code(), Field: aggregator.FieldSummary, Start: 0, End: 7, Text: land.Name(), Rule: "prefix.land", Weight: 3})
	return it
}

// poll makes a result of n new items.
func poll(r *rand.Rand, source, from, n int, at time.Time) aggregator.Result {
	res := aggregator.Result{Source: fmt.Sprintf("quelle-%d", source), At: at, Host: fmt.Sprintf("amt%d.example", source),
		State: aggregator.State{ETag: `"abc"`, LastChecked: at, NextCheck: at.Add(time.Hour), LastStatus: 200, LastSuccess: at, ItemsLast: n}}
	for i := range n {
		res.Items = append(res.Items, newsItem(r, source, from+i, at))
	}
	return res
}

var benchTime = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// openBench opens a database with n sources.
func openBench(tb testing.TB, n int) *Store {
	tb.Helper()
	s, err := Open(context.Background(), Config{Path: filepath.Join(tb.TempDir(), "bench.db"), Now: func() time.Time { return benchTime }})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	var list []aggregator.Source
	for i := range n {
		list = append(list, aggregator.Source{ID: fmt.Sprintf("quelle-%d", i), Name: fmt.Sprintf("Quelle %d", i),
			URL: fmt.Sprintf("https://amt%d.example/feed.xml", i), Kind: aggregator.KindFeed, Enabled: true})
	}
	if err := s.PutSources(context.Background(), list); err != nil {
		tb.Fatal(err)
	}
	return s
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkSaveNew stores 20 new items for each operation, as the first poll
// of many sources does.
func BenchmarkSaveNew(b *testing.B) {
	s := openBench(b, b.N)
	r := rand.New(rand.NewPCG(1, 2))
	b.ReportAllocs()
	var cpu time.Duration
	for i := 0; i < b.N; i++ {
		b.StopTimer()
		res := poll(r, i, 0, 20, benchTime)
		b.StartTimer()
		from := cpuTime()
		if _, err := s.Save(context.Background(), res); err != nil {
			b.Fatal(err)
		}
		cpu += cpuTime() - from
	}
	b.ReportMetric(float64(20*b.N)/b.Elapsed().Seconds(), "items/s")
	b.ReportMetric(float64(cpu.Microseconds())/float64(20*b.N), "cpu-µs/item")
}

// TestFirstPollCost stores what a thousand feeds bring at first and prints the
// CPU time; set LAENDERFEED_COST to run it.
func TestFirstPollCost(t *testing.T) {
	if os.Getenv("LAENDERFEED_COST") == "" {
		t.Skip("LAENDERFEED_COST is not set")
	}
	s := openBench(t, 1000)
	r := rand.New(rand.NewPCG(1, 2))
	var cpu time.Duration
	for i := range 1000 {
		res := poll(r, i, 0, 20, benchTime)
		from := cpuTime()
		if _, err := s.Save(context.Background(), res); err != nil {
			t.Fatal(err)
		}
		cpu += cpuTime() - from
	}
	t.Logf("20000 items: %v CPU", cpu)
	status, _ := os.ReadFile("/proc/self/status")
	for _, line := range strings.Split(string(status), "\n") {
		if strings.HasPrefix(line, "VmHWM") {
			t.Log(line)
		}
	}
}

// BenchmarkSaveUnchanged saves polls that brought nothing: a 304, and twenty
// known items.
func BenchmarkSaveUnchanged(b *testing.B) {
	s := openBench(b, 1)
	known := poll(rand.New(rand.NewPCG(1, 2)), 0, 0, 20, benchTime)
	save(b, s, known)
	empty := known
	empty.Items = nil
	for name, res := range map[string]aggregator.Result{"304": empty, "20items": known} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if got := save(b, s, res); got != (aggregator.Saved{}) {
					b.Fatal(got)
				}
			}
		})
	}
}

// BenchmarkFresh compares twenty known items with what is stored.
func BenchmarkFresh(b *testing.B) {
	s := openBench(b, 1)
	known := poll(rand.New(rand.NewPCG(1, 2)), 0, 0, 20, benchTime)
	save(b, s, known)
	b.ReportAllocs()
	for b.Loop() {
		if got, err := s.Fresh(context.Background(), known.Source, known.Items); err != nil || len(got) != 0 {
			b.Fatal(len(got), err)
		}
	}
}

// BenchmarkDue asks a thousand sources.
func BenchmarkDue(b *testing.B) {
	s := openBench(b, 1000)
	for name, n := range map[string]int{"16": 16, "1000": 1000} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if got, err := s.Due(context.Background(), benchTime, n); err != nil || len(got) != n {
					b.Fatal(len(got), err)
				}
			}
		})
	}
}
