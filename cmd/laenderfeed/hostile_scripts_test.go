package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"laenderfeed/aggregator"
)

// xss are texts that run when they are taken for markup. Each carries the word
// by which the tests find what is left of it.
func xss() []string {
	return []string{
		`<script>alert('xssmark')</script>`,
		`<img src=x onerror="alert('xssmark')">`,
		`"><svg/onload=alert('xssmark')>`,
		`' onmouseover='alert("xssmark")`,
		`<a href="javascript:alert('xssmark')" onclick="alert('xssmark')">Text</a>`,
		"<a href=\"java\tscript\n:alert('xssmark')\">Text</a>",
		`<a href="&#106;avascript&colon;alert('xssmark')">Text</a>`,
		`<a href="data:text/html,<script>alert('xssmark')</script>">Text</a>`,
		`<a href="vbscript:xssmark">Text</a>`,
		`<iframe srcdoc="<script>alert('xssmark')</script>"></iframe>`,
		`<math><mi xlink:href="javascript:alert('xssmark')"></mi></math>`,
		`<noscript><p title="</noscript><img src=x onerror=alert('xssmark')>">`,
		`<style>@import 'javascript:alert("xssmark")';</style><p style="background:url(javascript:alert('xssmark'))">`,
		`<form action="javascript:alert('xssmark')"><button formaction="javascript:alert('xssmark')">`,
		`<meta http-equiv="refresh" content="0;url=javascript:alert('xssmark')"><base href="javascript:alert('xssmark')//">`,
		`<object data="javascript:alert('xssmark')"><embed src="javascript:alert('xssmark')">`,
		`]]><script>alert('xssmark')</script><![CDATA[`,
		`--><script>alert('xssmark')</script><!--`,
		`</title></textarea></style><script>alert('xssmark')</script>`,
		`{{alert('xssmark')}}${alert('xssmark')}<%= alert('xssmark') %>`,
		"Zeile\r\nX-Injected: xssmark\r\n\r\n<script>alert('xssmark')</script>",
	}
}

// xssLinks are addresses that are none.
func xssLinks() []string {
	return []string{
		`javascript:alert('xssmark')`, `JaVaScRiPt:alert('xssmark')`, "java\nscript:alert('xssmark')", " \x01javascript:alert('xssmark')",
		`data:text/html;base64,PHNjcmlwdD5hbGVydCgneHNzbWFyaycpPC9zY3JpcHQ+xssmark`, `vbscript:xssmark`, `file:///etc/passwd?xssmark`,
		`https://a.example/"onmouseover="alert('xssmark')`, `https://a.example/<script>alert('xssmark')</script>`,
		`//javascript:alert('xssmark')`, "https://a.example/\r\nX-Injected: xssmark", `https://user:xssmark@a.example/`,
		`javascript://a.example/%0aalert('xssmark')`, `feed:javascript:alert('xssmark')`, `view-source:https://a.example/xssmark`,
	}
}

