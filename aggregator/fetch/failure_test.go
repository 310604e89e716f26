package fetch

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"laenderfeed/aggregator"
)

func testFailureStatus(t *testing.T) {
	u := serve(t, func(w http.ResponseWriter, r *http.Request) {
		status, err := strconv.Atoi(strings.Trim(r.URL.Path, "/"))
		if err != nil {
			t.Error(err)
			return
		}
		if wait := r.URL.RawQuery; wait != "" {
			w.Header().Set("Retry-After", wait)
		}
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		if status != http.StatusNotModified {
			io.WriteString(w, "<html><title>Fehler</title>")
		}
	})
	c := newClient(t, Config{})
	for _, tt := range []struct {
		path  string
		class aggregator.Class
		wait  time.Duration
	}{
		{"400", aggregator.ClassHTTP4xx, 0},
		{"401", aggregator.ClassHTTP4xx, 0},
		{"403", aggregator.ClassHTTP4xx, 0},
		{"404", aggregator.ClassHTTP4xx, 0},
		{"404?60", aggregator.ClassHTTP4xx, time.Minute},
		{"410", aggregator.ClassGone, 0},
		{"412", aggregator.ClassHTTP4xx, 0},
		{"429", aggregator.ClassRateLimited, 0},
		{"429?120", aggregator.ClassRateLimited, 2 * time.Minute},
		{"429?9999999", aggregator.ClassRateLimited, aggregator.MaxRetryAfter},
		{"429?bald", aggregator.ClassRateLimited, 0},
		{"451", aggregator.ClassHTTP4xx, 0},
		{"499", aggregator.ClassHTTP4xx, 0},
		{"500", aggregator.ClassHTTP5xx, 0},
		{"500?60", aggregator.ClassHTTP5xx, time.Minute},
		{"502", aggregator.ClassHTTP5xx, 0},
		{"503", aggregator.ClassHTTP5xx, 0},
		{"503?0", aggregator.ClassHTTP5xx, 0},
		{"503?60", aggregator.ClassRateLimited, time.Minute},
		{"599", aggregator.ClassHTTP5xx, 0},
		{"999", aggregator.ClassHTTP5xx, 0},
		{"300", aggregator.ClassRedirect, 0},
		{"305", aggregator.ClassRedirect, 0},
		{"306", aggregator.ClassRedirect, 0},
		{"206", aggregator.ClassNotAFeed, 0},
		{"304?60", aggregator.ClassNotAFeed, time.Minute},
	} {
		e := fail(t, c, aggregator.Request{URL: u + "/" + tt.path}, tt.class)
		if want := tt.path[:3]; strconv.Itoa(e.Status) != want || !strings.Contains(e.Error(), want) {
			t.Errorf("%s: status %d, message %q", tt.path, e.Status, e)
		}
		if e.RetryAfter != tt.wait {
			t.Errorf("%s: Retry-After %v, want %v", tt.path, e.RetryAfter, tt.wait)
		}
	}
}

