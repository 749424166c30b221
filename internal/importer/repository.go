package importer

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// configFile is the configuration of a repository of Elastic's rule tools.
const configFile = "_config.yaml"

// maxConfig is the number of bytes of a configuration that are read; it also bounds how deep it can be nested.
const maxConfig = 16 << 10

// config is what counts of it.
type config struct {
	Rules       []string `yaml:"rule_dirs"`
	Blocks      []string `yaml:"bbr_rules_dirs"`
	Directories struct {
		Exceptions string `yaml:"exception_dir"`
		Connectors string `yaml:"action_connector_dir"`
	} `yaml:"directories"`
}

// configure finds out in which folders a repository of Elastic's rule tools has its rules; in any other folder they may
// stand anywhere.
func (b *Batch) configure(folder fs.FS) {
	shown := path.Join(b.name, configFile)
	info, err := fs.Stat(folder, configFile)
	if err != nil {
		return
	}
	if info.Size() > maxConfig {
		b.failAt(shown, BadObject, "it has %d bytes, and at most %d are read", info.Size(), maxConfig)
		return
	}
	text, err := fs.ReadFile(folder, configFile)
	if err != nil {
		b.failAt(shown, "unreadable-file", "it cannot be read: %v", cause(err))
		return
	}
	c, err := readConfig(text)
	if err != nil {
		b.tell(notYAML(source.NewFile(shown, string(text)), err))
		return
	}
	for _, dir := range slices.Concat(c.Rules, c.Blocks) {
		dir = path.Clean(dir)
		if !fs.ValidPath(dir) {
			b.failAt(shown, BadObject, "the folder of rules %q lies outside; import it on its own", dir)
			continue
		}
		b.folders = append(b.folders, dir)
	}
	for _, dir := range []string{c.Directories.Exceptions, c.Directories.Connectors} {
		if dir = path.Clean(dir); dir != "." && fs.ValidPath(dir) {
			b.tableFolders = append(b.tableFolders, dir)
		}
	}
}

func readConfig(text []byte) (c config, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("it cannot be decoded: %v", r)
		}
	}()
	err = yaml.Unmarshal(text, &c)
	return c, err
}

// notYAML tells where a configuration is broken, as far as the reader knows.
func notYAML(file *source.File, err error) diag.Diagnostic {
	d := diag.AtFile(file.Name(), BadObject, "it is no configuration: "+strings.SplitN(err.Error(), "\n", 2)[0], "")
	var at yaml.Error
	if !errors.As(err, &at) {
		return d
	}
	d.Message = "it is no configuration: " + at.GetMessage()
	if token := at.GetToken(); token != nil {
		if line, ok := file.LineSpan(token.Position.Line); ok {
			start := min(line.Start+max(token.Position.Column-1, 0), line.End)
			d.Subject = diag.Place{File: file, Span: source.Span{Start: start, End: min(start+1, line.End)}}
		}
	}
	return d
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
