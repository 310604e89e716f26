package feeds

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestExcerpt(t *testing.T) {
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{
		{"", 10, ""},
		{"kurz", 0, ""},
		{"kurz", -1, ""},
		{"  viel \n\t Platz ", 20, "viel Platz"},
		{"genau zehn", 10, "genau zehn"},
		{"Erster Satz ist kurz. Zweiter Satz ist lang.", 25, "Erster Satz ist kurz."},
		{"Ist es so? Niemand weiß es genau.", 14, "Ist es so?"},
		{"Am 21. November beginnt die Tagung der Länder", 20, "Am 21. November …"},
		{"Das sagt Dr. Müller in Dresden am Montag", 22, "Das sagt Dr. Müller …"},
		{"Es gilt z. B. Dresden und auch anderswo", 20, "Es gilt z. B. …"},
		{"Satz eins ist da. und klein weiter im Text hier", 24, "Satz eins ist da. und …"},
		{"Wort, und noch eines", 8, "Wort …"},
		{strings.Repeat("x", 50), 10, "xxxxxxxxx…"},
		{strings.Repeat("ü", 50), 10, "üüüüüüüüü…"},
		{"Es kostet 5 Mio. Euro und mehr, sagt das Amt.", 32, "Es kostet 5 Mio. Euro und …"},
		{"Es gilt ab 1. Nov. 2026 bzw. Anfang Dez. 2026 überall im Land.", 50, "Es gilt ab 1. Nov. 2026 bzw. Anfang Dez. 2026 …"},
		{"Nach Art. 91c Abs. 5 GG und § 3 Ziff. 2 entscheidet der Rat.", 40, "Nach Art. 91c Abs. 5 GG und § 3 Ziff. …"},
		{"Das gilt seit 2026. Andere folgen dem Beispiel bald.", 30, "Das gilt seit 2026."},
		{"„Wir sind schneller.“ Das sagte die Ministerin am Montag.", 36, "„Wir sind schneller.“"},
		{"Yahoo! und Google haben nichts damit zu tun", 12, "Yahoo! und …"},
		{"Er sagte \"Los!\" Dann ging es weiter in Dresden", 26, "Er sagte \"Los!\""},
		{strings.Repeat("👩‍💻", 4), 6, "👩‍💻…"},
		{strings.Repeat("👍🏽", 4), 4, "👍🏽…"},
		{strings.Repeat("e\u0301", 6), 6, "e\u0301e\u0301…"},
		{"🇩🇪🇪🇺🇫🇷", 3, "…"},
		{"🏛️🏛️🏛️", 4, "🏛️…"},
		{"Ein frühes Ende. " + strings.Repeat("wort ", 40), 100, "Ein frühes Ende. wort wort wort wort wort wort wort wort wort wort wort wort wort wort wort wort …"},
	} {
		got := Excerpt(c.in, c.n)
		if got != c.want {
			t.Errorf("Excerpt(%q, %d) = %q, want %q", c.in, c.n, got, c.want)
		}
	}
}

func FuzzExcerpt(f *testing.F) {
	f.Add("Erster Satz. Zweiter Satz, der länger ist.", 20)
	f.Add("\xff\xfe", 1)
	f.Add("a b", 2)
	f.Fuzz(func(t *testing.T, s string, n int) {
		n %= 1000
		got := Excerpt(s, n)
		if utf8.RuneCountInString(got) > max(n, 0) {
			t.Errorf("Excerpt(%q, %d) = %q: %d characters", s, n, got, utf8.RuneCountInString(got))
		}
		if utf8.ValidString(s) && !utf8.ValidString(got) {
			t.Errorf("Excerpt(%q, %d) = %q", s, n, got)
		}
	})
}
