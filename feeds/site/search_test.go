package site

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"laenderfeed/aggregator"
	"laenderfeed/feeds"
)

func TestSearchPage(t *testing.T) {
	m := fixture()
	h := newHandler(t, m)
	elements, text := parse(t, h, "/suche?q=intelligenz+auszug&land=sachsen&seit=2026-01-01")
	for _, want := range []string{"Suche „intelligenz auszug“ in Sachsen seit 2026-01-01", "1 Treffer", "Die passendsten zuerst. Nach Datum ordnen", "Diese Suche abonnieren"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in %s", want, text)
		}
	}
	found := links(elements)
	for _, path := range []string{"/suche/feed.atom?q=intelligenz+auszug&land=sachsen&seit=2026-01-01", "/suche/feed.json?q=intelligenz+auszug&land=sachsen&seit=2026-01-01",
		"/suche?q=intelligenz+auszug&land=sachsen&seit=2026-01-01&ordnung=datum"} {
		if _, ok := found[path]; !ok {
			t.Errorf("no link to %s in %v", path, found)
		}
	}
	var alternates, marks, selected []string
	for _, n := range elements {
		switch {
		case n.Data == "link" && attr(n, "rel") == "alternate":
			alternates = append(alternates, attr(n, "href"))
		case n.Data == "mark":
			marks = append(marks, n.FirstChild.Data)
		case n.Data == "option" && slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "selected" }):
			selected = append(selected, attr(n, "value"))
		case n.Data == "input" && attr(n, "name") == "q" && attr(n, "value") != "intelligenz auszug":
			t.Errorf("field %v", n.Attr)
		}
	}
	if len(alternates) != 3 || alternates[1] != "/suche/feed.rss?q=intelligenz+auszug&land=sachsen&seit=2026-01-01" {
		t.Errorf("alternates %v", alternates)
	}
	if strings.Join(marks, " ") != "Intelligenz Auszug" && strings.Join(marks, " ") != "Auszug Intelligenz" {
		t.Errorf("marks %v", marks)
	}
	if strings.Join(selected, " ") != "sachsen" {
		t.Errorf("selected %v", selected)
	}
	m.more = true
	m.generation.Add(1)
	if _, text := parse(t, h, "/suche?q=script"); !strings.Contains(text, "Mehr als 1 Treffer Die passendsten zuerst, ausgewählt unter den neuesten 1.") {
		t.Errorf("more: %s", text)
	}
	m.more = false
	m.generation.Add(1)
	for path, want := range map[string]string{
		"/suche":                                    "Meldungen durchsuchen Suchwörter",
		"/suche?q=gibtesnicht":                      "Keine Treffer",
		"/suche?q=intelligenz&ordnung=datum":        "Die neuesten zuerst. Nach Relevanz ordnen",
		"/suche?land=sachsen":                       "Die neuesten zuerst.",
		"/suche?q=intelligenz&quelle=staatskanzlei": "bei Staatskanzlei <Sachsen>",
		"/suche?q=auszug&land=sachsen+thueringen":   "Sachsen, Thüringen",
		"/suche?thema=ki":                           "Suche zu Künstliche Intelligenz",
		"/suche?q=auszug&ort=14612000":              "in Dresden (Sachsen)",
		"/suche?q=intelligenz&land=bayern":          "Keine Treffer",
	} {
		if _, text := parse(t, h, path); !strings.Contains(text, want) {
			t.Errorf("%s: %q is missing in %s", path, want, text)
		}
	}
	if body := do(h, "GET", "/suche?q=script").Body.String(); strings.Contains(body, "<script") || !strings.Contains(body, "&lt;<mark>script</mark>") {
		t.Errorf("what is found is markup: %s", body)
	}
	if _, text := parse(t, newHandler(t, fixture(), func(c *Config) { c.Content = feeds.ContentTitle }), "/suche?q=auszug"); strings.Contains(text, "Ein Auszug aus") {
		t.Error("an excerpt where only titles are published")
	}
}

func TestSearchRedirects(t *testing.T) {
	h := newHandler(t, fixture(), func(c *Config) { c.PublicURL = "https://example.de/feeds" })
	for in, want := range map[string]string{
		"/suche/":                           "/suche",
		"/Suche?q=KI":                       "/suche?q=ki",
		"/suche?q=ki&land=&thema=&bis=":     "/suche?q=ki",
		"/suche?q=&land=":                   "/suche",
		"/suche?utm_source=x":               "/suche",
		"/suche?land=th+sn&q=ki":            "/suche?q=ki&land=sachsen+thueringen",
		"/suche?ordnung=datum&q=ki":         "/suche?q=ki&ordnung=datum",
		"/suche?ordnung=x&q=ki":             "/suche?q=ki",
		"/suche?ordnung=datum&land=sachsen": "/suche?land=sachsen",
		"/suche?q=verw*":                    "/suche?q=verw%2A",
	} {
		w := do(h, "GET", in)
		if w.Code != 308 || w.Header().Get("Location") != "/feeds"+want {
			t.Errorf("%s: %d to %s", in, w.Code, w.Header().Get("Location"))
		}
		if w := do(h, "GET", want); w.Code != 200 {
			t.Errorf("%s: %d", want, w.Code)
		}
	}
}

