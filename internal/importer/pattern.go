package importer

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tocsin-rules/tocsin/internal/rule"
)

// DefaultPattern names files as Elastic's rule repository does.
const DefaultPattern = "{tactic}_{name}.toml"

// maxSlug bounds each part of a file's name, in bytes: file systems take names of 255.
const maxSlug = 120

// Pattern makes names of files from rules.
type Pattern struct{ text string }

// ParsePattern reads a pattern such as "{type}/{name}.toml". It has the placeholders {tactic}, {name}, {rule_id} and
// {type}, and must have {name} or {rule_id}; it ends in .toml and does not lead out of its folder.
func ParsePattern(text string) (Pattern, error) {
	bare := text
	for _, name := range placeholders() {
		bare = strings.ReplaceAll(bare, "{"+name+"}", "x")
	}
	switch {
	case strings.ContainsAny(bare, "{}"):
		return Pattern{}, fmt.Errorf("the placeholders are {%s}", strings.Join(placeholders(), "}, {"))
	case !strings.HasSuffix(text, ".toml"):
		return Pattern{}, errors.New("the pattern must end in .toml")
	case !strings.Contains(text, "{name}") && !strings.Contains(text, "{rule_id}"):
		return Pattern{}, errors.New("the pattern needs {name} or {rule_id}, or else all rules would have the same file")
	case !filepath.IsLocal(bare) || path.Clean(bare) != bare || strings.ContainsAny(bare, "\\\x00\n"):
		return Pattern{}, errors.New("the pattern must be a path below the folder, written with single slashes")
	}
	return Pattern{text}, nil
}

func placeholders() []string { return []string{"tactic", "name", "rule_id", "type"} }

// subject is what a pattern knows of a rule.
type subject struct{ tactic, name, id, kind string }

// path gives the file of a rule. A part of the path for which the rule has nothing is the rule's identifier.
func (p Pattern) path(s subject) string {
	id := slug(s.id, true)
	name := slug(s.name, false)
	if name == "" {
		name = id
	}
	// One pass, so that nothing in a rule's name is taken for a placeholder.
	text := strings.NewReplacer("{tactic}", slug(s.tactic, false), "{name}", name, "{rule_id}", id, "{type}", slug(s.kind, false)).Replace(p.text)
	parts := strings.Split(strings.TrimSuffix(text, ".toml"), "/")
	for i, part := range parts {
		if parts[i] = strings.Trim(part, "_-. "); parts[i] == "" {
			parts[i] = id
		}
	}
	return strings.Join(parts, "/") + ".toml"
}

// File gives the file of a rule, relative to the folder of rules.
func (p Pattern) File(r *rule.Rule) string {
	s := subject{name: r.Name, id: r.RuleID, kind: r.Type.String()}
	if len(r.Threat) > 0 && r.Threat[0].Tactic != nil {
		s.tactic = r.Threat[0].Tactic.Name
	}
	return p.path(s)
}

// slug gives a text in lower case, with an underscore for each run of what is neither letter nor digit. An identifier
// keeps its hyphens.
func slug(text string, isID bool) string {
	parts := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		kept := unicode.IsLetter(r) || unicode.IsNumber(r) || isID && r == '-'
		return !kept || r == utf8.RuneError
	})
	text = strings.Join(parts, "_")
	if len(text) > maxSlug {
		text = strings.TrimRight(strings.ToValidUTF8(text[:maxSlug], ""), "_-")
	}
	if isID && strings.Trim(text, "_-") == "" {
		return "rule"
	}
	return text
}

// numbered gives the path, or the first of path_2, path_3 and so on that is free.
func numbered(file string, taken func(string) bool) string {
	end := path.Ext(file)
	stem := strings.TrimSuffix(file, end)
	for n := 2; taken(file); n++ {
		file = fmt.Sprintf("%s_%d%s", stem, n, end)
	}
	return file
}

// tacticOf is the name of the first tactic of a rule of the API, or "".
func tacticOf(api map[string]any) string {
	threats, _ := api["threat"].([]any)
	i := slices.IndexFunc(threats, func(v any) bool { return text(field(field(v, "tactic"), "name")) != "" })
	if i < 0 {
		return ""
	}
	return text(field(field(threats[i], "tactic"), "name"))
}

func field(value any, name string) any {
	table, _ := value.(map[string]any)
	return table[name]
}
