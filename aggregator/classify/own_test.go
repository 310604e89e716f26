package classify

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"laenderfeed/aggregator"
)

func withRules(t testing.TB, cfg Config) *Classifier {
	t.Helper()
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestOwnPatterns tries each notation against texts it is for and against.
func TestOwnPatterns(t *testing.T) {
	for _, tc := range []struct {
		pattern  string
		yes, not []string
	}{
		{"Zwilling", []string{"Zwilling", "ein zwilling.", "die ZWILLINGE", "des Zwillings", "Daten-Zwilling", "(Zwilling)"}, []string{"Zwillingspaar", "Drilling", ""}},
		{"Verwaltungen", []string{"Verwaltung", "Verwaltungen", "verwaltungs-"}, []string{"Verwaltungsgericht", "Verwalter"}},
		{"Burg", []string{"die Burgen", "Burg"}, []string{"Bürger", "Buerger", "Burgund"}},
		{"Digitaler Zwilling", []string{"digitaler Zwilling", "Digitale Zwillinge", "des digitalen Zwillings", "digital-zwilling"},
			[]string{"digitaler, Zwilling", "Digitaler. Zwilling", "Zwilling digitaler", "digitaler neuer Zwilling"}},
		{`"digitaler Zwilling"`, []string{"Digitaler Zwilling", "DIGITALER ZWILLING"}, []string{"digitale Zwillinge", "digitalen Zwilling"}},
		{"Bürgerbüro*", []string{"Buergerbueros", "Bürgerbüroleiterin", "BÜRGERBÜRO", "Bu\u0308rgerbu\u0308ro"}, []string{"Burgerburo", "Mobilbürgerbüro"}},
		{"Strasse", []string{"Straße", "Strassen", "STRASSE"}, []string{"Straßenbau"}},
		{"*akte", []string{"E-Akte", "Bauakte", "akte"}, []string{"Akten", "Bauakten"}},
		{"*glasfaser*", []string{"Ultraglasfasernetz", "Glasfaser"}, []string{"Glas-Faser"}},
		{"GIS", []string{"GIS", "GIS-Portal"}, []string{"gis", "Gis", "GISTEC"}},
		{"EfA", []string{"EfA-Dienst"}, []string{"EFA", "efa"}},
		{"=Lage", []string{"Lage"}, []string{"lage", "LAGE", "Lagen"}},
		{"Netz{werk,plan}", []string{"Netzwerke", "Netzplan"}, []string{"Netz"}},
		{"E-Akte", []string{"E-Akte", "e akte", "E-Akten"}, []string{"Eakte"}},
		{"GIS Portal", []string{"GIS-Portale", "GIS Portal"}, []string{"Gis-Portal"}},
	} {
		c := withRules(t, Config{Topics: []Topic{{Slug: "eigen", Any: []string{tc.pattern}}}})
		has := func(text string) bool {
			return slices.Contains(c.Classify(aggregator.Text{Title: "Eine Meldung", Summary: text}).Topics, "eigen")
		}
		for _, text := range tc.yes {
			if !has(text) {
				t.Errorf("%s is not found in %q", tc.pattern, text)
			}
		}
		for _, text := range tc.not {
			if has(text) {
				t.Errorf("%s is found in %q", tc.pattern, text)
			}
		}
	}
}

// TestOwnTopicConditions tries any, all and none together and alone.
func TestOwnTopicConditions(t *testing.T) {
	any, all, none := []string{"Apfel", "Birne"}, []string{"Kuchen", "Sahne"}, []string{"Rezept"}
	for _, tc := range []struct {
		topic Topic
		text  string
		want  bool
	}{
		{Topic{Any: any}, "Birne", true},
		{Topic{Any: any}, "Kuchen", false},
		{Topic{All: all}, "Kuchen mit Sahne", true},
		{Topic{All: all}, "Kuchen mit Kuchen", false},
		{Topic{Any: any, All: all}, "Kuchen mit Sahne", false},
		{Topic{Any: any, All: all}, "Birne, Kuchen, Sahne", true},
		{Topic{Any: any, All: all}, "Birne, Kuchen", false},
		{Topic{Any: any, None: none}, "Apfel", true},
		{Topic{Any: any, None: none}, "Apfel im Rezept", false},
		{Topic{All: all, None: none}, "Kuchen mit Sahne, ein Rezept", false},
		{Topic{Any: any, All: all, None: none}, "Apfel, Kuchen, Sahne", true},
	} {
		tc.topic.Slug = "eigen"
		c := withRules(t, Config{Topics: []Topic{tc.topic}})
		// Where in the item the words stand makes no difference.
		for _, text := range []aggregator.Text{{Title: tc.text}, {Title: "Titel", Summary: tc.text}, {Title: "Titel", Content: tc.text}, {Title: "Titel", Categories: []string{tc.text}}} {
			l := c.Classify(text)
			if got := slices.Contains(l.Topics, "eigen"); got != tc.want {
				t.Errorf("any %v all %v none %v in %q: %v", tc.topic.Any, tc.topic.All, tc.topic.None, tc.text, got)
			}
			if tc.want && !has(l.Reasons, "eigen") {
				t.Errorf("no reason for %q", tc.text)
			}
		}
	}
}

// TestOwnTopicsStandAlone: an own topic changes no other label.
func TestOwnTopicsStandAlone(t *testing.T) {
	plain := newClassifier(t)
	c := withRules(t, Config{Topics: []Topic{{Slug: "eigen", Any: []string{"Ausbau", "Breitband*", "der", "Landkreis"}}}})
	want, got := plain.Classify(sampleText), c.Classify(sampleText)
	if !slices.Contains(got.Topics, "eigen") {
		t.Fatalf("topics %v", got.Topics)
	}
	got.Topics = slices.DeleteFunc(got.Topics, func(s aggregator.Topic) bool { return s == "eigen" })
	if fmt.Sprint(got.Topics, got.Regions, got.Places) != fmt.Sprint(want.Topics, want.Regions, want.Places) {
		t.Errorf("labels %v, want %v", got, want)
	}
}

func TestOwnTopicReplaces(t *testing.T) {
	text := aggregator.Text{Title: "Breitbandausbau kommt voran", Summary: "Glasfaser für alle"}
	if !slices.Contains(newClassifier(t).Classify(text).Topics, "breitband") {
		t.Fatal("the built-in topic is not given")
	}
	c := withRules(t, Config{Topics: []Topic{{Slug: "breitband", Any: []string{"Kupferkabel"}}}})
	if got := c.Classify(text).Topics; slices.Contains(got, "breitband") {
		t.Errorf("topics %v", got)
	}
	if got := c.Classify(aggregator.Text{Title: "Kupferkabel gestohlen"}).Topics; !slices.Contains(got, "breitband") {
		t.Errorf("topics %v", got)
	}
}

func TestOwnRegion(t *testing.T) {
	plain := newClassifier(t)
	c := withRules(t, Config{Areas: []Area{
		{Slug: "rhein-neckar", Name: "Metropolregion Rhein-Neckar", Places: []string{"Mannheim", "Rhein-Neckar-Kreis", "07314"}},
		{Slug: "norden", Name: "Der Norden", States: []aggregator.Region{aggregator.Hamburg, aggregator.SchleswigHolstein}},
	}})
	for _, tc := range []struct {
		title string
		want  string
		span  string // of the reason
	}{
		{"Mannheim: Bürgerbüro öffnet", "[baden-wuerttemberg rhein-neckar]", "Mannheim"},
		{"Stadt Weinheim führt die E-Akte ein", "[baden-wuerttemberg rhein-neckar]", "Weinheim"}, // in the Rhein-Neckar-Kreis
		{"Ludwigshafen am Rhein: Neues Portal", "[rheinland-pfalz rhein-neckar]", "Ludwigshafen am Rhein"},
		{"Stuttgart: Bürgerbüro öffnet", "[baden-wuerttemberg]", ""},
		{"Hamburg: Neues Portal", "[hamburg norden]", "Hamburg"},
		{"Kiel: Neues Portal", "[schleswig-holstein norden]", "Kiel"},
		{"IT-Planungsrat tagt in Hamburg", "[bund]", ""},
		{"Wetter wird besser", "", ""},
	} {
		l := c.Classify(aggregator.Text{Title: tc.title})
		if tc.want == "" { // as without own regions
			tc.want = fmt.Sprint(plain.Classify(aggregator.Text{Title: tc.title}).Regions)
		}
		if got := fmt.Sprint(l.Regions); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.title, got, tc.want)
		}
		for _, r := range l.Reasons {
			if (r.Label == "rhein-neckar" || r.Label == "norden") && (r.Text != tc.span || tc.title[r.Start:r.End] != tc.span || r.Rule != ruleArea) {
				t.Errorf("%s: reason %+v", tc.title, r)
			}
		}
		for _, region := range l.Regions {
			if !has(l.Reasons, region.Label()) {
				t.Errorf("%s: no reason for %s", tc.title, region)
			}
		}
	}
	odd := withRules(t, Config{Areas: []Area{{Slug: "a", Name: `Region "Mitte" {Süd}*`, Places: []string{"Kassel"}}}})
	if got := odd.Classify(aggregator.Text{Title: "Hessen: Region Mitte Süd wächst"}).Regions; !slices.Contains(got, "a") {
		t.Errorf("regions %v", got)
	}
	// The name alone does, where the Land fits.
	text := aggregator.Text{Title: "Sachsen: Wie die Metropolregion Rhein-Neckar ihre Portale verbindet"}
	if got := c.Classify(text).Regions; slices.Contains(got, "rhein-neckar") != slices.ContainsFunc(got, func(r aggregator.Region) bool {
		return r == aggregator.BadenWuerttemberg || r == aggregator.RheinlandPfalz
	}) {
		t.Errorf("regions %v", got)
	}
	text = aggregator.Text{Title: "Baden-Württemberg: Metropolregion Rhein-Neckar verbindet Portale"}
	if got := c.Classify(text).Regions; !slices.Contains(got, "rhein-neckar") {
		t.Errorf("regions %v", got)
	}
}

