package parse

import (
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"laenderfeed/aggregator"
)

// Limits of what is read for deadlines.
const (
	maxDeadlineText = 20_000 // bytes of a text
	maxSentence     = 600    // bytes of a sentence; a longer one is no sentence
	maxDeadlines    = 8      // of a text
	maxAhead        = 3 * 365 * 24 * time.Hour
)

// Deadlines finds the days by which something has to be done ("Anmeldeschluss
// ist der 3. Mai", "Anträge können bis zum 31.12.2026 gestellt werden") or on
// which something takes place ("findet am 12. März um 10 Uhr statt") in a German
// text published at the given time. Only sentences that say so in well-known
// words count, only days after the publication and at most three years ahead;
// a day without a year is the first one from then on. Where the sentence
// contradicts itself, by the weekday or by several days for one term, it says
// nothing. Times are those of Europe/Berlin.
func Deadlines(text string, published time.Time) []aggregator.Deadline {
	if strings.IndexFunc(text, unicode.IsDigit) < 0 {
		return nil
	}
	w := deadlineWords()
	var out []aggregator.Deadline
	for s := range sentences(cutBytes(text, maxDeadlineText)) {
		d, ok := w.read(s, published.In(berlin()))
		if !ok || said(out, d) {
			continue
		}
		if out = append(out, d); len(out) == maxDeadlines {
			break
		}
	}
	return out
}

// said tells whether the same day is named already.
func said(have []aggregator.Deadline, d aggregator.Deadline) bool {
	for _, h := range have {
		if h.Kind == d.Kind && h.Start.Format(time.DateOnly) == d.Start.Format(time.DateOnly) {
			return true
		}
	}
	return false
}

// sentences yields the sentences of a text, and its lines. A full stop after a
// figure, a single letter or a short abbreviation ends none.
func sentences(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		start := 0
		cut := func(end int) bool {
			s := fold(text[start:end])
			start = end
			return s == "" || len(s) > maxSentence || yield(s)
		}
		for i, c := range text {
			stop := c == '\n' || (c == '!' || c == '?' || c == '.' || c == ';') && endsHere(text[start:i], text[i+1:], c)
			if stop && !cut(i+utf8.RuneLen(c)) {
				return
			}
		}
		cut(len(text))
	}
}

// endsHere tells whether a mark between two texts ends a sentence.
func endsHere(before, after string, mark rune) bool {
	if after != "" && !strings.HasPrefix(after, " ") && !strings.HasPrefix(after, "\u00a0") {
		return false
	}
	if mark != '.' {
		return true
	}
	next, _ := utf8.DecodeRuneInString(strings.TrimLeft(after, " \u00a0"))
	word := before[strings.LastIndexAny(before, " \u00a0(")+1:]
	last, _ := utf8.DecodeLastRuneInString(word)
	switch {
	case unicode.IsLower(next), unicode.IsDigit(next) && unicode.IsDigit(last):
		return false
	case unicode.IsDigit(last): // "am 3. Mai", but "im Jahr 2026. Das ..."
		return len(word) == 4 && number(word) >= 1900
	}
	if _, month := months[strings.ToLower(word)]; month {
		return !unicode.IsDigit(next) && (word == "Mai" || utf8.RuneCountInString(word) > 3)
	}
	return utf8.RuneCountInString(word) > 3 && !strings.Contains(word, ".") || strings.HasSuffix(word, ")")
}

// wordsOfDeadlines are the patterns that sentences are held against.
type wordsOfDeadlines struct {
	day     *regexp.Regexp // a day or a span of days, and the time of day
	until   *regexp.Regexp // right before the last day of a term
	closing *regexp.Regexp // a word for the end of a term, before its day
	act     *regexp.Regexp // what can be done until then
	event   *regexp.Regexp // something takes place
	on      *regexp.Regexp // right before the day of an event
	former  *regexp.Regexp // right before a day that no longer holds
	from    *regexp.Regexp // right before the first of several days
	past    *regexp.Regexp // what has happened, or will not
	aim     *regexp.Regexp // what somebody hopes for, or what is in force, until then
}

