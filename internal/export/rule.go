package export

import (
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/semver"
)

// Rule gives the object of Kibana's detection API that is published for a rule, with values as encoding/json decodes them with
// UseNumber, and what could not be done. The object has a version only if the rule states one.
func Rule(r *rule.Rule, env Environment) (map[string]any, []Note) {
	c := conversion{rule: r, env: env, api: r.EncodeAPI()}
	c.loaded()
	c.renderPlugins()
	c.whitespace()
	c.knownNulls()
	c.fillTechniques()
	if c.derives() {
		c.query = readQuery(r, env)
		if c.query.problem != "" && (env.ECS != nil || env.Manifests != nil) {
			c.note(UnreadQuery, c.query.problem)
		}
		c.relatedIntegrations()
		c.requiredFields()
	}
	c.setup()
	c.threatOfStack()
	if !env.Baseline && env.Stack != (semver.Version{}) {
		c.older()
	}
	return c.api, c.notes
}

// conversion is one rule on its way.
type conversion struct {
	rule  *rule.Rule
	env   Environment
	api   map[string]any
	query query
	notes []Note
}

func (c *conversion) note(name, text string) { c.notes = append(c.notes, Note{Name: name, Text: text}) }

// derives tells whether anything is derived from the rule's query or job.
func (c *conversion) derives() bool { return c.rule.LanguageOrDefault() != rule.Lucene }

// objects gives the tables of a list, skipping what is none.
func objects(list any) []map[string]any {
	items, _ := list.([]any)
	var found []map[string]any
	for _, item := range items {
		if object, ok := item.(map[string]any); ok {
			found = append(found, object)
		}
	}
	return found
}
