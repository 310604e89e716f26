package parse

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"mime"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// windows1252 holds what the bytes 0x80 to 0x9F mean in windows-1252. As
// characters U+0080 to U+009F they are controls nobody means to write.
const windows1252 = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ"

// fromC1 returns the windows-1252 character for a C1 control, or -1 where
// there is none.
func fromC1(c rune) rune {
	var i rune = 0x80
	for _, r := range windows1252 {
		if i == c {
			if r == c {
				return -1
			}
			return r
		}
		i++
	}
	return -1
}

// decode returns body as valid UTF-8 without a byte order mark. Valid UTF-8
// wins over any label; publishers' labels are wrong more often than that is
// chance. A clean body is returned as it is.
func (r *reader) decode(body []byte) []byte {
	if enc := wide(body); enc != nil {
		return r.convert(body, enc)
	}
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	labels := labelsOf(body, r.opt.ContentType)
	if valid(body) {
		if enc := escaped(body, labels); enc != nil {
			return r.convert(body, enc)
		}
		if mislabelled(body, labels) {
			r.mend("charset")
		}
		return body
	}
	for i, label := range labels {
		if enc := encodingOf(label); enc != nil && enc != unicode.UTF8 {
			if i > 0 {
				r.mend("charset")
			}
			return r.convert(body, enc)
		}
	}
	r.mend("charset")
	return patch(body)
}

// mislabelled tells whether UTF-8 that is more than ASCII is said to be something
// else by the label that counts.
func mislabelled(utf []byte, labels []string) bool {
	for _, label := range labels {
		if enc := encodingOf(label); enc != nil {
			return enc != unicode.UTF8 && bytes.ContainsFunc(utf, func(c rune) bool { return c >= utf8.RuneSelf })
		}
	}
	return false
}

// convert decodes body; what the encoding does not know becomes U+FFFD.
func (r *reader) convert(body []byte, enc encoding.Encoding) []byte {
	if table, ok := enc.(*charmap.Charmap); ok {
		return widen(body, table)
	}
	text, err := enc.NewDecoder().Bytes(body)
	if err != nil || !utf8.Valid(text) {
		r.mend("charset")
		return patch(body)
	}
	return bytes.TrimPrefix(text, []byte("\ufeff"))
}

// widen decodes an encoding in which each byte is a character.
func widen(body []byte, table *charmap.Charmap) []byte {
	size := len(body)
	for _, b := range body {
		if b >= utf8.RuneSelf {
			size++
		}
	}
	text := make([]byte, 0, size+size/64+16) // most characters that are no ASCII take two bytes
	for _, b := range body {
		text = utf8.AppendRune(text, table.DecodeByte(b))
	}
	return text
}

// valid is [utf8.Valid] for texts that are ASCII for the most part, but not from
// beginning to end.
func valid(text []byte) bool {
	for len(text) >= 8 {
		n := 8
		if high := binary.LittleEndian.Uint64(text) & 0x8080808080808080; high != 0 {
			n = bits.TrailingZeros64(high) / 8
			c, width := utf8.DecodeRune(text[n:])
			if c == utf8.RuneError && width == 1 {
				return false
			}
			n += width
		}
		text = text[n:]
	}
	return utf8.Valid(text)
}

// wide detects UTF-16, UTF-32 and EBCDIC by their byte order mark, or without
// one by how "<" and "{" with a neighbour look in them.
func wide(body []byte) encoding.Encoding {
	b := body
	if len(b) < 4 {
		return nil
	}
	zero := func(pattern string) bool { // "x" any byte but NUL, "0" NUL
		for i := range pattern {
			if (b[i] == 0) != (pattern[i] == '0') {
				return false
			}
		}
		return true
	}
	switch {
	case bytes.HasPrefix(b, []byte{0, 0, 0xfe, 0xff}), zero("000x"):
		return utf32.UTF32(utf32.BigEndian, utf32.UseBOM)
	case bytes.HasPrefix(b, []byte{0xff, 0xfe, 0, 0}):
		return utf32.UTF32(utf32.LittleEndian, utf32.UseBOM)
	case zero("x000"):
		return utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)
	case bytes.HasPrefix(b, []byte{0xfe, 0xff}), zero("0x0x"):
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}), zero("x0x0"):
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case bytes.HasPrefix(b, []byte("\x4c\x6f\xa7\x94")): // "<?xm"
		return charmap.CodePage037
	}
	return nil
}

// The two places inside a document that name its encoding. Both patterns are
// only matched against the first kilobytes.
var (
	declaredXML  = regexp.MustCompile(`(?i)^[^<]{0,256}<\?xml[^>]{0,200}?\sencoding\s*=\s*["']\s*([A-Za-z0-9._:-]+)`)
	declaredHTML = regexp.MustCompile(`(?i)<meta[^>]{1,300}?charset\s*=\s*["']?\s*([A-Za-z0-9._:-]+)`)
)

