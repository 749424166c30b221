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
	"github.com/tocsin-rules/tocsin/internal/report"
	"github.com/tocsin-rules/tocsin/internal/workspace"
)

// maxPackage is the number of bytes that the archive of a package may have.
const maxPackage = 256 << 20

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
	return a.writePackages(w, packages, false)
}

// packageFiles lists the files of an archive or a folder.
func (a *app) packageFiles(arg string) ([]archive.Member, diag.List, error) {
	path := a.absolute(arg)
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, usage("cannot read %s: %v", arg, pathless(err))
	}
	var problems diag.List
	if info.IsDir() {
		members := archive.Folder(os.DirFS(path), func(at string, err error) {
			problems = append(problems, diag.AtFile(filepath.ToSlash(filepath.Join(arg, at)), "unreadable-file", "it cannot be read: "+pathless(err).Error(), ""))
		})
		return members, problems, nil
	}
	if !info.Mode().IsRegular() || info.Size() > maxPackage {
		return nil, nil, usage("cannot read %s: it is no file of at most %d MB", arg, maxPackage>>20)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, usage("cannot read %s: %v", arg, pathless(err))
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

// writePackages writes the catalogs of packages, and tells what changed.
func (a *app) writePackages(w *workspace.Workspace, packages []*integration.Package, dry bool) error {
	slices.SortFunc(packages, func(x, y *integration.Package) int { return strings.Compare(x.Title, y.Title) })
	for _, p := range packages {
		if err := a.writeCatalog(w, filepath.Join("packages", p.Title+".tsv"), p.Text(), dry); err != nil {
			return err
		}
	}
	return nil
}

// writeCatalog writes a catalog to the folder of catalogs, and tells what changed. A dry run only tells.
func (a *app) writeCatalog(w *workspace.Workspace, file, text string, dry bool) error {
	name := filepath.ToSlash(filepath.Join(w.Config.Fields, file))
	after, err := field.ParseCompact(name, text)
	if err != nil {
		return fmt.Errorf("the catalog %s would be broken: %w", name, err)
	}
	path := filepath.Join(w.Root, filepath.FromSlash(name))
	written := report.Catalog{Name: name, After: after, Dry: dry}
	if old, err := os.ReadFile(path); err == nil {
		// One that is broken is as good as none.
		written.Before, _ = field.ParseCompact(name, string(old))
		written.Same = string(old) == text
	}
	if !dry && !written.Same {
		if err := replaceFile(path, text); err != nil {
			return cannotWrite(name, err)
		}
	}
	return report.CatalogWritten(a.Out, written, a.reportStyle())
}
