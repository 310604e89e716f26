package classify

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"laenderfeed/aggregator"
)

// Place returns the place with an official key: a Gemeinde, Kreis,
// Regierungsbezirk, Gemeindeverband, or a Bezirk of Berlin or Hamburg.
func (c *Classifier) Place(key string) (aggregator.Place, bool) {
	i, ok := c.placeOf[key]
	if !ok {
		return aggregator.Place{}, false
	}
	return c.place(i), true
}

func (c *Classifier) place(i int32) aggregator.Place {
	p := &c.places[i]
	return aggregator.Place{Key: p.key, Name: p.name, Kind: p.kind}
}

// PlacesIn returns the places of the next smaller kinds inside an area, sorted by
// kind and name: of a Land (two digits) and of a Regierungsbezirk the Kreise, of a
// Land with Regierungsbezirke these; of a Kreis the Gemeinden and
// Gemeindeverbände; of Berlin and Hamburg the Bezirke. It is nil for all others.
func (c *Classifier) PlacesIn(key string) []aggregator.Place {
	var found []aggregator.Place
	for i := range c.places {
		p := &c.places[i]
		if len(p.key) > len(key) && strings.HasPrefix(p.key, key) && inside(len(key), p.kind) {
			found = append(found, c.place(int32(i)))
		}
	}
	if len(key) == 2 && slices.ContainsFunc(found, func(p aggregator.Place) bool { return p.Kind == aggregator.Regierungsbezirk }) {
		found = slices.DeleteFunc(found, func(p aggregator.Place) bool { return p.Kind == aggregator.Kreis })
	}
	folded := make(map[string]string, len(found))
	for _, p := range found {
		folded[p.Key] = foldName(p.Name)
	}
	slices.SortFunc(found, func(a, b aggregator.Place) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(folded[a.Key], folded[b.Key]), cmp.Compare(a.Key, b.Key))
	})
	return found
}

// inside tells whether places of a kind are what an area with a key of so many
// digits is divided into.
func inside(digits int, k aggregator.PlaceKind) bool {
	switch digits {
	case 2:
		return k == aggregator.Regierungsbezirk || k == aggregator.Kreis
	case 3:
		return k == aggregator.Kreis
	case 5:
		return k == aggregator.Gemeinde || k == aggregator.Gemeindeverband
	case 8:
		return k == aggregator.Bezirk
	}
	return false
}

// placeNames finds places by name. It is made at the first search, in some 20 ms,
// and takes about 1 MB.
type placeNames struct {
	once sync.Once
	own  []Place // from the configuration
	list []placeName
	err  error
}

// placeName is a name of a place. Sorted by name, the list is searched for exact
// names and beginnings; the set of letters rules most names out before their
// spelling is compared.
type placeName struct {
	name     string // folded
	place    int32
	letters  uint32
	standing standing
}

// standing is how good a name is for a place.
type standing uint8

const (
	officialName standing = iota
	otherName             // short, former, with a title
	shortOfArea           // of a Kreis or Regierungsbezirk: its towns have it too
	standings
)

// maxPlaceQuery is how long a name may be to be looked for, in bytes. The longest
// there is has some 70.
const maxPlaceQuery = 128

// FindPlaces returns up to n places that a name may stand for: those of exactly
// this name, then those whose name begins with it, then those that have it as a
// later word, then those a typing error or two away. Among these, official names
// go before others, and then the larger place first. Umlauts may be transcribed or
// not (ue is ü, ss is ß), case and punctuation do not count, and a key finds its
// place. A Kreis that is one town is left out for the town.
func (c *Classifier) FindPlaces(name string, n int) []aggregator.Place {
	if n <= 0 || len(name) > maxPlaceQuery {
		return nil
	}
	if p, ok := c.Place(strings.TrimSpace(name)); ok {
		return []aggregator.Place{p}
	}
	query := foldName(name)
	if query == "" {
		return nil
	}
	c.names.once.Do(func() { c.names.err = c.names.load(c) })
	if c.names.err != nil { // the same tables were read by New
		return nil
	}
	hits := c.names.search(query, n)
	found := make([]aggregator.Place, 0, min(n, len(hits)))
	for _, h := range c.sorted(hits) {
		if len(found) == n {
			break
		}
		if !c.isTown(h.place) {
			found = append(found, c.place(h.place))
		}
	}
	return found
}

