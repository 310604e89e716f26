package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"laenderfeed/aggregator"
)

// attack is one thing a publisher may do to us.
type attack struct {
	name    string
	serve   answer
	classes []aggregator.Class                   // how the poll may end; none: it is read
	items   int                                  // read from the document
	kind    aggregator.Kind                      // "" is a feed
	check   func(*testing.T, []aggregator.Entry) // what is stored, newest first
	state   func(*testing.T, aggregator.State)   // what is remembered of the source

}

// answer writes what a publisher answers to a request.
type answer func(p *hostilePublisher, conn net.Conn, r *http.Request)

// hostilePublisher serves every attack on a host of its own (a port of the
// loopback interface), healthy feeds on others, and listens where nobody may ask.
type hostilePublisher struct {
	t      *testing.T
	urls   map[string]string // of the attacks and healthy feeds, by name
	names  []string
	secret string       // host and port nobody may ask
	asked  atomic.Int64 // how often somebody did

	mu       sync.Mutex
	requests map[string][]*http.Request
	open     map[net.Conn]bool
	closed   bool
	wg       sync.WaitGroup

	hanging   atomic.Int64 // slow attacks under way
	healthy   atomic.Int64 // healthy feeds that have been served
	witnessed atomic.Int64 // slow attacks under way when the last healthy feed was served
}

// healthyFeeds is the number of publishers that do nothing wrong.
const (
	healthyFeeds = 20
	healthyItems = 15
)

func newHostilePublisher(t *testing.T, attacks []attack) *hostilePublisher {
	p := &hostilePublisher{t: t, urls: map[string]string{}, requests: map[string][]*http.Request{}, open: map[net.Conn]bool{}}
	p.secret = p.listen("geheim", func(p *hostilePublisher, conn net.Conn, _ *http.Request) {
		p.asked.Add(1)
		plain(rssFeed(rssItem("Geheim", "1")))(p, conn, nil)
	})
	for _, a := range attacks {
		p.names = append(p.names, a.name)
		p.urls[a.name] = "http://" + p.listen(a.name, a.serve) + "/feed"
	}
	for i := range healthyFeeds {
		name := fmt.Sprintf("gesund-%d", i)
		p.names = append(p.names, name)
		p.urls[name] = "http://" + p.listen(name, serveHealthy) + "/feed"
	}
	t.Cleanup(p.close)
	return p
}

func serveHealthy(p *hostilePublisher, conn net.Conn, r *http.Request) {
	var items strings.Builder
	for i := range healthyItems {
		items.WriteString(rssItem(fmt.Sprintf("Meldung %d aus dem Rathaus", i), fmt.Sprint(i)))
	}
	plain(rssFeed(items.String()))(p, conn, r)
	if p.healthy.Add(1) == healthyFeeds {
		p.witnessed.Store(p.hanging.Load())
	}
}

// listen serves one host and returns its host and port.
func (p *hostilePublisher) listen(name string, serve answer) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { l.Close() })
	p.wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			p.wg.Go(func() { p.converse(name, conn, serve) })
		}
	})
	return l.Addr().String()
}

// converse answers one request and hangs up.
func (p *hostilePublisher) converse(name string, conn net.Conn, serve answer) {
	defer conn.Close()
	p.mu.Lock()
	p.open[conn] = true
	over := p.closed
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		delete(p.open, conn)
		p.mu.Unlock()
	}()
	r, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil || over {
		return
	}
	p.mu.Lock()
	p.requests[name] = append(p.requests[name], r)
	p.mu.Unlock()
	serve(p, conn, r)
}

// close ends all conversations. (The listeners are closed by then: clean-ups run
// in reverse, and theirs come first.)
func (p *hostilePublisher) close() {
	p.mu.Lock()
	p.closed = true
	for conn := range p.open {
		conn.Close()
	}
	p.mu.Unlock()
}

// config writes a configuration that polls everything this publisher has.
func (p *hostilePublisher) config(attacks []attack, timeout string) (file, db string) {
	dir := p.t.TempDir()
	db = filepath.Join(dir, "laenderfeed.db")
	kinds := map[string]aggregator.Kind{}
	for _, a := range attacks {
		kinds[a.name] = a.kind
	}
	var private, sources strings.Builder
	for _, name := range p.names {
		host := strings.TrimSuffix(strings.TrimPrefix(p.urls[name], "http://"), "/feed")
		fmt.Fprintf(&private, "%q, ", host)
		fmt.Fprintf(&sources, "[[source]]\nid = %q\nname = %q\nurl = %q\ntype = \"presse\"\nlicence = \"full\"\n", name, "Quelle "+name, p.urls[name])
		if kinds[name] == aggregator.KindHTML {
			sources.WriteString("kind = \"html\"\nitem = \"li\"\n")
		}
	}
	text := fmt.Sprintf("[server]\nlisten = \"127.0.0.1:0\"\n[storage]\npath = %q\n[fetch]\ntimeout = %q\nper_host_delay = \"0s\"\nallow_private = [%s]\n"+
		"[catalogue]\nenable = []\n[publish]\ncontent = \"full\"\nitems = 500\n%s", db, timeout, private.String(), sources.String())
	return writeFile(p.t, filepath.Join(dir, "config.toml"), text), db
}

