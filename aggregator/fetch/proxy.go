package fetch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// route returns the transport that reaches a URL. Without a proxy its dialer
// does all checks. With one, what AllowPrivate lists is reached directly and the
// rest is checked as far as that can be done from here, because the dialer sees
// the proxy only. Outside means that a redirect from the internet leads to u:
// AllowPrivate does not hold for it.
func (c *Client) route(ctx context.Context, u *url.URL, outside bool) (*http.Transport, error) {
	transport, guard := c.direct, c.dialer.guard
	if outside {
		transport, guard = c.outer, c.outerDialer.guard
	}
	host, port := u.Hostname(), portOf(u)
	if c.proxied == nil || guard.names(host, port) {
		return transport, nil
	}
	addrs, err := c.lookup(ctx, host)
	if err != nil || len(addrs) == 0 {
		if isLocalName(host) {
			return nil, &blockedError{host: host, what: "a local name", advice: guard.advice}
		}
		// Usual behind a proxy: only that knows the names of the internet.
		return c.proxied, nil
	}
	inside := false
	for _, ip := range addrs {
		if err := guard.check(host, netip.AddrPortFrom(ip, port)); err != nil {
			return nil, err
		}
		z, _ := zoneOf(ip)
		inside = inside || z != public
	}
	if inside {
		return transport, nil
	}
	return c.proxied, nil
}

// proxyAnswer turns a proxy's refusal into an error that names it.
func proxyAnswer(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("proxy answers %.60q", resp.Status)
	}
	return nil
}

// lookup returns the addresses of a host, itself when it is one.
func (c *Client) lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	if ip, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{ip}, nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, c.cfg.ConnectTimeout, errors.New("resolving took too long"))
	defer cancel()
	return c.dialer.resolver().LookupNetIP(ctx, "ip", host)
}

// names tells whether an entry lists the host by name.
func (g *guard) names(host string, port uint16) bool {
	for _, a := range g.allowed {
		if a.host != "" && a.host == host && (a.port == 0 || a.port == port) {
			return true
		}
	}
	return false
}

// isLocalName tells whether a name means something only inside of a network
// (RFC 6761, RFC 6762, RFC 8375, ICANN's .internal), or is an address in one of
// the old numeric forms that proxies may understand ("127.1", "0x7f000001").
func isLocalName(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	if last == host || last == "" || last[0] >= '0' && last[0] <= '9' {
		return true
	}
	switch last {
	case "local", "localhost", "localdomain", "internal", "intern", "intranet", "lan", "home", "corp", "private":
		return true
	}
	return host == "home.arpa" || strings.HasSuffix(host, ".home.arpa")
}
