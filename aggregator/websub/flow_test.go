package websub_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"laenderfeed/aggregator"
)

func TestSubscribeVerifyPush(t *testing.T) {
	r := newRig(t)
	form := r.subscribed()
	if form.Get("hub.mode") != "subscribe" || form.Get("hub.topic") != r.topic || form.Get("hub.lease_seconds") != "864000" {
		t.Errorf("the hub was asked %v", form)
	}
	secret, callback := form.Get("hub.secret"), form.Get("hub.callback")
	if !strings.HasPrefix(callback, r.callbacks.URL+"/websub/") || len(callback) < len(r.callbacks.URL)+8+26 || len(secret) < 50 || len(secret) >= 200 {
		t.Errorf("callback %q, secret of %d bytes", callback, len(secret))
	}
	r.items(1)
	before := r.source().State
	for i, method := range []string{"sha1", "sha256", "sha384", "sha512"} {
		body := document(r.topic, []string{r.hub.URL}, news{fmt.Sprint(i + 2), r.clock()}) // a part of the feed, as some hubs send
		if got := post(t, callback, sign(method, secret, body), body); got != http.StatusAccepted {
			t.Errorf("%s: %d", method, got)
		}
	}
	r.drain()
	r.items(5)
	after := r.source().State
	if after.NextCheck != before.NextCheck || after.BodySHA256 != before.BodySHA256 || after.ItemsLast != before.ItemsLast || after.LastChecked != before.LastChecked {
		t.Errorf("a push has changed what is known of polling: %+v to %+v", before, after)
	}
}

func TestPushedSourceIsPolledOnceADay(t *testing.T) {
	r := newRig(t)
	r.subscribed()
	r.poll(true)
	asked := r.clock()
	if wait := r.source().State.NextCheck.Sub(asked); wait < 21*time.Hour || wait > 27*time.Hour {
		t.Errorf("the next poll of a pushed source is after %v", wait)
	}
	r.hub.set(func() { r.hub.status = http.StatusInternalServerError })
	for r.clock().Before(asked.Add(11 * 24 * time.Hour)) { // renewal fails, the lease ends
		r.advance(time.Hour)
		r.poll(false)
		r.tick()
		if s := r.source(); s.Push != "active" {
			if wait := s.State.NextCheck.Sub(r.clock()); wait > time.Hour {
				t.Errorf("after the lapse the next poll is in %v", wait)
			}
			break
		}
	}
	if s := r.source().Push; s == "active" {
		t.Fatal("the lease does not end")
	}
	r.poll(false)
	if wait := r.source().State.NextCheck.Sub(r.clock()); wait > 2*time.Hour {
		t.Errorf("without push the next poll is in %v", wait)
	}
}

func TestForgedContentIsThrownAway(t *testing.T) {
	r := newRig(t)
	form := r.subscribed()
	secret, callback := form.Get("hub.secret"), form.Get("hub.callback")
	body := document(r.topic, nil, news{"2", r.clock()})
	good := sign("sha256", secret, body)
	for name, signature := range map[string]string{
		"none": "", "of another secret": sign("sha256", "geheim", body), "of another body": sign("sha256", secret, body+" "),
		"of an empty secret": sign("sha256", "", body), "unknown method": "md5=" + good[7:], "another method": "sha1=" + good[7:],
		"no hex": "sha256=zz", "cut off": good[:len(good)-2], "empty": "sha256=", "no method": good[7:], "method alone": "sha256",
	} {
		if got := post(t, callback, signature, body); got != http.StatusAccepted {
			t.Errorf("signature %s: %d, want 202", name, got)
		}
	}
	r.drain()
	r.items(1)
	if got := post(t, callback, strings.ToUpper(good[:6])+good[6:], body); got != http.StatusAccepted {
		t.Errorf("method in capitals: %d", got)
	}
	r.drain()
	r.items(2)
	post(t, callback, good, body) // the same again changes nothing
	r.drain()
	r.items(2)
}

