package store

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"laenderfeed/aggregator"
)

func TestFold(t *testing.T) {
	for s, want := range map[string]string{
		"":                                 "",
		"  \t\n":                           "",
		"Müller":                           "mueller",
		"MÜLLER":                           "mueller",
		"Mu\u0308ller":                     "mueller",
		"Mueller":                          "mueller",
		"Straße STRASSE STRAẞE":            "strasse strasse strasse",
		"Ärger Öl Übung":                   "aerger oel uebung",
		"E-Akte":                           "e akte",
		"OZG 2.0":                          "ozg 2 0",
		"Verwaltungs\u00addigitalisierung": "verwaltungsdigitalisierung",
		"Zero\u200dWidth\u200b\ufeff":      "zerowidth",
		"café CAFÉ cafe\u0301":             "cafe cafe cafe",
		"Łódź, Škoda; Ørsted":              "lodz skoda oersted",
		"İstanbul ısı":                     "istanbul isi",
		"„Smart City“ – jetzt!":            "smart city jetzt",
		"a\xffb":                           "a b",
		"\xff\xfe":                         "",
		"x\x00y":                           "x y",
		"Москва ΑΘΗΝΑ":                     "москва αθηνα",
		"5 €, 10 %":                        "5 10",
		"§ 3a OZG":                         "3a ozg",
		"１２ ﬁnden ℌ":                       "12 finden h",
		"\u212bngstr\u00f6m \u212a":        "angstroem k",
		"Ionuț Ștefan, Nguyễn":             "ionut stefan nguyen",
		"Йога":                             "иога",
		"5² m²":                            "5 m",
		"\ufdfa":                           "صلى الله عليه وسلم",
		"東京":                               "東京",
		"\u0308":                           "",
		"a \u0308":                         "a",
		"x\u0308":                          "x",
		"😀 Emoji":                          "emoji",
		"ĳ œ æ ø å ð þ":                    "ij oe ae oe a d th",
	} {
		if got := Fold(s); got != want {
			t.Errorf("Fold(%q) = %q, want %q", s, got, want)
		}
	}
}

// FuzzFold checks what Fold promises of any input.
func FuzzFold(f *testing.F) {
	for _, s := range []string{"", "Müller", "Mu\u0308ller", "ẞ ſ İ \u0130\u0307", "\xff\xc3(", "a\u0308\u0308", "Ǆ ǅ ﬁ Å", "\u1e9e\u0308"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Fold(s)
		if !utf8.ValidString(got) {
			t.Errorf("invalid: %q", got)
		}
		if again := Fold(got); again != got {
			t.Errorf("%q, then %q", got, again)
		}
		if strings.Join(strings.Fields(got), " ") != got {
			t.Errorf("not single spaces: %q", got)
		}
		if strings.ContainsAny(got, "äöüßÄÖÜ\"*-") {
			t.Errorf("not folded: %q", got)
		}
		if both := Fold(s + " " + s); got != "" && both != got+" "+got {
			t.Errorf("words depend on what is before them: %q", both)
		}
		if len(got) > 40*len(s) { // one Arabic ligature stands for four words
			t.Errorf("%d bytes became %d", len(s), len(got))
		}
	})
}

func BenchmarkFold(b *testing.B) {
	text := strings.Repeat("Die Stadt München führt die E-Akte für Straßenbauämter ein. ", 20)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		Fold(text)
	}
}

