package store

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"laenderfeed/aggregator"
)

// crashEnv makes the test binary a process that saves until it is killed.
const crashEnv = "LAENDERFEED_TEST_CRASH_DB"

// crashPoll is the nth poll of the process that gets killed: three new items
// and a change of an earlier one.
func crashPoll(n int) aggregator.Result {
	r := resultOf("a")
	for i := range 3 {
		it := itemOf(fmt.Sprintf("%d-%d", n, i), i, aggregator.Sachsen, aggregator.Bayern)
		it.Summary = strings.Repeat("Ein Satz über die Verwaltung. ", 30)
		r.Items = append(r.Items, it)
	}
	if n > 0 {
		again := itemOf(fmt.Sprintf("%d-0", n-1), 0, aggregator.Hessen)
		again.Title = "Geändert"
		r.Items = append(r.Items, again)
	}
	r.State.ItemsLast = n
	return r
}

// TestCrashWriter is not a test but the process that TestCrash kills.
func TestCrashWriter(t *testing.T) {
	path := os.Getenv(crashEnv)
	if path == "" {
		t.Skip("only run by TestCrash")
	}
	s, err := Open(context.Background(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	st, err := s.Source(context.Background(), "a")
	if err != nil {
		t.Fatal(err)
	}
	for n := st.State.ItemsLast + 1; n < 1_000_000; n++ {
		if _, err := s.Save(context.Background(), crashPoll(n)); err != nil {
			t.Fatal(err)
		}
		fmt.Println("saved", n) // what was said to be saved must be there later
	}
}

// TestCrash kills a process in the middle of saving, several times over, and
// looks at what it leaves: a sound database with whole polls only, every one
// that was reported among them, and nothing twice.
func TestCrash(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	s := openAt(t, path)
	putSources(t, s, sourceOf("a"))
	save(t, s, crashPoll(0))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for round := range 5 {
		reported, err := killed(path, 5+11*round)
		if err != nil {
			t.Fatal(err)
		}
		s := openAt(t, path)
		sound(t, s)
		st, err := s.Source(context.Background(), "a")
		if err != nil {
			t.Fatal(err)
		}
		last := st.State.ItemsLast
		if last < reported || last > reported+1 {
			t.Fatalf("poll %d was reported, %d is stored", reported, last)
		}
		var got, want []string
		for _, e := range entries(t, s, aggregator.Query{Limit: 1 << 20}) {
			got = append(got, e.GUID+e.Title)
		}
		for n := range last + 1 {
			for i, it := range crashPoll(n).Items[:3] {
				if i == 0 && n < last {
					it.Title = "Geändert"
				}
				want = append(want, it.GUID+it.Title)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Fatalf("%d items, want %d", len(got), len(want))
		}
		if got := save(t, s, crashPoll(last)); got != (aggregator.Saved{}) {
			t.Errorf("the last poll was not whole: %+v", got)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTwoProcesses saves here while another process saves to the same file, as
// a command does while the daemon runs. Each waits its turn, and the changes of
// the other one move the generation here.
func TestTwoProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	s := openAt(t, path)
	putSources(t, s, sourcesOf("a", "b")...)
	before := s.Generation()
	var other int
	var failed error
	done := make(chan struct{})
	go func() {
		defer close(done)
		other, failed = killed(path, 40)
	}()
	own := 0
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
			save(t, s, resultOf("b", itemOf(fmt.Sprint("b", own), 0)))
			own++
		}
	}
	if failed != nil {
		t.Fatal(failed)
	}
	after, err := s.Refresh(context.Background())
	if err != nil || after < before+uint64(own+other) {
		t.Errorf("generation %d after %d (%v), with %d own polls and %d others", after, before, err, own, other)
	}
	if got := len(entries(t, s, aggregator.Query{Source: "b", Limit: 1 << 20})); got != own {
		t.Errorf("%d items, want %d", got, own)
	}
	if got := len(entries(t, s, aggregator.Query{Source: "a", Limit: 1 << 20})); got < 3*other {
		t.Errorf("%d items of the other process, want at least %d", got, 3*other)
	}
	sound(t, s)
}

// killed runs the writer until it has reported so many polls, kills it, and
// returns the last poll it reported.
func killed(path string, polls int) (last int, err error) {
	cmd := exec.Command(os.Args[0], "-test.run=^TestCrashWriter$", "-test.v")
	cmd.Env = append(os.Environ(), crashEnv+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	seen := 0
	var other []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		text, ok := strings.CutPrefix(lines.Text(), "saved ")
		n, err := strconv.Atoi(text)
		if !ok || err != nil { // the last line may be cut off by the kill
			other = append(other, lines.Text())
			continue
		}
		last = n
		if seen++; seen == polls {
			if err := cmd.Process.Kill(); err != nil {
				other = append(other, err.Error())
			}
		}
	}
	if err := cmd.Wait(); err == nil || seen < polls {
		return 0, fmt.Errorf("the writer ended by itself after %d polls (%v): %s", seen, err, strings.Join(other, "\n"))
	}
	return last, nil
}
