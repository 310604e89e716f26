package fetch

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/andybalholm/brotli"
)

var (
	errTooLarge = errors.New("body is too large")
	errEncoding = errors.New("body cannot be decoded")
)

// readBody reads and decodes the body of resp and closes it. It stops with
// errTooLarge as soon as more than limit bytes have travelled or been decoded,
// whichever is first, so that no bomb costs more than limit.
func readBody(resp *http.Response, limit int64) ([]byte, error) {
	defer resp.Body.Close()
	if resp.ContentLength > limit {
		return nil, fmt.Errorf("%w: %d bytes announced, %d are the limit", errTooLarge, resp.ContentLength, limit)
	}
	wire := &wireReader{r: resp.Body, left: limit}
	decoded, encoded, err := decoder(wire, resp.Header)
	if err != nil {
		return nil, wire.blame(resp, err)
	}
	hint := resp.ContentLength
	if encoded {
		hint *= 4 // what text usually comes to
	}
	body, err := readBounded(decoded, hint, limit)
	if err == nil && encoded {
		// The decoder stops at its own end: whatever follows is not looked at, but
		// a connection that broke there did break.
		_, err = io.CopyN(io.Discard, wire, 4<<10)
	}
	if err = wire.blame(resp, err); err != nil {
		return nil, err
	}
	if encoded {
		resp.Header.Del("Content-Encoding")
		resp.Header.Del("Content-Length")
	}
	return body, nil
}

// wireReader reads what travels, at most left bytes, and remembers how it ended.
type wireReader struct {
	r    io.Reader
	n    int64
	left int64
	err  error // first error but io.EOF
}

// Read implements io.Reader.
func (w *wireReader) Read(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	// One byte beyond the limit tells too large from just large enough.
	if int64(len(p)) > w.left+1 {
		p = p[:w.left+1]
	}
	n, err := w.r.Read(p)
	w.n += int64(n)
	w.left -= int64(n)
	if w.left < 0 {
		err = errTooLarge
	}
	if err != nil && err != io.EOF {
		w.err = err
	}
	return n, err
}

// blame tells whether the connection, the limit or the encoding is at fault for
// an err that came from reading through w. The connection comes first: a broken
// one makes decoders complain too.
func (w *wireReader) blame(resp *http.Response, err error) error {
	switch {
	case errors.Is(w.err, errTooLarge):
		return fmt.Errorf("%w: more than the limit", errTooLarge)
	case errors.Is(w.err, io.ErrUnexpectedEOF) && resp.ContentLength >= 0:
		return fmt.Errorf("connection ended after %d of %d bytes: %w", w.n, resp.ContentLength, w.err)
	case errors.Is(w.err, io.ErrUnexpectedEOF):
		return fmt.Errorf("connection ended in the middle, after %d bytes: %w", w.n, w.err)
	case w.err != nil:
		return w.err
	case err == nil, err == io.EOF:
		return nil
	case errors.Is(err, errTooLarge), errors.Is(err, errEncoding):
		return err
	}
	return fmt.Errorf("%w: %w", errEncoding, err)
}

// readSample reads the beginning of an error page and closes the body. A page
// that cannot be read is an error page all the same.
func readSample(resp *http.Response) []byte {
	defer resp.Body.Close()
	decoded, _, err := decoder(&wireReader{r: resp.Body, left: 4 * sample}, resp.Header)
	if err != nil {
		return nil
	}
	page, _ := io.ReadAll(io.LimitReader(decoded, sample))
	return page
}

// decoder returns what reads the decoded body, and whether that differs from the
// wire. One encoding is understood, not several on top of each other, which no
// publisher needs and whose work cannot be bounded by their sizes.
func decoder(wire io.Reader, h http.Header) (r io.Reader, encoded bool, err error) {
	encoding := strings.Join(h.Values("Content-Encoding"), ", ")
	switch e := strings.ToLower(strings.TrimSpace(encoding)); e {
	case "", "identity":
		return wire, false, nil
	case "gzip", "x-gzip", "deflate", "br":
		buffered := bufio.NewReaderSize(wire, 16<<10)
		if _, err := buffered.Peek(1); err == io.EOF {
			return bytes.NewReader(nil), true, nil // nothing is the encoding of nothing
		}
		if e == "br" {
			return brotli.NewReader(buffered), true, nil
		}
		if e == "deflate" {
			r, err = newDeflate(buffered)
			return r, true, err
		}
		r, err = newGzip(buffered)
		return r, true, err
	}
	return nil, false, fmt.Errorf("%w: unknown Content-Encoding %.40q", errEncoding, encoding)
}

// newDeflate reads "deflate", which is zlib (RFC 1950) by the book and raw
// deflate (RFC 1951) in many servers.
func newDeflate(r *bufio.Reader) (io.Reader, error) {
	head, err := r.Peek(2)
	if err == nil && head[0]&0x0f == 8 && (int(head[0])<<8|int(head[1]))%31 == 0 {
		return zlib.NewReader(r)
	}
	return flate.NewReader(r), nil
}

// gzipReader reads gzip members up to the first thing that is none: servers
// append line breaks and zeros.
type gzipReader struct {
	z   *gzip.Reader
	src *bufio.Reader
}

func newGzip(src *bufio.Reader) (*gzipReader, error) {
	z, err := gzip.NewReader(src)
	if err != nil {
		return nil, err
	}
	z.Multistream(false)
	return &gzipReader{z: z, src: src}, nil
}

// Read implements io.Reader.
func (g *gzipReader) Read(p []byte) (int, error) {
	for {
		n, err := g.z.Read(p)
		if err != io.EOF {
			return n, err
		}
		if !g.another() {
			return n, io.EOF
		}
		if err := g.z.Reset(g.src); err != nil {
			return n, err
		}
		g.z.Multistream(false)
		if n > 0 {
			return n, nil
		}
	}
}

// another tells whether what follows begins like a member (RFC 1952 section
// 2.3.1).
func (g *gzipReader) another() bool {
	magic, err := g.src.Peek(3)
	return err == nil && bytes.Equal(magic, []byte{0x1f, 0x8b, 8})
}

// sample is how much of an error page is read to tell a bot wall from an error.
const sample = 64 << 10

const (
	minBuffer = 4 << 10
	maxHint   = 512 << 10 // no more is allocated before it is there
)

// readBounded reads r to its end into a buffer that grows with what arrives;
// hint is the size to expect, or less than 0. The result keeps no more than half
// as much again as it holds.
func readBounded(r io.Reader, hint, limit int64) ([]byte, error) {
	size := min(max(hint+1, minBuffer), maxHint, limit+1)
	buf := make([]byte, 0, size)
	for idle := 0; ; {
		if len(buf) == cap(buf) {
			buf = grow(buf, limit)
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if int64(len(buf)) > limit {
			return nil, fmt.Errorf("%w: more than %d bytes", errTooLarge, limit)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if idle++; n > 0 {
			idle = 0
		}
		if idle > 100 {
			return nil, io.ErrNoProgress
		}
	}
	if cap(buf) > len(buf)+len(buf)/2 {
		buf = bytes.Clone(buf)
	}
	return buf, nil
}

// grow doubles a full buffer, up to one byte beyond limit.
func grow(buf []byte, limit int64) []byte {
	bigger := make([]byte, len(buf), min(2*int64(cap(buf)), limit+1))
	copy(bigger, buf)
	return bigger
}
