package aggregator

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Request asks for one URL, with the validators of the last answer exactly as
// they came.
type Request struct {
	URL          string
	ETag         string
	LastModified string
}

// Response is a whole answer. Body is at most the configured limit, after
// decompression.
type Response struct {
	URL       string // the last one, after redirects
	Permanent string // where the leading permanent redirects (301, 308) end; "" when the first hop was none
	Status    int    // 200..299 or 304
	Header    http.Header
	Body      []byte
	Date      time.Time // the response's own Date, else the time of arrival
	Release   func()    // gives back the memory that Body, or what was read of it, counts for; nil for none
}

// done releases a Response, if there is one.
func (r *Response) done() {
	if r != nil && r.Release != nil {
		r.Release()
	}
}

// Fetcher asks publishers. It returns an [*Error] for everything but a 2xx or a
// 304, carrying Retry-After where the answer had one.
type Fetcher interface {
	Fetch(ctx context.Context, req Request) (*Response, error)
}

// Class is the kind of a failed poll, as operators see it.
type Class string

// The classes of failure.
const (
	ClassDNS         Class = "dns"
	ClassConnect     Class = "connect"
	ClassTLS         Class = "tls"
	ClassTimeout     Class = "timeout"
	ClassHTTP4xx     Class = "http-4xx"
	ClassHTTP5xx     Class = "http-5xx"
	ClassRateLimited Class = "rate-limited"
	ClassGone        Class = "gone"
	ClassNotAFeed    Class = "not-a-feed" // HTML or nothing where a feed was expected
	ClassChallenge   Class = "challenge"  // a bot wall
	ClassTooLarge    Class = "too-large"
	ClassParse       Class = "parse"
	ClassSelector    Class = "selector" // an HTML list whose selectors match nothing
	ClassBlocked     Class = "blocked"  // an address inside a private network
	ClassRedirect    Class = "redirect" // too many hops, or one that is refused
)

// Error is a failed poll. It wraps the cause.
type Error struct {
	Class      Class
	Status     int           // HTTP status, 0 when there was no answer
	RetryAfter time.Duration // from the answer; 0 when it had none
	Feed       string        // ClassNotAFeed: the feed that the page announces, absolute; or ""
	Err        error
}

// Error returns the class and the cause.
func (e *Error) Error() string { return fmt.Sprintf("%s: %v", e.Class, e.Err) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// ClassOf returns the class of a failed poll, or ClassParse for an error that
// carries none.
func ClassOf(err error) Class {
	var e *Error
	if errors.As(err, &e) {
		return e.Class
	}
	return ClassParse
}
