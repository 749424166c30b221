package page

import (
	"cmp"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/rule"
)

// IndexName is the file of the page that [Index] writes, next to the folders of the others.
const IndexName = "index.md"

// FileName is the file of a rule's page below the folder of all pages. Rulefile is the slash-separated path of the rule's file
// below the folder of all rules: the page of a/b.toml is a/b.md.
func FileName(rulefile string) string {
	rulefile = path.Clean(rulefile)
	return strings.TrimSuffix(rulefile, path.Ext(rulefile)) + ".md"
}

// Entry is a rule with the file of its page, as [FileName] gives it.
type Entry struct {
	File string
	Rule *rule.Rule
}

// Index gives the page that lists rules: each with a link to its page, its severity and its tactics, sorted by name, then by
// file.
func Index(entries []Entry) string {
	entries = slices.Clone(entries)
	slices.SortFunc(entries, func(a, b Entry) int {
		return cmp.Or(
			strings.Compare(strings.ToLower(collapse(title(a.Rule))), strings.ToLower(collapse(title(b.Rule)))),
			strings.Compare(a.File, b.File),
		)
	})
	lines := []string{"# Detection rules", ""}
	if len(entries) == 0 {
		return "# Detection rules\n\nThere are no rules.\n"
	}
	lines = append(lines, "| Rule | Severity | Tactics |", "| --- | --- | --- |")
	for _, e := range entries {
		lines = append(lines, "| ["+plain(title(e.Rule))+"]("+relative(e.File)+") | "+
			plain(e.Rule.Severity.String())+" | "+comma(tactics(e.Rule))+" |")
	}
	return strings.Join(lines, "\n") + "\n"
}

// relative writes a path as an address.
func relative(file string) string {
	return destination((&url.URL{Path: file}).EscapedPath())
}

// tactics names each tactic of a rule once, in its order.
func tactics(r *rule.Rule) []string {
	var names []string
	for _, threat := range r.Threat {
		if threat.Tactic == nil {
			continue
		}
		if name := plain(cmp.Or(threat.Tactic.Name, threat.Tactic.ID)); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
