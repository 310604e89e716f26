package aggregator

import (
	"net/http"
	"testing"
	"time"
)

// hintsNow is the clock of these tests; hintsDate the same in a header.
var hintsNow = time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC)

const hintsDate = "Sat, 21 Nov 2026 18:00:00 GMT"

// hintHeader makes a header of names and values in turn.
func hintHeader(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i+1 < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
	return h
}

func TestRetryAfter(t *testing.T) {
	const week = 7 * 24 * time.Hour
	tests := []struct {
		name   string
		header http.Header
		want   time.Duration
	}{
		{"absent", hintHeader(), 0},
		{"empty", hintHeader("Retry-After", ""), 0},
		{"seconds", hintHeader("Retry-After", "120"), 2 * time.Minute},
		{"spaces around", hintHeader("Retry-After", " 120\t"), 2 * time.Minute},
		{"zero", hintHeader("Retry-After", "0"), 0},
		{"leading zeros", hintHeader("Retry-After", "00060"), time.Minute},
		{"a week", hintHeader("Retry-After", "604800"), week},
		{"a year is a week", hintHeader("Retry-After", "31536000"), week},
		{"does not fit any integer", hintHeader("Retry-After", "999999999999999999999999999999"), week},
		{"negative", hintHeader("Retry-After", "-5"), 0},
		{"signed", hintHeader("Retry-After", "+5"), 0},
		{"fraction", hintHeader("Retry-After", "1.5"), 0},
		{"exponent", hintHeader("Retry-After", "1e3"), 0},
		{"unit", hintHeader("Retry-After", "60s"), 0},
		{"words", hintHeader("Retry-After", "soon"), 0},
		{"digits of another script", hintHeader("Retry-After", "٣٠"), 0},
		{"list", hintHeader("Retry-After", "30, 60"), 0},
		{"first of two fields", hintHeader("Retry-After", "30", "Retry-After", "60"), 30 * time.Second},
		{"date", hintHeader("Retry-After", "Sat, 21 Nov 2026 18:10:00 GMT"), 10 * time.Minute},
		{"date in RFC 850 form", hintHeader("Retry-After", "Saturday, 21-Nov-26 18:10:00 GMT"), 10 * time.Minute},
		{"date in asctime form", hintHeader("Retry-After", "Sat Nov 21 18:10:00 2026"), 10 * time.Minute},
		{"past date", hintHeader("Retry-After", "Sat, 21 Nov 2026 17:00:00 GMT"), 0},
		{"date in a year is a week", hintHeader("Retry-After", "Sun, 21 Nov 2027 18:00:00 GMT"), week},
		{"date against the answer's clock, behind ours",
			hintHeader("Date", "Sat, 21 Nov 2026 12:00:00 GMT", "Retry-After", "Sat, 21 Nov 2026 12:05:00 GMT"), 5 * time.Minute},
		{"date against the answer's clock, ahead of ours",
			hintHeader("Date", "Fri, 21 Nov 2036 12:00:00 GMT", "Retry-After", "Fri, 21 Nov 2036 12:05:00 GMT"), 5 * time.Minute},
		{"date against ours when theirs is nonsense",
			hintHeader("Date", "heute", "Retry-After", "Sat, 21 Nov 2026 18:05:00 GMT"), 5 * time.Minute},
		{"the year 9999", hintHeader("Date", "Mon, 01 Jan 0001 00:00:00 GMT", "Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT"), week},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := RetryAfter(tt.header, hintsNow); got != tt.want {
				t.Errorf("RetryAfter(%v) = %v, want %v", tt.header, got, tt.want)
			}
		})
	}
}

