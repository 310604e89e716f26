package main

import "strings"

// wholeNames are parts of official names that only make sense together.
var wholeNames = strings.NewReplacer(
	"b. Hl. Blut", "beim Heiligen Blut",
	"i. Bay.", "in Bayern",
	"i. OFr.", "in Oberfranken",
	"i. UFr.", "in Unterfranken",
	"i. OB", "in Oberbayern",
	"i. NB", "in Niederbayern",
	"i. Sa.", "in Sachsen",
	"i. Schw.", "in Schwaben",
	"i. Odw.", "im Odenwald",
	"i.d. OPf.", "in der Oberpfalz",
	"(Westf.)", "(Westfalen)",
	"(Rhld.)", "(Rheinland)",
	"(Oldb)", "(Oldenburg)",
)

// words are the abbreviations that stand for themselves.
var words = map[string]string{
	"a.":   "am",
	"a.d.": "an der",
	"b.":   "bei",
	"i.":   "im",
	"i.d.": "in der",
	"v.d.": "vor der",
}

// expand writes out the abbreviations of official names as people would:
// "Mühldorf a. Inn" is "Mühldorf am Inn".
func expand(name string) string {
	fields := strings.Fields(wholeNames.Replace(name))
	for i, f := range fields {
		if long, ok := words[f]; ok {
			fields[i] = long
		}
	}
	return strings.Join(fields, " ")
}

// beside are qualifiers after a slash. What is not listed here is the second
// half of a double name, as in "Petershagen/Eggersdorf".
var beside = set(`Anhalt Dosse Elbe Elster Erzgeb. Fils Fläming Hainleite Harz Havel Helme
	Hunsrück Kyffhäuser Lausitz Mark Mulde Müritz Neiße Nordbahn O.L. Oder Pfalz Pleiße Rhön Ruhr Rügen Saale
	Saar Sa. Sächs. Schwarzwald Sieg Spree Spreewald Stecknitz Thür. Thüringen Unstrut Vogtl. Werra Westerwald`)

// titles stand before a name in the official list and are left out in print.
var titles = []string{"Heilbad ", "Stadt ", "Hann. ", "Ostseebad ", "Lutherstadt ", "Hansestadt "}

// between are the words that start a qualifier: "Frankfurt am Main".
var between = set("am an auf bei beim im in ob unter vor vorm")

// shorten returns the name as the press writes it: without title, without
// bracket, slash or river. It never returns "".
func shorten(name string) string {
	short := name
	for _, t := range titles {
		short = strings.TrimPrefix(short, t)
	}
	if before, _, found := strings.Cut(short, " ("); found {
		short = before
	}
	if before, after, found := strings.Cut(short, "/"); found && before != "" {
		if first, _, _ := strings.Cut(after, " "); beside[first] {
			short = before
		}
	}
	fields := strings.Fields(short)
	for i, f := range fields {
		if i > 0 && between[f] {
			return strings.Join(fields[:i], " ")
		}
	}
	return short
}

// set splits words into a set.
func set(words string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(words) {
		out[w] = true
	}
	return out
}
