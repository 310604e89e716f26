package store

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"

	"laenderfeed/aggregator"
)

func TestReasons(t *testing.T) {
	reasons := []aggregator.Reason{
		{Label: "SN", Field: aggregator.FieldTitle, Start: 0, End: 7, Text: "Sachsen", Rule: "prefix.land", Weight: 3},
		{Label: "SN", Field: aggregator.FieldSummary, Start: 468, End: 478, Text: "sächsische", Rule: "prefix.land", Weight: float64(float32(1.27))},
		{Label: "14612000", Field: aggregator.FieldCategories, Start: 3, End: 3, Text: "a\tb\nc\\n\\", Rule: "", Weight: 0.1},
		{Label: "", Field: aggregator.FieldPrior, Text: "", Rule: "x", Weight: -1e-300},
	}
	text := encodeReasons(reasons)
	got, err := decodeReasons([]byte(text))
	if err != nil || !reflect.DeepEqual(got, reasons) {
		t.Errorf("%q: %+v (%v)", text, got, err)
	}
	if !strings.HasPrefix(text, "SN\ttitle\t0\t7\tprefix.land\t3\tSachsen\n\tsummary\t468\t10\t\t1.27\t") {
		t.Errorf("%q", text)
	}
	old, err := json.Marshal(reasons)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := decodeReasons(old); err != nil || !reflect.DeepEqual(got, reasons) {
		t.Errorf("as JSON: %+v (%v)", got, err)
	}
	for _, w := range []float64{math.NaN(), math.Inf(1)} {
		if got, err := decodeReasons([]byte(encodeReasons([]aggregator.Reason{{Weight: w}}))); err != nil || got[0].Weight != 0 {
			t.Errorf("weight %v: %+v (%v)", w, got, err)
		}
	}
	for _, bad := range []string{"x", "[", "a\tb", "a\tb\tx\t0\tr\t1\tt", "a\tb\t0\tx\tr\t1\tt", "a\tb\t0\t0\tr\tx\tt", "a\tb\t0\t0\tr\t\tt\n"} {
		if got, err := decodeReasons([]byte(bad)); err == nil {
			t.Errorf("%q: %+v", bad, got)
		}
	}
}

func FuzzReasons(f *testing.F) {
	f.Add("SN", "title", "prefix.land", "Sachsen", "a\tb", 1.27, 5, 7)
	f.Add("", `\0`, "\n", `\n`, "\\", math.Inf(-1), -3, 1<<62)
	f.Fuzz(func(t *testing.T, a, b, c, d, e string, w float64, start, end int) {
		if math.IsNaN(w) || math.IsInf(w, 0) {
			w = 0
		}
		reasons := []aggregator.Reason{
			{Label: a, Field: aggregator.Field(b), Start: start, End: end, Text: d, Rule: c, Weight: w},
			{Label: c, Field: aggregator.Field(e), Start: end, End: start, Text: a, Rule: b, Weight: float64(float32(w))},
		}
		text := encodeReasons(reasons)
		if strings.HasPrefix(text, "[") { // no label begins so
			return
		}
		if got, err := decodeReasons([]byte(text)); err != nil || !reflect.DeepEqual(got, reasons) {
			t.Errorf("%q: %+v, want %+v (%v)", text, got, reasons, err)
		}
	})
}
