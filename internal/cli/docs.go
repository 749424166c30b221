package cli

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/exception"
	"github.com/tocsin-rules/tocsin/internal/export"
	"github.com/tocsin-rules/tocsin/internal/page"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/workspace"
)

type docsFlags struct {
	knowledge                         knowledgeFlags
	out, baseURL, anchorPrefix, style string
	check                             bool
}

func (a *app) docsCommand() *cobra.Command {
	var flags docsFlags
	cmd := &cobra.Command{
		Use:   "docs [path|rule ...]",
		Short: "Write documentation pages of rules",
		Long: `Writes a Markdown page for each rule, in the layout of Elastic's prebuilt-rule reference. Without --out the pages go to
standard output. With --out DIR the page of rules/a/b.toml is DIR/a/b.md, a file is touched only if its page changed, and
DIR/index.md lists all rules when no single ones are named. A rule with errors gets no page. With --check nothing is
written: the pages that differ from their rules are named, and the exit code is 1 if there are any.

Required fields and related integrations are those that an export derives; --fields and --manifests tell of packages.`,
		Example: "  tocsin docs rules/okta\n  tocsin docs --out docs/rules",
		RunE:    func(_ *cobra.Command, args []string) error { return a.docs(args, flags) },
	}
	f := cmd.Flags()
	f.StringVar(&flags.out, "out", "", "write one file a rule below this `folder`")
	f.StringVar(&flags.style, "style", "full", "the `layout`: full, or prebuilt as on Elastic's reference pages")
	f.BoolVar(&flags.check, "check", false, "with --out: only tell which pages are stale")
	f.StringVar(&flags.baseURL, "base-url", "", "the public `address` that the pages will have, for mapped_pages")
	f.StringVar(&flags.anchorPrefix, "anchor-prefix", page.DefaultPrefix, "the `text` that anchors begin with")
	flags.knowledge.register(cmd)
	f.StringVar(&flags.knowledge.manifests, "manifests", "", "the releases of integration packages: a JSON `file`, may be gzipped")
	return cmd
}

func (a *app) docs(args []string, flags docsFlags) error {
	options, err := flags.options()
	if err != nil {
		return err
	}
	w, err := a.open()
	if err != nil {
		return err
	}
	files, problems, err := w.Rules(args...)
	if err != nil {
		return err
	}
	options.Exceptions = func(r *rule.Rule) []*exception.List {
		lists, _ := w.Exceptions().Of(r) // check tells of lists that are not there
		return lists
	}
	env, err := a.knowledge(w, flags.knowledge)
	if err != nil {
		return err
	}
	options.Published = func(r *rule.Rule) *rule.Rule { return asPublished(r, env) }
	files, refused := sound(files)
	problems = append(problems, refused...)
	if flags.out == "" {
		err = a.printPages(files, options)
	} else {
		var clashes diag.List
		clashes, err = a.savePages(w, files, docsFolder{path: flags.out, index: len(args) == 0, check: flags.check}, options)
		problems = append(problems, clashes...)
	}
	if err != nil {
		return err
	}
	if err := a.complain(problems); err != nil {
		return err
	}
	if problems.HasErrors() {
		return findings()
	}
	return nil
}

// asPublished is a rule with what an export derives, and its own metadata.
func asPublished(r *rule.Rule, env export.Environment) *rule.Rule {
	api, _ := export.Rule(r, env)
	published, err := rule.DecodeAPI(api)
	if err != nil { // what was encoded can be decoded
		return r
	}
	published.Metadata = r.Metadata
	return published
}

func (f docsFlags) options() (page.Options, error) {
	if page.Slug(f.anchorPrefix) == "" {
		return page.Options{}, usage("--anchor-prefix needs a letter or a digit, and %q has none", f.anchorPrefix)
	}
	if f.baseURL != "" {
		address, err := url.Parse(f.baseURL)
		web := err == nil && (address.Scheme == "http" || address.Scheme == "https") && address.Host != ""
		if !web || address.RawQuery != "" || address.Fragment != "" || strings.ContainsAny(f.baseURL, " \t") {
			return page.Options{}, usage("--base-url is an address such as https://example.com/rules/, not %q", f.baseURL)
		}
	}
	options := page.Options{BaseURL: f.baseURL, Prefix: f.anchorPrefix}
	switch f.style {
	case "full":
	case "prebuilt":
		options.Style = page.Prebuilt
	default:
		return page.Options{}, usage("--style is full or prebuilt, not %q", f.style)
	}
	if f.check && f.out == "" {
		return page.Options{}, usage("--check needs --out, the folder of the pages")
	}
	return options, nil
}

