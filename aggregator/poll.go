package aggregator

import (
	"context"
	"time"
)

// Result is what one poll of one source came to. It is saved in one
// transaction.
type Result struct {
	Source    string // ID
	At        time.Time
	State     State         // after the poll, NextCheck included
	Items     []Item        // new or changed, labelled; ID, Seen and Updated are the store's to set
	Digests   []Digest      // of the document read, see [Document]; nil leaves those stored alone, none forgets them
	Host      string        // see [Source.Host]
	HostPause time.Time     // nobody asks Host before; zero leaves an earlier pause alone
	Announced *Announcement // passed on in the Outcome, not stored
	Pushed    bool          // a hub sent the Items: of State only Published is stored, Host is empty

	answer *Response // that Items come from, to be released once they are saved; or nil
}

// Saved counts what a Result changed.
type Saved struct {
	New     int
	Updated int // stored before and changed, however little
}

// Store is what the [Poller] needs of the database.
type Store interface {
	// Due returns up to n enabled sources whose NextCheck has come and whose
	// host is not paused, the longest overdue first.
	Due(ctx context.Context, now time.Time, n int) ([]SourceStatus, error)
	// Seen returns the digests of the last document of a source that was saved.
	Seen(ctx context.Context, source string) ([]Digest, error)
	// Fresh returns the items of a source that are not stored yet or whose
	// Fingerprint differs from the stored one; the latter have their ID set.
	// Purged items are not fresh.
	Fresh(ctx context.Context, source string, items []Item) ([]Item, error)
	// Save commits a Result whole or not at all. Saving the same Result twice
	// changes nothing the second time.
	Save(ctx context.Context, r Result) (Saved, error)
}
