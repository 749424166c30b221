package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tocsin-rules/tocsin/internal/importer"
	"github.com/tocsin-rules/tocsin/internal/publish"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/timeline"
	"github.com/tocsin-rules/tocsin/internal/workspace"
)

type pullFlags struct {
	target  targetFlags
	rules   []string
	tags    []string
	all     bool
	dryRun  bool
	pattern string
}

func (a *app) pullCommand() *cobra.Command {
	var flags pullFlags
	cmd := &cobra.Command{
		Use:   "pull",
		Short: "Bring changes made in Kibana into the repository",
		Long: `Writes rules of a Kibana space as TOML: in their files, whose comments and layout stay, or in new ones in the canonical
layout. Without --rule, --tag or --all it takes the rules that the repository holds already, so what drifted is no drift
any more; so it does with exceptions, value lists and timeline templates. What a rule refers to comes with it: its exception
lists, and the value lists that these ask for. --all takes every rule of the space but Elastic's
own that nobody changed. Rules that are as their files say are not touched, so a pull after an apply changes nothing. What a
file leaves to Kibana (enabled, version, actions, exceptions_list) stays left to it.

` + credentialsHelp,
		Example: `  tocsin pull -e production
  tocsin pull --url https://kibana.example.com --tag 'Domain: Cloud'
  tocsin pull -e production --all --name-pattern '{type}/{name}.toml'`,
		Args: between(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.pull(cmd.Context(), flags) },
	}
	flags.target.register(cmd)
	f := cmd.Flags()
	f.StringSliceVar(&flags.rules, "rule", nil, "take the rule with this rule_id or `name`; may be given several times")
	f.StringSliceVar(&flags.tags, "tag", nil, "take the rules with this `tag`; may be given several times")
	f.BoolVar(&flags.all, "all", false, "take all rules of the space")
	f.BoolVar(&flags.dryRun, "dry-run", false, "only tell what would be written")
	f.StringVar(&flags.pattern, "name-pattern", importer.DefaultPattern, "the `pattern` of new files' names")
	return cmd
}

func (a *app) pull(ctx context.Context, flags pullFlags) error {
	pattern, err := importer.ParsePattern(flags.pattern)
	if err != nil {
		return usage("--name-pattern %s: %w", flags.pattern, err)
	}
	w, err := a.open()
	if err != nil {
		return err
	}
	client, err := a.connect(w, flags.target)
	if err != nil {
		return err
	}
	actual, err := publish.Read(ctx, client, publish.Scope{})
	if err != nil {
		return unreachable(err)
	}
	target := importTarget{
		app: a, workspace: w, out: filepath.Join(w.Root, w.Config.Rules[0]), dryRun: flags.dryRun,
		rules: map[string]int{}, others: map[string]int{},
	}
	existing := target.existing()
	chosen, err := flags.choose(actual.Rules, existing)
	if err != nil {
		return err
	}
	actual.Rules = chosen
	wanted := slices.Concat(held(existing, w.Config.Environments[flags.target.environment]), desiredExceptions(w, nil, nil), desiredTimelines(w, nil, nil))
	if err := actual.ReadOthers(ctx, client, flags.scope(wanted, chosen)); err != nil {
		return unreachable(err)
	}
	outcomes, err := a.takePulled(&target, pattern, actual, wanted, existing, w.Config.Environments[flags.target.environment])
	if err != nil {
		return err
	}
	fmt.Fprintf(a.Out, "%s: %d created, %d updated, %d as they were\n", plural(len(chosen), "rule"),
		target.rules[created], target.rules[updated], len(chosen)-target.rules[created]-target.rules[updated])
	if len(target.others) > 0 {
		fmt.Fprintln(a.Out, tallied(target.others, "other file"))
	}
	if flags.dryRun {
		return nil
	}
	return record(w, client.Address(), outcomes)
}

// scope is what is read besides the rules: what the repository holds, unless some rules only are meant, and what these rules
// refer to.
func (f pullFlags) scope(wanted []publish.Desired, chosen []map[string]any) publish.Scope {
	if !f.held() && !f.all {
		wanted = slices.DeleteFunc(slices.Clone(wanted), func(d publish.Desired) bool { return d.Kind != publish.Rule })
	}
	return publish.ScopeOf(wanted, nil).References(chosen)
}

// takePulled writes what differs, and gives what the lock is to know of it.
func (a *app) takePulled(t *importTarget, pattern importer.Pattern, actual publish.State, wanted []publish.Desired, existing map[string]*rule.Rule, env workspace.Environment) ([]publish.Outcome, error) {
	pulled := publish.Pull(actual, wanted, publish.Options{OwnerTag: t.workspace.Config.OwnerTag, Connectors: t.workspace.Connectors().All})
	exceptions := publish.PullExceptions(actual, wanted)
	timelines := publish.PullTimelines(actual, wanted)
	if err := a.writePulled(t, pattern, pulled, exceptions, existing, env); err != nil {
		return nil, err
	}
	if err := a.writePulledValues(t, exceptions.Values); err != nil {
		return nil, err
	}
	if err := a.writePulledTimelines(t, timelines); err != nil {
		return nil, err
	}
	outcomes := exceptions.Outcomes
	for _, p := range pulled {
		outcomes = append(outcomes, p.Outcome)
	}
	for _, p := range timelines {
		outcomes = append(outcomes, p.Outcome)
	}
	return outcomes, nil
}

