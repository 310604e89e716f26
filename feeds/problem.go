package feeds

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"net/http"
	"strconv"
	"strings"
)

// Problem is an answer that is no feed and no page: an error with a way out, as
// a small German page, or as plain text for clients that ask for no HTML.
type Problem struct {
	Status int
	Title  string
	Detail string
	Links  []Link
}

const problemStyle = "body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem;color:#1b1f24;background:#fff}" +
	"a{color:#0b5394}h1{font-size:1.5rem}@media(prefers-color-scheme:dark){body{color:#e6e6e6;background:#15181c}a{color:#8ec5ff}}"

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
{{- if .Links}}
<ul>
{{- range .Links}}
<li><a href="{{.Path}}">{{.Text}}</a></li>
{{- end}}
</ul>
{{- end}}
<p><a href="/">Zur Übersicht</a></p>
</main>
</body>
</html>
`))

// ServeHTTP writes the problem.
func (p *Problem) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Vary", "Accept")
	if p.Status >= 500 {
		h.Set("Cache-Control", "no-store")
	} else {
		h.Set("Cache-Control", "public, max-age=60")
	}
	body := p.text()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	if strings.Contains(r.Header.Get("Accept"), "text/html") {
		if page, err := p.html(); err == nil {
			body = page
			h.Set("Content-Type", "text/html; charset=utf-8")
			h.Set("Content-Security-Policy", "default-src 'none'; style-src '"+StyleHash(problemStyle)+"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(p.Status)
	if r.Method != http.MethodHead {
		w.Write(body) // an error means that the client has gone
	}
}

func (p *Problem) text() []byte {
	var b bytes.Buffer
	b.WriteString(p.Title + "\n\n" + p.Detail + "\n")
	for _, l := range p.Links {
		b.WriteString("\n" + l.Text + ": " + l.Path)
	}
	b.WriteByte('\n')
	return b.Bytes()
}

func (p *Problem) html() ([]byte, error) {
	var b bytes.Buffer
	err := problemPage.Execute(&b, struct {
		*Problem
		Style template.CSS
	}{p, problemStyle})
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
func Allowed(w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return true
	}
	w.Header().Set("Allow", "GET, HEAD")
	p := Problem{Status: http.StatusMethodNotAllowed, Title: "Nicht erlaubt", Detail: "Hier geht nur Lesen: GET und HEAD."}
	p.ServeHTTP(w, r)
	return false
}

// Redirect answers 308 with the canonical path, below the path that the public
// URL may have.
func Redirect(w http.ResponseWriter, prefix, path string) {
	h := w.Header()
	h.Set("Location", prefix+path)
	h.Set("Cache-Control", "public, max-age=86400")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Length", "0")
	w.WriteHeader(http.StatusPermanentRedirect)
}
