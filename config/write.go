package config

import (
	"fmt"
	"strings"

	"laenderfeed/aggregator"
)

// blank is what a [[source]] is before its keys are read.
func blank() aggregator.Source {
	return aggregator.Source{Kind: aggregator.KindFeed, Type: "presse", Licence: aggregator.LicenceExcerpt, Enabled: true}
}

// pair is a key of a [[source]] and its value as a text.
type pair struct{ key, value string }

// pairs returns all keys of a source but its id, in the order they are written in.
func pairs(s *aggregator.Source) []pair {
	zone, delay := "", "0"
	if s.Zone != nil {
		zone = s.Zone.String()
	}
	if s.CrawlDelay > 0 {
		delay = short(s.CrawlDelay)
	}
	return []pair{
		{"name", s.Name}, {"publisher", s.Publisher}, {"url", s.URL}, {"kind", string(s.Kind)},
		{"region", string(s.Region)}, {"type", string(s.Type)}, {"schedule", s.Schedule}, {"zone", zone},
		{"licence", string(s.Licence)}, {"rights", s.Rights}, {"host_group", s.HostGroup}, {"crawl_delay", delay},
		{"item", s.Selectors.Item}, {"title", s.Selectors.Title}, {"link", s.Selectors.Link}, {"date", s.Selectors.Date},
		{"date_format", s.Selectors.DateFormat}, {"summary", s.Selectors.Summary},
		{"enabled", fmt.Sprint(s.Enabled)}, {"evidence", s.Evidence}, {"note", s.Note},
	}
}

// differing returns the keys that make s of a source that begins as base.
func differing(s, base *aggregator.Source) []pair {
	from := *base
	if s.URL != base.URL {
		from.Evidence = "" // as readKeys has it
	}
	if s.Kind == aggregator.KindFeed {
		from.Selectors = aggregator.Selectors{}
	}
	var out []pair
	was := pairs(&from)
	for i, p := range pairs(s) {
		if p != was[i] {
			out = append(out, p)
		}
	}
	return out
}

// FormatSource writes a source as the [[source]] table that [Parse] reads back,
// ended by a newline. Keys with the value they have anyway are left out.
func FormatSource(s *aggregator.Source) string {
	base := blank()
	return formatTable(s.ID, differing(s, &base))
}

// FormatChange writes the [[source]] table that makes s of base, a source of the
// catalogue with the same id. It always says whether the source is enabled, which
// [catalogue] decides else.
func FormatChange(s, base *aggregator.Source) string {
	other := *base
	other.Enabled = !s.Enabled
	return formatTable(s.ID, differing(s, &other))
}

func formatTable(id string, keys []pair) string {
	var b strings.Builder
	b.WriteString("[[source]]\nid = " + quote(id) + "\n")
	for _, p := range keys {
		if p.key == "enabled" {
			fmt.Fprintf(&b, "%s = %s\n", p.key, p.value)
			continue
		}
		fmt.Fprintf(&b, "%s = %s\n", p.key, quote(p.value))
	}
	return b.String()
}

// quote writes a TOML string: a literal one if that spares escapes, else a basic
// one (TOML 1.0, "String").
func quote(s string) string {
	if strings.ContainsAny(s, `"\`) && !strings.Contains(s, "'") && !strings.ContainsFunc(s, control) {
		return "'" + s + "'"
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case control(r):
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
