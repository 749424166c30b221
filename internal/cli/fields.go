package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tocsin-rules/tocsin/internal/archive"
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/integration"
	"github.com/tocsin-rules/tocsin/internal/match"
	"github.com/tocsin-rules/tocsin/internal/report"
	"github.com/tocsin-rules/tocsin/internal/workspace"
)

// maxPackage is the number of bytes that the archive of a package may have.
const maxPackage = 256 << 20

func (a *app) fieldsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "fields",
		Short: "Show field types, and keep catalogs of integration packages",
		Long: `A condition means different things on a keyword, a text, an address and a date, so checks and tests need the types of
fields. They come from the project's own TOML in schemas/fields/, then from catalogs of clusters and of integration packages,
which these commands write there, then from ECS in the version of the project's stack.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		Args: noSuchCommand,
	}
	cmd.AddCommand(a.fieldsShowCommand(), a.fieldsSearchCommand(), a.fieldsAddCommand())
	return cmd
}

func (a *app) fieldsShowCommand() *cobra.Command {
	var indices []string
	var stack string
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "show FIELD",
		Short:   "Tell the type of a field, and where it differs",
		Long:    "Tells the type of a field in some indices, its multi-fields, analyzer, normalizer and longest value, and where data streams differ.",
		Example: "  tocsin fields show process.command_line\n  tocsin fields show event.action --index 'logs-okta*' --stack 8.19",
		Args:    between(1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			w, err := a.openFor(stack)
			if err != nil {
				return err
			}
			f, err := known(w, args[0], indices)
			if err != nil {
				return err
			}
			if asJSON {
				err = report.FieldJSON(a.Out, f)
			} else {
				err = report.FieldText(a.Out, f, a.reportStyle())
			}
			if err == nil && !f.Known {
				return findings()
			}
			return err
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&indices, "index", nil, "the index `patterns`; all indices when not given")
	f.StringVar(&stack, "stack", "", "the `release` of the Elastic Stack; that of tocsin.toml when not given")
	f.BoolVar(&asJSON, "json", false, "write JSON")
	return cmd
}

// known gathers what catalogs and ECS say of a field.
func known(w *workspace.Workspace, name string, indices []string) (report.Field, error) {
	f := report.Field{Name: name, Indices: indices}
	schema, err := w.Fields(indices)
	if err != nil {
		return f, err
	}
	f.Mapping, f.Known = schema.Lookup(name)
	if !f.Known {
		f.Near = diag.Nearest(name, schema.Names(), 3)
		return f, nil
	}
	f.Places = schema.Places(name)
	for _, other := range schema.Names() {
		if m, ok := schema.Lookup(other); ok && m.Path == name && m.Name != name && !m.Leaf {
			f.Multi = append(f.Multi, m)
		}
	}
	return f, nil
}

func (a *app) fieldsSearchCommand() *cobra.Command {
	var indices []string
	var stack string
	cmd := &cobra.Command{
		Use:     "search WORD",
		Short:   "Find fields by a part of their name",
		Example: "  tocsin fields search command_line\n  tocsin fields search '*.ip' --index 'logs-aws.*'",
		Args:    between(1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			w, err := a.openFor(stack)
			if err != nil {
				return err
			}
			schema, err := w.Fields(indices)
			if err != nil {
				return err
			}
			found := search(schema, args[0])
			if len(found) == 0 {
				fmt.Fprintf(a.Out, "no field has %q in its name\n", args[0])
				return findings()
			}
			return report.FieldList(a.Out, found, a.reportStyle())
		},
	}
	cmd.Flags().StringSliceVar(&indices, "index", nil, "the index `patterns`; all indices when not given")
	cmd.Flags().StringVar(&stack, "stack", "", "the `release` of the Elastic Stack; that of tocsin.toml when not given")
	return cmd
}

// search finds fields whose name holds a word, or fits it when it is a pattern with "*".
func search(schema *field.Schema, word string) []field.Mapping {
	word = strings.ToLower(word)
	if !strings.Contains(word, "*") {
		word = "*" + word + "*"
	}
	pattern := match.Glob(word)
	var found []field.Mapping
	for _, name := range schema.Names() {
		if m, ok := schema.Lookup(name); ok && pattern.Match(strings.ToLower(name)) {
			found = append(found, m)
		}
	}
	return found
}

func (a *app) fieldsAddCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "add PACKAGE.zip|FOLDER ...",
		Short: "Add the fields of an integration package to the project",
		Long: `Reads the manifests and the fields of an Elastic integration package, from the .zip of a package registry or from a folder,
