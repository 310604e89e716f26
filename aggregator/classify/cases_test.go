package classify

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"laenderfeed/aggregator"
)

// testCase is one file of testdata: lines "key: value". The keys of the item
// are titel, text (summary), inhalt (content), rubriken (categories, parted by
// semicolons), adresse (link) and quelle (code of the Land the source speaks
// for). Those of what is expected are
//
//	länder      codes of exactly the labelled Länder; reichweite is land then
//	reichweite  land, bund, international or unklar
//	nicht       codes of Länder that must not be labelled
//	themen      topics that must be among the labelled ones
//	orte        keys of places that must be among the labelled ones
//
// Lines that begin with '#' are comments.
type testCase struct {
	text                          aggregator.Text
	scope                         string
	states, not, topics, places   []string
	expectsStates, expectsNothing bool
}

func readCase(t *testing.T, file string) testCase {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	tc := testCase{expectsNothing: true}
	for line := range strings.Lines(string(b)) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		value = strings.TrimSpace(value)
		switch {
		case key == "" || key[0] == '#':
		case !ok || !tc.set(key, value):
			t.Fatalf("%s: no key: %q", file, line)
		}
	}
	if tc.expectsNothing || tc.text.Title == "" {
		t.Fatalf("%s: no title, or nothing expected", file)
	}
	return tc
}

func (tc *testCase) set(key, value string) bool {
	switch key {
	case "titel":
		tc.text.Title = value
		return true
	case "text":
		tc.text.Summary = value
		return true
	case "inhalt":
		tc.text.Content = value
		return true
	case "adresse":
		tc.text.Link = value
		return true
	case "rubriken":
		for c := range strings.SplitSeq(value, ";") {
			tc.text.Categories = append(tc.text.Categories, strings.TrimSpace(c))
		}
		return true
	case "quelle":
		tc.text.Prior, _ = aggregator.ParseRegion(value)
		return tc.text.Prior != ""
	}
	tc.expectsNothing = false
	switch key {
	case "länder":
		tc.states, tc.expectsStates, tc.scope = strings.Fields(value), true, "land"
	case "reichweite":
		tc.scope = value
	case "nicht":
		tc.not = strings.Fields(value)
	case "themen":
		tc.topics = strings.Fields(value)
	case "orte":
		tc.places = strings.Fields(value)
	default:
		return false
	}
	return true
}

func TestCases(t *testing.T) {
	c := newClassifier(t)
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < 80 {
		t.Fatalf("%d cases, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			tc := readCase(t, file)
			l := c.Classify(tc.text)
			if wrong := tc.compare(l); len(wrong) > 0 {
				t.Errorf("%s\n%s", strings.Join(wrong, "\n"), c.Explain(tc.text))
			}
			checkReasons(t, tc.text, l)
		})
	}
}

func (tc *testCase) compare(l aggregator.Labels) (wrong []string) {
	got := codes(l)
	if tc.scope != "" && string(l.Scope) != tc.scope {
		wrong = append(wrong, "scope is "+string(l.Scope)+", want "+tc.scope)
	}
	if tc.expectsStates && !sameSet(got, tc.states) {
		wrong = append(wrong, "Länder are "+strings.Join(got, " ")+", want "+strings.Join(tc.states, " "))
	}
	for _, n := range tc.not {
		if slices.Contains(got, n) {
			wrong = append(wrong, n+" is labelled")
		}
	}
	for _, topic := range tc.topics {
		if !slices.Contains(l.Topics, aggregator.Topic(topic)) {
			wrong = append(wrong, "no topic "+topic)
		}
	}
	for _, key := range tc.places {
		if !slices.ContainsFunc(l.Places, func(p aggregator.Place) bool { return p.Key == key }) {
			wrong = append(wrong, "no place "+key)
		}
	}
	return wrong
}

// checkReasons tests what holds for the labels of any text.
func checkReasons(t *testing.T, text aggregator.Text, l aggregator.Labels) {
	t.Helper()
	fields := map[aggregator.Field]string{
		aggregator.FieldTitle: text.Title, aggregator.FieldSummary: text.Summary, aggregator.FieldContent: text.Content,
		aggregator.FieldCategories: strings.Join(text.Categories, "\n"), aggregator.FieldLink: text.Link,
		aggregator.FieldPrior: "", aggregator.FieldDefault: "",
	}
	reasons := map[string]int{}
	for _, r := range l.Reasons {
		reasons[r.Label]++
		f, ok := fields[r.Field]
		if !ok || r.Start < 0 || r.End > len(f) || r.Start > r.End || f[r.Start:r.End] != r.Text || r.Rule == "" {
			t.Errorf("reason %+v does not point into its field", r)
		}
		if f != "" && r.Text == "" {
			t.Errorf("reason %+v is empty", r)
		}
	}
	var labels []string
	for _, r := range l.Regions {
		labels = append(labels, r.Label())
	}
	for _, topic := range l.Topics {
		labels = append(labels, string(topic))
	}
	for _, p := range l.Places {
		labels = append(labels, p.Key)
		if !slices.Contains(l.Regions, p.Region()) {
			t.Errorf("place %v lies outside the labelled Länder %v", p, l.Regions)
		}
	}
	for _, label := range labels {
		if reasons[label] == 0 {
			t.Errorf("label %s has no reason", label)
		}
	}
	if len(l.Regions) == 0 || (l.Scope == aggregator.ScopeLand) != l.Regions[0].IsLand() {
		t.Errorf("scope %s with regions %v", l.Scope, l.Regions)
	}
}
