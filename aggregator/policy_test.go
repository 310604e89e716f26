package aggregator

import (
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) // a Friday

func public(id string) *Source {
	return &Source{ID: id, URL: "https://www.example.org/" + id}
}

// own makes a policy that treats every host as private.
func own(p Policy) Policy {
	p.Private = func(string) bool { return true }
	return p
}

func TestPolicyFloors(t *testing.T) {
	greedy := Policy{Interval: time.Second, MinInterval: time.Second, HostDelay: 0}
	src := public("a")
	if d := greedy.AfterAnswer(src, &State{}, noon).Sub(noon); d < 15*time.Minute {
		t.Errorf("a public source is polled again after %v", d)
	}
	if d := greedy.Delay(src); d < 5*time.Second {
		t.Errorf("a public host is asked again after %v", d)
	}
	if d := own(greedy).AfterAnswer(src, &State{}, noon).Sub(noon); d < time.Second || d > 2*time.Second {
		t.Errorf("an own source is polled again after %v, want about 1s", d)
	}
	if d := own(greedy).Delay(src); d != 0 {
		t.Errorf("an own host is asked again after %v, want at once", d)
	}
	slow := *src
	slow.CrawlDelay = 10 * time.Second
	if d := greedy.Delay(&slow); d != 10*time.Second {
		t.Errorf("a host that asks for 10 s is asked again after %v", d)
	}
	if d := own(greedy).Delay(&slow); d != 10*time.Second {
		t.Errorf("an own host that asks for 10 s is asked again after %v", d)
	}
	if slow.CrawlDelay = time.Second; greedy.Delay(&slow) < 5*time.Second {
		t.Errorf("a crawl delay of 1 s lowers that of a public host to %v", greedy.Delay(&slow))
	}
	if d := (Policy{}).AfterAnswer(src, &State{}, noon).Sub(noon); d < 54*time.Minute || d > 66*time.Minute {
		t.Errorf("the default rhythm is %v, want an hour give or take a tenth", d)
	}
}

func TestPolicyJitterSpreads(t *testing.T) {
	seen := map[time.Time]bool{}
	var early, late bool
	for _, id := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"} {
		next := Policy{}.AfterAnswer(public(id), &State{}, noon)
		seen[next] = true
		early = early || next.Before(noon.Add(time.Hour))
		late = late || next.After(noon.Add(time.Hour))
		if again := (Policy{}).AfterAnswer(public(id), &State{}, noon); again != next {
			t.Errorf("%s: %v, then %v", id, next, again)
		}
	}
	if len(seen) < 10 || !early || !late {
		t.Errorf("10 sources share %d times (early %v, late %v)", len(seen), early, late)
	}
}

func TestPolicyKeepsHints(t *testing.T) {
	for name, tc := range map[string]struct {
		st       State
		min, max time.Duration
	}{
		"no hint":                 {State{}, 54 * time.Minute, 66 * time.Minute},
		"short max-age":           {State{CacheUntil: noon.Add(time.Minute)}, 54 * time.Minute, 66 * time.Minute},
		"max-age of 3 h":          {State{CacheUntil: noon.Add(3 * time.Hour)}, 3 * time.Hour, 4 * time.Hour},
		"ttl of 2 h":              {State{DeclaredTTL: 2 * time.Hour}, 2 * time.Hour, 150 * time.Minute},
		"the longer of the two":   {State{DeclaredTTL: 2 * time.Hour, CacheUntil: noon.Add(5 * time.Hour)}, 5 * time.Hour, 6 * time.Hour},
		"a year, capped at a day": {State{DeclaredTTL: 365 * 24 * time.Hour}, 24 * time.Hour, 29 * time.Hour},
		"retry-after of 5 days":   {State{RetryAfterUntil: noon.Add(5 * 24 * time.Hour)}, 5 * 24 * time.Hour, 5 * 24 * time.Hour},
	} {
		for _, id := range []string{"a", "b", "c", "d"} {
			if d := (Policy{}).AfterAnswer(public(id), &tc.st, noon).Sub(noon); d < tc.min || d > tc.max {
				t.Errorf("%s: %s is polled after %v, want %v to %v", name, id, d, tc.min, tc.max)
			}
		}
	}
}

func TestPolicyKeepsSkipHoursAndDays(t *testing.T) {
	var st State
	st.SkipHours[12], st.SkipHours[13], st.SkipHours[14] = true, true, true
	if next := (Policy{}).AfterAnswer(public("a"), &st, noon); next.Hour() != 15 {
		t.Errorf("polled at %v, though 12 to 14 are to be skipped", next)
	}
	st = State{}
	st.SkipDays[time.Saturday], st.SkipDays[time.Sunday] = true, true
	friday := noon.Add(11*time.Hour + 30*time.Minute)
	if next := (Policy{}).AfterAnswer(public("a"), &st, friday); next.Weekday() != time.Monday && next.Weekday() != time.Friday {
		t.Errorf("polled on a %v", next.Weekday())
	}
	for i := range st.SkipHours {
		st.SkipHours[i] = true // nonsense: never
	}
	if next := (Policy{}).AfterAnswer(public("a"), &st, noon); next.After(noon.Add(9 * 24 * time.Hour)) {
		t.Errorf("a publisher that forbids every hour is polled at %v", next)
	}
}

