package site

import (
	"html/template"
	"strconv"
	"time"

	"laenderfeed/aggregator"
	"laenderfeed/feeds"
)

// classes says in German what went wrong with a source.
var classes = map[aggregator.Class]string{
	aggregator.ClassDNS:         "Name des Servers nicht auflösbar",
	aggregator.ClassConnect:     "Server nimmt keine Verbindung an",
	aggregator.ClassTLS:         "Verschlüsselung des Servers fehlerhaft",
	aggregator.ClassTimeout:     "Server antwortet nicht rechtzeitig",
	aggregator.ClassHTTP4xx:     "Server lehnt die Anfrage ab",
	aggregator.ClassHTTP5xx:     "Server meldet einen eigenen Fehler",
	aggregator.ClassRateLimited: "Server bittet um weniger Anfragen",
	aggregator.ClassGone:        "Angebot dauerhaft eingestellt",
	aggregator.ClassNotAFeed:    "Adresse liefert keinen Feed mehr",
	aggregator.ClassChallenge:   "Bot-Abwehr lässt nur Browser durch",
	aggregator.ClassTooLarge:    "Antwort zu groß",
	aggregator.ClassParse:       "Inhalt nicht lesbar",
	aggregator.ClassSelector:    "Aufbau der Seite hat sich geändert",
	aggregator.ClassBlocked:     "Adresse liegt in einem privaten Netz",
	aggregator.ClassRedirect:    "Weiterleitung führt in die Irre",
}

// germanClass returns a phrase for a class, with the HTTP status if there was one.
func germanClass(c aggregator.Class, status int) string {
	s, ok := classes[c]
	if !ok {
		s = "Abfrage gescheitert"
	}
	if status >= 300 {
		s += " (HTTP " + strconv.Itoa(status) + ")"
	}
	return s
}

// germanDate returns "20. Oktober 2026".
func germanDate(t time.Time) string {
	return strconv.Itoa(t.Day()) + ". " + feeds.MonthName(t)
}

// germanTime returns "20. Oktober 2026, 10:30 Uhr", and only the day at midnight
// sharp: a page that gives no hour is read so.
func germanTime(t time.Time) string {
	if t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0 {
		return germanDate(t)
	}
	return germanDate(t) + t.Format(", 15:04") + " Uhr"
}

// germanCount returns a number with its noun: "1 Meldung", "2 Meldungen", "1.234 Meldungen".
func germanCount(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return germanNumber(n) + " " + many
}

// germanNumber returns a number with points between thousands.
func germanNumber(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "." + s[i:]
	}
	return s
}

// functions are those that the templates call.
func (h *Handler) functions() template.FuncMap {
	return template.FuncMap{
		"href":   func(path string) string { return h.replies.Prefix + path },
		"count":  germanCount,
		"number": germanNumber,
		"date":   func(t time.Time) template.HTML { return h.timeElement(t, germanDate) },
		"time":   func(t time.Time) template.HTML { return h.timeElement(t, germanTime) },
	}
}

// timeElement writes a time for people and machines. It consists of digits and
// the names above only.
func (h *Handler) timeElement(t time.Time, format func(time.Time) string) template.HTML {
	return template.HTML(`<time datetime="` + t.UTC().Format(time.RFC3339) + `">` + format(t.In(h.Zone)) + `</time>`)
}
