// Package field answers what type a field has: the first question of every search, because the same condition
// means different things on a keyword, a text, an address and a date.
//
// A [Schema] stacks what is known, best source first: a fixture's own declarations, the project's catalogs, ECS,
// and at last what Elasticsearch's dynamic mapping would make of the values that events hold.
package field

import (
	"fmt"
	"slices"

	"github.com/tocsin-rules/tocsin/internal/diag"
)

// Type is an Elasticsearch field type.
type Type uint8

// The field types that tocsin knows. Invalid is the zero value and no type of any field.
const (
	Invalid Type = iota
	Keyword
	ConstantKeyword
	Wildcard
	Text
	MatchOnlyText
	Boolean
	Byte
	Short
	Integer
	Long
	UnsignedLong
	HalfFloat
	Float
	Double
	ScaledFloat
	Date
	DateNanos
	IP
	Version
	GeoPoint
	GeoShape
	Binary
	Flattened
	Nested
	Object
)

var typeNames = [...]string{
	Keyword: "keyword", ConstantKeyword: "constant_keyword", Wildcard: "wildcard", Text: "text", MatchOnlyText: "match_only_text",
	Boolean: "boolean", Byte: "byte", Short: "short", Integer: "integer", Long: "long", UnsignedLong: "unsigned_long",
	HalfFloat: "half_float", Float: "float", Double: "double", ScaledFloat: "scaled_float",
	Date: "date", DateNanos: "date_nanos", IP: "ip", Version: "version", GeoPoint: "geo_point", GeoShape: "geo_shape", Binary: "binary",
	Flattened: "flattened", Nested: "nested", Object: "object",
}

// ParseType reads a type by its name in a mapping. The error names the type that was probably meant.
func ParseType(name string) (Type, error) {
	if i := slices.Index(typeNames[1:], name); i >= 0 {
		return Type(i + 1), nil
	}
	if near := diag.Nearest(name, TypeNames(), 1); len(near) > 0 {
		return Invalid, fmt.Errorf("%q is not an Elasticsearch field type: did you mean %q?", name, near[0])
	}
	return Invalid, fmt.Errorf("%q is not an Elasticsearch field type", name)
}

// TypeNames are all names that ParseType knows, sorted.
func TypeNames() []string {
	return slices.Sorted(slices.Values(typeNames[1:]))
}

// String is the type's name in a mapping.
func (t Type) String() string {
	if t == Invalid || int(t) >= len(typeNames) {
		return "unmapped"
	}
	return typeNames[t]
}

// IsText tells whether values are analysed into tokens.
func (t Type) IsText() bool { return t == Text || t == MatchOnlyText }

// IsKeyword tells whether a value is compared as one whole text: the keyword family and the leaves of flattened.
func (t Type) IsKeyword() bool {
	return t == Keyword || t == ConstantKeyword || t == Wildcard || t == Flattened || t == Version
}

// IsWhole tells whether values are whole numbers.
func (t Type) IsWhole() bool { return t >= Byte && t <= UnsignedLong }

// IsFraction tells whether values are floating-point numbers.
func (t Type) IsFraction() bool { return t >= HalfFloat && t <= ScaledFloat }

// IsNumber tells whether values are numbers of any kind.
func (t Type) IsNumber() bool { return t.IsWhole() || t.IsFraction() }

// IsDate tells whether values are instants.
func (t Type) IsDate() bool { return t == Date || t == DateNanos }
