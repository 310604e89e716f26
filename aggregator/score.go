package aggregator

import (
	"sync"
	"time"
)

// Score counts how polite the requests of a [Poller] were since it was made.
//
// Whenever a publisher has given validators they are sent, but for one request in
// a day at the most (Refetches) that finds out whether "not modified" is true. A
// publisher that gives none can only be asked without: that is Unconditional,
// too, and an equal body ends the poll there.
type Score struct {
	Requests      int
	NotModified   int // answered with 304
	Unconditional int // without validators, to a source that had been read before
	Refetches     int // of these, those for which there were validators: at most one a day and source
	Early         int // before the source was due, or its host was to be asked again
}

// NotModifiedShare returns the share of requests answered with 304, from 0 to 1.
func (s Score) NotModifiedShare() float64 {
	if s.Requests == 0 {
		return 0
	}
	return float64(s.NotModified) / float64(s.Requests)
}

// scoreboard is a Score being counted.
type scoreboard struct {
	mu sync.Mutex
	s  Score
}

// count adds a request for a source at at, with the validators it carried and
// those there were.
func (b *scoreboard) count(s *SourceStatus, req Request, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.s.Requests++
	if req.ETag == "" && req.LastModified == "" && !s.State.LastSuccess.IsZero() {
		b.s.Unconditional++
		if s.State.ETag != "" || s.State.LastModified != "" {
			b.s.Refetches++
		}
	}
	if at.Before(s.State.NextCheck) || at.Before(s.State.RetryAfterUntil) || at.Before(s.HostPausedUntil) {
		b.s.Early++
	}
}

func (b *scoreboard) notModified() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.s.NotModified++
}

// Score returns the counts up to now.
func (p *Poller) Score() Score {
	p.score.mu.Lock()
	defer p.score.mu.Unlock()
	return p.score.s
}
