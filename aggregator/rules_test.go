package aggregator_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"laenderfeed/aggregator"
)

// The rules of polling, each with a test of its name. 1 is in rhythm_test.go;
// 8 to 14 are kept by the packages fetch, parse and store and tested there; 15
// is in simulation_test.go.

// desk is a poller on a virtual clock, with publishers that are a function. It
// is used inside a synctest bubble, where all waiting is virtual.
type desk struct {
	t      *testing.T
	store  *memory
	events *events
	poller *aggregator.Poller
	answer func(req aggregator.Request) (*aggregator.Response, error)
	takes  time.Duration // to answer
	mu     sync.Mutex
	asked  []asking
}

type asking struct {
	aggregator.Request
	at, done time.Time
}

func newDesk(t *testing.T, sources ...aggregator.Source) *desk {
	d := &desk{t: t, events: newEvents()}
	d.store = &memory{now: time.Now, hosts: map[string]hostMemory{}, seen: map[string]time.Time{}}
	for _, s := range sources {
		s.Enabled = true
		d.store.sources = append(d.store.sources, &aggregator.SourceStatus{Source: s})
	}
	d.restart()
	return d
}

// restart gives the desk a poller that remembers nothing.
func (d *desk) restart() {
	d.poller = aggregator.NewPoller(aggregator.PollerConfig{
		Fetcher: d, Parse: readBody, Classify: func(aggregator.Text) aggregator.Labels { return aggregator.Labels{} },
		Store: d.store, Concurrency: 16, Now: time.Now, Logger: slog.New(d.events),
	})
}

// Fetch implements [aggregator.Fetcher].
func (d *desk) Fetch(_ context.Context, req aggregator.Request) (*aggregator.Response, error) {
	at := time.Now()
	time.Sleep(d.takes)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = append(d.asked, asking{req, at, time.Now()})
	return d.answer(req)
}

// let lets time pass, with a tick every 15 seconds, or every 5 minutes where it
// is days.
func (d *desk) let(pass time.Duration) {
	d.t.Helper()
	tick := 15 * time.Second
	if pass > 24*time.Hour {
		tick = 5 * time.Minute
	}
	for end := time.Now().Add(pass); time.Now().Before(end); time.Sleep(tick) {
		if err := d.poller.Tick(d.t.Context()); err != nil {
			d.t.Fatal(err)
		}
		synctest.Wait()
	}
	d.poller.Wait()
}

// taken returns the requests since the last call.
func (d *desk) taken() []asking {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := d.asked
	d.asked = nil
	return out
}

func (d *desk) state(i int) aggregator.State { return d.store.state(d.store.sources[i].ID) }

// onDesk runs a test on a virtual clock with sources s0, s1, … at the URLs.
func onDesk(t *testing.T, fn func(d *desk), urls ...string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var sources []aggregator.Source
		for i, u := range urls {
			sources = append(sources, aggregator.Source{ID: fmt.Sprint("s", i), URL: u})
		}
		fn(newDesk(t, sources...))
	})
}

// page is an answer of a feed with these lines, see outlet.body.
func page(req aggregator.Request, header http.Header, lines ...string) (*aggregator.Response, error) {
	if header == nil {
		header = http.Header{}
	}
	return &aggregator.Response{URL: req.URL, Status: 200, Header: header, Body: []byte("\n" + strings.Join(lines, "\n")), Date: time.Now()}, nil
}

func failure(class aggregator.Class, status int) (*aggregator.Response, error) {
	return nil, &aggregator.Error{Class: class, Status: status, Err: errors.New("simulated")}
}

