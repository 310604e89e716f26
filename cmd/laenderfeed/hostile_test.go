package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html"

	"laenderfeed/aggregator"
	"laenderfeed/aggregator/store"
)

// TestHostile polls every hostile publisher at once, and healthy ones beside them,
// and looks at what was read, what is remembered and what is published.
func TestHostile(t *testing.T) {
	unraced(t)
	if testing.Short() {
		t.Skip("waits for slow publishers")
	}
	attacks := hostileAttacks()
	p := newHostilePublisher(t, attacks)
	config, db := p.config(attacks, "10s")
	report := pollInside(t, config, "--all")
	statuses := sourceStates(t, db)
	byID := map[string][]aggregator.Entry{}
	for _, e := range stored(t, db) {
		byID[e.Item.Source] = append(byID[e.Item.Source], e)
	}
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) { a.verify(t, report, statuses[a.name], byID[a.name]) })
	}
	for _, name := range p.names[len(attacks):] {
		if s := statuses[name]; s.Items != healthyItems || s.State.Class != "" {
			t.Errorf("%s: %d items, %s %s", name, s.Items, s.State.Class, s.State.Error)
		}
	}
	if n := p.asked.Load(); n > 0 {
		t.Errorf("the address that nobody may ask was asked %d times", n)
	}
	t.Run("again", func(t *testing.T) { pollAgain(t, p, config, db) })
	p.checkRequests(t)
	t.Run("published", func(t *testing.T) { checkPublished(t, config, p.names) })
}

// pollInside runs laenderfeed poll in this process.
func pollInside(t *testing.T, config string, args ...string) pollReport {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(t.Context(), append([]string{"poll", "--json", "--config", config}, args...),
		env{in: strings.NewReader(""), out: &out, err: &errs, get: func(string) string { return "" }})
	var report pollReport
	if err := json.Unmarshal(out.Bytes(), &report); err != nil || code != exitDone {
		t.Fatalf("poll: exit %d, %v\n%s%s", code, err, out.String(), errs.String())
	}
	return report
}

func sourceStates(t *testing.T, db string) map[string]aggregator.SourceStatus {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{Path: db, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	list, err := s.Sources(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	states := map[string]aggregator.SourceStatus{}
	for _, status := range list {
		states[status.ID] = status
	}
	return states
}

// verify compares how a poll ended with what must happen.
func (a *attack) verify(t *testing.T, report pollReport, status aggregator.SourceStatus, list []aggregator.Entry) {
	var class aggregator.Class
	for _, f := range report.Failures {
		if f.Source == a.name {
			class = f.Class
			checkLine(t, f.Error)
		}
	}
	state := status.State
	if len(a.classes) == 0 && class != "" || len(a.classes) > 0 && !slices.Contains(a.classes, class) {
		t.Errorf("class %q, want one of %q: %s", class, a.classes, state.Error)
	}
	if state.Class != class {
		t.Errorf("reported as %q, remembered as %q", class, state.Class)
	}
	checkLine(t, state.Error)
	for _, v := range []string{state.ETag, state.LastModified, state.RedirectTarget, state.MovedTo} {
		checkLine(t, v)
	}
	if len(state.Error) > 1000 || len(state.ETag) > 4<<10 || len(state.LastModified) > 4<<10 || len(state.RedirectTarget) > 8<<10 {
		t.Errorf("remembers an error of %d, validators of %d and %d bytes", len(state.Error), len(state.ETag), len(state.LastModified))
	}
	if a.items >= 0 && state.ItemsLast != a.items || a.items < 0 && state.ItemsLast == 0 {
		t.Errorf("%d items read, want %d; repaired %v", state.ItemsLast, a.items, state.Repaired)
	}
	if want := min(state.ItemsLast, store.FirstPollItems); len(list) > want || want > 0 && len(list) == 0 {
		t.Errorf("%d items stored of %d", len(list), state.ItemsLast)
	}
	if !state.NextCheck.After(state.LastChecked) {
		t.Errorf("to be asked again at %v, last asked at %v", state.NextCheck, state.LastChecked)
	}
	for i := range list {
		checkItem(t, &list[i].Item)
	}
	if a.check != nil {
		a.check(t, list)
	}
	if a.state != nil {
		a.state(t, state)
	}
}

// checkItem holds a stored item to the limits of what is kept.
func checkItem(t *testing.T, it *aggregator.Item) {
	t.Helper()
	for _, s := range []string{it.Title, it.Link, it.Language, strings.Join(it.Authors, ""), strings.Join(it.Categories, "")} {
		checkLine(t, s)
		if len(s) > 64<<10 {
			t.Errorf("%d bytes in a field: %.50q", len(s), s)
		}
	}
	if len(it.GUID) > 64<<10 || it.GUID == "" {
		t.Errorf("an identity of %d bytes", len(it.GUID)) // which is not published
	}
	if len(it.Title) > 1000 || it.Title == "" || len(it.Summary) > 20_000 || len(it.Content) > 500_000 {
		t.Errorf("title of %d, summary of %d, content of %d bytes", len(it.Title), len(it.Summary), len(it.Content))
	}
	checkWebLink(t, it.Link)
	for _, e := range it.Enclosures {
		checkWebLink(t, e.URL)
		checkLine(t, e.Type)
		if e.Length < 0 {
			t.Errorf("an enclosure of %d bytes", e.Length)
		}
	}
	checkMarkup(t, it.Content)
}

// checkLine demands one line of clean text.
func checkLine(t *testing.T, s string) {
	t.Helper()
	if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool {
		return r < ' ' || r >= 0x7f && r < 0xa0 || r&0xfffe == 0xfffe || r >= 0x202a && r <= 0x202e
	}) {
		t.Errorf("not clean: %.200q", s)
	}
}

func checkWebLink(t *testing.T, s string) {
	t.Helper()
	if u, err := url.Parse(s); s != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || strings.ContainsAny(s, "\"<> '\\\r\n")) {
		t.Errorf("a bad link: %q", s)
	}
}

