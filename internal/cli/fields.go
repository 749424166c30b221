package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/match"
	"github.com/tocsin-rules/tocsin/internal/report"
	"github.com/tocsin-rules/tocsin/internal/workspace"
)

func (a *app) fieldsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "fields",
		Short: "Show field types, and keep catalogs of integration packages",
		Long: `A condition means different things on a keyword, a text, an address and a date, so checks and tests need the types of
fields. They come from the project's own TOML in schemas/fields/, then from catalogs of clusters and of integration packages,
which these commands write there, then from ECS in the version of the project's stack.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		Args: noSuchCommand,
	}
	cmd.AddCommand(a.fieldsShowCommand(), a.fieldsSearchCommand(), a.fieldsAddCommand(), a.fieldsUpdateCommand(), a.fieldsPullCommand())
	return cmd
}

func (a *app) fieldsShowCommand() *cobra.Command {
	var indices []string
	var stack, environment string
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "show FIELD",
		Short:   "Tell the type of a field, and where it differs",
		Long:    "Tells the type of a field in some indices, its multi-fields, analyzer, normalizer and longest value, and where data streams differ.",
		Example: "  tocsin fields show process.command_line\n  tocsin fields show event.action --index 'logs-okta*' --stack 8.19",
		Args:    between(1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			w, err := a.openFields(stack, environment)
			if err != nil {
				return err
			}
			f, err := known(w, args[0], indices)
			if err != nil {
				return err
			}
			if asJSON {
				err = report.FieldJSON(a.Out, f)
			} else {
				err = report.FieldText(a.Out, f, a.reportStyle())
			}
			if err == nil && !f.Known {
				return findings()
			}
			return err
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&indices, "index", nil, "the index `patterns`; all indices when not given")
	f.StringVar(&stack, "stack", "", "the `release` of the Elastic Stack; that of tocsin.toml when not given")
	f.BoolVar(&asJSON, "json", false, "write JSON")
	fieldsOfFlag(cmd, &environment)
	return cmd
}

// known gathers what catalogs and ECS say of a field.
func known(w *workspace.Workspace, name string, indices []string) (report.Field, error) {
	f := report.Field{Name: name, Indices: indices}
	schema, err := fieldsOf(w, indices)
	if err != nil {
		return f, err
	}
	f.Mapping, f.Known = schema.Lookup(name)
	if !f.Known {
		f.Near = diag.Nearest(name, schema.Names(), 3)
		return f, nil
	}
	f.Places = schema.Declarations(name)
	for _, other := range schema.Names() {
		switch m, ok := schema.Lookup(other); {
		case !ok || m.Path != name || m.Name == name || m.Leaf:
		case strings.HasPrefix(m.Name, name+"."):
			f.Multi = append(f.Multi, m)
		default:
			f.Aliases = append(f.Aliases, m)
		}
	}
	return f, nil
}

// fieldsOf are the fields of some indices; no pattern stands for all indices.
func fieldsOf(w *workspace.Workspace, indices []string) (*field.Schema, error) {
	if len(indices) == 0 {
		indices = []string{"*"}
	}
	return w.Fields(indices)
}

func (a *app) fieldsSearchCommand() *cobra.Command {
	var indices []string
	var stack, environment string
	cmd := &cobra.Command{
		Use:     "search WORD",
		Short:   "Find fields by a part of their name",
		Example: "  tocsin fields search command_line\n  tocsin fields search '*.ip' --index 'logs-aws.*'",
		Args:    between(1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			w, err := a.openFields(stack, environment)
			if err != nil {
				return err
			}
			schema, err := fieldsOf(w, indices)
			if err != nil {
				return err
			}
			found := search(schema, args[0])
			if len(found) == 0 {
				fmt.Fprintf(a.Out, "no field has %q in its name\n", args[0])
				return findings()
			}
			return report.FieldList(a.Out, found, a.reportStyle())
		},
	}
	cmd.Flags().StringSliceVar(&indices, "index", nil, "the index `patterns`; all indices when not given")
	cmd.Flags().StringVar(&stack, "stack", "", "the `release` of the Elastic Stack; that of tocsin.toml when not given")
	fieldsOfFlag(cmd, &environment)
	return cmd
}

// search finds fields whose name holds a word, or fits it when it is a pattern with "*".
func search(schema *field.Schema, word string) []field.Mapping {
	word = strings.ToLower(word)
	if !strings.Contains(word, "*") {
		word = "*" + word + "*"
	}
	pattern := match.Glob(word)
	var found []field.Mapping
	for _, name := range schema.Names() {
		if m, ok := schema.Lookup(name); ok && pattern.Match(strings.ToLower(name)) {
			found = append(found, m)
		}
	}
	return found
}
