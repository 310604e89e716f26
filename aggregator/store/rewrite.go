package store

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"laenderfeed/aggregator"
)

// A publisher that gets a new system gives all its old items new guids. Taken at
// their word they would be news. So when most of a document is unknown though
// its source is not, the unknown items are looked for among those stored, by
// their links and by title and day, and keep the identity they have.
//
// What cannot be told: items that were purged have left nothing but their guids.
// In a document found rewritten, an item from before the oldest that is stored
// is taken for one of them. One without a date comes back.
const (
	rewriteLeast = 3    // unknown items make no archive
	rewriteDepth = 5000 // stored items are looked at, the newest
	maxAliases   = 3    // other guids of an item are known: a source may give new ones at every poll
)

// rewritten finds the stored items behind unknown ones, makes their new guids
// known, and adds them to have. It returns whether there were any.
func (t tx) rewritten(o target, r *aggregator.Result, ids []uuid, have map[uuid]identity) (bool, error) {
	unknown := slices.DeleteFunc(changed(ids, r.Items, have), func(i int) bool {
		_, known := have[ids[i]]
		return known
	})
	if o.first || len(unknown) < rewriteLeast || 2*len(unknown) <= r.State.ItemsLast {
		return false, nil
	}
	stored, err := t.archive(o.id)
	if err != nil {
		return false, err
	}
	rows, old := stored.match(r.Items, unknown)
	if len(rows) < 2 || 2*len(rows) <= len(unknown)-len(old) {
		return false, nil
	}
	for i, row := range rows {
		if err := t.alias(ids[i], row); err != nil {
			return false, err
		}
		have[ids[i]] = identity{item: row}
	}
	for _, i := range old {
		if err := t.remember(ids[i], &r.Items[i], 0); err != nil {
			return false, err
		}
		have[ids[i]] = identity{}
	}
	return true, nil
}

// archive is what the stored items of a source can be told by. A key that two
// items share is worth nothing: its row is 0.
type archive struct {
	byLink, byTitle map[string]int64
	oldest          time.Time // zero if that is not known
}

// archive reads the stored items of a source.
func (t tx) archive(source int64) (a archive, err error) {
	a = archive{byLink: map[string]int64{}, byTitle: map[string]int64{}}
	rows, err := t.query("SELECT id, link, title, published FROM items WHERE source = ? ORDER BY sort DESC, id DESC LIMIT ?", source, rewriteDepth)
	if err != nil {
		return a, err
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		var row int64
		var it aggregator.Item
		var published instant
		if err := rows.Scan(&row, &it.Link, &it.Title, &published); err != nil {
			return a, err
		}
		it.Published = published.Time
		once(a.byLink, foldLink(it.Link), row)
		once(a.byTitle, titleAndDay(&it), row)
		if n++; !it.Published.IsZero() && (a.oldest.IsZero() || it.Published.Before(a.oldest)) {
			a.oldest = it.Published
		}
	}
	if n == rewriteDepth {
		a.oldest = time.Time{}
	}
	return a, rows.Err()
}

// once notes what has a key, unless something else has it too.
func once(by map[string]int64, key string, what int64) {
	if key == "" {
		return
	}
	if _, taken := by[key]; taken {
		what = 0
	}
	by[key] = what
}

// match finds the stored rows of the items at the indexes given, and which of
// the others are older than anything stored.
func (a *archive) match(items []aggregator.Item, at []int) (rows map[int]int64, old []int) {
	rows = make(map[int]int64, len(at))
	met := make(map[int64]bool, len(at))
	for _, way := range []struct {
		stored map[string]int64
		key    func(*aggregator.Item) string
	}{
		{a.byLink, func(it *aggregator.Item) string { return foldLink(it.Link) }},
		{a.byTitle, titleAndDay},
	} {
		mine := make(map[string]int64, len(at))
		for _, i := range at {
			once(mine, way.key(&items[i]), int64(i)+1)
		}
		for key, n := range mine {
			i, row := int(n-1), way.stored[key]
			if _, found := rows[i]; n == 0 || row == 0 || found || met[row] {
				continue
			}
			rows[i], met[row] = row, true
		}
	}
	for _, i := range at {
		if p := items[i].Published; rows[i] == 0 && !p.IsZero() && p.Before(a.oldest) {
			old = append(old, i)
		}
	}
	return rows, old
}

// alias makes a new guid of a stored item known. Of more than a few, the oldest
// is forgotten; the guid it came with is not.
func (t tx) alias(id uuid, row int64) error {
	const surplus = "(SELECT id FROM aliases WHERE item = ? ORDER BY id DESC LIMIT -1 OFFSET ?)"
	if _, err := t.exec("INSERT INTO known (uuid, print, item) VALUES (?, zeroblob(16), ?)", id[:], row); err != nil {
		return err
	}
	if _, err := t.exec("INSERT INTO aliases (item, uuid) VALUES (?, ?)", row, id[:]); err != nil {
		return err
	}
	if _, err := t.exec("DELETE FROM known WHERE uuid IN (SELECT uuid FROM aliases WHERE id IN "+surplus+")", row, maxAliases); err != nil {
		return err
	}
	_, err := t.exec("DELETE FROM aliases WHERE id IN "+surplus, row, maxAliases)
	return err
}

// titleAndDay is a key of items that have both, else "".
func titleAndDay(it *aggregator.Item) string {
	if it.Published.IsZero() {
		return ""
	}
	return it.Published.UTC().Format(time.DateOnly) + " " + Fold(clean(it.Title, maxTitle))
}

// foldLink is what is left of an address when all that may differ between two
// addresses of one page is gone: scheme, "www.", a slash at the end, the
// fragment, and parameters that only count visitors.
func foldLink(link string) string {
	u, err := url.Parse(clean(link, maxShort))
	if err != nil || u.Host == "" {
		return ""
	}
	query := u.Query()
	for name := range query {
		if countsVisitors(strings.ToLower(name)) {
			delete(query, name)
		}
	}
	return strings.TrimPrefix(strings.ToLower(u.Host), "www.") + strings.TrimRight(u.EscapedPath(), "/") + "?" + query.Encode()
}

// countsVisitors names the parameters by which publishers learn where visitors
// come from.
func countsVisitors(name string) bool {
	for _, prefix := range [...]string{"utm_", "mtm_", "pk_", "piwik_", "wt_", "wt."} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return slices.Contains([]string{"fbclid", "gclid", "mc_cid", "mc_eid", "xtor"}, name)
}

// otherScheme returns a guid that is an address with the other of http and https,
// "" for any other: publishers that move to https rarely think of their guids.
func otherScheme(guid string) string {
	if rest, ok := strings.CutPrefix(guid, "http://"); ok {
		return "https://" + rest
	}
	if rest, ok := strings.CutPrefix(guid, "https://"); ok {
		return "http://" + rest
	}
	return ""
}