// checkMarkup demands HTML in which nothing runs, as far as its elements and
// attributes go.
func checkMarkup(t *testing.T, text string) {
	t.Helper()
	z := html.NewTokenizer(strings.NewReader(text))
	for z.Next() != html.ErrorToken {
		token := z.Token()
		if token.Type != html.StartTagToken && token.Type != html.SelfClosingTagToken {
			continue
		}
		switch token.Data {
		case "script", "iframe", "object", "embed", "base", "svg", "math", "template", "frame", "applet":
			t.Errorf("an element %q: %.200q", token.Data, text)
		case "meta":
			if strings.Contains(token.String(), "xssmark") || strings.Contains(strings.ToLower(token.String()), "refresh") {
				t.Errorf("a meta element: %s", token)
			}
		}
		for _, attr := range token.Attr {
			value := strings.ToLower(strings.Map(func(r rune) rune {
				if r <= ' ' {
					return -1
				}
				return r
			}, attr.Val))
			if strings.HasPrefix(attr.Key, "on") || attr.Key == "srcdoc" || attr.Key == "style" || attr.Key == "formaction" || strings.HasPrefix(value, "javascript:") ||
				strings.HasPrefix(value, "data:") || strings.HasPrefix(value, "vbscript:") || strings.HasPrefix(value, "file:") {
				t.Errorf("an attribute %s=%q of %s", attr.Key, attr.Val, token.Data)
			}
		}
	}
}

// pollAgain asks some publishers once more: what they sent does not come back to
// them, and what they change grows no faster than their documents.
func pollAgain(t *testing.T, p *hostilePublisher, config, db string) {
	report := pollInside(t, config, "cookies", "changing-guids", "etag-large", "same-guid")
	if report.Failed > 0 || report.New > 100 {
		t.Errorf("%+v", report)
	}
	if n := sourceStates(t, db)["changing-guids"].Items; n > 200 {
		t.Errorf("%d items of a feed of 100 after two polls", n)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.requests["cookies"]); n != 2 {
		t.Errorf("asked %d times", n)
	}
}

