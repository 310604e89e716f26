package fetch

import (
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"laenderfeed/aggregator"
)

// proxy is an HTTP proxy that knows one publisher, whatever it is asked for.
type proxy struct {
	publisher string // host:port
	refuse    int    // status for CONNECT, or 0
	redirect  string // where plain requests are redirected to, or ""
	mu        sync.Mutex
	asked     []string // request lines, and credentials where there are any
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked = append(p.asked, strings.TrimSpace(r.Method+" "+r.RequestURI+" "+r.Header.Get("Proxy-Authorization")))
	p.mu.Unlock()
	switch {
	case r.Method == http.MethodConnect && p.refuse != 0:
		w.WriteHeader(p.refuse)
	case r.Method == http.MethodConnect:
		p.tunnel(w)
	case p.redirect != "":
		http.Redirect(w, r, p.redirect, http.StatusFound)
	default:
		io.WriteString(w, feedText)
	}
}

// tunnel connects the client with the publisher.
func (p *proxy) tunnel(w http.ResponseWriter) {
	out, err := net.Dial("tcp", p.publisher)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer out.Close()
	in, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer in.Close()
	io.WriteString(in, "HTTP/1.1 200 OK\r\n\r\n")
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = io.Copy(in, out); in.Close() })
	_, _ = io.Copy(out, in)
	out.Close()
	wg.Wait()
}

// lines returns what was asked since the last time.
func (p *proxy) lines() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer func() { p.asked = nil }()
	return strings.Join(p.asked, "\n")
}

func startProxy(t *testing.T, p *proxy) *url.URL {
	t.Helper()
	s := httptest.NewServer(p)
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword("amt", "geheim")
	return u
}

func TestProxy(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, feedText) }))
	t.Cleanup(s.Close)
	p := &proxy{publisher: s.Listener.Addr().String()}
	c := newClient(t, Config{Proxy: startProxy(t, p), AllowPrivate: []string{}, RootCAs: s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs})
	c.dialer.Resolver = nameserver(t, "") // as behind a firewall: no name is known
	login := " Basic " + base64.StdEncoding.EncodeToString([]byte("amt:geheim"))
	get(t, c, aggregator.Request{URL: "http://publisher.example/feed"})
	if got, want := p.lines(), "GET http://publisher.example/feed"+login; got != want {
		t.Errorf("plain: proxy was asked %q, want %q", got, want)
	}
	get(t, c, aggregator.Request{URL: "https://example.com/feed"})
	if got, want := p.lines(), "CONNECT example.com:443"+login; got != want {
		t.Errorf("TLS: proxy was asked %q, want %q", got, want)
	}
	for _, u := range []string{
		s.URL, "http://10.0.0.1/", "http://[::ffff:10.0.0.1]/", "http://169.254.169.254/", "http://[64:ff9b::a00:1]/",
		"http://localhost/", "http://intranet/", "http://wiki.local/", "http://a.internal/", "http://127.1/", "http://0x7f000001/",
		"http://2130706433/", "http://127.0.0.0x1/", "http://nas.home.arpa/", "http://" + c.cfg.Proxy.Host + "/",
	} {
		fail(t, c, aggregator.Request{URL: u}, aggregator.ClassBlocked)
	}
	if got := p.lines(); got != "" {
		t.Errorf("proxy was asked for private addresses: %q", got)
	}
	get(t, c, aggregator.Request{URL: "http://8.8.8.8/feed"})
	if got := p.lines(); !strings.HasPrefix(got, "GET http://8.8.8.8/feed") {
		t.Errorf("public address: proxy was asked %q", got)
	}
}

// Names that can be resolved here are checked here.
func TestProxyResolvable(t *testing.T) {
	p := &proxy{}
	u := serve(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "direkt") })
	port := u[strings.LastIndexByte(u, ':'):]
	cfg := Config{Proxy: startProxy(t, p), AllowPrivate: []string{"innen.example"}}
	c := newClient(t, cfg)
	c.dialer.Resolver = nameserver(t, "127.0.0.1")
	fail(t, c, aggregator.Request{URL: "http://fremd.example" + port}, aggregator.ClassBlocked)
	if res := get(t, c, aggregator.Request{URL: "http://innen.example" + port}); string(res.Body) != "direkt" {
		t.Errorf("a listed name: %q", res.Body)
	}
	cfg.AllowPrivate = []string{"127.0.0.0/8"}
	c = newClient(t, cfg)
	c.dialer.Resolver = nameserver(t, "127.0.0.1")
	if res := get(t, c, aggregator.Request{URL: "http://fremd.example" + port}); string(res.Body) != "direkt" {
		t.Errorf("a listed address: %q", res.Body)
	}
	if got := p.lines(); got != "" {
		t.Errorf("proxy was asked %q", got)
	}
	c.dialer.Resolver = nameserver(t, "8.8.8.8")
	get(t, c, aggregator.Request{URL: "http://aussen.example/"})
	if got := p.lines(); !strings.HasPrefix(got, "GET http://aussen.example/") {
		t.Errorf("a public name: proxy was asked %q", got)
	}
}

// What came through the proxy came from the internet: what it redirects to is not
// reached directly, listed or not.
func TestProxyRedirectInside(t *testing.T) {
	u := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("reached from outside") })
	for _, target := range []string{u, strings.Replace(u, "127.0.0.1", "innen.example", 1), strings.Replace(u, "127.0.0.1", "intern", 1)} {
		c := newClient(t, Config{Proxy: startProxy(t, &proxy{redirect: target}), AllowPrivate: []string{"127.0.0.0/8", "innen.example", "intern"}})
		known := "127.0.0.1"
		if strings.Contains(target, "//intern:") {
			known = "" // refused for its name alone
		}
		c.dialer.Resolver = nameserver(t, known)
		e := fail(t, c, aggregator.Request{URL: "http://8.8.8.8/"}, aggregator.ClassBlocked)
		if !strings.Contains(e.Error(), "redirect from the internet") {
			t.Errorf("%s: message = %q", target, e)
		}
	}
}

func TestProxyRefuses(t *testing.T) {
	c := newClient(t, Config{Proxy: startProxy(t, &proxy{refuse: http.StatusForbidden})})
	e := fail(t, c, aggregator.Request{URL: "https://8.8.8.8/"}, aggregator.ClassConnect)
	if !strings.Contains(e.Error(), "proxy answers") || !strings.Contains(e.Error(), "403") {
		t.Errorf("message = %q", e)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	c = newClient(t, Config{Proxy: &url.URL{Scheme: "http", Host: l.Addr().String(), User: url.UserPassword("amt", "geheim")}})
	e = fail(t, c, aggregator.Request{URL: "https://8.8.8.8/"}, aggregator.ClassConnect)
	if !strings.Contains(e.Error(), "proxy") || strings.Contains(e.Error(), "geheim") {
		t.Errorf("message = %q", e)
	}
}

// The environment decides nothing.
func TestProxyNotFromEnvironment(t *testing.T) {
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"} {
		t.Setenv(name, "http://127.0.0.1:1")
	}
	u := serve(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, feedText) })
	c := newClient(t, Config{AllowPrivate: []string{"publisher.example"}})
	c.dialer.Resolver = nameserver(t, "127.0.0.1")
	get(t, c, aggregator.Request{URL: "http://publisher.example" + u[strings.LastIndexByte(u, ':'):]})
}
