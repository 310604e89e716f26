// Package store keeps everything laenderfeed knows in one SQLite file: the
// sources and how polling them went, the items with their labels, and the
// full-text index. All SQL of the program is here.
//
// # What is stored
//
// The schema is in migrations, one numbered SQL file a version, with a comment
// on each table. Times are integer unix seconds in UTC. An item has one row in
// items, one in known (its identity, which outlives it), one in the full-text
// index texts, and one in listings for each feed it appears in.
//
// # Who writes
//
// A Store has one connection that writes, used by one caller at a time in
// immediate transactions, and a pool of connections that only read; in WAL
// mode neither waits for the other. Polls that end at about the same time share
// a transaction. Several processes may have the file open at once: a command
// that polls while the daemon runs waits its turn (up to ten seconds), and the
// daemon learns from [Store.Generation] that there is something new.
//
// # Order
//
// Feeds are ordered by a sort key, then by row id, both fixed when an item is
// first seen, so that a feed keeps its order whatever publishers change later.
// The key is [aggregator.Item.Effective]: when the item was published, but
// never later than when we saw it. The one exception is for undated items of a
// source's first poll; see [UndatedStep].
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Sentinel errors.
var (
	// ErrNotFound says that there is no such item.
	ErrNotFound = errors.New("not found")
	// ErrUnknownSource says that no source of that id was ever configured.
	ErrUnknownSource = errors.New("unknown source")
)

// Config says where the database is.
type Config struct {
	Path    string           // of the database file; its folder must exist
	Now     func() time.Time // nil means time.Now
	Readers int              // connections that read; 0 means 4; all but one may search
}

// Store is an open database. Its methods may be called from any goroutine. It
// implements [aggregator.Store].
type Store struct {
	path   string
	now    func() time.Time
	writer *writer
	group  *group
	reader *sql.DB
	reads  *statements
	closed sync.Once

	lineages sync.Map // of the sources whose status was read since they were polled: a lineage by slug

	patience time.Duration // with a search
	search   chan struct{} // holds a token for each search that is under way
	watch    *sql.Conn     // a reader that only ever looks for foreign commits

	generation  atomic.Uint64
	refreshed   atomic.Int64  // when watch last looked, unix nanoseconds
	refreshing  chan struct{} // holds one token: the right to use watch
	dataVersion int64         // of watch when it last looked
}

// Open opens the database, which is created if there is none, and brings its
// schema up to date. It refuses files that are not its own, or are newer than
// the program, without touching them.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	s, err := open(ctx, cfg)
	// Switching a new file to WAL mode does not wait for another process that
	// does the same, whatever busy_timeout says.
	for try := 0; err != nil && code(err) == sqlite3.SQLITE_BUSY && try < openTries; try++ {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(openPause):
			s, err = open(ctx, cfg)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("opening database %s: %w", cfg.Path, explain(err))
	}
	return s, nil
}

// How often and after what time Open tries again when the file is locked.
const (
	openTries = 40
	openPause = 25 * time.Millisecond
)

func open(ctx context.Context, cfg Config) (*Store, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Readers <= 0 {
		cfg.Readers = 4
	}
	path, err := checkPath(cfg.Path)
	if err != nil {
		return nil, err
	}
	if err := probe(ctx, path); err != nil {
		return nil, err
	}
	s := &Store{path: path, now: cfg.Now, group: newGroup(), refreshing: make(chan struct{}, 1), patience: searchTimeout}
	if s.writer, err = newWriter(ctx, path); err != nil {
		return nil, err
	}
	if err := s.prepare(ctx, path, cfg.Readers); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// prepare migrates and opens the readers.
func (s *Store) prepare(ctx context.Context, path string, readers int) error {
	if err := migrate(ctx, s.writer.conn, migrations, s.now()); err != nil {
		return err
	}
	if err := s.reindex(ctx); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", dsn(path, readerPragmas, "mode=ro"))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(readers + 1) // and watch
	db.SetMaxIdleConns(readers + 1)
	s.reader, s.reads = db, &statements{db: db}
	s.search = make(chan struct{}, max(1, readers-1)) // one is left for those who do not search
	if s.watch, err = db.Conn(ctx); err != nil {
		return err
	}
	s.refreshing <- struct{}{}
	_, err = s.Refresh(ctx)
	return err
}

// Close ends all use of the database. It waits for a transaction under way,
// and merges the write-ahead log into the file when no other process has it
// open. Closing again does nothing.
func (s *Store) Close() (err error) {
	s.closed.Do(func() { err = s.close() })
	if err != nil {
		return fmt.Errorf("closing database: %w", err)
	}
	return nil
}

func (s *Store) close() error {
	var errs []error
	if s.reader != nil {
		if s.watch != nil {
			errs = append(errs, s.watch.Close())
		}
		errs = append(errs, s.reads.close(), s.reader.Close())
	}
	return errors.Join(append(errs, s.writer.close())...)
}

// Cache sizes are small on purpose: the whole program lives in some tens of
// megabytes, and the operating system caches the file anyway. Nothing is
// mapped into memory, as that would count as ours.
const (
	writerPragmas = "busy_timeout(10000) foreign_keys(1) synchronous(NORMAL) temp_store(MEMORY) " +
		"cache_size(-4000) wal_autocheckpoint(4000) journal_size_limit(33554432) mmap_size(0)"
	readerPragmas = "busy_timeout(10000) query_only(1) temp_store(MEMORY) cache_size(-1500) mmap_size(0)"
)

// dsn returns the data source name of the driver: a file: URI (see
// sqlite.org/uri.html) with every character of the path escaped that could be
// taken for part of the syntax, and the pragmas for each new connection.
func dsn(path, pragmas string, params ...string) string {
	for _, p := range strings.Fields(pragmas) {
		params = append(params, "_pragma="+url.QueryEscape(p))
	}
	u := url.URL{Scheme: "file", Path: path, RawQuery: strings.Join(params, "&")}
	return u.String()
}

// checkPath makes a path absolute and finds what SQLite would only call
// "unable to open database file".
func checkPath(path string) (string, error) {
	if path == "" || strings.ContainsRune(path, 0) {
		return "", errors.New("not a file name")
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	switch info, err := os.Stat(abs); {
	case err == nil && info.IsDir():
		return "", errors.New("is a folder; name a file in it, such as " + filepath.Join(path, "laenderfeed.db"))
	case err == nil && !info.Mode().IsRegular():
		return "", errors.New("is not a regular file")
	}
	folder := filepath.Dir(abs)
	switch info, err := os.Stat(folder); {
	case errors.Is(err, os.ErrNotExist):
		return "", fmt.Errorf("folder %s does not exist; create it with: mkdir -p %q", folder, folder)
	case err != nil:
		return "", err
	case !info.IsDir():
		return "", fmt.Errorf("%s is not a folder", folder)
	}
	return abs, nil
}

// code returns SQLite's primary result code of an error, or 0.
func code(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code() & 0xff
	}
	return 0
}

// explain says in plain words what the common result codes of SQLite mean. The
// cause stays wrapped.
func explain(err error) error {
	switch code(err) {
	case sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("this file is not a database: %w", err)
	case sqlite3.SQLITE_CANTOPEN:
		return fmt.Errorf("the file or its folder cannot be opened; check owner and permissions: %w", err)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return fmt.Errorf("the file or its folder cannot be written; check owner and permissions: %w", err)
	case sqlite3.SQLITE_BUSY:
		return fmt.Errorf("another process holds the database; try again: %w", err)
	case sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("the file is damaged; restore a backup: %w", err)
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("no space left for the database: %w", err)
	}
	return err
}
