package aggregator

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"
)

// round is a set of sources polled together. It holds back failures that our
// own network may be to blame for until all are in.
type round struct {
	poller *Poller

	mu      sync.Mutex
	polled  int
	suspect []failed // ended with ClassDNS or ClassConnect
}

type failed struct {
	source  SourceStatus
	result  Result
	outcome Outcome
}

// poll polls one source and saves or holds back the result.
func (r *round) poll(ctx context.Context, s SourceStatus) {
	p := r.poller
	start := p.cfg.Now()
	res, notModified, err := p.ask(ctx, s)
	if err != nil && ctx.Err() != nil {
		return // stopped by us: nothing was read, and the source stays due
	}
	out := Outcome{Source: s.ID, NotModified: notModified, Err: err}
	var failure *Error
	switch {
	case err == nil:
		succeed(&res.State, res.At)
		res.State.NextCheck = p.cfg.Policy.AfterAnswer(&s.Source, &res.State, res.At)
	case errors.As(err, &failure):
		res = failedResult(s, res, failure)
	default: // the store's fault, not the publisher's: nothing is saved and the source stays due
		out.Took = p.cfg.Now().Sub(start)
		p.asked(s.Host(), time.Time{})
		p.report(out)
		return
	}
	p.asked(res.Host, res.HostPause)
	out.Took = p.cfg.Now().Sub(start)
	r.mu.Lock()
	r.polled++
	if failure != nil && (failure.Class == ClassDNS || failure.Class == ClassConnect) {
		r.suspect = append(r.suspect, failed{s, res, out})
		r.mu.Unlock()
		return
	}
	r.mu.Unlock()
	if failure != nil {
		res.State.NextCheck = p.cfg.Policy.AfterFailure(&s.Source, &res.State, res.At)
	}
	r.save(ctx, res, out)
}

// save commits what was read even when we are being stopped: the publisher has
// been asked and need not be asked again.
func (r *round) save(ctx context.Context, res Result, out Outcome) {
	saved, err := r.poller.cfg.Store.Save(context.WithoutCancel(ctx), res)
	if out.Saved = saved; err != nil {
		out.Err = err
	}
	r.poller.report(out)
}

// outageQuorum is the least number of polls from which a round can tell our own
// outage from theirs.
const outageQuorum = 5

// settle saves the failures held back: as an outage of ours, charging nobody,
// when four fifths of the round failed so.
func (r *round) settle(ctx context.Context) {
	p := r.poller
	outage := r.polled >= outageQuorum && 5*len(r.suspect) >= 4*r.polled
	if outage {
		p.cfg.Logger.Error("our own network seems to be down", "failed", len(r.suspect), "polled", r.polled)
	}
	for _, f := range r.suspect {
		st := &f.result.State
		if outage {
			st.Failures = f.source.State.Failures
			st.NextCheck = p.cfg.Policy.AfterOutage(&f.source.Source, f.result.At)
		} else {
			st.NextCheck = p.cfg.Policy.AfterFailure(&f.source.Source, st, f.result.At)
		}
		r.save(ctx, f.result, f.outcome)
	}
}

func succeed(st *State, at time.Time) {
	st.LastSuccess = at
	st.Failures = 0
	st.Class, st.Error = "", ""
}

// failedResult charges a failure to the state before the poll: validators, hash
// and hints stay as they were.
func failedResult(s SourceStatus, res Result, e *Error) Result {
	st := s.State
	st.LastChecked, st.LastFull = res.At, res.State.LastFull
	st.LastStatus = e.Status
	if e.Status == 0 {
		st.LastStatus = res.State.LastStatus // read, but not understood
	}
	st.Failures++
	st.Class, st.Error = e.Class, e.Err.Error()
	st.RetryAfterUntil = time.Time{}
	res.State, res.Items = st, nil
	if e.RetryAfter > 0 {
		res.State.RetryAfterUntil = res.At.Add(e.RetryAfter)
		if e.Status == http.StatusTooManyRequests || e.Status == http.StatusServiceUnavailable {
			res.HostPause = res.State.RetryAfterUntil
		}
	}
	return res
}
