package aggregator_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"laenderfeed/aggregator"
)

// press is a publisher whose document changes from poll to poll.
type press struct {
	rand  *rand.Rand
	atom  bool
	head  string
	items []story
	last  int
}

// story is an item of a press.
type story struct{ guid, link, title, date, text string }

func (p *press) write(w io.Writer) {
	if p.atom {
		fmt.Fprintf(w, `<feed xmlns="http://www.w3.org/2005/Atom"><title>P</title>%s`, p.head)
		for _, s := range p.items {
			fmt.Fprintf(w, `<entry><id>%s</id><title>%s</title><link href="%s"/><published>%s</published><summary>%s</summary></entry>`, s.guid, s.title, s.link, s.date, s.text)
		}
		fmt.Fprint(w, `</feed>`)
		return
	}
	fmt.Fprintf(w, `<rss version="2.0"><channel><title>P</title>%s`, p.head)
	for _, s := range p.items {
		fmt.Fprint(w, "<item><title>"+s.title+"</title>")
		if s.guid != "" {
			fmt.Fprintf(w, `<guid isPermaLink="false">%s</guid>`, s.guid)
		}
		fmt.Fprintf(w, `<link>%s</link><pubDate>%s</pubDate><description>%s</description></item>`, s.link, s.date, s.text)
	}
	fmt.Fprint(w, `</channel></rss>`)
}

// work is what happens in an office between two polls.
func (p *press) work(now time.Time) {
	r := p.rand
	for range r.IntN(4) {
		p.last++
		s := story{fmt.Sprintf("https://a.example/%d", p.last), fmt.Sprintf("/m/%d", p.last), fmt.Sprintf("Meldung %d", p.last), now.Format(time.RFC3339), "Text"}
		switch r.IntN(12) {
		case 0:
			s.guid = ""
		case 1:
			s.date = "heute"
		case 2:
			s.date = now.AddDate(0, 0, 3).Format(time.RFC3339)
		case 3:
			s.title = ""
		case 4:
			s.title += " & mehr<br>"
		case 5:
			s.date = "irgendwann"
		case 6:
			s.date = "20. November"
		}
		p.items = append([]story{s}, p.items...)
	}
	if len(p.items) > 12 {
		p.items = p.items[:12]
	}
	if n := len(p.items); n > 1 {
		i, j := r.IntN(n), r.IntN(n)
		switch r.IntN(14) {
		case 0:
			p.items[i].title += " (neu)"
		case 1:
			p.items[i].text = strings.Repeat("Neuer Text über 40 Euro. ", 5)
		case 2:
			p.items[i].guid = p.items[j].guid
		case 3:
			p.items[i].link = p.items[j].link
		case 4:
			p.items = append(p.items, p.items[i])
		case 5:
			p.items = slices.Delete(p.items, i, i+1)
		case 6:
			p.items[i], p.items[j] = p.items[j], p.items[i]
		case 7:
			p.head = fmt.Sprintf("<language>%s</language>", [...]string{"de", "en", "zz zz"}[r.IntN(3)])
		case 8:
			p.head = fmt.Sprintf("<author><name>Amt %d</name></author>", r.IntN(3))
		case 9:
			p.head = fmt.Sprintf("<lastBuildDate>%s</lastBuildDate>", now.Format(time.RFC1123Z))
		case 10:
			for k := range p.items {
				p.items[k].guid = fmt.Sprintf("https://b.example/%d/%s", p.last, p.items[k].title)
			}
		case 11:
			p.items[i].guid = strings.Replace(p.items[i].guid, "https:", "http:", 1)
		}
	}
}

