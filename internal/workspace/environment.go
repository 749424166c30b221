package workspace

import (
	"path"
	"path/filepath"
	"slices"

	"github.com/tocsin-rules/tocsin/internal/match"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

// Environment is a Kibana to publish to. Secrets are named by environment variables and files, never written down.
type Environment struct {
	URL, CAFile string
	// Elasticsearch is the address of the Elasticsearch behind it; "" when it is not stated.
	Elasticsearch string
	// Spaces are the spaces that are published to; none is the default space.
	Spaces []string
	// APIKeyFile is a file with the API key, relative to the root.
	APIKeyEnv, APIKeyFile, UsernameEnv, PasswordEnv string
	// APIKeyKeyring is an account of the system's keyring.
	APIKeyKeyring string
	Timeout       string
	// Tags and Paths select the rules that are published: those that bear one of the tags and lie below one of the
	// paths, which are relative to the root and may hold wildcards. Empty selects all.
	Tags, Paths []string
	// Override are fields, as Kibana's API names them, that every rule has in this environment.
	Override map[string]any
}

// environments reads the tables [environment.NAME].
func environments(tree map[string]any) map[string]Environment {
	tables, _ := tree["environment"].(map[string]any)
	all := map[string]Environment{}
	for name, entry := range tables {
		table, _ := entry.(map[string]any)
		text := func(key string) string { s, _ := table[key].(string); return s }
		e := Environment{
			URL: text("url"), Elasticsearch: text("elasticsearch_url"), Spaces: tomltext.Texts(table["spaces"]), CAFile: text("ca_file"), Timeout: text("timeout"),
			APIKeyEnv: text("api_key_env"), APIKeyFile: text("api_key_file"), APIKeyKeyring: text("api_key_keyring"), UsernameEnv: text("username_env"), PasswordEnv: text("password_env"),
			Tags: tomltext.Texts(table["tags"]), Paths: tomltext.Texts(table["paths"]),
		}
		if space := text("space"); space != "" {
			e.Spaces = []string{space}
		}
		e.Override, _ = table["override"].(map[string]any)
		all[name] = e
	}
	return all
}

// Selects tells whether a rule is published to an environment.
func (w *Workspace) Selects(e Environment, f *RuleFile) bool {
	return (len(e.Tags) == 0 || slices.ContainsFunc(f.Rule.Tags, func(tag string) bool { return slices.Contains(e.Tags, tag) })) &&
		(len(e.Paths) == 0 || w.below(e.Paths, f.absolute))
}

// below tells whether a file is one of the paths, or lies below one.
func (w *Workspace) below(paths []string, file string) bool {
	rel, err := filepath.Rel(w.Root, file)
	if err != nil {
		return false
	}
	for at := filepath.ToSlash(rel); at != "." && at != "/"; at = path.Dir(at) {
		if slices.ContainsFunc(paths, func(p string) bool { return match.Glob(path.Clean(p)).Match(at) }) {
			return true
		}
	}
	return false
}
