// Package aggregator holds the domain of laenderfeed and the poller that moves
// items through it. It is the package to read first.
//
// # The tour
//
// Bytes come in through fetch, become items in parse, get labels in classify,
// rest in store, and leave through feeds:
//
//	            Request/Response     Document            Labels          Saved
//	publisher ──── fetch ──────────── parse ──────────── classify ─────── store
//	                                                                        │ []Entry for a Query
//	                                               reader ──── feeds ───────┘
//
// This package has the words they share: [Source] and [State] (a publisher's
// feed or list page and how polling it went), [Request], [Response], [Document]
// and [Item] (what came back), [Labels] with their [Reason]s (which Land, place
// and topic an item is about, and why), [Query] and [Entry] (what a published
// feed asks for and gets), [Class] and [Error] (how a poll fails).
//
// The packages below import this one and never each other; cmd/laenderfeed
// builds each from plain values and hands it to the next. [Poller] is the only
// moving part here: it asks the store which sources are due, polls them
// politely, one host at a time, and saves each result in one transaction.
// [Policy] decides when a source is due again. What a hub pushes ([Announcement],
// [Subscription], package websub) takes the same way from parse on, by
// [Poller.Deliver].
package aggregator
