package feeds

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"laenderfeed/aggregator"
)

// Archive is what archive pages need beyond [Items].
type Archive interface {
	// Span returns when the oldest and the newest stored item were first seen.
	Span(ctx context.Context) (oldest, newest time.Time, err error)
	// Arrivals counts the items of a query first seen in the span of its Seen.
	Arrivals(ctx context.Context, q aggregator.Query) (int, error)
}

// archiveRoot is the segment before the month, and partPrefix stands before the
// number of a part of it.
const (
	archiveRoot = "archiv"
	partPrefix  = "teil-"
)

// archivePath is what the path of a month has between query and file name.
func archivePath(a aggregator.Arrivals) string {
	if a.IsZero() {
		return ""
	}
	s := a.From.Format("/" + archiveRoot + "/2006/01")
	if a.Part > 0 {
		s += "/" + partPrefix + strconv.Itoa(a.Part)
	}
	return s
}

// monthOf returns the calendar month that holds t, in UTC.
func monthOf(t time.Time) aggregator.Arrivals {
	t = t.UTC()
	from := time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
	return aggregator.Arrivals{From: from, To: from.AddDate(0, 1, 0)}
}

// cutArchive splits the segments of a path into those of the query and the month
// after them, if it is one of a feed. Without a month the Arrivals are zero.
func cutArchive(segments []string, f Format) ([]string, aggregator.Arrivals, error) {
	if !slices.Contains(Formats(), f) {
		return segments, aggregator.Arrivals{}, nil
	}
	n := len(segments) - 1
	for n >= 0 && !strings.EqualFold(segments[n], archiveRoot) {
		n--
	}
	if n < 0 {
		return segments, aggregator.Arrivals{}, nil
	}
	month := segments[n+1:]
	unknown := &NotFound{Kind: "Monat", Name: strings.Join(month, "/")}
	if len(month) < 2 || len(month) > 3 {
		return nil, aggregator.Arrivals{}, unknown
	}
	from, err := time.Parse("2006/1", month[0]+"/"+month[1])
	if err != nil || from.Year() < 1970 || from.Year() > 9000 {
		return nil, aggregator.Arrivals{}, unknown
	}
	a := monthOf(from)
	if len(month) == 3 {
		digits, found := strings.CutPrefix(strings.ToLower(month[2]), partPrefix)
		if a.Part, err = strconv.Atoi(digits); !found || err != nil || a.Part <= 0 || a.Part > 1_000_000 {
			return nil, aggregator.Arrivals{}, unknown
		}
	}
	return segments[:n], a, nil
}

// chain is how a feed document continues: RFC 5005 section 4. The zero chain is
// that of a document that stands alone.
type chain struct {
	archive    bool                // the document is a page of a month
	closed     bool                // and gets no more items
	prev, next aggregator.Arrivals // archive pages, zero for none
}

// chain finds the archive pages before and after that of a query. The feed
// itself continues with the month of the newest item stored.
func (h *Handler) chain(ctx context.Context, q aggregator.Query) (c chain, err error) {
	switch {
	case h.Archive == nil && q.Seen.IsZero():
		return c, nil
	case h.Archive == nil:
		return c, h.words.unknownMonth(q, time.Time{})
	}
	oldest, newest, err := h.Archive.Span(ctx)
	if err != nil {
		return c, fmt.Errorf("reading the span of the archive: %w", err)
	}
	if q.Seen.IsZero() {
		if !newest.IsZero() {
			c.prev = monthOf(newest)
		}
		return c, nil
	}
	month := monthOf(q.Seen.From)
	if newest.IsZero() || month.From.After(newest) || !month.To.After(oldest) {
		return c, h.words.unknownMonth(q, newest)
	}
	n, err := h.Archive.Arrivals(ctx, q)
	if err != nil {
		return c, fmt.Errorf("counting an archive page: %w", err)
	}
	full := fullParts(n)
	c.archive = true
	switch part := q.Seen.Part; {
	case part > full:
		return c, h.words.unknownMonth(q, newest)
	case part == 0:
		c.prev = partOf(month, full)
		if c.closed = !month.To.After(newest); c.closed {
			c.next = monthOf(month.To)
		}
	default:
		c.prev, c.next, c.closed = partOf(month, part-1), month, true
		if part < full {
			c.next.Part = part + 1
		}
	}
	if c.prev.IsZero() && month.From.After(oldest) {
		c.prev = monthOf(month.From.AddDate(0, -1, 0))
	}
	return c, nil
}

// fullParts returns how many parts come before the last one of a month of n items.
func fullParts(n int) int { return max(n-1, 0) / aggregator.ArrivalsPart }

// partOf returns a part of a month by its number, and the zero Arrivals for 0.
func partOf(month aggregator.Arrivals, part int) aggregator.Arrivals {
	if part == 0 {
		return aggregator.Arrivals{}
	}
	month.Part = part
	return month
}

// unknownMonth suggests the newest month there is.
func (v *Vocabulary) unknownMonth(q aggregator.Query, newest time.Time) error {
	e := &NotFound{Kind: "Monat", Name: strings.TrimPrefix(archivePath(q.Seen), "/"+archiveRoot+"/")}
	if q.Seen = (aggregator.Arrivals{}); !newest.IsZero() {
		last := q
		last.Seen = monthOf(newest)
		e.Suggestions = append(e.Suggestions, Link{v.Path(last, Atom), "Archiv " + MonthName(last.Seen.From)})
	}
	e.Suggestions = append(e.Suggestions, Link{v.Path(q, Atom), v.Names(q)})
	return e
}

// MonthName returns the German name of the month of a time and its year: "Oktober
// 2026".
func MonthName(t time.Time) string {
	names := [...]string{"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"}
	return names[t.Month()-1] + " " + strconv.Itoa(t.Year())
}

// relation is a link to another document of the same feed.
type relation struct{ rel, href string }

// relations are the links of RFC 5005 and the element that marks an archive page.
func (f *feed) relations(format Format) []relation {
	at := func(a aggregator.Arrivals) string {
		q := f.query
		q.Seen = a
		return f.base + f.path(q, format)
	}
	var rs []relation
	if f.chain.archive {
		rs = append(rs, relation{"current", at(aggregator.Arrivals{})})
	}
	if !f.chain.prev.IsZero() {
		rs = append(rs, relation{"prev-archive", at(f.chain.prev)})
	}
	if !f.chain.next.IsZero() {
		rs = append(rs, relation{"next-archive", at(f.chain.next)})
	}
	return rs
}

// history is the fh:archive element of RFC 5005 section 4. Only a page that gets
// no more items has it: a reader keeps such a page and never asks for it again,
// so the page of the current month would lose what comes in until its end.
type history struct {
	Namespace string `xml:"xmlns:fh,attr"`
}

func (c chain) mark() *history {
	if !c.closed {
		return nil
	}
	return &history{"http://purl.org/syndication/history/1.0"}
}
