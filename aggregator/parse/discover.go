package parse

import (
	"bytes"
	"net/url"
	"slices"
	"strings"

	nethtml "golang.org/x/net/html"
)

// FeedLink is a feed that a page announces.
type FeedLink struct {
	URL   string // absolute
	Title string // as the page calls it, or ""
	Type  string // the media type it is announced with
}

// maxFeedLinks is how many announced feeds are kept of a page.
const maxFeedLinks = 50

// discover returns the feeds that a page of HTML announces, by link or a
// elements with the media type of a feed (HTML Living Standard, "alternate"):
// the one that fits the page best comes first.
func (r *reader) discover(text []byte) (feeds []FeedLink) {
	z := nethtml.NewTokenizer(bytes.NewReader(text))
	base, based := r.base, false
	for tags := 0; tags < 2*MaxElements && len(feeds) < maxFeedLinks; {
		switch z.Next() {
		case nethtml.ErrorToken:
			r.rank(feeds)
			return feeds
		case nethtml.StartTagToken, nethtml.SelfClosingTagToken:
			tags++
			name, more := z.TagName()
			if !more || string(name) != "link" && string(name) != "a" && string(name) != "base" {
				continue
			}
			kind := string(name)
			attr := attributes(z)
			if kind == "base" {
				if u := r.absolute(r.base, attr["href"]); u != "" && !based {
					base, based = u, true
				}
				continue
			}
			f := FeedLink{URL: r.absolute(base, attr["href"]), Title: cutText(fold(attr["title"]), MaxTitle), Type: mediaType(attr["type"])}
			if f.URL != "" && (kind == "a" || isAlternate(attr["rel"])) && isFeedType(&f) && !announced(feeds, f.URL) {
				feeds = append(feeds, f)
			}
		}
	}
	r.rank(feeds)
	return feeds
}

// attributes reads those of the tag z is at; the first of a name counts.
func attributes(z *nethtml.Tokenizer) map[string]string {
	m := map[string]string{}
	for n := 0; n < MaxAttributes; n++ {
		key, value, more := z.TagAttr()
		if _, twice := m[string(key)]; !twice {
			m[string(key)] = string(value)
		}
		if !more {
			break
		}
	}
	return m
}

func announced(feeds []FeedLink, address string) bool {
	return slices.ContainsFunc(feeds, func(f FeedLink) bool { return f.URL == address })
}

func mediaType(s string) string {
	s, _, _ = strings.Cut(s, ";")
	return strings.ToLower(strings.TrimSpace(cutBytes(s, 100)))
}

func isAlternate(rel string) bool {
	return slices.ContainsFunc(strings.Fields(strings.ToLower(rel)), func(word string) bool { return word == "alternate" || word == "feed" })
}

// isFeedType tells whether a link leads to a feed. The types that many things
// have need a word that says so.
func isFeedType(f *FeedLink) bool {
	switch f.Type {
	case "application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml":
		return true
	case "application/xml", "text/xml", "application/json":
		said := strings.ToLower(f.Title + " " + f.URL)
		return !strings.Contains(said, "oembed") && (strings.Contains(said, "rss") || strings.Contains(said, "atom") || strings.Contains(said, "feed"))
	}
	return false
}

// rank orders feeds: those of comments last, those of the page's own host first,
// and among these the ones that share most of the page's path.
func (r *reader) rank(feeds []FeedLink) {
	page, err := url.Parse(r.opt.URL)
	if err != nil {
		page = &url.URL{}
	}
	weigh := func(f FeedLink) (n int) {
		said := strings.ToLower(f.Title + " " + f.URL)
		if strings.Contains(said, "kommentar") || strings.Contains(said, "comment") {
			n -= 10_000
		}
		u, err := url.Parse(f.URL)
		if err == nil && strings.EqualFold(u.Host, page.Host) {
			n += 1000 + sharedPath(u.Path, page.Path)
		}
		return n
	}
	slices.SortStableFunc(feeds, func(a, b FeedLink) int { return weigh(b) - weigh(a) })
}

// sharedPath counts the segments that two paths begin with alike.
func sharedPath(a, b string) (n int) {
	as, bs := strings.Split(strings.Trim(a, "/"), "/"), strings.Split(strings.Trim(b, "/"), "/")
	for n < len(as) && n < len(bs) && as[n] == bs[n] && as[n] != "" {
		n++
	}
	return n
}
