package importer

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/connector"
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/exception"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomlfmt"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

// Folder is one of the folders of a project.
type Folder uint8

// The folders.
const (
	Rules Folder = iota
	Exceptions
	Connectors
)

// part is what stands in a table of a file beside others of its kind: an exception list with its items, a value list, a
// connector.
type part struct {
	folder Folder
	// key is the name of the array of tables, id what tells its tables apart.
	key, id string
	// name is for people, and for the name of a new file.
	name  string
	table map[string]any
	// meaning is equal for tables that say the same.
	meaning any
	// unknown are fields of Kibana's JSON that a file has no key for.
	unknown map[string]any
	// needs are the value lists that an exception list asks for.
	needs []string
	// values are those of a value list of Kibana's, which get a file of their own; nil for any other part.
	values []string
	place  diag.Place
	// doc is the file that it comes from, path its place in the folder; nil for JSON.
	doc  *tomltext.Document
	path string
}

func (p *part) kind() tomlfmt.Kind {
	if p.folder == Connectors {
		return tomlfmt.Connectors
	}
	return tomlfmt.Exceptions
}

// what names the part in messages.
func (p *part) what() string {
	switch p.key {
	case exception.Table:
		return "exception list"
	case exception.ValueTable:
		return "value list"
	}
	return "connector"
}

// partsOf gives the parts of a TOML file; none if it is a file of another kind.
func partsOf(doc *tomltext.Document, path string) ([]*part, diag.List) {
	var parts []*part
	add := func(folder Folder, key string, i int, p part) {
		p.folder, p.key, p.doc, p.path = folder, key, doc, path
		p.table = tableOf(doc.Tree[key], i)
		if p.id != "" { // else it is a finding
			parts = append(parts, &p)
		}
	}
	file, problems := exception.Decode(doc)
	for i, l := range file.Lists {
		add(Exceptions, exception.Table, i, part{id: l.ListID, name: l.ListID, meaning: listMeaning(l), place: l.Place})
	}
	for i, l := range file.ValueLists {
		add(Exceptions, exception.ValueTable, i, part{id: l.ID, name: l.ID, meaning: [...]string{l.Name, l.Description, l.Type, l.File}, place: l.Place})
	}
	connectors, more := connector.Decode(doc)
	for i, c := range connectors {
		add(Connectors, connector.Table, i, part{id: c.ID, name: c.Name(), meaning: c.EncodeAPI(), place: c.Place})
	}
	return parts, append(problems, more...)
}

func tableOf(value any, i int) map[string]any {
	switch list := value.(type) {
	case []map[string]any:
		return list[i]
	case []any:
		table, _ := list[i].(map[string]any)
		return table
	}
	return nil
}

// listMeaning is what Kibana would be told of a list: numbers of any notation are equal in it.
func listMeaning(l *exception.List) any {
	objects := []any{l.EncodeAPI()}
	for _, item := range l.Items {
		objects = append(objects, item.EncodeAPI())
	}
	text, err := json.Marshal(objects)
	if err != nil { // what came from JSON or TOML can be written
		return objects
	}
	return string(text)
}

// list is an exception list of JSON while its items are gathered.
type list struct {
	container *exception.List
	items     []*exception.Item
	place     diag.Place
}

// exceptionObject takes a container or an item of an export.
func (b *Batch) exceptionObject(place diag.Place, object map[string]any) {
	id := text(object["list_id"])
	gathered := b.lists[id]
	if gathered == nil {
		gathered = &list{place: place}
		b.lists[id] = gathered
	}
	if exception.IsItem(object) {
		item, err := exception.DecodeItem(object)
		if err != nil {
			b.fail(place, BadObject, "%v", err)
			return
		}
		gathered.items = append(gathered.items, item)
		return
	}
	container, err := exception.DecodeList(object)
	if err != nil {
		b.fail(place, BadObject, "%v", err)
		return
	}
	gathered.container, gathered.place = container, place
}

func (b *Batch) connectorObject(place diag.Place, object map[string]any) {
	c, err := connector.DecodeAPI(object)
	if err != nil {
		b.fail(place, BadObject, "%v", err)
		return
	}
	if connector.HoldsSecrets(object) {
		b.secretsLeft(place, c)
	}
	b.parts = append(b.parts, connectorPart(c, place))
}

func (b *Batch) secretsLeft(place diag.Place, c *connector.Connector) {
	b.tell(diag.Diagnostic{
		Name: NotTaken, Severity: diag.Warning, Subject: place,
		Message: fmt.Sprintf("the secrets of the connector `%s` are left out", c.Name()), Help: "set them in Kibana: a repository is no place for them",
	})
}

func connectorPart(c *connector.Connector, place diag.Place) *part {
	table, _ := withoutNulls(c.Encode()).(map[string]any)
	return &part{folder: Connectors, key: connector.Table, id: c.ID, name: c.Name(), table: table, meaning: c.EncodeAPI(), place: place}
}

