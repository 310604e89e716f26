package websub_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"laenderfeed/aggregator"
	"laenderfeed/aggregator/fetch"
	"laenderfeed/aggregator/parse"
	"laenderfeed/aggregator/store"
	"laenderfeed/aggregator/websub"
)

// hub is a WebSub hub on loopback. It verifies a request before it answers it,
// unless told otherwise.
type hub struct {
	*httptest.Server
	mu     sync.Mutex
	status int    // of the answer to requests, 202
	lease  string // hub.lease_seconds it grants; "" grants what is asked
	lazy   bool   // does not verify
	deny   string // denies with this reason
	header http.Header
	forms  []url.Values // requests so far
	echoed []int        // status of each verification
}

func newHub(t *testing.T) *hub {
	h := &hub{status: http.StatusAccepted, header: http.Header{}}
	h.Server = httptest.NewServer(http.HandlerFunc(h.serve))
	t.Cleanup(h.Close)
	return h
}

func (h *hub) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || r.ParseForm() != nil {
		http.Error(w, "a form, please", http.StatusBadRequest)
		return
	}
	h.mu.Lock()
	form := r.PostForm
	h.forms = append(h.forms, form)
	status, lease, lazy, deny := h.status, h.lease, h.lazy, h.deny
	for name, values := range h.header {
		w.Header()[name] = values
	}
	h.mu.Unlock()
	switch {
	case status > 299:
	case deny != "":
		h.get(form.Get("hub.callback"), url.Values{"hub.mode": {"denied"}, "hub.topic": form["hub.topic"], "hub.reason": {deny}})
	case !lazy:
		h.verify(form, lease)
	}
	w.WriteHeader(status)
}

// verify asks back whether a request was meant.
func (h *hub) verify(form url.Values, lease string) int {
	q := url.Values{"hub.mode": form["hub.mode"], "hub.topic": form["hub.topic"], "hub.challenge": {"kd-93 ü<b>"}}
	if form.Get("hub.mode") == "subscribe" {
		if q.Set("hub.lease_seconds", lease); lease == "" {
			q.Set("hub.lease_seconds", form.Get("hub.lease_seconds"))
		}
	}
	status, body := h.get(form.Get("hub.callback"), q)
	if status == http.StatusOK && body != "kd-93 ü<b>" {
		status = -1
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.echoed = append(h.echoed, status)
	return status
}

func (h *hub) get(callback string, q url.Values) (int, string) {
	resp, err := http.Get(callback + "?" + q.Encode())
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err.Error()
	}
	return resp.StatusCode, string(body)
}

// requests returns those since the last call.
func (h *hub) requests() []url.Values {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := h.forms
	h.forms = nil
	return list
}

func (h *hub) set(change func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change()
}

// sign makes the value of X-Hub-Signature.
func sign(method, secret, body string) string {
	mac := hmac.New(map[string]func() hash.Hash{"sha1": sha1.New, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New}[method], []byte(secret))
	mac.Write([]byte(body))
	return method + "=" + hex.EncodeToString(mac.Sum(nil))
}

// post sends content to a callback.
func post(t *testing.T, callback, signature, body string) int {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, callback, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/atom+xml")
	if signature != "" {
		req.Header.Set("X-Hub-Signature", signature)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// news is an entry of a publisher.
type news struct {
	id   string
	date time.Time // zero: none
}

// document is an Atom feed that announces hubs.
func document(self string, hubs []string, list ...news) string {
	var b strings.Builder
	b.WriteString(`<feed xmlns="http://www.w3.org/2005/Atom"><title>Amt</title><id>urn:amt</id>`)
	if self != "" {
		fmt.Fprintf(&b, `<link rel="self" href="%s"/>`, self)
	}
	for _, h := range hubs {
		fmt.Fprintf(&b, `<link rel="hub" href="%s"/>`, h)
	}
	for _, n := range list {
		fmt.Fprintf(&b, `<entry><id>urn:%s</id><title>Meldung %s</title>`, n.id, n.id)
		if !n.date.IsZero() {
			fmt.Fprintf(&b, `<published>%s</published>`, n.date.Format(time.RFC3339))
		}
		b.WriteString(`</entry>`)
	}
	return b.String() + `</feed>`
}

// rig is a subscriber with a real store, poller, hub and publisher, on a clock of
// its own.
type rig struct {
	t         *testing.T
	hub       *hub
	publisher *httptest.Server
	callbacks *httptest.Server
	store     *store.Store
	client    *fetch.Client
	poller    *aggregator.Poller
	sources   []aggregator.Source
	log       *bytes.Buffer
	enabled   bool
	maxBody   int64
	delay     time.Duration // between two requests to a hub
	public    string        // what may be reached inside, but is none of our own
	stop      func()        // ends Run and waits for it
	links     []string      // Link fields of the publisher
	document  string
	topic     string

	mu  sync.Mutex
	now time.Time
	sub *websub.Subscriber
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, hub: newHub(t), now: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC), log: new(bytes.Buffer), enabled: true, maxBody: 1 << 20}
	r.publisher = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, l := range r.links {
			w.Header().Add("Link", l)
		}
		w.Header().Set("Content-Type", "application/atom+xml")
		io.WriteString(w, r.document)
	}))
	t.Cleanup(r.publisher.Close)
	r.callbacks = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.mu.Lock()
		sub := r.sub
		r.mu.Unlock()
		sub.ServeHTTP(w, req)
	}))
	t.Cleanup(r.callbacks.Close)
	var err error
	if r.store, err = store.Open(t.Context(), store.Config{Path: filepath.Join(t.TempDir(), "test.db"), Now: r.clock}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.store.Close() })
	if r.client, err = fetch.New(fetch.Config{UserAgent: "laenderfeed/test", AllowPrivate: []string{"127.0.0.0/8"}, Now: r.clock}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.client.Close)
	r.sources = []aggregator.Source{{ID: "amt", Name: "Amt", Publisher: "Amt", URL: r.publisher.URL + "/feed", Kind: aggregator.KindFeed,
		Type: "presse", Licence: aggregator.LicenceExcerpt, Enabled: true}}
	r.topic = r.publisher.URL + "/feed"
	r.start()
	t.Cleanup(func() { r.stop() })
	return r
}

