package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"laenderfeed/aggregator"
)

// Topic is a [[topic]]: a new topic, or one in place of the built-in topic of
// that slug.
type Topic struct {
	Slug aggregator.Topic
	Name string   // as readers see it
	Any  []string // patterns of which one must occur
	All  []string // patterns that must all occur
	None []string // patterns none of which may occur
}

// Region is a [[region]]: a set of places and Länder with a feed of its own.
type Region struct {
	Slug   aggregator.Region
	Name   string
	Places []string            // official names or keys
	States []aggregator.Region // Länder
}

// Place is a [[place]]: one that the built-in data lacks, or a correction.
type Place struct {
	Key        string   // official key (AGS, ARS)
	Name       string   // "" leaves the built-in one
	Names      []string // others it goes by
	Population int      // 0 when not given
}

// Institution is an [[institution]]: a body and whom it speaks for. It replaces
// the built-in one of its name.
type Institution struct {
	Name   string
	Names  []string            // others it goes by
	States []aggregator.Region // Länder, or Bund or International
}

var (
	ruleSlug = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	placeKey = regexp.MustCompile(`^([0-9]{3}|[0-9]{5}|[0-9]{8}|[0-9]{9}|[0-9]{8}-[0-9]{2})$`)
)

// reservedWords are parts of URLs that no region or topic can have for a slug.
func reservedWords() []string {
	return []string{"archiv", "betrieb", "bot", "feed", "feeds", "fristen", "healthz", "meldung", "metrics", "ort", "quellen", "readyz", "suche"}
}

// readRules reads the four tables of rules.
func (c *Config) readRules(top *table) {
	for _, t := range top.rows("topic") {
		c.Topics = append(c.Topics, readTopic(t))
	}
	for _, t := range top.rows("region") {
		c.Regions = append(c.Regions, readRegion(t))
	}
	for _, t := range top.rows("place") {
		c.Places = append(c.Places, readPlace(t))
	}
	for _, t := range top.rows("institution") {
		c.Institutions = append(c.Institutions, readInstitution(t))
	}
}

func readTopic(t *table) (out Topic) {
	t.text("slug", (*string)(&out.Slug))
	t.text("name", &out.Name)
	if known, ok := aggregator.ParseTopic(string(out.Slug)); ok && out.Name == "" && known == out.Slug {
		out.Name = known.Name()
	}
	t.list("any", &out.Any)
	t.list("all", &out.All)
	t.list("none", &out.None)
	t.done()
	return out
}

func readRegion(t *table) (out Region) {
	t.text("slug", (*string)(&out.Slug))
	t.text("name", &out.Name)
	t.list("places", &out.Places)
	out.States = t.regions("states", aggregator.Laender(), `write the code or slug of a Land: "BW" or "baden-wuerttemberg"`)
	t.done()
	return out
}

func readPlace(t *table) (out Place) {
	t.text("key", &out.Key)
	t.text("name", &out.Name)
	t.list("names", &out.Names)
	t.integer("population", &out.Population)
	var state string
	if t.text("state", &state) && state != "" {
		land, _ := aggregator.ParseRegion(state)
		switch {
		case !land.IsLand():
			t.r.fail(t.key("state"), fmt.Sprintf("%q is not a Land", state), `write its code or slug: "BW" or "baden-wuerttemberg"`)
		case placeKey.MatchString(out.Key) && aggregator.LandOfKey(out.Key) != land:
			t.r.fail(t.key("key"), fmt.Sprintf("the key %q does not lie in %s", out.Key, land.Name()), "keys in "+land.Name()+" begin with "+land.Key())
		}
	}
	t.done()
	return out
}

func readInstitution(t *table) (out Institution) {
	t.text("name", &out.Name)
	t.list("names", &out.Names)
	out.States = t.regions("states", represented(), `write Länder ("NW"), "bund" or "international"`)
	t.done()
	return out
}

// represented are the regions an institution can speak for.
func represented() []aggregator.Region {
	return append(aggregator.Laender(), aggregator.Bund, aggregator.International)
}

// regions reads a list of regions by code or slug.
func (t *table) regions(name string, allowed []aggregator.Region, hint string) (out []aggregator.Region) {
	var list []string
	t.list(name, &list)
	for i, s := range list {
		key := fmt.Sprintf("%s[%d]", t.key(name), i)
		region, ok := aggregator.ParseRegion(s)
		near := nearest(s, texts(allowed))
		switch {
		case !ok && near != "":
			t.r.fail(key, fmt.Sprintf("%q cannot stand here", s), fmt.Sprintf("did you mean %q?", near))
		case !slices.Contains(allowed, region):
			t.r.fail(key, fmt.Sprintf("%q cannot stand here", s), hint)
		case slices.Contains(out, region):
			t.r.fail(key, fmt.Sprintf("%q is named twice", s), "")
		default:
			out = append(out, region)
		}
	}
	return out
}

// checkRules checks what the four tables of rules have to keep on their own.
// What only the classifier knows is for [Options.CheckRules].
func (c *Config) checkRules() []fault {
	var out []fault
	taken := map[string]string{}
	for i, t := range c.Topics {
		out = append(out, t.check(fmt.Sprintf("topic[%d]", i), taken)...)
	}
	for i, r := range c.Regions {
		out = append(out, r.check(fmt.Sprintf("region[%d]", i), taken)...)
	}
	keys, names := map[string]string{}, map[string]string{}
	for i, p := range c.Places {
		out = append(out, p.check(fmt.Sprintf("place[%d]", i), keys)...)
	}
	for i, in := range c.Institutions {
		out = append(out, in.check(fmt.Sprintf("institution[%d]", i), names)...)
	}
	return out
}

