package fetch

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/net/idna"
)

// zone is how far away from the open internet an address lies.
type zone int

const (
	public  zone = iota
	private      // somebody's own network: a named host may be allowed there
	special      // never a web server's: only an address or CIDR allows it
)

// zones holds the special-purpose ranges of IPv4 and, inside 2000::/3, of IPv6
// (IANA special-purpose address registries, RFC 6890). The first match counts.
// Metadata services of clouds come first: they hand out credentials.
var zones = []struct {
	prefix netip.Prefix
	zone   zone
	what   string
}{
	{netip.MustParsePrefix("169.254.169.254/32"), special, "a cloud metadata service"},
	{netip.MustParsePrefix("100.100.100.200/32"), special, "a cloud metadata service"},
	{netip.MustParsePrefix("168.63.129.16/32"), special, "a cloud metadata service"},
	{netip.MustParsePrefix("192.0.0.192/32"), special, "a cloud metadata service"},
	{netip.MustParsePrefix("fd00:ec2::254/128"), special, "a cloud metadata service"},
	{netip.MustParsePrefix("fd20:ce::254/128"), special, "a cloud metadata service"},

	{netip.MustParsePrefix("127.0.0.0/8"), private, "a loopback address"},
	{netip.MustParsePrefix("10.0.0.0/8"), private, "a private address"},
	{netip.MustParsePrefix("172.16.0.0/12"), private, "a private address"},
	{netip.MustParsePrefix("192.168.0.0/16"), private, "a private address"},
	{netip.MustParsePrefix("100.64.0.0/10"), private, "a carrier's shared address"},
	{netip.MustParsePrefix("::1/128"), private, "a loopback address"},
	{netip.MustParsePrefix("fc00::/7"), private, "a private address"},

	{netip.MustParsePrefix("0.0.0.0/8"), special, "an unspecified address"},
	{netip.MustParsePrefix("169.254.0.0/16"), special, "a link-local address"},
	{netip.MustParsePrefix("192.0.0.0/24"), special, "a protocol address"},
	{netip.MustParsePrefix("192.0.2.0/24"), special, "a documentation address"},
	{netip.MustParsePrefix("192.88.99.0/24"), special, "a 6to4 relay"},
	{netip.MustParsePrefix("198.18.0.0/15"), special, "a benchmark address"},
	{netip.MustParsePrefix("198.51.100.0/24"), special, "a documentation address"},
	{netip.MustParsePrefix("203.0.113.0/24"), special, "a documentation address"},
	{netip.MustParsePrefix("224.0.0.0/4"), special, "a multicast address"},
	{netip.MustParsePrefix("240.0.0.0/4"), special, "a reserved or broadcast address"},
	{netip.MustParsePrefix("::/128"), special, "an unspecified address"},
	{netip.MustParsePrefix("::/96"), special, "an IPv4-compatible address"},
	{netip.MustParsePrefix("fe80::/10"), special, "a link-local address"},
	{netip.MustParsePrefix("ff00::/8"), special, "a multicast address"},
	{netip.MustParsePrefix("64:ff9b:1::/48"), special, "a local NAT64 address"},
	{netip.MustParsePrefix("2001::/32"), special, "a Teredo address"},
	{netip.MustParsePrefix("2001::/23"), special, "a protocol address"},
	{netip.MustParsePrefix("2001:db8::/32"), special, "a documentation address"},
	{netip.MustParsePrefix("2002::/16"), special, "a 6to4 address"},
	{netip.MustParsePrefix("3fff::/20"), special, "a documentation address"},
}

var (
	globalUnicast = netip.MustParsePrefix("2000::/3")
	nat64         = netip.MustParsePrefix("64:ff9b::/96")
)

// zoneOf tells where an address lies and, for people, what it is. IPv4 inside
// IPv6 (mapped, or NAT64 with the well-known prefix) is judged by the IPv4
// address it leads to, so that publishers stay reachable from networks that have
// IPv6 only. IPv6 outside of 2000::/3 is never public.
func zoneOf(ip netip.Addr) (zone, string) {
	ip = ip.Unmap().WithZone("")
	if nat64.Contains(ip) {
		b := ip.As16()
		z, what := zoneOf(netip.AddrFrom4([4]byte(b[12:])))
		if z != public {
			return special, what + " behind NAT64"
		}
		return public, ""
	}
	for _, z := range zones {
		if z.prefix.Contains(ip) {
			return z.zone, z.what
		}
	}
	if ip.Is6() && !globalUnicast.Contains(ip) {
		return special, "an address outside of the internet"
	}
	return public, ""
}

// allowance is one entry of Config.AllowPrivate: a host name or a prefix, and a
// port or 0 for any.
type allowance struct {
	host   string
	prefix netip.Prefix
	port   uint16
}

