package websub

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"laenderfeed/aggregator"
)

// Bounds of content on its way in.
const (
	readers     = 4               // bodies read at the same time
	readerWait  = 5 * time.Second // for one of them
	queueLength = 64              // contents waiting to be saved
	queueBodies = 2               // times Config.MaxBody, of all of them together
)

// receive takes content (section 7), answers at once and leaves the rest to Run.
func (s *Subscriber) receive(w http.ResponseWriter, r *http.Request, token string) {
	source, topic, secret := s.subscriber(token)
	if source == "" {
		http.NotFound(w, r)
		return
	}
	if e := r.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		http.Error(w, "content must not be encoded", http.StatusUnsupportedMediaType)
		return
	}
	body, status := s.read(w, r)
	switch {
	case status != http.StatusOK:
	case !signed(r.Header, secret, body):
		s.cfg.Logger.Warn("content with a wrong signature thrown away", "source", source)
		status = http.StatusAccepted
	case s.queue.push(content{source: source, topic: topic, kind: r.Header.Get("Content-Type"), body: body}):
		status = http.StatusAccepted
	default:
		status = http.StatusServiceUnavailable
	}
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "60")
	}
	w.WriteHeader(status)
}

// subscriber returns the source whose active subscription has this token.
func (s *Subscriber) subscriber(token string) (source, topic, secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sub := s.all[token]
	if sub == nil || sub.State != aggregator.PushActive || !sub.Expires.After(s.cfg.Now()) {
		return "", "", ""
	}
	return sub.Source, sub.Topic, sub.Secret
}

// read reads a body when it is its turn.
func (s *Subscriber) read(w http.ResponseWriter, r *http.Request) ([]byte, int) {
	turn := time.NewTimer(readerWait)
	defer turn.Stop()
	select {
	case s.reading <- struct{}{}:
		defer func() { <-s.reading }()
	case <-turn.C:
		return nil, http.StatusServiceUnavailable
	case <-r.Context().Done():
		return nil, http.StatusServiceUnavailable
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.cfg.MaxBody))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, http.StatusRequestEntityTooLarge
	}
	if err != nil {
		return nil, http.StatusBadRequest
	}
	return body, http.StatusOK
}

// signed tells whether X-Hub-Signature, "method=hex", is that of the body
// (section 8). SHA-1 is good enough for this: HMAC does not rest on collisions.
func signed(h http.Header, secret string, body []byte) bool {
	method, given, _ := strings.Cut(strings.TrimSpace(h.Get("X-Hub-Signature")), "=")
	var algorithm func() hash.Hash
	switch strings.ToLower(method) {
	case "sha1":
		algorithm = sha1.New
	case "sha256":
		algorithm = sha256.New
	case "sha384":
		algorithm = sha512.New384
	case "sha512":
		algorithm = sha512.New
	default:
		return false
	}
	sum, err := hex.DecodeString(given)
	if err != nil || secret == "" {
		return false
	}
	mac := hmac.New(algorithm, []byte(secret))
	mac.Write(body)
	return hmac.Equal(sum, mac.Sum(nil))
}

// Run saves what hubs have sent until ctx is done, and then what is left. Without
// it running content is turned away.
func (s *Subscriber) Run(ctx context.Context) {
	s.queue.open()
	stop := context.AfterFunc(ctx, s.queue.close)
	defer stop()
	for {
		c, ok := s.queue.pop()
		if !ok {
			return
		}
		s.save(context.WithoutCancel(ctx), c)
	}
}

func (s *Subscriber) save(ctx context.Context, c content) {
	start := s.cfg.Now()
	log := s.cfg.Logger.With("source", c.source)
	saved, err := s.cfg.Deliver(ctx, c.source, &aggregator.Response{
		URL: c.topic, Status: http.StatusOK, Header: http.Header{"Content-Type": {c.kind}}, Body: c.body, Date: start,
	})
	if err != nil {
		log.Warn("push failed", "class", string(aggregator.ClassOf(err)), "err", err)
		return
	}
	log.Info("pushed", "added", saved.New, "updated", saved.Updated, "took", s.cfg.Now().Sub(start).Round(time.Millisecond))
}

// content is what a hub sent for a source.
type content struct {
	source, topic string
	kind          string // Content-Type
	body          []byte
}

// queue holds contents up to a number and a sum of bytes.
type queue struct {
	mu     sync.Mutex
	ready  *sync.Cond
	list   []content
	length int
	bytes  int64
	room   int64
	opened bool
}

func newQueue(length int, bytes int64) *queue {
	q := &queue{length: length, room: bytes}
	q.ready = sync.NewCond(&q.mu)
	return q
}

func (q *queue) open() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.opened = true
}

// close refuses more; what is in the queue can still be popped.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.opened = false
	q.ready.Broadcast()
}

// push tells whether there was room.
func (q *queue) push(c content) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.opened || len(q.list) >= q.length || q.bytes+int64(len(c.body)) > q.room {
		return false
	}
	q.list = append(q.list, c)
	q.bytes += int64(len(c.body))
	q.ready.Signal()
	return true
}

// pop waits for the oldest content. It is false when the queue is closed and
// empty.
func (q *queue) pop() (c content, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.list) == 0 {
		if !q.opened {
			return c, false
		}
		q.ready.Wait()
	}
	c, q.list = q.list[0], q.list[1:]
	q.bytes -= int64(len(c.body))
	return c, true
}
