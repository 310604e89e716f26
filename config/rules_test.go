package config

import (
	"errors"
	"reflect"
	"testing"

	"laenderfeed/aggregator"
)

const ruleText = `
[[topic]]
slug = "bibliotheken"
name = "Bibliotheken"
any = ["Bibliothek", '"Digitale Ausleihe"']
all = ["Stadt*"]
none = ["=Softwarebibliothek"]
[[topic]]
slug = "ki"
any = ["KI"]
[[region]]
slug = "rhein-neckar"
name = "Rhein-Neckar"
places = ["Mannheim", "07338"]
states = ["SL", "hessen"]
[[place]]
key = "08222000"
name = "Mannheim"
names = ["Monnem"]
population = 309370
state = "baden-wuerttemberg"
[[place]]
key = "02000000-01"
names = ["Mitte"]
[[institution]]
name = "Rechenzentrum Musterland"
names = ["RZML"]
states = ["RP", "bund"]
`

func TestRules(t *testing.T) {
	c := mustParse(t, ruleText)
	if want := []Topic{
		{"bibliotheken", "Bibliotheken", []string{"Bibliothek", `"Digitale Ausleihe"`}, []string{"Stadt*"}, []string{"=Softwarebibliothek"}},
		{"ki", "Künstliche Intelligenz", []string{"KI"}, nil, nil},
	}; !reflect.DeepEqual(c.Topics, want) {
		t.Errorf("topics %+v", c.Topics)
	}
	if want := []Region{{"rhein-neckar", "Rhein-Neckar", []string{"Mannheim", "07338"},
		[]aggregator.Region{aggregator.Saarland, aggregator.Hessen}}}; !reflect.DeepEqual(c.Regions, want) {
		t.Errorf("regions %+v", c.Regions)
	}
	if want := []Place{{"08222000", "Mannheim", []string{"Monnem"}, 309370}, {"02000000-01", "", []string{"Mitte"}, 0}}; !reflect.DeepEqual(c.Places, want) {
		t.Errorf("places %+v", c.Places)
	}
	if want := []Institution{{"Rechenzentrum Musterland", []string{"RZML"},
		[]aggregator.Region{aggregator.RheinlandPfalz, aggregator.Bund}}}; !reflect.DeepEqual(c.Institutions, want) {
		t.Errorf("institutions %+v", c.Institutions)
	}
	if err := c.Validate(Options{}); err != nil {
		t.Error(err)
	}
}

// TestCheckRules: what the check from outside finds is an error with its place,
// and it is asked only where there are rules that can be read.
func TestCheckRules(t *testing.T) {
	asked := 0
	o := Options{CheckRules: func(c *Config, report func(key, msg, hint string)) {
		asked++
		if len(c.Topics) != 2 || len(c.Regions) != 1 {
			t.Errorf("topics %v, regions %v", c.Topics, c.Regions)
		}
		report("topic[0].any[1]", "is never found", "say it otherwise")
		report("region[0].places[1]", "is unknown", "")
	}}
	c, err := Parse("rules.toml", []byte(ruleText), o)
	var errs Errors
	if !errors.As(err, &errs) || len(errs) != 2 || c != nil {
		t.Fatalf("error %v", err)
	}
	if got, want := errs[0].Error(), `rules.toml:5:22: topic[0].any[1]: is never found (say it otherwise)`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if errs[1].Line != 14 {
		t.Errorf("%v", errs[1])
	}
	if err := mustParse(t, ruleText).Validate(o); !errors.As(err, &errs) || errs[0].Key != "topic[0].any[1]" || errs[0].Line != 0 {
		t.Errorf("error %v", err)
	}
	if asked != 2 {
		t.Errorf("asked %d times", asked)
	}
	for _, text := range []string{"", ruleText + "[[topic]]\nslug = 1\n"} {
		_, _ = Parse("rules.toml", []byte(text), o)
	}
	if asked != 2 {
		t.Error("asked without rules, or with broken ones")
	}
}

func TestValidateRules(t *testing.T) {
	for key, change := range map[string]func(*Config){
		"topic[0].slug":            func(c *Config) { c.Topics[0].Slug = "ort" },
		"topic[0].any":             func(c *Config) { c.Topics[0].Any, c.Topics[0].All = nil, nil },
		"topic[1].slug":            func(c *Config) { c.Topics[1].Slug = "bibliotheken" },
		"region[0].slug":           func(c *Config) { c.Regions[0].Slug = "bibliotheken" },
		"region[0].name":           func(c *Config) { c.Regions[0].Name = "a\nb" },
		"region[0].states":         func(c *Config) { c.Regions[0].Places, c.Regions[0].States = nil, nil },
		"place[0].key":             func(c *Config) { c.Places[0].Key = "17" },
		"institution[0].states[0]": func(c *Config) { c.Institutions[0].States[0] = aggregator.Unklar },
	} {
		c := mustParse(t, ruleText)
		change(c)
		var errs Errors
		if err := c.Validate(Options{}); !errors.As(err, &errs) || len(errs) != 1 || errs[0].Key != key {
			t.Errorf("%s: %v", key, err)
		}
	}
}
