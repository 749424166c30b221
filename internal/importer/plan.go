package importer

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/exception"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomlfmt"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

// Options say what the project has and wants.
type Options struct {
	Pattern Pattern
	// Named says that the pattern holds for rules of TOML, too; else these keep the paths of their repository.
	Named bool
	// Today is the date, as YYYY/MM/DD, of what does not tell its own.
	Today string
	// Existing gives the rules that the project has, by rule_id.
	Existing map[string]*rule.Rule
	// Published gives what is published for a rule, as an object of Kibana's API; nil for what the rule itself says.
	Published func(*rule.Rule) map[string]any
	// Tables are the files of exceptions and connectors that the project has.
	Tables []*tomltext.Document
	// Taken tells whether the project has a file of a path in a folder; for rules, that of the new files.
	Taken func(folder Folder, path string) bool
}

// File is a file to be written.
type File struct {
	Folder Folder
	// Path is that of a new file, with slashes, relative to its folder; "" when the file exists.
	Path string
	// Existing is the file that is updated; nil for a new file.
	Existing *tomltext.Document
	Text     string
	// Values says that the file holds the values of a list. It has this path, whether it exists or not.
	Values bool
	// Changed is false when an existing file says the same already; it is then left as it is.
	Changed bool
}

// IsRule tells a rule's file from one of exceptions, connectors or values.
func (f File) IsRule() bool {
	if f.Existing != nil {
		return tomlfmt.KindOf(f.Existing) == tomlfmt.Rule
	}
	return f.Folder == Rules
}

// Plan gives the files of all rules, in the order of the input, and the findings: those of reading first.
func (b *Batch) Plan(o Options) ([]File, diag.List) {
	rules, problems := b.Rules, b.copies()
	outcomes := make([]outcome, len(rules))
	parallel(len(rules), func(i int) { outcomes[i] = o.make(rules[i]) })
	var files []File
	notes := noteBook{}
	planned := map[string]bool{}
	taken := func(path string) bool { return planned[strings.ToLower(path)] || o.Taken(Rules, path) }
	for i, m := range outcomes {
		if m.err != nil {
			problems = append(problems, diag.Diagnostic{
				Name: BadRule, Severity: diag.Error, Subject: rules[i].Place, Message: fmt.Sprintf("the rule `%s`: %v", rules[i].label(), m.err),
			})
			continue
		}
		notes.add(m.lost)
		if m.file.Existing == nil {
			m.file.Path = numbered(m.file.Path, taken)
			planned[strings.ToLower(m.file.Path)] = true
		}
		files = append(files, m.file)
	}
	more, found := b.tableFiles(o, notes)
	files, problems = slices.Concat(files, more, b.values), append(problems, found...)
	problems = append(problems, notes.tell(b.name)...)
	return files, slices.Concat(b.Problems, problems, b.notTaken())
}

func (r *Rule) label() string {
	if r.Name == "" {
		return r.ID
	}
	return r.Name
}

// copies tells which rules were there several times.
func (b *Batch) copies() diag.List {
	var problems diag.List
	for _, r := range b.Rules {
		if r.copies > 1 {
			problems = append(problems, diag.Diagnostic{
				Name: Copies, Severity: diag.Warning, Subject: r.Place,
				Message: fmt.Sprintf("the rule `%s` is there %d times; the last one of the highest version is taken", r.label(), r.copies),
			})
		}
	}
	return problems
}

// version is what a rule of JSON says, or 0.
func (r *Rule) version() float64 {
	n, _ := strconv.ParseFloat(fmt.Sprint(r.api["version"]), 64)
	return n
}

// outcome is what became of a rule.
type outcome struct {
	file File
	lost rule.Unwritten
	err  error
}

func (o Options) make(r *Rule) outcome {
	existing := o.Existing[r.ID]
	switch {
	case r.doc != nil && existing == nil:
		text, err := tomlfmt.Format(r.doc, tomlfmt.Rule)
		return outcome{file: File{Path: o.tomlPath(r), Text: text, Changed: true}, err: err}
	case r.doc != nil:
		return o.replace(r, existing)
	case existing == nil:
		return o.create(r)
	}
	return o.update(r, existing)
}

// replace makes the new text of a file from a rule of another repository.
func (o Options) replace(r *Rule, existing *rule.Rule) outcome {
	if reflect.DeepEqual(r.doc.Tree, existing.Doc().Tree) {
		return outcome{file: File{Existing: existing.Doc(), Text: existing.Doc().File.Text()}}
	}
	text, err := tomlfmt.Update(existing.Doc(), r.doc, tomlfmt.Rule)
	return outcome{file: File{Existing: existing.Doc(), Text: text, Changed: true}, err: err}
}

