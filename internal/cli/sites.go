package cli

import (
	"context"
	"errors"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/tocsin-rules/tocsin/internal/kibana"
	"github.com/tocsin-rules/tocsin/internal/publish"
	"github.com/tocsin-rules/tocsin/internal/workspace"
)

// lockFile is the name of the lock of what was published, beside tocsin.toml.
const lockFile = "tocsin.lock"

// planFlags say where plans are made for, and how.
type planFlags struct {
	target               targetFlags
	environments, spaces []string
	overwriteDrift       bool
	prune                bool
	pruneLimit           float64
}

func (p *planFlags) register(cmd *cobra.Command) {
	p.registerWhere(cmd)
	f := cmd.Flags()
	f.BoolVar(&p.overwriteDrift, "overwrite-drift", false, "replace what was changed in Kibana since it was published")
	f.BoolVar(&p.prune, "prune", false, "delete what this repository published and no longer holds")
	f.Float64Var(&p.pruneLimit, "prune-limit", 10, "refuse to prune more than this `percentage` of the published rules")
}

// registerWhere adds only the flags that say where.
func (p *planFlags) registerWhere(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringSliceVarP(&p.environments, "environment", "e", nil, "the `name` of an [environment.NAME] in tocsin.toml; may be given several times")
	f.StringVar(&p.target.url, "url", "", "Kibana's `address`; or set TOCSIN_KIBANA_URL")
	f.StringSliceVar(&p.spaces, "space", nil, "the `id` of the space; may be given several times; the default space when not given")
	p.target.registerTrust(cmd)
}

// targets is each space that is meant.
func (p planFlags) targets(w *workspace.Workspace) ([]targetFlags, error) {
	names := p.environments
	if len(names) == 0 {
		names = []string{""}
	}
	if p.target.url != "" && len(names) > 1 {
		return nil, usage("--url names one Kibana, and several environments are given")
	}
	var list []targetFlags
	for _, name := range names {
		env, err := chosenEnvironment(w, name)
		if err != nil {
			return nil, err
		}
		spaces := p.spaces
		if len(spaces) == 0 {
			spaces = env.Spaces
		}
		if len(spaces) == 0 {
			spaces = []string{""}
		}
		for _, space := range spaces {
			t := p.target
			t.environment, t.space = name, space
			list = append(list, t)
		}
	}
	return list, nil
}

// site is a space, and the plan for it.
type site struct {
	publish.Planned
	client *kibana.Client
}

// sites connects to each space that is meant; nothing is asked yet.
func (a *app) sites(w *workspace.Workspace, flags planFlags) ([]site, error) {
	targets, err := flags.targets(w)
	if err != nil {
		return nil, err
	}
	var list []site
	for i, t := range targets {
		t.insecure = t.insecure && i == 0 // One warning is enough.
		client, err := a.connect(w, t, func(cfg *kibana.Config) { cfg.Insecure = flags.target.insecure })
		if err != nil {
			return nil, err
		}
		s := site{client: client}
		s.Target = publish.Target{Environment: t.environment, Address: client.Address(), Space: client.Space()}
		if slices.ContainsFunc(list, func(other site) bool { return other.Address == s.Address }) {
			return nil, usage("%s is named twice", s.Address)
		}
		list = append(list, s)
	}
	return list, nil
}

// makePlans compares each space with the rules of a workspace; another one, which may be the same, says where they are.
func (a *app) makePlans(ctx context.Context, settings, rules *workspace.Workspace, args []string, flags planFlags) ([]site, error) {
	if flags.prune && len(args) > 0 {
		return nil, usage("--prune compares the whole repository, so it takes no rules")
	}
	sites, err := a.sites(settings, flags)
	if err != nil {
		return nil, err
	}
	a.boundMemory(0)
	files, err := a.candidates(rules, args)
	if err != nil {
		return nil, err
	}
	lock, err := readLock(settings)
	if err != nil {
		return nil, err
	}
	// All that is wanted of the files is taken before Kibana is read: with their texts and places they take more memory than
	// all that follows.
	wanted := make([][]publish.Desired, len(sites))
	for i, s := range sites {
		env := settings.Config.Environments[s.Environment]
		wanted[i] = slices.Concat(desired(rules, env, files), desiredExceptions(rules, args, files), desiredTimelines(rules, args, files))
	}
	a.boundMemory(len(files))
	for i := range sites {
		s := &sites[i]
		locked := lock.Spaces[s.Address]
		actual, err := publish.Read(ctx, s.client, publish.ScopeOf(wanted[i], locked))
		if err != nil {
			return nil, unreachable(err)
		}
		s.Plan = publish.Make(wanted[i], actual, publish.Options{
			Lock: locked, OwnerTag: settings.Config.OwnerTag, OverwriteDrift: flags.overwriteDrift, Connectors: rules.Connectors().All,
			Prune: flags.prune, PruneLimit: flags.pruneLimit / 100,
		})
		if len(args) > 0 {
			s.Orphans = 0 // With some rules only, the others are no orphans.
		}
	}
	return sites, nil
}

// planned are the plans of sites.
func planned(sites []site) []publish.Planned {
	list := make([]publish.Planned, len(sites))
	for i, s := range sites {
		list[i] = s.Planned
	}
	return list
}

// readLock reads what was published before.
func readLock(w *workspace.Workspace) (*publish.Lock, error) {
	path := filepath.Join(w.Root, lockFile)
	text, err := readLimited(path, maxLock)
	if err != nil {
		return nil, usage("%s: %v", lockFile, err)
	}
	lock, err := publish.ReadLock(text)
	if errors.Is(err, publish.ErrNewer) {
		return nil, usage("%s: %v", lockFile, err)
	}
	if err != nil {
		return nil, usage("%s: %v; after a merge, resolve its conflict, one rule a line", lockFile, err)
	}
	return lock, nil
}
