package export

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
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

// typeOf gives the type of a field in data streams, the last stream that has it wins; "" when none has. A stream without a
// name is its whole package.
func (p Packages) typeOf(streams []stream, name string) string {
	for _, s := range slices.Backward(streams) {
		pkg := p[s.pkg]
		if s.name != "" {
			if kind := pkg.Streams[s.name][name]; kind != "" {
				return kind
			}
			continue
		}
		for _, stream := range slices.Backward(sortedKeys(pkg.Streams)) {
			if kind := pkg.Streams[stream][name]; kind != "" {
				return kind
			}
		}
	}
	return ""
}

// knowAny tells whether any field of data streams is known.
func (p Packages) knowAny(streams []stream) bool {
	return slices.ContainsFunc(streams, func(s stream) bool {
		if s.name == "" {
			return len(p[s.pkg].Streams) > 0
		}
		return len(p[s.pkg].Streams[s.name]) > 0
	})
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
