package aggregator

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Cursor is a place in the order of feeds, which is by time and then by row,
// newest first. The zero Cursor is before the newest item.
type Cursor struct {
	Time time.Time
	Row  int64 // of items of the same second; 0 comes after all of them
}

const cursorLayout = "20060102150405"

// String returns a form that can stand in a URL, "20261021083000-1234" (UTC), and
// "" for the zero Cursor.
func (c Cursor) String() string {
	if c.Time.IsZero() {
		return ""
	}
	s := c.Time.UTC().Format(cursorLayout)
	if c.Row > 0 {
		s += "-" + strconv.FormatInt(c.Row, 10)
	}
	return s
}

// ParseCursor reads what [Cursor.String] writes, and a day, "2026-10-21", whose
// beginning in zone is meant.
func ParseCursor(s string, zone *time.Location) (Cursor, error) {
	if t, err := time.ParseInLocation(time.DateOnly, s, zone); err == nil {
		return Cursor{Time: t}, nil
	}
	at, row, found := strings.Cut(s, "-")
	t, err := time.Parse(cursorLayout, at)
	if err != nil || t.Year() < 1 {
		return Cursor{}, fmt.Errorf("%q is neither a day (2026-10-21) nor a place in a list", s)
	}
	c := Cursor{Time: t}
	if found {
		if c.Row, err = strconv.ParseInt(row, 10, 64); err != nil || c.Row <= 0 || row[0] == '+' {
			return Cursor{}, fmt.Errorf("%q is no place in a list: %q is no number", s, row)
		}
	}
	return c, nil
}
