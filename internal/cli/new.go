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
	if err := a.askForRule(w, &flags); err != nil {
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

// question is what new wants to know, and what is wrong with an answer.
type question struct {
	text     string
	fallback func() string
	answer   *string
	wrong    func(answer string) error
}

// askForRule asks on a terminal for what the flags do not say, until the answer is one. Elsewhere the name and the type must be
// given.
func (a *app) askForRule(w *workspace.Workspace, flags *newFlags) error {
	if !a.Interactive && (flags.name == "" || flags.kind == "") {
		return usage("a new rule needs --name and --type (%s)", typeNames())
	}
	table, problems := w.Attack()
	if table == nil {
		return &exit{code: exitUsage, err: problems}
	}
	in := bufio.NewReader(a.In)
	index := strings.Join(flags.index, ", ")
	for _, q := range questions(flags, &index, table) {
		if q.answer == &index && len(scaffold.Index(rule.Type(flags.kind))) == 0 {
			continue // The type searches no index.
		}
		if err := a.ask(in, q); err != nil {
			return err
		}
	}
	flags.index = nil
	for pattern := range strings.SplitSeq(index, ",") {
		if pattern = strings.TrimSpace(pattern); pattern != "" {
			flags.index = append(flags.index, pattern)
		}
	}
	return nil
}

func questions(flags *newFlags, index *string, table *attack.Table) []question {
	be := func(text string) func() string { return func() string { return text } }
	return []question{
		{"Name of the rule", be(""), &flags.name, func(answer string) error {
			if answer == "" {
				return usage("a rule needs a name")
			}
			return nil
		}},
		{"Type (" + typeNames() + ")", be("query"), &flags.kind, func(answer string) error {
			if !slices.Contains(scaffold.Types(), rule.Type(answer)) {
				return usage("the type %q is not known%s: there are %s", answer, near(answer, scaffold.Types()), typeNames())
			}
			return nil
		}},
		{"Index patterns, with commas between them", func() string { return strings.Join(scaffold.Index(rule.Type(flags.kind)), ", ") }, index, func(string) error { return nil }},
		{"Severity (low, medium, high, critical)", be("low"), &flags.severity, func(answer string) error {
			if !slices.Contains(rule.Severities(), rule.Severity(answer)) {
				return usage("the severity is low, medium, high or critical, not %q", answer)
			}
			return nil
		}},
		{"ATT&CK tactic, by id or name (empty for none)", be(""), &flags.tactic, func(answer string) error {
			_, err := tacticOf(table, answer)
			return err
		}},
		{"ATT&CK technique, by id (empty for none)", be(""), &flags.technique, func(answer string) error {
			return techniqueFits(table, flags.tactic, answer)
		}},
	}
}

// ask gets the answer to a question that no flag answers. A wrong flag is an error, a wrong answer is asked for again.
func (a *app) ask(in *bufio.Reader, q question) error {
	if *q.answer != "" {
		return q.wrong(*q.answer)
	}
	if !a.Interactive {
		*q.answer = q.fallback()
		return nil
	}
	for {
		prompt := q.text
		if fallback := q.fallback(); fallback != "" {
			prompt += " [" + fallback + "]"
		}
		fmt.Fprint(a.Err, prompt+": ")
		line, ended := in.ReadString('\n')
		answer := orElse(strings.TrimSpace(line), q.fallback())
		err := q.wrong(answer)
		if err == nil {
			*q.answer = answer
			return nil
		}
		if ended != nil {
			return err
		}
		fmt.Fprintf(a.Err, "  %v\n", err)
	}
}

func (a *app) newOptions(w *workspace.Workspace, flags newFlags) (scaffold.Options, error) {
	o := scaffold.Options{
		Name: flags.name, Type: rule.Type(flags.kind), Index: flags.index, Severity: rule.Severity(orElse(flags.severity, "low")),
		Description: orElse(flags.description, "What the rule detects, and why that matters."), Author: orElse(flags.author, "you"), Date: a.Now(),
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
func (a *app) newThreat(w *workspace.Workspace, flags newFlags, o *scaffold.Options) (err error) {
	table, problems := w.Attack()
	if table == nil {
		return &exit{code: exitUsage, err: problems}
	}
	if o.Technique, err = techniqueOf(table, flags.technique); err != nil {
		return err
	}
	if o.Technique != nil {
		o.Parent, _ = table.Lookup(o.Technique.Parent())
		if flags.tactic == "" && len(o.Technique.Tactics) > 0 {
			flags.tactic = o.Technique.Tactics[0]
		}
	}
	o.Tactic, err = tacticOf(table, flags.tactic)
	return err
}

// tacticOf finds a tactic by its id or its name; "" is none.
func tacticOf(table *attack.Table, text string) (*attack.Entry, error) {
	if text == "" {
		return nil, nil
	}
	for _, e := range table.Entries() {
		if e.Kind == attack.Tactic && (strings.EqualFold(e.ID, text) || strings.EqualFold(e.Name, text)) {
			return e, nil
		}
	}
	return nil, usage("ATT&CK %s has no tactic %q: tocsin attack search WORD finds tactics", table.Version, text)
}

// techniqueOf finds a technique by its id; "" is none.
func techniqueOf(table *attack.Table, id string) (*attack.Entry, error) {
	if id == "" {
		return nil, nil
	}
	e, ok := table.Lookup(id)
	switch {
	case !ok || e.Kind == attack.Tactic:
		return nil, usage("ATT&CK %s has no technique %s: tocsin attack search WORD finds techniques", table.Version, id)
	case e.Status != attack.Active:
		text := fmt.Sprintf("%s %s is %s", e.ID, e.Name, e.Status)
		if next, ok := table.Replacement(e); ok {
			text += fmt.Sprintf(": %s %s took its place", next.ID, next.Name)
		}
		return nil, usage("%s", text)
	}
	return e, nil
}

// techniqueFits tells what is wrong with a technique for a tactic.
func techniqueFits(table *attack.Table, tactic, technique string) error {
	e, err := techniqueOf(table, technique)
	if err != nil || e == nil || tactic == "" {
		return err
	}
	t, err := tacticOf(table, tactic)
	if err == nil && !slices.Contains(e.Tactics, t.ID) {
		return usage("%s %s is no technique of %s", e.ID, e.Name, t.Name)
	}
	return err
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
