package demo

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"laenderfeed/aggregator"
)

//go:embed items.tsv
var itemsTSV string

// Item is one invented piece of news, with the labels a careful reader would
// give it.
type Item struct {
	Publisher string        // ID of the source that carries it
	Age       time.Duration // before the start, up to 60 days; 0 in the reserve
	Reserve   bool          // published only while the publishers run
	Scope     aggregator.Scope
	Regions   []aggregator.Region // Länder it is about; empty unless Scope is ScopeLand
	Topics    []aggregator.Topic  // what it is chiefly about; more may be right
	Title     string
	Summary   string // one to three sentences
}

// Items returns all items of the demonstration, the reserve included, in the
// order of the file.
func Items() ([]Item, error) {
	return parseItems(itemsTSV)
}

// parseItems reads lines of six columns: publisher, age in hours or "+" for
// the reserve, codes of Länder joined by "+" or a scope, topics joined by ",",
// title, summary. Empty lines and lines that start with "#" are skipped.
func parseItems(tsv string) ([]Item, error) {
	var items []Item
	for i, line := range strings.Split(tsv, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		it, err := parseItem(line)
		if err != nil {
			return nil, fmt.Errorf("reading sample items: line %d: %w", i+1, err)
		}
		items = append(items, it)
	}
	return items, nil
}

func parseItem(line string) (Item, error) {
	f := strings.Split(line, "\t")
	if len(f) != 6 || slices.Contains(f, "") {
		return Item{}, fmt.Errorf("want 6 filled columns, got %d", len(f))
	}
	it := Item{Publisher: f[0], Reserve: f[1] == "+", Title: f[4], Summary: f[5]}
	known := func(o *outlet) bool { return o.id == it.Publisher && o.render != nil }
	if !slices.ContainsFunc(outlets(), known) {
		return Item{}, fmt.Errorf("no publisher %q", it.Publisher)
	}
	if !it.Reserve {
		hours, err := strconv.ParseFloat(f[1], 64)
		if err != nil || !(hours >= 0 && hours <= 60*24) {
			return Item{}, fmt.Errorf("age %q is no number of hours within 60 days", f[1])
		}
		it.Age = time.Duration(hours * float64(time.Hour))
	}
	var err error
	if it.Scope, it.Regions, err = parseAbout(f[2]); err != nil {
		return Item{}, err
	}
	for _, s := range strings.Split(f[3], ",") {
		topic, ok := aggregator.ParseTopic(s)
		if !ok {
			return Item{}, fmt.Errorf("no topic %q", s)
		}
		it.Topics = append(it.Topics, topic)
	}
	return it, nil
}

// parseAbout reads "SN+TH", "bund", "international" or "unklar".
func parseAbout(s string) (aggregator.Scope, []aggregator.Region, error) {
	switch scope := aggregator.Scope(s); scope {
	case aggregator.ScopeBund, aggregator.ScopeInternational, aggregator.ScopeUnklar:
		return scope, nil, nil
	}
	var regions []aggregator.Region
	for _, code := range strings.Split(s, "+") {
		r, ok := aggregator.ParseRegion(code)
		if !ok || r.Code() != code || slices.Contains(regions, r) {
			return "", nil, fmt.Errorf("no Land %q", code)
		}
		regions = append(regions, r)
	}
	return aggregator.ScopeLand, regions, nil
}
