package classify

import (
	"strconv"
	"testing"
)

// TestWordTable fills a table well beyond its first size.
func TestWordTable(t *testing.T) {
	table := newWordTable(4)
	const words = 5000
	for i := range words {
		if n, isNew := table.add("wort" + strconv.Itoa(i)); n != uint32(i+1) || !isNew {
			t.Fatalf("word %d got number %d, new %t", i, n, isNew)
		}
	}
	for i := range words {
		word := "wort" + strconv.Itoa(i)
		if n := table.number([]byte(word)); n != uint32(i+1) {
			t.Errorf("%s has number %d, want %d", word, n, i+1)
		}
		if n, isNew := table.add(word); n != uint32(i+1) || isNew {
			t.Errorf("%s added again has number %d, new %t", word, n, isNew)
		}
		if n := table.number([]byte("kein" + word)); n != 0 {
			t.Errorf("a word that is not there has number %d", n)
		}
	}
	if n := table.number(nil); n != 0 {
		t.Errorf("no word has number %d", n)
	}
}
