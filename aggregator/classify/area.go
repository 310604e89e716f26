package classify

import (
	"fmt"
	"slices"
	"strings"

	"laenderfeed/aggregator"
)

// Area is a region of the configuration: a set of places and Länder that has a
// feed of its own. An item that is about one of its places (or about one inside
// of its Kreise), about one of its Länder, or that names the region while it is
// about a Land the region lies in, gets its slug among Labels.Regions, behind
// the Länder.
type Area struct {
	Slug   aggregator.Region
	Name   string
	Places []string            `json:",omitempty"` // names as in the data, or official keys
	States []aggregator.Region `json:",omitempty"`
}

// area is an Area with its places found.
type area struct {
	slug  aggregator.Region
	keys  []string
	lands lands // all of which is the region's
	reach lands // in which some of it lies
}

// namedArea is an occurrence of the name of an own region.
type namedArea struct {
	area   int
	reason aggregator.Reason
}

// plainName takes from a name what would mean something in a pattern. It is
// read-only.
var plainName = strings.NewReplacer("=", " ", `"`, " ", "*", " ", "{", " ", "}", " ")

// addAreas takes in the regions of the configuration.
func (c *Classifier) addAreas(own []Area) {
	for i, o := range own {
		key := fmt.Sprintf("region[%d]", i)
		a := area{slug: o.Slug}
		for _, land := range o.States {
			a.lands |= landBit(land) & allLands
		}
		for k, name := range o.Places {
			a.keys = append(a.keys, c.keysOf(name, fmt.Sprintf("%s.places[%d]", key, k))...)
		}
		a.reach = a.lands
		for _, k := range a.keys {
			a.reach |= landBit(aggregator.LandOfKey(k))
		}
		if len(o.Places) == 0 && a.lands == 0 {
			c.wrong("a region has places = [...], states = [...] or both", key, "region %q can never match: nothing belongs to it", o.Slug)
		}
		if ps, msg := c.compile(plainName.Replace(o.Name)); msg == "" {
			c.own.index(ps, ownRef{role: roleName, of: len(c.own.areas)})
		}
		c.own.areas = append(c.own.areas, a)
	}
}

// keysOf finds the place that a configuration names. It notes a fault where
// there is none or more than one.
func (c *Classifier) keysOf(name, key string) []string {
	if name != "" && strings.Trim(name, "0123456789-") == "" {
		if _, ok := c.placeOf[name]; ok {
			return []string{name}
		}
		c.wrong("keys have 8 digits (Gemeinde), 5 (Kreis) or 3 (Regierungsbezirk); whole Länder belong into states", key, "no place has the key %q", name)
		return nil
	}
	refs := c.placesNamed(name)
	switch len(refs) {
	case 1:
		return []string{c.places[refs[0]].key}
	case 0:
		hint := "the official name, or the key of the place"
		if near := c.FindPlaces(name, 3); len(near) > 0 {
			hint = "did you mean " + list(near) + "?"
		}
		c.wrong(hint, key, "there is no place %q", name)
	default:
		c.wrong("write the key of the one you mean: "+c.listed(refs), key, "%q is the name of %d places", name, len(refs))
	}
	return nil
}

// placesNamed returns the places that a name can mean: those officially called
// so, else all that go by it. A city that is a Kreis of its own is that Kreis,
// which holds the city.
func (c *Classifier) placesNamed(name string) []int32 {
	var refs []int32
	for _, m := range c.lexicon.meanings(name) {
		if m.kind == namePlace && m.form == formBase && !slices.Contains(refs, m.ref) {
			refs = append(refs, m.ref)
		}
	}
	called := slices.DeleteFunc(slices.Clone(refs), func(ref int32) bool { return !strings.EqualFold(c.places[ref].name, name) })
	if len(called) > 0 {
		refs = called
	}
	all := slices.Clone(refs)
	return slices.DeleteFunc(refs, func(ref int32) bool {
		kreis, ok := strings.CutSuffix(c.places[ref].key, "000")
		return ok && slices.ContainsFunc(all, func(other int32) bool { return c.places[other].key == kreis })
	})
}

// meanings returns what a name means, however it is capitalised.
func (l *lexicon) meanings(name string) []meaning {
	words := splitWords(strings.ToLower(name), nil)
	if len(words) == 0 {
		return nil
	}
	n := l.root[l.words.number([]byte(words[0]))]
	for _, w := range words[1:] {
		number := l.words.number([]byte(w))
		if n == 0 || number == 0 {
			return nil
		}
		n = l.edges[uint64(n)<<32|uint64(number)]
	}
	return l.nodes[n].meanings
}

// listed names some of the places, with their keys.
func (c *Classifier) listed(refs []int32) string {
	const most = 6
	var places []aggregator.Place
	for _, ref := range refs[:min(len(refs), most)] {
		places = append(places, c.place(ref))
	}
	if len(refs) > most {
		return list(places) + " or another"
	}
	return list(places)
}

func list(places []aggregator.Place) string {
	names := make([]string, len(places))
	for i, p := range places {
		names[i] = fmt.Sprintf("%q (%s)", p.Key, p.Name)
	}
	return strings.Join(names, " or ")
}

// addAreaLabels adds the own regions of an item that is about Länder.
func (c *Classifier) addAreaLabels(s *scratch, l *aggregator.Labels, given lands) {
	for i := range c.own.areas {
		a := &c.own.areas[i]
		if r, ok := a.reason(i, s, l, given); ok {
			r.Label, r.Rule = string(a.slug), ruleArea
			l.Regions = append(l.Regions, a.slug)
			l.Reasons = append(l.Reasons, r)
		}
	}
}

// reason returns the best reason to label an item with the region: one for a
// place or Land of it, else its name.
func (a *area) reason(index int, s *scratch, l *aggregator.Labels, given lands) (best aggregator.Reason, ok bool) {
	consider := func(r aggregator.Reason) {
		if !ok || r.Weight > best.Weight {
			best, ok = r, true
		}
	}
	for _, r := range l.Reasons {
		if a.holds(r.Label, l) {
			consider(r)
		}
	}
	if ok || a.reach&given == 0 {
		return best, ok
	}
	for _, n := range s.named {
		if n.area == index {
			consider(n.reason)
		}
	}
	return best, ok
}

// holds tells whether a label is a Land of the region, or a place in it.
func (a *area) holds(label string, l *aggregator.Labels) bool {
	if land, ok := aggregator.ParseRegion(label); ok {
		return a.lands&landBit(land) != 0
	}
	return slices.ContainsFunc(a.keys, func(key string) bool { return strings.HasPrefix(label, key) }) &&
		slices.ContainsFunc(l.Places, func(p aggregator.Place) bool { return p.Key == label })
}
