package parse

import (
	"slices"
	"strings"
	"time"
)

// dateReader puts a date together from its tokens. Each part may be given once;
// a second one, or anything that is no part of a date, means that the text is
// not understood.
type dateReader struct {
	tokens []token
	i      int
	zone   *time.Location
	now    time.Time

	year, month, day     int
	hour, minute, second int
	nano                 int
	hasDay, hasYear      bool
	hasTime              bool
	hasZone, numeric     bool // numeric: the zone is an offset
	iso                  bool
	offset               int // seconds east of Greenwich
	weekday              time.Weekday
	hasWeekday           bool
	back                 time.Duration // "vor 3 Stunden"
	relative             bool
}

// read takes all tokens.
func (d *dateReader) read() bool {
	d.skipPlace()
	for d.i < len(d.tokens) {
		if !d.part() {
			return false
		}
	}
	return d.hasDay || d.relative && !d.now.IsZero()
}

// part takes the next part, whatever it is.
func (d *dateReader) part() bool {
	switch t := d.tokens[d.i]; t.kind {
	case 'n':
		return d.clock() || d.isoDate() || d.digits() || d.numbers() || d.dayMonth() || d.lateYear()
	case 'w':
		return d.word(t.text)
	case '+', '-':
		if d.hasTime && !d.hasZone && d.is(1, 'n') && !d.tokens[d.i+1].spaced {
			return d.shift(false)
		}
		return d.skip(t.kind == '-')
	case '(':
		if d.hasZone || d.numeric {
			d.comment()
			return true
		}
		return d.skip(true)
	case ',', '.', ';', '|', ')', '[', ']', ':', '/', '\'', '"', '@':
		return d.skip(true)
	}
	return false
}

func (d *dateReader) skip(ok bool) bool {
	if ok {
		d.i++
	}
	return ok
}

// comment skips what is said in parentheses after a zone: "(MEZ)".
func (d *dateReader) comment() {
	for d.i < len(d.tokens) && d.tokens[d.i].kind != ')' {
		d.i++
	}
}

// is tells whether the n-th token from here is of a kind.
func (d *dateReader) is(n int, kind byte) bool {
	return d.i+n < len(d.tokens) && d.tokens[d.i+n].kind == kind
}

// isWord tells whether the n-th token from here is one of the words.
func (d *dateReader) isWord(n int, words ...string) bool {
	return d.is(n, 'w') && slices.Contains(words, d.tokens[d.i+n].text)
}

func (d *dateReader) value(n int) int { return d.tokens[d.i+n].value }
func (d *dateReader) width(n int) int { return len(d.tokens[d.i+n].text) }

// skipPlace skips a label or a place in front of a date: "Datum:", "Magdeburg,
// den 2. Januar", "Meldung vom 2. Januar".
func (d *dateReader) skipPlace() {
	for n := 0; n < min(8, len(d.tokens)); n++ {
		switch t := d.tokens[n]; t.kind {
		case 'w':
			if known(t.text) {
				return
			}
			if n > 0 && (t.text == "vom" || t.text == "am") && n+1 < len(d.tokens) && d.tokens[n+1].kind == 'n' {
				d.i = n
				return
			}
		case ',', ':', '|':
			if n > 0 {
				d.i = n + 1
			}
			return
		case '-':
			if n > 0 && t.spaced {
				d.i = n + 1
				return
			}
		case '.', '/', '(', ')':
		default:
			return
		}
	}
}

// known tells whether a word can be part of a date.
func known(word string) bool {
	_, day := weekdays[word]
	_, month := months[word]
	_, days := daysBack(word)
	return day || month || days || word == "vor"
}

// setDate takes a date unless there is one already or it does not exist.
func (d *dateReader) setDate(year, month, day, n int) bool {
	if d.hasDay || month < 1 || month > 12 || day < 1 || day > 31 {
		return false
	}
	if year >= 0 && time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Day() != day {
		return false
	}
	d.year, d.month, d.day = year, month, day
	d.hasDay, d.hasYear = true, year >= 0
	d.i += n
	return true
}

// fullYear returns the year meant by n written with so many digits, -1 for none.
func fullYear(n, width int) int {
	switch {
	case width == 4 && n >= 1900 && n <= 2100:
		return n
	case width == 2 && n < 70:
		return 2000 + n
	case width == 2:
		return 1900 + n
	}
	return -1
}

