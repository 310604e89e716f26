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
	Regions []aggregator.Region `json:"regions,omitempty"` // of the configuration
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
	var gold string
	cmd := &cobra.Command{
		Use:   "classify [FILE | --gold FILE]",
		Short: "Classify JSON Lines: one item in, its Länder, topics and reasons out",
		Long: `Classify reads one JSON object a line from FILE or standard input (title; optional:
id, summary, content, source, outlet_state) and prints one a line, in the same
order. No database is touched. A line that cannot be read is answered with an
error line; then the exit code is 1.

With --gold the lines are hand-labelled (also: states, scope, topics, mentioned,
contested), and what is printed is how well the rules do: precision, recall and
F1 for each Land and topic, how many sets of Länder are exactly right, which
scopes are confused, and each mistake with its reasons.`,
		Args: args(cobra.MaximumNArgs(1)),
	}
	path := configFlag(cmd)
	cmd.Flags().StringVar(&gold, "gold", "", "evaluate the rules on the hand-labelled items of a `file`")
	cmd.RunE = func(cmd *cobra.Command, files []string) error {
		c, err := e.classifier(*path)
		if err != nil {
			return err
		}
		if gold != "" && len(files) > 0 {
			return usageError{errors.New("--gold and a file to classify exclude each other")}
		}
		if gold != "" {
			return e.evaluate(c, gold)
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

// evaluate prints how well the rules do on hand-labelled items.
func (e env) evaluate(c *classify.Classifier, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	report, err := classify.Evaluate(c, f)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	_, err = report.WriteTo(e.out)
	return err
}

// classifier is the one of a configuration.
func (e env) classifier(path string) (*classify.Classifier, error) {
	cfg, err := e.loadConfig(path)
	if err != nil {
		return nil, err
	}
	return loadRules(cfg)
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
		} else if _, builtIn := aggregator.ParseRegion(string(r)); !builtIn {
			out.Regions = append(out.Regions, r)
		}
	}
	out.Topics = append(out.Topics, l.Topics...)
	for _, p := range l.Places {
		out.Places = append(out.Places, placeOut{p.Key, p.Name, p.Kind, p.Region().Code()})
	}
	out.Reasons = append(out.Reasons, l.Reasons...)
	return out
}
