package parse

import "testing"

// The rules of polling that are kept here, each with a test of its name.

func TestRule08Limits(t *testing.T) {
	t.Run("limits", testLimits)
	t.Run("hostile", testHostile)
}

func TestRule11Dates(t *testing.T) {
	t.Run("forms", testDate)
	t.Run("zones", testDateZone)
}

func TestRule13Charset(t *testing.T) {
	t.Run("feeds", testCharset)
	t.Run("other", testCharsetOther)
	t.Run("controls", testControls)
}

func TestRule14Tolerance(t *testing.T) {
	t.Run("repair", testRepair)
	t.Run("salvage", testSalvage)
	t.Run("identity", testIdentify)
	t.Run("links", testAbsolute)
}