// checkSlug checks the slug of a topic or region, which must differ from all
// others: reasons name labels by it.
func checkSlug(slug, key, what string, taken map[string]string) []fault {
	const hint = "up to 64 small letters and digits, single hyphens between them, a letter first; URLs are built on it"
	switch other, double := taken[slug]; {
	case slug == "":
		return []fault{{key + ".slug", "the " + what + " has no slug", hint}}
	case len(slug) > 64 || !ruleSlug.MatchString(slug):
		return []fault{{key + ".slug", fmt.Sprintf("%q is not a slug", slug), hint}}
	case slices.Contains(reservedWords(), slug):
		return []fault{{key + ".slug", fmt.Sprintf("%q is part of other URLs", slug), "choose another word"}}
	case double:
		return []fault{{key + ".slug", fmt.Sprintf("the slug %q is taken", slug), "by " + other}}
	}
	taken[slug] = key
	return nil
}

func checkName(name, key, what string) []fault {
	switch {
	case name == "":
		return []fault{{key + ".name", "the " + what + " has no name", `write name = "…"`}}
	case utf8.RuneCountInString(name) > 300 || strings.ContainsFunc(name, control):
		return []fault{{key + ".name", "this is not one short line", "up to 300 characters"}}
	}
	return nil
}

func (t *Topic) check(key string, taken map[string]string) []fault {
	out := checkSlug(string(t.Slug), key, "topic", taken)
	if region, ok := aggregator.ParseRegion(string(t.Slug)); ok {
		out = append(out, fault{key + ".slug", fmt.Sprintf("%q is a region", t.Slug), "the URL of " + region.Name() + " is built on it"})
	}
	out = append(out, checkName(t.Name, key, "topic")...)
	if len(t.Any)+len(t.All) == 0 {
		out = append(out, fault{key + ".any", "the topic has no patterns", `write any = ["Glasfaser*", "schnelles Internet"]`})
	}
	return out
}

func (r *Region) check(key string, taken map[string]string) []fault {
	out := checkSlug(string(r.Slug), key, "region", taken)
	if known, ok := aggregator.ParseRegion(string(r.Slug)); ok {
		out = append(out, fault{key + ".slug", fmt.Sprintf("%q is built in: %s", r.Slug, known.Name()), "choose another word"})
	} else if topic, ok := aggregator.ParseTopic(string(r.Slug)); ok {
		out = append(out, fault{key + ".slug", fmt.Sprintf("%q is a topic: %s", r.Slug, topic.Name()), "choose another word"})
	}
	out = append(out, checkName(r.Name, key, "region")...)
	if len(r.Places)+len(r.States) == 0 {
		out = append(out, fault{key + ".states", "nothing belongs to the region", `write places = ["Mannheim", "07338"], states = ["HB"] or both`})
	}
	return out
}

func (p *Place) check(key string, taken map[string]string) []fault {
	var out []fault
	add := func(name, msg, hint string) { out = append(out, fault{key + name, msg, hint}) }
	const hint = "8 digits (Gemeinde), 5 (Kreis), 3 (Regierungsbezirk) or 9 (Verband), as text in quotes"
	switch other, double := taken[p.Key]; {
	case p.Key == "":
		add(".key", "the place has no key", hint)
	case !placeKey.MatchString(p.Key):
		add(".key", fmt.Sprintf("%q is not an official key", p.Key), hint)
	case aggregator.LandOfKey(p.Key) == "":
		add(".key", fmt.Sprintf("%q lies in no Land", p.Key), "the first two digits are those of the Land, 01 (SH) to 16 (TH)")
	case double:
		add(".key", fmt.Sprintf("the key %q is taken", p.Key), "by "+other+`; more names of a place stand in names = ["…"]`)
	}
	taken[p.Key] = key
	if p.Name == "" && len(p.Names) == 0 && p.Population == 0 {
		add("", "the place says nothing", `write name = "…" or, for more names of a known place, names = ["…"]`)
	} else if p.Name != "" {
		out = append(out, checkName(p.Name, key, "place")...)
	}
	if p.Population < 0 || p.Population > 10_000_000 {
		add(".population", fmt.Sprintf("%d is out of range", p.Population), "")
	}
	return out
}

func (in *Institution) check(key string, taken map[string]string) []fault {
	out := checkName(in.Name, key, "institution")
	for i, name := range append([]string{in.Name}, in.Names...) {
		at := key + ".name"
		if i > 0 {
			at = fmt.Sprintf("%s.names[%d]", key, i-1)
		}
		folded := strings.ToLower(name)
		if other, double := taken[folded]; double && name != "" {
			out = append(out, fault{at, fmt.Sprintf("the name %q is taken", name), "by " + other})
		}
		taken[folded] = key
	}
	if len(in.States) == 0 {
		out = append(out, fault{key + ".states", "the institution speaks for nobody", `write states = ["NW"], ["bund"] or ["international"]`})
	}
	for i, r := range in.States {
		if !slices.Contains(represented(), r) {
			out = append(out, fault{fmt.Sprintf("%s.states[%d]", key, i), fmt.Sprintf("%q cannot stand here", r), ""})
		}
	}
	return out
}
