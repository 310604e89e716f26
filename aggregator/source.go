package aggregator

import (
	"cmp"
	"net/url"
	"strings"
	"time"
)

// Kind says how a source is read.
type Kind string

// The kinds of sources.
const (
	KindFeed Kind = "feed" // RSS, RDF, Atom or JSON Feed
	KindHTML Kind = "html" // a page that lists links, read by CSS selectors
)

// SourceType says what sort of publisher stands behind a source.
type SourceType string

// SourceTypes returns the known types of publishers.
func SourceTypes() []SourceType {
	return []SourceType{"presse", "land", "bund", "kommune", "it-dienstleister", "verband", "datenschutz", "parlament", "opendata"}
}

// Licence says how much of an item may be republished.
type Licence string

// The licences. Excerpt is the default: title, a short excerpt and the link.
const (
	LicenceExcerpt Licence = "excerpt"
	LicenceFull    Licence = "full"
)

// Selectors read a list page: CSS selectors (Selectors Level 4 as far as
// cascadia has it). Item finds the entries; the others are looked up inside
// each, and an empty Title or Link takes the first link's.
type Selectors struct {
	Item       string
	Title      string
	Link       string
	Date       string
	DateFormat string // Go layout; empty: every German form is tried
	Summary    string
}

// Source is a feed or list page that is polled.
type Source struct {
	ID        string // slug, [a-z0-9][a-z0-9-]*
	Name      string
	Publisher string // who answers for the text; Name when the configuration has none
	URL       string // absolute, http or https
	Kind      Kind
	Region    Region // what it speaks for: a Land or Bund; "" for none
	Type      SourceType
	Schedule  string         // cron spec that overrides the adaptive rhythm, or ""
	Zone      *time.Location // of dates without a zone; nil means Europe/Berlin
	Licence   Licence
	Rights    string // whose the texts are and what may be done with them, in the words of the operator, one line carried into the feeds; or ""
	Enabled   bool
	Evidence  string // when and how the URL was seen working
	Note      string // what an operator should know about the source, one line of plain text
	HostGroup string // sources of one group share one host's patience; "" means the URL's host
	// CrawlDelay is the time between two requests that the publisher of the host
	// asks for (Crawl-delay in robots.txt), to the second; 0 for none.
	CrawlDelay time.Duration
	Selectors  Selectors
}

// Host returns the key of the queue the source is polled in: its host group,
// else the host and port of its URL in lower case.
func (s *Source) Host() string {
	if s.HostGroup != "" {
		return s.HostGroup
	}
	return hostOf(s.URL)
}

func hostOf(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		return rawURL
	}
	return strings.ToLower(u.Host)
}

// State is what is remembered about polling a source. The zero State is that of
// a source never polled.
type State struct {
	ETag              string    // raw bytes as received
	LastModified      string    // raw bytes as received
	LastFull          time.Time // last request without validators
	CacheUntil        time.Time
	FreshFor          time.Duration // how long the last answer with a hint called itself fresh
	RetryAfterUntil   time.Time
	LastChecked       time.Time
	NextCheck         time.Time
	LastStatus        int // HTTP status, 0 when there was no answer
	LastSuccess       time.Time
	LastChange        time.Time
	Failures          int // in a row
	Class             Class
	Error             string
	RedirectTarget    string // where permanent redirects lead
	RedirectSeen      int
	RedirectFirstSeen time.Time
	MovedTo           string // asked instead of the configured URL, after lasting permanent redirects
	BodySHA256        string // hex, of the last body read
	ItemsLast         int    // items in the last document
	Rights            string // what the last document says of those in its items
	DeclaredTTL       time.Duration
	SkipHours         [24]bool
	SkipDays          [7]bool
	Repaired          []string
	Published         []time.Time // the last moments at which something was published, oldest first
	PushedUntil       time.Time   // end of the lease of an active [Subscription]; read with the state, not stored with it
}

// SourceStatus is a source with its state.
type SourceStatus struct {
	Source
	State           State
	Items           int       // stored
	HostPausedUntil time.Time // nobody asks the host before
	HostLastRequest time.Time
	Push            string // state of its subscription and the reason for it, "off: …"; "" without one
}

// RequestURL is the URL to ask: the configured one, or where it has moved to.
func (s *SourceStatus) RequestURL() string {
	if s.State.MovedTo != "" {
		return s.State.MovedTo
	}
	return s.URL
}

// StatedRights is what is known of the rights in the texts of a source: what the
// operator says, else what its feed says.
func (s *SourceStatus) StatedRights() string { return cmp.Or(s.Source.Rights, s.State.Rights) }

// Host is [Source.Host] of where the source is asked now.
func (s *SourceStatus) Host() string { return s.asked().Host() }

// asked is the source with the URL that is asked, by which hosts and their
// limits are told.
func (s *SourceStatus) asked() *Source {
	src := s.Source
	src.URL = s.RequestURL()
	return &src
}
