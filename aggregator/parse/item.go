package parse

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"laenderfeed/aggregator"
)

// Untitled is the title of an item whose publisher gives nothing to make one of:
// no title, text, link or file.
const Untitled = "Ohne Titel"

// maxGUID is the length in bytes from which a guid is kept as its hash.
const maxGUID = 2000

// entry is an item in the words all formats share, still as its publisher wrote
// it.
type entry struct {
	base       string // of relative links
	guid       string
	permalink  string   // what may serve as link if there is none
	links      []string // candidates, the best first
	title      markup
	summary    markup
	content    markup
	authors    []string
	categories []string
	enclosures []aggregator.Enclosure
	published  []string // candidates, the best first
	modified   []string
	date       time.Time // read already; the candidates are not looked at
	lang       string
	rights     string // read already
	digest     uint64 // of what it was read from, 0 for none
}

// fill puts the entries into the document.
func (r *reader) fill(doc *aggregator.Document, entries []entry) {
	doc.Items = make([]aggregator.Item, 0, len(entries))
	before := make([]told, 0, len(entries))
	for i := range entries {
		notes := r.skim.notes
		if it, ok := r.item(&entries[i]); ok {
			t := told{it.GUID, entries[i].digest}
			if r.skim.notes > notes {
				t.digest = 0
			}
			before = append(before, t)
			if it.Language == "" {
				it.Language = doc.Language
			}
			doc.Items = append(doc.Items, it)
		}
	}
	var faults bool
	if doc.Items, faults = identify(doc.Items); faults {
		r.mend("guid")
	}
	r.conclude(doc, before)
}

// item cleans an entry. An entry with nothing in it is none.
func (r *reader) item(e *entry) (it aggregator.Item, ok bool) {
	if e.blank() {
		return it, false
	}
	for _, m := range []*markup{&e.title, &e.summary, &e.content} {
		m.text = r.singly(m.text)
	}
	it = aggregator.Item{
		GUID:       guid(e.guid),
		Title:      title(e.title),
		Link:       r.link(e),
		Summary:    plain(e.summary, MaxSummary),
		Authors:    names(e.authors),
		Categories: keywords(e.categories),
		Enclosures: e.enclosures,
		Language:   language(e.lang),
		Rights:     e.rights,
	}
	if it.Summary == "" {
		it.Summary = plain(e.content, MaxSummary)
	}
	it.Published, it.Modified = r.dates(e)
	if r.opt.Full && e.content.text != "" {
		it.Content = theCleaner().html(e.content, first(e.content.base, e.base))
	}
	if it.Title == "" {
		r.mend("title")
		if it.Summary != "" || !r.opt.AsSaid {
			it.Title = invent(&it)
		}
	}
	return it, true
}

// blank tells whether an entry says nothing. One that says little, if only by a
// picture, is an item.
func (e *entry) blank() bool {
	return first(e.guid, e.title.text, e.summary.text, e.content.text) == "" && first(e.links...) == "" && first(e.authors...) == "" &&
		first(e.categories...) == "" && first(e.published...) == "" && first(e.modified...) == "" && e.enclosures == nil && e.date.IsZero()
}

// invent makes a title for an item without one: the first sentence of its text,
// the name of its file, or its address.
func invent(it *aggregator.Item) string {
	if it.Summary != "" {
		return firstSentence(it.Summary)
	}
	for _, e := range it.Enclosures {
		if name := path.Base(strings.TrimRight(e.URL, "/")); name != "." {
			return cutText(name, MaxTitle)
		}
	}
	if _, address, ok := strings.Cut(it.Link, "://"); ok {
		return cutText(address, MaxTitle)
	}
	return Untitled
}

// link finds the page of an entry.
func (r *reader) link(e *entry) string {
	for _, ref := range e.links {
		if u := r.absolute(e.base, ref); u != "" {
			return u
		}
	}
	// A guid is only an address if it is a whole one (RSS 2.0, guid).
	if u := r.absolute("", e.permalink); u != "" {
		r.mend("link")
		return u
	}
	return ""
}

// enclose appends an enclosure with a usable address that is not there yet.
func (r *reader) enclose(list []aggregator.Enclosure, base, ref, typ, length string) []aggregator.Enclosure {
	u := r.absolute(base, ref)
	if u == "" || len(list) >= 50 {
		return list
	}
	for _, e := range list {
		if e.URL == u {
			return list
		}
	}
	n, err := strconv.ParseInt(strings.TrimSpace(length), 10, 64)
	if err != nil || n < 0 {
		n = 0
	}
	return append(list, aggregator.Enclosure{URL: u, Type: cutText(fold(typ), 200), Length: n})
}