// hang holds a connection until the other side gives it up, sending a byte now
// and then if drip is not empty.
func (p *hostilePublisher) hang(conn net.Conn) {
	p.hanging.Add(1)
	defer p.hanging.Add(-1)
	_, _ = io.Copy(io.Discard, conn)
}

// drip sends part again and again, a byte at a time, until the other side gives
// up.
func (p *hostilePublisher) drip(conn net.Conn, part string) {
	p.hanging.Add(1)
	defer p.hanging.Add(-1)
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_, _ = io.Copy(io.Discard, conn)
	}()
	for i := 0; ; i++ {
		select {
		case <-gone:
			return
		case <-tick():
		}
		if _, err := conn.Write([]byte{part[i%len(part)]}); err != nil {
			<-gone
			return
		}
	}
}

// The parts of answers.

const okLine = "HTTP/1.1 200 OK\r\nConnection: close\r\n"

func plain(body string) answer { return with("Content-Type: application/rss+xml\r\n", body) }

// with answers with header lines, each with its line break, and a body.
func with(header, body string) answer {
	return raw(okLine + header + fmt.Sprintf("Content-Length: %d\r\n\r\n", len(body)) + body)
}

// raw answers with bytes.
func raw(text string) answer {
	return func(_ *hostilePublisher, conn net.Conn, _ *http.Request) { _, _ = io.WriteString(conn, text) }
}

// lazily makes the answer when it is asked for: large ones need not be kept.
func lazily(serve func() answer) answer {
	return func(p *hostilePublisher, conn net.Conn, r *http.Request) { serve()(p, conn, r) }
}

// endlessly answers with a beginning and then part for ever.
func endlessly(begin, part string) answer {
	part = strings.Repeat(part, 1+(16<<10)/len(part))
	return func(p *hostilePublisher, conn net.Conn, _ *http.Request) {
		_, err := io.WriteString(conn, begin)
		for err == nil {
			_, err = io.WriteString(conn, part)
		}
	}
}

// stalling answers with a beginning and then with nothing.
func stalling(begin string) answer {
	return func(p *hostilePublisher, conn net.Conn, _ *http.Request) {
		if _, err := io.WriteString(conn, begin); err == nil {
			p.hang(conn)
		}
	}
}

// dripping answers with a beginning and then part for ever, slowly.
func dripping(begin, part string) answer {
	return func(p *hostilePublisher, conn net.Conn, _ *http.Request) {
		if _, err := io.WriteString(conn, begin); err == nil {
			p.drip(conn, part)
		}
	}
}

// leading redirects; SECRET stands for the host nobody may ask, PORT for its port.
func leading(location string) answer {
	return func(p *hostilePublisher, conn net.Conn, _ *http.Request) {
		_, port, _ := net.SplitHostPort(p.secret)
		to := strings.NewReplacer("SECRET", p.secret, "PORT", port).Replace(location)
		fmt.Fprintf(conn, "HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n", to)
	}
}

// luring is a feed in which SECRET stands for the host nobody may ask.
func luring(body string) answer {
	return func(p *hostilePublisher, conn net.Conn, r *http.Request) {
		plain(strings.ReplaceAll(body, "SECRET", p.secret))(p, conn, r)
	}
}

func rssFeed(items string) string {
	return `<?xml version="1.0"?><rss version="2.0"><channel><title>Amtliches</title>` + items + `</channel></rss>`
}

func rssItem(title, guid string) string {
	return `<item><title>` + title + `</title><guid isPermaLink="false">` + guid + `</guid><description>Text.</description></item>`
}

// bombs keeps what bomb has made: compressing so much takes a while.
var bombs sync.Map // n -> string

// bomb is n times 64 kB of spaces, compressed.
func bomb(n int) string {
	if made, ok := bombs.Load(n); ok {
		return made.(string)
	}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		panic(err)
	}
	spaces := bytes.Repeat([]byte(" "), 64<<10)
	for range n {
		_, _ = z.Write(spaces)
	}
	_ = z.Close()
	bombs.Store(n, b.String())
	return b.String()
}
