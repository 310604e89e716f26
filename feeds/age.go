package feeds

import (
	"time"

	"laenderfeed/aggregator"
)

// The bounds of max-age: of feeds that any source may add to, of one source's
// feed, and that of a page that gets no more items.
const (
	minAge       = time.Minute
	maxAge       = 15 * time.Minute
	maxSourceAge = time.Hour
	closedAge    = 24 * time.Hour
)

// MaxAge returns how long a copy of a feed may be used when its sources are asked
// at that interval: a third of it, so that caches make news at most a third later
// than polling does anyway. With an unknown interval, zero, it is the shortest.
//
// It is a matter of the rhythm, not of the moment of the next poll: some source
// out of hundreds is due at any moment, and the header of a snapshot is made up
// once, for requests that come long after the poll that was next then.
func MaxAge(interval time.Duration) time.Duration { return clamp(interval/3, minAge, maxAge) }

func clamp(d, least, most time.Duration) time.Duration { return max(least, min(d, most)) }

// sourceAge is [MaxAge] for the feed of a single source, whose rhythm is known: the
// time between its last and its next poll. What is pushed comes at any time, and a
// source that was not polled yet is about to be; for both it is usual.
func sourceAge(s *aggregator.State, usual time.Duration) time.Duration {
	if s.LastChecked.IsZero() || s.NextCheck.IsZero() || !s.PushedUntil.IsZero() {
		return usual
	}
	return clamp(s.NextCheck.Sub(s.LastChecked)/3, minAge, max(usual, maxSourceAge)).Truncate(time.Second)
}
