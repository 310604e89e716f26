package feeds

import (
	"net/http"
	"slices"

	"laenderfeed/aggregator"
)

// pushes tells whether the hub is told of changes of a query's feed, so that the
// feed may name it: that is so for single regions and topics, for a region and a
// topic, and for sources. Unions and places are left to be polled, as are archive
// pages.
func (h *Handler) pushes(q aggregator.Query) bool {
	return h.Hub != "" && len(q.Regions) <= 1 && len(q.Topics) <= 1 && len(q.Places) == 0 && q.Seen.IsZero()
}

// Changed returns the absolute URLs, each once, of the feeds that the hub is told
// of when items of a source are new or have changed.
func (h *Handler) Changed(source string, items []aggregator.Item) []string {
	var out []string
	seen := map[string]bool{}
	add := func(q aggregator.Query) {
		for _, f := range Formats() {
			if u := h.PublicURL + h.words.Path(q, f); !seen[u] {
				seen[u] = true
				out = append(out, u)
			}
		}
	}
	if len(items) > 0 {
		add(aggregator.Query{Source: source})
		add(aggregator.Query{})
	}
	for i := range items {
		l := &items[i].Labels
		for _, r := range append([]aggregator.Region{aggregator.Alle}, l.Regions...) {
			q := aggregator.Query{Regions: []aggregator.Region{r}}
			add(q)
			for _, topic := range l.Topics {
				q.Topics = []aggregator.Topic{topic}
				add(q)
			}
		}
	}
	return out
}

// links are the Link fields of a feed that names the hub (W3C WebSub section 4).
func (f *feed) links(format Format) http.Header {
	if f.hub == "" {
		return nil
	}
	return http.Header{"Link": {"<" + f.hub + `>; rel="hub"`, "<" + f.url(format) + `>; rel="self"`}}
}

// with returns both headers in one.
func with(a, b http.Header) http.Header {
	for key, values := range b {
		a[key] = slices.Concat(a[key], values)
	}
	return a
}
