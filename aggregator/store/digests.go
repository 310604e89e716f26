package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"

	"laenderfeed/aggregator"
)

// Seen implements [aggregator.Store].
func (s *Store) Seen(ctx context.Context, source string) ([]aggregator.Digest, error) {
	st, err := s.reads.get(ctx, "SELECT d.seen FROM digests d JOIN sources s ON s.id = d.source WHERE s.slug = ?")
	if err != nil {
		return nil, err
	}
	var packed []byte
	if err := st.QueryRowContext(ctx, source).Scan(&packed); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("reading digests of source %q: %w", source, err)
	}
	return unpackDigests(packed), nil
}

// digests replaces those of a source.
func (t tx) digests(source int64, list []aggregator.Digest) error {
	if list == nil {
		return nil
	}
	if len(list) == 0 {
		_, err := t.exec("DELETE FROM digests WHERE source = ?", source)
		return err
	}
	_, err := t.exec("INSERT OR REPLACE INTO digests (source, seen) VALUES (?, ?)", source, packDigests(list))
	return err
}

// digestSize is that of a packed Digest.
const digestSize = 16

func packDigests(list []aggregator.Digest) []byte {
	out := make([]byte, 0, digestSize*len(list))
	for _, d := range list {
		out = binary.LittleEndian.AppendUint64(out, d.Text)
		out = binary.LittleEndian.AppendUint64(out, d.Identity)
	}
	return out
}

// unpackDigests reads what packDigests wrote. Less than a whole one at the end
// is left out.
func unpackDigests(b []byte) []aggregator.Digest {
	out := make([]aggregator.Digest, 0, len(b)/digestSize)
	for ; len(b) >= digestSize; b = b[digestSize:] {
		out = append(out, aggregator.Digest{Text: binary.LittleEndian.Uint64(b), Identity: binary.LittleEndian.Uint64(b[8:])})
	}
	return out
}
