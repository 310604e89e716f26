package store

import (
	"slices"
	"strings"
	"testing"
	"time"

	"laenderfeed/aggregator"
)

// itemTelling makes an item of "title / summary / regions and keys of places / link /
// days before now"; what is missing at the end is empty.
func itemTelling(s string) aggregator.Item {
	parts := strings.Split(s, " / ")
	for len(parts) < 5 {
		parts = append(parts, "")
	}
	it := aggregator.Item{Title: parts[0], Summary: parts[1], Link: parts[3], Published: t0, Seen: t0}
	if parts[4] != "" {
		days := time.Duration(len(parts[4])) * 24 * time.Hour // one stroke for each day
		it.Published = t0.Add(-days)
	}
	for word := range strings.FieldsSeq(parts[2]) {
		if isKey(word) {
			it.Labels.Places = append(it.Labels.Places, aggregator.Place{Key: word})
			continue
		}
		it.Labels.Regions = append(it.Labels.Regions, aggregator.Region(word))
	}
	return it
}

// Texts as press offices write them, and what others make of them.
const (
	agentur = "Die Digitalagentur Sachsen hat am Montag in Dresden ihre Arbeit aufgenommen. Sie soll Kommunen, Unternehmen und Vereine beim Ausbau " +
		"schneller Netze beraten und Vorhaben der digitalen Verwaltung bündeln. Wirtschaftsminister Dirk Panter eröffnete die Agentur mit einem Festakt."
	agenturKurz = "Die Digitalagentur Sachsen hat am Montag in Dresden ihre Arbeit aufgenommen. Sie soll Kommunen, Unternehmen und Vereine beim Ausbau " +
		"schneller Netze beraten und Vorhaben der digitalen Verwaltung bündeln ..."
	agenturAnders = "In der Landeshauptstadt ist eine neue Behörde gestartet. Zwanzig Fachleute helfen Rathäusern künftig, Glasfaser zu planen und Anträge " +
		"online anzubieten. Der Freistaat stellt dafür jedes Jahr drei Millionen Euro bereit, sagte der zuständige Minister bei der Eröffnung am Montag."
	portal = "Ab sofort können Bürgerinnen und Bürger über das neue Serviceportal der Stadt fünfzig Leistungen online beantragen. Dazu gehören " +
		"Bewohnerparkausweise, Meldebescheinigungen und die Anmeldung von Hunden. Bezahlt wird mit Karte oder Giropay, die Anmeldung erfolgt mit der BundID."
	glasfaser = "Im Landkreis haben die Arbeiten für schnelles Internet begonnen. Rund 4.000 Haushalte, 300 Betriebe und alle Schulen erhalten bis Ende " +
		"des kommenden Jahres einen Anschluss an das Glasfasernetz. Bund und Land fördern den Ausbau mit 30 Millionen Euro, den Rest trägt der Kreis."
	register = "Der IT-Planungsrat hat in seiner Sitzung den Zeitplan für die Modernisierung der Register beschlossen. Bis Ende 2028 sollen die wichtigsten " +
		"Register an das Nationale Once-Only-Technical-System angeschlossen sein. Die Länder übernehmen je ein Register in federführender Verantwortung."
	dpa = "Das Bundeskabinett hat am Mittwoch den Entwurf für ein Gesetz beschlossen, das Behörden zum Austausch von Nachweisen verpflichtet. Bürger müssen " +
		"Geburtsurkunden oder Meldebescheinigungen dann nicht mehr selbst vorlegen. Der Bundestag soll im Frühjahr beraten, sagte der Digitalminister."
)

// of puts a town into a text of one mould.
func of(text, town string) string {
	return strings.NewReplacer("der Stadt", "der Stadt "+town, "Im Landkreis", "Im Landkreis "+town, "der Kreis", "der Kreis "+town).Replace(text)
}

