package cli

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/tocsin-rules/tocsin/internal/export"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/semver"
	"github.com/tocsin-rules/tocsin/internal/workspace"
	"github.com/tocsin-rules/tocsin/schemas"
)

// defaultStack is the release whose ECS fields are built in.
const defaultStack = "9.5"

// maxKnowledge is the number of bytes that a file about packages may have when it is unpacked.
const maxKnowledge = 512 << 20

// knowledgeFlags name what is known of integration packages.
type knowledgeFlags struct {
	fields, manifests, stack string
}

func (k *knowledgeFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&k.fields, "fields", "", "the fields of integration packages: a JSON `file`, may be gzipped")
	f.StringVar(&k.stack, "stack", "", "the `release` of the Elastic Stack; that of tocsin.toml, or "+defaultStack)
}

// knowledge is what the conversion of a rule needs to know.
func (a *app) knowledge(w *workspace.Workspace, flags knowledgeFlags) (export.Environment, error) {
	var env export.Environment
	var err error
	if env.Stack, err = stackOf(w, flags.stack); err != nil {
		return env, err
	}
	if env.ECS, err = field.ParseECS(schemas.ECS(), ""); err != nil {
		return env, err
	}
	if _, err := w.Fields(nil); err != nil {
		return env, err
	}
	env.Fields = func(indices []string) *field.Schema {
		s, err := w.Fields(indices)
		if err != nil { // it would have failed above
			return field.NewSchema()
		}
		return s
	}
	if flags.fields != "" {
		if env.Packages, err = readKnowledge(a, flags.fields, export.ReadPackages); err != nil {
			return env, err
		}
	}
	if flags.manifests != "" {
		if env.Manifests, err = readKnowledge(a, flags.manifests, export.ReadManifests); err != nil {
			return env, err
		}
	}
	return env, nil
}

func stackOf(w *workspace.Workspace, flag string) (semver.Version, error) {
	text := flag
	if text == "" {
		text = w.Config.Stack
	}
	if text == "" {
		text = defaultStack
	}
	v, err := semver.Parse(text)
	if err != nil {
		return v, usage("--stack: %v", err)
	}
	return v, nil
}

// readKnowledge reads a JSON file that may be gzipped.
func readKnowledge[T any](a *app, path string, read func(io.Reader) (T, error)) (T, error) {
	var none T
	file, err := os.Open(a.absolute(path))
	if err != nil {
		return none, usage("cannot read %s: %v", path, pathless(err))
	}
	defer file.Close()
	text, err := unzipped(file)
	if err != nil {
		return none, usage("cannot read %s: %v", path, err)
	}
	limited := &io.LimitedReader{R: text, N: maxKnowledge}
	value, err := read(limited)
	if limited.N <= 0 {
		err = fmt.Errorf("it is longer than %d MB", maxKnowledge>>20)
	}
	if err != nil {
		return none, usage("cannot read %s: %v", path, err)
	}
	return value, nil
}

func unzipped(r io.Reader) (io.Reader, error) {
	buffered := bufio.NewReader(r)
	if magic, err := buffered.Peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b {
		return gzip.NewReader(buffered)
	}
	return buffered, nil
}
