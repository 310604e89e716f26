package aggregator

import (
	"net/http"
	"strings"
	"time"
)

// MaxRetryAfter is how long a publisher can send us away: longer waits are
// taken as this one.
const MaxRetryAfter = 7 * 24 * time.Hour

// maxDelta is the largest number of seconds in a header field: what is larger,
// or does not fit, counts as this (RFC 9111 section 1.2.2).
const maxDelta = 1<<31 - 1

// RetryAfter returns how long the answer with these headers asks to stay away
// (RFC 9110 section 10.2.3), from 0 to [MaxRetryAfter]. A date is measured
// against the answer's own Date, so that a wrong clock over there does no harm;
// without one, against now. It is 0 for a field that is absent, past or
// nonsense.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if wait, ok := deltaSeconds(value); ok {
		return min(wait, MaxRetryAfter)
	}
	until, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(max(until.Sub(dateOf(h, now)), 0), MaxRetryAfter)
}

// FreshFor returns how much longer the answer with these headers counts as
// fresh (RFC 9111 section 4.2): max-age, else Expires less Date, less the Age it
// already had in caches. It is 0 when the answer does not say, says nonsense, or
// forbids to keep it (no-cache, no-store), and can be up to 68 years: the caller
// decides how much of that to believe. s-maxage is for shared caches, not for us.
func FreshFor(h http.Header, now time.Time) time.Duration {
	lifetime, stated, usable := maxAge(h)
	if !usable {
		return 0
	}
	if !stated {
		lifetime = untilExpires(h, now)
	}
	age, _ := deltaSeconds(strings.TrimSpace(h.Get("Age")))
	return max(lifetime-age, 0)
}

// maxAge reads Cache-Control: the first max-age that can be read, and whether
// the answer may be reused at all.
func maxAge(h http.Header) (lifetime time.Duration, stated, usable bool) {
	for _, directive := range directives(strings.Join(h.Values("Cache-Control"), ",")) {
		name, value, _ := strings.Cut(directive, "=")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "no-store":
			return 0, false, false
		case "no-cache":
			// no-cache="field, field" restricts single fields, not the answer.
			if strings.TrimSpace(value) == "" {
				return 0, false, false
			}
		case "max-age":
			if d, ok := deltaSeconds(strings.Trim(strings.TrimSpace(value), `"`)); ok && !stated {
				lifetime, stated = d, true
			}
		}
	}
	return lifetime, stated, true
}

// directives splits a list at its commas, those inside quotes excepted.
func directives(list string) []string {
	quoted, escaped := false, false
	return strings.FieldsFunc(list, func(r rune) bool {
		switch {
		case escaped:
			escaped = false
		case quoted && r == '\\':
			escaped = true
		case r == '"':
			quoted = !quoted
		}
		return r == ',' && !quoted
	})
}

// untilExpires returns Expires less Date, 0 for a date that cannot be read:
// "0" and "-1" are common and mean already stale.
func untilExpires(h http.Header, now time.Time) time.Duration {
	expires, err := http.ParseTime(strings.TrimSpace(h.Get("Expires")))
	if err != nil {
		return 0
	}
	return min(max(expires.Sub(dateOf(h, now)), 0), maxDelta*time.Second)
}

// dateOf returns the answer's Date, or now when it has none.
func dateOf(h http.Header, now time.Time) time.Time {
	if date, err := http.ParseTime(strings.TrimSpace(h.Get("Date"))); err == nil {
		return date
	}
	return now
}

// deltaSeconds reads a number of seconds: digits and nothing else (RFC 9111
// section 1.2.2). Numbers too large are cut to maxDelta.
func deltaSeconds(s string) (time.Duration, bool) {
	if s == "" {
		return 0, false
	}
	n := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = min(n*10+int(c-'0'), maxDelta)
	}
	return time.Duration(n) * time.Second, true
}
