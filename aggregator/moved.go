package aggregator

import (
	"net/http"
	"strings"
	"time"
)

// Permanent redirects are believed after five sightings over three days
// (RFC 9110 15.4.2 lets a client take over the new URL; publishers err). A new
// place that fails for good five times in a row is given up for the configured
// URL.
const (
	redirectSightings = 5
	redirectPatience  = 3 * 24 * time.Hour
	movedFailures     = 5
)

// followRedirect counts sightings of a permanent redirect and takes the new URL
// over when it lasts. The old one stays configured.
func followRedirect(s *SourceStatus, st *State, resp *Response, at time.Time) {
	if resp.Permanent == "" || resp.Permanent == s.RequestURL() {
		st.RedirectTarget, st.RedirectSeen, st.RedirectFirstSeen = "", 0, time.Time{}
		return
	}
	if st.RedirectTarget != resp.Permanent || st.RedirectFirstSeen.After(at) {
		st.RedirectTarget, st.RedirectSeen, st.RedirectFirstSeen = resp.Permanent, 0, at
	}
	st.RedirectSeen++
	if st.RedirectSeen >= redirectSightings && at.Sub(st.RedirectFirstSeen) >= redirectPatience {
		st.MovedTo = resp.Permanent
		if st.MovedTo == s.URL {
			st.MovedTo = ""
		}
		st.RedirectSeen, st.RedirectFirstSeen = 0, time.Time{}
	}
}

// relocate changes the URL that a source which failed is asked at from now on,
// where the failure gives a reason to, and tells whether it does. st already
// counts the failure.
//
// A configured page that announces a feed leads there, and the failure is not
// held against it. A place moved to that has failed for good leads back.
func relocate(s *SourceStatus, st *State, failure *Error) bool {
	switch {
	case s.State.MovedTo == "" && leadsToFeed(s.URL, failure):
		*st = unread(*st)
		st.MovedTo = failure.Feed
		st.Failures = s.State.Failures
		st.Class, st.Error = s.State.Class, s.State.Error
		return true
	case s.State.MovedTo != "" && st.Failures >= movedFailures && final(failure):
		*st = unread(*st)
		st.MovedTo = ""
		return true
	}
	return false
}

// leadsToFeed tells whether a failure names a feed that may be asked instead of
// the page: over http or https, and not over http when the page came by https.
func leadsToFeed(page string, failure *Error) bool {
	if failure.Class != ClassNotAFeed || failure.Feed == page {
		return false
	}
	return strings.HasPrefix(failure.Feed, "https://") ||
		strings.HasPrefix(failure.Feed, "http://") && strings.HasPrefix(page, "http://")
}

// final tells whether a failure looks as if nothing will ever be there.
func final(failure *Error) bool {
	switch failure.Class {
	case ClassDNS, ClassGone, ClassNotAFeed:
		return true
	}
	return failure.Status == http.StatusNotFound
}

// unread drops what belongs to the URL asked so far: validators, caching, the
// body's hash, redirects.
func unread(st State) State {
	st.ETag, st.LastModified, st.BodySHA256 = "", "", ""
	st.CacheUntil, st.FreshFor, st.DeclaredTTL = time.Time{}, 0, 0
	st.RedirectTarget, st.RedirectSeen, st.RedirectFirstSeen = "", 0, time.Time{}
	return st
}

// notice logs what an operator should know about a source that has been polled:
// each such line has an event.
func (p *Poller) notice(before *SourceStatus, after *State) {
	log := p.cfg.Logger.With("source", before.ID)
	switch from, to := before.State.MovedTo, after.MovedTo; {
	case from == to:
	case to == "":
		log.Warn("source is asked at its configured URL again", "event", "moved-back", "from", from, "to", before.URL)
	case before.State.RedirectTarget == to:
		log.Warn("source has moved for good", "event", "moved", "from", before.RequestURL(), "to", to)
	default:
		log.Warn("page announces a feed, which is asked instead", "event", "announced", "from", before.RequestURL(), "to", to)
	}
	if after.Class == ClassGone && before.State.Class != ClassGone && before.State.MovedTo == "" {
		log.Warn("source is gone and only looked at once in 30 days", "event", "gone", "url", before.RequestURL())
	}
}
