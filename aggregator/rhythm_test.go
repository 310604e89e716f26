package aggregator

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// published returns n moments, gap apart, the last of them ending before at.
func published(n int, gap time.Duration, at time.Time) (moments []time.Time) {
	for i := range n {
		moments = append(moments, at.Add(-time.Duration(n-i)*gap+gap/2))
	}
	return moments
}

func TestRule01When(t *testing.T) {
	t.Run("floors", testFloors)
	t.Run("hints", testHints)
	t.Run("skip hours", testSkips)
	t.Run("schedule", testSchedule)
	t.Run("jitter", testJitter)
	t.Run("half the median gap", testInterval)
	t.Run("working days", testWorkingDays)
	t.Run("never more in total", testBudget)
	t.Run("summer time", testSummerTime)
	t.Run("phase", testPhase)
	t.Run("moments", testMoments)
}

func testInterval(t *testing.T) {
	own := own(Policy{Interval: 5 * time.Second, MinInterval: time.Second})
	for _, tt := range []struct {
		name   string
		policy Policy
		st     State
		want   time.Duration
	}{
		{"nothing known", Policy{}, State{}, time.Hour},
		{"too little known", Policy{}, State{LastSuccess: noon, ItemsLast: 4, Published: published(4, 9*time.Hour, noon)}, time.Hour},
		{"every 3 h", Policy{}, State{Published: published(30, 3*time.Hour, noon)}, 90 * time.Minute},
		{"every 20 min", Policy{}, State{Published: published(30, 20*time.Minute, noon)}, 30 * time.Minute},
		{"every 10 days", Policy{}, State{Published: published(30, 10*24*time.Hour, noon)}, 12 * time.Hour},
		{"lately every 2 h", Policy{}, State{Published: append(published(40, 24*time.Hour, noon.Add(-42*time.Hour)), published(20, 2*time.Hour, noon)...)}, time.Hour},
		{"without items", Policy{}, State{LastSuccess: noon}, 12 * time.Hour},
		{"never answered", Policy{}, State{Failures: 3}, time.Hour},
		{"silent for 10 days", Policy{}, State{Published: published(30, time.Hour, noon.Add(-10*24*time.Hour))}, 5 * time.Hour},
		{"silent for a year", Policy{}, State{Published: published(30, time.Hour, noon.Add(-365*24*time.Hour))}, 12 * time.Hour},
		{"undated, unchanged for 10 days", Policy{}, State{ItemsLast: 3, LastSuccess: noon, LastChange: noon.Add(-10 * 24 * time.Hour)}, 5 * time.Hour},
		{"an operator's 2 h", Policy{Interval: 2 * time.Hour}, State{Published: published(30, 20*time.Minute, noon)}, time.Hour},
		{"an operator's 2 h at most", Policy{Interval: 2 * time.Hour}, State{LastSuccess: noon}, 24 * time.Hour},
		{"an operator's week", Policy{Interval: 7 * 24 * time.Hour}, State{LastSuccess: noon}, 7 * 24 * time.Hour},
		{"an operator's 20 min", Policy{Interval: 20 * time.Minute}, State{Published: published(30, 20*time.Minute, noon)}, 15 * time.Minute},
		{"one's own host, every 5 s", own, State{LastSuccess: noon}, 5 * time.Second},
		{"one's own host that has much news", own, State{Published: published(30, 15*time.Minute, noon)}, 5 * time.Second},
	} {
		got := tt.policy.interval(public("a"), &tt.st, noon)
		if d := (got - tt.want).Abs(); d > tt.want/60 { // the silence ends half a gap before noon
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// office publishes from Monday to Friday at 9, 11, 13, 15 and 17, Berlin time,
// in the weeks before at.
func office(weeks int, at time.Time) (moments []time.Time) {
	for d := -7 * weeks; d <= 0; d++ {
		day := at.In(orBerlin(nil)).AddDate(0, 0, d)
		for h := 9; h < 18 && day.Weekday() != time.Saturday && day.Weekday() != time.Sunday; h += 2 {
			if m := time.Date(day.Year(), day.Month(), day.Day(), h, 10, 0, 0, day.Location()).UTC(); m.Before(at) {
				moments = append(moments, m)
			}
		}
	}
	return moments
}

// week polls by a policy for seven days and returns the times.
func week(p Policy, id string, st State, from time.Time) (polls []time.Time) {
	for at := p.AfterAnswer(public(id), &st, from); at.Before(from.AddDate(0, 0, 7)); at = p.AfterAnswer(public(id), &st, at) {
		polls = append(polls, at)
	}
	return polls
}

func testWorkingDays(t *testing.T) {
	st := State{Published: office(6, noon)}
	in, out := 0, 0
	for _, at := range week(Policy{}, "a", st, noon) {
		local := at.In(orBerlin(nil))
		if local.Weekday() != time.Saturday && local.Weekday() != time.Sunday && local.Hour() >= 8 && local.Hour() < 19 {
			in++
		} else {
			out++
		}
	}
	if in < 3*out || in < 60 || out < 7 {
		t.Errorf("%d requests in the 55 hours in which the office publishes, %d in the 113 others", in, out)
	}
	// Of a source that publishes round the clock, no hour is preferred by much.
	counts := [24]int{}
	for i := range 10 {
		for _, at := range week(Policy{}, fmt.Sprint(i), State{Published: published(256, time.Hour, noon)}, noon) {
			counts[at.Hour()]++
		}
	}
	if lo, hi := slices.Min(counts[:]), slices.Max(counts[:]); hi > 2*lo {
		t.Errorf("requests by hour: %v", counts)
	}
}

func testBudget(t *testing.T) {
	for name, moments := range map[string][]time.Time{
		"office": office(8, noon),
		"weekly": published(10, 7*24*time.Hour, noon),
		"at 6":   published(60, 24*time.Hour, noon),
		"steady": published(256, 3*time.Hour, noon),
		"burst":  append(published(5, 24*time.Hour, noon.Add(-time.Hour)), noon.Add(-40*time.Minute), noon.Add(-20*time.Minute)),
	} {
		st := State{Published: moments}
		even, shaped := 0., 0.
		const sources = 30
		for i := range sources {
			polls := week(Policy{}, fmt.Sprint(i), st, noon)
			shaped += float64(len(polls))
			for j, at := range append([]time.Time{noon}, polls...) {
				if j > 0 && at.Sub(append([]time.Time{noon}, polls...)[j-1]) < 30*time.Minute {
					t.Errorf("%s: asked again in less than 30 minutes", name)
				}
			}
			for at := noon; at.Before(noon.AddDate(0, 0, 7)); {
				at = at.Add((Policy{}).interval(public("a"), &st, at))
				even++
			}
		}
		if shaped > even*1.03 {
			t.Errorf("%s: %.1f requests a week, %.1f without regard for the hour", name, shaped/sources, even/sources)
		}
	}
}

func testSummerTime(t *testing.T) {
	before := time.Date(2026, 3, 27, 12, 0, 0, 0, time.UTC) // the Friday before
	st := State{Published: office(6, before)}
	zone := orBerlin(nil)
	monday := time.Date(2026, 3, 30, 0, 0, 0, 0, zone)
	for _, id := range []string{"a", "b", "c", "d"} {
		night, morning := 0, 0
		for _, at := range week(Policy{}, id, st, before) {
			switch d := at.Sub(monday); {
			case d >= 0 && d < 7*time.Hour:
				night++
			case d >= 8*time.Hour && d < 15*time.Hour:
				morning++
			}
		}
		if morning < 5 || night > 3 {
			t.Errorf("%s: on the Monday after the change %d requests from 0 to 7 h, %d from 8 to 15 h", id, night, morning)
		}
	}
	for _, at := range []time.Time{ // on both days on which the clocks are changed
		time.Date(2026, 3, 29, 0, 30, 0, 0, time.UTC), time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC),
	} {
		st := State{Published: published(60, 2*time.Hour, at)}
		if next := (Policy{}).AfterAnswer(public("a"), &st, at); next.Sub(at) < 30*time.Minute || next.Sub(at) > 4*time.Hour {
			t.Errorf("from %v to %v", at, next)
		}
	}
}

func testPhase(t *testing.T) {
	var quarters [4]int
	for i := range 400 {
		src := public(fmt.Sprint("source-", i))
		d := Policy{}.AfterFirst(src, &State{ItemsLast: 1, LastSuccess: noon}, noon).Sub(noon)
		if d < 30*time.Minute || d > 90*time.Minute {
			t.Fatalf("%s: the second poll comes after %v", src.ID, d)
		}
		quarters[int(d-30*time.Minute)*4/int(time.Hour+1)]++
		if later := (Policy{}).AfterFirst(src, &State{ItemsLast: 1, LastSuccess: noon}, noon.Add(time.Second)).Sub(noon); later-d != time.Second {
			t.Fatalf("%s: the phase depends on the time", src.ID)
		}
	}
	if slices.Min(quarters[:]) < 70 {
		t.Errorf("of 400 sources added together these are asked again in each quarter of an hour: %v", quarters)
	}
	if d := own(Policy{Interval: time.Second, MinInterval: time.Second}).AfterFirst(public("a"), &State{}, noon).Sub(noon); d > 2*time.Second {
		t.Errorf("one's own host is asked again after %v", d)
	}
}

func testMoments(t *testing.T) {
	zone := orBerlin(nil)
	before, at := noon.Add(-2*time.Hour), noon
	midnight := time.Date(2026, 11, 20, 0, 0, 0, 0, zone).UTC()
	for _, tt := range []struct {
		name   string
		item   Item
		before time.Time
		want   time.Time
	}{
		{"dated", Item{Published: noon.Add(-time.Hour - 7*time.Minute)}, before, noon.Add(-time.Hour - 7*time.Minute)},
		{"undated: half-way", Item{}, before, noon.Add(-time.Hour)},
		{"in the future", Item{Published: noon.Add(time.Hour)}, before, noon.Add(-time.Hour)},
		{"a date without time", Item{Published: midnight}, before, noon.Add(-time.Hour)},
		{"a little late", Item{Published: before.Add(-time.Hour)}, before, noon.Add(-time.Hour)},
		{"out of the archive", Item{Published: before.Add(-72 * time.Hour)}, before, time.Time{}},
		{"changed", Item{ID: "urn:uuid:x", Published: noon.Add(-time.Hour)}, before, time.Time{}},
		{"first poll, dated", Item{Published: before.Add(-72 * time.Hour)}, time.Time{}, before.Add(-72 * time.Hour)},
		{"first poll, undated", Item{}, time.Time{}, time.Time{}},
		{"first poll, in the future", Item{Published: noon.Add(time.Hour)}, time.Time{}, time.Time{}},
		{"first poll, years old", Item{Published: noon.AddDate(-3, 0, 0)}, time.Time{}, time.Time{}},
	} {
		if got := momentOf(&tt.item, tt.before, at, zone); !got.Equal(tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	var flood []Item
	for i := range 2000 {
		flood = append(flood, Item{Published: noon.Add(-time.Duration(i) * 5 * time.Minute)})
	}
	got := Policy{}.learn(public("a"), []time.Time{noon.Add(time.Hour)}, flood, time.Time{}, noon)
	if len(got) != rhythmMoments || !slices.IsSortedFunc(got, time.Time.Compare) || got[len(got)-1].After(noon) {
		t.Errorf("%d moments, up to %v", len(got), got[len(got)-1])
	}
	for i := 1; i < len(got); i++ {
		if got[i].Sub(got[i-1]) < rhythmStep {
			t.Fatalf("%v and %v are kept as two", got[i-1], got[i])
		}
	}
	// Dates without times tell the days, not that the office works at midnight.
	week := profileOf(published(20, 24*time.Hour, midnight.Add(12*time.Hour)), noon, zone)
	if night, day := week[24*3], week[24*3+10]; night > day {
		t.Errorf("midnight %.2f, 10 h %.2f", night, day)
	}
}

// FuzzRhythm looks for moments of publication that lead to a poll too early, too
// late or never.
func FuzzRhythm(f *testing.F) {
	f.Add(int64(3600), 10, int64(0))
	f.Add(int64(1), 300, int64(-5))
	f.Add(int64(400*24*3600), 30, int64(1<<40))
	f.Fuzz(func(t *testing.T, gap int64, n int, shift int64) {
		gap, n = gap%(1<<32), n%1000
		var items []Item
		for i := range max(n, 0) {
			items = append(items, Item{Published: time.Unix(noon.Unix()+shift%(1<<40)-int64(i)*gap, 0)})
		}
		st := State{LastSuccess: noon, ItemsLast: len(items)}
		st.Published = Policy{}.learn(public("a"), nil, items, time.Time{}, noon)
		d := Policy{}.AfterAnswer(public("a"), &st, noon).Sub(noon)
		if d < 30*time.Minute || d > 40*time.Hour {
			t.Errorf("asked again after %v; moments %v", d, st.Published)
		}
	})
}
