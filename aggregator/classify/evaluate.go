package classify

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"laenderfeed/aggregator"
)

// GoldItem is one hand-labelled item, a line of the files [Evaluate] reads.
type GoldItem struct {
	ID          string   `json:"id"`
	Title       string   `json:"title"`
	Summary     string   `json:"summary"`
	Source      string   `json:"source"`       // name or host of the publisher
	OutletState string   `json:"outlet_state"` // code of the Land it speaks for, or ""
	States      []string `json:"states"`
	Scope       string   `json:"scope"`     // land, bund, eu, ausland, international, unklar
	Mentioned   []string `json:"mentioned"` // named, but not what the item is about
	Topics      []string `json:"topics"`
	Contested   bool     `json:"contested"` // careful people differ: not scored
}

// Text returns what a classifier may look at. A source that looks like a host
// is taken for that of the item's address.
func (g *GoldItem) Text() aggregator.Text {
	prior, _ := aggregator.ParseRegion(g.OutletState)
	return aggregator.Text{Title: g.Title, Summary: g.Summary, Prior: prior, Link: SourceLink(g.Source)}
}

// SourceLink returns an address for the name of a publisher that begins with a
// host, "moz.de" or "t-online.de (dpa)", else "".
func SourceLink(source string) string {
	host, _, _ := strings.Cut(source, " ")
	if !strings.Contains(host, ".") || strings.ContainsAny(host, "/:@?#") {
		return ""
	}
	return "https://" + strings.ToLower(host) + "/"
}

// Counts are the hits and misses of one label.
type Counts struct{ Hit, False, Missed int }

// Precision is the share of given labels that are right; 1 when none is given.
func (c Counts) Precision() float64 { return ratio(c.Hit, c.Hit+c.False) }

// Recall is the share of right labels that are given; 1 when there is none.
func (c Counts) Recall() float64 { return ratio(c.Hit, c.Hit+c.Missed) }

// F1 is the harmonic mean of precision and recall.
func (c Counts) F1() float64 { return ratio(2*c.Hit, 2*c.Hit+c.False+c.Missed) }

func ratio(a, b int) float64 {
	if b == 0 {
		return 1
	}
	return float64(a) / float64(b)
}

func (c *Counts) compare(got, want []string) {
	for _, g := range got {
		if slices.Contains(want, g) {
			c.Hit++
		} else {
			c.False++
		}
	}
	for _, w := range want {
		if !slices.Contains(got, w) {
			c.Missed++
		}
	}
}

// Report is the outcome of an evaluation. Contested items are counted and
// otherwise left out.
type Report struct {
	Items, Contested int
	States           Counts            // (item, Land) pairs
	ByState          map[string]Counts // by code
	ExactSets        int               // items whose set of Länder is right
	Scopes           int               // items whose scope is right
	MentionedHits    int               // Länder given that are only mentioned
	Topics           Counts            // (item, topic) pairs
	ByTopic          map[string]Counts // by slug
	ScopeConfusions  map[string]int    // "want as got" -> items
	Errors           []Mistake         // items with a wrong set of Länder or scope
	TopicErrors      []Mistake         // items with a wrong topic, Länder right or not
}

// Mistake is an item that was labelled otherwise than by hand.
type Mistake struct {
	Item      GoldItem
	Got       aggregator.Labels
	Reasoning string // the explanation for people
}

// Evaluate classifies hand-labelled items, one JSON object a line, and counts.
// It fails on a line that is no such object.
func Evaluate(c *Classifier, r io.Reader) (*Report, error) {
	rep := &Report{ByState: map[string]Counts{}, ByTopic: map[string]Counts{}, ScopeConfusions: map[string]int{}}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var g GoldItem
		if err := json.Unmarshal(lines.Bytes(), &g); err != nil {
			return nil, fmt.Errorf("reading labelled items: line %d: %w", n, err)
		}
		if g.Title == "" {
			return nil, fmt.Errorf("reading labelled items: line %d: no title", n)
		}
		rep.add(c, g)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading labelled items: %w", err)
	}
	return rep, nil
}

