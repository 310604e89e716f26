package parse

import (
	"fmt"
	"strings"
	"testing"

	"laenderfeed/aggregator"
)

// TestDetect: lists as the sites of offices lay them out are found without
// selectors, and nothing of the frame around them.
func TestDetect(t *testing.T) {
	layouts := map[string]string{
		"table":         `<tr class="row%[1]d"><td>%[2]s</td><td><a href="/pm/%[1]d">%[3]s</a></td><td>Ein Satz dazu, der etwas mehr sagt.</td></tr>`,
		"headings":      `<div class="teaser"><h3><a href="/pm/%[1]d">%[3]s</a></h3><span class="date">%[2]s</span><p>Ein Satz dazu, der etwas mehr sagt.</p><a class="more" href="/pm/%[1]d">mehr</a></div>`,
		"articles":      `<article id="a%[1]d"><header><p>%[2]s</p><h2><a href="/pm/%[1]d">%[3]s</a></h2></header></article>`,
		"list":          `<li><a href="/pm/%[1]d">%[3]s</a> (%[2]s)</li>`,
		"inside link":   `<li><a href="/pm/%[1]d"><span class="docData"><span class="value">%[2]s</span></span> <strong>%[3]s</strong></a></li>`,
		"date in path":  `<div><a href="/presse/2026/11/1%[1]d/meldung">%[3]s</a></div>`,
		"image too":     `<div class="card"><a href="/pm/%[1]d"><img src="x.jpg" alt=""></a><time datetime="2026-11-1%[1]dT08:00:00+01:00">neu</time><a class="t" href="/pm/%[1]d">%[3]s</a></div>`,
		"two dates":     `<div class="e"><span class="Datum">%[2]s</span><a href="/pm/%[1]d">%[3]s</a><p>Die Frist endet am 31.12.2025, sagt das Ministerium dazu.</p></div>`,
		"definition":    `<dt>%[2]s</dt><dd><a href="/pm/%[1]d">%[3]s</a></dd>`,
		"session links": `<li class="odd"><a href="/pm/%[1]d;jsessionid=X%[1]d">%[3]s</a><span>%[2]s</span></li>`,
	}
	frames := map[string]string{"table": "<table><tbody>%s</tbody></table>", "definition": "<dl>%s</dl>"}
	for name, layout := range layouts {
		t.Run(name, func(t *testing.T) {
			var list strings.Builder
			for i := range 6 {
				fmt.Fprintf(&list, layout+"\n", i, fmt.Sprintf("1%d.11.2026", i), fmt.Sprintf("Meldung %d: Das Ministerium stellt ein neues Portal vor", i))
			}
			frame := frames[name]
			if frame == "" {
				frame = `<div class="content">%s</div>`
			}
			doc := mustParse(t, strings.Replace(page1, "LIST", fmt.Sprintf(frame, list.String()), 1), Options{
				URL: "https://www.example.de/presse/", Kind: aggregator.KindHTML, Now: now})
			if len(doc.Items) != 6 {
				t.Fatalf("%d items: %+v", len(doc.Items), doc.Items)
			}
			for i, it := range doc.Items {
				if want := fmt.Sprintf("Meldung %d: Das Ministerium stellt ein neues Portal vor", i); !strings.HasSuffix(it.Title, want) || it.Link == "" {
					t.Errorf("item %d: %q, %s", i, it.Title, it.Link)
				}
				if got := it.Published.In(berlin()).Format("2.1.2006"); got != fmt.Sprintf("1%d.11.2026", i) {
					t.Errorf("item %d: published %s", i, got)
				}
			}
		})
	}
}

// page1 is a page with the usual frame around LIST.
const page1 = `<!DOCTYPE html><html lang="de"><head><title>Presse</title></head><body>
<header><a href="/">Zur Startseite des Ministeriums für Digitales</a></header>
<div id="menu"><ul><li><a href="/themen/digitales">Digitales und Verwaltung im Überblick</a></li><li><a href="/themen/verkehr">Verkehr und Mobilität</a></li>
<li><a href="/themen/wirtschaft">Wirtschaft und Arbeit im Land</a></li><li><a href="/service">Service und Kontakt</a></li></ul></div>
<main><h1>Pressemitteilungen</h1>LIST<div class="pager"><a href="?seite=2">2</a><a href="?seite=3">3</a><a href="?seite=4">weiter</a></div></main>
<div class="social"><a href="https://social.example.de/a">Folgen Sie uns im Fediverse auf Mastodon</a></div>
<footer><ul><li><a href="/impressum">Impressum</a></li><li><a href="/datenschutz">Datenschutzerklärung und Einwilligungen</a></li><li><a href="/bf">Erklärung zur Barrierefreiheit</a></li></ul></footer>
</body></html>`

// TestNoList: a page without a list is an error that says what to do.
func TestNoList(t *testing.T) {
	_, err := Parse([]byte(strings.Replace(page1, "LIST", "", 1)), Options{URL: "https://www.example.de/", Kind: aggregator.KindHTML})
	if aggregator.ClassOf(err) != aggregator.ClassSelector {
		t.Errorf("error %v", err)
	}
}

// TestEventsAreNoNews: of two lists in the same markup and without headings the
// one whose dates lie ahead is not the news, though it is longer.
func TestEventsAreNoNews(t *testing.T) {
	var events, news strings.Builder
	for i := range 9 {
		fmt.Fprintf(&events, `<li>1%d.12.2026 <a href="/v/%d">Fachtagung %d zur Registermodernisierung in der Stadthalle</a></li>`, i, i, i)
	}
	for i := range 4 {
		fmt.Fprintf(&news, `<li>1%d.11.2026 <a href="/pm/%d">Meldung %d: Neues Portal eröffnet</a></li>`, i, i, i)
	}
	for _, list := range []string{
		"<div><ul>" + events.String() + "</ul></div><section><ul>" + news.String() + "</ul></section>",
		"<div><ul>" + news.String() + "</ul></div><section><ul>" + events.String() + "</ul></section>",
	} {
		doc := mustParse(t, strings.Replace(page1, "LIST", list, 1), Options{URL: "https://www.example.de/presse/", Kind: aggregator.KindHTML, Now: now})
		if len(doc.Items) != 4 || !strings.Contains(doc.Items[0].Link, "/pm/") {
			t.Errorf("%d items, first %+v", len(doc.Items), doc.Items[0])
		}
	}
}