// gather makes parts of the lists of JSON. Items whose container is missing cannot be taken.
func (b *Batch) gather() {
	for _, id := range slices.Sorted(maps.Keys(b.lists)) {
		l := b.lists[id]
		if l.container == nil {
			b.fail(l.place, BadObject, "the exception list %q of this item is not in the input", id)
			continue
		}
		l.container.Items = l.items
		table, _ := withoutNulls(l.container.Encode()).(map[string]any)
		unknown, _ := withoutNulls(l.container.Unknown()).(map[string]any)
		b.parts = append(b.parts, &part{
			folder: Exceptions, key: exception.Table, id: id, name: id, table: table, unknown: unknown,
			meaning: listMeaning(l.container.Known()), needs: l.container.ValueListIDs(), place: l.place,
		})
	}
	clear(b.lists)
}

// withoutNulls leaves out what TOML does not have, and Kibana takes for absent.
func withoutNulls(value any) any {
	switch value := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, v := range value {
			if v != nil {
				out[k] = withoutNulls(v)
			}
		}
		return out
	case []any:
		out := []any{}
		for _, v := range value {
			if v != nil {
				out = append(out, withoutNulls(v))
			}
		}
		return out
	}
	return value
}

// tablesFile takes a file of exceptions or connectors, if it is one.
func (b *Batch) tablesFile(doc *tomltext.Document, name string) bool {
	if kind := tomlfmt.KindOf(doc); kind != tomlfmt.Exceptions && kind != tomlfmt.Connectors {
		return false
	}
	doc, err := b.withoutSecrets(doc)
	if err != nil {
		b.fail(doc.KeyPlace(connector.Table), BadObject, "its secrets cannot be taken out: %v", err)
		return true
	}
	parts, problems := partsOf(doc, b.belowTables(name))
	b.tell(problems...)
	b.parts = append(b.parts, parts...)
	return true
}

// withoutSecrets gives a file of connectors without their secrets, and tells of them. All else stays, the file's metadata and
// comments too.
func (b *Batch) withoutSecrets(doc *tomltext.Document) (*tomltext.Document, error) {
	var tables []any
	found := false
	for i := 0; tableAt(doc.Tree[connector.Table], i) != nil; i++ {
		table := tableAt(doc.Tree[connector.Table], i)
		if connector.HoldsSecrets(table) {
			found = true
			if c, err := connector.DecodeAPI(table); err == nil { // else it is no connector, which is told anyway
				b.secretsLeft(doc.ValuePlace(connector.Table, strconv.Itoa(i), "id"), c)
			}
			table = connector.WithoutSecrets(table)
		}
		tables = append(tables, table)
	}
	if !found {
		return doc, nil
	}
	tree := maps.Clone(doc.Tree)
	tree[connector.Table] = tables
	text, err := tomlfmt.Rewrite(doc, tree, tomlfmt.Connectors)
	if err != nil {
		return doc, err
	}
	bare, problems := tomltext.Parse(source.NewFile(doc.File.Name(), text))
	if bare == nil {
		return doc, problems
	}
	return bare, nil
}

// belowTables is the path of a file below the folder of its kind, as far as that can be told.
func (b *Batch) belowTables(name string) string {
	for _, dir := range append(slices.Clone(b.tableFolders), "exceptions", "connectors", "action_connectors") {
		if rest, ok := strings.CutPrefix(name, dir+"/"); ok {
			return rest
		}
	}
	return name[strings.LastIndexByte(name, '/')+1:]
}

// tableFiles makes the files of exceptions and connectors. A table that the project has is updated where it stands; a file of
// which it has nothing is taken whole, with its comments; every other table gets a file of its own.
func (b *Batch) tableFiles(o Options, notes noteBook) ([]File, diag.List) {
	m := tableMaker{options: o, existing: o.existingParts(), changed: map[*tomltext.Document]map[string]any{}, planned: map[string]bool{}}
	parts, problems := uniqueParts(b.parts)
	for _, p := range parts {
		if p.unknown != nil {
			for _, name := range slices.Sorted(maps.Keys(p.unknown)) {
				notes[[2]string{UnknownField, p.key + "." + name}]++
			}
		}
		if err := m.add(p, parts); err != nil {
			problems = append(problems, diag.Diagnostic{
				Name: BadObject, Severity: diag.Error, Subject: p.place, Message: fmt.Sprintf("the %s `%s`: %v", p.what(), p.name, err),
			})
		}
	}
	problems = append(problems, b.valueListsNeeded(m.existing)...)
	more, err := m.updates()
	if err != nil {
		problems = append(problems, diag.AtFile(b.name, BadObject, err.Error(), ""))
	}
	return append(m.files, more...), problems
}

// valueListsNeeded tells the value lists that exceptions ask for and nobody has: no export of Kibana holds any.
func (b *Batch) valueListsNeeded(existing map[[2]string]*part) diag.List {
	var problems diag.List
	for _, p := range b.parts {
		for _, id := range p.needs {
			have := func(other *part) bool { return other.key == exception.ValueTable && other.id == id }
			if existing[[2]string{exception.ValueTable, id}] != nil || slices.ContainsFunc(b.parts, have) {
				continue
			}
			problems = append(problems, diag.Diagnostic{
				Name: NotTaken, Severity: diag.Warning, Subject: p.place,
				Message: fmt.Sprintf("the exception list `%s` asks for the value list %q, which no export of rules holds", p.name, id),
				Help:    "export it from Kibana as a text file, and declare it with [[value_lists]]",
			})
		}
	}
	return problems
}

