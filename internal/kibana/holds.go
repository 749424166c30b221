package kibana

import "encoding/json"

// Holds tells whether a stored rule holds what was sent: whether it can be what Kibana made of it. Kibana adds fields of
// its own at every level, drops top-level fields that it does not know, turns a single threshold field or job id into
// a list, and keeps an empty list where nothing was sent, so none of these is a difference.
func Holds(stored, sent Rule) bool {
	keptAll, storedOK := plain(stored)
	sentAll, sentOK := plain(sent)
	if !storedOK || !sentOK {
		return false
	}
	for key, value := range sentAll {
		if kept, ok := keptAll[key]; ok && !holds(kept, value) {
			return false
		}
	}
	return true
}

// plain is the rule in the types of a decoded JSON document, so that []string and int are no cases of their own.
func plain(rule Rule) (map[string]any, bool) {
	text, err := json.Marshal(rule)
	if err != nil {
		return nil, false
	}
	doc, err := decode(text)
	object, ok := doc.(map[string]any)
	return object, ok && err == nil
}

func holds(stored, sent any) bool {
	switch s := sent.(type) {
	case map[string]any:
		kept, ok := stored.(map[string]any)
		return ok && holdsAll(kept, s)
	case []any:
		return holdsList(stored, s)
	case string:
		if kept, ok := stored.([]any); ok {
			return len(kept) == 0 && s == "" || len(kept) == 1 && kept[0] == s
		}
	}
	return equalScalars(stored, sent)
}

func holdsAll(stored, sent map[string]any) bool {
	for key, value := range sent {
		if !holds(stored[key], value) {
			return false
		}
	}
	return true
}

func holdsList(stored any, sent []any) bool {
	kept, ok := stored.([]any)
	if len(sent) != len(kept) || stored != nil && !ok {
		return false
	}
	for i := range sent {
		if !holds(kept[i], sent[i]) {
			return false
		}
	}
	return true
}

func equalScalars(a, b any) bool {
	switch a := a.(type) {
	case map[string]any, []any:
		return false
	case json.Number:
		other, ok := b.(json.Number)
		return ok && equalNumbers(a, other)
	}
	return a == b
}

// equalNumbers compares by value, so that 1 and 1.0 are the same.
func equalNumbers(a, b json.Number) bool {
	if a == b {
		return true
	}
	x, errX := a.Float64()
	y, errY := b.Float64()
	return errX == nil && errY == nil && x == y
}
