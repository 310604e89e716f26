// Package classify decides what a news item is about: which Länder or the
// Bund, which towns and Kreise, which topics, each with its reasons.
//
// # How it decides
//
// A [Classifier] is built once from the data files in data/, which are embedded,
// and holds two things: a [lexicon] of names (a trie over words, longest match
// first) and an automaton of words and topics. An item goes through these steps:
//
//	scan.go      fields -> words; contact data is cut off; word classes marked
//	mentions.go  words -> mentions of Länder, places, institutions; prefix; lists
//	context.go   mentions -> weights, or why a mention does not count
//	resolve.go   which Neustadt
//	decide.go    evidence -> scope and Länder
//	topics.go    hits -> topics
//	explain.go   all of it, for people
//
// Nothing here does I/O. Weights are numbers a person can read: the name of a
// Land in the first sentence is 1.6, in a headline's prefix 3.
package classify

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"laenderfeed/aggregator"
)

// rulesDate is the day the data or the rules were last changed on purpose.
const rulesDate = "2026-11-21"

// Config adds rules to the built-in ones. The zero Config adds none.
type Config struct {
	Topics       []Topic       // new, or replacing the built-in topic of that slug
	Places       []Place       // new, or further names of a place with a known key
	Institutions []Institution // new, or replacing the built-in one of that name
	Regions      []Region      // landscapes and the Länder they lie in
}

// Topic is a topic and the patterns that speak for it, in the notation of
// data/topics.tsv: "glasfaser*", "=KI", "künstliche{,r,n} intelligenz".
type Topic struct {
	Slug aggregator.Topic
	Any  []string // each is enough
	All  []string // must all occur
	None []string // none may occur
}

// Place is a place, or another name for one.
type Place struct {
	Key        string // official key (AGS), of which the first two digits give the Land
	Name       string
	Kind       aggregator.PlaceKind
	Population int // 0: unknown
}

// Institution is a body that speaks for Länder, the Bund or somebody abroad.
type Institution struct {
	Name    string
	Regions []aggregator.Region
}

// Region is a landscape.
type Region struct {
	Name    string
	Regions []aggregator.Region // Länder
}

// Classifier labels items. It never changes after [New] and may be used by any
// number of goroutines.
type Classifier struct {
	lexicon   lexicon
	automaton *automaton
	places    []place
	placeOf   map[string]int32 // key -> index into places
	names     placeNames
	topics    []aggregator.Topic
	rules     []topicRule      // of own topics, beyond patterns
	needs     map[int32]uint64 // own topic -> its conditions that must all be met
	hosts     map[string]lands // suffix of a host name
	press     map[string]lands // of a regional newspaper
	hostNames map[string]lands // part of a host name, umlauts written out
	berlin    lands
	cities    map[lands]int32 // Land that is one city -> index into places
	version   string
	pool      sync.Pool // *scratch
}

// New builds a classifier from the embedded rules and cfg. It fails on a rule
// that cannot be read: an unknown topic, Land or key.
func New(cfg Config) (*Classifier, error) {
	c := &Classifier{lexicon: *newLexicon(40_000), berlin: landBit(aggregator.Berlin), needs: make(map[int32]uint64)}
	c.pool.New = func() any { return new(scratch) }
	c.names.own = cfg.Places
	if err := c.loadNames(cfg); err != nil {
		return nil, err
	}
	c.cities = make(map[lands]int32)
	for _, key := range []string{"02000000", "11000000"} {
		if ref, ok := c.placeOf[key]; ok {
			c.cities[c.places[ref].land] = ref
		}
	}
	patterns, err := loadWords()
	if err != nil {
		return nil, err
	}
	topics, err := c.loadTopics(cfg.Topics)
	if err != nil {
		return nil, err
	}
	c.automaton = newAutomaton(append(patterns, topics...))
	c.version, err = rulesVersion(cfg)
	return c, err
}

// Version identifies the rule set: the date of its last change and a hash of
// its data and of cfg, "2026-11-21-ab12cd34". Equal versions label alike.
func (c *Classifier) Version() string { return c.version }

func rulesVersion(cfg Config) (string, error) {
	h := sha256.New()
	files, err := fs.Glob(dataFiles, "data/*.tsv")
	if err != nil {
		return "", fmt.Errorf("reading rules: %w", err)
	}
	for _, name := range files {
		b, err := dataFiles.ReadFile(name)
		if err != nil {
			return "", fmt.Errorf("reading rules: %w", err)
		}
		fmt.Fprintf(h, "%s %d\n", name, len(b))
		h.Write(b)
	}
	fmt.Fprintf(h, "%v", cfg)
	return rulesDate + "-" + hex.EncodeToString(h.Sum(nil)[:4]), nil
}

// Classify labels an item. Every label has at least one reason. The work is
// linear in the length of the text.
func (c *Classifier) Classify(t aggregator.Text) aggregator.Labels {
	s := c.pool.Get().(*scratch)
	defer c.pool.Put(s)
	given, _ := c.scan(s, t)
	return c.labels(s, c.run(s, t, len(given) > 0), given)
}

// scan reads the fields and finds the topics.
func (c *Classifier) scan(s *scratch, t aggregator.Text) (given, near []topicScore) {
	c.scanText(s, t)
	return c.findTopics(s)
}

// run takes a scanned item through the other steps. onTopic tells whether it
// has a topic.
func (c *Classifier) run(s *scratch, t aggregator.Text, onTopic bool) verdict {
	c.findMentions(s)
	linkLists(s)
	s.markPrefix()
	src := c.readLink(t.Link, s.local())
	s.near = src.lands | landBit(t.Prior)
	c.judge(s)
	c.resolve(s, landBit(t.Prior)&allLands, src.lands)
	c.gather(s, t, src)
	return c.decide(s, onTopic)
}

// loadNames fills the lexicon.
func (c *Classifier) loadNames(cfg Config) error {
	danger, err := loadDanger()
	if err != nil {
		return err
	}
	for _, load := range []func() error{
		c.loadStates,
		func() error { return c.loadInstitutions(cfg.Institutions) },
		func() error { return c.loadRegions(cfg.Regions) },
		func() error { return c.loadPlaces(danger) },
		c.loadDemonyms,
		c.loadBynames,
		c.loadPersons,
		func() error { return c.addPlaces(cfg.Places) },
		c.loadHosts,
	} {
		if err := load(); err != nil {
			return err
		}
	}
	return nil
}

// foldHost writes umlauts as host names do.
var foldHost = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", " ", "-", ".", "")
