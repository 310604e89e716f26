package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// applicationID marks our files: "LFED", in the header where SQLite keeps
// PRAGMA application_id.
const applicationID = 0x4c464544

// minPage is the smallest page, and so the smallest database, in bytes.
const minPage = 512

// migrations holds one file for each version of the schema, NNNN_name.sql,
// counted from 0001 without gaps. A released file is never edited.
//
//go:embed migrations/*.sql
var migrations embed.FS

// probe looks at an existing file without changing it: a foreign database must
// not even be switched to WAL mode.
func probe(ctx context.Context, path string) (err error) {
	switch info, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0:
		return nil
	case err == nil && info.Size() < minPage:
		return errors.New("this file is not a database") // SQLite would take it for an empty one
	}
	db, err := sql.Open("sqlite", dsn(path, "busy_timeout(10000)", "mode=ro"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var app, tables int64
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return err
	}
	if err := db.QueryRowContext(ctx, "PRAGMA application_id").Scan(&app); err != nil {
		return err
	}
	if app != applicationID && (app != 0 || tables > 0) {
		return errors.New("this is the database of another program")
	}
	return nil
}

// migrate applies the files of fsys that the database does not have yet, each
// in one transaction with its version number. Several processes may try at the
// same time.
func migrate(ctx context.Context, conn *sql.Conn, fsys fs.FS, now time.Time) error {
	names, err := fs.Glob(fsys, "migrations/*.sql")
	if err != nil {
		return err
	}
	version, err := schemaVersion(ctx, conn)
	if err != nil {
		return err
	}
	if version > len(names) {
		return fmt.Errorf("its schema has version %d and this program knows only %d; use a newer laenderfeed", version, len(names))
	}
	for i := version; i < len(names); i++ {
		script, err := fs.ReadFile(fsys, names[i])
		if err != nil {
			return err
		}
		if err := step(ctx, conn, i+1, string(script), now); err != nil {
			return fmt.Errorf("migration %s: %w", names[i], err)
		}
	}
	return nil
}

// step applies one migration, unless another process was faster.
func step(ctx context.Context, conn *sql.Conn, version int, script string, now time.Time) error {
	return immediate(ctx, conn, func(ctx context.Context) error {
		have, err := schemaVersion(ctx, conn)
		if err != nil || have >= version {
			return err
		}
		if _, err := conn.ExecContext(ctx, script); err != nil {
			return err
		}
		if version == 1 {
			if _, err := conn.ExecContext(ctx, "INSERT INTO meta (key, value) VALUES ('created', ?)", now.Unix()); err != nil {
				return err
			}
		}
		_, err = conn.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, version))
		return err
	})
}

// schemaVersion returns how many migrations the database has had.
func schemaVersion(ctx context.Context, conn *sql.Conn) (version int, err error) {
	err = conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version)
	return version, err
}

// immediate runs fn in a transaction that holds the write lock from the start.
// Once that is taken, the transaction is seen through even if ctx ends: it is
// short, and watching ctx costs a goroutine for each statement.
func immediate(ctx context.Context, conn *sql.Conn, fn func(context.Context) error) (err error) {
	through := context.WithoutCancel(ctx)
	defer func() {
		// Even when BEGIN failed: if ctx ends at the wrong moment, it took
		// effect all the same. When nothing is open, this fails and may.
		if err != nil {
			_, _ = conn.ExecContext(through, "ROLLBACK")
		}
	}()
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	if err := fn(through); err != nil {
		return err
	}
	_, err = conn.ExecContext(through, "COMMIT")
	return err
}
