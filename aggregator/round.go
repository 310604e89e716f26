package aggregator

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"
)

// round is a set of sources polled together. Failures that our own network may be
// to blame for are shown at once, but charged only when all are in.
type round struct {
	poller *Poller

	mu      sync.Mutex
	polled  int
	suspect []failed // ended with ClassDNS or ClassConnect
}

// done releases a host whose queue has been worked through, unless a failure of
// one of its sources is still to be charged: nobody may poll it in between.
func (r *round) done(host string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.ContainsFunc(r.suspect, func(f failed) bool { return f.charged.Host == host }) {
		r.poller.release(host)
	}
}

// failed is a poll that failed and the state that charges the source with it.
type failed struct {
	source  *Source
	charged Result
}

// poll polls one source and saves the result.
func (r *round) poll(ctx context.Context, s SourceStatus) {
	p := r.poller
	start := p.cfg.Now()
	res, notModified, err := p.ask(ctx, s)
	if err != nil && ctx.Err() != nil {
		return // stopped by us: nothing was read, and the source stays due
	}
	out := Outcome{Source: s.ID, At: res.At, NotModified: notModified, Announced: res.Announced, Err: err}
	var failure *Error
	switch {
	case err == nil:
		succeed(&res.State, res.At)
		s.State.MovedTo = res.State.MovedTo // from now on
		res.State.NextCheck = p.cfg.Policy.AfterAnswer(s.asked(), &res.State, res.At)
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
	if failure != nil {
		res.State.NextCheck = p.cfg.Policy.AfterFailure(s.asked(), &res.State, res.At)
	}
	if r.count(&s.Source, res, failure) {
		res.State.Failures = s.State.Failures
		res.State.NextCheck = p.cfg.Policy.AfterOutage(s.asked(), res.At)
	}
	r.save(ctx, res, out)
}

// count takes a poll into account and tells whether it failed in a way that our
// own network may be to blame for.
func (r *round) count(src *Source, res Result, failure *Error) (suspect bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.polled++
	if failure == nil || failure.Class != ClassDNS && failure.Class != ClassConnect {
		return false
	}
	r.suspect = append(r.suspect, failed{src, res})
	return true
}

// save commits what was read even when we are being stopped: the publisher has
// been asked and need not be asked again.
func (r *round) save(ctx context.Context, res Result, out Outcome) {
	saved, err := r.poller.cfg.Store.Save(context.WithoutCancel(ctx), res)
	if out.Saved, out.Items = saved, res.Items; err != nil {
		out.Err = err
	}
	r.poller.report(out)
}

// outageQuorum is the least number of polls from which a round can tell our own
// outage from theirs.
const outageQuorum = 5

// settle charges the suspect failures to their sources, or, when four fifths of
// the round failed so, takes them for an outage of ours.
func (r *round) settle(ctx context.Context) {
	p := r.poller
	defer func() {
		for _, f := range r.suspect {
			p.release(f.charged.Host)
		}
	}()
	if r.polled >= outageQuorum && 5*len(r.suspect) >= 4*r.polled {
		p.cfg.Logger.Error("our own network seems to be down", "failed", len(r.suspect), "polled", r.polled)
		return
	}
	for _, f := range r.suspect {
		if _, err := p.cfg.Store.Save(context.WithoutCancel(ctx), f.charged); err != nil {
			p.cfg.Logger.Error("charging a failure failed", "source", f.source.ID, "err", err)
		}
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
