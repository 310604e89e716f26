package fetch

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"laenderfeed/aggregator"
)

func testZoneOf(t *testing.T) {
	tests := []struct {
		addrs string
		zone  zone
		what  string
	}{
		{"8.8.8.8 1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 172.15.255.255 172.32.0.0 " +
			"169.253.255.255 169.255.0.0 192.0.1.0 192.0.3.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 223.255.255.255", public, ""},
		{"2a00:1450:4001:82b::200e 2001:200::1 2001:67c::1 2003::1 2606:4700::1111 3ffe::1", public, ""},
		{"127.0.0.1 127.255.255.255 ::1 ::ffff:127.0.0.1", private, "loopback"},
		{"10.0.0.0 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1 192.168.255.255 ::ffff:10.1.2.3 ::ffff:c0a8:1", private, "private"},
		{"fc00::1 fd12:3456::1 fdff::1", private, "private"},
		{"100.64.0.0 100.127.255.255", private, "shared"},
		{"169.254.169.254 ::ffff:169.254.169.254 fd00:ec2::254 fd20:ce::254 100.100.100.200 168.63.129.16 192.0.0.192", special, "metadata"},
		{"0.0.0.0 0.1.2.3 :: ::ffff:0.0.0.0", special, "unspecified"},
		{"169.254.0.1 fe80::1 fe80::1%eth0 febf::1", special, "link-local"},
		{"224.0.0.1 239.255.255.255 ff02::1 ff0e::1", special, "multicast"},
		{"240.0.0.1 255.255.255.255", special, "broadcast"},
		{"192.0.0.1 192.0.0.255", special, "protocol"},
		{"192.0.2.1 198.51.100.1 203.0.113.1 2001:db8::1 3fff::1", special, "documentation"},
		{"198.18.0.1 198.19.255.255", special, "benchmark"},
		{"192.88.99.1", special, "6to4"},
		{"2002::1 2002:808:808::1 2002:7f00:1::", special, "6to4"},
		{"2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2", special, "Teredo"},
		{"2001:2::1 2001:10::1 2001:20::1", special, "protocol"},
		{"::127.0.0.1 ::8.8.8.8 ::a00:1", special, "compatible"},
		{"64:ff9b::7f00:1", special, "loopback address behind NAT64"},
		{"64:ff9b::10.0.0.1 64:ff9b::192.168.1.1", special, "private address behind NAT64"},
		{"64:ff9b::169.254.169.254", special, "metadata service behind NAT64"},
		{"64:ff9b::8.8.8.8", public, ""},
		{"64:ff9b:1::8.8.8.8 64:ff9b:1:ffff::1", special, "NAT64"},
		{"fec0::1 100::1 4000::1 5f00::1 1::1 ::ffff:0:127.0.0.1", special, "outside"},
	}
	for _, tt := range tests {
		for addr := range strings.FieldsSeq(tt.addrs) {
			z, what := zoneOf(netip.MustParseAddr(addr))
			if z != tt.zone || !strings.Contains(what, tt.what) || (what == "") != (z == public) {
				t.Errorf("zoneOf(%s) = %d, %q, want %d, %q", addr, z, what, tt.zone, tt.what)
			}
		}
	}
}

func TestGuardAllowances(t *testing.T) {
	tests := []struct {
		entry, host, at string
		ok              bool
	}{
		{"intern.example", "intern.example", "10.0.0.1:80", true},
		{"intern.example", "intern.example", "10.0.0.1:8080", true},
		{"Intern.Example.", "intern.example", "[fd12::1]:80", true},
		{"intern.example", "www.intern.example", "10.0.0.1:80", false},
		{"intern.example", "intern.example", "169.254.169.254:80", false},
		{"intern.example", "intern.example", "169.254.1.1:80", false},
		{"intern.example", "intern.example", "100.100.100.200:80", false},
		{"intern.example", "intern.example", "[fd00:ec2::254]:80", false},
		{"intern.example", "intern.example", "[fe80::1%eth0]:80", false},
		{"intern.example", "intern.example", "0.0.0.0:80", false},
		{"intern.example", "intern.example", "[64:ff9b::a00:1]:80", false},
		{"intern.example:8080", "intern.example", "10.0.0.1:8080", true},
		{"intern.example:8080", "intern.example", "10.0.0.1:80", false},
		{"behörde.example", "xn--behrde-yxa.example", "10.0.0.1:80", true},
		{"localhost", "localhost", "127.0.0.1:80", true},
		{"localhost", "localhost", "[::1]:80", true},
		{"localhost", "127.0.0.1", "127.0.0.1:80", false},
		{"10.0.0.1", "10.0.0.1", "10.0.0.1:80", true},
		{"10.0.0.1", "any.example", "10.0.0.1:80", true},
		{"10.0.0.1", "10.0.0.2", "10.0.0.2:80", false},
		{"10.0.0.1:8080", "10.0.0.1", "10.0.0.1:8080", true},
		{"10.0.0.1:8080", "10.0.0.1", "10.0.0.1:80", false},
		{"10.20.0.0/16", "any.example", "10.20.3.4:80", true},
		{"10.20.0.0/16", "any.example", "[::ffff:10.20.3.4]:80", true},
		{"10.20.0.0/16", "any.example", "10.21.0.1:80", false},
		{"fd12::/16", "any.example", "[fd12::1]:80", true},
		{"::1", "localhost", "[::1]:80", true},
		{"[::1]", "localhost", "[::1]:80", true},
		{"[::1]:8080", "localhost", "[::1]:8080", true},
		{"[::1]:8080", "localhost", "[::1]:80", false},
		{"::ffff:10.0.0.1", "any.example", "10.0.0.1:80", true},
		{"169.254.169.254", "169.254.169.254", "169.254.169.254:80", true},
		{"192.168.0.0/16", "public.example", "8.8.8.8:80", true},
	}
	for _, tt := range tests {
		g, err := newGuard([]string{"unrelated.example", tt.entry})
		if err != nil {
			t.Errorf("%s: %v", tt.entry, err)
			continue
		}
		if err := g.check(tt.host, netip.MustParseAddrPort(tt.at)); (err == nil) != tt.ok {
			t.Errorf("%s: %s at %s: %v, want allowed: %v", tt.entry, tt.host, tt.at, err, tt.ok)
		}
	}
}

