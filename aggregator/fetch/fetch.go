// Package fetch asks publishers for their feeds and pages, politely: one request
// a call, with the validators of the last answer, small limits and an honest
// name. [Client] implements [aggregator.Fetcher].
//
// # What a publisher sees
//
// A GET with our User-Agent, If-None-Match and If-Modified-Since byte for byte as
// the publisher sent them, gzip, brotli and deflate accepted; no cookies, no
// Referer, nothing added to the URL, no second path tried, nothing asked twice. (An
// idle connection that turns out to be closed is replaced, as in every client.)
//
// # Redirects
//
// At most five, each hop checked: never from https to http, only http and https,
// no user names in URLs, no loops. Validators belong to the resource that issued
// them, which is where the redirects of the last poll ended. They are sent on
// inside one site (same host, "www." aside: http to https, /feed to /feed/). To
// another site only the entity tag goes along, without which a feed behind a
// redirect to a CDN would be fetched whole each time; not the date, because "not
// modified since" compares nothing across two resources, and a feed that moved
// would seem unchanged for good.
//
// # Private networks
//
// Every connection is checked at the socket, on the address it goes to, after
// name resolution: see Config.AllowPrivate. Name resolution is therefore of no
// use to an attacker. Nor are redirects: once an answer came from the internet,
// AllowPrivate no longer holds for what it redirects to.
//
// # Proxies
//
// The environment (HTTPS_PROXY and so on) is not looked at: a variable that
// somebody set for apt must not decide where a daemon connects to. A proxy is
// used when Config.Proxy names it. The check of addresses is weaker then, since
// the proxy resolves names: see Config.Proxy.
//
// # Memory
//
// Half a megabyte of each body is read as it comes. Beyond that it takes room, of
// which there is enough for one body of the limit: others are left unread
// meanwhile, which costs their publishers nothing. The room is the caller's until
// Response.Release, so that what is read stays bounded as well.
//
// # Failures
//
// Each is an [*aggregator.Error] with the class an operator sees. Timeouts of
// name resolution are "dns" and those of connecting "connect", so that an outage
// of our own line is seen as one; "timeout" is a server that was reached and did
// not deliver. A caller that gives up gets its own ctx.Err, which says nothing
// about the publisher.
package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"time"

	"laenderfeed/aggregator"
)

const (
	maxHeader   = 256 << 10 // bytes of response headers
	maxBody     = 10 << 20  // bytes of body after decompression, the default
	maxHops     = 5         // redirects
	idleTimeout = 15 * time.Second
)

// Config is how a Client asks. Zero durations and a zero MaxBody mean the
// default.
type Config struct {
	// UserAgent is sent as it stands: "laenderfeed/1.2 (+https://…/bot)".
	UserAgent string
	// Timeout is for a whole Fetch, redirects and body included, by the clock on
	// the wall: 45 s. It stands still while a large body waits for room.
	Timeout time.Duration
	// ConnectTimeout is for name resolution and connecting (10 s), TLSTimeout for
	// the handshake (10 s), HeaderTimeout from the request until the end of the
	// headers (20 s).
	ConnectTimeout time.Duration
	TLSTimeout     time.Duration
	HeaderTimeout  time.Duration
	// MaxBody is the limit of a body in bytes after decompression, and of what
	// travels before it: 10 MiB.
	MaxBody int64
	// AllowPrivate lists what may be reached although it lies in a private
	// network. "host" and "host:port" open loopback (127/8, ::1), private
	// (10/8, 172.16/12, 192.168/16, fc00::/7) and shared (100.64/10) addresses for
	// that very name; an address, "address:port" or a CIDR opens itself whatever
	// it is, for any name. With a port only that port. There are no wildcards.
	// Redirects from the internet never lead there. Prefer host:port to a CIDR,
	// which is open to any source whose name is made to point there.
	AllowPrivate []string
	// Proxy is the URL of an HTTP proxy (http or https, user and password
	// allowed) that everything goes through except what AllowPrivate lists; nil
	// for none. Addresses are checked before each request when the name can be
	// resolved here; when it cannot, the name is left to the proxy unless it is
	// a local one (without a dot, .local, .internal and the like).
	Proxy *url.URL
	// Now is the clock that Retry-After and a missing Date are measured by:
	// time.Now when nil.
	Now func() time.Time
	// RootCAs replaces the authorities of the system.
	RootCAs *x509.CertPool
}

