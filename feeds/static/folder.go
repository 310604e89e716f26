// Package static keeps a folder of files, for any web server or object store, in
// step with documents that somebody makes.
//
//	Open ── Plan ── Put, Put, Put … ── Finish ── Close
//	                └─ Has spares making a document
//
// A file is written under another name and renamed, so a reader gets the old
// bytes or the new ones and never half of them. A file that has its bytes already
// is not touched, and keeps its time. Beside each file is its gzip twin, the same
// bytes for the same document.
//
// The folder holds a manifest, a list of the files that exports have written or
// are about to write. It goes before them, so whenever an export ends, or is
// killed, all that it left behind is known: the next one goes on from there, and
// removes what is no longer wanted. It also remembers what the documents were made
// of, so that they need not be made again while that stays the same and the files
// are whole. What is not on the list is somebody else's,
// and is neither changed nor removed. Everything is done below the folder: a
// symbolic link that leads out of it is an error (see [os.Root]).
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
	"time"
)

// ErrRefused is what errors are that a person has to decide about: the folder, or
// something in it, is not ours.
var ErrRefused = errors.New("export refused")

const (
	twinSuffix = ".gz"
	tempSuffix = ".laenderfeed-tmp"
)

// Config says which folder.
type Config struct {
	Dir   string           // created if missing
	Force bool             // take over a folder with other files, and those in the way
	Now   func() time.Time // nil means time.Now
}

// Folder is a folder being brought up to date. It is used by one goroutine.
type Folder struct {
	Config
	Counts
	root    *os.Root
	lock    io.Closer
	mine    map[string]bool // on the manifest
	known   memo            // on the manifest
	sums    map[string]string
	planned map[string]bool
	made    map[string]bool // folders that are there
	zip     *gzip.Writer
	zipped  bytes.Buffer
	have    bytes.Buffer
}

// Counts are what was done to files, gzip twins included.
type Counts struct {
	Written   int
	Unchanged int
	Removed   int
	Bytes     int64 // written
}