func TestPolicySchedule(t *testing.T) {
	src := public("a")
	src.Schedule = "0 6 * * *"
	src.Zone = time.FixedZone("", 3600)
	if next := (Policy{}).AfterAnswer(src, &State{}, noon); !next.Equal(time.Date(2026, 11, 21, 5, 0, 0, 0, time.UTC)) {
		t.Errorf("next is %v", next)
	}
	src.Schedule = "@every 20m"
	if d := (Policy{}).AfterAnswer(src, &State{}, noon).Sub(noon); d != 20*time.Minute {
		t.Errorf("@every 20m comes after %v", d)
	}
	src.Schedule = "* * * * *"
	if d := (Policy{}).AfterAnswer(src, &State{}, noon).Sub(noon); d < 15*time.Minute || d > 16*time.Minute {
		t.Errorf("every minute comes after %v", d)
	}
	src.Schedule = "@every 20m"
	if d := (Policy{}).AfterAnswer(src, &State{CacheUntil: noon.Add(time.Hour)}, noon).Sub(noon); d < time.Hour {
		t.Errorf("a schedule overrode max-age: %v", d)
	}
	src.Schedule = "nonsense"
	if d := (Policy{}).AfterAnswer(src, &State{}, noon).Sub(noon); d < 54*time.Minute || d > 66*time.Minute {
		t.Errorf("without a usable spec the next poll is after %v", d)
	}
}

func TestPolicyBackoff(t *testing.T) {
	src := public("a")
	last := time.Duration(0)
	for failures := 1; failures <= 20; failures++ {
		d := Policy{}.AfterFailure(src, &State{Failures: failures, Class: ClassHTTP5xx}, noon).Sub(noon)
		want := min(time.Hour<<min(failures, 6), 48*time.Hour)
		if d < want*8/10 || d > want*12/10 || d > 48*time.Hour {
			t.Errorf("after %d failures: %v, want %v give or take a fifth", failures, d, want)
		}
		last = d
	}
	if last > 48*time.Hour {
		t.Errorf("at last %v", last)
	}
	wait := State{Failures: 1, Class: ClassRateLimited, RetryAfterUntil: noon.Add(72 * time.Hour)}
	if next := (Policy{}).AfterFailure(src, &wait, noon); next.Before(wait.RetryAfterUntil) {
		t.Errorf("Retry-After is broken: %v", next)
	}
	gone := Policy{}.AfterFailure(src, &State{Failures: 1, Class: ClassGone}, noon).Sub(noon)
	if gone < 27*24*time.Hour || gone > 33*24*time.Hour {
		t.Errorf("gone: asked again after %v, want about 30 days", gone)
	}
	if d := (Policy{}).AfterOutage(src, noon).Sub(noon); d < 14*time.Minute || d > 25*time.Minute {
		t.Errorf("after our own outage: %v", d)
	}
}

func TestSourceHost(t *testing.T) {
	for in, want := range map[string]string{
		"https://WWW.Example.org/feed": "www.example.org",
		"http://127.0.0.1:8080/feed":   "127.0.0.1:8080",
		"http://[::1]:80/":             "[::1]:80",
		"::nonsense":                   "::nonsense",
	} {
		if got := (&Source{URL: in}).Host(); got != want {
			t.Errorf("Host of %s = %q, want %q", in, got, want)
		}
	}
	if got := (&Source{URL: "https://a.example/", HostGroup: "verlag"}).Host(); got != "verlag" {
		t.Errorf("host group: %q", got)
	}
}

// A source that moved is polled at the pace of the host it moved to.
func TestMovedSourceKeepsTheLimitsOfItsNewHost(t *testing.T) {
	p := Policy{Interval: time.Second, MinInterval: time.Second, Private: func(host string) bool { return host == "intranet.example" }}
	s := SourceStatus{Source: Source{ID: "a", URL: "https://intranet.example/feed"}}
	if d := p.AfterAnswer(s.asked(), &s.State, noon).Sub(noon); d > 2*time.Second || p.Delay(s.asked()) != 0 {
		t.Errorf("at home: asked again after %v, hosts %v apart", d, p.Delay(s.asked()))
	}
	s.State.MovedTo = "https://www.example.org/feed"
	if s.Host() != "www.example.org" {
		t.Errorf("queued at %s", s.Host())
	}
	if d := p.AfterAnswer(s.asked(), &s.State, noon).Sub(noon); d < 15*time.Minute || p.Delay(s.asked()) < 5*time.Second {
		t.Errorf("moved: asked again after %v, hosts %v apart", d, p.Delay(s.asked()))
	}
	s.HostGroup = "verlag"
	if s.Host() != "verlag" {
		t.Errorf("the host group is lost: %s", s.Host())
	}
}
