package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// maxMemory is what the program may take at most, in kB, whatever publishers do.
const maxMemory = 150 << 10

// TestHostileProcess has the built program poll all hostile publishers at once: it
// stays within its memory, the healthy ones are polled while the slow ones still
// hang, it ends by itself, and the database is sound.
func TestHostileProcess(t *testing.T) {
	unraced(t)
	if testing.Short() {
		t.Skip("waits for slow publishers")
	}
	attacks := hostileAttacks()
	p := newHostilePublisher(t, attacks)
	config, db := p.config(attacks, "20s")
	cmd := exec.CommandContext(t.Context(), buildBinary(t), "poll", "--all", "--json", "--config", config)
	cmd.Dir = t.TempDir()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	peak := watchMemory(cmd.Process.Pid)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, errs.String())
	}
	var report pollReport
	if err := json.Unmarshal(out.Bytes(), &report); err != nil || report.Sources != len(p.names) {
		t.Errorf("%d of %d sources polled, %v", report.Sources, len(p.names), err)
	}
	most := <-peak
	t.Logf("%d sources, peak %d MB, %v of processors, %d ms", report.Sources, most>>10, cmd.ProcessState.UserTime(), report.DurationMS)
	if most == 0 || most > maxMemory {
		t.Errorf("peak of %d kB, more than %d", most, maxMemory)
	}
	if n := p.witnessed.Load(); n == 0 {
		t.Error("the last healthy publisher was asked only when no slow one was hanging any more")
	}
	states := sourceStates(t, db)
	for _, name := range p.names[len(attacks):] {
		if s := states[name]; s.Items != healthyItems {
			t.Errorf("%s has %d items, want %d", name, s.Items, healthyItems)
		}
	}
	stored(t, db) // checks the database
}

// watchMemory returns where the peak of a process's memory in kB will come from,
// once it has ended. (That of getrusage would be the peak of this process if that
// is larger, as the two share their memory between fork and exec.)
func watchMemory(pid int) <-chan int64 {
	peak := make(chan int64, 1)
	go func() {
		var most int64
		for {
			status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
			_, rest, ok := strings.Cut(string(status), "VmHWM:")
			if err != nil || !ok {
				peak <- most
				return
			}
			if line, _, _ := strings.Cut(rest, "kB"); !strings.Contains(string(status), "Name:\tlaenderfeed") {
				most = 0
			} else if n, err := strconv.ParseInt(strings.TrimSpace(line), 10, 64); err == nil {
				most = max(most, n)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	return peak
}
