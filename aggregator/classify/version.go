package classify

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// rulesDate is the day the data or the rules were last changed on purpose.
const rulesDate = "2026-11-21"

// sources are the rules that are written in Go. They are part of the version,
// so that history is done anew when they change, too.
//
//go:embed *.go
var sources embed.FS

// Version identifies the rule set: the date of its last change and a hash of
// its data, its code and cfg, "2026-11-21-ab12cd34". Equal versions label alike.
func (c *Classifier) Version() string { return c.version }

func rulesVersion(cfg Config) (string, error) {
	h := sha256.New()
	for _, part := range []struct {
		files   embed.FS
		pattern string
	}{{dataFiles, "data/*.tsv"}, {sources, "*.go"}} {
		names, err := fs.Glob(part.files, part.pattern)
		if err != nil {
			return "", fmt.Errorf("reading rules: %w", err)
		}
		for _, name := range slices.DeleteFunc(names, isTest) {
			b, err := part.files.ReadFile(name)
			if err != nil {
				return "", fmt.Errorf("reading rules: %w", err)
			}
			fmt.Fprintf(h, "%s %d\n", name, len(b))
			h.Write(b)
		}
	}
	rules, err := json.Marshal(cfg)
	if err != nil {
		return "", fmt.Errorf("reading rules: %w", err)
	}
	h.Write(rules)
	return rulesDate + "-" + hex.EncodeToString(h.Sum(nil)[:4]), nil
}

func isTest(file string) bool { return strings.HasSuffix(file, "_test.go") }
