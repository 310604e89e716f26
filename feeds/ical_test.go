package feeds

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	ics "github.com/arran4/golang-ical"

	"laenderfeed/aggregator"
)

// deadlinesOf stands in for the reader of German sentences: it finds one day of
// each form in texts that have a word for it.
func deadlinesOf(text string, published time.Time) []aggregator.Deadline {
	midnight := time.Date(2026, 11, 3, 0, 0, 0, 0, time.FixedZone("CET", 3600))
	var out []aggregator.Deadline
	if strings.Contains(text, "Anmeldeschluss") {
		out = append(out, aggregator.Deadline{Kind: aggregator.Frist, Start: midnight, AllDay: true, Sentence: text})
	}
	if strings.Contains(text, "Uhr") {
		out = append(out, aggregator.Deadline{Kind: aggregator.Termin, Start: midnight.Add(10 * time.Hour), Sentence: text})
	}
	if strings.Contains(text, "bis") {
		out = append(out, aggregator.Deadline{Kind: aggregator.Termin, Start: midnight, End: midnight.AddDate(0, 0, 2), AllDay: true, Sentence: text})
	}
	return out
}

// dates are entries that name days.
func dates() []aggregator.Entry {
	say := func(s string) func(*aggregator.Entry) { return func(e *aggregator.Entry) { e.Summary = s } }
	return append(corpus(),
		entry(dresden, 30, "Forum; Görlitz, \\ Weißwasser", say("Anmeldeschluss ist der 3. November. "+strings.Repeat("Łódź grüßt 🏛️, ", 40))),
		entry(dresden, 31, "Tag der Register", say("Am 3. November um 10 Uhr.")),
		entry(bremen, 32, "Digitale Woche", say("Vom 3. bis 5. November."), func(e *aggregator.Entry) { e.Link = "" }),
	)
}

func renderCalendar(t *testing.T, q aggregator.Query, entries ...aggregator.Entry) []byte {
	t.Helper()
	h := newHandler(t, newMemory(entries...), func(c *Config) { c.Deadlines = deadlinesOf })
	d, err := h.Render(context.Background(), q, ICS)
	if err != nil {
		t.Fatal(err)
	}
	return d.Body
}

func TestCalendarGolden(t *testing.T) {
	golden(t, "alle.ics", renderCalendar(t, aggregator.Query{}, dates()...))
	golden(t, "leer.ics", renderCalendar(t, aggregator.Query{Regions: []aggregator.Region{aggregator.Sachsen}}))
}

