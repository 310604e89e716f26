package config

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Bounds of a subscription list, far above what readers write.
const (
	maxOPMLDepth      = 100 // elements inside one another
	maxOPMLAttributes = 100 // of one element
)

// outline is an element of an OPML file that is read as a source.
type outline struct {
	attrs   map[string]string // without namespace, names in small letters
	ours    map[string]string // keys of a [[source]]; nil when it has none
	at      int               // byte offset in the document
	folders []string          // texts of the outlines around it, outermost first
}

// attr returns an attribute without the blanks around it.
func (o *outline) attr(name string) string { return strings.TrimSpace(o.attrs[name]) }

// text is what the outline is called.
func (o *outline) text() string {
	if t := o.attr("title"); t != "" {
		return t
	}
	return o.attr("text")
}

// readOPML takes an OPML file apart: into a document in which the places of the
// outlines are known as source[0], source[1] and so on, and the outlines that
// stand for something, in their order. Folders are not among them.
func readOPML(name string, data []byte) (*document, []outline, *Error) {
	d := &document{name: name, places: map[string]span{}, values: map[string]any{}}
	if len(data) > maxFile {
		return d, nil, &Error{File: name, Msg: fmt.Sprintf("the file is larger than %d MiB", maxFile/mib), Hint: "is this a subscription list?"}
	}
	text, err := decodeXML(data)
	if err != nil {
		return d, nil, &Error{File: name, Line: 1, Column: 1, Msg: err.Error(), Hint: "save the file as UTF-8"}
	}
	d.data = text
	d.lines = append(d.lines, 0)
	for i, b := range text {
		if b == '\n' {
			d.lines = append(d.lines, i+1)
		}
	}
	r := opmlReader{doc: d, dec: xml.NewDecoder(bytes.NewReader(text))}
	r.dec.Strict = false // stray ampersands, attributes without quotes
	r.dec.Entity = xml.HTMLEntity
	r.dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // decoded already
	if fault := r.run(); fault != nil {
		return d, nil, fault
	}
	return d, r.found, nil
}

// opmlReader goes through the elements of an OPML file once.
type opmlReader struct {
	doc   *document
	dec   *xml.Decoder
	found []outline
	open  []string // texts of the open elements, "" for those that are no outlines
	root  bool     // has been seen
}

func (r *opmlReader) run() *Error {
	for {
		at := int(r.dec.InputOffset())
		token, err := r.dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return r.broken(err)
		}
		switch t := token.(type) {
		case xml.Directive:
			if bytes.Contains(bytes.ToUpper(t), []byte("<!ENTITY")) {
				return r.doc.at(at, "", "the file declares entities of its own", "subscription lists need none; remove the <!DOCTYPE …>")
			}
		case xml.StartElement:
			if fault := r.start(t, at); fault != nil {
				return fault
			}
		case xml.EndElement:
			r.open = r.open[:max(len(r.open)-1, 0)]
		}
	}
	if !r.root {
		return &Error{File: r.doc.name, Line: 1, Column: 1, Msg: "this is no OPML", Hint: "a subscription list begins with <opml>"}
	}
	return nil
}

// broken places what the XML decoder says.
func (r *opmlReader) broken(err error) *Error {
	var syntax *xml.SyntaxError
	msg := err.Error()
	if errors.As(err, &syntax) {
		msg = syntax.Msg
	}
	return r.doc.at(int(r.dec.InputOffset()), "", "this is not XML: "+msg, "")
}

func (r *opmlReader) start(t xml.StartElement, at int) *Error {
	switch {
	case !r.root && !strings.EqualFold(t.Name.Local, "opml"):
		return r.doc.at(at, "", fmt.Sprintf("this is no OPML: it begins with <%s>", t.Name.Local), "a feed goes into a [[source]]: laenderfeed sources check URL")
	case len(r.open) >= maxOPMLDepth:
		return r.doc.at(at, "", fmt.Sprintf("more than %d elements inside one another", maxOPMLDepth), "")
	case len(t.Attr) > maxOPMLAttributes:
		return r.doc.at(at, "", fmt.Sprintf("an element has more than %d attributes", maxOPMLAttributes), "")
	}
	r.root = true
	if !strings.EqualFold(t.Name.Local, "outline") {
		r.open = append(r.open, "")
		return nil
	}
	o := newOutline(t, at)
	for _, text := range r.open {
		if text != "" {
			o.folders = append(o.folders, text)
		}
	}
	r.open = append(r.open, o.text())
	if o.ours == nil && o.attr("xmlurl") == "" && o.attr("htmlurl") == "" && o.attr("url") == "" {
		return nil // a folder
	}
	if len(r.found) == maxRows {
		return r.doc.at(at, "", fmt.Sprintf("there are more than %d of these", maxRows), "")
	}
	r.doc.places[fmt.Sprintf("source[%d]", len(r.found))] = span{at, at}
	r.found = append(r.found, o)
	return nil
}

func newOutline(t xml.StartElement, at int) outline {
	o := outline{attrs: map[string]string{}, at: at}
	for _, a := range t.Attr {
		switch a.Name.Space {
		case opmlNamespace:
			if o.ours == nil {
				o.ours = map[string]string{}
			}
			o.ours[a.Name.Local] = a.Value
		case "":
			o.attrs[strings.ToLower(a.Name.Local)] = a.Value
		}
	}
	return o
}

// decodeXML turns the bytes of an XML file into UTF-8. What is valid UTF-8 is
// taken for it whatever the file says; ISO-8859-1 means windows-1252, as in
// browsers (WHATWG Encoding Standard, "Names and labels").
func decodeXML(data []byte) ([]byte, error) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		bom := make([]byte, 2)
		order.PutUint16(bom, 0xfeff)
		if body, ok := bytes.CutPrefix(data, bom); ok {
			return decodeUTF16(body, order), nil
		}
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	data = data[:len(data):len(data)]
	if utf8.Valid(data) {
		return data, nil
	}
	label := ""
	declared := regexp.MustCompile(`^\s*<\?xml[^>]*\bencoding\s*=\s*["']([^"']*)["']`)
	if m := declared.FindSubmatch(data[:min(len(data), 300)]); m != nil {
		label = strings.ToLower(string(m[1]))
	}
	switch label {
	case "iso-8859-1", "iso8859-1", "latin1", "latin-1", "windows-1252", "cp1252", "us-ascii", "ascii", "":
		return decode1252(data), nil
	}
	return nil, fmt.Errorf("the file is not in its encoding, %.40q, or that is not read", label)
}

func decodeUTF16(data []byte, order binary.ByteOrder) []byte {
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	return []byte(string(utf16.Decode(units)))
}

// decode1252 decodes windows-1252. Its five holes are read as control characters
// of ISO-8859-1, as browsers do.
func decode1252(data []byte) []byte {
	high := []rune("€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ") // 0x80 to 0x9f
	out := make([]byte, 0, len(data)+len(data)/4)
	for _, b := range data {
		r := rune(b)
		if b >= 0x80 && b < 0xa0 {
			r = high[b-0x80]
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}
