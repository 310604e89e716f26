package classify

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"laenderfeed/aggregator"
)

func TestVersion(t *testing.T) {
	c := newClassifier(t)
	if !regexp.MustCompile(`^20\d\d-\d\d-\d\d-[0-9a-f]{8}$`).MatchString(c.Version()) {
		t.Errorf("version is %q", c.Version())
	}
	if again := newClassifier(t).Version(); again != c.Version() {
		t.Errorf("the same rules have versions %s and %s", c.Version(), again)
	}
	own, err := New(Config{Areas: []Area{{Slug: "hinterwald", Name: "Hinterwald", States: []aggregator.Region{aggregator.Hessen}}}})
	if err != nil {
		t.Fatal(err)
	}
	if own.Version() == c.Version() {
		t.Error("own rules do not change the version")
	}
	if l := c.Classify(aggregator.Text{Title: "Sachsen"}); l.Ruleset != c.Version() {
		t.Errorf("ruleset of labels is %q", l.Ruleset)
	}
}

func TestOwnRules(t *testing.T) {
	c, err := New(Config{
		Topics: []Topic{
			{Slug: "friedhof", Any: []string{"friedhof*", "gräber"}},
			{Slug: "bruecke", All: []string{"brücke*", "digital*"}, None: []string{"ponton*"}},
			{Slug: "kfz", Any: []string{"traktor*"}},
		},
		Places: []Place{{Key: "06999001", Name: "Hinterwaldstadt"}, {Key: "14612000", Name: "Neudresden"}},
		Institutions: []Institution{
			{Name: "Walddata", Regions: []aggregator.Region{aggregator.Hessen, aggregator.Thueringen}},
			{Name: "Hinterwald", Regions: []aggregator.Region{aggregator.Hessen}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ title, states, topic string }{
		{"Hinterwaldstadt: Neuer Friedhof geplant", "HE", "friedhof"},
		{"Neudresden: Gräber per App finden", "SN", "friedhof"},
		{"Walddata nimmt Rechner in Betrieb", "HE TH", ""},
		{"Hinterwald: Digitale Brücken für Bürger", "HE", "bruecke"},
		{"Hinterwald: Digitale Brücken aus Pontons", "HE", "-bruecke"},
		{"Hinterwald: Brücken für Bürger", "HE", "-bruecke"},
		{"Hessen: Traktoren online zulassen", "HE", "kfz"},
		{"Hessen: Kfz-Zulassung gestört", "HE", "-kfz"},
	} {
		l := c.Classify(aggregator.Text{Title: tc.title})
		if got := codes(l); !sameSet(got, strings.Fields(tc.states)) {
			t.Errorf("%s: Länder %v, want %s", tc.title, got, tc.states)
		}
		topic, absent := strings.CutPrefix(tc.topic, "-")
		if topic != "" && slices.Contains(l.Topics, aggregator.Topic(topic)) == absent {
			t.Errorf("%s: topics %v, want %s", tc.title, l.Topics, tc.topic)
		}
		checkReasons(t, aggregator.Text{Title: tc.title}, l)
	}
}

func TestBadConfig(t *testing.T) {
	for name, cfg := range map[string]Config{
		"topic without patterns":   {Topics: []Topic{{Slug: "leer"}}},
		"topic without slug":       {Topics: []Topic{{Any: []string{"x"}}}},
		"topic with empty pattern": {Topics: []Topic{{Slug: "leer", Any: []string{"*"}}}},
		"too many conditions":      {Topics: []Topic{{Slug: "viel", All: make([]string, 65)}}},
		"place outside Germany":    {Places: []Place{{Key: "99000000", Name: "Nirgends"}}},
		"place without name":       {Places: []Place{{Key: "14612000"}}},
		"place without word":       {Places: []Place{{Key: "14612000", Name: "!?"}}},
		"institution of nobody":    {Institutions: []Institution{{Name: "X-Amt"}}},
		"institution without name": {Institutions: []Institution{{Regions: []aggregator.Region{aggregator.Hessen}}}},
		"region of the Bund":       {Areas: []Area{{Slug: "x", Name: "X", States: []aggregator.Region{aggregator.Bund}}}},
	} {
		if _, err := New(cfg); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	c := newClassifier(t)
	want := labelsOf(c.Classify(sampleText))
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for k := range 40 {
				other := aggregator.Text{Title: fmt.Sprintf("Hessen: Meldung %d von %d", k, i)}
				if got := codes(c.Classify(other)); !sameSet(got, []string{"HE"}) {
					t.Errorf("got %v for %q", got, other.Title)
				}
				if got := labelsOf(c.Classify(sampleText)); !slices.Equal(got, want) {
					t.Errorf("got %v, want %v", got, want)
				}
			}
		})
	}
	wg.Wait()
}

func TestExplain(t *testing.T) {
	c := newClassifier(t)
	text := aggregator.Text{
		Title:   "Thüringen prüft Analysesoftware",
		Summary: "Wie in Hessen soll die Polizei Daten zusammenführen. Dr. Jens Hagen berichtete auf der Tagung in Dresden. Die Welt schaut zu.",
	}
	x := c.Explain(text)
	if got := labelsOf(x.Labels); !slices.Equal(got, labelsOf(c.Classify(text))) {
		t.Errorf("explained labels %v differ from given ones", got)
	}
	why := map[string]string{}
	for _, r := range x.Rejected {
		if text.Summary[r.Start:r.End] != r.Text || r.Field != aggregator.FieldSummary {
			t.Errorf("rejected %+v does not point into the summary", r)
		}
		why[r.Text] = r.Why
	}
	for name, want := range map[string]string{"Hessen": "Vergleich", "Hagen": rejectSurname, "Dresden": "Tagungsort", "Welt": rejectWord} {
		if why[name] != want {
			t.Errorf("%s is rejected as %q, want %q", name, why[name], want)
		}
	}
	if len(x.Scores) == 0 || x.Scores[0].Label != "TH" || !x.Scores[0].Given {
		t.Errorf("scores are %v", x.Scores)
	}
	var b bytes.Buffer
	n, err := x.WriteTo(&b)
	if err != nil || n != int64(b.Len()) || !strings.Contains(b.String(), "Familienname") || !strings.Contains(b.String(), "land.name") {
		t.Errorf("%d bytes, %v:\n%s", n, err, b.String())
	}
}

func TestEvaluate(t *testing.T) {
	c := newClassifier(t)
	items := `
{"id":"a","title":"Sachsen: Neues Portal","states":["SN"],"scope":"land","topics":["portale"]}
{"id":"b","title":"Hessen: Neues Portal","states":["BY"],"mentioned":["HE"],"scope":"land","topics":["ki"]}
{"id":"c","title":"EU-Kommission plant Gesetz","scope":"eu","states":[]}
{"id":"d","title":"Hessen","scope":"bund","states":[],"contested":true}
`
	rep, err := Evaluate(c, strings.NewReader(items))
	if err != nil {
		t.Fatal(err)
	}
	if rep.Items != 3 || rep.Contested != 1 || rep.ExactSets != 2 || rep.Scopes != 3 || rep.MentionedHits != 1 {
		t.Errorf("report is %+v", rep)
	}
	if want := (Counts{Hit: 1, False: 1, Missed: 1}); rep.States != want {
		t.Errorf("counts are %+v, want %+v", rep.States, want)
	}
	if f := rep.States.F1(); f != 0.5 {
		t.Errorf("F1 is %v", f)
	}
	if len(rep.Errors) != 1 || rep.Errors[0].Item.ID != "b" || rep.Errors[0].Reasoning == "" {
		t.Errorf("errors are %+v", rep.Errors)
	}
	var b strings.Builder
	if n, err := rep.WriteTo(&b); err != nil || n != int64(b.Len()) || !strings.Contains(b.String(), "b  soll land [BY], ist land [HE]") {
		t.Errorf("%v:\n%s", err, b.String())
	}
	for _, bad := range []string{"{", `{"id":"x"}`, "[]", strings.Repeat("x", 2<<20)} {
		if _, err := Evaluate(c, strings.NewReader(bad)); err == nil {
			t.Errorf("no error for %.20q", bad)
		}
	}
	if (Counts{}).F1() != 1 {
		t.Error("nothing to find and nothing found is not perfect")
	}
}

func TestSourceLink(t *testing.T) {
	for in, want := range map[string]string{
		"moz.de":            "https://moz.de/",
		"T-Online.de (dpa)": "https://t-online.de/",
		"Kommune21":         "",
		"":                  "",
		"a.de/b":            "",
		"user@a.de":         "",
		"dpa":               "",
	} {
		if got := SourceLink(in); got != want {
			t.Errorf("SourceLink(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestTokenize(t *testing.T) {
	l := newClassifier(t).lexicon
	for in, want := range map[string]string{
		"":                        "",
		" ;- ":                    "",
		"Bad Homburg v.d. Höhe":   "Bad|Homburg|v|d|Höhe",
		"SachsenMasterplan für":   "Sachsen|Masterplan|für",
		"HessenHeute":             "Hessen|Heute",
		"BundID LoRaWAN":          "BundID|LoRaWAN",
		"e²A und Kommune21":       "e²A|und|Kommune21",
		"Sachsen-Anhalt/Hessen":   "Sachsen|Anhalt|Hessen",
		"„Frankfurt (Oder)“":      "Frankfurt|Oder",
		"a\u00a0b\u200bc":         "a|b|c",
		strings.Repeat("ä", 1000): strings.Repeat("ä", 1000),
	} {
		var words []string
		for _, tok := range l.tokenize(in, nil) {
			words = append(words, in[tok.start:tok.end])
		}
		if got := strings.Join(words, "|"); got != want {
			t.Errorf("tokenize(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestMatcher(t *testing.T) {
	var ps []pattern
	for _, s := range []string{"=KI", "glasfaser*", "*akte", "open data", "*amt*", "über"} {
		p := parsePattern(s)
		p.text = patternText(p)
		ps = append(ps, p)
	}
	m, err := newMatcher(ps)
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{
		"KI ki Ki KITU":              "KI",
		"Glasfaserausbau Faser":      "Glasfaser",
		"Bauakte, Akten, AKTE":       "akte AKTE",
		"Open-Data und open\ndata":   "Open-Data open\ndata",
		"Beamte im Ordnungsamt":      "amt amt",
		"Über ÜBER darüber überall":  "Über ÜBER",
		"Glasfaser-KI im Amt (Akte)": "Glasfaser KI Amt Akte",
	} {
		var got []string
		for _, h := range m.scan(in, nil) {
			got = append(got, in[h.start:h.end])
		}
		if strings.Join(got, " ") != want {
			t.Errorf("scan(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestMatcherFindsAll tries every pattern at every byte of a text, and of texts in
// which the words are glued together.
func TestMatcherFindsAll(t *testing.T) {
	m := newClassifier(t).matcher
	text := sampleText.Title + "\n" + sampleText.Summary
	for _, text := range []string{text, strings.ToUpper(text), strings.ReplaceAll(text, " ", ""), strings.ReplaceAll(text, "e", "ä"), text[:1], text[:2], ""} {
		var want []hit
		for i := range m.patterns {
			p := &m.patterns[i]
			for start := 0; start+len(p.text) <= len(text); start++ {
				if p.text != "" && p.fits(text, start, start+len(p.text)) {
					want = append(want, hit{start: int32(start), end: int32(start + len(p.text)), pattern: p})
				}
			}
		}
		slices.Reverse(want)
		slices.SortStableFunc(want, func(a, b hit) int { return cmp.Or(cmp.Compare(a.end, b.end), cmp.Compare(a.start, b.start)) })
		if got := m.scan(text, nil); !slices.Equal(got, want) {
			t.Errorf("%d hits in %q, want %d", len(got), text, len(want))
		}
	}
}

// fits tells whether the pattern occurs at a place.
func (p *pattern) fits(text string, start, end int) bool {
	for i := range len(p.text) {
		if foldByte(p.text[i]) != foldByte(text[start+i]) {
			return false
		}
	}
	return (!p.exact || text[start:end] == p.text) && (p.openRight || end == len(text) || !wordAt(text[end:])) &&
		(p.openLeft || start == 0 || !wordBefore(text[:start]))
}

// TestMatcherBytes: patterns with too many different bytes are an error.
func TestMatcherBytes(t *testing.T) {
	var ps []pattern
	for r := rune('\u0100'); r < '\u0500'; r++ {
		ps = append(ps, pattern{text: string(r)})
	}
	if _, err := newMatcher(ps); err == nil {
		t.Error("no error")
	}
}

func TestAdjectives(t *testing.T) {
	for name, want := range map[string]string{
		"Dresden": "Dresdner", "Minden": "Mindener", "Göttingen": "Göttinger", "Bremen": "Bremer", "Gießen": "Gießener",
		"Karlsruhe": "Karlsruher", "Kassel": "Kasseler", "Münster": "Münsteraner", "Merseburg": "Merseburger", "Jena": "Jenaer",
		"Saarbrücken": "Saarbrücker", "Neunkirchen": "Neunkircher", "Aachen": "Aachener", "Zwickau": "Zwickauer", "Hausach": "Hausacher",
	} {
		if got := adjectives(name); !slices.Contains(got, want) {
			t.Errorf("adjectives(%q) = %q, want %q among them", name, got, want)
		}
	}
	if got := adjectives(""); got != nil {
		t.Errorf("adjectives of nothing: %q", got)
	}
	for name, want := range map[string]string{"Hessen": "Hessens", "Mainz": "", "Worms": "", "Neuß": "", "Halle (Saale)": ""} {
		if got := genitive(name); got != want {
			t.Errorf("genitive(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestParseLands(t *testing.T) {
	for in, want := range map[string]string{"SN": "SN", "BE,BB": "BE,BB", "bund": "bund", "international": "international", "HH,bund": "HH,bund"} {
		set, ok := parseLands(in)
		if got := landNames(set); !ok || got != want {
			t.Errorf("parseLands(%q) = %q, %v", in, got, ok)
		}
	}
	for _, bad := range []string{"", "XX", "SN,", "alle", "unklar", "SN;BY"} {
		if set, ok := parseLands(bad); ok {
			t.Errorf("parseLands(%q) = %q, want an error", bad, landNames(set))
		}
	}
}

func TestLink(t *testing.T) {
	c := newClassifier(t)
	for link, want := range map[string]string{
		"https://www.medienservice.sachsen.de/medien/1": "SN",
		"https://www.niedersachsen.de/":                 "NI",
		"https://www.nuernberg.de/":                     "BY",
		"https://landkreis-lueneburg.de/x":              "NI",
		"https://kreis-steinfurt.de:8443/":              "NW",
		"https://bundesregierung.de/":                   "",
		"https://example.org/sachsen":                   "",
		"mailto:x@sachsen.de":                           "",
		"":                                              "",
	} {
		h := c.readLink(link, true)
		if got := landNames(h.lands); got != want {
			t.Errorf("readLink(%q) finds %q, want %q", link, got, want)
		}
		for _, e := range h.evidence {
			if int(e.end) > len(link) || e.start >= e.end {
				t.Errorf("readLink(%q): span %d-%d", link, e.start, e.end)
			}
		}
	}
}

// TestLongTexts holds the work on texts that invite quadratic work to a bound
// that only linear work meets with certainty.
func TestLongTexts(t *testing.T) {
	c := newClassifier(t)
	for _, unit := range []string{"Essen, ", "Neustadt und ", "Peter Hagen ", "Dresden und Leipzig, ", "Kontakt ", "von Bonn bis Kiel ", "KI ", "Sachsen-"} {
		text := aggregator.Text{Title: "x", Content: strings.Repeat(unit, 200_000/len(unit))}
		checkReasons(t, text, c.Classify(text))
	}
}