// scriptAttacks put each of them into every field of every format.
func scriptAttacks() []attack {
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\x01", "").Replace
	texts, links := xss(), xssLinks()
	var rss, rssEscaped, atom strings.Builder
	var items []map[string]any
	for i, x := range texts {
		link := links[i%len(links)]
		cdata := "<![CDATA[" + strings.ReplaceAll(x, "]]>", "]]]]><![CDATA[>") + "]]>"
		fmt.Fprintf(&rss, "<item><title>%[1]s</title><guid>%[1]s%[3]d</guid><link>%[2]s</link><description>%[1]s</description><content:encoded>%[1]s</content:encoded>"+
			"<author>%[1]s</author><dc:creator>%[1]s</dc:creator><category domain=\"%[2]s\">%[1]s</category><comments>%[2]s</comments><dc:language>%[1]s</dc:language><pubDate>%[1]s</pubDate>"+
			"<enclosure url=\"%[2]s\" type=\"%[4]s\" length=\"%[4]s\"/><source url=\"%[2]s\">%[1]s</source><media:title>%[1]s</media:title></item>", cdata, escape(link), i, escape(x))
		fmt.Fprintf(&rssEscaped, "<item><title>%[1]s</title><guid>%[1]s%[3]d</guid><link>%[2]s</link><description>%[1]s</description><author>%[1]s</author><category>%[1]s</category></item>",
			escape(escape(x)), escape(link), i)
		fmt.Fprintf(&atom, "<entry xml:base=\"%[2]s\" xml:lang=\"%[1]s\"><title type=\"html\">%[1]s</title><id>%[1]s%[3]d</id><link href=\"%[2]s\" type=\"%[1]s\" title=\"%[1]s\"/><link rel=\"enclosure\" href=\"%[2]s\" type=\"%[1]s\"/>"+
			"<summary type=\"html\">%[1]s</summary><content type=\"html\">%[1]s</content><author><name>%[1]s</name><uri>%[2]s</uri></author><category term=\"%[1]s\" label=\"%[1]s\"/><updated>%[1]s</updated><rights>%[1]s</rights></entry>",
			escape(x), escape(link), i)
		items = append(items, map[string]any{"id": fmt.Sprint(x, i), "url": link, "external_url": link, "title": x, "content_html": x, "content_text": x, "summary": x, "image": link,
			"date_published": x, "authors": []any{map[string]any{"name": x, "url": link, "avatar": link}}, "tags": []string{x}, "language": x,
			"attachments": []any{map[string]any{"url": link, "mime_type": x, "title": x, "size_in_bytes": -1}}})
	}
	x := texts[0]
	feed, _ := json.Marshal(map[string]any{"version": "https://jsonfeed.org/version/1.1", "title": x, "home_page_url": links[0], "feed_url": links[0], "description": x, "icon": links[0],
		"language": x, "authors": []any{map[string]any{"name": x}}, "items": items, "hubs": []any{map[string]any{"type": x, "url": links[0]}}})
	head := func(items string) string {
		return `<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"><channel><title>` +
			escape(x) + `</title><link>` + escape(links[0]) + `</link><language>` + escape(x) + `</language><ttl>-1</ttl><generator>` + escape(x) + `</generator>` + items + `</channel></rss>`
	}
	var page strings.Builder
	for i, x := range texts {
		fmt.Fprintf(&page, `<li><h3>Meldung %d %s</h3><a href="%s">%s</a><p>%s</p></li>`, i, x, escape(links[i%len(links)]), x, x)
	}
	return []attack{
		{name: "script-rss", items: len(texts), serve: plain(head(rss.String()))},
		{name: "script-rss-escaped", items: len(texts), serve: plain(head(rssEscaped.String()))},
		{name: "script-atom", items: len(texts), serve: plain(`<feed xmlns="http://www.w3.org/2005/Atom" xml:base="` + escape(links[0]) + `"><title type="html">` + escape(x) + `</title>` + atom.String() + `</feed>`)},
		{name: "script-xhtml", items: 1, serve: plain(`<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><entry><id>1</id><title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><script>alert('xssmark')</script>Text</div></title>` +
			`<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml" onclick="alert('xssmark')"><h:script xmlns:h="http://www.w3.org/1999/xhtml">alert('xssmark')</h:script><p onclick="alert('xssmark')">Text</p><a href="javascript:alert('xssmark')">x</a></div></content></entry></feed>`)},
		{name: "script-json", items: len(texts), serve: with("Content-Type: application/feed+json\r\n", string(feed))},
		{name: "script-page", kind: aggregator.KindHTML, items: -1, serve: with("Content-Type: text/html\r\n", "<html lang=\"<script>\"><head><title>"+escape(x)+"</title><base href=\"javascript:alert('xssmark')\"></head><body><ul>"+page.String()+"</ul></body></html>")},
	}
}

