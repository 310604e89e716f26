package classify

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"laenderfeed/aggregator"
)

// sampleText is an article of about a kilobyte.
var sampleText = aggregator.Text{
	Title:   "Landkreis Bautzen: Breitbandausbau geht in die letzte Runde",
	Summary: "Der Freistaat und der Bund fördern den Ausbau mit 28 Millionen Euro. Landrat und Bürgermeister aus Kamenz und Hoyerswerda unterzeichneten die Verträge.",
	Content: "Bis Ende 2027 sollen 9.400 Haushalte, 120 Schulen und 800 Unternehmen einen Glasfaseranschluss erhalten. Wie in Niedersachsen " +
		"setzt der Kreis auf das Betreibermodell. Die Stadtwerke übernehmen den Bau, den Betrieb ein Unternehmen aus München. Die Ausschreibung " +
		"lief europaweit, am Ende lagen vier Angebote vor. Kritik gab es an der langen Dauer der Genehmigungen: Allein die Abstimmung mit dem " +
		"Landesamt für Straßenbau dauerte ein Jahr. Inzwischen sind die Unterlagen digital und lassen sich über das Portal Amt24 einreichen. Die " +
		"Digitalagentur Sachsen begleitet das Vorhaben, das Bundesministerium für Verkehr gab im Frühjahr den vorläufigen Bescheid. Damit sind " +
		"auch die letzten weißen Flecken im Landkreis versorgt. Ein weiteres Förderprogramm für die grauen Flecken ist beantragt.",
	Link: "https://www.kommune21.de/meldung_40000.html",
}

// newsItems are what a feed holds most: a headline, some sentences, and sometimes
// the whole text.
var newsItems = []aggregator.Text{
	{
		Title: "Hamm: 12 Millionen Euro für den Glasfaserausbau",
		Summary: "Die Stadt Hamm stellt für den Breitbandausbau in den kommenden drei Jahren rund 12 Millionen Euro bereit. Nach Angaben der Verwaltung " +
			"werden zuerst Schulen und Gewerbegebiete angeschlossen. Grundlage ist die Gigabitförderung des Bundes, die Ausschreibung beginnt im Herbst.",
		Categories: []string{"Nordrhein-Westfalen", "Breitband"},
		Link:       "https://www.stadtnachrichten.de/a/2/15",
	},
	{
		Title: "IT-Planungsrat beschließt Eckpunkte für eID und Nutzerkonto",
		Summary: "Grundlage ist das Onlinezugangsgesetz (OZG), das Bund, Länder und Kommunen zur Digitalisierung ihrer Leistungen verpflichtet. Die Anmeldung " +
			"erfolgt künftig über die BundID oder den Online-Ausweis. Für Künstliche Intelligenz in der Verwaltung stehen 16 Millionen Euro bereit. Die FITKO " +
			"begleitet das Vorhaben, ein Bericht über den Stand soll jedes Quartal erscheinen; größere Änderungen am Zeitplan sind nicht geplant. Weitere " +
			"Informationen, Ansprechpartner und Termine stehen auf der Seite des Projekts.",
		Categories: []string{"Bund", "OZG-Umsetzung"},
		Link:       "https://www.stadtnachrichten.de/a/2/16",
		Prior:      aggregator.Hessen,
	},
	{
		Title: "Dresdner Kommunen setzen gemeinsam auf die E-Akte",
		Summary: "Bürgerinnen und Bürger in Pirna können die Gewerbeanmeldung ohne Behördengang beantragen, teilte die Stadtverwaltung mit. Die sächsische " +
			"Staatsregierung will bis Ende des Jahres 26 weitere Leistungen vollständig digital anbieten. Das Fachverfahren kommt aus dem Rechenzentrum der KISA.",
		Content: sampleText.Content,
		Link:    "https://www.stadtnachrichten.de/a/2/17",
	},
}

// BenchmarkItems classifies the items in turn.
func BenchmarkItems(b *testing.B) {
	c := newClassifier(b)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		c.Classify(newsItems[i%len(newsItems)])
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		if _, err := New(Config{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkClassify(b *testing.B) {
	c := newClassifier(b)
	b.SetBytes(int64(len(sampleText.Title) + len(sampleText.Summary) + len(sampleText.Content)))
	b.ReportAllocs()
	for b.Loop() {
		c.Classify(sampleText)
	}
}

// BenchmarkLength shows that the work grows with the text and not faster.
func BenchmarkLength(b *testing.B) {
	c := newClassifier(b)
	for _, kb := range []int{1, 10, 100} {
		b.Run(fmt.Sprintf("%dkB", kb), func(b *testing.B) {
			t := sampleText
			t.Content = strings.Repeat(sampleText.Content+" ", kb)
			b.SetBytes(int64(len(t.Content)))
			for b.Loop() {
				c.Classify(t)
			}
		})
	}
}

// TestMemory holds the loaded rules to their budget.
func TestMemory(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	c := newClassifier(t)
	runtime.GC()
	runtime.ReadMemStats(&after)
	const budget = 16 << 20
	if used := int64(after.HeapAlloc) - int64(before.HeapAlloc); used > budget {
		t.Errorf("the rules take %d bytes, want at most %d", used, budget)
	}
	runtime.KeepAlive(c)
}
