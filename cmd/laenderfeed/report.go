package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"laenderfeed/aggregator"
	"laenderfeed/aggregator/classify"
	"laenderfeed/aggregator/store"
)

// historyReport is what reclassify prints.
type historyReport struct {
	DryRun     bool             `json:"dry_run"`
	Ruleset    string           `json:"ruleset"`
	Items      int              `json:"items"`   // looked at
	Changed    int              `json:"changed"` // with other labels, not only other reasons
	Gained     int              `json:"gained"`  // labels, all items together
	Lost       int              `json:"lost"`
	Written    int              `json:"written"` // items, those with other reasons only included; 0 for a dry run
	Regions    []labelShift     `json:"regions"` // that gain or lose
	Topics     []labelShift     `json:"topics"`
	Places     []labelShift     `json:"places"`
	Examples   []historyExample `json:"examples"`
	Warnings   []string         `json:"warnings"`
	DurationMS int64            `json:"duration_ms"`

	most                    int // examples
	classifier              *classify.Classifier
	names                   map[string]string
	reach                   *reach
	regions, topics, places map[string]*labelShift
}

// labelShift is what becomes of the items of one label.
type labelShift struct {
	Label  string `json:"label"` // code of a Land, slug, or key of a place
	Name   string `json:"name"`
	Before int    `json:"before"`
	After  int    `json:"after"`
	Gained int    `json:"gained"`
	Lost   int    `json:"lost"`
}

// historyExample is an item whose labels change.
type historyExample struct {
	ID     string     `json:"id"`
	Source string     `json:"source"`
	Title  string     `json:"title"`
	Before []string   `json:"before"` // labels
	After  []string   `json:"after"`
	Gained []labelWhy `json:"gained"`
	Lost   []labelWhy `json:"lost"`
	text   aggregator.Text
}

// labelWhy is a label and the weightiest reason for it: today's where it is
// gained, the former where it is lost. Now says why that does not count any more,
// if it was considered.
type labelWhy struct {
	Label  string             `json:"label"`
	Reason *aggregator.Reason `json:"reason"` // null for old items stored without
	Now    string             `json:"now,omitempty"`
}

func newHistoryReport(a *app, opt reclassifyOptions) *historyReport {
	r := &historyReport{
		DryRun: opt.dryRun, Ruleset: a.classifier.Version(), most: opt.examples, classifier: a.classifier, reach: newReach(a.cfg),
		names:   map[string]string{},
		regions: map[string]*labelShift{}, topics: map[string]*labelShift{}, places: map[string]*labelShift{},
		Examples: []historyExample{}, Warnings: []string{},
	}
	for _, t := range a.cfg.Topics {
		r.names[string(t.Slug)] = t.Name
	}
	for _, g := range a.cfg.Regions {
		r.names[string(g.Slug)] = g.Name
	}
	return r
}

// labelSets are the labels of an item as reasons name them.
type labelSets struct{ regions, topics, places []string }

func setsOf(l *aggregator.Labels) (s labelSets) {
	for _, r := range l.Regions {
		s.regions = append(s.regions, r.Label())
	}
	for _, t := range l.Topics {
		s.topics = append(s.topics, string(t))
	}
	for _, p := range l.Places {
		s.places = append(s.places, p.Key)
	}
	return s
}

func (s *labelSets) all() []string { return slices.Concat(s.regions, s.topics, s.places) }

// add counts one item.
func (r *historyReport) add(c *store.Change) {
	r.Items++
	r.reach.add(c.Now)
	for _, p := range slices.Concat(c.Item.Labels.Places, c.Now.Places) {
		r.names[p.Key] = p.Name
	}
	was, now := setsOf(&c.Item.Labels), setsOf(&c.Now)
	gained := slices.Concat(count(r.regions, was.regions, now.regions), count(r.topics, was.topics, now.topics), count(r.places, was.places, now.places))
	lost := without(was.all(), now.all())
	if len(gained)+len(lost) == 0 {
		return
	}
	r.Changed++
	r.Gained += len(gained)
	r.Lost += len(lost)
	if r.most == 0 {
		return
	}
	x := historyExample{ID: c.Item.ID, Source: c.Item.Source, Title: c.Item.Title, Before: was.all(), After: now.all(), text: c.Text,
		Gained: []labelWhy{}, Lost: []labelWhy{}}
	for _, label := range gained {
		x.Gained = append(x.Gained, labelWhy{Label: label, Reason: weightiest(c.Now.Reasons, label)})
	}
	for _, label := range lost {
		x.Lost = append(x.Lost, labelWhy{Label: label, Reason: weightiest(c.Item.Labels.Reasons, label)})
	}
	if len(r.Examples) < r.most {
		r.Examples = append(r.Examples, x)
		return
	}
	r.Examples[(r.Changed-1)%r.most] = x // items come oldest first, and the newest are shown
}

// labelName is what people call a region, topic or place.
func (r *historyReport) labelName(label string) string {
	if name, ok := r.names[label]; ok {
		return name
	}
	if region, ok := aggregator.ParseRegion(label); ok {
		return region.Name()
	}
	return aggregator.Topic(label).Name()
}

// count enters what an item had and has, and returns what it has gained.
func count(shifts map[string]*labelShift, was, now []string) (gained []string) {
	at := func(label string) *labelShift {
		if shifts[label] == nil {
			shifts[label] = &labelShift{Label: label}
		}
		return shifts[label]
	}
	for _, label := range was {
		at(label).Before++
	}
	for _, label := range now {
		at(label).After++
	}
	for _, label := range without(was, now) {
		at(label).Lost++
	}
	gained = without(now, was)
	for _, label := range gained {
		at(label).Gained++
	}
	return gained
}

