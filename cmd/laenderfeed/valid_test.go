package main

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"

	"laenderfeed/aggregator"
	"laenderfeed/aggregator/parse"
	"laenderfeed/feeds"
)

const trickyConfig = `[server]
listen = "127.0.0.1:0"
public_url = "https://feeds.example"
[publish]
content = "full"
websub_hub = "https://hub.example/"
[catalogue]
enable = []
[[source]]
id = "amt"
name = "Amt für „Digitales“ & Recht"
url = "https://amt.example/feed?a=1&b=2"
licence = "full"
rights = "Freistaat Sachsen <SK>, dl-de/by-2-0"
enabled = false
[[source]]
id = "liste"
name = "Liste ohne Feed"
url = "https://liste.example/presse"
kind = "html"
item = "li"
enabled = false
`

// trickyDay is when the newest items came in.
var trickyDay = time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)

// trickyItems are those that readers stumble over, of both sources.
func trickyItems() []aggregator.Item {
	made := func(n int, title string, change func(*aggregator.Item)) aggregator.Item {
		it := aggregator.Item{
			GUID: fmt.Sprint("t", n), Title: title, Link: fmt.Sprintf("https://amt.example/meldung?id=%d&lang=de", n),
			Summary:   "Die Verwaltung wird digitaler. Das hat das Kabinett beschlossen.",
			Published: trickyDay.Add(-time.Duration(n) * 61 * time.Minute).Truncate(time.Second),
			Labels: aggregator.Labels{
				Scope: aggregator.ScopeLand, Regions: []aggregator.Region{aggregator.Sachsen}, Topics: []aggregator.Topic{"ki"},
				Places: []aggregator.Place{{Key: "14612000", Name: "Dresden", Kind: aggregator.Gemeinde}},
			},
		}
		if change != nil {
			change(&it)
		}
		return it
	}
	return []aggregator.Item{
		made(1, "Künstliche Intelligenz für Görlitz, Weißwasser und Łódź", nil),
		made(2, `Staatsminister: „Wir sind 'schneller'" & besser <als> gedacht`, nil),
		made(3, "Ende einer Sektion ]]> und weiter <![CDATA[ hier", nil),
		made(4, "Rathaus 🏛️ goes digital 👩‍💻 🇩🇪", nil),
		made(5, "الإدارة الرقمية في ساكسونيا – Verwaltung für alle", nil),
		made(6, strings.TrimSpace(strings.Repeat("Registermodernisierung schreitet voran ", 25)), nil),
		made(7, "Meldung ohne Link", func(it *aggregator.Item) { it.Link, it.Summary = "", "" }),
		made(8, "Drei Länder, ein Portal", func(it *aggregator.Item) {
			it.Labels.Regions = []aggregator.Region{aggregator.Thueringen, aggregator.Sachsen, aggregator.SachsenAnhalt}
			it.Summary = strings.Repeat("Das gemeinsame Portal von Dr. Müller u. a. startet am 21. November in Dresden. ", 20)
		}),
		made(9, "Im vollen Wortlaut", func(it *aggregator.Item) {
			it.Content = `<p>Der <em>volle</em> Text &amp; mehr: <a href="https://www.example.org/a?b=1&amp;c=2">hier</a> ]]&gt;</p><ul><li>1 &lt; 2</li></ul>`
			it.Enclosures = []aggregator.Enclosure{{URL: "https://www.example.org/ton.mp3", Type: "audio/mpeg", Length: 12345}}
		}),
		made(10, "Das Zeichen &amp;amp; steht für &, <b>fett</b> bleibt &lt;Text&gt;", func(it *aggregator.Item) {
			it.Summary = `Aus "a<b" & "c>d" wird <p>kein Absatz</p> &copy; ]]>`
		}),
		made(11, "Anmeldeschluss ist der 15. Dezember 2026.", func(it *aggregator.Item) { it.Published = time.Time{} }),
		made(12, "Adresse mit Umlaut", func(it *aggregator.Item) { it.Link = "https://amt.example/straße?q=ä b|\"c\"#x" }),
	}
}

