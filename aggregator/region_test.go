package aggregator

import "testing"

func TestParseRegion(t *testing.T) {
	for _, tc := range []struct {
		in   string
		want Region
		ok   bool
	}{
		{"sachsen", Sachsen, true}, {"SN", Sachsen, true}, {"sn", Sachsen, true}, {"Sachsen-Anhalt", SachsenAnhalt, true},
		{"alle", Alle, true}, {"BUND", Bund, true}, {"unklar", Unklar, true},
		{"", "", false}, {"sachsen ", "", false}, {"xx", "", false}, {"thüringen", "", false},
	} {
		got, ok := ParseRegion(tc.in)
		if got != tc.want || ok != tc.ok {
			t.Errorf("ParseRegion(%q) = %q, %v; want %q, %v", tc.in, got, ok, tc.want, tc.ok)
		}
	}
}

func TestEveryLandHasCodeKeyAndName(t *testing.T) {
	if n := len(Laender()); n != 16 {
		t.Fatalf("%d Länder", n)
	}
	seen := map[string]bool{}
	for _, r := range Laender() {
		if len(r.Code()) != 2 || len(r.Key()) != 2 || r.Name() == string(r) || !r.IsLand() {
			t.Errorf("%s: code %q, key %q, name %q", r, r.Code(), r.Key(), r.Name())
		}
		if seen[r.Code()] || seen[r.Key()] {
			t.Errorf("%s: code or key used twice", r)
		}
		seen[r.Code()], seen[r.Key()] = true, true
		if got := LandOfKey(r.Key() + "123456"); got != r {
			t.Errorf("LandOfKey(%s123456) = %q, want %q", r.Key(), got, r)
		}
	}
	for _, key := range []string{"", "1", "00", "17000", "xx"} {
		if r := LandOfKey(key); r != "" {
			t.Errorf("LandOfKey(%q) = %q", key, r)
		}
	}
	for _, r := range []Region{Bund, International, Unklar, Alle, "", "atlantis"} {
		if r.IsLand() {
			t.Errorf("%q is a Land", r)
		}
	}
}

func TestTopics(t *testing.T) {
	for _, topic := range Topics() {
		if got, ok := ParseTopic(string(topic)); !ok || got != topic {
			t.Errorf("ParseTopic(%q) = %q, %v", topic, got, ok)
		}
		if topic.Name() == "" {
			t.Errorf("%s has no name", topic)
		}
	}
	if _, ok := ParseTopic("wetter"); ok {
		t.Error("wetter is a topic")
	}
	if got, ok := ParseTopic("OZG"); !ok || got != "ozg" {
		t.Errorf("ParseTopic(OZG) = %q, %v", got, ok)
	}
}
