package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/integration"
	"github.com/tocsin-rules/tocsin/internal/kibana"
	"github.com/tocsin-rules/tocsin/internal/registry"
	"github.com/tocsin-rules/tocsin/internal/report"
	"github.com/tocsin-rules/tocsin/internal/semver"
	"github.com/tocsin-rules/tocsin/internal/workspace"
)

// updateFlags are the flags of tocsin fields update.
type updateFlags struct {
	registry, stack        string
	prerelease, force, dry bool
	trust                  targetFlags
}

func (a *app) fieldsUpdateCommand() *cobra.Command {
	var flags updateFlags
	cmd := &cobra.Command{
		Use:   "update [PACKAGE[@VERSION] ...]",
		Short: "Get the fields of integration packages from a package registry",
		Long: `Asks a package registry for integration packages, and writes the fields of each as a catalog to
schemas/fields/packages/NAME.tsv: of the version that is named, or of the newest one that runs on the project's stack. It tells
which fields came, went and changed. Nothing is written when anything is wrong with one of the packages.

Without arguments these are the packages of [registry] in tocsin.toml, or, when it names none, those that have a catalog. The
registry is that of --registry, [registry] or TOCSIN_REGISTRY_URL; Elastic's own is https://epr.elastic.co.`,
		Example: `  tocsin fields update --registry https://epr.elastic.co okta aws@2.20.0
  tocsin fields update --dry-run`,
		Args: between(0, 1000),
		RunE: func(cmd *cobra.Command, args []string) error { return a.updateFields(cmd.Context(), args, flags) },
	}
	f := cmd.Flags()
	f.StringVar(&flags.registry, "registry", "", "the `address` of the package registry")
	f.StringVar(&flags.stack, "stack", "", "the `release` of the Elastic Stack; that of tocsin.toml, or "+defaultStack)
	f.BoolVar(&flags.prerelease, "prerelease", false, "take prereleases, too, whose versions begin with 0 or end in a suffix")
	f.BoolVar(&flags.force, "force", false, "read a package anew although its catalog has that version")
	f.BoolVar(&flags.dry, "dry-run", false, "tell what would change, and write nothing")
	flags.trust.registerTrust(cmd)
	return cmd
}

// wantedForm is a package as an argument names it.
var wantedForm = regexp.MustCompile(`^[a-z0-9_]+(@\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?)?$`)

func (a *app) updateFields(ctx context.Context, args []string, flags updateFlags) error {
	w, err := a.openFor(flags.stack)
	if err != nil {
		return err
	}
	u := &update{app: a, workspace: w, flags: flags}
	if u.stack, err = stackOf(w, flags.stack); err != nil {
		return err
	}
	if u.wanted, err = wantedPackages(w, args); err != nil {
		return err
	}
	if u.client, err = a.registryClient(w, flags); err != nil {
		return err
	}
	if u.ecs, err = w.ECS(); err != nil {
		return err
	}
	return u.run(ctx)
}

// wantedPackages are the packages that arguments, tocsin.toml or the catalogs name.
func wantedPackages(w *workspace.Workspace, args []string) ([]workspace.WantedPackage, error) {
	var wanted []workspace.WantedPackage
	for _, arg := range args {
		if !wantedForm.MatchString(arg) {
			return nil, usage("%q is not the name of a package, or NAME@VERSION such as okta@3.2.0", arg)
		}
		wanted = append(wanted, workspace.ParseWantedPackage(arg))
	}
	if len(wanted) == 0 {
		wanted = w.Config.Registry.Packages
	}
	if len(wanted) == 0 {
		for _, c := range w.Packages() {
			if c.Source == field.FromPackage {
				wanted = append(wanted, workspace.WantedPackage{Name: c.Title})
			}
		}
	}
	if len(wanted) == 0 {
		return nil, usage("no package is named: give names, or list them in tocsin.toml: [registry] packages = [\"okta\"]")
	}
	return wanted, nil
}