// uniqueParts gives each part once, the last of its copies.
func uniqueParts(parts []*part) ([]*part, diag.List) {
	at := map[[2]string]int{}
	var unique []*part
	var problems diag.List
	for _, p := range parts {
		key := [2]string{p.key, p.id}
		i, again := at[key]
		if !again {
			at[key] = len(unique)
			unique = append(unique, p)
			continue
		}
		if !reflect.DeepEqual(unique[i].meaning, p.meaning) {
			problems = append(problems, diag.Diagnostic{
				Name: Copies, Severity: diag.Warning, Subject: p.place,
				Message: fmt.Sprintf("the %s `%s` is there several times; the last one is taken", p.what(), p.name),
			})
		}
		unique[i] = p
	}
	return unique, problems
}

func (o Options) existingParts() map[[2]string]*part {
	known := map[[2]string]*part{}
	for _, doc := range o.Tables {
		parts, _ := partsOf(doc, "")
		for _, p := range parts {
			known[[2]string{p.key, p.id}] = p
		}
	}
	return known
}

type tableMaker struct {
	options  Options
	existing map[[2]string]*part
	files    []File
	// changed are the trees of the files that are updated; nil for one that stays as it is.
	changed map[*tomltext.Document]map[string]any
	order   []*tomltext.Document
	planned map[string]bool
	taken   []*tomltext.Document
}

func (m *tableMaker) add(p *part, all []*part) error {
	if have := m.existing[[2]string{p.key, p.id}]; have != nil {
		if p.values == nil {
			m.replace(have, p)
		}
		return nil
	}
	if p.values != nil {
		p.table["file"] = m.createValues(p)
	}
	if p.doc != nil && m.isNew(p.doc, all) {
		if slices.Contains(m.taken, p.doc) {
			return nil
		}
		m.taken = append(m.taken, p.doc)
		text, err := tomlfmt.Format(p.doc, p.kind())
		m.create(p.folder, p.path, text)
		return err
	}
	tree := map[string]any{p.key: []any{p.table}}
	if p.unknown != nil {
		tree["metadata"] = map[string]any{"extended": map[string]any{rule.UnknownFields: map[string]any{p.id: p.unknown}}}
	}
	text, err := tomlfmt.Encode(tree, p.kind())
	m.create(p.folder, slug(p.name, true)+".toml", text)
	return err
}

// isNew tells whether all parts of a file are taken from it, and the project has none of them.
func (m *tableMaker) isNew(doc *tomltext.Document, all []*part) bool {
	parts, _ := partsOf(doc, "")
	for _, p := range parts {
		from := slices.ContainsFunc(all, func(other *part) bool { return other.doc == doc && other.key == p.key && other.id == p.id })
		if !from || m.existing[[2]string{p.key, p.id}] != nil {
			return false
		}
	}
	return true
}

// create makes a new file, and gives its path: one that nothing else has.
func (m *tableMaker) create(folder Folder, path, text string) string {
	key := func(path string) string { return fmt.Sprint(folder, strings.ToLower(path)) }
	path = numbered(path, func(path string) bool { return m.planned[key(path)] || m.options.Taken(folder, path) })
	m.planned[key(path)] = true
	m.files = append(m.files, File{Folder: folder, Path: path, Text: text, Changed: true})
	return path
}

// replace puts a table into the file that has one of its kind and id.
func (m *tableMaker) replace(have, p *part) {
	tree, seen := m.changed[have.doc]
	if !seen {
		m.order = append(m.order, have.doc)
		m.changed[have.doc] = nil
	}
	if reflect.DeepEqual(have.meaning, p.meaning) {
		return
	}
	if tree == nil {
		tree = maps.Clone(have.doc.Tree)
	}
	var tables []any
	i := 0
	for ; tableAt(tree[p.key], i) != nil; i++ {
		table := tableAt(tree[p.key], i)
		if reflect.DeepEqual(table, have.table) {
			table = p.table
		}
		tables = append(tables, table)
	}
	tree[p.key] = tables
	m.changed[have.doc] = tree
}

// tableAt is a table of an array; nil beyond its end.
func tableAt(value any, i int) map[string]any {
	if list, ok := value.([]any); ok && i >= len(list) {
		return nil
	}
	if list, ok := value.([]map[string]any); ok && i >= len(list) {
		return nil
	}
	return tableOf(value, i)
}

func (m *tableMaker) updates() ([]File, error) {
	var files []File
	for _, doc := range m.order {
		f := File{Existing: doc, Text: doc.File.Text()}
		if tree := m.changed[doc]; tree != nil {
			text, err := tomlfmt.Rewrite(doc, tree, tomlfmt.KindOf(doc))
			if err != nil {
				return files, fmt.Errorf("%s: %w", doc.File.Name(), err)
			}
			f.Text, f.Changed = text, text != doc.File.Text()
		}
		files = append(files, f)
	}
	return files, nil
}
