package parse

import (
	"slices"
	"strings"
	"testing"

	"laenderfeed/aggregator"
)

// TestEmptyList: a list without entries is a success, selectors that match
// nothing are an error.
func TestEmptyList(t *testing.T) {
	for _, tt := range []struct {
		item, list string
		empty      bool
	}{
		{"", "<p>Derzeit liegen keine Pressemitteilungen vor.</p>", true},
		{"", "<div><p>Keine Treffer</p></div>", true},
		{"", "<p>Es wurden leider keine Ergebnisse gefunden.</p>", true},
		{"", "<p>Zurzeit sind keine aktuellen Meldungen vorhanden.</p>", true},
		{"", "<p>0 Treffer</p>", true},
		{"", "<p>Diese Seite wurde umgebaut.</p>", false},
		{"", "<p hidden>Keine Meldungen vorhanden</p>", false},
		{"", "<template><p>Keine Treffer</p></template>", false},
		{"", "<p>Keine Sorge: Meldungen finden Sie jetzt anderswo.</p>", false},
		{"", "<p>Kein Anspruch auf Nachrichten.</p>", false},
		{"ul.liste > li", "<ul class=liste></ul>", true},
		{"ul.liste li a", "<ul class=liste><li></li></ul>", false},
		{"ul.liste > li", "<ul class=neu><li><a href=/1>Eine Meldung mit langem Titel</a></li></ul>", false},
		{"ul.liste > article", "<ul class=liste><li><a href=/1>Eine Meldung mit langem Titel</a></li></ul>", false},
		{".meldung", "<p>Umgebaut.</p>", false},
		{".meldung", "<p>Keine Meldungen gefunden.</p>", true},
		{"main li.meldung", "", false},
		{"table.neu tbody tr", "<table class=neu><thead><tr><th>Datum<tbody></tbody></table>", true},
		{"tbody tr", "<table><tbody><tr><td colspan=3>Keine Meldungen vorhanden</td></tr></tbody></table>", true},
		{"tbody tr", "<table><tbody><tr><td colspan=3></td></tr></tbody></table>", false},
		{"#a > li, .b [data-x='a, b > c'] article", "<div class=b><div data-x='a, b > c'></div></div>", true},
	} {
		body := strings.Replace(page1, "LIST", tt.list, 1)
		opt := Options{URL: "https://www.example.de/presse/", Now: now, Kind: aggregator.KindHTML, Selectors: aggregator.Selectors{Item: tt.item}}
		doc, err := Parse([]byte(body), opt)
		switch {
		case tt.empty && (err != nil || len(doc.Items) != 0 || doc.Kind != "html"):
			t.Errorf("%q in %s: %v, error %v", tt.item, tt.list, doc, err)
		case !tt.empty && aggregator.ClassOf(err) != aggregator.ClassSelector:
			t.Errorf("%q in %s: %v, error %v", tt.item, tt.list, doc, err)
		}
	}
}

func TestSplitSelector(t *testing.T) {
	for in, want := range map[string]string{
		"tbody tr":                               "tbody|tr",
		"ol#r > li>a":                            "ol#r|> li|>a",
		`a[href*="/a b>c/"] + .x`:                `a[href*="/a b>c/"]|+ .x`,
		"div:not(.a > .b) ~ p":                   "div:not(.a > .b)|~ p",
		"li":                                     "li",
		"":                                       "",
		".resultlist   .teaser":                  ".resultlist|.teaser",
		"#searchResult > li:nth-child(2n + 1) a": "#searchResult|> li:nth-child(2n + 1)|a",
	} {
		got := splitSelector(in, true)
		for i := range got {
			got[i] = strings.TrimSpace(got[i])
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%q is %q, want %q", in, strings.Join(got, "|"), want)
		}
	}
	if got := splitSelector(`a, b[c="d,e"],f:is(g,h)`, false); !slices.Equal(got, []string{"a", `b[c="d,e"]`, "f:is(g,h)"}) {
		t.Errorf("%q", got)
	}
}
