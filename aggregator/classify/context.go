package classify

import (
	"slices"
	"strings"
)

// Rules say why a name counts, as they stand in a [aggregator.Reason].
const (
	rulePrefix      = "vorspann"
	ruleLand        = "land.name"
	ruleAdjective   = "land.adjektiv"
	ruleByname      = "beiname"
	ruleBody        = "organ"
	ruleInstitution = "institution"
	ruleRegion      = "region"
	rulePlace       = "ort"
	ruleOffice      = "ort.amt"
	ruleDistrict    = "kreis"
	ruleInhabitant  = "ort.adjektiv"
	ruleRiver       = "fluss"
	rulePerson      = "amtsinhaber"
	ruleHost        = "adresse"
	ruleHostPlace   = "adresse.ort"
	rulePress       = "regionalpresse"
	rulePrior       = "quelle"
	ruleDefault     = "vorgabe"
	ruleScope       = "reichweite"
	ruleVenue       = "tagungsort"
	ruleCompare     = "vergleich"
	ruleFormer      = "früher"
	ruleSeat        = "sitz"
	ruleAdopter     = "anwender"
	ruleCapital     = "bundessitz"
	ruleChair       = "vorsitz"
	ruleArea        = "gebiet"
	ruleTopic       = "thema"
	ruleOwnTopic    = "thema.eigen"
	ruleOrigin      = "herkunft"
	ruleExample     = "beispiel"
	ruleSpan        = "spanne"
)

// Why a name is not taken for a place at all.
const (
	rejectSurname   = "Familienname"
	rejectWord      = "Wörterbuchwort ohne Amtswort"
	rejectNamed     = "nur danach benannt"
	rejectCompany   = "Sitz eines Unternehmens"
	rejectPress     = "Name einer Zeitung"
	rejectPart      = "Teil eines längeren Namens"
	rejectRiver     = "Fluss oder Landschaft"
	rejectAmbiguous = "mehrdeutig"
	rejectLost      = "schwächer als die vergebenen Länder"
	rejectBund      = "Bund wiegt schwerer"
)

// maxSurnames bounds the surnames remembered for an item.
const maxSurnames = 64

// judge gives every mention its weight by form, field and context, or says why
// it does not count.
func (c *Classifier) judge(s *scratch) {
	s.surnames = s.surnames[:0]
	for i := range s.mentions {
		m := &s.mentions[i]
		f := &s.fields[m.field]
		m.office, m.district = f.officeBefore(m)
		if m.kind == namePlace && m.n == 1 && !m.office && !m.prefix && c.isSurname(s, f, m) {
			if len(s.surnames) < maxSurnames {
				s.surnames = append(s.surnames, f.tokens[m.tok].word)
			}
			m.rejected = rejectSurname
		}
	}
	for i := range s.mentions {
		m := &s.mentions[i]
		if m.rejected == "" && m.kind == namePlace && m.n == 1 && !m.office && !m.prefix && slices.Contains(s.surnames, s.fields[m.field].tokens[m.tok].word) {
			m.rejected = rejectSurname
		}
		if m.rejected == "" {
			c.judgeOne(s, i)
		}
		if m.rejected == "" {
			m.weight *= fieldWeight(&s.fields[m.field], m)
			s.applyContext(i, c)
		}
	}
}

// officeBefore tells whether an office word precedes a name, as in "Stadt
// Hagen", "Rathaus von Hagen" or "Innenministerium in Hannover", or follows an
// adjective, and whether it is that of a Kreis.
func (f *fieldScan) officeBefore(m *mention) (office, district bool) {
	if m.form == formAdjective && int(m.end()) < len(f.tokens) {
		t := f.tokens[m.end()]
		return t.sep <= sepHyphen && t.class&(classOffice|classDistrict|classGovernment|classLocal) != 0, t.class&classDistrict != 0
	}
	small := false
	for i := m.tok - 1; i >= 0 && i >= m.tok-3; i-- {
		if f.tokens[i+1].sep > sepHyphen {
			return false, false
		}
		t := f.tokens[i]
		if f.word(int(i)) == "aus" {
			return false, false // who comes from there acts elsewhere
		}
		if t.class&(classOffice|classDistrict|classGovernment) != 0 {
			// A person's office right before a name begins a name of
			// a person: "Landrat Sack", but not "Landrat von Höxter".
			if t.class&classRole != 0 && !small {
				return false, false
			}
			return true, t.class&classDistrict != 0
		}
		if t.class&classSmall == 0 {
			return false, false
		}
		small = true
	}
	return false, false
}

