package column

import "github.com/tocsin-rules/tocsin/internal/field"

// Type is an ES|QL data type.
type Type uint8

// The data types. Unsupported is the zero value: a field that Elasticsearch gives only as null.
const (
	Unsupported Type = iota
	Null
	Boolean
	Integer
	Long
	UnsignedLong
	Double
	Keyword
	Text
	IP
	Version
	Date
	DateNanos
	GeoPoint
	GeoShape
	DatePeriod
	TimeDuration
	Source
)

// Store is the slice that holds the values of a type.
type Store uint8

const (
	// Ints holds booleans (0 and 1), whole numbers, dates (milliseconds, or nanoseconds for date_nanos), unsigned longs
	// in the order of Bits (see [OfUnsigned]), date periods (see [OfPeriod]) and time durations (milliseconds).
	Ints Store = iota + 1
	// Doubles holds fractions.
	Doubles
	// Texts holds keywords, texts, versions and _source as they are, addresses as their 16 bytes, points (see
	// [OfPoint]) and shapes as well-known text.
	Texts
)

type typeInfo struct {
	// name is what Elasticsearch calls the type in a response, word what its error messages call it.
	name, word string
	store      Store
}

var types = [...]typeInfo{
	Unsupported: {"unsupported", "unsupported", Texts}, Null: {"null", "null", Ints},
	Boolean: {"boolean", "boolean", Ints}, Integer: {"integer", "integer", Ints}, Long: {"long", "long", Ints},
	UnsignedLong: {"unsigned_long", "unsigned_long", Ints}, Double: {"double", "double", Doubles},
	Keyword: {"keyword", "keyword", Texts}, Text: {"text", "text", Texts}, IP: {"ip", "ip", Texts}, Version: {"version", "version", Texts},
	Date: {"date", "datetime", Ints}, DateNanos: {"date_nanos", "date_nanos", Ints},
	GeoPoint: {"geo_point", "geo_point", Texts}, GeoShape: {"geo_shape", "geo_shape", Texts},
	DatePeriod: {"date_period", "date_period", Ints}, TimeDuration: {"time_duration", "time_duration", Ints},
	Source: {"_source", "_source", Texts},
}

// String is the type's name in a response of Elasticsearch, such as "date".
func (t Type) String() string { return types[t].name }

// Word is the type's name in Elasticsearch's error messages, such as "datetime".
func (t Type) Word() string { return types[t].word }

// Store is the slice that holds the values of the type.
func (t Type) Store() Store { return types[t].store }

// IsString tells whether values are texts: keyword and text.
func (t Type) IsString() bool { return t == Keyword || t == Text }

// IsWhole tells whether values are whole numbers.
func (t Type) IsWhole() bool { return t == Integer || t == Long || t == UnsignedLong }

// IsNumber tells whether values are numbers.
func (t Type) IsNumber() bool { return t.IsWhole() || t == Double }

// IsDate tells whether values are instants.
func (t Type) IsDate() bool { return t == Date || t == DateNanos }

// IsTimespan tells whether values are amounts of time.
func (t Type) IsTimespan() bool { return t == DatePeriod || t == TimeDuration }

// Parse gives the type of a name as casts (::name), responses and CSV files write it, aliases included.
func Parse(name string) (Type, bool) {
	for t, info := range types {
		if info.name == name || info.word == name {
			return Type(t), true
		}
	}
	switch name {
	case "string", "s", "k":
		return Keyword, true
	case "bool", "b":
		return Boolean, true
	case "int", "i", "short", "byte":
		return Integer, true
	case "l":
		return Long, true
	case "ul", "ulong":
		return UnsignedLong, true
	case "d", "float", "half_float", "scaled_float", "f", "hf", "sf", "dbl":
		return Double, true
	case "dt":
		return Date, true
	case "v":
		return Version, true
	case "n":
		return Null, true
	}
	return Unsupported, false
}

// OfField is the type as which ES|QL reads a mapped field.
func OfField(t field.Type) Type {
	switch {
	case t.IsText():
		return Text
	case t == field.Version:
		return Version
	case t == field.Flattened:
		return Unsupported
	case t.IsKeyword():
		return Keyword
	case t.IsFraction():
		return Double
	}
	switch t {
	case field.Boolean:
		return Boolean
	case field.Byte, field.Short, field.Integer:
		return Integer
	case field.Long:
		return Long
	case field.UnsignedLong:
		return UnsignedLong
	case field.Date:
		return Date
	case field.DateNanos:
		return DateNanos
	case field.IP:
		return IP
	case field.GeoPoint:
		return GeoPoint
	case field.GeoShape:
		return GeoShape
	}
	return Unsupported
}
