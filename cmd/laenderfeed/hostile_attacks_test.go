package main

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/andybalholm/brotli"

	"laenderfeed/aggregator"
)

const ( // short names for the table
	blocked   = aggregator.ClassBlocked
	redirect  = aggregator.ClassRedirect
	tooLarge  = aggregator.ClassTooLarge
	timeout   = aggregator.ClassTimeout
	connect   = aggregator.ClassConnect
	noFeed    = aggregator.ClassNotAFeed
	unparsed  = aggregator.ClassParse
	noName    = aggregator.ClassDNS
	serverErr = aggregator.ClassHTTP5xx
	limited   = aggregator.ClassRateLimited
)

// tick is the pace of publishers that send a byte at a time.
func tick() <-chan time.Time { return time.After(100 * time.Millisecond) }

func one(c aggregator.Class) []aggregator.Class { return []aggregator.Class{c} }

// hostileAttacks is everything a publisher may do to us, or nearly.
func hostileAttacks() []attack {
	var all []attack
	for _, list := range [][]attack{slowAttacks(), wireAttacks(), headerAttacks(), encodingAttacks(), redirectAttacks(),
		entityAttacks(), xmlAttacks(), textAttacks(), identityAttacks(), scriptAttacks(), jsonAttacks(), pageAttacks()} {
		all = append(all, list...)
	}
	return all
}

// healthyBody is a feed of one item, for attacks that lie elsewhere.
var healthyBody = rssFeed(rssItem("Harmlos", "1"))

func slowAttacks() []attack {
	return []attack{
		{name: "slow-headers", classes: one(timeout), serve: dripping("HTTP/1.1 200 OK\r\n", "X-A: bcdefghijklmnopqrstuvwxyz\r\n")},
		{name: "slow-body", classes: one(timeout), serve: dripping(okLine+"Content-Length: 100000\r\n\r\n", healthyBody)},
		{name: "slow-until-close", classes: one(timeout), serve: dripping(okLine+"\r\n", " ")},
		{name: "slow-chunks", classes: one(timeout), serve: dripping(okLine+"Transfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n")},
		{name: "slow-gzip", classes: one(timeout), serve: dripping(okLine+"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08", "\x00")},
		{name: "no-answer", classes: one(timeout), serve: stalling("")},
		{name: "hang-after-headers", classes: one(timeout), serve: stalling(okLine + "\r\n")},
		{name: "hang-in-large-body", classes: one(timeout), serve: stalling(okLine + "\r\n" + strings.Repeat(" ", 2<<20))},
		{name: "hang-in-large-body-too", classes: one(timeout), serve: stalling(okLine + "\r\n" + strings.Repeat(" ", 9<<20))},
		{name: "hang-in-error", classes: one(serverErr), serve: func(p *hostilePublisher, conn net.Conn, r *http.Request) {
			stalling("HTTP/1.1 500 Oops\r\nContent-Length: 100\r\n\r\n<html>")(p, conn, r)
		}},
	}
}