// Retry-After as a date is measured by the answer's clock, not by ours.
func testFailureRetryAfterDate(t *testing.T) {
	u := serveRaw(t, func(conn net.Conn, _ string) {
		fmt.Fprint(conn, "HTTP/1.1 429 Zu viel\r\nDate: Sat, 01 Jan 2000 00:00:00 GMT\r\n"+
			"Retry-After: Sat, 01 Jan 2000 00:10:00 GMT\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	})
	e := fail(t, newClient(t, Config{}), aggregator.Request{URL: u}, aggregator.ClassRateLimited)
	if e.RetryAfter != 10*time.Minute {
		t.Errorf("Retry-After = %v", e.RetryAfter)
	}
}

// An error page that drips or breaks off still is the error it says it is.
func TestFailureStatusWithBrokenPage(t *testing.T) {
	c := newClient(t, Config{Timeout: time.Second})
	for name, answer := range map[string]string{
		"drip":             "Content-Length: 100\r\n\r\nx",
		"cut":              "Content-Length: 100\r\nConnection: close\r\n\r\nx",
		"unknown encoding": "Content-Length: 1\r\nContent-Encoding: zstd\r\nConnection: close\r\n\r\nx",
		"no gzip":          "Content-Length: 1\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\nx",
	} {
		u := serveRaw(t, func(conn net.Conn, _ string) {
			fmt.Fprintf(conn, "HTTP/1.1 503 Wartung\r\nRetry-After: 60\r\n%s", answer)
			if name == "drip" {
				untilClosed(conn)
			}
		})
		if e := fail(t, c, aggregator.Request{URL: u}, aggregator.ClassRateLimited); e.Status != 503 || e.RetryAfter != time.Minute {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

func TestFailureTransport(t *testing.T) {
	closed := serve(t, nil)
	closedPort := func() string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		return "http://" + l.Addr().String()
	}()
	answer := func(s string) string {
		return serveRaw(t, func(conn net.Conn, _ string) { fmt.Fprint(conn, s) })
	}
	silent := serveRaw(t, func(conn net.Conn, _ string) { untilClosed(conn) })
	halfHeaders := serveRaw(t, func(conn net.Conn, _ string) {
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nX-Langsam: ")
		untilClosed(conn)
	})
	reset := serveRaw(t, func(conn net.Conn, _ string) { conn.(*net.TCPConn).SetLinger(0) })
	for _, tt := range []struct {
		name, url string
		cfg       Config
		class     aggregator.Class
		text      string
	}{
		{"nobody listens", closedPort, Config{}, aggregator.ClassConnect, "refused"},
		{"connecting takes too long", closed, Config{ConnectTimeout: 1}, aggregator.ClassConnect, "no connection after 1ns"},
		{"no answer", silent, Config{HeaderTimeout: 50 * time.Millisecond}, aggregator.ClassTimeout, "no answer after 50ms"},
		{"headers drip", halfHeaders, Config{HeaderTimeout: 50 * time.Millisecond}, aggregator.ClassTimeout, "no answer after 50ms"},
		{"all takes too long", silent, Config{Timeout: 50 * time.Millisecond}, aggregator.ClassTimeout, "not finished after 50ms"},
		{"handshake takes too long", "https" + strings.TrimPrefix(silent, "http"),
			Config{TLSTimeout: 50 * time.Millisecond}, aggregator.ClassTimeout, "handshake not finished after 50ms"},
		{"closed at once", answer(""), Config{}, aggregator.ClassConnect, "closed"},
		{"reset", reset, Config{}, aggregator.ClassConnect, ""},
		{"not HTTP", answer("SSH-2.0-OpenSSH_9.2\r\n\x1b[31m\r\n"), Config{}, aggregator.ClassConnect, "malformed"},
		{"control bytes in a field", answer("HTTP/1.1 200 OK\r\n\x1b[31m: x\r\n\r\n"), Config{}, aggregator.ClassConnect, "malformed"},
		{"two lengths", answer("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx"), Config{}, aggregator.ClassConnect, "Content-Length"},
		{"too many headers", answer("HTTP/1.1 200 OK\r\n" + strings.Repeat("X-Pad: "+strings.Repeat("x", 1000)+"\r\n", 300) + "\r\n"),
			Config{}, aggregator.ClassTooLarge, "256 kB of headers"},
		{"one long header", answer("HTTP/1.1 200 OK\r\nX-Pad: " + strings.Repeat("x", 300<<10) + "\r\n\r\n"),
			Config{}, aggregator.ClassTooLarge, "256 kB of headers"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := fail(t, newClient(t, tt.cfg), aggregator.Request{URL: tt.url}, tt.class)
			if !strings.Contains(e.Error(), tt.text) || e.Status != 0 {
				t.Errorf("error = %q, status %d, want %q in it", e, e.Status, tt.text)
			}
		})
	}
}

func TestFailureDNS(t *testing.T) {
	c := newClient(t, Config{})
	c.dialer.Resolver = nameserver(t, "")
	e := fail(t, c, aggregator.Request{URL: "http://weg.example/"}, aggregator.ClassDNS)
	if want := "dns: weg.example: no such host"; e.Error() != want {
		t.Errorf("message = %q, want %q", e, want)
	}
	// A name server that never answers.
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	c = newClient(t, Config{ConnectTimeout: 200 * time.Millisecond})
	c.dialer.Resolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
	fail(t, c, aggregator.Request{URL: "http://stumm.example/"}, aggregator.ClassDNS)
}

// serveTLS starts a server with a certificate for 127.0.0.1 that ends at
// notAfter, and returns its URL and the pool that trusts it.
func serveTLS(t *testing.T, notAfter time.Time, change func(*tls.Config)) (string, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: notAfter.Add(-48 * time.Hour), NotAfter: notAfter,
		IsCA: true, BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, feedText) }))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	if change != nil {
		change(s.TLS)
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return s.URL, pool
}

func TestFailureTLS(t *testing.T) {
	good, trusted := serveTLS(t, time.Now().Add(24*time.Hour), nil)
	if res := get(t, newClient(t, Config{RootCAs: trusted}), aggregator.Request{URL: good}); string(res.Body) != feedText {
		t.Errorf("body = %q", res.Body)
	}
	expired, trustedToo := serveTLS(t, time.Date(2020, 3, 1, 0, 0, 0, 0, time.UTC), nil)
	old, trustedOld := serveTLS(t, time.Now().Add(24*time.Hour), func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 })
	wants, trustedWants := serveTLS(t, time.Now().Add(24*time.Hour), func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert })
	plain := serve(t, func(http.ResponseWriter, *http.Request) {})
	for _, tt := range []struct {
		name, url string
		pool      *x509.CertPool
		text      string
	}{
		{"unknown authority", good, x509.NewCertPool(), "unknown authority"},
		{"another host", strings.Replace(good, "127.0.0.1", "127.0.0.2", 1), trusted, "certificate is not for 127.0.0.2"},
		{"expired", expired, trustedToo, "2020-02-28 to 2020-03-01"},
		{"old protocol", old, trustedOld, "protocol version"},
		{"wants a certificate", wants, trustedWants, "certificate required"},
		{"plain HTTP", "https" + strings.TrimPrefix(plain, "http"), trusted, "does not look like a TLS handshake"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.name == "another host" {
				tt.url = forward(t, tt.url)
			}
			e := fail(t, newClient(t, Config{RootCAs: tt.pool}), aggregator.Request{URL: tt.url}, aggregator.ClassTLS)
			if !strings.Contains(e.Error(), tt.text) {
				t.Errorf("message = %q, want %q in it", e, tt.text)
			}
		})
	}
}

