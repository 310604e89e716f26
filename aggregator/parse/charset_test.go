package parse

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// testCharset reads the same feed in every encoding and with every kind of label.
func testCharset(t *testing.T) {
	const title = "Bürgerämter – für „alle“ geöffnet"
	feed := func(declared string) string {
		if declared != "" {
			declared = ` encoding="` + declared + `"`
		}
		return `<?xml version="1.0"` + declared + `?><rss version="2.0"><channel><title>t</title><item><title>` + title + `</title><link>https://www.example.de/1</link></item></channel></rss>`
	}
	in := func(enc encoding.Encoding, s string) string {
		b, err := enc.NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	utf16 := func(e unicode.Endianness, b unicode.BOMPolicy) encoding.Encoding { return unicode.UTF16(e, b) }
	tests := []struct {
		name, body, header string
		repaired           bool
	}{
		{"utf-8", feed("UTF-8"), "", false},
		{"utf-8 without label", feed(""), "", false},
		{"utf-8 with mark", "\ufeff" + feed("UTF-8"), "", false},
		{"utf-8 labelled latin-1", feed("ISO-8859-1"), "text/xml; charset=iso-8859-1", true},
		{"utf-8 labelled latin-1, header right", feed("ISO-8859-1"), "text/xml; charset=utf-8", false},
		{"utf-8 with bogus label", feed("x-unheard-of"), "", false},
		{"windows-1252", in(charmap.Windows1252, feed("windows-1252")), "", false},
		{"windows-1252 labelled latin-1", in(charmap.Windows1252, feed("ISO-8859-1")), "", false},
		{"windows-1252 labelled ascii", in(charmap.Windows1252, feed("us-ascii")), "", false},
		{"windows-1252 by header", in(charmap.Windows1252, feed("")), `application/rss+xml; charset="ISO-8859-1"`, false},
		{"windows-1252 labelled utf-8", in(charmap.Windows1252, feed("UTF-8")), "", true},
		{"windows-1252 without label", in(charmap.Windows1252, feed("")), "", true},
		{"windows-1252, header lies", in(charmap.Windows1252, feed("windows-1252")), "text/xml; charset=utf-8", true},
		{"windows-1252, bogus label", in(charmap.Windows1252, feed("x-unheard-of")), "", true},
		{"utf-16 little", in(utf16(unicode.LittleEndian, unicode.UseBOM), feed("UTF-16")), "", false},
		{"utf-16 big", in(utf16(unicode.BigEndian, unicode.UseBOM), feed("UTF-16")), "", false},
		{"utf-16 little without mark", in(utf16(unicode.LittleEndian, unicode.IgnoreBOM), feed("UTF-16")), "", false},
		{"utf-16 big without mark", in(utf16(unicode.BigEndian, unicode.IgnoreBOM), feed("")), "", false},
		{"utf-32 little", in(utf32.UTF32(utf32.LittleEndian, utf32.UseBOM), feed("")), "", false},
		{"utf-32 big", in(utf32.UTF32(utf32.BigEndian, utf32.UseBOM), feed("")), "", false},
		{"utf-32 little without mark", in(utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM), feed("")), "", false},
		{"utf-32 big without mark", in(utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM), feed("")), "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc := mustParse(t, tt.body, Options{ContentType: tt.header})
			if len(doc.Items) != 1 || doc.Items[0].Title != title {
				t.Errorf("got %+v", doc.Items)
			}
			if got := strings.Contains(strings.Join(doc.Repaired, " "), "charset"); got != tt.repaired {
				t.Errorf("repaired %v", doc.Repaired)
			}
		})
	}
}