func TestOwnPlacesAndInstitutions(t *testing.T) {
	c := withRules(t, Config{
		Places: []Place{
			{Key: "14625999", Name: "Neuhausbach", Names: []string{"Gemeinde am Neubach"}, Population: 3000},
			{Key: "08222000", Names: []string{"Monnem"}},
			{Key: "08221000", Name: "Universitätsstadt Heidelberg"},
		},
		Institutions: []Institution{
			{Name: "Amt für Zukunft", Names: []string{"AfZukunft"}, Regions: []aggregator.Region{aggregator.Bremen}},
			{Name: "Dataport", Regions: []aggregator.Region{aggregator.Saarland}},
			{Name: "Zentralstelle Vorsprung", Regions: []aggregator.Region{aggregator.Bund}},
		},
	})
	for _, tc := range []struct{ title, regions, place string }{
		{"Neuhausbach: Rathaus öffnet digital", "[sachsen]", "14625999"},
		{"Stadt Monnem: Rathaus öffnet digital", "[baden-wuerttemberg]", "08222000"},
		{"Heidelberg: Rathaus öffnet digital", "[baden-wuerttemberg]", "08221000"},
		{"Amt für Zukunft stellt Pläne vor", "[bremen]", ""},
		{"AfZukunft stellt Pläne vor", "[bremen]", ""},
		{"Dataport stellt Pläne vor", "[saarland]", ""},
		{"Zentralstelle Vorsprung stellt Pläne vor", "[bund]", ""},
	} {
		l := c.Classify(aggregator.Text{Title: tc.title})
		if got := fmt.Sprint(l.Regions); got != tc.regions {
			t.Errorf("%s: %s, want %s", tc.title, got, tc.regions)
		}
		if tc.place != "" && !slices.ContainsFunc(l.Places, func(p aggregator.Place) bool { return p.Key == tc.place }) {
			t.Errorf("%s: places %v", tc.title, l.Places)
		}
	}
	l := c.Classify(aggregator.Text{Title: "Heidelberg: Rathaus öffnet digital"})
	if len(l.Places) == 0 || l.Places[0].Name != "Universitätsstadt Heidelberg" {
		t.Errorf("places %v", l.Places)
	}
}

