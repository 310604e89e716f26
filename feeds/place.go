package feeds

import (
	"net/url"
	"slices"
	"strings"

	"laenderfeed/aggregator"
)

// placeRoot is the first segment of the URLs of places.
const placeRoot = "ort"

// PlaceSearch is the path of the page that finds places by name.
const PlaceSearch = "/" + placeRoot

// Place returns the place with a key; ok is false if there is none, or none with
// a key that can stand in a URL: digits, of a Bezirk with a hyphen and two more.
func (v *Vocabulary) Place(key string) (p aggregator.Place, ok bool) {
	rest := strings.TrimLeft(key, "0123456789")
	if len(key)-len(rest) == 8 && len(rest) == 3 && rest[0] == '-' {
		rest = strings.TrimLeft(rest[1:], "0123456789")
	}
	if v.places == nil || rest != "" {
		return p, false
	}
	return v.places.Place(key)
}

// Town returns the Gemeinde that a Kreis consists of, if it is one town of the
// same name; ok is false for all other places.
func (v *Vocabulary) Town(p aggregator.Place) (town aggregator.Place, ok bool) {
	if p.Kind != aggregator.Kreis {
		return town, false
	}
	town, ok = v.Place(p.Key + "000")
	return town, ok && town.Name == p.Name
}

// PlaceKind returns what a place is, in German: "Kreisfreie Stadt". It is "" for
// an unknown kind.
func (v *Vocabulary) PlaceKind(p aggregator.Place) string {
	switch p.Kind {
	case aggregator.Gemeinde:
		if k, ok := v.Place(p.Key[:min(5, len(p.Key))]); ok {
			if _, town := v.Town(k); town {
				return "Kreisfreie Stadt"
			}
		}
		return "Gemeinde"
	case aggregator.Kreis:
		if _, town := v.Town(p); town {
			return "Kreisfreie Stadt"
		}
		return "Kreis"
	case aggregator.Regierungsbezirk:
		return "Regierungsbezirk"
	case aggregator.Gemeindeverband:
		return "Gemeindeverband"
	case aggregator.Bezirk:
		return "Bezirk"
	}
	return ""
}

// placeTitle returns the name of a place with its Land: "Dresden (Sachsen)".
func (v *Vocabulary) placeTitle(p aggregator.Place) string {
	name, land := CleanLine(p.Name), p.Region().Name()
	if _, town := v.Town(p); town {
		name = "Kreisfreie Stadt " + name
	} else if name == land { // Berlin, Hamburg, Bremen: not the feed of the Land
		name = "Stadt " + name
	}
	switch {
	case land == "" || strings.HasSuffix(name, land) || strings.HasSuffix(name, "("+land+")"):
		return name
	case strings.HasSuffix(name, ")"): // Frankfurt (Oder)
		return name + ", " + land
	}
	return name + " (" + land + ")"
}

// placeArea says which area a place is and what lies in it.
func (v *Vocabulary) placeArea(p aggregator.Place) string {
	name := v.placeTitle(p)
	switch _, town := v.Town(p); {
	case p.Kind == aggregator.Regierungsbezirk:
		return name + " mit allen Kreisen und Gemeinden"
	case p.Kind == aggregator.Kreis && !town:
		return name + " mit allen Gemeinden"
	case p.Kind == aggregator.Gemeinde || p.Kind == aggregator.Gemeindeverband:
		if k, ok := v.Place(p.Key[:min(5, len(p.Key))]); ok {
			if _, town := v.Town(k); !town {
				return name + ", " + CleanLine(k.Name)
			}
		}
	}
	return name
}

// placeNames joins what name says of the places with some keys.
func (v *Vocabulary) placeNames(keys []string, name func(aggregator.Place) string) string {
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = key
		if p, ok := v.Place(key); ok {
			names[i] = name(p)
		}
	}
	return strings.Join(names, "; ")
}

// Around returns links to the pages of the areas that a place lies in, the
// largest first: its Land, Regierungsbezirk, Kreis and city.
func (v *Vocabulary) Around(p aggregator.Place) []Link {
	var links []Link
	if land := p.Region(); land != "" {
		links = append(links, Link{v.Path(aggregator.Query{Regions: []aggregator.Region{land}}, Page), land.Name()})
	}
	for _, n := range [...]int{3, 5, 8} {
		if n >= len(p.Key) {
			break
		}
		area, ok := v.Place(p.Key[:n])
		if !ok || n == 8 && p.Kind != aggregator.Bezirk {
			continue
		}
		if _, town := v.Town(area); !town {
			links = append(links, v.placeLink(area, Page, CleanLine(area.Name)))
		}
	}
	return links
}

