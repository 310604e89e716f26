package classify

import (
	"cmp"
	"slices"
	"strings"

	"laenderfeed/aggregator"
)

// evidence is one thing that speaks for Länder, the Bund or a scope abroad.
type evidence struct {
	lands   lands
	weight  float64
	mention int32 // index into scratch.mentions, or -1
	place   int32 // index of the place, or -1
	field   aggregator.Field
	start   int32
	end     int32
	rule    string
	vague   bool // only supports what other evidence names
}

// verdict is what was decided, before it is put into Labels.
type verdict struct {
	scope aggregator.Scope
	lands []int // best first
	score [regionScores]float64
	solid [regionScores]float64 // weight of the heaviest evidence that is not in passing
	weak  float64               // part of the Bund's score from words of general administration
}

// Thresholds of the decision. Their scale is that of the weights: the name of
// a Land in the first sentence is 1.6.
const (
	leastLand    = 0.2  // the least a Land needs
	solidName    = 0.5  // from here on a name is more than mentioned
	weakShare    = 0.4  // what words of general administration weigh against one
	strongText   = 1.0  // from here on the text outweighs the source
	leadText     = 0.85 // from here on the first sentence names the subject
	besideTop    = 0.42 // share of the best Land's score that another needs
	besideBund   = 0.55 // share of the Bund's score that a Land needs
	besideAbroad = 0.8  // the same beside what lies abroad
	manyLands    = 11   // so many Länder are all of them
	vagueWeight  = 0.25
	seatWeight   = 0.1 // what the seat of a body weighs at most
	weakSum      = 0.6 // the most that words of general administration can weigh
)

// gather collects the evidence of an item.
func (c *Classifier) gather(s *scratch, t aggregator.Text, src sourceHint) {
	s.evidence = s.evidence[:0]
	for i := range s.mentions {
		m := &s.mentions[i]
		if m.rejected != "" || m.weight <= 0 {
			continue
		}
		f := &s.fields[m.field]
		place := m.place
		if city, ok := c.cities[m.lands]; ok && m.kind == nameLand {
			place = city
		}
		s.evidence = append(s.evidence, evidence{
			lands: m.lands, weight: m.weight, mention: int32(i), place: place, field: f.name,
			start: f.tokens[m.tok].start, end: f.tokens[m.end()-1].end, rule: m.rule,
			vague: m.vague() || !m.lands.single() && (m.kind == nameBody || m.kind == nameRiver || m.kind == nameInstitution || m.kind == nameByname || m.kind == namePerson),
		})
	}
	c.gatherScopes(s)
	s.evidence = append(s.evidence, src.evidence...)
	if prior := landBit(t.Prior); prior != 0 {
		s.evidence = append(s.evidence, evidence{lands: prior, weight: 0.9, mention: -1, place: -1, field: aggregator.FieldPrior, rule: rulePrior})
	}
}

// gatherScopes turns the words that speak for the Bund or for abroad into
// evidence. Of words that begin at the same place the longest counts.
func (c *Classifier) gatherScopes(s *scratch) {
	for k := range s.fields[:4] {
		f := &s.fields[k]
		last, longest := -1, int32(0)
		for _, h := range f.hits {
			if h.pattern.class&(classFederal|classAbroad|classNotFederal) == 0 {
				continue
			}
			if h.token >= 0 && f.tokens[h.token].class&classBody != 0 {
				continue // counted as an institution
			}
			if last >= 0 && s.evidence[last].start <= h.start && h.start < s.evidence[last].end {
				if h.end <= longest || h.start > s.evidence[last].start {
					continue
				}
				s.evidence = s.evidence[:last]
			}
			last, longest = len(s.evidence), h.end
			s.evidence = append(s.evidence, f.scopeEvidence(h))
		}
	}
}

func (f *fieldScan) scopeEvidence(h hit) evidence {
	e := evidence{lands: bundBit, weight: float64(h.pattern.weight), mention: -1, place: -1, field: f.name, start: h.start, end: h.end, rule: ruleScope}
	if h.pattern.class&classAbroad != 0 {
		e.lands = abroadBit
	}
	if h.token >= 0 && h.pattern.openRight {
		e.end = f.tokens[h.token].end
	}
	switch f.name {
	case aggregator.FieldTitle:
		e.weight *= 1.5
	case aggregator.FieldContent:
		e.weight *= 0.5
	}
	return e
}

