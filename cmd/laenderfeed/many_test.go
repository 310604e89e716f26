package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"laenderfeed/aggregator"
	"laenderfeed/aggregator/store"
)

// TestManyItems measures, with LAENDERFEED_ITEMS items, such as 1000000, how long
// feeds take that nobody asked for before, and how much polls slow readers. Making
// the database takes a while; it is kept for the next run in the folder
// LAENDERFEED_STOCK, if that is set.
func TestManyItems(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("LAENDERFEED_ITEMS"))
	if err != nil {
		t.Skip("LAENDERFEED_ITEMS is not set")
	}
	const sources, items = 200, 20
	polls := max(1, n/sources/items)
	k := stock{dir: os.Getenv("LAENDERFEED_STOCK"), sources: sources, polls: polls, items: items,
		step: 365 * 24 * time.Hour / time.Duration(polls), text: wideText}
	began := time.Now()
	file, db := k.fill(t)
	t.Logf("%d items ready in %v", sources*items*polls, time.Since(began).Round(time.Second))
	a, h := live(t, file)
	if info, err := os.Stat(db); err == nil {
		t.Logf("database: %d MB", info.Size()>>20)
	}
	publisher := &publisher{t: t, stock: k, store: a.store, r: rand.New(rand.NewPCG(uint64(began.UnixNano()), 1))}
	t.Run("uncached", func(t *testing.T) { measureUncached(t, h, publisher) })
	t.Run("polls", func(t *testing.T) { measureReaders(t, h, publisher) })
}

// wideText is prose with a vocabulary of some thousand words. A third of the texts
// have "digital" or "Stadt" in them; one in some thousand has "Quantenrechner".
func wideText(r *rand.Rand, n int) string {
	var b strings.Builder
	for b.Len() < n {
		switch r.IntN(40) {
		case 0, 1, 2, 3, 4, 5, 6, 7, 8, 9:
			b.WriteString(stockWords[25+r.IntN(len(stockWords)-25)] + "s" + strings.ToLower(stockWords[25+r.IntN(len(stockWords)-25)]) + " ")
		case 10:
			b.WriteString([]string{"digital ", "Stadt ", "Land ", "Verwaltung "}[r.IntN(4)])
		case 11:
			fmt.Fprintf(&b, "%d ", r.IntN(5000))
		default:
			b.WriteString(stockWords[r.IntN(25)] + " ")
		}
	}
	if r.IntN(5000) == 0 {
		b.WriteString("Quantenrechner ")
	}
	return b.String()
}

// publisher saves polls with news, one after the other.
type publisher struct {
	t     *testing.T
	stock stock
	store *store.Store
	r     *rand.Rand
	polls int
}

func (p *publisher) poll() {
	p.polls++
	n := 1_000_000 + p.r.IntN(1_000_000_000)
	if _, err := p.store.Save(p.t.Context(), p.stock.poll(p.r, p.polls%p.stock.sources, n, stockNow.Add(time.Duration(p.polls)*time.Second))); err != nil {
		p.t.Error(err)
	}
}

// feedsOf are the addresses of each sort of feed.
func feedsOf() map[string][]string {
	all := map[string][]string{}
	add := func(sort, page string) {
		for _, f := range []string{"feed.atom", "feed.rss", "feed.json"} {
			all[sort] = append(all[sort], page+"/"+f)
		}
	}
	topics := aggregator.Topics()
	for i, land := range aggregator.Laender() {
		slug := "/" + string(land)
		add("Land", slug)
		add("Land and topic", slug+"/"+string(topics[i%len(topics)]))
		add("search in a Land", "/suche?q=digital&land="+string(land))
	}
	for _, topic := range topics {
		add("topic", "/alle/"+string(topic))
		add("search in a topic", "/suche?q=digital&thema="+string(topic))
	}
	for _, key := range stockTowns {
		add("place", "/ort/"+key)
		add("place", "/ort/"+key[:5])
		add("search in a place", "/suche?q=digital&ort="+key)
	}
	for _, words := range []string{"digital", "digital stadt", `"stadt digital"`, "digital -stadt", "digital OR stadt OR quantenrechner", "quantenrechner",
		"digital gibtesnicht", "quantenr*", "digi*", "verwaltungs* stadt", "haushaltsregister", "4711", "dienstsnetz OR archivsstadt"} {
		add("search", "/suche?q="+url.QueryEscape(words))
	}
	for _, filter := range []string{"&seit=2026-05-21&bis=2026-05-23", "&quelle=quelle-7", "&land=bayern+hessen+sachsen&thema=ki+ozg"} {
		add("search", "/suche?q=digital"+filter)
	}
	return all
}

