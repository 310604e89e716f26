package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/spf13/cobra"

	"laenderfeed/aggregator"
	"laenderfeed/config"
)

func (e env) runCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "run",
		Short: "The daemon: poll on schedule, serve feeds and pages",
		Args:  args(cobra.NoArgs),
	}
	path := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := e.loadConfig(*path)
		if err != nil {
			return err
		}
		return e.daemon(cmd.Context(), cfg, nil)
	}
	return cmd
}

// daemon polls and serves until ctx is done. ready, if given, is told the
// address once readers are served.
func (e env) daemon(ctx context.Context, cfg *config.Config, ready func(url string)) (err error) {
	log := e.logger()
	for _, w := range cfg.Warnings {
		log.Warn("configuration", "warning", w.Error())
	}
	l, err := listen(ctx, cfg.Server.Listen)
	if err != nil {
		return err
	}
	defer l.Close() // again, when all went well
	url := urlOf(l.Addr())
	a, err := e.open(ctx, cfg, log, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	h, err := a.handler(ctx, url)
	if err != nil {
		return err
	}
	srv := serve(l, h, log)
	log.Info("serving", "url", url, "sources", countEnabled(cfg.Sources), "database", a.path)
	notify(log, daemon.SdNotifyReady)
	if ready != nil {
		ready(url)
	}
	return a.work(ctx, srv, url)
}

// work polls, tidies up and feeds the watchdog until ctx is done or something
// breaks, then ends everything in order: no new polls, those under way saved,
// readers' downloads finished.
func (a *app) work(ctx context.Context, srv *server, url string) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	a.beat.Store(time.Now().UnixNano())
	var tasks sync.WaitGroup
	var jobs, served error
	tasks.Go(func() {
		defer stop()
		jobs = aggregator.RunJobs(ctx, a.log, time.UTC, a.jobs()...)
	})
	tasks.Go(func() { watchdog(ctx, a.log, func(ctx context.Context) error { return a.alive(ctx, url) }) })
	select {
	case served = <-srv.done:
		srv.done <- served
	case <-ctx.Done():
	}
	notify(a.log, daemon.SdNotifyStopping)
	a.log.Info("stopping")
	stop()
	tasks.Wait()
	a.poller.Wait()
	return errors.Join(jobs, srv.stop())
}

// jobs are what the daemon does by the clock.
func (a *app) jobs() []aggregator.Job {
	return []aggregator.Job{
		{Name: "poll", Spec: "@every " + a.tick.String(), First: true, Run: a.pollDue},
		{Name: "purge", Spec: "@daily", First: true, Run: a.purge},
		{Name: "tidy", Spec: "@hourly", Run: a.store.Tidy},
	}
}

func (a *app) pollDue(ctx context.Context) error {
	err := a.poller.Tick(ctx)
	if err == nil {
		a.beat.Store(time.Now().UnixNano())
	}
	return err
}

// purge removes what is older than the retention, if there is one.
func (a *app) purge(ctx context.Context) error {
	if a.cfg.Storage.Retention <= 0 {
		return nil
	}
	n, err := a.store.Purge(ctx, time.Now().Add(-a.cfg.Storage.Retention))
	if n > 0 {
		a.log.Info("purged", "items", n)
	}
	return err
}

// alive tells whether the daemon does its work: due sources are looked for, and
// a page that needs the database is served.
func (a *app) alive(ctx context.Context, url string) error {
	last := time.Unix(0, a.beat.Load())
	if late := time.Since(last); late > 3*a.tick+10*time.Second {
		return fmt.Errorf("no source was looked for in %s", late.Round(time.Second))
	}
	return answers(ctx, url+"/feeds.opml")
}

func countEnabled(sources []aggregator.Source) int {
	n := 0
	for i := range sources {
		if sources[i].Enabled {
			n++
		}
	}
	return n
}

// discard is for commands whose result is the message.
func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
