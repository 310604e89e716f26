package aggregator

import (
	"math"
	"slices"
	"time"
)

// What a source's own rhythm is read from, and how far it may lead from the
// base interval.
const (
	rhythmMoments  = 256            // moments of publication remembered
	rhythmGaps     = 20             // the last so many of them tell the usual gap
	rhythmEnough   = 5              // fewer tell nothing
	rhythmStep     = floorInterval  // what appears closer together is one publication
	rhythmAge      = 400 * day      // older ones do not count
	rhythmArchive  = 48 * time.Hour // new to us but dated so long before the last poll: not published now
	rhythmSlowest  = 12             // times the base interval
	rhythmSilence  = 48             // the part of a silence that a source is left alone for
	rhythmLongest  = 36 * time.Hour // the wait outside of the hours in which a source publishes, at most
	rhythmEven     = 0.1            // the share of requests spread evenly over the week, at least
	rhythmContrast = 0.75           // how much requests follow publications: 0 not, 1 in proportion
	doubtGaps      = 10             // usual gaps without news before a 304 is doubted
	doubtLeast     = 3 * day        // but not before that: longer than a weekend,
	doubtAgain     = day            // or this for a source whose last news came only as we doubted
	doubtMost      = 7 * day
)

// zone is the one the source keeps its office hours in.
func (p Policy) zone(src *Source) *time.Location {
	if src.Zone != nil {
		return src.Zone
	}
	return orBerlin(p.Zone)
}

// interval is the time between two requests by the source's own rhythm: half
// the median gap between its last publications, from half of the base interval
// to twelve times it (30 minutes to 12 hours for the default of an hour, at
// most a day). It is the base interval until enough is known, and twelve times
// it for a source without items. One that has fallen silent is left alone for a
// 48th of the silence, so that a weekend changes little and a year a lot.
//
// A host of one's own with a base interval under 15 minutes is asked as
// configured.
func (p Policy) interval(src *Source, st *State, at time.Time) time.Duration {
	base := p.base(src)
	if base < floorInterval {
		return base
	}
	low := max(base/2, p.floor(src))
	high := max(min(rhythmSlowest*base, day), base)
	d := base
	switch gap := usualGap(st.Published); {
	case gap > 0:
		d = gap / 2
	case len(st.Published) == 0 && st.ItemsLast == 0 && !st.LastSuccess.IsZero():
		d = high
	}
	last := st.LastChange
	if n := len(st.Published); n > 0 {
		last = st.Published[n-1]
	}
	if !last.IsZero() {
		d = max(d, at.Sub(last)/rhythmSilence)
	}
	return min(max(d, low), high)
}

// usualGap is the median of the last gaps between publications, 0 while too few
// are known.
func usualGap(moments []time.Time) time.Duration {
	if len(moments) < rhythmEnough {
		return 0
	}
	moments = moments[max(0, len(moments)-rhythmGaps):]
	gaps := make([]time.Duration, 0, rhythmGaps)
	for i := 1; i < len(moments); i++ {
		gaps = append(gaps, moments[i].Sub(moments[i-1]))
	}
	slices.Sort(gaps)
	return gaps[len(gaps)/2]
}

// own is when the source is asked next by its own rhythm, units requests' worth
// of time after at. The requests of a week are dealt out over its hours by the
// source's profile; a week has as many of them as without, or fewer.
func (p Policy) own(src *Source, st *State, at time.Time, units float64) time.Time {
	interval := p.interval(src, st, at)
	least := max(p.base(src)/2, p.floor(src))
	if interval < floorInterval || len(st.Published) < rhythmEnough {
		return at.Add(max(time.Duration(units*float64(interval)), p.floor(src)))
	}
	zone := p.zone(src)
	week := profileOf(st.Published, at, zone)
	even := min(max(rhythmEven, float64(interval)/float64(rhythmLongest)), 1)
	t := at
	for left := units * float64(interval); ; {
		local := t.In(zone)
		end := t.Truncate(time.Hour).Add(time.Hour)
		pace := even + (1-even)*week[hourOfWeek(local)]
		if gain := pace * float64(end.Sub(t)); gain < left {
			left, t = left-gain, end
			continue
		}
		t = t.Add(time.Duration(left / pace))
		break
	}
	if earliest := at.Add(least); t.Before(earliest) {
		return earliest.Add(spread(least/5, 1, src.ID, at) / 2)
	}
	return t
}

// profile is how much more often than on average a source is asked in each hour
// of the week, which begins on Sunday at 0. The mean is 1.
type profile [7 * 24]float64

func hourOfWeek(local time.Time) int { return 24*int(local.Weekday()) + local.Hour() }

