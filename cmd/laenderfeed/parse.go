package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"laenderfeed/aggregator"
	"laenderfeed/aggregator/parse"
)

// What the parse command may use. A file may be somewhat larger than the responses
// that max_body lets the daemon read; memory is a soft limit for the collector.
const (
	maxParseFile   = 16 << 20
	maxParseMemory = 150 << 20
)

type parsedFile struct {
	File     string        `json:"file"`
	OK       bool          `json:"ok"`
	Error    string        `json:"error"`
	Kind     string        `json:"kind"`
	Repaired []string      `json:"repaired"`
	Feed     parsedFeed    `json:"feed"`
	Entries  []parsedEntry `json:"entries"`
}

type parsedFeed struct {
	Title    string `json:"title"`
	Link     string `json:"link"`
	Language string `json:"language"`
	Rights   string `json:"rights"`
	Updated  string `json:"updated"`
	TTL      int    `json:"ttl"` // minutes, as in RSS
}

type parsedEntry struct {
	ID         string                 `json:"id"`
	Title      string                 `json:"title"`
	Link       string                 `json:"link"`
	Published  string                 `json:"published"`
	Updated    string                 `json:"updated"`
	Author     string                 `json:"author"`
	Rights     string                 `json:"rights"`
	Summary    string                 `json:"summary"`
	Content    string                 `json:"content"`
	Categories []string               `json:"categories"`
	Enclosures []aggregator.Enclosure `json:"enclosures"`
}

func (e env) parseCommand() *cobra.Command {
	var url string
	var headers []string
	cmd := &cobra.Command{
		Use:   "parse [flags] FILE...",
		Short: "Read feed files as the daemon would, one JSON object a file",
		Long: `Read feed files of at most 16 MiB as the daemon would, one JSON object a file.

Of the headers Content-Type, Content-Location and Content-Language are heard. A
title that is missing is made of the text; where there is none either, the
daemon shows a file, an address or "Ohne Titel", and parse prints "".`,
		Args: args(cobra.MinimumNArgs(1)),
		RunE: func(_ *cobra.Command, files []string) error {
			h, err := parseHeaders(headers)
			if err != nil {
				return err
			}
			debug.SetMemoryLimit(maxParseMemory)
			return e.parseFiles(files, parse.Options{
				URL: url, ContentType: h.Get("Content-Type"), Location: h.Get("Content-Location"), Language: h.Get("Content-Language"),
				Kind: aggregator.KindFeed, Full: true, Now: time.Now(), AsSaid: true,
			})
		},
	}
	cmd.Flags().StringVar(&url, "url", "", "where the files were fetched from: the base of relative links")
	cmd.Flags().StringArrayVar(&headers, "header", nil, `response header as "Name: value"; may be repeated`)
	return cmd
}

func parseHeaders(lines []string) (http.Header, error) {
	h := http.Header{}
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		if !ok || strings.TrimSpace(name) == "" {
			return nil, usageError{fmt.Errorf("--header %q is not of the form \"Name: value\"", line)}
		}
		h.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	return h, nil
}

func (e env) parseFiles(files []string, opt parse.Options) error {
	enc := json.NewEncoder(e.out)
	enc.SetEscapeHTML(false)
	bad := false
	for _, file := range files {
		out := parseFile(file, opt)
		bad = bad || !out.OK
		if err := enc.Encode(out); err != nil {
			return err
		}
	}
	if bad {
		return errReported
	}
	return nil
}

func parseFile(file string, opt parse.Options) parsedFile {
	out := parsedFile{File: file, Repaired: []string{}, Entries: []parsedEntry{}}
	body, err := readFile(file)
	if err != nil {
		out.Error = err.Error()
		return out
	}
	doc, err := parse.Parse(body, opt)
	if err != nil {
		out.Error = err.Error()
		return out
	}
	out.OK, out.Kind = true, doc.Kind
	out.Repaired = append(out.Repaired, doc.Repaired...)
	out.Feed = parsedFeed{doc.Title, doc.Link, doc.Language, doc.Rights, rfc3339(doc.Updated), int(doc.Hints.TTL.Minutes())}
	for i := range doc.Items {
		out.Entries = append(out.Entries, newParsedEntry(&doc.Items[i]))
	}
	return out
}

func newParsedEntry(it *aggregator.Item) parsedEntry {
	return parsedEntry{
		ID: it.GUID, Title: it.Title, Link: it.Link, Published: rfc3339(it.Published), Updated: rfc3339(it.Modified),
		Author: strings.Join(it.Authors, ", "), Rights: it.Rights, Summary: it.Summary, Content: it.Content,
		Categories: append([]string{}, it.Categories...),
		Enclosures: append([]aggregator.Enclosure{}, it.Enclosures...),
	}
}

func readFile(file string) ([]byte, error) {
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, errors.New("is a directory")
	case info.Size() > maxParseFile:
		return nil, &aggregator.Error{Class: aggregator.ClassTooLarge, Err: fmt.Errorf("larger than %d bytes", maxParseFile)}
	}
	return os.ReadFile(file)
}

// rfc3339 is the time in UTC, or "" for none.
func rfc3339(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