and writes them as a catalog to schemas/fields/packages/NAME.tsv. An older catalog of the same package is replaced. Nothing is
written when anything is wrong with a package.`,
		Example: "  tocsin fields add okta-3.2.0.zip\n  tocsin fields add integrations/packages/okta integrations/packages/aws",
		Args:    between(1, 1000),
		RunE: func(_ *cobra.Command, args []string) error {
			w, err := a.open()
			if err != nil {
				return err
			}
			return a.addPackages(w, args)
		},
	}
}

func (a *app) addPackages(w *workspace.Workspace, args []string) error {
	ecs, err := w.ECS()
	if err != nil {
		return err
	}
	var packages []*integration.Package
	var problems diag.List
	for _, arg := range args {
		members, more, err := a.packageFiles(arg)
		if err != nil {
			return err
		}
		problems = append(problems, more...)
		if more.HasErrors() {
			continue
		}
		p, more := integration.Read(filepath.ToSlash(arg), members, ecs)
		problems = append(problems, more...)
		if p != nil {
			packages = append(packages, p)
		}
	}
	if problems.HasErrors() {
		if err := report.Diagnostics(a.Out, problems, a.reportStyle()); err != nil {
			return err
		}
		return findings()
	}
	return a.writePackages(w, packages)
}

// packageFiles lists the files of an archive or a folder.
func (a *app) packageFiles(arg string) ([]archive.Member, diag.List, error) {
	path := a.absolute(arg)
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, usage("cannot read %s: %v", arg, shortReason(err))
	}
	var problems diag.List
	if info.IsDir() {
		members := archive.Folder(os.DirFS(path), func(at string, err error) {
			problems = append(problems, diag.AtFile(filepath.ToSlash(filepath.Join(arg, at)), "unreadable-file", "it cannot be read: "+shortReason(err).Error(), ""))
		})
		return members, problems, nil
	}
	if !info.Mode().IsRegular() || info.Size() > maxPackage {
		return nil, nil, usage("cannot read %s: it is no file of at most %d MB", arg, maxPackage>>20)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, usage("cannot read %s: %v", arg, shortReason(err))
	}
	members, problems := zipFiles(arg, string(text))
	return members, problems, nil
}

func zipFiles(name, text string) ([]archive.Member, diag.List) {
	members, outside, err := archive.Zip(text)
	if err != nil {
		return nil, diag.List{diag.AtFile(name, integration.BadPackage, err.Error(), "")}
	}
	var problems diag.List
	for _, entry := range outside {
		problems = append(problems, diag.AtFile(name, integration.BadPackage, "the entry "+strings.TrimSpace(entry)+" leads out of the archive, or is a link", "get the package again from where it is published"))
	}
	return members, problems
}

func (a *app) writePackages(w *workspace.Workspace, packages []*integration.Package) error {
	slices.SortFunc(packages, func(x, y *integration.Package) int { return strings.Compare(x.Title, y.Title) })
	for _, p := range packages {
		name := filepath.Join(w.Config.Fields, "packages", p.Title+".tsv")
		if err := replaceFile(filepath.Join(w.Root, name), p.Text()); err != nil {
			return cannotWrite(name, err)
		}
		if err := report.CatalogWritten(a.Out, filepath.ToSlash(name), p.Header, len(p.Fields)); err != nil {
			return err
		}
	}
	return nil
}