// testCharsetOther: encodings that hide in ASCII, and those browsers dropped.
func testCharsetOther(t *testing.T) {
	for label, enc := range map[string]encoding.Encoding{
		"iso-2022-jp": japanese.ISO2022JP, "shift_jis": japanese.ShiftJIS, "koi8-r": charmap.KOI8R,
		"ibm850": charmap.CodePage850, "iso-8859-15": charmap.ISO8859_15,
	} {
		title := map[string]string{"iso-2022-jp": "行政", "shift_jis": "行政", "koi8-r": "портал", "ibm850": "Bürger", "iso-8859-15": "5 €"}[label]
		body, err := enc.NewEncoder().String(`<?xml version="1.0" encoding="` + label + `"?><rss version="2.0"><channel><title>` + title + `</title></channel></rss>`)
		if err != nil {
			t.Fatal(err)
		}
		if doc := mustParse(t, body, Options{}); doc.Title != title {
			t.Errorf("%s: %q", label, doc.Title)
		}
	}
}

// TestSingly: what was encoded twice is read once, and nothing else is.
func TestSingly(t *testing.T) {
	for in, want := range map[string]string{
		"fÃ¼r GrÃ¶ÃŸe":             "für Größe",
		"Ã„Ã–Ãœ Â§ 5, 3 â‚¬":       "ÄÖÜ § 5, 3 €",
		"â€žAmtâ€œ â€“ neuâ€¦":     "„Amt“ – neu…",
		"&acirc;&#128;&brvbar;":    "…",
		"â\u0080\u0093 fÃ¼r":       "– für",
		"Â":                        "Â",
		"Ã und â, Ã¼ und Ã":        "Ã und â, ü und Ã",
		"Château, Crêpe, São, Âge": "Château, Crêpe, São, Âge",
		"SÃO PAULO â€":             "SÃO PAULO â€",
		"Ärzte „über“ Â\u0081":     "Ärzte „über“ Â",
	} {
		doc := mustParse(t, rssOf("<item><title>"+in+"</title></item>"), Options{})
		if got := doc.Items[0].Title; got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

// testControls: what windows-1252 has at the C1 controls is meant by them,
// wherever they come from.
func testControls(t *testing.T) {
	for in, want := range map[string]string{
		"a \u0096 b":               "a – b",
		"a &#150; b":               "a – b",
		"a &#x96; b":               "a – b",
		"a&#0;b&#x1f;c":            "abc",
		"a\x01b\x0cc\x7fd":         "abcd",
		"a&#xFFFE;\uffffb":         "ab",
		"a&#xD800;b":               "ab",
		"a&#99999999999;b":         "a9;b",
		"&#x20AC;&#8364":           "€€",
		"a\u0081b":                 "ab",
		"<![CDATA[a\u0096\x02b]]>": "a–b",
	} {
		doc := mustParse(t, rssOf("<item><title>"+in+"</title></item>"), Options{})
		if got := doc.Items[0].Title; got != want && !(in == "a&#99999999999;b" && !strings.ContainsRune(got, 0)) {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

// TestValid: the quick way to tell UTF-8 says what the library says, wherever in a
// text the fault is.
func TestValid(t *testing.T) {
	for _, piece := range []string{"", "a", "ä", "€", "😀", "\xff", "\xc3", "\xe2\x82", "\xed\xa0\x80", "\xc0\x80", "\ufffd"} {
		for before := range 20 {
			for after := range 12 {
				text := []byte(strings.Repeat("x", before) + piece + strings.Repeat("y", after) + "ü" + piece)
				if got := valid(text); got != utf8.Valid(text) {
					t.Errorf("%q: %v", text, got)
				}
			}
		}
	}
}

// TestWiden: each byte becomes what the decoder of its encoding makes of it.
func TestWiden(t *testing.T) {
	var all []byte
	for b := range 256 {
		all = append(all, byte(b))
	}
	for _, table := range []*charmap.Charmap{charmap.Windows1252, charmap.ISO8859_15, charmap.Windows1251, charmap.Windows1253, charmap.CodePage037, charmap.Macintosh} {
		want, err := table.NewDecoder().Bytes(all)
		if err != nil {
			t.Fatal(err)
		}
		if got := widen(all, table); !bytes.Equal(got, want) {
			t.Errorf("%v: %q, want %q", table, got, want)
		}
	}
}
