package aggregator

// Query says which items a published feed holds. Several regions are a union,
// several topics and several places too; regions, topics, places and source
// restrict each other. A place stands for all that lies in it: a Kreis for its
// Gemeinden, a Regierungsbezirk for its Kreise. The zero Query is everything.
type Query struct {
	Regions []Region // empty: all
	Topics  []Topic  // empty: all
	Places  []string // keys as in [Place]; empty: all
	Source  string   // ID of a source, or ""
	Limit   int      // at most so many items, newest first; 0 means 50
}

// Entry is an item on its way out, with what a feed says about its source.
type Entry struct {
	Item
	Origin Source
}
