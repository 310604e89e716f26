package aggregator

// Scope says how far an item reaches.
type Scope string

// The scopes. Only ScopeLand goes with Länder; the other three are regions of
// their own.
const (
	ScopeLand          Scope = "land"
	ScopeBund          Scope = "bund"
	ScopeInternational Scope = "international"
	ScopeUnklar        Scope = "unklar"
)

// Text is what a classifier looks at: the parts of one item, all plain text.
type Text struct {
	Title      string
	Summary    string
	Content    string   // body as plain text, when the source gives it
	Categories []string // the publisher's own keywords
	Link       string   // absolute URL; its host and path can name a place
	Prior      Region   // what the source speaks for: a Land, Bund, or ""
}

// Labels is what an item was found to be about.
type Labels struct {
	Scope   Scope
	Regions []Region // ScopeLand: Länder, best first; else the one region of that name
	Topics  []Topic  // best first
	Places  []Place  // best first
	Reasons []Reason // at least one for each label
	Ruleset string   // version of the rules that decided
}

// PlaceKind is the kind of an administrative area.
type PlaceKind string

// The kinds of places, by the length of their key.
const (
	Gemeinde         PlaceKind = "gemeinde"         // AGS, 8 digits
	Kreis            PlaceKind = "kreis"            // 5 digits
	Regierungsbezirk PlaceKind = "regierungsbezirk" // 3 digits
	Gemeindeverband  PlaceKind = "verband"          // ARS of an Amt, a Samtgemeinde, a Verbandsgemeinde: 9 digits
	Bezirk           PlaceKind = "bezirk"           // of Berlin and Hamburg: key of the city and a number
)

// Place is a Gemeinde, Kreis, Regierungsbezirk or Gemeindeverband with its
// official key (AGS, Amtlicher Gemeindeschlüssel).
type Place struct {
	Key  string
	Name string
	Kind PlaceKind
}

// Region returns the Land the place lies in.
func (p Place) Region() Region { return LandOfKey(p.Key) }

// Field names the part of a [Text] that a [Reason] points into.
type Field string

// The fields. FieldPrior and FieldDefault point at no text: their span is 0, 0.
const (
	FieldTitle      Field = "title"
	FieldSummary    Field = "summary"
	FieldContent    Field = "content"
	FieldCategories Field = "categories" // joined with newlines
	FieldLink       Field = "link"
	FieldPrior      Field = "source"
	FieldDefault    Field = "default"
)

// Reason is why a label was given: the span of text that named it and the rule
// that took it for the label. Start and End are byte offsets into the field.
type Reason struct {
	Label  string  `json:"label"` // code of a Land, slug of a region or topic, or key of a place
	Field  Field   `json:"field"`
	Start  int     `json:"start"`
	End    int     `json:"end"`
	Text   string  `json:"text"`
	Rule   string  `json:"rule"`
	Weight float64 `json:"weight"`
}

// Label returns the string that stands for r in a Reason: the code of a Land,
// else the slug.
func (r Region) Label() string {
	if c := r.Code(); c != "" {
		return c
	}
	return string(r)
}
