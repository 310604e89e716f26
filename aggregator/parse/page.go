package parse

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"
	nethtml "golang.org/x/net/html"

	"laenderfeed/aggregator"
)

// page is a list page being read.
type page struct {
	r    *reader
	doc  *goquery.Document
	base string // of relative links
	self string // the page's own address without fragment, whose links are no items

	title, link, date, summary, item cascadia.Selector // the source's; nil for none

	anchor   cascadia.Selector
	headings cascadia.Selector
	named    cascadia.Selector // elements called a headline
	strong   cascadia.Selector
	kicker   cascadia.Selector // the small line above a headline, by its usual class names
	teasers  cascadia.Selector // elements called a teaser
	machine  cascadia.Selector // elements with a date for machines
	dates    cascadia.Selector // elements with a date for people, by their usual class names

	bracketed *regexp.Regexp // the date before a teaser
	more      *regexp.Regexp // the end of a teaser that leads to the article
	idle      *regexp.Regexp // a link that says where it leads, but not to what
	paging    *regexp.Regexp // a link that turns the page or sorts the list
	size      *regexp.Regexp // the note on a file at the end of its name
	dateFirst *regexp.Regexp // a date in front of a headline
	dateLast  *regexp.Regexp // a date in parentheses behind it
	inPath    *regexp.Regexp // a date in an address
	none      *regexp.Regexp // what a page says instead of a list
}

func newPage(r *reader) *page {
	const day = `\d{1,2}\.\s?(?:\d{1,2}\.\s?\d{2,4}|[A-ZÄa-zä]{3,9}\.?\s\d{4})`
	return &page{
		r: r, base: r.base,
		anchor:   cascadia.MustCompile("a[href]"),
		headings: cascadia.MustCompile("h1,h2,h3,h4,h5,h6"),
		named:    cascadia.MustCompile(`[class*="headline" i],[class*="title" i],[class*="titel" i],[class*="ueberschrift" i],[itemprop=headline]`),
		strong:   cascadia.MustCompile("strong,b"),
		kicker: cascadia.MustCompile(`[class*="kicker" i],[class*="dachzeile" i],[class*="topline" i],[class*="overline" i],` +
			`[class*="roofline" i],[class*="spitzmarke" i]`),
		teasers:   cascadia.MustCompile(`[class*="teaser-text" i],[class*="teasertext" i],[class*="abstract" i],[class*="summary" i],[class*="excerpt" i],[class*="intro" i],[class*="description" i],[itemprop=description]`),
		machine:   cascadia.MustCompile("time[datetime],[itemprop=datePublished][content]"),
		dates:     cascadia.MustCompile(`[class*="date" i],[class*="datum" i],[class*="dtstart"]`),
		bracketed: regexp.MustCompile(`\[\s*(\d{1,2}\.\s?\d{1,2}\.\s?\d{2,4})\s*\]\s*`),
		more: regexp.MustCompile(`(?i)\s*[\[(>»]?\s*\b(?:mehr(?: (?:dazu|lesen|erfahren|informationen))?|` +
			`weiter(?:lesen|e informationen)?|read more|zum artikel|details)\s*(?:\.{2,3}|…|>{1,2}|»|›|→|\]|\))*\s*$`),
		idle: regexp.MustCompile(`(?i)^\W*(?:(?:zur|zum|die|den|ganze[nr]?|vollständige[nr]?|komplette[nr]?) )*(?:presse|medien)?(?:mitteilung|meldung|information|artikel|beitrag|text|nachricht)? ?` +
			`(?:weiter ?lesen|lesen|ansehen|anzeigen|öffnen|herunterladen|download|hier|details|pdf|als pdf|mehr(?: (?:dazu|lesen|erfahren))?)?\W*$`),
		paging: regexp.MustCompile(`(?i)^\W*(?:(?:zur )?(?:nächste|vorherige|vorige|erste|letzte|folgende)n?(?: seite)?|seite \d+(?: von \d+)?|zurück|vor|weiter|ältere (?:beiträge|meldungen|einträge)|neuere (?:beiträge|meldungen|einträge)|` +
			`mehr (?:laden|anzeigen|ergebnisse)|weitere (?:laden|anzeigen|meldungen|ergebnisse)[a-z ]*|alle (?:pressemitteilungen|meldungen|nachrichten|beiträge)[a-z ]*|nach oben|next|previous)\W*$`),
		size:      regexp.MustCompile(`(?i)\s*[(\[](?:[^()\[\]]{0,40}\b)?(?:pdf|docx?|odt|rtf|zip)\b[^()\[\]]{0,60}[)\]]\s*$`),
		dateFirst: regexp.MustCompile(`^\[?\(?(?:` + day + `|\d{4}-\d\d-\d\d)\)?\]?(?:,? ?\d{1,2}[:.]\d\d(?: Uhr)?)?\s*[:|,–·-]?\s+`),
		dateLast:  regexp.MustCompile(`\s*(?:[(\[]|[|–-] )(?:vom )?` + day + `[)\]]?\s*$`),
		inPath:    regexp.MustCompile(`/((?:19|20)\d\d)/(0[1-9]|1[0-2])/(0[1-9]|[12]\d|3[01])(?:/|$)`),
		none: regexp.MustCompile(`(?i)\b(?:keine?n? (?:aktuellen |neuen |weiteren |passenden |entsprechenden )?(?:[a-zäöü-]*(?:meldung|mitteilung|nachricht|information)en|treffer|ergebnisse?|einträge|beiträge|artikel|neuigkeiten|suchergebnisse|dokumente|datensätze|inhalte)` +
			`(?: (?:vorhanden|gefunden|verfügbar|vor\b|zu|für|in|im|mit)|[.!]|$)|(?:0|null) (?:treffer|ergebnisse|meldungen|einträge)|nichts gefunden|no (?:results|entries|news)(?: found)?\b|` +
			`liegen (?:derzeit |zurzeit |zur zeit |aktuell |momentan )?keine\b|wurden? (?:leider )?(?:keine|nichts)\b)`),
	}
}

