package feeds

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Document is what a URL answers with, before it is compressed and hashed.
type Document struct {
	Body     []byte
	Type     string    // Content-Type
	Modified time.Time // Last-Modified; none if zero
	MaxAge   time.Duration
	Header   http.Header // further headers, none if nil
}

// Snapshot is a document ready to be served any number of times: the plain and
// the gzip representation, each with its strong ETag (RFC 9110 8.8.3), and every
// header made up. It is never changed.
type Snapshot struct {
	hash     [sha256.Size]byte
	modified time.Time
	common   []header // of 200 and 304
	body     []header // of 200 only
	plain    representation
	gzip     representation
}

// header is a header field in canonical form with its value as net/http keeps it.
type header struct {
	key   string
	value []string
}

type representation struct {
	body   []byte
	tag    string // ETag with its quotes
	header []header
}

// newSnapshot hashes a document. Its gzip representation is filled in by compress.
func newSnapshot(d Document) *Snapshot {
	s := &Snapshot{hash: sha256.Sum256(d.Body), modified: d.Modified.UTC().Truncate(time.Second)}
	seconds := strconv.Itoa(int(d.MaxAge / time.Second))
	s.common = []header{
		{"Cache-Control", []string{"public, max-age=" + seconds}},
		{"Vary", []string{"Accept-Encoding"}},
		{"X-Content-Type-Options", []string{"nosniff"}},
	}
	if !d.Modified.IsZero() {
		s.common = append(s.common, header{"Last-Modified", []string{s.modified.Format(http.TimeFormat)}})
	}
	for k, v := range d.Header {
		s.common = append(s.common, header{http.CanonicalHeaderKey(k), v})
	}
	s.body = []header{{"Content-Type", []string{d.Type}}}
	s.plain = newRepresentation(d.Body, s.tag(""))
	return s
}

func (s *Snapshot) tag(suffix string) string {
	return `"` + hex.EncodeToString(s.hash[:16]) + suffix + `"`
}

func newRepresentation(body []byte, tag string) representation {
	return representation{body: body, tag: tag, header: []header{
		{"Etag", []string{tag}},
		{"Content-Length", []string{strconv.Itoa(len(body))}},
	}}
}

// compress adds the gzip representation. The writer is reset and reused.
func (s *Snapshot) compress(zip gzipWriter) error {
	var b bytes.Buffer
	zip.Reset(&b)
	if _, err := zip.Write(s.plain.body); err != nil {
		return err
	}
	if err := zip.Close(); err != nil {
		return err
	}
	s.gzip = newRepresentation(bytes.Clone(b.Bytes()), s.tag("-gzip"))
	s.gzip.header = append(s.gzip.header, header{"Content-Encoding", []string{"gzip"}})
	return nil
}

// size is about what the snapshot occupies, in bytes.
func (s *Snapshot) size() int { return len(s.plain.body) + len(s.gzip.body) + 2048 }

// Serve answers a GET or HEAD: 304 if the client has it, else the bytes.
// If-None-Match goes before If-Modified-Since (RFC 9110 13.2.2), and matches the
// tag of either representation, as both are the same document.
func (s *Snapshot) Serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	set(h, s.common)
	if lists := r.Header["If-None-Match"]; len(lists) > 0 {
		if tag := s.match(lists); tag != nil {
			h["Etag"] = tag
			w.WriteHeader(http.StatusNotModified)
			return
		}
	} else if s.unmodifiedSince(r.Header) {
		h["Etag"] = s.choose(r).header[0].value
		w.WriteHeader(http.StatusNotModified)
		return
	}
	rep := s.choose(r)
	set(h, s.body)
	set(h, rep.header)
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		w.Write(rep.body) // an error means that the client has gone
	}
}

func set(h http.Header, fields []header) {
	for i := range fields {
		h[fields[i].key] = fields[i].value
	}
}

func (s *Snapshot) choose(r *http.Request) *representation {
	if len(s.gzip.body) > 0 && acceptsGzip(r.Header["Accept-Encoding"]) {
		return &s.gzip
	}
	return &s.plain
}

// match looks for one of the tags in If-None-Match lists by weak comparison and
// returns it as a header value, or nil. "*" matches the plain one.
func (s *Snapshot) match(lists []string) []string {
	for _, list := range lists {
		for list != "" {
			list = strings.TrimLeft(list, ", \t")
			if strings.HasPrefix(list, "*") {
				return s.plain.header[0].value
			}
			list = strings.TrimPrefix(list, "W/")
			if !strings.HasPrefix(list, `"`) {
				break // no entity tag: the rest cannot be trusted
			}
			end := strings.IndexByte(list[1:], '"') + 2
			if end < 2 {
				break
			}
			switch list[:end] {
			case s.gzip.tag:
				return s.gzip.header[0].value
			case s.plain.tag:
				return s.plain.header[0].value
			}
			list = list[end:]
		}
	}
	return nil
}

func (s *Snapshot) unmodifiedSince(h http.Header) bool {
	values := h["If-Modified-Since"]
	if len(values) == 0 || s.modified.IsZero() {
		return false
	}
	t, err := http.ParseTime(values[0])
	return err == nil && !s.modified.After(t)
}

// acceptsGzip tells whether gzip is acceptable and not less welcome than the
// plain bytes (RFC 9110 12.5.3).
func acceptsGzip(lists []string) bool {
	const unset = -1
	gzip, star, identity := unset, unset, unset
	for _, list := range lists {
		for list != "" {
			var item string
			item, list, _ = strings.Cut(list, ",")
			coding, params, _ := strings.Cut(item, ";")
			q := quality(params)
			switch coding = strings.TrimSpace(coding); {
			case strings.EqualFold(coding, "gzip"), strings.EqualFold(coding, "x-gzip"):
				gzip = max(gzip, q)
			case strings.EqualFold(coding, "identity"):
				identity = q
			case coding == "*":
				star = q
			}
		}
	}
	if gzip == unset {
		gzip = star
	}
	return gzip > 0 && gzip >= identity
}

// quality reads the weight among the parameters of a list item, in thousandths.
// No weight means 1; one that cannot be read 0.
func quality(params string) int {
	for params != "" {
		var p string
		p, params, _ = strings.Cut(params, ";")
		key, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		if !strings.EqualFold(key, "q") {
			continue
		}
		q, err := strconv.ParseFloat(value, 64)
		if err != nil || !(q >= 0 && q <= 1) {
			return 0
		}
		return int(q * 1000)
	}
	return 1000
}
