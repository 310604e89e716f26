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

// Bounds of a file. The TOML library compares each key with all others of its
// table: 400,000 keys in one table keep it busy for minutes.
const (
	maxFile = 4 * mib // bytes
	maxLine = 10000   // bytes
	maxKeys = 1000    // in a table, and tables of different names
)

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
	if err := d.index(); err != nil {
		return d, err
	}
	if err := toml.Unmarshal(d.data, &d.values); err != nil {
		return d, d.syntax(err)
	}
	return d, nil
}

// checkText refuses what is no UTF-8, with a better word than a TOML parser has,
// and lines that nobody can read.
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
	for n, begin := range d.lines {
		end := len(d.data)
		if n+1 < len(d.lines) {
			end = d.lines[n+1]
		}
		if end-begin > maxLine {
			return &Error{File: d.name, Line: n + 1, Column: 1, Msg: fmt.Sprintf("the line is longer than %d bytes", maxLine), Hint: "lists may go over many lines"}
		}
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
	case strings.Contains(msg, "expected value"), strings.Contains(msg, "must be quoted"),
		strings.Contains(msg, "expected newline"), strings.Contains(msg, "invalid character at start of"):
		hint = `a line is: key = value; texts and durations stand in quotes: interval = "60m"`
	case strings.Contains(msg, "incomplete"):
		hint = "a closing bracket is missing"
	}
	var decoding *toml.DecodeError
	if errors.As(err, &decoding) {
		line, column := decoding.Position()
		if line >= 1 && line <= len(d.lines) {
			return d.at(d.lines[line-1]+column-1, strings.Join(decoding.Key(), "."), msg, hint)
		}
	}
	var parsing *unstable.ParserError
	if errors.As(err, &parsing) {
		// A highlight is a part of the data up to the same end of memory.
		if offset := cap(d.data) - cap(parsing.Highlight); offset >= 0 && offset <= len(d.data) {
			return d.at(offset, "", msg, hint)
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
	if len(text) > maxLine {
		text = nil // nobody reads it, and a hundred errors may be in it
	}
	column := utf8.RuneCount(d.data[d.lines[n]:offset]) + 1
	return &Error{
		File: d.name, Line: n + 1, Column: column, Key: cut(key, 100), Msg: cut(msg, 300), Hint: hint,
		Text: strings.ToValidUTF8(strings.TrimRight(string(text), "\r"), "\uFFFD"),
	}
}

// index notes where every key and value stands, and refuses what is too much for
// a configuration.
func (d *document) index() *Error {
	p := unstable.Parser{}
	p.Reset(d.data)
	rows := map[string]int{} // of the arrays of tables so far
	names := map[string]bool{}
	table, keys := []string(nil), 0
	for p.NextExpression() {
		node := p.Expression()
		crowd := false
		if node.Kind == unstable.KeyValue {
			keys++
			crowd = crowded(node.Value())
			d.keyValue(table, node)
		} else {
			keys = 0
			table = d.header(node, rows, node.Kind == unstable.ArrayTable)
			names[name(node)] = true
		}
		if crowd || keys > maxKeys || len(names) > maxKeys {
			return &Error{File: d.name, Key: cut(join(table), 100), Msg: fmt.Sprintf("there are more than %d keys or tables in one place", maxKeys), Hint: "is this the configuration?"}
		}
	}
	if err := p.Error(); err != nil {
		return d.syntax(err)
	}
	return nil
}

// crowded tells whether an inline table in a value has too many keys.
func crowded(v *unstable.Node) bool {
	if v.Kind != unstable.Array && v.Kind != unstable.InlineTable {
		return false
	}
	n := 0
	for it := v.Children(); it.Next(); n++ {
		inner := it.Node()
		if inner.Kind == unstable.KeyValue {
			inner = inner.Value()
		}
		if crowded(inner) {
			return true
		}
	}
	return v.Kind == unstable.InlineTable && n > maxKeys
}

// name returns the name in a header, as it is written.
func name(header *unstable.Node) string {
	var b strings.Builder
	for it := header.Key(); it.Next(); {
		b.Write(it.Node().Data)
		b.WriteByte('.')
	}
	return b.String()
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
	at, end := 0, 0
	for it := node.Key(); it.Next(); {
		if len(path) > deepest {
			return
		}
		at = int(it.Node().Raw.Offset)
		end = at + int(it.Node().Raw.Length)
		path = append(path, string(it.Node().Data))
		d.note(join(path), span{at, at})
	}
	// The parser does not say where an array begins: after the equals sign.
	rest := bytes.TrimLeft(d.data[end:], " \t=")
	d.value(path, span{at, len(d.data) - len(rest)}, node.Value())
}

// value notes a value, and those inside of an array or inline table.
func (d *document) value(path []string, s span, v *unstable.Node) {
	if len(path) > deepest {
		return
	}
	if v.Kind != unstable.Array {
		s.value = int(v.Raw.Offset)
	}
	full := join(path)
	d.places[full] = s
	switch v.Kind {
	case unstable.InlineTable:
		for it := v.Children(); it.Next(); {
			d.keyValue(path, it.Node())
		}
	case unstable.Array:
		for i, it := 0, v.Children(); it.Next(); i++ {
			row := append(path[:len(path)-1:len(path)-1], fmt.Sprintf("%s[%d]", path[len(path)-1], i))
			at := int(it.Node().Raw.Offset)
			if it.Node().Kind == unstable.Array {
				at = s.value
			}
			d.value(row, span{at, at}, it.Node())
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
	return &Error{File: d.name, Key: cut(key, 100), Msg: cut(msg, 300), Hint: hint}
}

// cut shortens a text that holds words of the file.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