// isSurname tells whether a word that is the name of a place is that of a
// person here: after a first name, a title or an office, or because the item
// has named the person before.
func (c *Classifier) isSurname(s *scratch, f *fieldScan, m *mention) bool {
	t := f.tokens[m.tok]
	if m.tok == 0 || t.sep > sepSoft {
		return false
	}
	before := f.tokens[m.tok-1]
	if before.class&(classFirstName|classTitle) != 0 && before.capital {
		return true
	}
	if before.class&classRole != 0 && t.sep == sepSpace {
		return true
	}
	gap := f.text[before.end:t.start]
	if before.end-before.start == 1 && before.capital && gap == ". " {
		return true
	}
	if m.tok >= 2 && before.capital && before.word == 0 && before.sep <= sepSoft && t.sep == sepSpace && before.class == 0 {
		return f.tokens[m.tok-2].class&(classRole|classTitle) != 0
	}
	return false
}

// judgeOne gives a mention its weight before field and context.
func (c *Classifier) judgeOne(s *scratch, i int) {
	m := &s.mentions[i]
	f := &s.fields[m.field]
	switch m.kind {
	case nameLand:
		m.weight, m.rule = 1.6, ruleLand
		if m.form == formBase && m.n == 1 && !m.prefix && f.personBefore(m) {
			m.rejected = rejectSurname
		}
		if m.form == formAdjective {
			m.weight, m.rule = 1.3, ruleAdjective
			m.rejected = f.namedAfter(m)
			if f.tokens[m.tok].capital && !f.nounFollows(m) {
				m.weight = 0.7 // its people
			}
		}
		if m.form == formGenitive || m.office {
			m.weight += 0.2
		}
	case nameBody:
		m.weight, m.rule = 0.5, ruleBody
		if m.lands.single() {
			m.weight = 0.9
		}
	case nameInstitution:
		m.weight, m.rule = float64(m.bodyWeight()), ruleInstitution
		for k := m.tok; k < m.end(); k++ {
			f.tokens[k].class |= classBody
		}
		if m.lands&allLands != 0 && !m.lands.single() {
			m.weight = 0.4
		}
	case nameNothing:
		m.rejected = rejectNamed
	case nameRegion:
		m.weight, m.rule = 1.1, ruleRegion
		if m.form == formAdjective {
			m.weight, m.rejected = 0.9, f.namedAfter(m)
		}
	case nameByname:
		m.weight, m.rule = 0.9, ruleByname
	case nameRiver:
		m.weight, m.rule = 0.3, ruleRiver
	case namePerson:
		m.weight, m.rule = 0.6, rulePerson
	case namePlace:
		c.judgePlace(s, i)
	}
	if m.prefix && m.rejected == "" && m.kind != nameRiver && m.kind != namePerson && m.weight >= 0.7 {
		m.weight, m.rule = max(2.0, m.weight+0.4), rulePrefix
	}
}

func (m *mention) bodyWeight() float32 {
	for _, x := range m.meanings {
		if x.kind == nameInstitution {
			return x.weight
		}
	}
	return 0
}

// personBefore tells whether a first name or a title makes a surname of the name
// of a Land.
func (f *fieldScan) personBefore(m *mention) bool {
	return m.tok > 0 && f.tokens[m.tok].sep == sepSpace && f.tokens[m.tok-1].capital && f.tokens[m.tok-1].class&(classFirstName|classTitle) != 0
}

