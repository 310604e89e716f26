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
	goneSpread     = 3 * 24 * time.Hour
)

// Policy decides when a source is asked again. The zero Policy is the polite
// default: hourly until a source's own rhythm is known, then from every 30
// minutes to every 12 hours; never more often than every 15 minutes, and 5
// seconds apart on a host.
type Policy struct {
	Interval    time.Duration          // base; 0 means 60 minutes. The rhythm of a source is from half to twelve times this
	MinInterval time.Duration          // below 15 minutes for private hosts only; 0 means 15 minutes
	HostDelay   time.Duration          // between two requests to a host; below 5 s for private hosts only
	Private     func(host string) bool // hosts of one's own, host:port as in a URL; nil means none
	Zone        *time.Location         // of offices whose source names none; nil means Europe/Berlin
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
// asked again: at its cron spec or by its own rhythm (jittered by up to a tenth,
// so that sources spread), but not while its own hints (max-age, Expires, ttl, at
// most 24 hours of them), Retry-After, skipHours or skipDays forbid it. While a
// hub pushes the source that is once a day.
func (p Policy) AfterAnswer(src *Source, st *State, at time.Time) time.Time {
	return p.after(src, st, at, 1+jitter(0.1, src.ID, at))
}

// AfterFirst is AfterAnswer for the first answer of a source. It gives the
// source a phase of its own, from a hash of its id: sources that were added
// together are spread over a whole interval from then on.
func (p Policy) AfterFirst(src *Source, st *State, at time.Time) time.Time {
	if p.base(src) < floorInterval {
		return p.AfterAnswer(src, st, at)
	}
	return p.after(src, st, at, 1+jitter(0.5, src.ID, time.Time{}))
}

// after is when a source is asked again that answered at at; units is how many
// requests' worth of its own rhythm it is left alone.
func (p Policy) after(src *Source, st *State, at time.Time, units float64) time.Time {
	next := scheduled(src, at, p.floor(src))
	if next.IsZero() {
		next = p.own(src, st, at, units)
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
// Retry-After and a slow rhythm of its own can only lengthen it. A source that
// is gone (410) is looked at once in 30 days, unless it is gone only from where
// it had moved to.
func (p Policy) AfterFailure(src *Source, st *State, at time.Time) time.Time {
	if st.Class == ClassGone && st.MovedTo == "" {
		return at.Add(goneInterval + spread(goneSpread/2, 1, src.ID, at))
	}
	backoff := min(p.base(src)<<min(max(st.Failures, 0), 6), maxBackoff)
	delay := max(min(spread(backoff, 0.2, src.ID, at), maxBackoff), p.floor(src), p.interval(src, st, at))
	next := at.Add(delay)
	if next.Before(st.RetryAfterUntil) {
		next = st.RetryAfterUntil
	}
	return afterSkips(next, st)
}

// AfterOutage returns when a source is asked again whose poll at at is not held
// against it: our own network was down, or a page led to a feed. That is soon,
// or, if it had failed before, as if nothing had been added to that.
func (p Policy) AfterOutage(src *Source, st *State, at time.Time) time.Time {
	if st.Failures > 0 {
		return p.AfterFailure(src, st, at)
	}
	return p.Soon(src, st, at)
}

// Soon returns when a source is asked again that was not heard out, or is to be
// asked at its configured URL again: a little later than the floor.
func (p Policy) Soon(src *Source, st *State, at time.Time) time.Time {
	return afterSkips(at.Add(spread(p.floor(src), 0.2, src.ID, at)+p.floor(src)/5), st)
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

// spread returns d changed by up to the given fraction either way, see jitter.
func spread(d time.Duration, fraction float64, id string, at time.Time) time.Duration {
	return d + time.Duration(float64(d)*jitter(fraction, id, at))
}

// jitter returns a number between -fraction and fraction. It depends on the
// source and the time alone, so a run can be repeated.
func jitter(fraction float64, id string, at time.Time) float64 {
	h := fnv.New64a()
	h.Write([]byte(id))
	h.Write([]byte(at.UTC().Format(time.RFC3339)))
	return fraction * (float64(mix(h.Sum64())>>11)/(1<<53)*2 - 1)
}

// mix spreads what differs in the last characters hashed over all bits (the
// finaliser of MurmurHash3).
func mix(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// applyHints stores what an answer says about caching. A 304 often says nothing:
// then what the last full answer said holds on.
func applyHints(st *State, status int, h http.Header, at time.Time) {
	silent := h.Get("Cache-Control") == "" && h.Get("Expires") == ""
	if status != http.StatusNotModified || !silent {
		st.FreshFor = FreshFor(h, at)
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
