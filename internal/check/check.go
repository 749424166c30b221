// Package check holds the static checks of rules: what can be told without an event.
//
// [Query] proves that a rule's queries parse and fit the types of the fields; [Checks.Rule] tells what is probably not
// meant, by a registry of named checks ([All]); [Collection] looks at all rules together. [Silence] takes out what a
// comment in the file allows. What the text and the schema of a single file tell, package rule finds on loading.
package check

import (
	"fmt"
	"time"

	"github.com/tocsin-rules/tocsin/internal/detect"
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

// Query reports what Kibana or Elasticsearch would refuse in the queries and the times of a rule. Of the environment the
// types of fields and the project count: the time does not matter.
func Query(r *rule.Rule, env detect.Environment) diag.List {
	// Any fixed time serves: a check asks whether dates can be read, not what they mean.
	env.Now, env.AnyTime = time.Unix(0, 0).UTC(), true
	_, problems := detect.Compile(r, env)
	return problems
}

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
