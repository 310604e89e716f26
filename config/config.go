// Package config turns the configuration file into a Config that everything
// else can rely on: durations are durations, sources are complete, and what
// makes no sense has been refused with file, line, key and a hint.
//
// The way is: TOML text -> document (values and where they stand) -> tables
// (typed values, unknown keys refused) -> Config (rules between the values).
// Nothing is checked later, and nothing below cmd sees a Config.
//
// The catalogue of known sources is part of the program (catalogue.toml, read
// with the same rules). A configuration chooses from it with [catalogue], adds
// sources with [[source]], and changes a known one with a [[source]] of the
// same id. Subscription lists of feed readers (OPML) are read into the same
// tables and written from them, see [Config.ReadOPML] and [FormatOPML]. Default values are those of [Default]; config.example.toml at the
// top of the project shows them all, and a test keeps it so.
package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"laenderfeed/aggregator"
)

// Config is a whole configuration, every value set.
type Config struct {
	Server    Server
	Storage   Storage
	Fetch     Fetch
	Catalogue Selection
	Publish   Publish
	// Sources are all known sources: the catalogue in its own order with
	// Enabled as chosen, then those the configuration adds.
	Sources []aggregator.Source
	// Topics, Regions, Places and Institutions are the rules the configuration
	// adds to the built-in ones.
	Topics       []Topic
	Regions      []Region
	Places       []Place
	Institutions []Institution
	// Warnings are no errors, but settings that have no effect or one that is
	// rarely meant. Line and key are given as for errors.
	Warnings Errors
}

// Server is the table [server].
type Server struct {
	Listen    string // host:port, IPv6 hosts in brackets, an empty host for all
	PublicURL string // what readers see, without a slash at the end; "" is [Server.BaseURL]'s to guess
}

// BaseURL returns the URL that published links begin with, without a slash at
// the end: PublicURL, else http and the address listened on, localhost for all
// addresses.
func (s Server) BaseURL() string {
	if s.PublicURL != "" {
		return s.PublicURL
	}
	host, port, err := net.SplitHostPort(s.Listen)
	if err != nil {
		return "http://" + s.Listen
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	if port == "80" {
		return "http://" + strings.TrimSuffix(net.JoinHostPort(host, ""), ":")
	}
	return "http://" + net.JoinHostPort(host, port)
}

// Storage is the table [storage].
type Storage struct {
	Path      string        // database file; "" is [Storage.File]'s to find
	Retention time.Duration // age at which items are purged; 0 keeps all
}

// File returns the path of the database: Path, else laenderfeed.db in the
// directory systemd gave the service, else in the working directory. The
// argument is the value of $STATE_DIRECTORY, of which the first counts when it
// names several, separated by colons (systemd.exec(5)).
func (s Storage) File(stateDirectory string) string {
	if s.Path != "" {
		return s.Path
	}
	dir, _, _ := strings.Cut(stateDirectory, ":")
	if dir == "" {
		return "." + string(filepath.Separator) + databaseName
	}
	return filepath.Join(dir, databaseName)
}

const databaseName = "laenderfeed.db"

// Fetch is the table [fetch].
type Fetch struct {
	Interval     time.Duration // between two polls of a source until its own rhythm is known, see aggregator.Policy
	MinInterval  time.Duration // never more often than this
	Timeout      time.Duration // of a whole request
	MaxBody      int64         // bytes of an answer after decompression
	Concurrency  int           // requests at the same time, over all hosts
	PerHostDelay time.Duration // between two requests to one host
	AllowPrivate []string      // hosts, host:port, addresses and prefixes (CIDR) in lower case
	UserAgent    string        // "" is built from the version, see [Config.UserAgent]
	Proxy        string        // URL of an HTTP proxy for all requests but those to AllowPrivate; "" for none
	WebSub       bool          // have hubs push the sources that announce one
	Contact      string        // how publishers reach the operator, shown on /bot; "" for none
}

// ProxyURL returns the parsed Proxy, or nil for none.
func (f *Fetch) ProxyURL() (*url.URL, error) {
	if f.Proxy == "" {
		return nil, nil
	}
	return url.Parse(f.Proxy)
}

// Publish is the table [publish].
type Publish struct {
	Items       int // in a feed
	Content     Content
	TitlePrefix string // before the titles of all feeds
	WebSubHub   string // URL of the hub that is told of changes; "" for none
}

// Content says how much of an item the feeds carry.
type Content string

// How much of an item the feeds carry. Full text only appears where the source's
// licence allows it.
const (
	ContentTitle   Content = "title"
	ContentExcerpt Content = "excerpt"
	ContentFull    Content = "full"
)

// UserAgent returns the User-Agent header for a version of the program: the
// configured one, else "laenderfeed/VERSION (+PUBLIC_URL/bot)" as RFC 9110
// section 10.1.5 has it. Without a public URL there is no page to point at.
func (c *Config) UserAgent(version string) string {
	switch {
	case c.Fetch.UserAgent != "":
		return c.Fetch.UserAgent
	case c.Server.PublicURL == "":
		return "laenderfeed/" + version
	}
	return fmt.Sprintf("laenderfeed/%s (+%s/bot)", version, c.Server.PublicURL)
}

// Options are what reading a configuration needs from outside. The zero value
// works.
type Options struct {
	// CheckSelector tells whether a CSS selector can be read. Nil leaves
	// selectors unchecked.
	CheckSelector func(selector string) error
	// CheckRules looks at Topics, Regions, Places and Institutions, of which
	// there is at least one, and reports those that cannot work. Keys are those
	// of errors: "topic[0].any[2]". Nil leaves the rules unchecked.
	CheckRules func(c *Config, report func(key, msg, hint string))
}

// Default returns the configuration that an empty file gives.
func Default() *Config {
	cat := Catalogue()
	return &Config{
		Server:  Server{Listen: "127.0.0.1:8080"},
		Storage: Storage{Retention: 400 * day},
		Fetch: Fetch{
			Interval: time.Hour, MinInterval: publicMinInterval, Timeout: 45 * time.Second, MaxBody: 10 * mib,
			Concurrency: 16, PerHostDelay: publicHostDelay, AllowPrivate: []string{},
		},
		Catalogue: Selection{Enable: []string{"*"}, Disable: []string{}},
		Publish:   Publish{Items: 50, Content: ContentExcerpt},
		Sources:   cat,
	}
}

// Load reads a configuration file of at most 4 MiB. The error is [Errors], or
// wraps that of the operating system when the file cannot be read.
func Load(path string, o Options) (*Config, error) {
	data, err := readFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("reading the configuration: %w: give the path of an existing file, or none to run on defaults", err)
	case err != nil:
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	return Parse(path, data, o)
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s is a directory, not a file", path)
	}
	// One byte more than allowed, so that Parse sees and says what is wrong.
	return io.ReadAll(io.LimitReader(f, maxFile+1))
}

