package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"

	"laenderfeed/aggregator"
)

// maxText is the length of an error message in bytes, roughly.
const maxText = 200

// failure classifies an error of the transport or of reading a body.
func (c *Client) failure(err error) *aggregator.Error {
	class, text := c.diagnose(err)
	return &aggregator.Error{Class: class, Err: &reason{text: clean(text), cause: err}}
}

// diagnose returns the class of an error and what to tell of it. The order is
// from the most specific: a blocked address and a failed look-up come wrapped in
// an error of dialing, a handshake that takes too long is a timeout first.
func (c *Client) diagnose(err error) (aggregator.Class, string) {
	if e, ok := errors.AsType[*blockedError](err); ok {
		return aggregator.ClassBlocked, e.Error()
	}
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		return aggregator.ClassDNS, e.Name + ": " + e.Err
	}
	if e, ok := errors.AsType[*net.OpError](err); ok && (e.Op == "dial" || e.Op == "proxyconnect") {
		return aggregator.ClassConnect, c.dialText(e)
	}
	switch {
	case errors.Is(err, errTooLarge):
		return aggregator.ClassTooLarge, err.Error()
	case errors.Is(err, errEncoding):
		return aggregator.ClassParse, err.Error()
	case isTimeout(err):
		return aggregator.ClassTimeout, c.timeoutText(err)
	case isTLS(err):
		return aggregator.ClassTLS, tlsText(err)
	case isHeaderLimit(err):
		return aggregator.ClassTooLarge, fmt.Sprintf("more than %d kB of headers", maxHeader>>10)
	}
	return aggregator.ClassConnect, connectText(err)
}

func (c *Client) dialText(e *net.OpError) string {
	switch {
	case e.Op == "proxyconnect":
		return "proxy: " + e.Err.Error()
	case e.Timeout(), errors.Is(e.Err, context.Canceled):
		return fmt.Sprintf("no connection after %v", c.cfg.ConnectTimeout)
	case e.Addr != nil:
		return fmt.Sprintf("%s: %v", e.Addr, e.Err)
	}
	return e.Err.Error()
}

// isTimeout tells whether time was up: of one phase, or of the whole, which ends
// the context. (A caller that ends it is told so before anything is classified.)
func isTimeout(err error) bool {
	if errors.Is(err, context.Canceled) {
		return true
	}
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout()
}

// timeoutText names the phase. Package net/http has no types for it.
func (c *Client) timeoutText(err error) string {
	switch s := err.Error(); {
	case strings.Contains(s, "TLS handshake timeout"):
		return fmt.Sprintf("TLS handshake not finished after %v", c.cfg.TLSTimeout)
	case strings.Contains(s, "awaiting response headers"):
		return fmt.Sprintf("no answer after %v", c.cfg.HeaderTimeout)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return fmt.Sprintf("not finished after %v", c.cfg.Timeout)
	}
	return err.Error()
}

// isTLS tells whether a handshake failed. Most errors of crypto/tls have no type
// but a prefix.
func isTLS(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return true
	}
	if _, ok := errors.AsType[tls.AlertError](err); ok {
		return true
	}
	s := err.Error()
	return strings.Contains(s, "tls: ") || strings.Contains(s, "x509: ") ||
		strings.Contains(s, "server gave HTTP response to HTTPS client")
}

// tlsText says in short what is wrong with a certificate or handshake.
func tlsText(err error) string {
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok && e.Reason == x509.Expired && e.Cert != nil {
		return fmt.Sprintf("certificate is valid from %s to %s only",
			e.Cert.NotBefore.UTC().Format("2006-01-02"), e.Cert.NotAfter.UTC().Format("2006-01-02"))
	}
	if e, ok := errors.AsType[x509.HostnameError](err); ok {
		return "certificate is not for " + e.Host
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "certificate by an unknown authority"
	}
	return strings.TrimPrefix(err.Error(), "tls: ")
}

// isHeaderLimit recognises the two errors of net/http, HTTP/1 and HTTP/2, for
// headers beyond MaxResponseHeaderBytes.
func isHeaderLimit(err error) bool {
	s := err.Error()
	return strings.Contains(s, "server response headers exceeded") ||
		strings.Contains(s, "response header list larger than")
}

func connectText(err error) string {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return err.Error()
	case errors.Is(err, io.EOF):
		return "connection closed without an answer"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "connection reset"
	}
	return err.Error()
}

// clean makes text from outside fit for a log, a terminal or a page: what is not
// printable is escaped as Go writes it, and long text is cut.
func clean(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		if b.Len() >= maxText {
			return b.String() + "…"
		}
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		s = s[size:]
	}
	return b.String()
}
