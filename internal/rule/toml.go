package rule

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/tomlfmt"
)

// UnknownFields is the table within metadata.extended that keeps the fields of Kibana's JSON which a rule's file has no
// key for. Each is named by its path, such as "threat.0.x".
const UnknownFields = "api"

// Unwritten is what the TOML of a rule does not say in the place where the rule says it.
type Unwritten struct {
	// Kept are the paths below the rule of the unknown fields, which are in metadata.extended.api instead.
	Kept []string
	// Nulls are the paths of the fields that hold null, which TOML does not have. To Kibana null means absent.
	Nulls []string
}

// EncodeTOML gives the rule as the text of a file, in the canonical layout. Decode of the text gives the same rule, except
// for what is told in the second value. It fails when TOML cannot hold the rule: a null in a list, a number that is
// too large, tables nested too deeply.
func (r *Rule) EncodeTOML() (string, Unwritten, error) {
	var lost Unwritten
	tree := r.tree()
	if err := lost.dropNulls(tree); err != nil {
		return "", lost, err
	}
	lost.moveUnknown(tree)
	text, err := tomlfmt.Encode(tree, tomlfmt.Rule)
	if err != nil {
		return "", lost, fmt.Errorf("the rule cannot be written as TOML: %w", err)
	}
	return text, lost, nil
}

// tree gives the tables of a rule's file.
func (r *Rule) tree() map[string]any {
	s := &session{}
	body := encodeTable(s, r)
	if r.NewTerms != nil {
		delete(body, "new_terms_fields")
		delete(body, "history_window_start")
		body["new_terms"] = encodeTable(s, r.NewTerms)
	}
	tree := map[string]any{"metadata": r.Metadata.tree(s), "rule": body}
	if r.Transform != nil {
		tree["transform"] = r.Transform.tree(s)
	}
	return tree
}

func (m *Metadata) tree(s *session) map[string]any {
	out := encodeTable(s, m)
	if m.Extended != nil {
		out["extended"] = cloned(m.Extended)
	}
	return out
}

// cloned copies the tables of a value, so that they can be changed.
func cloned(value any) any {
	table, ok := value.(map[string]any)
	if !ok {
		return value
	}
	out := make(map[string]any, len(table))
	for k, v := range table {
		out[k] = cloned(v)
	}
	return out
}

func (t *Transform) tree(s *session) map[string]any {
	out := encodeTable(s, t)
	guides, _ := out["investigate"].([]any)
	for i, guide := range guides {
		if t.Investigate[i].Providers == nil {
			continue
		}
		lists := make([]any, len(t.Investigate[i].Providers))
		for j, list := range t.Investigate[i].Providers {
			lists[j] = encodeTables(s, list)
		}
		guide.(map[string]any)["providers"] = lists
	}
	return out
}

// dropNulls takes the nulls out of a rule's body.
func (u *Unwritten) dropNulls(tree map[string]any) error {
	var inList []string
	var walk func(value any, path []string)
	walk = func(value any, path []string) {
		switch value := value.(type) {
		case map[string]any:
			for _, k := range slices.Sorted(maps.Keys(value)) {
				at := append(slices.Clip(path), k)
				if value[k] == nil {
					u.Nulls = append(u.Nulls, strings.Join(at, "."))
					delete(value, k)
					continue
				}
				walk(value[k], at)
			}
		case []any:
			for i, item := range value {
				at := append(slices.Clip(path), strconv.Itoa(i))
				if item == nil {
					inList = append(inList, strings.Join(at, "."))
				}
				walk(item, at)
			}
		}
	}
	walk(tree["rule"], nil)
	if len(inList) > 0 {
		return fmt.Errorf("TOML has no null, and %s is one", strings.Join(inList, ", "))
	}
	return nil
}

// moveUnknown takes the keys that a rule's file does not have out of its body and keeps them in metadata.extended.
func (u *Unwritten) moveUnknown(tree map[string]any) {
	s := &session{}
	decodeTable(s, &ruleFile{rule: &Rule{}}, any(tree))
	for _, m := range s.problems {
		if m.want != "" || m.path[0] != "rule" {
			continue
		}
		name := strings.Join(m.path[1:], ".")
		u.Kept = append(u.Kept, name)
		unknownTable(tree)[name] = cut(tree, m.path)
	}
	slices.Sort(u.Kept)
}

func unknownTable(tree map[string]any) map[string]any {
	return below(below(tree["metadata"].(map[string]any), "extended"), UnknownFields)
}

func below(table map[string]any, name string) map[string]any {
	inner, ok := table[name].(map[string]any)
	if !ok {
		inner = map[string]any{}
		table[name] = inner
	}
	return inner
}

// cut takes the value at a path out of a tree.
func cut(value any, path []string) any {
	last := len(path) - 1
	for _, name := range path[:last] {
		switch inner := value.(type) {
		case map[string]any:
			value = inner[name]
		case []any:
			i, _ := strconv.Atoi(name) // the path comes from the decoder
			value = inner[i]
		}
	}
	table := value.(map[string]any)
	taken := table[path[last]]
	delete(table, path[last])
	return taken
}
