package site

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/html"

	"laenderfeed/aggregator"
	"laenderfeed/feeds"
)

// memory is the items of a test: a store that keeps them in a slice.
type memory struct {
	entries    []aggregator.Entry
	sources    []aggregator.SourceStatus
	generation atomic.Uint64
	reads      atomic.Int64
	err        error
	busy, more bool // of searches
}

func (m *memory) Entries(_ context.Context, q aggregator.Query) ([]aggregator.Entry, error) {
	m.reads.Add(1)
	var found []aggregator.Entry
	for i, e := range m.entries {
		e.Place = aggregator.Cursor{Time: e.Effective(), Row: int64(len(m.entries) - i)}
		behind := q.Before.Time.IsZero() || e.Place.Time.Before(q.Before.Time) || e.Place.Time.Equal(q.Before.Time) && e.Place.Row < q.Before.Row
		if behind && (q.Source == "" || e.Source == q.Source) && covers(q.Regions, e.Labels.Regions) && covers(q.Topics, e.Labels.Topics) && liesIn(q.Places, e.Labels.Places) {
			found = append(found, e)
		}
	}
	return found[:min(len(found), cmp.Or(q.Limit, 50))], m.err
}

// Search finds what has one of the words in its title; the best are the last.
func (m *memory) Search(ctx context.Context, q aggregator.Query, best bool) (found aggregator.Found, err error) {
	if m.busy {
		return found, aggregator.ErrSearchBusy
	}
	all, err := m.Entries(ctx, aggregator.Query{Regions: q.Regions, Topics: q.Topics, Source: q.Source, Limit: 1000})
	for _, e := range all {
		if q.Search.IsZero() || len(hits(e.Title+" "+e.Summary+" "+e.Content, q.Search)) > 0 {
			found.Entries = append(found.Entries, e)
		}
	}
	if best {
		slices.Reverse(found.Entries)
	}
	found.Total, found.More = len(found.Entries), m.more
	return found, err
}

func covers[T comparable](wanted, have []T) bool {
	return len(wanted) == 0 || slices.ContainsFunc(have, func(v T) bool { return slices.Contains(wanted, v) })
}

func (m *memory) Sources(context.Context) ([]aggregator.SourceStatus, error) { return m.sources, m.err }
func (m *memory) Generation() uint64                                         { return m.generation.Load() }

const publicURL = "https://feeds.example.de"

var noon = time.Date(2026, 3, 1, 11, 0, 0, 0, time.UTC)

func fixture() *memory {
	good := aggregator.SourceStatus{Items: 1234, Source: aggregator.Source{
		ID: "staatskanzlei", Name: "Staatskanzlei <Sachsen>", Publisher: "Freistaat Sachsen", URL: "https://www.example.org/feed",
		Region: aggregator.Sachsen, Enabled: true,
	}}
	good.State = aggregator.State{LastChecked: noon, LastSuccess: noon, NextCheck: noon.Add(time.Hour), LastStatus: 304}
	broken := aggregator.SourceStatus{Source: aggregator.Source{ID: "kaputt", Name: "Kaputte Quelle", URL: "https://www.example.org/kaputt", Enabled: true}}
	broken.State = aggregator.State{
		LastChecked: noon, LastSuccess: noon.AddDate(0, -5, 0), NextCheck: noon.Add(time.Hour),
		LastStatus: 503, Failures: 4, Class: aggregator.ClassHTTP5xx, Error: "GET https://www.example.org/kaputt: 503 <b>",
	}
	never := aggregator.SourceStatus{Source: aggregator.Source{ID: "nie", Name: "Nie erreicht", URL: "https://www.example.org/nie", Enabled: true}}
	never.State = aggregator.State{LastChecked: noon, NextCheck: noon.Add(time.Hour), Failures: 1, Class: aggregator.ClassDNS}
	fresh := aggregator.SourceStatus{Source: aggregator.Source{ID: "frisch", Name: "Frische Quelle", URL: "https://www.example.org/frisch", Enabled: true}}
	off := aggregator.SourceStatus{Source: aggregator.Source{ID: "aus", Name: "Alte Quelle", URL: "https://www.example.org/aus"}}
	off.State = aggregator.State{Failures: 9, Class: aggregator.ClassGone, LastStatus: 410}

	m := &memory{sources: []aggregator.SourceStatus{off, fresh, good, never, broken}}
	add := func(title string, change func(*aggregator.Entry)) {
		e := aggregator.Entry{Origin: good.Source}
		e.Source, e.GUID, e.Title, e.Link = good.ID, title, title, "https://www.example.org/meldung"
		e.Published, e.Seen, e.Updated = noon, noon.Add(time.Minute), noon.Add(time.Minute)
		e.Labels = aggregator.Labels{Regions: []aggregator.Region{aggregator.Sachsen, aggregator.Thueringen}, Topics: []aggregator.Topic{"ki"}}
		e.Summary = "Ein Auszug aus der Meldung."
		if change != nil {
			change(&e)
		}
		e.ID = aggregator.ItemID(e.Source, e.GUID)
		m.entries = append(m.entries, e)
	}
	add("Künstliche Intelligenz & „Ämter“", nil)
	add(`<script>alert("x")</script></bdi>`, func(e *aggregator.Entry) {
		e.Link, e.Summary = "javascript:alert(1)", `"><img src=x onerror=alert(1)>`
		e.Labels.Regions = []aggregator.Region{aggregator.Bayern}
	})
	add("الإدارة الرقمية \u202etxet", func(e *aggregator.Entry) {
		e.Summary = ""
		for _, key := range []string{"14625020", "14612000", "14625", "091", "11000000-01", "11000000"} {
			e.Labels.Places = append(e.Labels.Places, aggregator.Place{Key: key, Name: "Alter Name", Kind: aggregator.Gemeinde})
		}
	})
	return m
}

