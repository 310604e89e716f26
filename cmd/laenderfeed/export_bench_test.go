package main

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"laenderfeed/aggregator"
	"laenderfeed/aggregator/store"
)

// exportWords make texts that compress as prose does; some name a day.
var exportWords = strings.Fields(`der die das und in von mit für auf ist im dem nicht ein eine als auch es an werden aus er hat dass sie
	Verwaltung Haushalt Register Portal Dienst Bürgerbüro Gesundheit Vergabe Förderung Gemeinde Stadt Bezirk Netz Archiv Antrag Kreis
	bis 31.12.2026 Frist Bewerbungen Digitalministerium Onlinezugangsgesetz Breitbandausbau Schulen Sicherheit`)

func exportText(r *rand.Rand, n int) string {
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(exportWords[r.IntN(len(exportWords))] + " ")
	}
	return b.String()
}

// exportStore makes a database of so many sources, each polled so often, twice a
// month, with so many new items each time, of all Länder and topics and a few
// Gemeinden; and a configuration for it.
func exportStore(t testing.TB, sources, polls, items int) (file, db string) {
	t.Helper()
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	towns := []string{"14612000", "14713000", "08222000", "09162000", "06414000", "05315000", "03241001", "01002000"}
	dir := t.TempDir()
	db = filepath.Join(dir, "test.db")
	clock := now
	s, err := store.Open(t.Context(), store.Config{Path: db, Now: func() time.Time { return clock }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var list []aggregator.Source
	var b strings.Builder
	fmt.Fprintf(&b, "[server]\npublic_url = \"https://feeds.example.de\"\n[storage]\npath = %q\n[catalogue]\nenable = []\n", db)
	for i := range sources {
		src := aggregator.Source{ID: fmt.Sprintf("quelle-%d", i), Name: fmt.Sprintf("Quelle %d", i), URL: fmt.Sprintf("https://amt%d.example/feed", i),
			Kind: aggregator.KindFeed, Type: "presse", Licence: aggregator.LicenceExcerpt}
		list = append(list, src)
		fmt.Fprintf(&b, "[[source]]\nid = %q\nname = %q\nurl = %q\nenabled = false\n", src.ID, src.Name, src.URL)
	}
	if err := s.PutSources(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	topics := aggregator.Topics()
	for at := range polls {
		for i := range sources {
			res := aggregator.Result{Source: list[i].ID, At: now.AddDate(0, 0, -15*(polls-1-at)), State: aggregator.State{LastSuccess: now}}
			clock = res.At
			for k := range items {
				land := aggregator.Laender()[i%16]
				id := fmt.Sprintf("https://amt%d.example/%d/%d", i, at, k)
				res.Items = append(res.Items, aggregator.Item{GUID: id, Link: id, Title: exportText(r, 70), Summary: exportText(r, 300+r.IntN(900)),
					Published: res.At.Add(-time.Duration(k) * time.Hour),
					Labels: aggregator.Labels{Scope: aggregator.ScopeLand, Regions: []aggregator.Region{land}, Ruleset: "x",
						Topics: []aggregator.Topic{topics[r.IntN(len(topics))], topics[r.IntN(len(topics))]},
						Places: []aggregator.Place{{Key: towns[r.IntN(len(towns))], Name: "Ort", Kind: aggregator.Gemeinde}}}})
			}
			if _, err := s.Save(t.Context(), res); err != nil {
				t.Fatal(err)
			}
		}
	}
	return writeFile(t, filepath.Join(dir, "config.toml"), b.String()), db
}

// BenchmarkExport exports 20,000 items: the first time into an empty folder, and
// again when nothing has changed.
func BenchmarkExport(b *testing.B) {
	file, _ := exportStore(b, 200, 20, 5)
	dir := filepath.Join(b.TempDir(), "tree")
	export := func(b *testing.B, dir string) {
		var out, errs strings.Builder
		e := env{in: strings.NewReader(""), out: &out, err: &errs, get: func(string) string { return "" }}
		if code := run(b.Context(), []string{"export", "--config", file, dir}, e); code != exitDone {
			b.Fatal(errs.String())
		}
		b.Log(out.String())
	}
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			export(b, filepath.Join(b.TempDir(), "tree"))
		}
	})
	export(b, dir)
	b.Run("again", func(b *testing.B) {
		for b.Loop() {
			export(b, dir)
		}
	})
}
