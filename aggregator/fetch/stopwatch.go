package fetch

import (
	"context"
	"sync"
	"time"
)

// stopwatch ends a context when its time is up, like [context.WithTimeout], but
// can stand still in between. The context then ends with [context.Canceled], its
// cause is context.DeadlineExceeded.
type stopwatch struct {
	cancel context.CancelCauseFunc

	mu     sync.Mutex
	timer  *time.Timer
	since  time.Time     // it runs since then
	left   time.Duration // at that moment
	pauses int           // not yet over
}

// startWatch returns a context that ends after d and the watch that ends it. The
// caller stops the watch.
func startWatch(ctx context.Context, d time.Duration) (context.Context, *stopwatch) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &stopwatch{cancel: cancel, since: time.Now(), left: d}
	w.timer = time.AfterFunc(d, func() { cancel(context.DeadlineExceeded) })
	return ctx, w
}

// pause makes the watch stand still until it is resumed as often as it was paused.
func (w *stopwatch) pause() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.pauses++; w.timer.Stop() {
		w.left -= time.Since(w.since)
	}
}

// resume ends a pause. After the last one the watch runs again, unless its time was
// up.
func (w *stopwatch) resume() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.pauses--; w.pauses > 0 {
		return
	}
	w.since = time.Now()
	w.timer.Reset(max(w.left, 0))
}

// stop ends the context.
func (w *stopwatch) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer.Stop()
	w.cancel(context.Canceled)
}