func TestOnlyLiveTokensAnswer(t *testing.T) {
	r := newRig(t)
	form := r.subscribed()
	callback, secret := form.Get("hub.callback"), form.Get("hub.secret")
	body := document(r.topic, nil, news{"2", r.clock()})
	for _, path := range []string{"/websub/", "/websub/x", "/websub/" + strings.Repeat("A", 26), callback[len(r.callbacks.URL):] + "/", "/websub/off-x"} {
		if got := post(t, r.callbacks.URL+path, sign("sha256", secret, body), body); got != http.StatusNotFound {
			t.Errorf("POST %s: %d", path, got)
		}
	}
	if got := r.hub.verify(form, ""); got != http.StatusNotFound {
		t.Errorf("a verification that was done already: %d", got)
	}
	for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodHead, http.MethodOptions} {
		req, _ := http.NewRequest(method, callback, nil)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusMethodNotAllowed || resp.Header.Get("Allow") != "GET, POST" {
			t.Errorf("%s: %d", method, resp.StatusCode)
		}
	}
	r.advance(11 * 24 * time.Hour) // before anybody has looked at the clock
	if got := post(t, callback, sign("sha256", secret, body), body); got != http.StatusNotFound {
		t.Errorf("after the lease: %d", got)
	}
	r.drain()
	r.items(1)
}

func TestVerificationIsExact(t *testing.T) {
	r := newRig(t)
	r.hub.set(func() { r.hub.lazy = true })
	r.publish([]string{r.hub.URL}, news{"1", r.clock()})
	r.poll(true)
	r.tick()
	form := r.hub.requests()[0]
	callback := form.Get("hub.callback")
	topic := url.QueryEscape(r.topic)
	for name, query := range map[string]string{
		"nothing":               "",
		"no topic":              "hub.mode=subscribe&hub.challenge=x&hub.lease_seconds=864000",
		"another topic":         "hub.mode=subscribe&hub.challenge=x&hub.lease_seconds=864000&hub.topic=" + topic + "%2F",
		"topic in another case": "hub.mode=subscribe&hub.challenge=x&hub.lease_seconds=864000&hub.topic=" + strings.ToUpper(topic),
		"two topics":            "hub.mode=subscribe&hub.challenge=x&hub.lease_seconds=864000&hub.topic=" + topic + "&hub.topic=" + topic,
		"no challenge":          "hub.mode=subscribe&hub.lease_seconds=864000&hub.topic=" + topic,
		"long challenge":        "hub.mode=subscribe&hub.lease_seconds=864000&hub.topic=" + topic + "&hub.challenge=" + strings.Repeat("x", 5000),
		"another mode":          "hub.mode=publish&hub.challenge=x&hub.topic=" + topic,
		"unsubscribe":           "hub.mode=unsubscribe&hub.challenge=x&hub.topic=" + topic,
		"a short lease":         "hub.mode=subscribe&hub.challenge=x&hub.lease_seconds=60&hub.topic=" + topic,
		"a negative lease":      "hub.mode=subscribe&hub.challenge=x&hub.lease_seconds=-1&hub.topic=" + topic,
		"an endless lease":      "hub.mode=subscribe&hub.challenge=x&hub.lease_seconds=99999999999999999999&hub.topic=" + topic,
		"broken escapes":        "hub.mode=subscribe&hub.challenge=%zz&hub.lease_seconds=864000&hub.topic=" + topic,
		"semicolons":            "hub.mode=subscribe;hub.challenge=x;hub.topic=" + topic,
		"denial of another":     "hub.mode=denied&hub.topic=x",
	} {
		resp, err := http.Get(callback + "?" + query)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", name, resp.StatusCode)
		}
	}
	r.push("pending")
	r.advance(2 * time.Hour)
	if got := r.hub.verify(form, "864000"); got != http.StatusNotFound {
		t.Errorf("two hours later: %d", got)
	}
	r.tick()
	if got := r.hub.verify(r.hub.requests()[0], "999999999"); got != http.StatusOK {
		t.Errorf("of the second request: %d", got)
	}
	r.push("active")
	if left := r.source().State.PushedUntil.Sub(r.clock()); left != 90*24*time.Hour {
		t.Errorf("a lease of 31 years is taken as %v", left)
	}
}

func TestLeaseIsRenewed(t *testing.T) {
	r := newRig(t)
	first := r.subscribed()
	until := r.source().State.PushedUntil
	r.advance(7 * 24 * time.Hour)
	r.tick()
	if n := len(r.hub.requests()); n != 0 {
		t.Errorf("asked %d times in the first seven of ten days", n)
	}
	r.hub.set(func() { r.hub.status = http.StatusServiceUnavailable })
	r.advance(24 * time.Hour)
	r.tick()
	r.tick() // not twice at once
	if n := len(r.hub.requests()); n != 1 {
		t.Fatalf("asked %d times after eight of ten days", n)
	}
	r.hub.set(func() { r.hub.status = http.StatusAccepted })
	r.advance(time.Hour)
	r.tick()
	again := r.hub.requests()
	if len(again) != 1 || again[0].Get("hub.callback") != first.Get("hub.callback") || again[0].Get("hub.secret") != first.Get("hub.secret") {
		t.Fatalf("renewed with %v", again)
	}
	if got := r.source().State.PushedUntil; !got.After(until) || got.Sub(r.clock()) != 10*24*time.Hour {
		t.Errorf("the lease ends %v", got)
	}
	r.push("active")
}

