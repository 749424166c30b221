package workspace

import (
	"strings"

	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

// Registry is where the project gets integration packages from, and which.
type Registry struct {
	URL      string
	Packages []WantedPackage
}

// WantedPackage is an integration package; without a version, it is the newest one that runs on the project's stack.
type WantedPackage struct{ Name, Version string }

// ParseWantedPackage reads "okta" or "okta@3.2.0".
func ParseWantedPackage(text string) WantedPackage {
	name, version, _ := strings.Cut(text, "@")
	return WantedPackage{name, version}
}

// registry reads the table [registry].
func registry(tree map[string]any) Registry {
	table, _ := tree["registry"].(map[string]any)
	var r Registry
	r.URL, _ = table["url"].(string)
	for _, text := range tomltext.Texts(table["packages"]) {
		r.Packages = append(r.Packages, ParseWantedPackage(text))
	}
	return r
}
