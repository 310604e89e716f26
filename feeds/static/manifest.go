package static

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"strings"
)

const (
	manifestName   = ".laenderfeed-export.json"
	manifestFormat = 1
	maxManifest    = 256 << 20 // bytes; a million files
)

// manifest is the list of the files that exports have written, as it is stored.
type manifest struct {
	Format int      `json:"format"`
	Files  []string `json:"files"` // without twins
	memo
}

// memo is what documents were, whatever has become of their files: their SHA-256 in
// hex by the names of the files, and the key of what they were made of.
type memo struct {
	Key  string            `json:"key,omitempty"`
	Sums map[string]string `json:"sums,omitempty"`
}

func (m memo) equal(n memo) bool { return m.Key == n.Key && maps.Equal(m.Sums, n.Sums) }

func (m manifest) encode() ([]byte, error) {
	b, err := json.MarshalIndent(m, "", " ")
	return append(b, '\n'), err
}

// readManifest returns the names on the manifest of a folder, nil if it has none,
// and its memo.
func readManifest(root *os.Root) (map[string]bool, memo, error) {
	file, err := root.Open(manifestName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, memo{}, nil
	}
	if err != nil {
		return nil, memo{}, fmt.Errorf("reading the manifest: %w", err)
	}
	defer file.Close()
	b, err := io.ReadAll(io.LimitReader(file, maxManifest))
	if err != nil {
		return nil, memo{}, fmt.Errorf("reading the manifest: %w", err)
	}
	names, known, err := decodeManifest(b)
	if err != nil {
		return nil, memo{}, fmt.Errorf("%w: the manifest %s: %w; remove it to begin anew", ErrRefused, manifestName, err)
	}
	return names, known, nil
}

func decodeManifest(b []byte) (map[string]bool, memo, error) {
	var m manifest
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, memo{}, err
	}
	if m.Format != manifestFormat {
		return nil, memo{}, fmt.Errorf("format %d is not known to this version", m.Format)
	}
	names := make(map[string]bool, len(m.Files))
	for _, name := range m.Files {
		if !validName(name) {
			return nil, memo{}, fmt.Errorf("%q is not a name for a file", name)
		}
		names[name] = true
	}
	return names, m.memo, nil
}

// validName tells whether a name is one for a published file: relative, without
// "..", control characters and backslashes, no segment of it hidden.
func validName(name string) bool {
	if !fs.ValidPath(name) || strings.HasSuffix(name, twinSuffix) || strings.HasPrefix(name, ".") || strings.Contains(name, "/.") {
		return false
	}
	return !strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == '\\' || r == 0x7f })
}

// Name returns the name of the file for a path of a URL: that of a page is its
// folder's index.html, which servers answer with.
func Name(urlPath string) string {
	name := strings.TrimPrefix(urlPath, "/")
	switch last := name[strings.LastIndexByte(name, '/')+1:]; {
	case name == "":
		return "index.html"
	case !strings.Contains(last, "."):
		return name + "/index.html"
	}
	return name
}
