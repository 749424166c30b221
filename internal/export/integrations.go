package export

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/semver"
)

// stream is a data stream of a package; name "" is the package as a whole.
type stream struct{ pkg, name string }

// unknownStream is the name that the peer gives to the stream of a dataset without a dot.
const unknownStream = "Unknown"

// streamOf splits a dataset such as "aws.cloudtrail". Those of Elastic Defend have a part more: "endpoint.events.process".
func streamOf(dataset string) stream {
	pkg, name, dotted := strings.Cut(strings.Trim(dataset, `"`), ".")
	if !dotted {
		return stream{pkg: pkg, name: unknownStream}
	}
	if pkg == "endpoint" && strings.Contains(name, "events") {
		if parts := strings.Split(name, "."); len(parts) > 1 {
			name = parts[1]
		}
	}
	return stream{pkg: pkg, name: name}
}

// wholePackages are packages that count as a whole, because the queries on their data do not name datasets.
func wholePackages() []string {
	return []string{
		"apm", "auditd_manager", "cloud_defend", "corelight", "crowdstrike", "endpoint", "jamf_protect", "m365_defender", "network_traffic",
		"panw", "pfsense", "sentinel_one_cloud_funnel", "system", "ti_rapid7_threat_command", "windows",
	}
}

// jobPackages are packages of machine learning jobs.
func jobPackages() []string {
	return []string{"lmd", "dga", "ded", "problemchild", "beaconing", "pad"}
}

// relatedIntegrations derives what the rule does not state: the packages that bring its data.
func (c *conversion) relatedIntegrations() {
	if len(c.rule.RelatedIntegrations) > 0 || c.env.Manifests == nil || c.rule.Metadata.Integration == nil {
		return
	}
	list := []any{}
	for _, s := range c.streams() {
		entry, ok := c.integration(s)
		if ok && !slices.ContainsFunc(list, func(have any) bool { return sameIntegration(have, entry) }) {
			list = append(list, entry)
		}
	}
	if len(list) > 0 {
		c.api["related_integrations"] = list
	}
}

func sameIntegration(have any, entry map[string]any) bool {
	other := have.(map[string]any)
	return other["package"] == entry["package"] && other["version"] == entry["version"] && other["integration"] == entry["integration"]
}

// streams are the packages that the metadata names, as far as no dataset of the query says more, then the datasets.
func (c *conversion) streams() []stream {
	var parsed []stream
	for _, dataset := range c.query.datasets {
		if s := streamOf(dataset); c.env.Manifests[s.pkg] != nil {
			parsed = append(parsed, s)
		}
	}
	var list []stream
	for _, pkg := range c.rule.Metadata.Integration.Values {
		named := slices.ContainsFunc(parsed, func(s stream) bool { return s.pkg == pkg })
		job := slices.Contains(jobPackages(), pkg)
		whole := job || c.rule.LanguageOrDefault() == rule.ESQL || slices.Contains(wholePackages(), pkg)
		if c.rule.Type == rule.TypeMachineLearning || job || whole && !named {
			list = append(list, stream{pkg: pkg})
		}
	}
	return append(list, parsed...)
}

func (c *conversion) integration(s stream) (map[string]any, bool) {
	release, ok := c.env.Manifests.least(s.pkg, c.env.Stack, func(Manifest) bool { return true })
	if !ok {
		c.note(NoRelease, fmt.Sprintf("no release of package `%s` is known to run on %s", s.pkg, c.env.Stack))
		return nil, false
	}
	operator := "^"
	if !c.env.Baseline && c.env.Stack.Compare(semver.Version{Major: 9, Minor: 5}) >= 0 {
		operator = ">="
	}
	entry := map[string]any{"package": s.pkg, "version": operator + release.Text}
	if slices.Contains(release.Templates, s.name) {
		entry["integration"] = s.name
	}
	return entry, true
}
