package config

import (
	"encoding/xml"
	"strings"

	"laenderfeed/aggregator"
)

// opmlNamespace is that of the attributes of an outline that are keys of a
// [[source]]. Never change it: files in other hands carry it.
const opmlNamespace = "urn:laenderfeed:source"

// FormatOPML writes sources as a subscription list, OPML 2.0
// (https://opml.org/spec2.opml): a feed as an outline of type rss, a page as one
// of type link, which feed readers pass over. The keys of a [[source]] that OPML
// has no word for are attributes in a namespace of their own, so that
// [Config.ReadOPML] reads back the very same sources. The same sources give the
// same bytes.
func FormatOPML(title string, sources []aggregator.Source) []byte {
	var b strings.Builder
	b.WriteString(xml.Header)
	b.WriteString(`<opml version="2.0" xmlns:lf="` + opmlNamespace + `">` + "\n  <head>\n    <title>")
	escape(&b, title)
	b.WriteString("</title>\n  </head>\n  <body>\n")
	base := blank()
	for i := range sources {
		s := &sources[i]
		b.WriteString("    <outline")
		attribute(&b, "text", s.Name)
		attribute(&b, "title", s.Name)
		if s.Kind == aggregator.KindHTML {
			attribute(&b, "type", "link")
			attribute(&b, "url", s.URL)
		} else {
			attribute(&b, "type", "rss")
			attribute(&b, "xmlUrl", s.URL)
		}
		if s.Region != "" {
			attribute(&b, "category", "/"+string(s.Region)+"/"+string(s.Type))
		}
		attribute(&b, "lf:id", s.ID)
		for _, p := range differing(s, &base) {
			if p.key != "name" && p.key != "url" {
				attribute(&b, "lf:"+p.key, p.value)
			}
		}
		b.WriteString("/>\n")
	}
	b.WriteString("  </body>\n</opml>\n")
	return []byte(b.String())
}

func attribute(b *strings.Builder, name, value string) {
	b.WriteString(" " + name + `="`)
	escape(b, value)
	b.WriteByte('"')
}

// escape never fails: a Builder takes everything.
func escape(b *strings.Builder, text string) { _ = xml.EscapeText(b, []byte(text)) }