// Open takes hold of a folder. The error is [ErrRefused] if that is a file, if it
// holds files and no manifest (unless forced), or if another export is at work.
func Open(c Config) (*Folder, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	err := os.MkdirAll(c.Dir, 0o755)
	if errors.Is(err, syscall.ENOTDIR) {
		return nil, fmt.Errorf("%w: %s is not a folder", ErrRefused, c.Dir)
	}
	if err != nil {
		return nil, fmt.Errorf("preparing the folder: %w", err)
	}
	f := &Folder{Config: c, planned: map[string]bool{}, made: map[string]bool{}, sums: map[string]string{}, zip: gzip.NewWriter(nil)}
	if f.root, err = os.OpenRoot(c.Dir); err != nil {
		return nil, fmt.Errorf("opening the folder: %w", err)
	}
	if f.lock, err = lockDir(c.Dir); err == nil {
		err = f.claim()
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Close lets go of the folder.
func (f *Folder) Close() error {
	var err error
	if f.lock != nil {
		err = f.lock.Close()
	}
	return errors.Join(err, f.root.Close())
}

// claim reads the manifest, and refuses a folder of others.
func (f *Folder) claim() error {
	var err error
	if f.mine, f.known, err = readManifest(f.root); err != nil || f.mine != nil {
		return err
	}
	f.mine = map[string]bool{}
	entries, err := fs.ReadDir(f.root.FS(), ".")
	if err != nil {
		return fmt.Errorf("reading the folder: %w", err)
	}
	for _, e := range entries {
		if e.Name() != tempName(manifestName) && !f.Force {
			return fmt.Errorf("%w: %s holds files that no export wrote, such as %q; --force takes it over", ErrRefused, f.Dir, e.Name())
		}
	}
	return nil
}

// Plan says which files the folder is to hold, by their slash-separated names,
// without their twins. The error is [ErrRefused], and nothing is changed, if
// somebody else's file is in the way of one and that is not forced.
func (f *Folder) Plan(names []string) error {
	all := maps.Clone(f.mine)
	for _, name := range names {
		if !validName(name) {
			return fmt.Errorf("planning %q: not a name for a file", name)
		}
		f.planned[name], all[name] = true, true
		if f.Force || f.mine[name] {
			continue
		}
		for _, n := range [...]string{name, name + twinSuffix} {
			if _, err := f.root.Lstat(n); !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("%w: %s is in the way, which no export wrote; --force replaces it", ErrRefused, path.Join(f.Dir, n))
			}
		}
	}
	if err := f.sweep(all); err != nil {
		return err
	}
	return f.list(all, f.known)
}

// sweep removes what an export that was killed has left unfinished in the folders
// of the given names.
func (f *Folder) sweep(names map[string]bool) error {
	swept := map[string]bool{}
	for name := range names {
		dir := path.Dir(name)
		if swept[dir] {
			continue
		}
		swept[dir] = true
		d, err := f.root.Open(dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("looking for unfinished files: %w", err)
		}
		found, err := d.Readdirnames(-1)
		if err := errors.Join(err, d.Close()); err != nil {
			return fmt.Errorf("looking for unfinished files: %w", err)
		}
		for _, base := range found {
			if !strings.HasSuffix(base, tempSuffix) {
				continue
			}
			if err := f.remove(path.Join(dir, base)); err != nil {
				return fmt.Errorf("removing unfinished files: %w", err)
			}
		}
	}
	return f.remove(tempName(manifestName))
}

// list writes the manifest if it says something else.
func (f *Folder) list(names map[string]bool, known memo) error {
	if maps.Equal(names, f.mine) && known.equal(f.known) && f.regular(manifestName) != nil {
		return nil
	}
	b, err := manifest{Format: manifestFormat, Files: slices.Sorted(maps.Keys(names)), memo: known}.encode()
	if err == nil {
		err = f.write(manifestName, b, time.Time{}, true)
	}
	if err != nil {
		return fmt.Errorf("writing the manifest: %w", err)
	}
	f.mine, f.known = names, known
	return nil
}

// Has tells whether a planned file and its twin hold, to the last byte on the disk,
// the document that an export which finished with the same key has put there. They
// are then as after Put.
func (f *Folder) Has(name, key string) bool {
	want := f.known.Sums[name]
	if key == "" || key != f.known.Key || want == "" || !f.planned[name] || f.sum(name, false) != want || f.sum(name+twinSuffix, true) != want {
		return false
	}
	f.sums[name] = want
	f.count(true, 0)
	f.count(true, 0)
	return true
}

// sum returns the SHA-256 of a file in hex, or of what it holds compressed, "" if
// it cannot be read.
func (f *Folder) sum(name string, zipped bool) string {
	if f.regular(name) == nil {
		return ""
	}
	file, err := f.root.Open(name)
	if err != nil {
		return ""
	}
	defer file.Close()
	var r io.Reader = file
	if zipped {
		if r, err = gzip.NewReader(file); err != nil {
			return ""
		}
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, r); err != nil {
		return ""
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// Put makes a planned file and its twin hold a document. Their time becomes the
// given one, which tells when the document changed; it becomes the present time
// for the zero time, and where it would not tell of the change: where the file
// held other bytes at that time or later.
func (f *Folder) Put(name string, body []byte, modified time.Time) error {
	if !f.planned[name] {
		return fmt.Errorf("writing %s: not planned", name)
	}
	was, same := f.holds(name, body, false)
	at := was
	if !same {
		at = f.stamp(modified, was)
		if err := f.write(name, body, at, !was.IsZero()); err != nil {
			return fmt.Errorf("writing %s: %w", name, err)
		}
	}
	f.count(same, len(body))
	if was, same = f.holds(name+twinSuffix, body, true); !same {
		if err := f.compress(body); err != nil {
			return fmt.Errorf("compressing %s: %w", name, err)
		}
		if err := f.write(name+twinSuffix, f.zipped.Bytes(), at, !was.IsZero()); err != nil {
			return fmt.Errorf("writing the twin of %s: %w", name, err)
		}
	}
	f.count(same, f.zipped.Len())
	sum := sha256.Sum256(body)
	f.sums[name] = hex.EncodeToString(sum[:])
	return nil
}

func (f *Folder) count(same bool, size int) {
	if same {
		f.Unchanged++
		return
	}
	f.Written++
	f.Bytes += int64(size)
}

// stamp is the time of a file that was last written at some time, if ever.
func (f *Folder) stamp(modified, was time.Time) time.Time {
	if modified = modified.Truncate(time.Second); modified.After(was) {
		return modified
	}
	return f.Now()
}

// compress fills zipped. The header of the result has no name and no time.
func (f *Folder) compress(body []byte) error {
	f.zipped.Reset()
	f.zip.Reset(&f.zipped)
	if _, err := f.zip.Write(body); err != nil {
		return err
	}
	return f.zip.Close()
}

// holds tells whether a file holds a document, as it is or compressed, and when
// it was written, whatever it holds. What cannot be read does not hold it. The
// bytes on the disk are what counts: a file that was damaged is written again.
func (f *Folder) holds(name string, body []byte, zipped bool) (at time.Time, same bool) {
	info := f.regular(name)
	if info == nil {
		return time.Time{}, false
	}
	at = info.ModTime()
	if !zipped && info.Size() != int64(len(body)) {
		return at, false
	}
	file, err := f.root.Open(name)
	if err != nil {
		return at, false
	}
	defer file.Close()
	var r io.Reader = file
	if zipped {
		if r, err = gzip.NewReader(file); err != nil {
			return at, false
		}
	}
	f.have.Reset()
	_, err = f.have.ReadFrom(io.LimitReader(r, int64(len(body))+1))
	return at, err == nil && bytes.Equal(f.have.Bytes(), body)
}

// regular describes a file, nil if there is none or it is no regular one.
func (f *Folder) regular(name string) fs.FileInfo {
	info, err := f.root.Lstat(name)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	return info
}

// tempName is what a file is called until it is complete.
func tempName(name string) string {
	dir, base := path.Split(name)
	return dir + "." + strings.TrimPrefix(base, ".") + tempSuffix
}

// write makes a file of a name, at once and entirely. at is its time unless zero;
// wait is said in fill.
func (f *Folder) write(name string, data []byte, at time.Time, wait bool) error {
	dir, temp := path.Dir(name), tempName(name)
	if !f.made[dir] {
		if err := f.root.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		f.made[dir] = true
	}
	err := f.fill(temp, data, wait)
	if err == nil && !at.IsZero() {
		err = f.root.Chtimes(temp, at, at)
	}
	if err == nil {
		err = f.root.Rename(temp, name)
	}
	if err != nil {
		return errors.Join(err, f.remove(temp))
	}
	return nil
}

// fill writes a new file. With wait, for one that is to replace another, it returns
// when the disk has it: a power cut must not take away what readers had. A new one
// that is lost with the power is found damaged, and written, by the next export.
func (f *Folder) fill(name string, data []byte, wait bool) error {
	file, err := f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err == nil && wait {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// remove removes a file, if there is one.
func (f *Folder) remove(name string) error {
	if err := f.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
		return err
	}
	return nil
}

// Drop takes a file out of the plan.
func (f *Folder) Drop(name string) { delete(f.planned, name) }

// Finish removes the files of earlier exports that are not planned any more, with
// the folders that this leaves empty. Without it nothing is removed. The key stands
// for everything that the documents were made of, see [Folder.Has]; "" if that is
// not known.
func (f *Folder) Finish(key string) error {
	for _, name := range slices.Sorted(maps.Keys(f.mine)) {
		if f.planned[name] {
			continue
		}
		for _, n := range [...]string{name, name + twinSuffix} {
			if f.regular(n) == nil {
				continue // gone, or replaced by something of others
			}
			if err := f.remove(n); err != nil {
				return fmt.Errorf("removing: %w", err)
			}
			f.Removed++
		}
		for dir := path.Dir(name); dir != "." && f.root.Remove(dir) == nil; {
			dir = path.Dir(dir) // until one is not empty
		}
	}
	known := memo{Key: key, Sums: f.sums}
	if key == "" {
		known = memo{}
	}
	return f.list(maps.Clone(f.planned), known)
}
