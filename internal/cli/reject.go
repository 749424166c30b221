package cli

import (
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/report"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// rejected reports why Elasticsearch would refuse a query.
func (a *app) rejected(view *source.View, problems ...*diag.Problem) error {
	if err := a.warned(view, problems); err != nil {
		return err
	}
	return findings()
}

// warned reports what is worth knowing about a query.
func (a *app) warned(view *source.View, problems []*diag.Problem) error {
	var list diag.List
	for _, p := range problems {
		list = append(list, p.In(view))
	}
	return report.Diagnostics(a.Err, list, a.reportStyle())
}