// dates reads when an entry was published and changed. An entry that only says
// when it was changed was published then, as far as anyone knows.
func (r *reader) dates(e *entry) (published, modified time.Time) {
	if !e.date.IsZero() {
		return r.past(e.date), time.Time{}
	}
	published, modified = r.date(e.published...), r.date(e.modified...)
	if published.IsZero() {
		published = modified
	}
	return published, modified
}

// date returns the first of the candidates that is a date, in UTC. One that is
// more than a day ahead is none (POLLING rule 11).
func (r *reader) date(candidates ...string) time.Time {
	var faulty bool
	for _, c := range candidates {
		if strings.TrimSpace(c) == "" {
			continue
		}
		if t, ok := Date(c, r.zone, r.opt.Now); ok {
			r.timely(c, t)
			if t = r.past(t); !t.IsZero() {
				return t
			}
		}
		faulty = true
	}
	if faulty {
		r.mend("date")
	}
	return time.Time{}
}

// past returns t in UTC unless it lies more than a day ahead.
func (r *reader) past(t time.Time) time.Time {
	if !r.opt.Now.IsZero() && t.After(r.opt.Now.Add(24*time.Hour)) {
		r.mend("date")
		return time.Time{}
	}
	return t.UTC()
}

// guid keeps the publisher's id byte for byte, but for the space around it and
// characters that no feed can carry.
func guid(s string) string {
	s = clear(strings.TrimSpace(s))
	if len(s) > maxGUID {
		return hash(s)
	}
	return s
}

// names cleans the people behind an item: "mail (Name)" and "Name <mail>" are
// the name.
func names(list []string) (out []string) {
	for _, s := range list {
		s = person(plain(markup{text: s}, 300))
		if s != "" && !slices.Contains(out, s) && len(out) < 20 {
			out = append(out, s)
		}
	}
	return out
}

func person(s string) string {
	if before, rest, ok := strings.Cut(s, "("); ok && strings.HasSuffix(rest, ")") {
		inside := strings.TrimSpace(rest[:len(rest)-1])
		before = strings.TrimSpace(before)
		switch {
		case isMail(before) && inside != "":
			return inside
		case isMail(inside) && before != "":
			return before
		}
	}
	if before, rest, ok := strings.Cut(s, "<"); ok && strings.HasSuffix(rest, ">") && isMail(rest[:len(rest)-1]) {
		if name := strings.Trim(before, ` "`); name != "" {
			return name
		}
		return rest[:len(rest)-1]
	}
	return s
}

func isMail(s string) bool {
	return strings.Count(s, "@") == 1 && !strings.ContainsAny(s, " <>") && len(s) > 2
}

// keywords cleans the publisher's own keywords.
func keywords(list []string) (out []string) {
	for _, s := range list {
		s = plain(markup{text: s}, 200)
		if s != "" && !slices.Contains(out, s) && len(out) < 100 {
			out = append(out, s)
		}
	}
	return out
}

// language returns a BCP 47 tag as the publisher wrote it, or "" for what is none.
func language(s string) string {
	s = strings.ReplaceAll(strings.TrimSpace(s), "_", "-")
	switch strings.ToLower(s) {
	case "german", "deutsch":
		return "de"
	case "english", "englisch":
		return "en"
	}
	parts := strings.Split(s, "-")
	if len(s) > 35 || len(parts[0]) < 2 || len(parts[0]) > 3 {
		return ""
	}
	for _, p := range parts {
		if p == "" || len(p) > 8 || strings.Trim(strings.ToLower(p), "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
			return ""
		}
	}
	return s
}

