package store

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"laenderfeed/aggregator"
)

// FuzzLabels writes labels as package json does, and reads them back.
func FuzzLabels(f *testing.F) {
	f.Add("land", "sachsen", "ki", "14612000", "Dresden", "gemeinde", "2026-11-22", 3)
	f.Add("", "", "", "", "", "", "", 0)
	f.Add(`a"b`, "<b>&", "\\", "\x00\x1f\x7f", "Köln\u2028", "€\ufffd", "\xff\xe2\x80", 2)
	f.Fuzz(func(t *testing.T, scope, region, topic, key, name, kind, ruleset string, n int) {
		for _, s := range []*string{&scope, &region, &topic, &key, &name, &kind, &ruleset} {
			*s = strings.ToValidUTF8(*s, "?") // labels are cleaned before
		}
		l := aggregator.Labels{Scope: aggregator.Scope(scope), Ruleset: ruleset}
		for i := range min(max(n, 0), 3) {
			l.Regions = append(l.Regions, aggregator.Region(region))
			l.Topics = append(l.Topics, aggregator.Topic(topic), aggregator.Topic(name[:min(i, len(name))]+key))
			l.Places = append(l.Places, aggregator.Place{Key: key, Name: name, Kind: aggregator.PlaceKind(kind)})
		}
		for i := range l.Topics {
			l.Topics[i] = aggregator.Topic(strings.ToValidUTF8(string(l.Topics[i]), "?"))
		}
		v := verdict{Scope: l.Scope, Regions: l.Regions, Topics: l.Topics, Ruleset: l.Ruleset}
		for _, p := range l.Places {
			v.Places = append(v.Places, place(p))
		}
		want, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := encodeLabels(l)
		if text != string(want) {
			t.Errorf("got  %s\nwant %s", text, want)
		}
		if got, err := decodeLabels([]byte(text), nil); err != nil || !reflect.DeepEqual(got, l) {
			t.Errorf("read %+v, want %+v (%v)", got, l, err)
		}
	})
}

// TestClean has what must not go out, and what must.
func TestClean(t *testing.T) {
	for s, want := range map[string]string{
		"":                            "",
		"Köln\t\r\n <b>":              "Köln\t\r\n <b>",
		"a\x00b\x1fc\x08":             "abc",
		"\x7f\u0085\u2028":            "\x7f\u0085\u2028",
		"a\uffffb\ufffec\ufffd\uff21": "abc\ufffd\uff21",
		"a\xffb":                      "a\ufffdb",
		"ab\xc3":                      "ab\ufffd",
	} {
		if got := clean(s, 100); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
	if got := clean("Käse", 2); got != "K" {
		t.Errorf("cut to %q", got)
	}
}