// holdings is all that readers and operators can see of a database.
func (r *rig) holdings() (entries []aggregator.Entry, states []aggregator.State) {
	r.t.Helper()
	entries, err := r.store.Entries(r.t.Context(), aggregator.Query{Limit: 100_000})
	if err != nil {
		r.t.Fatal(err)
	}
	all, err := r.store.Sources(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	for _, s := range all {
		states = append(states, s.State)
	}
	return entries, states
}

// TestSkimmingEndsInTheSameDatabase polls publishers through many changes twice:
// once as a whole each time, once passing over what is known.
func TestSkimmingEndsInTheSameDatabase(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			pub := newPublisher(t)
			p := &press{rand: rand.New(rand.NewPCG(seed, 3)), atom: seed%3 == 2}
			pub.set(func(w http.ResponseWriter, _ *http.Request) { p.write(w) })
			whole, skimmed := newRig(t, pub), newRig(t, pub)
			whole.whole = true
			for step := range 40 {
				p.work(whole.clock.Now())
				var outcomes [2][]aggregator.Outcome
				for i, r := range []*rig{whole, skimmed} {
					if step == 0 {
						r.sources(pub.URL)
					}
					outcomes[i] = r.poll()
					r.clock.advance(7 * time.Hour)
				}
				wantOut, gotOut := outcomes[0][0], outcomes[1][0]
				if wantOut.Saved != gotOut.Saved || (wantOut.Err == nil) != (gotOut.Err == nil) {
					t.Fatalf("step %d: as a whole %+v, skimmed %+v", step, wantOut, gotOut)
				}
				want, wantStates := whole.holdings()
				got, states := skimmed.holdings()
				if !reflect.DeepEqual(want, got) {
					t.Fatalf("step %d: %d items as a whole, %d skimmed:\n%+v\n%+v", step, len(want), len(got), want, got)
				}
				if !reflect.DeepEqual(wantStates, states) {
					t.Fatalf("step %d: states\n%+v\n%+v", step, wantStates, states)
				}
			}
		})
	}
}

// TestUpdatedMovesWithNewsOnly changes an item at its publisher's: readers are
// told of a new title, date, amount or much text, and of nothing else.
func TestUpdatedMovesWithNewsOnly(t *testing.T) {
	first := story{"https://a.example/1", "https://a.example/m/1", "Förderung", "2026-11-20T09:00:00Z",
		"Das Land fördert die Gemeinden mit 40 Millionen Euro. Anträge nimmt die Bank entgegen."}
	for _, tt := range []struct {
		name  string
		edit  func(*story)
		moves bool
	}{
		{"nothing", func(*story) {}, false},
		{"a typo", func(s *story) { s.text = strings.Replace(s.text, "nimmt", "nimt", 1) }, false},
		{"the link", func(s *story) { s.link += "?utm_source=rss" }, false},
		{"http instead of https", func(s *story) { s.guid = "http://a.example/1" }, false},
		{"50 characters", func(s *story) { s.text += " " + strings.Repeat("x", 49) }, false},
		{"the title", func(s *story) { s.title = "Förderung endet" }, true},
		{"the date", func(s *story) { s.date = "2026-11-20T10:00:00Z" }, true},
		{"more than 50 characters", func(s *story) { s.text += " " + strings.Repeat("x", 51) }, true},
		{"an amount", func(s *story) { s.text = strings.Replace(s.text, "40", "45", 1) }, true},
		{"its order of magnitude", func(s *story) { s.text = strings.Replace(s.text, "Millionen", "Mrd.", 1) }, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			pub := newPublisher(t)
			p := &press{items: []story{first, {"2", "/m/2", "Andere", "2026-11-19T09:00:00Z", "Text"}}}
			pub.set(func(w http.ResponseWriter, _ *http.Request) { p.write(w) })
			r := newRig(t, pub)
			r.sources(pub.URL)
			r.poll()
			before, _ := r.holdings()
			r.clock.advance(time.Hour)
			tt.edit(&p.items[0])
			p.head = "<description>damit das Dokument ein anderes ist</description>"
			out := r.poll()
			after, _ := r.holdings()
			if out[0].Err != nil || out[0].NotModified || len(after) != 2 || after[0].ID != before[0].ID || !after[0].Seen.Equal(before[0].Seen) {
				t.Fatalf("outcome %+v, items\n%+v\n%+v", out, before, after)
			}
			if moved := !after[0].Updated.Equal(before[0].Updated); moved != tt.moves {
				t.Errorf("updated %v, then %v", before[0].Updated, after[0].Updated)
			}
			if !after[1].Updated.Equal(before[1].Updated) {
				t.Error("the other item moved")
			}
			first, err := r.store.Original(t.Context(), after[0].ID)
			if tt.moves != (err == nil) || tt.moves && (first.Title != before[0].Title || first.Summary != before[0].Summary) {
				t.Errorf("original %+v (%v)", first, err)
			}
		})
	}
}

