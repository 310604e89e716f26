package feeds

import (
	"testing"

	"laenderfeed/aggregator"
)

func TestCleanText(t *testing.T) {
	for in, want := range map[string]string{
		"Straße für Łódź":             "Straße für Łódź",
		"a\tb\nc\rd":                  "a\tb\nc\rd",
		"\x00a\x08b\x0bc\x1fd\x7fe":   "abcde",
		"a\u0085b\u009fc":             "abc",
		"\ufffea\uffff\U0001fffeb":    "ab",
		"kaputt \xff\xc3":             "kaputt ??",
		"verloren \ufffd":             "verloren ?",
		"\u202eumgedreht\u202c\u2066": "umgedreht",
		"👩‍💻 🏛️ الإدارة":              "👩‍💻 🏛️ الإدارة",
	} {
		if got := CleanText(in); got != want {
			t.Errorf("CleanText(%q) = %q, want %q", in, got, want)
		}
	}
	if got := CleanLine(" a\n b\t\x00c "); got != "a b c" {
		t.Errorf("cleanLine = %q", got)
	}
}

func TestCleanURL(t *testing.T) {
	for in, want := range map[string]string{
		"https://example.org/a?b=c&d=e#f":   "https://example.org/a?b=c&d=e#f",
		" http://example.org ":              "http://example.org",
		"HTTPS://Example.org/":              "HTTPS://Example.org/",
		"https://example.org/ä b|c":         "https://example.org/%C3%A4%20b%7Cc",
		"https://example.org/100%":          "https://example.org/100%25",
		"https://example.org/%C3%a4%zz":     "https://example.org/%C3%a4%25zz",
		"https://example.org/?q=%zz":        "https://example.org/?q=%25zz",
		"https://example.org/a#b#c":         "https://example.org/a#b%23c",
		"https://example.org/[x]{y}":        "https://example.org/%5Bx%5D%7By%7D",
		"https://münchen.example/":          "https://m%C3%BCnchen.example/",
		"javascript:alert(1)":               "",
		"JaVaScRiPt://example.org/%0aalert": "",
		"java\nscript:alert(1)":             "",
		"data:text/html,x":                  "",
		"ftp://example.org/":                "",
		"//example.org/":                    "",
		"/relative":                         "",
		"":                                  "",
		"https://":                          "",
		"https:example.org":                 "",
		"https://user:pw@example.org/":      "",
		"https://example.org\\@evil.org/":   "",
		"https://example.org/\x00":          "",
		"https://exam ple.org/":             "",
	} {
		if got := CleanURL(in); got != want {
			t.Errorf("CleanURL(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestInert(t *testing.T) {
	for in, want := range map[string]bool{
		"":           true,
		"nur Text":   true,
		"<p>a</p>":   true,
		"1 < 2 & so": true,
		`<p><a href="https://example.org/" rel="nofollow">x</a> <img src="https://example.org/x.png" alt=""></p>`: true,
		`<a href="mailto:presse@example.org">x</a>`:                                                               true,
		`Der Text "javascript:" im Text`:                                                                          true,
		`<script>alert(1)</script>`:                                                                               false,
		`<SCRIPT>`:                                                                                                false,
		`<p onclick="x">`:                                                                                         false,
		`<p ONCLICK=x>`:                                                                                           false,
		`<p style="position:fixed">`:                                                                              false,
		`<a href="javascript:alert(1)">`:                                                                          false,
		`<a href=" java&#10;script:alert(1)">`:                                                                    false,
		`<a href="&#106;avascript:alert(1)">`:                                                                     false,
		`<a href="data:text/html,x">`:                                                                             false,
		`<a href="/relativ">`:                                                                                     false,
		`<img src=x onerror=alert(1)>`:                                                                            false,
		`<img srcset="javascript:x">`:                                                                             false,
		`<iframe src="https://example.org/"></iframe>`:                                                            false,
		`<svg><a xlink:href="javascript:x">`:                                                                      false,
		`<meta http-equiv="refresh" content="0;url=x">`:                                                           false,
		`<!-- Kommentar -->`:                                                                                      false,
		`<!doctype html>`:                                                                                         false,
		`<form action="https://example.org/">`:                                                                    false,
		`<p title=" JAVA	SCRIPT:alert(1)">`:                                                                       false,
		`<noembed><img src="x">`:                                                                                  false,
		`<textarea><script>x</script></textarea>`:                                                                 false,
	} {
		if got := inert(in); got != want {
			t.Errorf("inert(%q) = %v", in, got)
		}
	}
}

func TestIsUUID(t *testing.T) {
	for in, want := range map[string]bool{
		aggregator.ItemID("a", "b"): true,
		"":                          false,
		"urn:uuid:":                 false,
		"urn:uuid:53bc4220-ee86-5c58-9cdc-71daed16928":  false,
		"urn:uuid:53bc4220-ee86-5c58-9cdc-71daed16928G": false,
		"urn:uuid:53BC4220-ee86-5c58-9cdc-71daed169280": false,
		"urn:uuid:53bc4220-ee86-5c58-9cdc+71daed169280": false,
		"urn:uuid:53bc4220-ee86-5c58-9cdc071daed169280": false,
		"urn:guid:53bc4220-ee86-5c58-9cdc-71daed169280": false,
	} {
		if got := isUUID(in); got != want {
			t.Errorf("isUUID(%q) = %v", in, got)
		}
	}
}
