package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"laenderfeed/aggregator"
)

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

	zone *time.Location // of its dates; nil means Europe/Berlin
}

// add takes a source into the report.
func (r *checkReport) add(p *probe) {
	s, err := &p.before, p.outcome.Err
	c := checkResult{
		ID: s.ID, Name: s.Name, URL: s.RequestURL(), Enabled: s.Enabled, OK: err == nil, NotModified: p.outcome.NotModified,
		Repaired: []string{}, Changes: []string{}, zone: s.Zone,
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
		items := fmt.Sprint(c.Items)
		if !c.OK {
			items = "-"
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\n", c.ID, c.answer(), items, cmp.Or(itemDate(c.Newest, c.zone), "-"))
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

// itemDate writes the date of an item, RFC 3339, as its publisher means it: in the
// zone of the source, and without a time where none was given.
func itemDate(date string, zone *time.Location) string {
	t, err := time.Parse(time.RFC3339, date)
	if err != nil {
		return ""
	}
	if zone == nil {
		if zone, err = time.LoadLocation("Europe/Berlin"); err != nil {
			zone = time.UTC
		}
	}
	t = t.In(zone)
	if h, m, s := t.Clock(); h+m+s == 0 {
		return t.Format(time.DateOnly)
	}
	return t.Format("2006-01-02 15:04")
}
