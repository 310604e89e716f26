package websub

import (
	"net/http"
	"testing"
	"time"
	"unicode/utf8"

	"laenderfeed/aggregator"
)

func FuzzIntent(f *testing.F) {
	f.Add("hub.mode=subscribe&hub.topic=https%3A%2F%2Fa.example%2F&hub.challenge=x&hub.lease_seconds=864000")
	f.Add("hub.mode=denied&hub.topic=x&hub.reason=%0d%0a")
	f.Add("hub.mode=unsubscribe&hub.topic=x&hub.challenge=%ff&hub.challenge=y")
	f.Add("hub.mode=subscribe&hub.topic=x&hub.challenge=y&hub.lease_seconds=18446744073709551615")
	f.Add(";&=%")
	f.Fuzz(func(t *testing.T, query string) {
		in, ok := parseIntent(query)
		if !ok {
			return
		}
		if in.topic == "" || in.mode != "denied" && (in.challenge == "" || len(in.challenge) > maxChallenge) {
			t.Errorf("%q is taken as %+v", query, in)
		}
		if in.lease != 0 && (in.lease < shortestLease || in.lease > longestLease) {
			t.Errorf("%q has a lease of %v", query, in.lease)
		}
		if reason := cut(in.reason); len(reason) > maxReason+len("…") || !utf8.ValidString(reason) {
			t.Errorf("reason %q", reason)
		}
	})
}

func FuzzSignature(f *testing.F) {
	f.Add("sha256=00", "x")
	f.Add("sha1=", "")
	f.Add("=", "\x00")
	f.Fuzz(func(t *testing.T, value, body string) {
		if signed(http.Header{"X-Hub-Signature": {value}}, "ein Geheimnis, das niemand rät", []byte(body)) {
			t.Errorf("%q is taken for the signature of %q", value, body)
		}
	})
}

func TestMissedDoesNotCountWhatIsOnlyChanged(t *testing.T) {
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	since := now.Add(-24 * time.Hour)
	old := aggregator.Item{Published: now.Add(-5 * time.Hour)}
	fresh := aggregator.Item{Published: now.Add(-time.Minute)}
	o := aggregator.Outcome{At: now, Items: []aggregator.Item{old, fresh}, Saved: aggregator.Saved{New: 1, Updated: 1}}
	if n := missed(o, since, true); n != 0 {
		t.Errorf("%d missed of one changed and one new item", n)
	}
	o.Saved = aggregator.Saved{}
	if n := missed(o, since, true); n != 0 {
		t.Errorf("%d missed though the hub was faster than the poll", n)
	}
	o.Saved = aggregator.Saved{New: 2}
	if n := missed(o, since, true); n != 1 {
		t.Errorf("%d missed of two new items, one of them old", n)
	}
}
