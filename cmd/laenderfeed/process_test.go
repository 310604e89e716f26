package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary builds laenderfeed once for all tests of this run.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "laenderfeed-test-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "laenderfeed")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		return "", errors.New(string(out))
	}
	return path, nil
})

func buildBinary(t *testing.T) string {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// process is a running laenderfeed.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	url  string
	done chan error

	mu  sync.Mutex
	log bytes.Buffer
}

var servingLine = regexp.MustCompile(`msg=serving url=(\S+)`)

// startProcess starts laenderfeed with the given arguments and waits until it
// serves. The test kills it at the end, if it still runs.
func startProcess(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(buildBinary(t), args...), done: make(chan error, 1)}
	p.cmd.Dir = t.TempDir()
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	serving := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(stderr)
		for lines.Scan() {
			p.mu.Lock()
			p.log.WriteString(lines.Text() + "\n")
			p.mu.Unlock()
			if m := servingLine.FindStringSubmatch(lines.Text()); m != nil {
				serving <- m[1]
			}
		}
		p.done <- p.cmd.Wait()
	}()
	t.Cleanup(p.kill)
	select {
	case p.url = <-serving:
	case err := <-p.done:
		p.done <- err
		t.Fatalf("laenderfeed %v ended: %v\n%s", args, err, p.output())
	case <-time.After(time.Minute):
		t.Fatalf("laenderfeed %v does not serve\n%s", args, p.output())
	}
	return p
}

func (p *process) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// kill ends the process the hard way.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	p.done <- <-p.done
}

// terminate sends SIGTERM and demands exit code 0.
func (p *process) terminate() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	select {
	case err := <-p.done:
		p.done <- err
		if err != nil {
			p.t.Errorf("ended with %v\n%s", err, p.output())
		}
	case <-time.After(time.Minute):
		p.t.Fatalf("does not end on SIGTERM\n%s", p.output())
	}
}

// get fetches a path and demands a status.
func (p *process) get(path string, want int) (*http.Response, []byte) {
	p.t.Helper()
	resp := p.do(path)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	if resp.StatusCode != want {
		p.t.Errorf("GET %s: %s, want %d\n%.500s", path, resp.Status, want, body)
	}
	return resp, body
}

// status fetches a path with further headers and returns the status.
func (p *process) status(path string, header ...string) int {
	p.t.Helper()
	resp := p.do(path, header...)
	resp.Body.Close()
	return resp.StatusCode
}

func (p *process) do(path string, header ...string) *http.Response {
	p.t.Helper()
	req, err := http.NewRequest(http.MethodGet, p.url+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		p.t.Fatal(err)
	}
	return resp
}

// readEntry is what the tests read of an Atom entry.
type readEntry struct {
	ID     string `xml:"id"`
	Title  string `xml:"title"`
	Source struct {
		Title string `xml:"title"`
	} `xml:"source"`
	Links []struct {
		Rel  string `xml:"rel,attr"`
		Href string `xml:"href,attr"`
	} `xml:"link"`
}

func (e readEntry) link() string {
	for _, l := range e.Links {
		if l.Rel == "" || l.Rel == "alternate" {
			return l.Href
		}
	}
	return ""
}

// atom fetches an Atom feed.
func (p *process) atom(path string) []readEntry {
	p.t.Helper()
	_, body := p.get(path, http.StatusOK)
	var feed struct {
		Entries []readEntry `xml:"entry"`
	}
	if err := xml.Unmarshal(body, &feed); err != nil {
		p.t.Fatalf("%s: %v", path, err)
	}
	return feed.Entries
}

// eventually retries until the condition holds; it gives up after a minute.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("still not after a minute: %s", what)
}

// command runs laenderfeed to its end and returns its output and exit code.
func command(t *testing.T, stdin string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.Command(buildBinary(t), args...)
	cmd.Dir = t.TempDir()
	cmd.Stdin = strings.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// pollOnce runs laenderfeed poll --all with a configuration.
func pollOnce(t *testing.T, config string, args ...string) pollReport {
	t.Helper()
	stdout, stderr, code := command(t, "", append([]string{"poll", "--config", config, "--json"}, args...)...)
	var report pollReport
	if err := json.Unmarshal([]byte(stdout), &report); err != nil || code != 0 {
		t.Fatalf("poll: exit %d, %v\n%s%s", code, err, stdout, stderr)
	}
	return report
}

func writeFile(t testing.TB, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
