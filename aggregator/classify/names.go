package classify

import (
	"fmt"
	"strings"

	"laenderfeed/aggregator"
)

func badRow(file string, r row, what string) error {
	return fmt.Errorf("reading rules: %s:%d: unknown %s", file, r.line, what)
}

// loadDanger reads the names that are also something else.
func loadDanger() (map[string]danger, error) {
	rows, err := readTable("danger.tsv", "name", "class", "strength")
	if err != nil {
		return nil, err
	}
	dangers := make(map[string]danger, len(rows))
	for _, r := range rows {
		dangers[r.cells[0]] = danger{parseDanger(r.cells[1]), r.cells[2] == "hard"}
	}
	return dangers, nil
}

// loadStates reads the forms of the names of the Länder.
func (c *Classifier) loadStates() error {
	const file = "states.tsv"
	rows, err := readTable(file, "codes", "form", "kind")
	if err != nil {
		return err
	}
	for n, r := range rows {
		set, ok := parseLands(r.cells[0])
		if !ok {
			return badRow(file, r, "Land")
		}
		m := meaning{kind: nameLand, lands: set, ref: int32(n)}
		exact := false
		switch r.cells[2] {
		case "name", "beiname":
		case "adjektiv", "einwohner":
			m.form = formAdjective
		case "kürzel":
			m.form, exact = formCode, true
		case "organ":
			m.kind = nameBody
		case "vage":
			m.kind, m.full = nameBody, true
		default:
			return badRow(file, r, "kind")
		}
		for _, form := range expand(r.cells[1]) {
			c.addState(form, m, r.cells[2], exact)
		}
	}
	return nil
}

func (c *Classifier) addState(form string, m meaning, kind string, exact bool) {
	switch {
	case exact:
		c.lexicon.addExact(form, m)
		return
	case kind == "name" && strings.HasSuffix(form, "s"):
		if c.lexicon.known(strings.TrimSuffix(form, "s")) != 0 {
			m.form = formGenitive
		}
	}
	c.lexicon.add(form, m)
	if w := c.lexicon.known(form); w != 0 && kind == "name" && m.form == formBase {
		c.lexicon.kickers[w] = true
	}
}

// loadInstitutions reads the bodies with a known Land, and the Bund's.
func (c *Classifier) loadInstitutions(own []Institution) error {
	const file = "institutions.tsv"
	rows, err := readTable(file, "name", "label", "kind")
	if err != nil {
		return err
	}
	replaced := ownNames(own)
	for n, r := range rows {
		set, ok := parseLands(r.cells[1])
		if !ok {
			return badRow(file, r, "label "+r.cells[1])
		}
		c.addInstitution(r.cells[0], set, int32(n), bodyWeight(r.cells[2]), replaced)
	}
	c.addInstitutions(own, int32(len(rows)))
	return nil
}

// addInstitution adds a name, an acronym only as it is written. Forms that are
// replaced are left out.
func (c *Classifier) addInstitution(name string, set lands, ref int32, weight float32, replaced map[string]bool) {
	m := meaning{kind: nameInstitution, lands: set, ref: ref, weight: weight}
	for _, form := range expand(name) {
		if replaced[strings.ToLower(form)] {
			continue
		}
		if acronym(form) || form[0] >= 'a' && form[0] <= 'z' {
			c.lexicon.addExact(form, m)
			continue
		}
		c.lexicon.add(form, m)
		if g := genitive(form); g != "" && !strings.Contains(form, " ") {
			c.lexicon.add(g, m)
		}
	}
}

// bodyWeight returns what the name of an institution weighs. A town may well act
// on a federal law, and a neighbour be named for comparison.
func bodyWeight(kind string) float32 {
	switch kind {
	case "gesetz":
		return 0.6
	case "ausland", "eu":
		return 0.8
	case "programm", "portal":
		return 1.2
	}
	return 1.5
}

// acronym tells whether a name is short and has no more than one small letter
// beside its capitals.
func acronym(s string) bool {
	return len(s) <= 6 && !strings.ContainsRune(s, ' ') && s != strings.ToLower(s) && s[1:] != strings.ToLower(s[1:])
}

func (c *Classifier) loadRegions() error {
	const file = "regions.tsv"
	rows, err := readTable(file, "name", "codes")
	if err != nil {
		return err
	}
	for n, r := range rows {
		set, ok := parseLands(r.cells[1])
		if !ok {
			return badRow(file, r, "Land")
		}
		c.addRegion(r.cells[0], set, int32(n))
	}
	return nil
}

// addRegion adds a landscape; a name that ends in a star is the stem of its
// adjective.
func (c *Classifier) addRegion(name string, set lands, ref int32) {
	m := meaning{kind: nameRegion, lands: set, ref: ref, full: namesTwo(name, set)}
	if stem, ok := strings.CutSuffix(name, "*"); ok {
		m.form = formAdjective
		for _, ending := range []string{"", "e", "en", "er", "es", "em"} {
			c.lexicon.add(stem+ending, m)
		}
		return
	}
	for _, form := range expand(name) {
		c.lexicon.add(form, m)
		if g := genitive(form); g != "" {
			m.form = formGenitive
			c.lexicon.add(g, m)
			m.form = formBase
		}
	}
}