func jsonAttacks() []attack {
	feed := func(rest string) answer {
		return with("Content-Type: application/json\r\n", `{"version":"https://jsonfeed.org/version/1","title":"t",`+rest+`}`)
	}
	const item = `{"id":"1","title":"A"}`
	return []attack{
		{name: "json-depth", serve: feed(`"items":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000))},
		{name: "json-depth-objects", classes: one(noFeed), serve: feed(`"items":[` + item + `],"x":` + strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000))},
		{name: "json-keys", classes: one(tooLarge), serve: lazily(func() answer {
			var b strings.Builder
			for i := range 500_000 {
				fmt.Fprintf(&b, `"k%d":1,`, i)
			}
			return feed(b.String() + `"items":[` + item + `]`)
		})},
		{name: "json-keys-190000", items: 1, serve: lazily(func() answer {
			var b strings.Builder
			for i := range 190_000 {
				fmt.Fprintf(&b, `"k%d":1,`, i)
			}
			return feed(b.String() + `"items":[` + item + `]`)
		})},
		{name: "json-items", items: 2000, serve: lazily(func() answer {
			var b strings.Builder
			for i := range 99_999 {
				fmt.Fprintf(&b, `{"id":"%d"},`, i)
			}
			return feed(`"items":[` + b.String() + item + `]`)
		})},
		{name: "json-numbers", items: 1, serve: feed(`"items":[{"id":1e999,"title":"A","date_published":1e999,"attachments":[{"url":"https://a.example/","size_in_bytes":1e999}]}]`)},
		{name: "json-types", items: 2, serve: feed(`"home_page_url":[],"authors":"x","hubs":7,"items":[` + item + `,7,null,"x",[],{"id":{},"title":[]}]`)},
		{name: "json-twice", items: 1, serve: feed(`"items":[{"id":"0"}],"items":[` + item + `]`)},
		{name: "json-nan", classes: []aggregator.Class{unparsed, noFeed}, serve: feed(`"items":NaN`)},
		{name: "json-cut", items: 1, serve: with("Content-Type: application/json\r\n", `{"version":"https://jsonfeed.org/version/1","title":"t","items":[`+item+`,{"id":"2`)},
		{name: "json-array", classes: []aggregator.Class{noFeed, unparsed}, serve: with("Content-Type: application/json\r\n", `[`+item+`]`)},
	}
}

func pageAttacks() []attack {
	page := func(name string, classes []aggregator.Class, items int, body func() string) attack {
		return attack{name: name, kind: aggregator.KindHTML, classes: classes, items: items, serve: lazily(func() answer {
			return with("Content-Type: text/html\r\n", "<html><body><ul><li><a href=\"/1\">Meldung aus dem Rathaus</a></li>"+body()+"</ul></body></html>")
		})}
	}
	repeat := func(s string, n int) func() string { return func() string { return strings.Repeat(s, n) } }
	return []attack{
		page("page-nodes", one(tooLarge), 0, repeat("<b>", 1_000_000)),
		page("page-depth", one(tooLarge), 0, repeat("<div>", 100_000)),
		page("page-attribute", one(tooLarge), 0, func() string { return `<a title="` + strings.Repeat("x", 9<<20) + `">` }),
		page("page-attributes", one(tooLarge), 0, func() string {
			var b strings.Builder
			for i := range 300_000 {
				fmt.Fprintf(&b, " a%d", i)
			}
			return "<p" + b.String() + ">"
		}),
		page("page-formatting", nil, 1, repeat("<b><i><p>", 20_000)),
		page("page-tables", nil, 1, repeat("<table><tr>", 20_000)),
		page("page-links", nil, 2000, func() string {
			var b strings.Builder
			for i := range 25_000 {
				fmt.Fprintf(&b, "<li><a href=/%d>Meldung %d aus dem Rathaus</a>", i+2, i)
			}
			return b.String()
		}),
		{name: "page-not-feed", classes: one(noFeed), serve: with("Content-Type: text/html\r\n", "<html><head><link rel=\"alternate\" type=\"application/rss+xml\" href=\"javascript:alert('xssmark')\"></head><body>xssmark</body></html>")},
	}
}
