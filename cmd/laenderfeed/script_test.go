package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes the test binary serve as laenderfeed for the scripts.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"laenderfeed": func() {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			if code := run(ctx, os.Args[1:], env{in: os.Stdin, out: os.Stdout, err: os.Stderr, get: os.Getenv}); code != 0 {
				os.Exit(code)
			}
		},
	})
}

// TestScripts runs the sessions in testdata: each file is usage to read and a
// test at once.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata", Cmds: map[string]func(*testscript.TestScript, bool, []string){
		"exitcode": exitCode,
		"publish":  publish,
	}})
}

// exitCode runs a command and demands its exit code: exitcode 2 laenderfeed …
func exitCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exitcode CODE COMMAND [ARG...]")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := "0"
	if err != nil {
		code = exitStatus(err)
	}
	if code != args[0] {
		ts.Fatalf("exit code %s, want %s (%v)", code, args[0], err)
	}
}

// publish serves the files of the script's folder on this machine, and writes
// where into the named files in place of PUBLISHER: publish config.toml …
func publish(ts *testscript.TestScript, neg bool, files []string) {
	if neg || len(files) == 0 {
		ts.Fatalf("usage: publish FILE...")
	}
	srv := httptest.NewServer(http.FileServer(http.Dir(ts.MkAbs("."))))
	ts.Defer(srv.Close)
	for _, file := range files {
		text := strings.ReplaceAll(ts.ReadFile(file), "PUBLISHER", strings.TrimPrefix(srv.URL, "http://"))
		ts.Check(os.WriteFile(ts.MkAbs(file), []byte(text), 0o644))
	}
}

func exitStatus(err error) string {
	var exit interface{ ExitCode() int }
	if errors.As(err, &exit) {
		return strconv.Itoa(exit.ExitCode())
	}
	return err.Error()
}
