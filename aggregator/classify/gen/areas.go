package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// area is what we keep of one feature of the BKG data (VG250).
type area struct {
	Form   int    `json:"GF"`  // 4: land area with structure; others are water
	Region string `json:"RS"`  // 2, 3, 5, 9 or 12 digits
	Key    string `json:"AGS"` // 2, 3, 5 or 8 digits; dashes for Verbände
	Name   string `json:"GEN"`
	Title  string `json:"BEZ"` // "Landkreis", "Kreisfreie Stadt", "Samtgemeinde", ...
	Prefix string `json:"NBD"` // "ja" when the title belongs before the name
}

// feature is a GeoJSON feature, or a collection of them: the files mix both.
// Geometry has no field, so it is read past.
type feature struct {
	Properties *area     `json:"properties"`
	Features   []feature `json:"features"`
}

// eachArea calls keep for every land area of one file of the package, a JSON
// array of features. The same area comes several times when water belongs to
// it, or when it lies in pieces; only the first with form 4 is kept.
func eachArea(r io.Reader, key func(area) string, keep func(area) error) error {
	seen := map[string]bool{}
	return eachElement(r, func(f feature) error {
		return f.walk(func(a area) error {
			k := key(a)
			if a.Form != 4 || seen[k] {
				return nil
			}
			seen[k] = true
			return keep(a)
		})
	})
}

// walk calls do for the feature's own area, or for those of its collection.
func (f feature) walk(do func(area) error) error {
	if f.Properties == nil && f.Features == nil {
		return fmt.Errorf("a feature has neither properties nor features")
	}
	if f.Properties != nil {
		return do(*f.Properties)
	}
	for _, inner := range f.Features {
		if err := inner.walk(do); err != nil {
			return err
		}
	}
	return nil
}

// eachElement decodes a JSON array one element at a time.
func eachElement[T any](r io.Reader, do func(T) error) error {
	dec := json.NewDecoder(r)
	open, err := dec.Token()
	if err != nil {
		return fmt.Errorf("reading the opening bracket: %w", err)
	}
	if open != json.Delim('[') {
		return fmt.Errorf("want a JSON array, got %v", open)
	}
	for n := 0; dec.More(); n++ {
		var element T
		if err := dec.Decode(&element); err != nil {
			return fmt.Errorf("decoding element %d: %w", n, err)
		}
		if err := do(element); err != nil {
			return fmt.Errorf("element %d: %w", n, err)
		}
	}
	if _, err := dec.Token(); err != nil {
		return fmt.Errorf("reading the closing bracket: %w", err)
	}
	return nil
}

// digits reports whether s consists of n digits and starts with the number of
// a Land, 01 to 16.
func digits(s string, n int) bool {
	if len(s) != n || strings.Trim(s, "0123456789") != "" {
		return false
	}
	return s[:2] >= "01" && s[:2] <= "16"
}
