package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"
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
		Long: `Run polls the enabled sources on schedule and serves feeds and pages until it is
told to stop (SIGINT, SIGTERM). SIGHUP makes it read its configuration again: a
good one takes over without dropping a connection, a bad one is refused.`,
		Args: args(cobra.NoArgs),
	}
	path := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := e.loadConfig(*path)
		if err != nil {
			return err
		}
		hangup := make(chan os.Signal, 1)
		signal.Notify(hangup, syscall.SIGHUP)
		defer signal.Stop(hangup)
		return e.daemon(cmd.Context(), cfg, daemonOptions{
			hangup: hangup, load: func() (*config.Config, error) { return e.loadConfig(*path) },
		})
	}
	return cmd
}

// daemonOptions are what the daemon may be given besides a configuration.
type daemonOptions struct {
	log    *slog.Logger                   // nil: to stderr
	ready  func(url string)               // told the address once readers are served
	hangup <-chan os.Signal               // asks for the configuration to be read again
	load   func() (*config.Config, error) // reads it
}

// daemon polls and serves until ctx is done.
func (e env) daemon(ctx context.Context, cfg *config.Config, opt daemonOptions) (err error) {
	log := opt.log
	if log == nil {
		log = e.logger()
	}
	l, err := listen(ctx, cfg.Server.Listen)
	if err != nil {
		return err
	}
	defer l.Close() // again, when all went well
	d := &service{env: e, opt: opt, log: log, url: urlOf(l.Addr()), listen: cfg.Server.Listen, front: &front{}}
	a, err := d.start(ctx, cfg)
	if err != nil {
		return err
	}
	d.srv = serve(l, d.front, log)
	log.Info("serving", "url", d.url, "sources", countEnabled(cfg.Sources), "database", a.path)
	notify(log, daemon.SdNotifyReady)
	if opt.ready != nil {
		opt.ready(d.url)
	}
	for a != nil && err == nil {
		a, err = d.run(ctx, a)
	}
	return errors.Join(err, d.srv.stop(), d.last.close())
}

// service is the running daemon: one server, and one app after the other.
type service struct {
	env
	opt    daemonOptions
	log    *slog.Logger
	url    string
	listen string
	front  *front
	srv    *server
	last   *app // the one that serves
}

// start puts the program together from a configuration and lets it serve. The
// app that served before is closed when its last request is answered.
func (d *service) start(ctx context.Context, cfg *config.Config) (*app, error) {
	for _, w := range cfg.Warnings {
		d.log.Warn("configuration", "warning", w.Error())
	}
	if cfg.Server.Listen != d.listen {
		d.log.Warn("configuration", "warning", "server.listen takes effect at the next start")
	}
	var a *app
	seen := context.WithoutCancel(ctx)
	a, err := d.open(ctx, cfg, d.log, func(o aggregator.Outcome) { a.observe(seen, o) })
	if err != nil {
		return nil, err
	}
	if a.readers, err = a.handler(ctx, d.url); err == nil {
		err = a.startPush(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, a.close())
	}
	d.front.replace(withCallbacks(a.push, a.readers))
	if d.last != nil {
		if err := d.last.close(); err != nil {
			d.log.Error("closing the database failed", "err", err)
		}
	}
	d.last = a
	return a, nil
}

// run polls, tidies up and feeds the watchdog until ctx is done, something
// breaks or another configuration is to take over. Then it ends everything in
// order: no new polls, those under way saved. It returns the app to go on with.
func (d *service) run(ctx context.Context, a *app) (next *app, err error) {
	work, stop := context.WithCancel(ctx)
	defer stop()
	a.beat.Store(time.Now().UnixNano())
	var tasks sync.WaitGroup
	var jobs error
	tasks.Go(func() {
		defer stop()
		jobs = aggregator.RunJobs(work, a.log, time.UTC, a.jobs()...)
	})
	tasks.Go(func() { a.renewHistory(work) })
	tasks.Go(func() { a.push.Run(work) })
	told := a.tellHub(ctx)
	tasks.Go(func() { watchdog(work, a.log, func(ctx context.Context) error { return a.alive(ctx, d.url) }) })
	cfg := d.wait(work)
	if cfg == nil {
		notify(a.log, daemon.SdNotifyStopping)
		a.log.Info("stopping")
	}
	stop()
	tasks.Wait()
	a.poller.Wait()
	told()
	if cfg == nil || jobs != nil {
		return nil, jobs
	}
	if next, err = d.start(ctx, cfg); err != nil {
		d.log.Error("the new configuration is refused, the old one stays", "err", err)
		return a, a.store.PutSources(ctx, a.cfg.Sources) // the new one's may be stored already
	}
	d.log.Info("configuration read again", "sources", countEnabled(cfg.Sources))
	return next, nil
}

// wait returns a configuration that is to take over, or nil when it is time to
// end.
func (d *service) wait(ctx context.Context) *config.Config {
	for {
		select {
		case err := <-d.srv.done:
			d.srv.done <- err
			return nil
		case <-ctx.Done():
			return nil
		case <-d.opt.hangup:
			cfg, err := d.opt.load()
			if err == nil {
				return cfg
			}
			d.log.Error("the new configuration is refused, the old one stays", "err", err)
		}
	}
}

// jobs are what the daemon does by the clock.
func (a *app) jobs() []aggregator.Job {
	return []aggregator.Job{
		{Name: "poll", Spec: "@every " + a.tick.String(), First: true, Run: a.pollDue},
		{Name: "push", Spec: "@every " + a.tick.String(), Run: a.push.Tick},
		{Name: "purge", Spec: "@daily", First: true, Run: a.purge},
		{Name: "tidy", Spec: "@every 2m", Run: a.store.Tidy},
		{Name: "score", Spec: "@daily", Run: a.logScore},
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

// logScore tells once a day how polite the requests since the start were.
func (a *app) logScore(context.Context) error {
	s := a.poller.Score()
	a.log.Info("politeness since the start", "requests", s.Requests, "not_modified_share", fmt.Sprintf("%.2f", s.NotModifiedShare()),
		"unconditional", s.Unconditional, "refetches", s.Refetches, "early", s.Early)
	return nil
}

// alive tells whether the daemon does its work: due sources are looked for, the
// database answers, and readers are served.
func (a *app) alive(ctx context.Context, url string) error {
	last := time.Unix(0, a.beat.Load())
	if late := time.Since(last); late > 3*a.tick+10*time.Second {
		return fmt.Errorf("no source was looked for in %s", late.Round(time.Second))
	}
	if _, err := a.store.Refresh(ctx); err != nil {
		return err
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
