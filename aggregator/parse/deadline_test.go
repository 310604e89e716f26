package parse

import (
	"strings"
	"testing"
	"time"

	"laenderfeed/aggregator"
)

// showDeadline writes a deadline as the tables below do.
func showDeadline(d aggregator.Deadline) string {
	day := d.Start.In(berlin())
	s := string(d.Kind) + " " + day.Format("2006-01-02")
	if !d.AllDay {
		s += day.Format(" 15:04")
	}
	if !d.End.IsZero() {
		s += " bis " + d.End.In(berlin()).Format("2006-01-02")
	}
	return s
}

func TestDeadlines(t *testing.T) {
	published := time.Date(2026, 2, 10, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct{ text, want string }{
		{"Anmeldeschluss ist der 3. Mai 2026.", "Frist 2026-05-03"},
		{"Anmeldeschluss: 03.05.2026", "Frist 2026-05-03"},
		{"Anmeldeschluss ist am Sonntag, den 3. Mai.", "Frist 2026-05-03"},
		{"Die Bewerbungsfrist endet am 30. Juni 2026 um 12 Uhr.", "Frist 2026-06-30 12:00"},
		{"Die Frist läuft am 31.3.2026 ab.", "Frist 2026-03-31"},
		{"Die Frist wurde bis zum 15. April verlängert.", "Frist 2026-04-15"},
		{"Kommunen können Anträge bis zum 31. Dezember 2026 stellen.", "Frist 2026-12-31"},
		{"Anträge können noch bis 31.12.26 eingereicht werden.", "Frist 2026-12-31"},
		{"Bis spätestens 1. März müssen Angebote abgegeben werden.", "Frist 2026-03-01"},
		{"Die Einreichung ist bis einschließlich 20. März 2026 möglich.", "Frist 2026-03-20"},
		{"Beteiligung bis 15. März 2026: Die Stadt sammelt Ideen.", "Frist 2026-03-15"},
		{"Bürger können sich vom 1. bis 31. März 2026 an der Umfrage beteiligen.", "Frist 2026-03-31"},
		{"Vorschläge nimmt das Ministerium vom 15. Februar bis zum 15. März entgegen.", "Frist 2026-03-15"},
		{"Stellungnahmen werden bis Freitag, 27. Februar 2026, 14.30 Uhr erbeten.", "Frist 2026-02-27 14:30"},
		{"Die Frist läuft statt bis zum 30. April nun bis zum 31. Mai.", "Frist 2026-05-31"},
		{"Bewerbungen sind bis zum 3. Januar 2027 möglich.", "Frist 2027-01-03"},
		{"Interessierte können sich bis zum 5. Januar bewerben.", ""}, // the one that is over, or in eleven months
		{"Anmeldeschluss: Freitag, 13. März 2026, 24 Uhr.", "Frist 2026-03-13"},
		{"Interessierte haben bis zum 3. Mai Zeit, sich anzumelden.", "Frist 2026-05-03"},
		{"Deadline: 1. April 2026", "Frist 2026-04-01"},

		{"Der Kongress findet am 12. März 2026 in Dresden statt.", "Termin 2026-03-12"},
		{"Der Kongress findet am Donnerstag, 12. März, um 10 Uhr in Dresden statt.", "Termin 2026-03-12 10:00"},
		{"Der Kongress findet vom 3. bis 5. Mai 2026 in Berlin statt.", "Termin 2026-05-03 bis 2026-05-05"},
		{"Der Kongress findet vom 30. April bis 2. Mai 2026 in Berlin statt.", "Termin 2026-04-30 bis 2026-05-02"},
		{"Am 3. und 4. Mai findet in Kiel die Digitale Woche statt.", "Termin 2026-05-03 bis 2026-05-04"},
		{"Am 14.04.2026 findet ab 9.30 Uhr ein Workshop statt.", "Termin 2026-04-14"},
		{"Die Staatskanzlei lädt am 20. Mai 2026, 18 Uhr zum Empfang ein.", "Termin 2026-05-20 18:00"},
		{"Termin: 20. Mai 2026, 18:30 Uhr", "Termin 2026-05-20 18:30"},
		{"Die Messe, die am 9. Juni 2026 stattfindet, ist ausgebucht.", "Termin 2026-06-09"},
		{"Der Fachtag findet am 12. März statt. Anmeldeschluss ist der 1. März.", "Termin 2026-03-12; Frist 2026-03-01"},
		{"Der Fachtag findet am 12. März statt, Anmeldeschluss ist der 1. März.", "Frist 2026-03-01"},

		// Not said, over, or contradictory.
		{"Der Vertrag läuft bis zum 31. Dezember 2026.", ""},
		{"Die Bauarbeiten dauern bis zum 3. Mai 2026.", ""},
		{"Die Messe fand am 12. März 2026 statt.", ""},
		{"Der Kongress findet am 12. Januar 2026 in Dresden statt.", ""},
		{"Der für den 12. März 2026 geplante Kongress findet nicht statt.", ""},
		{"Der am 12. März geplante Kongress wurde abgesagt und findet am 1. Mai statt.", ""},
		{"Die Frist ist am 1. Februar 2026 abgelaufen.", ""},
		{"Anmeldeschluss ist Montag, der 3. Mai 2026.", ""}, // a Sunday
		{"Anmeldeschluss ist der 31. Februar 2026.", ""},
		{"Anmeldeschluss ist der 45.13.2026.", ""},
		{"Der Beschluss vom 3. Mai 2026 liegt vor.", ""},
		{"Nach Abschluss am 3. Mai 2026 beginnt die Auswertung.", ""},
		{"Kurzfristig wurde am 3. Mai 2026 entschieden.", ""},
		{"Anträge: Version 2.3.2026 des Formulars", ""},
		{"Bewerben kann man sich bis 50 Jahre.", ""},
		{"Wer sich bis zum 3. Mai bewirbt, hat mehr Zeit als bis zum 7. Juni, dem Ende der Frist.", ""},
		{"Anmeldungen bis 3. Mai 2035", ""},
		{"Bis zum 31. Dezember 2026 werden 300 Anträge erwartet.", ""},
		{"Bis zum 31. Dezember 2026 sollen alle Anträge online gestellt werden können.", ""},
		{"Rund 200 Personen haben sich bis zum 10. Februar angemeldet.", ""},
		{"Bis zum 10. Februar sind 300 Anträge eingegangen.", ""},
		{"Das Gesetz zur Fristverlängerung gilt bis 31.12.2026.", ""},
		{"Der Kongress findet am 12. März 2026 nicht statt.", ""},
		{"Anmeldeschluss: Freitag, 13. März 2026, 24.30 Uhr.", ""},
		{"", ""},
	} {
		var got []string
		for _, d := range Deadlines(c.text, published) {
			got = append(got, showDeadline(d))
			if !strings.Contains(c.text, d.Sentence) || d.Sentence == "" {
				t.Errorf("%q: sentence %q is not in it", c.text, d.Sentence)
			}
		}
		if s := strings.Join(got, "; "); s != c.want {
			t.Errorf("%q:\n got %s\nwant %s", c.text, s, c.want)
		}
	}
}

func TestSentences(t *testing.T) {
	for text, want := range map[string]string{
		"Am 3. Mai. Danach nicht.":                     "Am 3. Mai.|Danach nicht.",
		"Am 3. Mai 2026. Danach nicht.":                "Am 3. Mai 2026.|Danach nicht.",
		"Das z. B. in Dresden. Und Dr. Müller sprach.": "Das z. B. in Dresden.|Und Dr. Müller sprach.",
		"Um 14.30 Uhr! Wo? Hier":                       "Um 14.30 Uhr!|Wo?|Hier",
		"Zeile\nZeile":                                 "Zeile|Zeile",
		"bis 3.5. Mehr dazu":                           "bis 3.5. Mehr dazu",
	} {
		var got []string
		for s := range sentences(text) {
			got = append(got, s)
		}
		if s := strings.Join(got, "|"); s != want {
			t.Errorf("%q: %q, want %q", text, s, want)
		}
	}
}

func FuzzDeadlines(f *testing.F) {
	f.Add("Anmeldeschluss ist der 3. Mai 2026. Der Kongress findet vom 3. bis 5. Juni statt.")
	f.Add("bis zum 31.12.2026 14.30 Uhr Frist")
	f.Fuzz(func(t *testing.T, text string) {
		published := time.Date(2026, 2, 10, 9, 0, 0, 0, time.UTC)
		for _, d := range Deadlines(text, published) {
			if d.Kind == "" || d.Sentence == "" || d.Start.Before(published.AddDate(0, 0, -1)) || !d.End.IsZero() && !d.End.After(d.Start) {
				t.Errorf("%q: %+v", text, d)
			}
		}
	})
}
