package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"laenderfeed/aggregator"
)

var _ aggregator.Store = (*Store)(nil)

// fullItem has a value in every field.
func fullItem() aggregator.Item {
	it := itemOf("voll", 3, aggregator.Sachsen, aggregator.Thueringen)
	it.Content = "<p>Der <b>volle</b> Text.</p>"
	it.Authors, it.Categories = []string{"A. Autor", "B. Autor"}, []string{"Digitales", "OZG"}
	it.Enclosures = []aggregator.Enclosure{{URL: "https://a.example/x.mp3", Type: "audio/mpeg", Length: 12}}
	it.Language, it.Rights, it.Modified = "de", "© A. Autor", t0.Add(-time.Hour)
	it.Labels.Topics = []aggregator.Topic{"ozg", "ki"}
	it.Labels.Places = []aggregator.Place{{Key: "14612000", Name: "Dresden", Kind: aggregator.Gemeinde}}
	return it
}

// TestRoundTrip saves an item and a state with every field set.
func TestRoundTrip(t *testing.T) {
	ctx := context.Background()
	s := openAt(t, t.TempDir()+"/x.db")
	src := sourceOf("a")
	src.Zone, src.Region, src.Schedule, src.Evidence, src.HostGroup = time.UTC, aggregator.Sachsen, "@every 45m", "gesehen", "gruppe"
	src.CrawlDelay, src.Note, src.Rights = 10*time.Second, "Crawl-delay 10", "dl-de/by-2-0"
	src.Kind, src.Selectors = aggregator.KindHTML, aggregator.Selectors{Item: "li", Title: "h2", Link: "a", Date: "time", DateFormat: "2.1.2006", Summary: "p"}
	putSources(t, s, src)
	want := fullItem()
	r := resultOf("a", want)
	r.HostPause, r.Host = t0.Add(time.Minute), "gruppe"
	r.State = aggregator.State{ETag: `W/"x y"`, LastModified: "Sat, 21 Nov 2026 09:00:00 GMT", LastFull: t0.Add(1e9), CacheUntil: t0.Add(2e9),
		RetryAfterUntil: t0.Add(3e9), LastChecked: t0.Add(4e9), NextCheck: t0.Add(5e9), LastStatus: 503, LastSuccess: t0.Add(6e9),
		LastChange: t0.Add(7e9), Failures: 4, Class: aggregator.ClassRateLimited, Error: "zu viel", RedirectTarget: "https://n.example/",
		RedirectSeen: 3, RedirectFirstSeen: t0.Add(8e9), MovedTo: "https://o.example/", BodySHA256: "ab12", ItemsLast: 20,
		DeclaredTTL: 90 * time.Minute, Repaired: []string{"charset", "junk"}, Rights: "© Amt"}
	r.State.SkipHours[0], r.State.SkipHours[23], r.State.SkipDays[6] = true, true, true
	if got := save(t, s, r); got != (aggregator.Saved{New: 1}) {
		t.Errorf("saved %+v", got)
	}

	st, err := s.Source(ctx, "a")
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(st.State, r.State) {
		t.Errorf("state\n%+v, want\n%+v", st.State, r.State)
	}
	if !reflect.DeepEqual(st.Source, src) || st.Items != 1 || !st.HostPausedUntil.Equal(r.HostPause) || !st.HostLastRequest.Equal(t0) {
		t.Errorf("source %+v", st)
	}

	want.ID, want.Source, want.Seen, want.Updated = aggregator.ItemID("a", "voll"), "a", t0, t0
	e, err := s.Entry(ctx, want.ID)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(e.Item, want) {
		t.Errorf("item\n%+v, want\n%+v", e.Item, want)
	}
	if all := entries(t, s, aggregator.Query{}); len(all) != 1 || !reflect.DeepEqual(all[0], e) || !reflect.DeepEqual(e.Origin, src) || e.FeedRights != "© Amt" {
		t.Errorf("entries %+v", all)
	}
	sound(t, s)
}

