package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"laenderfeed/aggregator"
	"laenderfeed/config"
)

// The files of a captured answer.
const (
	captureBody     = "body"          // after decompression
	captureResponse = "response.json" // a capturedResponse
	captureSource   = "source.toml"   // the [[source]], which says how to read the body
	captureParsed   = "parsed.json"   // what parse prints, or the error
)

// capturedResponse is an answer without its body.
type capturedResponse struct {
	URL       string      `json:"url"`       // asked
	FinalURL  string      `json:"final_url"` // after redirects
	Permanent string      `json:"permanent"` // where the permanent redirects before any other lead; ""
	Status    int         `json:"status"`
	At        time.Time   `json:"at"` // UTC; what relative dates are read by
	Header    http.Header `json:"header"`
	Dropped   []string    `json:"dropped"` // names of headers that may hold secrets
}

func (e env) sourcesCaptureCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "capture [flags] ID",
		Short: "Save the raw answer of a source and what is read of it, as a test case",
		Long: `Capture asks a source once, as patient as a poll, and writes into a new folder
DIR/ID what a test can replay: body, response.json (status, URLs, headers but for
cookies and the like), source.toml and parsed.json (what was read, or the error).
It is no poll: no item is stored.

The answer has to be a whole one. A source that has validators is asked for that
once in 24 hours at the most, polls included; hosts in allow_private at any time.`,
		Args: args(cobra.ExactArgs(1)),
	}
	path := configFlag(cmd)
	cmd.Flags().StringVar(&dir, "dir", ".", "`folder` to write into")
	cmd.ValidArgsFunction = e.completeSources(path)
	cmd.RunE = func(cmd *cobra.Command, ids []string) error { return e.capture(cmd.Context(), *path, dir, ids[0]) }
	return cmd
}

func (e env) capture(ctx context.Context, path, dir, id string) error {
	cfg, err := e.loadConfig(path)
	if err != nil {
		return err
	}
	a, err := e.open(ctx, cfg, discard(), nil)
	if err != nil {
		return err
	}
	defer a.close()
	chosen, err := a.choose(ctx, pollOptions{sources: []string{id}})
	if err != nil {
		return err
	}
	target := filepath.Join(dir, id)
	if _, err := os.Lstat(target); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is there already: remove it, or choose another --dir", target)
	}
	s := &chosen[0]
	if next := a.wholeAgain(s); next.After(time.Now()) {
		return fmt.Errorf("%s was asked for everything at %s already; the next time may be from %s on",
			id, localTime(s.State.LastFull), localTime(next))
	}
	s.State.ETag, s.State.LastModified = "", ""
	probes, err := e.probe(ctx, a, chosen, parseResponse, func(aggregator.Outcome) {})
	if err != nil {
		return fmt.Errorf("capturing: %w", err)
	}
	p := probes[0]
	if p.response == nil {
		return fmt.Errorf("capturing %s: %w", id, p.outcome.Err)
	}
	parsed, err := writeCapture(target, p.response, &s.Source, p.before.RequestURL(), time.Now().UTC().Truncate(time.Second))
	if err != nil {
		return fmt.Errorf("writing the capture: %w", err)
	}
	said := fmt.Sprintf("%s, %d entries", parsed.Kind, len(parsed.Entries))
	if !parsed.OK {
		said = parsed.Error
	}
	fmt.Fprintf(e.out, "%s: %d bytes, %s\n", target, len(p.response.Body), said)
	return nil
}

// wholeAgain is when a source may be asked without validators.
func (a *app) wholeAgain(s *aggregator.SourceStatus) time.Time {
	u, err := url.Parse(s.RequestURL())
	if s.State.ETag == "" && s.State.LastModified == "" || err == nil && a.cfg.Fetch.Private(u.Host) {
		return time.Time{}
	}
	return s.State.LastFull.Add(24 * time.Hour)
}

// writeCapture writes the folder whole or not at all, and returns what was read.
func writeCapture(target string, resp *aggregator.Response, src *aggregator.Source, asked string, at time.Time) (parsed parsedFile, err error) {
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return parsed, err
	}
	dir, err := os.MkdirTemp(filepath.Dir(target), ".capture-")
	if err != nil {
		return parsed, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	c := capturedResponse{URL: asked, FinalURL: resp.URL, Permanent: resp.Permanent, Status: resp.Status, At: at, Header: http.Header{}, Dropped: []string{}}
	for name, values := range resp.Header {
		if secretHeader(name) {
			c.Dropped = append(c.Dropped, name)
			continue
		}
		c.Header[name] = values
	}
	slices.Sort(c.Dropped)
	head, err := indented(c)
	if err != nil {
		return parsed, err
	}
	read := *src
	read.Schedule = "" // has nothing to do with how a body is read, and may suit this machine only
	for name, data := range map[string][]byte{captureBody: resp.Body, captureResponse: head, captureSource: []byte(config.FormatSource(&read))} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return parsed, err
		}
	}
	if parsed, err = replayCapture(dir); err != nil {
		return parsed, err
	}
	text, err := indented(parsed)
	if err != nil {
		return parsed, err
	}
	if err := os.WriteFile(filepath.Join(dir, captureParsed), text, 0o644); err != nil {
		return parsed, err
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return parsed, err
	}
	return parsed, os.Rename(dir, target)
}

// replayCapture reads a captured body anew, as its source says.
func replayCapture(dir string) (parsedFile, error) {
	var c capturedResponse
	head, err := os.ReadFile(filepath.Join(dir, captureResponse))
	if err != nil {
		return parsedFile{}, err
	}
	if err := json.Unmarshal(head, &c); err != nil {
		return parsedFile{}, fmt.Errorf("reading %s: %w", captureResponse, err)
	}
	text, err := os.ReadFile(filepath.Join(dir, captureSource))
	if err != nil {
		return parsedFile{}, err
	}
	src, err := config.ParseSource(captureSource, text)
	if err != nil {
		return parsedFile{}, err
	}
	resp := &aggregator.Response{URL: c.FinalURL, Header: c.Header}
	out := parseFile(filepath.Join(dir, captureBody), parseOptions(resp, &src, c.At))
	out.File = captureBody
	return out, nil
}

// secretHeader tells whether a header may hold what nobody else should see:
// cookies, tokens, keys. Validators are none.
func secretHeader(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc([]string{"cookie", "auth", "token", "session", "secret", "-key", "csrf", "xsrf", "nonce"},
		func(part string) bool { return strings.Contains(name, part) })
}

func indented(v any) ([]byte, error) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(v)
	return []byte(b.String()), err
}