// judgePlace weighs the name of a place, and rejects it where the word is more
// likely something else.
func (c *Classifier) judgePlace(s *scratch, i int) {
	m := &s.mentions[i]
	f := &s.fields[m.field]
	size, risk, full := c.largest(m)
	if why := c.partOfName(s, i); why != "" {
		m.rejected = why
		return
	}
	if m.form == formAdjective {
		m.weight, m.rule = 0.8, ruleInhabitant
		m.rejected = f.namedAfter(m)
		if m.rejected == "" && !m.office && size < townSize {
			m.rejected = rejectWord
		}
		switch {
		case m.rejected != "":
		case m.office:
			m.weight = 1.2
		case risk.class != safeName && !m.listed:
			m.rejected = rejectWord
		case !f.nounFollows(m) && (m.listed || size >= metropolis):
			m.weight = 0.5 // the people of a town
		case !f.nounFollows(m):
			m.rejected = rejectWord
		}
		return
	}
	switch {
	case m.district:
		m.weight, m.rule = 1.6, ruleDistrict
	case m.office:
		m.weight, m.rule = 1.5, ruleOffice
	case full && m.n > 1 && f.tokens[m.tok].class&(classOffice|classDistrict) != 0:
		m.weight, m.rule = 1.6, ruleDistrict
	case full && m.n > 1:
		m.weight, m.rule = 1.3, rulePlace
	case size >= citySize:
		m.weight, m.rule = 1.0, rulePlace
	case size >= villageSize:
		m.weight, m.rule = 0.9, rulePlace
	default:
		m.weight, m.rule = 0.6, rulePlace
	}
	if risk.class != safeName && !full && !m.office {
		m.rejected = c.dangerous(s, f, m, size, risk)
	}
	if m.rejected == "" && !m.office && f.companyAround(m) {
		m.rejected = rejectCompany
	}
}

// largest returns the population of the largest place a name can mean, its
// danger, and whether it is the full name of one.
func (c *Classifier) largest(m *mention) (size int, risk danger, full bool) {
	for _, x := range m.meanings {
		if x.kind != namePlace {
			continue
		}
		p := &c.places[x.ref]
		if p.population >= size {
			size = p.population
		}
		if x.danger.class != safeName {
			risk = x.danger
		}
		full = full || x.full
	}
	return size, risk, full
}

// dangerous decides about a name that is also a word, a surname or a river,
// without an office word before it. It counts as the prefix of a headline that
// speaks of a town hall, in an enumeration of towns, and, where it is the name
// of a city, after "in".
func (c *Classifier) dangerous(s *scratch, f *fieldScan, m *mention, size int, risk danger) string {
	if m.prefix && (size >= citySize || s.local()) {
		return ""
	}
	if m.listSize >= 2 && (size >= townSize || m.listSize >= 3) && c.listSafe(s, m) {
		return ""
	}
	if (size >= citySize || !risk.hard) && m.tok > 0 && f.tokens[m.tok].sep == sepSpace && f.tokens[m.tok-1].class&classIn != 0 {
		return ""
	}
	if !risk.hard && size >= citySize && m.lands&s.near != 0 && !f.articleBefore(m) {
		return ""
	}
	if risk.class == riverName || risk.class == districtOf {
		return rejectRiver
	}
	return rejectWord
}

// articleBefore tells whether an article makes an ordinary noun of a name.
func (f *fieldScan) articleBefore(m *mention) bool {
	if m.tok == 0 {
		return false
	}
	switch f.word(int(m.tok - 1)) {
	case "das", "Das", "der", "Der", "die", "Die", "dem", "des", "ein", "Ein", "eine", "einem", "im", "Im", "zum", "beim":
		return true
	}
	return false
}

// listSafe tells whether the enumeration has a member that can only be a place.
func (c *Classifier) listSafe(s *scratch, m *mention) bool {
	const most = 40 // members looked at
	for i := m.listHead; i < m.listHead+min(m.listSize, most); i++ {
		o := &s.mentions[i]
		if o == m {
			continue
		}
		if o.kind == nameLand {
			return true
		}
		if _, risk, _ := c.largest(o); risk.class == safeName && o.kind == namePlace {
			return true
		}
	}
	return false
}

