package config

import (
	_ "embed" // for the catalogue
	"fmt"
	"slices"
	"strings"

	"laenderfeed/aggregator"
)

//go:embed catalogue.toml
var catalogueText []byte

// Catalogue returns the built-in sources in their order, Enabled where the
// evidence says that they work. It panics when the embedded file is broken,
// which the tests of this package rule out.
func Catalogue() []aggregator.Source {
	out, err := parseCatalogue("catalogue.toml", catalogueText)
	if err != nil {
		panic(fmt.Sprintf("reading the built-in catalogue: %v", err))
	}
	return out
}

// ParseSource reads the text of a single [[source]]. The error is [Errors].
func ParseSource(name string, data []byte) (aggregator.Source, error) {
	list, err := parseCatalogue(name, data)
	if err == nil && len(list) != 1 {
		err = Errors{{File: name, Key: "source", Msg: fmt.Sprintf("there are %d, not one", len(list))}}
	}
	if err != nil {
		return aggregator.Source{}, err
	}
	return list[0], nil
}

func parseCatalogue(name string, data []byte) ([]aggregator.Source, error) {
	doc, fault := read(name, data)
	if fault != nil {
		return nil, Errors{fault}
	}
	r := &reader{doc: doc}
	top := &table{r: r, values: doc.values}
	rows := readSources(top.rows("source"), nil)
	top.done()
	out := make([]aggregator.Source, 0, len(rows))
	for _, s := range rows {
		r.report(s.path+".", checkSource(&s.Source, &Fetch{MinInterval: publicMinInterval}, nil))
		out = append(out, s.Source)
	}
	return out, r.errs.sorted().err()
}

// Selection is the table [catalogue]: which of the built-in sources are polled.
// Both lists hold ids of sources, types of publishers ("land"), regions as slug
// or code ("sachsen", "SN"), and "*" for all; "bund" is a type and a region.
//
// In Enable, "*", types and regions choose among the sources that the catalogue
// has switched on. An id switches its source on even when the catalogue has it
// off. Disable takes away again, types and regions too. An id counts more than a
// type, region or "*"; of two that count the same, Disable wins.
type Selection struct {
	Enable  []string
	Disable []string
}

// matches tells whether a name of a group stands for the source.
func matches(name string, s *aggregator.Source) bool {
	if name == "*" || name == string(s.Type) {
		return true
	}
	region, ok := aggregator.ParseRegion(name)
	return ok && s.Region == region
}

// enabled decides about one source of the catalogue.
func (c *Selection) enabled(s *aggregator.Source) bool {
	group := func(name string) bool { return matches(name, s) }
	switch {
	case slices.Contains(c.Disable, s.ID):
		return false
	case slices.Contains(c.Enable, s.ID):
		return true
	case slices.ContainsFunc(c.Disable, group):
		return false
	}
	return s.Enabled && slices.ContainsFunc(c.Enable, group)
}

// choose applies [catalogue] to the sources of the catalogue and to those rows
// that change one without saying whether it is enabled.
func (r *reader) choose(c *Config, own []*row) {
	changed := map[string]*row{}
	for _, s := range own {
		changed[s.ID] = s
	}
	r.checkNames(c, "enable", c.Catalogue.Enable, changed)
	r.checkNames(c, "disable", c.Catalogue.Disable, changed)
	for i := range c.Sources {
		s := &c.Sources[i]
		s.Enabled = c.Catalogue.enabled(s)
		if row := changed[s.ID]; row != nil && !row.enabled {
			row.Enabled = s.Enabled
		}
	}
}

// checkNames refuses names that stand for nothing and warns of those that
// change nothing.
func (r *reader) checkNames(c *Config, list string, names []string, own map[string]*row) {
	for i, name := range names {
		if len(r.errs) >= maxErrors {
			return
		}
		key := fmt.Sprintf("catalogue.%s[%d]", list, i)
		if slices.ContainsFunc(c.Sources, func(s aggregator.Source) bool { return s.ID == name }) {
			continue
		}
		if !isGroup(name) {
			msg, hint := fmt.Sprintf("%q is no source, type or region", name), suggest(name, c.names())
			if hint == "" {
				hint = `"laenderfeed sources list" shows them`
			}
			if own[name] != nil {
				hint = fmt.Sprintf("it is a [[source]] of your own: write enabled = %v there", list == "enable")
			}
			r.fail(key, msg, hint)
			continue
		}
		if list == "enable" {
			r.warnEmpty(c, key, name)
		}
	}
}

// isGroup tells whether a name stands for many sources.
func isGroup(name string) bool {
	region, ok := aggregator.ParseRegion(name)
	return name == "*" || slices.Contains(texts(aggregator.SourceTypes()), name) || ok && slices.Contains(speakers(), region)
}

// names returns everything that [catalogue] may name.
func (c *Config) names() []string {
	out := append(texts(aggregator.SourceTypes()), texts(speakers())...)
	for _, s := range c.Sources {
		out = append(out, s.ID)
	}
	return out
}

// warnEmpty warns of a type or region of which the catalogue has nothing
// switched on, and names what could be.
func (r *reader) warnEmpty(c *Config, key, name string) {
	var off []string
	for i := range c.Sources {
		if s := &c.Sources[i]; matches(name, s) {
			if s.Enabled {
				return
			}
			off = append(off, s.ID)
		}
	}
	hint := ""
	if len(off) > 0 {
		hint = "listed, and switched on by their ids, are " + strings.Join(off, ", ")
	}
	c.Warnings = append(c.Warnings, r.doc.errorAt(key, false, fmt.Sprintf("no source of %q is switched on in the catalogue", name), hint))
}