func newHandler(t testing.TB, m *memory, change ...func(*Config)) *Handler {
	t.Helper()
	c := Config{Items: m, PublicURL: publicURL, Places: gazetteer, Now: func() time.Time { return noon }}
	for _, f := range change {
		f(&c)
	}
	h, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func do(h http.Handler, method, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// parse reads a page as a browser does and returns its elements.
func parse(t *testing.T, h http.Handler, path string) (elements []*html.Node, text string) {
	t.Helper()
	w := do(h, "GET", path)
	if w.Code != 200 || w.Header().Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("%s: %d %v", path, w.Code, w.Header())
	}
	doc, err := html.Parse(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for n := range doc.Descendants() {
		switch {
		case n.Type == html.ElementNode:
			elements = append(elements, n)
		case n.Type == html.TextNode && n.Parent.Data != "style":
			b.WriteString(n.Data)
		}
	}
	return elements, strings.Join(strings.Fields(b.String()), " ")
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

var paths = []string{"/", "/sachsen", "/sachsen/ki", "/alle", "/alle/ki", "/bund", "/unklar", "/bayern", "/sachsen+thueringen/ozg+ki",
	"/quellen", "/quellen/staatskanzlei", "/quellen/kaputt", "/quellen/frisch", "/quellen/aus", "/bot",
	"/ort", "/ort?name=Bau", "/ort?name=%3Cscript%3Ealert(1)%3C/script%3E", "/ort/14625-landkreis-bautzen", "/ort/14625020-bautzen",
	"/ort/14612000-dresden", "/ort/091-regierungsbezirk-oberbayern", "/ort/11000000-berlin", "/ort/11000000-01-bezirk-mitte", "/ort/14612000+14625",
	"/suche", "/suche?q=intelligenz", "/suche?q=script", "/suche?q=nichts&land=sachsen+thueringen&ort=14612000&quelle=staatskanzlei&seit=2026-01-01"}

// TestPagesAreWellMade holds every page to what makes it accessible and safe.
func TestPagesAreWellMade(t *testing.T) {
	h := newHandler(t, fixture(), func(c *Config) { c.Contact = "feeds@example.org" })
	for _, path := range paths {
		elements, _ := parse(t, h, path)
		count := map[string]int{}
		ids := map[string]bool{}
		for _, n := range elements {
			count[n.Data]++
			if id := attr(n, "id"); id != "" {
				if ids[id] {
					t.Errorf("%s: id %s twice", path, id)
				}
				ids[id] = true
			}
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "style" || strings.HasPrefix(strings.ToLower(a.Val), "javascript:") {
					t.Errorf("%s: %s=%q", path, a.Key, a.Val)
				}
			}
			if n.Data == "html" && attr(n, "lang") != "de" {
				t.Errorf("%s: no language", path)
			}
			if (n.Data == "input" && attr(n, "type") != "hidden" || n.Data == "select") && !slices.ContainsFunc(elements, func(l *html.Node) bool { return l.Data == "label" && attr(l, "for") == attr(n, "id") }) {
				t.Errorf("%s: a field without label", path)
			}
			if n.Data == "th" && attr(n, "scope") == "" {
				t.Errorf("%s: a header cell without scope", path)
			}
		}
		for _, n := range elements {
			if label := attr(n, "aria-labelledby"); label != "" && !ids[label] {
				t.Errorf("%s: labelled by %s, which is missing", path, label)
			}
			if target, ok := strings.CutPrefix(attr(n, "href"), "#"); ok && !ids[target] {
				t.Errorf("%s: link to #%s, which is missing", path, target)
			}
		}
		for element, want := range map[string]int{"h1": 1, "main": 1, "title": 1, "script": 0, "img": 0, "iframe": 0, "form": 1, "style": 1} {
			if element == "form" && strings.HasPrefix(path, "/ort") && !strings.HasPrefix(path, "/ort/") {
				want = 2
			}
			if count[element] != want {
				t.Errorf("%s: %d of %s", path, count[element], element)
			}
		}
	}
}

// TestLinksLeadSomewhere follows every link inside the site.
func TestLinksLeadSomewhere(t *testing.T) {
	m := fixture()
	pages := newHandler(t, m)
	h, err := feeds.New(feeds.Config{Items: m, PublicURL: publicURL, Places: gazetteer, Pages: pages})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, path := range paths {
		elements, _ := parse(t, h, path)
		for _, n := range elements {
			href := attr(n, "href")
			if href == "" || strings.HasPrefix(href, "#") || seen[href] {
				continue
			}
			seen[href] = true
			u, err := url.Parse(strings.TrimPrefix(href, publicURL))
			if err != nil {
				t.Errorf("%s: %v", path, err)
			} else if q, f, err := pages.words.Parse(u.Path); u.Host == "" && feeds.IsFeed(u.Path) && q.Source == "" && f != feeds.OPML && u.RawQuery == "" {
				if err != nil || pages.words.Path(q, f) != u.Path { // there are hundreds: not rendered here
					t.Errorf("%s: link to %s, which is not canonical: %v", path, href, err)
				}
			} else if u.Host == "" && u.Scheme == "" {
				if w := do(h, "GET", u.RequestURI()); w.Code != 200 {
					t.Errorf("%s: link to %s answers %d", path, href, w.Code)
				}
			} else if u.Scheme != "https" || u.Host != "www.example.org" {
				t.Errorf("%s: link to %s", path, href)
			}
		}
	}
	if len(seen) < 200 {
		t.Errorf("only %d links", len(seen))
	}
}

func TestAutodiscovery(t *testing.T) {
	h := newHandler(t, fixture())
	for path, want := range map[string][]string{
		"/sachsen":        {"/sachsen/feed.atom", "/sachsen/feed.rss", "/sachsen/feed.json"},
		"/sachsen/ki":     {"/sachsen/ki/feed.atom", "/sachsen/ki/feed.rss", "/sachsen/ki/feed.json"},
		"/quellen/frisch": {"/quellen/frisch/feed.atom", "/quellen/frisch/feed.rss", "/quellen/frisch/feed.json"},
		"/":               {"/alle/feed.atom", "/baden-wuerttemberg/feed.atom"},
		"/bot":            nil,
	} {
		var got []string
		elements, _ := parse(t, h, path)
		for _, n := range elements {
			if n.Data == "link" && attr(n, "rel") == "alternate" {
				got = append(got, attr(n, "href"))
				if attr(n, "type") == "" || attr(n, "title") == "" || n.Parent.Data != "head" {
					t.Errorf("%s: %v", path, n.Attr)
				}
			}
		}
		if len(got) < len(want) || !slices.Equal(got[:len(want)], want) {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}

func TestIndexShowsWhatMatters(t *testing.T) {
	_, text := parse(t, newHandler(t, fixture()), "/")
	for _, want := range []string{
		"Künstliche Intelligenz & „Ämter“", "1. März 2026, 12:00 Uhr", "Staatskanzlei <Sachsen>", "Ein Auszug aus der Meldung.",
		"2 Quellen sind gerade nicht erreichbar", "Von 4 Quellen insgesamt.",
		"Kaputte Quelle: Server meldet einen eigenen Fehler (HTTP 503), zuletzt erreicht am 1. Oktober 2025, 13:00 Uhr",
		"Nie erreicht: Name des Servers nicht auflösbar, noch nie erreicht",
		"Mecklenburg-Vorpommern", "Ohne Zuordnung", "Registermodernisierung", "OPML",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in %s", want, text)
		}
	}
	if strings.Contains(text, "Alte Quelle") {
		t.Error("a source that is off is shown as disturbed")
	}
	m := fixture()
	m.sources = m.sources[1:3]
	if _, text = parse(t, newHandler(t, m), "/"); !strings.Contains(text, "1 Quelle wird gerade zum ersten Mal abgefragt.") {
		t.Errorf("no word of a source not polled yet: %.400s", text)
	}
	m.sources[0].State = m.sources[1].State
	if _, text = parse(t, newHandler(t, m), "/"); !strings.Contains(text, "Alle 2 Quellen sind erreichbar.") {
		t.Errorf("no word of sources in good health: %.400s", text)
	}
	for range 10 {
		m.sources = append(m.sources, fixture().sources[4])
	}
	if _, text = parse(t, newHandler(t, m), "/"); strings.Count(text, "Kaputte Quelle") != 8 || !strings.Contains(text, "Alle gestörten Quellen") {
		t.Errorf("a long list is not cut: %s", text)
	}
}

func TestEmptyStore(t *testing.T) {
	h := newHandler(t, &memory{})
	for path, want := range map[string]string{
		"/": "Noch keine Meldungen.", "/sachsen": "Noch keine Meldungen.", "/quellen": "Es sind keine Quellen eingerichtet.",
	} {
		if _, text := parse(t, h, path); !strings.Contains(text, want) {
			t.Errorf("%s: %s", path, text)
		}
	}
}

func TestSources(t *testing.T) {
	_, text := parse(t, newHandler(t, fixture()), "/quellen")
	for _, want := range []string{
		"4 Quellen werden regelmäßig abgefragt, 2 davon sind gerade gestört; 1 weitere ist bekannt, aber abgeschaltet.",
		"In Ordnung", "Gestört", "Noch nicht abgefragt", "Abgeschaltet", "1.234", "1. März 2026, 13:00 Uhr", "Freistaat Sachsen", "Überregional",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in %s", want, text)
		}
	}
	order := []string{"Kaputte Quelle", "Nie erreicht", "Frische Quelle", "Staatskanzlei", "Alte Quelle"}
	at := 0
	for _, name := range order {
		i := strings.Index(text[at:], name)
		if i < 0 {
			t.Fatalf("%s is not after those before it in %s", name, text)
		}
		at += i
	}
	for path, want := range map[string]string{
		"/quellen/kaputt":        "Gestört Server meldet einen eigenen Fehler (HTTP 503)",
		"/quellen/aus":           "Abgeschaltet",
		"/quellen/frisch":        "Letzte Abfragenoch keine",
		"/quellen/staatskanzlei": "Gespeichert1.234 Meldungen",
	} {
		if _, text := parse(t, newHandler(t, fixture()), path); !strings.Contains(text, want) {
			t.Errorf("%s: %q is missing in %s", path, want, text)
		}
	}
}

// TestRightsOfSources: the pages show whose the texts are, in the words of the
// operator before those of the publisher. Notes are for the operator alone.
func TestRightsOfSources(t *testing.T) {
	long := "Alle Inhalte sind geschützt. Sie sind nur für den " + strings.Repeat("ganz ", 80) + "persönlichen Gebrauch."
	m := fixture()
	for i := range m.sources {
		s := &m.sources[i]
		s.Note = "Geheime Notiz"
		switch s.ID {
		case "staatskanzlei":
			s.Rights, s.State.Rights = "dl-de/by-2-0", "© Staatskanzlei"
		case "frisch":
			s.State.Rights = long
		case "kaputt":
			s.State.Rights = "© Amt\n\x00für <script>alert(1)</script> & Daten\u202e"
		}
	}
	for path, want := range map[string][]string{
		"/quellen/staatskanzlei": {"Rechtedl-de/by-2-0"},
		"/quellen/kaputt":        {"Rechte© Amt für <script>alert(1)</script> & Daten"},
		"/quellen/frisch":        {"Rechte" + long},
		"/quellen/nie":           nil,
		"/quellen": {"Rechte: Alle Inhalte sind geschützt. Sie sind nur für den ganz ganz ganz ganz ganz ganz ganz ganz ganz ganz ganz ganz ganz … Überregional",
			"Rechte: dl-de/by-2-0", "Rechte: © Amt für <script>alert(1)</script> & Daten"},
	} {
		_, text := parse(t, newHandler(t, m), path)
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: %q is missing in %s", path, w, text)
			}
		}
		if n := strings.Count(text, "Rechte") - 1; n != len(want) { // the last word of a page is on rights, too
			t.Errorf("%s: rights of %d sources in %s", path, n, text)
		}
		if strings.Contains(text, "Notiz") || strings.Contains(text, "© Staatskanzlei") {
			t.Errorf("%s: what is not to be shown is in %s", path, text)
		}
	}
}

