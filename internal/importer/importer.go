// Package importer turns rules from elsewhere into files of a project: exports of Kibana, single rules as JSON, packages
// of prebuilt rules, and repositories of rules in TOML; with them exception lists, value lists and connectors.
//
// [Read], [ReadFolder] take an input and find its rules; what is broken is a finding with its place, and the others
// are taken all the same. [Batch.Plan] then makes the files: which one each rule belongs into and its canonical text. A rule
// that the project has already is updated in its file, whose comments stay. Nothing is written here.
//
// No field is lost. Fields that only Kibana sets (times, identifiers of its own) are left out; fields that a rule's
// file does not know are kept in metadata.extended.api and told.
package importer

import (
	"fmt"
	"maps"
	"slices"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

// The names of the findings.
const (
	// BadArchive is a zip that is damaged or too large, or an entry of it that is.
	BadArchive = "import-archive"
	// BadObject is JSON that is broken, or no rule.
	BadObject = "import-object"
	// BadRule is a rule that cannot become a file.
	BadRule = "import-rule"
	// Copies says that a rule is there several times.
	Copies = "import-copies"
	// NotTaken tells what an input holds that is no rule.
	NotTaken = "import-not-taken"
	// UnknownField tells a field that is kept in metadata.extended.api.
	UnknownField = "import-unknown-field"
	// Null tells a field that holds null, which means absent and is left out.
	Null = "import-null"
)

// Rule is a rule of an input.
type Rule struct {
	// Place is where it stands.
	Place    diag.Place
	ID, Name string

	// api is a rule of JSON, doc one of TOML.
	api map[string]any
	doc *tomltext.Document
	// path is the place of a rule's file within its repository.
	path string
	// copies is how often the input has the rule.
	copies int
}

// Batch is what an input holds.
type Batch struct {
	// Rules are there once each: of several copies the last one of the highest version.
	Rules    []*Rule
	Problems diag.List

	name string
	// at gives the place of a rule in Rules by its id.
	at map[string]int
	// lists are the exception lists of JSON, by list_id; parts are what becomes a table of a file.
	lists map[string]*list
	parts []*part
	// values are the files that value lists name.
	values []File
	// folders are those that a repository says its rules are in, tableFolders those of exceptions and connectors.
	folders, tableFolders []string
	// untold is the number of findings beyond those that are told.
	untold int
	// left counts what is not taken, by its kind.
	left map[string]int
	// budget is the number of bytes that may still be unpacked.
	budget int64
}

func newBatch(name string) *Batch {
	return &Batch{name: name, at: map[string]int{}, lists: map[string]*list{}, left: map[string]int{}, budget: maxTotal}
}

// take adds a rule; what it replaces, or what replaces it, is not kept, so that a file full of copies needs no more room than
// one of them.
func (b *Batch) take(r *Rule) {
	i, again := b.at[r.ID]
	if !again {
		b.at[r.ID] = len(b.Rules)
		b.Rules = append(b.Rules, r)
		return
	}
	copies := b.Rules[i].copies + r.copies
	if r.version() >= b.Rules[i].version() {
		b.Rules[i] = r
	}
	b.Rules[i].copies = copies
}

// maxProblems is the number of findings that are told about reading an input: one full of nonsense has as many as it has bytes.
const maxProblems = 1000

// tell adds findings; those beyond maxProblems are only counted.
func (b *Batch) tell(problems ...diag.Diagnostic) {
	room := min(len(problems), maxProblems-len(b.Problems))
	b.Problems = append(b.Problems, problems[:room]...)
	b.untold += len(problems) - room
}

// fail adds a finding about a place.
func (b *Batch) fail(place diag.Place, name, format string, args ...any) {
	b.tell(diag.Diagnostic{Name: name, Severity: diag.Error, Message: fmt.Sprintf(format, args...), Subject: place})
}

// failAt adds a finding about a whole file.
func (b *Batch) failAt(file, name, format string, args ...any) {
	b.tell(diag.AtFile(file, name, fmt.Sprintf(format, args...), ""))
}

// notTaken tells, once for each kind, what the input holds besides rules.
func (b *Batch) notTaken() diag.List {
	var list diag.List
	if b.untold > 0 {
		list = append(list, diag.AtFile(b.name, BadObject, fmt.Sprintf("and %d findings more about reading it", b.untold), ""))
	}
	for _, kind := range slices.Sorted(maps.Keys(b.left)) {
		list = append(list, diag.Diagnostic{
			Name: NotTaken, Severity: weight(kind), Subject: diag.Place{File: source.NewFile(b.name, ""), Span: diag.NoSpan},
			Message: fmt.Sprintf("not taken: %s (%d)", kind, b.left[kind]), Help: wayOut(kind),
		})
	}
	return list
}

const (
	stubs          = "deprecated rules of which only the name is left"
	lockFiles      = "files of locked versions"
	configFiles    = "files of configuration"
	rulesElsewhere = "rules outside of the folders that the configuration names"
	otherTOML      = "TOML files that are no rules"
	otherFiles     = "files of other kinds"
)

// weight tells what belongs to rules from what only lies beside them.
func weight(kind string) diag.Severity {
	switch kind {
	case rulesElsewhere:
		return diag.Warning
	}
	return diag.Info
}

// wayOut says what to do with objects that are not taken.
func wayOut(kind string) string {
	if kind == lockFiles {
		return "`tocsin version-lock` and `tocsin export --lock` read them as they are"
	}
	return ""
}
