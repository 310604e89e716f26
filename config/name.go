package config

import (
	"fmt"
	"hash/fnv"
	"net/url"
	"slices"
	"strings"

	"laenderfeed/aggregator"
)

// Draft returns a new [[source]] for a URL, as far as its name and address tell:
// with an id that taken does not know, and region and type guessed.
func Draft(name, rawURL string, taken func(id string) bool) aggregator.Source {
	s := blank()
	s.URL, s.Name = rawURL, lineOf(name)
	if s.Name == "" {
		s.Name = hostName(rawURL)
	}
	s.ID = SourceID(s.Name, rawURL, taken)
	s.Region = guessRegion(rawURL)
	s.Type = guessType(s.Name, s.Region)
	return s
}

// CheckURL tells what is wrong with a URL that is to be polled.
func CheckURL(rawURL string) error {
	msg, hint := checkURL(rawURL)
	if len(rawURL) > maxURL {
		msg, hint = "it is longer than 2000 bytes", ""
	}
	if msg == "" {
		return nil
	}
	return &Error{Msg: fmt.Sprintf("%q: %s", cut(rawURL, 200), msg), Hint: hint}
}

// longestID leaves room for a number behind it.
const longestID = 56

// SourceID makes an id for a new source of its name, else of the host of its URL.
// It is none that taken knows, and not the name of a type or region.
func SourceID(name, rawURL string, taken func(id string) bool) string {
	base := slugOf(name)
	if base == "" {
		base = slugOf(hostName(rawURL))
	}
	if base == "" {
		base = "quelle"
	}
	if isGroup(base) {
		base += "-feed"
	}
	id := base
	for n := 2; taken(id); n++ {
		if id = fmt.Sprintf("%s-%d", base, n); n > 100 { // thousands of one name: counting on would take long
			h := fnv.New32a()
			fmt.Fprint(h, rawURL, n)
			id = fmt.Sprintf("%s-%07x", base, h.Sum32()>>4)
		}
	}
	return id
}

// slugOf writes a text in small letters, digits and hyphens, "" when nothing of
// it is left.
func slugOf(text string) string {
	text = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "é", "e", "è", "e", "á", "a", "ó", "o").Replace(strings.ToLower(text))
	words := strings.FieldsFunc(text, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	slug := strings.Join(words, "-")
	if len(slug) <= longestID {
		return slug
	}
	if end := strings.LastIndexByte(slug[:longestID+1], '-'); end > 0 {
		return slug[:end]
	}
	return slug[:longestID]
}

// hostName is the host of a URL without "www." and the last label of a name.
func hostName(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		return ""
	}
	host := strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
	if end := strings.LastIndexByte(host, '.'); end > 0 && strings.ContainsAny(host[end:], "abcdefghijklmnopqrstuvwxyz") {
		host = host[:end]
	}
	return host
}

// guessRegion returns the Land, or Bund, that a host carries in its name
// (sozialministerium.hessen.de, mags.nrw, bmds.bund.de); "" when it carries none.
func guessRegion(rawURL string) aggregator.Region {
	u, err := url.Parse(rawURL)
	if err != nil {
		return ""
	}
	for label := range strings.SplitSeq(strings.ToLower(u.Hostname()), ".") {
		if region := landOf(label); region != "" {
			return region
		}
	}
	return ""
}

// landOf returns the region that a word is the whole name of, two-letter codes
// excepted: "de" and "sh" are other things too.
func landOf(word string) aggregator.Region {
	switch word = slugOf(word); word {
	case "nrw":
		return aggregator.NordrheinWestfalen
	case "rlp":
		return aggregator.RheinlandPfalz
	}
	if region := aggregator.Region(word); slices.Contains(speakers(), region) {
		return region
	}
	return ""
}

// guessType returns the type of publisher that a name or region speaks for;
// "presse" when neither does.
func guessType(name string, region aggregator.Region) aggregator.SourceType {
	words := strings.Split(slugOf(name), "-")
	has := func(list ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(list, w) })
	}
	switch {
	case has("landtag", "landtags", "bundestag", "bundesrat", "buergerschaft", "abgeordnetenhaus"):
		return "parlament"
	case has("datenschutz", "datenschutzbeauftragte", "lfdi", "bfdi"):
		return "datenschutz"
	case has("stadt", "landeshauptstadt", "gemeinde", "markt", "landkreis", "kreis", "rathaus", "bezirksamt", "samtgemeinde", "verbandsgemeinde"):
		return "kommune"
	case region == aggregator.Bund:
		return "bund"
	case region.IsLand():
		return "land"
	}
	return "presse"
}
