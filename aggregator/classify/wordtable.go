package classify

import "hash/maphash"

// wordTable numbers words from 1. It is a hash table with open addressing. Most
// words of a text are none of its own, which the tags tell: they are few bytes and
// stay in the cache.
type wordTable struct {
	seed    maphash.Seed
	tags    []uint8  // of the hash of the word in each slot, 0 where it is free; at most half of a power of two are taken
	numbers []uint32 // of the word in each slot
	words   []string // by number; the first is none
}

// newWordTable has so many slots, a power of two, until half of them are taken.
func newWordTable(slots int) wordTable {
	return wordTable{seed: maphash.MakeSeed(), tags: make([]uint8, slots), numbers: make([]uint32, slots), words: make([]string, 1, slots/2)}
}

// number returns the number of a word, or 0.
func (t *wordTable) number(word []byte) uint32 {
	hash := maphash.Bytes(t.seed, word)
	last, tag := uint64(len(t.tags)-1), tagOf(hash)
	for slot := hash & last; t.tags[slot] != 0; slot = (slot + 1) & last {
		if t.tags[slot] == tag && t.words[t.numbers[slot]] == string(word) {
			return t.numbers[slot]
		}
	}
	return 0
}

func tagOf(hash uint64) uint8 { return uint8(hash>>56) | 1 }

// add returns the number of a word, giving it the next if it has none.
func (t *wordTable) add(word string) (number uint32, isNew bool) {
	if n := t.number([]byte(word)); n != 0 {
		return n, false
	}
	t.words = append(t.words, word)
	n := len(t.words) - 1
	if 2*n <= len(t.tags) {
		t.place(n)
		return uint32(n), true
	}
	t.tags, t.numbers = make([]uint8, 2*len(t.tags)), make([]uint32, 2*len(t.tags))
	for i := 1; i <= n; i++ {
		t.place(i)
	}
	return uint32(n), true
}

// place gives a word a slot.
func (t *wordTable) place(number int) {
	hash := maphash.String(t.seed, t.words[number])
	last := uint64(len(t.tags) - 1)
	slot := hash & last
	for t.tags[slot] != 0 {
		slot = (slot + 1) & last
	}
	t.tags[slot], t.numbers[slot] = tagOf(hash), uint32(number)
}
