package aggregator

import (
	"testing"
	"time"
)

func TestCursor(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 10, 21, 8, 30, 0, 0, time.UTC)
	for _, c := range []Cursor{{at, 1234}, {at, 0}, {at.In(berlin), 1}} {
		got, err := ParseCursor(c.String(), berlin)
		if err != nil || !got.Time.Equal(c.Time) || got.Row != c.Row {
			t.Errorf("%v came back as %v, %v", c, got, err)
		}
	}
	if s := (Cursor{}).String(); s != "" {
		t.Errorf("the zero Cursor is %q", s)
	}
	if c, err := ParseCursor("2026-10-21", berlin); err != nil || !c.Time.Equal(time.Date(2026, 10, 20, 22, 0, 0, 0, time.UTC)) || c.Row != 0 {
		t.Errorf("a day is %v, %v", c, err)
	}
	for _, bad := range []string{"", "x", "2026-13-01", "2026-10-21-1", "20261021083000-", "20261021083000-x", "20261021083000--1", "20261021083000-0",
		"20261021083000-+1", "20261021083000-99999999999999999999", "20261321083000-1", "00000101000000-1", "20261021083000-1-1", "'; DROP TABLE items"} {
		if c, err := ParseCursor(bad, berlin); err == nil {
			t.Errorf("%q is %v", bad, c)
		}
	}
}
