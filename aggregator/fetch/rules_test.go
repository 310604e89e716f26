package fetch

import "testing"

// The rules of polling that are kept here, each with a test of its name.

func TestRule04RetryAfter(t *testing.T) {
	t.Run("on any status", testFailureStatus)
	t.Run("date", testFailureRetryAfterDate)
}

func TestRule06Redirects(t *testing.T) {
	t.Run("permanent", testRedirectPermanent)
	t.Run("refused", testRedirectRefused)
	t.Run("loop", testRedirectLoop)
	t.Run("https to http", testRedirectDowngrade)
}

func TestRule08Limits(t *testing.T) {
	t.Run("decoding", testBodyDecoded)
	t.Run("size", testBodyTooLarge)
	t.Run("bombs", testBodyBombs)
	t.Run("short", testBodyShort)
	t.Run("drip", testBodyDrip)
	t.Run("no cookies", testFetchNoCookiesNoHead)
}

func TestRule09PrivateNetworks(t *testing.T) {
	t.Run("addresses", testZoneOf)
	t.Run("blocked", testFetchBlocked)
	t.Run("rebinding", testFetchRebinding)
	t.Run("redirect", testFetchRedirectToPrivateName)
}

func TestRule10WhoWeAre(t *testing.T) {
	t.Run("what a publisher sees", testFetchWhatAPublisherSees)
	t.Run("no browser", testNewRefuses)
}
