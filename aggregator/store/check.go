package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Check proves that the database is sound: the file and the full-text index
// (PRAGMA integrity_check does both), the references between tables, and that
// items, identities, listings and counts agree. It reads everything, which
// takes seconds, but keeps nobody from writing. The error names the first
// problems.
func (s *Store) Check(ctx context.Context) error {
	if err := check(ctx, s.path); err != nil {
		return fmt.Errorf("checking database: %w", explain(err))
	}
	return nil
}

// check has a connection of its own, for two reasons: its one transaction sees
// one state of things while others write; and the check of the full-text index
// uses what an older connection remembers of it, and then takes newer changes
// for damage.
func check(ctx context.Context, path string) (err error) {
	db, err := sql.Open("sqlite", dsn(path, readerPragmas, "mode=ro"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	errs := []error{checkFile(ctx, tx), checkReferences(ctx, tx)}
	for _, c := range [...]struct{ problem, query string }{
		{"items without identity", "SELECT count(*) FROM items i LEFT JOIN known k ON k.uuid = i.uuid WHERE k.item IS NOT i.id"},
		{"identities without item", "SELECT count(*) FROM known k LEFT JOIN items i ON i.id = k.item WHERE k.item <> 0 AND i.id IS NULL"},
		{"listings without item", "SELECT count(*) FROM listings l LEFT JOIN items i ON i.id = l.item WHERE i.sort IS NOT l.sort"},
		{"items in no feed", `SELECT count(*) FROM items i LEFT JOIN listings l ON l.area = 0 AND l.topic = 0 AND l.sort = i.sort AND l.item = i.id
			WHERE i.story IS NULL AND l.item IS NULL`},
		{"stories without their first item", "SELECT count(*) FROM items i LEFT JOIN items f ON f.id = i.story WHERE i.story IS NOT NULL AND (f.id IS NULL OR f.story IS NOT NULL)"},
		{"sources with a wrong count of items", `SELECT count(*) FROM sources s LEFT JOIN
			(SELECT source, count(*) AS n FROM items GROUP BY source) c ON c.source = s.id WHERE s.items <> coalesce(c.n, 0)`},
		{"items not in the full-text index", `SELECT max((SELECT count(*) FROM items) - (SELECT count(*) FROM texts_docsize),
			(SELECT count(*) FROM items i LEFT JOIN texts_docsize d ON d.id = -` + placeOf + ` WHERE d.id IS NULL))`},
	} {
		errs = append(errs, checkNone(ctx, tx, c.problem, c.query))
	}
	return errors.Join(append(errs, tx.Rollback())...)
}

// checkNone reports the number a query returns, unless it is 0.
func checkNone(ctx context.Context, tx *sql.Tx, problem, query string) error {
	var n int
	if err := tx.QueryRowContext(ctx, query).Scan(&n); err != nil {
		return err
	}
	if n != 0 {
		return fmt.Errorf("%s: %d", problem, n)
	}
	return nil
}

// checkFile runs SQLite's own check of pages, indexes and constraints.
func checkFile(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, "PRAGMA integrity_check(10)")
	if err != nil {
		return err
	}
	defer rows.Close()
	var errs []error
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return err
		}
		if line != "ok" {
			errs = append(errs, errors.New(line))
		}
	}
	return errors.Join(append(errs, rows.Err())...)
}

// checkReferences finds rows whose foreign key leads nowhere.
func checkReferences(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, `SELECT "table", "parent", count(*) FROM pragma_foreign_key_check GROUP BY 1, 2`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var errs []error
	for rows.Next() {
		var child, parent string
		var n int
		if err := rows.Scan(&child, &parent, &n); err != nil {
			return err
		}
		errs = append(errs, fmt.Errorf("%d rows of %s refer to no row of %s", n, child, parent))
	}
	return errors.Join(append(errs, rows.Err())...)
}