// Client fetches. It is safe for concurrent use and keeps no state but a few
// idle connections.
type Client struct {
	cfg    Config
	rooms  rooms
	dialer *dialer
	direct *http.Transport
	// outer reaches the internet and nothing else: for what a redirect from
	// there leads to. A transport of its own, since connections are shared
	// inside of one.
	outerDialer *dialer
	outer       *http.Transport
	// proxied is nil without a proxy.
	proxied *http.Transport
}

var _ aggregator.Fetcher = (*Client)(nil)

// New returns a Client. It fails for a Config that cannot be meant.
func New(cfg Config) (*Client, error) {
	if cfg.UserAgent == "" || !validValue(cfg.UserAgent) {
		return nil, fmt.Errorf("setting up fetching: bad user agent %q", cfg.UserAgent)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if err := cfg.setDefaults(); err != nil {
		return nil, fmt.Errorf("setting up fetching: %w", err)
	}
	listed, err := newGuard(cfg.AllowPrivate)
	if err != nil {
		return nil, fmt.Errorf("setting up fetching: %w", err)
	}
	c := &Client{cfg: cfg, rooms: newRooms(cfg.MaxBody), direct: cfg.transport(), outer: cfg.transport()}
	c.dialer = newDialer(listed)
	c.outerDialer = newDialer(&guard{advice: "where a redirect from the internet must not lead"})
	c.dialer.Timeout, c.outerDialer.Timeout = cfg.ConnectTimeout, cfg.ConnectTimeout
	c.direct.DialContext, c.outer.DialContext = c.dialer.DialContext, c.outerDialer.DialContext
	if cfg.Proxy != nil {
		c.proxied = cfg.transport()
		// Only ever connects to the proxy, which the operator chose.
		c.proxied.DialContext = c.dialer.Dialer.DialContext
		c.proxied.Proxy = http.ProxyURL(cfg.Proxy)
		c.proxied.ProxyConnectHeader = http.Header{"User-Agent": {cfg.UserAgent}}
		c.proxied.OnProxyConnectResponse = proxyAnswer
	}
	return c, nil
}

// setDefaults fills what is zero and refuses what makes no sense.
func (cfg *Config) setDefaults() error {
	for _, d := range []struct {
		name  string
		value *time.Duration
		zero  time.Duration
	}{
		{"timeout", &cfg.Timeout, 45 * time.Second},
		{"connect timeout", &cfg.ConnectTimeout, 10 * time.Second},
		{"TLS timeout", &cfg.TLSTimeout, 10 * time.Second},
		{"header timeout", &cfg.HeaderTimeout, 20 * time.Second},
	} {
		if *d.value == 0 {
			*d.value = d.zero
		}
		if *d.value < 0 {
			return fmt.Errorf("negative %s %v", d.name, *d.value)
		}
	}
	if cfg.MaxBody == 0 {
		cfg.MaxBody = maxBody
	}
	if cfg.MaxBody < 0 || cfg.MaxBody > 1<<30 {
		return fmt.Errorf("body limit %d is not between 1 byte and 1 GiB", cfg.MaxBody)
	}
	if p := cfg.Proxy; p != nil && (p.Scheme != "http" && p.Scheme != "https" || p.Hostname() == "") {
		return fmt.Errorf("proxy %q is no http or https URL", p.Redacted())
	}
	return nil
}

// maxIdle is how many hosts with several feeds a round of polls can go back and
// forth between without connecting anew; a connection takes some 25 kB.
const maxIdle = 128

// transport returns the one transport of this package. We come back to a host
// in an hour, or in seconds when it has several feeds: one idle connection and
// not for long.
func (cfg *Config) transport() *http.Transport {
	return &http.Transport{
		TLSClientConfig:        &tls.Config{RootCAs: cfg.RootCAs, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    cfg.TLSTimeout,
		ResponseHeaderTimeout:  cfg.HeaderTimeout,
		MaxResponseHeaderBytes: maxHeader,
		DisableCompression:     true, // decoded in body.go, where it is bounded
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           maxIdle,
		MaxIdleConnsPerHost:    1,
		IdleConnTimeout:        idleTimeout,
	}
}

// Close closes idle connections. Requests under way are not disturbed: end them
// by their context.
func (c *Client) Close() {
	c.direct.CloseIdleConnections()
	c.outer.CloseIdleConnections()
	if c.proxied != nil {
		c.proxied.CloseIdleConnections()
	}
}

// Fetch asks for req.URL, follows redirects and reads the whole answer. It
// returns a 304 with its headers and no body, a 2xx with a body that may be
// empty, or an [*aggregator.Error]; or ctx.Err when ctx ended first.
func (c *Client) Fetch(ctx context.Context, req aggregator.Request) (*aggregator.Response, error) {
	whole, watch := startWatch(ctx, c.cfg.Timeout)
	defer watch.stop()
	res, err := c.follow(whole, watch, req)
	if err == nil {
		return res, nil
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if _, ok := errors.AsType[*aggregator.Error](err); ok {
		return nil, err
	}
	return nil, c.failure(err)
}

// get sends one request and returns the answer, its body not yet read, and
// whether it came from the internet rather than from a private network.
func (c *Client) get(ctx context.Context, u *url.URL, validators http.Header, outside bool) (*http.Response, bool, error) {
	req := &http.Request{
		Method: http.MethodGet,
		URL:    u,
		Host:   u.Host,
		Proto:  "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{
			"User-Agent": {c.cfg.UserAgent},
			"Accept": {"application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, " +
				"application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, text/html;q=0.6, */*;q=0.1"},
			"Accept-Language": {"de, *;q=0.5"},
			"Accept-Encoding": {"gzip, br, deflate"},
		},
	}
	for name, values := range validators {
		req.Header[name] = values
	}
	return c.send(ctx, req, outside)
}

// send sends a request and returns the answer, as get does.
func (c *Client) send(ctx context.Context, req *http.Request, outside bool) (*http.Response, bool, error) {
	transport, err := c.route(ctx, req.URL, outside)
	if err != nil {
		return nil, outside, err
	}
	// The remote end is that of the connection the answer came on, told before
	// RoundTrip returns.
	fromOutside := true
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		fromOutside = outside || transport == c.proxied || isPublic(info.Conn.RemoteAddr())
	}})
	resp, err := transport.RoundTrip(req.WithContext(ctx))
	return resp, fromOutside, err
}

// validators returns the conditional headers for a request. A stored validator
// that cannot stand in a header, or is absurdly long, is left out: line breaks in
// it would be headers of an attacker's making.
func validators(req aggregator.Request, sameSite bool) http.Header {
	h := http.Header{}
	if usable(req.ETag) {
		h["If-None-Match"] = []string{req.ETag}
	}
	if usable(req.LastModified) && sameSite {
		h["If-Modified-Since"] = []string{req.LastModified}
	}
	return h
}

// usable tells whether a validator can be sent.
func usable(v string) bool {
	return v != "" && len(v) <= 4<<10 && validValue(v)
}

// validValue tells whether s can be the value of a header field (RFC 9110
// section 5.5): no control characters except tabs. Bytes beyond ASCII are fine.
func validValue(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}
