package export

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
)

// Packages are the field types of integration packages by package name.
type Packages map[string]Package

// Package is one release of an integration package.
type Package struct {
	Version string
	// Streams maps a data stream to its fields and their Elasticsearch types, as the package's mapping names them.
	Streams map[string]map[string]string
	// Jobs are the machine learning jobs of the package.
	Jobs []string
}

// UnmarshalJSON reads {"version": ..., "streams": {stream: {field: type}}}; the stream "jobs" is a list of jobs.
func (p *Package) UnmarshalJSON(text []byte) error {
	var form struct {
		Version string                     `json:"version"`
		Streams map[string]json.RawMessage `json:"streams"`
	}
	if err := json.Unmarshal(text, &form); err != nil {
		return err
	}
	p.Version, p.Streams = form.Version, make(map[string]map[string]string, len(form.Streams))
	for name, body := range form.Streams {
		if name == "jobs" {
			if err := json.Unmarshal(body, &p.Jobs); err != nil {
				return fmt.Errorf("jobs: %w", err)
			}
			continue
		}
		var fields map[string]string
		if err := json.Unmarshal(body, &fields); err != nil {
			return fmt.Errorf("stream %q: %w", name, err)
		}
		p.Streams[name] = fields
	}
	return nil
}

// ReadPackages reads the fields of packages: {package: {"version": ..., "streams": {stream: {field: type}}}}.
func ReadPackages(r io.Reader) (Packages, error) {
	var p Packages
	if err := json.NewDecoder(r).Decode(&p); err != nil {
		return nil, fmt.Errorf("fields of packages: %w", err)
	}
	return p, nil
}

// fieldsOf gives the field types of the data streams that a rule names. A package without that stream has no fields, and
// a stream "" means all streams of the package.
func (p Packages) fieldsOf(streams []stream) map[string]string {
	types := map[string]string{}
	for _, s := range streams {
		pkg := p[s.pkg]
		if s.name != "" {
			maps.Copy(types, pkg.Streams[s.name])
			continue
		}
		for _, name := range sortedKeys(pkg.Streams) {
			maps.Copy(types, pkg.Streams[name])
		}
	}
	return types
}

// family is the type that the peer reduces a field's type to.
func family(kind string) string {
	switch kind {
	case "constant_keyword", "wildcard":
		return "keyword"
	case "long", "short", "byte", "unsigned_long", "token_count":
		return "integer"
	case "double", "half_float", "scaled_float":
		return "float"
	case "date_nanos":
		return "date"
	case "match_only_text", "annotated-text", "completion", "search-as_you_type":
		return "text"
	case "long_range", "double_range", "date_range", "ip_range":
		return "range"
	}
	return kind
}
