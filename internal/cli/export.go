package cli

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/export"
	"github.com/tocsin-rules/tocsin/internal/semver"
	"github.com/tocsin-rules/tocsin/internal/versions"
	"github.com/tocsin-rules/tocsin/internal/workspace"
)

type exportFlags struct {
	knowledge knowledgeFlags
	lock      lockFlags
	out, dir  string
	compat    string
	values    string
	hash, all bool
}

func (a *app) exportCommand() *cobra.Command {
	var flags exportFlags
	cmd := &cobra.Command{
		Use:   "export [path|rule ...]",
		Short: "Write rules as the JSON that is published",
		Long: `Writes rules as Kibana takes them: one JSON object a line, for Kibana's import, and after them the exception lists and
connectors that they name. Value lists, which Kibana imports on their own, are written by --value-lists. With --package DIR each rule becomes a file
of a package of prebuilt rules, with --hash only its content hash is printed. Guides are completed, whitespace is
normalised, set-up instructions get a field of their own, and required fields and related integrations are derived from
the query; for those of integration packages name the packages' fields and manifests.

A rule with errors is reported and left out. Rules that are not meant for production are left out, too, unless --all is
given. --compat detection-rules makes the very bytes that Elastic's own rule repository would make.`,
		Example: `  tocsin export --out rules.ndjson
  tocsin export rules/okta --package build
  tocsin export --hash --compat detection-rules --fields integration-fields.json.gz`,
		RunE: func(_ *cobra.Command, args []string) error { return a.export(args, flags) },
	}
	f := cmd.Flags()
	f.StringVar(&flags.out, "out", "", "write to this `file` instead of standard output")
	f.StringVar(&flags.dir, "package", "", "write one file a rule below this `folder`, as a package has them")
	f.StringVar(&flags.values, "value-lists", "", "write the value lists that exceptions ask for as text files below this `folder`")
	f.BoolVar(&flags.hash, "hash", false, "print content hash, rule_id and path of each rule")
	f.BoolVar(&flags.all, "all", false, "export rules of any maturity")
	f.StringVar(&flags.compat, "compat", "", "be equal to another `tool`, defects included: detection-rules")
	f.StringVar(&flags.lock.path, "lock", "", "take versions from this `file`, which version-lock writes")
	flags.lock.oldestStack(cmd)
	flags.knowledge.register(cmd)
	f.StringVar(&flags.knowledge.manifests, "manifests", "", "the releases of integration packages: a JSON `file`, may be gzipped")
	return cmd
}

func (f exportFlags) check() error {
	if f.compat != "" && f.compat != "detection-rules" {
		return usage("--compat knows detection-rules, not %q", f.compat)
	}
	if f.dir != "" && (f.hash || f.out != "") {
		return usage("--package cannot be combined with --hash or --out")
	}
	if f.values != "" && (f.dir != "" || f.hash) {
		return usage("--value-lists goes with neither --package nor --hash: both are about rules alone")
	}
	return nil
}

// manyRules is the number of bytes from which garbage is collected more often while rules are exported or imported: the corpus of
// Elastic has as many rules as these are made for, and stays below it at no cost of time.
const manyRules = 240 << 20

func (a *app) export(args []string, flags exportFlags) error {
	if err := flags.check(); err != nil {
		return err
	}
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(manyRules))
	w, err := a.open()
	if err != nil {
		return err
	}
	env, err := a.knowledge(w, flags.knowledge)
	if err != nil {
		return err
	}
	env.Compat, env.Baseline = flags.compat != "", flags.hash
	wanted := published
	if flags.all {
		wanted = func(*workspace.RuleFile) bool { return true }
	}
	files, problems, err := exportable(w, args, wanted)
	if err != nil {
		return err
	}
	if !flags.hash {
		var refused diag.List
		files, refused = runnable(files, env.Stack)
		problems = append(problems, refused...)
	}
	converted := convert(files, env, flags.hash)
	var stubs []map[string]any
	if flags.lock.path != "" {
		locked, more, err := a.setVersions(w, converted, flags.lock, env)
		if err != nil {
			return err
		}
		problems = append(problems, more...)
		if stubs, err = stubsOf(locked, env.Stack); err != nil {
			return usage("cannot read %s: %v", flags.lock.path, err)
		}
	}
	if err := a.writeExport(w, converted, stubs, flags); err != nil {
		return err
	}
	a.tellNotes(converted)
	if err := a.complain(problems); err != nil {
		return err
	}
	if problems.HasErrors() {
		return findings()
	}
	return nil
}

