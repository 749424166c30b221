package function

import (
	"slices"
	"strings"
)

// Registry finds functions by name. It is immutable and safe for concurrent use.
type Registry struct {
	byName map[string]*Function
	all    []*Function
}

// All are the functions of every family, in the order of the reference.
func All() []*Function {
	return slices.Concat(
		aggregateFunctions(), groupingFunctions(), conditionalFunctions(), stringFunctions(), encodeFunctions(), multivalueFunctions(),
		anyValueFunctions(), dateFunctions(), ipFunctions(), convertFunctions(), searchFunctions(), mathFunctions(), spatialFunctions(),
		undecidedFunctions(),
	)
}

// NewRegistry makes a registry of functions.
func NewRegistry(functions []*Function) *Registry {
	r := &Registry{byName: make(map[string]*Function, 2*len(functions)), all: functions}
	for _, f := range functions {
		r.byName[f.Name] = f
		for _, alias := range f.Aliases {
			r.byName[alias] = f
		}
	}
	return r
}

// Lookup finds a function by its name or an alias, without regard to case.
func (r *Registry) Lookup(name string) (*Function, bool) {
	f, ok := r.byName[strings.ToUpper(name)]
	return f, ok
}

// Functions are all functions.
func (r *Registry) Functions() []*Function { return r.all }

// Names are all names, aliases included, in lower case and sorted: what a suggestion chooses from.
func (r *Registry) Names() []string {
	names := make([]string, 0, len(r.byName))
	for name := range r.byName {
		names = append(names, strings.ToLower(name))
	}
	slices.Sort(names)
	return names
}
