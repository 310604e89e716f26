package main

import (
	"strings"
	"testing"
)

func TestExpandAndShorten(t *testing.T) {
	cases := []struct{ official, full, short string }{
		{"Frankfurt am Main", "Frankfurt am Main", "Frankfurt"},
		{"Frankfurt (Oder)", "Frankfurt (Oder)", "Frankfurt"},
		{"Freiburg im Breisgau", "Freiburg im Breisgau", "Freiburg"},
		{"Mühldorf a. Inn", "Mühldorf am Inn", "Mühldorf"},
		{"Neustadt a.d. Waldnaab", "Neustadt an der Waldnaab", "Neustadt"},
		{"Bad Neustadt a.d. Saale", "Bad Neustadt an der Saale", "Bad Neustadt"},
		{"Neustadt a.d. Aisch-Bad Windsheim", "Neustadt an der Aisch-Bad Windsheim", "Neustadt"},
		{"Weiden i.d. OPf.", "Weiden in der Oberpfalz", "Weiden"},
		{"Berg b. Neumarkt i.d. OPf.", "Berg bei Neumarkt in der Oberpfalz", "Berg"},
		{"Neukirchen b. Hl. Blut", "Neukirchen beim Heiligen Blut", "Neukirchen"},
		{"Weilheim i. OB", "Weilheim in Oberbayern", "Weilheim"},
		{"Höchst i. Odw.", "Höchst im Odenwald", "Höchst"},
		{"Neustadt i. Sa.", "Neustadt in Sachsen", "Neustadt"},
		{"Aschau i. Chiemgau", "Aschau im Chiemgau", "Aschau"},
		{"Bad Homburg v.d. Höhe", "Bad Homburg vor der Höhe", "Bad Homburg"},
		{"Halle (Westf.)", "Halle (Westfalen)", "Halle"},
		{"Oldenburg (Oldb)", "Oldenburg (Oldenburg)", "Oldenburg"},
		{"Auerbach/Vogtl.", "Auerbach/Vogtl.", "Auerbach"},
		{"Königstein/Sächs. Schw.", "Königstein/Sächs. Schw.", "Königstein"},
		{"Tambach-Dietharz/Thür. Wald", "Tambach-Dietharz/Thür. Wald", "Tambach-Dietharz"},
		{"Petershagen/Eggersdorf", "Petershagen/Eggersdorf", "Petershagen/Eggersdorf"},
		{"Lahr/Schwarzwald", "Lahr/Schwarzwald", "Lahr"},
		{"Herxheim bei Landau/Pfalz", "Herxheim bei Landau/Pfalz", "Herxheim"},
		{"Heilbad Heiligenstadt", "Heilbad Heiligenstadt", "Heiligenstadt"},
		{"Stadt Wehlen", "Stadt Wehlen", "Wehlen"},
		{"Hann. Münden", "Hann. Münden", "Münden"},
		{"St. Ingbert", "St. Ingbert", "St. Ingbert"},
		{"Weil der Stadt", "Weil der Stadt", "Weil der Stadt"},
		{"Zimmern ob Rottweil", "Zimmern ob Rottweil", "Zimmern"},
		{"An der Schmücke", "An der Schmücke", "An der Schmücke"},
		{"Am Mellensee", "Am Mellensee", "Am Mellensee"},
		{"Rhein-Neckar-Kreis", "Rhein-Neckar-Kreis", "Rhein-Neckar-Kreis"},
		{"Villingen-Schwenningen", "Villingen-Schwenningen", "Villingen-Schwenningen"},
		{"Krems II", "Krems II", "Krems II"},
	}
	for _, c := range cases {
		full := expand(c.official)
		if full != c.full {
			t.Errorf("expand(%q) = %q, want %q", c.official, full, c.full)
		}
		if short := shorten(full); short != c.short {
			t.Errorf("shorten(%q) = %q, want %q", full, short, c.short)
		}
	}
}

func FuzzShorten(f *testing.F) {
	for _, s := range []string{"Frankfurt (Oder)", "a/b", "/", " (", "Stadt ", "am", "x am", "/Sächs. Schw."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		full := expand(name)
		if full != strings.Join(strings.Fields(full), " ") {
			t.Errorf("expand(%q) = %q has stray blanks", name, full)
		}
		if full != "" && shorten(full) == "" {
			t.Errorf("shorten(%q) is empty", full)
		}
	})
}

func TestGemeindePopulation(t *testing.T) {
	c := &census{kreise: map[string]int{"05315": 1085664}, places: map[string][]place{}, byName: map[string][]place{}}
	for _, p := range []place{
		{"Köln", "05315000", 963395}, {"Kassel", "01000001", 30}, {"Neustadt", "07000001", 10}, {"Neustadt", "07000002", 20},
		{"Lutter", "03153009", 2000}, {"Ort", "03153009", 3000}, {"Bergen", "03999001", 7},
	} {
		c.add(p)
	}
	cases := []struct {
		key  string
		name []string
		want int
	}{
		{"05315000", []string{"Köln"}, 1085664},  // kreisfrei: the Kreis's number
		{"03153009", []string{"Lutter"}, 2000},   // the place of that name, though another is larger
		{"03153009", []string{"Anders"}, 3000},   // else the largest
		{"03351001", []string{"x", "Bergen"}, 7}, // another key, one place of that name in the Land
		{"07338001", []string{"Neustadt"}, 0},    // two of them: unknown
		{"06611001", []string{"Kassel"}, 0},      // only in another Land
		{"03351002", nil, 0},
	}
	for _, tc := range cases {
		if got := c.gemeinde(tc.key, tc.name...); got != tc.want {
			t.Errorf("gemeinde(%s, %q) = %d, want %d", tc.key, tc.name, got, tc.want)
		}
	}
}

func TestState(t *testing.T) {
	for key, want := range map[string]string{"01001000": "SH", "16077": "TH", "08": "BW", "00": "", "17": "", "xx": ""} {
		if got := (row{key: key}).state(); got != want {
			t.Errorf("state of %s = %q, want %q", key, got, want)
		}
	}
}

func TestMovedTable(t *testing.T) {
	for old, now := range moved {
		if !digits(old, len(old)) || len(old) != 5 && len(old) != 8 {
			t.Errorf("bad key %q", old)
		}
		if now == "" {
			continue
		}
		if !digits(now, len(old)) || now[:2] != old[:2] {
			t.Errorf("%s moves to %s, which is not in the same Land", old, now)
		}
		if _, again := moved[now]; again {
			t.Errorf("%s moves to %s, which moves again", old, now)
		}
	}
}