func TestRule02Restart(t *testing.T) {
	t.Run("nothing before its time", testRestart)
	t.Run("no burst", func(t *testing.T) {
		var urls []string
		for i := range 40 {
			urls = append(urls, fmt.Sprintf("https://host-%d.example/%d", i%2, i))
		}
		onDesk(t, func(d *desk) {
			d.answer = func(req aggregator.Request) (*aggregator.Response, error) { return page(req, nil, "1 0") }
			d.let(time.Minute)
			time.Sleep(5 * 24 * time.Hour) // the laptop sleeps, and is shut down meanwhile
			d.taken()
			d.restart()
			start := time.Now()
			d.let(3 * time.Minute)
			asked := d.taken()
			for i, a := range asked {
				for _, b := range asked[:i] {
					if a.URL[:19] == b.URL[:19] && a.at.Sub(b.at).Abs() < 5*time.Second {
						t.Errorf("%s and %s asked %v apart", a.URL, b.URL, a.at.Sub(b.at))
					}
				}
			}
			if len(asked) != 40 || time.Since(start) < 95*time.Second {
				t.Errorf("%d requests in %v", len(asked), time.Since(start))
			}
		}, urls...)
	})
	t.Run("a poll ends while the next is planned", func(t *testing.T) {
		onDesk(t, func(d *desk) {
			d.takes, d.store.lag = 20*time.Second, 10*time.Second
			d.answer = func(req aggregator.Request) (*aggregator.Response, error) { return page(req, nil, "1 0") }
			d.let(10 * time.Minute)
			if n := len(d.taken()); n != 1 {
				t.Errorf("asked %d times", n)
			}
		}, "https://a.example/")
	})
	t.Run("another URL", func(t *testing.T) {
		onDesk(t, func(d *desk) {
			d.answer = func(req aggregator.Request) (*aggregator.Response, error) {
				var lines []string
				for i := range 20 {
					lines = append(lines, fmt.Sprint(req.URL, i, " ", time.Now().Add(-time.Duration(i+1)*24*time.Hour).Unix()))
				}
				return page(req, nil, lines...)
			}
			d.let(time.Minute)
			first := d.state(0).Published
			d.store.sources[0].State = aggregator.State{LastSuccess: d.state(0).LastSuccess, LastChecked: d.state(0).LastChecked}
			d.store.sources[0].URL = "https://b.example/"
			time.Sleep(time.Hour)
			d.let(time.Minute)
			if again := d.state(0).Published; len(first) != 20 || len(again) != 20 {
				t.Errorf("%d moments were learnt from one URL, %d from the next", len(first), len(again))
			}
		}, "https://a.example/")
	})
	t.Run("stopped poll", testStopped)
	t.Run("clock set back", testClockSetBack)
}