// TestRuleErrors gives each mistake a rule can hold, and where it is noticed.
func TestRuleErrors(t *testing.T) {
	topic := func(f func(*Topic)) Config {
		tp := Topic{Slug: "eigen", Any: []string{"Apfel"}}
		f(&tp)
		return Config{Topics: []Topic{{Slug: "gut", Any: []string{"Birne"}}, tp}}
	}
	region := func(places ...string) Config { return Config{Areas: []Area{{Slug: "r", Name: "R", Places: places}}} }
	for name, tc := range map[string]struct {
		cfg       Config
		key, want string
	}{
		"no patterns":   {topic(func(p *Topic) { p.Any, p.None = nil, []string{"x"} }), "topic[1]", "can never match"},
		"no word":       {topic(func(p *Topic) { p.Any = []string{"Apfel", "?!"} }), "topic[1].any[1]", "can never occur"},
		"empty":         {topic(func(p *Topic) { p.All = []string{""} }), "topic[1].all[0]", "can never occur"},
		"quotes":        {topic(func(p *Topic) { p.Any = []string{`ein "Wort`} }), "topic[1].any[0]", "quote"},
		"quotes inside": {topic(func(p *Topic) { p.Any = []string{`"a" oder "b"`} }), "topic[1].any[0]", "quote"},
		"brace":         {topic(func(p *Topic) { p.Any = []string{"a{b,c"} }), "topic[1].any[0]", "brace"},
		"many forms":    {topic(func(p *Topic) { p.Any = []string{strings.Repeat("{a,b}", 30)} }), "topic[1].any[0]", "forms"},
		"many names": {Config{Institutions: []Institution{{Name: "Amt " + strings.Repeat("{a,b}", 30), Regions: []aggregator.Region{aggregator.Bund}}}},
			"institution[0].name", "forms"},
		"many places":     {Config{Places: []Place{{Key: "14999999", Name: "Ort " + strings.Repeat("{a,b}", 30)}}}, "place[0].name", "forms"},
		"star inside":     {topic(func(p *Topic) { p.Any = []string{"Ap*fel"} }), "topic[1].any[0]", "star inside"},
		"only a star":     {topic(func(p *Topic) { p.Any = []string{"*"} }), "topic[1].any[0]", "star without a word"},
		"one letter":      {topic(func(p *Topic) { p.Any = []string{"e*"} }), "topic[1].any[0]", "one letter"},
		"too long":        {topic(func(p *Topic) { p.Any = []string{strings.Repeat("x", 201)} }), "topic[1].any[0]", "longer than"},
		"none is any":     {topic(func(p *Topic) { p.None = []string{"apfel"} }), "topic[1].none[0]", "can never match"},
		"none covers any": {topic(func(p *Topic) { p.Any, p.None = []string{"Apfelkuchen", "Apfel-Mus"}, []string{"apf*"} }), "topic[1].none[0]", "can never match"},
		"none covers all": {topic(func(p *Topic) {
			p.All, p.None = []string{"roter Apfel", "Kuchen"}, []string{"Birne", "Äpfel", "Apfel"}
		}), "topic[1].none[2]", "can never match"},
		"same topic twice": {Config{Topics: []Topic{{Slug: "a", Any: []string{"b"}}, {Slug: "a", Any: []string{"c"}}}}, "topic[1].slug", "another topic"},
		"unknown place":    {region("Mannheim", "Manheim"), "region[0].places[1]", `there is no place "Manheim"`},
		"suggestion":       {region("Manheim"), "region[0].places[0]", `did you mean "08222000" (Mannheim)`},
		"ambiguous":        {region("Neustadt"), "region[0].places[0]", "is the name of"},
		"ambiguous keys":   {region("Oldenburg"), "region[0].places[0]", "03458"},
		"unknown key":      {region("99999"), "region[0].places[0]", `no place has the key "99999"`},
		"key of a Land":    {region("14"), "region[0].places[0]", "states"},
		"empty region":     {Config{Areas: []Area{{Slug: "r"}}}, "region[0]", "can never match"},
		"key abroad":       {Config{Places: []Place{{Key: "99000000", Name: "X"}}}, "place[0].key", "no Land"},
		"odd key":          {Config{Places: []Place{{Key: "1400", Name: "X"}}}, "place[0].key", "4 characters"},
		"nameless":         {Config{Places: []Place{{Key: "14999999"}}}, "place[0]", "no name"},
		"place is a Land":  {Config{Places: []Place{{Key: "14999999", Name: "Sachsen"}}}, "place[0].name", "can never match"},
		"place no word":    {Config{Places: []Place{{Key: "14999999", Name: "Xdorf", Names: []string{"--"}}}}, "place[0].names[0]", "can never occur"},
		"small place":      {Config{Places: []Place{{Key: "14999999", Name: "Xdorf: Süd"}}}, "place[0].name", "never be found"},
		"no Land":          {Config{Institutions: []Institution{{Name: "Amt X"}}}, "institution[0]", "speaks for no Land"},
		"body is a Land":   {Config{Institutions: []Institution{{Name: "Sachsen", Regions: []aggregator.Region{aggregator.Bund}}}}, "institution[0].name", "can never match"},
		"body unfindable":  {Config{Institutions: []Institution{{Name: "Amt X: Y", Regions: []aggregator.Region{aggregator.Bund}}}}, "institution[0].name", "never be found"},
	} {
		c, err := New(tc.cfg)
		var list RuleErrors
		if !errors.As(err, &list) || c != nil {
			t.Errorf("%s: error %v", name, err)
			continue
		}
		if list[0].Key != tc.key || !strings.Contains(list.Error(), tc.want) {
			t.Errorf("%s: %v, want %q at %s", name, list, tc.want, tc.key)
		}
	}
}

