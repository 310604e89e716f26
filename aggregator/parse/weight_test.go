package parse

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"laenderfeed/aggregator"
)

// What makes a large tree of few bytes is refused before the tree is made.
func TestTooHeavy(t *testing.T) {
	attributes := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, " a%d", i)
		}
		return b.String()
	}
	for name, tt := range map[string]struct {
		kind aggregator.Kind
		body string
	}{
		"attributes of a tag":   {aggregator.KindHTML, "<html><body><a" + attributes(MaxAttributes+1) + ">"},
		"attributes of a page":  {aggregator.KindHTML, "<html><body>" + strings.Repeat("<a"+attributes(250)+">", 2*MaxElements/250+1)},
		"one attribute":         {aggregator.KindHTML, `<html><body><a title="` + strings.Repeat("x", maxRun+1) + `">`},
		"one text":              {aggregator.KindHTML, "<html><body>" + strings.Repeat("x", maxRun+1)},
		"attributes of a feed":  {aggregator.KindFeed, rssOf("<item>" + strings.Repeat("<a"+strings.Repeat(" a='1'", 200)+"/>", MaxElements/20) + "</item>")},
		"members of JSON":       {aggregator.KindFeed, `{"items":[],"x":{` + strings.Repeat(`"a":1,`, maxTokens/2) + `"b":2}}`},
		"values of JSON":        {aggregator.KindFeed, `{"items":[` + strings.Repeat(`1,`, maxTokens) + `1]}`},
		"brackets of JSON":      {aggregator.KindFeed, `{"items":` + strings.Repeat(`[`, maxTokens+1)},
		"elements without item": {aggregator.KindFeed, rssOf(strings.Repeat("<b/>", MaxElements))},
	} {
		_, err := Parse([]byte(tt.body), Options{Kind: tt.kind, URL: "https://www.example.de/"})
		if err == nil || aggregator.ClassOf(err) != aggregator.ClassTooLarge {
			t.Errorf("%s: %v, want %s", name, err, aggregator.ClassTooLarge)
		}
	}
}

// Items before the one with which a feed gets too heavy are read.
func TestTooHeavyAfterItems(t *testing.T) {
	doc := mustParse(t, rssOf("<item><guid>1</guid><title>Eins</title></item><item><guid>2</guid><title>Zwei</title></item><item><title>Drei</title>"+
		strings.Repeat("<b/>", MaxElements)+"</item>"), Options{})
	if len(doc.Items) < 2 || doc.Items[0].Title != "Eins" || doc.Items[1].Title != "Zwei" || !slices.Contains(doc.Repaired, "long") {
		t.Errorf("%d items, repaired %v", len(doc.Items), doc.Repaired)
	}
}

func TestJSONTokens(t *testing.T) {
	for text, want := range map[string]int{
		"":                               0,
		`{"a":1}`:                        2,
		`{"a":[1,2,{"b":null}]}`:         7,
		`{"a,:{[":"\",:\\"}`:             2,
		`{"a":"` + `never closed,,,:::{`: 2,
		`"\`:                             0,
	} {
		if n := jsonTokens([]byte(text)); n != want {
			t.Errorf("jsonTokens(%s) = %d, want %d", text, n, want)
		}
	}
}

// The estimate grows with the size and with what makes a tree, and has a bound.
func TestCost(t *testing.T) {
	text := []byte(strings.Repeat("x", 30_000))
	tags := []byte(strings.Repeat("<b>", 10_000))
	json := []byte(`{"a":"` + strings.Repeat(`","":"`, 5_000) + `"}`)
	if Cost(nil) != 0 || Cost(text) < 2*int64(len(text)) || Cost(tags) < 10*Cost(text) || Cost(json) < 5*Cost(text) {
		t.Errorf("nothing %d, text %d, tags %d, json %d", Cost(nil), Cost(text), Cost(tags), Cost(json))
	}
	if most := Cost([]byte(strings.Repeat("<", 10<<20))); most > 250<<20 {
		t.Errorf("at most %d", most)
	}
	for _, head := range []string{"{", " \r\n{", "\ufeff{", "\xff\xfe{\x00", "\x00{"} {
		if !isJSON([]byte(head)) {
			t.Errorf("%q is not taken for JSON", head)
		}
	}
	if isJSON([]byte("<rss>{")) || isJSON(nil) {
		t.Error("a feed or nothing is taken for JSON")
	}
}
