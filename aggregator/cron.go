package aggregator

import (
	"errors"
	"fmt"
	"math/bits"
	"regexp"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Schedule is a cron spec that has been read: it knows when a source is next
// due. The zero Schedule never is.
//
// Days and hours are those of the zone it was read with, and that has a trap:
// a time that the zone skips when summer time begins does not exist on that
// day, and the schedule skips with it. "30 2 * * *" in Europe/Berlin does not
// fire on the last Sunday of March. Specs of "@every" know no zone and are
// free of this.
type Schedule struct {
	next    cron.Schedule
	closest time.Duration
}

// Next returns the first time after t that the schedule fires, in the zone of
// t. The zero time means never: the schedule does not fire in the five years
// that follow (29 February around the year 2100).
func (s Schedule) Next(t time.Time) time.Time {
	if s.next == nil {
		return time.Time{}
	}
	return s.next.Next(t)
}

// Closest returns how close two firings come to each other at the closest, by
// the clock on the wall: 15 minutes for "*/15 8-18 * * *", 24 hours for
// "0 6 * * *". Days of 23 and 25 hours are not looked at.
func (s Schedule) Closest() time.Duration {
	return s.closest
}

// cronField matches one field of a spec. The library is laxer: it takes "*-5"
// for "*" and "," for a field without values, which keeps it searching.
var cronField = regexp.MustCompile(`^(?i:[*?]|[0-9]{1,2}|[a-z]{3})(-(?i:[0-9]{1,2}|[a-z]{3}))?(/[0-9]{1,2})?$`)

const (
	day = 24 * time.Hour
	// longestEvery keeps "@every" from naming a time nobody lives to see.
	longestEvery = 366 * day
)

// ParseSchedule reads a cron spec of five fields (minute, hour, day of the
// month, month, day of the week; Sunday is 0), one of @hourly, @daily, @weekly,
// @monthly, @yearly and their synonyms, or "@every 45m" with any duration from
// one second to 366 days that [time.ParseDuration] knows. A nil zone is
// Europe/Berlin where the system knows it, else UTC.
//
// It refuses specs that name a zone of their own (TZ=, CRON_TZ=), since the
// zone is a setting of the source, and specs that never fire, such as 30
// February.
func ParseSchedule(spec string, zone *time.Location) (Schedule, error) {
	s, err := parseSchedule(strings.TrimSpace(spec), zone)
	if err != nil {
		return Schedule{}, fmt.Errorf("reading schedule %q: %w", spec, err)
	}
	return s, nil
}

func parseSchedule(spec string, zone *time.Location) (Schedule, error) {
	switch upper := strings.ToUpper(spec); {
	case spec == "":
		return Schedule{}, errors.New("it is empty")
	case strings.HasPrefix(upper, "TZ=") || strings.HasPrefix(upper, "CRON_TZ="):
		return Schedule{}, errors.New("a zone inside the spec is not allowed")
	case strings.HasPrefix(spec, "@every"):
		return parseEvery(strings.TrimPrefix(spec, "@every"))
	case !strings.HasPrefix(spec, "@"):
		if err := checkFields(spec); err != nil {
			return Schedule{}, err
		}
	}
	parsed, err := cron.ParseStandard(spec)
	if err != nil {
		return Schedule{}, err
	}
	fields, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		return Schedule{}, fmt.Errorf("unexpected schedule %T", parsed)
	}
	fields.Location = time.UTC
	// From here the next 29 February is in two months.
	if fields.Next(time.Date(2023, 12, 31, 0, 0, 0, 0, time.UTC)).IsZero() {
		return Schedule{}, errors.New("it never fires: no such day exists")
	}
	s := Schedule{next: fields, closest: closest(*fields)}
	fields.Location = orBerlin(zone)
	return s, nil
}

func parseEvery(text string) (Schedule, error) {
	d, err := time.ParseDuration(strings.TrimSpace(text))
	switch {
	case err != nil:
		return Schedule{}, errors.New(`after @every stands a duration such as "45m" or "2h30m"`)
	case d < time.Second:
		return Schedule{}, errors.New("@every is shorter than a second")
	case d > longestEvery:
		return Schedule{}, errors.New("@every is longer than 366 days")
	}
	every := cron.Every(d)
	return Schedule{next: every, closest: every.Delay}, nil
}

func checkFields(spec string) error {
	fields := strings.Fields(spec)
	if len(fields) != 5 {
		return fmt.Errorf("it has %d fields, not 5 (minute, hour, day, month, weekday)", len(fields))
	}
	for _, f := range fields {
		for part := range strings.SplitSeq(f, ",") {
			if !cronField.MatchString(part) || strings.HasPrefix(part, "*-") || strings.HasPrefix(part, "?-") {
				return fmt.Errorf("field %q is not *, a number, a range such as 8-18, a step such as */15, or a list of these", f)
			}
		}
	}
	return nil
}

func orBerlin(zone *time.Location) *time.Location {
	if zone != nil {
		return zone
	}
	if berlin, err := time.LoadLocation("Europe/Berlin"); err == nil {
		return berlin
	}
	return time.UTC
}

// closest finds the smallest gap between two firings. Within a day the firings
// are every hour of the set at every minute of the set. The gap over midnight
// counts only when the schedule fires on two days in a row, which is tried out
// over five years with everything but the days taken out.
func closest(s cron.SpecSchedule) time.Duration {
	const stars = 1 << 63
	hours, minutes := s.Hour&^stars, s.Minute&^stars
	first := time.Duration(bits.TrailingZeros64(hours))*time.Hour + time.Duration(bits.TrailingZeros64(minutes))*time.Minute
	gap := longestEvery
	last, seen := time.Duration(0), false
	for h := hours; h != 0; h &= h - 1 {
		for m := minutes; m != 0; m &= m - 1 {
			at := time.Duration(bits.TrailingZeros64(h))*time.Hour + time.Duration(bits.TrailingZeros64(m))*time.Minute
			if seen {
				gap = min(gap, at-last)
			}
			last, seen = at, true
		}
	}
	return min(gap, closestDays(s)+first-last)
}

// closestDays returns the smallest distance between two days the schedule fires
// on: 24 hours, or more when it never fires on two days in a row.
func closestDays(s cron.SpecSchedule) time.Duration {
	s.Hour, s.Minute = 1, 1
	gap := longestEvery
	from := s.Next(time.Date(2023, 12, 31, 0, 0, 0, 0, time.UTC))
	for end := from.AddDate(5, 0, 0); from.Before(end) && gap > day; {
		next := s.Next(from)
		if next.IsZero() {
			break
		}
		gap = min(gap, next.Sub(from))
		from = next
	}
	return gap
}
