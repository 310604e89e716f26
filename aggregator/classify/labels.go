package classify

import (
	"cmp"
	"slices"

	"laenderfeed/aggregator"
)

// landTable lists the regions by the number of their bit. It is never written
// to.
var landTable = [regionScores]aggregator.Region{
	aggregator.BadenWuerttemberg, aggregator.Bayern, aggregator.Berlin, aggregator.Brandenburg,
	aggregator.Bremen, aggregator.Hamburg, aggregator.Hessen, aggregator.MecklenburgVorpommern,
	aggregator.Niedersachsen, aggregator.NordrheinWestfalen, aggregator.RheinlandPfalz, aggregator.Saarland,
	aggregator.Sachsen, aggregator.SachsenAnhalt, aggregator.SchleswigHolstein, aggregator.Thueringen,
	aggregator.Bund, aggregator.International,
}

// labels puts a verdict into the form the rest of the program knows, in memory of
// its own.
func (c *Classifier) labels(s *scratch, v verdict, topics []topicScore) aggregator.Labels {
	l := aggregator.Labels{Scope: v.scope, Ruleset: c.version, Reasons: s.reasons[:0]}
	var given lands
	switch v.scope {
	case aggregator.ScopeLand:
		l.Regions = make([]aggregator.Region, 0, len(v.lands))
		for _, i := range v.lands {
			l.Regions = append(l.Regions, landTable[i])
			given |= 1 << i
		}
	case aggregator.ScopeBund:
		l.Regions, given = []aggregator.Region{aggregator.Bund}, bundBit
	case aggregator.ScopeInternational:
		l.Regions, given = []aggregator.Region{aggregator.International}, abroadBit
	default:
		l.Regions = []aggregator.Region{aggregator.Unklar}
	}
	l.Reasons = s.appendReasons(l.Reasons, given, v.scope)
	if v.scope == aggregator.ScopeLand {
		c.addPlaceLabels(s, &l, given)
		c.addAreaLabels(s, &l, given)
	}
	if len(topics) > 0 {
		l.Topics = make([]aggregator.Topic, len(topics))
	}
	for i, topic := range topics {
		l.Topics[i] = c.topics[topic.topic]
		for k := range topic.signs {
			l.Reasons = append(l.Reasons, topic.signs[k].reason(l.Topics[i], topic.rule))
		}
	}
	s.reasons, l.Reasons = l.Reasons, slices.Clone(l.Reasons)
	clear(s.reasons) // lest they keep the texts they point into
	return l
}

// maxReasons bounds the reasons for one item: a long text repeats itself.
const maxReasons = 60

// appendReasons lists the evidence for the given regions. All of the Länder
// together are the Bund's reason where no other is.
func (s *scratch) appendReasons(rs []aggregator.Reason, given lands, scope aggregator.Scope) []aggregator.Reason {
	for i := range s.evidence {
		e := &s.evidence[i]
		if e.weight <= 0 || len(rs) >= maxReasons {
			continue
		}
		both := e.lands & given
		for k := 0; both != 0; k, both = k+1, both>>1 {
			if both&1 != 0 {
				rs = append(rs, s.reason(e, landTable[k].Label()))
			}
		}
	}
	if len(rs) == 0 || given&bundBit != 0 && !has(rs, aggregator.Bund.Label()) {
		label := aggregator.Unklar.Label()
		if scope != aggregator.ScopeUnklar {
			label = aggregator.Bund.Label()
		}
		rs = append(rs, aggregator.Reason{Label: label, Field: aggregator.FieldDefault, Rule: ruleDefault})
	}
	return rs
}

func has(rs []aggregator.Reason, label string) bool {
	for i := range rs {
		if rs[i].Label == label {
			return true
		}
	}
	return false
}

func (s *scratch) reason(e *evidence, label string) aggregator.Reason {
	r := aggregator.Reason{Label: label, Field: e.field, Start: int(e.start), End: int(e.end), Rule: e.rule, Weight: round(e.weight)}
	if f := s.field(e.field); f != nil {
		r.Text = f.text[e.start:e.end]
	}
	return r
}

func (s *scratch) field(name aggregator.Field) *fieldScan {
	for i := range s.fields {
		if s.fields[i].name == name {
			return &s.fields[i]
		}
	}
	return nil
}

func round(w float64) float64 { return float64(int(w*100+0.5)) / 100 }

// maxPlaces bounds the places one item is labelled with.
const maxPlaces = 40

// leastPlace is the weight a place needs to be a label of its own.
const leastPlace = 0.45

// weighedPlace is a place that an item is about.
type weighedPlace struct {
	place  int32
	weight float64
}

// addPlaceLabels adds the places inside the labelled Länder, heaviest first.
func (c *Classifier) addPlaceLabels(s *scratch, l *aggregator.Labels, given lands) {
	all := s.places[:0]
	for i := range s.evidence {
		e := &s.evidence[i]
		if e.place < 0 || e.weight < leastPlace || e.lands&given == 0 {
			continue
		}
		k := slices.IndexFunc(all, func(w weighedPlace) bool { return w.place == e.place })
		known := k >= 0
		if !known {
			if len(all) == maxPlaces {
				continue
			}
			k = len(all)
			all = append(all, weighedPlace{place: e.place})
		}
		all[k].weight = max(all[k].weight, e.weight)
		if len(l.Reasons) < 2*maxReasons || !known {
			l.Reasons = append(l.Reasons, s.reason(e, c.places[e.place].key))
		}
	}
	slices.SortStableFunc(all, func(a, b weighedPlace) int { return cmp.Compare(b.weight, a.weight) })
	if len(all) > 0 {
		l.Places = make([]aggregator.Place, len(all))
	}
	for i, w := range all {
		l.Places[i] = c.place(w.place)
	}
	s.places = all
}