// sound parts the rules without errors from the errors of the others.
func sound(files []*workspace.RuleFile) (good []*workspace.RuleFile, problems diag.List) {
	for _, f := range files {
		if !f.Problems.HasErrors() {
			good = append(good, f)
			continue
		}
		for _, d := range f.Problems {
			if d.Severity == diag.Error {
				problems = append(problems, d)
			}
		}
	}
	return good, problems
}

func (a *app) printPages(files []*workspace.RuleFile, options page.Options) error {
	for i, f := range files {
		between := ""
		if i > 0 {
			between = "\n"
		}
		if _, err := fmt.Fprint(a.Out, between+page.Markdown(f.Rule, options)); err != nil {
			return err
		}
	}
	return nil
}

// docsFolder is where pages go.
type docsFolder struct {
	path  string
	index bool
	// check only looks which pages are stale.
	check bool
}

// savePages writes the pages that changed, and tells how many. A page whose file is another's already is a problem.
func (a *app) savePages(w *workspace.Workspace, files []*workspace.RuleFile, folder docsFolder, options page.Options) (diag.List, error) {
	var problems diag.List
	var entries []page.Entry
	owners := map[string]string{}
	if folder.index {
		owners[page.IndexName] = "the list of all rules"
	}
	changed := 0
	for _, f := range files {
		name := page.FileName(belowRules(w, f))
		if owner, taken := owners[name]; taken {
			problems = append(problems, diag.AtFile(f.Path, "page-clash",
				fmt.Sprintf("the page of this rule would be %s, and that is %s", name, owner), "rename the rule's file"))
			continue
		}
		owners[name] = "the page of " + f.Path
		entries = append(entries, page.Entry{File: name, Rule: f.Rule})
		wrote, err := a.putPage(folder, filepath.FromSlash(name), page.Markdown(f.Rule, options))
		if err != nil {
			return nil, err
		}
		changed += wrote
	}
	text := plural(len(entries), "page")
	if folder.index {
		wrote, err := a.putPage(folder, page.IndexName, page.Index(entries))
		if err != nil {
			return nil, err
		}
		changed += wrote
		text += " and the index"
	}
	if folder.check {
		if _, err := fmt.Fprintf(a.Out, "%s in %s, %d stale\n", text, folder.path, changed); err != nil || changed == 0 {
			return problems, err
		}
		return problems, findings()
	}
	_, err := fmt.Fprintf(a.Out, "%s written to %s, %d changed\n", text, folder.path, changed)
	return problems, err
}

// belowRules is the path of a rule's file below its folder of rules; only its name for a file from elsewhere.
func belowRules(w *workspace.Workspace, f *workspace.RuleFile) string {
	// A fixture has the same path below its own folder.
	if fixture := w.FixturePath(f); fixture != "" {
		if rel, err := filepath.Rel(filepath.Join(w.Root, w.Config.Fixtures), fixture); err == nil {
			return filepath.ToSlash(rel)
		}
	}
	return filepath.Base(f.Path)
}

// putPage saves a page; in a folder that is only checked it names the page if it is stale. It gives the number of pages
// that differed: 0 or 1.
func (a *app) putPage(folder docsFolder, name, text string) (int, error) {
	path := filepath.Join(folder.path, name)
	if !folder.check {
		return a.savePage(path, text)
	}
	if have, err := os.ReadFile(a.absolute(path)); err == nil && string(have) == text {
		return 0, nil
	}
	_, err := fmt.Fprintf(a.Out, "stale: %s\n", path)
	return 1, err
}

// savePage writes a file unless it holds the text already, and gives the number of files written: 0 or 1.
func (a *app) savePage(path, text string) (int, error) {
	absolute := a.absolute(path)
	if have, err := os.ReadFile(absolute); err == nil && string(have) == text {
		return 0, nil
	}
	if err := replaceFile(absolute, text); err != nil {
		return 0, cannotWrite(path, err)
	}
	return 1, nil
}
