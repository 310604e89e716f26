package fetch

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"

	"laenderfeed/aggregator"
)

// Post sends a form to a hub, with the limits and checks of [Client.Fetch]. Of
// redirects only 307 and 308 are followed, since the others would drop the form.
// Outside says that somebody on the internet named the URL: AllowPrivate does not
// hold for it then, as for a redirect from there. It returns nil for a 2xx, ctx.Err when ctx ended first, and an
// [*aggregator.Error] for all else.
func (c *Client) Post(ctx context.Context, rawURL string, form url.Values, outside bool) error {
	whole, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	err := c.post(whole, rawURL, []byte(form.Encode()), outside)
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if _, ok := errors.AsType[*aggregator.Error](err); ok {
		return err
	}
	return c.failure(err)
}

// post sends the form and goes where redirects send it.
func (c *Client) post(ctx context.Context, rawURL string, form []byte, outside bool) error {
	at, err := parseURL(rawURL)
	if err != nil {
		return &aggregator.Error{Class: aggregator.ClassBlocked, Err: &reason{text: clean(err.Error()), cause: err}}
	}
	trail := []string{at.String()}
	for {
		req := &http.Request{
			Method: http.MethodPost, URL: at, Host: at.Host,
			Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: http.Header{
				"User-Agent":   {c.cfg.UserAgent},
				"Content-Type": {"application/x-www-form-urlencoded"},
			},
			Body: io.NopCloser(bytes.NewReader(form)), ContentLength: int64(len(form)),
		}
		var resp *http.Response
		if resp, outside, err = c.send(ctx, req, outside); err != nil {
			return err
		}
		if resp.StatusCode != http.StatusTemporaryRedirect && resp.StatusCode != http.StatusPermanentRedirect {
			if resp.StatusCode < 200 || resp.StatusCode > 299 {
				return c.refused(resp)
			}
			discard(resp)
			return nil
		}
		next, err := nextHop(resp, at, trail)
		discard(resp)
		if err != nil {
			return c.refusal(resp, err)
		}
		at, trail = next, append(trail, next.String())
	}
}
