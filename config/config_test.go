package config

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"laenderfeed/aggregator"
)

var update = flag.Bool("update", false, "write what the errors are now into testdata/errors")

// mustParse reads a configuration that has to be right.
func mustParse(t *testing.T, text string) *Config {
	t.Helper()
	c, err := Parse("test.toml", []byte(text), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// faults returns the errors of a configuration that has to be wrong.
func faults(t *testing.T, data []byte) Errors {
	t.Helper()
	c, err := Parse("test.toml", data, Options{})
	var errs Errors
	if !errors.As(err, &errs) || len(errs) == 0 {
		t.Fatalf("error %v (%T), want Errors", err, err)
	}
	if c != nil {
		t.Error("there is a Config beside the errors")
	}
	return errs
}

func find(t *testing.T, c *Config, id string) aggregator.Source {
	t.Helper()
	i := slices.IndexFunc(c.Sources, func(s aggregator.Source) bool { return s.ID == id })
	if i < 0 {
		t.Fatalf("there is no source %q", id)
	}
	return c.Sources[i]
}

// moduleRoot walks up to go.mod.
func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("there is no go.mod above the working directory")
		}
		dir = filepath.Dir(dir)
	}
}

// Each file of testdata/errors is a configuration, a line "-- want --", and the
// errors it gets.
func TestErrorsOfFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/errors/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no test cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			const line = "-- want --\n"
			data, want, ok := strings.Cut(string(text), line)
			if !ok {
				t.Fatalf("%s has no line %q", file, line)
			}
			got := faults(t, []byte(data)).Format() + "\n"
			if *update {
				if err := os.WriteFile(file, []byte(data+line+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func TestDefaultIsAnEmptyFile(t *testing.T) {
	for name, text := range map[string]string{
		"empty":      "",
		"blank":      " \t\n\n",
		"comment":    "# nothing",
		"mark":       "\ufeff",
		"tables":     "[server]\n[storage]\n[fetch]\n[catalogue]\n[publish]\n",
		"CRLF":       "[server]\r\n# x\r\nlisten = \"127.0.0.1:8080\"\r\n",
		"mark, text": "\ufeff[server]\r\nlisten = \"127.0.0.1:8080\"",
	} {
		if got := mustParse(t, text); !reflect.DeepEqual(got, Default()) {
			t.Errorf("%s: the configuration is not the default one: %+v", name, got)
		}
	}
	if err := Default().Validate(Options{}); err != nil {
		t.Errorf("the default configuration is not valid: %v", err)
	}
}

func TestParseReadsEveryKey(t *testing.T) {
	c := mustParse(t, `
server.listen = "[::1]:80"
server.public_url = "https://feeds.example.org/laender/"
[storage]
path = " /srv/x.db "
retention = "8w"
[fetch]
interval = "1h30m"
min_interval = "20m"
timeout = "1.5m"
max_body = 4096
concurrency = 3
per_host_delay = "1m"
allow_private = ["Intranet.Example", "10.1.0.0/16"]
user_agent = "amt/1.0 (+https://amt.example)"
contact = "post@amt.example"
websub = true
proxy = "http://amt:geheim@proxy.amt.example:3128"
[catalogue]
enable = []
disable = []
[publish]
items = 7
content = "full"
title_prefix = "Amt: "
websub_hub = "https://hub.example/"
[[source]]
id = "a"
name = "A"
publisher = "Amt"
url = "https://a.example/list?x=1&y=%20"
kind = "html"
region = "sn"
type = "kommune"
schedule = "0 6 * * *"
zone = "UTC"
licence = "full"
enabled = true
host_group = "amt"
crawl_delay = "10s"
note = "nur Text"
rights = "Amtliches Werk, § 5 UrhG"
evidence = "gesehen"
item = "li"
title = "h3"
link = "a"
date = "time"
date_format = "2.1.2006"
summary = "p"
`)
	if want := (Server{Listen: "[::1]:80", PublicURL: "https://feeds.example.org/laender"}); c.Server != want {
		t.Errorf("server: %+v", c.Server)
	}
	if want := (Storage{Path: "/srv/x.db", Retention: 56 * 24 * time.Hour}); c.Storage != want {
		t.Errorf("storage: %+v", c.Storage)
	}
	fetch := Fetch{
		Interval: 90 * time.Minute, MinInterval: 20 * time.Minute, Timeout: 90 * time.Second, MaxBody: 4096, Concurrency: 3,
		PerHostDelay: time.Minute, AllowPrivate: []string{"intranet.example", "10.1.0.0/16"},
		UserAgent: "amt/1.0 (+https://amt.example)", Proxy: "http://amt:geheim@proxy.amt.example:3128", Contact: "post@amt.example", WebSub: true,
	}
	if !reflect.DeepEqual(c.Fetch, fetch) {
		t.Errorf("fetch: %+v", c.Fetch)
	}
	if want := (Publish{Items: 7, Content: ContentFull, TitlePrefix: "Amt: ", WebSubHub: "https://hub.example/"}); c.Publish != want {
		t.Errorf("publish: %+v", c.Publish)
	}
	want := aggregator.Source{
		ID: "a", Name: "A", Publisher: "Amt", URL: "https://a.example/list?x=1&y=%20", Kind: aggregator.KindHTML,
		Region: aggregator.Sachsen, Type: "kommune", Schedule: "0 6 * * *", Zone: time.UTC, Licence: aggregator.LicenceFull,
		Enabled: true, Evidence: "gesehen", HostGroup: "amt", CrawlDelay: 10 * time.Second, Note: "nur Text", Rights: "Amtliches Werk, § 5 UrhG",
		Selectors: aggregator.Selectors{Item: "li", Title: "h3", Link: "a", Date: "time", DateFormat: "2.1.2006", Summary: "p"},
	}
	if got := c.Sources[len(c.Sources)-1]; !reflect.DeepEqual(got, want) {
		t.Errorf("source: %+v", got)
	}
	if got := len(enabledIDs(c)); got != 1 {
		t.Errorf("%d sources are enabled, want the own one", got)
	}
}

func TestSourceDefaults(t *testing.T) {
	got := find(t, mustParse(t, "[[source]]\nid = \"a\"\nname = \"A\"\nurl = \"https://a.example/f\"\nregion = \"\"\nzone = \"\""), "a")
	want := aggregator.Source{
		ID: "a", Name: "A", URL: "https://a.example/f", Kind: aggregator.KindFeed, Type: "presse",
		Licence: aggregator.LicenceExcerpt, Enabled: true,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

// A [[source]] with the id of the catalogue changes the keys it has and no other,
// and stays in its place.
func TestSourceOverridesCatalogue(t *testing.T) {
	before := Default()
	c := mustParse(t, "[[source]]\nid = \"bmi-presse\"\nschedule = \"30 8 * * 1-5\"\nlicence = \"full\"\n")
	if len(c.Sources) != len(before.Sources) {
		t.Fatalf("%d sources, want %d", len(c.Sources), len(before.Sources))
	}
	for i, was := range before.Sources {
		if was.ID == "bmi-presse" {
			was.Schedule, was.Licence = "30 8 * * 1-5", aggregator.LicenceFull
		}
		if !reflect.DeepEqual(c.Sources[i], was) {
			t.Errorf("source %d is %+v, want %+v", i, c.Sources[i], was)
		}
	}
}

// A page of the catalogue whose publisher has a feed by now: what was known of the
// page goes.
func TestPageBecomesFeed(t *testing.T) {
	c := mustParse(t, "[[source]]\nid = \"bremen-senat\"\nkind = \"feed\"\nurl = \"https://www.senatspressestelle.bremen.de/feed\"\n")
	was, got := find(t, Default(), "bremen-senat"), find(t, c, "bremen-senat")
	if was.Selectors.Item == "" || was.Evidence == "" {
		t.Fatalf("the test needs another page: %+v", was)
	}
	want := was
	want.Kind, want.URL, want.Selectors, want.Evidence = aggregator.KindFeed, got.URL, aggregator.Selectors{}, ""
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestWrongText(t *testing.T) {
	tests := []struct {
		name, data   string
		line, column int
		msg          string
	}{
		{"not UTF-8", "[server]\nlisten = \"\xfc\"", 2, 11, "byte 0xfc is not valid UTF-8"},
		{"not UTF-8 in a comment", "# gr\xfcn", 1, 5, "not valid UTF-8"},
		{"after umlauts", "# über\nänderung = 1\"", 2, 1, "invalid character"},
		{"UTF-16", "\xff\xfe[\x00a\x00]\x00", 1, 1, "UTF-16"},
		{"UTF-16, big end first", "\xfe\xff\x00[", 1, 1, "UTF-16"},
		{"NUL", "a = \"\x00\"", 1, 6, "control characters"},
		{"lone CR", "a = 1\rb = 2", 1, 6, "expected newline"},
		{"too large", "# " + strings.Repeat("x", maxFile), 0, 0, "larger than 4 MiB"},
		{"too large a number", "[publish]\nitems = 99999999999999999999", 2, 9, "too large"},
		{"column of characters", "[[source]]\nid = \"a\"\nname = \"Ä\"\nurl = \"https://a.example\"\nx = { \"ö\" = 1, y = 2}", 5, 1, "unknown key"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			errs := faults(t, []byte(tt.data))
			e := errs[0]
			if len(errs) != 1 || e.Line != tt.line || e.Column != tt.column || !strings.Contains(e.Msg, tt.msg) {
				t.Errorf("got %d errors, the first at %d:%d: %s", len(errs), e.Line, e.Column, e.Msg)
			}
		})
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "config.toml")
	if err := os.WriteFile(path, []byte("[publish]\nitems = 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(path, Options{})
	if err != nil || c.Publish.Items != 3 {
		t.Errorf("items %v, error %v", c, err)
	}
	if _, err := Load(filepath.Join(dir, "none.toml"), Options{}); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "none.toml") {
		t.Errorf("a file that does not exist: %v", err)
	}
	if _, err := Load(dir, Options{}); err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Errorf("a directory: %v", err)
	}
	if err := os.WriteFile(path, []byte("[publish]\nitem = 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = Load(path, Options{})
	var e *Error
	if !errors.As(err, &e) || e.File != path || e.Line != 2 || e.Column != 1 || e.Key != "publish.item" {
		t.Errorf("a wrong file: %v", err)
	}
	if err := os.WriteFile(path, bytes.Repeat([]byte("#\n"), maxFile), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err = Load(path, Options{}); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("a large file: %v", err)
	}
}

func TestErrorOnOneLine(t *testing.T) {
	errs := faults(t, []byte("[fetch]\nintervall = \"60m\"\n"))
	if got, want := errs.Error(), `test.toml:2:1: fetch.intervall: unknown key (did you mean "interval"?)`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// What a broken file holds cannot draw on the terminal, and the caret is found in
// long lines and after tabs.
func TestFormat(t *testing.T) {
	e := &Error{File: "f", Line: 12, Column: 4, Msg: "m", Hint: "h", Text: "\tä\x1b[31mx"}
	if got, want := e.Format(), "f:12:4: m\n  12 | \tä\uFFFD[31mx\n     | \t  ^\n  hint: h"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	long := &Error{Line: 1, Column: 5001, Msg: "m", Text: strings.Repeat("a", 5000) + "X" + strings.Repeat("b", 5000)}
	lines := strings.Split(long.Format(), "\n")
	if len(lines) != 3 || len(lines[1]) > 200 || strings.Index(lines[1], "X") != strings.Index(lines[2], "^") {
		t.Errorf("got\n%s", long.Format())
	}
	beyond := &Error{Line: 1, Column: 99, Msg: "m", Text: "ab"}
	if !strings.HasSuffix(beyond.Format(), "|   ^") {
		t.Errorf("got\n%s", beyond.Format())
	}
}

func TestErrorsAreBounded(t *testing.T) {
	var b strings.Builder
	for i := range maxKeys {
		fmt.Fprintf(&b, "x%d = 1\n", i)
	}
	if got := len(faults(t, []byte(b.String()))); got != maxErrors {
		t.Errorf("%d errors, want %d", got, maxErrors)
	}
	if e := faults(t, []byte("[fetch]\n"+strings.Repeat("x", 5000)+" = \""+strings.Repeat("y", 4000)+"\""))[0]; len(e.Error()) > 500 || len(e.Format()) > 800 {
		t.Errorf("the error about a long key is long: %s", e.Format())
	}
}

// What nobody writes is refused before anything has to think about it for long.
func TestBounds(t *testing.T) {
	many := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	tests := []struct{ name, text, want string }{
		{"list", "[catalogue]\nenable = [" + many(maxList+1, "\"x%d\",\n") + "]", "more than 1000 entries"},
		{"sources", strings.Repeat("[[source]]\n", maxRows+1), "more than 10000 of these"},
		{"keys", many(maxKeys+1, "k%d = 1\n"), "more than 1000 keys"},
		{"keys before a syntax error", many(maxKeys+1, "k%d = 1\n") + "k", "more than 1000 keys"},
		{"tables", many(maxKeys+1, "[k%d]\n"), "more than 1000 keys or tables"},
		{"arrays of tables", many(maxKeys+1, "[[k%d]]\n"), "more than 1000 keys or tables"},
		{"tables below sources", "[[source]]\n" + many(maxKeys+1, "[source.k%d]\n"), "more than 1000 keys or tables"},
		{"inline table", "a = [[[[[[{\n" + many(maxKeys+1, "k%d = 1,\n") + "}]]]]]]", "more than 1000 keys"},
		{"line", "# " + strings.Repeat("x", maxLine), "longer than 10000 bytes"},
	}
	for _, tt := range tests {
		if errs := faults(t, []byte(tt.text)); len(errs) != 1 || !strings.Contains(errs[0].Msg, tt.want) {
			t.Errorf("%s: %v", tt.name, errs)
		}
	}
	if _, err := Parse("test.toml", []byte(many(maxRows, "[[source]]\nid = \"s%d\"\nname = \"S\"\nurl = \"https://a.example\"\nenabled = false\n")), Options{}); err != nil {
		t.Errorf("as many sources as are allowed: %v", err)
	}
}

func TestCheckSelector(t *testing.T) {
	text := []byte("[[source]]\nid = \"a\"\nname = \"A\"\nurl = \"https://a.example\"\nkind = \"html\"\nitem = \"li[\"\ntitle = \"h3\"\ndate = \"]\"\n")
	if _, err := Parse("test.toml", text, Options{}); err != nil {
		t.Errorf("selectors are checked without a check: %v", err)
	}
	var asked []string
	o := Options{CheckSelector: func(s string) error {
		asked = append(asked, s)
		if strings.ContainsAny(s, "[]") {
			return errors.New("bracket")
		}
		return nil
	}}
	_, err := Parse("test.toml", text, o)
	var errs Errors
	if !errors.As(err, &errs) || len(errs) != 2 || errs[0].Line != 6 || errs[0].Column != 8 || errs[1].Key != "source[0].date" {
		t.Errorf("errors: %v", err)
	}
	if want := []string{"li[", "h3", "]"}; !slices.Equal(asked, want) {
		t.Errorf("asked about %q, want %q", asked, want)
	}
}

func TestScheduleAndPace(t *testing.T) {
	tests := []struct {
		name, fetch, source string
		want                string
	}{
		{"at the limit", "", `schedule = "*/15 * * * *"`, ""},
		{"below", "", `schedule = "*/14 * * * *"`, "every 4m"},
		{"below a higher limit", `min_interval = "30m"`, `schedule = "*/15 * * * *"`, "every 15m"},
		{"over midnight", "", `schedule = "0,55 0,23 * * *"`, "every 5m"},
		{"listed by name", `allow_private = ["a.example"]`, `schedule = "@every 1s"`, ""},
		{"listed by name and port", `allow_private = ["a.example:443"]`, `schedule = "@every 1s"`, ""},
		{"another port", `allow_private = ["a.example:8443"]`, `schedule = "@every 1s"`, "every 1s"},
		{"another name", `allow_private = ["b.example"]`, `schedule = "@every 1s"`, "every 1s"},
		{"low limit is for listed hosts only", "allow_private = [\"b.example\"]\nmin_interval = \"1s\"", `schedule = "@every 1m"`, "every 1m"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := "[fetch]\n" + tt.fetch + "\n[[source]]\nid = \"a\"\nname = \"A\"\nurl = \"https://a.example/f\"\n" + tt.source
			_, err := Parse("test.toml", []byte(text), Options{})
			switch {
			case tt.want == "" && err != nil:
				t.Error(err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestPrivate(t *testing.T) {
	f := Fetch{AllowPrivate: []string{"intranet.example", "other.example:8080", "127.0.0.1:9000", "10.0.0.0/8", "fd00::/8", "::1", "[fe80::1]"}}
	for host, want := range map[string]bool{
		"intranet.example": true, "Intranet.Example:99": true, "www.intranet.example": false,
		"other.example:8080": true, "other.example": false, "other.example:80": false,
		"127.0.0.1:9000": true, "127.0.0.1": false, "10.1.2.3": true, "10.1.2.3:80": true, "11.1.2.3": false,
		"[fd00::1]:80": true, "[::1]": true, "[::1]:80": true, "[::ffff:10.0.0.1]:80": true, "": false,
		"[fe80::1]": true, "[fe80::1]:80": true, "[fe80::2]": false,
	} {
		if got := f.Private(host); got != want {
			t.Errorf("Private(%q) = %v", host, got)
		}
	}
}

func TestBaseURLAndUserAgent(t *testing.T) {
	for listen, want := range map[string]string{
		"127.0.0.1:8080": "http://127.0.0.1:8080", ":8080": "http://localhost:8080", "0.0.0.0:80": "http://localhost",
		"[::]:81": "http://localhost:81", "[::1]:8080": "http://[::1]:8080", "[::1]:80": "http://[::1]", "amt.example:80": "http://amt.example",
	} {
		if got := (Server{Listen: listen}).BaseURL(); got != want {
			t.Errorf("listening on %s: %s, want %s", listen, got, want)
		}
	}
	c := mustParse(t, "[server]\npublic_url = \"https://feeds.example.org/\"")
	if got := Default().UserAgent("1.2"); got != "laenderfeed/1.2" {
		t.Errorf("without a public URL: %q", got)
	}
	if got, want := c.UserAgent("1.2"), "laenderfeed/1.2 (+https://feeds.example.org/bot)"; got != want {
		t.Errorf("user agent %q, want %q", got, want)
	}
	c.Fetch.UserAgent = "amt/1"
	if got := c.UserAgent("1.2"); got != "amt/1" {
		t.Errorf("user agent %q", got)
	}
}

func TestStorageFile(t *testing.T) {
	tests := []struct{ path, state, want string }{
		{"", "", "./laenderfeed.db"},
		{"", "/var/lib/laenderfeed", "/var/lib/laenderfeed/laenderfeed.db"},
		{"", "/var/lib/a:/var/lib/b", "/var/lib/a/laenderfeed.db"},
		{"", ":/var/lib/b", "./laenderfeed.db"},
		{"x.db", "/var/lib/laenderfeed", "x.db"},
	}
	for _, tt := range tests {
		if got := (Storage{Path: tt.path}).File(tt.state); filepath.ToSlash(got) != tt.want {
			t.Errorf("path %q, state directory %q: %s, want %s", tt.path, tt.state, got, tt.want)
		}
	}
}

func TestValidate(t *testing.T) {
	breaks := map[string]func(*Config){
		"server.listen":                func(c *Config) { c.Server.Listen = "here" },
		"server.public_url":            func(c *Config) { c.Server.PublicURL = "ftp://x.example" },
		"storage.retention":            func(c *Config) { c.Storage.Retention = -1 },
		"storage.path":                 func(c *Config) { c.Storage.Path = "/srv/" },
		"fetch.max_body":               func(c *Config) { c.Fetch.MaxBody = 0 },
		"fetch.allow_private[0]":       func(c *Config) { c.Fetch.AllowPrivate = []string{"a b"} },
		"fetch.user_agent":             func(c *Config) { c.Fetch.UserAgent = "a\nb" },
		"fetch.contact":                func(c *Config) { c.Fetch.Contact = "a\nb" },
		"fetch.proxy":                  func(c *Config) { c.Fetch.Proxy = "socks5://127.0.0.1:1080" },
		"publish.title_prefix":         func(c *Config) { c.Publish.TitlePrefix = strings.Repeat("ü", 101) },
		"source.bmi-presse.id":         func(c *Config) { c.Sources = append(c.Sources, find(t, c, "bmi-presse")) },
		"source.bmds-mastodon.url":     func(c *Config) { c.Sources[0].URL = "https://a.example/" + strings.Repeat("x", 2000) },
		"source.bmds-mastodon.region":  func(c *Config) { c.Sources[0].Region = aggregator.Alle },
		"source.bmds-mastodon.type":    func(c *Config) { c.Sources[0].Type = "x" },
		"source.bmds-mastodon.kind":    func(c *Config) { c.Sources[0].Kind = "x" },
		"source.bmds-mastodon.licence": func(c *Config) { c.Sources[0].Licence = "" },
		"source.bmds-mastodon.name":    func(c *Config) { c.Sources[0].Name = "a\nb" },
		"source.A.id":                  func(c *Config) { c.Sources[0].ID = "A" },
	}
	for key, change := range breaks {
		c := Default()
		change(c)
		var errs Errors
		if err := c.Validate(Options{}); !errors.As(err, &errs) || len(errs) != 1 || errs[0].Key != key {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestDurationsAndSizes(t *testing.T) {
	for s, want := range map[string]time.Duration{
		"0": 0, "0s": 0, "45s": 45 * time.Second, "1h30m": 90 * time.Minute, "1h 30m": 90 * time.Minute, "400d": 9600 * time.Hour,
		"2w": 336 * time.Hour, "0.5d": 12 * time.Hour, "1.5h": 90 * time.Minute,
	} {
		if got, err := parseDuration(s); err != nil || got != want {
			t.Errorf("parseDuration(%q) = %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "5", "m", "5 ", "-5m", "5y", "5M", "5ms", "1e3s", "1h-5m", "1..5h", ".h", "106752d", "999999999999999999999d", "5mm", "5m5", "٥m", "NaNs", "Infs", "0x5s"} {
		if got, err := parseDuration(s); err == nil {
			t.Errorf("parseDuration(%q) = %v, want an error", s, got)
		}
	}
	for s, want := range map[string]int64{
		"0": 0, "1": 1, "10MiB": 10 << 20, "10 MiB": 10 << 20, "10mib": 10 << 20, "500kB": 500000, "1.5KiB": 1536, "2GB": 2e9, "7B": 7,
	} {
		if got, err := parseSize(s); err != nil || got != want {
			t.Errorf("parseSize(%q) = %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "MiB", "-1", "10M", "10 TiB", "1e3", "99999999999GiB", "1,5MiB"} {
		if got, err := parseSize(s); err == nil {
			t.Errorf("parseSize(%q) = %v, want an error", s, got)
		}
	}
	for d, want := range map[time.Duration]string{
		15 * time.Minute: "15m", time.Hour: "1h", 90 * time.Minute: "1h30m", 8 * day: "8d", 5 * time.Second: "5s", 25 * time.Hour: "25h", 0: "0s",
		10 * time.Minute: "10m", 10 * time.Hour: "10h", time.Hour + time.Second: "1h0m1s",
	} {
		if got := short(d); got != want {
			t.Errorf("short(%v) = %s, want %s", d, got, want)
		}
	}
}

func TestNearest(t *testing.T) {
	known := []string{"interval", "min_interval", "timeout", "listen", "id", "url"}
	for word, want := range map[string]string{
		"intervall": "interval", "lsiten": "listen", "listem": "listen", "Timeout": "timeout", "ulr": "url", "ids": "id",
		"x": "", "": "", "something": "", "mininterval": "min_interval", strings.Repeat("interval", 50): "",
	} {
		if got := nearest(word, known); got != want {
			t.Errorf("nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

// The example shows every key with its default, and only that.
func TestExampleIsTheDefault(t *testing.T) {
	example := readExample(t)
	c, err := Parse("config.example.toml", example, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(c, Default()) {
		t.Errorf("config.example.toml differs from Default():\n%+v\n%+v", c, Default())
	}
	for _, name := range []string{"server", "storage", "fetch", "catalogue", "publish"} {
		for key := range knownKeys(t, name) {
			if !regexp.MustCompile(`(?m)^` + key + ` = `).Match(example) {
				t.Errorf("config.example.toml does not show %s.%s", name, key)
			}
		}
	}
}

// Without the comment signs the sources of the example are sources, and they show
// every key a source has.
func TestExampleSources(t *testing.T) {
	_, rest, ok := strings.Cut(string(readExample(t)), "# [[source]]\n")
	if !ok {
		t.Fatal("config.example.toml shows no [[source]]")
	}
	text := regexp.MustCompile(`(?m)^# ?`).ReplaceAllString("# [[source]]\n"+rest, "")
	c, err := Parse("config.example.toml", []byte(text), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(c.Sources), len(Default().Sources)+2; got != want {
		t.Errorf("%d sources, want %d", got, want)
	}
	if got := find(t, c, "bmi-presse"); got.Schedule == "" || got.URL == "" {
		t.Errorf("the changed source is %+v", got)
	}
	if len(c.Topics) != 1 || len(c.Regions) != 1 || len(c.Places) != 1 || len(c.Institutions) != 1 {
		t.Errorf("rules %v %v %v %v", c.Topics, c.Regions, c.Places, c.Institutions)
	}
	for _, name := range []string{"source", "topic", "region", "place", "institution"} {
		_, part, _ := strings.Cut(text, "[["+name+"]]")
		for key := range knownKeys(t, name) {
			if !regexp.MustCompile(`(?m)^` + key + ` = `).MatchString(part) {
				t.Errorf("config.example.toml does not show the key %q of [[%s]]", key, name)
			}
		}
	}
}

func readExample(t *testing.T) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(moduleRoot(t), "config.example.toml"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// knownKeys returns the keys that a table may have, found by reading an empty one.
func knownKeys(t *testing.T, name string) map[string]bool {
	t.Helper()
	doc, fault := read("test.toml", nil)
	if fault != nil {
		t.Fatal(fault)
	}
	tab := &table{r: &reader{doc: doc}}
	switch name {
	case "server":
		readServer(tab, &Server{})
	case "storage":
		readStorage(tab, &Storage{})
	case "fetch":
		readFetch(tab, &Fetch{})
	case "catalogue":
		readSelection(tab, &Selection{})
	case "publish":
		readPublish(tab, &Publish{})
	case "source":
		readSources([]*table{tab}, nil)
	case "topic":
		readTopic(tab)
	case "region":
		readRegion(tab)
	case "place":
		readPlace(tab)
	case "institution":
		readInstitution(tab)
	default:
		t.Fatalf("no table %q", name)
	}
	out := map[string]bool{}
	for _, k := range tab.known {
		out[k] = true
	}
	if len(out) < 2 {
		t.Fatalf("table %q has the keys %v", name, out)
	}
	return out
}

func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/errors/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		data, _, _ := strings.Cut(string(text), "-- want --\n")
		f.Add([]byte(data))
	}
	f.Add([]byte("[[source]]\nid = \"a\"\nname = \"A\"\nurl = \"https://a.example/f\"\nschedule = \"@every 1h\"\nzone = \"UTC\""))
	f.Add([]byte("[[topic]]\nslug = \"a\"\nname = \"A\"\nany = [\"b\"]\n[[region]]\nslug = \"c\"\nname = \"C\"\nstates = [\"SN\"]"))
	f.Add([]byte("a.b.c.d.e.f = {g = {h = [[{i = 1}]]}}\n[x.y.z]\n[[x.w]]\n[[x.w.v]]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse("fuzz.toml", data, Options{})
		if err == nil {
			if err := c.Validate(Options{}); err != nil {
				t.Errorf("a Config that Parse accepts is not valid: %v", err)
			}
			return
		}
		var errs Errors
		if !errors.As(err, &errs) || len(errs) == 0 || len(errs) > maxErrors {
			t.Fatalf("error %v (%T)", err, err)
		}
		if errs.Format() == "" || errs.Error() == "" {
			t.Error("the errors say nothing")
		}
		for _, e := range errs {
			if e.Msg == "" || e.Line < 0 || e.Line > bytes.Count(data, []byte("\n"))+1 {
				t.Errorf("bad error %+v", e)
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	data := []byte("[server]\nlisten = \":8080\"\n")
	for b.Loop() {
		if _, err := Parse("bench.toml", data, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
