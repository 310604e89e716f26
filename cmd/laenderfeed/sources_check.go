package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"laenderfeed/aggregator"
	"laenderfeed/config"
)

type checkOptions struct {
	config            string
	all, json, strict bool
	args              []string // ids and URLs
}

// checkReport is what sources check --json prints.
type checkReport struct {
	Sources     int            `json:"sources"`
	OK          int            `json:"ok"`
	NotModified int            `json:"not_modified"`
	Failed      int            `json:"failed"`
	Changed     int            `json:"changed"`
	DurationMS  int64          `json:"duration_ms"`
	Results     []checkResult  `json:"results"`
	Found       []foundAddress `json:"found"` // at URLs that are no source

	broken error // of our own
}

// checkResult is how a source answers, and what is new about that.
type checkResult struct {
	ID          string           `json:"id"`
	Name        string           `json:"name"`
	URL         string           `json:"url"`
	Enabled     bool             `json:"enabled"`
	OK          bool             `json:"ok"`
	NotModified bool             `json:"not_modified"`
	Status      int              `json:"status"` // HTTP, 0 when nothing was asked or answered
	Class       aggregator.Class `json:"class"`
	Error       string           `json:"error"`
	Format      string           `json:"format"` // rss, atom, rdf, json, html; "" when not modified
	Items       int              `json:"items"`
	Newest      string           `json:"newest"`    // date of the newest item
	MovedTo     string           `json:"moved_to"`  // where permanent redirects lead
	Announces   string           `json:"announces"` // a feed that the page that came instead names
	Repaired    []string         `json:"repaired"`
	Changes     []string         `json:"changes"` // since the last poll
}

func (e env) sourcesCheckCommand() *cobra.Command {
	var opt checkOptions
	cmd := &cobra.Command{
		Use:   "check [flags] [ID | URL]...",
		Short: "Ask sources, or an address, and say what works now and what has changed",
		Long: `Check asks the enabled sources, with --all those too that are off, or those named
by id, and says for each how it answers and what is new about that since the last
poll. It is as patient as a poll: one request at a time and host, with the same
pauses, never against a Retry-After, and with the validators of the last poll, so
that an unchanged feed is a 304. It is no poll: no item is stored, and the health
and rhythm of a source stay as they are. Only when the host was asked, and a pause
it asks for, are noted.

The URL of a page or feed that is no source is asked once. What is there is printed
as a [[source]] to put into a configuration: a feed, the feed a page announces, or a
page with the selectors of the list found on it.

Exit 1 when nothing could be made of a URL, and with --strict when a source failed.`,
		ValidArgsFunction: e.completeSources(&opt.config),
		RunE: func(cmd *cobra.Command, args []string) error {
			if opt.all && len(args) > 0 {
				return usageError{errors.New("--all and named sources exclude each other")}
			}
			opt.args = args
			return e.checkSources(cmd.Context(), opt)
		},
	}
	cmd.Flags().StringVar(&opt.config, "config", "", configUsage)
	cmd.Flags().BoolVar(&opt.all, "all", false, "check the sources that are off, too")
	cmd.Flags().BoolVar(&opt.json, "json", false, "print one JSON object")
	cmd.Flags().BoolVar(&opt.strict, "strict", false, "exit 1 when a source failed")
	return cmd
}

// completeSources offers the ids of sources to a shell.
func (e env) completeSources(path *string) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
		cfg, err := e.loadConfig(*path)
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		var ids []string
		for _, s := range cfg.Sources {
			if strings.HasPrefix(s.ID, begun) && !slices.Contains(args, s.ID) {
				ids = append(ids, s.ID+"\t"+s.Name)
			}
		}
		return ids, cobra.ShellCompDirectiveNoFileComp
	}
}