// decide weighs the evidence. An item with a topic and without any place is
// about administration in general, which is the Bund's feed; one that speaks of
// a town hall it does not name stays open.
func (c *Classifier) decide(s *scratch, onTopic bool) verdict {
	s.weakenSeats()
	s.weakenMakers()
	s.weakenNamesakes()
	c.weakenSurname(s)
	s.weakenSource()
	s.weakenBeside()
	s.weakenSeat(c.berlin)
	s.narrowRegions()
	var v verdict
	s.sum(&v)
	s.settleVague(&v)
	best := 0
	for i := range landCount {
		if v.score[i] > v.score[best] {
			best = i
		}
	}
	bund, abroad := v.score[landCount], v.score[landCount+1]
	top, against := v.score[best], bund
	if v.solid[best] >= solidName {
		share := besideBund
		if s.federalSource() {
			share = 1
		}
		against = share * (against - (1-weakShare)*v.weak)
	}
	switch {
	case top >= leastLand && top >= against && top >= besideAbroad*abroad:
		v.scope = aggregator.ScopeLand
		s.lands = beside(s.lands[:0], v.score[:landCount], top)
		v.lands = s.lands
		if s.allTogether(&v, best) {
			v.scope, v.lands = aggregator.ScopeBund, nil
		}
	case abroad > 0.3 && abroad > bund:
		v.scope = aggregator.ScopeInternational
	case bund > 0 || onTopic && !s.local():
		v.scope = aggregator.ScopeBund
	default:
		v.scope = aggregator.ScopeUnklar
	}
	return v
}

// federalSource tells whether the source speaks for the Bund: towns in its news
// are mostly examples.
func (s *scratch) federalSource() bool {
	for i := range s.evidence {
		e := &s.evidence[i]
		if e.lands == bundBit && (e.field == aggregator.FieldPrior || e.field == aggregator.FieldLink) {
			return true
		}
	}
	return false
}

// allTogether tells whether the Länder that are near are examples of all: nearly
// all are named, or several in passing, or several below a headline that names
// none, where bodies of the Bund weigh as much as any of them.
func (s *scratch) allTogether(v *verdict, best int) bool {
	n := len(v.lands)
	if n >= manyLands || n >= 3 && v.solid[best] < solidName {
		return true
	}
	if n < 3 || v.score[landCount]-v.weak < 1.2 {
		return false
	}
	for i := range s.evidence {
		e := &s.evidence[i]
		if e.field == aggregator.FieldTitle && (e.lands&allLands != 0 || e.rule == ruleScope && e.weight == 0) {
			return false // named, or counted: "vier Länder"
		}
	}
	return true
}

// beside appends the Länder whose score is near enough to the best one's,
// best first.
func beside(is []int, score []float64, top float64) []int {
	for i, w := range score {
		if w >= leastLand && w >= besideTop*top {
			is = append(is, i)
		}
	}
	slices.SortStableFunc(is, func(a, b int) int { return cmp.Compare(score[b], score[a]) })
	return is
}

// weakenSource takes weight from what only the source says where the text
// itself names another Land.
func (s *scratch) weakenSource() {
	var text lands
	strongest := 0.0
	for i := range s.evidence {
		e := &s.evidence[i]
		if e.field != aggregator.FieldPrior && e.field != aggregator.FieldLink && e.lands.single() && e.lands&allLands != 0 && e.weight >= strongText {
			text |= e.lands
			strongest = max(strongest, e.weight)
		}
	}
	for i := range s.evidence {
		e := &s.evidence[i]
		if (e.field == aggregator.FieldPrior || e.field == aggregator.FieldLink) && e.lands&allLands != 0 && text != 0 && text&e.lands == 0 {
			e.weight *= 0.3
		}
	}
}

// weakenBeside takes weight from names outside the headline, most where its
// prefix names a Land or a place: it says whom the news is about. Where the
// headline names none, the first sentence says so.
func (s *scratch) weakenBeside() {
	var prefix, title, lead lands
	for i := range s.evidence {
		e := &s.evidence[i]
		switch {
		case e.rule == rulePrefix:
			prefix |= e.lands
		case e.field == aggregator.FieldTitle && e.weight >= strongText:
			title |= e.lands & allLands
		case s.inLead(e) && e.weight >= leadText:
			lead |= e.lands & allLands
		}
	}
	for i := range s.evidence {
		e := &s.evidence[i]
		switch {
		case prefix&allLands != 0 && e.lands&prefix == 0:
			e.weight *= 0.6
		case prefix == 0 && title != 0 && e.field != aggregator.FieldTitle && e.lands&allLands != 0 && e.lands&title == 0:
			e.weight *= 0.7
		case prefix|title == 0 && lead != 0 && e.field == aggregator.FieldSummary && !s.inLead(e) && e.lands&allLands != 0 && e.lands&lead == 0:
			e.weight *= 0.5
		}
	}
}

