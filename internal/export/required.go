package export

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/rule"
)

// unknownType is the type of a field that nobody declares.
const unknownType = "unknown"

// requiredFields derives what the rule does not state: the fields that its query names, with their types.
func (c *conversion) requiredFields() {
	if _, stated := c.api["required_fields"]; stated || c.env.ECS == nil || c.rule.Type == rule.TypeMachineLearning {
		return
	}
	types := c.typer()
	var list []any
	seen := map[string]bool{}
	for _, name := range c.query.fields {
		if !c.env.Compat {
			name = plainName(name)
		}
		if name == "" || seen[name] {
			continue
		}
		seen[name] = true
		kind, ecs := types(name)
		if kind == unknownType {
			c.note(UnknownField, fmt.Sprintf("the type of `%s` is not known", name))
		}
		list = append(list, map[string]any{"name": name, "type": kind, "ecs": ecs})
	}
	if len(list) > 0 {
		c.api["required_fields"] = list
	}
}

// plainName is the name of the field itself: without quotes, and "" for a pattern of names.
func plainName(name string) string {
	if strings.Contains(name, "*") {
		return ""
	}
	return strings.ReplaceAll(name, "`", "")
}

// typer gives the function that knows a field's type, and whether ECS does.
func (c *conversion) typer() func(name string) (string, bool) {
	sources := c.typeSources()
	return func(name string) (string, bool) {
		if m, ok := c.env.ECS.Lookup(name); ok && (!c.env.Compat || m.Path == m.Name) {
			return m.Type.String(), true
		}
		for _, source := range sources {
			if kind := source(name); kind != "" {
				return kind, false
			}
		}
		return unknownType, false
	}
}

// typeSources are the places where types are looked for after ECS, the best first. Each gives "" for what it does not know.
func (c *conversion) typeSources() []func(name string) string {
	if c.env.Compat {
		return []func(string) string{c.peerTypes()}
	}
	var sources []func(string) string
	for _, streams := range [][]stream{c.datasetStreams(), indexStreams(c.rule.Index), c.metadataStreams()} {
		if c.env.Packages.knowAny(streams) {
			sources = append(sources, c.belowFlattened(streams))
		}
	}
	if c.env.Fields != nil {
		own := c.env.Fields(c.rule.Index)
		sources = append(sources, func(name string) string {
			if m, ok := own.Lookup(name); ok {
				return m.Type.String()
			}
			return ""
		})
	}
	return sources
}

// peerTypes are the types that the peer finds: those of the datasets' packages if the query names any, or else those of
// Beats. Of these only Winlogbeat has a stand-in, the stream of the windows package that carries its fields.
func (c *conversion) peerTypes() func(name string) string {
	if streams := c.datasetStreams(); c.env.Packages.knowAny(streams) {
		return func(name string) string { return family(c.env.Packages.typeOf(streams, name)) }
	}
	var beats []stream
	if slices.ContainsFunc(c.rule.Index, func(index string) bool { return strings.HasPrefix(index, "winlogbeat-") }) {
		beats = []stream{{pkg: "windows", name: "sysmon_operational"}}
	}
	return func(name string) string { return c.env.Packages.typeOf(beats, name) }
}

func (c *conversion) datasetStreams() []stream {
	var streams []stream
	for _, dataset := range c.query.datasets {
		streams = append(streams, streamOf(dataset))
	}
	return streams
}

func (c *conversion) metadataStreams() []stream {
	if c.rule.Metadata.Integration == nil {
		return nil
	}
	var streams []stream
	for _, pkg := range c.rule.Metadata.Integration.Values {
		streams = append(streams, stream{pkg: pkg})
	}
	return streams
}

var packageIndex = regexp.MustCompile(`^(?:[^:]+:)?(?:logs|metrics|traces)-([a-z0-9_]+)\.([a-z0-9_.]*)(?:[-*]|$)`)

// indexStreams are the data streams that index patterns such as "logs-aws.cloudtrail-*" name.
func indexStreams(indices []string) []stream {
	var streams []stream
	for _, index := range indices {
		m := packageIndex.FindStringSubmatch(index)
		switch {
		case m == nil:
		case strings.TrimRight(m[2], ".") == "":
			streams = append(streams, stream{pkg: m[1]})
		default:
			streams = append(streams, streamOf(m[1]+"."+m[2]))
		}
	}
	return streams
}

// belowFlattened knows the types of the fields of data streams, and of those below a flattened one.
func (c *conversion) belowFlattened(streams []stream) func(name string) string {
	return func(name string) string {
		if kind := c.env.Packages.typeOf(streams, name); kind != "" {
			return kind
		}
		for i := strings.LastIndexByte(name, '.'); i > 0; i = strings.LastIndexByte(name[:i], '.') {
			if c.env.Packages.typeOf(streams, name[:i]) == "flattened" {
				return "flattened"
			}
		}
		return ""
	}
}
