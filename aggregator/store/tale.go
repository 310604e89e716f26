package store

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"laenderfeed/aggregator"
)

// Several sources tell the same news: a press office, a news agency, the trade
// press. A tale is what an item is compared by, so that readers get one entry and
// not three. Two items that are taken for one though they are two lose a reader
// something; two that are not recognised cost him a second. So what makes news
// different, places before all, goes before what makes it alike.
type tale struct {
	source  int64
	local   bool // the source is a town or a Kreis
	at      time.Time
	regions []aggregator.Region // Länder
	places  []string            // keys

	headline, address, summary string // as they came; all below is made of them when it is needed

	known   bool     // by keys:
	link    string   // see foldLink; "" unless it leads to an article
	kicker  string   // folded: what stands before the colon of a headline
	title   []string // folded words behind it
	figures []string // words of the title that have digits
	found   []int64  // what keys returns
	sure    int      // so many of these are enough each

	text   string   // by read: folded title and summary
	names  []string // folded words of kicker and title that begin with a capital
	pieces []uint64 // every shingleWords words in a row of the summary, if that is long: hashes in order
}

// What it takes to be the same news.
const (
	storySpan     = 14 * 24 * time.Hour // between two items of a story at most
	shingleWords  = 4
	longText      = 20       // words of a summary that can speak for itself
	sureTitle     = 7        // words of a headline that nobody writes twice by chance
	plainTitle    = 4        // words of a headline that can be compared at all
	mostlyAlike   = 0.8      // share of the shorter text found in the other, whatever the headlines
	partlyAlike   = 0.4      // the same, where the headlines are alike too
	alikeHeadline = 0.5      // words two headlines share, of all they have
	sketchSize    = 2        // pieces a long text is found by
	openingWords  = longText // of a summary: excerpts are cut in many ways, but hardly before
	maxOpening    = 300      // bytes that these have at most
	maxTaleText   = 4000
)

// newTale reads an item. Its labels have to be set.
func newTale(source int64, local bool, it *aggregator.Item) *tale {
	t := &tale{source: source, local: local, at: it.Effective(), headline: it.Title, address: it.Link, summary: it.Summary}
	for _, r := range it.Labels.Regions {
		if r.Key() != "" {
			t.regions = append(t.regions, r)
		}
	}
	for _, p := range it.Labels.Places {
		t.places = append(t.places, p.Key)
	}
	return t
}

// keys are what items are found by that may tell the same: link and headline, the
// first t.sure ones, and the lowest pieces of the opening of a long text. With
// headline and opening go the figures, as others than those make other news.
func (t *tale) keys() []int64 {
	if t.known {
		return t.found
	}
	t.known = true
	kicker, headline := cutKicker(t.headline)
	t.link, t.kicker, t.title = articleLink(t.address), Fold(kicker), strings.Fields(Fold(headline))
	if strings.ContainsFunc(t.headline, unicode.IsDigit) {
		t.figures = slices.DeleteFunc(words(kicker, headline), func(w string) bool { return !strings.ContainsFunc(w, unicode.IsDigit) })
		slices.Sort(t.figures)
	}
	figures := fnv(fnvOffset).words(t.figures...)
	t.found = make([]int64, 0, 3)
	if t.link != "" {
		t.found = append(t.found, int64(fnv(fnvOffset).words("link", t.link)))
	}
	if len(t.title) >= plainTitle {
		t.found = append(t.found, int64(figures.words("title").words(t.title...)))
	}
	t.sure = len(t.found)
	var memory [maxOpening + maxOpening/8]byte
	opening := appendFold(memory[:0], cutAt(t.summary, maxOpening))
	if sketch := shingles(make([]uint64, 0, openingWords), opening); len(sketch) >= sketchSize {
		for _, piece := range sketch[:sketchSize] {
			figures = (figures ^ fnv(piece)) * fnvPrime
		}
		t.found = append(t.found, int64(figures))
	}
	return t.found
}