// forward listens on the host of u, copies everything to the same port of
// 127.0.0.1 and returns the URL.
func forward(t *testing.T, u string) string {
	t.Helper()
	host, port, err := net.SplitHostPort(strings.TrimPrefix(u, "https://"))
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		t.Skipf("this machine has only one loopback address: %v", err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		in, err := l.Accept()
		if err != nil {
			return
		}
		defer in.Close()
		out, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err != nil {
			return
		}
		defer out.Close()
		back := make(chan struct{})
		go func() {
			defer close(back)
			_, _ = io.Copy(in, out)
		}()
		_, _ = io.Copy(out, in)
		out.Close()
		<-back
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return "https://" + l.Addr().String()
}

func TestFailureHTTP2(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/proto":
			io.WriteString(w, r.Proto)
		case "/weiter":
			http.Redirect(w, r, "/proto", http.StatusPermanentRedirect)
		case "/kopf":
			for i := range 300 {
				w.Header().Set(fmt.Sprint("X-Pad-", i), strings.Repeat("x", 1000))
			}
		case "/kurz":
			w.Header().Set("Content-Length", "10")
			io.WriteString(w, "12345")
		case "/abbruch":
			w.Header().Set("Content-Length", "10")
			io.WriteString(w, "12345")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		case "/stumm":
			<-r.Context().Done()
		}
	}))
	s.EnableHTTP2 = true
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	pool := s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	c := newClient(t, Config{RootCAs: pool})
	if res := get(t, c, aggregator.Request{URL: s.URL + "/proto", ETag: `"a"`}); string(res.Body) != "HTTP/2.0" {
		t.Errorf("protocol = %q", res.Body)
	}
	if res := get(t, c, aggregator.Request{URL: s.URL + "/weiter"}); string(res.Body) != "HTTP/2.0" || res.Permanent != s.URL+"/proto" {
		t.Errorf("redirect = %+v", res)
	}
	// HTTP/2 says too large only when the last frame was the one too many; else
	// the connection ends.
	_, err := c.Fetch(context.Background(), aggregator.Request{URL: s.URL + "/kopf"})
	if class := aggregator.ClassOf(err); class != aggregator.ClassTooLarge && class != aggregator.ClassConnect {
		t.Errorf("300 kB of headers: %v", err)
	}
	fail(t, c, aggregator.Request{URL: s.URL + "/kurz"}, aggregator.ClassConnect)
	fail(t, c, aggregator.Request{URL: s.URL + "/abbruch"}, aggregator.ClassConnect)
	slow := newClient(t, Config{RootCAs: pool, HeaderTimeout: 50 * time.Millisecond})
	fail(t, slow, aggregator.Request{URL: s.URL + "/stumm"}, aggregator.ClassTimeout)
}

