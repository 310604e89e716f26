package aggregator

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Our own outage is told from those of publishers by the hosts asked last: so
// many of them, within so long, but at least so few.
const (
	outageHosts  = 10
	outageQuorum = 5
	outageWindow = time.Hour
)

// network watches whether our own is up. When four fifths of the hosts asked
// last could not be found or reached (ClassDNS, ClassConnect), it is down, and
// no failure of that kind is charged to a source; what was charged before it
// came out is taken back.
type network struct {
	mu      sync.Mutex
	recent  []attempt          // of rounds that have ended, one a host, oldest first
	charged map[string]*failed // by source: the last failure charged, if it may have been our fault
	down    bool
}

// attempt is how the last request to a host in a round ended.
type attempt struct {
	host   string
	at     time.Time
	failed bool // and our own network may be to blame
}

// failed is a poll that failed, perhaps through our own fault.
type failed struct {
	before   *SourceStatus // as it was
	spared   Result        // the failure noted, but not charged
	charged  Result        // the failure charged
	pardoned bool          // it is to be taken back
}

// suspicious tells whether a class of failure can be that of our own network.
func suspicious(c Class) bool { return c == ClassDNS || c == ClassConnect }

// judge takes the attempts of a round into account and tells whether our network
// is down, and whether that is news. All of the round counts; hosts asked in
// earlier rounds fill up what it lacks. What counts is when they were asked: dead
// hosts take their time, and in the order of answers would come last and alone.
func (n *network) judge(round []attempt, at time.Time) (down, news bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	later := func(old attempt) bool {
		return at.Sub(old.at) > outageWindow || old.at.After(at) ||
			slices.ContainsFunc(round, func(a attempt) bool { return a.host == old.host })
	}
	slices.SortFunc(round, func(a, b attempt) int { return a.at.Compare(b.at) })
	n.recent = append(slices.DeleteFunc(n.recent, later), round...)
	last := n.recent[max(0, len(n.recent)-max(outageHosts, len(round))):]
	bad := 0
	for _, a := range last {
		if a.failed {
			bad++
		}
	}
	n.recent = slices.Clone(n.recent[max(0, len(n.recent)-outageHosts):])
	was := n.down
	n.down = len(last) >= outageQuorum && 5*bad >= 4*len(last)
	return n.down, n.down != was
}

// blame remembers a failure that was charged, so that it can be taken back.
func (n *network) blame(f *failed) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.charged[f.before.ID] = f
}

// forget is called before a source is polled: what it was charged with before is
// settled.
func (n *network) forget(source string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.charged, source)
}

// pardon makes the failures charged within the window before at ones to be taken
// back, and forgets older ones.
func (n *network) pardon(at time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for id, f := range n.charged {
		f.pardoned = at.Sub(f.charged.At) <= outageWindow
		if !f.pardoned {
			delete(n.charged, id)
		}
	}
}

// pardoned returns the failures to be taken back.
func (n *network) pardoned() (out []*failed) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, f := range n.charged {
		if f.pardoned {
			out = append(out, f)
		}
	}
	return out
}

// take forgets a failure and tells whether it was still to be taken back.
func (n *network) take(f *failed) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.charged[f.before.ID] != f {
		return false
	}
	delete(n.charged, f.before.ID)
	return true
}

// refund takes back what was charged while our network was down and nobody knew.
// What hosts a round is busy with have been charged waits for the next time.
func (p *Poller) refund(ctx context.Context) {
	for _, f := range p.network.pardoned() {
		if !p.seize(f.spared.Host) {
			continue
		}
		if p.network.take(f) { // nobody has polled it since
			f.spared.State.NextCheck = p.cfg.Policy.AfterOutage(f.before.asked(), &f.spared.State, p.cfg.Now())
			if _, err := p.cfg.Store.Save(context.WithoutCancel(ctx), f.spared); err != nil {
				p.cfg.Logger.Error("taking back a failure failed", "source", f.before.ID, "err", err)
			}
		}
		p.release(f.spared.Host)
	}
}

// seize marks a host busy unless it is.
func (p *Poller) seize(name string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if h := p.hosts[name]; h == nil || h.busy {
		return false
	}
	p.hosts[name].busy = true
	return true
}
