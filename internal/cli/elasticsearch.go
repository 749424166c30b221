package cli

import (
	"github.com/tocsin-rules/tocsin/internal/elastic"
	"github.com/tocsin-rules/tocsin/internal/kibana"
	"github.com/tocsin-rules/tocsin/internal/workspace"
)

// elasticsearch makes a client of the Elasticsearch that TOCSIN_ELASTICSEARCH_URL names, with the credentials and certificates
// of the Kibana before it; nil when none is named.
func (a *app) elasticsearch(w *workspace.Workspace, t targetFlags) (*elastic.Client, error) {
	address := a.Getenv("TOCSIN_ELASTICSEARCH_URL")
	if address == "" {
		return nil, nil
	}
	var cfg kibana.Config
	if _, err := a.connect(w, t, func(c *kibana.Config) { cfg = *c }); err != nil {
		return nil, err
	}
	cfg.URL = address
	client, err := elastic.New(cfg)
	if err != nil {
		return nil, &exit{code: exitUsage, err: err}
	}
	return client, nil
}
