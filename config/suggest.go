package config

import (
	"slices"
	"strings"
)

// suggest returns the hint for a word that is not among the known ones: the
// nearest if it looks like a slip, else the whole list if that is short.
func suggest(word string, known []string) string {
	if near := nearest(word, known); near != "" {
		return "did you mean " + quoted([]string{near}, " or ") + "?"
	}
	if len(known) == 0 || len(known) > 24 {
		return ""
	}
	return "known are " + quoted(known, " and ")
}

// nearest returns the known word that differs least from word, or "" when none
// is close. A slip is up to a third of the letters, but at least one.
func nearest(word string, known []string) string {
	word = strings.ToLower(word)
	if len(word) > 100 {
		return ""
	}
	best, found := max(1, len(word)/3)+1, ""
	for _, k := range known {
		if d := distance(word, strings.ToLower(k)); d < best {
			best, found = d, k
		}
	}
	return found
}

// distance counts the letters to insert, delete, replace or swap with their
// neighbour to get from a to b (optimal string alignment).
func distance(a, b string) int {
	before, last := []int(nil), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}

// quoted lists words in quotes: "a", "b" and "c".
func quoted(words []string, last string) string {
	q := slices.Clone(words)
	for i, w := range q {
		q[i] = `"` + w + `"`
	}
	if n := len(q); n > 1 {
		return strings.Join(q[:n-1], ", ") + last + q[n-1]
	}
	return strings.Join(q, "")
}

// texts turns a list of named strings into plain ones.
func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}
