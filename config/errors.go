package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Error is one thing wrong with a configuration, and where.
type Error struct {
	File   string // as given to Parse or Load; "" when the value was not read from a file
	Line   int    // from 1; 0 when no line can be named
	Column int    // from 1, counted in characters
	Key    string // such as "fetch.interval" or "source[2].url"; "" for a file that is not TOML
	Msg    string // what is wrong, lower case
	Hint   string // what to write instead, or ""
	Text   string // the line itself
}

// Error returns the error on one line: "file:line:column: key: message (hint)".
func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File + ":")
		if e.Line > 0 {
			fmt.Fprintf(&b, "%d:%d:", e.Line, e.Column)
		}
		b.WriteByte(' ')
	}
	if e.Key != "" {
		b.WriteString(e.Key + ": ")
	}
	b.WriteString(e.Msg)
	if e.Hint != "" {
		b.WriteString(" (" + e.Hint + ")")
	}
	return b.String()
}

// widest is how much of a line Format shows.
const widest = 160

// Format returns the error for people: the message, the line with a caret under
// the place, and the hint, each on a line of its own and none ended by a newline
// at the last.
func (e *Error) Format() string {
	bare := *e
	bare.Hint = ""
	var b strings.Builder
	b.WriteString(bare.Error())
	if line := []rune(e.Text); e.Line > 0 && len(line) > 0 {
		at := min(max(e.Column-1, 0), len(line))
		cut := max(0, at-widest/2)
		shown := line[cut:min(len(line), cut+widest)]
		number := fmt.Sprint(e.Line)
		fmt.Fprintf(&b, "\n  %s | %s\n  %s | %s^", number, printable(shown), strings.Repeat(" ", len(number)), indent(shown[:at-cut]))
	}
	if e.Hint != "" {
		b.WriteString("\n  hint: " + e.Hint)
	}
	return b.String()
}

// indent is as wide as the text before the caret: tabs stay, the rest is blank.
func indent(before []rune) string {
	out := make([]rune, len(before))
	for i, r := range before {
		out[i] = ' '
		if r == '\t' {
			out[i] = r
		}
	}
	return string(out)
}

// printable keeps control characters of a broken file away from the terminal.
func printable(line []rune) string {
	out := slices.Clone(line)
	for i, r := range out {
		if r < ' ' && r != '\t' || r >= 0x7f && r < 0xa0 {
			out[i] = '\uFFFD'
		}
	}
	return string(out)
}

// Errors is everything wrong with a configuration, in the order of the file.
// It is never empty when it is returned as an error.
type Errors []*Error

// Error returns all errors, one a line.
func (es Errors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Format returns all errors for people, see [Error.Format], with an empty line
// between them.
func (es Errors) Format() string {
	parts := make([]string, len(es))
	for i, e := range es {
		parts[i] = e.Format()
	}
	return strings.Join(parts, "\n\n")
}

// Unwrap lets errors.As find the single errors.
func (es Errors) Unwrap() []error {
	out := make([]error, len(es))
	for i, e := range es {
		out[i] = e
	}
	return out
}

// err returns the errors as an error, nil when there are none.
func (es Errors) err() error {
	if len(es) == 0 {
		return nil
	}
	return es
}

func (es Errors) sorted() Errors {
	slices.SortStableFunc(es, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return es
}