func TestSaveTwice(t *testing.T) {
	ctx := context.Background()
	s := open1(t, "a")
	r := resultOf("a", itemOf("1", 1, aggregator.Bayern), itemOf("2", 2), itemOf("alt", 24*500))
	if got := save(t, s, r); got.New != 3 {
		t.Errorf("first: %+v", got)
	}
	before, err := s.Sources(ctx)
	if err != nil {
		t.Fatal(err)
	}
	generation, items := s.Generation(), entries(t, s, aggregator.Query{})
	if got := save(t, s, r); got != (aggregator.Saved{}) {
		t.Errorf("second: %+v", got)
	}
	after, err := s.Sources(ctx)
	if err != nil || !reflect.DeepEqual(before, after) {
		t.Errorf("sources changed: %v", err)
	}
	if s.Generation() != generation || !reflect.DeepEqual(items, entries(t, s, aggregator.Query{})) {
		t.Error("items or generation changed")
	}
	sound(t, s)
}

func TestSaveUnknownSource(t *testing.T) {
	s := open1(t, "a")
	if _, err := s.Save(context.Background(), resultOf("b", itemOf("1", 1))); !errors.Is(err, ErrUnknownSource) {
		t.Error(err)
	}
	if _, err := s.Fresh(context.Background(), "b", nil); !errors.Is(err, ErrUnknownSource) {
		t.Error(err)
	}
	if got := guids(t, s, aggregator.Query{}); got != "" {
		t.Errorf("items %q", got)
	}
}

// TestSaveIsWhole makes a Save fail late: nothing of it may stay, and the
// label numbers it gave must not be remembered.
func TestSaveIsWhole(t *testing.T) {
	ctx := context.Background()
	s := open1(t, "a")
	if _, err := s.writer.conn.ExecContext(ctx, `CREATE TEMP TRIGGER boom BEFORE UPDATE ON sources BEGIN SELECT raise(ABORT, 'boom'); END`); err != nil {
		t.Fatal(err)
	}
	r := resultOf("a", itemOf("1", 1, aggregator.Bayern))
	if _, err := s.Save(ctx, r); err == nil || !strings.Contains(err.Error(), "boom") {
		t.Fatal(err)
	}
	if got := guids(t, s, aggregator.Query{}); got != "" {
		t.Errorf("items %q", got)
	}
	if _, err := s.writer.conn.ExecContext(ctx, `DROP TRIGGER boom`); err != nil {
		t.Fatal(err)
	}
	save(t, s, r)
	if got := guids(t, s, aggregator.Query{Regions: []aggregator.Region{aggregator.Bayern}}); got != "1" {
		t.Errorf("items %q", got)
	}
	sound(t, s)
}

