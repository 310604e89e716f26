package static

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	noon  = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	clock = func() time.Time { return noon }
)

func open(t testing.TB, dir string, force bool) *Folder {
	t.Helper()
	f, err := Open(Config{Dir: dir, Force: force, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() }) // again, when the test went well
	return f
}

// publish brings a folder in step with documents that changed an hour ago.
func publish(t testing.TB, dir string, docs map[string]string) Counts {
	t.Helper()
	f := open(t, dir, false)
	put(t, f, docs)
	if err := f.Finish(""); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return f.Counts
}

func put(t testing.TB, f *Folder, docs map[string]string) {
	t.Helper()
	var names []string
	for name := range docs {
		names = append(names, name)
	}
	if err := f.Plan(names); err != nil {
		t.Fatal(err)
	}
	for name, text := range docs {
		if err := f.Put(name, []byte(text), noon.Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
}

// tree returns what a folder holds but for the manifest. Twins are read, and have
// to hold what the files beside them do.
func tree(t testing.TB, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == manifestName {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		b, err := os.ReadFile(path)
		found[filepath.ToSlash(name)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, zipped := range found {
		plain, isTwin := strings.CutSuffix(name, ".gz")
		if !isTwin {
			continue
		}
		if got := gunzip(t, []byte(zipped)); got != found[plain] {
			t.Errorf("%s holds %q, not %q", name, got, found[plain])
		}
		delete(found, name)
	}
	return found
}

func gunzip(t testing.TB, zipped []byte) string {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil || !r.ModTime.IsZero() || r.Name != "" {
		t.Fatalf("%v, header %+v", err, r.Header)
	}
	return string(b)
}

func same(t testing.TB, dir string, want map[string]string) {
	t.Helper()
	got := tree(t, dir)
	for name, text := range want {
		if have, ok := got[name]; !ok || have != text {
			t.Errorf("%s holds %q (%t), want %q", name, have, ok, text)
		}
		delete(got, name)
	}
	for name := range got {
		t.Errorf("%s is too much", name)
	}
}

func mtime(t testing.TB, path string) time.Time {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.ModTime()
}

func TestFolderFollows(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "Öffentliches Verzeichnis", "neu")
	docs := map[string]string{"index.html": "Seite", "sachsen/feed.atom": "<feed/>", "ort/14612000+14713000/feed.rss": "", "quellen/x/feed.atom": "x"}
	if got := publish(t, dir, docs); got.Written != 8 || got.Unchanged != 0 || got.Removed != 0 || got.Bytes == 0 {
		t.Errorf("first: %+v", got)
	}
	same(t, dir, docs)
	for _, name := range []string{"sachsen/feed.atom", "sachsen/feed.atom.gz"} {
		if at := mtime(t, filepath.Join(dir, name)); !at.Equal(noon.Add(-time.Hour)) {
			t.Errorf("%s is of %v", name, at)
		}
	}
	manifestBefore := mtime(t, filepath.Join(dir, manifestName))
	if got := publish(t, dir, docs); got != (Counts{Unchanged: 8}) {
		t.Errorf("second: %+v", got)
	}
	if !mtime(t, filepath.Join(dir, manifestName)).Equal(manifestBefore) {
		t.Error("the manifest was written again")
	}
	docs["sachsen/feed.atom"] = "<feed>neu</feed>"
	delete(docs, "quellen/x/feed.atom")
	if got := publish(t, dir, docs); got.Written != 2 || got.Unchanged != 4 || got.Removed != 2 {
		t.Errorf("third: %+v", got)
	}
	same(t, dir, docs)
	if _, err := os.Stat(filepath.Join(dir, "quellen")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an empty folder stays: %v", err)
	}
	// Other bytes of the same time: whoever has the old ones has to notice.
	if at := mtime(t, filepath.Join(dir, "sachsen/feed.atom")); !at.Equal(noon) {
		t.Errorf("changed, and of %v", at)
	}
}

func TestDamageIsRepaired(t *testing.T) {
	dir := t.TempDir()
	docs := map[string]string{"a.json": "eins", "b.json": "zwei", "c.json": "drei", "d.json": "vier", "e.json": "fünf"}
	publish(t, dir, docs)
	at := func(name string) string { return filepath.Join(dir, name) }
	for name, text := range map[string]string{"a.json": "EINS", "b.json": "", "c.json.gz": "", "d.json.gz": "\x1f\x8b\x08 nichts"} {
		if err := os.WriteFile(at(name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(at("e.json.gz")); err != nil {
		t.Fatal(err)
	}
	if got := publish(t, dir, docs); got.Written != 5 || got.Unchanged != 5 {
		t.Errorf("%+v", got)
	}
	same(t, dir, docs)
	if !mtime(t, at("c.json.gz")).Equal(mtime(t, at("c.json"))) {
		t.Error("a twin of another time")
	}
}

// TestHas remembers documents under a key, and finds out whatever befell their files.
func TestHas(t *testing.T) {
	dir := t.TempDir()
	docs := map[string]string{"a.json": "eins", "b.json": "zwei", "c.json": "drei", "d.json": "vier", "e.json": "fünf", "f.json": "sechs", "g/h.json": "sieben"}
	has := func(key string) (names []string) {
		f := open(t, dir, false)
		defer f.Close()
		if err := f.Plan(slices.Collect(maps.Keys(docs))); err != nil {
			t.Fatal(err)
		}
		for _, name := range slices.Sorted(maps.Keys(docs)) {
			if f.Has(name, key) {
				names = append(names, name)
			}
		}
		if f.Counts != (Counts{Unchanged: 2 * len(names)}) || f.Has("robots.txt", key) {
			t.Errorf("%+v for %v", f.Counts, names)
		}
		return names
	}
	if got := has("eins"); got != nil {
		t.Errorf("an empty folder has %v", got)
	}
	f := open(t, dir, false)
	put(t, f, docs)
	if err := errors.Join(f.Finish("eins"), f.Close()); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the first ended before Finish
		if got := has("eins"); len(got) != len(docs) {
			t.Errorf("has only %v", got)
		}
	}
	if got := append(has("zwei"), has("")...); got != nil {
		t.Errorf("under another key: %v", got)
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	for name, text := range map[string]string{"a.json": "EINS", "b.json": "", "c.json.gz": "", "d.json.gz": "\x1f\x8b\x08 nichts"} {
		was := mtime(t, at(name))
		if err := errors.Join(os.WriteFile(at(name), []byte(text), 0o644), os.Chtimes(at(name), was, was)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Remove(at("e.json.gz")), os.Remove(at("f.json"))); err != nil {
		t.Fatal(err)
	}
	if got := has("eins"); !slices.Equal(got, []string{"g/h.json"}) {
		t.Errorf("of seven of which six were damaged, whole are %v", got)
	}
	f = open(t, dir, false)
	if err := f.Plan(slices.Collect(maps.Keys(docs))); err != nil {
		t.Fatal(err)
	}
	for name, text := range docs {
		if !f.Has(name, "eins") {
			if err := f.Put(name, []byte(text), noon); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := errors.Join(f.Finish("eins"), f.Close()); err != nil || f.Removed != 0 || f.Unchanged != 8 || f.Written != 6 {
		t.Errorf("%+v, %v", f.Counts, err)
	}
	same(t, dir, docs)
	if got := has("eins"); len(got) != len(docs) {
		t.Errorf("repaired, and has only %v", got)
	}
	publish(t, dir, docs) // under no key
	if got := has("eins"); got != nil {
		t.Errorf("nobody knows what they were made of: %v", got)
	}
}

func TestOthersFilesStay(t *testing.T) {
	dir := t.TempDir()
	foreign := filepath.Join(dir, "robots.txt")
	if err := os.WriteFile(foreign, []byte("meins"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Config{Dir: dir}); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "robots.txt") {
		t.Errorf("a folder of others: %v", err)
	}
	f := open(t, dir, true)
	put(t, f, map[string]string{"a/b.json": "1", "a/c.json": "2"})
	if err := errors.Join(f.Finish(""), f.Close()); err != nil {
		t.Fatal(err)
	}
	own := filepath.Join(dir, "a", "eigenes.html")
	if err := os.WriteFile(own, []byte("meins"), 0o644); err != nil {
		t.Fatal(err)
	}
	// Once begun, no force is needed; but not for what is in the way.
	for _, planned := range []string{"robots.txt", "a/eigenes.html", "robots.txt/x.json"} {
		f = open(t, dir, false)
		if err := f.Plan([]string{planned}); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "in the way") {
			t.Errorf("%s: %v", planned, err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	publish(t, dir, map[string]string{"d.json": "3"})
	same(t, dir, map[string]string{"robots.txt": "meins", "a/eigenes.html": "meins", "d.json": "3"})
	f = open(t, dir, true)
	put(t, f, map[string]string{"robots.txt": "von uns"})
	if err := f.Finish(""); err != nil {
		t.Fatal(err)
	}
	same(t, dir, map[string]string{"robots.txt": "von uns", "a/eigenes.html": "meins"})
}

// TestInterrupted stops at every point; the folder is good then, and the next
// export makes of it what it makes of an empty one.
func TestInterrupted(t *testing.T) {
	old := map[string]string{"a.json": "alt", "weg/b.json": "alt", "bleibt/c.json": "gleich"}
	docs := map[string]string{"a.json": "neu", "bleibt/c.json": "gleich", "neu/d.json": "neu"}
	names := []string{"a.json", "bleibt/c.json", "neu/d.json"}
	for done := range names {
		dir := t.TempDir()
		publish(t, dir, old)
		f := open(t, dir, false)
		if err := f.Plan(names); err != nil {
			t.Fatal(err)
		}
		for _, name := range names[:done] {
			if err := f.Put(name, []byte(docs[name]), noon); err != nil {
				t.Fatal(err)
			}
		}
		// What a killed process leaves: half a file under its other name.
		half := filepath.Join(dir, tempName(names[done]))
		if err := errors.Join(os.MkdirAll(filepath.Dir(half), 0o755), os.WriteFile(half, []byte("ne"), 0o644), f.Close()); err != nil {
			t.Fatal(err)
		}
		publish(t, dir, docs)
		same(t, dir, docs)
	}
}

func TestLinksLeadNowhere(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	target := filepath.Join(outside, "feed.atom")
	if err := os.WriteFile(target, []byte("außen"), 0o644); err != nil {
		t.Fatal(err)
	}
	docs := map[string]string{"sachsen/feed.atom": "innen", "bayern/feed.atom": "innen", "hessen/feed.atom": "innen"}
	publish(t, dir, docs)
	if err := os.RemoveAll(filepath.Join(dir, "sachsen")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "sachsen")); err != nil {
		t.Skip(err)
	}
	f := open(t, dir, false)
	if err := f.Plan([]string{"bayern/feed.atom"}); err == nil {
		t.Error("a folder that leads out was accepted")
	}
	f.Close()
	// A link in place of a file is replaced if that is published, and stays if not.
	if err := os.Remove(filepath.Join(dir, "sachsen")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"bayern/feed.atom", "hessen/feed.atom"} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.Remove(path), os.Symlink(target, path)); err != nil {
			t.Fatal(err)
		}
	}
	publish(t, dir, map[string]string{"bayern/feed.atom": "innen"})
	if b, err := os.ReadFile(target); err != nil || string(b) != "außen" {
		t.Errorf("outside there is %q, %v", b, err)
	}
	if info, err := os.Lstat(filepath.Join(dir, "bayern/feed.atom")); err != nil || !info.Mode().IsRegular() {
		t.Errorf("the link is still there: %v, %v", info, err)
	}
	if _, err := os.Lstat(filepath.Join(dir, "hessen/feed.atom")); err != nil {
		t.Errorf("a link that no export made is gone: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "datei")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{file, filepath.Join(file, "darin")} {
		if _, err := Open(Config{Dir: at}); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", at, err)
		}
	}
	for _, text := range []string{"", "{", "[]", `{"format":2,"files":[]}`, `{"format":1,"files":["../x"]}`, `{"format":1,"files":["/etc/passwd"]}`,
		`{"format":1,"files":["a//b"]}`, `{"format":1,"files":["` + manifestName + `"]}`, `{"format":1,"files":["a\\b"]}`, `{"format":1,"files":[""]}`} {
		if err := os.WriteFile(filepath.Join(dir, manifestName), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(Config{Dir: dir, Force: true}); !errors.Is(err, ErrRefused) {
			t.Errorf("manifest %q: %v", text, err)
		}
	}
	if _, err := Open(Config{Dir: "/proc/gibt-es-nicht"}); err == nil || errors.Is(err, ErrRefused) {
		t.Errorf("where nothing can be made: %v", err)
	}
}

func TestOneAtATime(t *testing.T) {
	dir := t.TempDir()
	f := open(t, dir, false)
	if _, err := Open(Config{Dir: dir}); !errors.Is(err, ErrRefused) {
		t.Errorf("two at once: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, dir, false)
}

func TestPutKeepsToThePlan(t *testing.T) {
	f := open(t, t.TempDir(), false)
	if err := f.Plan([]string{"a.json"}); err != nil {
		t.Fatal(err)
	}
	if err := f.Put("b.json", nil, noon); err == nil {
		t.Error("wrote what is not planned")
	}
	for _, name := range []string{"", ".", "..", "../a", "/a", "a/", "a/../b", ".htaccess", "a/.b/c", "a.gz", "a\nb", `a\b`} {
		if err := f.Plan([]string{name}); err == nil {
			t.Errorf("planned %q", name)
		}
	}
	f.Drop("a.json")
	if err := f.Put("a.json", nil, noon); err == nil {
		t.Error("wrote what is not planned any more")
	}
}

func TestName(t *testing.T) {
	var got []string
	for _, path := range []string{"/", "/sachsen", "/sachsen/ki/feed.atom", "/ort/14612000-dresden", "/favicon.svg", "/feeds.opml", "/sachsen+hessen"} {
		got = append(got, Name(path))
	}
	want := []string{"index.html", "sachsen/index.html", "sachsen/ki/feed.atom", "ort/14612000-dresden/index.html", "favicon.svg", "feeds.opml", "sachsen+hessen/index.html"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// FuzzManifest reads anything as a manifest: what is accepted are names below the
// folder, and it is the same when written and read again.
func FuzzManifest(f *testing.F) {
	f.Add([]byte(`{"format":1,"files":["index.html","sachsen/feed.atom"]}`))
	f.Add([]byte(`{"format":1,"files":["../x",".",".."]}`))
	f.Add([]byte(`{"format":1,"files":["a"],"key":"k","sums":{"a":"00","../b":"01"}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		names, known, err := decodeManifest(b)
		if err != nil {
			return
		}
		m := manifest{Format: manifestFormat, memo: known}
		for name := range names {
			if !filepath.IsLocal(name) || name == manifestName {
				t.Errorf("%q", name)
			}
			m.Files = append(m.Files, name)
		}
		again, err := m.encode()
		if err != nil {
			t.Fatal(err)
		}
		if back, still, err := decodeManifest(again); err != nil || !maps.Equal(back, names) || !still.equal(known) {
			t.Errorf("%v, %+v, %v", back, still, err)
		}
	})
}
