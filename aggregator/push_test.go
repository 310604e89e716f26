package aggregator

import (
	"testing"
	"time"
)

func TestWhilePushed(t *testing.T) {
	at := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	p := Policy{}
	src := &Source{ID: "a", URL: "https://a.example/"}
	tests := []struct {
		name      string
		state     State
		schedule  string
		low, high time.Duration
	}{
		{"not pushed", State{}, "", 54 * time.Minute, 66 * time.Minute},
		{"lease over", State{PushedUntil: at}, "", 54 * time.Minute, 66 * time.Minute},
		{"pushed", State{PushedUntil: at.Add(time.Hour)}, "", 21*time.Hour + 36*time.Minute, 26*time.Hour + 24*time.Minute},
		{"with a schedule", State{PushedUntil: at.Add(time.Hour)}, "0 * * * *", 21*time.Hour + 36*time.Minute, 26*time.Hour + 24*time.Minute},
		{"Retry-After is longer", State{PushedUntil: at.Add(time.Hour), RetryAfterUntil: at.Add(72 * time.Hour)}, "", 72 * time.Hour, 72 * time.Hour},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src.Schedule = tt.schedule
			if got := p.AfterAnswer(src, &tt.state, at).Sub(at); got < tt.low || got > tt.high {
				t.Errorf("asked again after %v, want %v to %v", got, tt.low, tt.high)
			}
		})
	}
	skipping := State{PushedUntil: at.Add(time.Hour)}
	for hour := range 24 {
		skipping.SkipHours[hour] = hour != 3
	}
	if got := p.AfterAnswer(src, &skipping, at); got.Hour() != 3 {
		t.Errorf("asked at %v, an hour to be left alone", got)
	}
}
