// Package schema checks documents against the project's JSON Schemas and tells what is wrong with them.
//
// It is the only importer of gojsonschema. [Compile] takes the schemas; [Set.Check] gives the plain violations of
// a document; [Set.Diagnose] turns them into diagnostics, with the places that a [Locator] knows.
//
// A kind names a schema: "tocsin" is the whole of tocsin.schema.json, and "rule#rule_eql" is the definition
// rule_eql of rule.schema.json. A document of several types is checked against the definition of its own type, so
// that nobody is told what is wrong with it as another.
package schema

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"github.com/xeipuuv/gojsonschema"
)

// Set is a set of schemas. It is safe for concurrent use.
type Set struct {
	fsys  fs.FS
	words map[string]string

	mu    sync.Mutex
	files map[string]map[string]any
	kinds map[string]*kind
}

// kind is a compiled schema, and the JSON that it was compiled from.
type kind struct {
	compiled *gojsonschema.Schema
	root     node
}

// suffix of the files that hold schemas.
const suffix = ".schema.json"

// Compile makes a set of the files NAME.schema.json of a file system. Words say what each regular expression of
// the schemas asks for, to complete "must be ...". Nothing is read before a kind is used for the first time;
// only a file system without schemas is an error.
func Compile(fsys fs.FS, words map[string]string) (*Set, error) {
	names, err := fs.Glob(fsys, "*"+suffix)
	if err != nil {
		return nil, fmt.Errorf("schemas: %w", err)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("schemas: there is no *%s", suffix)
	}
	return &Set{fsys: fsys, words: words, files: map[string]map[string]any{}, kinds: map[string]*kind{}}, nil
}

// kind gives a compiled schema. The compiler is not safe for concurrent use, so one is compiled at a time.
func (s *Set) kind(name string) (*kind, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k, ok := s.kinds[name]; ok {
		return k, nil
	}
	k, err := s.compile(name)
	if err != nil {
		return nil, fmt.Errorf("schema %s: %w", name, err)
	}
	s.kinds[name] = k
	return k, nil
}

func (s *Set) compile(name string) (*kind, error) {
	file, definition, _ := strings.Cut(name, "#")
	raw, err := s.file(file)
	if err != nil {
		return nil, err
	}
	root := raw
	if definition != "" {
		root = map[string]any{"definitions": raw["definitions"], "$ref": "#/definitions/" + definition}
	}
	if err := localReferences(root); err != nil {
		return nil, err
	}
	loader := gojsonschema.NewSchemaLoader()
	loader.Draft, loader.AutoDetect = gojsonschema.Draft7, false
	// The compiler rewrites references in place, so it gets a copy.
	compiled, err := loader.Compile(gojsonschema.NewRawLoader(clone(root)))
	if err != nil {
		return nil, err
	}
	return &kind{compiled: compiled, root: node{root: root, schema: root}}, nil
}

func (s *Set) file(name string) (map[string]any, error) {
	if raw, ok := s.files[name]; ok {
		return raw, nil
	}
	text, err := fs.ReadFile(s.fsys, name+suffix)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	var raw map[string]any
	if err := decoder.Decode(&raw); err != nil {
		return nil, err
	}
	delete(raw, "$id")
	s.files[name] = raw
	return raw, nil
}

// localReferences refuses references that lead out of the file: the compiler would open files and call hosts.
func localReferences(value any) error {
	switch value := value.(type) {
	case map[string]any:
		if ref, ok := value["$ref"].(string); ok && !strings.HasPrefix(ref, "#/definitions/") {
			return fmt.Errorf("reference %q leads out of the file", ref)
		}
		for _, v := range value {
			if err := localReferences(v); err != nil {
				return err
			}
		}
	case []any:
		for _, v := range value {
			if err := localReferences(v); err != nil {
				return err
			}
		}
	}
	return nil
}

func clone(value any) any {
	switch value := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(value))
		for k, v := range value {
			out[k] = clone(v)
		}
		return out
	case []any:
		out := make([]any, len(value))
		for i, v := range value {
			out[i] = clone(v)
		}
		return out
	}
	return value
}

// Properties gives the keys that a table of a kind may have, sorted.
func (s *Set) Properties(name string) ([]string, error) {
	file, definition, _ := strings.Cut(name, "#")
	s.mu.Lock()
	defer s.mu.Unlock()
	raw, err := s.file(file)
	if err != nil {
		return nil, fmt.Errorf("schema %s: %w", name, err)
	}
	n := node{root: raw, schema: raw}
	if definition != "" {
		n.schema = map[string]any{"$ref": "#/definitions/" + definition}
	}
	return n.properties(), nil
}