func (a *app) registryClient(w *workspace.Workspace, flags updateFlags) (*registry.Client, error) {
	address := first(flags.registry, w.Config.Registry.URL, a.Getenv("TOCSIN_REGISTRY_URL"))
	if address == "" {
		return nil, usage("no package registry is named: give --registry https://epr.elastic.co, or url in [registry] of tocsin.toml, or set TOCSIN_REGISTRY_URL")
	}
	cfg := kibana.Config{Insecure: flags.trust.insecure, Proxy: http.ProxyFromEnvironment}
	if flags.trust.caFile != "" {
		var err error
		if cfg.CACert, err = a.readCA(w, flags.trust.caFile, true); err != nil {
			return nil, err
		}
	}
	transport, err := kibana.NewTransport(cfg)
	if err != nil {
		return nil, &exit{code: exitUsage, err: err}
	}
	client, err := registry.New(address, transport, userAgent())
	if err != nil {
		return nil, &exit{code: exitUsage, err: err}
	}
	return client, nil
}

// update is one run of tocsin fields update.
type update struct {
	app       *app
	workspace *workspace.Workspace
	flags     updateFlags
	stack     semver.Version
	wanted    []workspace.WantedPackage
	client    *registry.Client
	ecs       field.Source

	packages []*integration.Package
	problems diag.List
	current  []report.Catalog
}

// run gets all packages before it writes the first.
func (u *update) run(ctx context.Context) error {
	for _, wanted := range u.wanted {
		release, err := u.release(ctx, wanted)
		if err != nil {
			return err
		}
		if c := u.catalog(release); c != nil && !u.flags.force {
			u.current = append(u.current, report.Catalog{Name: c.Name, After: c, Same: true})
			continue
		}
		if err := u.read(ctx, release); err != nil {
			return err
		}
	}
	if u.problems.HasErrors() {
		if err := report.Diagnostics(u.app.Out, u.problems, u.app.reportStyle()); err != nil {
			return err
		}
		return findings()
	}
	for _, c := range u.current {
		if err := report.CatalogWritten(u.app.Out, c, u.app.reportStyle()); err != nil {
			return err
		}
	}
	return u.app.writePackages(u.workspace, u.packages, u.flags.dry)
}

// release chooses the release of a package.
func (u *update) release(ctx context.Context, wanted workspace.WantedPackage) (registry.Release, error) {
	var r registry.Release
	var releases []registry.Release
	var err error
	if wanted.Version != "" {
		r, err = u.client.Release(ctx, wanted.Name, wanted.Version)
	} else {
		releases, err = u.client.Releases(ctx, wanted.Name)
	}
	switch {
	case errors.Is(err, registry.ErrUnknown):
		return r, &exit{code: exitUsage, err: err}
	case err != nil:
		return r, unreachable(err)
	case wanted.Version != "":
		return r, nil
	}
	if r, err = registry.Newest(releases, u.stack, u.flags.prerelease); err != nil {
		return r, &exit{code: exitFindings, err: err}
	}
	return r, nil
}

// catalog is the project's catalog of a release; nil when there is none, or of another one.
func (u *update) catalog(r registry.Release) *field.Compact {
	for _, c := range u.workspace.Packages() {
		if c.Source == field.FromPackage && c.Title == r.Name && c.Version == r.Version.String() {
			return c
		}
	}
	return nil
}

// read gets the archive of a release and reads it.
func (u *update) read(ctx context.Context, r registry.Release) error {
	text, err := u.client.Archive(ctx, r)
	if err != nil {
		return unreachable(err)
	}
	name := fmt.Sprintf("%s-%s.zip", r.Name, r.Version)
	members, problems := zipFiles(name, text)
	u.problems = append(u.problems, problems...)
	if problems.HasErrors() {
		return nil
	}
	p, problems := integration.Read(name, members, u.ecs)
	u.problems = append(u.problems, problems...)
	switch {
	case p == nil:
	case p.Title != r.Name || p.Version != r.Version.String():
		u.problems = append(u.problems, diag.AtFile(name, integration.BadPackage, "the archive is that of "+strings.TrimSpace(p.Title+" "+p.Version), ""))
	default:
		u.packages = append(u.packages, p)
	}
	return nil
}
