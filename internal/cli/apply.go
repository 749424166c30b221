package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tocsin-rules/tocsin/internal/publish"
	"github.com/tocsin-rules/tocsin/internal/report"
	"github.com/tocsin-rules/tocsin/internal/workspace"
)

func (a *app) applyCommand() *cobra.Command {
	var flags planFlags
	var yes bool
	cmd := &cobra.Command{
		Use:   "apply [PLAN | path|rule ...]",
		Short: "Bring Kibana to the state of the repository",
		Long: `Makes a plan, shows it, and does exactly that; or does what a file says that tocsin plan --out wrote, and refuses when Kibana
has moved since. Rules that this repository does not hold are left alone, unless --prune is given.

What rules need comes first: timeline templates, value lists, exceptions. New rules are created disabled, and enabled when
everything is there. Then each rule is read back and compared. On a terminal it asks first, unless --yes is given. A rule
that fails does not stop the others. After an interruption, run it again: it reads what is there and goes on, and no rule
is doubled.

tocsin.lock then records what was applied; keep it in git.

` + credentialsHelp,
		Example: `  TOCSIN_API_KEY=... tocsin apply -e staging --yes
  tocsin plan -e production --out plan.json && tocsin apply plan.json --yes`,
		RunE: func(cmd *cobra.Command, args []string) error {
			w, err := a.open()
			if err != nil {
				return err
			}
			if len(args) == 1 && isPlan(a.absolute(args[0])) {
				return a.applyFile(cmd.Context(), w, args[0], flags, yes)
			}
			return a.apply(cmd.Context(), w, w, args, flags, yes)
		},
	}
	flags.register(cmd)
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

// apply publishes the rules of one workspace; another one, which may be the same, says where to, and keeps the lock.
func (a *app) apply(ctx context.Context, settings, rules *workspace.Workspace, args []string, flags planFlags, yes bool) error {
	sites, err := a.makePlans(ctx, settings, rules, args, flags)
	if err != nil {
		return err
	}
	return a.carryOut(ctx, settings, sites, yes)
}

// isPlan tells whether a path names a plan file.
func isPlan(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	head := make([]byte, 64)
	n, _ := file.Read(head)
	return bytes.Contains(head[:n], []byte(`"tocsin_plan"`))
}

// applyFile does what a plan file says.
func (a *app) applyFile(ctx context.Context, w *workspace.Workspace, path string, flags planFlags, yes bool) error {
	text, err := readLimited(a.absolute(path), maxPlan)
	if err != nil {
		return usage("%s: %v", path, err)
	}
	plans, err := publish.DecodePlans(text)
	if err != nil {
		return usage("%s: %v", path, err)
	}
	if flags.overwriteDrift || flags.prune || len(flags.environments)+len(flags.spaces) > 0 {
		return usage("%s says what is done where; --environment, --space, --prune and --overwrite-drift belong to tocsin plan", path)
	}
	var sites []site
	for _, p := range plans {
		s, err := a.siteOf(w, p, flags)
		if err != nil {
			return err
		}
		actual, err := publish.Read(ctx, s.client, p.Scope())
		if err != nil {
			return unreachable(err)
		}
		if moved := publish.Moved(p.Plan, actual); len(moved) > 0 {
			return a.refuseMoved(path, moved)
		}
		sites = append(sites, s)
	}
	return a.carryOut(ctx, w, sites, yes)
}

// siteOf connects to the space that a plan was made for.
func (a *app) siteOf(w *workspace.Workspace, p publish.Planned, flags planFlags) (site, error) {
	t := flags.target
	t.environment, t.space = p.Environment, p.Space
	if p.Environment == "" && t.url == "" {
		t.url = strings.TrimSuffix(p.Address, "/s/"+p.Space)
	}
	client, err := a.connect(w, t)
	if err != nil {
		return site{}, err
	}
	if client.Address() != p.Address {
		return site{}, usage("the plan was made for %s, and this is %s", p.Address, client.Address())
	}
	return site{Planned: p, client: client}, nil
}

// refuseMoved tells which rules are not what they were when a plan was made.
func (a *app) refuseMoved(path string, moved []publish.Change) error {
	for _, c := range moved {
		if err := report.Moved(a.Err, c, a.reportStyle()); err != nil {
			return err
		}
	}
	return &exit{code: exitFindings, err: fmt.Errorf("kibana has moved since %s was made, so nothing was changed; plan again", path)}
}

// carryOut shows plans and does what they say.
func (a *app) carryOut(ctx context.Context, w *workspace.Workspace, sites []site, yes bool) error {
	plans := planned(sites)
	if err := report.Plan(a.Out, plans, a.reportStyle()); err != nil {
		return err
	}
	writes := 0
	for _, p := range plans {
		writes += p.Writes()
	}
	if writes > 0 && !yes && a.Interactive && !a.confirm() {
		return &exit{code: exitFindings, err: errors.New("nothing was changed")}
	}
	var failed error
	for _, s := range sites {
		if err := a.carryOutOne(ctx, w, s, len(sites) > 1); err != nil {
			var e *exit
			if !errors.As(err, &e) || e.err != nil {
				return err
			}
			failed = err
		}
	}
	return failed
}

// carryOutOne applies the plan of one space and records what became of it, also when it was interrupted.
func (a *app) carryOutOne(ctx context.Context, w *workspace.Workspace, s site, named bool) error {
	release, err := a.hold(s.Address)
	if err != nil {
		return err
	}
	defer release()
	style := a.reportStyle()
	if named && !s.Empty() {
		if err := report.Place(a.Out, s.Target, style); err != nil {
			return err
		}
	}
	shown := a.progress(s.Plan)
	outcomes, stopped := publish.Apply(ctx, s.client, s.Plan, shown.outcome, publish.Sent(shown.sent))
	shown.end()
	if err := record(w, s.Address, outcomes); err != nil {
		return err
	}
	if !s.Empty() {
		if err := report.Applied(a.Out, outcomes, style); err != nil {
			return err
		}
	}
	if stopped != nil {
		return unreachable(stopped)
	}
	for _, o := range outcomes {
		if o.Err != nil {
			return findings()
		}
	}
	return shown.err
}

func (a *app) confirm() bool {
	fmt.Fprint(a.Out, "Apply this plan? [y/N] ")
	line, _ := bufio.NewReader(a.In).ReadString('\n')
	line = strings.ToLower(strings.TrimSpace(line))
	return line == "y" || line == "yes"
}