// exportable loads and checks rules; those with errors are left out, and their findings given.
func exportable(w *workspace.Workspace, args []string, wanted func(*workspace.RuleFile) bool) ([]*workspace.RuleFile, diag.List, error) {
	files, problems, err := valid(w, args)
	if err != nil {
		return nil, nil, err
	}
	problems = slices.DeleteFunc(problems, func(d diag.Diagnostic) bool { return d.Severity != diag.Error })
	broken := map[string]bool{}
	for _, d := range problems {
		if d.Subject.File != nil {
			broken[d.Subject.File.Name()] = true
		}
	}
	files = slices.DeleteFunc(files, func(f *workspace.RuleFile) bool {
		return f.Rule == nil || f.Problems.HasErrors() || broken[f.Rule.Doc().File.Name()] || !wanted(f)
	})
	return files, problems, nil
}

// runnable parts the rules that a stack can run from those that it cannot.
func runnable(files []*workspace.RuleFile, stack semver.Version) (good []*workspace.RuleFile, refused diag.List) {
	for _, f := range files {
		reason := export.Refusal(f.Rule, stack)
		if reason == "" {
			good = append(good, f)
			continue
		}
		refused = append(refused, diag.Diagnostic{
			Name: "too-new", Severity: diag.Error, Subject: f.Rule.Place("rule", "type"),
			Message: fmt.Sprintf("the stack %s cannot run the rule: %s", stack, reason), Help: "export for a newer --stack, or leave the rule out",
		})
	}
	return good, refused
}

// exported is a rule on its way out.
type exported struct {
	file  *workspace.RuleFile
	api   map[string]any
	hash  string
	notes []export.Note
	// refused rules are left out.
	refused bool
}

func convert(files []*workspace.RuleFile, env export.Environment, hash bool) []*exported {
	list := make([]*exported, len(files))
	workspace.Parallel(len(files), func(i int) {
		e := &exported{file: files[i]}
		if e.api, e.notes = export.Rule(files[i].Rule, env); hash {
			e.hash = export.HashOf(e.api)
		}
		list[i] = e
	})
	return list
}

// setVersions gives each rule the version that its lock says, or the next when its content is not the locked one.
func (a *app) setVersions(w *workspace.Workspace, list []*exported, flags lockFlags, env export.Environment) (*versions.Files, diag.List, error) {
	if _, err := os.Stat(a.absolute(flags.path)); err != nil {
		return nil, nil, usage("cannot read %s: %v", flags.path, pathless(err))
	}
	locked, err := a.readLocks(w, flags)
	if err != nil {
		return nil, nil, err
	}
	states := lockStates(list, env)
	var problems diag.List
	for i, e := range list {
		version, err := locked.Version(states[i], env.Stack.String())
		if err != nil {
			e.refused = true
			problems = append(problems, refusal(e.file, err))
			continue
		}
		e.api["version"] = json.Number(strconv.Itoa(version))
	}
	return locked, problems, nil
}

// stubsOf are what a package has in the place of deprecated rules.
func stubsOf(locked *versions.Files, stack semver.Version) ([]map[string]any, error) {
	gone, err := locked.Gone(stack.String())
	if err != nil {
		return nil, err
	}
	var stubs []map[string]any
	for _, r := range gone {
		if stub := export.Stub(stack, r.ID, r.Name, r.Reason, r.Version); stub != nil {
			stubs = append(stubs, stub)
		}
	}
	return stubs, nil
}

func refusal(f *workspace.RuleFile, err error) diag.Diagnostic {
	return diag.AtFile(f.Path, "version-lock", err.Error(), "")
}

