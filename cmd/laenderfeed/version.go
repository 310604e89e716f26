package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// release is set by the linker: -ldflags "-X main.release=1.2.3".
var release string

// version returns the release, else what the module proxy or "dev" calls it.
func version() string {
	if release != "" {
		return release
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "dev"
}

// commit returns the revision the binary was built from, or "unknown".
func commit() string {
	revision, dirty := "unknown", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision":
				revision = s.Value
			case s.Key == "vcs.modified" && s.Value == "true":
				dirty = "+"
			}
		}
	}
	return revision + dirty
}

func (e env) versionCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print version, commit, Go version and rule-set version",
		Args:  args(cobra.NoArgs),
	}
	path := configFlag(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		fmt.Fprintf(e.out, "laenderfeed %s\ncommit %s\n%s %s/%s\n", version(), commit(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
		c, err := e.classifier(*path)
		if err != nil {
			return err
		}
		fmt.Fprintf(e.out, "ruleset %s\n", c.Version())
		return nil
	}
	return cmd
}
