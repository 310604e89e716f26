package parse

import (
	"strings"

	"github.com/mmcdole/gofeed/atom"
	ext "github.com/mmcdole/gofeed/extensions"
)

// rights makes a line of what a feed or an item says of its rights: the first of
// the texts that says something, and the addresses of the licences.
//
// The copyright of Media RSS is not among the texts: it speaks of a picture, and
// an item would be said to belong to the agency that took it.
func (r *reader) rights(base string, licences []string, texts ...string) string {
	var text, links string
	for i := 0; i < len(texts) && text == ""; i++ {
		text = plain(markup{text: texts[i]}, MaxRights)
	}
	for _, ref := range licences {
		u := r.absolute(base, ref)
		if u != "" && u != noLicence && !strings.Contains(text+links, u) && len(links)+len(u) <= MaxRights/2 {
			links += ", " + u
		}
	}
	if text == "" {
		return strings.TrimPrefix(links, ", ")
	}
	return cutText(text, MaxRights-len(links)) + links
}

// noLicence is what aggregators write for a licence that is not known (RFC 4946,
// 2.1).
const noLicence = "http://purl.org/atompub/license#unspecified"

// licences returns the addresses of licences that modules name: creativeCommons
// of RSS 2.0, cc of RSS 1.0, dcterms, and Atom's links.
func licences(x ext.Extensions) (refs []string) {
	for _, prefix := range [...]string{"creativeCommons", "cc", "dcterms"} {
		for _, l := range x[prefix]["license"] {
			refs = append(refs, first(l.Attrs["resource"], l.Value))
		}
	}
	for _, prefix := range atomPrefixes() {
		for _, l := range x[prefix]["link"] {
			if relation(l.Attrs["rel"], "license") {
				refs = append(refs, l.Attrs["href"])
			}
		}
	}
	return refs
}

// atomLicences returns the addresses of licences that Atom links to (RFC 4946).
func atomLicences(links []*atom.Link) (refs []string) {
	for _, l := range links {
		if relation(l.Rel, "license") {
			refs = append(refs, l.Href)
		}
	}
	return refs
}
