package fetch

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"laenderfeed/aggregator"
)

// finish reads the answer that is not a redirect. The URLs are the caller's to
// fill in.
func (c *Client) finish(ctx context.Context, watch *stopwatch, resp *http.Response, conditional bool) (*aggregator.Response, error) {
	for _, name := range []string{"Etag", "Last-Modified"} {
		if !usable(resp.Header.Get(name)) {
			resp.Header.Del(name) // could not be sent back, and is not worth keeping
		}
	}
	reading := &reading{rooms: c.rooms, ctx: ctx, watch: watch, limit: c.cfg.MaxBody}
	res := &aggregator.Response{Status: resp.StatusCode, Header: resp.Header, Date: c.date(resp.Header)}
	switch {
	case resp.StatusCode == http.StatusNotModified:
		discard(resp)
		if !conditional {
			return nil, c.answer(resp, aggregator.ClassNotAFeed, "304 to a request without conditions", nil)
		}
		return res, nil
	case resp.StatusCode == http.StatusPartialContent:
		discard(resp)
		return nil, c.answer(resp, aggregator.ClassNotAFeed, "206, a part where the whole was asked for", nil)
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return nil, c.refused(reading, resp)
	}
	body, err := reading.body(resp)
	if err != nil {
		failed := c.failure(err)
		return nil, c.answer(resp, failed.Class, failed.Err.Error(), err)
	}
	if wall := wallOf(resp, body); wall != "" {
		reading.release()
		return nil, c.answer(resp, aggregator.ClassChallenge, "bot check by "+wall, nil)
	}
	res.Body, res.Release = body, reading.release
	return res, nil
}

// refused turns a status that is neither success nor redirect into an error.
func (c *Client) refused(reading *reading, resp *http.Response) error {
	text := strings.TrimSpace(fmt.Sprintf("%d %s", resp.StatusCode, http.StatusText(resp.StatusCode)))
	if resp.StatusCode != http.StatusTooManyRequests {
		if wall := wallOf(resp, reading.sample(resp)); wall != "" {
			return c.answer(resp, aggregator.ClassChallenge, text+": bot check by "+wall, nil)
		}
	}
	_ = resp.Body.Close()
	return c.answer(resp, c.classOfStatus(resp), text, nil)
}

// classOfStatus returns the class of a status outside of 2xx and 304.
func (c *Client) classOfStatus(resp *http.Response) aggregator.Class {
	switch s := resp.StatusCode; {
	case s == http.StatusTooManyRequests:
		return aggregator.ClassRateLimited
	case s == http.StatusServiceUnavailable && aggregator.RetryAfter(resp.Header, c.cfg.Now()) > 0:
		return aggregator.ClassRateLimited
	case s == http.StatusGone:
		return aggregator.ClassGone
	case s >= 300 && s <= 399:
		return aggregator.ClassRedirect
	case s >= 400 && s <= 499:
		return aggregator.ClassHTTP4xx
	}
	// Statuses that do not exist are the server's mistake too.
	return aggregator.ClassHTTP5xx
}

// answer returns the error of an exchange that had an answer.
func (c *Client) answer(resp *http.Response, class aggregator.Class, text string, cause error) error {
	return &aggregator.Error{
		Class:      class,
		Status:     resp.StatusCode,
		RetryAfter: aggregator.RetryAfter(resp.Header, c.cfg.Now()),
		Err:        &reason{text: text, cause: cause},
	}
}

// date returns the answer's own Date, or the time of arrival.
func (c *Client) date(h http.Header) time.Time {
	if t, err := http.ParseTime(h.Get("Date")); err == nil {
		return t.UTC()
	}
	return c.cfg.Now().UTC()
}

// reason is a cause in words for an operator: short, one line, nothing in it
// that a terminal or a page would take for more than text.
type reason struct {
	text  string
	cause error
}

// Error returns the words.
func (r *reason) Error() string { return r.text }

// Unwrap returns the cause, or nil.
func (r *reason) Unwrap() error { return r.cause }
