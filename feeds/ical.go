package feeds

import (
	"bytes"
	"strings"
	"time"
	"unicode/utf8"

	"laenderfeed/aggregator"
)

// calendarItems is how many of the newest items are looked through for days.
const calendarItems = 500

// calendar is an iCalendar object (RFC 5545) being written.
type calendar struct{ bytes.Buffer }

// ical renders the terms and events that the entries of a feed name, one VEVENT
// each: a stable UID, the link of the item, and the very sentence that names the
// day. All times are UTC, days are days; nothing depends on the time of
// rendering.
func (f *feed) ical() []byte {
	var c calendar
	c.line("BEGIN", "VCALENDAR")
	c.line("VERSION", "2.0")
	c.line("PRODID", "-//laenderfeed//Fristen//DE")
	c.line("CALSCALE", "GREGORIAN")
	c.text("NAME", f.title) // RFC 7986, and what was used before it
	c.text("X-WR-CALNAME", f.title)
	c.text("DESCRIPTION", f.subtitle)
	c.text("X-WR-CALDESC", f.subtitle)
	c.line("REFRESH-INTERVAL;VALUE=DURATION", "PT1H")
	c.line("X-PUBLISHED-TTL", "PT1H")
	empty := true
	for i := range f.entries {
		for _, d := range f.entries[i].deadlines {
			c.event(&f.entries[i], d)
			empty = false
		}
	}
	if empty {
		c.zone()
	}
	c.line("END", "VCALENDAR")
	return c.Bytes()
}

// event writes one VEVENT.
func (c *calendar) event(v *view, d aggregator.Deadline) {
	c.line("BEGIN", "VEVENT")
	c.line("UID", strings.TrimPrefix(v.id, "urn:uuid:")+"-"+strings.ToLower(string(d.Kind))+"-"+d.Start.Format("20060102")+"@laenderfeed")
	c.line("DTSTAMP", instant(v.updated))
	c.line("CREATED", instant(v.published))
	c.line("LAST-MODIFIED", instant(v.updated))
	switch {
	case !d.AllDay:
		c.line("DTSTART", instant(d.Start))
	default:
		last := d.Start
		if !d.End.IsZero() {
			last = d.End
		}
		c.line("DTSTART;VALUE=DATE", d.Start.Format("20060102"))
		c.line("DTEND;VALUE=DATE", last.AddDate(0, 0, 1).Format("20060102")) // the first day after it
	}
	c.text("SUMMARY", string(d.Kind)+": "+v.title)
	said := "„" + CleanLine(Excerpt(d.Sentence, excerptLength)) + "“\n\nQuelle: " + v.publisher
	if v.link != "" {
		said += "\n" + v.link
		c.line("URL", v.link)
	}
	c.text("DESCRIPTION", said)
	var labels []string
	for _, label := range v.categories {
		labels = append(labels, escapeText(label.label))
	}
	if len(labels) > 0 {
		c.line("CATEGORIES", strings.Join(labels, ","))
	}
	c.line("TRANSP", "TRANSPARENT")
	c.line("END", "VEVENT")
}

// zone writes the time zone of the publishers. An iCalendar object has at least
// one component (RFC 5545 section 3.6); in one without events this is it.
func (c *calendar) zone() {
	for _, s := range []string{
		"BEGIN:VTIMEZONE", "TZID:Europe/Berlin",
		"BEGIN:DAYLIGHT", "DTSTART:19960331T020000", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "TZNAME:CEST",
		"TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", "END:DAYLIGHT",
		"BEGIN:STANDARD", "DTSTART:19961027T030000", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "TZNAME:CET",
		"TZOFFSETFROM:+0200", "TZOFFSETTO:+0100", "END:STANDARD",
		"END:VTIMEZONE",
	} {
		c.WriteString(s + "\r\n")
	}
}

// instant writes a time as RFC 5545 section 3.3.5 has it in UTC.
func instant(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

// text writes a property whose value is a text.
func (c *calendar) text(name, value string) { c.line(name, escapeText(value)) }

// line writes a content line, folded so that none has more than 75 octets and no
// character is torn apart (RFC 5545 section 3.1).
func (c *calendar) line(name, value string) {
	const most = 75
	rest, room := name+":"+value, most
	for len(rest) > room {
		n := room
		for !utf8.RuneStart(rest[n]) {
			n--
		}
		c.WriteString(rest[:n] + "\r\n ")
		rest, room = rest[n:], most-1 // the space counts
	}
	c.WriteString(rest + "\r\n")
}

// escapeText escapes a value of type TEXT (RFC 5545 section 3.3.11).
func escapeText(s string) string {
	return strings.NewReplacer("\\", "\\\\", ";", "\\;", ",", "\\,", "\r\n", "\\n", "\n", "\\n", "\r", "\\n").Replace(s)
}