// nameHit is a place found by one of its names. Lower ranks are better.
type nameHit struct {
	place int32
	rank  int
}

// The ranks of hits, to which the standing of the name is added, and for each
// error in its spelling another step.
const (
	rankStep   = int(standings)
	rankExact  = 0
	rankPrefix = 1 * rankStep
	rankWord   = 2 * rankStep
	rankClose  = 3 * rankStep
)

// search returns all exact hits and hits by beginning, and the others unless n
// places are certain without them.
func (x *placeNames) search(query string, n int) []nameHit {
	first, _ := slices.BinarySearchFunc(x.list, query, func(p placeName, q string) int { return cmp.Compare(p.name, q) })
	var hits []nameHit
	for _, p := range x.list[first:] {
		if !strings.HasPrefix(p.name, query) {
			break
		}
		rank := rankPrefix
		if len(p.name) == len(query) {
			rank = rankExact
		}
		hits = append(hits, p.hit(rank))
	}
	const names = 8 // that one place has, at most, and a Kreis for each town
	if len(hits) >= names*n {
		return hits
	}
	errors, letters := allowedErrors(query), letterSet(query)
	if slices.ContainsFunc(hits, func(h nameHit) bool { return h.rank < rankPrefix }) {
		errors = min(errors, 1) // Munster may be meant for Münster, München is not for Jüchen
	}
	var rows [2][maxPlaceQuery + 1]int
	for i := range x.list {
		p := &x.list[i]
		if strings.HasPrefix(p.name, query) {
			continue
		}
		if at := strings.Index(p.name, query); at > 0 && p.name[at-1] == ' ' {
			hits = append(hits, p.hit(rankWord))
			continue
		}
		if bits.OnesCount32(p.letters&^letters) > errors || bits.OnesCount32(letters&^p.letters) > errors {
			continue
		}
		if d := spelling(query, p.name, errors, &rows); d <= errors {
			hits = append(hits, p.hit(rankClose+d*rankStep))
		}
	}
	return hits
}

func (p *placeName) hit(rank int) nameHit { return nameHit{p.place, rank + int(p.standing)} }

// sorted returns the best hit of each place, best first.
func (c *Classifier) sorted(hits []nameHit) []nameHit {
	slices.SortFunc(hits, func(a, b nameHit) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(c.places[b.place].population, c.places[a.place].population),
			cmp.Compare(c.places[a.place].key, c.places[b.place].key))
	})
	seen := make(map[int32]bool, len(hits))
	return slices.DeleteFunc(hits, func(h nameHit) bool {
		again := seen[h.place]
		seen[h.place] = true
		return again
	})
}

// isTown tells whether a place is a Kreis that consists of one town of that name.
func (c *Classifier) isTown(i int32) bool {
	p := &c.places[i]
	town, ok := c.placeOf[p.key+"000"]
	return ok && p.kind == aggregator.Kreis && c.places[town].name == p.name
}

// load reads the names of places once more: nothing else needs them whole.
func (x *placeNames) load(c *Classifier) error {
	x.list = make([]placeName, 0, 30_000)
	for _, file := range []string{"gazetteer.tsv", "places.tsv"} {
		rows, err := readTable(file, placeColumns...)
		if err != nil {
			return fmt.Errorf("reading names of places: %w", err)
		}
		for _, r := range rows {
			i, ok := c.placeOf[r.cells[1]]
			if !ok {
				continue
			}
			x.add(c, i, r.cells[2], otherName)
			if kind := c.places[i].kind; kind == aggregator.Kreis || kind == aggregator.Regierungsbezirk {
				x.add(c, i, r.cells[3], shortOfArea)
			} else {
				x.add(c, i, r.cells[3], otherName)
			}
		}
	}
	for _, p := range x.own {
		if i, ok := c.placeOf[p.Key]; ok {
			for _, name := range append([]string{p.Name}, p.Names...) {
				x.add(c, i, name, otherName)
			}
		}
	}
	slices.SortFunc(x.list, func(a, b placeName) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.place, b.place), cmp.Compare(a.standing, b.standing))
	})
	x.list = slices.Clone(slices.CompactFunc(x.list, func(a, b placeName) bool { return a.name == b.name && a.place == b.place }))
	return nil
}

