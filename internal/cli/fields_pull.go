package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tocsin-rules/tocsin/internal/elastic"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/workspace"
)

// fieldsPullFlags are the flags of tocsin fields pull.
type fieldsPullFlags struct {
	target        targetFlags
	elasticsearch string
	name          string
	indices       []string
	dry           bool
}

func (a *app) fieldsPullCommand() *cobra.Command {
	var flags fieldsPullFlags
	cmd := &cobra.Command{
		Use:   "pull",
		Short: "Get the fields of indices from an Elasticsearch",
		Long: `Asks an Elasticsearch for the fields of its indices, by field capabilities and mappings, and writes them as the catalog of the
environment to schemas/fields/environments/NAME.tsv. An older one is replaced; it tells which fields came, went and changed. Without
--index it asks for the indices that the repository's rules search.

Each data stream is told by its newest index; where an older one has another type for a field, both are kept, and check and
fields show tell the difference. Elasticsearch is the one of --elasticsearch, of elasticsearch_url in [environment.NAME], or of
TOCSIN_ELASTICSEARCH_URL. The caller needs the right view_index_metadata on the indices, or read.

` + credentialsHelp,
		Example: `  tocsin fields pull -e production --index 'logs-*' --index 'winlogbeat-*'
  TOCSIN_API_KEY=... tocsin fields pull --elasticsearch https://elasticsearch.example.com:9200 --name lab`,
		Args: between(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.pullFields(cmd.Context(), flags) },
	}
	f := cmd.Flags()
	f.StringVarP(&flags.target.environment, "environment", "e", "", "the `name` of an [environment.NAME] in tocsin.toml")
	f.StringVar(&flags.elasticsearch, "elasticsearch", "", "the `address` of Elasticsearch; or set TOCSIN_ELASTICSEARCH_URL")
	f.StringVar(&flags.name, "name", "", "the `name` of the catalog; that of the environment when not given")
	f.StringSliceVar(&flags.indices, "index", nil, "the index `patterns`; those of the rules when not given")
	f.BoolVar(&flags.dry, "dry-run", false, "tell what would change, and write nothing")
	flags.target.registerTrust(cmd)
	return cmd
}

// environmentName is what an environment may be called: its name becomes that of a file.
var environmentName = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

func (a *app) pullFields(ctx context.Context, flags fieldsPullFlags) error {
	w, err := a.open()
	if err != nil {
		return err
	}
	name := first(flags.name, flags.target.environment)
	switch {
	case name == "":
		return usage("the catalog needs a name: give --environment or --name")
	case !environmentName.MatchString(name):
		return usage("--name is made of letters, digits, _ and - only, not %q", name)
	}
	if len(flags.indices) == 0 {
		if flags.indices, err = ruleIndices(w); err != nil {
			return err
		}
		if len(flags.indices) == 0 {
			return usage("no index is named, and no rule searches one: give --index 'logs-*'")
		}
	}
	client, err := a.elasticsearch(w, flags.target, flags.elasticsearch)
	if err != nil {
		return err
	}
	if client == nil {
		return usage("no Elasticsearch is named: give --elasticsearch, or elasticsearch_url in [environment.NAME] of tocsin.toml, or set TOCSIN_ELASTICSEARCH_URL")
	}
	defer client.Close()
	return a.pullCatalog(ctx, w, client, name, flags)
}

// ruleIndices are the index patterns that the rules of a repository search, sorted. A rule that cannot be read searches none.
func ruleIndices(w *workspace.Workspace) ([]string, error) {
	files, _, err := w.Rules()
	if err != nil {
		return nil, err
	}
	return searchedIndices(w, files), nil
}

// searchedIndices are the index patterns that rules search, without those they leave out, sorted.
func searchedIndices(w *workspace.Workspace, files []*workspace.RuleFile) []string {
	patterns := map[string]bool{}
	for _, f := range files {
		if f.Rule == nil {
			continue
		}
		for _, p := range slices.Concat(w.Project().Indices(f.Rule), f.Rule.ThreatIndex) {
			if !strings.HasPrefix(p, "-") {
				patterns[p] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(patterns))
}

func (a *app) pullCatalog(ctx context.Context, w *workspace.Workspace, client *elastic.Client, name string, flags fieldsPullFlags) error {
	version, err := client.Version(ctx)
	var refused *elastic.Error
	if err != nil && (!errors.As(err, &refused) || !refused.Forbidden()) {
		return unreachable(err)
	}
	found, err := client.Fields(ctx, flags.indices)
	if err != nil {
		return unreachable(err)
	}
	for _, note := range found.Notes {
		fmt.Fprintf(a.Err, "tocsin: warning: %s\n", note)
	}
	if found.Indices == 0 {
		return &exit{code: exitFindings, err: fmt.Errorf("no index there fits %s, or the caller may read none of them", strings.Join(flags.indices, ", "))}
	}
	text := field.CompactText(field.Header{Source: field.FromEnvironment, Title: name, Version: version, Streams: found.Streams}, found.Fields)
	return a.writeCatalog(w, filepath.Join("environments", name+".tsv"), text, flags.dry)
}
