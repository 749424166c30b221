package check

import (
	"fmt"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

// Collection reports what is wrong between rules: identifiers that stand twice are errors, names that do are warnings.
func Collection(rules []*rule.Rule) diag.List {
	var list diag.List
	list = append(list, duplicates(rules, "duplicate-rule-id", diag.Error, "rule_id", func(r *rule.Rule) string { return r.RuleID },
		"give every rule an id of its own: with the same one, publishing one rule overwrites the other")...)
	list = append(list, duplicates(rules, "duplicate-name", diag.Warning, "name", func(r *rule.Rule) string { return r.Name },
		"alerts are told apart by the rule's name")...)
	return list
}

func duplicates(rules []*rule.Rule, name string, severity diag.Severity, key string, get func(*rule.Rule) string, help string) diag.List {
	first := map[string]*rule.Rule{}
	var list diag.List
	for _, r := range rules {
		value := get(r)
		if value == "" {
			continue
		}
		before, seen := first[value]
		if !seen {
			first[value] = r
			continue
		}
		list = append(list, diag.Diagnostic{
			Name: name, Severity: severity, Message: fmt.Sprintf("the %s %q stands in another rule too", key, value), Help: help,
			Subject: r.Place("rule", key), Related: []diag.Related{{Place: before.Place("rule", key), Message: "first here"}},
		})
	}
	return list
}
