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