func TestGuardBadAllowances(t *testing.T) {
	for _, entry := range []string{
		"", " ", "*", "*.example", "http://intern.example", "http://intern.example/", "intern.example/feed", "10.0.0.0/33", "10.0.0.0/",
		"/8", "10.1.2.3/8", "fd12::1/16", "::ffff:10.0.0.0/104", "10.0.0.1:0", "10.0.0.1:65536", "10.0.0.1:http", "intern.example:", ":80",
		"intern example", "a..b", "user@intern.example", "[::1", "[::1]:", "::1:80:x", "intern.example,10.0.0.1", "a\x00b",
		strings.Repeat("a", 64), strings.Repeat("a.", 130) + "de", "\u00ad.example",
	} {
		if g, err := newGuard([]string{entry}); err == nil {
			t.Errorf("%q is taken for %+v, want an error", entry, g.allowed)
		} else if !strings.Contains(err.Error(), "allow_private") {
			t.Errorf("%q: %v does not name the key", entry, err)
		}
	}
}

func testFetchBlocked(t *testing.T) {
	var asked atomic.Int32
	u := serve(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	port := u[strings.LastIndexByte(u, ':')+1:]
	c := newClient(t, Config{AllowPrivate: []string{"127.0.0.1:1", "10.0.0.0/8", "nirgends.example"}})
	for _, host := range []string{
		"127.0.0.1", "127.1.2.3", "localhost", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "0.0.0.0", "[::]",
		"[64:ff9b::7f00:1]", "[2002:7f00:1::]", "169.254.169.254", "[fd00:ec2::254]", "224.0.0.1", "255.255.255.255",
	} {
		e := fail(t, c, aggregator.Request{URL: "http://" + host + ":" + port + "/"}, aggregator.ClassBlocked)
		if !strings.Contains(e.Error(), "allow_private") {
			t.Errorf("%s: %v tells no way out", host, e)
		}
	}
	if asked.Load() != 0 {
		t.Errorf("the server was asked %d times", asked.Load())
	}
	get(t, newClient(t, Config{AllowPrivate: []string{"127.0.0.1:" + port}}), aggregator.Request{URL: u})
}

// nameserver answers every question for an A record with the next of addrs, the
// last one again and again, and returns a resolver that asks it.
func nameserver(t *testing.T, addrs ...string) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var answered bool
			reply, err := dnsReply(buf[:n], addrs[0], &answered)
			if err != nil {
				t.Error(err)
				return
			}
			if answered && len(addrs) > 1 {
				addrs = addrs[1:]
			}
			if _, err := conn.WriteTo(reply, from); err != nil {
				return
			}
		}
	})
	t.Cleanup(wg.Wait)
	t.Cleanup(func() { conn.Close() })
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// dnsReply answers a question for an A record with addr, "" meaning that there
// is no such name, and others with nothing.
func dnsReply(query []byte, addr string, answered *bool) ([]byte, error) {
	var m dnsmessage.Message
	if err := m.Unpack(query); err != nil {
		return nil, fmt.Errorf("unpacking a DNS query: %w", err)
	}
	m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
	if addr == "" {
		m.RCode = dnsmessage.RCodeNameError
		return m.Pack()
	}
	if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
		*answered = true
		m.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
			Body:   &dnsmessage.AResource{A: netip.MustParseAddr(addr).As4()},
		}}
	}
	return m.Pack()
}