// labelsOf returns the encodings a body is said to have, the most trusted
// first.
func labelsOf(body []byte, contentType string) []string {
	var labels []string
	if _, params, err := mime.ParseMediaType(contentType); err == nil && params["charset"] != "" {
		labels = append(labels, params["charset"])
	}
	head := body[:min(len(body), 2048)]
	if bytes.HasPrefix(head, []byte(`<?xml version="1.0" encoding="UTF-8"`)) { // as nearly all do
		labels = append(labels, "UTF-8")
	} else if m := declaredXML.FindSubmatch(head); m != nil {
		labels = append(labels, string(m[1]))
	} else if m := declaredHTML.FindSubmatch(head); m != nil {
		labels = append(labels, string(m[1]))
	}
	return labels
}

// encodingOf finds the encoding of a label the way browsers do: ISO-8859-1 and
// US-ASCII are windows-1252. Names browsers have dropped are looked up with
// IANA.
func encodingOf(label string) encoding.Encoding {
	label = strings.Trim(strings.ToLower(label), " \t'\"")
	if enc, name := charset.Lookup(label); enc != nil {
		switch name {
		case "utf-8":
			return unicode.UTF8
		case "utf-16le", "utf-16be", "replacement":
			return nil // no zero bytes: the label is wrong
		case "windows-1252":
			return charmap.Windows1252
		}
		return enc
	}
	enc, err := ianaindex.IANA.Encoding(label)
	if err != nil || enc == nil || strings.HasPrefix(label, "utf-") {
		return nil
	}
	return enc
}

// escaped returns the labelled encoding if it is one that hides in plain ASCII
// behind escape sequences (ISO-2022-JP and its like).
func escaped(body []byte, labels []string) encoding.Encoding {
	for _, label := range labels {
		switch strings.ToLower(label) {
		case "iso-2022-jp", "csiso2022jp":
			if bytes.IndexByte(body, 0x1b) >= 0 {
				return encodingOf(label)
			}
		case "hz-gb-2312":
			if bytes.Contains(body, []byte("~{")) {
				enc, _ := ianaindex.IANA.Encoding("HZ-GB-2312")
				return enc
			}
		}
	}
	return nil
}

// singly undoes a second encoding: "fÃ¼r" is "für" whose UTF-8 was taken for
// windows-1252. Only what comes out as a letter or sign of western European
// texts counts, so that no real "Ã" or "â" is lost.
func (r *reader) singly(s string) string {
	if !maybeTwice(s) {
		return s
	}
	var b strings.Builder
	from := 0
	for i := 0; i < len(s); {
		c, n := singleRune(s[i:])
		if n > 0 {
			b.WriteString(s[from:i])
			b.WriteRune(c)
			from = i + n
		}
		i += max(n, 1)
	}
	if from == 0 {
		return s
	}
	r.mend("charset")
	return b.String() + s[from:]
}

// maybeTwice tells whether one of the characters is in s that an encoding done twice
// begins with: "Â", "Ã" or "â".
func maybeTwice(s string) bool {
	for {
		i := strings.IndexByte(s, 0xc3)
		if i < 0 || i+1 >= len(s) {
			return false
		}
		if b := s[i+1]; b == 0x82 || b == 0x83 || b == 0xa2 {
			return true
		}
		s = s[i+2:]
	}
}

// singleRune returns the character that was encoded twice into the first n bytes
// of s; n is 0 for none.
func singleRune(s string) (c rune, n int) {
	var once []byte
	size := 0
	switch {
	case strings.HasPrefix(s, "Â"), strings.HasPrefix(s, "Ã"):
		size = 2
	case strings.HasPrefix(s, "â"):
		size = 3
	}
	for n < len(s) && len(once) < size {
		wide, width := utf8.DecodeRuneInString(s[n:])
		b, ok := byte(wide), wide < 0x100
		if !ok {
			b, ok = charmap.Windows1252.EncodeRune(wide)
		}
		if !ok {
			return 0, 0
		}
		once, n = append(once, b), n+width
	}
	c, size = utf8.DecodeRune(once)
	if size < 2 || size != len(once) || c < 0xa0 || c >= 0x100 && (c < 0x2010 || c > 0x2122) {
		return 0, 0
	}
	return c, n
}

// patch makes a body that is mostly UTF-8 valid: what is not is read as
// windows-1252, byte by byte, so that texts of both encodings survive in one
// document.
func patch(body []byte) []byte {
	out := make([]byte, 0, len(body)+len(body)/8+16)
	for len(body) > 0 {
		r, n := utf8.DecodeRune(body)
		if r != utf8.RuneError || n > 1 {
			out = append(out, body[:n]...)
		} else if b := rune(body[0]); b >= 0xa0 {
			out = utf8.AppendRune(out, b)
		} else if c := fromC1(b); c > 0 {
			out = utf8.AppendRune(out, c)
		}
		body = body[n:]
	}
	return out
}