// checkRequests looks at what publishers have seen of us.
func (p *hostilePublisher) checkRequests(t *testing.T) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for name, list := range p.requests {
		if strings.HasPrefix(name, "redirect-") && len(list) <= 6 {
			continue
		}
		if len(list) > 2 {
			t.Errorf("%s was asked %d times", name, len(list))
		}
		for _, r := range list {
			for field := range r.Header {
				switch field {
				case "User-Agent", "Accept", "Accept-Language", "Accept-Encoding", "If-None-Match", "If-Modified-Since", "Connection":
				default:
					t.Errorf("%s got a header %s: %q", name, field, r.Header.Values(field))
				}
			}
			if r.Method != http.MethodGet || r.URL.Path != "/feed" {
				t.Errorf("%s got %s %s", name, r.Method, r.URL)
			}
		}
	}
}

// checkPublished reads everything that readers get of the hostile sources.
func checkPublished(t *testing.T, file string, sources []string) {
	e := env{in: strings.NewReader(""), out: io.Discard, err: io.Discard, get: func(string) string { return "" }}
	cfg, err := e.loadConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	a, err := e.open(t.Context(), cfg, discard(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	h, err := a.handler(t.Context(), "http://127.0.0.1:8080")
	if err != nil {
		t.Fatal(err)
	}
	paths := []string{"/", "/alle", "/quellen", "/bot", "/feeds.opml", "/alle/feed.atom", "/alle/feed.rss", "/alle/feed.json", "/unklar/feed.atom"}
	for _, s := range sources {
		for _, name := range []string{"", "/feed.atom", "/feed.rss", "/feed.json"} {
			paths = append(paths, "/quellen/"+s+name)
		}
	}
	for _, path := range paths {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		resp, body := w.Result(), w.Body.Bytes()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", path, resp.Status)
			continue
		}
		t.Run(strings.TrimPrefix(path, "/"), func(t *testing.T) { checkAnswer(t, resp, body) })
	}
}

// checkAnswer looks at one answer to a reader.
func checkAnswer(t *testing.T, resp *http.Response, body []byte) {
	for name, values := range resp.Header {
		for _, v := range values {
			checkLine(t, v)
			if strings.Contains(v, "xssmark") || strings.HasPrefix(name, "X-Injected") {
				t.Errorf("header %s: %q", name, v)
			}
		}
	}
	text := string(body)
	if !utf8.Valid(body) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == 0x7f || r&0xfffe == 0xfffe }) {
		t.Error("control characters or invalid UTF-8")
	}
	switch kind := resp.Header.Get("Content-Type"); {
	case strings.Contains(kind, "json"):
		var doc any
		if err := json.Unmarshal(body, &doc); err != nil {
			t.Fatal(err)
		}
		checkJSON(t, "", doc)
	case strings.Contains(kind, "html"):
		checkMarkup(t, strings.ReplaceAll(text, "<style>", "<i>"))
	default:
		checkXML(t, body)
	}
}

// checkXML reads a feed strictly and looks at its texts and attributes.
func checkXML(t *testing.T, body []byte) {
	d := xml.NewDecoder(bytes.NewReader(body))
	d.Strict = true
	in := ""
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			in = token.Name.Local
			for _, attr := range token.Attr {
				switch attr.Name.Local {
				case "href", "url", "uri", "src", "xmlUrl", "htmlUrl":
					checkWebLink(t, attr.Value)
				}
				checkLine(t, attr.Value)
			}
		case xml.CharData:
			if in == "link" && strings.TrimSpace(string(token)) != "" {
				checkWebLink(t, string(token))
			}
			if in == "content" || in == "encoded" || in == "description" {
				checkMarkup(t, string(token))
			}
			if in == "title" || in == "name" || in == "guid" || in == "id" {
				checkLine(t, string(token))
			}
		case xml.EndElement:
			in = ""
		case xml.Directive:
			t.Errorf("a declaration %q", token)
		}
	}
}

// checkJSON looks at the addresses and texts of a JSON Feed.
func checkJSON(t *testing.T, key string, value any) {
	switch value := value.(type) {
	case map[string]any:
		for k, v := range value {
			checkJSON(t, k, v)
		}
	case []any:
		for _, v := range value {
			checkJSON(t, key, v)
		}
	case string:
		switch {
		case key == "url" || strings.HasSuffix(key, "_url") || key == "icon" || key == "avatar" || key == "image":
			checkWebLink(t, value)
		case key == "content_html":
			checkMarkup(t, value)
		case key == "title" || key == "name" || key == "id":
			checkLine(t, value)
		}
	}
}