// without returns what only the first list has.
func without(list, other []string) (out []string) {
	for _, s := range list {
		if !slices.Contains(other, s) {
			out = append(out, s)
		}
	}
	return out
}

// weightiest returns the best reason for a label, or nil.
func weightiest(reasons []aggregator.Reason, label string) (best *aggregator.Reason) {
	for i := range reasons {
		if r := &reasons[i]; r.Label == label && (best == nil || r.Weight > best.Weight) {
			best = r
		}
	}
	return best
}

// finish fills in what is not needed for each item.
func (r *historyReport) finish() {
	r.Regions, r.Topics, r.Places = r.moving(r.regions), r.moving(r.topics), r.moving(r.places)
	r.reach.warn(func(msg string) { r.Warnings = append(r.Warnings, msg) })
	slices.Reverse(r.Examples)
	if n := len(r.Examples); n > 0 && r.Changed > n { // newest first, wherever the last was put
		newest := n - 1 - (r.Changed-1)%n
		r.Examples = slices.Concat(r.Examples[newest:], r.Examples[:newest])
	}
	for i := range r.Examples {
		x := &r.Examples[i]
		explanation := r.classifier.Explain(x.text)
		for k := range x.Lost {
			x.Lost[k].Now = whyNot(&explanation, x.Lost[k])
		}
	}
}

// moving returns the labels that gain or lose, the most moved first.
func (r *historyReport) moving(shifts map[string]*labelShift) []labelShift {
	out := []labelShift{}
	for _, s := range shifts {
		if s.Gained+s.Lost > 0 {
			s.Name = r.labelName(s.Label)
			out = append(out, *s)
		}
	}
	slices.SortFunc(out, func(a, b labelShift) int {
		return cmp.Or(cmp.Compare(b.Gained+b.Lost, a.Gained+a.Lost), cmp.Compare(a.Label, b.Label))
	})
	return out
}

// whyNot finds why what spoke for a lost label is rejected today.
func whyNot(x *classify.Explanation, lost labelWhy) string {
	for _, n := range x.Near {
		if n.Label == lost.Label {
			return "zu wenig"
		}
	}
	for _, j := range x.Rejected {
		if lost.Reason != nil && j.Field == lost.Reason.Field && j.Start < lost.Reason.End && lost.Reason.Start < j.End {
			return j.Why
		}
	}
	return ""
}

// print writes the report for people.
func (r *historyReport) print(w io.Writer) error {
	verb := "changed"
	if r.DryRun {
		verb = "would change"
	}
	fmt.Fprintf(w, "%d items, %d %s: %d labels gained, %d lost (rule set %s)\n", r.Items, r.Changed, verb, r.Gained, r.Lost, r.Ruleset)
	if !r.DryRun {
		fmt.Fprintf(w, "%d items written\n", r.Written)
	}
	for _, part := range []struct {
		title  string
		shifts []labelShift
	}{{"LAND OR REGION", r.Regions}, {"TOPIC", r.Topics}, {"PLACE", r.Places}} {
		if err := printShifts(w, part.title, part.shifts); err != nil {
			return err
		}
	}
	for i := range r.Examples {
		r.printExample(w, &r.Examples[i])
	}
	if more := r.Changed - len(r.Examples); more > 0 && len(r.Examples) > 0 {
		fmt.Fprintf(w, "\n%d more; --examples shows as many as you like\n", more)
	}
	return nil
}

// mostPlaces is how many rows a table for people has at the most: there are
// thousands of places.
const mostPlaces = 60

func printShifts(w io.Writer, title string, shifts []labelShift) error {
	if len(shifts) == 0 {
		return nil
	}
	fmt.Fprintln(w)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(tw, "%s\tBEFORE\tGAINED\tLOST\tAFTER\t\n", title)
	for _, s := range shifts[:min(len(shifts), mostPlaces)] {
		fmt.Fprintf(tw, "%s (%s)\t%d\t+%d\t-%d\t%d\t\n", s.Name, s.Label, s.Before, s.Gained, s.Lost, s.After)
	}
	if more := len(shifts) - mostPlaces; more > 0 {
		fmt.Fprintf(tw, "and %d more\t\t\t\t\t\n", more)
	}
	return tw.Flush()
}

func (r *historyReport) printExample(w io.Writer, x *historyExample) {
	fmt.Fprintf(w, "\n%s\n  %s, %s\n  %s -> %s\n", x.Title, x.Source, x.ID, r.labelList(x.Before), r.labelList(x.After))
	for _, g := range x.Gained {
		fmt.Fprintf(w, "  + %s%s\n", r.shown(g.Label), g.why())
	}
	for _, l := range x.Lost {
		fmt.Fprintf(w, "  - %s%s\n", r.shown(l.Label), l.why())
	}
}

// shown is a label for people, who do not know the keys of places.
func (r *historyReport) shown(label string) string {
	if label[0] >= '0' && label[0] <= '9' {
		return r.labelName(label) + " (" + label + ")"
	}
	return label
}

func (r *historyReport) labelList(labels []string) string {
	var list []string
	for _, label := range labels {
		list = append(list, r.shown(label))
	}
	return cmp.Or(strings.Join(list, ", "), "nothing")
}

// why is the rest of a line for people.
func (l *labelWhy) why() (s string) {
	if r := l.Reason; r != nil {
		s = fmt.Sprintf(": %s %.2f, %s %d-%d %q", r.Rule, r.Weight, r.Field, r.Start, r.End, r.Text)
	}
	if l.Now != "" {
		s += "; now: " + l.Now
	}
	return s
}
