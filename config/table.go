package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// What a file may hold, far above what anybody writes: more errors help nobody,
// and longer lists are no configuration.
const (
	maxErrors = 100
	maxList   = 1000
	maxRows   = 10000
)

// reader takes typed values out of a document and collects what is wrong.
type reader struct {
	doc  *document
	errs Errors
}

// fail adds an error about the value of a key.
func (r *reader) fail(key, msg, hint string) {
	if len(r.errs) < maxErrors {
		r.errs = append(r.errs, r.doc.errorAt(key, false, msg, hint))
	}
}

// table is one TOML table. Every key asked for is a known one; done reports the
// rest. The zero table is empty.
type table struct {
	r      *reader
	path   string // "" for the top
	values map[string]any
	known  []string
}

// key returns the whole path of a key of the table.
func (t *table) key(name string) string {
	if t.path == "" {
		return name
	}
	return t.path + "." + name
}

// get returns the value of a key and remembers that the key is known.
func (t *table) get(name string) (any, bool) {
	t.known = append(t.known, name)
	v, ok := t.values[name]
	return v, ok
}

// has tells whether the file has the key, whatever it holds.
func (t *table) has(name string) bool {
	_, ok := t.values[name]
	return ok
}

// wrong says that a value has the wrong type.
func (t *table) wrong(name string, v any, want, example string) {
	t.r.fail(t.key(name), fmt.Sprintf("this is %s, not %s", kindOf(v), want), "write "+name+" = "+example)
}

// text reads a text of one line without control characters.
func (t *table) text(name string, into *string) bool {
	v, ok := t.get(name)
	if !ok {
		return false
	}
	s, ok := v.(string)
	if !ok {
		t.wrong(name, v, "a text", `"…", in quotes`)
		return false
	}
	if strings.ContainsFunc(s, control) {
		t.r.fail(t.key(name), "the text holds a line break or another control character", "write it on one line")
		return false
	}
	*into = strings.TrimSpace(s)
	return true
}

func control(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 || r == '\u2028' || r == '\u2029' }

// word reads one of a closed list of words. The target takes other words too,
// so that a rule that depends on it can tell.
func word[T ~string](t *table, name string, into *T, allowed []T) {
	var s string
	if !t.text(name, &s) {
		return
	}
	*into = T(s)
	if !slices.Contains(allowed, T(s)) {
		t.r.fail(t.key(name), fmt.Sprintf("%q is not allowed", s), suggestAllowed(s, texts(allowed)))
	}
}

// suggestAllowed names the nearest word and, the list being closed, all of them.
func suggestAllowed(word string, allowed []string) string {
	all := "allowed are " + quoted(allowed, " and ")
	if near := nearest(word, allowed); near != "" {
		return fmt.Sprintf("did you mean %q? %s", near, all)
	}
	return all
}

func (t *table) boolean(name string, into *bool) bool {
	v, ok := t.get(name)
	if !ok {
		return false
	}
	b, ok := v.(bool)
	if !ok {
		t.wrong(name, v, "true or false", "true or "+name+" = false, without quotes")
		return false
	}
	*into = b
	return true
}

func (t *table) integer(name string, into *int) {
	v, ok := t.get(name)
	if !ok {
		return
	}
	n, ok := v.(int64)
	if !ok {
		t.wrong(name, v, "a whole number", fmt.Sprintf("%d, without quotes", *into))
		return
	}
	*into = int(n)
}

func (t *table) duration(name string, into *time.Duration) {
	v, ok := t.get(name)
	if !ok {
		return
	}
	const hint = `write a number and a unit: "45s", "15m", "1h30m", "400d" or "8w"`
	switch v := v.(type) {
	case string:
		d, err := parseDuration(strings.TrimSpace(v))
		if err != nil {
			t.r.fail(t.key(name), err.Error(), hint)
			return
		}
		*into = d
	case int64:
		if v != 0 {
			t.r.fail(t.key(name), "a duration needs a unit", hint)
			return
		}
		*into = 0
	default:
		t.wrong(name, v, "a duration", `"15m", in quotes`)
	}
}

