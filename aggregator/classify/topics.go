package classify

import (
	"fmt"
	"slices"
	"sort"
	"strconv"

	"laenderfeed/aggregator"
)

// loadTopics reads topics.tsv: slug, pattern, weight.
func (c *Classifier) loadTopics(extra []Topic) ([]pattern, error) {
	rows, err := readTable("topics.tsv", "topic", "pattern", "weight")
	if err != nil {
		return nil, err
	}
	index := make(map[aggregator.Topic]int32)
	for i, t := range aggregator.Topics() {
		index[t] = int32(i)
		c.topics = append(c.topics, t)
	}
	var ps []pattern
	for _, r := range rows {
		ref, ok := index[aggregator.Topic(r.cells[0])]
		if !ok {
			return nil, fmt.Errorf("reading rules: topics.tsv:%d: unknown topic %q", r.line, r.cells[0])
		}
		weight := 1.0
		if r.cells[2] != "" {
			if weight, err = strconv.ParseFloat(r.cells[2], 32); err != nil {
				return nil, fmt.Errorf("reading rules: topics.tsv:%d: %w", r.line, err)
			}
		}
		ps = append(ps, topicPatterns(r.cells[1], ref, weight)...)
	}
	return c.addTopics(ps, extra), nil
}

func topicPatterns(text string, ref int32, weight float64) (ps []pattern) {
	for _, form := range expand(text) {
		p := parsePattern(form)
		p.text = patternText(p)
		p.class, p.ref, p.weight = classTopic, ref, float32(weight)
		ps = append(ps, p)
	}
	return ps
}

// leastTopic is the score a topic needs: one plain word for it in the summary.
const leastTopic = 0.94

// leastAlone is the score a topic needs where no other reaches leastTopic.
const leastAlone = 0.45

// topicScore is what speaks for one topic.
type topicScore struct {
	topic   int32
	score   float64
	reasons []aggregator.Reason
}

// findTopics scores the topics of an item. The same words count once.
func (c *Classifier) findTopics(s *scratch) (given, near []topicScore) {
	own, ownNear := c.findOwn(s)
	all := make([]topicScore, 0, 8)
	for k := range s.fields[:4] {
		f := &s.fields[k]
		for _, h := range f.hits {
			if h.pattern.class != classTopic {
				continue
			}
			ref := h.pattern.ref
			i := slices.IndexFunc(all, func(t topicScore) bool { return t.topic == ref })
			if i < 0 {
				i = len(all)
				all = append(all, topicScore{topic: ref})
			}
			all[i].add(f, h, string(c.topics[ref]))
		}
	}
	for _, t := range all {
		if t.score >= leastTopic {
			given = append(given, t)
		} else {
			near = append(near, t)
		}
	}
	if len(given) == 0 {
		given, near = onlyHint(near)
	}
	given, near = append(given, own...), append(near, ownNear...)
	sort.SliceStable(given, func(i, j int) bool { return given[i].score > given[j].score })
	return given, near
}

// onlyHint gives an item without a topic the one that most speaks for, if it
// is more than a trace.
func onlyHint(near []topicScore) (given, rest []topicScore) {
	best := -1
	for i, t := range near {
		if t.score >= leastAlone && (best < 0 || t.score > near[best].score) {
			best = i
		}
	}
	if best < 0 {
		return nil, near
	}
	return near[best : best+1 : best+1], slices.Concat(near[:best], near[best+1:])
}

// add counts an occurrence, unless it overlaps one that counted already.
func (t *topicScore) add(f *fieldScan, h hit, label string) {
	weight := float64(h.pattern.weight)
	switch f.name {
	case aggregator.FieldTitle:
		weight *= 1.5
	case aggregator.FieldContent:
		weight *= 0.5
	}
	start, end := h.start, h.end
	if i := f.tokenAt(h.start); i >= 0 && h.pattern.openLeft {
		start = int(f.tokens[i].start)
	}
	if i := f.tokenAt(h.end - 1); i >= 0 && h.pattern.openRight {
		end = int(f.tokens[i].end)
	}
	for i := range t.reasons {
		r := &t.reasons[i]
		if r.Field == f.name && start < r.End && r.Start < end {
			if weight > r.Weight {
				t.score += weight - r.Weight
				r.Weight, r.Start, r.End, r.Text = weight, start, end, f.text[start:end]
			}
			return
		}
		if r.Field == f.name && r.Text == f.text[start:end] {
			return // a word that a text repeats is no new sign
		}
	}
	const most = 12 // reasons kept for one topic
	if t.score += weight; len(t.reasons) < most {
		t.reasons = append(t.reasons, aggregator.Reason{Label: label, Field: f.name, Start: start, End: end, Text: f.text[start:end], Rule: "thema", Weight: weight})
	}
}