// local tells whether the item speaks of a town hall or an authority of a Land.
func (s *scratch) local() bool {
	for k := range s.fields[:3] {
		for i := range s.fields[k].hits {
			if s.fields[k].hits[i].pattern.class&classLocal != 0 {
				return true
			}
		}
	}
	return false
}

// partOfName tells whether hyphens make a name part of a longer one: "Specht-
// Riemenschneider", "Köln-Niehl". A quarter of a town goes with the town.
func (c *Classifier) partOfName(s *scratch, i int) string {
	m := &s.mentions[i]
	f := &s.fields[m.field]
	t := f.tokens[m.tok]
	if m.prefix || m.tok == 0 || t.sep != sepHyphen {
		return ""
	}
	before := f.tokens[m.tok-1]
	if before.class&(classOffice|classDistrict) != 0 {
		return ""
	}
	return rejectPart
}

// namedAfter tells whether an adjective belongs to something that is only named
// after its town: a declaration, a company, a newspaper.
func (f *fieldScan) namedAfter(m *mention) string {
	for i := m.end(); int(i) < len(f.tokens) && i < m.end()+2; i++ {
		t := f.tokens[i]
		if t.sep > sepSoft {
			break
		}
		switch {
		case t.class&classPress != 0:
			return rejectPress
		case t.class&classCompany != 0:
			return rejectCompany
		case t.class&classNamed != 0 && i == m.end():
			return rejectNamed
		}
	}
	return ""
}

// nounFollows tells whether a noun follows an adjective, at most one small word
// later.
func (f *fieldScan) nounFollows(m *mention) bool {
	for i := int(m.end()); i < len(f.tokens) && i < int(m.end())+2; i++ {
		if f.tokens[i].sep > sepSoft || f.tokens[i].class&classSmall != 0 {
			return false
		}
		if f.tokens[i].capital {
			return true
		}
	}
	return false
}

// companyAround tells whether a name is where a company comes from: "Hersteller
// ist X aus Bielefeld", "die Firma X aus Bielefeld".
func (f *fieldScan) companyAround(m *mention) bool {
	if m.tok == 0 || f.word(int(m.tok-1)) != "aus" {
		return false
	}
	reach := int32(8)
	if m.field == 0 {
		reach = 2
	}
	for i := m.tok - 2; i >= 0 && i >= m.tok-reach; i-- {
		if f.tokens[i].class&(classCompany|classPress) != 0 {
			return true
		}
		if f.tokens[i+1].sep == sepEnd {
			return false
		}
	}
	return false
}

// fieldWeight weighs where in an item a name stands.
func fieldWeight(f *fieldScan, m *mention) float64 {
	switch m.field {
	case 0:
		return 1.5
	case 1:
		if f.sent[m.tok] == 0 {
			return 1
		}
		return 0.85
	case 2:
		if f.tokens[m.tok].start < 400 {
			return 0.8
		}
		return 0.45
	}
	return 0.7
}

// applyContext lowers the weight of a name that is mentioned in passing.
func (s *scratch) applyContext(i int, c *Classifier) {
	m := &s.mentions[i]
	f := &s.fields[m.field]
	if m.form == formAdjective && m.field > 0 && contains(f.former, f.sent[m.tok]) {
		m.weight, m.rule = 0.4*m.weight, ruleFormer
	}
	if !m.geographic() || m.prefix {
		return
	}
	head := &s.mentions[m.listHead]
	tail := m
	if m.listSize > 0 {
		tail = &s.mentions[m.listHead+m.listSize-1]
	}
	rule, factor := f.passing(m, head, tail)
	switch {
	case rule != "":
	case s.spans(i):
		rule, factor = ruleSpan, 0.1
	case m.listSize >= 3 && m.field > 0 && len(s.fields[0].events) > 0 && contains(f.events, f.sent[m.tok]):
		rule, factor = ruleAdopter, 0.3 // who took part
	}
	if (rule == "" || rule == ruleVenue || rule == ruleOrigin) && !m.office && c.federalSeat(m) && m.tok > 0 && (f.word(int(m.tok-1)) == "in" || f.word(int(m.tok-1)) == "aus") {
		rule, factor = ruleCapital, 0.2
	}
	if rule == "" && (c.onlySeats(s, m) || s.comesFrom(m)) {
		rule, factor = ruleOrigin, 0.4
	}
	if rule != "" {
		m.weight *= factor
		m.rule = rule
	}
}