// Parse reads the text of a configuration. The name stands in errors. What the
// text leaves out has its default. All errors are found and returned together
// as [Errors], up to a hundred, except that a text that is no TOML has one. A
// byte order mark at the beginning is allowed, as are line ends of both kinds.
func Parse(name string, data []byte, o Options) (*Config, error) {
	doc, fault := read(name, data)
	if fault != nil {
		return nil, Errors{fault}
	}
	r := &reader{doc: doc}
	c := Default()
	top := &table{r: r, values: doc.values}
	readServer(top.sub("server"), &c.Server)
	readStorage(top.sub("storage"), &c.Storage)
	readFetch(top.sub("fetch"), &c.Fetch)
	readPublish(top.sub("publish"), &c.Publish)
	readSelection(top.sub("catalogue"), &c.Catalogue)
	own := readSources(top.rows("source"), c.Sources)
	c.readRules(top)
	top.done()

	r.report("", c.checkTables())
	r.report("", c.checkRules())
	r.choose(c, own)
	for _, s := range own {
		r.report(s.path+".", checkSource(&s.Source, &c.Fetch, o.CheckSelector))
	}
	c.Sources = merge(c.Sources, own)
	r.checkPolledTwice(c.Sources, own)
	if len(r.errs) == 0 {
		o.checkRules(c, r.fail)
	}
	r.warn(c)
	r.warnUnknownLayout(c, own)
	c.Warnings = c.Warnings.sorted()
	if err := r.errs.sorted().err(); err != nil {
		return nil, err
	}
	return c, nil
}

// checkRules hands the rules, if there are any, to who knows more about them.
func (o Options) checkRules(c *Config, report func(key, msg, hint string)) {
	if o.CheckRules != nil && len(c.Topics)+len(c.Regions)+len(c.Places)+len(c.Institutions) > 0 {
		o.CheckRules(c, report)
	}
}

