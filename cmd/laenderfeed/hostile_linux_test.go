package main

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"syscall"
	"testing"
)

// maxMemory is what the program may take at most, in kB, whatever publishers do.
const maxMemory = 150 << 10

// TestHostileProcess has the built program poll all hostile publishers at once: it
// stays within its memory, the healthy ones are polled while the slow ones still
// hang, it ends by itself, and the database is sound.
func TestHostileProcess(t *testing.T) {
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
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, errs.String())
	}
	var report pollReport
	if err := json.Unmarshal(out.Bytes(), &report); err != nil || report.Sources != len(p.names) {
		t.Errorf("%d of %d sources polled, %v", report.Sources, len(p.names), err)
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		t.Fatalf("no usage in %T", cmd.ProcessState.SysUsage())
	}
	t.Logf("%d sources, peak %d MB, %v of processors, %d ms", report.Sources, usage.Maxrss>>10, cmd.ProcessState.UserTime(), report.DurationMS)
	if usage.Maxrss > maxMemory {
		t.Errorf("peak of %d kB, more than %d", usage.Maxrss, maxMemory)
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
