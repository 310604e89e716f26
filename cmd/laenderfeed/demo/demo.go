// Package demo runs sample publishers on loopback, so that the whole product
// can be shown without a network: feeds of every format, list pages, a
// publisher that moved and one that is broken.
//
// Each publisher has a port, and so a host, of its own. The news is invented
// and embedded (items.tsv, see [Items]); its dates are counted back from the
// start. While the publishers run, one item after the other is taken from a
// reserve and published. Everything but the port numbers follows from
// [Config.Now].
package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"laenderfeed/aggregator"
)

const (
	defaultEvery  = 10 * time.Second
	shutdownGrace = time.Second // for requests under way
)

// Config says how the publishers run. The zero value works.
type Config struct {
	Now    func() time.Time // nil means time.Now
	Logger *slog.Logger     // nil means no log
	Every  time.Duration    // between two new items; 0 means 10 s
	// Tick replaces the ticker of Every: each value received publishes one
	// item. Its sender sees a value taken only when the one before is done.
	Tick <-chan time.Time
}

// Publishers are the running sample publishers. Its methods may be called from
// several goroutines.
type Publishers struct {
	now     func() time.Time
	log     *slog.Logger
	outlets []*outlet
	servers []server
	serving sync.WaitGroup
	cancel  context.CancelFunc
	done    chan struct{} // closed when everything has ended
	err     error         // of the end; read after done

	mu      sync.Mutex
	reserve []entry
}

// server is one port.
type server struct {
	*http.Server
	listener net.Listener
}

// Start starts the publishers. They run until ctx ends or Close is called.
func Start(ctx context.Context, cfg Config) (*Publishers, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Every <= 0 {
		cfg.Every = defaultEvery
	}
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		return nil, fmt.Errorf("starting the sample publishers: %w", err)
	}
	items, err := Items()
	if err != nil {
		return nil, fmt.Errorf("starting the sample publishers: %w", err)
	}
	now := cfg.Now
	p := &Publishers{
		now:     func() time.Time { return now().In(zone) },
		log:     cfg.Logger,
		outlets: outlets(),
		done:    make(chan struct{}),
	}
	ctx, p.cancel = context.WithCancel(ctx)
	if err := p.open(items); err != nil {
		p.cancel()
		for _, s := range p.servers {
			err = errors.Join(err, s.listener.Close())
		}
		return nil, fmt.Errorf("starting the sample publishers: %w", err)
	}
	for _, s := range p.servers {
		p.serve(s)
	}
	go p.run(ctx, cfg)
	return p, nil
}

// open binds the ports and hands the items out. Nobody is served before that
// is done.
func (p *Publishers) open(items []Item) error {
	for _, o := range p.outlets {
		host, err := p.listen(o)
		if err != nil {
			return err
		}
		o.host, o.sourceHost = host, host
		if !o.moved {
			continue
		}
		if o.sourceHost, err = p.listen(http.RedirectHandler(o.feedURL(), http.StatusMovedPermanently)); err != nil {
			return err
		}
	}
	start := p.now()
	for i, it := range items {
		e := entry{Item: it, Number: i + 1}
		if it.Reserve {
			p.reserve = append(p.reserve, e)
			continue
		}
		e.At = start.Add(-it.Age).Truncate(time.Minute)
		if o := p.outlet(it.Publisher); o != nil {
			o.entries = append(o.entries, e)
		}
	}
	for _, o := range p.outlets {
		if err := o.refresh(start); err != nil {
			return err
		}
	}
	return nil
}

// listen binds a free loopback port for h and returns its host and port.
func (p *Publishers) listen(h http.Handler) (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("listening: %w", err)
	}
	p.servers = append(p.servers, server{listener: l, Server: &http.Server{
		Handler:           p.dated(h),
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          slog.NewLogLogger(p.log.Handler(), slog.LevelDebug),
	}})
	return l.Addr().String(), nil
}

// serve answers on a bound port until it is shut down.
func (p *Publishers) serve(s server) {
	p.serving.Go(func() {
		if err := s.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
			p.log.Error("sample publisher stopped", "host", s.listener.Addr().String(), "err", err)
		}
	})
}

// dated answers GET and HEAD only, and in the publishers' time.
func (p *Publishers) dated(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", p.now().UTC().Format(http.TimeFormat))
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "nur GET und HEAD", http.StatusMethodNotAllowed)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// run publishes at each tick until ctx ends, then ends everything.
func (p *Publishers) run(ctx context.Context, cfg Config) {
	defer close(p.done)
	tick := cfg.Tick
	if tick == nil {
		ticker := time.NewTicker(cfg.Every)
		defer ticker.Stop()
		tick = ticker.C
	}
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-tick:
			p.Publish()
		}
	}
	p.err = p.shutdown()
}

// shutdown ends the servers and waits for them.
func (p *Publishers) shutdown() error {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownGrace)
	defer cancel()
	var errs []error
	for _, s := range p.servers {
		// A connection that never sent a request is no reason to wait, nor an error.
		err := s.Shutdown(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			err = s.Close()
		}
		errs = append(errs, err)
	}
	p.serving.Wait()
	return errors.Join(errs...)
}

// Close stops the publishers and returns when nothing of them runs any more.
// Closing twice, or after ctx has ended, does no harm.
func (p *Publishers) Close() error {
	p.cancel()
	<-p.done
	return p.err
}

// Publish publishes the next item of the reserve as of now, and tells which;
// false when the reserve is used up.
func (p *Publishers) Publish() (Item, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.reserve) == 0 {
		return Item{}, false
	}
	e := p.reserve[0]
	p.reserve = p.reserve[1:]
	now := p.now()
	e.At = now.Truncate(time.Second)
	if err := p.outlet(e.Publisher).add(e, now); err != nil {
		p.log.Error("publishing a sample item failed", "source", e.Publisher, "err", err)
		return e.Item, true
	}
	p.log.Debug("sample item published", "source", e.Publisher, "title", e.Title)
	return e.Item, true
}

// Sources returns the publishers as the poller wants them, to be polled every
// five seconds.
func (p *Publishers) Sources() []aggregator.Source {
	sources := make([]aggregator.Source, 0, len(p.outlets))
	for _, o := range p.outlets {
		sources = append(sources, o.source())
	}
	return sources
}

// Hosts returns host:port of every publisher, for the list of private hosts
// that may be polled. It holds more than the hosts of Sources: one publisher
// has moved.
func (p *Publishers) Hosts() []string {
	var hosts []string
	for _, o := range p.outlets {
		hosts = append(hosts, o.sourceHost)
		if o.moved {
			hosts = append(hosts, o.host)
		}
	}
	return hosts
}

// outlet finds a publisher by id; nil when there is none.
func (p *Publishers) outlet(id string) *outlet {
	for _, o := range p.outlets {
		if o.id == id {
			return o
		}
	}
	return nil
}