func TestPausedHost(t *testing.T) {
	s := fixture().sources[2]
	s.HostPausedUntil = noon.Add(48 * time.Hour)
	if got := newHandler(t, fixture()).sourceRow(&s).NextCheck; !got.Equal(s.HostPausedUntil) {
		t.Errorf("next poll %v of a host that is paused until %v", got, s.HostPausedUntil)
	}
}

func TestContentTitleShowsNoExcerpt(t *testing.T) {
	h := newHandler(t, fixture(), func(c *Config) { c.Content = feeds.ContentTitle })
	if _, text := parse(t, h, "/"); strings.Contains(text, "Ein Auszug") {
		t.Error("an excerpt is shown")
	}
}

func TestBot(t *testing.T) {
	for contact, want := range map[string]string{
		"feeds@example.org":        "mailto:feeds@example.org",
		"mailto:feeds@example.org": "mailto:feeds@example.org",
		"https://example.org/wir":  "https://example.org/wir",
		"Amt, Zimmer 5":            "",
		"javascript:alert(1)@a.b":  "",
		"<b>@example.org":          "",
		"a@b.de?subject=x":         "",
		"":                         "",
	} {
		h := newHandler(t, fixture(), func(c *Config) { c.Contact, c.UserAgent = contact, "laenderfeed/1 (+x)" })
		elements, text := parse(t, h, "/bot")
		found := false
		for _, n := range elements {
			if href := attr(n, "href"); n.Data == "a" && strings.HasPrefix(href, "mailto:") || want != "" && href == want {
				if found = true; href != want {
					t.Errorf("%q: link to %s", contact, href)
				}
			}
		}
		if found != (want != "") || !strings.Contains(text, "laenderfeed/1 (+x)") || contact == "" && !strings.Contains(text, "noch keine Kontaktadresse") {
			t.Errorf("%q: %s", contact, text)
		}
	}
}

