package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"laenderfeed/aggregator"
	"laenderfeed/aggregator/classify"
)

// maxLine bounds one line of classify's input.
const maxLine = 4 << 20

// classifyIn is one line in.
type classifyIn struct {
	ID          json.RawMessage `json:"id"`
	Title       string          `json:"title"`
	Summary     string          `json:"summary"`
	Content     string          `json:"content"`
	Source      string          `json:"source"`
	OutletState string          `json:"outlet_state"`
}

// classifyOut is one line out.
type classifyOut struct {
	ID      json.RawMessage     `json:"id"`
	States  []string            `json:"states"`
	Scope   aggregator.Scope    `json:"scope"`
	Topics  []aggregator.Topic  `json:"topics"`
	Places  []placeOut          `json:"places"`
	Reasons []aggregator.Reason `json:"reasons"`
	Ruleset string              `json:"ruleset"`
}

type placeOut struct {
	AGS   string               `json:"ags"`
	Name  string               `json:"name"`
	Kind  aggregator.PlaceKind `json:"kind"`
	State string               `json:"state"`
}

// classifyError is the line out for a line that cannot be read.
type classifyError struct {
	ID    json.RawMessage `json:"id"`
	Error string          `json:"error"`
}

func (e env) classifyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "classify [FILE]",
		Short: "Classify JSON Lines: one item in, its Länder, topics and reasons out",
		Long: `Classify reads one JSON object a line from FILE or standard input (title; optional:
id, summary, content, source, outlet_state) and prints one a line, in the same
order. No database is touched. A line that cannot be read is answered with an
error line; then the exit code is 1.`,
		Args: args(cobra.MaximumNArgs(1)),
	}
	path := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, files []string) error {
		c, err := e.classifier(*path)
		if err != nil {
			return err
		}
		in := e.in
		if len(files) == 1 {
			f, err := os.Open(files[0])
			if err != nil {
				return err
			}
			defer f.Close()
			in = f
		}
		return e.classifyLines(cmd.Context(), c, in)
	}
	return cmd
}

// classifier is the one of a configuration.
func (e env) classifier(path string) (*classify.Classifier, error) {
	if _, err := e.loadConfig(path); err != nil {
		return nil, err
	}
	return classify.New(classify.Config{})
}

func (e env) classifyLines(ctx context.Context, c *classify.Classifier, in io.Reader) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	out := bufio.NewWriter(e.out)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	bad := false
	for n := 1; lines.Scan() && ctx.Err() == nil; n++ {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		answer, err := classifyLine(c, line)
		if err != nil {
			bad = true
			fmt.Fprintf(e.err, "line %d: %v\n", n, err)
		}
		if err := enc.Encode(answer); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("a line is longer than %d bytes", maxLine)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("reading lines: %w", err)
	}
	if bad {
		return errReported
	}
	return ctx.Err()
}

// classifyLine answers one line; with an error the answer says so, too.
func classifyLine(c *classify.Classifier, line []byte) (any, error) {
	var in classifyIn
	err := json.Unmarshal(line, &in)
	if err == nil && in.Title == "" {
		err = errors.New("no title")
	}
	prior, ok := aggregator.Region(""), true
	if err == nil && in.OutletState != "" {
		if prior, ok = aggregator.ParseRegion(in.OutletState); !ok || !prior.IsLand() {
			err = fmt.Errorf("outlet_state %q is no Land", in.OutletState)
		}
	}
	if len(in.ID) == 0 {
		in.ID = json.RawMessage("null")
	}
	if err != nil {
		return classifyError{in.ID, err.Error()}, err
	}
	l := c.Classify(aggregator.Text{Title: in.Title, Summary: in.Summary, Content: in.Content,
		Link: classify.SourceLink(in.Source), Prior: prior})
	return newClassifyOut(in.ID, l), nil
}

func newClassifyOut(id json.RawMessage, l aggregator.Labels) classifyOut {
	out := classifyOut{ID: id, States: []string{}, Scope: l.Scope, Topics: []aggregator.Topic{},
		Places: []placeOut{}, Reasons: []aggregator.Reason{}, Ruleset: l.Ruleset}
	for _, r := range l.Regions {
		if r.IsLand() {
			out.States = append(out.States, r.Code())
		}
	}
	out.Topics = append(out.Topics, l.Topics...)
	for _, p := range l.Places {
		out.Places = append(out.Places, placeOut{p.Key, p.Name, p.Kind, p.Region().Code()})
	}
	out.Reasons = append(out.Reasons, l.Reasons...)
	return out
}
