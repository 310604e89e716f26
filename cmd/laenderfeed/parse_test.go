package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"laenderfeed/aggregator/parse"
)

// TestParseRefuses: what is no file to read is refused before it is read.
func TestParseRefuses(t *testing.T) {
	large := filepath.Join(t.TempDir(), "large.xml")
	if err := os.WriteFile(large, []byte("<rss/>"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := parseFile(large, parse.Options{}); !out.OK || out.Kind != "rss" {
		t.Errorf("%+v", out)
	}
	if err := os.Truncate(large, maxParseFile+1); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{large: "too-large: larger than", filepath.Dir(large): "is a directory", large + "x": "no such file"} {
		if out := parseFile(file, parse.Options{}); out.OK || !strings.Contains(out.Error, want) || out.Entries == nil {
			t.Errorf("%s: %+v", file, out)
		}
	}
}