func TestSearchErrors(t *testing.T) {
	m := fixture()
	h := newHandler(t, m)
	for in, want := range map[string]string{
		"q=breitband+%22ausbau+x&land=sachsen": `breitband <mark class="here">&#34;ausbau x</mark>`,
		"q=a+ODER":                             `a <mark class="here">ODER</mark>`,
		"q=%22%3Cscript%3E":                    `<mark class="here">&#34;&lt;script&gt;</mark>`,
		"q=ki&seit=gestern":                    "wird ein Tag erwartet",
		"q=a;b":                                "nicht stehen können",
		"q=%zz&land=quatsch":                   "nicht stehen können",
		"q=%22a&land=quatsch":                  "fehlt das zweite",
	} {
		w := do(h, "GET", "/suche?"+in, "Accept", "text/html")
		body := w.Body.String()
		if w.Code != 400 || !strings.Contains(body, want) || strings.Contains(body, "<script") || !strings.Contains(body, `<form class="search"`) {
			t.Errorf("%s: %d %s", in, w.Code, body)
		}
		if w := do(h, "HEAD", "/suche?"+in, "Accept", "text/html"); w.Code != 400 || w.Body.Len() > 0 {
			t.Errorf("HEAD %s: %d", in, w.Code)
		}
		if w := do(h, "GET", "/suche?"+in); w.Code != 400 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") {
			t.Errorf("%s as text: %d %v", in, w.Code, w.Header())
		}
	}
	if body := do(h, "GET", "/suche?q=%22a&land=sachsen", "Accept", "text/html").Body.String(); !strings.Contains(body, `<option value="sachsen" selected>`) || !strings.Contains(body, `value="&#34;a"`) {
		t.Errorf("the form is empty: %s", body)
	}
	if text := do(h, "GET", "/suche?q=xy+%22a").Body.String(); !strings.Contains(text, "xy \"a\n   ^\n") {
		t.Errorf("no caret in %s", text)
	}
	for in, want := range map[string]int{"q=ki&land=sachen": 404, "thema=x": 404, "q=ki&quelle=fehlt": 404, "ort=123": 404} {
		if w := do(h, "GET", "/suche?"+in); w.Code != want {
			t.Errorf("%s: %d", in, w.Code)
		}
	}
	if w := do(h, "POST", "/suche?q=ki"); w.Code != 405 {
		t.Errorf("POST: %d", w.Code)
	}
	m.busy = true
	if w := do(h, "GET", "/suche?q=ki"); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("busy: %d %v", w.Code, w.Header())
	}
}

func TestMarks(t *testing.T) {
	for _, tt := range []struct{ text, search, want string }{
		{"Der Müller kommt", "mueller", "Der [Müller] kommt"},
		{"Die STRASSE", "straße", "Die [STRASSE]"},
		{"Mu\u0308ller-Lüdenscheidt", "müller-lüd*", "[Mu\u0308ller-Lüdenscheidt]"},
		{"Bau\u00adantrag und Bauantrag", "bauantrag", "[Bau\u00adantrag] und [Bauantrag]"},
		{"E-Akte, e akte, Akte", "e-akte", "[E-Akte], [e akte], Akte"},
		{"digital Digitalisierung", "digi* -x", "[digital] [Digitalisierung]"},
		{"Einer für alle. Alle für einen", `"für alle" OR einen`, "Einer [für alle]. Alle für [einen]"},
		{"Café", "cafe", "[Café]"},
		{"nichts", "etwas", "nichts"},
		{"", "etwas", ""},
		{"x \xff y", "y", "x \xff [y]"},
	} {
		s, err := aggregator.ParseSearch(tt.search)
		if err != nil {
			t.Fatal(err)
		}
		if got := brackets(marked(tt.text, hits(tt.text, s))); got != tt.want {
			t.Errorf("%s in %q: %q, want %q", tt.search, tt.text, got, tt.want)
		}
	}
	s, _ := aggregator.ParseSearch("treffer")
	long := strings.Repeat("Wörter über Wörter ", 20) + "ein Treffer. " + strings.Repeat("Noch mehr Text ", 40)
	if got := brackets(around(long, s, 100)); !strings.HasPrefix(got, "… ") || !strings.Contains(got, "ein [Treffer]") || len([]rune(got)) > 110 {
		t.Errorf("excerpt %q", got)
	}
	if got := brackets(around("Kurzer Treffer", s, 100)); got != "Kurzer [Treffer]" {
		t.Errorf("excerpt %q", got)
	}
	if got := around(strings.Repeat("x", 500)+"treffer", s, 100); got != nil {
		t.Errorf("excerpt %v", got)
	}
}

func brackets(marks []mark) string {
	var b strings.Builder
	for _, m := range marks {
		if m.Hit {
			b.WriteString("[" + m.Text + "]")
		} else {
			b.WriteString(m.Text)
		}
	}
	return b.String()
}

// FuzzMarks loses nothing of a text, whatever is searched for.
func FuzzMarks(f *testing.F) {
	f.Add("Der Müller — 10.000 €", "müller OR 10*")
	f.Add("a\xff\u0308 b", "a b")
	f.Fuzz(func(t *testing.T, text, search string) {
		s, err := aggregator.ParseSearch(search)
		if err != nil {
			return
		}
		var all strings.Builder
		for _, m := range marked(text, hits(text, s)) {
			all.WriteString(m.Text)
		}
		if all.String() != text {
			t.Fatalf("%q became %q", text, all.String())
		}
		around(text, s, 100)
	})
}

// FuzzSearchPage asks for anything.
func FuzzSearchPage(f *testing.F) {
	h := newHandler(f, fixture())
	for _, q := range []string{"q=ki&land=sn", "q=%00", "q=%22a", "ordnung=datum&q=%3Cscript", "%zz", "seit=x&q=a"} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, query string) {
		to, err := h.route(&url.URL{Path: "/suche", RawQuery: query})
		if err == nil {
			doc, err := to.render(t.Context())
			if err == nil && strings.Contains(string(doc.Body), "<script") {
				t.Fatalf("%s", doc.Body)
			}
		}
	})
}
