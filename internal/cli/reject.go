package cli

import (
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/report"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// rejected reports why Elasticsearch would refuse a query.
func (a *app) rejected(view *source.View, problems ...*diag.Problem) error {
	var list diag.List
	for _, p := range problems {
		list = append(list, p.In(view))
	}
	if err := report.Diagnostics(a.Err, list, a.reportStyle()); err != nil {
		return err
	}
	return findings()
}
