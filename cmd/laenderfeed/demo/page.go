package demo

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
	"strings"
)

//go:embed pages.tmpl
var pagesText string

// pages parses the templates: front, article, table, magazine.
func pages() *template.Template {
	return template.Must(template.New("pages").Funcs(template.FuncMap{
		"long": germanDate,
		"kicker": func(title string) string {
			kicker, _, _ := strings.Cut(title, ": ")
			return kicker
		},
		"headline": func(title string) string {
			_, headline, _ := strings.Cut(title, ": ")
			return headline
		},
	}).Parse(pagesText))
}

// renderTable renders a list of press releases as a table.
func renderTable(v view) ([]byte, error) { return renderPage("table", v) }

// renderMagazine renders a list of articles with kicker and headline apart.
func renderMagazine(v view) ([]byte, error) { return renderPage("magazine", v) }

func renderPage(name string, data any) ([]byte, error) {
	var out bytes.Buffer
	err := pages().ExecuteTemplate(&out, name, data)
	return out.Bytes(), err
}

func servePage(w http.ResponseWriter, name string, data any) {
	body, err := renderPage(name, data)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(body) // the reader may have gone
}