var deadlineWords = sync.OnceValue(func() *wordsOfDeadlines {
	const (
		month = `(?:Januar|Jänner|Jan\.|Februar|Feb\.|März|Mrz\.|April|Apr\.|Mai|Juni|Jun\.|Juli|Jul\.|August|Aug\.|September|Sept?\.|Oktober|Okt\.|November|Nov\.|Dezember|Dez\.)`
		named = `(\d{1,2})\.\s?(\d{1,2}\.|` + month + `)\s?(\d{4}|\d{2}\b)?`
		first = `(?:(\d{1,2})\.\s?(\d{1,2}\.|` + month + `)?\s?(\d{4})?\s?(?:bis(?: zum| einschließlich)?|und|-|–|/)\s?(?:[A-Z][a-z]+tag,? (?:den |dem )?)?)?`
		clock = `(?:,?\s(?:um|ab|von|bis|jeweils)?\s?(\d{1,2})(?:[.:](\d{2}))?(?:\s?(?:-|–|bis)\s?\d{1,2}(?:[.:]\d{2})?)?\sUhr)?`
		week  = `((?:Montag|Dienstag|Mittwoch|Donnerstag|Freitag|Samstag|Sonnabend|Sonntag)s?)?`
	)
	return &wordsOfDeadlines{
		day: regexp.MustCompile(week + `,?\s?(?:den |dem |der )?` + `\b` + first + named + clock),
		until: regexp.MustCompile(`(?i)\b(?:bis(?: spätestens| einschließlich| inklusive)?(?: zum| zu dem| am)?|spätestens(?: bis)?(?: zum| am)?|` +
			`(?:noch )?bis (?:einschließlich )?(?:zum )?)\s*$`),
		closing: regexp.MustCompile(`(?i)(?:(?:anmelde|bewerbungs|einreichungs|abgabe|einsende|melde|antrags|teilnahme|angebots|redaktions)(?:schluss|ende)` +
			`|(?:einreichungs|abgabe|bewerbungs|melde)termin|deadline|[a-zäöüß]*frist(?:ende)?)\b` +
			`[^.;:]{0,60}?(?:\b(?:ist|am|zum|bis|der|den|auf)|:)\s*$`),
		act: regexp.MustCompile(`(?i)\b(?:ein(?:zu)?(?:reich|send)|eingereicht|eingesandt|bewerb|beworben|an(?:zu)?meld|angemeldet|antrag|anträg|beantrag|stellungnahme|` +
			`stellung nehmen|beteilig|angebot|ab(?:zu)?geben|abgegeben|abgabe|teilnahme|teilnehm|teilgenommen|mitmach|vorschläge|rückmeld|umfrage|konsultation|` +
			`frist|spätestens|abstimm|eingehen)`),
		event: regexp.MustCompile(`(?i)\b(?:find(?:et|en)\b.*\bstatt\b|stattfind(?:et|en)\b|(?:lädt|laden)\b.*\bein\b|(?:veranstaltungs)?termin:|` +
			`wann:|veranstalte(?:t|n)\b)`),
		on:     regexp.MustCompile(`(?i)(?:\b(?:am|vom|ab dem|zum|termin:|wann:)\s*|, den )$`),
		from:   regexp.MustCompile(`(?i)\b(?:vom|von)\s*$`),
		former: regexp.MustCompile(`(?i)\b(?:statt|anstatt|ursprünglich|zunächst|bislang|bisher|nicht vor|seit|war|nach)\b[^.,;]{0,20}$`),
		past:   regexp.MustCompile(`(?i)\b(?:fand(?:en)?\b.*\bstatt|stattgefunden|stattfanden|endete|abgelaufen|lief\b.*\bab|verschoben|abgesagt|fällt aus|entfällt|nicht (?:mehr )?statt|nicht wie)\b`),
		aim: regexp.MustCompile(`(?i)\bsoll(?:en)?\b.*\bkönnen\b|\bw(?:ird|erden)\b[^,;]*\b(?:erwartet|gerechnet)\b|\bgilt bis\b|` +
			`\bha(?:t|ben|tten?)\b[^,;]*\b(?:angemeldet|beworben|beteiligt|eingereicht|abgegeben|teilgenommen|gestellt)\b|\beingegangen\b`),
	}
})

