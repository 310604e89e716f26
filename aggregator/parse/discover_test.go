package parse

import (
	"errors"
	"strings"
	"testing"

	"laenderfeed/aggregator"
)

// TestDiscover: which feeds a page announces, the best first.
func TestDiscover(t *testing.T) {
	const self = "https://www.stadt.example.de/presse/meldungen/"
	for _, tt := range []struct{ in, want string }{
		{`<link rel="alternate" type="application/rss+xml" title="Presse" href="/rss.xml">`, "https://www.stadt.example.de/rss.xml"},
		{`<LINK REL="Alternate" TYPE="Application/Atom+XML; charset=utf-8" HREF="feed">`, self + "feed"},
		{`<link rel="home alternate" type="application/feed+json" href="//www.stadt.example.de/f.json">`, "https://www.stadt.example.de/f.json"},
		{`<base href="https://cms.example.org/a/"><link rel=alternate type=application/rss+xml href=rss>`, "https://cms.example.org/a/rss"},
		{`<link rel=alternate type=application/rss+xml title="Stadt » Kommentar-Feed" href="/comments/feed/">
			<link rel=alternate type=application/rss+xml title="Fremd" href="https://news.example.org/feed">
			<link rel=alternate type=application/rss+xml title="Stadt » Feed" href="/feed/">
			<link rel=alternate type=application/rss+xml title="Presse" href="/presse/feed/">`,
			"https://www.stadt.example.de/presse/feed/ https://www.stadt.example.de/feed/ https://news.example.org/feed https://www.stadt.example.de/comments/feed/"},
		{`<link rel=alternate type=text/xml title="RSS" href="/x.php"><link rel=alternate type=text/xml href="/karte.xml">`, "https://www.stadt.example.de/x.php"},
		{`<link rel=alternate type="application/json+oembed" href="/oembed"><link rel=alternate type="application/json" title="JSON" href="/wp-json/posts/1">`, ""},
		{`<link rel=alternate hreflang=en href="/en/"><link rel=stylesheet type=application/rss+xml href="/a">`, ""},
		{`<link rel=alternate type=application/rss+xml href="javascript:alert(1)"><link rel=alternate type=application/rss+xml href="">`, ""},
		{`<body><p><a type="application/rss+xml" href="/abo.rss" title="Abonnieren">RSS</a><a href="/anderes.rss">RSS</a>`, "https://www.stadt.example.de/abo.rss"},
		{`<link rel=alternate type=application/rss+xml href="/rss"><link rel=alternate type=application/rss+xml href="/rss">`, "https://www.stadt.example.de/rss"},
		{`<script>'<link rel=alternate type=application/rss+xml href="/rss">'</script><!-- <link rel=alternate type=application/rss+xml href="/rss"> -->`, ""},
	} {
		body := "<!DOCTYPE html><html><head><title>Presse</title>" + tt.in + "</head><body><h1>Presse</h1></body></html>"
		d, err := Detect([]byte(body), Options{URL: self})
		if err != nil {
			t.Errorf("%s: %v", tt.in, err)
			continue
		}
		var got []string
		for _, f := range d.Feeds {
			got = append(got, f.URL)
		}
		if strings.Join(got, " ") != tt.want || d.Document != nil {
			t.Errorf("%s announces %s, want %s", tt.in, got, tt.want)
		}
		_, err = Parse([]byte(body), Options{URL: self})
		var e *aggregator.Error
		if best, _, _ := strings.Cut(tt.want, " "); !errors.As(err, &e) || e.Class != aggregator.ClassNotAFeed || e.Feed != best || !strings.Contains(err.Error(), best) {
			t.Errorf("%s read as a feed: %v", tt.in, err)
		}
	}
}

// TestDetection: what a body is told to be.
func TestDetection(t *testing.T) {
	opt := Options{URL: "https://www.example.de/presse/", Now: now}
	feed := string(sample(3, 1))
	if d, err := Detect([]byte(feed), opt); err != nil || d.Document == nil || d.Document.Kind != "rss" || len(d.Document.Items) != 3 || d.Certainty != 1 || d.Feeds != nil {
		t.Errorf("a feed is %+v, %v", d, err)
	}
	list := strings.Replace(page1, "LIST", `<ul class="pm"><li>20.11.2026 <a href="/1">Neues Portal für Anträge in Betrieb</a></li>
		<li>19.11.2026 <a href="/2">Breitband für alle Schulen im Land</a></li><li>18.11.2026 <a href="/3">Bürgerämter öffnen am Samstag</a></li></ul>`, 1)
	d, err := Detect([]byte(list), opt)
	if err != nil || d.Document == nil || len(d.Document.Items) != 3 || d.Selectors.Item == "" {
		t.Fatalf("a list is %+v, %v", d, err)
	}
	opt.Selectors.Item = "main li"
	if d, err := Detect([]byte(list), opt); err != nil || len(d.Document.Items) != 3 || d.Selectors != opt.Selectors {
		t.Errorf("with selectors it is %+v, %v", d, err)
	}
	opt.Selectors.Item = ".weg"
	if d, err := Detect([]byte(list), opt); err != nil || len(d.Document.Items) != 3 || d.Selectors.Item == ".weg" {
		t.Errorf("with stale selectors it is %+v, %v", d, err)
	}
	opt.Selectors.Item = ""
	empty := strings.Replace(page1, "LIST", "<p>Keine Meldungen vorhanden.</p>", 1)
	if d, err := Detect([]byte(empty), opt); err != nil || d.Document == nil || len(d.Document.Items) != 0 || d.Certainty != 0 || d.Seen == "" {
		t.Errorf("an empty list is %+v, %v", d, err)
	}
	if d, err := Detect([]byte(strings.Replace(page1, "LIST", "", 1)), opt); err != nil || d.Document != nil || d.Selectors.Item != "" || d.Feeds != nil {
		t.Errorf("a page without a list is %+v, %v", d, err)
	}
	for in, want := range map[string]aggregator.Class{
		"": aggregator.ClassNotAFeed, "Nur Text, 20.11.2026": aggregator.ClassNotAFeed, "%PDF-1.7 <a>": aggregator.ClassNotAFeed,
		"<html><title>Just a moment...</title></html>":           aggregator.ClassChallenge,
		"<html><body>" + strings.Repeat("<b/><i/>", MaxElements): aggregator.ClassTooLarge,
	} {
		if d, err := Detect([]byte(in), opt); aggregator.ClassOf(err) != want || err == nil || d != nil {
			t.Errorf("%.40q: %+v, %v", in, d, err)
		}
	}
}
