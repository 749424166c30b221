package rule

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/schema"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

// Load reads a rule's file and tells everything that its text, its schema and its decoding find wrong, sorted and
// each once. The rule is nil when the text is no TOML. An error means that the schemas are broken, not the file.
func Load(file *source.File, schemas *schema.Set) (*Rule, diag.List, error) {
	doc, told := tomltext.Parse(file)
	if doc == nil {
		return nil, told, nil
	}
	list, err := Validate(doc, schemas)
	if err != nil {
		return nil, nil, err
	}
	r, mismatches := decodeTree(doc)
	for _, m := range mismatches {
		if len(list) >= schema.MaxFindings {
			break
		}
		if d := m.diagnostic(doc); !alreadyTold(list, d, doc, m.path) {
			list = append(list, d)
		}
	}
	list = append(list, told...)
	list.Sort()
	return r, list, nil
}

// alreadyTold tells whether the schema has found the same, or that a key on the way to it should not be there.
func alreadyTold(list diag.List, d diag.Diagnostic, doc *tomltext.Document, path []string) bool {
	for n := range path {
		key := doc.KeyPlace(path[:n+1]...).Span
		for _, have := range list {
			same := have.Name == d.Name && have.Subject.Span == d.Subject.Span
			if same || have.Name == schema.UnknownKey && have.Subject.Span == key {
				return true
			}
		}
	}
	return false
}

// Validate holds a rule's file against the schema of its own rule type.
func Validate(doc *tomltext.Document, schemas *schema.Set) (diag.List, error) {
	v := validation{doc: doc, schemas: schemas}
	v.part("rule#tables", doc.Tree)
	metadata, _ := doc.Tree["metadata"].(map[string]any)
	v.part(metadataKind(metadata), metadata, "metadata")
	transform, _ := doc.Tree["transform"].(map[string]any)
	v.part("rule#transform", transform, "transform")
	v.calendar(metadata)
	body, _ := doc.Tree["rule"].(map[string]any)
	v.part(bodyKind(body), body, "rule")
	if v.err != nil {
		return nil, v.err
	}
	v.list.Sort()
	return v.list, nil
}

// validation collects the findings of the parts of a file.
type validation struct {
	doc     *tomltext.Document
	schemas *schema.Set
	list    diag.List
	err     error
}

// part checks one table, which may be absent: that it must not be is for another part to tell.
func (v *validation) part(kind string, table map[string]any, path ...string) {
	if v.err != nil || table == nil {
		return
	}
	list, err := v.schemas.Diagnose(kind, table, v.doc, path...)
	if err != nil {
		v.err = err
		return
	}
	for _, d := range list {
		if d.Name == schema.UnknownKey {
			d = v.misplaced(d, path, table)
		}
		v.list = append(v.list, d)
	}
}

// calendar finds dates of the right form that no calendar has.
func (v *validation) calendar(metadata map[string]any) {
	for _, name := range []string{"creation_date", "updated_date", "deprecation_date"} {
		text, _ := metadata[name].(string)
		_, err := time.Parse("2006/01/02", text)
		var wrong *time.ParseError
		if !errors.As(err, &wrong) || wrong.Message != ": day out of range" {
			continue
		}
		place := v.doc.ValuePlace("metadata", name)
		if slices.ContainsFunc(v.list, func(d diag.Diagnostic) bool { return d.Subject.Span == place.Span }) {
			continue
		}
		v.list = append(v.list, diag.Diagnostic{
			Name: schema.WrongForm, Severity: diag.Error, Subject: place,
			Message: fmt.Sprintf("`%s` is `%s`, a day that the month does not have", name, text),
		})
	}
}

func metadataKind(metadata map[string]any) string {
	if metadata["maturity"] == "deprecated" {
		return "rule#deprecated_metadata"
	}
	return "rule#metadata"
}

func bodyKind(body map[string]any) string {
	if name, ok := body["type"].(string); ok && slices.Contains(Types(), Type(name)) {
		return "rule#rule_" + name
	}
	return "rule#rule_of_unknown_type"
}

// misplaced explains an unknown key that would be known in another rule.
func (v *validation) misplaced(d diag.Diagnostic, path []string, table map[string]any) diag.Diagnostic {
	key := strings.Trim(v.doc.File.Text()[d.Subject.Span.Start:d.Subject.Span.End], `"'`)
	switch {
	case len(path) != 1 || v.doc.KeyPlace(path[0], key).Span != d.Subject.Span:
	case path[0] == "metadata" && key == "deprecated_reason":
		d.Message = "only a rule with maturity `deprecated` has a `deprecated_reason`"
	case path[0] == "rule":
		owners := v.owners(key)
		if len(owners) > 0 && table["type"] != nil {
			d.Message = fmt.Sprintf("a rule of type `%v` has no `%s`", table["type"], key)
			d.Help = "rules of these types have it: `" + strings.Join(owners, "`, `") + "`"
		}
	}
	return d
}

// owners are the rule types that have a key.
func (v *validation) owners(key string) []string {
	var owners []string
	for _, t := range Types() {
		fields, err := v.schemas.Properties("rule#rule_" + t.String())
		if err != nil {
			v.err = err
			return nil
		}
		if slices.Contains(fields, key) {
			owners = append(owners, t.String())
		}
	}
	return owners
}
