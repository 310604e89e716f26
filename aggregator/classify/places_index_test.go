package classify

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"laenderfeed/aggregator"
)

func TestPlaceByKey(t *testing.T) {
	c := newClassifier(t)
	for key, want := range map[string]aggregator.Place{
		"14612000":    {Key: "14612000", Name: "Dresden", Kind: aggregator.Gemeinde},
		"05566":       {Key: "05566", Name: "Kreis Steinfurt", Kind: aggregator.Kreis},
		"091":         {Key: "091", Name: "Regierungsbezirk Oberbayern", Kind: aggregator.Regierungsbezirk},
		"010515166":   {Key: "010515166", Name: "Amt Marne-Nordsee", Kind: aggregator.Gemeindeverband},
		"11000000-08": {Key: "11000000-08", Name: "Bezirk Neukölln", Kind: aggregator.Bezirk},
		"11000000":    {Key: "11000000", Name: "Berlin", Kind: aggregator.Gemeinde},
		"16075136":    {Key: "16075136", Name: "Rosenthal am Rennsteig", Kind: aggregator.Gemeinde},
	} {
		if got, ok := c.Place(key); !ok || got != want {
			t.Errorf("%s is %+v, %v", key, got, ok)
		}
	}
	for _, key := range []string{"", "14", "1461200", "14612001", "99999999", "14612000 ", "dresden", "11000000-13", "\x00", strings.Repeat("1", 1000)} {
		if got, ok := c.Place(key); ok {
			t.Errorf("%q is %+v", key, got)
		}
	}
}

// keysOf joins keys and names of places for comparison.
func keysOf(ps []aggregator.Place) string {
	var keys []string
	for _, p := range ps {
		keys = append(keys, p.Key)
	}
	return strings.Join(keys, " ")
}

