package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tocsin-rules/tocsin/internal/kibana"
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

// unreachable gives a failed conversation with Kibana its exit code.
func unreachable(err error) error {
	if errors.Is(err, context.Canceled) {
		return &exit{code: exitFindings, err: errors.New("interrupted")}
	}
	return &exit{code: exitUnreachable, err: err}
}
