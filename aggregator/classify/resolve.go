package classify

import (
	"slices"

	"laenderfeed/aggregator"
)

// hints are what an item says about where it plays, apart from the names that
// are to be resolved.
type hints struct {
	land   [landCount]float64
	kreise []string // keys of the Kreise that are named beyond doubt
}

// resolve decides for each name of a place which place it is: by what else is
// named, by its size, by the Land its source speaks for. A name that stays
// open counts little or nothing.
func (c *Classifier) resolve(s *scratch, prior, host lands) {
	h := hints{kreise: s.kreise[:0]}
	prior.each(func(i int) { addHint(&h, i, 1.5) })
	host.each(func(i int) { addHint(&h, i, 1) })
	for i := range s.mentions {
		c.collectHint(&s.mentions[i], &h)
	}
	s.kreise = h.kreise
	for i := range s.mentions {
		m := &s.mentions[i]
		if m.rejected != "" {
			continue
		}
		switch m.kind {
		case namePlace:
			c.resolveOne(s, m, &h)
		case nameByname:
			if ref := m.meanings[0].ref; ref >= 0 && len(m.meanings) == 1 {
				m.place = ref
			}
		}
	}
}

func addHint(h *hints, i int, w float64) {
	if i < landCount {
		h.land[i] += w
	}
}

// collectHint takes what a mention says without doubt: its one Land, and its
// one Kreis.
func (c *Classifier) collectHint(m *mention, h *hints) {
	if m.rejected != "" || !m.lands.single() {
		return
	}
	addHint(h, m.lands.first(), m.weight)
	if m.kind != namePlace {
		return
	}
	key := ""
	for _, x := range m.meanings {
		if x.kind != namePlace {
			continue
		}
		k := c.places[x.ref].key
		if len(k) < 5 || key != "" && k[:5] != key {
			return
		}
		key = k[:5]
	}
	const most = 32 // Kreise remembered for an item
	if key != "" && len(h.kreise) < most && !slices.Contains(h.kreise, key) {
		h.kreise = append(h.kreise, key)
	}
}

// resolveOne scores the places a name can mean.
func (c *Classifier) resolveOne(s *scratch, m *mention, h *hints) {
	best, bestScore, rival := int32(-1), 0.0, 0.0
	for _, x := range m.meanings {
		if x.kind != namePlace {
			continue
		}
		if score := c.likelihood(m, &c.places[x.ref], x, h); score > bestScore {
			best, bestScore = x.ref, score
		}
	}
	if best < 0 {
		m.rejected = rejectAmbiguous
		return
	}
	for _, x := range m.meanings {
		if x.kind == namePlace && x.lands != c.places[best].land {
			rival = max(rival, c.likelihood(m, &c.places[x.ref], x, h))
		}
	}
	m.place, m.lands = best, c.places[best].land
	switch {
	case bestScore < 1.3*rival:
		m.rejected = rejectAmbiguous
	case bestScore < 2.5*rival:
		m.weight *= 0.5
	}
}

// likelihood says how likely a name means the place: its population, times what
// speaks for its Land and Kreis.
func (c *Classifier) likelihood(m *mention, p *place, x meaning, h *hints) float64 {
	score := float64(p.population) + 50
	switch p.kind {
	case aggregator.Kreis:
		if !m.district {
			score *= 0.15
		}
	case aggregator.Gemeinde:
		if m.district {
			score *= 0.01
		}
	case aggregator.Regierungsbezirk:
		score *= 0.001 // its short name is that of its seat
	default:
		score *= 0.1
	}
	if x.full {
		score *= 1000
	}
	land := h.land[p.land.first()]
	if m.lands.single() {
		land = 0
	}
	score *= 1 + 30*land*land
	for _, k := range h.kreise {
		if len(p.key) >= 5 && p.key[:5] == k {
			score *= 20
		}
	}
	return score
}
