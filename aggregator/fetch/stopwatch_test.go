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
			time.Sleep(time.Minute)
			w.pause()
			time.Sleep(time.Minute)
			w.resume()
			time.Sleep(58 * time.Minute)
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

// TestDecodingTakesNoTime: while an answer waits to be decoded, which is not for its
// publisher to answer for, its time stands still.
func TestDecodingTakesNoTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, w := startWatch(t.Context(), time.Second)
		defer w.stop()
		b := &reading{rooms: newRooms(1 << 20), ctx: ctx, watch: w, limit: 1 << 20}
		give, err := b.brotli.Take(ctx, 1)
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Hour, give)
		if body, err := b.decode("br", pack(t, []byte(feedText), openBrotli), b.limit); err != nil || string(body) != feedText {
			t.Errorf("%q, %v", body, err)
		}
		if ctx.Err() != nil {
			t.Error("the time is up")
		}
		time.Sleep(time.Minute)
		if ctx.Err() == nil {
			t.Error("the time stands still")
		}
	})
}
