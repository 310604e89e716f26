package fetch

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"

	"laenderfeed/aggregator"
)

var (
	errTooLarge = errors.New("body is too large")
	errEncoding = errors.New("body cannot be decoded")
)

// smallBody is how much of a body is read without asking for room. Most feeds
// are a fifth of that.
const smallBody = 512 << 10

// rooms bound the memory that bodies take, over all requests of a Client.
type rooms struct {
	// large is bytes for bodies beyond smallBody: one of the limit, or several whose
	// announced lengths add up to it. It is held until the caller is done with the
	// answer.
	large *aggregator.Room
	// brotli is one: a stream of a few bytes makes its decoder take 16 MiB, which
	// only one may have at a time. Decoding waits for no publisher.
	brotli *aggregator.Room
	gzips  *sync.Pool // of *gzip.Reader, which are 40 kB each
}

func newRooms(limit int64) rooms {
	return rooms{large: aggregator.NewRoom(limit), brotli: aggregator.NewRoom(1), gzips: new(sync.Pool)}
}

// reading is the body of one answer being read.
type reading struct {
	rooms
	ctx   context.Context
	watch *stopwatch // stands still while we wait for room, and while we decode
	limit int64
	need  int64  // of large, once it is needed
	give  func() // gives it back; nil while it is not
}

// beyond is called before a buffer grows, and makes sure that there is room.
func (b *reading) beyond(size int64) error {
	if size < smallBody || b.give != nil {
		return nil
	}
	b.watch.pause()
	defer b.watch.resume()
	give, err := b.large.Take(b.ctx, b.need)
	b.give = give
	return err
}

// release gives back what room there is.
func (b *reading) release() {
	if b.give != nil {
		b.give()
	}
}

// body reads and decodes the body of resp and closes it. It stops with
// errTooLarge as soon as more than limit bytes have travelled or been decoded,
// whichever is first, so that no bomb costs more than twice the limit. Nothing is
// decoded before all of it is there: whoever has room for a decoder does not
// wait for a publisher.
func (b *reading) body(resp *http.Response) (body []byte, err error) {
	defer resp.Body.Close()
	defer func() {
		if err != nil {
			b.release()
		}
	}()
	if resp.ContentLength > b.limit {
		return nil, fmt.Errorf("%w: %d bytes announced, %d are the limit", errTooLarge, resp.ContentLength, b.limit)
	}
	encoding, err := encodingOf(resp.Header)
	if err != nil {
		return nil, err
	}
	b.need = b.limit
	if encoding == "" && resp.ContentLength >= 0 {
		b.need = resp.ContentLength
	}
	wire := &wireReader{r: resp.Body, left: b.limit}
	body, err = readBounded(wire, resp.ContentLength, b.limit, b.beyond)
	if err = wire.blame(resp, err); err != nil || encoding == "" {
		return body, err
	}
	if body, err = b.decode(encoding, body, b.limit); err != nil {
		return nil, err
	}
	resp.Header.Del("Content-Encoding")
	resp.Header.Del("Content-Length")
	return body, nil
}

// decode decodes what has travelled, at most limit bytes.
func (b *reading) decode(encoding string, wire []byte, limit int64) ([]byte, error) {
	if len(wire) == 0 {
		return wire, nil // nothing is the encoding of nothing
	}
	b.watch.pause() // how long it takes is not for the publisher to answer for
	defer b.watch.resume()
	if encoding == "br" {
		give, err := b.brotli.Take(b.ctx, 1)
		if err != nil {
			return nil, err
		}
		defer give()
	}
	decoded, err := b.decoder(encoding, wire)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errEncoding, err)
	}
	defer decoded.Close()
	body, err := readBounded(decoded, sizeOf(encoding, wire, limit), limit, b.beyond)
	if err != nil && !errors.Is(err, errTooLarge) && b.ctx.Err() == nil {
		err = fmt.Errorf("%w: %w", errEncoding, err)
	}
	return body, err
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

// sample reads the beginning of an error page and closes the body. A page that
// cannot be read is an error page all the same.
func (b *reading) sample(resp *http.Response) []byte {
	defer resp.Body.Close()
	encoding, err := encodingOf(resp.Header)
	if err != nil {
		return nil
	}
	most := int64(sample)
	if encoding != "" {
		most = 4 * sample
	}
	// However it ends: what is there is looked at.
	wire, _ := io.ReadAll(io.LimitReader(resp.Body, most))
	if encoding == "" || len(wire) == 0 {
		return wire
	}
	b.watch.pause()
	defer b.watch.resume()
	if encoding == "br" {
		give, err := b.brotli.Take(b.ctx, 1)
		if err != nil {
			return nil
		}
		defer give()
	}
	decoded, err := b.decoder(encoding, wire)
	if err != nil {
		return nil
	}
	defer decoded.Close()
	page, _ := io.ReadAll(io.LimitReader(decoded, sample))
	return page
}

