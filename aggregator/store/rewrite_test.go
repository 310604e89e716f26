package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"laenderfeed/aggregator"
)

// issue is the nth item of an office, with a guid of the kind given.
func issue(n int, guid string) aggregator.Item {
	it := itemOf(fmt.Sprint(n), 24*n, aggregator.Bayern)
	it.GUID = fmt.Sprintf(guid, n)
	it.Link = fmt.Sprintf("https://www.a.example/presse/%d/", n)
	return it
}

// issues are those of the numbers from to to, without the end.
func issues(from, to int, guid string) (out []aggregator.Item) {
	for n := from; n < to; n++ {
		out = append(out, issue(n, guid))
	}
	return out
}

// pollOf is a poll whose document had these items, so many hours after t0, with
// what is fresh of them, as a poller does it.
func pollOf(t *testing.T, s *Store, hours int, items ...aggregator.Item) aggregator.Saved {
	t.Helper()
	fresh, err := s.Fresh(context.Background(), "a", items)
	if err != nil {
		t.Fatal(err)
	}
	r := resultOf("a", fresh...)
	r.At = t0.Add(time.Duration(hours) * time.Hour)
	r.State.ItemsLast = len(items)
	return save(t, s, r)
}

// published returns ids and times of update of all that is stored.
func published(t *testing.T, s *Store) string {
	t.Helper()
	var out []string
	for _, e := range entries(t, s, aggregator.Query{Limit: 1000}) {
		out = append(out, e.ID+" "+e.Updated.Format(time.RFC3339))
	}
	return strings.Join(out, "\n")
}

func repaired(t *testing.T, s *Store) []string {
	t.Helper()
	st, err := s.Source(context.Background(), "a")
	if err != nil {
		t.Fatal(err)
	}
	return st.State.Repaired
}

