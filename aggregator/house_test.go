package aggregator_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The rules of the house. A package may import what is listed for it here, the
// standard library, and of third-party modules only those it owns.
var (
	houseImports = map[string][]string{
		"aggregator":           {},
		"aggregator/fetch":     {"aggregator"},
		"aggregator/parse":     {"aggregator"},
		"aggregator/classify":  {"aggregator"},
		"aggregator/store":     {"aggregator"},
		"aggregator/websub":    {"aggregator"},
		"config":               {"aggregator"},
		"feeds":                {"aggregator"},
		"feeds/site":           {"aggregator", "feeds"},
		"feeds/static":         {},
		"cmd/laenderfeed/demo": {"aggregator"},
		"cmd/laenderfeed": {"aggregator", "aggregator/fetch", "aggregator/parse", "aggregator/classify",
			"aggregator/store", "aggregator/websub", "config", "feeds", "feeds/site", "feeds/static", "cmd/laenderfeed/demo"},
		"aggregator/classify/gen": {},
	}
	houseModules = map[string][]string{ // module path prefix -> the packages that may import it
		"github.com/robfig/cron/v3":          {"aggregator"},
		"github.com/andybalholm/brotli":      {"aggregator/fetch"},
		"github.com/mmcdole/gofeed":          {"aggregator/parse"},
		"github.com/PuerkitoBio/goquery":     {"aggregator/parse"},
		"github.com/andybalholm/cascadia":    {"aggregator/parse"},
		"github.com/microcosm-cc/bluemonday": {"aggregator/parse"},
		"modernc.org/sqlite":                 {"aggregator/store"},
		"github.com/pelletier/go-toml/v2":    {"config"},
		"github.com/gorilla/feeds":           {"feeds"},
		"github.com/spf13/cobra":             {"cmd/laenderfeed"},
		"github.com/coreos/go-systemd/v22":   {"cmd/laenderfeed"},
		"github.com/schollz/progressbar/v3":  {"cmd/laenderfeed"},
		"golang.org/x/net":                   {"aggregator/parse", "aggregator/fetch", "feeds"},
		"golang.org/x/text":                  {"aggregator/parse", "aggregator/classify", "aggregator/store"},
	}
)

func TestImportsPointOneWay(t *testing.T) {
	eachFile(t, func(pkg, file string, f *ast.File, _ *token.FileSet) {
		allowed, known := houseImports[pkg]
		if !known {
			t.Errorf("%s: package %s has no room in the house", file, pkg)
			return
		}
		for _, spec := range f.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			switch {
			case strings.HasPrefix(path, "laenderfeed/"):
				if !slices.Contains(allowed, strings.TrimPrefix(path, "laenderfeed/")) {
					t.Errorf("%s: %s must not import %s", file, pkg, path)
				}
			case strings.Contains(strings.Split(path, "/")[0], "."):
				if !slices.Contains(houseModules[moduleOf(path)], pkg) {
					t.Errorf("%s: %s does not own %s", file, pkg, path)
				}
			}
		}
	})
}

func moduleOf(path string) string {
	for module := range houseModules {
		if path == module || strings.HasPrefix(path, module+"/") {
			return module
		}
	}
	return path
}

func TestFunctionsFitAScreen(t *testing.T) {
	const longest, long, longShare = 90, 60, 0.02
	all, over := 0, 0
	eachFile(t, func(_, file string, f *ast.File, fset *token.FileSet) {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			all++
			lines := fset.Position(fn.End()).Line - fset.Position(fn.Pos()).Line + 1
			if lines > long {
				over++
			}
			if lines > longest {
				t.Errorf("%s: %s has %d lines", file, fn.Name.Name, lines)
			}
		}
	})
	if float64(over) > longShare*float64(all) {
		t.Errorf("%d of %d functions are longer than %d lines", over, all, long)
	}
}

func TestPackagesAreDocumentedAndHaveNoInit(t *testing.T) {
	documented := map[string]bool{}
	eachFile(t, func(pkg, file string, f *ast.File, _ *token.FileSet) {
		documented[pkg] = documented[pkg] || f.Doc != nil
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s: init() is package-level state", file)
			}
		}
	})
	for pkg := range houseImports {
		if !documented[pkg] {
			t.Errorf("package %s has no doc comment", pkg)
		}
	}
}

// eachFile parses every Go file of the module that is not a test.
func eachFile(t *testing.T, visit func(pkg, file string, f *ast.File, fset *token.FileSet)) {
	t.Helper()
	root := moduleRoot(t)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && path != root && (name[0] == '.' || name == "testdata") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		visit(filepath.ToSlash(filepath.Dir(rel)), filepath.ToSlash(rel), f, fset)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the working directory")
		}
	}
}
