package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
)

// writer is the one connection that writes. Whoever holds the token has it to
// themselves.
type writer struct {
	db     *sql.DB
	conn   *sql.Conn
	token  chan struct{}
	stmts  map[string]*sql.Stmt   // that return rows
	execs  map[string]driver.Stmt // the others
	args   []driver.NamedValue    // of the one that runs
	ix     indexing               // of the transaction that runs
	labels map[string]int64       // what is known of the table labels

	stories stories
	version int64 // of the database when they were read
}

// newFile says what a new database file is to be like; a file that is there keeps
// the size of its pages. With 8 kB a file of many small items is a seventh smaller
// than with SQLite's 4 kB, and half as many pages are written and read. (It is not
// among the pragmas of the DSN, which the driver sorts: only before the first page is
// written can there be a choice.)
const newFile = "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL"

func newWriter(ctx context.Context, path string) (*writer, error) {
	db, err := sql.Open("sqlite", dsn(path, writerPragmas, "_txlock=immediate"))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if _, err := conn.ExecContext(ctx, newFile); err != nil {
		return nil, errors.Join(err, conn.Close(), db.Close())
	}
	w := &writer{db: db, conn: conn, token: make(chan struct{}, 1), stmts: map[string]*sql.Stmt{}, execs: map[string]driver.Stmt{},
		labels: map[string]int64{"": 0}}
	w.token <- struct{}{}
	return w, nil
}

func (w *writer) close() error {
	if _, ok := <-w.token; !ok {
		return nil
	}
	close(w.token)
	var errs []error
	for _, st := range w.stmts {
		errs = append(errs, st.Close())
	}
	for _, st := range w.execs {
		errs = append(errs, w.conn.Raw(func(any) error { return st.Close() }))
	}
	return errors.Join(append(errs, w.conn.Close(), w.db.Close())...)
}

// errClosed is what a write after Close gets.
var errClosed = errors.New("the database is closed")

// do runs fn in one immediate transaction.
func (w *writer) do(ctx context.Context, fn func(tx) error) error {
	select {
	case _, ok := <-w.token:
		if !ok {
			return errClosed
		}
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() {
		w.ix.reset()
		w.token <- struct{}{}
	}()
	known := len(w.labels)
	err := immediate(ctx, w.conn, func(ctx context.Context) error {
		t := tx{ctx, w, &w.ix}
		if err := t.current(); err != nil {
			return err
		}
		if err := fn(t); err != nil {
			return err
		}
		return t.flush()
	})
	if err != nil {
		w.forget() // some may not be there
	}
	if err != nil && len(w.labels) != known { // numbers given in vain
		w.labels = map[string]int64{"": 0}
	}
	return explain(err)
}

// forget drops what is known of stories, when an item has changed.
func (w *writer) forget() { w.stories = stories{} }

// current forgets what another process may have changed meanwhile.
func (t tx) current() error {
	var version int64
	if err := t.row([]any{&version}, "PRAGMA data_version"); err != nil {
		return err
	}
	if version != t.w.version {
		t.w.forget()
		t.w.version = version
	}
	return nil
}

// tx is a running transaction.
type tx struct {
	ctx context.Context
	w   *writer
	ix  *indexing
}

// stmt returns the prepared form of a query, prepared once.
func (t tx) stmt(query string) (*sql.Stmt, error) {
	if st := t.w.stmts[query]; st != nil {
		return st, nil
	}
	st, err := t.w.conn.PrepareContext(t.ctx, query)
	if err != nil {
		return nil, fmt.Errorf("preparing %q: %w", query, err)
	}
	t.w.stmts[query] = st
	return st, nil
}

// exec runs a statement that returns no rows, as [sql.Stmt.ExecContext] would. It
// goes to the driver itself, as database/sql would copy the arguments: those of the
// many rows of a poll were a twentieth of all memory that storing them took.
func (t tx) exec(query string, args ...any) (res driver.Result, err error) {
	err = t.w.conn.Raw(func(c any) error {
		st := t.w.execs[query]
		if st == nil {
			if st, err = c.(driver.ConnPrepareContext).PrepareContext(t.ctx, query); err != nil {
				return fmt.Errorf("preparing %q: %w", query, err)
			}
			t.w.execs[query] = st
		}
		named := t.w.args[:0]
		for i, a := range args {
			v, err := driver.DefaultParameterConverter.ConvertValue(a)
			if err != nil {
				return fmt.Errorf("argument %d: %w", i+1, err)
			}
			named = append(named, driver.NamedValue{Ordinal: i + 1, Value: v})
		}
		res, err = st.(driver.StmtExecContext).ExecContext(t.ctx, named)
		clear(named) // keep no text of theirs
		t.w.args = named
		return err
	})
	return res, err
}

func (t tx) query(query string, args ...any) (*sql.Rows, error) {
	st, err := t.stmt(query)
	if err != nil {
		return nil, err
	}
	return st.QueryContext(t.ctx, args...)
}

// row runs a query of at most one row and scans it; sql.ErrNoRows when there
// is none.
func (t tx) row(dest []any, query string, args ...any) error {
	st, err := t.stmt(query)
	if err != nil {
		return err
	}
	return st.QueryRowContext(t.ctx, args...).Scan(dest...)
}

// label returns the number of a slug or key in the table labels.
func (t tx) label(slug string) (int64, error) {
	if id, ok := t.w.labels[slug]; ok {
		return id, nil
	}
	if _, err := t.exec("INSERT INTO labels (slug) VALUES (?) ON CONFLICT DO NOTHING", slug); err != nil {
		return 0, err
	}
	var id int64
	if err := t.row([]any{&id}, "SELECT id FROM labels WHERE slug = ?", slug); err != nil {
		return 0, err
	}
	t.w.labels[slug] = id
	return id, nil
}

// statements prepares the queries of the reading pool once each.
type statements struct {
	db *sql.DB
	mu sync.Mutex
	by map[string]*sql.Stmt
}

func (s *statements) get(ctx context.Context, query string) (*sql.Stmt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if st := s.by[query]; st != nil {
		return st, nil
	}
	st, err := s.db.PrepareContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("preparing %q: %w", query, err)
	}
	if s.by == nil {
		s.by = map[string]*sql.Stmt{}
	}
	s.by[query] = st
	return st, nil
}

func (s *statements) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, st := range s.by {
		errs = append(errs, st.Close())
	}
	s.by = nil
	return errors.Join(errs...)
}
