package fetch

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"laenderfeed/aggregator"
)

func TestWalls(t *testing.T) {
	const html = "text/html; charset=utf-8"
	long := strings.Repeat(" ", 100_000)
	tests := []struct {
		name         string
		status       int
		field, value string // a header of the wall
		contentType  string
		body         string
		class        aggregator.Class // "" for none
	}{
		{"Cloudflare by header", 403, "cf-mitigated", "challenge", html, "<html>", aggregator.ClassChallenge},
		{"Cloudflare by page", 503, "", "", html, "<!DOCTYPE html><html><head><title>Just a moment...</title>" +
			"<script>window._cf_chl_opt={}; a.src='/cdn-cgi/challenge-platform/h/b'</script>", aggregator.ClassChallenge},
		{"Cloudflare by page with 200", 200, "", "", html, "<html><title>Just a moment...</title><div id=\"cf-wrapper\">", aggregator.ClassChallenge},
		{"Cloudflare's script in a page of its own right", 200, "", "", html,
			"<html><title>Presse</title><script src=\"/cdn-cgi/challenge-platform/scripts/jsd/main.js\"></script>", ""},
		{"the same on a missing page", 404, "", "", html,
			"<html><title>Nicht gefunden</title><script src=\"/cdn-cgi/challenge-platform/scripts/jsd/main.js\"></script>", aggregator.ClassHTTP4xx},
		{"AWS", 202, "x-amzn-waf-action", "challenge", html, "", aggregator.ClassChallenge},
		{"AWS captcha", 405, "X-Amzn-Waf-Action", "captcha", html, "<html>", aggregator.ClassChallenge},
		{"AWS let us through", 200, "x-amzn-waf-action", "allow", html, "<html>", ""},
		{"SiteGround", 202, "sg-captcha", "challenge", html, "<html>", aggregator.ClassChallenge},
		{"Anubis", 200, "", "", html, `<!doctype html><html><head><title>Making sure you&#39;re not a bot!</title>` +
			`<script id="anubis_challenge" type="application/json">{}</script>`, aggregator.ClassChallenge},
		{"Enodia page", 400, "", "", html, `<html><head><script src="/.enodia/static/check.js"></script>`, aggregator.ClassChallenge},
		{"Enodia page with 200", 200, "", "", html, `<html><head><script src="/.enodia/static/check.js"></script>`, aggregator.ClassChallenge},
		{"F5", 200, "", "", html, "<html><head><title>Request Rejected</title></head><body>The requested URL was rejected. " +
			"Please consult with your administrator.<br>Your support ID is: 123", aggregator.ClassChallenge},
		{"Imperva", 403, "", "", html, "<html>Request unsuccessful. Incapsula incident ID: 1-2", aggregator.ClassChallenge},
		{"title, in a refusal", 403, "", "", html, "<html>\n<title lang=de>\n Sicherheitsüberprüfung </title>", aggregator.ClassChallenge},
		{"title, in a page", 200, "", "", html, "<html><title>Sicherheitsüberprüfung von Personen</title>", ""},
		{"title, on a missing page", 404, "", "", html, "<html><title>Captcha</title>", aggregator.ClassHTTP4xx},
		{"title not closed", 403, "", "", html, "<html><title>captcha", aggregator.ClassHTTP4xx},
		{"ordinary refusal", 403, "", "", html, "<html><title>403 Forbidden</title><h1>Forbidden</h1>", aggregator.ClassHTTP4xx},
		{"mark beyond the beginning", 403, "", "", html, "<html>" + long + `<script id="anubis_challenge">`, aggregator.ClassHTTP4xx},
		{"mark at the beginning of a long page", 403, "", "", html, `<html><script id="anubis_challenge">` + long, aggregator.ClassChallenge},
		{"too many requests stays that", 429, "cf-mitigated", "challenge", html, "<html>", aggregator.ClassRateLimited},
		{"a feed that tells of walls", 200, "", "", "application/rss+xml",
			`<?xml version="1.0"?><rss><title>Just a moment...</title>cf- <script id="anubis_challenge">`, ""},
		{"the same, called HTML", 200, "", "", html, "\ufeff\n<rss><script id=\"anubis_challenge\">", ""},
		{"a page called a feed", 200, "", "", "application/rss+xml", ` <!DOCTYPE HTML><script id="anubis_challenge">`, aggregator.ClassChallenge},
		{"XHTML", 200, "", "", "application/xhtml+xml", `<?xml version="1.0"?><html><script id="anubis_challenge">`, aggregator.ClassChallenge},
		{"JSON", 200, "", "", "application/json", `{"title":"id=\"anubis_challenge\""}`, ""},
		{"an article about Anubis", 200, "", "", html, "<html><title>Anubis: Making sure you're not a bot</title>anubis_challenge", ""},
		{"empty", 200, "", "", html, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			u := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", tt.contentType)
				if tt.field != "" {
					w.Header().Set(tt.field, tt.value)
				}
				w.WriteHeader(tt.status)
				io.WriteString(w, tt.body)
			})
			c := newClient(t, Config{})
			if tt.class == "" {
				get(t, c, aggregator.Request{URL: u})
				return
			}
			e := fail(t, c, aggregator.Request{URL: u}, tt.class)
			if e.Status != tt.status {
				t.Errorf("status = %d", e.Status)
			}
			if tt.class == aggregator.ClassChallenge && !strings.Contains(e.Error(), "bot check") {
				t.Errorf("message = %q", e)
			}
		})
	}
}

// No page makes wallOf stumble, and what it says of one can stand in a message.
func FuzzWallOf(f *testing.F) {
	f.Add(403, "text/html", []byte("<html><title>captcha</title>"))
	f.Add(200, "", []byte("\xef\xbb\xbf <!doctype html><title"))
	f.Add(503, "text/html", []byte("<title>\x1b[31mCAPTCHA\x00</title>"))
	f.Fuzz(func(t *testing.T, status int, contentType string, body []byte) {
		resp := &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {contentType}}}
		if wall := wallOf(resp, body); wall != clean(wall) && len(wall) <= maxText {
			t.Errorf("wallOf = %q", wall)
		}
	})
}
