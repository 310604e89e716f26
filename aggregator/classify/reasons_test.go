package classify

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"laenderfeed/aggregator"
)

// without returns a text in which everything that was named as a reason for
// the label is blanked.
func without(t aggregator.Text, reasons []aggregator.Reason, label string) aggregator.Text {
	for _, r := range reasons {
		if r.Label != label {
			continue
		}
		blank := func(s string) string {
			return s[:r.Start] + strings.Repeat(" ", r.End-r.Start) + s[r.End:]
		}
		switch r.Field {
		case aggregator.FieldTitle:
			t.Title = blank(t.Title)
		case aggregator.FieldSummary:
			t.Summary = blank(t.Summary)
		case aggregator.FieldContent:
			t.Content = blank(t.Content)
		case aggregator.FieldCategories:
			t.Categories = strings.Split(blank(strings.Join(t.Categories, "\n")), "\n")
		case aggregator.FieldLink:
			t.Link = ""
		case aggregator.FieldPrior:
			t.Prior = ""
		}
	}
	return t
}

func labelsOf(l aggregator.Labels) (labels []string) {
	for _, r := range l.Regions {
		if r != aggregator.Unklar {
			labels = append(labels, r.Label())
		}
	}
	for _, topic := range l.Topics {
		labels = append(labels, string(topic))
	}
	for _, p := range l.Places {
		labels = append(labels, p.Key)
	}
	return labels
}

// TestReasonsAreTheCause takes from each case, label by label, what was named
// as the reason for it: the label must be gone.
func TestReasonsAreTheCause(t *testing.T) {
	c := newClassifier(t)
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text := readCase(t, file).text
		l := c.Classify(text)
		for _, label := range labelsOf(l) {
			bare := without(text, l.Reasons, label)
			rest := c.Classify(bare)
			for _, left := range labelsOf(rest) {
				if left == label && !byDefault(rest, label) {
					t.Errorf("%s: %s is still given to %q\n%s", file, label, bare.Title+" | "+bare.Summary, c.Explain(bare))
				}
			}
		}
	}
}

// byDefault tells whether a label is given for want of anything else: there is
// no span to blank.
func byDefault(l aggregator.Labels, label string) bool {
	for _, r := range l.Reasons {
		if r.Label == label && r.Field != aggregator.FieldDefault {
			return false
		}
	}
	return true
}

func TestClassifyAnyText(t *testing.T) {
	c := newClassifier(t)
	for _, text := range []aggregator.Text{
		{},
		{Title: ":"},
		{Title: " / : / "},
		{Title: "Sachsen"},
		{Title: "Sachsen:"},
		{Title: ": Sachsen"},
		{Title: "\xff\xfe Sachsen\x00"},
		{Title: strings.Repeat("Sachsen-", 5000)},
		{Title: strings.Repeat("ß", 5000)},
		{Title: "Ä", Link: "http://[::1"},
		{Title: "Ä", Link: "https://sachsen.de"},
		{Title: "Ä", Link: "/relative?x=sachsen.de"},
		{Title: "Ä", Categories: []string{"", "Hessen", "\n"}},
		{Title: "Ä", Summary: "Kontakt: a", Prior: aggregator.Bund},
		{Title: "Ä", Prior: aggregator.Unklar},
		{Title: "Ä", Prior: "atlantis"},
	} {
		checkReasons(t, text, c.Classify(text))
	}
}

// FuzzClassify feeds any text: no panic, every reason points into its field.
func FuzzClassify(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	f.Add("Wiesbaden / MACH: Ökosystem", "Dr. Martin Hagen sagte in Essen", "Pressekontakt: X", "https://www.sachsen.de/", "SN")
	for _, file := range files[:20] {
		f.Add(filepath.Base(file), strings.TrimSuffix(file, ".txt"), "SachsenMasterplan", "", "")
	}
	c := newClassifier(f)
	f.Fuzz(func(t *testing.T, title, summary, content, link, prior string) {
		region, _ := aggregator.ParseRegion(prior)
		text := aggregator.Text{Title: title, Summary: summary, Content: content, Link: link, Prior: region, Categories: []string{summary, prior}}
		var l aggregator.Labels
		size := len(title) + 2*len(summary) + len(content) + len(link) + len(prior)
		if got := allocated(func() { l = c.Classify(text) }); got > allocBound(size) {
			t.Errorf("%d bytes of text cost %d bytes of memory, at most %d are allowed", size, got, allocBound(size))
		}
		checkReasons(t, text, l)
		again := c.Classify(text)
		if strings.Join(labelsOf(again), " ") != strings.Join(labelsOf(l), " ") {
			t.Errorf("labels change from %v to %v", labelsOf(l), labelsOf(again))
		}
	})
}

// allocBound is how many bytes an item may cost: what the scratch of a first
// call takes, and a multiple of its text.
func allocBound(size int) uint64 { return 4<<20 + 400*uint64(size) }

// allocated returns how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestNoTextIsCatastrophic classifies texts made to be expensive: memory stays
// within the bound.
func TestNoTextIsCatastrophic(t *testing.T) {
	c := newClassifier(t)
	for name, unit := range map[string]string{
		"Länder": "Sachsen ", "list": "Bayern, Hessen, ", "towns": "Neustadt ", "long names": "Verbandsgemeinde Kirner Land ",
		"surnames": "Dr. Martin Hagen ", "prefixes": "Bund/Bayern: ", "hyphens": "Nordrhein-", "one word": "verwaltungs",
		"topics": "KI Breitband E-Akte ", "institutions": "IT-Planungsrat Dataport AKDB ", "brackets": "Frankfurt (", "marks": ".:/,;()", "umlauts": "äöüß ", "broken": "\xc3",
	} {
		whole := strings.Repeat(unit, 100_000/len(unit))
		for _, text := range []aggregator.Text{{Title: whole}, {Title: "x", Summary: whole}, {Title: "x", Content: whole}} {
			if got := allocated(func() { c.Classify(text) }); got > allocBound(len(whole)) {
				t.Errorf("%s: %d bytes of memory for %d of text", name, got, len(whole))
			}
		}
	}
}