// add enters a name and its other spellings.
func (x *placeNames) add(c *Classifier, i int32, name string, st standing) {
	if name == c.places[i].name {
		st = officialName
	}
	for _, v := range append([]string{name}, nameVariants(name)...) {
		if f := foldName(v); f != "" && len(f) <= maxPlaceQuery {
			x.list = append(x.list, placeName{f, i, letterSet(f), st})
		}
	}
}

// foldName brings a name into the form in which names are compared: small
// letters, umlauts transcribed, other accents dropped, and one blank for anything
// that is neither letter nor digit.
func foldName(s string) string {
	b := make([]byte, 0, len(s)+4)
	for _, r := range s {
		switch r = unicode.ToLower(r); {
		case r == 'ä' || r == 'ö' || r == 'ü' || r == 'ß':
			b = append(b, umlauts[r]...)
		case r == '\u0308': // combining diaeresis
			b = append(b, 'e')
		case r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			b = append(b, byte(r))
		case accents[r] != 0:
			b = append(b, accents[r])
		case unicode.Is(unicode.Mn, r):
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b = utf8.AppendRune(b, r)
		case len(b) > 0 && b[len(b)-1] != ' ':
			b = append(b, ' ')
		}
	}
	return strings.TrimSuffix(string(b), " ")
}

// umlauts is read-only, as is accents, which has the letters of Sorbian and of
// the neighbours' languages.
var (
	umlauts = map[rune]string{'ä': "ae", 'ö': "oe", 'ü': "ue", 'ß': "ss"}
	accents = map[rune]byte{
		'á': 'a', 'à': 'a', 'â': 'a', 'å': 'a', 'ą': 'a', 'č': 'c', 'ć': 'c', 'ç': 'c', 'é': 'e', 'è': 'e', 'ê': 'e', 'ě': 'e', 'ë': 'e', 'ę': 'e',
		'í': 'i', 'ł': 'l', 'ń': 'n', 'ó': 'o', 'ô': 'o', 'ø': 'o', 'ř': 'r', 'ŕ': 'r', 'š': 's', 'ś': 's', 'ú': 'u', 'ů': 'u', 'ý': 'y', 'ž': 'z', 'ź': 'z', 'ż': 'z',
	}
)

// letterSet returns the letters of a folded name as bits. Digits and foreign
// letters share the bits that are left.
func letterSet(s string) (set uint32) {
	for i := range len(s) {
		switch b := s[i]; {
		case 'a' <= b && b <= 'z':
			set |= 1 << (b - 'a')
		case b != ' ':
			set |= 1 << (26 + b%6)
		}
	}
	return set
}

// allowedErrors is how many typing errors a name may have to be found.
func allowedErrors(query string) int {
	switch n := len(query); {
	case n < 3:
		return 0
	case n < 6:
		return 1
	case n < 12:
		return 2
	}
	return 3
}

// spelling returns the Levenshtein distance of two names, or a larger number than
// most if it is that large. Both are at most maxPlaceQuery bytes.
func spelling(a, b string, most int, rows *[2][maxPlaceQuery + 1]int) int {
	if len(a)-len(b) > most || len(b)-len(a) > most {
		return most + 1
	}
	old, row := rows[0][:len(b)+1], rows[1][:len(b)+1]
	for j := range old {
		old[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		least := row[0]
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(old[j]+cost, old[j+1]+1, row[j]+1)
			least = min(least, row[j+1])
		}
		if least > most {
			return most + 1
		}
		old, row = row, old
	}
	return old[len(b)]
}