// parseAllowance reads "host", "host:port", "address", "address:port",
// "[v6]:port" or a CIDR.
func parseAllowance(entry string) (allowance, error) {
	s := strings.TrimSpace(entry)
	if strings.Contains(s, "/") {
		return parsePrefix(s)
	}
	literal := s
	if inner, ok := strings.CutPrefix(s, "["); ok && strings.HasSuffix(inner, "]") {
		literal = strings.TrimSuffix(inner, "]")
	}
	if ip, err := netip.ParseAddr(literal); err == nil {
		return allowance{prefix: single(ip)}, nil
	}
	var a allowance
	if host, port, err := net.SplitHostPort(s); err == nil {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return a, fmt.Errorf("%q has no port from 1 to 65535", entry)
		}
		s, a.port = host, uint16(n)
	}
	if ip, err := netip.ParseAddr(s); err == nil {
		a.prefix = single(ip)
		return a, nil
	}
	host, err := asciiHost(s)
	if err != nil || !plainName(host) {
		return a, fmt.Errorf("%q is no host name, host:port, address or CIDR", entry)
	}
	a.host = host
	return a, nil
}

// parsePrefix reads a CIDR. Bits beyond its length are refused: whoever writes
// 10.1.2.3/8 may mean one machine and would open sixteen million.
func parsePrefix(s string) (allowance, error) {
	if strings.Contains(s, "://") {
		return allowance{}, fmt.Errorf("%q is a URL: give the host, or host:port", s)
	}
	prefix, err := netip.ParsePrefix(s)
	if err != nil {
		return allowance{}, fmt.Errorf("%q is no CIDR such as 10.20.0.0/16", s)
	}
	if prefix.Addr().Is4In6() {
		return allowance{}, fmt.Errorf("%q is IPv4 inside IPv6: give the IPv4 form", s)
	}
	if prefix != prefix.Masked() {
		return allowance{}, fmt.Errorf("%q has bits beyond its length: %s, or one address without a length", s, prefix.Masked())
	}
	return allowance{prefix: prefix}, nil
}

// single returns the prefix of one address.
func single(ip netip.Addr) netip.Prefix {
	ip = ip.Unmap().WithZone("")
	return netip.PrefixFrom(ip, ip.BitLen())
}

// plainName tells whether s can be a host name: labels of letters, digits,
// hyphens and underscores. Wildcards cannot.
func plainName(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 {
			return false
		}
	}
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == ""
}

// asciiHost returns a host name as DNS has it: lower case, IDNA (UTS 46) for
// names beyond ASCII, without the dot of the root.
func asciiHost(host string) (string, error) {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	for i := range len(host) {
		if host[i] >= 0x80 {
			return idna.Lookup.ToASCII(host)
		}
	}
	return host, nil
}

// guard decides which addresses may be connected to.
type guard struct {
	allowed []allowance
	advice  string // ends the message for a refused one
}

func newGuard(entries []string) (*guard, error) {
	g := &guard{advice: "not listed in allow_private"}
	for _, entry := range entries {
		a, err := parseAllowance(entry)
		if err != nil {
			return nil, fmt.Errorf("reading allow_private: %w", err)
		}
		g.allowed = append(g.allowed, a)
	}
	return g, nil
}

// check returns a *blockedError when the host of a URL must not be reached at
// this address. A name only opens private networks; link-local addresses,
// metadata services and the like need an entry with the address itself.
func (g *guard) check(host string, at netip.AddrPort) error {
	ip := at.Addr().Unmap().WithZone("")
	z, what := zoneOf(ip)
	if z == public {
		return nil
	}
	for _, a := range g.allowed {
		if a.port != 0 && a.port != at.Port() {
			continue
		}
		if a.host != "" && a.host == host && z == private || a.prefix.IsValid() && a.prefix.Contains(ip) {
			return nil
		}
	}
	return &blockedError{host: host, at: ip, what: what, advice: g.advice}
}

// dialer connects to checked addresses only.
type dialer struct {
	net.Dialer
	guard *guard
}

// newDialer returns a dialer. It sets up no keep-alive probes: no connection is
// idle for as long as it takes until the first.
func newDialer(g *guard) *dialer { return &dialer{Dialer: net.Dialer{KeepAlive: -1}, guard: g} }

// DialContext connects to addr, a host and port. The check is made on the very
// address the socket is about to be connected to, after name resolution: a name
// that resolves to something else the next time is checked the next time.
func (d *dialer) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("dialing: %w", err)
	}
	one := d.Dialer
	one.ControlContext = func(_ context.Context, network, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || !strings.HasPrefix(network, "tcp") {
			return &blockedError{host: host, what: "no internet address", advice: d.guard.advice}
		}
		return d.guard.check(host, at)
	}
	return one.DialContext(ctx, network, addr)
}

// resolver returns what names are looked up with.
func (d *dialer) resolver() *net.Resolver {
	if d.Resolver != nil {
		return d.Resolver
	}
	return net.DefaultResolver
}

// blockedError says that a host lies where we do not connect to.
type blockedError struct {
	host   string
	at     netip.Addr
	what   string
	advice string
}

// Error names the host, its address and what is wrong with it.
func (e *blockedError) Error() string {
	if e.host == e.at.String() || !e.at.IsValid() {
		return fmt.Sprintf("%s is %s, %s", e.host, e.what, e.advice)
	}
	return fmt.Sprintf("%s is %s (%s), %s", e.host, e.at, e.what, e.advice)
}

// isPublic tells whether the other end of a connection is on the internet.
func isPublic(remote net.Addr) bool {
	at, err := netip.ParseAddrPort(remote.String())
	if err != nil {
		return true // whatever it is, it gets no more than a stranger
	}
	z, _ := zoneOf(at.Addr())
	return z == public
}
