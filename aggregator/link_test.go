package aggregator

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestLinks(t *testing.T) {
	const base = "https://amt.example/presse/feed.xml"
	long := "https://a.example/" + strings.Repeat("x", 2100)
	tests := []struct {
		name      string
		fields    []string
		hub, self []string
	}{
		{"none", nil, nil, nil},
		{"one", []string{`<https://hub.example/>; rel="hub"`}, []string{"https://hub.example/"}, nil},
		{"two in a field", []string{`<https://hub.example/>; rel="hub", <https://amt.example/feed>; rel="self"`},
			[]string{"https://hub.example/"}, []string{"https://amt.example/feed"}},
		{"two fields", []string{`<https://a.example/>; rel=hub`, `<https://b.example/>; rel=hub`}, []string{"https://a.example/", "https://b.example/"}, nil},
		{"twice the same", []string{`<https://a.example/>; rel=hub, <https://a.example/>; rel=hub`}, []string{"https://a.example/"}, nil},
		{"several relations", []string{`<https://a.example/>; rel="preload  HUB self"`}, []string{"https://a.example/"}, []string{"https://a.example/"}},
		{"relative", []string{`</hub>; rel=hub, <feed>; rel=self, <//c.example/x>; rel=hub`},
			[]string{"https://amt.example/hub", "https://c.example/x"}, []string{"https://amt.example/presse/feed"}},
		{"separators in quotes", []string{`<https://a.example/>; title="a, <b>; rel=\"self\""; rel=hub`}, []string{"https://a.example/"}, nil},
		{"separators in the URL", []string{`<https://a.example/?a,b;c>; rel=hub`}, []string{"https://a.example/?a,b;c"}, nil},
		{"blanks", []string{"  < https://a.example/ > \t;  rel  =  \"hub\"  ,, "}, []string{"https://a.example/"}, nil},
		{"the first rel counts", []string{`<https://a.example/>; rel=next; rel=hub`}, nil, nil},
		{"about another page", []string{`<https://a.example/>; rel=hub; anchor="#x"`}, nil, nil},
		{"no relation", []string{`<https://a.example/>`, `<https://b.example/>; rel`, `<https://c.example/>; hub`}, nil, nil},
		{"junk before", []string{`rubbish "a, b", <https://a.example/>; rel=hub`}, []string{"https://a.example/"}, nil},
		{"no end", []string{`<https://a.example/; rel=hub`}, nil, nil},
		{"open quote", []string{`<https://a.example/>; rel="hub`, `<https://b.example/>; rel=hub`}, []string{"https://a.example/", "https://b.example/"}, nil},
		{"other schemes", []string{`<javascript:x>; rel=hub, <ftp://a.example/>; rel=hub, <mailto:a@b>; rel=hub`}, nil, nil},
		{"user name", []string{`<https://a:b@c.example/>; rel=hub`}, nil, nil},
		{"no host name", []string{`<http://a<b/>; rel=hub, <http://a"b/>; rel=hub`}, nil, nil},
		{"fragment", []string{`<https://a.example/#x>; rel=hub`}, []string{"https://a.example/"}, nil},
		{"long", []string{`<` + long + `>; rel=hub`}, nil, nil},
		{"control characters", []string{"<https://a.example/\r\nX: y>; rel=hub"}, nil, nil},
		{"very many", []string{strings.Repeat("<https://a.example/>; rel=next,", 200) + `<https://b.example/>; rel=hub`}, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			links := parseLinks(http.Header{"Link": tt.fields})
			if hub := linked(links, "hub", base); !slices.Equal(hub, tt.hub) {
				t.Errorf("hub %q, want %q", hub, tt.hub)
			}
			if self := linked(links, "self", base); !slices.Equal(self, tt.self) {
				t.Errorf("self %q, want %q", self, tt.self)
			}
		})
	}
}

func FuzzLinks(f *testing.F) {
	for _, s := range []string{`<https://a.example/>; rel="hub self"`, `<a>;rel="\"`, `<>;;=,,"`, `</x>; anchor=y; rel*=UTF-8''hub`, "<\xff>;rel=hub"} {
		f.Add(s, "https://amt.example/feed")
	}
	f.Fuzz(func(t *testing.T, field, base string) {
		links := parseLinks(http.Header{"Link": {field}})
		if len(links) > maxLinks {
			t.Errorf("%d links", len(links))
		}
		for _, u := range linked(links, "hub", base) {
			if !strings.HasPrefix(u, "http://") && !strings.HasPrefix(u, "https://") || len(u) > maxLinkURL || strings.ContainsAny(u, " \r\n\x00<>") {
				t.Errorf("link to %q", u)
			}
		}
	})
}

func TestAnnounced(t *testing.T) {
	resp := func(links ...string) *Response {
		return &Response{URL: "https://amt.example/feed", Header: http.Header{"Link": links}}
	}
	doc := &Document{Hints: Hints{Hubs: []string{"https://doc.example/"}, Self: "https://amt.example/doc"}}
	hub, self := "<https://head.example/>; rel=hub", "<https://amt.example/head>; rel=self"
	tests := []struct {
		name       string
		resp       *Response
		doc        *Document
		hub, topic string // "-" for no announcement at all
	}{
		{"not modified", resp(), nil, "-", ""},
		{"not modified, with fields", resp(hub, self), nil, "https://head.example/", "https://amt.example/head"},
		{"not modified, without a name", resp(hub), nil, "-", ""},
		{"neither", resp(), &Document{}, "", ""},
		{"document", resp(), doc, "https://doc.example/", "https://amt.example/doc"},
		{"document without a name", resp(), &Document{Hints: Hints{Hubs: doc.Hints.Hubs}}, "https://doc.example/", "https://amt.example/feed"},
		{"fields before the document", resp(hub, self), doc, "https://head.example/", "https://amt.example/head"},
		{"hub of the field, name of the document", resp(hub), doc, "https://head.example/", "https://amt.example/doc"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := announced(tt.resp, tt.doc)
			switch {
			case a == nil:
				if tt.hub != "-" {
					t.Error("nothing is announced")
				}
			case strings.Join(a.Hubs, " ") != tt.hub || a.Topic != tt.topic:
				t.Errorf("announced is %+v", a)
			}
		})
	}
	var many []string
	for i := range 30 {
		many = append(many, "<https://hub.example/"+strings.Repeat("x", i)+">; rel=hub")
	}
	if a := announced(resp(many...), doc); len(a.Hubs) != maxHubs {
		t.Errorf("%d hubs", len(a.Hubs))
	}
}
