package parse

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"laenderfeed/aggregator"

	nethtml "golang.org/x/net/html"
)

// checkInvariants holds a document to what the rest of the program relies on.
func checkInvariants(t testing.TB, doc *aggregator.Document) {
	t.Helper()
	seen := map[string]bool{}
	for i := range doc.Items {
		it := &doc.Items[i]
		if it.GUID == "" || seen[it.GUID] {
			t.Errorf("item %d: guid %q is empty or repeated", i, it.GUID)
		}
		seen[it.GUID] = true
		if it.Title == "" || len(it.Title) > MaxTitle || strings.ContainsAny(it.Title, "\n\t") {
			t.Errorf("item %d: bad title %q", i, it.Title)
		}
		if len(it.Summary) > MaxSummary || len(it.Content) > MaxContent {
			t.Errorf("item %d: summary of %d, content of %d bytes", i, len(it.Summary), len(it.Content))
		}
		checkRights(t, it.Rights)
		checkURL(t, it.Link)
		for _, e := range it.Enclosures {
			checkURL(t, e.URL)
		}
		checkHTML(t, it.Content)
		for _, s := range append(append([]string{it.GUID, it.Title, it.Link, it.Summary, it.Content, it.Language}, it.Authors...), it.Categories...) {
			checkText(t, s)
		}
		if it.Published.Location().String() != "UTC" {
			t.Errorf("item %d: published in %v", i, it.Published.Location())
		}
	}
	checkText(t, doc.Title)
	checkRights(t, doc.Rights)
	checkURL(t, doc.Link)
}

func checkRights(t testing.TB, s string) {
	t.Helper()
	checkText(t, s)
	if len(s) > MaxRights || s != fold(s) {
		t.Errorf("no short line: %q", s)
	}
}

func checkText(t testing.TB, s string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Errorf("not UTF-8: %q", s)
	}
	for _, c := range s {
		if !xmlRune(c) {
			t.Errorf("forbidden character %U in %.80q", c, s)
			return
		}
	}
}

func checkURL(t testing.TB, s string) {
	t.Helper()
	if s == "" {
		return
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || !printable(s) {
		t.Errorf("bad link %q: %v", s, err)
	}
}

// checkHTML parses sanitised content and looks for anything that could run.
func checkHTML(t testing.TB, s string) {
	t.Helper()
	if s == "" {
		return
	}
	z := nethtml.NewTokenizer(strings.NewReader(s))
	for z.Next() != nethtml.ErrorToken {
		tok := z.Token()
		if tok.Type != nethtml.StartTagToken && tok.Type != nethtml.SelfClosingTagToken {
			continue
		}
		if tok.Data == "script" || tok.Data == "style" || tok.Data == "iframe" || tok.Data == "object" {
			t.Errorf("element %s in content", tok.Data)
		}
		for _, a := range tok.Attr {
			low := strings.ToLower(strings.TrimSpace(a.Val))
			if strings.HasPrefix(a.Key, "on") || strings.HasPrefix(low, "javascript:") || strings.HasPrefix(low, "data:") {
				t.Errorf("attribute %s=%q in content", a.Key, a.Val)
			}
		}
	}
}
