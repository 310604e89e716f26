package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// What public offices can ask of everybody: lower values only count for hosts
// listed in allow_private.
const (
	publicMinInterval = 15 * time.Minute
	publicHostDelay   = 5 * time.Second
)

// fault is a rule that a value breaks, before anybody knows where it stands.
type fault struct {
	key  string // below the table or source that was checked
	msg  string
	hint string
}

// report turns faults of what stands below a path into errors with a place. A
// key that has an error already, or has one in its list, needs no second one.
func (r *reader) report(path string, faults []fault) {
	for _, f := range faults {
		key := path + f.key
		if !slices.ContainsFunc(r.errs, func(e *Error) bool { return e.Key == key || strings.HasPrefix(e.Key, key+"[") }) {
			r.fail(key, f.msg, f.hint)
		}
	}
}

// checkTables checks everything but the sources and the choice of them.
func (c *Config) checkTables() []fault {
	var out []fault
	check := func(key, msg, hint string) {
		if msg != "" {
			out = append(out, fault{key, msg, hint})
		}
	}
	msg, hint := checkListen(c.Server.Listen)
	check("server.listen", msg, hint)
	if c.Server.PublicURL != "" {
		msg, hint = checkURL(c.Server.PublicURL)
		if u, err := url.Parse(c.Server.PublicURL); msg == "" && err == nil && (u.RawQuery != "" || u.ForceQuery) {
			msg, hint = "the URL has a query", `published URLs are built on it: write "https://feeds.example.org"`
		}
		check("server.public_url", msg, hint)
	}
	if c.Fetch.WebSub && c.Server.PublicURL == "" {
		check("fetch.websub", "hubs need to know where to reach us", `set public_url in [server] to the address that the internet sees, or websub = false`)
	}
	if c.Publish.WebSubHub != "" {
		msg, hint = checkURL(c.Publish.WebSubHub)
		if msg == "" && c.Server.PublicURL == "" {
			msg, hint = "the hub needs to know where the feeds are", `set public_url in [server] to the address that the internet sees, or websub_hub = ""`
		}
		check("publish.websub_hub", msg, hint)
	}
	msg, hint = checkPath(c.Storage.Path)
	check("storage.path", msg, hint)
	if c.Storage.Retention < 0 {
		check("storage.retention", "it is negative", `"0" keeps all items`)
	}
	out = append(out, c.Fetch.check()...)
	return append(out, c.Publish.check()...)
}

func checkListen(listen string) (msg, hint string) {
	const example = `write "127.0.0.1:8080", or ":8080" for all addresses`
	if strings.Contains(listen, "://") {
		return "this is a URL, not an address", example
	}
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return fmt.Sprintf("%q is not a host and a port", listen), example
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 && port != "0" {
		return fmt.Sprintf("%q is not a port", port), "ports are numbers from 1 to 65535"
	}
	if _, err := netip.ParseAddr(host); err != nil && host != "" && !isHost(host) {
		return fmt.Sprintf("%q is not a host", host), example
	}
	return "", ""
}

// isHost tells whether s can be a host name, as RFC 1123 section 2.1 has it,
// with the underscore that private networks use.
func isHost(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(s, "."), ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		if strings.ContainsFunc(label, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
		}) {
			return false
		}
	}
	return true
}

// checkURL checks a URL that is asked or published.
func checkURL(raw string) (msg, hint string) {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return "this is not a URL", `URLs begin with "https://"; blanks are written %20`
	case u.Scheme == "" || u.Opaque != "":
		return "the URL is not absolute", `begin it with "https://"`
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Sprintf("%q URLs are not polled", u.Scheme), "only http and https are"
	case u.Hostname() == "":
		return "the URL has no host", `write "https://www.example.org/feed"`
	case u.User != nil:
		return "the URL holds a user name or password", "only public pages are polled"
	case strings.Contains(raw, "#"):
		return "the URL has a fragment", `leave out everything from "#" on; no server sees it`
	}
	if p := u.Port(); p != "" {
		if n, err := strconv.ParseUint(p, 10, 16); err != nil || n == 0 {
			return fmt.Sprintf("%q is not a port", p), "ports are numbers from 1 to 65535"
		}
	}
	if strings.HasSuffix(u.Host, ":") || strings.ContainsAny(raw, " \t\"<>") {
		return "this is not a URL", "blanks are written %20"
	}
	if _, err := netip.ParseAddr(u.Hostname()); err != nil && !isHost(u.Hostname()) {
		return fmt.Sprintf("%q is not a host", u.Hostname()), `hosts with umlauts are written as "xn--…"`
	}
	return "", ""
}

