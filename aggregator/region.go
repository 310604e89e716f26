package aggregator

import "strings"

// Region is the slug of a region a feed exists for: one of the sixteen Länder,
// or bund, international, unklar. The empty Region means none.
type Region string

// The regions. Alle is not a label but the union of all of them in a URL.
const (
	BadenWuerttemberg     Region = "baden-wuerttemberg"
	Bayern                Region = "bayern"
	Berlin                Region = "berlin"
	Brandenburg           Region = "brandenburg"
	Bremen                Region = "bremen"
	Hamburg               Region = "hamburg"
	Hessen                Region = "hessen"
	MecklenburgVorpommern Region = "mecklenburg-vorpommern"
	Niedersachsen         Region = "niedersachsen"
	NordrheinWestfalen    Region = "nordrhein-westfalen"
	RheinlandPfalz        Region = "rheinland-pfalz"
	Saarland              Region = "saarland"
	Sachsen               Region = "sachsen"
	SachsenAnhalt         Region = "sachsen-anhalt"
	SchleswigHolstein     Region = "schleswig-holstein"
	Thueringen            Region = "thueringen"

	Bund          Region = "bund"
	International Region = "international"
	Unklar        Region = "unklar"

	Alle Region = "alle"
)

type regionInfo struct {
	region Region
	code   string // of a Land: ISO 3166-2:DE without "DE-"; else empty
	key    string // first two digits of the AGS of everything in it
	name   string
}

// regions is the one table of regions, Länder first, in the order of pages and
// canonical URLs. It is never written to.
var regions = [...]regionInfo{
	{BadenWuerttemberg, "BW", "08", "Baden-Württemberg"},
	{Bayern, "BY", "09", "Bayern"},
	{Berlin, "BE", "11", "Berlin"},
	{Brandenburg, "BB", "12", "Brandenburg"},
	{Bremen, "HB", "04", "Bremen"},
	{Hamburg, "HH", "02", "Hamburg"},
	{Hessen, "HE", "06", "Hessen"},
	{MecklenburgVorpommern, "MV", "13", "Mecklenburg-Vorpommern"},
	{Niedersachsen, "NI", "03", "Niedersachsen"},
	{NordrheinWestfalen, "NW", "05", "Nordrhein-Westfalen"},
	{RheinlandPfalz, "RP", "07", "Rheinland-Pfalz"},
	{Saarland, "SL", "10", "Saarland"},
	{Sachsen, "SN", "14", "Sachsen"},
	{SachsenAnhalt, "ST", "15", "Sachsen-Anhalt"},
	{SchleswigHolstein, "SH", "01", "Schleswig-Holstein"},
	{Thueringen, "TH", "16", "Thüringen"},
	{Bund, "", "", "Bund"},
	{International, "", "", "International"},
	{Unklar, "", "", "Ohne Zuordnung"},
	{Alle, "", "", "Alle"},
}

const landCount = 16

// Laender returns the sixteen Länder in alphabetical order of their slugs.
func Laender() []Region { return regionSlice(landCount) }

// Regions returns every region an item can be labelled with: the Länder, then
// bund, international and unklar.
func Regions() []Region { return regionSlice(len(regions) - 1) }

func regionSlice(n int) []Region {
	rs := make([]Region, n)
	for i := range rs {
		rs[i] = regions[i].region
	}
	return rs
}

// ParseRegion finds a region by slug or by the code of a Land ("sachsen", "SN"),
// in any case, "alle" included.
func ParseRegion(s string) (Region, bool) {
	for _, r := range regions {
		if strings.EqualFold(s, string(r.region)) || r.code != "" && strings.EqualFold(s, r.code) {
			return r.region, true
		}
	}
	return "", false
}

// LandOfKey returns the Land that an official key (AGS or ARS, any length from
// two digits on) lies in, or "" for an unknown prefix.
func LandOfKey(key string) Region {
	if len(key) >= 2 {
		for _, r := range regions[:landCount] {
			if r.key == key[:2] {
				return r.region
			}
		}
	}
	return ""
}

func (r Region) info() regionInfo {
	for _, i := range regions {
		if i.region == r {
			return i
		}
	}
	return regionInfo{region: r, name: string(r)}
}

// Code returns the two-letter code of a Land ("SN"), or "" for anything else.
func (r Region) Code() string { return r.info().code }

// Key returns the first two digits of all official keys (AGS) in a Land, or "".
func (r Region) Key() string { return r.info().key }

// Name returns the German name, "Sachsen".
func (r Region) Name() string { return r.info().name }

// IsLand tells whether r is one of the sixteen Länder.
func (r Region) IsLand() bool { return r.Code() != "" }