// lockStates are the rules as a lock knows them. Its hashes are always those of the peer: so locks can be exchanged.
func lockStates(list []*exported, env export.Environment) []versions.State {
	env.Compat = true
	states := make([]versions.State, len(list))
	workspace.Parallel(len(list), func(i int) {
		r := list[i].file.Rule
		states[i] = versions.State{
			ID: r.RuleID, Name: r.Name, Type: r.Type.String(), MinStack: r.Metadata.MinStackVersion, SHA256: export.Hash(r, env),
		}
		if stack, hash, transforms, ok := export.Emission(r, env); ok {
			states[i].Emission = &versions.Emission{Stack: stack, SHA256: hash, Transforms: transforms}
		}
	})
	return states
}

func (a *app) writeExport(w *workspace.Workspace, list []*exported, stubs []map[string]any, flags exportFlags) error {
	list = slices.DeleteFunc(slices.Clone(list), func(e *exported) bool { return e.refused })
	if flags.dir != "" {
		return a.writePackage(list, stubs, flags)
	}
	if !flags.hash {
		// The bytes of an export must not depend on where the files lie.
		slices.SortStableFunc(list, func(a, b *exported) int { return strings.Compare(a.file.Rule.RuleID, b.file.Rule.RuleID) })
	}
	lines := make([]string, len(list))
	errs := make([]error, len(list))
	workspace.Parallel(len(list), func(i int) {
		if e := list[i]; flags.hash {
			lines[i] = fmt.Sprintf("%s  %s  %s", e.hash, e.file.Rule.RuleID, e.file.Path)
		} else {
			lines[i], errs[i] = export.Line(e.api)
		}
	})
	for i, err := range errs {
		if err != nil {
			return fmt.Errorf("%s: %w", list[i].file.Path, err)
		}
	}
	var with companions
	if !flags.hash {
		with = companionsOf(w, list)
		more, err := with.lines()
		if err != nil {
			return err
		}
		lines = append(lines, more...)
		a.tell(with, flags.values)
	}
	if flags.values != "" {
		if err := a.writeValues(with, flags.values); err != nil {
			return err
		}
	}
	return a.writeLines(lines, plural(len(list), "rule")+with.String(), flags.out)
}

// writeLines writes to a file, or to standard output where none is named.
func (a *app) writeLines(lines []string, what, out string) error {
	text := strings.Join(append(lines, ""), "\n")
	if out == "" {
		_, err := fmt.Fprint(a.Out, text)
		return err
	}
	if err := replaceFile(a.absolute(out), text); err != nil {
		return cannotWrite(out, err)
	}
	_, err := fmt.Fprintf(a.Out, "%s written to %s\n", what, out)
	return err
}

func (a *app) writePackage(list []*exported, stubs []map[string]any, flags exportFlags) error {
	folder := filepath.Join(flags.dir, filepath.FromSlash(export.AssetFolder))
	assets := slices.Clone(stubs)
	for _, e := range list {
		assets = append(assets, e.api)
	}
	changed := 0
	for _, asset := range assets {
		name, text := export.Asset(asset)
		if flags.compat == "" {
			text += "\n"
		}
		wrote, err := a.savePage(filepath.Join(folder, name), text)
		if err != nil {
			return err
		}
		changed += wrote
	}
	what := plural(len(list), "rule")
	if len(stubs) > 0 {
		what += " and " + plural(len(stubs), "deprecated one")
	}
	_, err := fmt.Fprintf(a.Out, "%s written to %s, %d changed\n", what, folder, changed)
	return err
}

// tellNotes says in one line for each kind what could not be derived.
func (a *app) tellNotes(list []*exported) {
	rules := map[string]int{}
	first := map[string]string{}
	for _, e := range list {
		told := map[string]bool{}
		for _, note := range e.notes {
			if told[note.Name] {
				continue
			}
			told[note.Name] = true
			if rules[note.Name]++; rules[note.Name] == 1 {
				first[note.Name] = e.file.Path + ": " + note.Text
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		fmt.Fprintf(a.Err, "tocsin: note (%s) about %s, the first is %s\n", name, plural(rules[name], "rule"), first[name])
	}
}