// A caller that gives up learns that it did, not that the publisher failed.
func TestFetchCallerGivesUp(t *testing.T) {
	c := newClient(t, Config{})
	started := make(chan struct{}, 4)
	body := serveRaw(t, func(conn net.Conn, _ string) {
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")
		started <- struct{}{}
		untilClosed(conn)
	})
	silent := serveRaw(t, func(conn net.Conn, _ string) {
		started <- struct{}{}
		untilClosed(conn)
	})
	for _, u := range []string{body, silent} {
		ctx, cancel := context.WithCancel(context.Background())
		go func() {
			<-started
			cancel()
		}()
		if res, err := c.Fetch(ctx, aggregator.Request{URL: u}); res != nil || err != context.Canceled {
			t.Errorf("canceled: %v, %v", res, err)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	_, err := c.Fetch(ctx, aggregator.Request{URL: silent})
	if err != context.DeadlineExceeded {
		t.Errorf("past the caller's deadline: %v", err)
	}
	if _, ok := errors.AsType[*aggregator.Error](err); ok {
		t.Errorf("%v is charged to the publisher", err)
	}
	if _, err := c.Fetch(ctx, aggregator.Request{URL: silent}); err != context.DeadlineExceeded {
		t.Errorf("with a context that has ended: %v", err)
	}
}

func TestFailureKeepsCause(t *testing.T) {
	c := newClient(t, Config{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if e := fail(t, c, aggregator.Request{URL: "http://" + l.Addr().String()}, aggregator.ClassConnect); !errors.Is(e, syscall.ECONNREFUSED) {
		t.Errorf("%v does not wrap its cause", e)
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"":                       "",
		"Länder, 日本":             "Länder, 日本",
		"a\r\nb\tc\x00\x1b[31m":  `a\x0d\x0ab\x09c\x00\x1b[31m`,
		"\xff\xc3":               `\xff\xc3`,
		"\u0085\u202eabc\u2028":  `\x85\u202eabc\u2028`,
		"\u00a0":                 `\xa0`,
		strings.Repeat("a", 201): strings.Repeat("a", 200) + "…",
		strings.Repeat("ä", 101): strings.Repeat("ä", 100) + "…",
		strings.Repeat("a", 200): strings.Repeat("a", 200),
	} {
		if got := clean(in); got != want {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
	}
}