// found returns the guids of the items that an FTS5 query finds.
func found(t *testing.T, s *Store, match string) string {
	t.Helper()
	rows, err := s.reader.Query("SELECT i.guid FROM texts JOIN items i ON i.id = texts.rowid WHERE texts MATCH ? ORDER BY i.sort DESC, i.id DESC", match)
	if err != nil {
		t.Fatalf("%s: %v", match, err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var g string
		if err := rows.Scan(&g); err != nil {
			t.Fatal(err)
		}
		out = append(out, g)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, " ")
}

// TestIndexFinds proves that the full-text index holds what was stored, in the
// form a search needs: folded words, prefixes, phrases, exclusion, columns.
func TestIndexFinds(t *testing.T) {
	s := open1(t, "a")
	save(t, s, resultOf("a"))
	one, two, three := itemOf("1", 1), itemOf("2", 2), itemOf("3", 3)
	one.Title, one.Summary = "Bürgermeister Müller eröffnet Straße", "Das Prinzip „Einer für Alle“ gilt."
	two.Title, two.Content = "E-Akte für die STRASSENVERKEHRSÄMTER", "<p>Der Herr Mueller<br>sagt &amp; freut sich.</p><!-- Kommentar -->"
	three.Title, three.Summary, three.Categories = "Akte E", "alle für einer", []string{"Künstliche Intelligenz", "OZG"}
	early := resultOf("a", two, three)
	early.At = t0.Add(-24 * time.Hour)
	save(t, s, early)
	save(t, s, resultOf("a", one))
	for _, tt := range []struct{ match, want string }{
		{Fold("Müller"), "1 2"},
		{Fold("Mueller"), "1 2"},
		{Fold("MU\u0308LLER"), "1 2"},
		{Fold("Strasse"), "1"},
		{Fold("straße") + "*", "1 2"},
		{Fold("strassenverkehrsämter"), "2"},
		{`"` + Fold("E-Akte") + `"`, "2"},
		{Fold("E-Akte"), "2 3"},
		{`"` + Fold("Einer für alle") + `"`, "1"},
		{Fold("Einer für alle"), "1 3"},
		{Fold("einer") + " NOT " + Fold("Müller"), "3"},
		{Fold("ozg") + " OR " + Fold("bürgermeister"), "1 3"},
		{`"` + Fold("künstliche Intelligenz") + `"`, "3"},
		{"title : akte", "2 3"},
		{"title : mueller", "1"},
		{"kommentar", ""},
		{"br OR amp OR p", ""},
	} {
		if got := found(t, s, tt.match); got != tt.want {
			t.Errorf("%s finds %q, want %q", tt.match, got, tt.want)
		}
	}
	one.Title = "Ganz anders"
	save(t, s, resultOf("a", one))
	if got := found(t, s, "buergermeister"); got != "" {
		t.Errorf("the old title still finds %q", got)
	}
	if got := found(t, s, "anders"); got != "1" {
		t.Errorf("the new title finds %q", got)
	}
	purge(t, s, t0.Add(-time.Hour), 2)
	if got := found(t, s, "mueller OR akte OR einer OR anders"); got != "1" {
		t.Errorf("after purging: %q", got)
	}
	sound(t, s)
}

// TestIndexGrows saves so many polls that the index merges its segments.
func TestIndexGrows(t *testing.T) {
	s := open1(t, "a")
	save(t, s, resultOf("a"))
	for i := range 60 {
		save(t, s, resultOf("a", itemOf(fmt.Sprint("g", i), 60-i)))
	}
	if got := len(strings.Fields(found(t, s, "titel"))); got != 60 {
		t.Errorf("found %d", got)
	}
	if got := found(t, s, "g17"); got != "g17" {
		t.Errorf("found %q", got)
	}
	var segments int
	if err := s.reader.QueryRowContext(context.Background(), "SELECT count(DISTINCT segid) FROM texts_idx").Scan(&segments); err != nil || segments > 30 {
		t.Errorf("%d segments (%v)", segments, err)
	}
	sound(t, s)
}

// TestIndexBound keeps a monster from filling the index.
func TestIndexBound(t *testing.T) {
	s := open1(t, "a")
	it := itemOf("g", 1)
	it.Content = "<p>Anfang " + strings.Repeat("Füllwort ", 50_000) + "Ende</p>"
	save(t, s, resultOf("a", it))
	if got := found(t, s, "anfang"); got != "g" {
		t.Errorf("beginning: %q", got)
	}
	if got := found(t, s, "ende"); got != "" {
		t.Errorf("end: %q", got)
	}
	if e, err := s.Entry(context.Background(), aggregator.ItemID("a", "g")); err != nil || e.Content != it.Content {
		t.Errorf("content was cut to %d bytes (%v)", len(e.Content), err)
	}
}