func TestRenewalIsRetriedBeforeTheLeaseEnds(t *testing.T) {
	r := newRig(t)
	r.hub.set(func() { r.hub.lease = "3600" })
	r.subscribed()
	r.hub.set(func() { r.hub.status = http.StatusInternalServerError })
	for range 60 {
		r.advance(time.Minute)
		r.tick()
	}
	if n := len(r.hub.requests()); n < 3 || n > 15 {
		t.Errorf("asked %d times in the last fifth of an hour", n)
	}
	r.push("pending")
}

func TestHubThatIsDownIsRefused(t *testing.T) {
	r := newRig(t)
	r.hub.set(func() { r.hub.status = http.StatusInternalServerError })
	r.publish([]string{r.hub.URL}, news{"1", r.clock()})
	r.poll(true)
	for range 5 * 24 {
		r.tick()
		r.advance(time.Hour)
	}
	if n := len(r.hub.requests()); n != 5 {
		t.Errorf("the hub was asked %d times, want 5", n)
	}
	r.push("refused: the hub does not verify our requests")
	r.publish([]string{r.hub.URL}, news{"2", r.clock()})
	r.poll(true)
	r.tick()
	if n := len(r.hub.requests()); n != 0 {
		t.Error("a refused hub is asked")
	}
	other := newHub(t) // the next one is tried
	r.publish([]string{r.hub.URL, other.URL}, news{"3", r.clock()})
	r.poll(true)
	r.tick()
	if n := len(other.requests()); n != 1 {
		t.Errorf("the second hub was asked %d times", n)
	}
	r.push("active")
	r.advance(31 * 24 * time.Hour)
	other.set(func() { other.status = http.StatusGone })
	r.tick() // forgets the refusal
	r.hub.set(func() { r.hub.status = http.StatusAccepted })
}

func TestRetryAfterOfAHub(t *testing.T) {
	r := newRig(t)
	r.hub.set(func() {
		r.hub.status = http.StatusTooManyRequests
		r.hub.header.Set("Retry-After", "86400")
	})
	r.publish([]string{r.hub.URL}, news{"1", r.clock()})
	r.poll(true)
	for range 23 {
		r.tick()
		r.advance(time.Hour)
	}
	if n := len(r.hub.requests()); n != 1 {
		t.Errorf("asked %d times within Retry-After", n)
	}
	r.hub.set(func() { r.hub.status = http.StatusAccepted })
	r.advance(2 * time.Hour)
	r.tick()
	r.push("active")
}

func TestHubsAreAskedOneByOne(t *testing.T) {
	r := newRig(t)
	r.delay = 5 * time.Second
	for _, id := range []string{"b", "c"} {
		src := r.sources[0]
		src.ID, src.URL = id, src.URL+"?"+id
		r.sources = append(r.sources, src)
	}
	r.restart()
	r.publish([]string{r.hub.URL}, news{"1", r.clock()})
	r.poll(true)
	for range 12 {
		r.tick()
		if n := len(r.hub.requests()); n > 1 {
			t.Fatalf("%d requests at once", n)
		}
		r.tick()
		if n := len(r.hub.requests()); n > 0 {
			t.Fatalf("%d requests within the delay", n)
		}
		r.advance(5 * time.Second)
	}
	list, err := r.store.Subscriptions(t.Context())
	if err != nil || len(list) != 3 {
		t.Fatalf("%v, %v", list, err)
	}
	seen := map[string]bool{}
	for _, sub := range list {
		if sub.State != aggregator.PushActive || seen[sub.Secret] || seen[sub.Callback] {
			t.Errorf("%+v", sub)
		}
		seen[sub.Secret], seen[sub.Callback] = true, true
	}
}

func TestDenial(t *testing.T) {
	r := newRig(t)
	r.subscribed()
	r.poll(true)
	r.hub.set(func() { r.hub.deny = "kein\r\nPlatz \x1b[31m" + strings.Repeat("x", 300) })
	r.advance(8 * 24 * time.Hour)
	r.tick()
	got := r.source()
	if !strings.HasPrefix(got.Push, "refused: denied by the hub: kein Platz [31mxx") || len(got.Push) > 220 {
		t.Errorf("push is %q", got.Push)
	}
	if got.State.NextCheck.After(r.clock().Add(time.Hour)) {
		t.Errorf("the next poll is %v after the denial", got.State.NextCheck.Sub(r.clock()))
	}
}

