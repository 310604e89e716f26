package main

import (
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
)

func TestHangupReadsTheConfigurationAgain(t *testing.T) {
	config, _ := killConfig(t, "http://127.0.0.1:1")
	p := startProcess(t, "run", "--config", config)
	good, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	var readers sync.WaitGroup
	stop := make(chan struct{})
	readers.Go(func() { // readers notice nothing
		for {
			select {
			case <-stop:
				return
			default:
				if status := p.status("/bund/feed.atom"); status != http.StatusOK {
					t.Errorf("a reader got %d", status)
					return
				}
			}
		}
	})
	hangup := func(text string) {
		writeFile(t, config, text)
		if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	title := func() string {
		_, body := p.get("/bund/feed.rss", http.StatusOK)
		_, rest, _ := strings.Cut(string(body), "<title>")
		title, _, _ := strings.Cut(rest, "</title>")
		return title
	}
	prefixed := "[publish]\ntitle_prefix = \"Probe: \"\n" + string(good)
	hangup(prefixed)
	eventually(t, "the new prefix is served", func() bool { return strings.HasPrefix(title(), "Probe: ") })
	hangup("nonsense")
	eventually(t, "a bad file is refused", func() bool { return strings.Contains(p.output(), "the old one stays") })
	if got := title(); !strings.HasPrefix(got, "Probe: ") {
		t.Errorf("a bad file has changed the title to %q", got)
	}
	hangup(strings.Replace(prefixed, "Probe", "Nochmal", 1))
	eventually(t, "the second new prefix is served", func() bool { return strings.HasPrefix(title(), "Nochmal: ") })
	close(stop)
	readers.Wait()
	p.terminate()
}
