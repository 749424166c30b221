package export

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/tocsin-rules/tocsin/internal/semver"
)

// Manifests are the releases of integration packages by package name, oldest first.
type Manifests map[string][]Manifest

// Manifest is one release of a package.
type Manifest struct {
	Version semver.Version
	// Text is the version as the package writes it.
	Text string
	// Kibana is the range of Kibana's versions that it runs on.
	Kibana semver.Range
	// Templates are its integrations ("policy templates").
	Templates []string
}

// ReadManifests reads {package: {version: {"conditions": {"kibana": {"version": range}}, "policy_templates": [...]}}}. A release
// without a range of Kibana's versions fits none.
func ReadManifests(r io.Reader) (Manifests, error) {
	var form map[string]map[string]struct {
		Conditions struct {
			Kibana struct {
				Version string `json:"version"`
			} `json:"kibana"`
		} `json:"conditions"`
		Templates []string `json:"policy_templates"`
	}
	if err := json.NewDecoder(r).Decode(&form); err != nil {
		return nil, fmt.Errorf("manifests of packages: %w", err)
	}
	all := Manifests{}
	for name, releases := range form {
		all[name] = []Manifest{}
		for _, text := range sortedKeys(releases) {
			release := releases[text]
			m := Manifest{Text: text, Templates: release.Templates}
			var err error
			if m.Version, err = semver.Parse(text); err != nil {
				return nil, fmt.Errorf("manifests of package %s: %w", name, err)
			}
			if condition := release.Conditions.Kibana.Version; condition != "" {
				if m.Kibana, err = semver.ParseRange(condition); err != nil {
					return nil, fmt.Errorf("manifest of package %s %s: %w", name, text, err)
				}
			}
			all[name] = append(all[name], m)
		}
		slices.SortStableFunc(all[name], func(a, b Manifest) int { return a.Version.Compare(b.Version) })
	}
	return all, nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// least gives the lowest release within the highest major version that a stack can run: an expression made of it admits
// every later release, too. has tells whether a release has what the rule needs.
func (m Manifests) least(name string, stack semver.Version, has func(Manifest) bool) (Manifest, bool) {
	releases := m[name]
	for end := len(releases); end > 0; {
		major := releases[end-1].Version.Major
		start := slices.IndexFunc(releases, func(r Manifest) bool { return r.Version.Major == major })
		for _, release := range releases[start:end] {
			if release.Kibana.Admits(stack) && has(release) {
				return release, true
			}
		}
		end = start
	}
	return Manifest{}, false
}