// TestCalendarParses has the calendar read by a parser of others.
func TestCalendarParses(t *testing.T) {
	body := renderCalendar(t, aggregator.Query{}, dates()...)
	cal, err := ics.ParseCalendar(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	events := cal.Events()
	if len(events) != 3 {
		t.Fatalf("%d events:\n%s", len(events), body)
	}
	text := func(e *ics.VEvent, p ics.ComponentProperty) string {
		if v := e.GetProperty(p); v != nil {
			return ics.FromText(v.Value)
		}
		return ""
	}
	seen := map[string]bool{}
	for i, want := range []struct{ start, end, summary, url string }{
		{"20261103", "20261104", "Frist: Forum; Görlitz, \\ Weißwasser", "https://www.example.org/meldung/" + strings.Repeat("a", 31)},
		{"20261103T090000Z", "", "Termin: Tag der Register", "https://www.example.org/meldung/" + strings.Repeat("a", 32)},
		{"20261103", "20261106", "Termin: Digitale Woche", ""},
	} {
		e := events[i]
		if got := text(e, ics.ComponentPropertyDtStart); got != want.start {
			t.Errorf("event %d starts %s, want %s", i, got, want.start)
		}
		if got := text(e, ics.ComponentPropertyDtEnd); got != want.end {
			t.Errorf("event %d ends %s, want %s", i, got, want.end)
		}
		if got := text(e, ics.ComponentPropertySummary); got != want.summary {
			t.Errorf("event %d is %q, want %q", i, got, want.summary)
		}
		if got := text(e, ics.ComponentPropertyUrl); got != want.url {
			t.Errorf("event %d links to %q, want %q", i, got, want.url)
		}
		if got := text(e, ics.ComponentPropertyDescription); !strings.HasPrefix(got, "„") || !strings.Contains(got, "\n\nQuelle: ") {
			t.Errorf("event %d says %q", i, got)
		}
		if e.Id() == "" || seen[e.Id()] || e.GetProperty(ics.ComponentPropertyDtstamp) == nil {
			t.Errorf("event %d: UID %q", i, e.Id())
		}
		seen[e.Id()] = true
	}
}

// TestEmptyCalendarHasAComponent: without one it is none (RFC 5545 section 3.6).
func TestEmptyCalendarHasAComponent(t *testing.T) {
	cal, err := ics.ParseCalendar(bytes.NewReader(renderCalendar(t, aggregator.Query{})))
	if err != nil || len(cal.Components) != 1 || len(cal.Timezones()) != 1 || len(cal.Events()) != 0 {
		t.Errorf("%+v, %v", cal, err)
	}
	if cal, err = ics.ParseCalendar(bytes.NewReader(renderCalendar(t, aggregator.Query{}, dates()...))); err != nil || len(cal.Timezones()) != 0 {
		t.Errorf("a calendar with events has a zone that none of them names: %v", err)
	}
}

// TestCalendarOfTitles: where no text is published, no event quotes one.
func TestCalendarOfTitles(t *testing.T) {
	h := newHandler(t, newMemory(append(dates(), entry(bremen, 33, "Anmeldeschluss ist der 3. November"))...), func(c *Config) {
		c.Deadlines, c.Content = deadlinesOf, ContentTitle
	})
	d, err := h.Render(context.Background(), aggregator.Query{}, ICS)
	if n := strings.Count(string(d.Body), "BEGIN:VEVENT"); err != nil || n != 1 || strings.Contains(string(d.Body), "um 10 Uhr") {
		t.Errorf("%v, %d events:\n%s", err, n, d.Body)
	}
}

// TestCalendarLines checks what RFC 5545 section 3.1 asks of lines.
func TestCalendarLines(t *testing.T) {
	body := string(renderCalendar(t, aggregator.Query{}, dates()...))
	if !strings.HasSuffix(body, "END:VCALENDAR\r\n") || !utf8.ValidString(body) {
		t.Error("not whole, or not UTF-8")
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(body, "\r\n"), "\r\n") {
		if len(line) > 75 || strings.ContainsAny(line, "\r\n") || !utf8.ValidString(line) {
			t.Errorf("line of %d octets: %q", len(line), line)
		}
	}
}

// FuzzCalendar holds any title and sentence against the parser: what goes in
// comes out, and nothing in a text becomes a property.
func FuzzCalendar(f *testing.F) {
	f.Add("Forum", "Anmeldeschluss ist der 3. November.")
	f.Add("a\r\nBEGIN:VEVENT", "Anmeldeschluss\nUID:x;\\,\x00")
	f.Fuzz(func(t *testing.T, title, sentence string) {
		e := entry(dresden, 1, "x", func(e *aggregator.Entry) { e.Title, e.Summary = title, "Anmeldeschluss "+sentence })
		body := renderCalendar(t, aggregator.Query{}, e)
		cal, err := ics.ParseCalendar(bytes.NewReader(body))
		if err != nil {
			t.Fatalf("%v:\n%s", err, body)
		}
		var frist int
		for _, e := range cal.Events() {
			if strings.HasPrefix(e.GetProperty(ics.ComponentPropertySummary).Value, "Frist: ") {
				frist++
			}
		}
		if n := strings.Count(string(body), "\r\nBEGIN:VEVENT\r\n"); frist != 1 || n != len(cal.Events()) {
			t.Errorf("%d terms, %d events, %d lines that begin one:\n%s", frist, len(cal.Events()), n, body)
		}
	})
}
