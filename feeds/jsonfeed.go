package feeds

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/gorilla/feeds"
)

// jsonFeed is a JSON Feed, https://www.jsonfeed.org/version/1.1/. It shadows the
// items of the embedded type, which would be left out when there are none.
type jsonFeed struct {
	feeds.JSONFeed
	Items []jsonItem `json:"items"`
}

// jsonItem adds what is known about an item's labels and origin as an extension,
// and shadows the attachments, whose size has another name in the specification.
type jsonItem struct {
	feeds.JSONItem
	Attachments []jsonAttachment `json:"attachments,omitempty"`
	Extension   jsonExtension    `json:"_laenderfeed"`
}

type jsonAttachment struct {
	URL      string `json:"url"`
	MIMEType string `json:"mime_type"`
	Size     int64  `json:"size_in_bytes,omitempty"`
}

type jsonExtension struct {
	About   string      `json:"about"`
	Regions []jsonLabel `json:"regions"`
	Topics  []jsonLabel `json:"topics"`
	Places  []jsonLabel `json:"places"`
	Source  jsonSource  `json:"source"`
	Rights  string      `json:"rights,omitempty"` // of the item, where they are not those of its source
	Also    []jsonAlso  `json:"also,omitempty"`   // other items of the same story
}

type jsonLabel struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type jsonAlso struct {
	ID    string `json:"id"`
	Name  string `json:"name"` // of the source
	Title string `json:"title"`
	URL   string `json:"url"`
}

type jsonSource struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	URL  string `json:"url,omitempty"`
	// Rights hold for all items of the source, unless one has its own.
	Rights string `json:"rights,omitempty"`
}

func (f *feed) json() ([]byte, error) {
	doc := jsonFeed{
		JSONFeed: feeds.JSONFeed{
			Version: "https://jsonfeed.org/version/1.1", Title: f.title, Language: language,
			HomePageUrl: f.url(Page), FeedUrl: f.url(JSON), Description: f.subtitle, UserComment: f.rights,
			Authors: []*feeds.JSONAuthor{{Name: product, Url: f.base + "/"}},
		},
		Items: make([]jsonItem, 0, len(f.entries)),
	}
	for _, r := range f.relations(JSON) {
		if r.rel == "prev-archive" { // older items, as next_url has it
			doc.NextUrl = r.href
		}
	}
	if f.hub != "" {
		doc.Hubs = []*feeds.JSONHub{{Type: "WebSub", Url: f.hub}}
	}
	for i := range f.entries {
		doc.Items = append(doc.Items, newJSONItem(&f.entries[i], f.base))
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	err := enc.Encode(doc)
	return b.Bytes(), err
}

func newJSONItem(v *view, base string) jsonItem {
	it := jsonItem{
		JSONItem: feeds.JSONItem{
			Id: v.id, Url: v.link, Title: v.title, PublishedDate: &v.published, ModifiedDate: &v.updated,
			Authors: []*feeds.JSONAuthor{{Name: v.publisher}},
		},
		Extension: jsonExtension{
			About:   base + "/",
			Regions: []jsonLabel{}, Topics: []jsonLabel{}, Places: []jsonLabel{},
			Source: jsonSource{v.source.id, v.source.name, v.source.url, v.source.rights},
		},
	}
	if v.rights != v.source.rights {
		it.Extension.Rights = v.rights
	}
	if v.html != "" {
		it.ContentHTML, it.Summary = v.html, v.summary
	} else {
		it.ContentText = v.summaryText()
	}
	for _, o := range v.others {
		it.Extension.Also = append(it.Extension.Also, jsonAlso{o.ID, o.Source, o.Title, o.Link})
	}
	for _, c := range v.enclosures {
		it.Attachments = append(it.Attachments, jsonAttachment{c.URL, c.Type, c.Length})
	}
	for _, c := range v.categories {
		if !slices.Contains(it.Tags, c.label) { // Berlin is a Land and a Gemeinde
			it.Tags = append(it.Tags, c.label)
		}
		label := jsonLabel{c.term, c.label}
		switch x := &it.Extension; c.scheme {
		case schemeRegion:
			x.Regions = append(x.Regions, label)
		case schemeTopic:
			x.Topics = append(x.Topics, label)
		case schemePlace:
			x.Places = append(x.Places, label)
		}
	}
	return it
}