// inLead tells whether the evidence stands in the first sentence of the summary.
func (s *scratch) inLead(e *evidence) bool {
	return e.mention >= 0 && s.mentions[e.mention].field == 1 && s.fields[1].sent[s.mentions[e.mention].tok] == 0
}

// weakenSeat takes weight from "Berlin", where it stands alone for the federal
// government: nothing else speaks for the Land, and a federal body is named.
func (s *scratch) weakenSeat(berlin lands) {
	federal := false
	for i := range s.evidence {
		e := &s.evidence[i]
		federal = federal || e.lands == bundBit && e.weight >= strongText
		if e.lands != berlin {
			continue
		}
		if e.mention < 0 || e.rule != ruleLand && e.rule != ruleCapital && e.rule != ruleVenue || s.mentions[e.mention].office || s.mentions[e.mention].listSize > 0 {
			return
		}
	}
	if !federal {
		return
	}
	for i := range s.evidence {
		if e := &s.evidence[i]; e.lands == berlin {
			e.weight, e.rule = min(e.weight, leastLand), ruleCapital
		}
	}
}

// weakenSeats takes weight from the town in which a federal body that the item
// names has its seat: "Das KBA in Flensburg", "Karlsruhe kippt" beside the
// Bundesverfassungsgericht. A town that acts itself keeps it.
func (s *scratch) weakenSeats() {
	for k := range s.fields[:3] {
		for _, seat := range s.fields[k].seats {
			if s.actsItself(seat) {
				continue
			}
			for i := range s.evidence {
				if e := &s.evidence[i]; e.place == seat && e.mention >= 0 && (k <= int(s.mentions[e.mention].field) || !s.local()) {
					e.weight, e.rule = min(e.weight, seatWeight), ruleSeat
				}
			}
		}
	}
}

// actsItself tells whether a town is the prefix of the headline, or an office
// of its own stands with its name.
func (s *scratch) actsItself(place int32) bool {
	for i := range s.evidence {
		e := &s.evidence[i]
		if e.place != place || e.mention < 0 {
			continue
		}
		m := &s.mentions[e.mention]
		if m.prefix && (s.local() || !slices.Contains(s.fields[0].seats, place)) || m.office && s.fields[m.field].ownOffice(m) {
			return true
		}
	}
	return false
}

// weakenMakers takes weight from the Land that developed what the headline,
// without naming a Land, says of the Bund or of all: "Entwickelt hatte ihn ...".
func (s *scratch) weakenMakers() {
	federal := false
	for i := range s.evidence {
		e := &s.evidence[i]
		if e.field == aggregator.FieldTitle && e.weight > 0 {
			if e.lands&allLands != 0 && !e.vague {
				return
			}
			federal = federal || e.lands == bundBit && e.weight >= 0.7
		}
	}
	if !federal {
		return
	}
	for i := range s.evidence {
		e := &s.evidence[i]
		if e.mention < 0 || e.lands&allLands == 0 {
			continue
		}
		m := &s.mentions[e.mention]
		f := &s.fields[m.field]
		switch {
		case contains(f.makers, f.sent[m.tok]):
			e.weight, e.rule = 0.2*e.weight, ruleOrigin
		case m.listSize >= 3 && m.geographic():
			e.weight, e.rule = 0.4*e.weight, ruleExample
		}
	}
}