// onlySeats tells whether an enumeration names the seats of the federal
// government and nothing else: "Ministerien in Bonn und Berlin".
func (c *Classifier) onlySeats(s *scratch, m *mention) bool {
	if m.listSize != 2 {
		return false
	}
	return c.federalSeat(&s.mentions[m.listHead]) && c.federalSeat(&s.mentions[m.listHead+1])
}

// comesFrom tells whether a headline says only where something comes from,
// beside another place that acts: "Kreis holt Server aus Kaiserslautern".
func (s *scratch) comesFrom(m *mention) bool {
	f := &s.fields[0]
	if m.field != 0 || m.listSize > 0 || m.tok == 0 || f.word(int(m.tok-1)) != "aus" {
		return false
	}
	for i := range s.mentions {
		o := &s.mentions[i]
		if o.field != 0 {
			break
		}
		if o.geographic() && o.rejected == "" && o.lands&m.lands == 0 {
			return true
		}
	}
	return false
}

// spans tells whether a name is an end of a range across Länder: "Städte von
// Flensburg bis Garmisch".
func (s *scratch) spans(i int) bool {
	return s.rangeAt(i) || i > 0 && s.rangeAt(i-1)
}

func (s *scratch) rangeAt(i int) bool {
	if i+1 >= len(s.mentions) {
		return false
	}
	a, b := &s.mentions[i], &s.mentions[i+1]
	f := &s.fields[a.field]
	return a.field == b.field && a.geographic() && b.geographic() && a.lands&b.lands == 0 &&
		a.tok > 0 && strings.EqualFold(f.word(int(a.tok-1)), "von") && b.tok == a.end()+1 && f.word(int(a.end())) == "bis"
}

// passing returns the rule by which a name, or the enumeration from head to tail, is only mentioned, and what remains of its weight.
func (f *fieldScan) passing(m, head, tail *mention) (string, float64) {
	class, in := f.before(head)
	switch {
	case class&classSeat != 0 || in && !m.office && f.bodyIn(head):
		return ruleSeat, 0.15
	case m.kind == nameLand && m.field > 0 && contains(f.chairs, f.sent[m.tok]):
		return ruleChair, 0.2
	case class&classFormer != 0:
		return ruleFormer, 0.15
	case class&classCompare != 0:
		return ruleCompare, 0.15
	case class&classAlso != 0 && m.field > 0:
		return ruleCompare, 0.25
	case m.kind == nameLand && m.field > 0 && contains(f.ranks, f.sent[m.tok]):
		return ruleCompare, 0.3
	case m.listSize >= 2 && f.afterPredecessors(head):
		return ruleCompare, 0.15
	case m.field > 0 && (m.listSize >= 3 && contains(f.adopts, f.sent[m.tok]) || contains(f.users, f.sent[m.tok])):
		return ruleAdopter, 0.3
	case class&classExample != 0 && m.field > 0:
		return ruleExample, 0.6
	case f.aheadFollows(tail):
		return ruleCompare, 0.15
	case in && !m.office && m.listSize < 3 && f.venue(m):
		return ruleVenue, 0.25
	case m.field > 0 && !m.office && contains(f.former, f.sent[m.tok]):
		return ruleFormer, 0.4
	case m.field > 0 && m.listSize == 0 && m.tok > 0 && (f.word(int(m.tok-1)) == "aus" || f.word(int(m.tok-1)) == "Aus"):
		return ruleOrigin, 0.5
	}
	return "", 1
}

