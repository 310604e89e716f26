package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"laenderfeed/aggregator/parse"
	"laenderfeed/aggregator/store"
	"laenderfeed/config"
	"laenderfeed/feeds"
	"laenderfeed/feeds/static"
)

type exportOptions struct {
	config, public        string
	archives, force, json bool
}

// exportReport is what export --json prints. Files are counted with their gzip
// twins.
type exportReport struct {
	Documents  int   `json:"documents"`
	Rendered   int   `json:"rendered"` // of the documents; the others are sure to be as they were
	Written    int   `json:"written"`
	Unchanged  int   `json:"unchanged"`
	Removed    int   `json:"removed"`
	Bytes      int64 `json:"bytes"` // written
	DurationMS int64 `json:"duration_ms"`
}

func (e env) exportCommand() *cobra.Command {
	var opt exportOptions
	cmd := &cobra.Command{
		Use:   "export [flags] DIR",
		Short: "All published feeds and pages as files, for any web server or object store",
		Long: `Export writes what the daemon answers with, byte by byte, as files below DIR, each
with a gzip twin (feed.atom.gz): every Land and topic alone and together, every source,
every place that has items and every Kreis, the archive pages of the Länder, calendars,
subscription lists and pages (as index.html). There are no files for unions of Länder
or topics, searches, redirects, and older pages.

It may run beside the daemon, and any number of times: a file that has changed is
replaced at once and entirely, the others are not touched, and what is no longer
published is removed. Feeds are not even rendered while the program, the configuration
and what is stored are the same, and their files whole. Files that no export wrote stay
as they are; a folder that has such files at first is refused unless --force is given.
An interrupted export leaves complete files, and the next one goes on.`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, dirs []string) error { return e.export(cmd.Context(), opt, dirs[0]) },
	}
	cmd.Flags().StringVar(&opt.config, "config", "", configUsage)
	cmd.Flags().StringVar(&opt.public, "public-url", "", "`URL` that readers find the files at (default: public_url of the configuration)")
	cmd.Flags().BoolVar(&opt.archives, "all-archives", false, "archive pages of topics, sources and places too")
	cmd.Flags().BoolVar(&opt.force, "force", false, "take over a folder with files that no export wrote, and replace those in the way")
	cmd.Flags().BoolVar(&opt.json, "json", false, "print one JSON object")
	return cmd
}