// isoDate takes 2026-01-02, 2026/1/2 and 2026.01.02.
func (d *dateReader) isoDate() bool {
	if d.width(0) != 4 || !d.is(2, 'n') || !d.is(4, 'n') || d.width(2) > 2 || d.width(4) > 2 {
		return false
	}
	mark := d.tokens[d.i+1].kind
	if mark != '-' && mark != '/' && mark != '.' || !d.is(3, mark) {
		return false
	}
	year := fullYear(d.value(0), 4)
	if year < 0 || !d.setDate(year, d.value(2), d.value(4), 5) {
		return false
	}
	d.iso = true
	return true
}

// digits takes dates of digits only: 20260102 and Unix times.
func (d *dateReader) digits() bool {
	text := d.tokens[d.i].text
	switch {
	case len(text) == 8:
		year := fullYear(number(text[:4]), 4)
		d.iso = year > 0 && d.setDate(year, number(text[4:6]), number(text[6:]), 1)
		return d.iso
	case len(text) == 12 || len(text) == 14:
		year := fullYear(number(text[:4]), 4)
		return year > 0 && len(d.tokens) == 1 && d.setDate(year, number(text[4:6]), number(text[6:8]), 0) &&
			d.setClock(number(text[8:10]), number(text[10:12]), number(text[12:]), 1)
	case (len(text) == 10 || len(text) == 13) && len(d.tokens) == 1:
		t := time.Unix(int64(number(text[:9]))*10+int64(text[9]-'0'), 0).UTC()
		d.hasTime, d.hasZone = true, true
		d.hour, d.minute, d.second = t.Clock()
		return t.Year() >= 1995 && d.setDate(t.Year(), int(t.Month()), t.Day(), 1)
	}
	return false
}

// numbers takes day, month and year in figures: 2.1.2026, 02.01.26, 2.1.,
// 02-01-2026, 13/01/2026. With slashes nobody knows whether day or month comes
// first unless one of them is no month.
func (d *dateReader) numbers() bool {
	if !d.is(2, 'n') || d.width(0) > 2 || d.width(2) > 2 {
		return false
	}
	mark := d.tokens[d.i+1].kind
	day, month := d.value(0), d.value(2)
	if d.is(3, mark) && d.is(4, 'n') && !(d.is(5, ':') && d.width(4) <= 2) {
		year := fullYear(d.value(4), d.width(4))
		if year < 0 {
			return false
		}
		switch {
		case mark == '.', mark == '-' && d.width(4) == 4:
			return d.setDate(year, month, day, 5)
		case mark == '/' && (day > 12 || day == month):
			return d.setDate(year, month, day, 5)
		case mark == '/' && month > 12:
			return d.setDate(year, day, month, 5)
		}
		return false
	}
	if mark == '.' && d.is(3, '.') {
		return d.setDate(-1, month, day, 4)
	}
	return false
}

// dayMonth takes "2. Januar 2026", "2 Jan 26", "2-Jan-2026", "2nd of January",
// with or without a year.
func (d *dateReader) dayMonth() bool {
	if d.width(0) > 2 {
		return false
	}
	n := 1
	for d.is(n, '.') || d.is(n, '-') || d.is(n, '/') || d.isWord(n, "st", "nd", "rd", "th", "of", "ter", "te") {
		n++
	}
	if !d.is(n, 'w') {
		return false
	}
	word := d.tokens[d.i+n].text
	month, ok := months[word]
	if !ok {
		if month = roman(word); month == 0 {
			return false
		}
	}
	n++
	for d.is(n, '.') || d.is(n, ',') || d.is(n, '-') || d.is(n, '/') || d.is(n, '\'') {
		n++
	}
	if d.is(n, 'n') && !d.isClock(n) {
		if year := fullYear(d.value(n), d.width(n)); year >= 0 {
			return d.setDate(year, month, d.value(0), n+1)
		}
		return false
	}
	return d.setDate(-1, month, d.value(0), n)
}

// monthDay takes "January 2, 2026" and "Jan 2 2026".
func (d *dateReader) monthDay(month int) bool {
	n := 1
	for d.is(n, '.') {
		n++
	}
	if !d.is(n, 'n') || d.width(n) > 2 || d.isClock(n) {
		return false
	}
	day := d.value(n)
	n++
	for d.is(n, ',') || d.is(n, '.') || d.isWord(n, "st", "nd", "rd", "th") {
		n++
	}
	if d.is(n, 'n') && d.width(n) == 4 && !d.isClock(n) {
		if year := fullYear(d.value(n), 4); year >= 0 {
			return d.setDate(year, month, day, n+1)
		}
		return false
	}
	return d.setDate(-1, month, day, n)
}

