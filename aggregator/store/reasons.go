package store

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"laenderfeed/aggregator"
)

// Reasons are most of what there is to store of an item, so they are written
// shortly: a line each of label, field, start, length, rule, weight and text,
// separated by tabs. A label or rule that is that of the line before is left out.
// (They were JSON once; what begins with "[" still is.)

const reasonFields = 7

var (
	escapeReason   = strings.NewReplacer("\\", `\\`, "\t", `\t`, "\n", `\n`)
	unescapeReason = strings.NewReplacer(`\\`, "\\", `\t`, "\t", `\n`, "\n")
)

func encodeReasons(reasons []aggregator.Reason) string {
	if len(reasons) == 0 {
		return ""
	}
	b := make([]byte, 0, 48*len(reasons))
	var last aggregator.Reason
	for i, r := range reasons {
		if i > 0 {
			b = append(b, '\n')
		}
		b = appendUnless(b, r.Label, last.Label)
		b = append(b, '\t')
		b = append(b, escapeReason.Replace(string(r.Field))...)
		b = append(b, '\t')
		b = strconv.AppendInt(b, int64(r.Start), 10)
		b = append(b, '\t')
		b = strconv.AppendInt(b, int64(r.End)-int64(r.Start), 10)
		b = append(b, '\t')
		b = appendUnless(b, r.Rule, last.Rule)
		b = append(b, '\t')
		b = appendWeight(b, r.Weight)
		b = append(b, '\t')
		b = append(b, escapeReason.Replace(r.Text)...)
		last = r
	}
	return string(b)
}

// none stands for an empty label or rule behind one that was not.
const none = `\0`

// appendUnless writes a value that is not that of the line before.
func appendUnless(b []byte, value, last string) []byte {
	switch value {
	case last:
		return b
	case "":
		return append(b, none...)
	}
	return append(b, escapeReason.Replace(value)...)
}

// restore reads what appendUnless wrote.
func restore(s string) string {
	if s == none {
		return ""
	}
	return unescapeReason.Replace(s)
}

// appendWeight writes a weight with as many digits as it needs, none for what is
// no number.
func appendWeight(b []byte, w float64) []byte {
	if math.IsNaN(w) || math.IsInf(w, 0) {
		w = 0
	}
	if float64(float32(w)) == w {
		return strconv.AppendFloat(b, w, 'g', -1, 32)
	}
	b = strconv.AppendFloat(b, w, 'g', -1, 64)
	return append(b, 'd')
}

func parseWeight(s string) (float64, error) {
	if long, ok := strings.CutSuffix(s, "d"); ok {
		return strconv.ParseFloat(long, 64)
	}
	return strconv.ParseFloat(s, 32)
}

func decodeReasons(text []byte) ([]aggregator.Reason, error) {
	if len(text) == 0 {
		return nil, nil
	}
	var out []aggregator.Reason
	if text[0] == '[' {
		err := json.Unmarshal(text, &out)
		return out, err
	}
	var last aggregator.Reason
	for line := range strings.SplitSeq(string(text), "\n") {
		parts := strings.SplitN(line, "\t", reasonFields)
		if len(parts) != reasonFields {
			return nil, fmt.Errorf("%d parts in line %q", len(parts), line)
		}
		r := aggregator.Reason{Field: aggregator.Field(unescapeReason.Replace(parts[1])), Text: unescapeReason.Replace(parts[6])}
		r.Label, r.Rule = last.Label, last.Rule
		if parts[0] != "" {
			r.Label = restore(parts[0])
		}
		if parts[4] != "" {
			r.Rule = restore(parts[4])
		}
		var length int
		var errs [3]error
		r.Start, errs[0] = strconv.Atoi(parts[2])
		length, errs[1] = strconv.Atoi(parts[3])
		r.Weight, errs[2] = parseWeight(parts[5])
		for _, err := range errs {
			if err != nil {
				return nil, err
			}
		}
		r.End = r.Start + length
		out, last = append(out, r), r
	}
	return out, nil
}
