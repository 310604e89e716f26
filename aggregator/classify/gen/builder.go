package main

import (
	"fmt"
	"strings"
)

// builder turns areas into rows.
type builder struct {
	people  *census
	members map[string]int // population by every longer unit's key or Regionalschlüssel
	rows    []row
}

func (a area) ags() string    { return a.Key }
func (a area) region() string { return a.Region }

// check refuses what would make a broken line.
func (a area) check(key string, n int) error {
	if !digits(key, n) {
		return fmt.Errorf("%q (%s): bad key %q, want %d digits", a.Name, a.Title, key, n)
	}
	if a.Name == "" || strings.ContainsAny(a.Name, "\t\n") {
		return fmt.Errorf("key %s: bad name %q", key, a.Name)
	}
	return nil
}

// today returns the key that an area has now, and whether it still exists.
func today(key string) (string, bool) {
	if now, ok := moved[key]; ok {
		return now, now != ""
	}
	return key, true
}

// gemeinde keeps a Gemeinde. Land without inhabitants is not news.
func (b *builder) gemeinde(a area) error {
	if err := a.check(a.Key, 8); err != nil {
		return err
	}
	if !digits(a.Region, 12) {
		return fmt.Errorf("%q: bad Regionalschlüssel %q, want 12 digits", a.Name, a.Region)
	}
	key, here := today(a.Key)
	if a.Title == "Gemeindefreies Gebiet" || !here {
		return nil
	}
	name := expand(a.Name)
	short := shorten(name)
	people := b.people.gemeinde(key, a.Name, name, short)
	b.members[key[:3]] += people
	b.members[a.Region[:9]] += people
	b.rows = append(b.rows, row{"gemeinde", key, name, short, people})
	return nil
}

// kreis keeps a Landkreis with its title before the name ("Kreis Steinfurt")
// and a kreisfreie Stadt without.
func (b *builder) kreis(a area) error {
	if err := a.check(a.Key, 5); err != nil {
		return err
	}
	key, here := today(a.Key)
	if !here {
		return nil
	}
	name := expand(a.Name)
	full := name
	if a.Prefix == "ja" && (a.Title == "Landkreis" || a.Title == "Kreis") {
		full = a.Title + " " + name
	}
	b.rows = append(b.rows, row{"kreis", key, full, shorten(name), b.people.kreise[key]})
	return nil
}

// bezirk keeps a Regierungsbezirk.
func (b *builder) bezirk(a area) error {
	if err := a.check(a.Key, 3); err != nil {
		return err
	}
	b.rows = append(b.rows, row{"regierungsbezirk", a.Key, a.Title + " " + a.Name, shorten(a.Name), b.members[a.Key]})
	return nil
}

// verband keeps what unites several Gemeinden. The file also has a row for
// every Gemeinde that belongs to none.
func (b *builder) verband(a area) error {
	if err := a.check(a.Region, 9); err != nil {
		return err
	}
	title := a.Title
	switch a.Title {
	case "Einheitsgemeinde", "Gemeinschaftsfreie Gemeinde", "Amtsfreie Gemeinde", "Verbandsfreie Gemeinde":
		return nil
	case "Amt", "Samtgemeinde", "Verbandsgemeinde", "Erfüllende Gemeinde", "Verwaltungsgemeinschaft":
	case "Verwaltungsverband":
		if a.Region[:2] == "08" {
			title = "Gemeindeverwaltungsverband" // what the law of Baden-Württemberg calls them
		}
	default:
		return fmt.Errorf("%q: unknown kind of Verband %q", a.Name, a.Title)
	}
	name := expand(a.Name)
	full := title + " " + name
	if a.Prefix == "nein" {
		full = name
	}
	b.rows = append(b.rows, row{"verband", a.Region, full, shorten(name), b.members[a.Region]})
	return nil
}