// bodyIn tells whether "in" before a name follows a federal body, an institute
// or a company: "das Kraftfahrt-Bundesamt in Flensburg".
func (f *fieldScan) bodyIn(m *mention) bool {
	i := m.tok - 2
	return i >= 0 && f.tokens[i+1].sep == sepSpace && f.tokens[m.tok].sep == sepSpace && f.word(int(i+1)) == "in" &&
		f.tokens[i].class&(classBody|classCompany|classFederal) != 0
}

// aheadFollows tells whether what follows a name measures others by it: "in
// Bayern deutlich weiter".
func (f *fieldScan) aheadFollows(m *mention) bool {
	for i := int(m.end()); i < len(f.tokens) && i < int(m.end())+4 && f.tokens[i].sep < sepComma; i++ {
		if f.tokens[i].class&classAhead != 0 {
			return true
		}
	}
	return false
}

// before returns the classes of the words right before a name, across articles,
// prepositions and office words, and whether a preposition of place is among
// them.
func (f *fieldScan) before(m *mention) (class wordClass, in bool) {
	for i := m.tok - 1; i >= 0 && i >= m.tok-4; i-- {
		if f.tokens[i+1].sep > sepHyphen {
			break
		}
		t := f.tokens[i]
		class |= t.class & (classSeat | classFormer | classCompare | classAlso | classExample)
		in = in || t.class&classIn != 0
		if t.class&(classSmall|classOffice|classDistrict|classIn|classRole) == 0 {
			break
		}
	}
	return class, in
}

// afterPredecessors tells whether an enumeration begins a sentence with "Nach":
// those came before the one the news is about.
func (f *fieldScan) afterPredecessors(head *mention) bool {
	return head.tok > 0 && f.word(int(head.tok-1)) == "Nach"
}

// venue tells whether the sentence reports an event and the name says only
// where.
func (f *fieldScan) venue(m *mention) bool {
	if m.field == 0 {
		return len(f.events) > 0
	}
	return contains(f.events, f.sent[m.tok])
}

// federalSeat tells whether a name is that of a seat of the federal government.
func (c *Classifier) federalSeat(m *mention) bool {
	if m.kind == nameLand {
		return m.form == formBase && m.lands == c.berlin
	}
	for _, x := range m.meanings {
		if x.kind == namePlace && c.places[x.ref].key == "05314000" {
			return true
		}
	}
	return false
}

// ownOffice tells whether the office word with a name is one of the town's own,
// not the general word for the body that sits there: "Stadt Bonn", "Bonner
// Rathaus", but not "das Amt in Bonn", "die Bonner Behörde".
func (f *fieldScan) ownOffice(m *mention) bool {
	i := m.tok - 1
	if m.form == formAdjective {
		i = m.end()
	} else {
		for i > 0 && f.tokens[i].class&(classOffice|classDistrict|classGovernment) == 0 {
			i--
		}
	}
	if i < 0 || int(i) >= len(f.tokens) {
		return false
	}
	switch f.word(int(i)) {
	case "Amt", "Bundesamt", "Gericht", "Hochschule", "Messe", "Raum", "Standort", "Standorten", "Universität", "Verwaltung":
		return false
	}
	return true
}

// vague tells whether a mention is that of a body that is usual in one Land and
// sometimes named elsewhere: it decides only where nothing else does.
func (m *mention) vague() bool {
	return (m.kind == nameBody || m.kind == namePerson) && m.meanings[0].full
}

// roleBeside tells whether somebody's office stands with the name of a Land:
// "Brandenburgs Wirtschaftsminister", "die Landesbeauftragte von Sachsen".
func (f *fieldScan) roleBeside(m *mention) bool {
	const reach = 2 // words between
	for i := max(0, m.tok-reach); int(i) < len(f.tokens) && i < m.end()+reach; i++ {
		if (i < m.tok || i >= m.end()) && f.tokens[i].class&(classRole|classGovernment) != 0 {
			return true
		}
	}
	return false
}
