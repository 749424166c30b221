package field

import (
	"slices"
	"strings"
)

// Variant is a type that a field has in some indices.
type Variant struct {
	Type    Type
	Indices []string
	// Certain tells that the indices are those of a cluster, and not what packages would make when they are installed.
	Certain bool
}

// Variants are the types that a field has in the data streams of the catalogs, sorted by their names; none when a layer above
// them declares it.
func (s *Schema) Variants(name string) []Variant {
	types := map[Type]*Variant{}
	for _, layer := range s.layers {
		if streams, ok := layer.(*Selection); ok {
			streams.variants(name, types)
		} else if _, known := layer.Lookup(name); known {
			break
		}
	}
	variants := make([]Variant, 0, len(types))
	for _, v := range types {
		slices.Sort(v.Indices)
		v.Indices = slices.Compact(v.Indices)
		variants = append(variants, *v)
	}
	slices.SortFunc(variants, func(a, b Variant) int { return strings.Compare(a.Type.String(), b.Type.String()) })
	return variants
}

func (s *Selection) variants(name string, types map[Type]*Variant) {
	for i, m := range s.Places(name) {
		if m.Type == Invalid {
			continue
		}
		if types[m.Type] == nil {
			types[m.Type] = &Variant{Type: m.Type, Certain: true}
		}
		v := types[m.Type]
		v.Indices = append(v.Indices, s.catalog.Streams[s.chosen[i]].Index)
		v.Certain = v.Certain && s.catalog.Source == FromEnvironment
	}
}
