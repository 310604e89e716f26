package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"laenderfeed/aggregator"
)

// listedSource is one object of sources list --json.
type listedSource struct {
	ID             string            `json:"id"`
	Name           string            `json:"name"`
	URL            string            `json:"url"`
	Enabled        bool              `json:"enabled"`
	Region         aggregator.Region `json:"region"`
	LastChecked    string            `json:"last_checked"`
	NextCheck      string            `json:"next_check"`
	LastStatus     int               `json:"last_status"`
	LastSuccess    string            `json:"last_success"`
	Failures       int               `json:"failures"`
	Class          aggregator.Class  `json:"class"`
	Error          string            `json:"error"`
	Items          int               `json:"items"`
	Repaired       []string          `json:"repaired"`
	RedirectTarget string            `json:"redirect_target"`
	Push           string            `json:"push"`
	Evidence       string            `json:"evidence"`
	Note           string            `json:"note"`
	Rights         string            `json:"rights"`
	FeedRights     string            `json:"feed_rights"` // what its feed says
}

func (e env) sourcesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sources",
		Short: "Show, check and capture sources; subscription lists in and out",
		Args:  args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usageError{fmt.Errorf("sources needs a command: list, check, capture, import or export")}
		},
	}
	cmd.AddCommand(e.sourcesListCommand(), e.sourcesCheckCommand(), e.sourcesCaptureCommand(), e.sourcesImportCommand(), e.sourcesExportCommand())
	return cmd
}

func (e env) sourcesListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List every source with its health",
		Args:  args(cobra.NoArgs),
	}
	path := configFlag(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		known, err := e.sourceStatus(cmd.Context(), *path)
		if err != nil {
			return err
		}
		if asJSON {
			return printSourcesJSON(e.out, known)
		}
		return printSources(e.out, known)
	}
	return cmd
}

// sourceStatus returns the configured sources with what the database knows of
// them.
func (e env) sourceStatus(ctx context.Context, path string) ([]aggregator.SourceStatus, error) {
	cfg, err := e.loadConfig(path)
	if err != nil {
		return nil, err
	}
	a, err := e.open(ctx, cfg, discard(), nil)
	if err != nil {
		return nil, err
	}
	defer a.close()
	return a.store.Sources(ctx)
}

func printSourcesJSON(w io.Writer, known []aggregator.SourceStatus) error {
	list := []listedSource{}
	for _, s := range known {
		list = append(list, listedSource{
			ID: s.ID, Name: s.Name, URL: s.RequestURL(), Enabled: s.Enabled, Region: s.Region,
			LastChecked: rfc3339(s.State.LastChecked), NextCheck: rfc3339(s.State.NextCheck),
			LastStatus: s.State.LastStatus, LastSuccess: rfc3339(s.State.LastSuccess),
			Failures: s.State.Failures, Class: s.State.Class, Error: s.State.Error, Items: s.Items,
			Repaired: append([]string{}, s.State.Repaired...), RedirectTarget: s.State.RedirectTarget, Push: s.Push,
			Evidence: s.Evidence, Note: s.Note, Rights: s.Rights, FeedRights: s.State.Rights,
		})
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(list)
}

func printSources(w io.Writer, known []aggregator.SourceStatus) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "ID\tREGION\tITEMS\tLAST POLL\tSTATE\tNAME")
	for _, s := range known {
		fmt.Fprintf(tw, "%s\t%s\t%d\t%s\t%s\t%s\n", s.ID, s.Region, s.Items, localTime(s.State.LastChecked), health(&s), s.Name)
	}
	return tw.Flush()
}

// health is the state of a source in a word or two.
func health(s *aggregator.SourceStatus) string {
	switch {
	case !s.Enabled:
		return "off"
	case s.State.Class != "":
		return fmt.Sprintf("%s (%d)", s.State.Class, s.State.Failures)
	case s.State.LastChecked.IsZero():
		return "new"
	default:
		return "ok"
	}
}

func localTime(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format("2006-01-02 15:04")
}