func TestUpdate(t *testing.T) {
	ctx := context.Background()
	long := strings.Repeat("Ein langer Text über die Verwaltung. ", 20)
	base := itemOf("g", 5, aggregator.Bayern)
	base.Summary = long
	for _, tt := range []struct {
		name  string
		edit  func(*aggregator.Item)
		moves bool
	}{
		{"title", func(it *aggregator.Item) { it.Title = "Anderer Titel" }, true},
		{"date", func(it *aggregator.Item) { it.Published = it.Published.Add(-time.Hour) }, true},
		{"typo", func(it *aggregator.Item) { it.Summary = strings.Replace(long, "langer", "lannger", 1) }, false},
		{"link", func(it *aggregator.Item) { it.Link = "https://a.example/neu" }, false},
		{"much text", func(it *aggregator.Item) { it.Summary = long + strings.Repeat("neu ", 20) }, true},
		{"regions", func(it *aggregator.Item) {
			it.Link, it.Labels.Regions = "https://b.example/", []aggregator.Region{aggregator.Hessen}
		}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := open1(t, "a")
			save(t, s, resultOf("a", base, itemOf("other", 6, aggregator.Bayern)))
			before := s.Generation()
			next := base
			tt.edit(&next)
			r := resultOf("a", next)
			r.At = t0.Add(2 * time.Hour)
			if got := save(t, s, r); got != (aggregator.Saved{Updated: 1}) {
				t.Errorf("saved %+v", got)
			}
			id := aggregator.ItemID("a", "g")
			e, err := s.Entry(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			want := next
			want.ID, want.Source, want.Seen, want.Updated = id, "a", t0, t0
			if tt.moves {
				want.Updated = r.At
			}
			if !reflect.DeepEqual(e.Item, want) {
				t.Errorf("item\n%+v, want\n%+v", e.Item, want)
			}
			if s.Generation() == before {
				t.Error("the generation did not move")
			}
			if got := guids(t, s, aggregator.Query{}); got != "g other" {
				t.Errorf("order changed: %q", got)
			}
			if got, want := guids(t, s, aggregator.Query{Regions: []aggregator.Region{aggregator.Hessen}}), ""; slices.Contains(next.Labels.Regions, aggregator.Hessen) == (got == want) {
				t.Errorf("in Hessen: %q", got)
			}
			orig, err := s.Original(ctx, id)
			if tt.moves && (err != nil || orig.Title != base.Title || orig.Summary != base.Summary || !orig.Published.Equal(base.Published)) {
				t.Errorf("original %+v (%v)", orig, err)
			}
			if !tt.moves && !errors.Is(err, ErrNotFound) {
				t.Errorf("original of a trivial change: %v", err)
			}
			if fresh, err := s.Fresh(ctx, "a", []aggregator.Item{next}); err != nil || len(fresh) != 0 {
				t.Errorf("still fresh: %v (%v)", fresh, err)
			}
			sound(t, s)
		})
	}
}

