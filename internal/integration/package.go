package integration

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/archive"
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// The limits of what is read of a package. The largest file of fields has some hundred kilobytes.
const (
	maxFile  = 1 << 20
	maxTotal = 64 << 20
)

// BadPackage is the name of the finding of an archive or folder that is no package.
const BadPackage = "package"

// Package is what a package says of its fields.
type Package struct {
	field.Header
	Fields []field.StreamField
}

// Text is the package as a compact catalog.
func (p *Package) Text() string { return field.CompactText(p.Header, p.Fields) }

// packageName is the form of the names of packages and data streams: a name becomes a part of a file's name.
var packageName = regexp.MustCompile(`^[a-z0-9_]{1,100}$`)

// Read reads a package from its files, the name is how archive or folder is shown; ecs gives the types of the fields that
// the package takes from ECS without saying more. The package is nil when there are findings of level error.
func Read(name string, members []archive.Member, ecs field.Source) (*Package, diag.List) {
	r := reader{name: name, ecs: ecs, files: map[string]archive.Member{}, budget: maxTotal}
	r.root = rootOf(members)
	for _, m := range members {
		if rest, ok := strings.CutPrefix(m.Name, r.root); ok {
			r.files[rest] = m
		}
	}
	if _, ok := r.files["manifest.yml"]; !ok {
		return nil, diag.List{diag.AtFile(name, BadPackage, "there is no manifest.yml: it is no integration package", "give the .zip of a package registry, or the folder that has manifest.yml")}
	}
	p := r.read()
	r.problems.Sort()
	if r.problems.HasErrors() {
		return nil, r.problems
	}
	return p, r.problems
}

// rootOf is the folder of the package within an archive: the one of the topmost manifest.
func rootOf(members []archive.Member) string {
	root, found := "", false
	for _, m := range members {
		dir, base := path.Split(m.Name)
		if base == "manifest.yml" && (!found || strings.Count(dir, "/") < strings.Count(root, "/")) {
			root, found = dir, true
		}
	}
	return root
}

type reader struct {
	name, root string
	ecs        field.Source
	files      map[string]archive.Member
	budget     int64
	problems   diag.List
	pkg        Package
	// declared are the fields of the stream that is read, with the place of each type.
	declared map[string]declaration
}

type declaration struct {
	kind  field.Type
	place diag.Place
}

func (r *reader) fail(d *diag.Diagnostic) {
	if d != nil {
		r.problems = append(r.problems, *d)
	}
}

// document reads a YAML file of the package.
func (r *reader) document(name string) (node, bool) {
	shown := path.Join(r.name, name)
	text, err := r.files[name].Read(min(maxFile, r.budget))
	r.budget -= int64(len(text))
	if err != nil {
		message := fmt.Sprintf("it cannot be read: %v", err)
		if errors.Is(err, archive.ErrTooLarge) {
			message = fmt.Sprintf("unpacked, it is too large: a file of a package has at most %d MB, and all that are read %d MB", maxFile>>20, maxTotal>>20)
		}
		r.problems = append(r.problems, diag.AtFile(shown, BadPackage, message, ""))
		return node{}, false
	}
	n, d := parseYAML(source.NewFile(shown, text))
	r.fail(d)
	return n, d == nil
}

func (r *reader) read() *Package {
	manifest, ok := r.document("manifest.yml")
	if !ok {
		return nil
	}
	r.pkg.Source, r.pkg.Title, r.pkg.Version = field.FromPackage, manifest.get("name").text(), manifest.get("version").text()
	if !packageName.MatchString(r.pkg.Title) {
		r.problems = append(r.problems, diag.AtFile(path.Join(r.name, "manifest.yml"), BadPackage, "the manifest has no name of a-z, 0-9 and _", ""))
		return nil
	}
	if r.pkg.Version == "" || strings.ContainsAny(r.pkg.Version, " \t\n") {
		r.problems = append(r.problems, diag.AtFile(path.Join(r.name, "manifest.yml"), BadPackage, "the manifest has no version", ""))
	}
	r.pkg.Kibana = strings.Join(strings.Fields(manifest.get("conditions.kibana.version").text()), " ")
	templates := manifest.get("policy_templates").items()
	for _, t := range templates {
		if name := t.get("name").text(); packageName.MatchString(name) {
			r.pkg.Templates = append(r.pkg.Templates, name)
		}
	}
	for _, stream := range r.streams() {
		r.stream(stream)
	}
	r.input(templates)
	if len(r.pkg.Streams) == 0 && !r.problems.HasErrors() {
		r.problems = append(r.problems, diag.AtFile(r.name, BadPackage, "the package "+r.pkg.Title+" has no data streams, so no fields either", ""))
	}
	return &r.pkg
}

// streams are the folders of the data streams, sorted.
func (r *reader) streams() []string {
	var names []string
	for name := range r.files {
		parts := strings.Split(name, "/")
		if len(parts) == 3 && parts[0] == "data_stream" && parts[2] == "manifest.yml" {
			names = append(names, parts[1])
		}
	}
	slices.Sort(names)
	return names
}

// stream reads one data stream. Fleet: its data is in TYPE-DATASET-NAMESPACE, and the dataset is PACKAGE.STREAM unless the
// manifest names another one, which may be a prefix.
func (r *reader) stream(name string) {
	folder := "data_stream/" + name + "/"
	manifest, ok := r.document(folder + "manifest.yml")
	if !ok {
		return
	}
	if !packageName.MatchString(name) {
		r.problems = append(r.problems, diag.AtFile(path.Join(r.name, folder), BadPackage, fmt.Sprintf("%q is not a name of a data stream", name), ""))
		return
	}
	dataset := orElse(manifest.get("dataset").text(), r.pkg.Title+"."+name)
	if manifest.get("dataset_is_prefix").text() == "true" {
		dataset += ".*"
	}
	r.add(field.Stream{Name: name, Index: orElse(manifest.get("type").text(), "logs") + "-" + dataset + "-*"}, folder+"fields/")
}

// input reads the fields of an input package, which has no data streams of its own: whoever sets it up chooses the dataset,
// and Fleet proposes PACKAGE.TEMPLATE.
func (r *reader) input(templates []node) {
	for _, t := range templates {
		if kind := t.get("type").text(); kind != "" && len(r.pkg.Streams) == 0 {
			name := t.get("name").text()
			r.add(field.Stream{Name: name, Index: kind + "-" + r.pkg.Title + "." + name + "-*"}, "fields/")
		}
	}
}

// add reads the fields of a stream from the files of a folder.
func (r *reader) add(stream field.Stream, folder string) {
	if strings.ContainsAny(stream.Index, " \t\r\n") {
		r.problems = append(r.problems, diag.AtFile(r.name, BadPackage, fmt.Sprintf("the data stream %s has white space in its dataset", stream.Name), ""))
		return
	}
	r.pkg.Streams = append(r.pkg.Streams, stream)
	r.declared = map[string]declaration{}
	var files []string
	for name := range r.files {
		if path.Dir(name)+"/" == folder && (path.Ext(name) == ".yml" || path.Ext(name) == ".yaml") {
			files = append(files, name)
		}
	}
	slices.Sort(files)
	for _, name := range files {
		if list, ok := r.document(name); ok && !list.missing() {
			r.fields(list, "", stream.Name)
		}
	}
}

func orElse(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}
