package cli

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tocsin-rules/tocsin/internal/attack"
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/importer"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/scaffold"
	"github.com/tocsin-rules/tocsin/internal/workspace"
)

type newFlags struct {
	name, kind, description, author, severity, tactic, technique, file string
	index                                                              []string
}

func (a *app) newCommand() *cobra.Command {
	var flags newFlags
	cmd := &cobra.Command{
		Use:   "new",
		Short: "Write a new rule with its fixture",
		Long: `Writes the first draft of a rule and of its fixture: check has nothing against the rule, and the fixture passes. On a terminal
it asks for what no flag says. No file is overwritten.`,
		Example: `  tocsin new
  tocsin new --name "Escape to Host" --type eql --tactic TA0004 --technique T1611
  tocsin new --name "Many Failed Logins" --type threshold --index 'logs-system.auth-*' --severity medium`,
		Args: between(0, 0),
		RunE: func(*cobra.Command, []string) error { return a.newRule(flags) },
	}
	f := cmd.Flags()
	f.StringVar(&flags.name, "name", "", "the rule's `name`")
	f.StringVar(&flags.kind, "type", "", "the rule's `type`: "+typeNames())
	f.StringSliceVar(&flags.index, "index", nil, "index `pattern` to search; may be repeated")
	f.StringVar(&flags.description, "description", "", "what the rule detects, as a `text`")
	f.StringVar(&flags.author, "author", "", "who writes the rule, as a `name`")
	f.StringVar(&flags.severity, "severity", "", "low, medium, high or critical")
	f.StringVar(&flags.tactic, "tactic", "", "ATT&CK tactic, by `id` or name")
	f.StringVar(&flags.technique, "technique", "", "ATT&CK technique or subtechnique, by `id`")
	f.StringVar(&flags.file, "file", "", "`path` of the rule; made of tactic and name when not given")
	return cmd
}

func typeNames() string {
	var names []string
	for _, t := range scaffold.Types() {
		names = append(names, t.String())
	}
	return strings.Join(names, ", ")
}

func (a *app) newRule(flags newFlags) error {
	w, err := a.open()
	if err != nil {
		return err
	}
	if err := a.askForRule(&flags); err != nil {
		return err
	}
	options, err := a.newOptions(w, flags)
	if err != nil {
		return err
	}
	draft := scaffold.New(options)
	text, _, err := draft.Rule.EncodeTOML()
	if err != nil {
		return err
	}
	path, fixture, err := newPaths(w, draft.Rule, flags.file)
	if err != nil {
		return err
	}
	for _, file := range []struct{ path, text string }{{path, text}, {fixture, draft.Fixture}} {
		if err := replaceFile(file.path, file.text); err != nil {
			return cannotWrite(w.Shown(file.path), err)
		}
		fmt.Fprintf(a.Out, "wrote %s\n", w.Shown(file.path))
	}
	fmt.Fprintf(a.Out, "Change the query and the events, then run tocsin test %s\n", w.Shown(path))
	return nil
}

// askForRule asks on a terminal for what the flags do not say. Elsewhere the name and the type must be given.
func (a *app) askForRule(flags *newFlags) error {
	if !a.Interactive {
		if flags.name == "" || flags.kind == "" {
			return usage("a new rule needs --name and --type (%s)", typeNames())
		}
		return nil
	}
	in := bufio.NewReader(a.In)
	for _, question := range []struct {
		text, fallback string
		answer         *string
	}{
		{"Name of the rule", "", &flags.name},
		{"Type (" + typeNames() + ")", "query", &flags.kind},
		{"Severity (low, medium, high, critical)", "low", &flags.severity},
		{"ATT&CK tactic, by id or name (empty for none)", "", &flags.tactic},
	} {
		if *question.answer != "" {
			continue
		}
		prompt := question.text
		if question.fallback != "" {
			prompt += " [" + question.fallback + "]"
		}
		fmt.Fprint(a.Err, prompt+": ")
		line, err := in.ReadString('\n')
		if *question.answer = orElse(strings.TrimSpace(line), question.fallback); err != nil && *question.answer == "" {
			break
		}
	}
	if flags.name == "" {
		return usage("a rule needs a name")
	}
	return nil
}

func (a *app) newOptions(w *workspace.Workspace, flags newFlags) (scaffold.Options, error) {
	o := scaffold.Options{
		Name: flags.name, Type: rule.Type(flags.kind), Index: flags.index, Severity: rule.Severity(orElse(flags.severity, "low")),
		Description: orElse(flags.description, "What the rule detects, and why that matters."), Author: orElse(flags.author, "you"), Date: a.Now(),
	}
	if !slices.Contains(scaffold.Types(), o.Type) {
		return o, usage("--type %q is not known%s: there are %s", flags.kind, near(flags.kind, scaffold.Types()), typeNames())
	}
	if !slices.Contains(rule.Severities(), o.Severity) {
		return o, usage("--severity is low, medium, high or critical, not %q", flags.severity)
	}
	o.RuleID = newUUID()
	return o, a.newThreat(w, flags, &o)
}

// near suggests the type that was probably meant.
func near(word string, types []rule.Type) string {
	var names []string
	for _, t := range types {
		names = append(names, t.String())
	}
	if help := diag.DidYouMean(word, names); help != "" {
		return " (" + strings.TrimSuffix(help, "?") + ")"
	}
	return ""
}

// newThreat looks the tactic and the technique up. A technique without a tactic brings its own.
func (a *app) newThreat(w *workspace.Workspace, flags newFlags, o *scaffold.Options) error {
	table, problems := w.Attack()
	if table == nil {
		return &exit{code: exitUsage, err: problems}
	}
	if flags.technique != "" {
		e, ok := table.Lookup(flags.technique)
		if !ok || e.Kind == attack.Tactic {
			return usage("ATT&CK %s has no technique %s: tocsin attack search WORD finds techniques", table.Version, flags.technique)
		}
		o.Technique = e
		o.Parent, _ = table.Lookup(e.Parent())
		if flags.tactic == "" && len(e.Tactics) > 0 {
			flags.tactic = e.Tactics[0]
		}
	}
	if flags.tactic == "" {
		return nil
	}
	for _, e := range table.Entries() {
		if e.Kind == attack.Tactic && (strings.EqualFold(e.ID, flags.tactic) || strings.EqualFold(e.Name, flags.tactic)) {
			o.Tactic = e
		}
	}
	switch {
	case o.Tactic == nil:
		return usage("ATT&CK %s has no tactic %q: tocsin attack search WORD finds tactics", table.Version, flags.tactic)
	case o.Technique != nil && !slices.Contains(o.Technique.Tactics, o.Tactic.ID):
		return usage("%s %s is no technique of %s", o.Technique.ID, o.Technique.Name, o.Tactic.Name)
	}
	return nil
}

// newPaths gives the files of the rule and its fixture. Neither may be there.
func newPaths(w *workspace.Workspace, r *rule.Rule, file string) (path, fixture string, err error) {
	if file == "" {
		pattern, err := importer.ParsePattern(importer.DefaultPattern)
		if err != nil {
			return "", "", err
		}
		file = filepath.Join(w.Root, w.Config.Rules[0], filepath.FromSlash(pattern.File(r)))
	}
	path, fixture, ok := w.NewRulePaths(file)
	if !ok {
		return "", "", usage("%s is not below the folder of rules (%s)", file, strings.Join(w.Config.Rules, ", "))
	}
	for _, p := range []string{path, fixture} {
		if _, err := os.Lstat(p); err == nil {
			return "", "", usage("%s is there already: choose another name, or a path with --file", w.Shown(p))
		}
	}
	return path, fixture, nil
}