func (v *Vocabulary) placeLink(p aggregator.Place, f Format, text string) Link {
	return Link{v.Path(aggregator.Query{Places: []string{p.Key}}, f), text}
}

// placePath returns the path of places: that of a page has the name in it, so that
// people see where it leads; all others have keys alone and never change.
func (v *Vocabulary) placePath(keys []string, f Format) string {
	path := PlaceSearch + "/" + strings.Join(keys, "+")
	if f != Page || len(keys) != 1 {
		return path
	}
	if p, ok := v.Place(keys[0]); ok {
		if name := slugOf(p.Name); name != "" {
			path += "-" + name
		}
	}
	return path
}

// parsePlaces reads the keys of a segment. Each may be followed by a hyphen and
// any name.
func (v *Vocabulary) parsePlaces(segment string, f Format) (aggregator.Query, error) {
	var q aggregator.Query
	unknown := ""
	for part := range strings.SplitSeq(segment, "+") {
		if part == "" {
			continue
		}
		p, ok := v.Place(v.cutKey(part))
		switch {
		case ok && !slices.Contains(q.Places, p.Key):
			q.Places = append(q.Places, p.Key)
		case !ok && unknown == "":
			unknown = part
		}
	}
	if len(q.Places) == 0 && unknown == "" {
		unknown = segment
	}
	q = v.Canonical(q)
	if unknown != "" {
		return q, v.unknownPlaceError(q, f, unknown)
	}
	return q, nil
}

// cutKey returns the key that a part of a path begins with, "" if it is none.
func (v *Vocabulary) cutKey(part string) string {
	digits := len(part) - len(strings.TrimLeft(part, "0123456789"))
	const bezirk = len("11000000-01")
	if digits == 8 && len(part) >= bezirk && (len(part) == bezirk || part[bezirk] == '-') {
		if _, ok := v.Place(part[:bezirk]); ok {
			return part[:bezirk]
		}
	}
	if digits < len(part) && part[digits] != '-' {
		return ""
	}
	return part[:digits]
}

// unknownPlaceError suggests places by name, then what contains the key, and
// always a search.
func (v *Vocabulary) unknownPlaceError(q aggregator.Query, f Format, part string) error {
	e := &NotFound{Kind: "Ort", Name: part}
	key := v.cutKey(part)
	name := strings.TrimSpace(strings.ReplaceAll(part[len(key):], "-", " "))
	add := func(p aggregator.Place, known bool) {
		s := aggregator.Query{Places: append(slices.Clone(q.Places), p.Key)}
		if known && len(e.Suggestions) < maxSuggestions-1 && !slices.Contains(s.Places[:len(q.Places)], p.Key) {
			e.add(v, v.Canonical(s), f)
		}
	}
	if len(name) <= maxName {
		for _, p := range v.places.FindPlaces(name, maxSuggestions-2) {
			add(p, true)
		}
	}
	for _, n := range [...]int{8, 5, 3} {
		if n < len(key) {
			add(v.Place(key[:n]))
		}
	}
	if land := aggregator.LandOfKey(key); land != "" && len(q.Places) == 0 && len(e.Suggestions) < maxSuggestions-1 {
		e.add(v, aggregator.Query{Regions: []aggregator.Region{land}}, f)
	}
	search := Link{PlaceSearch, "Orte suchen"}
	if clean := CleanLine(name); slugOf(name) != "" && len(name) <= maxName {
		search = Link{PlaceSearch + "?" + url.Values{"name": {clean}}.Encode(), "Nach „" + clean + "“ suchen"}
	}
	e.Suggestions = append(e.Suggestions, search)
	return e
}

// FoldWord returns a word in the form in which it is compared: lower case,
// umlauts transcribed, other accents dropped.
func FoldWord(s string) string {
	const accented, plain = "áàâąčćçéèěęíłńóôřŕšśúůýžźż", "aaaaccceeeeilnoorrssuuyzzz"
	letters := []rune(accented)
	return strings.Map(func(r rune) rune {
		if i := slices.Index(letters, r); i >= 0 {
			return rune(plain[i])
		}
		return r
	}, fold(s))
}

// slugOf returns a name as a part of a path: ASCII letters and digits, in words
// that are joined by hyphens.
func slugOf(name string) string {
	var b strings.Builder
	gap := false
	for _, r := range FoldWord(name) {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') {
			gap = true
			continue
		}
		if b.Len() >= maxName {
			break
		}
		if gap && b.Len() > 0 {
			b.WriteByte('-')
		}
		gap = false
		b.WriteRune(r)
	}
	return b.String()
}
