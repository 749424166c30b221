package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/exception"
	"github.com/tocsin-rules/tocsin/internal/kibana"
	"github.com/tocsin-rules/tocsin/internal/publish"
	"github.com/tocsin-rules/tocsin/internal/timeline"
	"github.com/tocsin-rules/tocsin/internal/workspace"
)

// targetFlags say which Kibana is meant. They are shared by all commands that speak to one.
type targetFlags struct {
	environment, url, space, caFile string
	insecure                        bool
}

func (t *targetFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVarP(&t.environment, "environment", "e", "", "the `name` of an [environment.NAME] in tocsin.toml")
	f.StringVar(&t.url, "url", "", "Kibana's `address`; or set TOCSIN_KIBANA_URL")
	f.StringVar(&t.space, "space", "", "the `id` of the space; the default space when not given")
	t.registerTrust(cmd)
}

// registerTrust adds the flags about the certificate of Kibana.
func (t *targetFlags) registerTrust(cmd *cobra.Command) {
	cmd.Flags().StringVar(&t.caFile, "ca-file", "", "a PEM `file` with the certificates to trust")
	cmd.Flags().BoolVar(&t.insecure, "insecure", false, "do not verify Kibana's certificate; whoever is on the way can then read the credentials")
}

// connect makes a client of the flags, the environment of tocsin.toml, and the environment variables, in this order.
func (a *app) connect(w *workspace.Workspace, t targetFlags, adjust ...func(*kibana.Config)) (*kibana.Client, error) {
	cfg, err := a.kibanaConfig(w, t)
	if err != nil {
		return nil, err
	}
	if cfg.URL == "" {
		return nil, usage("no Kibana is named: give --url or --environment, or set TOCSIN_KIBANA_URL")
	}
	for _, change := range adjust {
		change(&cfg)
	}
	client, err := kibana.New(cfg)
	if err != nil {
		return nil, &exit{code: exitUsage, err: err}
	}
	return client, nil
}

// userAgent is how tocsin introduces itself.
func userAgent() string { return "tocsin/" + buildInfo().Version }

// first is the first text that is not empty.
func first(values ...string) string {
	i := slices.IndexFunc(values, func(s string) bool { return s != "" })
	if i < 0 {
		return ""
	}
	return values[i]
}

// kibanaConfig says which Kibana is meant, and who asks. The address may be missing.
func (a *app) kibanaConfig(w *workspace.Workspace, t targetFlags) (kibana.Config, error) {
	env, err := chosenEnvironment(w, t.environment)
	if err != nil {
		return kibana.Config{}, err
	}
	w.UseFieldsOf(t.environment)
	cfg := kibana.Config{
		URL:       first(t.url, env.URL, a.Getenv("TOCSIN_KIBANA_URL")),
		Space:     first(append([]string{t.space}, env.Spaces...)...),
		Insecure:  t.insecure,
		UserAgent: userAgent(),
		Now:       a.Now,
		Proxy:     http.ProxyFromEnvironment,
		Warn:      func(text string) { fmt.Fprintf(a.Err, "tocsin: kibana warns: %s\n", text) },
	}
	if env.Timeout != "" {
		if cfg.Timeout, err = time.ParseDuration(env.Timeout); err != nil {
			return cfg, usage("timeout of environment %q: %v", t.environment, err)
		}
	}
	if path := first(t.caFile, env.CAFile); path != "" {
		if cfg.CACert, err = a.readCA(w, path, t.caFile != ""); err != nil {
			return cfg, err
		}
	}
	if err := a.addCredentials(&cfg, w, env); err != nil {
		return cfg, err
	}
	if t.insecure {
		fmt.Fprintln(a.Err, "tocsin: warning: --insecure: Kibana's certificate is not verified, so somebody in between can read the credentials and change the rules")
	}
	return cfg, nil
}

func chosenEnvironment(w *workspace.Workspace, name string) (workspace.Environment, error) {
	if name == "" {
		return workspace.Environment{}, nil
	}
	env, ok := w.Config.Environments[name]
	if ok {
		return env, nil
	}
	var known []string
	for n := range w.Config.Environments {
		known = append(known, n)
	}
	slices.Sort(known)
	if len(known) == 0 {
		return env, usage("tocsin.toml has no [environment.%s], and no other environment", name)
	}
	return env, usage("tocsin.toml has no [environment.%s]; it has %s", name, strings.Join(known, ", "))
}

