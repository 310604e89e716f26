package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"laenderfeed/aggregator"
)

// purgeBatch is how many items one transaction of Purge removes: a fraction of
// a second, so that polls do not wait long.
const purgeBatch = 200

// Purge removes the items first seen before a time, with all that belongs to
// them, and returns how many. What stays is their identity, so that a source that
// still lists them does not bring them back. It works in small transactions; when
// ctx ends, what is removed is removed.
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
		if total += n; n == 0 {
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

// before returns the items among the oldest rows that were first seen before a
// time, a batch at most. Rows are numbered in the order they were first seen, so
// nothing behind a batch without such an item is older.
func (t tx) before(before time.Time) ([]victim, error) {
	rows, err := t.query("SELECT id, sort, source, seen, labels FROM items ORDER BY id LIMIT ?", purgeBatch)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []victim
	for rows.Next() {
		var v victim
		var seen int64
		var labels sql.RawBytes
		if err := rows.Scan(&v.item, &v.sort, &v.source, &seen, &labels); err != nil {
			return nil, err
		}
		if seen >= before.Unix() {
			continue
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
	t.w.forget()
	story, several, err := t.storyOf(v.item)
	if err == nil && several {
		if story, err = t.leave(v.item, story); err == nil {
			err = t.restory(story)
		}
	}
	if err != nil {
		return err
	}
	if err := t.unlist(v.item, v.sort, v.labels); err != nil {
		return err
	}
	t.unindex(v.key)
	for _, q := range [...]string{
		"UPDATE known SET item = 0 WHERE uuid IN (SELECT uuid FROM items WHERE id = ?1 UNION ALL SELECT uuid FROM aliases WHERE item = ?1)",
		"DELETE FROM items WHERE id = ?",
	} {
		if _, err := t.exec(q, v.item); err != nil {
			return err
		}
	}
	_, err = t.exec("UPDATE sources SET items = items - 1 WHERE id = ?", v.source)
	return err
}
