package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

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
	text   []byte // room to fold one in
}

// reset makes it ready for another transaction, with the memory of the last.
func (ix *indexing) reset() {
	clear(ix.fresh)
	clear(ix.listed)
	ix.gone, ix.fresh, ix.listed = ix.gone[:0], ix.fresh[:0], ix.listed[:0]
}

// indexed is a row of texts.
type indexed struct {
	row         int64 // of the index
	title, body string
}

// The full-text index is ordered as feeds are: its row ids are made of the keys
// of items, with the newest first. So a search for the newest is a walk through
// the index from its beginning, and reads no more than it returns.
const (
	itemBits = 28      // room for 268 million items
	maxSort  = 1 << 34 // the year 2514; what is later, or before 1425, counts as of then
)

// place returns a key as one number, which grows as the key does. The row of an
// item in the full-text index is its negative.
func (k key) place() int64 {
	return max(-maxSort, min(k.sort, maxSort))<<itemBits | k.item&(1<<itemBits-1)
}

// placeOf is key.place of an item i in SQL.
const placeOf = "((max(-17179869184, min(i.sort, 17179869184)) << 28) + (i.id & 268435455))"

// keyOf is the key with a place, but for the limits of place.
func keyOf(place int64) key { return key{place >> itemBits, place & (1<<itemBits - 1)} }

// index adds an item to the full-text index.
func (t tx) index(k key, it *aggregator.Item) {
	title, body := t.ix.texts(it)
	t.ix.fresh = append(t.ix.fresh, indexed{-k.place(), title, body})
}

// texts returns what is indexed of an item, folded: its title, and in the body
// all else a reader would search for.
func (ix *indexing) texts(it *aggregator.Item) (title, body string) {
	text := aggregator.Item{Content: clean(it.Content, maxIndexed)}
	return ix.fold(it.Title), ix.fold(append([]string{it.Summary, text.Text("").Content}, it.Categories...)...)
}

// fold folds texts into one.
func (ix *indexing) fold(texts ...string) string {
	ix.text = ix.text[:0]
	for _, s := range texts {
		ix.text = appendFold(ix.text, s)
	}
	return string(ix.text)
}

// unindex takes an item out of the full-text index.
func (t tx) unindex(k key) { t.ix.gone = append(t.ix.gone, -k.place()) }

// flush does what list, index and unindex promised, in the order of the index:
// FTS5 starts a new segment for each row that is not behind the one before.
func (t tx) flush() error {
	if err := t.flushListings(); err != nil {
		return err
	}
	slices.SortFunc(t.ix.fresh, func(a, b indexed) int { return cmp.Compare(a.row, b.row) })
	slices.Sort(t.ix.gone)
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

// reindexBatch is how many items one transaction of reindex reads.
const reindexBatch = 500

// reindex fills the full-text index anew where a migration has emptied it: that
// leaves the last item to be indexed in meta, under 'reindex'. It takes some
// seconds for a hundred thousand items; what it has done stays done when it is
// cut short.
func (s *Store) reindex(ctx context.Context) error {
	for more := true; more; {
		if err := s.writer.do(ctx, func(t tx) (err error) {
			more, err = t.reindex()
			return err
		}); err != nil {
			return fmt.Errorf("building the full-text index: %w", err)
		}
	}
	return nil
}

// reindex indexes a batch of items and reports whether there may be more.
func (t tx) reindex() (more bool, err error) {
	// What another process has changed meanwhile is indexed already.
	rows, err := t.query(`SELECT i.id, i.sort, i.title, i.summary, i.content, i.extra FROM items i
		WHERE i.id <= (SELECT value FROM meta WHERE key = 'reindex')
			AND NOT EXISTS (SELECT 1 FROM texts_docsize d WHERE d.id = -`+placeOf+`)
		ORDER BY i.id DESC LIMIT ?`, reindexBatch)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	var k key
	for rows.Next() {
		var it aggregator.Item
		var extra sql.RawBytes
		if err := rows.Scan(&k.item, &k.sort, &it.Title, &it.Summary, &it.Content, &extra); err != nil {
			return false, err
		}
		if err := decodeExtra(extra, &it); err != nil {
			return false, err
		}
		t.index(k, &it)
		more = true
	}
	if err := rows.Err(); err != nil {
		return false, err
	}
	if !more {
		_, err = t.exec("DELETE FROM meta WHERE key = 'reindex'")
		return false, err
	}
	_, err = t.exec("UPDATE meta SET value = ? WHERE key = 'reindex'", k.item-1)
	return true, err
}

// tidyPages is how many pages of the index one transaction of Tidy writes at
// most: some ten milliseconds, so that polls do not wait long.
const tidyPages = 100

// Tidy merges the many small segments that polls leave in the full-text index,
// so that searches have fewer to look into, and forgets by what items were found
// that are too old to be in a story with new ones. Call it every few minutes: with
// the thousand segments that a first hour can leave, the hardest searches take ten
// times as long. It does nothing when there is nothing to do, and works in small
// transactions; when ctx ends, what is merged is merged.
func (s *Store) Tidy(ctx context.Context) error {
	before := s.now().Add(-storySpan - 24*time.Hour)
	if err := s.writer.do(ctx, func(t tx) error { return t.forgetTales(before) }); err != nil {
		return fmt.Errorf("forgetting old news: %w", err)
	}
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
