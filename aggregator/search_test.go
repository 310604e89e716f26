package aggregator

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParseSearch(t *testing.T) {
	for in, want := range map[string]string{
		"":                              "",
		" \t\n":                         "",
		"Breitband":                     "breitband",
		"  Breitband   Ausbau ":         "breitband ausbau",
		"breitband Breitband BREITBAND": "breitband",
		`"Einer für  alle"`:             `"einer für alle"`,
		`„Einer für alle“ »Portal Verbund«`: `"einer für alle" "portal verbund"`,
		`“Einer für alle” «a b»`:            `"einer für alle" "a b"`,
		`"Breitband"`:                       "breitband",
		`-glasfaser breitband`:              "-glasfaser breitband",
		`breitband −glasfaser`:              "breitband -glasfaser",
		`breitband -"5 g"`:                  `breitband -"5 g"`,
		`breitband --glasfaser - x`:         "breitband -glasfaser x",
		"a OR b c":                          "a OR b c",
		"a ODER b OR a":                     "a OR b",
		"a or b oder c":                     "a or b oder c",
		"a AND b UND c":                     "a b c",
		"(a OR b) c":                        "a OR b c",
		"c ( a ODER b )":                    "c a OR b",
		"(a b) c":                           "a b c",
		"Frankfurt (Oder)":                  "frankfurt oder",
		"-(Oder) Frankfurt":                 "-oder frankfurt",
		"Verwalt*":                          "verwalt*",
		"IT-Sich*,":                         "it-sich*",
		"(verwalt*)":                        "verwalt*",
		"IT-Sicherheit e-Akte E-Rechnung":   "it-sicherheit e-akte e-rechnung",
		"§ 5 OZG":                           "5 ozg",
		"§5 OZG.":                           "5 ozg",
		"Art. 91c GG, 2026!":                "art 91c gg 2026",
		"Rock'n'Roll O’Neill's":             "rock'n'roll o’neill's",
		"🏛️ Rathaus 👩‍💻":                    "rathaus",
		"10.000 z.B. u.a.":                  "10.000 z.b u.a",
		"land:sachsen":                      "land:sachsen",
		"Bau\u00adantrag":                   "bauantrag",
		"الإدارة":                           "الإدارة",
		`a"b c"d`:                           `a "b c" d`,
		"Ort(steil)":                        `"ort(steil"`,
		"-a-b c":                            "-a-b c",
		`NEAR(a b) ^x {y} a+b`:              `"near(a" b x y a+b`,
	} {
		s, err := ParseSearch(in)
		if err != nil || s.String() != want {
			t.Errorf("%q is %q, want %q (%v)", in, s.String(), want, err)
		}
		if s.IsZero() != (want == "") {
			t.Errorf("%q: IsZero is %v", in, s.IsZero())
		}
	}
}

// TestSearchTree looks at how terms are put together.
func TestSearchTree(t *testing.T) {
	s, err := ParseSearch(`a OR "b c" ddd* -e x ODER y`)
	if err != nil {
		t.Fatal(err)
	}
	want := Search{All: []SearchClause{
		{Any: []SearchTerm{{Text: "a"}, {Text: "b c"}}},
		{Any: []SearchTerm{{Text: "ddd", Prefix: true}}},
		{Any: []SearchTerm{{Text: "e"}}, Not: true},
		{Any: []SearchTerm{{Text: "x"}, {Text: "y"}}},
	}}
	if !reflect.DeepEqual(s, want) {
		t.Errorf("%+v", s)
	}
}

func TestSearchErrors(t *testing.T) {
	twenty := strings.TrimSpace(strings.Repeat("ab ", 20))
	for in, want := range map[string]SearchError{
		`breitband "ausbau`:               {SearchOpenQuote, 10},
		`für „alle`:                       {SearchOpenQuote, 4},
		`a "b" "`:                         {SearchOpenQuote, 6},
		`a "" b`:                          {SearchEmptyQuote, 2},
		`„!“`:                             {SearchEmptyQuote, 0},
		`"a b"*`:                          {SearchStar, 5},
		"*":                               {SearchStar, 0},
		"über *":                          {SearchStar, 5},
		"*akte":                           {SearchStar, 0},
		"e*akte":                          {SearchStar, 1},
		"foo-*":                           {SearchStar, 4},
		"ab*":                             {SearchShortPrefix, 2},
		"it-si*":                          {SearchShortPrefix, 5},
		"§ ★ …":                           {SearchNoWord, 0},
		"-":                               {SearchNoWord, 0},
		"-a":                              {SearchOnlyNot, 0},
		`  -"a b" -c`:                     {SearchOnlyNot, 2},
		"OR a":                            {SearchOr, 0},
		"a ODER":                          {SearchOr, 2},
		"a OR OR b":                       {SearchOr, 5},
		"a OR -b":                         {SearchOrNot, 5},
		"a -b OR c":                       {SearchOrNot, 5},
		"(a b) OR c":                      {SearchGroup, 0},
		"c OR (a b)":                      {SearchGroup, 5},
		"x -(a b)":                        {SearchGroup, 2},
		"ü \x00":                          {SearchCharacter, 2},
		"ü\xff":                           {SearchCharacter, 1},
		"a\u0085b\u009fc":                 {SearchCharacter, 3},
		twenty + " x":                     {SearchTooMany, 60},
		strings.Repeat("ü", 251):          {SearchTooLong, 250},
		"x" + strings.Repeat("ü", 250):    {SearchTooLong, 250},
		strings.Repeat("x", 501) + "\xff": {SearchTooLong, 500},
	} {
		_, err := ParseSearch(in)
		var got *SearchError
		if !errors.As(err, &got) || *got != want {
			t.Errorf("%q: %v, want %v", in, err, &want)
		}
	}
	if _, err := ParseSearch(twenty + "  "); err != nil {
		t.Errorf("twenty terms: %v", err)
	}
	if _, err := ParseSearch(strings.Repeat("ü", 250)); err != nil {
		t.Errorf("500 bytes: %v", err)
	}
	for p := SearchTooLong; p <= SearchGroup; p++ {
		if text := (&SearchError{Problem: p, Pos: 3}).Error(); !strings.HasSuffix(text, "at character 4") || strings.Contains(text, "unknown") {
			t.Errorf("problem %d: %s", p, text)
		}
	}
}

// FuzzParseSearch takes any bytes. The canonical form of what is understood is
// understood as the same.
func FuzzParseSearch(f *testing.F) {
	for _, s := range []string{`a OR "b c" -d eee*`, "(a b) OR c", `„a“ -(x) 'y' "`, "* ** a*b", "NEAR(a b, 5) title:x ^a {b} \x00", "ǅ İ ß ﬁ ①"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		s, err := ParseSearch(in)
		if err != nil {
			var e *SearchError
			if !errors.As(err, &e) || e.Pos < 0 || e.Pos > utf8.RuneCountInString(in) || !s.IsZero() {
				t.Fatalf("%q: %#v", in, err)
			}
			return
		}
		canonical := s.String()
		again, err := ParseSearch(canonical)
		var e *SearchError
		if errors.As(err, &e) && e.Problem == SearchTooLong { // a letter may be longer in lower case
			return
		}
		if err != nil || !reflect.DeepEqual(s, again) {
			t.Fatalf("%q: canonical form %q is read as %q, %v", in, canonical, again.String(), err)
		}
	})
}