func wireAttacks() []attack {
	return []attack{
		{name: "endless-body", classes: one(tooLarge), serve: endlessly(okLine+"\r\n", "<a>")},
		{name: "endless-chunks", classes: one(tooLarge), serve: endlessly(okLine+"Transfer-Encoding: chunked\r\n\r\n", "4\r\n<a> \r\n")},
		{name: "endless-headers", classes: one(tooLarge), serve: endlessly("HTTP/1.1 200 OK\r\n", "X-A: b\r\n")},
		{name: "endless-header", classes: one(tooLarge), serve: endlessly("HTTP/1.1 200 OK\r\nX-A: ", "b")},
		{name: "endless-status", classes: []aggregator.Class{tooLarge, connect}, serve: endlessly("HTTP/1.1 200 ", "OK")},
		{name: "endless-1xx", classes: []aggregator.Class{tooLarge, connect}, serve: endlessly("", "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n")},
		{name: "endless-trailer", classes: []aggregator.Class{tooLarge, connect}, serve: endlessly(okLine+"Transfer-Encoding: chunked\r\nTrailer: X-A\r\n\r\n1\r\n<\r\n0\r\n", "X-A: b\r\n")},
		{name: "endless-error-page", classes: one(serverErr), serve: endlessly("HTTP/1.1 500 Oops\r\n\r\n", "<p>")},
		{name: "trailer", items: 1, serve: raw(okLine + "Transfer-Encoding: chunked\r\nTrailer: Location, Set-Cookie\r\n\r\n" +
			fmt.Sprintf("%x\r\n%s\r\n0\r\nLocation: /\r\nSet-Cookie: a=b\r\n\r\n", len(healthyBody), healthyBody))},
		{name: "short-body", classes: one(connect), serve: raw(okLine + "Content-Length: 100000\r\n\r\n" + healthyBody)},
		{name: "huge-length", classes: one(tooLarge), serve: raw(okLine + fmt.Sprintf("Content-Length: %d\r\n\r\n", math.MaxInt64) + healthyBody)},
		{name: "negative-length", classes: one(connect), serve: raw(okLine + "Content-Length: -1\r\n\r\n" + healthyBody)},
		{name: "two-lengths", classes: one(connect), serve: raw(okLine + "Content-Length: 5\r\nContent-Length: 500\r\n\r\n" + healthyBody)},
		{name: "length-too-short", classes: []aggregator.Class{noFeed, unparsed}, serve: raw(okLine + "Content-Length: 9\r\n\r\n" + healthyBody)},
		{name: "bad-chunk", classes: one(connect), serve: raw(okLine + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n" + healthyBody)},
		{name: "huge-chunk", classes: one(connect), serve: raw(okLine + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n" + healthyBody)},
		{name: "close", classes: one(connect), serve: raw("")},
		{name: "garbage", classes: one(connect), serve: raw("\x00\x01\x02\xff\xfe SSH-2.0\r\n\r\n")},
		{name: "http-0-9", classes: one(connect), serve: raw(healthyBody)},
		{name: "http-1-0", items: 1, serve: raw("HTTP/1.0 200 OK\r\n\r\n" + healthyBody)},
		{name: "no-headers", items: 1, serve: raw("HTTP/1.1 200 OK\r\n\r\n" + healthyBody)},
		{name: "status-2000", classes: one(connect), serve: raw("HTTP/1.1 2000 OK\r\n\r\n" + healthyBody)},
		{name: "status-99", classes: []aggregator.Class{connect, serverErr}, serve: raw("HTTP/1.1 099 OK\r\n\r\n" + healthyBody)},
		{name: "status-204", classes: one(noFeed), serve: raw("HTTP/1.1 204 No Content\r\n\r\n")},
		{name: "status-206", classes: one(noFeed), serve: raw("HTTP/1.1 206 Partial\r\nContent-Length: 1\r\n\r\n<")},
		{name: "status-304", classes: one(noFeed), serve: raw("HTTP/1.1 304 Not Modified\r\n\r\n")},
		{name: "status-101", classes: []aggregator.Class{connect, serverErr}, serve: raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n" + healthyBody)},
	}
}

func headerAttacks() []attack {
	noValidators := func(t *testing.T, s aggregator.State) {
		if s.ETag != "" || s.LastModified != "" {
			t.Errorf("stored %.100q and %.100q", s.ETag, s.LastModified)
		}
	}
	patient := func(most time.Duration) func(*testing.T, aggregator.State) {
		return func(t *testing.T, s aggregator.State) {
			if wait := s.NextCheck.Sub(s.LastChecked); wait <= 0 || wait > most {
				t.Errorf("asked again after %v, %v at most", wait, most)
			}
		}
	}
	unavailable := func(retry string) answer {
		return raw("HTTP/1.1 503 Busy\r\nRetry-After: " + retry + "\r\nContent-Length: 0\r\n\r\n")
	}
	const week, day = 9 * 24 * time.Hour, 30 * time.Hour
	return []attack{
		{name: "cookies", items: 1, serve: with("Set-Cookie: a=b; Path=/\r\nSet-Cookie: c=d; Domain=127.0.0.1\r\n", healthyBody)},
		{name: "etag-large", items: 1, state: noValidators, serve: with("ETag: \""+strings.Repeat("e", 200_000)+"\"\r\n", healthyBody)},
		{name: "etag-too-large", classes: one(tooLarge), serve: with("ETag: \""+strings.Repeat("e", 300_000)+"\"\r\n", healthyBody)},
		{name: "etag-injection", classes: one(connect), state: noValidators, serve: with("ETag: \"a\rX-Injected: 1\"\r\nLast-Modified: x\ry\r\n", healthyBody)},
		{name: "etag-nul", classes: []aggregator.Class{connect}, serve: with("ETag: \"a\x00b\"\r\n", healthyBody)},
		{name: "retry-huge", classes: one(limited), state: patient(week), serve: unavailable(strings.Repeat("9", 300))},
		{name: "retry-date", classes: one(limited), state: patient(week), serve: unavailable("Fri, 31 Dec 9999 23:59:59 GMT")},
		{name: "retry-negative", classes: one(serverErr), state: patient(day), serve: unavailable("-5")},
		{name: "retry-nan", classes: one(serverErr), state: patient(day), serve: unavailable("NaN")},
		{name: "fresh-for-ever", items: 1, state: patient(day), serve: with("Cache-Control: max-age=99999999999999999999\r\nExpires: Fri, 31 Dec 9999 23:59:59 GMT\r\n", healthyBody)},
		{name: "date-nonsense", items: 1, state: patient(day), serve: with("Date: Thu, 01 Jan 1970 00:00:00 GMT\r\nExpires: 0\r\nAge: -1\r\nLast-Modified: gestern\r\n", healthyBody)},
		{name: "type-image", items: 1, serve: with("Content-Type: image/png\r\nX-Content-Type-Options: nosniff\r\n", healthyBody)},
		{name: "type-html", items: 1, serve: with("Content-Type: text/html\r\n", healthyBody)},
		{name: "type-nonsense", items: 1, serve: with("Content-Type: ;;;charset=\"\x80\r\n", healthyBody)},
		{name: "type-long", items: 1, serve: with("Content-Type: text/xml; charset="+strings.Repeat("x", 100_000)+"\r\n", healthyBody)},
		{name: "type-many", items: 1, serve: with(strings.Repeat("Content-Type: text/xml; charset=utf-16\r\n", 5000), healthyBody)},
		{name: "links", items: 1, serve: func(p *hostilePublisher, conn net.Conn, r *http.Request) {
			with("Link: <http://"+p.secret+"/>; rel=\"alternate\"; type=\"application/rss+xml\"\r\nLink: <javascript:x>; rel=self\r\nRefresh: 0; url=http://"+p.secret+
				"/\r\nContent-Location: http://"+p.secret+"/\r\nAlt-Svc: h2=\""+p.secret+"\"\r\n", healthyBody)(p, conn, r)
		}},
	}
}

func encodingAttacks() []attack {
	squeeze := func(text string, open func(io.Writer) io.WriteCloser) string {
		var b bytes.Buffer
		z := open(&b)
		_, _ = io.WriteString(z, text)
		_ = z.Close()
		return b.String()
	}
	gz := func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }
	zl := func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }
	br := func(w io.Writer) io.WriteCloser {
		return brotli.NewWriterOptions(w, brotli.WriterOptions{Quality: 1, LGWin: 24})
	}
	const size = 30 << 20
	coded := func(coding, body string) answer { return with("Content-Encoding: "+coding+"\r\n", body) }
	return []attack{
		{name: "gzip", items: 1, serve: coded("gzip", squeeze(healthyBody, gz))},
		{name: "gzip-bomb", classes: one(tooLarge), serve: coded("gzip", bomb(800))},
		{name: "gzip-bomb-too", classes: one(tooLarge), serve: coded("x-gzip", bomb(1600))},
		{name: "deflate-bomb", classes: one(tooLarge), serve: coded("deflate", squeeze(strings.Repeat(" ", size), zl))},
		{name: "brotli-bomb", classes: one(tooLarge), serve: coded("br", squeeze(strings.Repeat(" ", size), br))},
		{name: "brotli-bomb-too", classes: one(tooLarge), serve: coded("br", squeeze(strings.Repeat("<a>", size/3), br))},
		{name: "bomb-in-gzip", classes: one(unparsed), serve: coded("gzip, gzip", squeeze(bomb(800), gz))},
		{name: "bomb-unannounced", classes: []aggregator.Class{noFeed, unparsed}, serve: coded("gzip", squeeze(bomb(800), gz))},
		{name: "encoding-chain", classes: one(unparsed), serve: coded("gzip, gzip, br", squeeze(squeeze(squeeze(healthyBody, gz), gz), br))},
		{name: "encoding-unknown", classes: one(unparsed), serve: coded("zstd", healthyBody)},
		{name: "encoding-lie", classes: one(unparsed), serve: coded("gzip", healthyBody)},
		{name: "encoding-cut", classes: one(unparsed), serve: coded("gzip", squeeze(healthyBody, gz)[:40])},
		{name: "encoding-endless", classes: one(tooLarge), serve: endlessly(okLine+"Content-Encoding: gzip\r\n\r\n", squeeze("", gz))},
	}
}

func redirectAttacks() []attack {
	inside := []aggregator.Class{blocked, noName}
	list := []attack{
		{name: "redirect-loop", classes: one(redirect), serve: leading("/feed")},
		{name: "redirect-endless", classes: one(redirect), serve: func(_ *hostilePublisher, conn net.Conn, r *http.Request) {
			fmt.Fprintf(conn, "HTTP/1.1 301 Moved\r\nConnection: close\r\nLocation: %sx\r\nContent-Length: 0\r\n\r\n", r.URL.Path)
		}},
		{name: "redirect-nowhere", classes: one(redirect), serve: raw("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n")},
		{name: "redirect-long", classes: one(redirect), serve: leading("/" + strings.Repeat("a", 100_000))},
		{name: "redirect-user", classes: one(redirect), serve: leading("http://admin:geheim@SECRET/")},
		{name: "redirect-port", classes: one(blocked), serve: leading("http://SECRET/")},
		{name: "redirect-injection", classes: one(connect), serve: leading("http://SECRET/\x01X-Injected: 1")},
	}
	for _, to := range []string{"file:///etc/passwd", "gopher://SECRET/_GET", "ftp://SECRET/", "data:text/xml,<rss/>", "javascript:alert(1)", "//", "http:///x", "http://SECRET:x/"} {
		scheme, _, _ := strings.Cut(to, ":")
		name := fmt.Sprintf("redirect-to-%s", strings.Trim(scheme, "/"))
		if scheme == "//" || scheme == "http" {
			name = fmt.Sprintf("redirect-bad-%d", len(list))
		}
		list = append(list, attack{name: name, classes: one(redirect), serve: leading(to)})
	}
	for i, host := range []string{"169.254.169.254", "[::1]:PORT", "0.0.0.0:PORT", "[::]:PORT", "127.1:PORT", "2130706433:PORT", "0x7f000001:PORT", "0177.0.0.1:PORT",
		"[::ffff:127.0.0.1]:PORT", "[64:ff9b::7f00:1]:PORT", "[2002:7f00:1::]:PORT", "127.0.0.1.:PORT", "localhost:PORT", "①②⑦.⓪.⓪.①:PORT", "10.0.0.1", "224.0.0.1", "255.255.255.255"} {
		list = append(list, attack{name: fmt.Sprintf("redirect-inside-%d", i), classes: append(inside, redirect), serve: leading("http://" + host + "/")})
	}
	return list
}

func entityAttacks() []attack {
	laughs := `<!ENTITY a0 "ha">`
	for i := 1; i < 12; i++ {
		laughs += fmt.Sprintf(`<!ENTITY a%d "%s">`, i, strings.Repeat(fmt.Sprintf("&a%d;", i-1), 10))
	}
	doctype := func(declarations, title string) string {
		return `<?xml version="1.0"?><!DOCTYPE rss [` + declarations + `]><rss version="2.0"><channel><title>t</title>` + rssItem(title, "1") + `</channel></rss>`
	}
	unresolved := func(t *testing.T, list []aggregator.Entry) {
		for _, e := range list {
			if strings.Contains(e.Title, "haha") || strings.Contains(e.Title, "aaa") || strings.Contains(e.Title+e.Summary, "Geheim") || strings.Contains(e.Title+e.Summary, "root:") {
				t.Errorf("an entity was resolved: %.300q", e.Title)
			}
		}
	}
	list := []attack{
		{name: "laughs", serve: plain(doctype(laughs, "&a11;"))},
		{name: "quadratic", serve: plain(doctype(`<!ENTITY a "`+strings.Repeat("a", 50_000)+`">`, strings.Repeat("&a;", 50_000)))},
		{name: "entity-loop", serve: plain(doctype(`<!ENTITY a "&b;"><!ENTITY b "&a;">`, "&a;"))},
		{name: "external-file", serve: plain(doctype(`<!ENTITY a SYSTEM "file:///etc/passwd">`, "&a;"))},
		{name: "external-http", serve: luring(doctype(`<!ENTITY a SYSTEM "http://SECRET/">`, "&a;"))},
		{name: "parameter-entity", serve: luring(doctype(`<!ENTITY % p SYSTEM "http://SECRET/p.dtd"> %p; <!ENTITY a "x">`, "&a;"))},
		{name: "external-dtd", serve: luring(strings.Replace(healthyBody, "?>", `?><!DOCTYPE rss PUBLIC "-//X" "http://SECRET/rss.dtd">`, 1))},
		{name: "xinclude", serve: luring(strings.Replace(rssFeed(rssItem("A", "1")+`<item><title>B<xi:include href="http://SECRET/" parse="text"/></title><guid>2</guid></item>`), "<rss ",
			`<rss xmlns:xi="http://www.w3.org/2001/XInclude" `, 1))},
		{name: "stylesheet", serve: luring(strings.Replace(healthyBody, "?>", `?><?xml-stylesheet type="text/xsl" href="http://SECRET/"?>`, 1))},
		{name: "schema", serve: luring(strings.Replace(healthyBody, "<rss ", `<rss xmlns="http://SECRET/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="x http://SECRET/" `, 1))},
	}
	for i := range list {
		list[i].items, list[i].check = 1, unresolved
	}
	list[7].items = 2
	return list
}

func xmlAttacks() []attack {
	titled := func(most int) func(*testing.T, []aggregator.Entry) {
		return func(t *testing.T, list []aggregator.Entry) {
			for _, e := range list {
				if len(e.Title) > most {
					t.Errorf("a title of %d bytes", len(e.Title))
				}
			}
		}
	}
	deep := func(n int, tag string) string { return strings.Repeat("<"+tag+">", n) }
	return []attack{
		{name: "items-100000", items: 2000, serve: lazily(func() answer {
			var b strings.Builder
			for i := range 100_000 {
				b.WriteString(rssItem("Meldung", fmt.Sprint(i))[:0])
				fmt.Fprintf(&b, "<item><guid>%d</guid><title>Meldung %d</title></item>", i, i)
			}
			return plain(rssFeed(b.String()))
		})},
		{name: "title-50-mb", classes: one(tooLarge), serve: lazily(func() answer { return plain(rssFeed(rssItem(strings.Repeat("Wort ", 10<<20), "1"))) })},
		{name: "title-6-mb", items: 1, check: titled(1000), serve: lazily(func() answer { return plain(rssFeed(rssItem(strings.Repeat("Wort ", 9<<17), "1"))) })},
		{name: "content-9-mb", items: 1, serve: lazily(func() answer {
			return plain(rssFeed(`<item><title>t</title><guid>1</guid><description>` + strings.Repeat("&lt;p&gt;Wort", 9<<16) + `</description></item>`))
		})},
		{name: "attributes-10000", serve: lazily(func() answer {
			var b strings.Builder
			for i := range 10_000 {
				fmt.Fprintf(&b, ` a%d="1"`, i)
			}
			return plain(rssFeed("<item" + b.String() + "></item>"))
		})},
		{name: "depth-100000", classes: one(tooLarge), serve: plain(rssFeed(deep(100_000, "a")))},
		{name: "depth-in-item", classes: one(tooLarge), serve: plain(rssFeed("<item><title>t</title>" + deep(100_000, "a")))},
		{name: "depth-of-html", items: 1, serve: plain(rssFeed("<item><title>t</title><guid>1</guid><description>" + strings.Repeat("&lt;div&gt;", 30_000) + "</description></item>"))},
		{name: "elements", classes: one(tooLarge), serve: lazily(func() answer { return plain(rssFeed("<item>" + strings.Repeat(`<x:a b="1"/>`, 800_000) + "</item>")) })},
		{name: "elements-59000", items: 1, serve: lazily(func() answer {
			return plain(rssFeed("<item><title>t</title><guid>1</guid>" + strings.Repeat(`<x:a xmlns:x="y" b="1"/>`, 59_000) + "</item>"))
		})},
		{name: "elements-59000-too", items: 1, serve: lazily(func() answer {
			return plain(rssFeed("<item><title>t</title><guid>1</guid>" + strings.Repeat(deep(99, "x:a")+strings.Repeat("</x:a>", 99), 590) + "</item>"))
		})},
		{name: "comment-5-mb", items: 1, serve: lazily(func() answer {
			return plain(strings.Replace(healthyBody, "<item>", "<!--"+strings.Repeat("- ", 5<<19)+"--><item>", 1))
		})},
		{name: "comments-open", items: 1, serve: plain(rssFeed(rssItem("A", "1") + strings.Repeat("<!--", 100_000)))},
		{name: "cdata", items: 1, serve: plain(rssFeed(`<item><title><![CDATA[A]]]]><![CDATA[>B <script>]]></title><guid>1</guid><description>` + strings.Repeat("<![CDATA[", 50_000) + `]]></description></item>`))},
		{name: "cdata-ends", items: 1, serve: plain(rssFeed(`<item><title>` + strings.Repeat("]]>", 50_000) + `</title><guid>1</guid></item>`))},
		{name: "ampersands", items: 1, serve: plain(rssFeed(rssItem(strings.Repeat("& ", 1<<20), "1")))},
		{name: "lesser", classes: one(tooLarge), serve: plain(rssFeed(rssItem(strings.Repeat("< ", 1<<20), "1")))},
		{name: "namespaces", items: 1, serve: plain(rssFeed("<item><title>t</title><guid>1</guid>" + strings.Repeat(`<a:b xmlns:a="u"/>`, 20_000) + "</item>"))},
		{name: "empty", classes: one(noFeed), serve: plain("")},
		{name: "blank", classes: one(noFeed), serve: plain(strings.Repeat(" \n", 4<<20))},
		{name: "zeros", classes: []aggregator.Class{noFeed, unparsed}, serve: plain(strings.Repeat("\x00", 8<<20))},
	}
}

func textAttacks() []attack {
	utf16le := func(s string) string {
		var b strings.Builder
		for _, u := range utf16.Encode([]rune(s)) {
			b.Write([]byte{byte(u), byte(u >> 8)})
		}
		return b.String()
	}
	utf16be := func(s string) string {
		var b strings.Builder
		for _, u := range utf16.Encode([]rune(s)) {
			b.Write([]byte{byte(u >> 8), byte(u)})
		}
		return b.String()
	}
	utf32be := func(s string) string {
		var b strings.Builder
		for _, r := range s {
			b.Write([]byte{0, byte(r >> 16), byte(r >> 8), byte(r)})
		}
		return b.String()
	}
	words := func(want string) func(*testing.T, []aggregator.Entry) {
		return func(t *testing.T, list []aggregator.Entry) {
			if len(list) != 1 || list[0].Title != want {
				t.Errorf("stored %d items, the first %+q, want the title %q", len(list), list[0].Title, want)
			}
		}
	}
	umlauts := rssFeed(rssItem("Bürgerbüro öffnet", "1"))
	const want = "Bürgerbüro öffnet"
	titled := func(title string) answer { return plain(rssFeed(rssItem(title, "1"))) }
	return []attack{
		{name: "utf-8-invalid", items: 1, serve: titled("A\xff\xfe\xc3(\xa0B")},
		{name: "utf-8-overlong", items: 1, serve: titled("A\xc0\xbcscript\xc0\xbe\xe0\x80\xbcB")},
		{name: "utf-8-surrogates", items: 1, serve: titled("A\xed\xa0\x80\xed\xbf\xbfB")},
		{name: "utf-8-too-far", items: 1, serve: titled("A\xf4\x90\x80\x80\xf8\x88\x80\x80\x80B")},
		{name: "controls", items: 1, check: words("A B"), serve: titled("A\x00\x08\x0b\x1b \x7f\ufffe\uffffB")},
		{name: "control-references", items: 1, check: words("A B"), serve: titled("A&#0;&#8;&#x1b; &#xFFFE;&#xD800;&#x110000;&#99999999999;B")},
		{name: "bidi", items: 1, serve: titled("Rathaus \u202etxt.exe\u2066 \u202a\u2069 \u200f\u200b\u2028\u2029\ufeff öffnet")},
		{name: "zero-width", items: 1, serve: titled("\u200b\u200c\u200d\u2060\ufeff")},
		{name: "combining", items: 1, serve: titled("A" + strings.Repeat("\u0301", 20_000))},
		{name: "utf-7", items: 1, serve: with("Content-Type: text/xml; charset=utf-7\r\n", strings.Replace(rssFeed(rssItem("+ADw-script+AD4-alert('xssmark')+ADw-/script+AD4-", "1")), `"1.0"`, `"1.0" encoding="utf-7"`, 1))},
		{name: "utf-16-le", items: 1, check: words(want), serve: plain("\xff\xfe" + utf16le(umlauts))},
		{name: "utf-16-be", items: 1, check: words(want), serve: plain("\xfe\xff" + utf16be(umlauts))},
		{name: "utf-16-le-bare", items: 1, check: words(want), serve: plain(utf16le(umlauts))},
		{name: "utf-16-be-bare", items: 1, check: words(want), serve: plain(utf16be(umlauts))},
		{name: "utf-32-be", items: 1, check: words(want), serve: plain("\x00\x00\xfe\xff" + utf32be(umlauts))},
		{name: "utf-16-lie", items: 1, check: words(want), serve: with("Content-Type: text/xml; charset=utf-16\r\n", umlauts)},
		{name: "utf-16-large", items: 1, serve: lazily(func() answer {
			return plain("\xff\xfe" + utf16le(rssFeed(rssItem("t", "1")+"<!--"+strings.Repeat("x", 4<<20)+"-->")))
		})},
		{name: "charset-unknown", items: 1, check: words(want), serve: with("Content-Type: text/xml; charset=klingonisch\r\n", umlauts)},
	}
}

func identityAttacks() []attack {
	notPinned := func(t *testing.T, list []aggregator.Entry) {
		for _, e := range list {
			if e.Effective().After(e.Seen) || e.Published.Year() > 2100 {
				t.Errorf("%q of %v is ordered by %v", e.Title, e.Published, e.Effective())
			}
		}
	}
	dates := ""
	for i, d := range []string{"Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "0000-00-00T00:00:00Z", "-0001-01-01T00:00:00Z", "Mon, 01 Jan 2035 00:00:00 +0000",
		"99999999999999999999", "NaN", "2026-02-30T25:61:61Z", "Thu, 01 Jan 1970 00:00:00 +9999", strings.Repeat("1", 100_000)} {
		dates += fmt.Sprintf("<item><title>Datum %d</title><guid>%d</guid><pubDate>%s</pubDate></item>", i, i, d)
	}
	guids := ""
	for _, g := range []string{"", " ", strings.Repeat("g", 1<<20), "javascript:alert(1)", "\r\nX-Injected: 1", "../../etc/passwd", "http://[::1", "<b>"} {
		guids += "<item><title>Kennung " + fmt.Sprint(len(g)) + "</title><guid><![CDATA[" + g + "]]></guid></item>"
	}
	return []attack{
		{name: "dates", items: 10, check: notPinned, serve: plain(rssFeed(dates))},
		{name: "guids", items: 8, serve: plain(rssFeed(guids))},
		{name: "same-guid", items: 2000, serve: lazily(func() answer {
			var b strings.Builder
			for i := range 2000 {
				b.WriteString(rssItem(fmt.Sprintf("Meldung %d", i), "immer"))
			}
			return plain(rssFeed(b.String()))
		})},
		{name: "changing-guids", items: 100, serve: func(p *hostilePublisher, conn net.Conn, r *http.Request) {
			p.mu.Lock()
			turn := len(p.requests["changing-guids"])
			p.mu.Unlock()
			var b strings.Builder
			for i := range 100 {
				b.WriteString(rssItem(fmt.Sprintf("Meldung %d", i), fmt.Sprintf("%d-%d", turn, i)))
			}
			plain(rssFeed(b.String()))(p, conn, r)
		}},
		{name: "categories", items: 1, serve: plain(rssFeed("<item><title>t</title><guid>1</guid>" + strings.Repeat("<category>c</category><author>a@b.de (c)</author><enclosure url=\"http://a.de/\" length=\"-1\" type=\"x\"/>", 15_000) + "</item>"))},
		{name: "names", items: 1, serve: plain(rssFeed("<item><title>t</title><guid>1</guid><category>" + strings.Repeat("c", 1<<20) + "</category><author>" + strings.Repeat("a", 1<<20) +
			"</author><link>https://a.example/" + strings.Repeat("l", 1<<20) + "</link><dc:language>" + strings.Repeat("d", 1<<20) + "</dc:language></item>"))},
	}
}
