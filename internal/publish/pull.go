package publish

import (
	"maps"
	"slices"
)

// Pulled is a rule of a space as the repository should hold it.
type Pulled struct {
	// Body is the rule as Kibana's API gives it, without what this repository adds when it publishes.
	Body map[string]any
	// Outcome tells the lock that the repository knows the rule as it is now.
	Outcome Outcome
}

// Pull gives those of a state's rules that the repository does not hold as they are. desired is what the repository would publish
// for the rules that it has. What their files leave to Kibana stays out, and so does the owner's tag.
func Pull(actual State, desired []Desired, o Options) []Pulled {
	p := planner{Options: o, connectors: newConnectors(actual.Connectors, o.Connectors)}
	held := map[string]Desired{}
	for _, d := range desired {
		if d.Kind == Rule {
			held[d.ID] = d
		}
	}
	var pulled []Pulled
	for _, stored := range actual.Rules {
		id, _ := stored["rule_id"].(string)
		name, _ := stored["name"].(string)
		outcome := Outcome{Action: None, Kind: Rule, ID: id, Name: name, Stored: stored}
		d, holds := held[id]
		if !holds {
			body := p.connectors.named(p.unmarked(stored), nil)
			delete(body, "version")
			outcome.Wanted = body
			pulled = append(pulled, Pulled{body, outcome})
			continue
		}
		wanted := p.sendable(d)
		p.connectors.resolve(wanted) // What is not there differs.
		if len(differences(Rule, stored, completed(wanted, stored))) == 0 {
			continue
		}
		outcome.Wanted = d.Body
		pulled = append(pulled, Pulled{p.connectors.named(p.unstated(p.unmarked(stored), d.Body), d.Body), outcome})
	}
	return pulled
}

// unmarked is a stored rule without the owner's tag.
func (p planner) unmarked(stored map[string]any) map[string]any {
	body := maps.Clone(stored)
	if tags, ok := body["tags"].([]any); ok && p.OwnerTag != "" {
		body["tags"] = slices.DeleteFunc(slices.Clone(tags), func(tag any) bool { return tag == p.OwnerTag })
	}
	return body
}

// unstated is a stored rule without what a file leaves to Kibana.
func (p planner) unstated(body, file map[string]any) map[string]any {
	for _, name := range keptFields() {
		if _, stated := file[name]; !stated {
			delete(body, name)
		}
	}
	return body
}

// Custom tells whether a rule is one that somebody wrote or changed, and not one of Elastic's as it came.
func Custom(rule map[string]any) bool {
	source, _ := rule["rule_source"].(map[string]any)
	return rule["immutable"] != true || source["is_customized"] == true
}
