package main

import (
	"errors"

	"laenderfeed/aggregator/classify"
	"laenderfeed/config"
)

// rulesOf are the rules a configuration adds to those of the classifier.
func rulesOf(cfg *config.Config) classify.Config {
	var out classify.Config
	for _, t := range cfg.Topics {
		out.Topics = append(out.Topics, classify.Topic{Slug: t.Slug, Any: t.Any, All: t.All, None: t.None})
	}
	for _, r := range cfg.Regions {
		out.Areas = append(out.Areas, classify.Area{Slug: r.Slug, Name: r.Name, Places: r.Places, States: r.States})
	}
	for _, p := range cfg.Places {
		out.Places = append(out.Places, classify.Place{Key: p.Key, Name: p.Name, Names: p.Names, Population: p.Population})
	}
	for _, in := range cfg.Institutions {
		out.Institutions = append(out.Institutions, classify.Institution{Name: in.Name, Names: in.Names, Regions: in.States})
	}
	return out
}

// checkRules is the configuration's check of rules: those the classifier does
// not take are errors of the file.
func checkRules(cfg *config.Config, report func(key, msg, hint string)) {
	_, err := classify.New(rulesOf(cfg))
	var faults classify.RuleErrors
	switch {
	case errors.As(err, &faults):
		for _, f := range faults {
			report(f.Key, f.Msg, f.Hint)
		}
	case err != nil:
		report("topic", err.Error(), "")
	}
}
