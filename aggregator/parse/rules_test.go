package parse

import "testing"

// The rules of polling that are kept here, each with a test of its name.

func TestRule08Limits(t *testing.T) {
	t.Run("limits", TestLimits)
	t.Run("hostile", TestHostile)
}

func TestRule11Dates(t *testing.T) {
	t.Run("forms", TestDate)
	t.Run("zones", TestDateZone)
}

func TestRule13Charset(t *testing.T) {
	t.Run("feeds", TestCharset)
	t.Run("other", TestCharsetOther)
	t.Run("controls", TestControls)
}

func TestRule14Tolerance(t *testing.T) {
	t.Run("repair", TestRepair)
	t.Run("salvage", TestSalvage)
	t.Run("identity", TestIdentify)
	t.Run("links", TestAbsolute)
}