// samePairs tell the same news.
var samePairs = [][2]string{
	{"Sachsen: Digitalagentur eröffnet / " + agentur + " / sachsen", "Digitalagentur Sachsen nimmt Arbeit auf / " + agenturKurz + " / sachsen 14612000"},
	{"Sachsen: Digitalagentur eröffnet / " + agentur, "Sachsen: Digitalagentur eröffnet / " + agenturKurz},
	{"Digitalagentur Sachsen nimmt in Dresden ihre Arbeit auf / " + agentur, "Digitalagentur Sachsen nimmt in Dresden ihre Arbeit auf / " + agenturAnders},
	{"Digitalagentur Sachsen nimmt in Dresden ihre Arbeit auf", "Digitalagentur Sachsen nimmt in Dresden ihre Arbeit auf"},
	{"Digitalagentur Sachsen nimmt in Dresden ihre Arbeit auf", "DIGITALAGENTUR SACHSEN NIMMT IN DRESDEN IHRE ARBEIT AUF!"},
	{"Digitalagentur Sachsen nimmt in Dresden ihre Arbeit auf | Kommune21", "Digitalagentur Sachsen nimmt in Dresden ihre Arbeit auf"},
	{"Freistaat: Digitalagentur Sachsen nimmt in Dresden ihre Arbeit auf", "Digitalagentur Sachsen nimmt in Dresden ihre Arbeit auf"},
	{"Digitalagentur Sachsen eröffnet / " + agentur, "Sachsens Digitalagentur ist eröffnet / " + agentur},
	{"Digitalagentur eröffnet /  / sachsen / https://www.example.org/meldung/digitalagentur-sachsen-eroeffnet", "Start in Dresden /  / sachsen / http://example.org/meldung/digitalagentur-sachsen-eroeffnet/?utm_source=rss"},
	{"Neue Agentur /  /  / https://www.example.org/?p=4711", "Festakt in Dresden /  /  / https://example.org/?p=4711#top"},
	{"Hamm: Neues Serviceportal online / " + of(portal, "Hamm") + " / nordrhein-westfalen 05915000", "Stadt Hamm: Neues Serviceportal online / " + of(portal, "Hamm") + " / nordrhein-westfalen 05915000"},
	{"Neues Serviceportal für Hamm / " + of(portal, "Hamm") + " / nordrhein-westfalen 05915000", "Hamm startet Serviceportal / " + of(portal, "Hamm") + " / nordrhein-westfalen 05915000"},
	{"Bürger in Hamm können fünfzig Leistungen jetzt online beantragen / " + portal, "Bürger in Hamm können fünfzig Leistungen jetzt online beantragen"},
	{"Spatenstich für Glasfaser im Landkreis Görlitz / " + of(glasfaser, "Görlitz") + " / sachsen 14626", "Glasfaserausbau im Landkreis Görlitz gestartet / " + of(glasfaser, "Görlitz") + " / sachsen 14626"},
	{"Glasfaser für Görlitz / " + of(glasfaser, "Görlitz") + " / sachsen 14626110", "Glasfaser für Görlitz / " + of(glasfaser, "Görlitz") + " / sachsen 14626"},
	{"IT-Planungsrat beschließt Zeitplan für Registermodernisierung / " + register, "Registermodernisierung: Zeitplan steht / " + register},
	{"IT-Planungsrat beschließt Zeitplan für die Registermodernisierung / " + register, "IT-Planungsrat beschließt Zeitplan für die Registermodernisierung /  / bund"},
	{"IT‑Planungsrat beschließt Zeitplan für die Registermodernisierung", "IT-Planungsrat beschliesst Zeitplan für die Registermodernisierung"},
	{"Registermodernisierung: Länder teilen Aufgaben auf / " + register + " Mehr dazu auf unserer Seite.", "Zeitplan für Registermodernisierung / " + register},
	{"Kabinett beschließt Gesetz zum Austausch von Nachweisen / " + dpa, "Kabinett beschließt Gesetz über Austausch von Nachweisen / " + dpa},
	{"Kabinett beschließt Gesetz zum Austausch von Nachweisen / " + dpa, "Nachweise: Kabinett beschließt Gesetz / " + dpa},
	{"Kabinett beschließt Gesetz zum Austausch von Nachweisen / " + dpa + " /  /  / |||||||", "Kabinett beschließt Gesetz zum Austausch von Nachweisen / " + dpa},
	{"Kabinett beschließt Gesetz zum Austausch von Nachweisen / " + dpa + " /  /  / |||||||||||||", "Kabinett beschließt Gesetz zum Austausch von Nachweisen / " + dpa},
	{"Behörden müssen Nachweise künftig selbst untereinander austauschen / " + dpa, "Behörden müssen Nachweise künftig selbst untereinander austauschen / Ein Kommentar"},
	{"Mobilfunk: 50 neue Masten für Thüringen / Im Freistaat werden Funklöcher geschlossen. / thueringen", "Mobilfunk: 50 neue Masten für Thüringen / Im Freistaat werden Funklöcher geschlossen. / thueringen"},
	{"Cyberangriff auf die Stadtverwaltung von Potsdam legt Fachverfahren lahm /  / brandenburg 12054000", "Cyberangriff auf die Stadtverwaltung von Potsdam legt Fachverfahren lahm /  / brandenburg"},
	{"Potsdam: Cyberangriff auf die Stadtverwaltung legt alle Fachverfahren lahm /  / brandenburg 12054000", "Cyberangriff auf die Stadtverwaltung legt alle Fachverfahren lahm /  / brandenburg 12054000"},
	{"Land Hessen: Digitalministerin stellt neue Strategie für Open Data vor", "Digitalministerin stellt neue Strategie für Open Data vor"},
	{"Schleswig-Holstein stellt Verwaltung auf freie Software um: Abschied von Microsoft", "Schleswig-Holstein stellt Verwaltung auf freie Software um: Abschied von Microsoft"},
	{"Neue Leitlinien für künstliche Intelligenz in der Berliner Verwaltung / Der Senat hat sie beschlossen. / berlin", "Neue Leitlinien für Künstliche Intelligenz in der Berliner Verwaltung / Senat beschließt Regeln. / berlin 11000000"},
	{"OZG 2.0 tritt in Kraft: Das ändert sich jetzt für Kommunen", "OZG 2.0 tritt in Kraft: Das ändert sich jetzt für Kommunen"},
	{"Der Bund fördert 28 neue Modellprojekte Smart Cities", "Der Bund fördert 28 neue Modellprojekte Smart Cities"},
}

