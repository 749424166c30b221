package function

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

// Reference writes the functions as the tables of docs/esql.md: a table for each family, and the list of those that
// are undecided offline with the reason.
func (r *Registry) Reference() string {
	var out strings.Builder
	var families []string
	for _, f := range r.all {
		if f.Undecided == "" && !slices.Contains(families, f.Family) {
			families = append(families, f.Family)
		}
	}
	for _, family := range families {
		fmt.Fprintf(&out, "### %s\n\n| function | takes | gives | |\n|---|---|---|---|\n", family)
		for _, f := range sorted(r.all) {
			if f.Family == family && f.Undecided == "" {
				fmt.Fprintf(&out, "| %s | %s | %s | %s |\n", f.names(), f.takes(), f.gives(), strings.ReplaceAll(f.Doc, "|", `\|`))
			}
		}
		out.WriteString("\n")
	}
	out.WriteString("### Undecided offline\n\nA query with one of these is checked, and its verdict is \"undecided\" with the reason.\n\n| why | functions |\n|---|---|\n")
	var reasons []string
	names := map[string][]string{}
	for _, f := range sorted(r.all) {
		if f.Undecided == "" {
			continue
		}
		if names[f.Undecided] == nil {
			reasons = append(reasons, f.Undecided)
		}
		names[f.Undecided] = append(names[f.Undecided], "`"+f.Name+"`")
	}
	for _, reason := range slices.Sorted(slices.Values(reasons)) {
		fmt.Fprintf(&out, "| %s | %s |\n", reason, strings.Join(names[reason], " "))
	}
	return out.String()
}

func sorted(functions []*Function) []*Function {
	return slices.SortedFunc(slices.Values(functions), func(a, b *Function) int { return strings.Compare(a.Name, b.Name) })
}

// names are the name and the aliases.
func (f *Function) names() string {
	text := "`" + f.Name + "`"
	for _, alias := range f.Aliases {
		text += " `" + alias + "`"
	}
	return text
}

// takes writes the parameters: optional ones in brackets, three dots where the last may be repeated.
func (f *Function) takes() string {
	var params []string
	for i, p := range f.Params {
		text := typeNames(p.Types)
		if p.Name != text {
			text = p.Name + " " + text
		}
		if f.Variadic && i == len(f.Params)-1 {
			text += " …"
		}
		if p.Optional {
			text = "[" + text + "]"
		}
		params = append(params, text)
	}
	if f.Implied != "" {
		params = append(params, "("+f.Implied+")")
	}
	return strings.Join(params, ", ")
}

// typeNames writes a set of types in few words.
func typeNames(set Types) string {
	var names []string
	for _, known := range []struct {
		set  Types
		name string
	}{{Any, "any"}, {Representable, "any"}, {Representable &^ Shapes, "any but shapes"}, {Numbers, "number"}, {Signed, "number"}, {Wholes, "whole number"}, {Strings, "string"}, {Dates, "date"}, {Timespans, "timespan"}} {
		if set&known.set == known.set {
			names = append(names, known.name)
			set &^= known.set
		}
	}
	for _, t := range set.List() {
		names = append(names, t.String())
	}
	return strings.Join(names, "/")
}

// gives is the type of the result: one, or that of an argument.
func (f *Function) gives() string {
	if f.Returns == nil {
		return "as its arguments"
	}
	seen := map[column.Type]bool{}
	for t := column.Boolean; t <= column.TimeDuration; t++ {
		if types, ok := f.example(t); ok {
			seen[f.Returns(types)] = true
		}
	}
	switch {
	case len(seen) > 2:
		return "as its arguments"
	case seen[column.Double] && seen[column.Long]:
		return "long or double"
	}
	var names []string
	for t := range seen {
		names = append(names, t.String())
	}
	slices.Sort(names)
	return strings.Join(names, " or ")
}

// example gives types for the parameters: one type where it fits, another where it does not; false if it fits nowhere.
func (f *Function) example(t column.Type) ([]column.Type, bool) {
	types, fits := make([]column.Type, len(f.Params)), len(f.Params) == 0
	for i, p := range f.Params {
		types[i] = p.Types.List()[0]
		if p.Types.Has(t) {
			types[i], fits = t, true
		}
	}
	return types, fits
}
