package site

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"laenderfeed/aggregator"
)

// crowd is the fixture with more items than a page shows, several of each second.
func crowd(n int) *memory {
	m := fixture()
	template := m.entries[0]
	m.entries = nil
	for i := range n {
		e := template
		e.Title = fmt.Sprintf("Meldung %03d", i)
		e.Published = noon.Add(-time.Duration(i/4) * time.Hour)
		e.GUID = e.Title
		m.entries = append(m.entries, e)
	}
	return m
}

// TestOlderPages follows the links to older items: each is shown once, in order.
func TestOlderPages(t *testing.T) {
	h := newHandler(t, crowd(123), func(c *Config) { c.Limit = 50 })
	older := regexp.MustCompile(`href="(/sachsen\?vor=[^"]*)" rel="next"`)
	title := regexp.MustCompile(`<bdi>(Meldung \d+)</bdi>`)
	var got []string
	path, pages := "/sachsen", 0
	for path != "" {
		body := do(h, "GET", path).Body.String()
		for _, m := range title.FindAllStringSubmatch(body, -1) {
			got = append(got, m[1])
		}
		if canonical := `<link rel="canonical" href="` + publicURL + path + `"`; !strings.Contains(body, canonical) {
			t.Errorf("%s lacks %s", path, canonical)
		}
		if back := strings.Contains(body, `<a href="/sachsen">Neueste Meldungen</a>`); back != (pages > 0) {
			t.Errorf("%s leads back to the newest: %t", path, back)
		}
		path = ""
		if m := older.FindStringSubmatch(body); m != nil {
			path = m[1]
		}
		if pages++; pages > 5 {
			t.Fatal("no end")
		}
	}
	for i, s := range got {
		if want := fmt.Sprintf("Meldung %03d", i); s != want {
			t.Fatalf("%d is %s", i, s)
		}
	}
	if pages != 3 || len(got) != 123 {
		t.Errorf("%d items on %d pages", len(got), pages)
	}
}

func TestOlderThanADay(t *testing.T) {
	h := newHandler(t, crowd(60))
	body := do(h, "GET", "/sachsen/ki?vor=2026-03-01").Body.String()
	// 048 to 051 are of midnight in Berlin: of that day, not before it.
	if !strings.Contains(body, "Meldung 052") || strings.Contains(body, "Meldung 051") || !strings.Contains(body, "vor dem") {
		t.Errorf("not what is older than the day: %q", regexp.MustCompile(`Meldung \d+`).FindAllString(body, -1))
	}
	if body := do(h, "GET", "/sachsen?vor=1990-01-01").Body.String(); !strings.Contains(body, "Keine älteren Meldungen") {
		t.Error("the end of the list says nothing")
	}
	for _, bad := range []string{"", "gestern", "2026-02-30", "20260301110000-x", "%00", "%FF", strings.Repeat("1", 5000)} {
		if w := do(h, "GET", "/sachsen?vor="+bad); w.Code != 400 {
			t.Errorf("vor=%.20s: %d", bad, w.Code)
		}
	}
	if w := do(h, "GET", "/SN?vor=2026-03-01&utm_source=x"); w.Code != 308 || w.Header().Get("Location") != "/sachsen?vor="+cursor("2026-03-01") {
		t.Errorf("%d %s", w.Code, w.Header().Get("Location"))
	}
	if w := do(h, "GET", "/sachsen?%zz"); w.Code != 200 {
		t.Errorf("a query that is not ours: %d", w.Code)
	}
}

// cursor is the canonical form of a day in Berlin.
func cursor(day string) string {
	berlin, _ := time.LoadLocation("Europe/Berlin")
	c, _ := aggregator.ParseCursor(day, berlin)
	return c.String()
}
