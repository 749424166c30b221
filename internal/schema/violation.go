package schema

import (
	"cmp"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/xeipuuv/gojsonschema"
)

// Violation is one way in which a document breaks its schema.
type Violation struct {
	// Path leads to the value that is wrong; indices of arrays are decimal. For a missing or an unknown key it
	// leads to the table.
	Path []string
	// Keyword is the schema's keyword that is broken, such as "required" or "enum".
	Keyword string
	// Params say more: "property" for required, additionalProperties, dependencies and propertyNames; "expected"
	// and "given" for type ([]string and string); "limit" for bounds; "pattern" for pattern; "value" for the
	// value itself where it is no table and no array.
	Params map[string]any
}

// keyword gives the schema's keyword for the validator's own names. Those that are left out only repeat what a
// branch of a composed schema says in detail.
func keyword(kind string) string {
	switch kind {
	case "required", "enum", "const", "pattern", "contains":
		return kind
	case "additional_property_not_allowed":
		return "additionalProperties"
	case "invalid_property_name":
		return "propertyNames"
	case "invalid_type":
		return "type"
	case "does_not_match_pattern", "pattern_mismatch":
		return "pattern"
	case "array_min_items":
		return "minItems"
	case "array_max_items":
		return "maxItems"
	case "array_min_properties":
		return "minProperties"
	case "array_max_properties":
		return "maxProperties"
	case "unique":
		return "uniqueItems"
	case "string_gte":
		return "minLength"
	case "string_lte":
		return "maxLength"
	case "number_gte":
		return "minimum"
	case "number_lte":
		return "maximum"
	case "number_gt":
		return "exclusiveMinimum"
	case "number_lt":
		return "exclusiveMaximum"
	case "missing_dependency":
		return "dependencies"
	case "false":
		return "false"
	case "number_any_of", "number_one_of", "number_all_of", "condition_then", "condition_else":
		return ""
	}
	return kind
}

// MaxValues is the number of values of the largest document that is checked; the validator is not made for more.
// A rule has a few hundred.
const MaxValues = 100_000

// tooManyValues is the keyword of the only violation of a document that has more.
const tooManyValues = "maxValues"

// separator joins the parts of a path; no key holds it.
const separator = "\x1f"

// Check gives what is wrong with a document of a kind, sorted by path, keyword and property. The document is of
// the values that TOML or JSON decode to; a date-time of TOML is no string, and 1.0 is no integer. It fails for
// an unknown kind and for a schema that cannot be compiled.
func (s *Set) Check(name string, doc any) ([]Violation, error) {
	k, err := s.kind(name)
	if err != nil {
		return nil, err
	}
	return k.check(doc)
}

func (k *kind) check(doc any) ([]Violation, error) {
	var p planner
	converted := p.plain(doc)
	if p.values > MaxValues {
		return []Violation{{Keyword: tooManyValues, Params: map[string]any{"limit": strconv.Itoa(MaxValues)}}}, nil
	}
	found, err := k.validate(converted)
	if err != nil {
		return nil, err
	}
	if p.wholes {
		again, err := k.validate((&planner{unwhole: true}).plain(doc))
		if err != nil {
			return nil, err
		}
		found = append(found, wholeFloats(doc, again)...)
	}
	if p.dates {
		found = k.dates(doc, found)
	}
	found = slices.DeleteFunc(found, func(v Violation) bool { return ofName(doc, v) })
	for i := range found {
		complete(doc, &found[i])
	}
	slices.SortFunc(found, compare)
	return slices.CompactFunc(found, func(a, b Violation) bool { return compare(a, b) == 0 }), nil
}

func (k *kind) validate(doc any) ([]Violation, error) {
	result, err := k.compiled.Validate(gojsonschema.NewRawLoader(doc))
	if err != nil {
		return nil, err
	}
	var found []Violation
	for _, e := range result.Errors() {
		if v := violation(e); v.Keyword != "" {
			found = append(found, v)
		}
	}
	return found, nil
}

func violation(e gojsonschema.ResultError) Violation {
	details := e.Details()
	v := Violation{Keyword: keyword(e.Type()), Params: map[string]any{}}
	if _, rest, ok := strings.Cut(e.Context().String(separator), separator); ok {
		v.Path = strings.Split(rest, separator)
	}
	switch v.Keyword {
	case "required", "additionalProperties", "propertyNames":
		v.Params["property"] = details["property"]
	case "dependencies":
		v.Params["property"] = details["dependency"]
	case "type":
		v.Params["expected"] = strings.Split(strings.Trim(fmt.Sprint(details["expected"]), "[]"), ",")
	case "pattern":
		if pattern, ok := details["pattern"].(*regexp.Regexp); ok {
			v.Params["pattern"] = pattern.String()
		}
	case "minimum", "exclusiveMinimum", "minItems", "minLength", "minProperties":
		v.Params["limit"] = limit(details["min"])
	case "maximum", "exclusiveMaximum", "maxItems", "maxLength", "maxProperties":
		v.Params["limit"] = limit(details["max"])
	}
	return v
}

func limit(bound any) string {
	if f, ok := bound.(*big.Float); ok {
		return f.Text('f', -1)
	}
	return fmt.Sprint(bound)
}

// wholeFloats picks the violations that say that a float is no integer.
func wholeFloats(doc any, found []Violation) []Violation {
	return slices.DeleteFunc(found, func(v Violation) bool {
		f, isFloat := at(doc, v.Path).(float64)
		return v.Keyword != "type" || !isFloat || f != float64(int64(f))
	})
}

// dates replaces what is said about the tables that stand for date-times, and about what would be in them.
func (k *kind) dates(doc any, found []Violation) []Violation {
	for i, v := range found {
		for n := range len(v.Path) + 1 {
			if typeName(at(doc, v.Path[:n])) != "date-time" {
				continue
			}
			expected := k.root.walk(v.Path[:n]).types()
			found[i] = Violation{Path: v.Path[:n], Keyword: "type", Params: map[string]any{"expected": expected}}
			break
		}
	}
	return found
}

// ofName tells whether a violation is about the name of a key, which propertyNames has told already.
func ofName(doc any, v Violation) bool {
	return v.Keyword == "pattern" && typeName(at(doc, v.Path)) != "string"
}

// complete adds what only the document knows.
func complete(doc any, v *Violation) {
	value := at(doc, v.Path)
	if v.Keyword == "type" {
		v.Params["given"] = typeName(value)
	}
	switch typeName(value) {
	case "object", "array", "null":
	default:
		v.Params["value"] = value
	}
}

func compare(a, b Violation) int {
	return cmp.Or(
		slices.Compare(a.Path, b.Path),
		cmp.Compare(a.Keyword, b.Keyword),
		cmp.Compare(property(a), property(b)),
	)
}

func property(v Violation) string {
	name, _ := v.Params["property"].(string)
	return name
}
