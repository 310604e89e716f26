package feeds

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"laenderfeed/aggregator"
)

// Problem is an answer that is no feed and no page: an error with a way out.
type Problem struct {
	Status int
	Title  string
	Detail string
	Marked string // lines of the same letter width, below the detail; "" for none
	Links  []Link
}

const problemStyle = "body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem;color:#1b1f24;background:#fff}" +
	"pre{overflow-x:auto}a{color:#0b5394}h1{font-size:1.5rem}@media(prefers-color-scheme:dark){body{color:#e6e6e6;background:#15181c}a{color:#8ec5ff}}"

// problemPage is read-only.
var problemPage = template.Must(template.New("problem").Parse(`<!DOCTYPE html>
<html lang="de">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{{.Title}} – laenderfeed</title>
<style>{{.Style}}</style>
</head>
<body>
<main>
<h1>{{.Title}}</h1>
<p>{{.Detail}}</p>
{{- if .Marked}}
<pre>{{.Marked}}</pre>
{{- end}}
{{- if .Links}}
<ul>
{{- range .Links}}
<li><a href="{{$.Prefix}}{{.Path}}">{{.Text}}</a></li>
{{- end}}
</ul>
{{- end}}
<p><a href="{{.Prefix}}/">Zur Übersicht</a></p>
</main>
</body>
</html>
`))

// Replies are the answers that feeds and pages have in common. Prefix is the path
// that the public URL may have; it goes before the path of every link.
type Replies struct {
	Prefix string
	Logger *slog.Logger
}

// Problem writes a problem: as a small German page, or as plain text for clients
// that ask for no HTML.
func (a Replies) Problem(w http.ResponseWriter, r *http.Request, p *Problem) {
	doc := Document{Body: p.text(a.Prefix), Type: "text/plain; charset=utf-8"}
	if strings.Contains(r.Header.Get("Accept"), "text/html") {
		if page, err := p.html(a.Prefix); err == nil {
			doc = Document{Body: page, Type: "text/html; charset=utf-8", Header: http.Header{"Content-Security-Policy": {
				"default-src 'none'; style-src '" + StyleHash(problemStyle) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
			}}}
		}
	}
	a.Page(w, r, p.Status, doc)
}

// Page answers a request that failed, with a status of its own and a document that
// is not kept. It may differ by what the client accepts.
func (a Replies) Page(w http.ResponseWriter, r *http.Request, status int, d Document) {
	h := w.Header()
	for key, values := range d.Header {
		h[key] = values
	}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Vary", "Accept")
	h.Set("Cache-Control", "public, max-age=60")
	if status >= 500 {
		h.Set("Cache-Control", "no-store")
	}
	h.Set("Content-Type", d.Type)
	h.Set("Content-Length", strconv.Itoa(len(d.Body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		w.Write(d.Body) // an error means that the client has gone
	}
}

func (p *Problem) text(prefix string) []byte {
	var b bytes.Buffer
	b.WriteString(p.Title + "\n\n" + p.Detail + "\n")
	if p.Marked != "" {
		b.WriteString("\n" + p.Marked + "\n")
	}
	for _, l := range p.Links {
		b.WriteString("\n" + l.Text + ": " + prefix + l.Path)
	}
	b.WriteByte('\n')
	return b.Bytes()
}

func (p *Problem) html(prefix string) ([]byte, error) {
	var b bytes.Buffer
	err := problemPage.Execute(&b, struct {
		*Problem
		Prefix string
		Style  template.CSS
	}{p, prefix, problemStyle})
	return b.Bytes(), err
}

// StyleHash returns the source expression that lets a Content-Security-Policy
// allow one inline style sheet (CSP Level 3).
func StyleHash(css string) string {
	sum := sha256.Sum256([]byte(css))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// Problem returns the 404 page for an unknown path.
func (e *NotFound) Problem() *Problem {
	p := &Problem{Status: http.StatusNotFound, Title: "Nicht gefunden", Links: e.Suggestions}
	name := Excerpt(CleanLine(e.Name), maxName)
	switch e.Kind {
	case "Land":
		p.Detail = "Ein Land „" + name + "“ gibt es hier nicht."
	case "Thema":
		p.Detail = "Ein Thema „" + name + "“ gibt es hier nicht."
	case "Ort":
		p.Detail = "Einen Ort „" + name + "“ kennen wir nicht."
	case "Quelle":
		p.Detail = "Eine Quelle „" + name + "“ gibt es hier nicht."
	case "Format":
		p.Detail = "Ein Format „" + name + "“ gibt es hier nicht."
	default:
		p.Detail = "Unter dieser Adresse gibt es nichts."
	}
	if len(p.Links) > 0 {
		p.Detail += " Gemeint war vielleicht:"
	}
	return p
}

// Allowed tells whether the method is GET or HEAD; if not, it answers 405.
func (a Replies) Allowed(w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return true
	}
	w.Header().Set("Allow", "GET, HEAD")
	a.Problem(w, r, &Problem{
		Status: http.StatusMethodNotAllowed, Title: "Nicht erlaubt", Detail: "Hier geht nur Lesen: GET und HEAD.",
	})
	return false
}

// Redirect answers 308 with the canonical path.
func (a Replies) Redirect(w http.ResponseWriter, path string) {
	h := w.Header()
	h.Set("Location", a.Prefix+path)
	h.Set("Cache-Control", "public, max-age=86400")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Length", "0")
	w.WriteHeader(http.StatusPermanentRedirect)
}

// BadQuery is the error of a request with parameters that make no sense. Its value
// is the reason, a German sentence.
type BadQuery string

// Error returns the reason.
func (e BadQuery) Error() string { return string(e) }

// Fail answers a request that met an error: 404 for a [NotFound], 400 for a
// [BadQuery] or [BadSearch]; the snapshot of an earlier version, if there is one; else 503. What
// is not the client's doing is logged.
func (a Replies) Fail(w http.ResponseWriter, r *http.Request, old *Snapshot, err error) {
	var unknown *NotFound
	var bad BadQuery
	var search *BadSearch
	p := &Problem{
		Status: http.StatusServiceUnavailable, Title: "Gerade nicht verfügbar",
		Detail: "Die Meldungen können im Augenblick nicht gelesen werden. Bitte in einer Minute noch einmal versuchen.",
	}
	switch {
	case errors.As(err, &unknown):
		a.Problem(w, r, unknown.Problem())
		return
	case errors.As(err, &bad):
		a.Problem(w, r, &Problem{Status: http.StatusBadRequest, Title: "Anfrage nicht verstanden", Detail: string(bad)})
		return
	case errors.As(err, &search):
		a.Problem(w, r, search.Problem())
		return
	case errors.Is(err, aggregator.ErrSearchBusy):
		a.Logger.Warn("search given up", "url", r.URL.Path, "err", err, "stale", old != nil)
		p.Detail = "Diese Suche dauert zu lange, oder es suchen gerade zu viele. Bitte in einer Minute noch einmal versuchen, am besten mit selteneren Wörtern."
	case !errors.Is(err, context.Canceled):
		a.Logger.Error("cannot render", "url", r.URL.Path, "err", err, "stale", old != nil)
	}
	if old != nil {
		old.Serve(w, r)
		return
	}
	w.Header().Set("Retry-After", "30")
	a.Problem(w, r, p)
}
