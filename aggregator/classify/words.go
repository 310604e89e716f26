package classify

import (
	"fmt"
	"strconv"
	"strings"
)

// wordClass is a set of what the word lists say about a word.
type wordClass uint64

const (
	classOffice         wordClass = 1 << iota // before a place: Stadt, Rathaus von
	classDistrict                             // the same, of a Kreis: Landkreis, Landratsamt
	classRole                                 // an office a person holds: Bürgermeister, Landrat
	classTitle                                // before a surname: Herr, Dr.
	classFirstName                            // Martin
	classEvent                                // what takes place at a venue: Konferenz, tagte
	classSeat                                 // mit Sitz in, aus dem Hause
	classCompare                              // wie in, neben
	classFormer                               // zuvor in, wechselt aus
	classAdopter                              // nutzen bereits, im Einsatz
	classCompany                              // GmbH, Hersteller: whose town is not the news
	classNamed                                // Erklärung, Schlüssel: named after a town
	classPress                                // Zeitung, Nachrichten
	classContact                              // begins a block of contact data
	classFederal                              // speaks for scope bund, with a weight
	classAbroad                               // speaks for scope international, with a weight
	classLocal                                // a town hall or a Land acts, unnamed
	classSmall                                // article or preposition between an office and its place
	classIn                                   // in, aus, nach
	classTopic                                // of the topic ref
	classNotFederal                           // begins like a federal body but is none
	classGovernment                           // a ministry or parliament, of a Land when a capital follows
	classChair                                // den Vorsitz hat
	classAlso                                 // auch in: a comparison, but not in a headline
	classExample                              // darunter: not all are named
	classUser                                 // a sentence about who uses something
	classRank                                 // a ranking
	classFormerSentence                       // a sentence about somebody's career
	classBody                                 // part of the name of an institution
	classAhead                                // after a comparison: deutlich weiter
	classSeatOf                               // a body whose seat is the place ref
	classMaker                                // a sentence about who developed something
	classNamesake                             // a town of this name lies abroad too
)

// wordClasses are the names of the classes in words.tsv.
var wordClasses = map[string]wordClass{
	"amt": classOffice, "kreis": classDistrict, "rolle": classRole, "titel": classTitle, "vorname": classFirstName,
	"anlass": classEvent, "sitz": classSeat, "vergleich": classCompare, "vorher": classFormer, "nutzer": classAdopter,
	"firma": classCompany, "benannt": classNamed, "presse": classPress, "kontakt": classContact, "bund": classFederal,
	"ausland": classAbroad, "lokal": classLocal, "klein": classSmall, "in": classIn,
	"kein-bund": classNotFederal, "regierung": classGovernment, "danach": classAhead, "vorsitz": classChair, "auch": classAlso, "beispiel": classExample, "anwender": classUser,
	"hersteller": classMaker, "namensvetter": classNamesake, "rang": classRank, "vorher-satz": classFormerSentence,
}

// loadWords reads words.tsv: a class, a pattern and, for the two scopes, a
// weight.
func loadWords() ([]pattern, error) {
	rows, err := readTable("words.tsv", "class", "pattern", "weight")
	if err != nil {
		return nil, err
	}
	var ps []pattern
	for _, r := range rows {
		class, ok := wordClasses[r.cells[0]]
		if !ok {
			return nil, fmt.Errorf("reading rules: words.tsv:%d: unknown class %q", r.line, r.cells[0])
		}
		weight := 0.0
		if r.cells[2] != "" {
			if weight, err = strconv.ParseFloat(r.cells[2], 32); err != nil {
				return nil, fmt.Errorf("reading rules: words.tsv:%d: %w", r.line, err)
			}
		}
		for _, form := range expand(r.cells[1]) {
			p := parsePattern(form)
			p.class, p.weight = class, float32(weight)
			if class == classFirstName {
				p.exact = true
			}
			p.text = patternText(p)
			ps = append(ps, p)
		}
	}
	return ps, nil
}

// patternText folds the text of a pattern that need not be exact. Exact ones
// keep their capitals; the matcher folds them itself.
func patternText(p pattern) string {
	if p.exact {
		return p.text
	}
	return strings.ToLower(p.text)
}

// loadSeats reads seats.tsv: a body of the Bund, or one that works nationwide,
// and the key of the town it sits in.
func (c *Classifier) loadSeats() ([]pattern, error) {
	rows, err := readTable("seats.tsv", "body", "key")
	if err != nil {
		return nil, err
	}
	var ps []pattern
	for _, r := range rows {
		ref, ok := c.placeOf[r.cells[1]]
		if !ok {
			return nil, fmt.Errorf("reading rules: seats.tsv:%d: unknown key %q", r.line, r.cells[1])
		}
		for _, form := range expand(r.cells[0]) {
			p := parsePattern(form)
			p.class, p.ref = classSeatOf, ref
			p.text = patternText(p)
			ps = append(ps, p)
		}
	}
	return ps, nil
}