// TestPlacesByName looks up the names a region may use.
func TestPlacesByName(t *testing.T) {
	c := newClassifier(t)
	for name, want := range map[string]string{
		"Mannheim": "08222", "mannheim": "08222", "08222000": "08222000", "Rhein-Neckar-Kreis": "08226", "Essen": "05113",
		"Heilbronn": "08121", "Landkreis Heilbronn": "08125", "Essen (Oldenburg)": "03453006", "Ludwigshafen": "07314", "02000000-01": "02000000-01",
	} {
		c.faults = nil
		if got := strings.Join(c.keysOf(name, "k"), " "); got != want {
			t.Errorf("%s is %q, want %q; %v", name, got, want, c.faults)
		}
	}
}

// TestVersionFollowsRules: the version differs exactly where the rules do.
func TestVersionFollowsRules(t *testing.T) {
	versions := map[string]string{}
	for name, cfg := range map[string]Config{
		"none":   {},
		"topic":  {Topics: []Topic{{Slug: "a", Any: []string{"x y"}}}},
		"two":    {Topics: []Topic{{Slug: "a", Any: []string{"x", "y"}}}},
		"all":    {Topics: []Topic{{Slug: "a", All: []string{"x", "y"}}}},
		"none'":  {Topics: []Topic{{Slug: "a", Any: []string{"x"}, None: []string{"y"}}}},
		"slug":   {Topics: []Topic{{Slug: "b", Any: []string{"x", "y"}}}},
		"region": {Areas: []Area{{Slug: "a", Name: "A", States: []aggregator.Region{aggregator.Bayern}}}},
		"land":   {Areas: []Area{{Slug: "a", Name: "A", States: []aggregator.Region{aggregator.Berlin}}}},
		"places": {Areas: []Area{{Slug: "a", Name: "A", Places: []string{"Mannheim"}}}},
		"place":  {Places: []Place{{Key: "14999999", Name: "Xdorf"}}},
		"names":  {Places: []Place{{Key: "14999999", Name: "Xdorf", Names: []string{"Ydorf"}}}},
		"body":   {Institutions: []Institution{{Name: "Amt X", Regions: []aggregator.Region{aggregator.Bund}}}},
	} {
		c := withRules(t, cfg)
		if other, taken := versions[c.Version()]; taken {
			t.Errorf("%s has the version of %s", name, other)
		}
		versions[c.Version()] = name
		if again := withRules(t, cfg); again.Version() != c.Version() {
			t.Errorf("%s: version %s, then %s", name, c.Version(), again.Version())
		}
		if l := c.Classify(sampleText); l.Ruleset != c.Version() {
			t.Errorf("%s: labels of version %s, want %s", name, l.Ruleset, c.Version())
		}
	}
	empty := withRules(t, Config{Topics: []Topic{}, Areas: []Area{}, Places: []Place{}, Institutions: []Institution{}})
	if versions[empty.Version()] != "none" {
		t.Error("empty lists are no rules")
	}
}