// encodingOf returns the encoding of a body, "" for none: one of those we accept,
// not several on top of each other, which no publisher needs and whose work cannot
// be bounded by their sizes.
func encodingOf(h http.Header) (string, error) {
	encoding := strings.Join(h.Values("Content-Encoding"), ", ")
	switch e := strings.ToLower(strings.TrimSpace(encoding)); e {
	case "", "identity":
		return "", nil
	case "gzip", "deflate", "br":
		return e, nil
	case "x-gzip":
		return "gzip", nil
	}
	return "", fmt.Errorf("%w: unknown Content-Encoding %.40q", errEncoding, encoding)
}

// decoder returns what reads wire in an encoding.
func (b *reading) decoder(encoding string, wire []byte) (io.ReadCloser, error) {
	r := bytes.NewReader(wire)
	switch encoding {
	case "br":
		return io.NopCloser(brotli.NewReader(r)), nil
	case "deflate":
		return newDeflate(r)
	}
	return b.newGzip(r)
}

// newDeflate reads "deflate", which is zlib (RFC 1950) by the book and raw
// deflate (RFC 1951) in many servers.
func newDeflate(r *bytes.Reader) (io.ReadCloser, error) {
	var head [2]byte
	if n, _ := r.ReadAt(head[:], 0); n == 2 && head[0]&0x0f == 8 && (int(head[0])<<8|int(head[1]))%31 == 0 {
		return zlib.NewReader(r)
	}
	return flate.NewReader(r), nil
}

// gzipReader reads gzip members up to the first thing that is none: servers
// append line breaks and zeros.
type gzipReader struct {
	z    *gzip.Reader
	src  *bytes.Reader
	pool *sync.Pool // of *gzip.Reader
}

func (b *reading) newGzip(src *bytes.Reader) (*gzipReader, error) {
	z, ok := b.gzips.Get().(*gzip.Reader)
	if !ok {
		z = new(gzip.Reader)
	}
	if err := z.Reset(src); err != nil {
		return nil, err
	}
	z.Multistream(false)
	return &gzipReader{z, src, b.gzips}, nil
}

// Close lets others use what the decoder is made of, which holds on to its source,
// but not to what travelled.
func (g *gzipReader) Close() error {
	g.src.Reset(nil)
	g.pool.Put(g.z)
	return nil
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
	var magic [3]byte
	n, _ := g.src.ReadAt(magic[:], g.src.Size()-int64(g.src.Len()))
	return n == len(magic) && magic == [...]byte{0x1f, 0x8b, 8}
}

// sizeOf guesses what wire decodes to, at most limit bytes. A gzip member ends
// with its size (RFC 1952 section 2.3.1), which is not trusted beyond what deflate
// can make of so much.
func sizeOf(encoding string, wire []byte, limit int64) int64 {
	const usual, most = 4, 1032
	n := usual * int64(len(wire))
	if encoding == "gzip" && len(wire) >= 18 {
		if said := int64(binary.LittleEndian.Uint32(wire[len(wire)-4:])); said >= int64(len(wire))/2 && said <= most*int64(len(wire)) {
			n = said
		}
	}
	return min(n, limit)
}

// sample is how much of an error page is read to tell a bot wall from an error.
const sample = 64 << 10

const (
	minBuffer = 4 << 10
	maxHint   = 512 << 10 // no more is allocated before it is there
)

// readBounded reads r to its end into a buffer that grows with what arrives;
// hint is the size to expect, or less than 0. Before the buffer grows, beyond is
// asked whether it may, with its size so far. The result keeps no more than half
// as much again as it holds.
func readBounded(r io.Reader, hint, limit int64, beyond func(size int64) error) ([]byte, error) {
	size := min(max(hint+1, minBuffer), maxHint, limit+1)
	buf := make([]byte, 0, size)
	for idle := 0; ; {
		if len(buf) == cap(buf) {
			if err := beyond(int64(len(buf))); err != nil {
				return nil, err
			}
			buf = grow(buf, hint, limit)
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

// grow doubles a full buffer, up to one byte beyond limit. A large one gets the
// size to expect at once, or four times its own, as each step leaves another
// buffer behind.
func grow(buf []byte, hint, limit int64) []byte {
	size := 2 * int64(cap(buf))
	if len(buf) >= smallBody {
		if size *= 2; hint > int64(len(buf)) {
			size = hint + 1
		}
	}
	bigger := make([]byte, len(buf), min(size, limit+1))
	copy(bigger, buf)
	return bigger
}