// lateYear takes the year at the end of "Thu Jan 1 19:48:21 2004".
func (d *dateReader) lateYear() bool {
	if !d.hasDay || d.hasYear || d.width(0) != 4 {
		return false
	}
	year := fullYear(d.value(0), 4)
	d.hasDay = false
	return year >= 0 && d.setDate(year, d.month, d.day, 1)
}

// isClock tells whether a time of day begins at the n-th token from here.
func (d *dateReader) isClock(n int) bool {
	return d.is(n+1, ':') && d.is(n+2, 'n') || d.isWord(n+1, "uhr", "h", "am", "pm") ||
		d.is(n+1, '.') && d.is(n+2, 'n') && d.isWord(n+3, "uhr", "h")
}

// clock takes a time of day: 14:30, 14:30:05.123, 14.30 Uhr, 14 Uhr, 2:30 pm,
// 143005 after a T.
func (d *dateReader) clock() bool {
	switch {
	case d.hasTime || d.width(0) > 2:
		return d.basicClock()
	case d.is(1, ':') && d.is(2, 'n') && d.width(2) == 2:
		n := 3
		second := 0
		if d.is(3, ':') && d.is(4, 'n') && d.width(4) == 2 {
			second, n = d.value(4), 5
			if (d.is(5, '.') || d.is(5, ',')) && d.is(6, 'n') && !d.tokens[d.i+6].spaced {
				d.nano = number((d.tokens[d.i+6].text + "000000000")[:9])
				n = 7
			}
		}
		return d.setClock(d.value(0), d.value(2), second, n)
	case d.is(1, '.') && d.is(2, 'n') && d.is(3, '.') && d.is(4, 'n') && d.hasDay && d.hasYear && d.width(2)+d.width(4) == 4:
		return d.setClock(d.value(0), d.value(2), d.value(4), 5)
	case d.is(1, '.') && d.is(2, 'n') && d.width(2) == 2 && (d.isWord(3, "uhr", "h") || d.hasDay && d.hasYear && d.i+3 == len(d.tokens)):
		return d.setClock(d.value(0), d.value(2), 0, 3)
	case d.isWord(1, "uhr", "h") && d.is(2, 'n') && d.width(2) == 2:
		return d.setClock(d.value(0), d.value(2), 0, 3)
	case d.isWord(1, "uhr", "am", "pm", "h"):
		return d.setClock(d.value(0), 0, 0, 1)
	}
	return false
}

func (d *dateReader) basicClock() bool {
	if d.hasTime || d.i == 0 || d.tokens[d.i-1].text != "t" || !d.hasDay {
		return false
	}
	text := d.tokens[d.i].text
	switch len(text) {
	case 4:
		return d.setClock(number(text[:2]), number(text[2:]), 0, 1)
	case 6:
		return d.setClock(number(text[:2]), number(text[2:4]), number(text[4:]), 1)
	}
	return false
}

// setClock takes a time of day and a following am or pm.
func (d *dateReader) setClock(hour, minute, second, n int) bool {
	if d.isWord(n, "am", "pm") || d.isWord(n, "a", "p") && d.is(n+1, '.') && d.isWord(n+2, "m") {
		if hour < 1 || hour > 12 {
			if !d.isWord(n, "am") { // else the German "am 2. Januar"
				return false
			}
			d.hour, d.minute, d.second, d.hasTime = hour, minute, second, hour <= 24
			d.i += n
			return hour < 24 && minute < 60 && second < 60
		}
		hour %= 12
		if strings.HasPrefix(d.tokens[d.i+n].text, "p") {
			hour += 12
		}
		n++
		if d.is(n, '.') && d.isWord(n+1, "m") {
			n += 2
		}
	}
	if second == 60 { // a leap second
		second = 59
	}
	if hour > 24 || hour == 24 && minute+second > 0 || minute > 59 || second > 59 {
		return false
	}
	d.hour, d.minute, d.second, d.hasTime = hour, minute, second, true
	d.i += n
	return true
}

