package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"laenderfeed/aggregator/parse"
	"laenderfeed/config"
)

// env is what a command may touch of the process.
type env struct {
	in       io.Reader
	out, err io.Writer
	get      func(string) string // environment variables
}

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2 // usage or configuration
)

// usageError is a command line that makes no sense.
type usageError struct{ error }

// errReported ends a command that has already said what went wrong.
var errReported = errors.New("failed")

// run carries out one command line and returns the exit code.
func run(ctx context.Context, args []string, e env) int {
	root := newRoot(e)
	root.SetArgs(args)
	root.SetIn(e.in)
	root.SetOut(e.out)
	root.SetErr(e.err)
	return e.exitCode(root.ExecuteContext(ctx))
}

// exitCode reports an error to a person and turns it into an exit code.
func (e env) exitCode(err error) int {
	var usage usageError
	var cfg config.Errors
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errReported):
		return exitFailed
	case errors.As(err, &cfg):
		fmt.Fprintln(e.err, cfg.Format())
		return exitUsage
	case errors.As(err, &usage):
		fmt.Fprintf(e.err, "laenderfeed: %v\nTry: laenderfeed --help\n", err)
		return exitUsage
	default:
		fmt.Fprintf(e.err, "laenderfeed: %v\n", err)
		return exitFailed
	}
}

func newRoot(e env) *cobra.Command {
	root := &cobra.Command{
		Use:   "laenderfeed",
		Short: "Feeds of German e-government news, one per Land, topic and source",
		Long: `laenderfeed polls the news sources of German e-government, decides for every item
which Land and which topics it is about, and republishes clean RSS, Atom and JSON
feeds with a page that links them.

Start with: laenderfeed demo`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("unknown command %q", args[0])}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			cmd.SetOut(e.err)
			_ = cmd.Help()
			return usageError{errors.New("a command is needed")}
		},
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(e.runCommand(), e.demoCommand(), e.pollCommand(), e.parseCommand(), e.classifyCommand(),
		e.explainCommand(), e.splitCommand(), e.reclassifyCommand(), e.exportCommand(), e.checkCommand(), e.sourcesCommand(), e.versionCommand())
	return root
}

// args turns cobra's complaints about the number of arguments into usage errors.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usageError{err}
		}
		return nil
	}
}

const configUsage = "configuration `file` (default: $CONFIGURATION_DIRECTORY/config.toml where there is one, else built in)"

// configFlag adds --config to a command.
func configFlag(cmd *cobra.Command) *string {
	return cmd.Flags().String("config", "", configUsage)
}

// loadConfig reads the named configuration, or the one systemd points at, or
// none.
func (e env) loadConfig(path string) (*config.Config, error) {
	if dir := e.get("CONFIGURATION_DIRECTORY"); path == "" && dir != "" {
		path = filepath.Join(dir, "config.toml")
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			path = "" // any other trouble with it is for the reader to report
		}
	}
	if path == "" {
		return config.Default(), nil
	}
	cfg, err := config.Load(path, config.Options{CheckSelector: parse.CheckSelector, CheckRules: checkRules})
	var list config.Errors
	if err != nil && !errors.As(err, &list) {
		return nil, usageError{err}
	}
	return cfg, err
}

// logger writes to stderr; under systemd without the time, which the journal
// has.
func (e env) logger() *slog.Logger {
	opt := &slog.HandlerOptions{}
	if e.get("JOURNAL_STREAM") != "" {
		opt.ReplaceAttr = func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}
	}
	return slog.New(slog.NewTextHandler(e.err, opt))
}
