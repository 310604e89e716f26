package classify_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"laenderfeed/aggregator"
)

// The hand-made and generated data as files, read here without the classifier:
// what these tests say must hold for anybody who edits them.

// dataLine is a line of a data file.
type dataLine struct {
	number int // from 1
	cells  []string
}

// readData checks the form that all data files share and returns the lines.
// key is the number of leading columns that order the lines and may not
// repeat together.
func readData(t *testing.T, name, header string, key int) []dataLine {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("data", name))
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	if !utf8.ValidString(text) || strings.ContainsRune(text, '\r') || !strings.HasSuffix(text, "\n") {
		t.Errorf("%s: want UTF-8 with unix line ends", name)
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if lines[0] != header {
		t.Fatalf("%s: header %q, want %q", name, lines[0], header)
	}
	var rows []dataLine
	for i, line := range lines[1:] {
		if strings.HasPrefix(line, "#") {
			if len(rows) > 0 {
				t.Errorf("%s:%d: a comment between the lines, want all below the header", name, i+2)
			}
			continue
		}
		rows = append(rows, dataLine{i + 2, strings.Split(line, "\t")})
	}
	checkLines(t, name, rows, strings.Count(header, "\t")+1, key)
	return rows
}

func checkLines(t *testing.T, name string, rows []dataLine, columns, key int) {
	t.Helper()
	for i, r := range rows {
		if len(r.cells) != columns {
			t.Fatalf("%s:%d: %d columns, want %d", name, r.number, len(r.cells), columns)
		}
		for _, cell := range r.cells {
			if cell != strings.Join(strings.Fields(cell), " ") {
				t.Errorf("%s:%d: stray blanks in %q", name, r.number, cell)
			}
			if strings.ContainsFunc(cell, func(c rune) bool { return unicode.Is(unicode.Mn, c) || unicode.IsControl(c) }) {
				t.Errorf("%s:%d: %q has combining marks or control characters", name, r.number, cell)
			}
		}
		if i == 0 {
			continue
		}
		switch slices.Compare(rows[i-1].cells[:key], r.cells[:key]) {
		case 0:
			t.Errorf("%s:%d: %q stands twice", name, r.number, r.cells[:key])
		case 1:
			t.Errorf("%s:%d: %q is not in order", name, r.number, r.cells[:key])
		}
	}
}

const placeHeader = "kind\tkey\tname\tshort\tstate\tpopulation"

// keyForms are the keys of each kind.
var keyForms = map[string]*regexp.Regexp{
	"gemeinde":         regexp.MustCompile(`^\d{8}$`),
	"kreis":            regexp.MustCompile(`^\d{5}$`),
	"regierungsbezirk": regexp.MustCompile(`^\d{3}$`),
	"verband":          regexp.MustCompile(`^\d{9}$`),
	"bezirk":           regexp.MustCompile(`^(02|11)000000-\d\d$`),
	"ortsteil":         regexp.MustCompile(`^\d{8}$`),
}

// checkPlace checks what gazetteer and places have in common.
func checkPlace(t *testing.T, file string, r dataLine) {
	t.Helper()
	if r.cells[2] == "" || r.cells[3] == "" {
		t.Errorf("%s:%d: no name", file, r.number)
	}
	if want := aggregator.LandOfKey(r.cells[1]).Code(); want == "" || r.cells[4] != want {
		t.Errorf("%s:%d: key %s is in %q, not %q", file, r.number, r.cells[1], want, r.cells[4])
	}
	if p := r.cells[5]; p != "" {
		if n, err := strconv.Atoi(p); err != nil || n <= 0 || n > 20_000_000 {
			t.Errorf("%s:%d: population %q", file, r.number, p)
		}
	}
}

// gazetteer returns the generated lines and an index of their keys.
func gazetteer(t *testing.T) ([]dataLine, map[string]dataLine) {
	t.Helper()
	rows := readData(t, "gazetteer.tsv", placeHeader, 2)
	byKey := make(map[string]dataLine, len(rows))
	for _, r := range rows {
		byKey[r.cells[1]] = r
	}
	return rows, byKey
}

func TestGazetteerFile(t *testing.T) {
	rows, byKey := gazetteer(t)
	count, lands, known := map[string]int{}, map[string]int{}, 0
	for _, r := range rows {
		checkPlace(t, "gazetteer.tsv", r)
		form, ok := keyForms[r.cells[0]]
		if !ok || !form.MatchString(r.cells[1]) || r.cells[0] == "bezirk" || r.cells[0] == "ortsteil" {
			t.Errorf("line %d: kind %q with key %q", r.number, r.cells[0], r.cells[1])
		}
		if _, ok := byKey[r.cells[1][:min(5, len(r.cells[1]))]]; !ok && r.cells[0] == "gemeinde" {
			t.Errorf("line %d: the Kreis of %s is missing", r.number, r.cells[1])
		}
		count[r.cells[0]]++
		if r.cells[0] == "gemeinde" {
			lands[r.cells[4]]++
			if r.cells[5] != "" {
				known++
			}
		}
	}
	for kind, least := range map[string]int{"gemeinde": 10_900, "kreis": 400, "regierungsbezirk": 19, "verband": 1_200} {
		if count[kind] < least {
			t.Errorf("%d rows of kind %s, want at least %d", count[kind], kind, least)
		}
	}
	if len(lands) != 16 || lands["BE"] != 1 || lands["HH"] != 1 || lands["HB"] != 2 || lands["SL"] != 52 {
		t.Errorf("Gemeinden by Land: %v", lands)
	}
	if known*100 < total(lands)*85 {
		t.Errorf("the population of only %d Gemeinden is known", known)
	}
}