// trickySite serves, complete with a hub, archive pages of four months and parts,
// what was stored of trickyItems and some more.
func trickySite(t *testing.T) (*app, string) {
	t.Helper()
	dir := t.TempDir()
	e := env{get: func(string) string { return "" }}
	cfg, err := e.loadConfig(writeFile(t, filepath.Join(dir, "config.toml"), fmt.Sprintf("[storage]\npath = %q\n", filepath.Join(dir, "x.db"))+trickyConfig))
	if err != nil {
		t.Fatal(err)
	}
	cfg.Server.PublicURL = "" // that of the test instead
	a, err := e.open(t.Context(), cfg, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.close() })
	save := func(source string, at time.Time, items ...aggregator.Item) {
		r := aggregator.Result{Source: source, At: at, Items: items, State: aggregator.State{LastSuccess: at, LastChecked: at}}
		if saved, err := a.store.Save(t.Context(), r); err != nil || saved.New != len(items) {
			t.Fatalf("%d of %d items saved: %v", saved.New, len(items), err)
		}
	}
	labels := aggregator.Labels{Scope: aggregator.ScopeBund, Regions: []aggregator.Region{aggregator.Bund}}
	plain := func(n, month int) (items []aggregator.Item) {
		for i := range n {
			items = append(items, aggregator.Item{
				GUID: fmt.Sprint(month, "-", i), Title: fmt.Sprintf("Meldung %d vom %d. Monat", i, month), Labels: labels,
				Link: fmt.Sprintf("https://liste.example/%d/%d", month, i), Published: time.Date(2026, time.Month(month), 3, 0, 0, i, 0, time.UTC),
			})
		}
		return items
	}
	save("amt", trickyDay.AddDate(0, -3, 0))
	save("liste", trickyDay.AddDate(0, -3, 0), plain(3, 8)...)
	save("liste", trickyDay.AddDate(0, -1, 0), plain(aggregator.ArrivalsPart+5, 10)...)
	save("amt", trickyDay, trickyItems()...)
	save("liste", trickyDay, aggregator.Item{GUID: "x", Title: "Liste: <i>Meldung</i>", Link: "https://liste.example/x", Labels: labels, Published: trickyDay})
	var h http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	if h, err = a.handler(t.Context(), server.URL); err != nil {
		t.Fatal(err)
	}
	return a, server.URL
}

// shape is a kind of feed URL, without the name of the file.
type shape struct {
	path  string
	query aggregator.Query
	empty bool
}

func shapes() []shape {
	regions := func(rs ...aggregator.Region) aggregator.Query { return aggregator.Query{Regions: rs} }
	ki := func(q aggregator.Query) aggregator.Query { q.Topics = []aggregator.Topic{"ki"}; return q }
	month := func(q aggregator.Query, m time.Month, part int) aggregator.Query {
		from := time.Date(2026, m, 1, 0, 0, 0, 0, time.UTC)
		q.Seen = aggregator.Arrivals{From: from, To: from.AddDate(0, 1, 0), Part: part}
		return q
	}
	place := func(key string) aggregator.Query { return aggregator.Query{Places: []string{key}} }
	return []shape{
		{path: "/alle"}, {path: "/alle/ki", query: ki(aggregator.Query{})},
		{path: "/sachsen", query: regions(aggregator.Sachsen)}, {path: "/sachsen/ki", query: ki(regions(aggregator.Sachsen))},
		{path: "/bund", query: regions(aggregator.Bund)},
		{path: "/hamburg", query: regions(aggregator.Hamburg), empty: true},
		{path: "/sachsen+thueringen", query: regions(aggregator.Sachsen, aggregator.Thueringen)},
		{path: "/sachsen+thueringen/ki", query: ki(regions(aggregator.Sachsen, aggregator.Thueringen))},
		{path: "/ort/14612000", query: place("14612000")}, {path: "/ort/14612", query: place("14612")},
		{path: "/ort/091", query: place("091"), empty: true},
		{path: "/quellen/amt", query: aggregator.Query{Source: "amt"}}, {path: "/quellen/liste", query: aggregator.Query{Source: "liste"}},
		{path: "/alle/archiv/2026/11", query: month(aggregator.Query{}, 11, 0)},
		{path: "/sachsen/ki/archiv/2026/11", query: month(ki(regions(aggregator.Sachsen)), 11, 0)},
		{path: "/bund/archiv/2026/10", query: month(regions(aggregator.Bund), 10, 0)},
		{path: "/bund/archiv/2026/10/teil-1", query: month(regions(aggregator.Bund), 10, 1)},
		{path: "/alle/archiv/2026/09", query: month(aggregator.Query{}, 9, 0), empty: true},
		{path: "/quellen/liste/archiv/2026/08", query: month(aggregator.Query{Source: "liste"}, 8, 0)},
		{path: "/ort/14612000/archiv/2026/11", query: month(place("14612000"), 11, 0)},
	}
}

// TestFeedsReadBackAsStored reads every shape and format of feed as the feeds of
// others are read: nothing to repair, and item by item what is stored.
func TestFeedsReadBackAsStored(t *testing.T) {
	a, url := trickySite(t)
	for _, s := range shapes() {
		if s.query.Limit = a.cfg.Publish.Items; !s.query.Seen.IsZero() {
			s.query.Limit = 0
		}
		want, err := a.store.Entries(t.Context(), s.query)
		if err != nil || (len(want) == 0) != s.empty {
			t.Fatalf("%s: %d items, %v", s.path, len(want), err)
		}
		for _, f := range feeds.Formats() {
			address := url + s.path + "/feed." + string(f)
			body, header := fetched(t, address)
			doc, err := parse.Parse(body, parse.Options{URL: address, ContentType: header.Get("Content-Type"), Full: true})
			if err != nil || len(doc.Repaired) > 0 || doc.Title == "" || doc.Language != "de" || len(doc.Items) != len(want) {
				t.Errorf("%s: %v, %d items of %d, repaired %q, %q in %q", address, err, len(doc.Items), len(want), doc.Repaired, doc.Title, doc.Language)
				continue
			}
			for i := range want {
				compareRead(t, address, &doc.Items[i], &want[i])
			}
		}
	}
}