// read folds the whole text, which only few items need.
func (t *tale) read() {
	if t.text != "" {
		return
	}
	t.keys()
	kicker, headline := cutKicker(t.headline)
	for _, word := range words(kicker, headline) {
		folded := Fold(word)
		if len(folded) >= 4 && strings.ToLower(word) != word && !strings.ContainsFunc(folded, unicode.IsDigit) {
			first, _, _ := strings.Cut(folded, " ")
			t.names = append(t.names, first)
		}
	}
	summary := Fold(cutAt(t.summary, maxTaleText))
	t.pieces = shingles(make([]uint64, 0, 1+strings.Count(summary, " ")), summary)
	t.text = t.kicker + " " + strings.Join(t.title, " ") + " " + summary
}

// words are the words of a headline without the marks around them.
func words(kicker, headline string) []string {
	out := strings.Fields(kicker + " " + headline)
	for i, word := range out {
		out[i] = strings.TrimFunc(word, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	}
	return out
}

// laender are the Länder an item is about, a bit each; 0 for none.
func (t *tale) laender() (bits int64) {
	for _, r := range t.regions {
		n, _ := strconv.Atoi(r.Key())
		bits |= 1 << n
	}
	return bits
}

// kreis is the number of the Kreis that all places of an item lie in, 0 if there
// is none such.
func (t *tale) kreis() (n int64) {
	for _, key := range t.places {
		if len(key) < 5 {
			return 0
		}
		k, err := strconv.ParseInt(key[:5], 10, 64)
		if err != nil || n != 0 && k != n {
			return 0
		}
		n = k
	}
	return n
}

// cutKicker splits a headline at its first colon, if that comes early, and drops
// the name of a site at its end.
func cutKicker(title string) (kicker, headline string) {
	if i := strings.LastIndex(title, " | "); i > len(title)/2 {
		title = title[:i]
	}
	kicker, headline, found := strings.Cut(title, ": ")
	if !found || len(kicker) > 40 || strings.TrimSpace(headline) == "" {
		return "", title
	}
	return kicker, headline
}

// articleLink is foldLink of an address that looks like that of one article, and
// "" for the address of a home page, a section or a search.
func articleLink(link string) string {
	folded := foldLink(link)
	path := folded[max(strings.IndexAny(folded, "/?"), 0):]
	last := path[strings.LastIndexByte(path, '/')+1:]
	if strings.Count(last, "-") < 2 && !strings.ContainsFunc(last, unicode.IsDigit) {
		return ""
	}
	return folded
}

// cutAt returns the first n bytes of s at most, whole words.
func cutAt(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:max(strings.LastIndexByte(s[:n], ' '), 0)]
}

// shingles are the hashes of all runs of words of a long folded text, each once, in
// order; none for a short one. They are put into out, as many words as it has room for.
func shingles[T string | []byte](out []uint64, folded T) []uint64 {
	word := fnv(fnvOffset)
	for i := range len(folded) {
		word = (word ^ fnv(folded[i])) * fnvPrime
		if folded[i] != ' ' {
			continue
		}
		if out, word = append(out, uint64(word)), fnvOffset; len(out) == cap(out) {
			break
		}
	}
	if word != fnvOffset {
		out = append(out, uint64((word^' ')*fnvPrime))
	}
	if len(out) < longText {
		return nil
	}
	runs := len(out) - shingleWords + 1
	for i := range runs {
		piece := fnv(fnvOffset)
		for _, h := range out[i : i+shingleWords] {
			piece = (piece ^ fnv(h)) * fnvPrime
			piece ^= piece >> 29
		}
		out[i] = uint64(piece)
	}
	slices.Sort(out[:runs])
	return slices.Compact(out[:runs])
}

// fnv is a hash FNV-1a under way.
type fnv uint64

const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

// words adds words to a hash, each with a space behind it.
func (h fnv) words(words ...string) fnv {
	for _, w := range words {
		for i := range len(w) {
			h = (h ^ fnv(w[i])) * fnvPrime
		}
		h = (h ^ ' ') * fnvPrime
	}
	return h
}

