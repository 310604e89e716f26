package classify

import (
	"cmp"
	"fmt"
	"slices"
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
	topic int32
	rule  string
	score float64
	signs []sign
}

// sign is an occurrence of a word that speaks for a topic.
type sign struct {
	field      *fieldScan
	start, end int32
	weight     float64
}

// findTopics scores the topics of an item. The same words count once. What it
// returns lies in s.
func (c *Classifier) findTopics(s *scratch) (given, near []topicScore) {
	own, ownNear := c.findOwn(s)
	s.topics = s.topics[:0]
	for k := range s.fields[:4] {
		f := &s.fields[k]
		for _, h := range f.hits {
			if h.pattern.class == classTopic {
				s.topic(h.pattern.ref).add(f, h)
			}
		}
	}
	given, near = s.given[:0], s.short[:0]
	for _, t := range s.topics {
		if t.score >= leastTopic {
			given = append(given, t)
		} else {
			near = append(near, t)
		}
	}
	if best := onlyHint(near); len(given) == 0 && best >= 0 {
		given, near = append(given, near[best]), slices.Delete(near, best, best+1)
	}
	given, near = append(given, own...), append(near, ownNear...)
	slices.SortStableFunc(given, func(a, b topicScore) int { return cmp.Compare(b.score, a.score) })
	s.given, s.short = given, near
	return given, near
}

// topic returns the score of a topic, which is 0 at first.
func (s *scratch) topic(ref int32) *topicScore {
	n := len(s.topics)
	for i := range n {
		if s.topics[i].topic == ref {
			return &s.topics[i]
		}
	}
	s.topics = slices.Grow(s.topics, 1)[:n+1]
	t := &s.topics[n]
	*t = topicScore{topic: ref, rule: ruleTopic, signs: t.signs[:0]}
	return t
}

// onlyHint returns the index of the topic that an item without one is given:
// that which most speaks for, if it is more than a trace; else -1.
func onlyHint(near []topicScore) int {
	best := -1
	for i, t := range near {
		if t.score >= leastAlone && (best < 0 || t.score > near[best].score) {
			best = i
		}
	}
	return best
}

// add counts an occurrence, unless it overlaps one that counted already.
func (t *topicScore) add(f *fieldScan, h hit) {
	weight := float64(h.pattern.weight)
	switch f.name {
	case aggregator.FieldTitle:
		weight *= 1.5
	case aggregator.FieldContent:
		weight *= 0.5
	}
	start, end := h.start, h.end
	if h.pattern.openLeft {
		if i := f.tokenAt(int(h.start)); i >= 0 {
			start = f.tokens[i].start
		}
	}
	if h.pattern.openRight && h.token >= 0 {
		end = f.tokens[h.token].end
	}
	for i := range t.signs {
		r := &t.signs[i]
		if r.field != f {
			continue
		}
		if start < r.end && r.start < end {
			if weight > r.weight {
				t.score += weight - r.weight
				*r = sign{f, start, end, weight}
			}
			return
		}
		if f.text[r.start:r.end] == f.text[start:end] {
			return // a word that a text repeats is no new sign
		}
	}
	const most = 12 // signs kept for one topic
	if t.score += weight; len(t.signs) < most {
		t.signs = append(t.signs, sign{f, start, end, weight})
	}
}

// reason says that a word speaks for a topic.
func (r *sign) reason(label aggregator.Topic, rule string) aggregator.Reason {
	return aggregator.Reason{Label: string(label), Field: r.field.name, Start: int(r.start), End: int(r.end),
		Text: r.field.text[r.start:r.end], Rule: rule, Weight: r.weight}
}
