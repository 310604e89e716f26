package classify

import (
	"strings"
	"testing"

	"laenderfeed/aggregator"
)

// TestDataRows reads every data file line by line: no line twice, no blank
// around a cell, sorted where the file says so.
func TestDataRows(t *testing.T) {
	files, err := dataFiles.ReadDir("data")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		b, err := dataFiles.ReadFile("data/" + file.Name())
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]int{}
		n := 0
		for line := range strings.Lines(string(b)) {
			n++
			line = strings.TrimSuffix(line, "\n")
			if line == "" || line[0] == '#' {
				continue
			}
			if first, twice := seen[line]; twice {
				t.Errorf("%s:%d: the same as line %d: %q", file.Name(), n, first, line)
			}
			seen[line] = n
			for cell := range strings.SplitSeq(line, "\t") {
				if cell != strings.TrimSpace(cell) {
					t.Errorf("%s:%d: blanks around %q", file.Name(), n, cell)
				}
			}
		}
	}
}

// TestEveryNameMatches looks each name up as it stands in the data.
func TestEveryNameMatches(t *testing.T) {
	c := newClassifier(t)
	for _, file := range []struct {
		name    string
		columns []string
		cell    int
	}{
		{"states.tsv", []string{"codes", "form", "kind"}, 1},
		{"institutions.tsv", []string{"name", "label", "kind"}, 0},
		{"regions.tsv", []string{"name", "codes"}, 0},
		{"bynames.tsv", []string{"name", "label", "kind"}, 0},
		{"demonyms.tsv", []string{"form", "key"}, 0},
		{"officeholders.tsv", []string{"name", "label", "office", "from", "to"}, 0},
		{"gazetteer.tsv", placeColumns, 2},
		{"places.tsv", placeColumns, 2},
	} {
		rows, err := readTable(file.name, file.columns...)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			if strings.ContainsAny(r.cells[file.cell], ":-,") && (strings.Contains(r.cells[file.cell], ": ") || strings.Contains(r.cells[file.cell], "-,")) {
				continue // never found: a colon ends a sentence, and a hyphen with a comma parts words
			}
			for _, form := range expand(strings.TrimSuffix(r.cells[file.cell], "*")) {
				tokens := c.lexicon.tokenize(form, nil)
				if len(tokens) == 0 {
					t.Errorf("%s:%d: %q has no word", file.name, r.line, form)
					continue
				}
				if ms, n := c.lexicon.find(form, tokens, 0); n != len(tokens) || len(ms) == 0 {
					t.Errorf("%s:%d: %q is not found: %d of %d words", file.name, r.line, form, n, len(tokens))
				}
			}
		}
	}
}

// TestEveryPatternMatches scans the text of each pattern for the pattern.
func TestEveryPatternMatches(t *testing.T) {
	c := newClassifier(t)
	for i := range c.matcher.patterns {
		p := &c.matcher.patterns[i]
		if p.text == "" {
			t.Errorf("a pattern of class %d is empty", p.class)
			continue
		}
		found := false
		for _, h := range c.matcher.scan(p.text, nil) {
			found = found || h.pattern == p
		}
		if !found {
			t.Errorf("pattern %q (class %d) does not match itself", p.text, p.class)
		}
	}
}

// TestTopicsCovered tells whether every built-in topic has patterns.
func TestTopicsCovered(t *testing.T) {
	c := newClassifier(t)
	count := make([]int, len(c.topics))
	for _, p := range c.matcher.patterns {
		if p.class == classTopic {
			count[p.ref]++
		}
	}
	for i, n := range count {
		if n < 10 {
			t.Errorf("topic %s has %d patterns", c.topics[i], n)
		}
	}
}

// TestKeys checks that each place's key lies in its Land.
func TestKeys(t *testing.T) {
	c := newClassifier(t)
	if len(c.places) < 12_000 {
		t.Fatalf("%d places", len(c.places))
	}
	for _, p := range c.places {
		if got := landBit(aggregator.LandOfKey(p.key)); got != p.land {
			t.Errorf("%s %s: Land %s by its key, %s by its row", p.key, p.name, landNames(got), landNames(p.land))
		}
	}
}

func TestParseTable(t *testing.T) {
	columns := []string{"a", "b"}
	rows, err := parseTable("x.tsv", "# note\na\tb\n\n1\t2\r\n3\n", columns)
	if err != nil || len(rows) != 2 || rows[0].cells[1] != "2" || rows[1].cells[1] != "" || rows[1].line != 5 {
		t.Errorf("got %v, %v", rows, err)
	}
	for _, bad := range []string{"b\ta\n", "a\tb\n1\t2\t3\n"} {
		if _, err := parseTable("x.tsv", bad, columns); err == nil || !strings.Contains(err.Error(), "x.tsv:") {
			t.Errorf("%q: error %v", bad, err)
		}
	}
}

func TestExpand(t *testing.T) {
	for in, want := range map[string]string{
		"a":           "a",
		"a{,b}":       "a ab",
		"{a,b}c{d,e}": "acd ace bcd bce",
		"a{b":         "a{b",
		"a{}":         "a",
	} {
		if got := strings.Join(expand(in), " "); got != want {
			t.Errorf("expand(%q) = %q, want %q", in, got, want)
		}
	}
}
