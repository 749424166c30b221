package detect

import (
	"reflect"

	"github.com/tocsin-rules/tocsin/internal/event"
)

// common is the document of what some documents agree in, level by level: the source of a sequence's shell.
func common(docs []*event.Document) *event.Document {
	var agreed map[string]any
	for _, doc := range docs {
		tree, err := doc.Source()
		switch {
		case err != nil: // the document was decoded once already
		case agreed == nil:
			agreed = tree
		default:
			agreed = intersectObjects(agreed, tree)
		}
	}
	if agreed == nil {
		agreed = map[string]any{}
	}
	return synthetic(agreed)
}

// intersectObjects keeps what two objects agree in, level by level.
func intersectObjects(a, b map[string]any) map[string]any {
	out := map[string]any{}
	for key, value := range a {
		other, ok := b[key]
		if !ok {
			continue
		}
		if common, ok := intersect(value, other); ok {
			out[key] = common
		}
	}
	return out
}

// intersect gives what two values agree in: equal scalars, the common items of arrays, a scalar beside an array taken
// for an array of one. Objects that agree in nothing are dropped.
func intersect(a, b any) (any, bool) {
	x, xIsObject := a.(map[string]any)
	y, yIsObject := b.(map[string]any)
	if xIsObject && yIsObject {
		common := intersectObjects(x, y)
		return common, len(common) > 0
	}
	list, aIsList := a.([]any)
	others, bIsList := b.([]any)
	if !aIsList && !bIsList {
		return a, reflect.DeepEqual(a, b)
	}
	if !aIsList {
		list = []any{a}
	}
	if !bIsList {
		others = []any{b}
	}
	common := []any{}
	for _, item := range list {
		for _, other := range others {
			if reflect.DeepEqual(item, other) {
				common = append(common, item)
				break
			}
		}
	}
	return common, true
}
