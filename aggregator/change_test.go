package aggregator

import (
	"strings"
	"testing"
	"time"
)

func TestSignificant(t *testing.T) {
	day := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	fifty := strings.Repeat("x", 50)
	base := Item{Title: "Neues Portal in Dresden", Summary: "Das Land gibt 3,5 Mio. Euro für das Portal. Es startet bald.",
		Content: "<p>Das <b>Portal</b> kostet 1.200 Euro.</p>", Published: day, Link: "https://a.example/"}
	for _, tt := range []struct {
		name string
		edit func(*Item)
		want bool
	}{
		{"nothing", func(*Item) {}, false},
		{"title", func(it *Item) { it.Title = "Neues Portal in Leipzig" }, true},
		{"one letter of the title", func(it *Item) { it.Title += "!" }, true},
		{"white space of the title", func(it *Item) { it.Title = " Neues  Portal\nin Dresden" }, false},
		{"date", func(it *Item) { it.Published = day.Add(time.Second) }, true},
		{"date in another zone", func(it *Item) { it.Published = day.In(time.FixedZone("", 3600)) }, false},
		{"date gone", func(it *Item) { it.Published = time.Time{} }, true},
		{"link", func(it *Item) { it.Link = "https://b.example/" }, false},
		{"modified, authors, keywords", func(it *Item) { it.Modified, it.Authors, it.Categories = day, []string{"A"}, []string{"B"} }, false},
		{"typo", func(it *Item) { it.Summary = strings.Replace(it.Summary, "bald", "balld", 1) }, false},
		{"short word", func(it *Item) { it.Summary = strings.Replace(it.Summary, "bald", "morgen", 1) }, false},
		{"fifty characters more", func(it *Item) { it.Summary += fifty }, false},
		{"fifty-one more", func(it *Item) { it.Summary += fifty + "x" }, true},
		{"fifty-one less", func(it *Item) { it.Summary = strings.Repeat("ä", 51) + it.Summary }, true},
		{"fifty umlauts", func(it *Item) { it.Summary = strings.Repeat("ä", 50) + it.Summary }, false},
		{"thirty in each", func(it *Item) {
			it.Summary, it.Content = it.Summary+fifty[:30], strings.Replace(it.Content, "</p>", fifty[:30]+"</p>", 1)
		}, true},
		{"summary gone", func(it *Item) { it.Summary = "" }, true},
		{"white space", func(it *Item) { it.Summary = strings.ReplaceAll(it.Summary, " ", strings.Repeat(" \n", 40)) }, false},
		{"markup", func(it *Item) { it.Content = strings.ReplaceAll(it.Content, "b>", "strong>") }, false},
		{"number in an attribute", func(it *Item) { it.Content = strings.Replace(it.Content, "<p>", `<p id="99">`, 1) }, false},
		{"amount", func(it *Item) { it.Summary = strings.Replace(it.Summary, "3,5", "3,6", 1) }, true},
		{"digits more", func(it *Item) { it.Content = strings.Replace(it.Content, "1.200", "11.200", 1) }, true},
		{"magnitude", func(it *Item) { it.Summary = strings.Replace(it.Summary, "Mio.", "Mrd.", 1) }, true},
		{"magnitude spelled out", func(it *Item) { it.Summary = strings.Replace(it.Summary, "Mio.", "Millionen", 1) }, false},
		{"number gone", func(it *Item) { it.Summary = strings.Replace(it.Summary, "3,5 ", "", 1) }, true},
		{"number new", func(it *Item) { it.Summary += " 7" }, true},
		{"full stop after a number", func(it *Item) { it.Content = strings.Replace(it.Content, "1.200", "1.200.", 1) }, false},
		{"invalid UTF-8", func(it *Item) { it.Summary += "\xff\xc3" }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			old, edited := base, base
			tt.edit(&edited)
			if got := Significant(&old, &edited); got != tt.want {
				t.Errorf("there: %v", got)
			}
			if got := Significant(&edited, &old); got != tt.want {
				t.Errorf("and back: %v", got)
			}
		})
	}
}

func TestSignificantZero(t *testing.T) {
	if Significant(&Item{}, &Item{}) {
		t.Error("two empty items differ")
	}
	if !Significant(&Item{}, &Item{Title: "x"}) {
		t.Error("a first title is nothing")
	}
}

func TestNumbers(t *testing.T) {
	for s, want := range map[string]string{
		"":                                  "",
		"keine":                             "",
		"12":                                "12",
		"Az. 3/0042-7":                      "3|0042|7",
		"1.200,50 Euro, 3 Mio. und 4":       "1.200,50|3 mi|4",
		"3 Millionen 3\u00a0Mrd 2 Tsd.":     "3 mi|3 mr|2 t",
		"am 21.11.2026.":                    "21.11.2026",
		"5..., 6,":                          "5|6",
		"7\nMilliarden":                     "7 mr",
		"٣":                                 "",
		"x1y2":                              "1|2",
		"50 tausend":                        "50 t",
		"ISO 27001 Mi":                      "27001",
		"\xff1\xff":                         "1",
		"1,5 Prozent 1 Million 1 Milliarde": "1,5|1 mi|1 mr",
	} {
		if got := strings.Join(numbers(s), "|"); got != want {
			t.Errorf("numbers(%q) = %q, want %q", s, got, want)
		}
	}
}

// FuzzSignificant checks that no pair of texts panics, that the order does not
// matter, and that equal items never differ.
func FuzzSignificant(f *testing.F) {
	f.Add("a 1", "a 2")
	f.Add("<p>3 Mio", "\xff")
	f.Fuzz(func(t *testing.T, a, b string) {
		x, y := &Item{Title: "t", Summary: a, Content: b}, &Item{Title: "t", Summary: b, Content: a}
		if Significant(x, y) != Significant(y, x) {
			t.Error("not symmetric")
		}
		if Significant(x, x) {
			t.Error("differs from itself")
		}
	})
}

func BenchmarkSignificant(b *testing.B) {
	text := strings.Repeat("Das Portal kostet 1.200 Euro und startet am 3. Mai. ", 2000)
	old := &Item{Title: "t", Content: "<p>" + text}
	edited := &Item{Title: "t", Content: "<p>" + text[:50000] + "y" + text[50001:]}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		Significant(old, edited)
	}
}