func compareRead(t *testing.T, address string, got *aggregator.Item, want *aggregator.Entry) {
	t.Helper()
	publisher := want.Origin.Name
	summary := feeds.Excerpt(feeds.Prose(want.Summary), 400)
	if summary == "" {
		summary = "Quelle: " + publisher
	}
	// Of tags in a text our reader believes that a publisher has escaped twice.
	markup := strings.Contains(want.Title+summary, "</") || strings.Contains(want.Title, "]]>")
	if got.GUID != want.ID || got.Link != feeds.CleanURL(want.Link) || !markup && (got.Title != want.Title || got.Summary != summary) {
		t.Errorf("%s: %s\n got %q %q %q\nwant %q %q %q", address, want.ID, got.Title, got.Link, got.Summary, want.Title, want.Link, summary)
	}
	if !got.Published.Equal(want.Effective()) || !slices.Equal(got.Authors, []string{publisher}) {
		t.Errorf("%s: %q is of %v by %q, want %v by %q", address, want.Title, got.Published, got.Authors, want.Effective(), publisher)
	}
	if len(got.Enclosures) != len(want.Enclosures) || len(want.Enclosures) > 0 && got.Enclosures[0] != want.Enclosures[0] {
		t.Errorf("%s: %q has the files %v, want %v", address, want.Title, got.Enclosures, want.Enclosures)
	}
	if want.Content != "" && !strings.Contains(got.Content, "<em>volle</em> Text &amp; mehr") {
		t.Errorf("%s: %q reads %q", address, want.Title, got.Content)
	}
}

// TestCalendarsHoldTheTerms reads the calendars of several shapes by a parser of
// others.
func TestCalendarsHoldTheTerms(t *testing.T) {
	_, url := trickySite(t)
	for path, want := range map[string]int{"/alle": 1, "/sachsen": 1, "/sachsen+thueringen": 1, "/ort/14612000": 1, "/bund": 0, "/hamburg": 0} {
		body, header := fetched(t, url+path+"/fristen.ics")
		cal, err := ics.ParseCalendar(bytes.NewReader(body))
		if err != nil || len(cal.Events()) != want || len(cal.Components) != 1 || header.Get("Content-Type") != "text/calendar; charset=utf-8" {
			t.Errorf("%s: %v, %s\n%s", path, err, header, body)
			continue
		}
		for _, e := range cal.Events() {
			start, err := e.GetAllDayStartAt()
			said := ics.FromText(e.GetProperty(ics.ComponentPropertyDescription).Value)
			if err != nil || start.Format(time.DateOnly) != "2026-12-15" || !strings.HasPrefix(said, "„Anmeldeschluss ist der 15. Dezember 2026.“") {
				t.Errorf("%s: %v, %v: %s", path, err, start, said)
			}
		}
	}
}

// TestEveryAddressIsValid runs the W3C feed validator on every shape of address.
// FEEDVALIDATOR names its checkout, VALIDATE_FEED the program that runs it.
func TestEveryAddressIsValid(t *testing.T) {
	script := os.Getenv("VALIDATE_FEED")
	if os.Getenv("FEEDVALIDATOR") == "" || script == "" {
		t.Skip("FEEDVALIDATOR and VALIDATE_FEED are not set")
	}
	_, url := trickySite(t)
	// In an RSS title nothing can say that what looks like HTML is none.
	args := []string{"--strict", "--all", "--ignore", "ContainsHTML"}
	for _, s := range shapes() {
		for _, f := range feeds.Formats() {
			args = append(args, url+s.path+"/feed."+string(f))
		}
	}
	for _, f := range feeds.Formats() {
		for _, query := range []string{"q=kabinett&land=sachsen", "q=niemals"} {
			args = append(args, url+"/suche/feed."+string(f)+"?"+query)
		}
	}
	for _, list := range []string{"/feeds.opml", "/sachsen/feeds.opml", "/bund+sachsen/feeds.opml"} {
		args = append(args, url+list)
	}
	out, err := exec.Command(script, args...).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if n := strings.Count(string(out), "errors=0 warnings=0"); n != len(args)-4 {
		t.Errorf("%d of %d addresses are valid", n, len(args)-4)
	}
	t.Logf("%s", out)
}

// fetched gets a document of ours.
func fetched(t *testing.T, url string) ([]byte, http.Header) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v\n%s", url, resp.Status, err, body)
	}
	return body, resp.Header
}
