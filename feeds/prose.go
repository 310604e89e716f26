package feeds

import (
	"strings"
	"unicode/utf8"
)

// Prose returns what a text says, clean as by [CleanText]: without picture
// credits in brackets and without what publishing systems hang on its end, such
// as "[…]", "Weiterlesen" and "The post … appeared first on …". What is left of
// a text that was cut off ends with an ellipsis, or with its last sentence.
func Prose(s string) string {
	s = strings.TrimSpace(withoutCredits(CleanText(s)))
	cut := false
	for {
		rest, marked := withoutTrailer(s)
		if rest == s {
			break
		}
		s, cut = rest, cut || marked
	}
	if last, _ := utf8.DecodeLastRuneInString(s); cut && s != "" && !strings.ContainsRune(`.!?…“"”»)`, last) {
		s = strings.TrimRight(s, " ,;:-–—(") + " …"
	}
	return s
}

// withoutTrailer drops one thing from the end of a text, if there is one.
// marked tells that it said the text goes on.
func withoutTrailer(s string) (rest string, marked bool) {
	end := strings.TrimRight(s, " \n\r\t\u00a0>»›→➔➜|")
	for _, mark := range []string{"[...]", "[…]", "[..]", "(...)", "(…)", "[Mehr]", "[mehr]"} {
		if before, ok := strings.CutSuffix(end, mark); ok {
			return strings.TrimSpace(before), true
		}
	}
	word := strings.TrimRight(end, " .…:")
	for _, phrase := range []string{
		"weiterlesen", "weiter lesen", "jetzt lesen", "mehr lesen", "mehr erfahren", "mehr dazu", "mehr", "weiter",
		"lesen sie mehr", "read more", "continue reading", "zum artikel", "zum beitrag", "zur meldung", "zur pressemitteilung",
	} {
		at := len(word) - len(phrase)
		if at >= 0 && strings.EqualFold(word[at:], phrase) && complete(word[:at]) {
			return strings.TrimSpace(word[:at]), true
		}
	}
	for _, t := range [...]struct{ begin, middle string }{
		{"The post ", " appeared first on "}, {"The post ", " first appeared on "},
		{"Der Beitrag ", " erschien zuerst auf "}, {"Der Artikel ", " erschien zuerst auf "}, {"Dieser Beitrag ", " erschien zuerst auf "},
		{"Der Beitrag ", " ist zuerst auf "},
		{"Weiterlesen ", ""}, {"Continue reading ", ""}, {"Read more ", ""},
	} {
		from := max(0, len(end)-maxTrailer)
		at := strings.LastIndex(end[from:], t.begin)
		if at < 0 || !strings.Contains(end[from+at:], t.middle) {
			continue
		}
		at += from
		// A bare word begins a trailer only behind a text that breaks off, and what
		// is all of a text is no trailer of it.
		if before := strings.TrimSpace(end[:at]); before != "" && (t.middle != "" && complete(before) || broken(before)) {
			return before, false
		}
	}
	return s, false
}

// maxTrailer is how long a trailer with a title in it may be, in bytes.
const maxTrailer = 300

// complete tells whether a text is over where it ends: nothing, a line, or
// something that ends a sentence.
func complete(s string) bool {
	if strings.HasSuffix(strings.TrimRight(s, " \t\u00a0"), "\n") {
		return true
	}
	s = strings.TrimSpace(s)
	last, _ := utf8.DecodeLastRuneInString(s)
	return s == "" || strings.ContainsRune(`.!?…]“"”»`, last)
}

// broken tells whether a text ends in the middle and says so.
func broken(s string) bool {
	return strings.HasSuffix(s, "…") || strings.HasSuffix(s, "...") || strings.HasSuffix(s, "…]")
}

// maxCredit is how long a picture credit may be, in bytes.
const maxCredit = 200

// withoutCredits drops "(Foto: …)" and its like wherever they stand.
func withoutCredits(s string) string {
	var b strings.Builder
	rest := s
	for {
		i := strings.IndexAny(rest, "([")
		if i < 0 {
			break
		}
		n := creditLength(rest[i:])
		if n == 0 {
			b.WriteString(rest[:i+1])
			rest = rest[i+1:]
			continue
		}
		before, after := rest[:i], rest[i+n:]
		if after != "" && strings.ContainsRune(" .,;:!?", rune(after[0])) {
			before = strings.TrimRight(before, " ")
		}
		b.WriteString(before)
		rest = after
	}
	if b.Len() == 0 {
		return rest
	}
	b.WriteString(rest)
	return b.String()
}

// creditLength returns the length of the picture credit that a text begins with,
// brackets included; 0 if there is none.
func creditLength(s string) int {
	word, _, found := strings.Cut(s[1:min(len(s), 24)], ":")
	switch strings.ToLower(strings.TrimSpace(word)) {
	case "bild", "bilder", "foto", "fotos", "bildquelle", "bildnachweis", "bildrechte", "fotoquelle", "symbolbild", "symbolfoto",
		"grafik", "copyright", "bildcredit", "fotocredit":
	default:
		return 0
	}
	if !found {
		return 0
	}
	depth := 0
	for i := range min(len(s), maxCredit) {
		switch s[i] {
		case '(', '[':
			depth++
		case ')', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}