func TestMissedItemsSwitchPushOff(t *testing.T) {
	r := newRig(t)
	r.subscribed()
	list := []news{{"1", r.clock().Add(-time.Hour)}, {"2", r.clock().Add(-time.Minute)}} // 2: before we were there
	r.publish([]string{r.hub.URL}, list...)
	r.advance(2 * time.Hour)
	r.poll(true)
	r.push("active")
	list = append(list, news{"3", r.clock().Add(23*time.Hour + 30*time.Minute)}) // half an hour old: the hub may still send it
	r.publish([]string{r.hub.URL}, list...)
	r.advance(24 * time.Hour)
	r.poll(true)
	r.items(3)
	r.push("active")
	list = append(list, news{"4", r.clock().Add(time.Hour)})
	r.publish([]string{r.hub.URL}, list...)
	r.advance(24 * time.Hour)
	r.poll(true)
	r.push("off: a poll found 1 items that the hub had not sent")
	if !strings.Contains(r.log.String(), "push switched off") {
		t.Error("the operator is not told")
	}
	r.poll(true)
	if wait := r.source().State.NextCheck.Sub(r.clock()); wait > 2*time.Hour {
		t.Errorf("polled again after %v only", wait)
	}
	r.tick()
	if forms := r.hub.requests(); len(forms) != 1 || forms[0].Get("hub.mode") != "unsubscribe" || forms[0].Has("hub.secret") {
		t.Errorf("the hub was told %v", forms)
	}
	r.restart()
	r.publish([]string{r.hub.URL, "https://zweiter.hub.example/"}, append(list, news{"5", r.clock()})...)
	r.poll(true)
	r.push("off: a poll found 1 items that the hub had not sent")
	r.advance(30 * 24 * time.Hour) // then it gets another chance
	r.tick()
	r.publish([]string{r.hub.URL}, append(list, news{"6", r.clock()})...)
	r.poll(true)
	r.tick()
	r.push("active")
}

func TestUndatedItemsThatWereMissed(t *testing.T) {
	r := newRig(t)
	r.subscribed()
	r.publish([]string{r.hub.URL}, news{id: "2"})
	r.poll(true) // nobody knows whether it was there before
	r.push("active")
	r.advance(24 * time.Hour)
	r.publish([]string{r.hub.URL}, news{id: "2"}, news{id: "3"})
	r.poll(true)
	r.push("off: a poll found 1 items that the hub had not sent")
}

func TestPushedItemsAreNotMissed(t *testing.T) {
	r := newRig(t)
	form := r.subscribed()
	r.poll(true)
	for i := range 3 {
		r.advance(12 * time.Hour)
		body := r.publish([]string{r.hub.URL}, news{fmt.Sprint(10 + i), r.clock()}, news{id: fmt.Sprint(20 + i)})
		if got := post(t, form.Get("hub.callback"), sign("sha256", form.Get("hub.secret"), body), body); got != http.StatusAccepted {
			t.Fatal(got)
		}
		r.drain()
		r.advance(12 * time.Hour)
		r.poll(true)
	}
	r.items(7)
	r.push("active")
}

func TestSwitchedOffInTheConfiguration(t *testing.T) {
	r := newRig(t)
	r.subscribed()
	r.poll(true)
	r.enabled = false
	r.restart()
	if wait := r.source().State.NextCheck.Sub(r.clock()); wait > time.Hour {
		t.Errorf("the next poll is in %v", wait)
	}
	r.tick()
	if forms := r.hub.requests(); len(forms) != 1 || forms[0].Get("hub.mode") != "unsubscribe" || forms[0].Get("hub.topic") != r.topic {
		t.Errorf("the hub was told %v", forms)
	}
	if list, err := r.store.Subscriptions(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("left: %v, %v", list, err)
	}
	r.publish([]string{r.hub.URL}, news{"9", r.clock()})
	r.poll(true)
	r.push("")
}

