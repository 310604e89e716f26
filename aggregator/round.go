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

	mu       sync.Mutex
	attempts []attempt // one a host
	suspect  []*failed // ended with ClassDNS or ClassConnect
}

// done releases a host whose queue has been worked through, unless a failure of
// one of its sources is still to be charged: nobody may poll it in between.
func (r *round) done(host string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.ContainsFunc(r.suspect, func(f *failed) bool { return f.charged.Host == host }) {
		r.poller.release(host)
	}
}

// poll asks one source and reads the answer. What it returns saves the result.
func (r *round) poll(ctx context.Context, s SourceStatus) (save func()) {
	p := r.poller
	start := p.cfg.Now()
	p.network.forget(s.ID)
	res, notModified, err := p.ask(ctx, s)
	if err != nil && ctx.Err() != nil {
		return func() {
			defer res.answer.done()
			r.stopped(context.WithoutCancel(ctx), s, res)
		}
	}
	out := Outcome{Source: s.ID, At: res.At, NotModified: notModified, Announced: res.Announced, Err: err}
	var failure *Error
	switch {
	case err == nil:
		res = r.read(s, res)
	case errors.As(err, &failure):
		res = r.missed(s, res, failure)
	default: // the store's fault, not the publisher's: nothing is saved and the source stays due
		out.Took = p.cfg.Now().Sub(start)
		p.asked(s.Host(), time.Time{})
		res.answer.done()
		return func() { p.report(out) }
	}
	p.asked(res.Host, res.HostPause)
	out.Took = p.cfg.Now().Sub(start)
	p.notice(&s, &res.State)
	return func() {
		defer res.answer.done()
		r.save(ctx, res, out)
	}
}

// stopped notes that a source was asked, though we did not wait for the answer:
// whoever polls next is not to ask it again at once.
func (r *round) stopped(ctx context.Context, s SourceStatus, res Result) {
	p := r.poller
	full := res.State.LastFull
	res.State, res.Items = s.State, nil
	res.State.LastChecked, res.State.LastFull = res.At, full
	res.State.NextCheck = p.cfg.Policy.Soon(s.asked(), &res.State, res.At)
	if _, err := p.cfg.Store.Save(ctx, res); err != nil {
		p.cfg.Logger.Error("noting a stopped poll failed", "source", s.ID, "err", err)
	}
}

// read completes the result of a source that was read.
func (r *round) read(s SourceStatus, res Result) Result {
	r.attempt(res, false)
	policy, st, first := r.poller.cfg.Policy, &res.State, s.State.LastSuccess.IsZero()
	before := s.State.LastSuccess
	if s.State.BodySHA256 == "" { // nothing was read from this URL: all of it is news to us, not to the world
		before = time.Time{}
	}
	st.Published = policy.learn(&s.Source, st.Published, res.Items, before, res.At)
	succeed(st, res.At)
	s.State.MovedTo = st.MovedTo // from now on
	if first {
		st.NextCheck = policy.AfterFirst(s.asked(), st, res.At)
	} else {
		st.NextCheck = policy.AfterAnswer(s.asked(), st, res.At)
	}
	return res
}

// missed completes the result of a source that was not. One that our own network
// may be to blame for is charged later, in settle.
func (r *round) missed(s SourceStatus, res Result, failure *Error) Result {
	policy := r.poller.cfg.Policy
	charged := failedResult(s, res, failure)
	spared := charged
	st := &charged.State
	relocated := relocate(&s, st, failure)
	now := s
	now.State.MovedTo = st.MovedTo
	switch {
	case relocated && st.MovedTo == "":
		st.NextCheck = policy.Soon(now.asked(), st, res.At)
	case relocated:
		st.NextCheck = policy.AfterOutage(now.asked(), st, res.At)
	default:
		st.NextCheck = policy.AfterFailure(now.asked(), st, res.At)
	}
	r.attempt(res, suspicious(failure.Class))
	if !suspicious(failure.Class) {
		return charged
	}
	spared.State.Failures = s.State.Failures
	spared.State.NextCheck = policy.AfterOutage(s.asked(), &spared.State, res.At)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.suspect = append(r.suspect, &failed{before: &s, spared: spared, charged: charged})
	return spared
}

// attempt notes how a request to a host ended.
func (r *round) attempt(res Result, failed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.attempts = slices.DeleteFunc(r.attempts, func(a attempt) bool { return a.host == res.Host })
	r.attempts = append(r.attempts, attempt{res.Host, res.At, failed})
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

// settle charges the suspect failures to their sources, unless it is our own
// network that is down. Then it releases their hosts.
func (r *round) settle(ctx context.Context) {
	p := r.poller
	if len(r.attempts) == 0 {
		return
	}
	down, news := p.network.judge(r.attempts, p.cfg.Now())
	switch {
	case down && news:
		p.cfg.Logger.Error("our own network seems to be down; no source is charged", "event", "outage")
	case news:
		p.cfg.Logger.Warn("our own network is up again", "event", "outage-over")
	}
	hosts := make(map[string]bool)
	for _, f := range r.suspect {
		if !down {
			r.charge(ctx, f)
		}
		hosts[f.charged.Host] = true
	}
	for host := range hosts { // once each: the next round may have it at once
		p.release(host)
	}
	if down {
		p.network.pardon(p.cfg.Now())
	}
	p.refund(ctx)
}

// charge saves a failure that is the source's own.
func (r *round) charge(ctx context.Context, f *failed) {
	p := r.poller
	p.notice(f.before, &f.charged.State)
	if _, err := p.cfg.Store.Save(context.WithoutCancel(ctx), f.charged); err != nil {
		p.cfg.Logger.Error("charging a failure failed", "source", f.before.ID, "err", err)
		return
	}
	p.network.blame(f)
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
