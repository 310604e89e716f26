package aggregator

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// lockedBuffer may be written to from several goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.String()
}

func TestRunJobs(t *testing.T) {
	var log lockedBuffer
	ctx, cancel := context.WithCancel(t.Context())
	var first, again, slow, ended atomic.Int32
	panicked := make(chan struct{}, 8)
	done := make(chan error, 1)
	go func() {
		done <- RunJobs(ctx, slog.New(slog.NewTextHandler(&log, nil)), time.UTC,
			Job{Name: "first", Spec: "@yearly", First: true, Run: func(context.Context) error { first.Add(1); return nil }},
			Job{Name: "failing", Spec: "@every 1s", Run: func(context.Context) error { again.Add(1); return errors.New("no luck") }},
			Job{Name: "panicking", Spec: "@every 1s", Run: func(context.Context) error { panicked <- struct{}{}; panic("oh") }},
			Job{Name: "slow", Spec: "@every 1s", Run: func(ctx context.Context) error {
				slow.Add(1)
				<-ctx.Done()
				ended.Add(1)
				return ctx.Err()
			}})
	}()
	<-panicked
	<-panicked // comes again
	for slow.Load() == 0 || again.Load() < 2 {
		time.Sleep(10 * time.Millisecond)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if first.Load() != 1 {
		t.Errorf("the first job ran %d times", first.Load())
	}
	if slow.Load() != 1 || ended.Load() != 1 {
		t.Errorf("the slow job began %d times and had ended %d times when RunJobs returned", slow.Load(), ended.Load())
	}
	for _, want := range []string{"job=failing", "no luck", "oh"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, log.String())
		}
	}
	if strings.Contains(log.String(), "job=slow") {
		t.Error("a job that was stopped is logged as failed")
	}
}

func TestRunJobsRefusesBadSpecs(t *testing.T) {
	for _, spec := range []string{"", "whenever", "TZ=UTC", "@every 1ms", "0 0 30 2 *"} {
		err := RunJobs(t.Context(), slog.New(slog.DiscardHandler), time.UTC, Job{Name: "x", Spec: spec, Run: func(context.Context) error { return nil }})
		if err == nil || !strings.Contains(err.Error(), "job x") {
			t.Errorf("%q: %v", spec, err)
		}
	}
}
