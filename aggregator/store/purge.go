package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"laenderfeed/aggregator"
)

// purgeBatch is how many items one transaction of Purge removes: a fraction of
// a second, so that polls do not wait long.
const purgeBatch = 200

// Purge removes the items that feeds sort before a time, with all that belongs
// to them, and returns how many. What stays is their identity, so that a
// source that still lists them does not bring them back. It works in small
// transactions; when ctx ends, what is removed is removed.
func (s *Store) Purge(ctx context.Context, before time.Time) (int, error) {
	total := 0
	for {
		n := 0
		err := s.commit(ctx, func(t tx) (bool, error) {
			old, err := t.before(before)
			if err != nil {
				return false, err
			}
			for _, v := range old {
				if err := t.remove(v); err != nil {
					return false, err
				}
			}
			n = len(old)
			return n > 0, nil
		})
		if err != nil {
			return total, fmt.Errorf("removing old items: %w", err)
		}
		if total += n; n < purgeBatch {
			return total, nil
		}
	}
}

// victim is an item to be removed.
type victim struct {
	key
	source int64
	labels aggregator.Labels
}

// before returns the oldest items before a time, a batch at most.
func (t tx) before(before time.Time) ([]victim, error) {
	rows, err := t.query(`SELECT l.sort, l.item, i.source, i.labels FROM listings l JOIN items i ON i.id = l.item
		WHERE l.area = 0 AND l.topic = 0 AND l.sort < ? ORDER BY l.sort, l.item LIMIT ?`, before.Unix(), purgeBatch)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []victim
	for rows.Next() {
		var v victim
		var labels sql.RawBytes
		if err := rows.Scan(&v.sort, &v.item, &v.source, &labels); err != nil {
			return nil, err
		}
		if v.labels, err = decodeLabels(labels, nil); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// remove deletes an item and leaves its tombstone.
func (t tx) remove(v victim) error {
	if err := t.unlist(v.item, v.sort, v.labels); err != nil {
		return err
	}
	t.unindex(v.item)
	for _, q := range [...]string{
		"UPDATE known SET item = 0 WHERE uuid = (SELECT uuid FROM items WHERE id = ?)",
		"DELETE FROM items WHERE id = ?",
	} {
		if _, err := t.exec(q, v.item); err != nil {
			return err
		}
	}
	_, err := t.exec("UPDATE sources SET items = items - 1 WHERE id = ?", v.source)
	return err
}

// Check proves that the database is sound: the file, the references between
// tables, the full-text index, and that items, identities, listings and counts
// agree. It reads everything and takes its time; polls wait only while the
// index is checked. The error names the first problems.
func (s *Store) Check(ctx context.Context) error {
	errs := []error{s.checkFile(ctx), s.checkReferences(ctx)}
	for _, c := range [...]struct{ problem, query string }{
		{"items without identity", "SELECT count(*) FROM items i LEFT JOIN known k ON k.uuid = i.uuid WHERE k.item IS NOT i.id"},
		{"identities without item", "SELECT count(*) FROM known k LEFT JOIN items i ON i.id = k.item WHERE k.item <> 0 AND i.id IS NULL"},
		{"listings without item", "SELECT count(*) FROM listings l LEFT JOIN items i ON i.id = l.item WHERE i.sort IS NOT l.sort"},
		{"items in no feed", "SELECT (SELECT count(*) FROM items) - (SELECT count(*) FROM listings WHERE area = 0 AND topic = 0)"},
		{"sources with a wrong count of items", `SELECT count(*) FROM sources s LEFT JOIN
			(SELECT source, count(*) AS n FROM items GROUP BY source) c ON c.source = s.id WHERE s.items <> coalesce(c.n, 0)`},
		{"items not in the full-text index", "SELECT (SELECT count(*) FROM items) - (SELECT count(*) FROM texts_docsize)"},
	} {
		errs = append(errs, s.checkNone(ctx, c.problem, c.query))
	}
	errs = append(errs, s.writer.do(ctx, func(t tx) error {
		_, err := t.exec("INSERT INTO texts (texts) VALUES ('integrity-check')")
		return err
	}))
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("checking database: %w", explain(err))
	}
	return nil
}

// checkNone reports the number a query returns, unless it is 0.
func (s *Store) checkNone(ctx context.Context, problem, query string) error {
	var n int
	if err := s.reader.QueryRowContext(ctx, query).Scan(&n); err != nil {
		return err
	}
	if n != 0 {
		return fmt.Errorf("%s: %d", problem, n)
	}
	return nil
}

// checkFile runs SQLite's own check of pages, indexes and constraints.
func (s *Store) checkFile(ctx context.Context) error {
	rows, err := s.reader.QueryContext(ctx, "PRAGMA integrity_check(10)")
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
func (s *Store) checkReferences(ctx context.Context) error {
	rows, err := s.reader.QueryContext(ctx, `SELECT "table", "parent", count(*) FROM pragma_foreign_key_check GROUP BY 1, 2`)
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
