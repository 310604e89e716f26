package parse

import (
	"strings"
	"testing"
)

// TestStripPlainTags: where a tokenizer is done without, it would have said the same.
func TestStripPlainTags(t *testing.T) {
	for in, plain := range map[string]bool{
		"":         true,
		"kein Tag": true,
		"<p>Ein <b>fetter</b> Satz.</p><p>Noch einer.</p>":                     true,
		"<ul><li>eins</li><li>zwei</li></ul><br/><br /><hr>Ende":               true,
		`<a href="/x?a=1&b=2" title='größer > kleiner'>Wort</a>e &amp; &auml;`: true,
		"&lt;b&gt; &copy &#228; &nbsp;<h2>x</h2>":                              true,
		`<p>mit <img src="a.png" alt="Bild"> Text</p>`:                         true,
		`<p><img src="a.png" alt="nur das Bild"></p>`:                          false,
		"<P>groß</P>":                       false,
		"a < b und <b>c</b>":                false,
		"<p class=x>ohne Zeichen</p>":       false,
		"<p hidden>ohne Wert</p>":           false,
		`<p a="1"b="2">eng</p>`:             false,
		`<p a="1>offen</p>`:                 false,
		"<p":                                false,
		"<p ":                               false,
		"</p x='y'>":                        false,
		strings.Repeat("x", 1500) + " < y":  false,
		"<":                                 false,
		"</>":                               false,
		"<!-- x -->y":                       false,
		"<o:p>x</o:p>":                      false,
		"<p>eins\r\nzwei</p>":               false,
		"<script>a<b</script>c":             false,
		"<title>a<b>c</b></title>d":         false,
		"<iframe><p>x</p></iframe>y":        false,
		"<textarea><p>x</p></textarea>y":    false,
		"x<plaintext><p>y":                  false,
		"<style>p{}</style>z":               false,
		"<template><p>x</p></template>y":    false,
		"<noscript><p>x</p></noscript>y":    false,
		strings.Repeat("<p>viel</p>", 1000): true,
	} {
		text, ok := stripPlainTags(in, 100)
		if ok != plain {
			t.Errorf("%.60q: read without a tokenizer: %v", in, ok)
		}
		if want := stripAnyTags(in, 100); ok && text != want {
			t.Errorf("%.60q\n got %q\nwant %q", in, text, want)
		}
	}
}

// FuzzStripTags compares the two ways to strip tags.
func FuzzStripTags(f *testing.F) {
	f.Add(`<p>Ein <a href="/x">Wort</a> &amp;<br/> <img src='a' alt="b"> noch eins</p>`)
	f.Fuzz(func(t *testing.T, s string) {
		if text, ok := stripPlainTags(s, 20); ok && text != stripAnyTags(s, 20) {
			t.Errorf("%q\n got %q\nwant %q", s, text, stripAnyTags(s, 20))
		}
	})
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"":                            "",
		" ":                           "",
		"ein Wort":                    "ein Wort",
		"  ein  Wort  ":               "ein Wort",
		"\n ein\t\tWort\r\n":          "ein Wort",
		"Größe\u00a0und\u2003Maß":     "Größe und Maß",
		"wei\u00adche Trenn\u200bung": "weiche Trennung",
		"\u00ad \u00ad":               "",
		"a \u200b b":                  "a b",
		"\u200b a":                    "a",
		"\u0084Zitat\u0093\u0081":     "„Zitat“",
		"drei \u0085":                 "drei …",
		"a\x00\x7f\ufffeb":            "ab",
		"日本 語":                        "日本 語",
		"\ufeffa\ufeff ":              "a",
	} {
		if got := fold(in); got != want {
			t.Errorf("fold(%q) is %q, want %q", in, got, want)
		}
	}
}