func TestSourceThatLeaves(t *testing.T) {
	for name, leave := range map[string]func(*rig){
		"configuration": func(r *rig) { r.sources = nil },
		"disabled":      func(r *rig) { r.sources[0].Enabled = false },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.subscribed()
			r.hub.set(func() { r.hub.lazy = true })
			leave(r)
			r.restart()
			for range 24 {
				r.tick()
				r.advance(time.Hour)
			}
			if n := len(r.hub.requests()); n != 3 { // then it is left to lapse
				t.Errorf("the hub was told %d times", n)
			}
			if list, err := r.store.Subscriptions(t.Context()); err != nil || len(list) != 0 {
				t.Errorf("left: %v, %v", list, err)
			}
		})
	}
}

func TestAnotherHubAndNone(t *testing.T) {
	r := newRig(t)
	r.subscribed()
	other := newHub(t)
	r.publish([]string{other.URL}, news{"2", r.clock()})
	r.poll(true)
	r.tick()
	if forms := r.hub.requests(); len(forms) != 1 || forms[0].Get("hub.mode") != "unsubscribe" {
		t.Errorf("the old hub was told %v", forms)
	}
	if forms := other.requests(); len(forms) != 1 || forms[0].Get("hub.mode") != "subscribe" {
		t.Errorf("the new hub was told %v", forms)
	}
	r.push("active")
	r.topic += "?neu"
	r.publish([]string{other.URL}, news{"3", r.clock()})
	r.poll(true)
	r.tick()
	r.tick()
	if forms := other.requests(); len(forms) != 2 {
		t.Errorf("for a new topic the hub was told %v", forms)
	}
	r.push("active")
	r.publish(nil, news{"4", r.clock()})
	r.poll(true)
	r.tick()
	if forms := other.requests(); len(forms) != 1 || forms[0].Get("hub.mode") != "unsubscribe" {
		t.Errorf("the hub that is announced no longer was told %v", forms)
	}
	r.push("")
}

func TestRestartKeepsSubscriptions(t *testing.T) {
	r := newRig(t)
	form := r.subscribed()
	r.poll(true)
	r.advance(5 * time.Hour)
	r.restart()
	body := document(r.topic, nil, news{"2", r.clock()})
	if got := post(t, form.Get("hub.callback"), sign("sha256", form.Get("hub.secret"), body), body); got != http.StatusAccepted {
		t.Fatal(got)
	}
	r.drain()
	r.items(2)
	r.tick()
	if n := len(r.hub.requests()); n != 0 {
		t.Errorf("a restart asks the hub %d times", n)
	}
	// What was published while nobody listened is fetched within the hour and not
	// held against the hub.
	r.publish([]string{r.hub.URL}, news{"3", r.clock().Add(-2 * time.Hour)})
	if due := r.source().State.NextCheck; due.After(r.clock().Add(time.Hour)) {
		t.Errorf("after a restart polled in %v", due.Sub(r.clock()))
	}
	r.advance(time.Hour)
	r.poll(false)
	r.items(3)
	r.push("active")
}

func TestAnnouncements(t *testing.T) {
	r := newRig(t)
	other := newHub(t)
	r.links = []string{`<` + other.URL + `/x>; rel="hub preload", </andere>; rel=self`}
	r.publish([]string{r.hub.URL}, news{"1", r.clock()}) // the fields come first
	r.poll(true)
	r.tick()
	if forms := other.requests(); len(forms) != 1 || forms[0].Get("hub.topic") != r.publisher.URL+"/andere" {
		t.Errorf("asked %v", forms)
	}
	if forms := r.hub.requests(); len(forms) != 0 {
		t.Errorf("the document's hub was asked %v", forms)
	}
}

func TestHubsThatAreNotAsked(t *testing.T) {
	for name, hubs := range map[string][]string{
		"http on the internet": {"http://hub.example/"},
		"no http":              {"ftp://hub.example/", "javascript:alert(1)", "file:///etc/passwd"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.public = "hub.example"
			r.publish(hubs, news{"1", r.clock()})
			r.poll(true)
			r.push("")
		})
	}
	t.Run("inside, named from outside", func(t *testing.T) {
		r := newRig(t)
		r.public = r.publisher.Listener.Addr().String()
		r.publish([]string{r.hub.URL, "https" + strings.TrimPrefix(r.hub.URL, "http")}, news{"1", r.clock()})
		r.poll(true)
		r.push("")
	})
	t.Run("inside by its address", func(t *testing.T) {
		r := newRig(t)
		err := r.client.Post(t.Context(), r.hub.URL, url.Values{"hub.mode": {"subscribe"}}, true)
		if got := aggregator.ClassOf(err); got != aggregator.ClassBlocked || len(r.hub.requests()) != 0 {
			t.Errorf("a hub inside, named from outside: %v", err)
		}
	})
}