func TestFindPlaces(t *testing.T) {
	c := newClassifier(t)
	for _, tt := range []struct {
		name string
		n    int
		want string
	}{
		{"Dresden", 1, "14612000"},
		{"dresden", 1, "14612000"},
		{"  DRESDEN  ", 1, "14612000"},
		{"München", 1, "09162000"},
		{"muenchen", 1, "09162000"},
		{"MÜNCHEN", 1, "09162000"},
		{"Mu\u0308nchen", 1, "09162000"},
		{"Munchen", 1, "09162000"},
		{"Gießen", 2, "06531005 065"},
		{"Giessen", 2, "06531005 065"},
		{"Steinfurt", 2, "05566084 05566"},
		{"Landkreis Steinfurt", 1, "05566"},
		{"Kreis Steinfurt", 1, "05566"},
		{"Köln", 2, "05315000 053"},
		{"Frankfurt", 2, "06412000 12053000"},
		{"Frankfurt (Oder)", 1, "12053000"},
		{"Frankfurt/Oder", 1, "12053000"},
		{"frankfurt oder", 1, "12053000"},
		{"Frankfurt a. M.", 1, "06412000"},
		{"Sankt Wendel", 1, "10046117"},
		{"St. Wendel", 1, "10046117"},
		{"Tölz", 2, "09173 09173112"},
		{"Neukölln", 1, "11000000-08"},
		{"Wokrejs Sprjewja-Nysa", 1, "12071"},
		{"Budyšin", 1, "14625020"},
		{"Landeshauptstadt Kiel", 1, "01002000"}, // places.tsv
		{"Marzipanstadt", 1, "01003000"},
		{"Landkreis Rügen", 1, "13073"},
		{"Munster", 2, "03358016 05515000"}, // and perhaps Münster
		{"Jüchen", 1, "05162012"},
		{"Mühldorf", 1, "09183128"},
		{"Drseden", 1, "14612000"},
		{"Recklinghausn", 1, "05562032"},
		{"14612000", 5, "14612000"},
		{" 05566 ", 5, "05566"},
		{"11000000-08", 5, "11000000-08"},
		{"Xyzzyplugh", 5, ""},
		{"", 5, ""},
		{"  -- ", 5, ""},
		{"Dresden", 0, ""},
		{"Dresden", -1, ""},
		{"\x00\xff", 5, ""},
		{strings.Repeat("Dresden ", 20), 5, ""},
	} {
		if got := keysOf(c.FindPlaces(tt.name, tt.n)); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestFindPlacesOrder looks at rules of order rather than at names.
func TestFindPlacesOrder(t *testing.T) {
	c := newClassifier(t)
	for _, name := range []string{"Neustadt", "Mühl", "Bad", "Landkreis", "a", "Sankt", "Hofheim", "Rosenheim"} {
		got := c.FindPlaces(name, 20)
		if len(got) == 0 || len(got) > 20 {
			t.Errorf("%q: %d places", name, len(got))
		}
		seen := map[string]bool{}
		for _, p := range got {
			if seen[p.Key] {
				t.Errorf("%q: %s twice", name, p.Key)
			}
			seen[p.Key] = true
		}
		if more := c.FindPlaces(name, 5); !slices.Equal(more, got[:min(len(got), 5)]) {
			t.Errorf("%q: the first 5 of 20 are %v, of 5 %v", name, got[:min(len(got), 5)], more)
		}
	}
	towns := c.FindPlaces("Neustadt", 30)
	for i := 1; i < len(towns) && towns[i].Name == "Neustadt"; i++ {
		if a, b := c.placeOf[towns[i-1].Key], c.placeOf[towns[i].Key]; c.places[a].population < c.places[b].population {
			t.Errorf("%v is larger than %v", towns[i], towns[i-1])
		}
	}
	for _, p := range c.FindPlaces("Leipzig", 10) {
		if p.Key == "14713" {
			t.Error("the town of Leipzig is found as a Kreis")
		}
	}
	for _, p := range c.FindPlaces("München", 30) {
		if !strings.Contains(p.Name, "München") {
			t.Errorf("München finds %v", p)
		}
	}
	if p, ok := c.Place("14713"); !ok || p.Kind != aggregator.Kreis {
		t.Error("and cannot be had by its key")
	}
}

// TestEveryPlaceIsFound looks for all places by their own names.
func TestEveryPlaceIsFound(t *testing.T) {
	c := newClassifier(t)
	step := 7
	if testing.Short() {
		step = 101
	}
	for i := 0; i < len(c.places); i += step {
		p := c.place(int32(i))
		want := p.Key
		if c.isTown(int32(i)) {
			want += "000"
		}
		found := c.FindPlaces(p.Name, 40)
		if !slices.ContainsFunc(found, func(f aggregator.Place) bool { return f.Key == want }) {
			t.Errorf("%+v is not found: %v", p, found)
		}
	}
}

func TestFindOwnPlaces(t *testing.T) {
	c, err := New(Config{Places: []Place{
		{Key: "14612000", Name: "Elbstadt Dräsdn", Kind: aggregator.Gemeinde},
		{Key: "14999999", Name: "Neu-Utopia", Kind: aggregator.Gemeinde, Population: 5},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if got := keysOf(c.FindPlaces("elbstadt draesdn", 1)); got != "14612000" {
		t.Errorf("another name finds %q", got)
	}
	if got := keysOf(c.FindPlaces("neu utopia", 1)); got != "14999999" {
		t.Errorf("a place of our own is %q", got)
	}
}

func TestPlacesIn(t *testing.T) {
	c := newClassifier(t)
	count := func(key string, kind aggregator.PlaceKind) (n int) {
		for _, p := range c.PlacesIn(key) {
			if !strings.HasPrefix(p.Key, key) || p.Key == key {
				t.Errorf("%v lies in %s", p, key)
			}
			if p.Kind == kind {
				n++
			}
		}
		return n
	}
	for _, tt := range []struct {
		key  string
		kind aggregator.PlaceKind
		want int
	}{
		{"091", aggregator.Kreis, 23},
		{"14", aggregator.Kreis, 13},
		{"09", aggregator.Regierungsbezirk, 7},
		{"09", aggregator.Kreis, 0},
		{"05566", aggregator.Gemeinde, 24},
		{"14612", aggregator.Gemeinde, 1},
		{"11000000", aggregator.Bezirk, 12},
		{"02000000", aggregator.Bezirk, 7},
		{"11000", aggregator.Bezirk, 0},
	} {
		if got := count(tt.key, tt.kind); got != tt.want {
			t.Errorf("%s has %d of %s, want %d", tt.key, got, tt.kind, tt.want)
		}
	}
	if count("01051", aggregator.Gemeindeverband) == 0 {
		t.Error("no Ämter in Dithmarschen")
	}
	for _, key := range []string{"", "1", "14612000", "010515166", "99", "11000000-08", "x"} {
		if got := c.PlacesIn(key); got != nil {
			t.Errorf("%q has %v", key, got)
		}
	}
	names := c.PlacesIn("05566")
	if names[0].Name != "Altenberge" || !slices.ContainsFunc(names, func(p aggregator.Place) bool { return p.Name == "Hörstel" }) {
		t.Errorf("not in order: %v", names)
	}
}

func TestFoldName(t *testing.T) {
	for in, want := range map[string]string{
		"Köln": "koeln", "KÖLN": "koeln", "Ko\u0308ln": "koeln", "Gießen": "giessen", "GIEẞEN": "giessen", "St. Wendel": "st wendel",
		"Baden-Baden": "baden baden", " (a) ": "a", "Łódź 2": "lodz 2", "e\u0301": "e", "": "", "---": "", "Москва": "москва",
	} {
		if got := foldName(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

func TestSpelling(t *testing.T) {
	var rows [2][maxPlaceQuery + 1]int
	for _, tt := range []struct {
		a, b string
		most int
		want int
	}{
		{"", "", 2, 0}, {"dresden", "dresden", 2, 0}, {"drsden", "dresden", 2, 1}, {"drseden", "dresden", 2, 2},
		{"dresden", "leipzig", 3, 4}, {"a", "abcdef", 2, 3}, {"kiel", "kehl", 2, 2},
	} {
		if got := spelling(tt.a, tt.b, tt.most, &rows); got != tt.want {
			t.Errorf("%q and %q: %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

// TestFindPlacesTogether makes the index from several goroutines.
func TestFindPlacesTogether(t *testing.T) {
	c := newClassifier(t)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if got := keysOf(c.FindPlaces("Dresden", 1)); got != "14612000" {
				t.Errorf("found %q", got)
			}
		})
	}
	all.Wait()
}

func FuzzFindPlaces(f *testing.F) {
	c := newClassifier(f)
	for _, s := range []string{"Dresden", "Bad ", "st. ", "ß", "\xff", "14612", "ÄÖÜ", strings.Repeat("e", maxPlaceQuery)} {
		f.Add(s, 3)
	}
	f.Fuzz(func(t *testing.T, name string, n int) {
		found := c.FindPlaces(name, n)
		if len(found) > max(n, 0) {
			t.Fatalf("%d places, want %d", len(found), n)
		}
		if folded := foldName(name); utf8.ValidString(name) && foldName(folded) != folded {
			t.Fatalf("%q folds to %q, that to %q", name, folded, foldName(folded))
		}
		for _, p := range found {
			if got, ok := c.Place(p.Key); !ok || got != p {
				t.Fatalf("%q finds %v, which is %v", name, p, got)
			}
		}
	})
}

func BenchmarkFindPlaces(b *testing.B) {
	c := newClassifier(b)
	c.FindPlaces("x", 1)
	for _, name := range []string{"Dresden", "Drseden", "Neu", "Xyzzyplughburg"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.FindPlaces(name, 20)
			}
		})
	}
}

// BenchmarkPlaceNames makes the index.
func BenchmarkPlaceNames(b *testing.B) {
	c := newClassifier(b)
	b.ReportAllocs()
	for b.Loop() {
		var x placeNames
		if err := x.load(c); err != nil {
			b.Fatal(err)
		}
	}
}
