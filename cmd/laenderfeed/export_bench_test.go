package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkExport exports 20,000 items: the first time into an empty folder, and
// again when nothing has changed.
func BenchmarkExport(b *testing.B) {
	file, _ := stock{sources: 200, polls: 20, items: 5}.fill(b)
	dir := filepath.Join(b.TempDir(), "tree")
	export := func(b *testing.B, dir string) {
		var out, errs strings.Builder
		e := env{in: strings.NewReader(""), out: &out, err: &errs, get: func(string) string { return "" }}
		if code := run(b.Context(), []string{"export", "--config", file, dir}, e); code != exitDone {
			b.Fatal(errs.String())
		}
		b.Log(out.String())
	}
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			export(b, filepath.Join(b.TempDir(), "tree"))
		}
	})
	export(b, dir)
	b.Run("again", func(b *testing.B) {
		for b.Loop() {
			export(b, dir)
		}
	})
}
