package cli

import (
	"github.com/tocsin-rules/tocsin/internal/elastic"
	"github.com/tocsin-rules/tocsin/internal/workspace"
)

// elasticsearch makes a client of the Elasticsearch that an address, the environment of tocsin.toml or TOCSIN_ELASTICSEARCH_URL
// names, in this order, with the credentials and certificates for the Kibana before it; nil when none is named.
func (a *app) elasticsearch(w *workspace.Workspace, t targetFlags, address string) (*elastic.Client, error) {
	env, err := chosenEnvironment(w, t.environment)
	if err != nil {
		return nil, err
	}
	address = first(address, env.Elasticsearch, a.Getenv("TOCSIN_ELASTICSEARCH_URL"))
	if address == "" {
		return nil, nil
	}
	cfg, err := a.kibanaConfig(w, t)
	if err != nil {
		return nil, err
	}
	cfg.URL = address
	client, err := elastic.New(cfg)
	if err != nil {
		return nil, &exit{code: exitUsage, err: err}
	}
	return client, nil
}
