package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"laenderfeed/aggregator/parse"
	"laenderfeed/cmd/laenderfeed/demo"
	"laenderfeed/config"
)

// demoListen is tried first; a free port is taken when it is in use.
const demoListen = "127.0.0.1:8080"

func (e env) demoCommand() *cobra.Command {
	var addr, dir string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Everything at once, without network: sample publishers, polled and served",
		Long: `Demo starts sample publishers on loopback, polls them, and serves feeds and pages
made of their news. New items appear while it runs. It asks nobody else, and keeps
its database in a temporary folder unless --dir names one.`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return e.demo(cmd.Context(), addr, dir) },
	}
	cmd.Flags().StringVar(&addr, "listen", "", "`address` to serve at (default "+demoListen+", or a free port)")
	cmd.Flags().StringVar(&dir, "dir", "", "`folder` for the database (default: a temporary one)")
	return cmd
}

func (e env) demo(ctx context.Context, addr, dir string) (err error) {
	if dir == "" {
		if dir, err = os.MkdirTemp("", "laenderfeed-demo-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	} else if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if addr == "" {
		addr = freeAddress(demoListen)
	}
	pubs, err := demo.Start(ctx, demo.Config{Now: time.Now, Logger: discard()})
	if err != nil {
		return fmt.Errorf("starting the sample publishers: %w", err)
	}
	defer func() { err = errors.Join(err, pubs.Close()) }()
	cfg := demoConfig(pubs, addr, filepath.Join(dir, "laenderfeed.db"))
	if err := cfg.Validate(config.Options{CheckSelector: parse.CheckSelector}); err != nil {
		return err
	}
	return e.daemon(ctx, cfg, daemonOptions{
		log:   slog.New(news{e.logger().Handler()}),
		ready: func(url string) { e.greet(url, len(cfg.Sources)) },
	})
}

// freeAddress returns the address, or one of a free port on its host.
func freeAddress(addr string) string {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		host, _, _ := net.SplitHostPort(addr)
		return net.JoinHostPort(host, "0")
	}
	l.Close()
	return addr
}

// demoConfig is the configuration an operator could have written for the sample
// publishers.
func demoConfig(pubs *demo.Publishers, addr, db string) *config.Config {
	cfg := config.Default()
	cfg.Server.Listen = addr
	cfg.Storage.Path = db
	cfg.Fetch.Interval = 5 * time.Second
	cfg.Fetch.MinInterval = 5 * time.Second
	cfg.Fetch.PerHostDelay = 0
	cfg.Fetch.AllowPrivate = pubs.Hosts()
	cfg.Sources = pubs.Sources()
	return cfg
}

func (e env) greet(url string, sources int) {
	fmt.Fprintf(e.out, `
laenderfeed demo: %d sample publishers, new items every few seconds.

  Page         %s/
  Sachsen      %s/sachsen/feed.atom
  Hessen       %s/hessen/feed.rss
  Bund         %s/bund/feed.json
  KI, Nord     %s/hamburg+schleswig-holstein/ki/feed.atom
  All feeds    %s/feeds.opml

Subscribe to one in your feed reader, or open the page. Stop with Ctrl-C.

`, sources, url, url, url, url, url, url)
}

// news passes on what a spectator wants to see: not each poll that found
// everything unchanged.
type news struct{ slog.Handler }

// Handle drops polls without news.
func (h news) Handle(ctx context.Context, r slog.Record) error {
	quiet := false
	r.Attrs(func(a slog.Attr) bool {
		quiet = a.Key == "unchanged"
		return !quiet
	})
	if quiet {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs keeps the filter.
func (h news) WithAttrs(attrs []slog.Attr) slog.Handler { return news{h.Handler.WithAttrs(attrs)} }

// WithGroup keeps the filter.
func (h news) WithGroup(name string) slog.Handler { return news{h.Handler.WithGroup(name)} }
