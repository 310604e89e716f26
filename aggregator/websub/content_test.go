package websub_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"laenderfeed/aggregator"
)

func TestContentIsBounded(t *testing.T) {
	r := newRig(t)
	r.maxBody = 2000
	r.restart()
	form := r.subscribed()
	callback, secret := form.Get("hub.callback"), form.Get("hub.secret")
	large := document(r.topic, nil, news{strings.Repeat("x", 2000), r.clock()})
	if got := post(t, callback, sign("sha256", secret, large), large); got != http.StatusRequestEntityTooLarge {
		t.Errorf("a body beyond the limit: %d", got)
	}
	req, _ := http.NewRequest(http.MethodPost, callback, strings.NewReader("x"))
	req.Header.Set("Content-Encoding", "gzip")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("encoded content: %d", resp.StatusCode)
	}
	r.stop() // nobody saves: content is turned away rather than lost
	small := document(r.topic, nil, news{"2", r.clock()})
	if got := post(t, callback, sign("sha256", secret, small), small); got != http.StatusServiceUnavailable {
		t.Errorf("while nobody saves: %d", got)
	}
	r.run()
	for _, body := range []string{"", "kein Feed", "<html><body>Wartung</body></html>", "<feed", strings.Repeat("<a>", 600)} {
		if got := post(t, callback, sign("sha256", secret, body), body); got != http.StatusAccepted {
			t.Errorf("%.20q: %d", body, got)
		}
	}
	r.drain()
	r.items(1)
	if s := r.source(); s.State.Failures != 0 || s.State.Class != "" {
		t.Errorf("what a hub sent is charged to the publisher: %+v", s.State)
	}
	r.push("active")
}

func TestManyPostsAtOnce(t *testing.T) {
	r := newRig(t)
	r.maxBody = 20000 // so two of these wait at most
	r.restart()
	form := r.subscribed()
	callback, secret := form.Get("hub.callback"), form.Get("hub.secret")
	var mu sync.Mutex
	taken, turned := 0, 0
	var senders sync.WaitGroup
	for i := range 100 {
		senders.Go(func() {
			body := document(r.topic, nil, news{fmt.Sprint(100+i) + strings.Repeat("y", 7000), r.clock()})
			got := post(t, callback, sign("sha256", secret, body), body)
			mu.Lock()
			defer mu.Unlock()
			switch got {
			case http.StatusAccepted:
				taken++
			case http.StatusServiceUnavailable:
				turned++
			default:
				t.Errorf("%d", got)
			}
		})
	}
	senders.Wait()
	r.drain()
	if taken == 0 || taken+turned != 100 {
		t.Errorf("%d taken, %d turned away", taken, turned)
	}
	r.items(1 + taken) // nothing that was taken is lost
}

// A hub that sends slowly keeps nobody from being served but those that wait for
// its turn, and one that hangs up half way leaves nothing behind.
func TestSlowBody(t *testing.T) {
	r := newRig(t)
	form := r.subscribed()
	callback, secret := form.Get("hub.callback"), form.Get("hub.secret")
	u, err := url.Parse(callback)
	if err != nil {
		t.Fatal(err)
	}
	var slow []net.Conn
	for range 3 { // one turn is left
		conn, err := net.Dial("tcp", u.Host)
		if err != nil {
			t.Fatal(err)
		}
		slow = append(slow, conn)
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nExpect: 100-continue\r\nContent-Length: 1000\r\n\r\n", u.Path, u.Host)
		if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(line, "100") {
			t.Fatalf("%q, %v", line, err) // now its body is waited for
		}
		fmt.Fprint(conn, "<feed>")
	}
	body := document(r.topic, nil, news{"2", r.clock()})
	if got := post(t, callback, sign("sha256", secret, body), body); got != http.StatusAccepted {
		t.Errorf("beside slow ones: %d", got)
	}
	for _, conn := range slow {
		conn.Close()
	}
	r.drain()
	r.items(2)
}

// What a publisher says about its hub must not become more than a parameter.
func TestTopicsCannotInject(t *testing.T) {
	r := newRig(t)
	r.topic = r.publisher.URL + "/feed?a=1&amp;hub.callback=http://x.example/&amp;hub.mode=unsubscribe%0d%0aX: y"
	r.publish([]string{r.hub.URL + "/?hub.secret=geraten&hub.mode=publish"}, news{"1", r.clock()})
	r.poll(true)
	r.tick()
	forms := r.hub.requests()
	if len(forms) != 1 {
		t.Fatalf("asked %v", forms)
	}
	form := forms[0]
	if len(form["hub.callback"]) != 1 || len(form["hub.secret"]) != 1 || !strings.HasPrefix(form.Get("hub.callback"), r.callbacks.URL) ||
		form.Get("hub.mode") != "subscribe" || !strings.Contains(form.Get("hub.topic"), "hub.callback") {
		t.Errorf("asked %v", form)
	}
	r.push("active")
}

func TestWithoutASubscription(t *testing.T) {
	r := newRig(t)
	r.publish(nil, news{"1", r.clock()})
	r.poll(true)
	r.push("")
	r.tick()
	r.sub.Observe(t.Context(), aggregator.Outcome{Source: "unbekannt", Announced: &aggregator.Announcement{Hubs: []string{r.hub.URL}, Topic: "x"}})
	if list, err := r.store.Subscriptions(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
}