// word takes a month, weekday, zone, or a word that dates are embedded in.
func (d *dateReader) word(w string) bool {
	if month, ok := months[w]; ok {
		return d.monthDay(month)
	}
	if day, ok := weekdays[w]; ok && !(d.hasTime && w == "mi") {
		d.weekday, d.hasWeekday = day, true
		return d.skip(true)
	}
	if offset, ok := zones[w]; ok && d.hasTime {
		return d.namedZone(w, offset)
	}
	if days, ok := daysBack(w); ok {
		return d.daysAgo(days)
	}
	switch w {
	case "t":
		return d.skip(d.hasDay && d.is(1, 'n'))
	case "vor":
		return d.ago()
	case "europe":
		if d.hasTime && !d.hasZone && d.is(1, '/') && d.isWord(2, "berlin", "vienna", "zurich", "paris", "amsterdam") {
			d.zone, d.i = berlin(), d.i+3
			return true
		}
		return false
	}
	if w == "uhr" && !d.hasTime {
		return false
	}
	return d.skip(isNoise(w) || d.afterwards(w))
}

// afterwards takes any words after a whole date: "02.01.2026 - Berlin". They
// cannot change the day, as figures or another date could; after a time of day
// they might be a zone, unless something stands between.
func (d *dateReader) afterwards(w string) bool {
	if !d.hasDay || !d.hasYear || slices.Contains([]string{"bis", "und", "oder", "euro", "eur", "€"}, w) {
		return false
	}
	if last := d.tokens[max(d.i-1, 0)].kind; d.hasTime && last != '|' && w != "von" && w != "ortszeit" {
		return false
	}
	for _, t := range d.tokens[d.i:] {
		if _, month := months[t.text]; t.kind == 'n' || month {
			return false
		}
	}
	d.i = len(d.tokens)
	return true
}

// namedZone takes a zone by its name, and the offset that may follow GMT.
func (d *dateReader) namedZone(w string, offset int) bool {
	d.i++
	if d.hasZone {
		return d.numeric || d.offset == offset // "+0100 MEZ": the figure counts
	}
	d.hasZone, d.offset = true, offset
	if (d.is(0, '+') || d.is(0, '-')) && d.is(1, 'n') {
		if w != "gmt" && w != "utc" && w != "ut" {
			return false
		}
		return d.shift(true)
	}
	return true
}

// shift takes an offset: +0100, +01:00, +1. A minus may as well be the middle
// of "10:00-12:00", so that form is only taken where ISO 8601 is written.
func (d *dateReader) shift(named bool) bool {
	sign := 60
	if d.tokens[d.i].kind == '-' {
		sign = -60
	}
	hours, minutes, n := d.value(1), 0, 2
	switch {
	case d.width(1) == 4:
		hours, minutes = hours/100, hours%100
	case d.width(1) == 3 && sign > 0:
		hours, minutes = hours/100, hours%100
	case d.width(1) > 2:
		return false
	case d.is(2, ':') && d.is(3, 'n') && d.width(3) == 2:
		if sign < 0 && !d.iso && !named {
			return false
		}
		minutes, n = d.value(3), 4
	case !named && !d.iso && d.width(1) == 1 && sign < 0:
		return false
	}
	if hours > 14 || minutes > 59 {
		return false
	}
	d.offset = sign * (hours*60 + minutes)
	d.hasZone, d.numeric = true, true
	d.i += n
	return true
}

// daysAgo takes "heute", "gestern", "vorgestern".
func (d *dateReader) daysAgo(days int) bool {
	if d.now.IsZero() || d.hasDay {
		return false
	}
	day := d.now.AddDate(0, 0, -days)
	return d.setDate(day.Year(), int(day.Month()), day.Day(), 1)
}

// ago takes "vor 3 Stunden", "vor einem Tag".
func (d *dateReader) ago() bool {
	if d.isWord(1, "etwa", "ca", "rund", "circa") {
		d.i++
		if d.is(1, '.') {
			d.i++
		}
	}
	if d.now.IsZero() || d.hasDay || d.hasTime || !d.is(2, 'w') {
		return false
	}
	n := 0
	if d.is(1, 'n') {
		n = d.value(1)
	} else if d.is(1, 'w') {
		n = numeral(d.tokens[d.i+1].text)
	}
	if n == 0 {
		return false
	}
	length := unit(d.tokens[d.i+2].text)
	if length == 0 || n > 1000 {
		return false
	}
	d.i += 3
	if length >= 24*time.Hour {
		day := d.now.Add(-time.Duration(n) * length)
		return d.setDate(day.Year(), int(day.Month()), day.Day(), 0)
	}
	d.back, d.relative = time.Duration(n)*length, true
	return true
}