// TestOriginalIsTheFirst changes an item twice.
func TestOriginalIsTheFirst(t *testing.T) {
	s := open1(t, "a")
	it := itemOf("g", 5)
	first := it.Title
	for i := range 3 {
		save(t, s, resultOf("a", it))
		it.Title = fmt.Sprint("Fassung ", i)
	}
	if got, err := s.Original(context.Background(), aggregator.ItemID("a", "g")); err != nil || got.Title != first {
		t.Errorf("%q (%v)", got.Title, err)
	}
	if _, err := s.Original(context.Background(), aggregator.ItemID("a", "none")); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

func testFirstPoll(t *testing.T) {
	ctx := context.Background()
	s := open1(t, "a", "b", "c")
	save(t, s, resultOf("b", itemOf("b-item", 2)))

	var many []aggregator.Item
	for i := range 400 {
		many = append(many, itemOf(fmt.Sprint("a", i), 24+i))
	}
	many = append(many, itemOf("ancient", 24*401))
	if got := save(t, s, resultOf("a", many...)); got.New != FirstPollItems {
		t.Errorf("took %d", got.New)
	}
	if fresh, err := s.Fresh(ctx, "a", many); err != nil || len(fresh) != 0 {
		t.Errorf("%d dropped items are still fresh (%v)", len(fresh), err)
	}
	if got := entries(t, s, aggregator.Query{Source: "a", Limit: 1000}); len(got) != FirstPollItems || got[0].GUID != "a0" || got[299].GUID != "a299" {
		t.Errorf("%d items", len(got))
	}

	var undated []aggregator.Item
	for i := range 5 {
		it := itemOf(fmt.Sprint("u", i), 0)
		it.Published = time.Time{}
		undated = append(undated, it)
	}
	undated = append(undated, itemOf("ancient", 24*401), itemOf("future", -5))
	if got := save(t, s, resultOf("c", undated...)); got.New != 7 {
		t.Errorf("took %d", got.New)
	}
	if got, want := guids(t, s, aggregator.Query{Limit: 8}), "u0 future u1 u2 b-item u3 u4 a0"; got != want {
		t.Errorf("order %q, want %q", got, want)
	}

	// Later polls take what they get, at the time it is seen.
	late := resultOf("c", itemOf("late-old", 24*450), undated[0])
	late.Items[1].GUID = "late-undated"
	late.At = t0.Add(time.Hour)
	if got := save(t, s, late); got.New != 2 {
		t.Errorf("later took %d", got.New)
	}
	if got := guids(t, s, aggregator.Query{Limit: 1}); got != "late-undated" {
		t.Errorf("top %q", got)
	}
	sound(t, s)
}

// testFirstPollThatFailed keeps the source new until it was read once.
func testFirstPollThatFailed(t *testing.T) {
	s := open1(t, "a")
	failed := resultOf("a")
	failed.State = aggregator.State{LastChecked: t0, Class: aggregator.ClassTimeout, Failures: 1}
	save(t, s, failed)
	var ancient []aggregator.Item
	for i := range FirstPollAnyAge + 20 {
		ancient = append(ancient, itemOf(fmt.Sprint("ancient", i), 24*401+i))
	}
	if got := save(t, s, resultOf("a", ancient...)); got.New != FirstPollAnyAge {
		t.Errorf("took %d", got.New)
	}
	if got := save(t, s, resultOf("a", itemOf("ancient too", 24*401))); got.New != 1 {
		t.Errorf("took %d", got.New)
	}
}

// TestSameSecond keeps the publisher's order of items with equal times.
func TestSameSecond(t *testing.T) {
	s := open1(t, "a")
	save(t, s, resultOf("a", itemOf("1", 1), itemOf("2", 1), itemOf("3", 1)))
	save(t, s, resultOf("a", itemOf("4", 1)))
	if got := guids(t, s, aggregator.Query{}); got != "4 1 2 3" {
		t.Errorf("order %q", got)
	}
}

func TestFresh(t *testing.T) {
	ctx := context.Background()
	s := open1(t, "a", "b")
	var items []aggregator.Item
	for i := range 45 { // more than two lookups
		items = append(items, itemOf(fmt.Sprint(i), i))
	}
	fresh := func(items ...aggregator.Item) string {
		got, err := s.Fresh(ctx, "a", items)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, it := range got {
			out = append(out, it.GUID)
		}
		return strings.Join(out, " ")
	}
	if got := strings.Fields(fresh(items...)); len(got) != 45 || got[44] != "44" {
		t.Errorf("of a new source: %v", got)
	}
	save(t, s, resultOf("a", items...))
	if got := fresh(items...); got != "" {
		t.Errorf("unchanged: %q", got)
	}
	items[7].Title, items[44].Link, items[9].GUID = "neu", "https://neu.example", "anders"
	none := items[3]
	none.GUID = ""
	if got := fresh(append(items, items[7], none)...); got != "7 anders 44" {
		t.Errorf("changed: %q", got)
	}
	if other, err := s.Fresh(ctx, "b", items); err != nil || len(other) != 45 {
		t.Errorf("another source: %d (%v)", len(other), err)
	}
	if got := fresh(); got != "" {
		t.Error(got)
	}
}

// TestBadInput saves what no sane parser hands over. It must come out clean,
// or not at all, and never keep the rest of the poll from being saved.
func TestBadInput(t *testing.T) {
	ctx := context.Background()
	huge := strings.Repeat("Ä", 1<<19)
	for name, edit := range map[string]func(*aggregator.Item){
		"invalid UTF-8": func(it *aggregator.Item) { it.Title, it.Summary, it.Content = "a\xffb", "\xc3(", "<p>\xed\xa0\x80</p>" },
		"NUL":           func(it *aggregator.Item) { it.Title, it.Summary, it.Link = "a\x00b", "c\x00", "https://a.example/\x00" },
		"control":       func(it *aggregator.Item) { it.Title, it.Authors = "a\x1b[31m\u0001b", []string{"\x07", "a\ufffe"} },
		"1 MB": func(it *aggregator.Item) {
			it.Title, it.Summary, it.Content, it.Link, it.GUID = huge, huge, huge, huge, huge
		},
		"enclosures": func(it *aggregator.Item) {
			it.Enclosures = []aggregator.Enclosure{{URL: "a\x00\xff", Type: huge, Length: -1}}
		},
		"1 MB lists": func(it *aggregator.Item) {
			it.Authors, it.Categories, it.Language, it.Rights = []string{huge}, []string{huge, huge}, huge, huge
		},
		"rights":       func(it *aggregator.Item) { it.Rights = "© \x00Amt\xff\x1b" },
		"invalid guid": func(it *aggregator.Item) { it.GUID = "\xff\x00" },
		"empty":        func(it *aggregator.Item) { *it = aggregator.Item{GUID: "x"} },
		"year 1":       func(it *aggregator.Item) { it.Published = time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC) },
		"year 300000":  func(it *aggregator.Item) { it.Published, it.Modified = time.Unix(1<<43, 0), time.Unix(1<<43, 0) },
		"weights": func(it *aggregator.Item) {
			it.Labels.Reasons = []aggregator.Reason{{Label: "BY", Weight: math.NaN()}, {Weight: math.Inf(1)}}
		},
		"labels": func(it *aggregator.Item) {
			it.Labels.Regions, it.Labels.Topics = []aggregator.Region{"\xff", "", "\x00", "\xff"}, []aggregator.Topic{"", "ki", "ki"}
		},
		"places": func(it *aggregator.Item) {
			it.Labels.Places = []aggregator.Place{{}, {Key: "bayern"}, {Key: "14"}, {Key: "14"}}
		},
		"many labels": func(it *aggregator.Item) {
			it.Labels.Regions, it.Labels.Topics = aggregator.Regions(), aggregator.Topics()
		},
		"only combining":  func(it *aggregator.Item) { it.Title = strings.Repeat("\u0308", 200) },
		"full-text query": func(it *aggregator.Item) { it.Title = `" OR * NEAR( -x ^a: {b} 'c'` },
		"SQL":             func(it *aggregator.Item) { it.Title, it.GUID = "'); DROP TABLE items; --", "'; DELETE FROM known; --" },
	} {
		t.Run(name, func(t *testing.T) {
			s := open1(t, "a")
			save(t, s, resultOf("a")) // not a first poll any more
			bad := itemOf("bad", 1)
			edit(&bad)
			r := resultOf("a", itemOf("before", 0), bad, itemOf("after", 2))
			r.State.Rights = bad.Rights
			if got := save(t, s, r); got.New != 3 {
				t.Errorf("saved %+v", got)
			}
			if got := save(t, s, r); got != (aggregator.Saved{}) {
				t.Errorf("saved again %+v", got)
			}
			if fresh, err := s.Fresh(ctx, "a", r.Items); err != nil || len(fresh) != 0 {
				t.Errorf("%d fresh (%v)", len(fresh), err)
			}
			for _, e := range entries(t, s, aggregator.Query{}) {
				text := strings.Join(append([]string{e.GUID, e.Title, e.Link, e.Summary, e.Content, e.Language, e.Rights, e.FeedRights}, append(e.Authors, e.Categories...)...), "|")
				for _, f := range e.Enclosures {
					text += f.URL + f.Type
				}
				if !utf8.ValidString(text) || strings.IndexFunc(text, forbidden) >= 0 {
					t.Errorf("came out unclean: %q", text)
				}
				if len(e.Title) > maxTitle || len(e.Rights) > maxShort || len(e.FeedRights) > maxShort || len(e.Summary) > maxSummary || len(e.Content) > maxContent {
					t.Error("came out too long")
				}
			}
			sound(t, s)
			purge(t, s, time.Unix(1<<44, 0), 3)
			sound(t, s)
			var left int
			if err := s.reader.QueryRow("SELECT count(*) FROM listings").Scan(&left); err != nil || left != 0 {
				t.Errorf("%d listings left behind (%v)", left, err)
			}
		})
	}
}

