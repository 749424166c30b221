package sandbox

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// check looks at a value and tells what is wrong with it, each problem with the path of the value that has it.
type check func(path string, v any) []string

// property is what a schema says of one key.
type property struct {
	check    check
	required bool
}

// schema is what an object may hold. Keys that it does not name are of no interest to it.
type schema map[string]property

func required(c check) property { return property{check: c, required: true} }

func optional(c check) property { return property{check: c} }

// problems checks an object. When partial, nothing is required.
func (s schema) problems(path string, object map[string]any, partial bool) []string {
	var all []string
	for _, key := range sortedKeys(s) {
		f, at := s[key], join(path, key)
		v, present := object[key]
		switch {
		case present:
			all = append(all, f.check(at, v)...)
		case f.required && !partial:
			all = append(all, at+": Required")
		}
	}
	return all
}

// object wants an object that a schema describes.
func object(s schema) check {
	return func(path string, v any) []string {
		o, ok := v.(map[string]any)
		if !ok {
			return wrongKind(path, "object", v)
		}
		return s.problems(path, o, false)
	}
}

// text wants a string.
func text() check {
	return func(path string, v any) []string {
		if _, ok := v.(string); !ok {
			return wrongKind(path, "string", v)
		}
		return nil
	}
}

// nonEmpty wants a string of at least one character.
func nonEmpty() check {
	return func(path string, v any) []string {
		if v == "" {
			return []string{path + ": must not be empty"}
		}
		return text()(path, v)
	}
}

// matching wants a string of a form.
func matching(form *regexp.Regexp) check {
	return func(path string, v any) []string {
		if s, ok := v.(string); ok && !form.MatchString(s) {
			return []string{fmt.Sprintf("%s: must match %s, received %q", path, form, s)}
		}
		return text()(path, v)
	}
}

// oneOf wants one of some strings.
func oneOf(allowed ...string) check {
	return func(path string, v any) []string {
		if s, ok := v.(string); ok && slices.Contains(allowed, s) {
			return nil
		}
		return []string{fmt.Sprintf("%s: expected '%s', received %s", path, strings.Join(allowed, "' | '"), show(v))}
	}
}

// boolean wants true or false.
func boolean() check {
	return func(path string, v any) []string {
		if _, ok := v.(bool); !ok {
			return wrongKind(path, "boolean", v)
		}
		return nil
	}
}

// integer wants a whole number of at least low.
func integer(low int64) check { return integerIn(low, 1<<53) }

// integerIn wants a whole number from low to high.
func integerIn(low, high int64) check {
	return func(path string, v any) []string {
		number, ok := v.(json.Number)
		if !ok {
			return wrongKind(path, "number", v)
		}
		n, err := number.Int64()
		switch {
		case err != nil:
			return []string{path + ": expected an integer, received " + number.String()}
		case n < low:
			return []string{fmt.Sprintf("%s: must be at least %d", path, low)}
		case n > high:
			return []string{fmt.Sprintf("%s: must be at most %d", path, high)}
		}
		return nil
	}
}

// list wants an array with from low to high elements, each as the check says.
func list(each check, low, high int) check {
	return func(path string, v any) []string {
		items, ok := v.([]any)
		switch {
		case !ok:
			return wrongKind(path, "array", v)
		case len(items) < low:
			return []string{fmt.Sprintf("%s: must hold at least %d element(s)", path, low)}
		case len(items) > high:
			return []string{fmt.Sprintf("%s: must hold at most %d element(s)", path, high)}
		}
		var all []string
		for i, item := range items {
			all = append(all, each(path+"."+strconv.Itoa(i), item)...)
		}
		return all
	}
}

// unbounded is the number of elements of an array without a limit.
const unbounded = 1 << 30

// listOf wants an array of any length.
func listOf(each check) check { return list(each, 0, unbounded) }

// either wants a string as the first check says, or something else as the second says.
func either(single, otherwise check) check {
	return func(path string, v any) []string {
		if _, ok := v.(string); ok {
			return single(path, v)
		}
		return otherwise(path, v)
	}
}

// orNull accepts null too.
func orNull(c check) check {
	return func(path string, v any) []string {
		if v == nil {
			return nil
		}
		return c(path, v)
	}
}

// anything wants nothing.
func anything() check { return func(string, any) []string { return nil } }

func wrongKind(path, want string, v any) []string {
	return []string{fmt.Sprintf("%s: Expected %s, received %s", path, want, kindOf(v))}
}

func show(v any) string {
	if s, ok := v.(string); ok {
		return "'" + s + "'"
	}
	return kindOf(v)
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
