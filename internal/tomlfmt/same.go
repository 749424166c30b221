package tomlfmt

import (
	"math"
	"time"
)

// same compares two values as the decoder gives them. Unlike reflect.DeepEqual it takes one NaN for another, and two
// times for one only when they are written in the same zone.
func same(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && sameTables(a, b)
	case []map[string]any:
		b, ok := b.([]map[string]any)
		return ok && sameLists(a, b)
	case []any:
		b, ok := b.([]any)
		return ok && sameLists(a, b)
	case float64:
		b, ok := b.(float64)
		return ok && (math.Float64bits(a) == math.Float64bits(b) || math.IsNaN(a) && math.IsNaN(b))
	case time.Time:
		b, ok := b.(time.Time)
		return ok && a.Equal(b) && a.Format(time.RFC3339Nano) == b.Format(time.RFC3339Nano) && a.Location().String() == b.Location().String()
	}
	return a == b
}

func sameTables(a, b map[string]any) bool {
	if len(a) != len(b) {
		return false
	}
	for key, value := range a {
		other, ok := b[key]
		if !ok || !same(value, other) {
			return false
		}
	}
	return true
}

func sameLists[T any](a, b []T) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !same(a[i], b[i]) {
			return false
		}
	}
	return true
}