func (e env) checkSources(ctx context.Context, opt checkOptions) error {
	cfg, err := e.loadConfig(opt.config)
	if err != nil {
		return err
	}
	start := time.Now()
	a, err := e.open(ctx, cfg, discard(), nil)
	if err != nil {
		return err
	}
	defer a.close()
	known, strangers, err := a.chooseChecked(ctx, opt)
	if err != nil {
		return err
	}
	finder := &finder{app: a, seen: map[string]*finding{}}
	bar := newProgress(e.err, len(known)+len(strangers), "checking")
	probes, err := e.probe(ctx, a, slices.Concat(known, strangers), finder.read, func(o aggregator.Outcome) { bar.step(o.Source) })
	bar.finish()
	if err != nil {
		return fmt.Errorf("checking: %w", err)
	}
	report := checkReport{Results: []checkResult{}, Found: []foundAddress{}}
	for i, p := range probes {
		if i < len(known) {
			report.add(p)
			continue
		}
		report.Found = append(report.Found, finder.found(p))
	}
	report.DurationMS = time.Since(start).Milliseconds()
	if err := report.print(e.out, e.err, opt.json); err != nil {
		return err
	}
	lost := slices.ContainsFunc(report.Found, func(f foundAddress) bool { return f.Source == "" })
	if report.broken == nil && (lost || opt.strict && report.Failed > 0) {
		return errReported
	}
	return report.broken
}

// chooseChecked returns the sources a command line asks for, and its URLs that
// are none.
func (a *app) chooseChecked(ctx context.Context, opt checkOptions) (known, strangers []aggregator.SourceStatus, err error) {
	all, err := a.store.Sources(ctx)
	if err != nil || len(opt.args) == 0 {
		return slices.DeleteFunc(all, func(s aggregator.SourceStatus) bool { return !opt.all && !s.Enabled }), nil, err
	}
	var ids []string
	for _, arg := range opt.args {
		if !isURL(arg) {
			ids = append(ids, arg)
			continue
		}
		if i := slices.IndexFunc(all, func(s aggregator.SourceStatus) bool {
			return sameURL(s.URL, arg) || sameURL(s.RequestURL(), arg)
		}); i >= 0 {
			ids = append(ids, all[i].ID)
			continue
		}
		if err := config.CheckURL(arg); err != nil {
			return nil, nil, usageError{err}
		}
		s, err := a.stranger(ctx, arg, all)
		if err != nil {
			return nil, nil, err
		}
		if !slices.ContainsFunc(strangers, func(t aggregator.SourceStatus) bool { return sameURL(t.URL, arg) }) {
			strangers = append(strangers, s)
		}
	}
	if len(ids) > 0 {
		known, err = a.choose(ctx, pollOptions{sources: ids})
	}
	return known, strangers, err
}

// add takes a source into the report.
func (r *checkReport) add(p *probe) {
	s, err := &p.before, p.outcome.Err
	c := checkResult{
		ID: s.ID, Name: s.Name, URL: s.RequestURL(), Enabled: s.Enabled, OK: err == nil, NotModified: p.outcome.NotModified,
		Repaired: []string{}, Changes: []string{},
	}
	if p.after.LastChecked != s.State.LastChecked {
		c.Status = p.after.LastStatus
	}
	if p.after.RedirectTarget != s.RequestURL() {
		c.MovedTo = p.after.RedirectTarget
	}
	r.Sources++
	switch doc := p.document; {
	case err != nil:
		r.Failed++
		c.Class, c.Error = aggregator.ClassOf(err), causeOf(err)
		var failure *aggregator.Error
		if errors.As(err, &failure) {
			c.Announces = failure.Feed
		} else {
			r.broken = err
		}
	case doc == nil:
		r.OK++
		r.NotModified++
		c.Items = s.State.ItemsLast
	default:
		r.OK++
		c.Format, c.Items, c.Newest = doc.Kind, len(doc.Items), rfc3339(newest(doc))
		c.Repaired = append(c.Repaired, doc.Repaired...)
	}
	c.Changes = append(c.Changes, changesOf(&c, p)...)
	if len(c.Changes) > 0 {
		r.Changed++
	}
	r.Results = append(r.Results, c)
}

// newest is the date of the newest item, the zero time when none has one.
func newest(doc *aggregator.Document) (t time.Time) {
	for i := range doc.Items {
		if at := doc.Items[i].Published; at.After(t) {
			t = at
		}
	}
	return t
}

