package parse

import (
	"encoding/json"
	"html"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mmcdole/gofeed"
)

// TestGofeedReadsWhatIsPublished: the documents that package feeds is held
// against say the same in all three formats to a reader that uses gofeed as it is.
func TestGofeedReadsWhatIsPublished(t *testing.T) {
	files, err := filepath.Glob("../../feeds/testdata/*.json")
	if err != nil || len(files) < 8 {
		t.Fatalf("%d documents, %v", len(files), err)
	}
	for _, file := range files {
		var want struct {
			Title string
			Items []struct {
				ID, Title, URL string
				Published      time.Time `json:"date_published"`
			}
		}
		data, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(data, &want)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, format := range []string{".json", ".atom", ".rss"} {
			name := strings.TrimSuffix(file, ".json") + format
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			feed, err := gofeed.NewParser().ParseString(string(data))
			if err != nil || feed.Title != want.Title || len(feed.Items) != len(want.Items) {
				t.Fatalf("%s: %v, %d items of %d in %+v", name, err, len(feed.Items), len(want.Items), feed.Title)
			}
			for i, it := range feed.Items {
				w := want.Items[i]
				// A title that looks like markup is declared to be HTML in Atom, and
				// gofeed hands on the HTML.
				title := it.Title
				if format == ".atom" && strings.Contains(w.Title, "</") {
					title = html.UnescapeString(title)
				}
				if it.GUID != w.ID || title != w.Title || it.Link != w.URL || !it.PublishedParsed.Equal(w.Published) {
					t.Errorf("%s: item %d\n got %q %q %q %v\nwant %q", name, i, it.GUID, it.Title, it.Link, it.PublishedParsed, w)
				}
			}
		}
	}
}
