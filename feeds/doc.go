// Package feeds turns a query into the bytes a feed reader gets: Atom, RSS 2.0,
// JSON Feed, OPML and iCalendar, and serves them over HTTP.
//
//	URL ── Parse ── canonical? ── Cache ── fresh? ── Snapshot.Serve ── 304 or bytes
//	                  │ no          │ no
//	                 308         Items.Entries ── render ── hash, gzip
//
// A [Vocabulary] has the regions, topics and places there are feeds for. Its
// methods Parse and Path are the one place that knows how a query is spelled as a
// URL; every other spelling is redirected there in one hop, so that a cache in
// front holds one copy. A [Snapshot] is everything that is needed to answer for
// one URL, both encodings and all headers; a [Cache] keeps it until
// [Items.Generation] moves, so the usual request reads no database, renders and
// compresses nothing.
//
// A search is a query with words and days in it. Its URL has a query string, read
// and written by the methods ParseSearch and SearchPath, and its snapshots have a
// cache of their own, so that strangers who search for endless different things
// cannot push the feeds out of memory.
//
// Rendering is a function of the entries and the [Config] alone: equal input
// gives equal bytes, whatever the time, the locale or the order of a map.
// Whatever the store holds, the output is well-formed, carries no character that
// XML 1.0 forbids and no link that is not http or https.
//
// The structures of gorilla/feeds are embedded and their elements shadowed where
// they are too small for a rich valid feed; see atomFeed, rssChannel, jsonFeed.
package feeds
