package field

// Cardinality is how many values a field has in one event, as far as that is known.
type Cardinality uint8

// The cardinalities.
const (
	// UnknownCardinality is that of a field that nobody declares, or only catalogs that do not tell: packages seldom say that a
	// field has several values.
	UnknownCardinality Cardinality = iota
	// One is that of a field that ECS or the project declares without saying that it has several values.
	One
	// Several is that of a field of which a layer says so.
	Several
)

// Cardinality asks all layers: the one that decides the type may not tell how many values there are.
func (s *Schema) Cardinality(name string) Cardinality {
	known := UnknownCardinality
	for _, layer := range s.layers {
		m, ok := layer.Lookup(name)
		if !ok {
			continue
		}
		if m.Array {
			return Several
		}
		if _, tells := layer.(*Table); tells && m.Type != Flattened && m.Type != Nested {
			known = One
		}
	}
	return known
}
