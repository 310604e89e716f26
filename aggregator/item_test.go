package aggregator

import (
	"fmt"
	"regexp"
	"testing"
	"time"
)

func TestItemID(t *testing.T) {
	id := ItemID("quelle", "guid")
	if !regexp.MustCompile(`^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(id) {
		t.Errorf("%s is no version 5 UUID", id)
	}
	if id != ItemID("quelle", "guid") {
		t.Error("not stable")
	}
	if id == ItemID("quelleg", "uid") || id == ItemID("andere", "guid") {
		t.Error("different identities share an id")
	}
	// The published ids of every database depend on this value.
	if want := "urn:uuid:33930bb7-8d95-58cc-92c3-2bbf7c897df5"; ItemID("kommune21", "https://example.org/1") != want {
		t.Errorf("ItemID = %s, want %s", ItemID("kommune21", "https://example.org/1"), want)
	}
}

func TestEffective(t *testing.T) {
	seen := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct{ published, want time.Time }{
		"before seen": {seen.Add(-time.Hour), seen.Add(-time.Hour)},
		"in future":   {seen.Add(time.Hour), seen},
		"missing":     {time.Time{}, seen},
	} {
		it := Item{Published: tc.published, Seen: seen}
		if got := it.Effective(); !got.Equal(tc.want) {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}

func TestFingerprintSeesWhatReadersSee(t *testing.T) {
	base := Item{Title: "T", Link: "https://example.org/", Summary: "S", Categories: []string{"a", "b"},
		Enclosures: []Enclosure{{URL: "https://example.org/x", Type: "audio/mpeg", Length: 3}}}
	changes := map[string]func(*Item){
		"title":      func(it *Item) { it.Title = "U" },
		"link":       func(it *Item) { it.Link = "" },
		"summary":    func(it *Item) { it.Summary = "S." },
		"moved text": func(it *Item) { it.Title, it.Summary = "TS", "" },
		"categories": func(it *Item) { it.Categories = []string{"a"} },
		"enclosure": func(it *Item) {
			it.Enclosures = []Enclosure{{URL: "https://example.org/x", Type: "audio/mpeg", Length: 4}}
		},
		"published": func(it *Item) { it.Published = time.Unix(1, 0) },
		"rights":    func(it *Item) { it.Rights = "© Amt" },
	}
	for name, change := range changes {
		it := base
		change(&it)
		if it.Fingerprint() == base.Fingerprint() {
			t.Errorf("%s: same fingerprint", name)
		}
	}
	it := base
	it.ID, it.Seen, it.Labels.Ruleset = "x", time.Now(), "y"
	if it.Fingerprint() != base.Fingerprint() {
		t.Error("our own notes change the fingerprint")
	}
	// As it was stored before there were rights: it must stay so.
	if got := fmt.Sprintf("%x", base.Fingerprint()); got != "c4638a9aec3e1a0537b1a4a1e46fabe6" {
		t.Errorf("fingerprint %s of an item that is stored", got)
	}
}

func TestWhoseRightsCount(t *testing.T) {
	for _, tc := range []struct{ operator, item, feed, want, source string }{
		{},
		{feed: "feed", want: "feed", source: "feed"},
		{item: "item", want: "item"},
		{item: "item", feed: "feed", want: "item", source: "feed"},
		{operator: "operator", item: "item", feed: "feed", want: "operator", source: "operator"},
	} {
		e := Entry{Item: Item{Rights: tc.item}, Origin: Source{Rights: tc.operator}, FeedRights: tc.feed}
		s := SourceStatus{Source: e.Origin, State: State{Rights: tc.feed}}
		if e.StatedRights() != tc.want || e.SourceRights() != tc.source || s.StatedRights() != tc.source {
			t.Errorf("%+v: %q, source %q and %q", tc, e.StatedRights(), e.SourceRights(), s.StatedRights())
		}
	}
}

func TestPlainText(t *testing.T) {
	for in, want := range map[string]string{
		"":                        "",
		"nur Text":                "nur Text",
		"<p>Köln</p><p>Bonn</p>":  " Köln  Bonn ",
		"A &amp; B":               "A & B",
		"offen <b":                "offen  ",
		"<a href=\"x\">Link</a>.": " Link .",
	} {
		if got := plainText(in); got != want {
			t.Errorf("plainText(%q) = %q, want %q", in, got, want)
		}
	}
}