// identify gives every item an identity that no other in the document has: the
// guid, degraded to the link and then to a hash of title and date where a source
// lacks guids or repeats them. Items that are the same in all of it are one.
func identify(items []aggregator.Item) (out []aggregator.Item, faults bool) {
	levels := []func(*aggregator.Item) string{
		func(it *aggregator.Item) string { return it.GUID },
		func(it *aggregator.Item) string { return it.Link },
		func(it *aggregator.Item) string { return hash(named(it), stamp(it.Published)) },
		func(it *aggregator.Item) string {
			parts := append([]string{named(it), stamp(it.Published), it.Summary, it.Content, it.Link}, it.Authors...)
			for _, e := range it.Enclosures {
				parts = append(parts, e.URL)
			}
			return hash(append(parts, it.Categories...)...)
		},
	}
	items, repeated := distinct(items)
	keys := make([]string, len(items))
	used := make(map[string]bool, len(items))
	open := make([]int, len(items))
	for i := range items {
		open[i] = i
	}
	for n, key := range levels {
		open = assign(items, keys, used, open, key)
		faults = faults || n == 0 && len(open) > 0
	}
	for i := range items {
		items[i].GUID = keys[i]
	}
	if len(open) > 0 { // alike at every level: the first of them stays
		items, _ = distinctBy(items, levels[0])
	}
	return items, faults || repeated
}

// named is the title of an item, or what would be invented for it.
func named(it *aggregator.Item) string {
	if it.Title == "" {
		return invent(it)
	}
	return it.Title
}

// assign gives the items that have a key of their own that key, and returns the
// rest. A key that two items share is nobody's, nor is one in use already.
func assign(items []aggregator.Item, keys []string, used map[string]bool, open []int, key func(*aggregator.Item) string) (rest []int) {
	count := make(map[string]int, len(open))
	for _, i := range open {
		count[key(&items[i])]++
	}
	for _, i := range open {
		k := key(&items[i])
		keys[i] = k
		if k == "" || count[k] > 1 || used[k] {
			rest = append(rest, i)
			continue
		}
		used[k] = true
	}
	return rest
}

// distinct drops items that repeat an earlier one.
func distinct(items []aggregator.Item) (out []aggregator.Item, repeated bool) {
	type said struct {
		guid, link, title, summary string
		published                  int64
	}
	return distinctBy(items, func(it *aggregator.Item) said {
		return said{it.GUID, it.Link, it.Title, it.Summary, it.Published.Unix()}
	})
}

func distinctBy[K comparable](items []aggregator.Item, key func(*aggregator.Item) K) (out []aggregator.Item, repeated bool) {
	seen := make(map[K]bool, len(items))
	out = items[:0]
	for i := range items {
		k := key(&items[i])
		if seen[k] {
			repeated = true
			continue
		}
		seen[k] = true
		out = append(out, items[i])
	}
	return out, repeated
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatInt(t.Unix(), 10)
}

// hash is an identity made of texts.
func hash(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(strconv.Itoa(len(p)) + ":" + p))
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil)[:16])
}

// firstSentence returns the beginning of a text as a title.
func firstSentence(s string) string {
	const most = 100
	runes := 0
	for i, c := range s {
		runes++
		if runes > most {
			return strings.TrimRight(lastWord(s[:i]), " ,;:-–") + "…"
		}
		if runes >= 15 && (c == '.' || c == '!' || c == '?') && sentenceEnd(s[:i], c, s[i+1:]) {
			s = s[:i+1]
			break
		}
	}
	if s == "." || strings.HasSuffix(s, "..") {
		return s
	}
	return strings.TrimSuffix(s, ".")
}

// sentenceEnd tells whether the mark c between before and after ends a sentence:
// not behind a figure or an abbreviation ("am 2. Januar", "z. B."), and only
// in front of a capital.
func sentenceEnd(before string, c rune, after string) bool {
	if !strings.HasPrefix(after, " ") {
		return false
	}
	if next, _ := utf8.DecodeRuneInString(strings.TrimLeft(after, ` "„“‚`)); !unicode.IsUpper(next) && !unicode.IsDigit(next) {
		return false
	}
	if c != '.' {
		return true
	}
	word := strings.ToLower(before[strings.LastIndexByte(before, ' ')+1:])
	_, month := months[word]
	return utf8.RuneCountInString(word) > 1 && strings.Trim(word, "0123456789.") != "" && !month && !isAbbreviation(word)
}

// isAbbreviation names the usual abbreviations with a full stop.
func isAbbreviation(word string) bool {
	switch word {
	case "bzw", "ca", "dr", "prof", "nr", "st", "abs", "art", "vgl", "inkl", "ggf", "evtl", "mio", "mrd", "hr", "fr", "str",
		"sog", "vs", "min", "max", "z.b", "u.a", "d.h", "i.d.r", "o.ä", "abt", "tel", "u", "bspw", "rd", "jun", "sen", "dipl", "ing":
		return true
	}
	return false
}
