package classify

import (
	"fmt"
	"slices"
	"strings"

	"laenderfeed/aggregator"
)

// ownNames returns the names of own institutions in small letters.
func ownNames(own []Institution) map[string]bool {
	names := make(map[string]bool)
	for _, in := range own {
		for _, name := range append([]string{in.Name}, in.Names...) {
			if formsOf(name) > maxForms {
				continue // a fault, noted later
			}
			for _, form := range expand(name) {
				names[strings.ToLower(form)] = true
			}
		}
	}
	return names
}

// addInstitutions takes in the institutions of the configuration. ref is the
// number of the first.
func (c *Classifier) addInstitutions(own []Institution, ref int32) {
	for i, in := range own {
		set := lands(0)
		for _, r := range in.Regions {
			set |= landBit(r)
		}
		if in.Name == "" {
			c.wrong(`write name = "…"`, fmt.Sprintf("institution[%d]", i), "the institution has no name")
			continue
		}
		if set == 0 {
			c.wrong(`write states = ["NW"], or "bund"`, fmt.Sprintf("institution[%d]", i), "the institution %q speaks for no Land", in.Name)
			continue
		}
		for _, name := range append([]string{in.Name}, in.Names...) {
			if strings.ContainsFunc(name, isWordRune) && formsOf(name) <= maxForms { // else checkName says so
				c.addInstitution(name, set, ref+int32(i), bodyWeight(""), nil)
			}
		}
	}
}

// kindOf returns the kind of place that has a key, or "" where no key is so
// long.
func kindOf(key string) aggregator.PlaceKind {
	switch len(key) {
	case 3:
		return aggregator.Regierungsbezirk
	case 5:
		return aggregator.Kreis
	case 8:
		return aggregator.Gemeinde
	case 9:
		return aggregator.Gemeindeverband
	case 11:
		return aggregator.Bezirk
	}
	return ""
}

// addPlaces takes in the places of the configuration, and the corrections.
func (c *Classifier) addPlaces(own []Place, dangers map[string]danger) {
	for i, o := range own {
		key := fmt.Sprintf("place[%d]", i)
		ref, known := c.placeOf[o.Key]
		kind := kindOf(o.Key)
		switch land := landBit(aggregator.LandOfKey(o.Key)); {
		case land == 0:
			c.wrong("the first two digits are those of the Land, 01 (SH) to 16 (TH)", key+".key", "no Land has a key %q", o.Key)
			continue
		case kind == "":
			c.wrong("8 digits (Gemeinde), 5 (Kreis), 3 (Regierungsbezirk) or 9 (Verband)", key+".key", "no place has a key of %d characters", len(o.Key))
			continue
		case known && o.Name == "" && len(o.Names) == 0 && o.Population == 0:
			c.wrong("", key, "nothing is said about the place %s", o.Key)
			continue
		case !known && o.Name == "":
			c.wrong(`write name = "…"`, key, "the place %s is new and has no name", o.Key)
			continue
		case !known:
			ref = int32(len(c.places))
			c.placeOf[o.Key] = ref
			c.places = append(c.places, place{key: o.Key, name: o.Name, kind: kind, land: land, population: unknownPopulation})
		}
		c.correct(&c.places[ref], o)
		for _, name := range append([]string{o.Name}, o.Names...) {
			if strings.ContainsFunc(name, isWordRune) { // else checkName says so
				c.addPlaceNames(ref, name, name, dangers)
			}
		}
	}
}

// correct changes a place to what the configuration says.
func (c *Classifier) correct(p *place, o Place) {
	if o.Name != "" {
		p.name = o.Name
	}
	if o.Kind != "" {
		p.kind = o.Kind
	}
	if o.Population > 0 {
		p.population = o.Population
	}
}

// checkNames looks up each name that the configuration adds: one that means
// something else to the classifier, or is never found, is a mistake.
func (c *Classifier) checkNames(cfg Config) {
	for i, o := range cfg.Places {
		ref, ok := c.placeOf[o.Key]
		if !ok {
			continue
		}
		c.checkName(o.Name, fmt.Sprintf("place[%d].name", i), func(m meaning) bool { return m.kind == namePlace && m.ref == ref })
		for k, name := range o.Names {
			c.checkName(name, fmt.Sprintf("place[%d].names[%d]", i, k), func(m meaning) bool { return m.kind == namePlace && m.ref == ref })
		}
	}
	for i, in := range cfg.Institutions {
		is := func(m meaning) bool { return m.kind == nameInstitution }
		c.checkName(in.Name, fmt.Sprintf("institution[%d].name", i), is)
		for k, name := range in.Names {
			c.checkName(name, fmt.Sprintf("institution[%d].names[%d]", i, k), is)
		}
	}
}

// checkName notes a fault for a name that is not found, or not taken for what
// it is meant to be.
func (c *Classifier) checkName(name, key string, is func(meaning) bool) {
	if name == "" || slices.ContainsFunc(c.faults, func(e *RuleError) bool { return strings.HasPrefix(key, e.Key) }) {
		return
	}
	if formsOf(name) > maxForms {
		c.wrong("", key, "%q stands for more than %d forms", name, maxForms)
		return
	}
	for _, form := range expand(name) {
		f := fieldScan{text: form, tokens: c.lexicon.tokenize(form, nil)}
		if len(f.tokens) == 0 {
			c.wrong("", key, "%q holds no word and can never occur", form)
			return
		}
		ms, n := c.lexicon.find(form, f.tokens, 0)
		if n < len(f.tokens) {
			c.wrong("names hold no commas, colons or ends of sentences, and begin with a capital", key, "%q can never be found in a text", form)
			return
		}
		var m mention
		m.n = int32(n)
		m.choose(&c.lexicon, &f, ms)
		if !slices.ContainsFunc(m.meanings, func(x meaning) bool { return x.kind == m.kind && is(x) }) {
			c.wrong("give a name that is its own", key, "%q can never match: it is the name of %s already", form, m.kind.describe())
			return
		}
	}
}

// describe says for people what a kind of name names.
func (k nameKind) describe() string {
	switch k {
	case nameLand, nameBody:
		return "a Land or its parliament or government"
	case nameInstitution:
		return "an institution"
	case nameRegion:
		return "a landscape"
	case namePlace:
		return "another place"
	}
	return "something else"
}
