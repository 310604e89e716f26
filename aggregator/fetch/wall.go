package fetch

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// A bot wall answers in place of the publisher, often with status 200, and its
// page must not be taken for a feed without entries. Marks are chosen so that a
// page which merely uses the vendor's services, or writes about it, does not
// have them: they belong to the check itself.

// wallHeaders are header fields that only a check sets, with their values.
var wallHeaders = []struct{ name, value, wall string }{
	{"Cf-Mitigated", "challenge", "Cloudflare"},
	{"X-Amzn-Waf-Action", "challenge", "AWS WAF"},
	{"X-Amzn-Waf-Action", "captcha", "AWS WAF"},
	{"Sg-Captcha", "challenge", "SiteGround"},
	{"X-Vercel-Mitigated", "challenge", "Vercel"},
}

// wallPaths are where redirects to a check lead, and what the page of a refusal
// loads. Enodia guards many sites of the federation.
var wallPaths = []string{
	"/.enodia/",
	"/.well-known/sgcaptcha/",
	"/.well-known/ddos-guard/",
	"/.within.website/x/cmd/anubis/",
}

// wallHosts are where redirects to the checks of some vendors lead.
var wallHosts = []string{"geo.captcha-delivery.com", "validate.perfdrive.com"}

// wallMarks are parts of the HTML of a check. All parts of a mark must be there.
var wallMarks = []struct {
	wall  string
	parts []string
}{
	{"Cloudflare", []string{"_cf_chl_opt", "/cdn-cgi/challenge-platform/"}},
	{"Cloudflare", []string{"<title>just a moment...</title>", "cf-"}},
	{"Anubis", []string{`id="anubis_challenge"`}},
	{"Anubis", []string{`="/.within.website/x/cmd/anubis/`}},
	{"Enodia", []string{`="/.enodia/`}},
	{"F5", []string{"window[\"bobcmn\"]"}},
	{"F5", []string{"the requested url was rejected. please consult with your administrator", "support id"}},
	{"Imperva", []string{"request unsuccessful. incapsula incident id"}},
	{"DataDome", []string{"captcha-delivery.com", "var dd="}},
	{"Sucuri", []string{"sucuri_cloudproxy_js"}},
	{"HUMAN", []string{`id="px-captcha"`}},
	{"SiteGround", []string{"/.well-known/sgcaptcha/", `http-equiv="refresh"`}},
	{"AWS WAF", []string{"awswafintegration.checkforcerefresh"}},
	{"DDoS-Guard", []string{"<title>ddos-guard</title>"}},
	{"BasedFlare", []string{"/.basedflare/", "proof-of-work"}},
}

// wallTitles are parts of the titles of checks, used for refusals only: an article
// may well be called so.
var wallTitles = []string{
	"just a moment", "attention required! | cloudflare", "making sure you", "bot verification",
	"human verification", "security check", "checking your browser",
	"sicherheitsüberprüfung", "sind sie ein mensch", "bot-check", "bot check", "captcha",
}

// wallOf returns the name of the bot wall that gave the answer instead of the
// publisher, or "". Only HTML is looked at, and only its beginning.
func wallOf(resp *http.Response, body []byte) string {
	for _, h := range wallHeaders {
		if strings.EqualFold(strings.TrimSpace(resp.Header.Get(h.name)), h.value) {
			return h.wall
		}
	}
	if !looksHTML(resp.Header.Get("Content-Type"), body) {
		return ""
	}
	page := strings.ToLower(string(body[:min(len(body), sample)]))
	for _, m := range wallMarks {
		if containsAll(page, m.parts) {
			return m.wall
		}
	}
	switch {
	case resp.StatusCode < 300, resp.StatusCode == http.StatusNotFound, resp.StatusCode == http.StatusGone:
		return ""
	}
	for _, p := range wallPaths {
		if strings.Contains(page, p) {
			return "a page that loads " + p
		}
	}
	title := titleOf(page)
	for _, t := range wallTitles {
		if strings.Contains(title, t) {
			return "a page with the title " + clean(title)
		}
	}
	return ""
}

// isWall tells whether a redirect leads to a check.
func isWall(u *url.URL) bool {
	for _, p := range wallPaths {
		if strings.HasPrefix(u.Path, p) {
			return true
		}
	}
	return slices.Contains(wallHosts, u.Hostname())
}

// looksHTML tells a page from a feed: by its first bytes, which are more honest
// than the Content-Type, or by that when they say nothing.
func looksHTML(contentType string, body []byte) bool {
	head := bytes.ToLower(bytes.TrimLeft(body[:min(len(body), 1<<10)], "\ufeff \t\r\n"))
	for _, start := range []string{"<?xml", "<rss", "<feed", "<rdf", "{", "["} {
		if bytes.HasPrefix(head, []byte(start)) {
			return bytes.Contains(head, []byte("<html"))
		}
	}
	if bytes.HasPrefix(head, []byte("<!doctype html")) || bytes.HasPrefix(head, []byte("<html")) {
		return true
	}
	return strings.Contains(strings.ToLower(contentType), "html")
}

// containsAll tells whether s has every part.
func containsAll(s string, parts []string) bool {
	for _, p := range parts {
		if !strings.Contains(s, p) {
			return false
		}
	}
	return true
}

// titleOf returns the title of a page in lower case, or "".
func titleOf(page string) string {
	_, rest, found := strings.Cut(page, "<title")
	_, rest, _ = strings.Cut(rest, ">")
	title, _, closed := strings.Cut(rest, "</title")
	if !found || !closed {
		return ""
	}
	return strings.Join(strings.Fields(title), " ")
}
