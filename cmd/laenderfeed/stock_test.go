package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"laenderfeed/aggregator"
	"laenderfeed/aggregator/store"
)

// stock is what a database is filled with: so many sources, each polled so often,
// with so many new items each time, of all Länder and topics and a few Gemeinden.
type stock struct {
	dir                   string // "" means a new one that goes with the test
	sources, polls, items int
	step                  time.Duration                // between two polls; 0 means 15 days
	text                  func(*rand.Rand, int) string // about so many bytes; nil means stockText
}

// stockNow is when the last poll of a stock was.
var stockNow = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// stockTowns are the Gemeinden of a stock.
var stockTowns = []string{"14612000", "14713000", "08222000", "09162000", "06414000", "05315000", "03241001", "01002000"}

// stockWords make texts that compress as prose does; some name a day.
var stockWords = strings.Fields(`der die das und in von mit für auf ist im dem nicht ein eine als auch es an werden aus er hat dass sie
	Verwaltung Haushalt Register Portal Dienst Bürgerbüro Gesundheit Vergabe Förderung Gemeinde Stadt Bezirk Netz Archiv Antrag Kreis
	bis 31.12.2026 Frist Bewerbungen Digitalministerium Onlinezugangsgesetz Breitbandausbau Schulen Sicherheit`)

func stockText(r *rand.Rand, n int) string {
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(stockWords[r.IntN(len(stockWords))] + " ")
	}
	return b.String()
}

// fill makes the database and a configuration for it. A database that is there
// already is left as it is.
func (k stock) fill(t testing.TB) (file, db string) {
	t.Helper()
	if k.dir == "" {
		k.dir = t.TempDir()
	}
	if k.step == 0 {
		k.step = 15 * 24 * time.Hour
	}
	if k.text == nil {
		k.text = stockText
	}
	db = filepath.Join(k.dir, "test.db")
	var list []aggregator.Source
	var b strings.Builder
	fmt.Fprintf(&b, "[server]\npublic_url = \"https://feeds.example.de\"\n[storage]\npath = %q\n[catalogue]\nenable = []\n", db)
	for i := range k.sources {
		src := aggregator.Source{ID: fmt.Sprintf("quelle-%d", i), Name: fmt.Sprintf("Quelle %d", i), URL: fmt.Sprintf("https://amt%d.example/feed", i),
			Kind: aggregator.KindFeed, Type: "presse", Licence: aggregator.LicenceExcerpt}
		list = append(list, src)
		fmt.Fprintf(&b, "[[source]]\nid = %q\nname = %q\nurl = %q\nenabled = false\n", src.ID, src.Name, src.URL)
	}
	file = writeFile(t, filepath.Join(k.dir, "config.toml"), b.String())
	if _, err := os.Stat(db); err != nil {
		k.store(t, db, list)
	}
	return file, db
}

// store saves all the polls.
func (k stock) store(t testing.TB, db string, list []aggregator.Source) {
	t.Helper()
	var at time.Time
	s, err := store.Open(t.Context(), store.Config{Path: db, Now: func() time.Time { return at }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.PutSources(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for n := range k.polls {
		at = stockNow.Add(-time.Duration(k.polls-1-n) * k.step)
		for i := range k.sources {
			if _, err := s.Save(t.Context(), k.poll(r, i, n, at)); err != nil {
				t.Fatal(err)
			}
		}
		if n%10 == 9 || n == k.polls-1 { // as the daemon does in quiet times
			if err := s.Tidy(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// poll is the nth one of a source.
func (k stock) poll(r *rand.Rand, source, n int, at time.Time) aggregator.Result {
	res := aggregator.Result{Source: fmt.Sprintf("quelle-%d", source), At: at, State: aggregator.State{LastSuccess: stockNow}}
	topics := aggregator.Topics()
	for i := range k.items {
		land := aggregator.Laender()[source%16]
		id := fmt.Sprintf("https://amt%d.example/%d/%d", source, n, i)
		res.Items = append(res.Items, aggregator.Item{GUID: id, Link: id, Title: k.text(r, 70), Summary: k.text(r, 300+r.IntN(900)),
			Published: at.Add(-time.Duration(i) * time.Hour),
			Labels: aggregator.Labels{Scope: aggregator.ScopeLand, Regions: []aggregator.Region{land}, Ruleset: "x",
				Topics: []aggregator.Topic{topics[r.IntN(len(topics))], topics[r.IntN(len(topics))]},
				Places: []aggregator.Place{{Key: stockTowns[r.IntN(len(stockTowns))], Name: "Ort", Kind: aggregator.Gemeinde}}}})
	}
	return res
}
