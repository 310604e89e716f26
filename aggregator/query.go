package aggregator

// Query says which items a published feed holds. Several regions are a union,
// several topics too; regions, topics and source restrict each other. The zero
// Query is everything.
type Query struct {
	Regions []Region // empty: all
	Topics  []Topic  // empty: all
	Source  string   // ID of a source, or ""
	Limit   int      // at most so many items, newest first; 0 means 50
}

// Entry is an item on its way out, with what a feed says about its source.
type Entry struct {
	Item
	Origin Source
}