func checkPath(path string) (msg, hint string) {
	switch {
	case path == ":memory:" || strings.HasPrefix(path, "file:"):
		return "this is not the path of a file", `write "/var/lib/laenderfeed/laenderfeed.db"`
	case strings.HasSuffix(path, "/"):
		return "this is a directory", fmt.Sprintf("write %q", path+databaseName)
	}
	return "", ""
}

// within is a range a duration must lie in.
func within(key string, d, low, high time.Duration) []fault {
	if d >= low && d <= high {
		return nil
	}
	return []fault{{key, fmt.Sprintf("%s is out of range", short(d)), fmt.Sprintf("allowed is %s to %s", short(low), short(high))}}
}

// short writes a duration as people write it in the file: 15m, not 15m0s.
func short(d time.Duration) string {
	if d >= day && d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func (f *Fetch) check() []fault {
	out := within("fetch.interval", f.Interval, time.Second, week)
	out = append(out, within("fetch.timeout", f.Timeout, time.Second, 10*time.Minute)...)
	out = append(out, f.checkPoliteness()...)
	if f.MaxBody < kib || f.MaxBody > 100*mib {
		out = append(out, fault{"fetch.max_body", fmt.Sprintf("%d bytes are out of range", f.MaxBody), `allowed is "1KiB" to "100MiB"`})
	}
	if f.Concurrency < 1 || f.Concurrency > 256 {
		out = append(out, fault{"fetch.concurrency", fmt.Sprintf("%d is out of range", f.Concurrency), "allowed is 1 to 256"})
	}
	for i, host := range f.AllowPrivate {
		if msg, hint := checkPrivate(host); msg != "" {
			out = append(out, fault{fmt.Sprintf("fetch.allow_private[%d]", i), msg, hint})
		}
	}
	if msg, hint := checkUserAgent(f.UserAgent); msg != "" {
		out = append(out, fault{"fetch.user_agent", msg, hint})
	}
	if u, err := f.ProxyURL(); err != nil || u != nil && (u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || strings.Trim(u.Path, "/") != "") {
		out = append(out, fault{"fetch.proxy", "this is no URL of a proxy", `write "http://proxy.example.org:3128", with user:password@ before the host if it asks for them`})
	}
	if utf8.RuneCountInString(f.Contact) > 200 || strings.ContainsFunc(f.Contact, control) {
		out = append(out, fault{"fetch.contact", "this is not one short line", "write an e-mail address or the URL of a page"})
	}
	return out
}

// checkPoliteness keeps polling at a pace publishers accept.
func (f *Fetch) checkPoliteness() []fault {
	lowest, delay := publicMinInterval, publicHostDelay
	hint := "only hosts in allow_private may be asked more often, and there are none"
	if len(f.AllowPrivate) > 0 {
		lowest, delay, hint = time.Second, 0, "not even for hosts in allow_private"
	}
	var out []fault
	if f.MinInterval < lowest {
		out = append(out, fault{"fetch.min_interval", fmt.Sprintf("%s is shorter than %s", short(f.MinInterval), short(lowest)), hint})
	}
	if f.PerHostDelay < delay {
		out = append(out, fault{"fetch.per_host_delay", fmt.Sprintf("%s is shorter than %s", short(f.PerHostDelay), short(delay)), hint})
	}
	if f.PerHostDelay > time.Hour {
		out = append(out, fault{"fetch.per_host_delay", short(f.PerHostDelay) + " is out of range", "allowed is up to 1h"})
	}
	if f.Interval < f.MinInterval {
		out = append(out, fault{"fetch.interval", fmt.Sprintf("%s is shorter than min_interval, %s", short(f.Interval), short(f.MinInterval)), "raise interval, or lower min_interval"})
	}
	return out
}

// privateNetworks are those that allow_private may name addresses of: private
// (RFC 1918, RFC 4193), loopback, link-local and shared (RFC 6598).
func privateNetworks() []netip.Prefix {
	var out []netip.Prefix
	for _, s := range []string{
		"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16", "100.64.0.0/10",
		"fc00::/7", "::1/128", "fe80::/10",
	} {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

// checkPrivate checks one entry of allow_private.
func checkPrivate(entry string) (msg, hint string) {
	const example = `write "feeds.intern.example", "127.0.0.1:8081" or "10.20.0.0/16"`
	if strings.Contains(entry, "://") || strings.ContainsAny(entry, "*@?") {
		return fmt.Sprintf("%q is not a host or network", entry), example
	}
	if strings.Contains(entry, "/") {
		p, err := netip.ParsePrefix(entry)
		switch {
		case err != nil:
			return fmt.Sprintf("%q is not a network", entry), example
		case p != p.Masked():
			return fmt.Sprintf("%q has bits set after its prefix", entry), fmt.Sprintf("write %q", p.Masked())
		case !inPrivate(p):
			return fmt.Sprintf("%q is not inside a private network", entry), "public networks need no permission"
		}
		return "", ""
	}
	host := entry
	if strings.HasPrefix(entry, "[") && strings.HasSuffix(entry, "]") {
		host = entry[1 : len(entry)-1]
	} else if _, err := netip.ParseAddr(entry); err != nil && strings.Contains(entry, ":") {
		h, port, err := net.SplitHostPort(entry)
		if n, perr := strconv.ParseUint(port, 10, 16); err != nil || perr != nil || n == 0 {
			return fmt.Sprintf("%q is not a host and a port", entry), example
		}
		host = h
	}
	if a, err := netip.ParseAddr(host); err == nil {
		if a = a.Unmap(); !inPrivate(netip.PrefixFrom(a, a.BitLen())) {
			return fmt.Sprintf("%q is not inside a private network", entry), "public addresses need no permission"
		}
		return "", ""
	}
	if !isHost(host) {
		return fmt.Sprintf("%q is not a host or network", entry), example
	}
	return "", ""
}

func inPrivate(p netip.Prefix) bool {
	return slices.ContainsFunc(privateNetworks(), func(n netip.Prefix) bool {
		return n.Bits() <= p.Bits() && n.Contains(p.Addr())
	})
}

// Private tells whether a host of a URL (with its port, if it has one) is
// listed in allow_private, by name or by address. Names are not looked up: one
// that resolves into a listed network is not listed.
func (f *Fetch) Private(hostport string) bool {
	hostport = strings.ToLower(hostport)
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	addr, err := netip.ParseAddr(host)
	for _, entry := range f.AllowPrivate {
		if strings.Trim(entry, "[]") == host || entry == hostport {
			return true
		}
		if p, perr := netip.ParsePrefix(entry); err == nil && perr == nil && p.Contains(addr.Unmap()) {
			return true
		}
	}
	return false
}

// checkUserAgent keeps the header whole and honest.
func checkUserAgent(ua string) (msg, hint string) {
	switch {
	case len(ua) > 200:
		return "it is longer than 200 bytes", ""
	case strings.ContainsFunc(ua, func(r rune) bool { return r < ' ' || r > '~' }):
		return "a header holds printable ASCII only", ""
	case strings.HasPrefix(strings.ToLower(ua), "mozilla/"):
		return "this imitates a browser", "say who you are, or leave it empty"
	}
	return "", ""
}

func (p *Publish) check() []fault {
	var out []fault
	if p.Items < 1 || p.Items > 500 {
		out = append(out, fault{"publish.items", fmt.Sprintf("%d is out of range", p.Items), "allowed is 1 to 500"})
	}
	if all := []Content{ContentTitle, ContentExcerpt, ContentFull}; !slices.Contains(all, p.Content) {
		out = append(out, fault{"publish.content", fmt.Sprintf("%q is not allowed", p.Content), suggestAllowed(string(p.Content), texts(all))})
	}
	if utf8.RuneCountInString(p.TitlePrefix) > 100 || strings.ContainsFunc(p.TitlePrefix, control) {
		out = append(out, fault{"publish.title_prefix", "this is not one short line", "up to 100 characters"})
	}
	return out
}
