package check

import (
	"testing"

	"github.com/tocsin-rules/tocsin/internal/lang/esql/function"
)

// What the table names is a function of ES|QL: a misspelt name would never be found in a query.
func TestSinceNamesFunctions(t *testing.T) {
	functions := function.NewRegistry(function.All())
	for name := range esqlFunctionSince() {
		if f, ok := functions.Lookup(name); !ok || f.Name != name {
			t.Errorf("there is no function %s", name)
		}
	}
}

func TestLacks(t *testing.T) {
	for _, c := range []struct {
		target, first stack
		want          bool
	}{
		{stack{8, 17}, stack{8, 18}, true},
		{stack{8, 18}, stack{8, 18}, false},
		{stack{9, 0}, stack{8, 18}, false},
		{stack{9, 0}, stack{8, 19}, true},
		{stack{9, 1}, stack{8, 19}, false},
		{stack{8, 19}, stack{9, 1}, true},
		{stack{9, 2}, stack{9, 2}, false},
		{stack{9, 1}, stack{9, 2}, true},
		{stack{10, 0}, stack{9, 2}, false},
		{stack{9, 0}, stack{8, 3}, false},
	} {
		if got := c.target.lacks(c.first); got != c.want {
			t.Errorf("%s lacks what came with %s: %v", c.target, c.first, got)
		}
	}
}