// TestRewrittenArchiveIsNoNews gives all items of a publisher other guids.
func TestRewrittenArchiveIsNoNews(t *testing.T) {
	pub := newPublisher(t)
	p := &press{}
	for n := range 8 {
		p.items = append(p.items, story{fmt.Sprint("alt-", n), fmt.Sprintf("/m/%d", n), fmt.Sprint("Meldung ", n), fmt.Sprintf("2026-11-%02dT09:00:00Z", 19-n), "Text"})
	}
	pub.set(func(w http.ResponseWriter, _ *http.Request) { p.write(w) })
	r := newRig(t, pub)
	r.sources(pub.URL)
	r.poll()
	before, _ := r.holdings()
	for round := range 6 {
		r.clock.advance(time.Hour)
		for n := range p.items {
			p.items[n].guid = fmt.Sprintf("neu-%d-%d", round, n)
		}
		if out := r.poll(); out[0].Err != nil || out[0].Saved.New != 0 {
			t.Fatalf("round %d: %+v", round, out[0])
		}
	}
	after, states := r.holdings()
	if !reflect.DeepEqual(before, after) {
		t.Errorf("before\n%+v\nafter\n%+v", before, after)
	}
	if !slices.Contains(states[0].Repaired, "guid") {
		t.Errorf("repaired %v", states[0].Repaired)
	}
}

// TestUnchangedRoundsStayFlat polls the same documents over and over: nothing
// may pile up.
func TestUnchangedRoundsStayFlat(t *testing.T) {
	pub := newPublisher(t)
	pub.set(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "0") { // no validators: the body tells
			feed(w, r.URL.Path, 20)
			return
		}
		w.Header().Set("ETag", `"1"`)
		if r.Header.Get("If-None-Match") == `"1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		feed(w, r.URL.Path, 20)
	})
	r := newRig(t, pub)
	var urls []string
	for i := range 20 {
		urls = append(urls, fmt.Sprintf("%s/%d", pub.URL, i))
	}
	r.sources(urls...)
	rounds := func(n int) (heap uint64, goroutines int) {
		for range n {
			for _, o := range r.poll() {
				if o.Err != nil {
					t.Fatal(o.Err)
				}
			}
			pub.asked()
			r.clock.advance(time.Hour)
		}
		runtime.GC()
		runtime.GC() // what a pool holds goes with the second
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc, runtime.NumGoroutine()
	}
	heap, goroutines := rounds(20)
	entries, _ := r.holdings()
	heapLater, goroutinesLater := rounds(200)
	if heapLater > heap+heap/10+1<<20 {
		t.Errorf("%d bytes in use, 200 rounds later %d", heap, heapLater)
	}
	if goroutinesLater > goroutines+5 {
		t.Errorf("%d goroutines, 200 rounds later %d", goroutines, goroutinesLater)
	}
	if later, _ := r.holdings(); !reflect.DeepEqual(entries, later) {
		t.Error("the items are others")
	}
	t.Logf("heap %d kB, then %d kB; goroutines %d, then %d", heap>>10, heapLater>>10, goroutines, goroutinesLater)
}