func (rep *Report) add(c *Classifier, g GoldItem) {
	if g.Contested {
		rep.Contested++
		return
	}
	rep.Items++
	got := c.Classify(g.Text())
	states := codes(got)
	scopeRight := rep.addScope(g, got)
	rep.States.compare(states, g.States)
	for _, land := range aggregator.Laender() {
		code := land.Code()
		n := rep.ByState[code]
		n.compare(intersect(states, code), intersect(g.States, code))
		rep.ByState[code] = n
	}
	for _, s := range states {
		if slices.Contains(g.Mentioned, s) {
			rep.MentionedHits++
		}
	}
	exact := sameSet(states, g.States)
	if exact {
		rep.ExactSets++
	}
	if !exact || !scopeRight {
		rep.Errors = append(rep.Errors, Mistake{g, got, c.Explain(g.Text()).String()})
	}
	rep.addTopics(c, g, got)
}

func (rep *Report) addScope(g GoldItem, got aggregator.Labels) bool {
	want := g.Scope
	if want == "eu" || want == "ausland" {
		want = string(aggregator.ScopeInternational)
	}
	if string(got.Scope) == want {
		rep.Scopes++
		return true
	}
	rep.ScopeConfusions[want+" als "+string(got.Scope)]++
	return false
}

func (rep *Report) addTopics(c *Classifier, g GoldItem, got aggregator.Labels) {
	var topics []string
	for _, t := range got.Topics {
		topics = append(topics, string(t))
	}
	rep.Topics.compare(topics, g.Topics)
	for _, t := range c.topics {
		n := rep.ByTopic[string(t)]
		n.compare(intersect(topics, string(t)), intersect(g.Topics, string(t)))
		rep.ByTopic[string(t)] = n
	}
	if !sameSet(topics, g.Topics) {
		rep.TopicErrors = append(rep.TopicErrors, Mistake{g, got, ""})
	}
}

// codes returns the codes of the labelled Länder.
func codes(l aggregator.Labels) (cs []string) {
	for _, r := range l.Regions {
		if r.IsLand() {
			cs = append(cs, r.Code())
		}
	}
	return cs
}

func intersect(list []string, s string) []string {
	if slices.Contains(list, s) {
		return []string{s}
	}
	return nil
}

func sameSet(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(a, b)
}

// ExactShare is the share of items whose set of Länder is right.
func (rep *Report) ExactShare() float64 { return ratio(rep.ExactSets, rep.Items) }

// ScopeShare is the share of items whose scope is right.
func (rep *Report) ScopeShare() float64 { return ratio(rep.Scopes, rep.Items) }

// WriteTo prints the report for people: the totals, each Land and topic, and
// each mistake with its reasons.
func (rep *Report) WriteTo(w io.Writer) (int64, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "Meldungen %d (dazu %d strittige)\n", rep.Items, rep.Contested)
	fmt.Fprintf(&b, "Länder    P %.3f  R %.3f  F1 %.3f   genau %.3f   Reichweite %.3f   nur erwähnt, aber vergeben %d\n",
		rep.States.Precision(), rep.States.Recall(), rep.States.F1(), rep.ExactShare(), rep.ScopeShare(), rep.MentionedHits)
	fmt.Fprintf(&b, "Themen    P %.3f  R %.3f  F1 %.3f\n\n", rep.Topics.Precision(), rep.Topics.Recall(), rep.Topics.F1())
	for _, land := range aggregator.Laender() {
		writeCounts(&b, land.Code(), rep.ByState[land.Code()])
	}
	b.WriteByte('\n')
	for _, t := range aggregator.Topics() {
		writeCounts(&b, string(t), rep.ByTopic[string(t)])
	}
	for _, t := range slices.Sorted(keys(rep.ByTopic)) {
		if _, builtIn := aggregator.ParseTopic(t); !builtIn {
			writeCounts(&b, t, rep.ByTopic[t])
		}
	}
	for _, confusion := range slices.Sorted(keys(rep.ScopeConfusions)) {
		fmt.Fprintf(&b, "\nReichweite %s: %d", confusion, rep.ScopeConfusions[confusion])
	}
	for _, m := range rep.Errors {
		fmt.Fprintf(&b, "\n\n%s  soll %s %v, ist %s %v\n%s", m.Item.ID, m.Item.Scope, m.Item.States, m.Got.Scope, codes(m.Got), m.Reasoning)
	}
	n, err := io.WriteString(w, b.String())
	return int64(n), err
}

func keys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func writeCounts(b *strings.Builder, label string, n Counts) {
	if n.Hit+n.False+n.Missed > 0 {
		fmt.Fprintf(b, "%-24s P %.2f  R %.2f  F1 %.2f   %d richtig, %d falsch, %d verpasst\n", label, n.Precision(), n.Recall(), n.F1(), n.Hit, n.False, n.Missed)
	}
}
