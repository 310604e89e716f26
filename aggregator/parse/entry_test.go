package parse

import (
	"strings"
	"testing"

	"laenderfeed/aggregator"
)

// TestBare: a headline without the date and the note on its file around it.
func TestBare(t *testing.T) {
	p := newPage(newReader(Options{Now: now}))
	for in, want := range map[string]string{
		"Neues Portal eröffnet":                              "Neues Portal eröffnet",
		"20.11.2026: Neues Portal eröffnet":                  "Neues Portal eröffnet",
		"20. November 2026 – Neues Portal eröffnet":          "Neues Portal eröffnet",
		"[8.7.24] Neues Portal eröffnet":                     "Neues Portal eröffnet",
		"Neues Portal eröffnet (PDF, 200 KB)":                "Neues Portal eröffnet",
		"Neues Portal eröffnet [PDF, 1,2 MB, barrierefrei]":  "Neues Portal eröffnet",
		"Neues Portal eröffnet (20.11.2026)":                 "Neues Portal eröffnet",
		"Neues Portal eröffnet | 20.11.2026":                 "Neues Portal eröffnet",
		"Haushalt 2026 (Entwurf)":                            "Haushalt 2026 (Entwurf)",
		"20.11.2026":                                         "20.11.2026",
		"Am 20.11.2026 öffnet das Portal":                    "Am 20.11.2026 öffnet das Portal",
		"500 Jahre Reformation: Feier im Landtag":            "500 Jahre Reformation: Feier im Landtag",
		"3. Dezember 2026 wird Aktionstag für Barrierefreie": "wird Aktionstag für Barrierefreie",
	} {
		if got := p.bare(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}

// TestLinkTexts: which texts of links say nothing, and which turn the page.
func TestLinkTexts(t *testing.T) {
	for text, want := range map[string]string{
		"mehr": "more", "Mehr ...": "more", "[mehr]": "more", "» mehr": "more", "Weiterlesen →": "more", "Zur Pressemitteilung": "more", "PDF": "more",
		"Ganzen Artikel lesen": "more", "Die vollständige Meldung lesen": "more", "Mehr erfahren": "more", "Details": "more", "hier": "more",
		"Mehr Geld für Gemeinden": "", "Details zum Haushalt beschlossen": "", "Zum Artikel 10 Grundgesetz": "", "Pressefreiheit stärken": "",
		"2": "page", "»": "page", "nächste Seite": "page", "Seite 3": "page", "Ältere Beiträge": "page", "Mehr laden": "page", "Weitere Meldungen laden": "page",
		"Nächste Runde der Förderung startet": "", "Zurück zur Papierakte? Nein!": "", "Weiter so: Digitalbilanz": "", "20.11.2026": "",
	} {
		p := mustPage(t, `<a href="/1">`+text+`</a>`)
		got := ""
		switch a := p.doc.Find("a").Nodes[0]; {
		case pager(a, p):
			got = "page"
		case p.isMore(text):
			got = "more"
		}
		if got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

// TestNeverItems: addresses that lead to no article, and those that turn pages,
// are no items.
func TestNeverItems(t *testing.T) {
	list := `<ul class="n"><li>20.11.2026 <a href="/1">Neues Portal für Anträge in Betrieb</a></li>
		<li>19.11.2026 <a href="javascript:oeffne(2)">Ein Skript statt einer Adresse hier</a></li>
		<li>18.11.2026 <a href="mailto:presse@example.de">Schreiben Sie an unsere Pressestelle</a></li>
		<li>17.11.2026 <a href="tel:+49351">Rufen Sie in unserer Pressestelle an</a></li>
		<li>16.11.2026 <a href="#top">Zurück an den Anfang dieser Seite</a></li>
		<li>15.11.2026 <a href="https://www.example.de/presse/#liste">Springen Sie zur Liste der Meldungen</a></li>
		<li>14.11.2026 <a href="/presse/">Diese Seite der Meldungen noch einmal</a></li>
		<li><a href="?seite=2">2</a></li><li><a href="?seite=2">nächste Seite</a></li><li><a rel="next" href="?seite=2">Noch mehr von diesen Meldungen lesen</a></li>
		<li>13.11.2026 <a href="/2">Breitband für alle Schulen im Land</a></li><li>12.11.2026 <a href="/3">Bürgerämter öffnen am Samstag</a></li></ul>`
	for _, s := range []aggregator.Selectors{{}, {Item: ".n li"}, {Item: ".n li", Link: "a"}, {Item: ".n li", Title: "a", Date: "li"}} {
		doc := mustParse(t, strings.Replace(page1, "LIST", list, 1), Options{URL: "https://www.example.de/presse/", Now: now, Kind: aggregator.KindHTML, Selectors: s})
		var links []string
		for _, it := range doc.Items {
			links = append(links, strings.TrimPrefix(it.Link, "https://www.example.de"))
		}
		if got := strings.Join(links, " "); got != "/1 /2 /3" {
			t.Errorf("%+v finds %s", s, got)
		}
	}
}

// mustPage opens a page of markup.
func mustPage(t *testing.T, markup string) *page {
	t.Helper()
	p, err := newReader(Options{URL: "https://www.example.de/", Now: now}).open([]byte(markup))
	if err != nil {
		t.Fatal(err)
	}
	return p
}