// otherPairs are different news, however alike they look.
var otherPairs = [][2]string{
	{"Hamm: Neue Website", "Hagen: Neue Website"},
	{"Hamm: Neue Website / Die Seite ist barrierefrei. / nordrhein-westfalen 05915000", "Hagen: Neue Website / Die Seite ist barrierefrei. / nordrhein-westfalen 05914000"},
	{"Hamm: Neues Serviceportal online / " + of(portal, "Hamm"), "Hagen: Neues Serviceportal online / " + of(portal, "Hagen")},
	{"Hamm: Neues Serviceportal online / " + of(portal, "Hamm") + " / nordrhein-westfalen 05915000", "Hagen: Neues Serviceportal online / " + of(portal, "Hagen") + " / nordrhein-westfalen 05914000"},
	{"Neues Serviceportal in Hamm / " + of(portal, "Hamm"), "Neues Serviceportal in Hagen / " + of(portal, "Hagen")},
	{"Neues Serviceportal für die Bürgerinnen und Bürger online / " + portal + " / nordrhein-westfalen 05915000", "Neues Serviceportal für die Bürgerinnen und Bürger online / " + portal + " / nordrhein-westfalen 05914000"},
	{"Neues Serviceportal für die Bürgerinnen und Bürger online / " + portal + " / hessen", "Neues Serviceportal für die Bürgerinnen und Bürger online / " + portal + " / bayern"},
	{"Landkreis Görlitz: Spatenstich für Glasfaser / " + of(glasfaser, "Görlitz"), "Landkreis Bautzen: Spatenstich für Glasfaser / " + of(glasfaser, "Bautzen")},
	{"Spatenstich für Glasfaser / " + of(glasfaser, "Görlitz") + " / sachsen 14626", "Spatenstich für Glasfaser / " + of(glasfaser, "Bautzen") + " / sachsen 14625"},
	{"Glasfaser für Görlitz / " + of(glasfaser, "Görlitz"), "Glasfaser für Bautzen / " + of(glasfaser, "Bautzen")},
	{"Görlitz baut aus / " + of(glasfaser, "Görlitz"), "Bautzen baut aus / " + of(glasfaser, "Bautzen")},
	{"Frankfurt: Neues Online-Portal der Stadtverwaltung gestartet /  / hessen 06412000", "Frankfurt: Neues Online-Portal der Stadtverwaltung gestartet /  / brandenburg 12053000"},
	{"Neustadt: Bürgerbüro vergibt Termine jetzt auch im Netz /  / rheinland-pfalz 07316000", "Neustadt: Bürgerbüro vergibt Termine jetzt auch im Netz /  / sachsen 14628260"},
	{"Neue Website", "Neue Website"},
	{"Pressemitteilung", "Pressemitteilung"},
	{"Stellenausschreibung: Sachbearbeiter", "Stellenausschreibung: Sachbearbeiter"},
	{"Öffentliche Bekanntmachung", "Öffentliche Bekanntmachung"},
	{"Digitalisierung kommt voran", "Digitalisierung kommt voran"},
	{"Rathaus wird digital / Die Stadt führt die elektronische Akte ein.", "Rathaus wird digital / Termine gibt es nun online."},
	{"Digitale Verwaltung: Minister zieht Bilanz / Er lobt Fortschritte beim Netzausbau.", "Digitale Verwaltung: Minister zieht Bilanz / Das Ressort verweist auf die E-Akte."},
	{"Bericht zum Breitbandausbau 2025 veröffentlicht und im Kabinett beraten", "Bericht zum Breitbandausbau 2026 veröffentlicht und im Kabinett beraten"},
	{"28 neue Modellprojekte für Smart Cities ausgewählt und gefördert", "32 neue Modellprojekte für Smart Cities ausgewählt und gefördert"},
	{"47. Sitzung des IT-Planungsrats / " + register, "48. Sitzung des IT-Planungsrats / " + register},
	{"Kabinett beschließt Gesetz zum Austausch von Nachweisen / " + dpa + " /  /  / |||||||||||||||", "Kabinett beschließt Gesetz zum Austausch von Nachweisen / " + dpa},
	{"Sachsen: Digitalagentur eröffnet / " + agentur, "Sachsen: Digitalagentur eröffnet / " + glasfaser},
	{"Digitalagentur eröffnet / " + agentur, "Zeitplan beschlossen / " + register},
	{"Start /  /  / https://www.example.org/", "Aus /  /  / https://www.example.org/"},
	{"Start /  /  / https://www.example.org/presse", "Aus /  /  / https://www.example.org/presse"},
	{"Start /  /  / https://www.example.org/suche?q=portal", "Aus /  /  / https://www.example.org/suche?q=portal"},
	{"Hamm startet Portal /  / nordrhein-westfalen 05915000 / https://www.example.org/meldung/ein-portal-fuer-alle", "Hagen startet Portal /  / nordrhein-westfalen 05914000 / https://www.example.org/meldung/ein-portal-fuer-alle"},
	{"Bayern: Kabinett beschließt Digitalgesetz und fördert die Kommunen /  / bayern", "Hessen: Kabinett beschließt Digitalgesetz und fördert die Kommunen /  / hessen"},
	{"Bayern: Kabinett beschließt Digitalgesetz und fördert die Kommunen", "Hessen: Kabinett beschließt Digitalgesetz und fördert die Kommunen"},
	{"Interview mit dem CIO: Wir müssen schneller werden", "Interview mit der Ministerin: Wir müssen schneller werden"},
	{"Umfrage zur Digitalisierung gestartet / " + of(portal, "Ulm"), "Umfrage zur Digitalisierung beendet / Die Beteiligung war hoch."},
	{"Gesetz beschlossen / " + dpa, "Nachweise werden digital / Der Bundesrat hat dem Gesetz zugestimmt, das Behörden zum Austausch von Nachweisen verpflichtet. Bürger müssen Urkunden dann nicht mehr " +
		"selbst vorlegen. Nun folgt die Umsetzung in den Ländern, die bis zum Sommer Pläne vorlegen sollen, wie der Bundesratspräsident am Freitag in Berlin sagte."},
	{"", ""},
	{" / " + agentur, " / " + register},
}

