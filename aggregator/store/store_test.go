package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"laenderfeed/aggregator"
)

// t0 is when tests happen.
var t0 = time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)

// openAt opens a database and closes it with the test.
func openAt(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(context.Background(), Config{Path: path, Now: func() time.Time { return t0 }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// open1 opens a new database with the sources given by their ids.
func open1(t testing.TB, ids ...string) *Store {
	t.Helper()
	s := openAt(t, filepath.Join(t.TempDir(), "test.db"))
	putSources(t, s, sourcesOf(ids...)...)
	return s
}

func sourceOf(id string) aggregator.Source {
	return aggregator.Source{ID: id, Name: "Quelle " + id, Publisher: "Amt " + id, URL: "https://" + id + ".example/feed.xml",
		Kind: aggregator.KindFeed, Type: "land", Licence: aggregator.LicenceExcerpt, Enabled: true}
}

func sourcesOf(ids ...string) []aggregator.Source {
	var out []aggregator.Source
	for _, id := range ids {
		out = append(out, sourceOf(id))
	}
	return out
}

func putSources(t testing.TB, s *Store, list ...aggregator.Source) {
	t.Helper()
	if err := s.PutSources(context.Background(), list); err != nil {
		t.Fatal(err)
	}
}

// itemOf makes an item published h hours before t0.
func itemOf(guid string, h int, regions ...aggregator.Region) aggregator.Item {
	it := aggregator.Item{GUID: guid, Title: "Titel " + guid, Link: "https://a.example/" + guid + "/text", Summary: "Text von " + guid,
		Published: t0.Add(-time.Duration(h) * time.Hour)}
	it.Labels = aggregator.Labels{Scope: aggregator.ScopeLand, Regions: regions, Ruleset: "1"}
	for _, r := range regions {
		it.Labels.Reasons = append(it.Labels.Reasons, aggregator.Reason{Label: r.Label(), Field: aggregator.FieldTitle, End: 5, Text: "Titel", Rule: "r", Weight: 1.5})
	}
	return it
}

// resultOf is a successful poll at t0.
func resultOf(source string, items ...aggregator.Item) aggregator.Result {
	return aggregator.Result{Source: source, At: t0, Items: items, Host: source + ".example",
		State: aggregator.State{LastChecked: t0, LastSuccess: t0, LastStatus: 200, NextCheck: t0.Add(time.Hour)}}
}

func save(t testing.TB, s *Store, r aggregator.Result) aggregator.Saved {
	t.Helper()
	saved, err := s.Save(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

func entries(t testing.TB, s *Store, q aggregator.Query) []aggregator.Entry {
	t.Helper()
	out, err := s.Entries(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// guids returns the guids of what a query finds, joined by spaces.
func guids(t testing.TB, s *Store, q aggregator.Query) string {
	t.Helper()
	var out []string
	for _, e := range entries(t, s, q) {
		out = append(out, e.GUID)
	}
	return strings.Join(out, " ")
}

func sound(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Check(context.Background()); err != nil {
		t.Error(err)
	}
}

// TestPaths opens databases under names full of syntax.
func TestPaths(t *testing.T) {
	for _, name := range []string{"plain.db", "with space.db", "what?.db", "a#b.db", "100%.db", "a%20b.db", "Größe & Maß.db", "x;y=z,+.db",
		"file:x.db", "?mode=memory", "-.db", "[1].db", "quo'te\".db", "back\\slash.db", "\xff\xfe.db"} {
		t.Run(name, func(t *testing.T) {
			folder := filepath.Join(t.TempDir(), "Ordner 100% #1?")
			if err := os.Mkdir(folder, 0o755); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(folder, name)
			s := openAt(t, path)
			putSources(t, s, sourceOf("a"))
			save(t, s, resultOf("a", itemOf("g", 1)))
			if got := guids(t, s, aggregator.Query{}); got != "g" {
				t.Errorf("items %q", got)
			}
			if _, err := os.Stat(path); err != nil {
				t.Error("the file has another name:", err)
			}
		})
	}
}

func TestRelativePath(t *testing.T) {
	t.Chdir(t.TempDir())
	openAt(t, "rel.db")
	if _, err := os.Stat("rel.db"); err != nil {
		t.Error(err)
	}
}

// TestPragmas looks at what connections really have.
func TestPragmas(t *testing.T) {
	s := open1(t)
	for pragma, want := range map[string]string{"journal_mode": "wal", "page_size": "8192", "foreign_keys": "1", "busy_timeout": "10000", "synchronous": "1",
		"temp_store": "2", "application_id": "1279673668", "user_version": fmt.Sprint(latest(t))} {
		var got string
		if err := s.writer.conn.QueryRowContext(context.Background(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("writer: %s is %q (%v), want %q", pragma, got, err, want)
		}
	}
	if _, err := s.reader.Exec("DELETE FROM meta"); err == nil {
		t.Error("a reader can write")
	}
}

func latest(t *testing.T) int {
	t.Helper()
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil || len(names) == 0 {
		t.Fatal("no migrations", err)
	}
	return len(names)
}

// TestOpenRefuses has what cannot be a database of ours; none of it may be
// changed by trying.
func TestOpenRefuses(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		make       func(t *testing.T, path string) string
	}{
		{"empty path", "not a file name", func(t *testing.T, path string) string { return "" }},
		{"NUL", "not a file name", func(t *testing.T, path string) string { return path + "\x00" }},
		{"folder", "is a folder", func(t *testing.T, path string) string { return filepath.Dir(path) }},
		{"no parent", "mkdir -p", func(t *testing.T, path string) string { return filepath.Join(filepath.Dir(path), "none", "x.db") }},
		{"parent is a file", "not a", func(t *testing.T, path string) string {
			write(t, path, "x")
			return filepath.Join(path, "x.db")
		}},
		{"device", "not a regular file", func(t *testing.T, path string) string { return os.DevNull }},
		{"unwritable", "check owner and permissions", func(t *testing.T, path string) string {
			if _, err := os.Stat("/proc/self"); err != nil {
				t.Skip("no /proc, the one folder that not even root can write to")
			}
			return "/proc/laenderfeed.db"
		}},
		{"text", "not a database", func(t *testing.T, path string) string {
			write(t, path, strings.Repeat("Das ist ein Text.\n", 100))
			return path
		}},
		{"short text", "not a database", func(t *testing.T, path string) string {
			write(t, path, "x")
			return path
		}},
		{"torn header", "", func(t *testing.T, path string) string {
			write(t, path, "SQLite format 3\x00"+strings.Repeat("\xff", 2000))
			return path
		}},
		{"foreign tables", "another program", func(t *testing.T, path string) string {
			return foreign(t, path, "CREATE TABLE moz_places (id)")
		}},
		{"foreign id", "another program", func(t *testing.T, path string) string {
			return foreign(t, path, "PRAGMA application_id = 252006675")
		}},
		{"newer", "newer laenderfeed", func(t *testing.T, path string) string {
			s := openAt(t, path)
			if _, err := s.writer.conn.ExecContext(context.Background(), "PRAGMA user_version = 99"); err != nil {
				t.Fatal(err)
			}
			return path
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := tt.make(t, filepath.Join(t.TempDir(), "x.db"))
			before, _ := os.ReadFile(path)
			s, err := Open(context.Background(), Config{Path: path})
			if err == nil {
				s.Close()
				t.Fatal("was opened")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v\nwant %q in it", err, tt.want)
			}
			if after, _ := os.ReadFile(path); tt.name != "device" && string(after) != string(before) {
				t.Error("the file was changed")
			}
		})
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func foreign(t *testing.T, path, script string) string {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(script); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOpenEmptyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	write(t, path, "")
	sound(t, openAt(t, path))
}

func TestOpenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if s, err := Open(ctx, Config{Path: filepath.Join(t.TempDir(), "x.db")}); err == nil {
		s.Close()
		t.Error("opened")
	}
}

func TestClose(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	s, err := Open(context.Background(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.Save(context.Background(), resultOf("a")); err == nil {
		t.Error("saved after Close")
	}
	if _, err := s.Entries(context.Background(), aggregator.Query{}); err == nil {
		t.Error("read after Close")
	}
	s.Generation()
	if _, err := os.Stat(path + "-wal"); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the log is still there:", err)
	}
}

func TestCreated(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	openAt(t, path)
	s, err := Open(context.Background(), Config{Path: path, Now: func() time.Time { return t0.Add(time.Hour) }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got, err := s.Created(context.Background()); err != nil || !got.Equal(t0) {
		t.Errorf("created %v (%v)", got, err)
	}
}

// TestMigrate takes a database of version 1 with content through a later
// version, and one that fails half-way.
func TestMigrate(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "x.db")
	first, err := fs.ReadFile(migrations, "migrations/0001_initial.sql")
	if err != nil {
		t.Fatal(err)
	}
	v1 := fstest.MapFS{"migrations/0001_initial.sql": {Data: first}}
	w, err := newWriter(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	if err := migrate(ctx, w.conn, v1, t0); err != nil {
		t.Fatal(err)
	}
	if _, err := w.conn.ExecContext(ctx, `INSERT INTO sources (slug, namespace, name, publisher, url, kind, region, type, schedule, zone,
		licence, enabled, evidence, host_group, selectors, host) VALUES ('alt', 'alt', 'Alt', '', 'https://alt.example/', 'feed', '', '', '', '',
		'excerpt', 1, '', '', '', 'alt.example');
		INSERT INTO items (uuid, source, sort, seen, updated, guid, title, link, summary, content, extra, labels, reasons)
		VALUES (x'000102030405060708090a0b0c0d0e0f', 1, 5, 6, 7, 'g', 'Alter Titel', '', '', '', '', '{}', '');
		INSERT INTO known VALUES (x'000102030405060708090a0b0c0d0e0f', x'00', 1);
		INSERT INTO labels VALUES (1, '14625020'), (2, '11000000-02'), (3, '010515166'), (4, '09'), (5, '09eigen'), (6, 'ki'), (7, '091');
		INSERT INTO listings VALUES (0, 0, 5, 1), (1, 0, 5, 1), (2, 0, 5, 1), (3, 0, 5, 1), (4, 0, 5, 1), (5, 0, 5, 1), (0, 6, 5, 1); INSERT INTO texts (rowid, title, body) VALUES (1, 'alter titel', '');
		UPDATE sources SET items = 1`); err != nil {
		t.Fatal(err)
	}

	broken := fstest.MapFS{"migrations/0001_initial.sql": {Data: first},
		"migrations/0002_x.sql": {Data: []byte("ALTER TABLE items ADD COLUMN x; CREATE TABLE items (y)")}}
	if err := migrate(ctx, w.conn, broken, t0); err == nil || !strings.Contains(err.Error(), "0002_x.sql") {
		t.Errorf("broken migration: %v", err)
	}
	if v, err := schemaVersion(ctx, w.conn); v != 1 || err != nil {
		t.Errorf("version %d (%v) after a broken migration", v, err)
	}
	if _, err := w.conn.ExecContext(ctx, "SELECT x FROM items"); err == nil {
		t.Error("half a migration was applied")
	}

	s := openAt(t, path) // brings it to the newest version
	e, err := s.Entry(ctx, "urn:uuid:00010203-0405-0607-0809-0a0b0c0d0e0f")
	if err != nil || e.Title != "Alter Titel" || e.Origin.ID != "alt" || !e.Seen.Equal(time.Unix(6, 0)) {
		t.Errorf("after migration: %+v (%v)", e, err)
	}
	if got := guids(t, s, aggregator.Query{}); got != "g" {
		t.Errorf("items %q", got)
	}
	if got := found(t, s, "titel"); got != "g" {
		t.Errorf("a search finds %q", got)
	}
	for _, key := range []string{"14625020", "14625", "146", "11000000-02", "11000000", "11000", "010515166", "01051"} {
		if got := guids(t, s, aggregator.Query{Places: []string{key}}); got != "g" {
			t.Errorf("items of %s: %q", key, got)
		}
	}
	for _, key := range []string{"01051516", "110", "010", "091", "09eig", "ki"} {
		if got := guids(t, s, aggregator.Query{Places: []string{key}}); got != "" {
			t.Errorf("items of %s: %q", key, got)
		}
	}
	sound(t, s)

	if n, err := s.CountOutdated(ctx, "2026"); n != 1 || err != nil {
		t.Errorf("%d items of other rule sets (%v)", n, err)
	}

	next := fstest.MapFS{"migrations/9999_x.sql": {Data: []byte("ALTER TABLE items ADD COLUMN x")}}
	names, _ := fs.Glob(migrations, "migrations/*.sql")
	for _, n := range names {
		data, _ := fs.ReadFile(migrations, n)
		next[n] = &fstest.MapFile{Data: data}
	}
	if err := migrate(ctx, w.conn, next, t0); err != nil {
		t.Fatal(err)
	}
	if err := migrate(ctx, w.conn, migrations, t0); err == nil || !strings.Contains(err.Error(), "newer laenderfeed") {
		t.Errorf("an older program opens it: %v", err)
	}
}

// TestMigrateTogether creates one database from several sides at once.
func TestMigrateTogether(t *testing.T) {
	folder := t.TempDir()
	for round := range 10 {
		path := filepath.Join(folder, fmt.Sprint(round, ".db"))
		errs := make(chan error)
		for range 4 {
			go func() {
				s, err := Open(context.Background(), Config{Path: path})
				if err == nil {
					err = s.Close()
				}
				errs <- err
			}()
		}
		for range 4 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		sound(t, openAt(t, path))
	}
}
