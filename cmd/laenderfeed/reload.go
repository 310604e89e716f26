package main

import (
	"net/http"
	"sync"
)

// front serves what the present configuration serves, and lets a new one take
// over between two requests.
type front struct {
	mu  sync.RWMutex
	now *generation
}

// generation is the handler of one configuration and the requests it still
// answers.
type generation struct {
	http.Handler
	requests sync.WaitGroup
}

// ServeHTTP hands the request to the present handler.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.RLock()
	g := f.now
	g.requests.Add(1)
	f.mu.RUnlock()
	defer g.requests.Done()
	g.ServeHTTP(w, r)
}

// replace makes h answer from now on, and returns when all requests that the
// handler before had been given are answered.
func (f *front) replace(h http.Handler) {
	f.mu.Lock()
	old := f.now
	f.now = &generation{Handler: h}
	f.mu.Unlock()
	if old != nil {
		old.requests.Wait()
	}
}
