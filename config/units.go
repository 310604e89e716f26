package config

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

const (
	day  = 24 * time.Hour
	week = 7 * day

	kib = 1 << 10
	mib = 1 << 20
	gib = 1 << 30
)

// number splits a text into the decimal number it begins with and the rest.
func number(s string) (value float64, rest string, ok bool) {
	end := strings.IndexFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	if end < 0 {
		end = len(s)
	}
	value, err := strconv.ParseFloat(s[:end], 64)
	return value, s[end:], err == nil
}

// unit splits off the letters at the beginning of a text.
func unit(s string) (name, rest string) {
	end := strings.IndexFunc(s, func(r rune) bool { return r != 'µ' && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') })
	if end < 0 {
		end = len(s)
	}
	return s[:end], s[end:]
}

// parseDuration reads "400d", "1h30m", "45s", "1.5h" or "0". Units are w, d, h,
// m and s; a day has 24 hours. The result is never negative.
func parseDuration(s string) (time.Duration, error) {
	if s == "0" {
		return 0, nil
	}
	if strings.HasPrefix(s, "-") {
		return 0, errors.New("a duration cannot be negative")
	}
	if s == "" {
		return 0, errors.New("the duration is empty")
	}
	units := map[string]time.Duration{"w": week, "d": day, "h": time.Hour, "m": time.Minute, "s": time.Second}
	total := 0.0
	for rest := s; rest != ""; {
		value, tail, ok := number(rest)
		if !ok {
			return 0, fmt.Errorf("%q is no duration", s)
		}
		name, after := unit(tail)
		size, ok := units[name]
		if name == "" {
			return 0, fmt.Errorf("%q has no unit", s)
		}
		if !ok {
			return 0, fmt.Errorf("%q has an unknown unit %q", s, name)
		}
		total += value * float64(size)
		rest = strings.TrimLeft(after, " ")
	}
	if total >= math.MaxInt64 {
		return 0, fmt.Errorf("%q is too long", s)
	}
	return time.Duration(math.Round(total)), nil
}

// parseSize reads "10MiB", "500 kB" or "1048576" as bytes.
func parseSize(s string) (int64, error) {
	if strings.HasPrefix(s, "-") {
		return 0, errors.New("a size cannot be negative")
	}
	value, tail, ok := number(s)
	if !ok {
		return 0, fmt.Errorf("%q is no size", s)
	}
	units := map[string]float64{
		"": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "kib": kib, "mib": mib, "gib": gib,
	}
	name := strings.TrimLeft(tail, " ")
	size, ok := units[strings.ToLower(name)]
	if !ok {
		return 0, fmt.Errorf("%q has an unknown unit %q", s, name)
	}
	bytes := value * size
	if bytes >= math.MaxInt64 {
		return 0, fmt.Errorf("%q is too large", s)
	}
	return int64(bytes), nil
}