// A name that leads to a private address is refused, whenever it starts to.
func testFetchRebinding(t *testing.T) {
	var asked atomic.Int32
	u := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.Header().Set("Connection", "close")
		io.WriteString(w, feedText)
	})
	port := u[strings.LastIndexByte(u, ':')+1:]
	c := newClient(t, Config{AllowPrivate: []string{"127.0.0.2"}})
	c.dialer.Resolver = nameserver(t, "127.0.0.2", "127.0.0.1")
	req := aggregator.Request{URL: "http://rebind.example:" + port + "/"}
	// First 127.0.0.2, which is allowed but where nobody listens.
	fail(t, c, req, aggregator.ClassConnect)
	for range 3 {
		e := fail(t, c, req, aggregator.ClassBlocked)
		if want := "rebind.example is 127.0.0.1 (a loopback address)"; !strings.Contains(e.Error(), want) {
			t.Errorf("message = %q, want %q in it", e, want)
		}
	}
	if asked.Load() != 0 {
		t.Errorf("the server was asked %d times", asked.Load())
	}
	named := newClient(t, Config{AllowPrivate: []string{"REBIND.example:" + port}})
	named.dialer.Resolver = nameserver(t, "127.0.0.1")
	get(t, named, req)
}

func testFetchRedirectToPrivateName(t *testing.T) {
	u := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://innen.example"+r.Host[strings.LastIndexByte(r.Host, ':'):]+"/geheim", http.StatusFound)
	})
	parsed, err := url.Parse(u)
	if err != nil {
		t.Fatal(err)
	}
	c := newClient(t, Config{AllowPrivate: []string{"aussen.example"}})
	c.dialer.Resolver = nameserver(t, "127.0.0.1")
	fail(t, c, aggregator.Request{URL: "http://aussen.example:" + parsed.Port()}, aggregator.ClassBlocked)
}

// What a redirect from the internet leads to is not reached in a private network
// even where that is allowed, not over a connection that is open already either.
func TestFetchFromOutside(t *testing.T) {
	var asked atomic.Int32
	u := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		io.WriteString(w, feedText)
	})
	c := newClient(t, Config{})
	get(t, c, aggregator.Request{URL: u})
	target, err := parseURL(u)
	if err != nil {
		t.Fatal(err)
	}
	resp, _, err := c.get(t.Context(), target, nil, true)
	if err == nil {
		resp.Body.Close()
		t.Fatal("reached a private address from outside")
	}
	if e := c.failure(err); e.Class != aggregator.ClassBlocked || !strings.Contains(e.Error(), "a redirect from the internet") {
		t.Errorf("failure = %v", e)
	}
	resp, outside, err := c.get(t.Context(), target, nil, false)
	if err != nil || outside {
		t.Fatalf("from inside: outside = %v, %v", outside, err)
	}
	resp.Body.Close()
	if asked.Load() != 2 {
		t.Errorf("asked %d times, want 2", asked.Load())
	}
}

func TestIsPublic(t *testing.T) {
	for addr, want := range map[string]bool{"127.0.0.1:80": false, "[::1]:80": false, "[fe80::1%eth0]:80": false, "[::ffff:10.0.0.1]:80": false,
		"8.8.8.8:80": true, "[2a00:1450::1]:443": true} {
		if got := isPublic(net.TCPAddrFromAddrPort(netip.MustParseAddrPort(addr))); got != want {
			t.Errorf("isPublic(%s) = %v", addr, got)
		}
	}
	if !isPublic(&net.UnixAddr{Name: "/run/x"}) {
		t.Error("an address that cannot be read counts as inside")
	}
}

func FuzzParseAllowance(f *testing.F) {
	for _, s := range []string{"a.example", "a.example:80", "10.0.0.1", "[::1]:80", "10.0.0.0/8", "::ffff:1.2.3.4/100", "ä.de", "", ":", "[]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := parseAllowance(s)
		if err != nil {
			return
		}
		if (a.host != "") == a.prefix.IsValid() {
			t.Errorf("parseAllowance(%q) = %+v, want a host or a prefix", s, a)
		}
	})
}

func FuzzParseURL(f *testing.F) {
	for _, s := range []string{"http://example.de/a?b#c", "https://Ä.de:443", "http://[::1%25eth0]:80/", "http://a@b", "http://0x7f.1/", "http://a/\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := parseURL(s)
		if err != nil {
			return
		}
		again, err := parseURL(u.String())
		if err != nil || again.String() != u.String() {
			t.Errorf("parseURL(%q) = %q, read again %v, %v", s, u, again, err)
		}
		if u.User != nil || u.Fragment != "" || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			t.Errorf("parseURL(%q) = %+v", s, u)
		}
	})
}
