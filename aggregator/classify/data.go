package classify

import (
	"embed"
	"fmt"
	"strings"
)

// The rule set as text, one fact a line. The files are tab-separated UTF-8
// with a header line; empty lines and lines that begin with '#' are comments.
//
//go:embed data/*.tsv
var dataFiles embed.FS

// row is one line of a data file.
type row struct {
	line  int // from 1
	cells []string
}

// readTable returns the rows of an embedded data file. columns are the names
// the header line must have, in order.
func readTable(name string, columns ...string) ([]row, error) {
	b, err := dataFiles.ReadFile("data/" + name)
	if err != nil {
		return nil, fmt.Errorf("reading rules: %w", err)
	}
	return parseTable(name, string(b), columns)
}

func parseTable(name, text string, columns []string) ([]row, error) {
	rows := make([]row, 0, strings.Count(text, "\n"))
	pool := make([]string, 0, cap(rows)*len(columns))
	seenHeader := false
	for n := 1; text != ""; n++ {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		line = strings.TrimSuffix(line, "\r")
		if line == "" || line[0] == '#' {
			continue
		}
		first := len(pool)
		for cell, rest, more := line, line, true; more; pool = append(pool, cell) {
			cell, rest, more = strings.Cut(rest, "\t")
		}
		cells := pool[first:]
		if !seenHeader {
			if strings.Join(cells, " ") != strings.Join(columns, " ") {
				return nil, fmt.Errorf("reading rules: %s:%d: columns are %q, want %q", name, n, cells, columns)
			}
			seenHeader = true
			continue
		}
		if len(cells) > len(columns) {
			return nil, fmt.Errorf("reading rules: %s:%d: %d columns, want %d", name, n, len(cells), len(columns))
		}
		for len(pool)-first < len(columns) {
			pool = append(pool, "")
		}
		rows = append(rows, row{n, pool[first:len(pool):len(pool)]})
	}
	return rows, nil
}

// expand returns the forms a pattern with braces stands for:
// "künstliche{,r,n} Intelligenz" are three. Braces do not nest.
func expand(pattern string) []string {
	open := strings.IndexByte(pattern, '{')
	if open < 0 {
		return []string{pattern}
	}
	end := strings.IndexByte(pattern[open:], '}')
	if end < 0 {
		return []string{pattern}
	}
	head, tails := pattern[:open], expand(pattern[open+end+1:])
	var forms []string
	for _, alt := range strings.Split(pattern[open+1:open+end], ",") {
		for _, tail := range tails {
			forms = append(forms, head+alt+tail)
		}
	}
	return forms
}