func TestRoutes(t *testing.T) {
	h := newHandler(t, fixture())
	for path, want := range map[string]string{
		"/SN": "/sachsen", "/sachsen/": "/sachsen", "//sachsen": "/sachsen", "/th%C3%BCringen": "/thueringen", "/s%61chsen": "/sachsen",
		"/thueringen+SN/OZG+ki": "/sachsen+thueringen/ozg+ki", "/Quellen/": "/quellen", "/BOT": "/bot", "//": "/",
		"/quellen/KAPUTT": "/quellen/kaputt",
	} {
		w := do(h, "GET", path)
		if w.Code != 308 || w.Header().Get("Location") != want {
			t.Errorf("%s: %d %q, want %q", path, w.Code, w.Header().Get("Location"), want)
		}
	}
	for _, path := range []string{"/sachen", "/sachsen/blockchain", "/quellen/nichts", "/quellen/NICHTS", "/quellen/a/b", "/robots.txt", "/feeds.opml", "/sachsen/feed.atom",
		"/.git/config", "/wp-login.php", "/%00", "/" + strings.Repeat("x", 9000)} {
		w := do(h, "GET", path, "Accept", "text/html")
		if w.Code != 404 || !strings.Contains(w.Body.String(), "Nicht gefunden") {
			t.Errorf("%.50s: %d %s", path, w.Code, w.Body)
		}
	}
	for _, method := range []string{"POST", "OPTIONS", "DELETE"} {
		if w := do(h, method, "/sachsen"); w.Code != 405 || w.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %d %v", method, w.Code, w.Header())
		}
	}
	h = newHandler(t, fixture(), func(c *Config) { c.PublicURL = "https://example.de/feeds" })
	if w := do(h, "GET", "/SN"); w.Header().Get("Location") != "/feeds/sachsen" {
		t.Errorf("below a path: %v", w.Header())
	}
	if w := do(h, "GET", "/"); !strings.Contains(w.Body.String(), `href="/feeds/sachsen/feed.atom"`) {
		t.Error("links do not carry the path of the public URL")
	}
}

