package main

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

// rightsSite publishes two feeds that say whose their texts are. The first answers
// 304 from the second request on.
func rightsSite(t *testing.T) *httptest.Server {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/atom":
			io.WriteString(w, `<feed xmlns="http://www.w3.org/2005/Atom"><title>Zweites Amt</title><rights>© Zweites Amt</rights>
				<entry><id>urn:x:3</id><title>Dritte Meldung</title><link href="https://amt.example/3"/></entry></feed>`)
		case r.Header.Get("If-None-Match") != "":
			w.WriteHeader(http.StatusNotModified)
		default:
			w.Header().Set("ETag", `"1"`)
			io.WriteString(w, `<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Amt</title>
				<copyright>© 2026 Amt &amp;lt;Digital&amp;gt; &amp; Söhne</copyright>
				<item><title>Erste Meldung</title><link>https://amt.example/1</link></item>
				<item><title>Zweite Meldung</title><link>https://amt.example/2</link><dc:rights>CC BY 4.0, Autorin</dc:rights></item></channel></rss>`)
		}
	}))
	t.Cleanup(site.Close)
	return site
}

// TestPublishersRightsReachReaders polls feeds over HTTP and finds what they say
// of rights in every format, on the pages and in what commands print.
func TestPublishersRightsReachReaders(t *testing.T) {
	site, dir := rightsSite(t), t.TempDir()
	path := writeFile(t, filepath.Join(dir, "config.toml"), fmt.Sprintf(`[server]
public_url = "https://feeds.example"
[storage]
path = %q
[fetch]
per_host_delay = "0s"
min_interval = "1s"
allow_private = [%q]
[catalogue]
enable = []
[[source]]
id = "amt"
name = "Amt"
url = "%[3]s/rss"
note = "Geheime Notiz"
[[source]]
id = "zweites"
name = "Zweites Amt"
url = "%[3]s/atom"
rights = "dl-de/by-2-0"
`, filepath.Join(dir, "x.db"), site.Listener.Addr().String(), site.URL))
	if r := pollOnce(t, path, "--all"); r.New != 3 {
		t.Fatalf("first poll: %+v", r)
	}
	if r := pollOnce(t, path, "--all"); r.NotModified != 2 || r.Updated != 0 {
		t.Fatalf("second poll: %+v", r)
	}

	const amt = "© 2026 Amt <Digital> & Söhne"
	_, h := live(t, path)
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	url := server.URL
	for feed, whole := range map[string]string{"/alle": "", "/quellen/amt": amt, "/quellen/zweites": "dl-de/by-2-0"} {
		for title, want := range map[string]string{"Erste Meldung": amt, "Zweite Meldung": "CC BY 4.0, Autorin", "Dritte Meldung": "dl-de/by-2-0"} {
			for format, said := range readRights(t, url+feed) {
				if got, ok := said.items[title]; ok && got != want || !ok && feed == "/alle" {
					t.Errorf("%s/feed.%s: %q has the rights %q, want %q", feed, format, title, got, want)
				}
				if whole != "" && said.feed != whole || whole == "" && !strings.HasPrefix(said.feed, "Rechte an den Meldungen bei den jeweiligen Herausgebern.") {
					t.Errorf("%s/feed.%s has the rights %q", feed, format, said.feed)
				}
			}
		}
	}
	for _, page := range []string{"/quellen", "/quellen/amt"} {
		body, _ := fetched(t, url+page)
		if text := string(body); !strings.Contains(text, "© 2026 Amt &lt;Digital&gt; &amp; Söhne") || strings.Contains(text, "Notiz") {
			t.Errorf("%s: %s", page, text)
		}
	}
	stdout, _, _ := command(t, "", "sources", "list", "--json", "--config", path)
	for _, want := range []string{`"feed_rights": "` + amt + `"`, `"rights": "dl-de/by-2-0",` + "\n    " + `"feed_rights": "© Zweites Amt"`} {
		if !strings.Contains(stdout, want) {
			t.Errorf("sources list lacks %s:\n%s", want, stdout)
		}
	}
	body, _ := fetched(t, url+"/quellen/amt/feed.json")
	_, id, _ := strings.Cut(string(body), `"id": "urn:uuid:`)
	id, _, _ = strings.Cut(id, `"`)
	if stdout, _, _ = command(t, "", "explain", "--config", path, "urn:uuid:"+id); !strings.Contains(stdout, "\nrights: ") {
		t.Errorf("explain: %s", stdout)
	}
}

// saidRights are the statements of rights in a feed: its own, and by title those
// of its items.
type saidRights struct {
	feed  string
	items map[string]string
}

// readRights reads a feed in all formats.
func readRights(t *testing.T, feed string) map[string]saidRights {
	t.Helper()
	type item struct {
		Title  string `xml:"title" json:"title"`
		Rights string `xml:"rights"`
		Ours   struct {
			Rights string
			Source struct{ Rights string }
		} `xml:"-" json:"_laenderfeed"`
	}
	out := map[string]saidRights{}
	for _, format := range []string{"atom", "rss", "json"} {
		var doc struct {
			Rights    string `xml:"rights"`
			Copyright string `xml:"channel>copyright" json:"user_comment"`
			Entries   []item `xml:"entry"`
			Items     []item `xml:"channel>item" json:"items"`
		}
		body, _ := fetched(t, feed+"/feed."+format)
		read := xml.Unmarshal
		if format == "json" {
			read = json.Unmarshal
		}
		if err := read(body, &doc); err != nil {
			t.Fatalf("%s/feed.%s: %v", feed, format, err)
		}
		said := saidRights{doc.Rights + doc.Copyright, map[string]string{}}
		for _, it := range append(doc.Entries, doc.Items...) {
			rights := it.Rights + it.Ours.Rights
			if rights == "" {
				rights = it.Ours.Source.Rights
			}
			said.items[it.Title] = rights
		}
		out[format] = said
	}
	return out
}