// tomlPath is the file of a rule of another repository.
func (o Options) tomlPath(r *Rule) string {
	if !o.Named {
		return r.path
	}
	body, _ := r.doc.Tree["rule"].(map[string]any)
	s := subject{name: r.Name, id: r.ID, kind: text(body["type"])}
	if threats, ok := body["threat"].([]map[string]any); ok && len(threats) > 0 {
		s.tactic = text(field(threats[0]["tactic"], "name"))
	}
	return o.Pattern.path(s)
}

// create makes the file of a rule that is new to the project.
func (o Options) create(r *Rule) outcome {
	decoded, err := rule.DecodeAPI(tidy(r.api))
	if err != nil {
		return outcome{err: oneLine(err)}
	}
	decoded.Metadata = metadata(r.api, o.Today)
	text, lost, err := decoded.EncodeTOML()
	path := o.Pattern.path(subject{tactic: tacticOf(r.api), name: r.Name, id: r.ID, kind: string(decoded.Type)})
	return outcome{file: File{Path: path, Text: text, Changed: true}, lost: lost, err: err}
}

// update makes the new text of a rule's file. What Kibana does not know of the rule stays as the file says.
func (o Options) update(r *Rule, existing *rule.Rule) outcome {
	api := tidy(r.api)
	file := existing.EncodeAPI()
	published := file
	if o.Published != nil {
		published = o.Published(existing)
	}
	settle(api, file, published)
	decoded, err := rule.DecodeAPI(api)
	if err != nil {
		return outcome{err: oneLine(err)}
	}
	if reflect.DeepEqual(decoded.EncodeAPI(), existing.EncodeAPI()) {
		return outcome{file: File{Existing: existing.Doc(), Text: existing.Doc().File.Text()}}
	}
	decoded.Metadata, decoded.Transform, decoded.ThreatMappings = existing.Metadata, existing.Transform, existing.ThreatMappings
	decoded.Metadata.UpdatedDate = max(day(r.api["updated_at"], o.Today), decoded.Metadata.UpdatedDate)
	text, lost, err := merged(decoded, existing)
	return outcome{file: File{Existing: existing.Doc(), Text: text, Changed: true}, lost: lost, err: err}
}

// merged gives a rule in the text of the file that it updates.
func merged(r, existing *rule.Rule) (string, rule.Unwritten, error) {
	text, lost, err := r.EncodeTOML()
	if err != nil {
		return "", lost, err
	}
	doc, problems := tomltext.Parse(source.NewFile(existing.Doc().File.Name(), text))
	if doc == nil {
		return "", lost, problems
	}
	text, err = tomlfmt.Update(existing.Doc(), doc, tomlfmt.Rule)
	return text, lost, err
}

// oneLine joins the parts of an error.
func oneLine(err error) error { return errors.New(strings.ReplaceAll(err.Error(), "\n", "; ")) }

// noteBook counts what TOML does not say where the rule says it, by the field.
type noteBook map[[2]string]int

func (n noteBook) add(lost rule.Unwritten) {
	for name, paths := range map[string][]string{UnknownField: lost.Kept, Null: lost.Nulls} {
		var fields []string
		for _, path := range paths {
			fields = append(fields, withoutIndices(path))
		}
		slices.Sort(fields)
		for _, field := range slices.Compact(fields) {
			n[[2]string{name, field}]++
		}
	}
}

// withoutIndices leaves the places in lists out of a path, so that all items count as one field.
func withoutIndices(path string) string {
	isIndex := func(part string) bool { return strings.Trim(part, "0123456789") == "" }
	return strings.Join(slices.DeleteFunc(strings.Split(path, "."), isIndex), ".")
}

func (n noteBook) tell(file string) diag.List {
	var list diag.List
	keys := slices.SortedFunc(maps.Keys(n), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	for _, key := range keys {
		severity, message := diag.Warning, "unknown field `%s` (%s: %d) is kept in metadata.extended.api: it will not be published"
		if key[0] == Null {
			severity, message = diag.Info, "`%s` (%s: %d) is null and left out: TOML has no null, and Kibana takes a missing field for one"
		}
		list = append(list, diag.Diagnostic{
			Name: key[0], Severity: severity, Message: fmt.Sprintf(message, key[1], counted(key[1]), n[key]),
			Subject: diag.Place{File: source.NewFile(file, ""), Span: diag.NoSpan},
		})
	}
	return list
}

// counted is what has a field.
func counted(field string) string {
	if strings.HasPrefix(field, exception.Table+".") {
		return "exception lists"
	}
	return "rules"
}

// parallel calls work for every number below n, on all processors.
func parallel(n int, work func(i int)) {
	var workers sync.WaitGroup
	processors := min(runtime.GOMAXPROCS(0), n)
	for first := range processors {
		workers.Go(func() {
			for i := first; i < n; i += processors {
				work(i)
			}
		})
	}
	workers.Wait()
}
