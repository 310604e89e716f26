package store

import (
	"context"
	"fmt"
	"strings"

	"laenderfeed/aggregator"
)

// maxIndexed is how many bytes of an item's content are indexed, so that one
// monster cannot bloat the index.
const maxIndexed = 64 << 10

// indexing is what a transaction still has to do to the full-text index and to
// the listings. The former is put off to its end, because FTS5 writes out all it
// has gathered whenever another statement opens a savepoint, as every insert of
// several rows does: done item by item, indexing costs three times as much. The
// latter is, because rows that are inserted in the order of their key, those of
// many items at once, cost less than half.
type indexing struct {
	gone   []int64
	fresh  []indexed
	listed []listed
}

// indexed is a row of texts.
type indexed struct {
	row         int64
	title, body string
}

// index adds an item to the full-text index: its title, and in the body all
// else a reader would search for.
func (t tx) index(row int64, it *aggregator.Item) {
	text := aggregator.Item{Content: clean(it.Content, maxIndexed)}
	body := make([]byte, 0, len(it.Summary)+len(text.Content)+64)
	for _, part := range [...]string{it.Summary, text.Text("").Content, strings.Join(it.Categories, "\n")} {
		body = appendFold(body, part)
	}
	t.ix.fresh = append(t.ix.fresh, indexed{row, Fold(it.Title), string(body)})
}

// unindex takes an item out of the full-text index.
func (t tx) unindex(row int64) { t.ix.gone = append(t.ix.gone, row) }

// flush does what list, index and unindex promised.
func (t tx) flush() error {
	if err := t.flushListings(); err != nil {
		return err
	}
	for _, row := range t.ix.gone {
		if _, err := t.exec("DELETE FROM texts WHERE rowid = ?", row); err != nil {
			return err
		}
	}
	for _, f := range t.ix.fresh {
		if _, err := t.exec("INSERT INTO texts (rowid, title, body) VALUES (?, ?, ?)", f.row, f.title, f.body); err != nil {
			return err
		}
	}
	return nil
}

// tidyPages is how many pages of the index one transaction of Tidy writes at
// most: some ten milliseconds, so that polls do not wait long.
const tidyPages = 200

// Tidy merges the many small segments that polls leave in the full-text index,
// so that searches have fewer to look into. Call it once in a while, such as
// every hour: it does nothing when there is nothing to do, and works in small
// transactions; when ctx ends, what is merged is merged.
func (s *Store) Tidy(ctx context.Context) error {
	for {
		var before, after int64
		err := s.writer.do(ctx, func(t tx) error {
			if err := t.row([]any{&before}, "SELECT total_changes()"); err != nil {
				return err
			}
			if _, err := t.exec("INSERT INTO texts (texts, rank) VALUES ('merge', ?)", tidyPages); err != nil {
				return err
			}
			return t.row([]any{&after}, "SELECT total_changes()")
		})
		if err != nil {
			return fmt.Errorf("merging full-text index: %w", err)
		}
		if after-before < 2 { // the command itself counts as one
			return nil
		}
	}
}
