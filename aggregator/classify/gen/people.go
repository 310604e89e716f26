package main

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// census knows how many people live where.
type census struct {
	kreise map[string]int     // 5 digits
	places map[string][]place // 8 digits; a Gemeinde has as many as it has villages
	byName map[string][]place // Land and name, for keys that have changed since
}

// place is a populated place of GeoNames.
type place struct {
	name, key  string
	population int
}

// district is a Kreis in landkreise-deutschland.
type district struct {
	Key        districtKey `json:"AGS"`
	Population *int        `json:"population"`
}

// districtKey is a five-digit key. The package stores those of the Länder 01
// to 09 as strings and the others as numbers.
type districtKey string

// UnmarshalJSON takes a string or a number; what it holds is checked later.
func (k *districtKey) UnmarshalJSON(b []byte) error {
	*k = districtKey(strings.Trim(string(b), `"`))
	return nil
}

// readDistricts adds the population of the Kreise.
func (c *census) readDistricts(r io.Reader) error {
	return eachElement(r, func(d district) error {
		if !digits(string(d.Key), 5) {
			return fmt.Errorf("bad district key %q", d.Key)
		}
		if d.Population == nil || *d.Population <= 0 {
			return fmt.Errorf("district %s has no population", d.Key)
		}
		c.kreise[string(d.Key)] = *d.Population
		return nil
	})
}

// The columns of GeoNames' table that we read (readme of its export).
const (
	colName       = 1
	colCountry    = 8
	colKey        = 13 // admin4: in Germany the 8-digit AGS
	colPopulation = 14
	columns       = 19
)

// readPlaces adds the German places with a key and a population. The numbers
// of the Länder in admin1 are GeoNames' own, so only admin4 is read.
func (c *census) readPlaces(r io.Reader) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		f := strings.Split(lines.Text(), "\t")
		if len(f) != columns {
			return fmt.Errorf("line %d has %d columns, want %d", n, len(f), columns)
		}
		if f[colCountry] != "DE" || !digits(f[colKey], 8) {
			continue
		}
		people, err := strconv.Atoi(f[colPopulation])
		if err != nil {
			return fmt.Errorf("line %d: population: %w", n, err)
		}
		c.add(place{name: f[colName], key: f[colKey], population: people})
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("reading lines: %w", err)
	}
	return nil
}

func (c *census) add(p place) {
	if p.population <= 0 {
		return
	}
	c.places[p.key] = append(c.places[p.key], p)
	id := p.key[:2] + p.name
	c.byName[id] = append(c.byName[id], p)
}

// gemeinde returns the population of a Gemeinde, 0 when unknown. A kreisfreie
// Stadt has its Kreis's number. Else the place that bears the Gemeinde's name
// counts, else its largest place. Keys that changed since are found by the
// name when only one place in the Land has it.
func (c *census) gemeinde(key string, names ...string) int {
	if strings.HasSuffix(key, "000") && c.kreise[key[:5]] > 0 {
		return c.kreise[key[:5]]
	}
	if here := c.places[key]; len(here) > 0 {
		return largest(here, names)
	}
	for _, name := range names {
		if same := c.byName[key[:2]+name]; len(same) == 1 {
			return same[0].population
		}
	}
	return 0
}

// largest returns the population of the largest place with one of the names,
// or of the largest place.
func largest(places []place, names []string) int {
	named, all := 0, 0
	for _, p := range places {
		all = max(all, p.population)
		for _, name := range names {
			if p.name == name {
				named = max(named, p.population)
			}
		}
	}
	if named > 0 {
		return named
	}
	return all
}