// held tells whether the rules that the repository has are meant.
func (f pullFlags) held() bool { return len(f.rules)+len(f.tags) == 0 && !f.all }

// choose gives the rules that the flags name; without any, those that the repository holds.
func (f pullFlags) choose(rules []map[string]any, existing map[string]*rule.Rule) ([]map[string]any, error) {
	missing := map[string]bool{}
	for _, name := range f.rules {
		missing[name] = true
	}
	var chosen []map[string]any
	for _, r := range rules {
		id, _ := r["rule_id"].(string)
		name, _ := r["name"].(string)
		named := slices.ContainsFunc(f.rules, func(want string) bool { return want == id || strings.EqualFold(want, name) })
		if named {
			maps.DeleteFunc(missing, func(want string, _ bool) bool { return want == id || strings.EqualFold(want, name) })
		}
		tags, _ := r["tags"].([]any)
		tagged := slices.ContainsFunc(f.tags, func(tag string) bool { return slices.Contains(tags, any(tag)) })
		if named || tagged || f.all && publish.Custom(r) || f.held() && existing[id] != nil {
			chosen = append(chosen, r)
		}
	}
	if len(missing) > 0 {
		return nil, usage("kibana has no rule %s", strings.Join(slices.Sorted(maps.Keys(missing)), ", "))
	}
	return chosen, nil
}

// held is what the repository would publish of the rules that it has.
func held(existing map[string]*rule.Rule, env workspace.Environment) []publish.Desired {
	var list []publish.Desired
	for id, r := range existing {
		body := r.EncodeAPI()
		maps.Copy(body, env.Override)
		list = append(list, publish.Desired{Kind: publish.Rule, ID: id, Name: r.Name, Body: body, Deprecated: r.Metadata.Maturity == "deprecated"})
	}
	return list
}

// writePulledValues writes the values of value lists into the files that the repository has for them: lines that stay keep their
// places.
func (a *app) writePulledValues(t *importTarget, values map[string][]string) error {
	for _, id := range slices.Sorted(maps.Keys(values)) {
		list, _ := t.workspace.Exceptions().ValueList(id)
		left := map[string]bool{}
		for _, value := range values[id] {
			left[value] = true
		}
		var lines []string
		for _, line := range slices.Concat(list.Values.Lines(), values[id]) {
			if left[line] {
				delete(left, line)
				lines = append(lines, line)
			}
		}
		file := importer.File{Folder: importer.Exceptions, Path: list.File, Text: strings.Join(lines, "\n") + "\n", Values: true}
		if err := t.write([]importer.File{file}); err != nil {
			return err
		}
	}
	return nil
}

// writePulledTimelines writes the files that hold timeline templates anew, each as Kibana would export it.
func (a *app) writePulledTimelines(t *importTarget, pulled []publish.PulledTimeline) error {
	bodies := map[string]map[string]any{}
	for _, p := range pulled {
		bodies[p.Outcome.ID] = p.Body
	}
	for _, file := range t.workspace.Timelines().Files {
		var all []map[string]any
		changed := false
		for _, template := range file.Templates {
			body, differs := bodies[template.ID]
			if !differs {
				body = template.Body
			}
			all, changed = append(all, body), changed || differs
		}
		if !changed {
			continue
		}
		text, err := timeline.Encode(all)
		if err != nil {
			return err
		}
		if !t.dryRun {
			if err := replaceFile(a.absolute(file.Path), text); err != nil {
				return cannotWrite(file.Path, err)
			}
		}
		t.others[updated]++
		fmt.Fprintf(a.Out, "%s %s\n", updated, file.Path)
	}
	return nil
}

// writePulled writes rules into their files, as an import of them would. What the environment overrides is not the file's.
func (a *app) writePulled(t *importTarget, pattern importer.Pattern, pulled []publish.Pulled, exceptions publish.PulledExceptions, existing map[string]*rule.Rule, env workspace.Environment) error {
	if len(pulled)+len(exceptions.Objects)+len(exceptions.NewValues) == 0 {
		return nil
	}
	var text strings.Builder
	objects := exceptions.Objects
	for _, p := range pulled {
		body := maps.Clone(p.Body)
		if r := existing[p.Outcome.ID]; r != nil {
			for name := range env.Override {
				delete(body, name)
				if v, stated := r.EncodeAPI()[name]; stated {
					body[name] = v
				}
			}
		}
		objects = append(objects, body)
	}
	for _, object := range objects {
		line, err := json.Marshal(object)
		if err != nil {
			return fmt.Errorf("writing what was pulled: %w", err)
		}
		text.Write(line)
		text.WriteByte('\n')
	}
	batch := importer.Read(source.NewFile("kibana.ndjson", text.String()))
	for _, list := range exceptions.NewValues {
		values, _ := list["values"].([]string)
		batch.AddValueList(list, values)
	}
	files, problems := batch.Plan(importer.Options{
		Pattern: pattern, Named: true, Today: a.Now().Format("2006/01/02"), Existing: existing, Taken: t.taken, Tables: t.tables(),
	})
	if err := a.complain(problems); err != nil {
		return err
	}
	if problems.HasErrors() {
		return findings()
	}
	return t.write(files)
}
