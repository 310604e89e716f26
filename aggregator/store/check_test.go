package store

import (
	"context"
	"strings"
	"testing"

	"laenderfeed/aggregator"
)

// TestCheckFinds damages a database in each way Check looks for.
func TestCheckFinds(t *testing.T) {
	for script, want := range map[string]string{
		"DELETE FROM known": "items without identity",
		"PRAGMA foreign_keys = 0; DELETE FROM items; UPDATE sources SET items = 0": "identities without item: 1",
		"UPDATE listings SET sort = sort + 1":                                      "listings without item",
		"DELETE FROM listings WHERE area = 0 AND topic = 0":                        "items in no feed: 1",
		"UPDATE sources SET items = 7":                                             "wrong count of items: 1",
		"DELETE FROM texts WHERE rowid = (SELECT rowid FROM texts LIMIT 1)":        "not in the full-text index: 1",
		"PRAGMA foreign_keys = 0; UPDATE items SET source = 99":                    "1 rows of items refer to no row of sources",
		"DELETE FROM texts_data WHERE id > 10":                                     "fts5: corruption",
	} {
		t.Run(want, func(t *testing.T) {
			s := open1(t, "a")
			save(t, s, resultOf("a", itemOf("g", 1, aggregator.Bayern)))
			sound(t, s)
			if _, err := s.writer.conn.ExecContext(context.Background(), script); err != nil {
				t.Fatal(err)
			}
			if err := s.Check(context.Background()); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %q in it", err, want)
			}
		})
	}
}
