package store

import (
	"strings"
	"testing"
	"unicode/utf8"
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
