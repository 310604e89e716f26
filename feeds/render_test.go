package feeds

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html"

	"laenderfeed/aggregator"
)

// What a reader makes of a feed, in the terms of encoding/xml and encoding/json.
type (
	readText struct {
		Type string `xml:"type,attr"`
		Text string `xml:",chardata"`
	}
	readLink struct {
		Rel  string `xml:"rel,attr"`
		Type string `xml:"type,attr"`
		Href string `xml:"href,attr"`
	}
	readAtom struct {
		XMLName xml.Name   `xml:"http://www.w3.org/2005/Atom feed"`
		Lang    string     `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
		ID      string     `xml:"id"`
		Title   string     `xml:"title"`
		Updated time.Time  `xml:"updated"`
		Author  string     `xml:"author>name"`
		Links   []readLink `xml:"link"`
		Entries []struct {
			ID         string     `xml:"id"`
			Title      readText   `xml:"title"`
			Updated    time.Time  `xml:"updated"`
			Published  time.Time  `xml:"published"`
			Author     []string   `xml:"author>name"`
			Links      []readLink `xml:"link"`
			Summary    readText   `xml:"summary"`
			Content    *readText  `xml:"content"`
			Categories []struct {
				Term   string `xml:"term,attr"`
				Scheme string `xml:"scheme,attr"`
				Label  string `xml:"label,attr"`
			} `xml:"category"`
			Source struct {
				ID      string     `xml:"id"`
				Title   string     `xml:"title"`
				Updated time.Time  `xml:"updated"`
				Links   []readLink `xml:"link"`
			} `xml:"source"`
		} `xml:"entry"`
	}
	readRSS struct {
		XMLName xml.Name `xml:"rss"`
		Version string   `xml:"version,attr"`
		Channel struct {
			Title    string     `xml:"title"`
			AtomLink []readLink `xml:"http://www.w3.org/2005/Atom link"`
			Built    string     `xml:"lastBuildDate"`
			Language string     `xml:"language"`
			TTL      int        `xml:"ttl"`
			Items    []struct {
				Title       string   `xml:"title"`
				Link        *string  `xml:"link"`
				Description string   `xml:"description"`
				Content     string   `xml:"http://purl.org/rss/1.0/modules/content/ encoded"`
				Creator     string   `xml:"http://purl.org/dc/elements/1.1/ creator"`
				Categories  []string `xml:"category"`
				PubDate     string   `xml:"pubDate"`
				GUID        struct {
					Permalink string `xml:"isPermaLink,attr"`
					ID        string `xml:",chardata"`
				} `xml:"guid"`
				Source struct {
					URL  string `xml:"url,attr"`
					Name string `xml:",chardata"`
				} `xml:"source"`
				Enclosures []struct {
					URL string `xml:"url,attr"`
				} `xml:"enclosure"`
			} `xml:"item"`
		} `xml:"channel"`
	}
	readJSON struct {
		Version  string `json:"version"`
		Title    string `json:"title"`
		HomePage string `json:"home_page_url"`
		FeedURL  string `json:"feed_url"`
		Language string `json:"language"`
		Items    []struct {
			ID          string                     `json:"id"`
			URL         string                     `json:"url"`
			Title       string                     `json:"title"`
			Text        *string                    `json:"content_text"`
			HTML        *string                    `json:"content_html"`
			Summary     string                     `json:"summary"`
			Published   time.Time                  `json:"date_published"`
			Modified    time.Time                  `json:"date_modified"`
			Authors     []map[string]string        `json:"authors"`
			Tags        []string                   `json:"tags"`
			Attachments []map[string]any           `json:"attachments"`
			Extension   map[string]json.RawMessage `json:"_laenderfeed"`
		} `json:"items"`
	}
)

func render(t testing.TB, m *memory, q aggregator.Query, f Format, content string) Document {
	t.Helper()
	d, err := newHandler(t, m, func(c *Config) { c.Content = content }).Render(context.Background(), q, f)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func decodeXML(t testing.TB, b []byte, v any) {
	t.Helper()
	if err := xml.Unmarshal(b, v); err != nil {
		t.Fatalf("%v in\n%s", err, b)
	}
}

func TestAtomReadsBack(t *testing.T) {
	m := newMemory(corpus()...)
	d := render(t, m, aggregator.Query{}, Atom, ContentFull)
	var got readAtom
	decodeXML(t, d.Body, &got)
	if got.Lang != "de" || got.Author != product || got.Title != "Alle Länder und Bund: Digitale Verwaltung" {
		t.Errorf("feed %+v", got)
	}
	if want := day.Add(10 * time.Minute); !got.Updated.Equal(want) || !d.Modified.Equal(want) {
		t.Errorf("updated %v, Last-Modified %v, want that of the newest item, %v", got.Updated, d.Modified, want)
	}
	want, _ := m.Entries(context.Background(), aggregator.Query{})
	if len(got.Entries) != len(want) {
		t.Fatalf("%d entries, want %d", len(got.Entries), len(want))
	}
	for i, e := range got.Entries {
		w := want[i]
		if e.ID != w.ID || !e.Published.Equal(w.Effective()) || e.Summary.Text == "" || len(e.Author) != 1 || e.Author[0] == "" {
			t.Errorf("entry %d: %+v of %+v", i, e, w)
		}
		if e.Title.Type == "text" && e.Title.Text != w.Title {
			t.Errorf("title %q, want %q", e.Title.Text, w.Title)
		}
		if len(e.Categories) != len(w.Labels.Regions)+len(w.Labels.Topics)+len(w.Labels.Places) {
			t.Errorf("categories %v of %+v", e.Categories, w.Labels)
		}
		if e.Source.ID == "" || e.Source.Title != w.Origin.Name || e.Source.Updated.IsZero() || e.Source.Links[0].Href != w.Origin.URL {
			t.Errorf("source %+v", e.Source)
		}
		if (e.Content != nil) != (w.Content != "" && w.Origin.Licence == aggregator.LicenceFull || CleanURL(w.Link) == "") {
			t.Errorf("content %+v of %q", e.Content, w.Title)
		}
	}
	var source readAtom
	decodeXML(t, render(t, m, aggregator.Query{Source: bremen.ID}, Atom, ContentFull).Body, &source)
	if i := slices.IndexFunc(want, func(e aggregator.Entry) bool { return e.Source == bremen.ID }); got.Entries[i].Source.ID != source.ID {
		t.Errorf("an entry comes from the feed %s, which calls itself %s", got.Entries[i].Source.ID, source.ID)
	}
}

func TestRSSReadsBack(t *testing.T) {
	m := newMemory(corpus()...)
	var got readRSS
	decodeXML(t, render(t, m, aggregator.Query{}, RSS, ContentFull).Body, &got)
	c := got.Channel
	if got.Version != "2.0" || c.Language != "de" || c.TTL == 0 || c.Built != "Tue, 20 Oct 2026 08:40:00 +0000" || c.AtomLink[0].Rel != "self" {
		t.Errorf("channel %+v", c)
	}
	want, _ := m.Entries(context.Background(), aggregator.Query{})
	if len(c.Items) != len(want) {
		t.Fatalf("%d items, want %d", len(c.Items), len(want))
	}
	for i, it := range c.Items {
		w := want[i]
		if it.GUID.ID != w.ID || it.GUID.Permalink != "false" || it.Title != CleanLine(w.Title) || it.Creator == "" || it.Description == "" {
			t.Errorf("item %+v of %+v", it, w)
		}
		if (it.Link == nil) != (CleanURL(w.Link) == "") || it.Link != nil && *it.Link != CleanURL(w.Link) {
			t.Errorf("link %v of %q", it.Link, w.Link)
		}
		if at, err := time.Parse(time.RFC1123Z, it.PubDate); err != nil || !at.Equal(w.Effective()) {
			t.Errorf("pubDate %s: %v", it.PubDate, err)
		}
		if it.Source.URL != w.Origin.URL || it.Source.Name != w.Origin.Name || len(it.Enclosures) > 1 {
			t.Errorf("source %+v, %d enclosures", it.Source, len(it.Enclosures))
		}
		if len(Others(&w)) == 0 && strings.ContainsAny(it.Description, "<>") {
			t.Errorf("description is read as HTML: %q", it.Description)
		}
		if w.Content != "" && w.Origin.Licence == aggregator.LicenceFull && it.Content != w.Content {
			t.Errorf("content %q, want %q", it.Content, w.Content)
		}
	}
}

func TestJSONReadsBack(t *testing.T) {
	m := newMemory(corpus()...)
	var got readJSON
	if err := json.Unmarshal(render(t, m, aggregator.Query{}, JSON, ContentFull).Body, &got); err != nil {
		t.Fatal(err)
	}
	if got.Version != "https://jsonfeed.org/version/1.1" || got.FeedURL != publicURL+"/alle/feed.json" || got.HomePage != publicURL+"/alle" {
		t.Errorf("feed %+v", got)
	}
	want, _ := m.Entries(context.Background(), aggregator.Query{})
	for i, it := range got.Items {
		w := want[i]
		if it.ID != w.ID || it.Title != CleanLine(w.Title) || it.URL != CleanURL(w.Link) || !it.Published.Equal(w.Effective()) {
			t.Errorf("item %+v of %+v", it, w)
		}
		full := w.Content != "" && w.Origin.Licence == aggregator.LicenceFull
		if (it.HTML != nil) != full || (it.Text == nil) != full || it.Authors[0]["name"] == "" {
			t.Errorf("content of %q: %v %v", w.Title, it.HTML, it.Text)
		}
		if len(it.Attachments) > 0 && it.Attachments[0]["size_in_bytes"] != 12345.0 {
			t.Errorf("attachments %v", it.Attachments)
		}
		for _, key := range []string{"regions", "topics", "places"} {
			if v := string(it.Extension[key]); !strings.HasPrefix(v, "[") {
				t.Errorf("%s is %s", key, v)
			}
		}
	}
	empty := render(t, newMemory(), aggregator.Query{}, JSON, ContentFull).Body
	if !bytes.Contains(empty, []byte(`"items": []`)) {
		t.Errorf("items of an empty feed: %s", empty)
	}
}

func TestEmptyFeedHasTheEpoch(t *testing.T) {
	epoch := time.Date(2025, 5, 1, 12, 0, 0, 0, time.FixedZone("", 7200))
	h := newHandler(t, newMemory(), func(c *Config) { c.Epoch = epoch })
	d, err := h.Render(context.Background(), aggregator.Query{}, Atom)
	var got readAtom
	decodeXML(t, d.Body, &got)
	if err != nil || !got.Updated.Equal(epoch) || !d.Modified.Equal(epoch) {
		t.Errorf("%v %v %v", got.Updated, d.Modified, err)
	}
}

func TestLicenceAndContent(t *testing.T) {
	full := func(e *aggregator.Entry) { e.Content = "<p>GEHEIM im vollen Text</p>" }
	long := func(e *aggregator.Entry) { e.Summary = strings.Repeat("Wort ", 300) + "ENDE" }
	picture := func(e *aggregator.Entry) {
		e.Enclosures = []aggregator.Enclosure{{URL: "https://www.example.org/BILD.png", Type: "image/png", Length: 1}}
	}
	free, restricted := entry(dresden, 0, "frei", full, long, picture), entry(bremen, 0, "geschützt", full, long, picture)
	for _, c := range []struct {
		content string
		entry   aggregator.Entry
		full    bool
		excerpt bool
	}{
		{ContentTitle, free, false, false}, {ContentTitle, restricted, false, false},
		{ContentExcerpt, free, false, true}, {ContentExcerpt, restricted, false, true},
		{ContentFull, free, true, true}, {ContentFull, restricted, false, true},
	} {
		for _, f := range Formats() {
			body := string(render(t, newMemory(c.entry), aggregator.Query{}, f, c.content).Body)
			if got := strings.Contains(body, "GEHEIM"); got != c.full {
				t.Errorf("%s %s of %s: full text %v", c.content, f, c.entry.Title, got)
			}
			if got := strings.Contains(body, "BILD"); got != c.full {
				t.Errorf("%s %s of %s: enclosure %v", c.content, f, c.entry.Title, got)
			}
			if got := strings.Contains(body, "Wort Wort"); got != c.excerpt {
				t.Errorf("%s %s of %s: excerpt %v", c.content, f, c.entry.Title, got)
			}
			if strings.Contains(body, "ENDE") {
				t.Errorf("%s %s of %s: whole summary", c.content, f, c.entry.Title)
			}
		}
	}
}

// TestRightsAreCarried: what a source says about rights stands in its items, and
// in its own feed in place of ours; other items leave it to that of the feed.
func TestRightsAreCarried(t *testing.T) {
	const said = "Amt für <Daten> & Recht, dl-de/by-2-0"
	licensed := dresden
	licensed.Rights = " Amt für <Daten>\n& Recht,\x00 dl-de/by-2-0 "
	m := newMemory(entry(licensed, 0, "frei"), entry(bremen, 1, "ohne Angabe"))
	m.sources[0].Source = licensed
	for _, content := range []string{ContentTitle, ContentExcerpt, ContentFull} {
		for _, own := range []bool{false, true} {
			q, ours := aggregator.Query{}, rights
			if own {
				q.Source, ours = licensed.ID, said
			}
			var atom readRights
			decodeXML(t, render(t, m, q, Atom, content).Body, &atom)
			if e := atom.Entries[0]; atom.Rights != ours || e.Rights != said || e.Source != said {
				t.Errorf("%s: Atom of %q says %q", content, q.Source, atom)
			}
			if !own && (atom.Entries[1].Rights != "" || atom.Entries[1].Source != "") {
				t.Errorf("rights %q of a source that says nothing", atom.Entries[1])
			}
			var rss readRights
			decodeXML(t, render(t, m, q, RSS, content).Body, &rss)
			if rss.Copyright != ours || rss.Items[0] != said || len(rss.Items) != 1 {
				t.Errorf("%s: RSS of %q says %q", content, q.Source, rss)
			}
			var doc struct {
				Comment string `json:"user_comment"`
				Items   []struct {
					Extension struct{ Source struct{ Rights string } } `json:"_laenderfeed"`
				}
			}
			if err := json.Unmarshal(render(t, m, q, JSON, content).Body, &doc); err != nil {
				t.Fatal(err)
			}
			if doc.Comment != ours || doc.Items[0].Extension.Source.Rights != said || !own && doc.Items[1].Extension.Source.Rights != "" {
				t.Errorf("%s: JSON of %q says %q", content, q.Source, doc)
			}
		}
	}
}

// TestWhoseRightsAreShown: the operator's words, else those of the item, else
// those of the publisher's feed; the source of an entry has the rights of all its
// items.
func TestWhoseRightsAreShown(t *testing.T) {
	const bad = "© \xff<script>\x00alert(1)</script>\n& Söhne"
	for _, tt := range []struct{ operator, item, feed, entry, source string }{
		{},
		{feed: "© Feed", entry: "© Feed", source: "© Feed"},
		{item: "© Autorin", entry: "© Autorin"},
		{item: "© Autorin", feed: "© Feed", entry: "© Autorin", source: "© Feed"},
		{operator: "dl-de/by-2-0", item: "© Autorin", feed: "© Feed", entry: "dl-de/by-2-0", source: "dl-de/by-2-0"},
		{item: bad, feed: bad, entry: "© ?<script>alert(1)</script> & Söhne", source: "© ?<script>alert(1)</script> & Söhne"},
		{item: " \x00", feed: "\u202e"},
	} {
		origin := dresden
		origin.Rights = tt.operator
		m := newMemory(entry(origin, 0, "Titel", func(e *aggregator.Entry) { e.Rights, e.FeedRights = tt.item, tt.feed }))
		m.sources[0].Source, m.sources[0].State.Rights = origin, tt.feed
		for _, q := range []aggregator.Query{{}, {Source: origin.ID}} {
			whole := rights
			if q.Source != "" && tt.source != "" {
				whole = tt.source
			}
			var atom, rss readRights
			decodeXML(t, render(t, m, q, Atom, ContentExcerpt).Body, &atom)
			if e := atom.Entries[0]; atom.Rights != whole || html.UnescapeString(e.Rights) != tt.entry || html.UnescapeString(e.Source) != tt.source {
				t.Errorf("%+v: Atom of %q says %q", tt, q.Source, atom)
			}
			decodeXML(t, render(t, m, q, RSS, ContentExcerpt).Body, &rss)
			if rss.Copyright != whole || strings.Join(rss.Items, "") != tt.entry {
				t.Errorf("%+v: RSS of %q says %q", tt, q.Source, rss)
			}
			var doc struct {
				Comment string `json:"user_comment"`
				Items   []struct {
					Extension struct {
						Rights string
						Source struct{ Rights string }
					} `json:"_laenderfeed"`
				}
			}
			if err := json.Unmarshal(render(t, m, q, JSON, ContentExcerpt).Body, &doc); err != nil {
				t.Fatal(err)
			}
			own := tt.entry
			if own == tt.source {
				own = ""
			}
			if x := doc.Items[0].Extension; doc.Comment != whole || x.Rights != own || x.Source.Rights != tt.source {
				t.Errorf("%+v: JSON of %q says %q", tt, q.Source, doc)
			}
		}
	}
}

// readRights is where the statements of rights stand in Atom and RSS.
type readRights struct {
	Rights  string `xml:"rights"`
	Entries []struct {
		Rights string `xml:"rights"`
		Source string `xml:"source>rights"`
	} `xml:"entry"`
	Copyright string   `xml:"channel>copyright"`
	Items     []string `xml:"channel>item>rights"`
}

func TestLabelsAreNamedOnce(t *testing.T) {
	e := entry(dresden, 0, "Berlin", func(e *aggregator.Entry) {
		e.Labels = aggregator.Labels{
			Regions: []aggregator.Region{aggregator.Berlin, aggregator.Berlin}, Topics: []aggregator.Topic{"ki", "ki", ""},
			Places: []aggregator.Place{{Key: "11000000", Name: "Berlin"}, {Key: "11000000", Name: "Berlin"}, {}},
		}
	})
	var feed readJSON
	if err := json.Unmarshal(render(t, newMemory(e), aggregator.Query{}, JSON, ContentExcerpt).Body, &feed); err != nil {
		t.Fatal(err)
	}
	if got := feed.Items[0].Tags; !slices.Equal(got, []string{"Berlin", "Künstliche Intelligenz"}) {
		t.Errorf("tags %q", got)
	}
	var atom readAtom
	decodeXML(t, render(t, newMemory(e), aggregator.Query{}, Atom, ContentExcerpt).Body, &atom)
	if got := atom.Entries[0].Categories; len(got) != 3 {
		t.Errorf("categories %v", got)
	}
}

func TestUpdated(t *testing.T) {
	it := aggregator.Item{Published: day, Seen: day.Add(time.Hour), Updated: day.Add(time.Hour)}
	if got := entryUpdated(&it); !got.Equal(day) {
		t.Errorf("never changed: updated %v, want when it was published", got)
	}
	it.Updated = day.Add(2 * time.Hour)
	if got := entryUpdated(&it); !got.Equal(it.Updated) {
		t.Errorf("changed: updated %v, want %v", got, it.Updated)
	}
	it.Published, it.Updated = time.Time{}, it.Seen
	if got := entryUpdated(&it); !got.Equal(it.Seen) {
		t.Errorf("no date: updated %v, want when it was seen", got)
	}
	if got := newest([]aggregator.Entry{{Item: it}}, day.Add(99*time.Hour)); !got.Equal(it.Seen) {
		t.Errorf("newest change %v, want %v", got, it.Seen)
	}
}

// TestRendersTheSameBytes renders with another handler, zone and order of what
// has none, and expects no difference.
func TestRendersTheSameBytes(t *testing.T) {
	berlin := time.FixedZone("CET", 3600)
	a, b := corpus(), corpus()
	for i := range b {
		b[i].Published, b[i].Seen, b[i].Updated = b[i].Published.In(berlin), b[i].Seen.In(berlin), b[i].Updated.In(berlin)
	}
	rand.Shuffle(len(b), func(i, j int) { b[i], b[j] = b[j], b[i] })
	for _, f := range append(Formats(), OPML) {
		x := render(t, newMemory(a...), aggregator.Query{}, f, ContentFull)
		y := render(t, newMemory(b...), aggregator.Query{}, f, ContentFull)
		if !bytes.Equal(x.Body, y.Body) {
			t.Errorf("%s differs", f)
		}
	}
}

func TestIDsDoNotDependOnTheHost(t *testing.T) {
	v := vocabulary(t)
	id := func(base string, q aggregator.Query) string {
		h := newHandler(t, newMemory(), func(c *Config) { c.PublicURL, c.TitlePrefix = base, base })
		d, err := h.Render(context.Background(), q, Atom)
		if err != nil {
			t.Fatal(err)
		}
		var got readAtom
		decodeXML(t, d.Body, &got)
		return got.ID
	}
	seen := map[string]bool{}
	for _, q := range append(append(v.Regional(), v.Topical(aggregator.Query{})...), aggregator.Query{Source: bremen.ID}) {
		a, b := id("https://a.example", q), id("http://127.0.0.1:8080/x", q)
		if a != b || seen[a] {
			t.Errorf("%v: %s, %s", q, a, b)
		}
		seen[a] = true
	}
	// Published ids are for ever.
	if got := v.naming().id(aggregator.Query{Regions: []aggregator.Region{aggregator.Sachsen}}); got != "urn:uuid:65646597-e8c4-59ad-8327-3fd780fe4626" {
		t.Errorf("the id of /sachsen is %s", got)
	}
	ort := aggregator.Query{Places: []string{"14612000"}}
	renamed := append(towns{{Key: "14612000", Name: "Elbflorenz", Kind: aggregator.Gemeinde}}, gazetteer...)
	for _, places := range []Places{gazetteer, renamed} {
		if got := withPlaces(t, places).naming().id(ort); got != "urn:uuid:bf16c468-890e-5356-9b95-56e01c3db170" {
			t.Errorf("the id of /ort/14612000 is %s", got)
		}
	}
}

func TestOPMLListsFeedsThatExist(t *testing.T) {
	h := newHandler(t, newMemory(corpus()...))
	type outline struct {
		Text     string    `xml:"text,attr"`
		Type     string    `xml:"type,attr"`
		XMLURL   string    `xml:"xmlUrl,attr"`
		HTMLURL  string    `xml:"htmlUrl,attr"`
		Outlines []outline `xml:"outline"`
	}
	for path, want := range map[string]int{"/feeds.opml": 1 + 19 + 37, "/sachsen/feeds.opml": 1 + 37, "/sachsen+bund/feeds.opml": 1 + 37} {
		var doc struct {
			Outlines []outline `xml:"body>outline"`
		}
		decodeXML(t, get(h, path).Body.Bytes(), &doc)
		seen := map[string]bool{}
		var walk func(os []outline)
		walk = func(os []outline) {
			for _, o := range os {
				if o.Type == "rss" {
					seen[o.XMLURL] = true
					if w := get(h, strings.TrimPrefix(o.XMLURL, publicURL)); w.Code != 200 || o.Text == "" || !strings.HasPrefix(o.HTMLURL, publicURL) {
						t.Errorf("%s: %+v answers %d", path, o, w.Code)
					}
				}
				walk(o.Outlines)
			}
		}
		walk(doc.Outlines)
		if len(seen) != want {
			t.Errorf("%s: %d feeds, want %d", path, len(seen), want)
		}
	}
}

// FuzzRender feeds any strings through every format.
func FuzzRender(f *testing.F) {
	for _, e := range corpus() {
		f.Add(e.ID, e.Title, e.Link, e.Summary, e.Content, e.Origin.Name, e.Published.Unix())
	}
	f.Add("", "", "", "", "<a href='JAVASCRIPT:x'>", "]]>", int64(-1<<40))
	f.Add("", "", "", "", "", "", int64(-1<<62)) // a year that no format can express
	f.Fuzz(func(t *testing.T, id, title, link, summary, content, name string, published int64) {
		origin := dresden
		origin.Name, origin.Publisher, origin.URL, origin.Rights = name, name, link, summary
		e := aggregator.Entry{Origin: origin}
		e.ID, e.Source, e.GUID = id, origin.ID, id
		e.Title, e.Link, e.Summary, e.Content = title, link, summary, content
		e.Published, e.Seen, e.Updated = time.Unix(published, 0), day, day
		e.Enclosures = []aggregator.Enclosure{{URL: link, Type: name, Length: published}}
		e.Labels = aggregator.Labels{
			Regions: []aggregator.Region{aggregator.Region(name)}, Topics: []aggregator.Topic{aggregator.Topic(title)},
			Places: []aggregator.Place{{Key: id, Name: summary}},
		}
		for _, format := range Formats() {
			checkDocument(t, format, render(t, newMemory(e), aggregator.Query{}, format, ContentFull).Body)
		}
	})
}

func checkDocument(t *testing.T, format Format, body []byte) {
	if !utf8.Valid(body) {
		t.Fatalf("%s is not UTF-8:\n%q", format, body)
	}
	if i := bytes.IndexFunc(body, dirty); i >= 0 {
		t.Fatalf("%s has a forbidden character at %d:\n%q", format, i, body)
	}
	if format == JSON {
		var got readJSON
		if err := json.Unmarshal(body, &got); err != nil || len(got.Items) != 1 {
			t.Fatalf("%v in\n%s", err, body)
		}
		checkLink(t, got.Items[0].URL)
		if content := got.Items[0].HTML; content != nil {
			checkHTML(t, *content)
		}
		return
	}
	d := xml.NewDecoder(bytes.NewReader(body))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v in\n%s", format, err, body)
		}
		if start, ok := token.(xml.StartElement); ok {
			for _, a := range start.Attr {
				if a.Name.Local == "href" || a.Name.Local == "url" {
					checkLink(t, a.Value)
				}
			}
		}
	}
}

// checkHTML reads a full text as a browser does.
func checkHTML(t *testing.T, content string) {
	doc, err := html.Parse(strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && slices.Contains([]string{"script", "style", "iframe", "object", "embed", "form", "base", "meta", "svg"}, n.Data) {
			t.Errorf("element %s in %q", n.Data, content)
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Val)), "javascript:") {
				t.Errorf("attribute %s=%q in %q", a.Key, a.Val, content)
			}
		}
	}
}

func checkLink(t *testing.T, s string) {
	if s != "" && CleanURL(s) != s {
		t.Errorf("link %q", s)
	}
}
