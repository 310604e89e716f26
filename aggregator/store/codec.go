package store

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"laenderfeed/aggregator"
)

// unix is what a time is stored as: seconds, or NULL for the zero time.
func unix(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.Unix()
}

// instant scans what unix stored.
type instant struct{ time.Time }

// Scan implements sql.Scanner.
func (t *instant) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		t.Time = time.Time{}
	case int64:
		t.Time = time.Unix(v, 0).UTC()
	default:
		return fmt.Errorf("%T is no time", v)
	}
	return nil
}

// encodeTimes packs times to the second, 4 bytes each. It knows the years 1970 to
// 2106.
func encodeTimes(times []time.Time) []byte {
	b := make([]byte, 0, 4*len(times))
	for _, t := range times {
		b = binary.BigEndian.AppendUint32(b, uint32(t.Unix()))
	}
	return b
}

// decodeTimes unpacks what encodeTimes made.
func decodeTimes(b []byte) []time.Time {
	if len(b) < 4 {
		return nil
	}
	times := make([]time.Time, 0, len(b)/4)
	for ; len(b) >= 4; b = b[4:] {
		times = append(times, time.Unix(int64(binary.BigEndian.Uint32(b)), 0).UTC())
	}
	return times
}

// bits packs flags, the first into the lowest bit.
func bits(flags []bool) int64 {
	var n int64
	for i, f := range flags {
		if f {
			n |= 1 << i
		}
	}
	return n
}

func unbits(n int64, flags []bool) {
	for i := range flags {
		flags[i] = n>>i&1 == 1
	}
}

// lines splits what strings.Join(_, "\n") joined; "" is no line.
func lines(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}

// uuid is a published id without "urn:uuid:" and hyphens.
type uuid [16]byte

const urn = "urn:uuid:"

// parseUUID reads a published id. Anything but the canonical form is refused,
// so that an item has one address.
func parseUUID(s string) (u uuid, ok bool) {
	digits := strings.ReplaceAll(strings.TrimPrefix(s, urn), "-", "")
	if len(digits) != hex.EncodedLen(len(u)) {
		return u, false
	}
	_, err := hex.Decode(u[:], []byte(digits))
	return u, err == nil && u.String() == s
}

// String returns the published id.
func (u uuid) String() string {
	b := make([]byte, 0, len(urn)+36)
	b = append(b, urn...)
	for i, c := range u {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			b = append(b, '-')
		}
		b = hex.AppendEncode(b, []byte{c})
	}
	return string(b)
}

// Limits of stored text in bytes; package parse keeps the same. They hold here
// once more, because what is in the database goes out as it is.
const (
	maxTitle   = 1 << 10
	maxSummary = 20 << 10
	maxContent = 500 << 10
	maxShort   = 4 << 10 // guids, links, names
)

// clean returns s as valid UTF-8 without control characters that XML forbids,
// cut at a character boundary to at most n bytes.
func clean(s string, n int) string {
	if len(s) > n {
		cut := n
		for cut > 0 && !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut]
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	for i := range len(s) { // the last two that are forbidden begin with EF
		if c := s[i]; c < ' ' && forbidden(rune(c)) || c == 0xef {
			return strings.Map(allowed, s)
		}
	}
	return s
}

// allowed is for strings.Map.
func allowed(r rune) rune {
	if forbidden(r) {
		return -1
	}
	return r
}

// forbidden tells whether XML 1.0 has no place for r (section 2.2, Char).
func forbidden(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF
}

// cleanAll cleans a list of short strings and leaves out the empty ones.
func cleanAll[T ~string](list []T) []T {
	var out []T
	for _, s := range list {
		if s := clean(string(s), maxShort); s != "" {
			out = append(out, T(s))
		}
	}
	return out
}

// cleaned returns a copy of an item that can be stored. Content over the limit
// is left out: half an HTML document is worse than the summary.
func cleaned(it aggregator.Item) aggregator.Item {
	it.GUID = clean(it.GUID, maxShort)
	it.Title = clean(it.Title, maxTitle)
	it.Link = clean(it.Link, maxShort)
	it.Summary = clean(it.Summary, maxSummary)
	if len(it.Content) > maxContent {
		it.Content = ""
	}
	it.Content = clean(it.Content, maxContent+3*maxContent) // replacing may lengthen
	it.Language = clean(it.Language, maxShort)
	it.Rights = clean(it.Rights, maxShort)
	it.Authors = cleanAll(it.Authors)
	it.Categories = cleanAll(it.Categories)
	it.Labels.Regions = cleanAll(it.Labels.Regions)
	it.Labels.Topics = cleanAll(it.Labels.Topics)
	var places []aggregator.Place
	for _, p := range it.Labels.Places {
		if p.Key = clean(p.Key, maxShort); p.Key != "" {
			p.Name = clean(p.Name, maxShort)
			places = append(places, p)
		}
	}
	it.Labels.Places = places
	var files []aggregator.Enclosure
	for _, e := range it.Enclosures {
		e.URL, e.Type = clean(e.URL, maxShort), clean(e.Type, maxShort)
		files = append(files, e)
	}
	it.Enclosures = files
	return it
}

