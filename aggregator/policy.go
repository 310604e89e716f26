package aggregator

import (
	"hash/fnv"
	"net/http"
	"time"
)

// Limits of the rhythm that no configuration lowers for public hosts.
const (
	floorInterval  = 15 * time.Minute
	floorHostDelay = 5 * time.Second
	maxHint        = 24 * time.Hour
	maxBackoff     = 48 * time.Hour
	goneInterval   = 30 * 24 * time.Hour
)

// Policy decides when a source is asked again. The zero Policy is the polite
// default: hourly, never more often than every 15 minutes, 5 seconds apart on a
// host.
type Policy struct {
	Interval    time.Duration          // base; 0 means 60 minutes
	MinInterval time.Duration          // below 15 minutes for private hosts only; 0 means 15 minutes
	HostDelay   time.Duration          // between two requests to a host; below 5 s for private hosts only
	Private     func(host string) bool // hosts of one's own, host:port as in a URL; nil means none
}

func (p Policy) private(src *Source) bool { return p.Private != nil && p.Private(hostOf(src.URL)) }

// Delay is the least time between two requests to the source's host. A crawl
// delay can only lengthen it.
func (p Policy) Delay(src *Source) time.Duration {
	if p.private(src) {
		return max(p.HostDelay, src.CrawlDelay, 0)
	}
	return max(p.HostDelay, src.CrawlDelay, floorHostDelay)
}

// floor is the least time between two requests for the source.
func (p Policy) floor(src *Source) time.Duration {
	d := p.MinInterval
	if d <= 0 {
		d = floorInterval
	}
	if !p.private(src) {
		d = max(d, floorInterval)
	}
	return d
}

func (p Policy) base(src *Source) time.Duration {
	d := p.Interval
	if d <= 0 {
		d = time.Hour
	}
	return max(d, p.floor(src))
}

// AfterAnswer returns when a source that answered at at, with 200 or 304, is
// asked again: at its cron spec or after the base interval (jittered by up to a
// tenth, so that sources spread), but not while its own hints (max-age, Expires,
// ttl, at most 24 hours of them), Retry-After, skipHours or skipDays forbid it. While a hub pushes the source that
// is once a day.
func (p Policy) AfterAnswer(src *Source, st *State, at time.Time) time.Time {
	base := p.base(src)
	next := at.Add(spread(base, 0.1, src.ID, at))
	if t := scheduled(src, at, p.floor(src)); !t.IsZero() {
		next = t
	}
	if hint := min(max(st.DeclaredTTL, st.CacheUntil.Sub(at)), maxHint); hint > 0 {
		earliest := at.Add(hint)
		if next.Before(earliest) {
			next = earliest.Add(spread(hint, 0.1, src.ID, at) - hint + hint/10)
		}
	}
	next = whilePushed(src, st, at, next)
	if floor := at.Add(p.floor(src)); next.Before(floor) {
		next = floor
	}
	if next.Before(st.RetryAfterUntil) {
		next = st.RetryAfterUntil
	}
	return afterSkips(next, st)
}

// AfterFailure returns when a source that failed at at is asked again. State
// already counts the failure. The delay doubles with each failure in a row up to
// 64 times the base interval, 48 hours at the most, jittered by a fifth;
// Retry-After can only lengthen it. A source that is gone (410) is looked at
// once in 30 days.
func (p Policy) AfterFailure(src *Source, st *State, at time.Time) time.Time {
	base := p.base(src)
	if st.Class == ClassGone {
		return at.Add(spread(goneInterval, 0.1, src.ID, at))
	}
	backoff := min(base<<min(max(st.Failures, 0), 6), maxBackoff)
	delay := max(min(spread(backoff, 0.2, src.ID, at), maxBackoff), p.floor(src))
	next := at.Add(delay)
	if next.Before(st.RetryAfterUntil) {
		next = st.RetryAfterUntil
	}
	return next
}

// AfterOutage returns when a source is asked again that could not be reached
// because our own network was down: soon, and nothing is held against it.
func (p Policy) AfterOutage(src *Source, at time.Time) time.Time {
	return at.Add(spread(p.floor(src), 0.2, src.ID, at) + p.floor(src)/5)
}

// scheduled is the first time that the source's own cron spec names after at, and
// not sooner than wait after it; the zero time where it has none. The
// configuration refuses specs that cannot be read.
func scheduled(src *Source, at time.Time, wait time.Duration) time.Time {
	if src.Schedule == "" {
		return time.Time{}
	}
	s, err := ParseSchedule(src.Schedule, src.Zone)
	if err != nil {
		return time.Time{}
	}
	if next := s.Next(at); !next.Before(at.Add(wait)) {
		return next
	}
	return s.Next(at.Add(wait - time.Second))
}

// afterSkips moves a time out of the hours and days the publisher asked to be
// left alone in (RSS 2.0 skipHours, skipDays, both in UTC).
func afterSkips(t time.Time, st *State) time.Time {
	for range 8 * 24 {
		u := t.UTC()
		if !st.SkipDays[u.Weekday()] && !st.SkipHours[u.Hour()] {
			break
		}
		t = u.Truncate(time.Hour).Add(time.Hour)
	}
	return t
}

// spread returns d changed by up to the given fraction either way. The change
// depends on the source and the time alone, so a run can be repeated.
func spread(d time.Duration, fraction float64, id string, at time.Time) time.Duration {
	h := fnv.New64a()
	h.Write([]byte(id))
	h.Write([]byte(at.UTC().Format(time.RFC3339)))
	unit := float64(h.Sum64()>>11)/(1<<53)*2 - 1
	return d + time.Duration(float64(d)*fraction*unit)
}

// applyHints stores what an answer says about caching. A 304 often carries no
// hint: then that of the last full answer holds on.
func applyHints(st *State, status int, h http.Header, at time.Time) {
	if d := FreshFor(h, at); d > 0 || status != http.StatusNotModified {
		st.FreshFor = d
	}
	st.CacheUntil = time.Time{}
	if st.FreshFor > 0 {
		st.CacheUntil = at.Add(st.FreshFor)
	}
	st.RetryAfterUntil = time.Time{}
	if d := RetryAfter(h, at); d > 0 {
		st.RetryAfterUntil = at.Add(d)
	}
}