func (r *rig) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

func (r *rig) advance(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

// start puts the program together, as after a restart.
func (r *rig) start() {
	r.t.Helper()
	logger := slog.New(slog.NewTextHandler(&lockedWriter{w: r.log}, nil))
	if err := r.store.PutSources(r.t.Context(), r.sources); err != nil {
		r.t.Fatal(err)
	}
	private := func(host string) bool { return host != r.public }
	r.poller = aggregator.NewPoller(aggregator.PollerConfig{
		Fetcher: r.client,
		Parse: func(resp *aggregator.Response, src *aggregator.Source, _ []aggregator.Digest) (*aggregator.Document, error) {
			return parse.Parse(resp.Body, parse.Options{URL: resp.URL, ContentType: resp.Header.Get("Content-Type"), Kind: src.Kind, Now: r.clock()})
		},
		Classify: func(aggregator.Text) aggregator.Labels {
			return aggregator.Labels{Scope: aggregator.ScopeUnklar, Regions: []aggregator.Region{aggregator.Unklar},
				Reasons: []aggregator.Reason{{Label: "unklar", Field: aggregator.FieldDefault, Rule: "test"}}}
		},
		Store: r.store, Policy: aggregator.Policy{Private: private, MinInterval: 15 * time.Minute}, Concurrency: 2, Now: r.clock, Logger: slog.New(slog.DiscardHandler),
		Done: func(o aggregator.Outcome) { r.sub.Observe(r.t.Context(), o) },
	})
	sub, err := websub.New(r.t.Context(), websub.Config{
		Enabled: r.enabled, PublicURL: r.callbacks.URL, Sources: r.sources, Store: r.store, Poster: r.client, Deliver: r.deliver,
		Delay: func(string) time.Duration { return r.delay }, Private: private,
		MaxBody: r.maxBody, Now: r.clock, Logger: logger,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.mu.Lock()
	r.sub = sub
	r.mu.Unlock()
	r.run()
}

// run lets the subscriber save what it is sent.
func (r *rig) run() {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	ready := make(chan struct{})
	running.Go(func() {
		close(ready)
		r.sub.Run(ctx)
	})
	<-ready
	r.stop = func() { cancel(); running.Wait() }
}

// drain waits until what was sent is saved.
func (r *rig) drain() {
	r.stop()
	r.run()
}

// restart ends the program and starts it again.
func (r *rig) restart() {
	r.t.Helper()
	r.stop()
	r.start()
}

func (r *rig) deliver(ctx context.Context, id string, resp *aggregator.Response) (aggregator.Saved, error) {
	s, err := r.store.Source(ctx, id)
	if err != nil {
		return aggregator.Saved{}, err
	}
	return r.poller.Deliver(ctx, s, resp)
}

// lockedWriter lets a test read a log that is still written.
type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// publish sets what the publisher's feed holds.
func (r *rig) publish(hubs []string, list ...news) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.document = document(r.topic, hubs, list...)
	return r.document
}

// poll polls what is due, or everything.
func (r *rig) poll(all bool) {
	r.t.Helper()
	if !all {
		if err := r.poller.Tick(r.t.Context()); err != nil {
			r.t.Fatal(err)
		}
		r.poller.Wait()
		return
	}
	list, err := r.store.Sources(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	if err := r.poller.Poll(r.t.Context(), list); err != nil {
		r.t.Fatal(err)
	}
}

// tick lets the subscriber do what is due.
func (r *rig) tick() {
	r.t.Helper()
	if err := r.sub.Tick(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) source() aggregator.SourceStatus {
	r.t.Helper()
	s, err := r.store.Source(r.t.Context(), "amt")
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

// push demands a state of the source's subscription.
func (r *rig) push(want string) {
	r.t.Helper()
	if got := r.source().Push; got != want {
		r.t.Fatalf("push is %q, want %q\n%s", got, want, r.log)
	}
}

// items demands a number of stored items.
func (r *rig) items(want int) {
	r.t.Helper()
	if got := r.source().Items; got != want {
		r.t.Fatalf("%d items are stored, want %d\n%s", got, want, r.log)
	}
}

// subscribed brings the source so far that it is pushed, and returns the request.
func (r *rig) subscribed() url.Values {
	r.t.Helper()
	r.publish([]string{r.hub.URL}, news{"1", r.clock().Add(-time.Hour)})
	r.poll(true)
	r.push("pending")
	r.tick()
	r.push("active")
	forms := r.hub.requests()
	if len(forms) != 1 {
		r.t.Fatalf("the hub was asked %d times, want once", len(forms))
	}
	return forms[0]
}
