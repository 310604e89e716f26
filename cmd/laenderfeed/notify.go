package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// notify tells systemd a state, where there is one that listens
// (sd_notify(3)).
func notify(logger *slog.Logger, state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		logger.Warn("telling systemd failed", "state", state, "err", err)
	}
}

// watchdog feeds systemd's watchdog (WatchdogSec=) as long as alive succeeds,
// until ctx is done. Without a watchdog it returns at once.
func watchdog(ctx context.Context, logger *slog.Logger, alive func(context.Context) error) {
	limit, err := daemon.SdWatchdogEnabled(false)
	if err != nil || limit <= 0 {
		return
	}
	tick := time.NewTicker(limit / 3)
	defer tick.Stop()
	for {
		check, cancel := context.WithTimeout(ctx, limit/3)
		if err := alive(check); err == nil {
			notify(logger, daemon.SdNotifyWatchdog)
		} else if ctx.Err() == nil {
			logger.Error("not alive", "err", err)
		}
		cancel()
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// answers asks our own server for a page that needs the database.
func answers(ctx context.Context, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, url, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("asking ourselves: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("asking ourselves: %s", resp.Status)
	}
	return nil
}