// weakenSurname takes weight from a town in a headline's prefix that is more
// likely the surname of an office holder: nothing else names its Land, and the
// text names another with an office beside it. "Steinbach: ..." and
// "Brandenburgs Wirtschaftsminister".
func (c *Classifier) weakenSurname(s *scratch) {
	if len(s.mentions) == 0 {
		return
	}
	m := &s.mentions[0]
	if m.field != 0 || m.tok != 0 || m.n != 1 || !m.prefix || m.office || m.kind != namePlace || m.place < 0 {
		return
	}
	holder, own := c.surnames[s.fields[0].tokens[0].word], m.lands
	small := c.places[m.place].population < metropolis
	other := false
	for i := range s.evidence {
		e := &s.evidence[i]
		if e.place != m.place && e.lands&own != 0 && !e.vague {
			return
		}
		if e.mention > 0 && e.lands.single() && !e.passing() {
			l := &s.mentions[e.mention]
			other = other || holder&e.lands != 0 || small && l.kind == nameLand && s.fields[l.field].roleBeside(l)
		}
	}
	if !other {
		return
	}
	for i := range s.evidence {
		if e := &s.evidence[i]; e.place == m.place && e.mention == 0 {
			e.weight, e.rule = seatWeight, rulePerson
		}
	}
}

// weakenNamesakes takes weight from a name that a town abroad has too, where
// something abroad is named and nothing else speaks for the Land: "Baden" in
// the Aargau.
func (s *scratch) weakenNamesakes() {
	abroad, word := 0.0, ""
	for i := range s.evidence {
		e := &s.evidence[i]
		switch {
		case e.lands == abroadBit:
			if !s.withPartner(e) {
				abroad += e.weight
			}
		case e.lands&allLands != 0 && e.mention < 0:
			return
		case e.lands&allLands != 0 && !e.vague:
			m := &s.mentions[e.mention]
			f := &s.fields[m.field]
			w := f.word(int(m.tok))
			if m.n != 1 || f.tokens[m.tok].class&classNamesake == 0 || word != "" && word != w {
				return
			}
			word = w
		}
	}
	if word == "" || abroad < 0.5 {
		return
	}
	for i := range s.evidence {
		if e := &s.evidence[i]; e.lands&allLands != 0 {
			e.weight = min(e.weight, seatWeight)
		}
	}
}

// withPartner tells whether a name is that of somebody the news is shared with:
// "ein Austausch mit Basel".
func (s *scratch) withPartner(e *evidence) bool {
	f := s.field(e.field)
	if f == nil {
		return false
	}
	i := f.tokenAt(int(e.start))
	return i > 0 && (f.word(i-1) == "mit" || f.word(i-1) == "aus" || f.word(i-1) == "nach")
}

// narrowRegions takes Länder from a landscape that lies in several, where a
// name of equal weight says which of them is meant, or a weightier landscape
// shares only some of them.
func (s *scratch) narrowRegions() {
	var single [regionScores]float64
	strongest := -1
	for i := range s.evidence {
		e := &s.evidence[i]
		if e.lands.single() {
			if k := e.lands.first(); !e.passing() {
				single[k] = max(single[k], e.weight)
			}
		} else if s.isRegion(e) && (strongest < 0 || e.weight > s.evidence[strongest].weight) {
			strongest = i
		}
	}
	if strongest < 0 {
		return
	}
	widest := s.evidence[strongest].lands
	for i := range s.evidence {
		e := &s.evidence[i]
		if !s.isRegion(e) {
			continue
		}
		if s.namesLaender(e) {
			continue
		}
		named := e.lands.among(&single, e.weight)
		switch {
		case named != 0:
			e.lands = named
		case e.lands&widest != 0:
			e.lands &= widest
		}
	}
}

// among returns those of the Länder of a landscape that other evidence names:
// those with a name that is half as heavy as the landscape, and beside them
// those that weigh half as much as the heaviest.
func (l lands) among(single *[regionScores]float64, weight float64) (named lands) {
	most := 0.0
	l.each(func(k int) { most = max(most, single[k]) })
	if most < 0.5*weight {
		return 0
	}
	l.each(func(k int) {
		if single[k] >= 0.5*min(weight, most) {
			named |= 1 << k
		}
	})
	return named
}

// namesLaender tells whether the name of a landscape is made of names of
// Länder, which are then all meant: "Berlin/Brandenburg".
func (s *scratch) namesLaender(e *evidence) bool {
	for _, x := range s.mentions[e.mention].meanings {
		if x.kind == nameRegion && x.full {
			return true
		}
	}
	return false
}

func (s *scratch) isRegion(e *evidence) bool {
	return e.mention >= 0 && s.mentions[e.mention].kind == nameRegion && !e.lands.single()
}