func TestSameNews(t *testing.T) {
	if n := len(samePairs) + len(otherPairs); n < 60 {
		t.Errorf("only %d pairs", n)
	}
	for same, pairs := range map[bool][][2]string{true: samePairs, false: otherPairs} {
		for _, p := range pairs {
			one, two := itemTelling(p[0]), itemTelling(p[1])
			a, b := newTale(1, false, &one), newTale(2, false, &two)
			a.read()
			b.read()
			if a.same(b) != same || b.same(a) != same {
				t.Errorf("the same: %t, %t, want %t (alike %.2f, headlines %.2f, others named %t)\n%s\n%s",
					a.same(b), b.same(a), same, a.alike(b), a.headlinesAlike(b), a.othersNamed(b), p[0], p[1])
			}
			if a.same(newTale(1, false, &two)) {
				t.Errorf("a source tells its own news twice: %s", p[0])
			}
			if same && !meet(a, b) {
				t.Errorf("no key in common:\n%s\n%s", p[0], p[1])
			}
		}
	}
}

// TestTownHalls: two towns with one text that names neither are two stories; one
// text about the same town, or one address, is one.
func TestTownHalls(t *testing.T) {
	same := func(a, b string) bool {
		one, two := itemTelling(a), itemTelling(b)
		return newTale(1, true, &one).same(newTale(2, true, &two))
	}
	const title = "Neues Serviceportal für Bürgerinnen und Bürger ist online"
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{title + " / " + portal + " / hessen", title + " / " + portal + " / hessen", false},
		{title, title, false},
		{title + " / " + portal + " / hessen 06412000", title + " / " + portal + " / hessen", false},
		{title + " / " + portal + " / hessen 06412000", title + " / " + portal + " / hessen 06413000", false},
		{title + " / " + portal + " / hessen 06412000", title + " / " + portal + " / hessen 06412000", true},
		{title + " /  /  / https://www.example.org/meldung/4711", "Portal /  /  / https://example.org/meldung/4711", true},
	} {
		if got := same(c.a, c.b); got != c.want {
			t.Errorf("the same: %t\n%s\n%s", got, c.a, c.b)
		}
	}
}

// meet tells whether two tales would be compared at all.
func meet(a, b *tale) bool {
	return slices.ContainsFunc(a.keys(), func(k int64) bool { return slices.Contains(b.keys(), k) })
}

func FuzzSameNews(f *testing.F) {
	for _, p := range append(samePairs, otherPairs...) {
		f.Add(p[0], p[1])
	}
	f.Fuzz(func(t *testing.T, x, y string) {
		one, two := itemTelling(x), itemTelling(y)
		a, b := newTale(1, false, &one), newTale(2, false, &two)
		if a.same(b) != b.same(a) {
			t.Errorf("%q and %q: it depends on the order", x, y)
		}
		if len(a.keys()) > 3 {
			t.Errorf("%d keys", len(a.keys()))
		}
	})
}
