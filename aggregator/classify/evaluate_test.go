package classify

import (
	"os"
	"path/filepath"
	"testing"
)

// openShared opens a file beside the module, and skips the test where it is
// not there.
func openShared(t *testing.T, name string) *os.File {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no go.mod above the working directory")
		}
		dir = up
	}
	f, err := os.Open(filepath.Join(dir, "..", "shared", name))
	if err != nil {
		t.Skipf("labelled items are not here: %v", err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// TestGold holds the classifier to the hand-labelled items.
func TestGold(t *testing.T) {
	c := newClassifier(t)
	for _, tc := range []struct {
		file                         string
		states, exact, scope, topics float64
		mentioned                    int
	}{
		{file: "seeds.jsonl", states: 0.99, exact: 0.98, scope: 0.98, topics: 0.78, mentioned: 0},
		{file: "dev.jsonl", states: 0.98, exact: 0.97, scope: 0.97, topics: 0.81, mentioned: 1},
	} {
		t.Run(tc.file, func(t *testing.T) {
			rep, err := Evaluate(c, openShared(t, filepath.Join("gold", tc.file)))
			if err != nil {
				t.Fatal(err)
			}
			rep.WriteTo(t.Output())
			for _, m := range []struct {
				name      string
				got, want float64
			}{
				{"F1 of the Länder", rep.States.F1(), tc.states},
				{"share of exact sets", rep.ExactShare(), tc.exact},
				{"share of right scopes", rep.ScopeShare(), tc.scope},
				{"F1 of the topics", rep.Topics.F1(), tc.topics},
			} {
				if m.got < m.want {
					t.Errorf("%s is %.3f, want at least %.3f", m.name, m.got, m.want)
				}
			}
			if rep.MentionedHits > tc.mentioned {
				t.Errorf("%d Länder are labelled that are only mentioned, want at most %d", rep.MentionedHits, tc.mentioned)
			}
		})
	}
}

func newClassifier(t testing.TB) *Classifier {
	t.Helper()
	c, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}
