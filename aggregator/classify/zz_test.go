package classify

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestZZ(t *testing.T) {
	c := newClassifier(t)
	type k struct{ t, p string }
	tp := map[string][2]int{}
	for _, f := range []string{"gold/seeds.jsonl", "gold/dev.jsonl"} {
		rep, _ := Evaluate(c, openShared(t, f))
		for _, m := range rep.TopicErrors {
			fmt.Printf("%s | %s | %s\n   want %v got %v\n", m.Item.ID, m.Item.Title, m.Item.Summary, m.Item.Topics, m.Got.Topics)
			for _, r := range m.Got.Reasons {
				if r.Rule != "thema" {
					continue
				}
				ok := " "
				in := false
				for _, w := range m.Item.Topics {
					if w == r.Label {
						in = true
					}
				}
				if !in {
					ok = "X"
				}
				fmt.Printf("      %s %s %.2f %q\n", ok, r.Label, r.Weight, r.Text)
				key := r.Label + "|" + strings.ToLower(r.Text)
				v := tp[key]
				if in {
					v[0]++
				} else {
					v[1]++
				}
				tp[key] = v
			}
		}
	}
	_ = os.Stdout
}