func testClockSetBack(t *testing.T) {
	pub := newPublisher(t)
	r := newRig(t, pub)
	r.sources(pub.URL + "/a")
	r.clock.advance(4 * 365 * 24 * time.Hour) // a clock that was wrong
	pub.set(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", `"1"`)
		w.Header().Set("Retry-After", "604800")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	r.tick()
	r.clock.advance(-4*365*24*time.Hour + time.Hour)
	pub.asked()
	pub.set(func(w http.ResponseWriter, _ *http.Request) { feed(w, "a", 1) })
	if o := r.tick(); len(o) != 1 || o[0].Err != nil {
		t.Fatalf("after the clock was set right: %+v", o)
	}
	if d := r.state("s0").NextCheck.Sub(r.clock.Now()); d < 15*time.Minute || d > 2*time.Hour {
		t.Errorf("and asked again after %v", d)
	}
	if o := r.tick(); len(o) != 0 {
		t.Errorf("polled twice: %+v", o)
	}
}

func TestRule03Conditional(t *testing.T) {
	t.Run("validators", testConditional)
	t.Run("not after a failure", testFailure)
	t.Run("always not modified", func(t *testing.T) {
		onDesk(t, func(d *desk) {
			n := 0
			d.answer = func(req aggregator.Request) (*aggregator.Response, error) {
				n++
				h := http.Header{"Etag": {`"same"`}}
				if req.ETag != "" {
					return &aggregator.Response{URL: req.URL, Status: 304, Header: h}, nil
				}
				return page(req, h, fmt.Sprint(n, " 0"))
			}
			d.let(30 * 24 * time.Hour)
			var full []time.Time
			for _, a := range d.taken() {
				if a.ETag == "" {
					full = append(full, a.at)
				}
			}
			for i := 1; i < len(full); i++ {
				if gap := full[i].Sub(full[i-1]); gap < 24*time.Hour || gap > 8*24*time.Hour {
					t.Errorf("unconditional again after %v", gap)
				}
			}
			score := d.poller.Score()
			if len(full) < 4 || score.Unconditional != len(full)-1 || score.Refetches != len(full)-1 || score.NotModifiedShare() < 0.9 || score.Early != 0 {
				t.Errorf("%d unconditional requests in a month, score %+v", len(full), score)
			}
		}, "https://a.example/")
	})
}

func TestRule04SlowDown(t *testing.T) {
	t.Run("paused host", testPausedHost)
	t.Run("paused host of a source that moved", testPausedMoved)
	t.Run("longer than a week", func(t *testing.T) {
		onDesk(t, func(d *desk) {
			d.answer = func(req aggregator.Request) (*aggregator.Response, error) {
				return page(req, http.Header{"Retry-After": {"99999999"}}, "1 0")
			}
			start := time.Now()
			d.let(9 * 24 * time.Hour)
			if asked := d.taken(); len(asked) != 2 || asked[1].at.Sub(start) < 7*24*time.Hour {
				t.Errorf("%d requests", len(asked))
			}
		}, "https://a.example/")
	})
}

// testPausedMoved has the new host of a source that moved ask for time, and
// starts anew: nobody may ask that host, and the old host may be asked.
func testPausedMoved(t *testing.T) {
	old, moved := newPublisher(t), newPublisher(t)
	r := newRig(t, old, moved)
	r.sources(old.URL+"/a", old.URL+"/b", moved.URL+"/c")
	old.set(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path == "/a" {
			http.Redirect(w, req, moved.URL+"/a", http.StatusMovedPermanently)
			return
		}
		feed(w, "b", 1)
	})
	for range 5 {
		r.poll()
		r.clock.advance(24 * time.Hour)
	}
	moved.set(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7200")
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	moved.asked()
	r.tick()
	if n := len(moved.asked()); n != 1 {
		t.Errorf("the new host was asked %d times though it said 503", n)
	}
	old.asked()
	r.poller = r.newPoller([]string{old.host(), moved.host()})
	r.clock.advance(118 * time.Minute)
	r.tick()
	r.poll()
	if n := len(moved.asked()); n != 0 {
		t.Errorf("after a restart the paused host was asked %d times", n)
	}
	if n := len(old.asked()); n == 0 {
		t.Error("the old host was not asked, though it is not paused")
	}
}

func TestRule05Errors(t *testing.T) {
	t.Run("back-off", testBackoff)
	t.Run("gone", testGone)
	t.Run("own outage in one round", testOutageRound)
	t.Run("own outage over small rounds", testOutageSmallRounds)
	t.Run("a dead host is no outage", testDeadHost)
	t.Run("slow dead hosts are no outage", testSlowDead)
}

// testBackoff counts the requests to a source that only fails.
func testBackoff(t *testing.T) {
	onDesk(t, func(d *desk) {
		d.answer = func(aggregator.Request) (*aggregator.Response, error) { return failure(aggregator.ClassTimeout, 0) }
		d.let(20 * 24 * time.Hour)
		asked := d.taken()
		for i := 1; i < len(asked); i++ {
			want := min(time.Hour<<min(i, 6), 48*time.Hour)
			if gap := asked[i].at.Sub(asked[i-1].at); gap < want*8/10 || gap > want*12/10+5*time.Minute {
				t.Errorf("after failure %d: %v", i, gap)
			}
		}
		if len(asked) < 12 || len(asked) > 18 { // never given up
			t.Errorf("%d requests in 20 days", len(asked))
		}
	}, "https://a.example/")
}

// testOutageSmallRounds has sources that are polled one at a time, and our own
// network fail for some hours.
func testOutageSmallRounds(t *testing.T) {
	var urls []string
	for i := range 12 {
		urls = append(urls, fmt.Sprintf("https://host-%d.example/", i))
	}
	onDesk(t, func(d *desk) {
		down := false
		d.answer = func(req aggregator.Request) (*aggregator.Response, error) {
			if down {
				return failure(aggregator.ClassDNS, 0)
			}
			return page(req, nil, "1 0")
		}
		d.let(6 * time.Hour)
		down = true
		d.let(90 * time.Minute)
		charged := 0
		for i := range urls {
			if st := d.state(i); st.Failures > 0 {
				charged++
			}
		}
		if charged > 0 {
			t.Errorf("during the outage %d sources stand charged", charged)
		}
		if got := d.events.String(); got != "outage 1" {
			t.Errorf("the operator was told: %s", got)
		}
		down = false
		d.taken()
		d.let(45 * time.Minute)
		if n := len(d.taken()); n < len(urls) {
			t.Errorf("after the outage %d of %d sources were asked within 45 minutes", n, len(urls))
		}
		for i := range urls {
			if st := d.state(i); st.Class != "" || st.Failures > 0 {
				t.Errorf("%s: class %q, %d failures", urls[i], st.Class, st.Failures)
			}
		}
		if got := d.events.String(); got != "outage 1, outage-over 1" {
			t.Errorf("the operator was told: %s", got)
		}
	}, urls...)
}

// testDeadHost has one host with many sources that cannot be reached, among
// others that can.
func testDeadHost(t *testing.T) {
	urls := []string{"https://a.example/", "https://b.example/"}
	for i := range 10 {
		urls = append(urls, fmt.Sprintf("https://dead.example/%d", i))
	}
	onDesk(t, func(d *desk) {
		d.answer = func(req aggregator.Request) (*aggregator.Response, error) {
			if strings.HasPrefix(req.URL, "https://dead") {
				return failure(aggregator.ClassConnect, 0)
			}
			return page(req, nil, "1 0")
		}
		d.let(3 * time.Minute)
		for i := 2; i < len(urls); i++ {
			if st := d.state(i); st.Failures != 1 {
				t.Errorf("%s: %d failures", urls[i], st.Failures)
			}
		}
		if got := d.events.String(); got != "" {
			t.Errorf("the operator was told: %s", got)
		}
	}, urls...)
}

// testSlowDead has dead hosts whose failures come in after all answers, in the
// round of a start, and few polls after it.
func testSlowDead(t *testing.T) {
	var urls []string
	for i := range 40 {
		urls = append(urls, fmt.Sprintf("https://host-%d.example/", i))
	}
	for i := range 10 {
		urls = append(urls, fmt.Sprintf("https://dead-%d.example/", i))
	}
	onDesk(t, func(d *desk) {
		d.answer = func(req aggregator.Request) (*aggregator.Response, error) {
			if strings.HasPrefix(req.URL, "https://dead") {
				d.mu.Unlock()
				time.Sleep(10 * time.Second)
				d.mu.Lock()
				return failure(aggregator.ClassConnect, 0)
			}
			return page(req, nil, "1 0")
		}
		d.takes = time.Second
		d.let(6 * time.Hour)
		if got := d.events.String(); got != "" {
			t.Errorf("the operator was told: %s", got)
		}
		for i := 40; i < 50; i++ {
			if st := d.state(i); st.Failures < 2 {
				t.Errorf("%s: %d failures", urls[i], st.Failures)
			}
		}
	}, urls...)
}

func TestRule06Redirects(t *testing.T) {
	t.Run("taken over when it lasts", testLastingRedirect)
	t.Run("the new place is given up", testMoveGivenUp)
	t.Run("a page announces a feed", testAnnounced)
	t.Run("no move to http", func(t *testing.T) {
		onDesk(t, func(d *desk) {
			d.answer = func(aggregator.Request) (*aggregator.Response, error) {
				return nil, &aggregator.Error{Class: aggregator.ClassNotAFeed, Status: 200, Feed: "http://a.example/feed", Err: errors.New("a page")}
			}
			d.let(time.Hour)
			if st := d.state(0); st.MovedTo != "" || st.Failures != 1 {
				t.Errorf("moved to %q, %d failures", st.MovedTo, st.Failures)
			}
		}, "https://a.example/")
	})
}

func testMoveGivenUp(t *testing.T) {
	for name, end := range map[string]aggregator.Error{
		"404": {Class: aggregator.ClassHTTP4xx, Status: 404}, "410": {Class: aggregator.ClassGone, Status: 410},
		"dns": {Class: aggregator.ClassDNS}, "not a feed": {Class: aggregator.ClassNotAFeed, Status: 200},
	} {
		onDesk(t, func(d *desk) {
			broken := false
			d.answer = func(req aggregator.Request) (*aggregator.Response, error) {
				if req.URL == "https://new.example/" && broken {
					err := end
					err.Err = errors.New("simulated")
					return nil, &err
				}
				resp, _ := page(req, http.Header{"Etag": {req.URL}}, "1 0")
				if !broken && req.URL == "https://old.example/" {
					resp.Permanent = "https://new.example/"
				}
				return resp, nil
			}
			d.let(4 * 24 * time.Hour)
			if st := d.state(0); st.MovedTo != "https://new.example/" {
				t.Fatalf("%s: moved to %q", name, st.MovedTo)
			}
			broken = true
			d.taken()
			d.let(6 * 24 * time.Hour)
			asked := d.taken()
			i := slices.IndexFunc(asked, func(a asking) bool { return a.URL == "https://old.example/" })
			if i != 5 || asked[5].ETag != "" || asked[5].at.Sub(asked[4].at) < 15*time.Minute {
				t.Errorf("%s: the old URL was request %d of %d", name, i, len(asked))
			}
			if st := d.state(0); st.MovedTo != "" || st.Failures != 0 || st.Class != "" {
				t.Errorf("%s: %+v", name, st)
			}
			if got := d.events.String(); got != "moved 1, moved-back 1" {
				t.Errorf("%s: the operator was told: %s", name, got)
			}
		}, "https://old.example/")
	}
}

func testAnnounced(t *testing.T) {
	onDesk(t, func(d *desk) {
		broken := false
		d.answer = func(req aggregator.Request) (*aggregator.Response, error) {
			if req.URL == "https://a.example/" || broken {
				return nil, &aggregator.Error{Class: aggregator.ClassNotAFeed, Status: 200, Feed: "https://a.example/feed", Err: errors.New("a page")}
			}
			return page(req, http.Header{"Etag": {`"1"`}}, "1 0")
		}
		d.let(40 * time.Minute)
		asked := d.taken()
		if len(asked) != 2 || asked[1].URL != "https://a.example/feed" || asked[1].at.Sub(asked[0].at) < 15*time.Minute {
			t.Errorf("asked: %+v", asked)
		}
		if st := d.state(0); st.Failures != 0 || st.Class != "" || st.MovedTo != "https://a.example/feed" || st.ItemsLast != 1 {
			t.Errorf("%+v", st)
		}
		if got := d.events.String(); got != "announced 1" {
			t.Errorf("the operator was told: %s", got)
		}
		broken = true // what is announced is no feed either
		d.let(30 * 24 * time.Hour)
		if n := len(d.taken()); n > 60 {
			t.Errorf("%d requests in 30 days", n)
		}
	}, "https://a.example/")
}

func TestRule07Hosts(t *testing.T) {
	t.Run("one at a time", testOneAtATime)
	t.Run("groups", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var sources []aggregator.Source
			for i := range 8 {
				s := aggregator.Source{ID: fmt.Sprint("s", i), URL: fmt.Sprintf("https://host-%d.example/", i)}
				if i < 6 {
					s.HostGroup = "verlag"
				}
				sources = append(sources, s)
			}
			d := newDesk(t, sources...)
			d.takes = 2 * time.Second
			d.answer = func(req aggregator.Request) (*aggregator.Response, error) { return page(req, nil, "1 0") }
			d.let(2 * time.Hour)
			var group []asking
			for _, a := range d.taken() {
				if a.URL < "https://host-6" {
					group = append(group, a)
				}
			}
			if len(group) < 12 {
				t.Errorf("%d requests", len(group))
			}
			for i := 1; i < len(group); i++ {
				if pause := group[i].at.Sub(group[i-1].done); pause < 5*time.Second {
					t.Errorf("%s asked %v after %s of the same group", group[i].URL, pause, group[i-1].URL)
				}
			}
		})
	})
	t.Run("sixteen at once", func(t *testing.T) {
		var urls []string
		for i := range 60 {
			urls = append(urls, fmt.Sprintf("https://host-%d.example/", i))
		}
		onDesk(t, func(d *desk) {
			d.takes = 10 * time.Second
			d.answer = func(req aggregator.Request) (*aggregator.Response, error) { return page(req, nil, "1 0") }
			d.let(2 * time.Minute)
			asked := d.taken()
			for _, a := range asked {
				if n := len(slices.DeleteFunc(slices.Clone(asked), func(b asking) bool { return b.at.After(a.at) || !b.done.After(a.at) })); n > 16 {
					t.Fatalf("%d requests at once", n)
				}
			}
			if len(asked) != 60 {
				t.Errorf("%d requests", len(asked))
			}
		}, urls...)
	})
}