// extra is the JSON of items.extra.
type extra struct {
	Authors    []string               `json:"authors,omitempty"`
	Categories []string               `json:"categories,omitempty"`
	Enclosures []aggregator.Enclosure `json:"enclosures,omitempty"`
	Language   string                 `json:"language,omitempty"`
	Rights     string                 `json:"rights,omitempty"`
}

func encodeExtra(it *aggregator.Item) (string, error) {
	if len(it.Authors)+len(it.Categories)+len(it.Enclosures)+len(it.Language)+len(it.Rights) == 0 {
		return "", nil
	}
	b, err := json.Marshal(extra{it.Authors, it.Categories, it.Enclosures, it.Language, it.Rights})
	return string(b), err
}

func decodeExtra(b []byte, it *aggregator.Item) error {
	if len(b) == 0 {
		return nil
	}
	var e extra
	if err := json.Unmarshal(b, &e); err != nil {
		return fmt.Errorf("decoding item: %w", err)
	}
	it.Authors, it.Categories, it.Enclosures, it.Language, it.Rights = e.Authors, e.Categories, e.Enclosures, e.Language, e.Rights
	return nil
}

// verdict is the JSON of items.labels.
type verdict struct {
	Scope   aggregator.Scope    `json:"scope,omitempty"`
	Regions []aggregator.Region `json:"regions,omitempty"`
	Topics  []aggregator.Topic  `json:"topics,omitempty"`
	Places  []place             `json:"places,omitempty"`
	Ruleset string              `json:"ruleset,omitempty"`
}

type place struct {
	Key  string               `json:"key"`
	Name string               `json:"name"`
	Kind aggregator.PlaceKind `json:"kind"`
}

// encodeLabels returns items.labels, the JSON of a verdict, and items.reasons. It is
// written by hand because it is for every item there is, and package json takes ten
// times as long.
func encodeLabels(l aggregator.Labels) (labels, reasons string) {
	b := append(make([]byte, 0, 512), '{')
	if l.Scope != "" {
		b = appendJSON(append(b, `"scope":`...), l.Scope)
	}
	b = appendStrings(b, `"regions":[`, l.Regions)
	b = appendStrings(b, `"topics":[`, l.Topics)
	for i, p := range l.Places {
		if i == 0 {
			b = append(comma(b), `"places":[`...)
		}
		b = appendJSON(append(comma(b), `{"key":`...), p.Key)
		b = appendJSON(append(b, `,"name":`...), p.Name)
		b = append(appendJSON(append(b, `,"kind":`...), p.Kind), '}')
	}
	if len(l.Places) > 0 {
		b = append(b, ']')
	}
	if l.Ruleset != "" {
		b = appendJSON(append(comma(b), `"ruleset":`...), l.Ruleset)
	}
	return string(append(b, '}')), encodeReasons(l.Reasons)
}

// comma separates what follows from a value before it.
func comma(b []byte) []byte {
	if last := b[len(b)-1]; last == '{' || last == '[' {
		return b
	}
	return append(b, ',')
}

// appendStrings appends a member whose value is an array of strings, none for an
// empty one.
func appendStrings[T ~string](b []byte, open string, list []T) []byte {
	if len(list) == 0 {
		return b
	}
	b = append(comma(b), open...)
	for _, s := range list {
		b = appendJSON(comma(b), s)
	}
	return append(b, ']')
}

// appendJSON appends a string as package json writes it.
func appendJSON[T ~string](b []byte, s T) []byte {
	for i := range len(s) {
		// What has to be escaped; E2 is the first byte of the separators that do.
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' || c == 0xe2 {
			text, _ := json.Marshal(string(s)) // cannot fail for a string
			return append(b, text...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

func decodeLabels(labels, reasons []byte) (l aggregator.Labels, err error) {
	var v verdict
	if err := json.Unmarshal(labels, &v); err != nil {
		return l, fmt.Errorf("decoding labels: %w", err)
	}
	l = aggregator.Labels{Scope: v.Scope, Regions: v.Regions, Topics: v.Topics, Ruleset: v.Ruleset}
	for _, p := range v.Places {
		l.Places = append(l.Places, aggregator.Place(p))
	}
	if l.Reasons, err = decodeReasons(reasons); err != nil {
		return l, fmt.Errorf("decoding reasons: %w", err)
	}
	return l, nil
}
