package aggregator

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestRunJobs(t *testing.T) {
	for _, tt := range []struct {
		name          string
		lasts, tidies time.Duration
	}{
		{"waits for what is running", 3500 * time.Millisecond, time.Minute},
		{"ends at the moment of a tick", 3 * time.Second, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { testRunJobs(t, tt.lasts, tt.tidies) })
		})
	}
}

// testRunJobs runs jobs for a time, after which the slow one has something to tidy
// up.
func testRunJobs(t *testing.T, lasts, tidies time.Duration) {
	var log bytes.Buffer // the handler locks it
	ctx, cancel := context.WithTimeout(t.Context(), lasts)
	defer cancel()
	var first, failed, panicked, slow, ended atomic.Int32
	err := RunJobs(ctx, slog.New(slog.NewTextHandler(&log, nil)), time.UTC,
		Job{Name: "first", Spec: "@yearly", First: true, Run: func(context.Context) error { first.Add(1); return nil }},
		Job{Name: "failing", Spec: "@every 1s", Run: func(context.Context) error { failed.Add(1); return errors.New("no luck") }},
		Job{Name: "panicking", Spec: "@every 1s", Run: func(context.Context) error { panicked.Add(1); panic("oh") }},
		Job{Name: "slow", Spec: "@every 1s", Run: func(ctx context.Context) error {
			slow.Add(1)
			<-ctx.Done()
			time.Sleep(tidies)
			ended.Add(1)
			return ctx.Err()
		}})
	if err != nil {
		t.Fatal(err)
	}
	if first.Load() != 1 {
		t.Errorf("the first job ran %d times", first.Load())
	}
	if failed.Load() < 2 || panicked.Load() < 2 {
		t.Errorf("the failing job came %d times, the panicking one %d times", failed.Load(), panicked.Load())
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