// sum adds up the weights for each region: the heaviest whole, what repeats it
// for less and less, and words of general administration up to a limit.
func (s *scratch) sum(v *verdict) {
	var weak, top, rest [regionScores]float64
	for i := range s.evidence {
		e := &s.evidence[i]
		if e.vague || e.weight <= 0 {
			continue
		}
		e.lands.each(func(k int) {
			if !e.passing() {
				v.solid[k] = max(v.solid[k], e.weight)
			}
			switch {
			case e.rule == ruleScope && e.weight < weakSum:
				weak[k] = min(weakSum, weak[k]+e.weight)
			case e.weight > top[k]:
				rest[k] += top[k]
				top[k] = e.weight
			default:
				rest[k] += e.weight
			}
		})
	}
	for k := range v.score {
		v.score[k] = top[k] + min(0.4*rest[k], 1.2) + weak[k]
	}
	v.weak = weak[landCount]
}

// passing tells whether the evidence is a name mentioned in passing, or no more
// than the name of a person.
func (e *evidence) passing() bool { return passingWhy(e.rule) != "" || e.rule == rulePerson }

// settleVague lets what fits several Länder speak for those that have other
// evidence; where none has, for the one Land that everything vague has in
// common, or for all of a small set.
func (s *scratch) settleVague(v *verdict) {
	named := lands(0)
	for i := range landCount {
		if v.score[i] > seatWeight {
			named |= 1 << i
		}
	}
	common, any := allLands, false
	for i := range s.evidence {
		e := &s.evidence[i]
		if !e.vague {
			continue
		}
		if e.lands&bundBit != 0 && e.lands&named == 0 {
			v.score[landCount] += e.weight // once of a Land, and nothing names it
			e.lands = bundBit
			continue
		}
		any = true
		common &= e.lands
		if both := e.lands & named; both != 0 {
			e.lands = both
			both.each(func(k int) { v.score[k] += e.weight * vagueWeight * 2 })
		}
	}
	if !any || named != 0 || common == 0 {
		return
	}
	strongest := 0.0
	for i := range s.evidence {
		if s.evidence[i].vague {
			strongest = max(strongest, s.evidence[i].weight)
		}
	}
	if abroad := v.score[landCount+1] > 0; !abroad && (common.single() || strongest >= 0.6) {
		common.each(func(k int) {
			v.score[k] += strongest
			if !common.single() {
				v.solid[k] = strongest // those that run a body together
			}
		})
	}
	for i := range s.evidence {
		if s.evidence[i].vague {
			s.evidence[i].lands &= common
		}
	}
}

// sourceHint is what the address of an item says.
type sourceHint struct {
	evidence []evidence
	lands    lands
}

// readLink finds hosts of known publishers, and names of Länder and towns, in
// the address of an item.
func (c *Classifier) readLink(link string, local bool) (h sourceHint) {
	host, offset := hostOf(link)
	if host == "" {
		return h
	}
	add := func(set lands, weight float64, start, end int, rule string) {
		h.evidence = append(h.evidence, evidence{vague: set&allLands != 0 && !set.single(), lands: set, weight: weight, mention: -1, place: -1, field: aggregator.FieldLink, start: int32(offset + start), end: int32(offset + end), rule: rule})
		h.lands |= set & allLands
	}
	lower := strings.ToLower(host)
	for rest := lower; rest != ""; {
		if set, ok := c.hosts[rest]; ok {
			add(set, 0.9, len(lower)-len(rest), len(lower), ruleHost)
			return h
		}
		if set, ok := c.press[rest]; ok {
			weight := 0.15
			if local {
				weight = 0.35
			}
			add(set, weight, len(lower)-len(rest), len(lower), rulePress)
			break
		}
		_, rest, _ = strings.Cut(rest, ".")
	}
	c.readLabels(lower, add)
	return h
}

// readLabels finds the names of Länder and towns among the parts of a host
// name, umlauts written out.
func (c *Classifier) readLabels(host string, add func(lands, float64, int, int, string)) {
	labels := strings.LastIndexByte(host, '.')
	start := 0
	for i := 0; i <= labels; i++ {
		if host[i] != '.' && host[i] != '-' && i < labels {
			continue
		}
		if set, ok := c.hostNames[host[start:i]]; ok {
			add(set, 0.5, start, i, ruleHostPlace)
		}
		start = i + 1
	}
	if tld := host[labels+1:]; tld == "at" || tld == "ch" || tld == "eu" || tld == "li" || tld == "lu" {
		add(abroadBit, 0.15, labels+1, len(host), ruleHost)
	}
}
