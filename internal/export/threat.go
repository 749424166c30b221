package export

import (
	"maps"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/semver"
)

// threatVersion is the version of the framework that a stack's rules are published with.
const threatVersion = "19"

// tacticTag is what the tag of a tactic begins with.
const tacticTag = "Tactic: "

// threatOfStack takes the threat from the rule's own mapping for the version of the framework that the stack shows, from
// 9.5 on, and makes the tags of tactics agree with it.
func (c *conversion) threatOfStack() {
	if c.env.Baseline || c.env.Stack.Compare(threatStack()) < 0 {
		return
	}
	mapping := ownMapping(c.rule)
	if mapping == nil {
		return
	}
	before := tactics(c.api["threat"])
	mapped := *c.rule
	mapped.Threat = mapping.Threat
	c.api["threat"] = mapped.EncodeAPI()["threat"]
	c.loadThreat()
	c.retag(before, tactics(c.api["threat"]))
}

// threatStack is the release from which on that version is shown.
func threatStack() semver.Version { return semver.Version{Major: 9, Minor: 5} }

// ownMapping is what a rule states itself for that version; nil when it states nothing.
func ownMapping(r *rule.Rule) *rule.ThreatMapping {
	i := slices.IndexFunc(r.ThreatMappings, func(m rule.ThreatMapping) bool {
		major, _, _ := strings.Cut(strings.TrimPrefix(m.Version, "v"), ".")
		return major == threatVersion
	})
	if i < 0 {
		return nil
	}
	return &r.ThreatMappings[i]
}

// Emission tells for a rule that is another one from a release of the stack on: which release, the content hash that it has
// there, and the peer's names of what makes the difference.
func Emission(r *rule.Rule, env Environment) (stack, hash string, transforms []string, ok bool) {
	if ownMapping(r) == nil {
		return "", "", nil, false
	}
	env.Baseline, env.Manifests, env.Stack = false, nil, threatStack()
	api, _ := Rule(r, env)
	return release(env.Stack), HashOf(api), []string{"mitre_attack_v19"}, true
}

func tactics(threat any) map[string]bool {
	names := map[string]bool{}
	for _, t := range objects(threat) {
		if tactic, ok := t["tactic"].(map[string]any); ok {
			name, _ := tactic["name"].(string)
			names[name] = true
		}
	}
	return names
}

// retag drops the tags of tactics that are gone, and appends those of new ones, sorted.
func (c *conversion) retag(before, after map[string]bool) {
	tags, ok := c.api["tags"].([]any)
	if !ok {
		return
	}
	kept := slices.DeleteFunc(slices.Clone(tags), func(tag any) bool {
		name, ok := strings.CutPrefix(tag.(string), tacticTag)
		return ok && before[name] && !after[name]
	})
	for _, name := range slices.Sorted(maps.Keys(after)) {
		if !slices.Contains(kept, any(tacticTag+name)) {
			kept = append(kept, tacticTag+name)
		}
	}
	c.api["tags"] = kept
}