func TestDuplicates(t *testing.T) {
	s := open1(t, "a")
	one, two, none := itemOf("g", 1), itemOf("g", 2), itemOf("", 3)
	two.Title = "Zweiter"
	r := resultOf("a", one, two, none, one)
	if got := save(t, s, r); got.New != 1 {
		t.Errorf("saved %+v", got)
	}
	if got := save(t, s, r); got != (aggregator.Saved{}) {
		t.Errorf("again %+v", got)
	}
	if got := entries(t, s, aggregator.Query{}); len(got) != 1 || got[0].Title != one.Title {
		t.Errorf("entries %+v", got)
	}
	sound(t, s)
}

func TestZeroTimes(t *testing.T) {
	s := open1(t, "a")
	if got := save(t, s, aggregator.Result{Source: "a", Items: []aggregator.Item{itemOf("g", 1)}}); got.New != 1 {
		t.Errorf("saved %+v", got)
	}
	e := entries(t, s, aggregator.Query{})[0]
	if !e.Seen.Equal(t0) || !e.Updated.Equal(t0) || !e.Modified.IsZero() {
		t.Errorf("seen %v, updated %v, modified %v", e.Seen, e.Updated, e.Modified)
	}
	st, err := s.Source(context.Background(), "a")
	if err != nil || !reflect.DeepEqual(st.State, aggregator.State{}) {
		t.Errorf("state %+v (%v)", st.State, err)
	}
}

