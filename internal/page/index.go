package page

import (
	"cmp"
	"maps"
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
// file; and after that by tactic, by data source and by tag.
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
		lines = append(lines, "| "+ruleLink(e)+" | "+plain(e.Rule.Severity.String())+" | "+comma(tactics(e.Rule))+" |")
	}
	lines = append(lines, grouped("By tactic", entries, func(r *rule.Rule) []string { return tactics(r) })...)
	lines = append(lines, grouped("By data source", entries, func(r *rule.Rule) []string { return tagged(r, "Data Source: ") })...)
	lines = append(lines, grouped("By tag", entries, func(r *rule.Rule) []string { return tagged(r, "") })...)
	return strings.Join(lines, "\n") + "\n"
}

func ruleLink(e Entry) string { return "[" + plain(title(e.Rule)) + "](" + relative(e.File) + ")" }

// grouped lists the rules under each of the names that they belong to; nothing when no rule has any.
func grouped(heading string, entries []Entry, names func(*rule.Rule) []string) []string {
	groups := map[string][]string{}
	for _, e := range entries {
		for _, name := range names(e.Rule) {
			groups[name] = append(groups[name], "* "+ruleLink(e))
		}
	}
	if len(groups) == 0 {
		return nil
	}
	lines := []string{"", "## " + heading}
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		lines = append(lines, "", "### "+name, "")
		lines = append(lines, groups[name]...)
	}
	return lines
}

// tagged names the tags of a rule that begin with a prefix, without it, each once. Without a prefix it leaves out the
// tags that say again what the other groups tell.
func tagged(r *rule.Rule, prefix string) []string {
	var names []string
	for _, tag := range r.Tags {
		name, ok := strings.CutPrefix(collapse(tag), prefix)
		if prefix == "" && (strings.HasPrefix(name, "Data Source: ") || strings.HasPrefix(name, "Tactic: ")) {
			continue
		}
		if name = plain(name); ok && name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
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
