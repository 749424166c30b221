package importer

import (
	"io/fs"
	"path"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/source"
)

// configFile is the configuration of a repository of Elastic's rule tools.
const configFile = "_config.yaml"

// configure finds out in which folders a repository of Elastic's rule tools has its rules; in any other folder they may
// stand anywhere.
func (b *Batch) configure(folder fs.FS) {
	if _, err := fs.Stat(folder, configFile); err != nil {
		return
	}
	text, err := fs.ReadFile(folder, configFile)
	if err != nil {
		b.failAt(path.Join(b.name, configFile), "unreadable-file", "it cannot be read: %v", cause(err))
		return
	}
	for _, dir := range append(yamlList(string(text), "rule_dirs"), yamlList(string(text), "bbr_rules_dirs")...) {
		dir = path.Clean(dir)
		if !fs.ValidPath(dir) {
			b.failAt(path.Join(b.name, configFile), BadObject, "the folder of rules %q lies outside; import it on its own", dir)
			continue
		}
		b.folders = append(b.folders, dir)
	}
	for _, key := range []string{"exception_dir", "action_connector_dir"} {
		if dir := path.Clean(yamlValue(string(text), key)); dir != "." && fs.ValidPath(dir) {
			b.tableFolders = append(b.tableFolders, dir)
		}
	}
}

// below gives the path of a file below the folder of rules that it stands in; false when it stands in none.
func (b *Batch) below(name string) (string, bool) {
	if len(b.folders) == 0 {
		return strings.TrimPrefix(name, "rules/"), true
	}
	for _, dir := range b.folders {
		if dir == "." {
			return name, true
		}
		if rest, ok := strings.CutPrefix(name, dir+"/"); ok {
			return rest, true
		}
	}
	return "", false
}

// member takes a file of an archive or a folder.
func (b *Batch) member(file *source.File, name string) {
	if path.Ext(name) != ".toml" {
		b.json(file)
		return
	}
	rest, ok := b.below(name)
	if !ok && isRule(file) {
		b.left[rulesElsewhere]++
		return
	}
	b.toml(file, rest, name)
}

// yamlList gives a list of strings at the top of a YAML text, in one of the two ways in which such lists are written. It
// is no reader of YAML: what is written in other ways is not found.
func yamlList(text, key string) []string {
	var list []string
	inside := false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \t\r\n")
		bare := strings.TrimLeft(line, " ")
		switch {
		case bare == "" || bare[0] == '#':
		case inside && strings.HasPrefix(bare, "- "):
			list = append(list, yamlText(bare[2:]))
		default:
			var rest string
			rest, inside = strings.CutPrefix(line, key+":")
			if rest = yamlText(rest); inside && strings.HasPrefix(rest, "[") {
				for item := range strings.SplitSeq(strings.Trim(rest, "[]"), ",") {
					list = append(list, yamlText(item))
				}
			}
		}
	}
	return list
}

// yamlValue gives the text of a key, however deep it stands.
func yamlValue(text, key string) string {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(strings.TrimLeft(line, " "), key+":"); ok {
			return yamlText(rest)
		}
	}
	return ""
}

// yamlText takes quotes and a comment away.
func yamlText(text string) string {
	text, _, _ = strings.Cut(text, " #")
	return strings.Trim(strings.TrimSpace(text), `"'`)
}
