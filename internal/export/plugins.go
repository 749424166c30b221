package export

import (
	"fmt"
	"regexp"
	"strings"
)

// placeholder is what stands in a guide for a part of it. The peer reads the text as a Python template, in which $$ is a
// dollar sign.
var placeholder = regexp.MustCompile(`\$(?:\$|([_a-zA-Z][_a-zA-Z0-9]*)|\{([_a-zA-Z][_a-zA-Z0-9]*)\})`)

// renderPlugins puts the queries and searches of the rule's [transform] into its note.
func (c *conversion) renderPlugins() {
	note, _ := c.api["note"].(string)
	if note == "" || c.rule.Transform == nil || c.rule.Doc() == nil {
		return
	}
	rendered := renderedPlugins(c.rule.Doc().Tree["transform"])
	c.api["note"] = placeholder.ReplaceAllStringFunc(note, func(found string) string {
		if found == "$$" {
			if c.env.Compat {
				return "$"
			}
			return found
		}
		name := strings.Trim(found, "${}")
		if text, ok := rendered[name]; ok {
			return text
		}
		if strings.HasPrefix(name, "osquery_") || strings.HasPrefix(name, "investigate_") {
			c.note(UnknownPlugin, fmt.Sprintf("the note names `%s`, which `transform` does not have", name))
		}
		return found
	})
}

// renderedPlugins gives the text of each part by the name that the note calls it.
func renderedPlugins(transform any) map[string]string {
	table, _ := transform.(map[string]any)
	rendered := map[string]string{}
	for plugin, entries := range table {
		list, _ := entries.([]map[string]any)
		for i, entry := range list {
			rendered[fmt.Sprintf("%s_%d", plugin, i)] = "!{" + plugin + compactJSON(entry) + "}"
		}
	}
	return rendered
}
