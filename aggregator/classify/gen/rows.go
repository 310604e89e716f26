package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// row is one line of the gazetteer.
type row struct {
	kind, key, name, short string
	population             int // 0 when unknown
}

// states are the codes of the Länder, by the first two digits of a key.
var states = [...]string{1: "SH", "HH", "NI", "HB", "NW", "HE", "RP", "BW", "BY", "SL", "BE", "BB", "MV", "SN", "ST", "TH"}

// state returns the code of the row's Land. The key was checked before.
func (r row) state() string {
	n, err := strconv.Atoi(r.key[:2])
	if err != nil || n < 1 || n >= len(states) {
		return ""
	}
	return states[n]
}

// build reads the packages in dir and returns the sorted rows.
func build(dir string) ([]row, error) {
	people := &census{kreise: map[string]int{}, places: map[string][]place{}, byName: map[string][]place{}}
	if err := member(dir, districtsPkg, "data/districts.json", people.readDistricts); err != nil {
		return nil, err
	}
	if err := member(dir, citiesPkg, "dist/cities500.txt", people.readPlaces); err != nil {
		return nil, err
	}
	b := &builder{people: people, members: map[string]int{}}
	files := []struct {
		name string
		key  func(area) string
		keep func(area) error
	}{
		{"gemeinden.geo.json", area.ags, b.gemeinde}, // first: the others sum them up
		{"kreise.geo.json", area.ags, b.kreis},
		{"regierungsbezirke.geo.json", area.ags, b.bezirk},
		{"verwaltungsgemeinschaften.geo.json", area.region, b.verband},
	}
	for _, f := range files {
		read := func(r io.Reader) error { return eachArea(r, f.key, f.keep) }
		if err := member(dir, areasPkg, f.name, read); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(b.rows, func(x, y row) int {
		return cmp.Or(cmp.Compare(x.kind, y.kind), cmp.Compare(x.key, y.key))
	})
	return b.rows, nil
}

// write renders the rows as the TSV that package classify embeds.
func write(buf *bytes.Buffer, rows []row) {
	buf.WriteString("kind\tkey\tname\tshort\tstate\tpopulation\n")
	for _, r := range rows {
		people := ""
		if r.population > 0 {
			people = strconv.Itoa(r.population)
		}
		fmt.Fprintf(buf, "%s\t%s\t%s\t%s\t%s\t%s\n", r.kind, r.key, r.name, r.short, r.state(), people)
	}
}