func TestFreshFor(t *testing.T) {
	tests := []struct {
		name   string
		header http.Header
		want   time.Duration
	}{
		{"nothing said", hintHeader(), 0},
		{"max-age", hintHeader("Cache-Control", "max-age=3600"), time.Hour},
		{"among others", hintHeader("Cache-Control", "public, must-revalidate, max-age=600, immutable"), 10 * time.Minute},
		{"in any case, with spaces", hintHeader("Cache-Control", " Public ,  MAX-AGE = 600 "), 10 * time.Minute},
		{"quoted", hintHeader("Cache-Control", `max-age="600"`), 10 * time.Minute},
		{"in a second field", hintHeader("Cache-Control", "public", "Cache-Control", "max-age=60"), time.Minute},
		{"the first of two", hintHeader("Cache-Control", "max-age=60, max-age=90"), time.Minute},
		{"the first that can be read", hintHeader("Cache-Control", "max-age=x, max-age=90"), 90 * time.Second},
		{"less Age", hintHeader("Cache-Control", "max-age=3600", "Age", "600"), 50 * time.Minute},
		{"older than fresh", hintHeader("Cache-Control", "max-age=60", "Age", "600"), 0},
		{"nonsense Age", hintHeader("Cache-Control", "max-age=60", "Age", "-3"), time.Minute},
		{"zero", hintHeader("Cache-Control", "max-age=0"), 0},
		{"zero beats Expires", hintHeader("Cache-Control", "max-age=0", "Expires", "Sat, 21 Nov 2026 19:00:00 GMT"), 0},
		{"negative", hintHeader("Cache-Control", "max-age=-1"), 0},
		{"huge", hintHeader("Cache-Control", "max-age=99999999999999999999"), maxDelta * time.Second},
		{"shared caches only", hintHeader("Cache-Control", "s-maxage=600"), 0},
		{"not ours by name", hintHeader("Cache-Control", "x-max-age=600, max-age-x=600"), 0},
		{"inside quotes is no directive", hintHeader("Cache-Control", `private="x, max-age=600"`), 0},
		{"escaped quote inside quotes", hintHeader("Cache-Control", `private="x\", max-age=600", max-age=60`), time.Minute},
		{"no-cache", hintHeader("Cache-Control", "no-cache, max-age=600"), 0},
		{"no-cache after", hintHeader("Cache-Control", "max-age=600, no-cache"), 0},
		{"no-cache for one field", hintHeader("Cache-Control", `no-cache="Set-Cookie", max-age=600`), 10 * time.Minute},
		{"no-store", hintHeader("Cache-Control", "max-age=600, no-store"), 0},
		{"no-store beats Expires", hintHeader("Cache-Control", "no-store", "Expires", "Sat, 21 Nov 2026 19:00:00 GMT"), 0},
		{"Expires", hintHeader("Date", hintsDate, "Expires", "Sat, 21 Nov 2026 19:00:00 GMT"), time.Hour},
		{"Expires less Age", hintHeader("Date", hintsDate, "Expires", "Sat, 21 Nov 2026 19:00:00 GMT", "Age", "60"), 59 * time.Minute},
		{"Expires without Date", hintHeader("Expires", "Sat, 21 Nov 2026 18:30:00 GMT"), 30 * time.Minute},
		{"Expires against the answer's clock", hintHeader("Date", "Sat, 21 Nov 2026 10:00:00 GMT",
			"Expires", "Sat, 21 Nov 2026 10:30:00 GMT"), 30 * time.Minute},
		{"Expires at Date", hintHeader("Date", hintsDate, "Expires", hintsDate), 0},
		{"Expires past", hintHeader("Date", hintsDate, "Expires", "Thu, 19 Nov 1981 08:52:00 GMT"), 0},
		{"Expires 0", hintHeader("Expires", "0"), 0},
		{"Expires -1", hintHeader("Expires", "-1"), 0},
		{"unreadable max-age falls back to Expires", hintHeader("Cache-Control", "max-age=bald", "Date", hintsDate,
			"Expires", "Sat, 21 Nov 2026 18:30:00 GMT"), 30 * time.Minute},
		{"max-age beats Expires", hintHeader("Cache-Control", "max-age=60", "Date", hintsDate,
			"Expires", "Sat, 21 Nov 2026 18:30:00 GMT"), time.Minute},
		{"unbalanced quote", hintHeader("Cache-Control", `max-age=60, private="x, y`), time.Minute},
		{"only separators", hintHeader("Cache-Control", ",,;=,"), 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := FreshFor(tt.header, hintsNow); got != tt.want {
				t.Errorf("FreshFor(%v) = %v, want %v", tt.header, got, tt.want)
			}
		})
	}
}

func FuzzHints(f *testing.F) {
	for _, s := range []string{"120", hintsDate, "max-age=60", `no-cache="a,b", max-age=9`, "-1", "9223372036854775808", `"\`} {
		f.Add(s, s, s, s)
	}
	f.Add("Fri, 31 Dec 9999 23:59:59 GMT", "max-age=1, no-store", "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT")
	f.Fuzz(func(t *testing.T, retry, cache, expires, date string) {
		h := hintHeader("Retry-After", retry, "Cache-Control", cache, "Expires", expires, "Date", date, "Age", retry)
		if d := RetryAfter(h, hintsNow); d < 0 || d > MaxRetryAfter {
			t.Errorf("RetryAfter(%v) = %v, outside 0 to %v", h, d, MaxRetryAfter)
		}
		if d := FreshFor(h, hintsNow); d < 0 || d > maxDelta*time.Second {
			t.Errorf("FreshFor(%v) = %v, outside 0 to %v", h, d, maxDelta*time.Second)
		}
	})
}
