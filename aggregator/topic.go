package aggregator

import "strings"

// Topic is the slug of a subject, such as "registermodernisierung".
type Topic string

type topicInfo struct {
	topic Topic
	name  string
}

// topics is the built-in list in the order of pages and canonical URLs. It is
// never written to.
var topics = [...]topicInfo{
	{"ozg", "Onlinezugangsgesetz (OZG)"},
	{"portale", "Verwaltungsportale"},
	{"registermodernisierung", "Registermodernisierung"},
	{"ki", "Künstliche Intelligenz"},
	{"breitband", "Breitband"},
	{"mobilfunk", "Mobilfunk"},
	{"it-sicherheit", "IT-Sicherheit"},
	{"datenschutz", "Datenschutz"},
	{"open-data", "Open Data"},
	{"open-source", "Open Source"},
	{"smart-city", "Smart City"},
	{"e-id", "Elektronische Identität"},
	{"e-akte", "E-Akte"},
	{"e-rechnung", "E-Rechnung"},
	{"e-vergabe", "E-Vergabe"},
	{"e-payment", "E-Payment"},
	{"e-partizipation", "E-Partizipation"},
	{"geodaten", "Geodaten"},
	{"schul-it", "Schul-IT"},
	{"fachverfahren", "Fachverfahren"},
	{"cloud", "Cloud"},
	{"it-infrastruktur", "IT-Infrastruktur"},
	{"personal", "Personal"},
	{"foerderung", "Förderung"},
	{"strategie", "Strategie"},
	{"buergerservice", "Bürgerservice"},
	{"kfz", "Kfz-Wesen"},
	{"soziales", "Soziales"},
	{"gesundheit", "Gesundheit"},
	{"bauen", "Bauen"},
	{"auslaenderwesen", "Ausländerwesen"},
	{"verkehr", "Verkehr"},
	{"energie-klima", "Energie und Klima"},
	{"katastrophenschutz", "Katastrophenschutz"},
	{"justiz", "Justiz"},
	{"polizei", "Polizei"},
	{"finanzen", "Finanzen"},
}

// Topics returns the built-in topics in their fixed order.
func Topics() []Topic {
	ts := make([]Topic, len(topics))
	for i := range ts {
		ts[i] = topics[i].topic
	}
	return ts
}

// ParseTopic finds a built-in topic by its slug, in any case.
func ParseTopic(s string) (Topic, bool) {
	for _, t := range topics {
		if strings.EqualFold(s, string(t.topic)) {
			return t.topic, true
		}
	}
	return "", false
}

// Name returns the German name of a built-in topic, and the slug of any other.
func (t Topic) Name() string {
	for _, i := range topics {
		if i.topic == t {
			return i.name
		}
	}
	return string(t)
}
