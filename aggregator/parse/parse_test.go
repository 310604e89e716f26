package parse

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"laenderfeed/aggregator"
)

var update = flag.Bool("update", false, "write the golden files")

// now is the time all cases are read at: a Saturday noon in Berlin.
var now = time.Date(2026, 11, 21, 11, 0, 0, 0, time.UTC)

// options are those of a case that differ from the usual ones.
var options = map[string]func(*Options){
	"bremen.html": func(o *Options) {
		o.Selectors = aggregator.Selectors{Item: "tbody tr", Date: "td:first-child", DateFormat: "02.01.2006", Title: "td:nth-child(2)", Summary: "td:nth-child(3)"}
	},
	"mv.html": func(o *Options) {
		o.Selectors = aggregator.Selectors{Item: ".resultlist .teaser", Date: ".dtstart", Link: "h3 a", Title: "h3 a", Summary: "p"}
	},
	"gsb.html": func(o *Options) {
		o.Selectors = aggregator.Selectors{Item: "table.textualData tbody tr", Date: "td:first-child"}
	},
	"kommune21-alt.html": func(o *Options) {
		o.Selectors = aggregator.Selectors{Item: ".meldung", Title: ".titel, .form", Link: ".titel", Summary: ".meldung"}
	},
	"kommune21-neu.html": func(o *Options) {
		o.Selectors = aggregator.Selectors{Item: "article", Title: ".kick, h2", Link: "a", Summary: ".t"}
	},
	"pfaddatum.html":       func(o *Options) { o.Selectors = aggregator.Selectors{Item: "#l > a, #l > .m"} },
	"selektor-falsch.html": func(o *Options) { o.Selectors = aggregator.Selectors{Item: ".gibt-es-nicht"} },
	"latin1.html":          func(o *Options) { o.Selectors = aggregator.Selectors{Item: "li"} },
}

func caseOptions(name string) Options {
	opt := Options{URL: "https://www.example.de/presse/liste.html?seite=1", Now: now, Full: true}
	if strings.HasSuffix(name, ".html") {
		opt.Kind = aggregator.KindHTML
	}
	if set := options[name]; set != nil {
		set(&opt)
	}
	return opt
}

// view is a document as a golden file shows it.
type view struct {
	Error string               `json:",omitempty"`
	Doc   *aggregator.Document `json:",omitempty"`
}

// TestCases reads every file in testdata/cases and compares the document with
// the golden file beside it.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		if strings.HasSuffix(name, ".want") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var v view
			v.Doc, err = Parse(body, caseOptions(name))
			if err != nil {
				v.Error = err.Error()
			} else {
				checkInvariants(t, v.Doc)
			}
			got := golden(t, v)
			want, err := os.ReadFile(file + ".want")
			if *update {
				want, err = got, os.WriteFile(file+".want", got, 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// golden writes a view without what is empty, so that files stay short.
func golden(t *testing.T, v view) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(prune(tree)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// prune drops empty members, zero times and arrays of nothing but false.
func prune(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			if x = prune(x); x == nil {
				delete(v, k)
			} else {
				v[k] = x
			}
		}
		if len(v) == 0 {
			return nil
		}
	case []any:
		empty := true
		for i := range v {
			v[i] = prune(v[i])
			empty = empty && v[i] == nil
		}
		if empty {
			return nil
		}
	case string:
		if v == "" || v == "0001-01-01T00:00:00Z" {
			return nil
		}
	case bool:
		if !v {
			return nil
		}
	case float64:
		if v == 0 {
			return nil
		}
	}
	return v
}

func TestCheckSelector(t *testing.T) {
	for selector, ok := range map[string]bool{
		"article": true, ".kicker, h2 > a[href]": true, "tr:nth-child(2)": true,
		"": false, "a[": false, "div >": false, ":nonsense": false,
	} {
		if err := CheckSelector(selector); (err == nil) != ok {
			t.Errorf("CheckSelector(%q) = %v", selector, err)
		}
	}
}
