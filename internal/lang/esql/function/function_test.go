package function

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

// Every entry is whole, and can be told from every other.
func TestRegistryIsSound(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range All() {
		for _, name := range append(slices.Clone(f.Aliases), f.Name) {
			if seen[name] {
				t.Errorf("%s is there twice", name)
			}
			seen[name] = true
		}
		ways := 0
		for _, is := range []bool{f.Scalar != nil, f.Lazy != nil, f.Aggregate != nil, f.Search != nil, f.Undecided != ""} {
			if is {
				ways++
			}
		}
		if ways != 1 {
			t.Errorf("%s is evaluated in %d ways", f.Name, ways)
		}
		if f.Doc == "" || f.Family == "" || f.Kind == 0 || f.Returns == nil && f.Resolve == nil {
			t.Errorf("%s is not whole", f.Name)
		}
		if f.Kind == Aggregate && f.Aggregate == nil && f.Undecided == "" {
			t.Errorf("%s does not aggregate", f.Name)
		}
	}
}

func TestLookup(t *testing.T) {
	r := NewRegistry(All())
	if f, ok := r.Lookup("to_Lower"); !ok || f.Name != "TO_LOWER" {
		t.Error("names are compared with regard to case")
	}
	if _, ok := r.Lookup("to_lowr"); ok {
		t.Error("found what is not there")
	}
}

func TestCheck(t *testing.T) {
	r := NewRegistry(All())
	keyword := Argument{Type: column.Keyword, Text: "name"}
	long := Argument{Type: column.Long, Text: "n"}
	for _, c := range []struct {
		name string
		args []Argument
		want column.Type
		err  string
	}{
		{"LENGTH", []Argument{keyword}, column.Integer, ""},
		{"LENGTH", []Argument{{Type: column.Null, Text: "null"}}, column.Integer, ""},
		{"LENGTH", []Argument{long}, 0, "argument of [call] must be [string], found value [n] type [long]"},
		{"LENGTH", nil, 0, "error building [length]: expects exactly one argument"},
		{"CONCAT", []Argument{keyword, keyword, keyword}, column.Keyword, ""},
		{"CONCAT", []Argument{keyword, keyword, long}, 0, "third argument of [call] must be [string], found value [n] type [long]"},
		{"CONCAT", []Argument{keyword}, 0, "error building [concat]: expects at least two arguments"},
		{"SUM", []Argument{{Type: column.Integer}}, column.Long, ""},
		{"COUNT", nil, column.Long, ""},
	} {
		f, _ := r.Lookup(c.name)
		got, err := f.Check("call", c.args)
		if message := ""; err != nil {
			if message = err.Error(); message != c.err {
				t.Errorf("%s: %s, want %s", c.name, message, c.err)
			}
		} else if got != c.want || c.err != "" {
			t.Errorf("%s gives %v, want %v %s", c.name, got, c.want, c.err)
		}
	}
}

// run evaluates a scalar function.
func run(t *testing.T, name string, args ...*column.Column) (*column.Column, []string) {
	t.Helper()
	f, _ := NewRegistry(All()).Lookup(name)
	var known []Argument
	for _, arg := range args {
		known = append(known, Argument{Type: arg.Type()})
	}
	result, err := f.Check("call", known)
	if err != nil {
		t.Fatal(err)
	}
	kernel, err := f.Scalar(&Site{Args: known, Type: result, Env: &Environment{}})
	if err != nil {
		t.Fatal(err)
	}
	var warnings Warnings
	return kernel(warnings.NewCall(&Environment{}, result, 1, 3, "call"), args, args[0].Rows()), warnings.List()
}

func TestScalarOverNullsAndSeveralValues(t *testing.T) {
	b := column.NewBuilder(column.Keyword, 3)
	b.Text("Ünï")
	b.Null()
	b.Begin()
	b.Text("a")
	b.Text("b")
	b.End()
	got, warnings := run(t, "LENGTH", b.Build())
	if got.JSON(0) == nil || got.Int(0) != 3 || !got.IsNull(1) || !got.IsNull(2) {
		t.Error("wrong values")
	}
	want := []string{
		"Line 1:3: evaluation of [call] failed, treating result as null. Only first 20 failures recorded.",
		"Line 1:3: java.lang.IllegalArgumentException: single-value function encountered multi-value",
	}
	if diff := cmp.Diff(want, warnings); diff != "" {
		t.Error(diff)
	}
}

func TestConstantIsComputedOnce(t *testing.T) {
	got, _ := run(t, "TO_UPPER", column.Repeat(column.OfTexts(column.Keyword, []string{"a"}), 0, 1000))
	if !got.IsRepeated() || got.Rows() != 1000 || got.Text(0) != "A" {
		t.Error("a constant was computed for each row")
	}
}

// languages.md 3.5, items 10 and 11.
func TestCountAndSum(t *testing.T) {
	b := column.NewBuilder(column.Long, 4)
	b.Int(1)
	b.Null()
	b.Begin()
	b.Int(2)
	b.Int(3)
	b.End()
	b.Int(math.MaxInt64)
	values := b.Build()
	members := Members{Rows: []int32{0, 1, 2, 0, 3}, Groups: []int32{0, 1, 0, 2, 2}, Count: 3}
	var warnings Warnings
	for _, c := range []struct {
		name string
		args []*column.Column
		want []any
	}{
		{"COUNT", []*column.Column{values}, []any{"3", "0", "2", "0"}},
		{"COUNT", nil, []any{"2", "1", "2", "0"}},
		{"SUM", []*column.Column{values}, []any{"6", nil, nil, nil}},
	} {
		f, _ := NewRegistry(All()).Lookup(c.name)
		acc, err := f.Aggregate(&Site{Type: column.Long})
		if err != nil {
			t.Fatal(err)
		}
		call := warnings.NewCall(nil, column.Long, 1, 1, c.name)
		acc.Add(call, c.args, members)
		result := acc.Result(call, 4)
		for group, want := range c.want {
			got := result.JSON(group)
			if want == nil && got != nil || want != nil && result.Render(group) != want {
				t.Errorf("%s of group %d is %v, want %v", c.name, group, got, want)
			}
		}
	}
	if len(warnings.List()) != 2 {
		t.Errorf("warnings %q", warnings.List())
	}
}
