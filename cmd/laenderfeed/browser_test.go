package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// need skips a test where a program is absent; in CI its absence is an error.
func need(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	switch {
	case err == nil:
		return path
	case os.Getenv("CI") != "":
		t.Fatalf("%s is not installed", program)
	default:
		t.Skipf("%s is not installed", program)
	}
	return ""
}

// browser starts headless Chromium for a test of at most two minutes.
func browser(t *testing.T) context.Context {
	t.Helper()
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(need(t, "chromium")), chromedp.NoSandbox,
		chromedp.UserDataDir(t.TempDir()), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	return ctx
}

// look runs an action in the browser; it has to succeed.
func look[T any](t *testing.T, ctx context.Context, what string, a chromedp.Action[T]) T {
	t.Helper()
	v, err := chromedp.Run(ctx, a)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	return v
}

func TestPagesInABrowser(t *testing.T) {
	ctx := browser(t)
	p := startProcess(t, "demo", "--listen", "127.0.0.1:0")
	eventually(t, "120 items served", func() bool { return p.count() >= 120 })
	console, stop := context.WithCancel(ctx)
	messages := chromedp.Console(console)
	for _, page := range []struct {
		name, path, want string
		width            int64
	}{
		{"index", "/", "Sachsen", 1200},
		{"index-phone", "/", "Sachsen", 360},
		{"land", "/sachsen", "Sachsen", 1200},
		{"quellen", "/quellen", "Quellen", 1200},
		{"quellen-phone", "/quellen", "Quellen", 360},
		{"bot", "/bot", "laenderfeed", 1200},
		{"suche", "/suche?q=digital%2A+OR+verwaltung", "Treffer", 1200},
		{"suche-phone", "/suche?q=digital%2A+OR+verwaltung", "Treffer", 360},
		{"suche-hilfe-phone", "/suche", "So wird gesucht", 360},
	} {
		look(t, ctx, page.name, chromedp.Steps(chromedp.EmulateViewport(page.width, 900), chromedp.Navigate(p.url+page.path)))
		text := look(t, ctx, page.name, chromedp.Text("body"))
		lang := look(t, ctx, page.name, chromedp.Evaluate[string](`document.documentElement.lang`))
		if !strings.Contains(text, page.want) || lang != "de" {
			t.Errorf("%s: lang %q, text lacks %q:\n%.300s", page.name, lang, page.want, text)
		}
		if width := look(t, ctx, page.name, chromedp.Evaluate[int64](`document.documentElement.scrollWidth`)); width > page.width {
			t.Errorf("%s: %d px wide in a window of %d", page.name, width, page.width)
		}
		feeds := look(t, ctx, page.name, chromedp.Evaluate[int](`document.querySelectorAll('link[rel=alternate]').length`))
		if feeds == 0 && (page.path == "/" || page.path == "/sachsen") {
			t.Errorf("%s: no feed for autodiscovery", page.name)
		}
		if dir := os.Getenv("LAENDERFEED_SCREENSHOTS"); dir != "" {
			shot := look(t, ctx, page.name, chromedp.FullScreenshot(100))
			if err := os.WriteFile(filepath.Join(dir, page.name+".png"), shot, 0o644); err != nil {
				t.Error(err)
			}
		}
	}
	look(t, ctx, "following a link", chromedp.Steps(chromedp.Navigate(p.url+"/"),
		chromedp.Click(`a[href$="/thueringen"]`), chromedp.WaitReady(`link[rel=alternate][href*="/thueringen/"]`)))
	if title := look(t, ctx, "title", chromedp.Title()); !strings.Contains(title, "Thüringen") {
		t.Errorf("a link to Thüringen leads to %q", title)
	}
	stop()
	for m, err := range messages {
		if err != nil {
			break // the console was closed
		}
		t.Errorf("the browser says: %+v", m)
	}
	p.terminate()
}
