package aggregator

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/robfig/cron/v3"
)

// Job is work that is done again and again.
type Job struct {
	Name  string
	Spec  string // cron spec or "@every 15s", see [ParseSchedule]
	First bool   // do it once at the start, too
	Run   func(context.Context) error
}

// RunJobs does the jobs on their schedules until ctx is done, begins none after
// that, and returns when none is running any more. A job still running when its
// time comes again is left alone; one that fails or panics is logged and comes
// again.
func RunJobs(ctx context.Context, logger *slog.Logger, zone *time.Location, jobs ...Job) error {
	log := cronLogger{logger}
	c := cron.New(cron.WithLocation(zone), cron.WithLogger(log),
		cron.WithChain(cron.SkipIfStillRunning(log), cron.Recover(log)))
	for _, job := range jobs {
		run := func() {
			if ctx.Err() != nil {
				return // its time came as everything ends
			}
			if err := job.Run(ctx); err != nil && ctx.Err() == nil {
				logger.Error("job failed", "job", job.Name, "err", err)
			}
		}
		if _, err := ParseSchedule(job.Spec, zone); err != nil {
			return fmt.Errorf("job %s: %w", job.Name, err)
		}
		if _, err := c.AddFunc(job.Spec, run); err != nil {
			return fmt.Errorf("job %s: %w", job.Name, err)
		}
		if job.First {
			run()
		}
	}
	c.Start()
	<-ctx.Done()
	<-c.Stop().Done()
	return nil
}

// cronLogger passes on what cron calls errors; its infos are one line a tick.
type cronLogger struct{ *slog.Logger }

// Info is silent.
func (cronLogger) Info(string, ...any) {}

// Error logs what went wrong inside cron, a panic of a job among it.
func (l cronLogger) Error(err error, msg string, keysAndValues ...any) {
	l.Logger.Error("job failed", append([]any{"err", err, "cron", msg}, keysAndValues...)...)
}
