// Package classify decides what a news item is about: which Länder or the
// Bund, which towns and Kreise, which topics, each with its reasons.
//
// # How it decides
//
// A [Classifier] is built once from the data files in data/, which are embedded,
// and holds two things: a [lexicon] of names (a trie over words, longest match
// first) and a [matcher] of words and topics. An item goes through these steps:
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
	"strings"
	"sync"

	"laenderfeed/aggregator"
)

// Config adds rules to the built-in ones. The zero Config adds none.
type Config struct {
	Topics       []Topic       `json:",omitempty"` // new, or replacing the built-in topic of that slug
	Areas        []Area        `json:",omitempty"` // own regions
	Places       []Place       `json:",omitempty"` // new, or corrections of the place with that key
	Institutions []Institution `json:",omitempty"` // new, or replacing the built-in one of that name
}

// Place is a place that the built-in data lacks, or a correction of one it has:
// what is given here counts, and its built-in names go on to name it.
type Place struct {
	Key        string               // official key (AGS), of which the first two digits give the Land
	Name       string               `json:",omitempty"` // "" leaves that of a known place
	Names      []string             `json:",omitempty"` // others that it goes by
	Kind       aggregator.PlaceKind `json:",omitempty"` // "" goes by the length of the key
	Population int                  `json:",omitempty"` // 0: unknown, or as built in
}

// Institution is a body that speaks for Länder, the Bund or somebody abroad.
type Institution struct {
	Name    string
	Names   []string            `json:",omitempty"` // others that it goes by
	Regions []aggregator.Region // Länder, [aggregator.Bund] or [aggregator.International]
}

// Classifier labels items. It never changes after [New] and may be used by any
// number of goroutines.
type Classifier struct {
	lexicon   lexicon
	matcher   *matcher
	places    []place
	placeOf   map[string]int32 // key -> index into places
	names     placeNames
	topics    []aggregator.Topic
	own       ownRules
	faults    RuleErrors       // found while it is built
	hosts     map[string]lands // suffix of a host name
	press     map[string]lands // of a regional newspaper
	hostNames map[string]lands // part of a host name, umlauts written out
	surnames  map[uint32]lands // of office holders
	berlin    lands
	cities    map[lands]int32 // Land that is one city -> index into places
	version   string
	pool      sync.Pool // *scratch
}

// New builds a classifier from the embedded rules and cfg. Rules of cfg that
// cannot be read or could never match are [RuleErrors].
func New(cfg Config) (*Classifier, error) {
	var version string
	var unversioned error
	var hashing sync.WaitGroup // of a megabyte, beside the rest
	hashing.Go(func() { version, unversioned = rulesVersion(cfg) })
	defer hashing.Wait()
	c := &Classifier{lexicon: *newLexicon(), berlin: landBit(aggregator.Berlin), surnames: make(map[uint32]lands)}
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
	seats, err := c.loadSeats()
	if err != nil {
		return nil, err
	}
	patterns = append(patterns, seats...)
	topics, err := c.loadTopics(cfg.Topics)
	if err != nil {
		return nil, err
	}
	c.addAreas(cfg.Areas)
	c.checkNames(cfg)
	if len(c.faults) > 0 {
		return nil, c.faults
	}
	if c.matcher, err = newMatcher(append(patterns, topics...)); err != nil {
		return nil, err
	}
	hashing.Wait()
	c.version = version
	return c, unversioned
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
		c.loadRegions,
		func() error { return c.loadPlaces(danger) },
		c.loadDemonyms,
		c.loadBynames,
		c.loadPersons,
		func() error { c.addPlaces(cfg.Places, danger); return nil },
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
