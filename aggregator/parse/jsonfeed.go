package parse

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	jsonfeed "github.com/mmcdole/gofeed/json"

	"laenderfeed/aggregator"
)

// json reads a JSON Feed (version 1 or 1.1). Items that are not what they should
// be lose the members at fault, or are left out.
func (r *reader) json(text []byte) (*aggregator.Document, error) {
	var top struct {
		Version json.RawMessage   `json:"version"`
		Items   []json.RawMessage `json:"items"`
		Hubs    []struct {
			URL string `json:"url"`
		} `json:"hubs"`
	}
	err := json.Unmarshal(text, &top)
	if _, syntax := err.(*json.SyntaxError); syntax {
		if text, err = closeJSON(text); err != nil {
			return nil, failure(aggregator.ClassParse, "reading json: %w", err)
		}
		r.mend("truncated")
		err = json.Unmarshal(text, &top)
	}
	if !bytes.Contains(top.Version, []byte("jsonfeed")) && top.Items == nil {
		return nil, r.noFeed(text, "JSON without items")
	}
	if err != nil {
		r.mend("salvaged")
	}
	f, entries := r.jsonItems(text, top.Items)
	doc := &aggregator.Document{
		Kind: "json", Title: title(markup{text: f.Title}), Link: r.absolute(r.base, f.HomePageURL), Language: language(first(f.Language, r.opt.Language)),
	}
	for _, h := range top.Hubs {
		doc.Hints.Hubs = r.addURL(doc.Hints.Hubs, h.URL)
	}
	doc.Hints.Self = r.absolute(r.base, f.FeedURL)
	r.fill(doc, entries)
	return doc, nil
}

// jsonItems reads the feed and its items with gofeed, each by itself.
func (r *reader) jsonItems(text []byte, items []json.RawMessage) (*jsonfeed.Feed, []entry) {
	head := headOf(text)
	f, err := guarded(func() (*jsonfeed.Feed, error) { return (&jsonfeed.Parser{}).Parse(bytes.NewReader(head)) })
	if err != nil || f == nil {
		r.mend("salvaged")
		if f, err = (&jsonfeed.Parser{}).Parse(bytes.NewReader(salvage[jsonfeed.Feed](head))); err != nil {
			f = &jsonfeed.Feed{}
		}
	}
	authors := jsonAuthors(f.Authors, f.Author)
	var entries []entry
	for _, raw := range items[:min(len(items), r.opt.MaxItems)] {
		it := new(jsonfeed.Item)
		if err := json.Unmarshal(raw, it); err != nil {
			r.mend("salvaged")
			it = new(jsonfeed.Item)
			if err := json.Unmarshal(salvage[jsonfeed.Item](raw), it); err != nil {
				continue
			}
		}
		e := r.jsonEntry(it)
		if len(e.authors) == 0 && string(raw) != "null" && it.ID+it.URL+it.Title+it.ContentHTML+it.ContentText != "" {
			e.authors = authors
		}
		entries = append(entries, e)
	}
	return f, entries
}

// headOf returns the object without its items.
func headOf(text []byte) []byte {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return text
	}
	delete(members, "items")
	head, err := json.Marshal(members)
	if err != nil {
		return text
	}
	return head
}

// salvage returns the object of those members of raw that a T can take. A number
// or truth value where a text belongs becomes text.
func salvage[T any](raw []byte) []byte {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return []byte("{}")
	}
	fits := func(key string, value json.RawMessage) bool {
		one, err := json.Marshal(map[string]json.RawMessage{key: value})
		return err == nil && json.Unmarshal(one, new(T)) == nil
	}
	for key, value := range members {
		if fits(key, value) {
			continue
		}
		text, err := json.Marshal(strings.Trim(string(value), `"`))
		if err == nil && value[0] != '{' && value[0] != '[' && fits(key, text) {
			members[key] = text
		} else {
			delete(members, key)
		}
	}
	good, err := json.Marshal(members)
	if err != nil {
		return []byte("{}")
	}
	return good
}

// jsonEntry takes from an item what it says.
func (r *reader) jsonEntry(it *jsonfeed.Item) entry {
	e := entry{
		base:       r.base,
		guid:       it.ID,
		permalink:  it.ID,
		links:      []string{it.URL, it.ExternalURL},
		title:      markup{text: it.Title},
		summary:    markup{text: it.Summary},
		content:    markup{text: it.ContentHTML, kind: hypertext},
		authors:    jsonAuthors(it.Authors, it.Author),
		categories: it.Tags,
		published:  []string{it.DatePublished},
		modified:   []string{it.DateModified},
		lang:       it.Language,
	}
	if it.ContentHTML == "" {
		e.content = markup{text: it.ContentText, kind: literal}
	}
	if it.Attachments != nil {
		for _, a := range *it.Attachments {
			e.enclosures = r.enclose(e.enclosures, r.base, a.URL, a.MimeType, fmt.Sprint(a.SizeInBytes))
		}
	}
	return e
}

func jsonAuthors(list []*jsonfeed.Author, one *jsonfeed.Author) (names []string) {
	for _, a := range append(list, one) {
		if a != nil && strings.TrimSpace(a.Name) != "" {
			names = append(names, a.Name)
		}
	}
	return names
}

// closeJSON closes a document that was cut off after its last whole item. It
// fails if the document is broken in another way.
func closeJSON(text []byte) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	var depth, whole int
	var items bool
	for {
		token, err := d.Token()
		if err == nil && depth > MaxDepth {
			err = fmt.Errorf("nested deeper than %d", MaxDepth)
		}
		if err != nil {
			if whole == 0 {
				return nil, err
			}
			return append(bytes.TrimRight(text[:whole:whole], ", \r\n\t"), "]}"...), nil
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
			items = items || depth == 2 && token == json.Delim('[')
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if items && depth == 2 {
			whole = int(d.InputOffset())
		}
	}
}
