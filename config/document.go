package config

import (
	"bytes"
	"errors"
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// document is a TOML file: its values, and where each of them stands.
type document struct {
	name   string
	data   []byte
	values map[string]any
	lines  []int           // byte offset of the beginning of each line
	places map[string]span // by key path: "fetch.interval", "source[2].url", "catalogue.enable[0]"
}

// span holds the byte offsets of a key and of its value. They are the same for
// a table.
type span struct{ key, value int }

// deepest is how many levels of keys positions are kept for. The deepest key
// there is has three: the table, its number, the key.
const deepest = 4

// maxFile bounds the configuration file, in bytes.
const maxFile = 4 * mib

// read takes the TOML file apart. All it says about a file that is not TOML is
// the first thing wrong with it.
func read(name string, data []byte) (*document, *Error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	d := &document{name: name, data: data[:len(data):len(data)], places: map[string]span{}, values: map[string]any{}}
	if len(data) > maxFile {
		return d, &Error{File: name, Msg: fmt.Sprintf("the file is larger than %d MiB", maxFile/mib), Hint: "is this the configuration?"}
	}
	d.lines = append(d.lines, 0)
	for i, b := range data {
		if b == '\n' {
			d.lines = append(d.lines, i+1)
		}
	}
	if err := d.checkText(); err != nil {
		return d, err
	}
	if err := toml.Unmarshal(d.data, &d.values); err != nil {
		return d, d.syntax(err)
	}
	if err := d.index(); err != nil {
		return d, d.syntax(err)
	}
	return d, nil
}

// checkText refuses what is no UTF-8, with a better word than a TOML parser has.
func (d *document) checkText() *Error {
	const hint = "save the file as UTF-8 in your editor"
	if bytes.HasPrefix(d.data, []byte{0xff, 0xfe}) || bytes.HasPrefix(d.data, []byte{0xfe, 0xff}) {
		return &Error{File: d.name, Line: 1, Column: 1, Msg: "the file is UTF-16", Hint: hint}
	}
	for i := 0; i < len(d.data); {
		r, n := utf8.DecodeRune(d.data[i:])
		if r == utf8.RuneError && n <= 1 {
			return d.at(i, "", fmt.Sprintf("byte 0x%02x is not valid UTF-8", d.data[i]), hint)
		}
		i += n
	}
	return nil
}

// syntax translates an error of the TOML library.
func (d *document) syntax(err error) *Error {
	msg := strings.TrimPrefix(err.Error(), "toml: ")
	hint := ""
	switch {
	case strings.Contains(msg, "already"):
		hint = "a key or table may stand in the file once; only [[source]] repeats"
	case strings.Contains(msg, "expected value"), strings.Contains(msg, "invalid character at start of"):
		hint = `texts and durations stand in quotes: listen = "127.0.0.1:8080"`
	}
	var pos *toml.DecodeError
	if errors.As(err, &pos) {
		line, column := pos.Position()
		if line >= 1 && line <= len(d.lines) {
			return d.at(d.lines[line-1]+column-1, strings.Join(pos.Key(), "."), msg, hint)
		}
	}
	return &Error{File: d.name, Msg: msg, Hint: hint}
}

// at makes an error at a byte offset.
func (d *document) at(offset int, key, msg, hint string) *Error {
	offset = min(max(offset, 0), len(d.data))
	n := sort.SearchInts(d.lines, offset+1) - 1
	text := d.data[d.lines[n]:]
	if end := bytes.IndexByte(text, '\n'); end >= 0 {
		text = text[:end]
	}
	column := utf8.RuneCount(d.data[d.lines[n]:offset]) + 1
	return &Error{
		File: d.name, Line: n + 1, Column: column, Key: key, Msg: msg, Hint: hint,
		Text: strings.ToValidUTF8(strings.TrimRight(string(text), "\r"), "\uFFFD"),
	}
}

// index notes where every key and value stands.
func (d *document) index() error {
	p := unstable.Parser{}
	p.Reset(d.data)
	rows := map[string]int{} // of the arrays of tables so far
	table := []string(nil)
	for p.NextExpression() {
		node := p.Expression()
		switch node.Kind {
		case unstable.Table:
			table = d.header(node, rows, false)
		case unstable.ArrayTable:
			table = d.header(node, rows, true)
		case unstable.KeyValue:
			d.keyValue(table, node)
		}
	}
	return p.Error()
}

// header notes a [table] or [[table]] and returns its path, with the number of
// the row in the last array of each name on the way.
func (d *document) header(node *unstable.Node, rows map[string]int, array bool) []string {
	var path []string
	for it := node.Key(); it.Next(); {
		if len(path) > deepest {
			break
		}
		key := it.Node()
		path = append(path, string(key.Data))
		full := join(path)
		d.note(full, span{int(key.Raw.Offset), int(key.Raw.Offset)})
		if array && it.IsLast() {
			rows[full]++
		}
		if n := rows[full]; n > 0 {
			path[len(path)-1] += fmt.Sprintf("[%d]", n-1)
			d.note(join(path), span{int(key.Raw.Offset), int(key.Raw.Offset)})
		}
	}
	return path
}

// keyValue notes "key = value" and what is inside of the value.
func (d *document) keyValue(table []string, node *unstable.Node) {
	path := table[:len(table):len(table)]
	at := 0
	for it := node.Key(); it.Next(); {
		if len(path) > deepest {
			return
		}
		at = int(it.Node().Raw.Offset)
		path = append(path, string(it.Node().Data))
		d.note(join(path), span{at, at})
	}
	d.value(path, at, node.Value())
}

func (d *document) value(path []string, key int, v *unstable.Node) {
	if len(path) > deepest {
		return
	}
	at := int(v.Raw.Offset)
	if v.Kind == unstable.Array { // the parser does not say where it begins
		at = key
	}
	full := join(path)
	d.places[full] = span{key, at}
	switch v.Kind {
	case unstable.InlineTable:
		for it := v.Children(); it.Next(); {
			d.keyValue(path, it.Node())
		}
	case unstable.Array:
		for i, it := 0, v.Children(); it.Next(); i++ {
			row := append(path[:len(path)-1:len(path)-1], fmt.Sprintf("%s[%d]", path[len(path)-1], i))
			d.value(row, at, it.Node())
		}
	}
}

// note keeps the first place of a path.
func (d *document) note(path string, s span) {
	if _, ok := d.places[path]; !ok {
		d.places[path] = s
	}
}

func join(path []string) string { return strings.Join(path, ".") }

// errorAt makes an error about a key: at its value, or at the key itself for
// atKey, or at the nearest table around it when the file does not have it.
func (d *document) errorAt(key string, atKey bool, msg, hint string) *Error {
	for path := key; path != ""; {
		if s, ok := d.places[path]; ok {
			if atKey || path != key {
				return d.at(s.key, key, msg, hint)
			}
			return d.at(s.value, key, msg, hint)
		}
		cut := strings.LastIndexAny(path, ".[")
		path = path[:max(cut, 0)]
	}
	return &Error{File: d.name, Key: key, Msg: msg, Hint: hint}
}
