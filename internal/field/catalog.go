package field

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/match"
)

// Catalog is the fields of some indices, such as those of one integration.
type Catalog struct {
	// Name is shown as the origin of the catalog's fields: a path, usually.
	Name string
	// Indices are the index patterns that the catalog covers.
	Indices []string
	Fields  *Table
}

// Covers tells whether one of the catalog's patterns and one of the given patterns can name the same index. A
// catalog without patterns covers everything.
func (c *Catalog) Covers(indices []string) bool {
	if len(c.Indices) == 0 {
		return true
	}
	for _, index := range indices {
		if strings.HasPrefix(index, "-") {
			continue
		}
		// A remote cluster's indices have the fields of the local ones of the same name.
		index = index[strings.LastIndexByte(index, ':')+1:]
		for _, own := range c.Indices {
			if match.Overlap(own, index) {
				return true
			}
		}
	}
	return false
}

// Meets tells whether two catalogs can cover the same index.
func (c *Catalog) Meets(other *Catalog) bool {
	return len(other.Indices) == 0 || c.Covers(other.Indices)
}

// BadField is an entry of a field table that cannot be read.
type BadField struct {
	// Name is the field's name, Option the key below it that is wrong, or "".
	Name, Option string
	Err          error
}

// Error tells field and reason.
func (b *BadField) Error() string { return fmt.Sprintf("field %s: %v", b.Name, b.Err) }

// FromMap reads field declarations as users write them in TOML or JSON: a type's name, or a table with "type" and
// optionally "analyzer", "normalizer", "ignore_above", "path" and "array". Every bad entry is reported, the good
// ones are in the table all the same. Nested tables are not entered: names are dotted and quoted.
func FromMap(entries map[string]any, origin string) (*Table, []*BadField) {
	t := &Table{fields: make(map[string]Mapping, len(entries))}
	var bad []*BadField
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		m := Mapping{Name: name, Path: name, Origin: origin}
		if problem := m.read(entries[name]); problem != nil {
			problem.Name = name
			bad = append(bad, problem)
			continue
		}
		t.fields[name] = m
	}
	return t, append(bad, t.misplaced()...)
}

// misplaced are the fields that stand below another one that can have none below it.
func (t *Table) misplaced() []*BadField {
	var bad []*BadField
	for _, name := range slices.Sorted(maps.Keys(t.fields)) {
		for parent := range parents(name) {
			above, ok := t.fields[parent]
			if !ok || above.Type == Object || above.Type == Nested || t.fields[name].Path == parent {
				continue
			}
			bad = append(bad, &BadField{Name: name, Err: fmt.Errorf(
				"%s is of type %s, and no field can stand below it: a multi-field says path = %q", parent, above.Type, parent)})
			break
		}
	}
	return bad
}

func (m *Mapping) read(entry any) *BadField {
	options, ok := entry.(map[string]any)
	if !ok {
		options = map[string]any{"type": entry}
	}
	if _, ok := options["type"]; !ok {
		return &BadField{Err: fmt.Errorf("it has no \"type\"; write \"a.b\" = \"keyword\", with a quoted name")}
	}
	for _, key := range slices.Sorted(maps.Keys(options)) {
		if err := m.set(key, options[key]); err != nil {
			if !ok {
				key = ""
			}
			return &BadField{Option: key, Err: err}
		}
	}
	return nil
}

func (m *Mapping) set(key string, value any) (err error) {
	switch key {
	case "type":
		name, ok := value.(string)
		if !ok {
			return fmt.Errorf("the type must be a string such as \"keyword\"")
		}
		m.Type, err = ParseType(name)
		return err
	case "analyzer":
		if m.Analyzer, _ = value.(string); m.Analyzer == "" {
			return fmt.Errorf("the analyzer must be a name")
		}
		if _, known := match.AnalyzerByName(m.Analyzer); !known {
			return fmt.Errorf("unknown analyzer %q: there is %s", m.Analyzer, strings.Join(match.AnalyzerNames(), ", "))
		}
	case "normalizer":
		if m.Normalizer, _ = value.(string); m.Normalizer != "lowercase" {
			return fmt.Errorf("unknown normalizer %v: there is \"lowercase\"", value)
		}
	case "path":
		if m.Path, _ = value.(string); m.Path == "" {
			return fmt.Errorf("the path must be the name of the field that holds the values")
		}
	case "ignore_above":
		m.IgnoreAbove, err = wholeNumber(value)
		return err
	case "array":
		var ok bool
		if m.Array, ok = value.(bool); !ok {
			return fmt.Errorf("array must be true or false")
		}
	default:
		return fmt.Errorf("unknown option %q: there is type, analyzer, normalizer, ignore_above, path, array", key)
	}
	return nil
}

func wholeNumber(value any) (int, error) {
	switch n := value.(type) {
	case int64:
		if n > 0 && n <= math.MaxInt32 {
			return int(n), nil
		}
	case float64:
		if n > 0 && n == math.Trunc(n) && n <= math.MaxInt32 {
			return int(n), nil
		}
	}
	return 0, fmt.Errorf("ignore_above must be a whole number above 0")
}