func TestHeaders(t *testing.T) {
	m := fixture()
	h := newHandler(t, m)
	w := do(h, "GET", "/", "Accept-Encoding", "gzip")
	csp := w.Header().Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "style-src 'sha256-", "form-action 'self'", "frame-ancestors 'none'"} {
		if !strings.Contains(csp, want) {
			t.Errorf("policy %q lacks %q", csp, want)
		}
	}
	body := do(h, "GET", "/").Body.String()
	_, rest, _ := strings.Cut(body, "<style>")
	css, _, _ := strings.Cut(rest, "</style>")
	if !strings.Contains(csp, feeds.StyleHash(css)) {
		t.Error("the policy does not allow the style sheet of the page")
	}
	if w.Header().Get("Content-Encoding") != "gzip" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%v", w.Header())
	}
	tag := w.Header().Get("ETag")
	if w := do(h, "GET", "/", "Accept-Encoding", "gzip", "If-None-Match", tag); w.Code != 304 {
		t.Errorf("%d for %s", w.Code, tag)
	}
	if w := do(h, "HEAD", "/"); w.Code != 200 || w.Body.Len() > 0 || w.Header().Get("Content-Length") == "" {
		t.Errorf("HEAD: %d, %d bytes", w.Code, w.Body.Len())
	}
	if w := do(h, "GET", "/favicon.svg"); w.Code != 200 || w.Header().Get("Content-Type") != "image/svg+xml" {
		t.Errorf("favicon: %d %v", w.Code, w.Header())
	}
}