func (t *table) size(name string, into *int64) {
	v, ok := t.get(name)
	if !ok {
		return
	}
	switch v := v.(type) {
	case string:
		n, err := parseSize(strings.TrimSpace(v))
		if err != nil {
			t.r.fail(t.key(name), err.Error(), `write a number of bytes or a number and a unit: "10MiB", "500kB"`)
			return
		}
		*into = n
	case int64:
		*into = v
	default:
		t.wrong(name, v, "a size", `"10MiB"`)
	}
}

// list reads an array of texts.
func (t *table) list(name string, into *[]string) {
	v, ok := t.get(name)
	if !ok {
		return
	}
	values, ok := v.([]any)
	if !ok {
		t.wrong(name, v, "a list", `["…", "…"], in square brackets`)
		return
	}
	if len(values) > maxList {
		t.r.fail(t.key(name), fmt.Sprintf("the list has more than %d entries", maxList), "")
		return
	}
	before := len(t.r.errs)
	out := make([]string, 0, len(values))
	for i, v := range values {
		key := fmt.Sprintf("%s[%d]", t.key(name), i)
		s, ok := v.(string)
		switch {
		case !ok:
			t.r.fail(key, fmt.Sprintf("this is %s, not a text", kindOf(v)), "every entry of the list stands in quotes")
		case strings.TrimSpace(s) == "" || strings.ContainsFunc(s, control):
			t.r.fail(key, "the entry is empty or holds a control character", "")
		default:
			out = append(out, strings.TrimSpace(s))
		}
	}
	if len(t.r.errs) == before {
		*into = out
	}
}

// sub returns the table of a name, an empty one when the file has none.
func (t *table) sub(name string) *table {
	out := &table{r: t.r, path: t.key(name)}
	v, ok := t.get(name)
	if !ok {
		return out
	}
	switch v := v.(type) {
	case map[string]any:
		out.values = v
	case []any:
		t.r.fail(out.path, "this table may stand in the file once", fmt.Sprintf("write [%s] in single brackets", name))
	default:
		t.r.fail(out.path, fmt.Sprintf("this is %s, not a table", kindOf(v)), fmt.Sprintf("write [%s] on a line of its own and the keys under it", name))
	}
	return out
}

// rows returns the tables of an array of tables.
func (t *table) rows(name string) []*table {
	v, ok := t.get(name)
	if !ok {
		return nil
	}
	values, ok := v.([]any)
	if !ok {
		t.r.fail(t.key(name), "this table is one of many", fmt.Sprintf("write [[%s]] in double brackets", name))
		return nil
	}
	if len(values) > maxRows {
		t.r.fail(t.key(name), fmt.Sprintf("there are more than %d of these", maxRows), "")
		return nil
	}
	var out []*table
	for i, v := range values {
		path := fmt.Sprintf("%s[%d]", t.key(name), i)
		m, ok := v.(map[string]any)
		if !ok {
			t.r.fail(path, fmt.Sprintf("this is %s, not a table", kindOf(v)), fmt.Sprintf("write [[%s]] on a line of its own and the keys under it", name))
			continue
		}
		out = append(out, &table{r: t.r, path: path, values: m})
	}
	return out
}

// done reports the keys nobody asked for.
func (t *table) done() {
	for _, name := range slices.Sorted(maps.Keys(t.values)) {
		if slices.Contains(t.known, name) {
			continue
		}
		what := "unknown key"
		switch t.values[name].(type) {
		case map[string]any, []any:
			if t.path == "" {
				what = "unknown table"
			}
		}
		if len(t.r.errs) >= maxErrors {
			return
		}
		t.r.errs = append(t.r.errs, t.r.doc.errorAt(t.key(name), true, what, suggest(name, t.known)))
	}
}

// kindOf names the type of a TOML value for people.
func kindOf(v any) string {
	switch v.(type) {
	case string:
		return "a text"
	case bool:
		return "true or false"
	case int64:
		return "a number"
	case float64:
		return "a number with decimals"
	case []any:
		return "a list"
	case map[string]any:
		return "a table"
	}
	return "a date or time"
}