// changesOf says what is not as the last poll left it. A source that was never
// polled has nothing to compare with.
func changesOf(c *checkResult, p *probe) (changes []string) {
	was := &p.before.State
	add := func(format string, args ...any) { changes = append(changes, fmt.Sprintf(format, args...)) }
	switch {
	case was.LastChecked.IsZero():
		return nil
	case c.OK && was.Class != "":
		add("works again (before: %d × %s)", was.Failures, was.Class)
	case !c.OK && c.Status == 0 && c.Class == aggregator.ClassRateLimited: // not asked
	case !c.OK && was.Class == "":
		add("fails now; last read %s", localTime(was.LastSuccess))
	case !c.OK && was.Class != c.Class:
		add("fails otherwise now; it was %s", was.Class)
	}
	if c.MovedTo != "" && c.MovedTo != was.RedirectTarget {
		add("moved for good to %s", c.MovedTo)
	}
	if p.document == nil {
		return changes
	}
	if 2*c.Items < was.ItemsLast {
		add("fewer items: %d, there were %d", c.Items, was.ItemsLast)
	}
	if was.Class == "" {
		for _, word := range c.Repaired {
			if !slices.Contains(was.Repaired, word) {
				add("needs mending now: %s", word)
			}
		}
	}
	return changes
}

func (r *checkReport) print(out, log io.Writer, asJSON bool) error {
	if asJSON {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		return enc.Encode(r)
	}
	if len(r.Results) > 0 {
		if err := r.table(out); err != nil {
			return err
		}
	}
	for i, f := range r.Found {
		if f.Source == "" {
			fmt.Fprintf(log, "laenderfeed: %s: %s: %s\n", f.URL, f.Class, f.Error)
			continue
		}
		if i > 0 || len(r.Results) > 0 {
			fmt.Fprintln(out)
		}
		f.print(out)
	}
	return nil
}

// table prints the sources, then what has to be said about some of them.
func (r *checkReport) table(out io.Writer) error {
	tw := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "ID\tANSWER\tITEMS\tNEWEST")
	for i := range r.Results {
		c := &r.Results[i]
		items, date := fmt.Sprint(c.Items), "-"
		if !c.OK {
			items = "-"
		}
		if t, err := time.Parse(time.RFC3339, c.Newest); err == nil {
			date = localTime(t)
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\n", c.ID, c.answer(), items, date)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	var off []string
	for i := range r.Results {
		c := &r.Results[i]
		for _, line := range c.remarks() {
			fmt.Fprintf(out, "  %s: %s\n", c.ID, line)
		}
		if c.OK && !c.Enabled {
			off = append(off, fmt.Sprintf("%q", c.ID))
		}
	}
	fmt.Fprintf(out, "%d sources checked: %d ok (%d unchanged), %d failed; %d changed\n", r.Sources, r.OK, r.NotModified, r.Failed, r.Changed)
	if len(off) > 0 {
		fmt.Fprintf(out, "working and switched off, for [catalogue] enable or their [[source]]: %s\n", strings.Join(off, ", "))
	}
	return nil
}

// answer is the result in a word or two.
func (c *checkResult) answer() string {
	switch {
	case c.OK && c.NotModified:
		return fmt.Sprintf("unchanged %d", c.Status)
	case c.OK:
		return "ok " + c.Format
	case c.Status > 0:
		return fmt.Sprintf("%s %d", c.Class, c.Status)
	}
	return string(c.Class)
}

// remarks are what does not fit into the table.
func (c *checkResult) remarks() (lines []string) {
	if !c.OK {
		lines = append(lines, c.Error)
	}
	if c.Announces != "" && !strings.Contains(c.Error, c.Announces) {
		lines = append(lines, "the page announces a feed: "+c.Announces)
	}
	lines = append(lines, c.Changes...)
	if c.MovedTo != "" && !slices.ContainsFunc(c.Changes, func(s string) bool { return strings.Contains(s, c.MovedTo) }) {
		lines = append(lines, "redirects for good to "+c.MovedTo)
	}
	return lines
}