// FuzzOwnPattern reads any pattern and looks for it in any text.
func FuzzOwnPattern(f *testing.F) {
	for _, s := range []string{"Verwaltung", `"a b"`, "=X", "*akte*", "a{b,c}", "{", "\xff", "ß", "\u0308", "a-*b"} {
		f.Add(s, "Ein Text über "+s)
	}
	base := newClassifier(f)
	f.Fuzz(func(t *testing.T, pattern, text string) {
		c := &Classifier{lexicon: base.lexicon}
		ps, msg := c.compile(pattern)
		if msg != "" {
			return
		}
		c.own.index(ps, ownRef{})
		fs := fieldScan{text: text, tokens: c.lexicon.tokenize(text, nil)}
		var folded ownText
		folded.fold(&fs)
		for i := range fs.tokens {
			c.own.occurrences(&folded, i, func(r *ownRef) {
				if i+len(r.words) > len(fs.tokens) {
					t.Errorf("%q runs over the end of %q", pattern, text)
				}
			})
		}
	})
}

func BenchmarkClassifyOwn(b *testing.B) {
	var cfg Config
	for i := range 20 {
		cfg.Topics = append(cfg.Topics, Topic{Slug: aggregator.Topic(fmt.Sprintf("eigen-%d", i)),
			Any: []string{"Glasfaser*", "Breitband", "digitaler Zwilling", "*portal", fmt.Sprintf("Wort%d", i)}, None: []string{"Unsinn"}})
	}
	c := withRules(b, cfg)
	b.ReportAllocs()
	for b.Loop() {
		c.Classify(sampleText)
	}
}

func TestFormsOf(t *testing.T) {
	for _, text := range []string{"", "a", "a{b,c}", "{,b}{c,d,e}", "a{b", "a}b{c,d}", "{}", "{a,b}{", "a,b{c}"} {
		if got, want := formsOf(text), len(expand(text)); got != want {
			t.Errorf("%q has %d forms, want %d", text, got, want)
		}
	}
	if got := formsOf(strings.Repeat("{a,b}", 300)); got <= maxForms {
		t.Errorf("%d forms", got)
	}
}
