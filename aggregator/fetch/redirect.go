package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"laenderfeed/aggregator"
)

// maxURL is the length in bytes of a URL we ask for.
const maxURL = 8 << 10

// follow asks for req.URL and goes where the answers send us, until one is not a
// redirect.
func (c *Client) follow(ctx context.Context, watch *stopwatch, req aggregator.Request) (*aggregator.Response, error) {
	first, err := parseURL(req.URL)
	if err != nil {
		return nil, &aggregator.Error{Class: aggregator.ClassBlocked, Err: &reason{text: clean(err.Error()), cause: err}}
	}
	permanent, leading, outside := "", true, false
	trail := []string{first.String()}
	for at := first; ; {
		sent := validators(req, sameSite(first, at))
		var resp *http.Response
		resp, outside, err = c.get(ctx, at, sent, outside)
		if err != nil {
			return nil, err
		}
		if !isRedirect(resp.StatusCode) {
			res, err := c.finish(ctx, watch, resp, len(sent) > 0)
			if err != nil {
				return nil, err
			}
			res.URL, res.Permanent = at.String(), permanent
			return res, nil
		}
		next, err := nextHop(resp, at, trail)
		discard(resp)
		if err != nil {
			return nil, c.refusal(resp, err)
		}
		leading = leading && isPermanent(resp.StatusCode)
		if leading {
			permanent = next.String()
		}
		at = next
		trail = append(trail, next.String())
	}
}

// refusal is the failure of a redirect that is not followed.
func (c *Client) refusal(resp *http.Response, err error) error {
	class := aggregator.ClassRedirect
	if errors.Is(err, errWall) {
		class = aggregator.ClassChallenge
	}
	return c.answer(resp, class, clean(err.Error()), err)
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// isPermanent tells whether a redirect is a new address to keep.
func isPermanent(status int) bool {
	return status == http.StatusMovedPermanently || status == http.StatusPermanentRedirect
}

// errWall is a redirect to the check of a bot wall. It is not followed: we could
// not pass, and asking would only count against us.
var errWall = errors.New("leads to a bot check")

// nextHop returns where a redirect leads from at, the last URL of trail.
func nextHop(resp *http.Response, at *url.URL, trail []string) (*url.URL, error) {
	location := strings.TrimSpace(resp.Header.Get("Location"))
	if location == "" {
		return nil, fmt.Errorf("redirect %d without a Location", resp.StatusCode)
	}
	parsed, err := at.Parse(location)
	if err != nil {
		return nil, fmt.Errorf("redirect to a bad URL: %w", bare(err))
	}
	target, err := normalise(parsed)
	if err != nil {
		return nil, fmt.Errorf("redirect to %.100s: %w", parsed.Redacted(), err)
	}
	switch {
	case isWall(target):
		return nil, fmt.Errorf("redirect to %.100s: %w", target.Redacted(), errWall)
	case at.Scheme == "https" && target.Scheme == "http":
		return nil, fmt.Errorf("redirect from https to http: %.100s", target.Redacted())
	case slices.Contains(trail, target.String()):
		return nil, fmt.Errorf("redirects in a circle: %.100s", target.Redacted())
	case len(trail) > maxHops:
		return nil, fmt.Errorf("more than %d redirects", maxHops)
	}
	return target, nil
}

// bare takes the URL out of an error of package url, which repeats it whole.
func bare(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// discard ends an answer nobody reads. A short body is read so that the
// connection can be used for the next hop.
func discard(resp *http.Response) {
	if resp.ContentLength >= 0 && resp.ContentLength <= 2<<10 {
		// Fails like the body would: the next request shows it.
		_, _ = io.Copy(io.Discard, resp.Body)
	}
	_ = resp.Body.Close()
}

// parseURL reads a URL to ask for.
func parseURL(raw string) (*url.URL, error) {
	if len(raw) > maxURL {
		return nil, fmt.Errorf("a URL of %d bytes", len(raw))
	}
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil {
		return nil, fmt.Errorf("bad URL: %w", bare(err))
	}
	return normalise(u)
}

// normalise returns u as we ask for it: http or https, the host as DNS has it,
// no default port, no fragment. User names are refused rather than sent: source
// URLs are published.
func normalise(u *url.URL) (*url.URL, error) {
	n := *u
	n.Fragment, n.RawFragment = "", ""
	if n.Scheme != "http" && n.Scheme != "https" {
		return nil, fmt.Errorf("scheme %q: only http and https are asked", n.Scheme)
	}
	if n.User != nil {
		return nil, errors.New("user name in the URL")
	}
	host, err := asciiHost(n.Hostname())
	if err != nil {
		return nil, fmt.Errorf("host name: %w", err)
	}
	if _, err := netip.ParseAddr(host); err != nil && !plainName(host) {
		return nil, fmt.Errorf("bad host name %.100q", host)
	}
	port := n.Port()
	if port != "" {
		if p, err := strconv.ParseUint(port, 10, 16); err != nil || p == 0 {
			return nil, fmt.Errorf("port %.10q", port)
		}
	}
	switch {
	case port != "" && port != defaultPort(&n):
		n.Host = net.JoinHostPort(host, port)
	case strings.Contains(host, ":"):
		n.Host = "[" + host + "]"
	default:
		n.Host = host
	}
	if n.Path == "" {
		n.Path = "/"
	}
	if len(n.String()) > maxURL {
		return nil, errors.New("the URL is too long")
	}
	return &n, nil
}

func defaultPort(u *url.URL) string {
	if u.Scheme == "https" {
		return "443"
	}
	return "80"
}

// portOf returns the port a URL leads to.
func portOf(u *url.URL) uint16 {
	port := u.Port()
	if port == "" {
		port = defaultPort(u)
	}
	n, _ := strconv.ParseUint(port, 10, 16) // checked by normalise
	return uint16(n)
}

// sameSite tells whether two URLs belong to one site: the same host, "www."
// aside, and the same port or both the default one.
func sameSite(a, b *url.URL) bool {
	return strings.TrimPrefix(a.Hostname(), "www.") == strings.TrimPrefix(b.Hostname(), "www.") && a.Port() == b.Port()
}
