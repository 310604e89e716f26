package aggregator

import (
	"context"
	"fmt"
	"time"
)

// Announcement is what a publisher says about being subscribed to (W3C WebSub
// section 4): where, and under what name.
type Announcement struct {
	Hubs  []string // absolute URLs, in the publisher's order
	Topic string   // absolute URL of the feed as the hub knows it
}

// maxHubs is how many hubs of an answer are looked at.
const maxHubs = 10

// announced reads the announcement of an answer: its Link fields, and when these
// name no hub the document. It is nil when there is none to be seen, as in a 304
// without Link fields, and empty when the document was read and has none. A feed
// that does not say what it is called is called by the URL it was found at.
func announced(resp *Response, doc *Document) *Announcement {
	links := parseLinks(resp.Header)
	a := &Announcement{Hubs: linked(links, "hub", resp.URL)}
	self := linked(links, "self", resp.URL)
	if doc != nil {
		if len(a.Hubs) == 0 {
			a.Hubs = doc.Hints.Hubs
		}
		if doc.Hints.Self != "" {
			self = append(self, doc.Hints.Self)
		}
	} else if len(a.Hubs) == 0 || len(self) == 0 {
		return nil
	}
	a.Hubs = a.Hubs[:min(len(a.Hubs), maxHubs)]
	if self = append(self, resp.URL); len(a.Hubs) > 0 {
		a.Topic = self[0]
	}
	return a
}

// PushState is how far a [Subscription] is.
type PushState string

// The states of a subscription. PushOff stands for the whole source: a poll has
// found what its hub did not send. PushRefused stands for one hub of it.
const (
	PushPending PushState = "pending" // asked for, not verified
	PushActive  PushState = "active"  // verified, until it expires
	PushLeaving PushState = "leaving" // to be ended, the hub has to agree
	PushOff     PushState = "off"
	PushRefused PushState = "refused"
)

// Subscription is a subscription to a source at a hub, or the memory of one that
// did not work.
type Subscription struct {
	Token     string // last part of Callback; cannot be guessed
	Source    string // ID
	Callback  string // where the hub reaches us; "" when there is nothing to reach
	Hub       string
	Topic     string
	Secret    string // what content is signed with
	State     PushState
	Requested time.Time // last request to the hub that it has not verified; zero when there is none
	Verified  time.Time // first verification
	Expires   time.Time // end of the lease; zero until verified
	Next      time.Time // when the hub is asked next, or a refusal forgotten
	Attempts  int       // requests in a row without verification
	Reason    string    // why it is off or refused, a short line
}

// safetyInterval is how often a source is polled although a hub pushes it.
const safetyInterval = 24 * time.Hour

// whilePushed puts off a poll to the daily safety poll while a hub pushes the
// source.
func whilePushed(src *Source, st *State, at, next time.Time) time.Time {
	if !st.PushedUntil.After(at) {
		return next
	}
	if safety := at.Add(spread(safetyInterval, 0.1, src.ID, at)); next.Before(safety) {
		return safety
	}
	return next
}

// Deliver saves what a hub sent for a source: the same way as a polled answer, but
// that it may hold a part of the feed only, and says nothing about polling, only
// that the source publishes now. The error is of the parser, see [ClassOf], or of
// the store.
func (p *Poller) Deliver(ctx context.Context, s SourceStatus, resp *Response) (Saved, error) {
	defer resp.done()
	at := p.cfg.Now()
	doc, err := p.cfg.Parse(resp, &s.Source, nil)
	if err != nil {
		return Saved{}, fmt.Errorf("reading what a hub sent: %w", err)
	}
	items, err := p.label(ctx, &s.Source, doc.Items)
	if err != nil || len(items) == 0 {
		return Saved{}, err
	}
	res := Result{Source: s.ID, At: at, Items: items, Pushed: true}
	res.State.Published = p.cfg.Policy.learn(&s.Source, s.State.Published, items, at, at)
	saved, err := p.cfg.Store.Save(ctx, res)
	if err == nil {
		p.tell(Outcome{Source: s.ID, At: at, Saved: saved, Items: items, Pushed: true})
	}
	return saved, err
}
