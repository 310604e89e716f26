package main

import (
	"errors"
	"fmt"
	"runtime/debug"

	"laenderfeed/aggregator/classify"
	"laenderfeed/config"
	"laenderfeed/feeds"
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

// loadRules makes the classifier of a configuration. The collector of garbage stands
// still meanwhile: most of what it would look at stays, and with a heap that begins
// empty it would do so again and again, for a third of the time. It begins all the
// same at [softMemory].
func loadRules(cfg *config.Config) (*classify.Classifier, error) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	return classify.New(rulesOf(cfg))
}

// checkRules is the configuration's check of rules: those the classifier does
// not take are errors of the file.
func checkRules(cfg *config.Config, report func(key, msg, hint string)) {
	_, err := loadRules(cfg)
	var faults classify.RuleErrors
	switch {
	case errors.As(err, &faults):
		for _, f := range faults {
			report(f.Key, f.Msg, f.Hint)
		}
	case err != nil:
		report("topic", err.Error(), "")
	}
	// Slugs must be free in URLs, too, which know more names for a Land.
	for i, r := range namedRegions(cfg) {
		if _, err := feeds.NewVocabulary([]feeds.Named{r}, nil, nil); err != nil {
			report(fmt.Sprintf("region[%d].slug", i), fmt.Sprintf("%q means something else in URLs", r.Slug), "choose another word")
		}
	}
	for i, t := range namedTopics(cfg) {
		if _, err := feeds.NewVocabulary(nil, []feeds.Named{t}, nil); err != nil {
			report(fmt.Sprintf("topic[%d].slug", i), fmt.Sprintf("%q means something else in URLs", t.Slug), "choose another word")
		}
	}
}

// namedRegions are the configured regions as feeds and pages know them.
func namedRegions(cfg *config.Config) (out []feeds.Named) {
	for _, r := range cfg.Regions {
		out = append(out, feeds.Named{Slug: string(r.Slug), Name: r.Name})
	}
	return out
}

// namedTopics are the configured topics as feeds and pages know them.
func namedTopics(cfg *config.Config) (out []feeds.Named) {
	for _, t := range cfg.Topics {
		out = append(out, feeds.Named{Slug: string(t.Slug), Name: t.Name})
	}
	return out
}