func TestCaching(t *testing.T) {
	m, now := fixture(), noon
	h := newHandler(t, m, func(c *Config) { c.Now = func() time.Time { return now } })
	first := do(h, "GET", "/").Body.String()
	for range 3 {
		do(h, "GET", "/?x=y")
	}
	if n := m.reads.Load(); n != 1 {
		t.Errorf("%d reads", n)
	}
	now = now.Add(statusAge) // a poll that published nothing has happened
	bad := m.sources[4].State
	m.sources[4].State = m.sources[2].State
	if got := do(h, "GET", "/").Body.String(); !strings.Contains(got, "1 Quelle ist gerade nicht erreichbar") {
		t.Error("the state of sources is not looked at again")
	}
	m.sources[4].State = bad
	m.generation.Add(1)
	if got := do(h, "GET", "/").Body.String(); got != first {
		t.Error("the same content makes another page")
	}
	m.err = errors.New("disk full")
	m.generation.Add(1)
	if w := do(h, "GET", "/"); w.Code != 200 || w.Body.String() != first {
		t.Errorf("%d with an old page at hand", w.Code)
	}
	if w := do(h, "GET", "/sachsen"); w.Code != 503 || strings.Contains(w.Body.String(), "disk") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestNewRefuses(t *testing.T) {
	for name, c := range map[string]Config{
		"no items": {PublicURL: publicURL}, "no URL": {Items: fixture()}, "bad URL": {Items: fixture(), PublicURL: "example.de"},
		"negative limit": {Items: fixture(), PublicURL: publicURL, Limit: -1},
	} {
		if _, err := New(c); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestGerman(t *testing.T) {
	for n, want := range map[int]string{0: "0", 7: "7", 999: "999", 1000: "1.000", 1234567: "1.234.567", -1000: "-1.000", -100: "-100"} {
		if got := germanNumber(n); got != want {
			t.Errorf("%d is %s, want %s", n, got, want)
		}
	}
	if got := germanCount(1, "Meldung", "Meldungen") + germanCount(0, "Meldung", "Meldungen"); got != "1 Meldung0 Meldungen" {
		t.Error(got)
	}
	for month, want := range []string{"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"} {
		if got := germanDate(time.Date(2026, time.Month(month+1), 5, 0, 0, 0, 0, time.UTC)); got != "5. "+want+" 2026" {
			t.Error(got)
		}
	}
	if got := germanClass("", 0) + germanClass(aggregator.ClassHTTP4xx, 404); got != "Abfrage gescheitertServer lehnt die Anfrage ab (HTTP 404)" {
		t.Error(got)
	}
}

// FuzzItem shows any item on a page and reads it as a browser does.
func FuzzItem(f *testing.F) {
	for _, e := range fixture().entries {
		f.Add(e.Title, e.Link, e.Summary, e.Origin.Name)
	}
	f.Add("</style><script>", "https://a/\"onclick=x", "<!--", "]]>")
	m := fixture()
	base := m.entries[0]
	h := newHandler(f, m)
	f.Fuzz(func(t *testing.T, title, link, summary, name string) {
		e := base
		e.Title, e.Link, e.Summary, e.Origin.Name = title, link, summary, name
		m.entries = []aggregator.Entry{e}
		m.generation.Add(1)
		w := do(h, "GET", "/sachsen")
		body, _ := io.ReadAll(w.Body)
		doc, err := html.Parse(strings.NewReader(string(body)))
		if w.Code != 200 || err != nil {
			t.Fatalf("%d %v", w.Code, err)
		}
		for n := range doc.Descendants() {
			if n.Type == html.CommentNode || n.Data == "script" || n.Data == "img" {
				t.Errorf("%s in %s", n.Data, body)
			}
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "href" && strings.Contains(a.Val, ":") && !strings.HasPrefix(strings.ToLower(a.Val), "http") {
					t.Errorf("%s=%q", a.Key, a.Val)
				}
			}
		}
	})
}

func BenchmarkIndex(b *testing.B) {
	m := fixture()
	for len(m.entries) < indexItems {
		m.entries = append(m.entries, m.entries[0])
	}
	for len(m.sources) < 260 {
		m.sources = append(m.sources, m.sources[2])
	}
	h := newHandler(b, m)
	for _, path := range []string{"/", "/sachsen", "/quellen"} {
		b.Run(path, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				m.generation.Add(1)
				do(h, "GET", path)
			}
		})
	}
}