// time returns the instant.
func (d *dateReader) time() (time.Time, bool) {
	if d.relative {
		return d.now.Add(-d.back).Truncate(time.Minute), !d.hasDay && !d.hasTime
	}
	zone := d.zone
	if d.hasZone {
		zone = time.FixedZone("", d.offset)
	}
	if d.hasYear {
		return time.Date(d.year, time.Month(d.month), d.day, d.hour, d.minute, d.second, d.nano, zone), true
	}
	if d.now.IsZero() {
		return time.Time{}, false
	}
	// Without a year it is the last such day, and the weekday has to agree.
	for year := d.now.Year() + 1; year >= d.now.Year()-1; year-- {
		t := time.Date(year, time.Month(d.month), d.day, d.hour, d.minute, d.second, d.nano, zone)
		if t.Day() == d.day && !t.After(d.now.Add(24*time.Hour)) {
			return t, !d.hasWeekday || t.Weekday() == d.weekday
		}
	}
	return time.Time{}, false
}

// The tables below hold words in lower case, as foldDate leaves them.

var months = wordTable(`
	januar jänner jaenner january jan jän; februar feber february feb febr; märz maerz march mär maer mar mrz marz mã¤rz; april apr;
	mai may; juni juno june jun; juli julei july jul; august aug; september sept sep; oktober october okt oct;
	november nov; dezember december dez dec`, 1, 1)

var weekdays = func() map[string]time.Weekday {
	m := map[string]time.Weekday{}
	for word, n := range wordTable(`
		sonntag so son sunday sun; montag mo mon monday; dienstag di die dienst tuesday tue tues; mittwoch mi mit wednesday wed;
		donnerstag do don donn donnerst thursday thu thur thurs; freitag fr fre friday fri; samstag sonnabend sa sam saturday sat`, 0, 1) {
		m[word] = time.Weekday(n)
	}
	return m
}()

// zones are offsets in seconds. Abbreviations that stand for several zones mean
// the one nearest to Germany, else the North American one.
var zones = wordTable(`
	pst; pdt mst; mdt cst; cdt est; edt; ; ; ;
	gmt utc ut z wet; mez cet met bst west; mesz cest mest eet sast; eest msk`, -8*3600, 3600)

// daysBack tells how many days ago a word means.
func daysBack(word string) (days int, ok bool) {
	switch word {
	case "heute", "today":
		return 0, true
	case "gestern", "yesterday":
		return 1, true
	case "vorgestern":
		return 2, true
	}
	return 0, false
}

// unit is the length of time a word stands for, 0 for none.
func unit(word string) time.Duration {
	switch word {
	case "sekunde", "sekunden":
		return time.Second
	case "minute", "minuten", "min":
		return time.Minute
	case "stunde", "stunden", "std":
		return time.Hour
	case "tag", "tage", "tagen":
		return 24 * time.Hour
	case "woche", "wochen":
		return 7 * 24 * time.Hour
	}
	return 0
}

// isNoise names words that dates are embedded in.
func isNoise(word string) bool {
	switch word {
	case "uhr", "h", "um", "am", "den", "der", "dem", "vom", "ab", "stand", "datum", "date", "on", "at", "of", "the",
		"veröffentlicht", "published", "erstellt", "aktualisiert", "geändert", "zuletzt", "letzte", "aktualisierung",
		"änderung", "erschienen", "eingestellt", "online", "seit", "posted", "updated", "pressemitteilung", "meldung":
		return true
	}
	return false
}

// roman is the month that a Roman figure stands for, 0 for none.
func roman(word string) int {
	return 1 + slices.Index([]string{"i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii"}, word)
}

// numeral is the number that a word stands for, 0 for none.
func numeral(word string) int {
	switch word {
	case "eine", "einem", "einer":
		return 1
	}
	return 1 + slices.Index([]string{"ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf"}, word)
}

// wordTable numbers groups of words, separated by semicolons.
func wordTable(groups string, start, step int) map[string]int {
	m := map[string]int{}
	for _, group := range strings.Split(groups, ";") {
		for _, word := range strings.Fields(group) {
			m[word] = start
		}
		start += step
	}
	return m
}