// profileOf reads a profile from moments of publication, of which there is one
// at least. Hours and days are told apart (what is published at 9 on a Tuesday
// makes 9 o'clock on Wednesdays likelier), and until they tell otherwise a
// source is taken for an office: Monday to Friday, 7 to 19.
//
// Requests that went in proportion to publications would be too rare in the
// quieter hours. The square root makes the mean delay the smallest, if what we
// know of the hours is certain and the rest chance; the power of 3/4 did best
// for the median in the simulation.
func profileOf(moments []time.Time, at time.Time, zone *time.Location) profile {
	hours, days := officeHours(), officeDays()
	weeks := max(at.Sub(moments[0]).Hours()/(7*24), 1./7)
	perDay := float64(len(moments)) / (weeks * 7)
	for d := range days {
		days[d] *= perDay // what a week of it would have brought
	}
	for _, t := range moments {
		local := t.In(zone)
		days[local.Weekday()]++
		if dateOnly(local) {
			continue
		}
		h := local.Hour()
		hours[h] += 0.5
		hours[(h+1)%24] += 0.25
		hours[(h+23)%24] += 0.25
	}
	seen := daysSeen(moments[0].In(zone), at.In(zone))
	var week profile
	sum := 0.
	for i := range week {
		d := i / 24
		week[i] = math.Pow(hours[i%24]*days[d]/(1+seen[d]), rhythmContrast)
		sum += week[i]
	}
	for i := range week {
		week[i] *= float64(len(week)) / sum
	}
	return week
}

// officeHours is the weight of each hour of the day before anything is known,
// as much as four publications.
func officeHours() (hours [24]float64) {
	for h := range hours {
		hours[h] = 1. / 24
		if 7 <= h && h < 19 {
			hours[h] += 3. / 12
		}
	}
	return hours
}

// officeDays is the weight of each day of the week before anything is known;
// the mean is 1.
func officeDays() (days [7]float64) {
	for d := range days {
		days[d] = 1.3
	}
	days[time.Saturday], days[time.Sunday] = 0.25, 0.25
	return days
}

// daysSeen counts the Sundays, Mondays and so on from one local time to
// another, the first of them not included: it is cut off by what is remembered.
func daysSeen(from, to time.Time) (seen [7]float64) {
	hours := to.Sub(from).Hours()
	whole := max(int(hours/24), 0)
	for d := range seen {
		seen[d] = float64(whole / 7)
	}
	for i := range whole % 7 {
		seen[(int(to.Weekday())+7-i)%7]++
	}
	return seen
}

// dateOnly tells whether a local time looks like a date given without a time.
func dateOnly(local time.Time) bool {
	h, m, s := local.Clock()
	return h+m+s == 0
}

// learn adds to the moments of publication what an answer at at brought. items
// are the new and the changed ones; before is when the source was read last,
// zero for the first time, and at itself for what a hub sends: that is sent when it
// appears.
func (p Policy) learn(src *Source, moments []time.Time, items []Item, before, at time.Time) []time.Time {
	all := slices.Clone(moments)
	zone := p.zone(src)
	for i := range items {
		if t := momentOf(&items[i], before, at, zone); !t.IsZero() {
			all = append(all, t.UTC().Truncate(time.Second))
		}
	}
	slices.SortFunc(all, time.Time.Compare)
	kept := all[:0]
	for _, t := range all {
		if n := len(kept); n > 0 && t.Sub(kept[n-1]) < rhythmStep || t.After(at) {
			continue
		}
		kept = append(kept, t)
	}
	return kept[max(0, len(kept)-rhythmMoments):]
}

// momentOf is when an item appeared at its source: when it says, if that can
// be, else half-way between the poll that did not find it and the one that did.
// It is the zero time for one that tells nothing: one known already, an undated
// one at the first poll, one out of the archive.
func momentOf(it *Item, before, at time.Time, zone *time.Location) time.Time {
	t := it.Published
	switch {
	case it.ID != "":
		return time.Time{}
	case before.IsZero():
		if t.After(at) || at.Sub(t) > rhythmAge {
			return time.Time{}
		}
		return t
	case !t.IsZero() && before.Sub(t) > rhythmArchive:
		return time.Time{}
	case t.After(before) && !t.After(at) && !dateOnly(t.In(zone)):
		return t
	}
	return before.Add(at.Sub(before) / 2)
}

// doubts tells whether a source is to be asked without validators though there
// are some: it has answered "not modified" for ten times its usual gap, from
// three days to a week, and may be one of those that always do. Once it has been
// caught at that, a day is enough.
func (p Policy) doubts(st *State, at time.Time) bool {
	if st.ETag == "" && st.LastModified == "" {
		return false
	}
	last := st.LastChange
	if st.LastFull.After(last) {
		last = st.LastFull
	}
	if last.After(at) {
		return true // the clock was set back
	}
	wait := doubtMost
	if gap := usualGap(st.Published); gap > 0 {
		least := doubtLeast
		if st.LastChange.Equal(st.LastFull) {
			least = doubtAgain
		}
		wait = min(max(doubtGaps*gap, least), doubtMost)
	}
	return at.Sub(last) >= wait
}
