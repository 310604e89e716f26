package classify

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

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
	return c.addTopics(ps, extra, index)
}

// topicRule is what an own topic asks for beyond a pattern that speaks for it.
type topicRule struct {
	topic int32
	all   int  // 1 + which of the patterns that must all occur
	none  bool // the pattern must not occur
}

// addTopics adds the patterns of own topics. One that has the slug of a
// built-in topic takes its place.
func (c *Classifier) addTopics(ps []pattern, own []Topic, index map[aggregator.Topic]int32) ([]pattern, error) {
	for _, t := range own {
		if err := t.check(); err != nil {
			return nil, err
		}
		ref, known := index[t.Slug]
		if known {
			ps = slices.DeleteFunc(ps, func(p pattern) bool { return p.ref == ref })
		} else {
			ref = int32(len(c.topics))
			index[t.Slug] = ref
			c.topics = append(c.topics, t.Slug)
		}
		for _, text := range t.Any {
			ps = append(ps, topicPatterns(text, ref, 1)...)
		}
		for i, text := range t.All {
			ps = append(ps, c.conditions(text, topicRule{topic: ref, all: i + 1})...)
		}
		for _, text := range t.None {
			ps = append(ps, c.conditions(text, topicRule{topic: ref, none: true})...)
		}
		c.needs[ref] = uint64(1)<<len(t.All) - 1
	}
	return ps, nil
}

// check returns an error for a topic that cannot work.
func (t *Topic) check() error {
	const most = 64 // conditions: bits of a word
	if t.Slug == "" || len(t.Any)+len(t.All) == 0 {
		return fmt.Errorf("topic %q: no patterns", t.Slug)
	}
	if len(t.All) > most {
		return fmt.Errorf("topic %q: more than %d conditions", t.Slug, most)
	}
	for _, text := range slices.Concat(t.Any, t.All, t.None) {
		if strings.Trim(text, "*= ") == "" {
			return fmt.Errorf("topic %q: empty pattern", t.Slug)
		}
	}
	return nil
}

// conditionRef is added to the index of a rule to tell it from that of a topic.
const conditionRef = 1 << 20

func (c *Classifier) conditions(text string, r topicRule) []pattern {
	c.rules = append(c.rules, r)
	return topicPatterns(text, conditionRef+int32(len(c.rules)-1), 1)
}

// excluded returns the topics of which an item lacks a condition, and takes the
// words that meet one as a reason.
func (c *Classifier) excluded(s *scratch) map[int32]bool {
	if len(c.needs) == 0 {
		return nil
	}
	out := make(map[int32]bool)
	met := make(map[int32]uint64)
	for k := range s.fields[:4] {
		for _, h := range s.fields[k].hits {
			if h.pattern.class != classTopic || h.pattern.ref < conditionRef {
				continue
			}
			r := c.rules[h.pattern.ref-conditionRef]
			if r.none {
				out[r.topic] = true
			} else {
				met[r.topic] |= 1 << (r.all - 1)
			}
		}
	}
	for topic, need := range c.needs {
		if met[topic]&need != need {
			out[topic] = true
		}
	}
	return out
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
const leastTopic = 0.95

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
	out := c.excluded(s)
	all := make([]topicScore, 0, 8)
	for k := range s.fields[:4] {
		f := &s.fields[k]
		for _, h := range f.hits {
			if h.pattern.class != classTopic {
				continue
			}
			ref := h.pattern.ref
			if ref >= conditionRef {
				if ref = c.rules[ref-conditionRef].topic; out[ref] {
					continue
				}
			}
			i := slices.IndexFunc(all, func(t topicScore) bool { return t.topic == ref })
			if i < 0 {
				i = len(all)
				all = append(all, topicScore{topic: ref})
			}
			all[i].add(f, h, string(c.topics[ref]))
		}
	}
	for _, t := range all {
		if t.score >= leastTopic && !out[t.topic] {
			given = append(given, t)
		} else {
			near = append(near, t)
		}
	}
	if len(given) == 0 {
		given, near = onlyHint(near, out)
	}
	sort.SliceStable(given, func(i, j int) bool { return given[i].score > given[j].score })
	return given, near
}

// onlyHint gives an item without a topic the one that most speaks for, if it
// is more than a trace.
func onlyHint(near []topicScore, out map[int32]bool) (given, rest []topicScore) {
	best := -1
	for i, t := range near {
		if t.score >= leastAlone && !out[t.topic] && (best < 0 || t.score > near[best].score) {
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
	}
	const most = 12 // reasons kept for one topic
	if t.score += weight; len(t.reasons) < most {
		t.reasons = append(t.reasons, aggregator.Reason{Label: label, Field: f.name, Start: start, End: end, Text: f.text[start:end], Rule: "thema", Weight: weight})
	}
}