// same tells whether two items of different sources tell the same news.
func (t *tale) same(o *tale) bool {
	if t.source == o.source || t.apart(o) {
		return false
	}
	t.keys()
	o.keys()
	switch {
	case t.link != "" && t.link == o.link:
		return true
	case !slices.Equal(t.figures, o.figures), t.local && o.local && !t.near(o):
		return false // what two town halls say of themselves is not the same, word for word though it be
	}
	alike := 0.0
	if t.opensLike(o) {
		t.read()
		o.read()
		alike = t.alike(o)
	}
	switch {
	case alike >= mostlyAlike:
		return t.near(o) || !t.othersNamed(o)
	case len(t.title) < plainTitle:
		return false
	case slices.Equal(t.title, o.title):
		kickers := t.kicker == o.kicker || t.kicker == "" || o.kicker == ""
		return alike >= partlyAlike && !t.othersNamed(o) || kickers && (len(t.title) >= sureTitle || t.saysNoMore(o))
	}
	return alike >= partlyAlike && t.headlinesAlike(o) >= alikeHeadline && !t.othersNamed(o)
}

// apart tells whether two items cannot be in one story, whatever they say.
func (t *tale) apart(o *tale) bool { return t.at.Sub(o.at).Abs() > storySpan || t.elsewhere(o) }

// opensLike tells whether two long texts begin alike, so that it is worth comparing
// them.
func (t *tale) opensLike(o *tale) bool {
	a, b := t.found[t.sure:], o.found[o.sure:]
	return len(a) > 0 && slices.Equal(a, b)
}

// saysNoMore tells whether two texts are short and the same.
func (t *tale) saysNoMore(o *tale) bool {
	return len(t.found) == t.sure && len(o.found) == o.sure && Fold(t.summary) == Fold(o.summary)
}

// near tells whether two items are about one place, or one in the other.
func (t *tale) near(o *tale) bool {
	return slices.ContainsFunc(t.places, func(a string) bool {
		return slices.ContainsFunc(o.places, func(b string) bool { return strings.HasPrefix(a, b) || strings.HasPrefix(b, a) })
	})
}

// elsewhere tells whether two items are about different places, or Länder.
func (t *tale) elsewhere(o *tale) bool {
	if len(t.places) > 0 && len(o.places) > 0 && !t.near(o) {
		return true
	}
	return len(t.regions) > 0 && len(o.regions) > 0 &&
		!slices.ContainsFunc(t.regions, func(r aggregator.Region) bool { return slices.Contains(o.regions, r) })
}

// othersNamed tells whether each headline names something that the other item
// does not know at all: texts made of one mould differ so.
func (t *tale) othersNamed(o *tale) bool {
	unknown := func(a, b *tale) bool {
		return slices.ContainsFunc(a.names, func(name string) bool { return !strings.Contains(b.text, stem(name)) })
	}
	return unknown(t, o) && unknown(o, t)
}

// stem cuts the endings of German cases and plurals off a folded word.
func stem(word string) string {
	for _, ending := range [...]string{"en", "er", "es", "s", "n", "e"} {
		if rest, ok := strings.CutSuffix(word, ending); ok && len(rest) >= 4 {
			return rest
		}
	}
	return word
}

// alike is the share of the shorter text that is found in the longer one, 0 where
// one of them is too short to tell.
func (t *tale) alike(o *tale) float64 {
	a, b := t.pieces, o.pieces
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) == 0 {
		return 0
	}
	shared := 0
	for _, piece := range a {
		if _, ok := slices.BinarySearch(b, piece); ok {
			shared++
		}
	}
	return float64(shared) / float64(len(a))
}

// headlinesAlike is how many words two headlines share, of all they have.
func (t *tale) headlinesAlike(o *tale) float64 {
	shared := 0
	for _, word := range t.title {
		if slices.Contains(o.title, word) {
			shared++
		}
	}
	return float64(shared) / float64(max(len(t.title)+len(o.title)-shared, 1))
}
