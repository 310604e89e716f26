package classify

import (
	"fmt"
	"io"
	"strings"

	"laenderfeed/aggregator"
)

// Explanation is how an item came by its labels: what counted, and what was
// considered and did not.
type Explanation struct {
	Text     aggregator.Text
	Labels   aggregator.Labels
	Scores   []Score    // of regions, best first
	Rejected []Rejected // in the order of the text
	Near     []Score    // topics with too little behind them
}

// Score is the sum of what speaks for a label.
type Score struct {
	Label string
	Score float64
	Given bool
}

// Rejected is a name or word that was considered.
type Rejected struct {
	Field      aggregator.Field
	Start, End int
	Text       string
	Would      string  // labels it would have given, or "" for none
	Why        string  // German, for people
	Weight     float64 // what remained of its weight
}

// Explain classifies an item as [Classifier.Classify] does and keeps what was
// considered on the way.
func (c *Classifier) Explain(t aggregator.Text) Explanation {
	s := c.pool.Get().(*scratch)
	defer c.pool.Put(s)
	given, near := c.scan(s, t)
	v := c.run(s, t, len(given) > 0)
	x := Explanation{Text: t, Labels: c.labels(s, v, given)}
	x.Scores = scoreList(v, x.Labels)
	for _, topic := range near {
		x.Near = append(x.Near, Score{Label: string(c.topics[topic.topic]), Score: round(topic.score)})
	}
	x.Rejected = c.rejected(s, x.Labels)
	return x
}

func scoreList(v verdict, l aggregator.Labels) (list []Score) {
	for i, w := range v.score {
		if w <= 0 {
			continue
		}
		sc := Score{Label: landTable[i].Label(), Score: round(w)}
		for _, r := range l.Regions {
			sc.Given = sc.Given || r == landTable[i]
		}
		list = append(list, sc)
	}
	for i := 1; i < len(list); i++ {
		for k := i; k > 0 && list[k].Score > list[k-1].Score; k-- {
			list[k], list[k-1] = list[k-1], list[k]
		}
	}
	return list
}

// passingWhy tells people about a rule that lowers the weight of a name.
func passingWhy(rule string) string {
	switch rule {
	case ruleVenue:
		return "Tagungsort"
	case ruleCompare:
		return "Vergleich"
	case ruleFormer:
		return "frühere Station"
	case ruleSeat:
		return "Sitz"
	case ruleAdopter:
		return "Liste anderer Anwender"
	case ruleChair:
		return "Vorsitz"
	case ruleExample:
		return "nur ein Beispiel"
	case ruleSpan:
		return "Spanne über Länder hinweg"
	case ruleOrigin:
		return "nur Herkunft"
	case ruleCapital:
		return "Sitz des Bundes"
	}
	return ""
}

// rejected lists the mentions that did not lead to a label.
func (c *Classifier) rejected(s *scratch, l aggregator.Labels) (list []Rejected) {
	for i := range s.mentions {
		m := &s.mentions[i]
		f := &s.fields[m.field]
		why := m.rejected
		if why == "" && m.geographic() {
			why = passingWhy(m.rule)
		}
		if why == "" && !labelled(m.lands, l) {
			why = rejectLost
			if l.Scope == aggregator.ScopeBund {
				why = rejectBund
			}
		}
		if why == "" {
			continue
		}
		start, end := int(f.tokens[m.tok].start), int(f.tokens[m.end()-1].end)
		r := Rejected{Field: f.name, Start: start, End: end, Text: f.text[start:end], Would: landNames(m.lands), Why: why}
		if m.rejected == "" {
			r.Weight = round(m.weight)
		}
		list = append(list, r)
	}
	return list
}

func labelled(set lands, l aggregator.Labels) bool {
	for _, r := range l.Regions {
		if set&landBit(r) != 0 {
			return true
		}
	}
	return false
}

func landNames(set lands) string {
	var names []string
	for i := range regionScores {
		if set&(1<<i) != 0 {
			names = append(names, landTable[i].Label())
		}
	}
	return strings.Join(names, ",")
}

// WriteTo prints the explanation for people.
func (x Explanation) WriteTo(w io.Writer) (int64, error) {
	n, err := io.WriteString(w, x.String())
	return int64(n), err
}

// String returns what WriteTo prints.
func (x Explanation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", x.Text.Title)
	fmt.Fprintf(&b, "  Reichweite %s", x.Labels.Scope)
	for _, s := range x.Scores {
		mark := ""
		if s.Given {
			mark = "*"
		}
		fmt.Fprintf(&b, "  %s%s %.2f", s.Label, mark, s.Score)
	}
	b.WriteByte('\n')
	for _, p := range x.Labels.Places {
		fmt.Fprintf(&b, "  Ort %s %s (%s)\n", p.Key, p.Name, p.Kind)
	}
	for _, r := range x.Labels.Reasons {
		fmt.Fprintf(&b, "  + %-22s %5.2f  %-16s %s %d-%d  %q\n", r.Label, r.Weight, r.Rule, r.Field, r.Start, r.End, r.Text)
	}
	for _, r := range x.Rejected {
		fmt.Fprintf(&b, "  - %-22s %5.2f  %s: %s %d-%d  %q\n", r.Would, r.Weight, r.Why, r.Field, r.Start, r.End, r.Text)
	}
	for _, s := range x.Near {
		fmt.Fprintf(&b, "  ? %-22s %5.2f  zu wenig\n", s.Label, s.Score)
	}
	return b.String()
}
