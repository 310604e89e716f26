package main

import (
	"slices"
	"testing"

	"laenderfeed/aggregator"
	"laenderfeed/aggregator/classify"
	"laenderfeed/cmd/laenderfeed/demo"
)

// TestDemoItemsAreLabelledAsMeant classifies the invented news of the demo,
// which was labelled by people who did not see the classifier, and prints every
// difference.
func TestDemoItemsAreLabelledAsMeant(t *testing.T) {
	c, err := classify.New(classify.Config{})
	if err != nil {
		t.Fatal(err)
	}
	items, err := demo.Items()
	if err != nil {
		t.Fatal(err)
	}
	priors := demoPriors(t)
	hit, missed, wrong, scopes := 0, 0, 0, 0
	for _, it := range items {
		l := c.Classify(aggregator.Text{Title: it.Title, Summary: it.Summary, Prior: priors[it.Publisher]})
		var got []aggregator.Region
		if l.Scope == aggregator.ScopeLand {
			got = l.Regions
		}
		before := missed + wrong
		for _, r := range it.Regions {
			if slices.Contains(got, r) {
				hit++
			} else {
				missed++
			}
		}
		for _, r := range got {
			if !slices.Contains(it.Regions, r) {
				wrong++
			}
		}
		if l.Scope == it.Scope {
			scopes++
		}
		if missed+wrong > before || l.Scope != it.Scope {
			t.Logf("%q: %s %v, meant %s %v", it.Title, l.Scope, got, it.Scope, it.Regions)
		}
	}
	f1 := 2 * float64(hit) / float64(2*hit+missed+wrong)
	t.Logf("%d items: F1 %.3f (%d right, %d wrong, %d missed), scope %.3f", len(items), f1, hit, wrong, missed, float64(scopes)/float64(len(items)))
	if f1 < 0.93 {
		t.Errorf("F1 %.3f is too low", f1)
	}
}

// demoPriors returns what each publisher of the demo speaks for.
func demoPriors(t *testing.T) map[string]aggregator.Region {
	t.Helper()
	pubs, err := demo.Start(t.Context(), demo.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer pubs.Close()
	priors := map[string]aggregator.Region{}
	for _, s := range pubs.Sources() {
		priors[s.ID] = s.Region
	}
	return priors
}