func testHostPause(t *testing.T) {
	s := open1(t, "a", "b")
	pause := func(at, until time.Time) {
		r := resultOf("a")
		r.At, r.HostPause, r.Host = at, until, "b.example"
		save(t, s, r)
	}
	state := func() string {
		st, err := s.Source(context.Background(), "b")
		if err != nil {
			t.Fatal(err)
		}
		return st.HostPausedUntil.Format("15:04") + " " + st.HostLastRequest.Format("15:04")
	}
	for _, tt := range []struct {
		at, until time.Time
		want      string
	}{
		{t0, time.Time{}, "00:00 09:30"},
		{t0.Add(time.Minute), t0.Add(time.Hour), "10:30 09:31"},
		{t0.Add(2 * time.Minute), time.Time{}, "10:30 09:32"},
		{t0, t0.Add(time.Minute), "10:30 09:32"},
		{t0, t0.Add(2 * time.Hour), "11:30 09:32"},
	} {
		if pause(tt.at, tt.until); state() != tt.want {
			t.Errorf("%s, want %s", state(), tt.want)
		}
	}
}

// TestFreshAfterStatus: what a status said of a source that was never asked is not
// believed any more once it was, by us or by another process.
func TestFreshAfterStatus(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "x.db")
	ours, theirs := openAt(t, path), openAt(t, path)
	putSources(t, ours, sourcesOf("a", "b")...)
	look := func(s *Store) {
		t.Helper()
		if _, err := s.Sources(ctx); err != nil {
			t.Fatal(err)
		}
	}
	fresh := func(s *Store, source string) int {
		t.Helper()
		got, err := s.Fresh(ctx, source, []aggregator.Item{itemOf("g", 1)})
		if err != nil {
			t.Fatal(err)
		}
		return len(got)
	}
	look(ours)
	if n := fresh(ours, "a"); n != 1 {
		t.Errorf("%d of 1 item fresh before the first poll", n)
	}
	save(t, ours, resultOf("a", itemOf("g", 1)))
	if n := fresh(ours, "a"); n != 0 {
		t.Error("an item that was just saved is fresh")
	}
	look(ours)
	save(t, theirs, resultOf("b", itemOf("g", 1)))
	if saved := save(t, ours, resultOf("b", itemOf("g", 1))); saved != (aggregator.Saved{}) {
		t.Errorf("what another process has saved is saved again: %+v", saved)
	}
	look(ours)
	if n := fresh(ours, "b"); n != 0 {
		t.Error("what another process has saved is fresh")
	}
	if got := guids(t, ours, aggregator.Query{}); got != "g g" {
		t.Errorf("stored: %q", got)
	}
	sound(t, ours)
}