func (e env) export(ctx context.Context, opt exportOptions, dir string) (err error) {
	start := time.Now()
	cfg, err := e.loadConfig(opt.config)
	if err == nil {
		err = publicURL(cfg, opt.public)
	}
	if err != nil {
		return err
	}
	// A new database would be exported as a tree of empty feeds over what is there.
	if _, err := os.Stat(cfg.Storage.File(e.get("STATE_DIRECTORY"))); err != nil {
		return fmt.Errorf("there is no database to export, run or poll makes one: %w", err)
	}
	a, err := e.open(ctx, cfg, discard(), nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	keyNow := keyOf(cfg, a.store)
	key := keyNow(ctx) // before anything is read
	p, err := a.publish(ctx, cfg.Server.PublicURL, &still{archived: a.store}, onceEach(parse.Deadlines))
	if err != nil {
		return err
	}
	paths, err := a.paths(ctx, p, opt.archives)
	if err != nil {
		return err
	}
	folder, err := static.Open(static.Config{Dir: dir, Force: opt.force})
	if err != nil {
		return refusal(err)
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	n, err := e.fill(ctx, p, paths, folder, key)
	if err == nil && keyNow(ctx) != key {
		key = "" // some documents are of before a change, some of after it
	}
	if err == nil {
		err = folder.Finish(key)
	}
	if err != nil {
		return refusal(err)
	}
	return exportReport{n.documents, n.rendered, folder.Written, folder.Unchanged, folder.Removed, folder.Bytes, time.Since(start).Milliseconds()}.print(e.out, opt.json)
}

// publicURL puts the URL of the command line into the configuration, which has to
// have one: links in files cannot follow whoever asks.
func publicURL(cfg *config.Config, given string) error {
	if given != "" {
		cfg.Server.PublicURL = given
	}
	if cfg.Server.PublicURL == "" {
		return usageError{errors.New("nobody knows where readers will find the files: give --public-url, or public_url in the configuration")}
	}
	if _, _, err := feeds.BaseURL(cfg.Server.PublicURL); err != nil {
		return usageError{err}
	}
	return nil
}

// refusal makes a usage error of what only other arguments can change.
func refusal(err error) error {
	if errors.Is(err, static.ErrRefused) {
		return usageError{err}
	}
	return err
}

// render returns the document of a canonical path.
func (p publication) render(ctx context.Context, path string) (feeds.Document, error) {
	if feeds.IsFeed(path) {
		return p.readers.RenderPath(ctx, path)
	}
	return p.pages.RenderPath(ctx, path)
}

// paths lists what a static copy consists of.
func (a *app) paths(ctx context.Context, p publication, archives bool) ([]string, error) {
	places, err := a.store.ListedPlaces(ctx)
	if err != nil {
		return nil, err
	}
	paths, err := p.readers.Paths(ctx, feeds.Tree{Places: places, Archives: archives})
	return append(p.pages.Paths(), paths...), err
}

// filled counts the documents of an export.
type filled struct{ documents, rendered int }

// fill puts the documents of the given paths into a folder. Feeds and lists that
// were made under the same key before are not rendered again. Pages are: they show
// how polling stands, which no key knows.
func (e env) fill(ctx context.Context, p publication, paths []string, folder *static.Folder, key string) (n filled, err error) {
	names := make([]string, len(paths))
	for i, path := range paths {
		names[i] = static.Name(path)
	}
	if err := folder.Plan(names); err != nil {
		return n, err
	}
	bar := newProgress(e.err, len(paths), "exporting")
	defer bar.finish()
	for i, path := range paths {
		if !feeds.IsFeed(path) || !folder.Has(names[i], key) {
			var missing *feeds.NotFound
			doc, err := p.render(ctx, path)
			switch {
			case ctx.Err() != nil:
				return n, fmt.Errorf("interrupted; the next export goes on: %w", ctx.Err())
			case errors.As(err, &missing): // purged, or no longer configured, since the paths were listed
				folder.Drop(names[i])
				continue
			case err != nil:
				return n, err
			}
			if err := folder.Put(names[i], doc.Body, doc.Modified); err != nil {
				return n, err
			}
			n.rendered++
		}
		if n.documents++; n.documents%progressStep == 0 {
			bar.add(progressStep)
		}
	}
	return n, nil
}

// keyOf returns what tells the key of everything that feeds are made of: the program,
// to the byte, as it does not always know its version, the configuration, and what
// is stored. It is "" where one of them cannot be told.
func keyOf(cfg *config.Config, s *store.Store) func(context.Context) string {
	hash := sha256.New()
	known := hashProgram(hash) == nil && json.NewEncoder(hash).Encode(cfg) == nil
	made := hex.EncodeToString(hash.Sum(nil))
	return func(ctx context.Context) string {
		revision, err := s.Revision(ctx)
		if !known || err != nil || revision == "" {
			return ""
		}
		return made + "-" + revision
	}
}

// hashProgram writes the running program, even if its file was replaced meanwhile
// where the system knows of that.
func hashProgram(w io.Writer) error {
	file, err := os.Open("/proc/self/exe")
	if err != nil {
		var name string
		if name, err = os.Executable(); err == nil {
			file, err = os.Open(name)
		}
	}
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(w, file)
	return err
}

// print writes the report for people, or as JSON.
func (r exportReport) print(w io.Writer, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(r)
	}
	_, err := fmt.Fprintf(w, "%d documents, %d rendered: %d files written (%d kB), %d unchanged, %d removed, in %.1f s\n",
		r.Documents, r.Rendered, r.Written, (r.Bytes+999)/1000, r.Unchanged, r.Removed, float64(r.DurationMS)/1000)
	return err
}
