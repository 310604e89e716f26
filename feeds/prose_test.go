package feeds

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestProse(t *testing.T) {
	for in, want := range map[string]string{
		"":                                "",
		"Ein Satz. Noch ein Satz.":        "Ein Satz. Noch ein Satz.",
		"Ein Satz wird abgeschnitten":     "Ein Satz wird abgeschnitten",
		"Das Land startet das […]":        "Das Land startet das …",
		"Das Land startet, [...]":         "Das Land startet …",
		"Das Land startet. [...]":         "Das Land startet.",
		"Das Land startet … Weiterlesen":  "Das Land startet …",
		"Das Land startet. Weiterlesen →": "Das Land startet.",
		"Das Land startet.\nmehr...":      "Das Land startet.",
		"Das Land startet. Mehr":          "Das Land startet.",
		"Das Land will mehr":              "Das Land will mehr",
		"Das Land will mehr.":             "Das Land will mehr.",
		"Kinder können jetzt weiterlesen": "Kinder können jetzt weiterlesen",
		"Weiterlesen":                     "",
		"[…] Weiterlesen »":               "",
		"Das Portal ist da. Der Beitrag Portal ist da erschien zuerst auf Kommunalblatt.": "Das Portal ist da.",
		"Das Portal ist […]\nThe post Portal: „Es ist da!“ appeared first on Blatt 21.":   "Das Portal ist …",
		"Das Portal … Continue reading Das Portal ist da":                                 "Das Portal …",
		"Das Portal … Weiterlesen Das Portal ist da →":                                    "Das Portal …",
		"Der Beitrag Sachsens erschien zuerst auf Papier und ist gut":                     "Der Beitrag Sachsens erschien zuerst auf Papier und ist gut",
		"Er sagt: Der Beitrag Sachsens erschien zuerst auf Papier":                        "Er sagt: Der Beitrag Sachsens erschien zuerst auf Papier",
		"Die Ministerin (Foto: Stadt Görlitz) kam.":                                       "Die Ministerin kam.",
		"Die Ministerin (Bildquelle: A. Müller (dpa)), der Rat":                           "Die Ministerin, der Rat",
		"[Symbolbild: x] Die Ministerin (parteilos) kam (Bild:\u00a0y).":                  "Die Ministerin (parteilos) kam.",
		"Ein Foto (Format: A4) und ein (Foto ohne Ende":                                   "Ein Foto (Format: A4) und ein (Foto ohne Ende",
		"(Foto: " + strings.Repeat("x", 300) + ")":                                        "(Foto: " + strings.Repeat("x", 300) + ")",
		"a\x00b\x85 [...]": "ab?",
	} {
		if got := Prose(in); got != want {
			t.Errorf("Prose(%q) = %q, want %q", in, got, want)
		}
	}
}

// FuzzProse: what is left is clean, not longer than what was there but for an
// ellipsis, and would not be cut again.
func FuzzProse(f *testing.F) {
	for _, s := range []string{"Text … Weiterlesen", "(Foto: x) [...]", "The post a appeared first on b.", "\xff[…", "Text. mehr. mehr…", "(Bild: (a) b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Prose(s)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, dirty) || len(got) > len(CleanText(s))+len(" …") {
			t.Errorf("Prose(%q) = %q", s, got)
		}
	})
}
