package fetch

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// A stopwatch counts only the time it runs.
func TestStopwatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		ctx, w := startWatch(t.Context(), 10*time.Second)
		defer w.stop()
		for range 3 {
			time.Sleep(3 * time.Second)
			w.pause()
			time.Sleep(time.Hour)
			w.resume()
		}
		if ctx.Err() != nil {
			t.Fatal("ended after nine of ten seconds")
		}
		<-ctx.Done()
		if took := time.Since(start); took != 3*time.Hour+10*time.Second {
			t.Errorf("ended after %v", took)
		}
		if context.Cause(ctx) != context.DeadlineExceeded {
			t.Errorf("cause = %v", context.Cause(ctx))
		}
		w.pause()
		w.resume() // too late, and harmless
	})
}

func TestStopwatchStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, w := startWatch(t.Context(), time.Second)
		w.stop()
		<-ctx.Done()
		time.Sleep(time.Minute)
		if context.Cause(ctx) != context.Canceled {
			t.Errorf("cause = %v", context.Cause(ctx))
		}
	})
}