// readCA reads a certificate file: the flag's is relative to the folder of the command, the configuration's to its own.
func (a *app) readCA(w *workspace.Workspace, path string, fromFlag bool) ([]byte, error) {
	if !filepath.IsAbs(path) {
		dir := w.Root
		if fromFlag {
			dir = a.Dir
		}
		path = filepath.Join(dir, path)
	}
	pem, err := os.ReadFile(path)
	if err != nil {
		return nil, usage("certificates: %v", err)
	}
	return pem, nil
}

// candidates loads the rules that may be published. Errors in one of them end the command: what is broken is not published,
// and neither is half of a repository.
func (a *app) candidates(w *workspace.Workspace, args []string) ([]*workspace.RuleFile, error) {
	files, problems, err := valid(w, args)
	if err != nil {
		return nil, err
	}
	if !problems.HasErrors() {
		return slices.DeleteFunc(files, func(f *workspace.RuleFile) bool { return !published(f) && !deprecated(f) }), nil
	}
	if err := a.complain(problems); err != nil {
		return nil, err
	}
	return nil, &exit{code: exitFindings, err: fmt.Errorf("nothing was published: %d findings of level error", problems.Count(diag.Error))}
}

// desired is what an environment should hold.
func desired(w *workspace.Workspace, env workspace.Environment, files []*workspace.RuleFile) []publish.Desired {
	var list []publish.Desired
	for _, f := range files {
		if !w.Selects(env, f) {
			continue
		}
		body := f.Rule.EncodeAPI()
		maps.Copy(body, env.Override)
		list = append(list, publish.Desired{
			Kind: publish.Rule, ID: f.Rule.RuleID, Name: f.Rule.Name, Source: f.Path, Body: body, Deprecated: deprecated(f),
		})
	}
	return list
}

// desiredExceptions are the exception lists and value lists to publish: all of the repository, or those that the named rules
// refer to.
func desiredExceptions(w *workspace.Workspace, args []string, files []*workspace.RuleFile) []publish.Desired {
	used := map[string]bool{}
	for _, f := range files {
		for _, reference := range f.Rule.ExceptionsList {
			used[reference.ListID] = true
		}
	}
	all := len(args) == 0
	var wanted []publish.Desired
	values := map[string]bool{}
	for _, file := range w.Exceptions().Files {
		lists := slices.DeleteFunc(slices.Clone(file.Lists), func(l *exception.List) bool { return !all && !used[l.ListID] })
		for _, l := range lists {
			for _, id := range l.ValueListIDs() {
				values[id] = true
			}
		}
		wanted = append(wanted, publish.Exceptions(file.Path, lists, nil)...)
	}
	for _, file := range w.Exceptions().Files {
		lists := slices.DeleteFunc(slices.Clone(file.ValueLists), func(l *exception.ValueList) bool { return !all && !values[l.ID] })
		wanted = append(wanted, publish.Exceptions(file.Path, nil, lists)...)
	}
	return wanted
}

// desiredTimelines are the timeline templates to publish: all of the repository, or those that the named rules refer to.
func desiredTimelines(w *workspace.Workspace, args []string, files []*workspace.RuleFile) []publish.Desired {
	used := map[string]bool{}
	for _, f := range files {
		used[f.Rule.TimelineID] = true
	}
	var wanted []publish.Desired
	for _, file := range w.Timelines().Files {
		templates := slices.DeleteFunc(slices.Clone(file.Templates), func(t *timeline.Template) bool { return len(args) > 0 && !used[t.ID] })
		wanted = append(wanted, publish.Timelines(file.Path, templates)...)
	}
	return wanted
}

// published tells whether a rule is meant for Kibana: its maturity is production, or it states none.
func published(f *workspace.RuleFile) bool {
	maturity := f.Rule.Metadata.Maturity
	return maturity == "" || maturity == "production"
}

// deprecated tells whether a rule is on its way out of Kibana.
func deprecated(f *workspace.RuleFile) bool { return f.Rule.Metadata.Maturity == "deprecated" }

// unreachable gives a failed conversation with Kibana its exit code.
func unreachable(err error) error {
	if errors.Is(err, context.Canceled) {
		return &exit{code: exitFindings, err: errors.New("interrupted")}
	}
	return &exit{code: exitUnreachable, err: err}
}
