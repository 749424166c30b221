package workspace

import (
	"maps"
	"slices"

	"github.com/tocsin-rules/tocsin/internal/check"
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

// readChecks reads the table [check]. What is wrong with it is a diagnostic, and the defaults hold.
func (w *Workspace) readChecks(doc *tomltext.Document) diag.List {
	table, _ := doc.Tree["check"].(map[string]any)
	config := check.Config{Sets: levels(table["sets"]), Levels: levels(table["levels"]), TagPrefixes: tomltext.Texts(table["tag_prefixes"])}
	config.FileName, _ = table["file_name"].(string)
	config.OldestStack, _ = table["oldest_stack"].(string)
	required, _ := table["required_tags"].(map[string]any)
	config.RequiredTags = map[string][]string{}
	for pattern, tags := range required {
		config.RequiredTags[pattern] = tomltext.Texts(tags)
	}
	suite, problem := check.NewSuite(config)
	if problem == nil {
		w.Config.Checks = suite
		return nil
	}
	return diag.List{{
		Name: "check-config", Severity: diag.Error, Message: problem.Message, Help: problem.Help,
		Subject: doc.KeyPlace(append([]string{"check"}, problem.Path...)...),
	}}
}

// levels reads levels by name; those that the schema refuses are left out.
func levels(value any) map[string]diag.Severity {
	table, _ := value.(map[string]any)
	read := map[string]diag.Severity{}
	for _, name := range slices.Sorted(maps.Keys(table)) {
		text, _ := table[name].(string)
		if level, err := check.ParseLevel(text); err == nil {
			read[name] = level
		}
	}
	return read
}
