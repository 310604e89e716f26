package parse

import (
	"bytes"
	"io"
	"strings"

	nethtml "golang.org/x/net/html"

	"laenderfeed/aggregator"
)

// maxTokens is how many commas, colons and brackets a JSON Feed may have: several
// times those of DefaultMaxItems with all their members.
const maxTokens = 400_000

// Cost estimates from above how many bytes of memory it takes to read a body:
// texts are copied a few times, and what makes a tree of them costs by the piece.
func Cost(body []byte) int64 {
	const copies, element, member = 6, 800, 200
	n := copies*len(body) + element*min(bytes.Count(body, []byte("<")), 2*MaxElements)
	if isJSON(body) {
		n += member * min(jsonTokens(body), maxTokens)
	}
	return int64(n)
}

// isJSON tells whether a body is taken for a JSON Feed, or might be.
func isJSON(body []byte) bool {
	const skipped = " \t\r\n\x00\xff\xfe\xef\xbb\xbf" // marks of byte order too
	for _, c := range body[:min(len(body), 64)] {
		if strings.IndexByte(skipped, c) < 0 {
			return c == '{'
		}
	}
	return false
}

// jsonTokens counts the commas, colons and brackets of JSON, those in strings
// excepted.
func jsonTokens(text []byte) (n int) {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
			if c == '\\' {
				i++
			}
		case c == ',' || c == ':' || c == '{' || c == '[':
			n++
		}
	}
	return n
}

// checkPage refuses a page of which no tree is made for want of memory: with too
// many attributes, or with a single tag, script or text beyond maxRun.
func checkPage(text []byte) error {
	z := nethtml.NewTokenizer(bytes.NewReader(text))
	z.SetMaxBuf(maxRun)
	total := 0
	for {
		switch z.Next() {
		case nethtml.ErrorToken:
			if err := z.Err(); err != io.EOF {
				return failure(aggregator.ClassTooLarge, "reading page: more than %d bytes in one piece", maxRun)
			}
			return nil
		case nethtml.StartTagToken, nethtml.SelfClosingTagToken:
			n := countAttributes(z)
			if total += n; n > MaxAttributes || total > 2*MaxElements {
				return failure(aggregator.ClassTooLarge, "reading page: more than %d attributes", max(n, total)-1)
			}
		}
	}
}

// countAttributes counts those of a tag.
func countAttributes(z *nethtml.Tokenizer) (n int) {
	_, more := z.TagName()
	for more {
		_, _, more = z.TagAttr()
		n++
	}
	return n
}