// open reads the markup of a list page.
func (r *reader) open(text []byte) (*page, error) {
	if bytes.Count(text, []byte("<")) > 2*MaxElements {
		return nil, failure(aggregator.ClassTooLarge, "reading page: more than %d elements", MaxElements)
	}
	if err := checkPage(text); err != nil {
		return nil, err
	}
	root, err := nethtml.Parse(bytes.NewReader(text))
	if err != nil {
		return nil, failure(aggregator.ClassTooLarge, "reading page: %w", err)
	}
	p := newPage(r)
	if err := p.compile(r.opt.Selectors); err != nil {
		return nil, err
	}
	p.doc = goquery.NewDocumentFromNode(root)
	if href, ok := p.doc.Find("base[href]").First().Attr("href"); ok {
		if u := r.absolute(r.base, href); u != "" {
			p.base = u
		}
	}
	p.self, _, _ = strings.Cut(r.opt.URL, "#")
	return p, nil
}

// list reads the items of a list page by its selectors, or by what the page
// looks like if there are none.
func (r *reader) list(text []byte) (*aggregator.Document, error) {
	p, err := r.open(text)
	if err != nil {
		return nil, err
	}
	runs := p.runs()
	entries := p.entries(runs)
	if len(entries) == 0 && !p.empty(runs) {
		return nil, r.noList(text, len(runs))
	}
	return p.document(entries), nil
}

// runs returns what may be items.
func (p *page) runs() (runs []run) {
	if p.item == nil {
		_, runs = p.detect()
		return runs
	}
	for _, n := range p.doc.FindMatcher(p.item).Nodes {
		if !concealed(n) && len(runs) < 10*p.r.opt.MaxItems {
			runs = append(runs, run{n})
		}
	}
	return runs
}

// document makes a document of the entries.
func (p *page) document(entries []entry) *aggregator.Document {
	out := &aggregator.Document{
		Kind:     "html",
		Title:    pageTitle(p.doc.Find("head title").First().Text()),
		Link:     p.r.absolute("", p.r.opt.URL),
		Language: language(p.doc.Find("html").AttrOr("lang", "")),
	}
	p.r.fill(out, entries)
	return out
}

// noList is the error for a page in which nothing was found.
func (r *reader) noList(text []byte, matched int) error {
	if isChallenge(bytes.ToLower(text[:min(len(text), 16<<10)])) {
		return failure(aggregator.ClassChallenge, "reading page: a bot wall instead of a list")
	}
	switch {
	case r.opt.Selectors.Item == "":
		return failure(aggregator.ClassSelector, "reading page: no list of links found; give an item selector")
	case matched > 0:
		return failure(aggregator.ClassSelector, "reading page: %d elements match %q, none with a title or link", matched, r.opt.Selectors.Item)
	}
	return failure(aggregator.ClassSelector, "reading page: nothing matches %q", r.opt.Selectors.Item)
}

// entries reads the items found, as many as are wanted.
func (p *page) entries(runs []run) (entries []entry) {
	for _, nodes := range runs {
		if e := p.entry(selection(nodes...)); e.title.text != "" || len(e.links) > 0 {
			entries = append(entries, e)
		}
		if len(entries) == p.r.opt.MaxItems {
			break
		}
	}
	return entries
}

// pageTitle returns the title of a page without the name of its site.
func pageTitle(s string) string {
	s = fold(s)
	for _, mark := range []string{" | ", " - Kommune21 online"} {
		if i := strings.Index(s, mark); i > 0 {
			s = s[:i]
		}
	}
	return cutText(s, MaxTitle)
}
