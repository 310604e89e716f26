package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// readmeBlock returns the code block of the README that has a text in it.
func readmeBlock(t *testing.T, text string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for i, block := range strings.Split(string(b), "```") {
		if i%2 == 1 && strings.Contains(block, text) {
			_, code, _ := strings.Cut(block, "\n")
			return code
		}
	}
	t.Fatalf("no code with %q in the README", text)
	return ""
}

// checkNginx has nginx serve the folder as the README says, and compares its
// answers with those of the daemon.
func checkNginx(t *testing.T, file, dir string) {
	program, err := exec.LookPath("nginx")
	if err != nil {
		t.Skip("nginx is not installed")
	}
	_, h := live(t, file)
	base := startNginx(t, program, dir)
	for _, path := range []string{"/", "/sachsen", "/sachsen/ki", "/sachsen/feed.atom", "/alle/feed.rss", "/bund/ki/feed.json", "/hessen/fristen.ics", "/feeds.opml",
		"/quellen", "/ort", "/favicon.svg", "/alle/archiv/2026/11/feed.atom"} {
		for _, encoding := range []string{"identity", "gzip"} {
			want := liveAnswer(h, path, "Accept-Encoding", encoding)
			req, err := http.NewRequest(http.MethodGet, base+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Accept-Encoding", encoding)
			resp, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if err != nil || resp.StatusCode != http.StatusOK || string(body) != want.Body.String() {
				t.Errorf("%s as %s: %s with %d bytes, want %d (%v)", path, encoding, resp.Status, len(body), want.Body.Len(), err)
			}
			for _, key := range []string{"Content-Type", "Content-Encoding", "Vary", "X-Content-Type-Options"} {
				if got := resp.Header.Get(key); got != want.Header().Get(key) {
					t.Errorf("%s as %s: %s %q, want %q", path, encoding, key, got, want.Header().Get(key))
				}
			}
			if at := want.Header().Get("Last-Modified"); at != "" && resp.Header.Get("Last-Modified") != at {
				t.Errorf("%s: of %s, want %s", path, resp.Header.Get("Last-Modified"), at)
			}
		}
	}
	for _, path := range []string{"/.laenderfeed-export.json", "/gibt-es-nicht", "/sachsen?vor=2026-10-21", "/ort?name=Dresden"} {
		resp, err := http.Get(base + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s, want 404", path, resp.Status)
		}
	}
}

// startNginx serves a folder until the test ends, and returns where.
func startNginx(t *testing.T, program, dir string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	home := t.TempDir()
	if err := os.Chmod(home, 0o755); err != nil {
		t.Fatal(err)
	}
	server := strings.NewReplacer("listen 80;", "listen "+addr+";", "/srv/laenderfeed", `"`+dir+`"`).Replace(readmeBlock(t, "gzip_static"))
	user := ""
	if os.Geteuid() == 0 {
		user = "user root;\n" // temporary folders are not for others
	}
	conf := writeFile(t, filepath.Join(home, "nginx.conf"), fmt.Sprintf("%sdaemon off;\npid %s/pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n"+
		"client_body_temp_path %[2]s/body;\nproxy_temp_path %[2]s/proxy;\nfastcgi_temp_path %[2]s/fastcgi;\nuwsgi_temp_path %[2]s/uwsgi;\nscgi_temp_path %[2]s/scgi;\n%s}\n",
		user, home, server))
	cmd := exec.Command(program, "-e", "stderr", "-c", conf, "-p", home)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		<-ended
	})
	eventually(t, "nginx listens", func() bool {
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("nginx has ended: %v\n%s", err, out.String())
		default:
		}
		c, err := net.Dial("tcp", addr)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return "http://" + addr
}
