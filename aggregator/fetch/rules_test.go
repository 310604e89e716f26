package fetch

import "testing"

// The rules of polling that are kept here, each with a test of its name.

func TestRule04RetryAfter(t *testing.T) {
	t.Run("on any status", TestFailureStatus)
	t.Run("date", TestFailureRetryAfterDate)
}

func TestRule06Redirects(t *testing.T) {
	t.Run("permanent", TestRedirectPermanent)
	t.Run("refused", TestRedirectRefused)
	t.Run("loop", TestRedirectLoop)
	t.Run("https to http", TestRedirectDowngrade)
}

func TestRule08Limits(t *testing.T) {
	t.Run("decoding", TestBodyDecoded)
	t.Run("size", TestBodyTooLarge)
	t.Run("bombs", TestBodyBombs)
	t.Run("short", TestBodyShort)
	t.Run("drip", TestBodyDrip)
	t.Run("no cookies", TestFetchNoCookiesNoHead)
}

func TestRule09PrivateNetworks(t *testing.T) {
	t.Run("addresses", TestZoneOf)
	t.Run("blocked", TestFetchBlocked)
	t.Run("rebinding", TestFetchRebinding)
	t.Run("redirect", TestFetchRedirectToPrivateName)
}

func TestRule10WhoWeAre(t *testing.T) {
	t.Run("what a publisher sees", TestFetchWhatAPublisherSees)
	t.Run("no browser", TestNewRefuses)
}
