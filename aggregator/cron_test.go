package aggregator

import (
	"strings"
	"testing"
	"time"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Skipf("this system does not know %s: %v", name, err)
	}
	return loc
}

func TestParseScheduleNext(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	at := func(s string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04:05", s, berlin)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	tests := []struct {
		spec, from, want string
		closest          time.Duration
	}{
		{"0 6 * * *", "2026-11-21 05:59:59", "2026-11-21 06:00:00", 24 * time.Hour},
		{"0 6 * * *", "2026-11-21 06:00:00", "2026-11-22 06:00:00", 24 * time.Hour},
		{"*/15 8-18 * * 1-5", "2026-11-20 18:46:00", "2026-11-23 08:00:00", 15 * time.Minute},
		{"*/15 8-18 * * mon-FRI", "2026-11-20 18:46:00", "2026-11-23 08:00:00", 15 * time.Minute},
		{"  7,37   *  * * * ", "2026-11-21 06:08:00", "2026-11-21 06:37:00", 30 * time.Minute},
		{"10,50 * * * *", "2026-11-21 06:50:00", "2026-11-21 07:10:00", 20 * time.Minute},
		{"55 23 1 * *", "2026-11-21 06:50:00", "2026-12-01 23:55:00", 28 * 24 * time.Hour},
		{"0 12 29 2 *", "2026-11-21 00:00:00", "2028-02-29 12:00:00", 366 * 24 * time.Hour},
		// Over midnight: two days in a row, and never two days in a row.
		{"58,2 0,23 * * *", "2026-11-21 23:58:00", "2026-11-22 00:02:00", 4 * time.Minute},
		{"0 0,22 * * 1", "2026-11-23 22:00:00", "2026-11-30 00:00:00", 22 * time.Hour},
		{"0 0,22 * * 1,2", "2026-11-23 22:00:00", "2026-11-24 00:00:00", 2 * time.Hour},
		{"@hourly", "2026-11-21 06:50:00", "2026-11-21 07:00:00", time.Hour},
		{"@daily", "2026-11-21 06:50:00", "2026-11-22 00:00:00", 24 * time.Hour},
		{"@midnight", "2026-11-21 06:50:00", "2026-11-22 00:00:00", 24 * time.Hour},
		{"@weekly", "2026-11-21 06:50:00", "2026-11-22 00:00:00", 7 * 24 * time.Hour},
		{"@monthly", "2026-11-21 06:50:00", "2026-12-01 00:00:00", 28 * 24 * time.Hour},
		{"@yearly", "2026-11-21 06:50:00", "2027-01-01 00:00:00", 365 * 24 * time.Hour},
		{"@every 45m", "2026-11-21 06:50:00", "2026-11-21 07:35:00", 45 * time.Minute},
		{"@every 1s", "2026-11-21 06:50:00", "2026-11-21 06:50:01", time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.spec, func(t *testing.T) {
			s, err := ParseSchedule(tt.spec, berlin)
			if err != nil {
				t.Fatal(err)
			}
			if got := s.Next(at(tt.from)); !got.Equal(at(tt.want)) {
				t.Errorf("Next(%s) = %s, want %s", tt.from, got, tt.want)
			}
			if s.Closest() != tt.closest {
				t.Errorf("Closest() = %s, want %s", s.Closest(), tt.closest)
			}
		})
	}
}

func TestParseScheduleRefuses(t *testing.T) {
	tests := []struct{ spec, want string }{
		{"", "empty"},
		{"   ", "empty"},
		{"TZ=", "zone inside"},
		{"TZ=UTC", "zone inside"},
		{"CRON_TZ=Europe/Berlin", "zone inside"},
		{"CRON_TZ=Europe/Berlin 0 6 * * *", "zone inside"},
		{"tz=UTC 0 6 * * *", "zone inside"},
		{"0 6 * *", "4 fields"},
		{"0 0 6 * * *", "6 fields"},
		{"60 * * * *", "above maximum"},
		{"* 24 * * *", "above maximum"},
		{"* * 0 * *", "below minimum"},
		{"* * * 13 *", "above maximum"},
		{"* * * * 7", "above maximum"},
		{"* * * foo *", "failed to parse"},
		{"5-1 * * * *", "beyond end"},
		{"*/0 * * * *", "positive"},
		{"-1 * * * *", "field"},
		{"*-5 * * * *", "field"},
		{", * * * *", "field"},
		{"1,,2 * * * *", "field"},
		{"1-2-3 * * * *", "field"},
		{"*/1/2 * * * *", "field"},
		{"0 0 30 2 *", "never fires"},
		{"0 0 31 4,6,9,11 *", "never fires"},
		{"@never", "unrecognized"},
		{"@every", "duration"},
		{"@every soon", "duration"},
		{"@every 45", "duration"},
		{"@every 0s", "shorter"},
		{"@every -1h", "shorter"},
		{"@every 999ms", "shorter"},
		{"@every 9000h", "longer"},
		{"@every 99999999999h", "duration"},
		{"every day", "2 fields"},
	}
	for _, tt := range tests {
		t.Run(tt.spec, func(t *testing.T) {
			_, err := ParseSchedule(tt.spec, time.UTC)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

// The trap named in the documentation: when summer time begins, 2:30 does not
// exist, and the day goes by without a firing.
func TestScheduleSkipsMissingHour(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	s, err := ParseSchedule("30 2 * * *", nil)
	if err != nil {
		t.Fatal(err)
	}
	got := s.Next(time.Date(2026, 3, 28, 12, 0, 0, 0, berlin))
	if want := time.Date(2026, 3, 30, 2, 30, 0, 0, berlin); !got.Equal(want) {
		t.Errorf("over the beginning of summer time: %s, want %s", got, want)
	}
	every, err := ParseSchedule("@every 1h", berlin)
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2026, 3, 29, 1, 30, 0, 0, berlin)
	if got := every.Next(from); got.Sub(from) != time.Hour {
		t.Errorf("@every 1h in the night of the change: %s after %s", got, from)
	}
}

func TestZeroScheduleNeverFires(t *testing.T) {
	if got := (Schedule{}).Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)); !got.IsZero() {
		t.Errorf("Next = %s, want the zero time", got)
	}
}

func FuzzParseSchedule(f *testing.F) {
	for _, s := range []string{"0 6 * * *", "*/15 8-18 * * mon-fri", "@every 45m", "@hourly", "TZ=", "TZ=UTC ", "CRON_TZ=", "*-5 * * * *", "0 0 30 2 *", "58,2 0,23 * * *", "0 0 29 2 *"} {
		f.Add(s, int64(1795287600))
	}
	berlin := zone(f, "Europe/Berlin")
	f.Fuzz(func(t *testing.T, spec string, unix int64) {
		s, err := ParseSchedule(spec, berlin)
		if err != nil {
			return
		}
		if s.Closest() < time.Second {
			t.Errorf("%q fires every %s", spec, s.Closest())
		}
		from := time.Unix(unix%(1<<33), 0)
		next := s.Next(from)
		if !next.IsZero() && !next.After(from) {
			t.Errorf("%q: Next(%s) = %s", spec, from, next)
		}
	})
}