func total(m map[string]int) (sum int) {
	for _, n := range m {
		sum += n
	}
	return sum
}

// TestGazetteerTraps holds what is easily lost when the source changes.
func TestGazetteerTraps(t *testing.T) {
	_, byKey := gazetteer(t)
	for key, want := range map[string][3]string{
		"06412000": {"Frankfurt am Main", "Frankfurt", "HE"},
		"12053000": {"Frankfurt (Oder)", "Frankfurt", "BB"},
		"15002000": {"Halle (Saale)", "Halle", "ST"},
		"03159016": {"Göttingen", "Göttingen", "NI"},
		"16063105": {"Eisenach", "Eisenach", "TH"},
		"05566":    {"Kreis Steinfurt", "Steinfurt", "NW"},
		"08226":    {"Rhein-Neckar-Kreis", "Rhein-Neckar-Kreis", "BW"},
		"09183":    {"Landkreis Mühldorf am Inn", "Mühldorf", "BY"},
		"09363000": {"Weiden in der Oberpfalz", "Weiden", "BY"},
		"14523020": {"Auerbach/Vogtl.", "Auerbach", "SN"},
		"12064380": {"Petershagen/Eggersdorf", "Petershagen/Eggersdorf", "BB"},
		"10041":    {"Regionalverband Saarbrücken", "Regionalverband Saarbrücken", "SL"},
		"055":      {"Regierungsbezirk Münster", "Münster", "NW"},
	} {
		r, ok := byKey[key]
		if !ok {
			t.Errorf("key %s is missing", key)
			continue
		}
		if got := [3]string{r.cells[2], r.cells[3], r.cells[4]}; got != want {
			t.Errorf("key %s: %q, want %q", key, got, want)
		}
	}
	for _, gone := range []string{"03152", "03152012", "03156", "16056", "16056000"} {
		if _, ok := byKey[gone]; ok {
			t.Errorf("key %s is no longer in use", gone)
		}
	}
	for key, least := range map[string]int{"11000000": 3_400_000, "05315000": 1_000_000, "14612000": 500_000, "14522": 250_000, "091": 4_000_000} {
		if n, err := strconv.Atoi(byKey[key].cells[5]); err != nil || n < least {
			t.Errorf("population of %s is %q, want at least %d", key, byKey[key].cells[5], least)
		}
	}
}

func TestPlacesFile(t *testing.T) {
	_, byKey := gazetteer(t)
	rows := readData(t, "places.tsv", placeHeader, 3)
	count := map[string]int{}
	for _, r := range rows {
		checkPlace(t, "places.tsv", r)
		kind, key := r.cells[0], r.cells[1]
		count[kind+" "+key[:2]]++
		if kind == "bezirk" {
			if !keyForms[kind].MatchString(key) {
				t.Errorf("line %d: key %q of a Bezirk", r.number, key)
			}
			continue
		}
		form, known := keyForms[kind]
		home, exists := byKey[key]
		fits := known && form.MatchString(key)
		switch {
		case kind == "gemeinde" && fits: // a new one at least lies in a Kreis
			_, exists = byKey[key[:5]]
		case kind == "gemeinde" || kind == "verband": // new, with the key of its Kreis
			fits = len(key) == 5
		}
		if !fits || !exists {
			t.Errorf("line %d: kind %q with key %q, which nothing has", r.number, kind, key)
		}
		if len(home.cells) > 0 && home.cells[2] == r.cells[2] && home.cells[3] == r.cells[3] {
			t.Errorf("line %d: %q stands in the gazetteer already", r.number, r.cells[2])
		}
	}
	if count["bezirk 11"] != 12 || count["bezirk 02"] != 7 {
		t.Errorf("%d Bezirke of Berlin and %d of Hamburg", count["bezirk 11"], count["bezirk 02"])
	}
}

func TestDangerFile(t *testing.T) {
	rows, _ := gazetteer(t)
	names := map[string]bool{}
	for _, r := range append(rows, readData(t, "places.tsv", placeHeader, 3)...) {
		names[r.cells[2]], names[r.cells[3]] = true, true
	}
	classes := []string{"wort", "nachname", "vorname", "fluss", "landschaft", "sonst"}
	list := readData(t, "danger.tsv", "name\tclass\tstrength", 1)
	for _, r := range list {
		if !names[r.cells[0]] {
			t.Errorf("line %d: no place is called %q", r.number, r.cells[0])
		}
		if !slices.Contains(classes, r.cells[1]) {
			t.Errorf("line %d: class %q", r.number, r.cells[1])
		}
		if r.cells[2] != "hard" && r.cells[2] != "soft" {
			t.Errorf("line %d: strength %q", r.number, r.cells[2])
		}
	}
	if len(list) < 450 || len(list) > 700 {
		t.Errorf("%d names", len(list))
	}
	for _, big := range []string{"Nürnberg", "Köln", "Bremen", "Kassel", "Bonn", "Ulm", "Trier", "Potsdam"} {
		if slices.ContainsFunc(list, func(r dataLine) bool { return r.cells[0] == big }) {
			t.Errorf("%s means the city", big)
		}
	}
}