// feedURL is the address of a feed; that of a search has its words behind.
func feedURL(t testing.TB, address string) *url.URL {
	if path, rest, found := strings.Cut(address, "?"); found {
		at := strings.LastIndexByte(rest, '/')
		address = path + rest[at:] + "?" + rest[:at]
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// measureUncached asks for each feed once after each of several polls.
func measureUncached(t *testing.T, h http.Handler, p *publisher) {
	feeds := feedsOf()
	took := map[string][]time.Duration{}
	for range 5 {
		p.poll()
		for sort, addresses := range feeds {
			for _, address := range addresses {
				took[sort] = append(took[sort], askUncached(t, h, feedURL(t, address)))
			}
		}
	}
	var all []time.Duration
	for _, sort := range slices.Sorted(maps.Keys(took)) {
		t.Logf("%-18s %s", sort, percentiles(took[sort]))
		all = append(all, took[sort]...)
	}
	t.Logf("%-18s %s", "all", percentiles(all))
}

// askUncached asks for a feed, follows it to its canonical address, and returns how
// long the answer took.
func askUncached(t *testing.T, h http.Handler, u *url.URL) time.Duration {
	t.Helper()
	for range 3 {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL = u
		w := httptest.NewRecorder()
		began := time.Now()
		h.ServeHTTP(w, r)
		took := time.Since(began)
		switch {
		case w.Code == http.StatusOK:
			return took
		case w.Code >= 400:
			t.Fatalf("%s: %d %s", u, w.Code, w.Body)
		}
		var err error
		if u, err = u.Parse(w.Header().Get("Location")); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatalf("%s is redirected again and again", u)
	return 0
}

// measureReaders compares readers alone with readers while a poll brings 20 items
// each second, in turns.
func measureReaders(t *testing.T, h http.Handler, p *publisher) {
	var quiet, busy []time.Duration
	for range 4 {
		quiet = append(quiet, read(t, h, nil)...)
		busy = append(busy, read(t, h, p)...)
	}
	t.Logf("%-18s %s", "readers alone", percentiles(quiet))
	t.Logf("%-18s %s", "with polls", percentiles(busy))
	t.Logf("requests: %.2f of those alone", float64(len(busy))/float64(len(quiet)))
}

// read lets four readers ask for feeds of all sorts for some seconds, with polls
// meanwhile if there is a publisher, and returns how long the answers took.
func read(t *testing.T, h http.Handler, p *publisher) []time.Duration {
	const readers, span = 4, 5 * time.Second
	var addresses []string
	for _, list := range feedsOf() {
		addresses = append(addresses, list...)
	}
	slices.Sort(addresses)
	end := time.Now().Add(span)
	var wait sync.WaitGroup
	took := make([][]time.Duration, readers)
	for i := range readers {
		wait.Go(func() {
			r := rand.New(rand.NewPCG(9, uint64(i)))
			for time.Now().Before(end) {
				took[i] = append(took[i], askUncached(t, h, feedURL(t, addresses[r.IntN(len(addresses))])))
			}
		})
	}
	for p != nil && time.Now().Before(end) {
		p.poll()
		time.Sleep(time.Second)
	}
	wait.Wait()
	return slices.Concat(took...)
}

func percentiles(list []time.Duration) string {
	slices.Sort(list)
	at := func(percent int) time.Duration { return list[len(list)*percent/100].Round(10 * time.Microsecond) }
	return fmt.Sprintf("%5d answers: p50 %8v  p90 %8v  p99 %8v  longest %v", len(list), at(50), at(90), at(99), list[len(list)-1].Round(10*time.Microsecond))
}
