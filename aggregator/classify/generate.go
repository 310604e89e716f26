package classify

// The gazetteer is generated once and committed; see gen for where it comes from.
//go:generate go run ./gen -out data/gazetteer.tsv
