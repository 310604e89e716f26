package classify

import (
	"fmt"
	"strconv"
	"strings"

	"laenderfeed/aggregator"
)

// place is a Gemeinde, Kreis, Regierungsbezirk, Gemeindeverband or Bezirk.
type place struct {
	key, name  string
	kind       aggregator.PlaceKind
	land       lands
	population int
	risky      bool // its name is also something else
}

// danger says what else a name is, and how much that weighs.
type danger struct {
	class dangerClass
	hard  bool // a preposition of place is not enough
}

// dangerClass says what else the name of a place is. Such a name counts only
// where the text treats it as a place.
type dangerClass uint8

const (
	safeName    dangerClass = iota
	wordName                // an ordinary word: Lage, Essen
	surname                 // Hagen, Fuchs
	riverName               // Elbe
	districtOf              // a landscape or the quarter of a larger town: Pommern, Mitte
	unsureState             // anything else the list names
)

func parseDanger(s string) dangerClass {
	switch s {
	case "wort":
		return wordName
	case "nachname", "vorname":
		return surname
	case "fluss":
		return riverName
	case "landschaft", "stadtteil":
		return districtOf
	}
	return unsureState
}

// unknownPopulation stands in where the data has none: most such places are
// small.
const unknownPopulation = 4000

// Populations from which a name is trusted more.
const (
	villageSize = 500
	smallTown   = 2_000 // from here on it has an adjective, which needs an office word
	townSize    = 8_000
	citySize    = 50_000
	metropolis  = 100_000
)

var placeColumns = []string{"kind", "key", "name", "short", "state", "population"}

// loadPlaces fills the lexicon with every name a place is known by.
func (c *Classifier) loadPlaces(dangers map[string]danger) error {
	byKey := make(map[string]int32, 14000)
	for _, file := range []string{"gazetteer.tsv", "places.tsv"} {
		rows, err := readTable(file, placeColumns...)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if err := c.loadPlace(r, dangers, byKey); err != nil {
				return fmt.Errorf("reading rules: %s:%d: %w", file, r.line, err)
			}
		}
	}
	c.placeOf = byKey
	return nil
}

func (c *Classifier) loadPlace(r row, dangers map[string]danger, byKey map[string]int32) error {
	land, ok := parseLands(r.cells[4])
	if !ok || !land.single() || land&allLands == 0 {
		return fmt.Errorf("unknown Land %q", r.cells[4])
	}
	name, short := r.cells[2], r.cells[3]
	if short == "" {
		short = name
	}
	p := place{key: r.cells[1], name: name, kind: aggregator.PlaceKind(r.cells[0]), land: land, population: unknownPopulation, risky: dangers[short].class != safeName}
	if p.kind == aggregator.Bezirk {
		p.population = 4 * citySize
	}
	if r.cells[5] != "" {
		n, err := strconv.Atoi(r.cells[5])
		if err != nil {
			return fmt.Errorf("population: %w", err)
		}
		p.population = n
	}
	ref, known := byKey[p.key]
	if !known {
		ref = int32(len(c.places))
		byKey[p.key] = ref
		c.places = append(c.places, p)
	}
	c.addPlaceNames(ref, name, short, dangers)
	return nil
}

// addPlaceNames adds the official name, the short one and the forms of both.
func (c *Classifier) addPlaceNames(ref int32, name, short string, dangers map[string]danger) {
	p := &c.places[ref]
	m := meaning{kind: namePlace, ref: ref, lands: p.land}
	full := m
	full.full, full.danger = name != short, dangers[name]
	c.lexicon.add(name, full)
	for _, v := range nameVariants(name) {
		c.lexicon.add(v, full)
	}
	m.danger = dangers[short]
	if short != name {
		c.lexicon.add(short, m)
	}
	m.form = formGenitive
	if g := genitive(short); g != "" {
		c.lexicon.add(g, m)
	}
	if p.kind == aggregator.Gemeinde && p.population >= smallTown && len(short) > 3 || p.kind == aggregator.Bezirk {
		m.form = formAdjective
		for _, a := range adjectives(short) {
			c.lexicon.add(a, m)
		}
	}
	if p.population >= citySize {
		if w := c.lexicon.known(short); w != 0 {
			c.lexicon.kickers[w] = true
		}
	}
}

// qualifiers are the usual ways to write what distinguishes a town from its
// namesakes.
var qualifiers = strings.NewReplacer(
	" an der ", " a.d. ", " am ", " a. ", " in der ", " i.d. ", " vor der ", " v.d. ", " im ", " i. ", " in ", " i. ", " bei ", " b. ",
	"(Westfalen)", "(Westf.)", "(Oldenburg)", "(Oldb)", "(Württemberg)", "(Württ.)", "Sankt ", "St. ")

// nameVariants returns other spellings of an official name.
func nameVariants(name string) []string {
	if strings.IndexByte(name, ' ') < 0 {
		return nil
	}
	var vs []string
	if v := qualifiers.Replace(name); v != name {
		vs = append(vs, v)
	}
	if strings.HasPrefix(name, "St. ") {
		vs = append(vs, "Sankt "+name[4:])
	}
	if strings.HasPrefix(name, "Landkreis ") {
		vs = append(vs, "Kreis "+name[10:])
	} else if strings.HasPrefix(name, "Kreis ") {
		vs = append(vs, "Landkreis "+name[6:])
	}
	return vs
}