// warn notes settings that are allowed and rarely meant.
func (r *reader) warn(c *Config) {
	host, _, _ := net.SplitHostPort(c.Server.Listen)
	if ip := net.ParseIP(host); c.Server.PublicURL == "" && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		c.Warnings = append(c.Warnings, r.doc.errorAt("server.listen", false,
			"readers elsewhere get links that begin with "+c.Server.BaseURL(), "set public_url to the address they use"))
	}
	if !slices.ContainsFunc(c.Sources, func(s aggregator.Source) bool { return s.Enabled }) {
		c.Warnings = append(c.Warnings, r.doc.errorAt("catalogue.enable", false,
			"no source is enabled", `enable = ["*"] polls those of the catalogue`))
	}
}

// warnUnknownLayout warns of pages that are polled and whose list has to be
// found by its looks.
func (r *reader) warnUnknownLayout(c *Config, own []*row) {
	for i := range c.Sources {
		s := &c.Sources[i]
		if !s.Enabled || s.Kind != aggregator.KindHTML || s.Selectors.Item != "" {
			continue
		}
		key := fmt.Sprintf("catalogue.enable[%d]", max(0, slices.Index(c.Catalogue.Enable, s.ID)))
		if n := slices.IndexFunc(own, func(o *row) bool { return o.ID == s.ID }); n >= 0 {
			key = own[n].path + ".item"
		}
		c.Warnings = append(c.Warnings, r.doc.errorAt(key, false, fmt.Sprintf("%q is a page without item: its list is guessed", s.ID),
			fmt.Sprintf(`look at its feed; if it is wrong, write item = "…", the CSS selector of the entries, in a [[source]] with id = %q`, s.ID)))
	}
}

// Validate checks the rules between the values of a Config put together or
// changed by a program. Parse returns no Config that fails it. The errors name
// keys but no lines; a source is named by its id: source.bmi-presse.url.
func (c *Config) Validate(o Options) error {
	var errs Errors
	add := func(prefix string, faults []fault) {
		for _, f := range faults {
			errs = append(errs, &Error{Key: prefix + f.key, Msg: f.msg, Hint: f.hint})
		}
	}
	add("", c.checkTables())
	add("", c.checkRules())
	seen := map[string]bool{}
	for i := range c.Sources {
		s := &c.Sources[i]
		prefix := "source." + s.ID + "."
		add(prefix, checkSource(s, &c.Fetch, o.CheckSelector))
		if seen[s.ID] {
			add(prefix, []fault{{"id", "this id is taken", ""}})
		}
		seen[s.ID] = true
	}
	if len(errs) == 0 {
		o.checkRules(c, func(key, msg, hint string) { add("", []fault{{key, msg, hint}}) })
	}
	return errs.err()
}

func readServer(t *table, s *Server) {
	t.text("listen", &s.Listen)
	if t.text("public_url", &s.PublicURL) {
		s.PublicURL = strings.TrimRight(s.PublicURL, "/")
	}
	t.done()
}

func readStorage(t *table, s *Storage) {
	t.text("path", &s.Path)
	t.duration("retention", &s.Retention)
	t.done()
}

func readFetch(t *table, f *Fetch) {
	t.duration("interval", &f.Interval)
	t.duration("min_interval", &f.MinInterval)
	t.duration("timeout", &f.Timeout)
	t.size("max_body", &f.MaxBody)
	t.integer("concurrency", &f.Concurrency)
	t.duration("per_host_delay", &f.PerHostDelay)
	t.list("allow_private", &f.AllowPrivate)
	for i, host := range f.AllowPrivate {
		f.AllowPrivate[i] = strings.ToLower(host)
	}
	t.text("user_agent", &f.UserAgent)
	t.text("proxy", &f.Proxy)
	t.text("contact", &f.Contact)
	t.boolean("websub", &f.WebSub)
	t.done()
}

func readPublish(t *table, p *Publish) {
	t.integer("items", &p.Items)
	word(t, "content", &p.Content, []Content{ContentTitle, ContentExcerpt, ContentFull})
	// A prefix may end in a blank, which text would cut off.
	v, ok := t.values["title_prefix"].(string)
	if t.text("title_prefix", &p.TitlePrefix) && ok {
		p.TitlePrefix = v
	}
	t.text("websub_hub", &p.WebSubHub)
	t.done()
}

func readSelection(t *table, s *Selection) {
	t.list("enable", &s.Enable)
	t.list("disable", &s.Disable)
	t.done()
}
