package demo

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"laenderfeed/aggregator"
)

func TestItems(t *testing.T) {
	items, err := Items()
	if err != nil {
		t.Fatal(err)
	}
	titles := map[string]bool{}
	perPublisher := map[string]int{}
	reserve := 0
	for _, it := range items {
		if titles[it.Title] {
			t.Errorf("title twice: %q", it.Title)
		}
		titles[it.Title] = true
		perPublisher[it.Publisher]++
		if it.Reserve {
			reserve++
		}
		for _, s := range []string{it.Title, it.Summary} {
			if !utf8.ValidString(s) || s != strings.TrimSpace(s) || strings.ContainsAny(s, "<>\r") || strings.Contains(s, "  ") {
				t.Errorf("untidy text: %q", s)
			}
		}
		if n := strings.Count(it.Summary, ". ") + 1; n > 3 || !strings.HasSuffix(it.Summary, ".") {
			t.Errorf("%q: summary of %d sentences, ending in %q", it.Title, n, it.Summary[len(it.Summary)-1:])
		}
		if (it.Scope == aggregator.ScopeLand) != (len(it.Regions) > 0) {
			t.Errorf("%q: scope %q with Länder %v", it.Title, it.Scope, it.Regions)
		}
	}
	if got := len(items) - reserve; got < 160 || reserve < 40 {
		t.Errorf("%d items and %d in reserve, want 160 and 40", got, reserve)
	}
	for _, o := range outlets() {
		if n := perPublisher[o.id]; o.render != nil && n < 10 {
			t.Errorf("%s has %d items, want 10", o.id, n)
		}
	}
}

func TestItemsCoverEverything(t *testing.T) {
	items, err := Items()
	if err != nil {
		t.Fatal(err)
	}
	regions, topics, scopes := map[aggregator.Region]int{}, map[aggregator.Topic]int{}, map[aggregator.Scope]int{}
	both, recent, old := 0, 0, 0
	for _, it := range items {
		scopes[it.Scope]++
		if len(it.Regions) > 1 {
			both++
		}
		for _, topic := range it.Topics {
			topics[topic]++
		}
		if it.Reserve {
			continue
		}
		for _, r := range it.Regions {
			regions[r]++
		}
		if it.Age <= 7*24*time.Hour {
			recent++
		}
		if it.Age >= 30*24*time.Hour {
			old++
		}
	}
	for _, r := range aggregator.Laender() {
		if regions[r] < 6 {
			t.Errorf("%s has %d items, want 6", r, regions[r])
		}
	}
	for _, topic := range aggregator.Topics() {
		if topics[topic] < 3 {
			t.Errorf("%s has %d items, want 3", topic, topics[topic])
		}
	}
	if scopes[aggregator.ScopeBund] < 15 || scopes[aggregator.ScopeInternational] < 6 || scopes[aggregator.ScopeUnklar] < 2 || both < 8 {
		t.Errorf("scopes %v, %d items about several Länder", scopes, both)
	}
	if recent <= old || old == 0 {
		t.Errorf("%d items of the last 7 days, %d older than 30", recent, old)
	}
}

func TestReserveCyclesThroughPublishers(t *testing.T) {
	items, err := Items()
	if err != nil {
		t.Fatal(err)
	}
	var last []string
	for _, it := range items {
		if !it.Reserve {
			continue
		}
		if n := len(last); n > 0 && last[n-1] == it.Publisher {
			t.Errorf("%q: the same publisher twice in a row", it.Title)
		}
		last = append(last, it.Publisher)
	}
	slices.Sort(last)
	if got := len(slices.Compact(last)); got < 9 {
		t.Errorf("the reserve is spread over %d publishers", got)
	}
}

func TestMagazineTitlesHaveAKicker(t *testing.T) {
	items, err := Items()
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range items {
		if it.Publisher != "kommunalmagazin" {
			continue
		}
		if kicker, headline, found := strings.Cut(it.Title, ": "); !found || kicker == "" || headline == "" {
			t.Errorf("%q has no kicker", it.Title)
		}
	}
}

func TestParseItems(t *testing.T) {
	const good = "amtsgazette\t1.5\tSN+TH\tki,ozg\tTitel\tText."
	items, err := parseItems("# comment\n\n" + good + "\n")
	if err != nil || len(items) != 1 {
		t.Fatalf("%d items, %v", len(items), err)
	}
	if it := items[0]; it.Age != 90*time.Minute || it.Scope != aggregator.ScopeLand ||
		!slices.Equal(it.Regions, []aggregator.Region{aggregator.Sachsen, aggregator.Thueringen}) ||
		!slices.Equal(it.Topics, []aggregator.Topic{"ki", "ozg"}) {
		t.Errorf("read as %+v", it)
	}
	for _, c := range []struct{ old, new, want string }{
		{"amtsgazette", "unbekannt", "no publisher"},
		{"amtsgazette", "rathausreport", "no publisher"},
		{"\t1.5", "", "6 filled columns"},
		{"Titel", "", "6 filled columns"},
		{"Text.", "Text.\tmehr", "6 filled columns"},
		{"1.5", "-1", "age"},
		{"1.5", "1441", "age"},
		{"1.5", "NaN", "age"},
		{"1.5", "heute", "age"},
		{"SN+TH", "XX", "no Land"},
		{"SN+TH", "SN+bund", "no Land"},
		{"SN+TH", "sachsen", "no Land"},
		{"SN+TH", "SN+SN", "no Land"},
		{"SN+TH", "land", "no Land"},
		{"ki,ozg", "ki,", "no topic"},
		{"ki,ozg", "kunst", "no topic"},
	} {
		_, err := parseItems(good + "\n" + strings.Replace(good, c.old, c.new, 1))
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%q for %q: error %v, want line 2 and %q", c.new, c.old, err, c.want)
		}
	}
}