// TestSchemeOfGUID: a guid that moves from http to https, or back, is the same.
func TestSchemeOfGUID(t *testing.T) {
	s := open1(t, "a")
	pollOf(t, s, 0, append(issues(0, 2, "http://a.example/%d"), issue(0, "https://a.example/%d"))...)
	before := published(t, s)
	for hour, guid := range []string{"https://a.example/%d", "https://a.example/%d", "http://a.example/%d"} {
		if got := pollOf(t, s, 1+hour, issues(0, 2, guid)...); got != (aggregator.Saved{}) {
			t.Errorf("%s: saved %+v", guid, got)
		}
	}
	changed := issue(1, "https://a.example/%d")
	changed.Title = "Neuer Titel"
	if got := pollOf(t, s, 5, changed, issue(2, "https://a.example/%d")); got != (aggregator.Saved{New: 1, Updated: 1}) {
		t.Errorf("saved %+v", got)
	}
	after := strings.Split(published(t, s), "\n")
	if !strings.HasPrefix(after[0], strings.Split(before, "\n")[0]) || len(after) != 3 || !strings.Contains(after[1], t0.Add(5*time.Hour).Format(time.RFC3339)) {
		t.Errorf("before\n%s\nafter\n%s", before, strings.Join(after, "\n"))
	}
	if got := pollOf(t, s, 6, issue(7, "http://a.example/%d"), issue(7, "https://a.example/%d")); got.New != 1 {
		t.Errorf("both in one document: %+v", got)
	}
	if _, err := s.Purge(context.Background(), t0.Add(7*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got := pollOf(t, s, 8, issues(0, 2, "https://a.example/%d")...); got != (aggregator.Saved{}) {
		t.Errorf("purged items came back: %+v", got)
	}
	sound(t, s)
}

// TestRewrittenGUIDs: an archive under new guids is not news.
func TestRewrittenGUIDs(t *testing.T) {
	const was, is = "tag:a.example,2020:%d", "urn:a:%d"
	edit := func(items []aggregator.Item, f func(*aggregator.Item)) []aggregator.Item {
		for i := range items {
			f(&items[i])
		}
		return items
	}
	for _, tt := range []struct {
		name          string
		stored, comes []aggregator.Item
		saved         aggregator.Saved
		total         int
		word          bool
	}{
		{"all", issues(0, 10, was), issues(0, 10, is), aggregator.Saved{Updated: 10}, 10, true},
		{"all, and one new", issues(1, 10, was), issues(0, 10, is), aggregator.Saved{New: 1, Updated: 9}, 10, true},
		{"other forms of the links", issues(0, 10, was), edit(issues(0, 10, is), func(it *aggregator.Item) {
			it.Link = strings.Replace(strings.TrimSuffix(it.Link, "/"), "https://www.", "http://", 1) + "?utm_source=rss#top"
		}), aggregator.Saved{Updated: 10}, 10, true},
		{"other links, same titles and days", issues(0, 10, was), edit(issues(0, 10, is), func(it *aggregator.Item) {
			it.Link = "https://neu.example/artikel?id=" + it.GUID
		}), aggregator.Saved{Updated: 10}, 10, true},
		{"other links and titles: news", issues(0, 10, was), edit(issues(0, 10, is), func(it *aggregator.Item) {
			it.Link, it.Title = "https://neu.example/"+it.GUID, "Neu "+it.Title
		}), aggregator.Saved{New: 10}, 20, false},
		{"one link for all", edit(issues(0, 10, was), func(it *aggregator.Item) { it.Link = "https://a.example/" }),
			edit(issues(0, 10, is), func(it *aggregator.Item) { it.Link, it.Title = "https://a.example/", it.Title+"neu" }), aggregator.Saved{New: 10}, 20, false},
		{"half of it", issues(0, 10, was), append(issues(0, 5, is), issues(5, 10, was)...), aggregator.Saved{New: 5}, 15, false},
		{"two items", issues(0, 2, was), issues(0, 2, is), aggregator.Saved{New: 2}, 4, false},
		{"a burst of news with one old title", issues(5, 10, was), append(issues(0, 5, is), edit(issues(5, 6, is), func(it *aggregator.Item) { it.Link = "" })...),
			aggregator.Saved{New: 6}, 11, false},
		{"older than anything stored", issues(0, 10, was), issues(0, 15, is), aggregator.Saved{Updated: 10}, 10, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := open1(t, "a")
			pollOf(t, s, 0, tt.stored...)
			ids := published(t, s)
			if got := pollOf(t, s, 3, tt.comes...); got != tt.saved {
				t.Errorf("saved %+v, want %+v", got, tt.saved)
			}
			now := published(t, s)
			if n := strings.Count(now, "\n") + 1; n != tt.total {
				t.Errorf("%d items, want %d", n, tt.total)
			}
			for _, line := range strings.Split(ids, "\n") {
				if !strings.Contains(now, line) {
					t.Errorf("%s is another now:\n%s", line, now)
				}
			}
			if got := slices.Contains(repaired(t, s), "guid"); got != tt.word {
				t.Errorf("repaired %v", repaired(t, s))
			}
			if got := pollOf(t, s, 4, tt.comes...); got != (aggregator.Saved{}) {
				t.Errorf("the poll after that saved %+v", got)
			}
			sound(t, s)
		})
	}
}

// TestRewrittenAndChanged: a significant change under a new guid moves Updated,
// and the first version is kept.
func TestRewrittenAndChanged(t *testing.T) {
	s := open1(t, "a")
	pollOf(t, s, 0, issues(0, 5, "old-%d")...)
	next := issues(0, 5, "new-%d")
	next[2].Summary = "Das Land fördert mit 40 Millionen Euro."
	pollOf(t, s, 3, next...)
	for n := range 5 {
		e, err := s.Entry(context.Background(), aggregator.ItemID("a", fmt.Sprintf("old-%d", n)))
		if err != nil {
			t.Fatal(err)
		}
		if e.Updated.Equal(t0) == (n == 2) || !e.Seen.Equal(t0) {
			t.Errorf("%d: seen %v, updated %v", n, e.Seen, e.Updated)
		}
	}
	if first, err := s.Original(context.Background(), aggregator.ItemID("a", "old-2")); err != nil || first.Summary != "Text von 2" {
		t.Errorf("%q (%v)", first.Summary, err)
	}
}

// TestGUIDsThatNeverStay: a source with other guids at each poll keeps its items
// and stays small.
func TestGUIDsThatNeverStay(t *testing.T) {
	s := open1(t, "a")
	pollOf(t, s, 0, issues(0, 6, "first-%d")...)
	before := published(t, s)
	for hour := 1; hour < 12; hour++ {
		guid := fmt.Sprintf("poll-%d-", hour) + "%d"
		if got := pollOf(t, s, hour, issues(0, 6, guid)...); got.New != 0 {
			t.Fatalf("poll %d brought %+v", hour, got)
		}
	}
	if got := published(t, s); got != before {
		t.Errorf("before\n%s\nafter\n%s", before, got)
	}
	var known int
	if err := s.reader.QueryRow("SELECT count(*) FROM known").Scan(&known); err != nil || known != 6*(1+maxAliases) {
		t.Errorf("%d identities (%v)", known, err)
	}
	if got := pollOf(t, s, 20, issues(0, 6, "first-%d")...); got.New != 0 {
		t.Errorf("the first guids again: %+v", got)
	}
	sound(t, s)
	if n, err := s.Purge(context.Background(), t0.Add(time.Hour)); err != nil || n != 6 {
		t.Fatal(n, err)
	}
	for _, guid := range []string{"first-%d", "poll-11-%d", "poll-9-%d"} {
		if got := pollOf(t, s, 30, issues(0, 6, guid)...); got != (aggregator.Saved{}) {
			t.Errorf("purged, back as %s: %+v", guid, got)
		}
	}
	sound(t, s)
}

// TestRewrittenAfterPurge: of an archive that was purged in part, what is gone
// stays gone.
func TestRewrittenAfterPurge(t *testing.T) {
	s := open1(t, "a")
	pollOf(t, s, 0, issues(10, 20, "old-%d")...)
	pollOf(t, s, 48, issues(0, 20, "old-%d")...)
	if n, err := s.Purge(context.Background(), t0.Add(time.Hour)); err != nil || n != 10 {
		t.Fatal(n, err)
	}
	before := published(t, s)
	if got := pollOf(t, s, 72, issues(0, 20, "new-%d")...); got != (aggregator.Saved{Updated: 10}) {
		t.Errorf("saved %+v", got)
	}
	if got := published(t, s); got != before {
		t.Errorf("before\n%s\nafter\n%s", before, got)
	}
}

func TestFoldLink(t *testing.T) {
	for _, tt := range []struct{ a, b string }{
		{"http://www.a.example/x/", "https://a.example/x"},
		{"https://A.example/x?utm_source=rss&b=1&a=2", "https://a.example/x?a=2&b=1#teil"},
		{"https://a.example", "https://a.example/"},
	} {
		if foldLink(tt.a) != foldLink(tt.b) || foldLink(tt.a) == "" {
			t.Errorf("%q, %q", foldLink(tt.a), foldLink(tt.b))
		}
	}
	for _, other := range []string{"https://a.example/X", "https://a.example/x?id=2", "https://b.example/x", "", "://", "mailto:a@b"} {
		if foldLink(other) == foldLink("https://a.example/x?id=1") {
			t.Errorf("%q is the same", other)
		}
	}
}
