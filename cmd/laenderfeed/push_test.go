package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

// pushSite is a publisher with its hub: /feed is the feed, /hub the hub, which
// verifies each request before it answers.
type pushSite struct {
	*httptest.Server
	polls  atomic.Int64
	forms  chan url.Values // requests that were verified
	pings  chan url.Values // what we tell it as a publisher
	refuse atomic.Int64    // requests that we did not confirm
}

func newPushSite(t *testing.T) *pushSite {
	p := &pushSite{forms: make(chan url.Values, 10), pings: make(chan url.Values, 100)}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hub" {
			p.hub(w, r)
			return
		}
		p.polls.Add(1)
		io.WriteString(w, p.feed("Erste Meldung aus Sachsen"))
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *pushSite) feed(titles ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>Amt</title>
		<atom:link rel="self" href="%[1]s/feed"/><atom:link rel="hub" href="%[1]s/hub"/>`, p.URL)
	for _, title := range titles {
		fmt.Fprintf(&b, `<item><title>%[1]s</title><guid isPermaLink="false">%[1]s</guid></item>`, title)
	}
	return b.String() + `</channel></rss>`
}

func (p *pushSite) hub(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	form := r.PostForm
	if form.Get("hub.mode") == "publish" {
		p.pings <- form
		return
	}
	q := url.Values{"hub.mode": form["hub.mode"], "hub.topic": form["hub.topic"], "hub.challenge": {"beweis"}, "hub.lease_seconds": {"864000"}}
	resp, err := http.Get(form.Get("hub.callback") + "?" + q.Encode())
	if err != nil {
		p.refuse.Add(1)
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != http.StatusOK || string(body) != "beweis" {
		p.refuse.Add(1)
	}
	w.WriteHeader(http.StatusAccepted)
	p.forms <- form
}

// distribute sends content to a subscriber.
func distribute(t *testing.T, form url.Values, secret, body string) int {
	t.Helper()
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	req, err := http.NewRequest(http.MethodPost, form.Get("hub.callback"), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/rss+xml")
	req.Header.Set("X-Hub-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// vacantAddress returns a loopback address that nobody listened on a moment ago: a
// public URL has to be known before the daemon listens.
func vacantAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestRunTakesWhatAHubPushes(t *testing.T) {
	site, address := newPushSite(t), vacantAddress(t)
	dir := t.TempDir()
	config := fmt.Sprintf(`[server]
listen = %[1]q
public_url = "http://%[1]s"
[storage]
path = %[2]q
[fetch]
websub = true
min_interval = "15s"
per_host_delay = "0s"
allow_private = [%[3]q]
[catalogue]
enable = []
[publish]
websub_hub = "%[4]s/hub"
[[source]]
id = "amt"
name = "Amt"
url = "%[4]s/feed"
region = "sachsen"
`, address, filepath.Join(dir, "laenderfeed.db"), site.Listener.Addr().String(), site.URL)
	path := writeFile(t, filepath.Join(dir, "config.toml"), config)
	p := startProcess(t, "run", "--config", path)
	form := <-site.forms
	if form.Get("hub.mode") != "subscribe" || form.Get("hub.topic") != site.URL+"/feed" {
		t.Fatalf("the hub was asked %v", form)
	}
	titles := func() string {
		var list []string
		for _, e := range p.atom("/quellen/amt/feed.atom") {
			list = append(list, e.Title)
		}
		return strings.Join(list, "|")
	}
	if got := distribute(t, form, "geraten", site.feed("Gefälschte Meldung")); got != http.StatusAccepted {
		t.Errorf("forged content: %d", got)
	}
	if got := distribute(t, form, form.Get("hub.secret"), site.feed("Zweite Meldung aus Sachsen")); got != http.StatusAccepted {
		t.Fatalf("content: %d\n%s", got, p.output())
	}
	eventually(t, "the pushed item is in the feed", func() bool { return strings.Contains(titles(), "Zweite") })
	if got := titles(); strings.Contains(got, "Gefälscht") || !strings.Contains(got, "Erste") {
		t.Errorf("the feed has %q", got)
	}
	if resp, _ := p.get("/quellen/amt/feed.rss", http.StatusOK); !strings.Contains(resp.Header.Get("Link"), site.URL+`/hub>; rel="hub"`) {
		t.Errorf("Link: %q", resp.Header.Values("Link"))
	}
	if n := site.polls.Load(); n != 1 {
		t.Errorf("the publisher was polled %d times, want once", n)
	}
	if resp, err := http.Post(p.url+"/alle/feed.atom", "text/plain", nil); err != nil || resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST elsewhere: %v, %v", resp, err)
	}
	if stdout, _, _ := command(t, "", "sources", "list", "--json", "--config", path); !strings.Contains(stdout, `"push": "active"`) {
		t.Errorf("sources list: %s", stdout)
	}
	p.terminate()
	var told []string // what has changed is told before it ends
	for len(site.pings) > 0 {
		told = append(told, (<-site.pings)["hub.url"]...)
	}
	if !slices.Contains(told, "http://"+address+"/quellen/amt/feed.atom") || !slices.Contains(told, "http://"+address+"/alle/feed.json") {
		t.Errorf("our hub was told of %q", told)
	}
	p = startProcess(t, "run", "--config", path) // the subscription outlives it
	eventually(t, "content is taken after a restart", func() bool {
		return distribute(t, form, form.Get("hub.secret"), site.feed("Dritte Meldung")) == http.StatusAccepted
	})
	eventually(t, "the item pushed after a restart is in the feed", func() bool { return strings.Contains(titles(), "Dritte") })
	writeFile(t, path, strings.Replace(config, "websub = true", "websub = false", 1))
	if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	if last := <-site.forms; last.Get("hub.mode") != "unsubscribe" || last.Get("hub.callback") != form.Get("hub.callback") {
		t.Errorf("switched off, the hub was told %v", last)
	}
	if n := site.refuse.Load(); n != 0 {
		t.Errorf("%d requests were not confirmed", n)
	}
	p.terminate()
}