func TestGermanTime(t *testing.T) {
	for in, want := range map[string]string{
		"2026-10-20T10:30:00Z": "20. Oktober 2026, 10:30 Uhr", "2026-03-01T00:00:00Z": "1. März 2026", "2026-03-01T00:00:01Z": "1. März 2026, 00:00 Uhr",
	} {
		at, err := time.Parse(time.RFC3339, in)
		if err != nil {
			t.Fatal(err)
		}
		if got := germanTime(at); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

// TestRenderPath renders the pages by their paths as they are served.
func TestRenderPath(t *testing.T) {
	h := newHandler(t, fixture())
	for _, path := range append(h.Paths(), "/sachsen", "/sachsen/ki", "/quellen/kaputt") {
		doc, err := h.RenderPath(t.Context(), path)
		if w := do(h, "GET", path); err != nil || w.Code != 200 || w.Body.String() != string(doc.Body) || w.Header().Get("Content-Type") != doc.Type {
			t.Errorf("%s: %v, %d", path, err, w.Code)
		}
	}
	for _, path := range []string{"", "//", "/SN", "/sachsen/", "/quellen/nichts", "/sachsen/feed.atom", "/robots.txt"} {
		var missing *feeds.NotFound
		if _, err := h.RenderPath(t.Context(), path); !errors.As(err, &missing) {
			t.Errorf("%q: %v", path, err)
		}
	}
	withPlaces := newHandler(t, fixture(), func(c *Config) { c.Places = gazetteer })
	if !slices.Contains(withPlaces.Paths(), "/ort") || slices.Contains(newHandler(t, fixture(), func(c *Config) { c.Places = nil }).Paths(), "/ort") {
		t.Errorf("places: %v", withPlaces.Paths())
	}
}