// read returns what one sentence says.
func (w *wordsOfDeadlines) read(s string, published time.Time) (aggregator.Deadline, bool) {
	event := w.event.MatchString(s)
	if !event && !w.act.MatchString(s) && !strings.Contains(strings.ToLower(s), "schluss") && !strings.Contains(strings.ToLower(s), "deadline") ||
		w.past.MatchString(s) {
		return aggregator.Deadline{}, false
	}
	var found []aggregator.Deadline
	for _, m := range w.day.FindAllStringSubmatchIndex(s, 8) {
		d, ok := w.dayOf(s, m, published)
		if !ok {
			continue
		}
		before := s[:m[0]]
		switch {
		case w.former.MatchString(before):
			continue
		case w.until.MatchString(before) && w.act.MatchString(s) && !w.aim.MatchString(s), w.closing.MatchString(before):
			d.Kind, d.Start, d.End = aggregator.Frist, lastOf(d), time.Time{}
		case !d.End.IsZero() && !event && w.from.MatchString(before):
			d.Kind, d.Start, d.End = aggregator.Frist, d.End, time.Time{}
		case event && w.on.MatchString(before):
			d.Kind = aggregator.Termin
		default:
			continue
		}
		d.Sentence = s
		found = append(found, d)
	}
	return decideDeadline(found)
}

// lastOf returns the end of a span of days.
func lastOf(d aggregator.Deadline) time.Time {
	if !d.End.IsZero() {
		return d.End
	}
	return d.Start
}

// decideDeadline chooses among the days of one sentence: the term rather than
// the event it is for, but none where two days stand for the same.
func decideDeadline(found []aggregator.Deadline) (aggregator.Deadline, bool) {
	var chosen aggregator.Deadline
	for _, d := range found {
		switch {
		case chosen.Kind == "" || chosen.Kind == aggregator.Termin && d.Kind == aggregator.Frist:
			chosen = d
		case chosen.Kind == d.Kind && !chosen.Start.Equal(d.Start):
			return aggregator.Deadline{}, false
		}
	}
	return chosen, chosen.Kind != ""
}

// dayOf reads a match of the pattern day: 1 the weekday; 2, 3 and 4 the first of
// several days; 5, 6 and 7 the only or last one; 8 and 9 the time of day.
func (w *wordsOfDeadlines) dayOf(s string, m []int, published time.Time) (d aggregator.Deadline, ok bool) {
	part := func(n int) string {
		if m[2*n] < 0 {
			return ""
		}
		return s[m[2*n]:m[2*n+1]]
	}
	last, ok := dayFrom(part(5), part(6), part(7), published)
	if !ok || m[0] > 0 && (s[m[0]] >= '0' && s[m[0]] <= '9') && strings.ContainsAny(s[m[0]-1:m[0]], "0123456789.,/-") {
		return d, false
	}
	d = aggregator.Deadline{Start: last, AllDay: true}
	if first := part(2); first != "" {
		month, year := part(3), part(4)
		if month == "" {
			month = part(6)
		}
		if year == "" {
			year = part(7)
		}
		start, ok := dayFrom(first, month, year, published)
		if !ok || !start.Before(last) || last.Sub(start) > 92*24*time.Hour {
			return d, false
		}
		d.Start, d.End = start, last
	}
	if name := strings.TrimSuffix(strings.ToLower(part(1)), "s"); name != "" && weekdays[name] != d.Start.Weekday() {
		return d, false
	}
	if hour := part(8); hour != "" && d.End.IsZero() {
		h, min := number(hour), number(part(9))
		if h == 24 && min == 0 { // the end of that day
			return d, true
		}
		if h > 23 || min > 59 {
			return d, false
		}
		d.AllDay = false
		d.Start = time.Date(last.Year(), last.Month(), last.Day(), h, min, 0, 0, berlin())
	}
	return d, true
}

// dayFrom returns the midnight a day begins with; ok is false for one that does
// not exist, is over at the given time or lies too far ahead.
func dayFrom(day, month, year string, now time.Time) (t time.Time, ok bool) {
	name := strings.ToLower(strings.TrimRight(month, "."))
	m, named := months[name]
	if !named {
		m = number(name)
	}
	y := fullYear(number(year), len(year))
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, berlin())
	guess := year == ""
	if guess {
		y = now.Year()
	}
	if y < 0 || m < 1 || m > 12 {
		return t, false
	}
	t = time.Date(y, time.Month(m), number(day), 0, 0, 0, 0, berlin())
	if guess && t.Before(today) {
		t = time.Date(y+1, time.Month(m), number(day), 0, 0, 0, 0, berlin())
		if t.Sub(today) > 270*24*time.Hour { // rather the one that has just passed
			return t, false
		}
	}
	return t, t.Day() == number(day) && !t.Before(today) && t.Sub(today) < maxAhead
}