// loadBynames reads by-names, irregular adjectives and rivers.
func (c *Classifier) loadBynames() error {
	const file = "bynames.tsv"
	rows, err := readTable(file, "name", "label", "kind")
	if err != nil {
		return err
	}
	for n, r := range rows {
		m := meaning{kind: nameByname, ref: -1 - int32(n)}
		if r.cells[2] == "fluss" {
			m.kind = nameRiver
		}
		if r.cells[2] == "nichts" {
			m.kind = nameNothing
			for _, form := range expand(r.cells[0]) {
				c.lexicon.add(form, m)
			}
			continue
		}
		for label := range strings.SplitSeq(r.cells[1], ",") {
			set, ok := parseLands(label)
			if land := landBit(aggregator.LandOfKey(label)); !ok && land != 0 {
				if ref, known := c.placeOf[label]; known {
					m.ref = ref
				} else if len(label) > 2 {
					return badRow(file, r, "key "+label)
				}
				set, ok = land, true
			}
			if !ok {
				return badRow(file, r, "label "+label)
			}
			m.lands |= set
		}
		if !m.lands.single() {
			m.ref = -1 - int32(n)
		}
		for _, form := range expand(r.cells[0]) {
			c.lexicon.add(form, m)
			if g := genitive(form); g != "" && m.form == formBase {
				c.lexicon.add(g, m)
			}
		}
	}
	return nil
}

// loadDemonyms reads adjectives and names of inhabitants that no rule forms.
func (c *Classifier) loadDemonyms() error {
	const file = "demonyms.tsv"
	rows, err := readTable(file, "form", "key")
	if err != nil {
		return err
	}
	for _, r := range rows {
		ref, ok := c.placeOf[r.cells[1]]
		if !ok {
			return badRow(file, r, "key "+r.cells[1])
		}
		c.lexicon.add(r.cells[0], meaning{kind: namePlace, form: formAdjective, ref: ref, lands: c.places[ref].land, listed: true})
	}
	return nil
}

// namesTwo tells whether the name of a landscape has the names of two of its
// Länder in it.
func namesTwo(name string, set lands) bool {
	n := 0
	set.each(func(i int) {
		if i < landCount && strings.Contains(foldHost.Replace(strings.ToLower(name)), string(landTable[i])) {
			n++
		}
	})
	return n >= 2
}

// addSurname remembers whose surname may be the prefix of a headline:
// "Schubert: ...". One that office holders of two Länder share says nothing.
func (c *Classifier) addSurname(name string, set lands) {
	first, last, ok := strings.Cut(name, " ")
	if !ok || set&allLands == 0 || first == "" || strings.Contains(last, " ") {
		return
	}
	w := c.lexicon.word(strings.ToLower(last))
	if old, known := c.surnames[w]; known && old != set {
		set = 0
	}
	c.surnames[w] = set
}

// loadPersons reads who holds or held an office of a Land or of the Bund. The
// years are for the reader of the file: items carry no date here.
func (c *Classifier) loadPersons() error {
	const file = "officeholders.tsv"
	rows, err := readTable(file, "name", "label", "office", "from", "to")
	if err != nil {
		return err
	}
	for n, r := range rows {
		set, ok := parseLands(r.cells[1])
		if !ok {
			return badRow(file, r, "label "+r.cells[1])
		}
		m := meaning{kind: namePerson, lands: set, ref: int32(n)}
		for _, form := range expand(r.cells[0]) {
			c.lexicon.add(form, m)
			c.addSurname(form, set)
		}
	}
	return nil
}

// loadHosts reads the hosts of publishers and regional newspapers, and writes
// the names of Länder, cities and Kreise as hosts do.
func (c *Classifier) loadHosts() (err error) {
	if c.hosts, err = readHosts("hosts.tsv"); err != nil {
		return err
	}
	if c.press, err = readHosts("press.tsv"); err != nil {
		return err
	}
	c.hostNames = make(map[string]lands, 2000)
	for i := range c.places {
		p := &c.places[i]
		if p.population < 20_000 && p.kind == aggregator.Gemeinde || p.risky && p.population < citySize {
			continue
		}
		name := foldHost.Replace(strings.ToLower(shortName(p.name)))
		if len(name) > 3 && !strings.Contains(name, "-") {
			c.hostNames[name] |= p.land
		}
	}
	for name, set := range c.hostNames {
		if !set.single() {
			delete(c.hostNames, name)
		}
	}
	for _, land := range aggregator.Laender() {
		for part := range strings.SplitSeq(string(land), "-") {
			if len(part) > 5 && part != "anhalt" && part != "westfalen" {
				c.hostNames[part] = landBit(land)
			}
		}
	}
	c.hostNames["sachsen"] = landBit(aggregator.Sachsen)
	c.hostNames["nrw"] = landBit(aggregator.NordrheinWestfalen)
	return nil
}

// shortName takes qualifiers and the word Kreis from an official name.
func shortName(name string) string {
	for _, head := range []string{"Landkreis ", "Kreis "} {
		name = strings.TrimPrefix(name, head)
	}
	name, _, _ = strings.Cut(name, " (")
	for _, tail := range []string{" am ", " an der ", " in ", " im ", " bei ", " vor der ", "/"} {
		name, _, _ = strings.Cut(name, tail)
	}
	return name
}

func readHosts(file string) (map[string]lands, error) {
	rows, err := readTable(file, "host", "label")
	if err != nil {
		return nil, err
	}
	hosts := make(map[string]lands, len(rows))
	for _, r := range rows {
		set, ok := parseLands(r.cells[1])
		if !ok {
			return nil, badRow(file, r, "label "+r.cells[1])
		}
		hosts[r.cells[0]] = set
	}
	return hosts, nil
}