func TestDemonymsFile(t *testing.T) {
	_, byKey := gazetteer(t)
	for _, r := range readData(t, "demonyms.tsv", "form\tkey", 1) {
		if home, ok := byKey[r.cells[1]]; !ok || home.cells[0] != "gemeinde" {
			t.Errorf("line %d: no Gemeinde has key %q", r.number, r.cells[1])
		}
	}
}

// checkLabel checks a list of codes and reports whether it names Länder only.
func checkLabel(t *testing.T, file string, r dataLine, label string) (laender bool) {
	t.Helper()
	codes := strings.Split(label, ",")
	laender = true
	for i, code := range codes {
		region, ok := aggregator.ParseRegion(code)
		if !ok || region == aggregator.Unklar || code != region.Code() && (region.IsLand() || code != string(region)) {
			t.Errorf("%s:%d: unknown code %q", file, r.number, code)
		}
		if slices.Contains(codes[:i], code) {
			t.Errorf("%s:%d: %q stands twice", file, r.number, code)
		}
		laender = laender && region.IsLand()
	}
	if !laender && len(codes) > 1 {
		t.Errorf("%s:%d: %q mixes Länder with others", file, r.number, label)
	}
	return laender
}

func TestRegionsFile(t *testing.T) {
	rows := readData(t, "regions.tsv", "name\tcodes", 1)
	for _, r := range rows {
		if !checkLabel(t, "regions.tsv", r, r.cells[1]) {
			t.Errorf("line %d: %q is no Land", r.number, r.cells[1])
		}
		name := r.cells[0]
		stem, adjective := strings.CutSuffix(name, "*")
		if first, _ := utf8.DecodeRuneInString(name); unicode.IsLower(first) != adjective || strings.Contains(stem, "*") {
			t.Errorf("line %d: %q: adjectives, and only they, are small and end in *", r.number, name)
		}
	}
	if len(rows) < 120 {
		t.Errorf("%d regions", len(rows))
	}
}

func TestInstitutionsFile(t *testing.T) {
	level := map[string]string{"bundesbehoerde": "bund", "gremium": "bund", "gesetz": "bund", "eu": "international", "ausland": "international", "verband": ""}
	for _, kind := range strings.Fields("regierung ministerium parlament rechnungshof datenschutz it-dienstleister statistik polizei portal programm bank") {
		level[kind] = "land"
	}
	rows := readData(t, "institutions.tsv", "name\tlabel\tkind", 1)
	covered := map[string]map[string]bool{}
	for _, r := range rows {
		laender := checkLabel(t, "institutions.tsv", r, r.cells[1])
		want, ok := level[r.cells[2]]
		switch {
		case !ok:
			t.Errorf("line %d: kind %q", r.number, r.cells[2])
		case want == "land" && !laender, want == "bund" && r.cells[1] != "bund", want == "international" && r.cells[1] != want:
			t.Errorf("line %d: kind %s with label %s", r.number, r.cells[2], r.cells[1])
		}
		for code := range strings.SplitSeq(r.cells[1], ",") {
			if covered[code] == nil {
				covered[code] = map[string]bool{}
			}
			covered[code][r.cells[2]] = true
		}
	}
	if len(rows) < 350 {
		t.Errorf("%d institutions", len(rows))
	}
	for _, land := range aggregator.Laender() {
		for _, kind := range []string{"regierung", "parlament", "rechnungshof", "datenschutz", "it-dienstleister", "polizei", "bank"} {
			if !covered[land.Code()][kind] {
				t.Errorf("%s has no %s", land.Code(), kind)
			}
		}
	}
}

func TestHostsFile(t *testing.T) {
	rows := readData(t, "hosts.tsv", "host\tlabel", 1)
	form := regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z]{2,}$`)
	labels := map[string]string{}
	for _, r := range rows {
		checkLabel(t, "hosts.tsv", r, r.cells[1])
		if !form.MatchString(r.cells[0]) {
			t.Errorf("line %d: host %q", r.number, r.cells[0])
		}
		labels[r.cells[0]] = r.cells[1]
	}
	for _, r := range rows {
		for rest := r.cells[0]; ; {
			_, after, found := strings.Cut(rest, ".")
			if !found {
				break
			}
			if labels[after] == r.cells[1] {
				t.Errorf("line %d: %s says the same as %s", r.number, r.cells[0], after)
			}
			rest = after
		}
	}
	if len(rows) < 150 {
		t.Errorf("%d hosts", len(rows))
	}
}
