package importer

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/exception"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// The limits of what is unpacked. The largest package of prebuilt rules has some hundred megabytes in files of less than
// one each.
const (
	maxTotal = 512 << 20
	maxFile  = 32 << 20
	// maxRound is the number of bytes from which texts are read side by side before more are unpacked.
	maxRound = 8 << 20
	// maxShown is the size up to which a text is kept to show a finding in it.
	maxShown = 1 << 20
)

// assetFolder is where a package has its rules.
const assetFolder = "kibana/security_rule/"

// member is a file of an archive or a folder.
type member struct {
	name string
	open func() (io.ReadCloser, error)
}

// zip finds the rules of an archive.
func (b *Batch) zip(file *source.File) {
	archive, err := zip.NewReader(strings.NewReader(file.Text()), int64(len(file.Text())))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		b.failAt(file.Name(), BadArchive, "the archive is damaged or incomplete: %s", strings.TrimPrefix(err.Error(), "zip: "))
		return
	}
	var members []member
	for _, f := range archive.File {
		if f.FileInfo().IsDir() {
			continue
		}
		if !filepath.IsLocal(f.Name) || strings.Contains(f.Name, `\`) {
			b.failAt(file.Name(), BadArchive, "the entry %q leads out of the archive", f.Name)
			continue
		}
		members = append(members, member{name: f.Name, open: f.Open})
	}
	b.members(members)
}

// ReadFolder finds the rules below a folder: a repository of rules in TOML, an unpacked package, or files of exports.
// Hidden files and folders are left out, and links are not followed. The name is how the folder is shown.
func ReadFolder(folder fs.FS, name string) *Batch {
	b := newBatch(name)
	var members []member
	err := fs.WalkDir(folder, ".", func(at string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			b.failAt(path.Join(name, at), "unreadable-file", "it cannot be read: %v", cause(err))
		case at != "." && strings.HasPrefix(entry.Name(), "."):
			if entry.IsDir() {
				return fs.SkipDir
			}
		case entry.Type().IsRegular():
			members = append(members, member{name: at, open: func() (io.ReadCloser, error) { return folder.Open(at) }})
		}
		return nil
	})
	if err != nil {
		b.failAt(name, "unreadable-file", "it cannot be read: %v", cause(err))
	}
	b.configure(folder)
	b.members(members)
	return b
}

// cause is a file error without the path.
func cause(err error) error {
	var inPath *fs.PathError
	if errors.As(err, &inPath) {
		return inPath.Err
	}
	return err
}

// members takes the files that may hold rules. Where there is a package's folder of rules, its JSON alone is taken: the
// rest are dashboards and the like.
func (b *Batch) members(all []member) {
	inPackage := slices.ContainsFunc(all, member.isAsset)
	var wanted, others []member
	for _, m := range all {
		switch kind := path.Ext(m.name); {
		case isLock(m.name):
			b.left[lockFiles]++
		case kind == ".toml", isJSON(kind) && (m.isAsset() || !inPackage):
			wanted = append(wanted, m)
		case kind == ".yaml" || kind == ".yml":
			b.left[configFiles]++
		default:
			others = append(others, m)
		}
	}
	for len(wanted) > 0 {
		var some []loaded
		some, wanted = b.load(wanted)
		parts := make([]*Batch, len(some))
		parallel(len(some), func(i int) { parts[i] = b.part(some[i]) })
		for _, part := range parts {
			b.add(part)
		}
	}
	b.gather()
	b.left[otherFiles] = len(others) - b.readValues(others)
	maps.DeleteFunc(b.left, func(_ string, n int) bool { return n == 0 })
}

// readValues reads the files that value lists name, and gives their number.
func (b *Batch) readValues(others []member) int {
	for _, p := range b.parts {
		name, _ := p.table["file"].(string)
		if p.key != exception.ValueTable || p.doc == nil || !filepath.IsLocal(name) {
			continue
		}
		folder := strings.TrimSuffix(strings.TrimPrefix(p.doc.File.Name(), b.name+"/"), p.path)
		i := slices.IndexFunc(others, func(m member) bool { return m.name == path.Join(folder, name) })
		if i < 0 {
			b.fail(p.place, NotTaken, "the file %s of the value list is not in the input", name)
			continue
		}
		text, err := others[i].read(min(maxFile, b.budget))
		b.budget -= int64(len(text))
		if err != nil {
			b.failAt(path.Join(b.name, others[i].name), BadArchive, "it cannot be read: %v", cause(err))
			continue
		}
		b.values = append(b.values, File{Folder: Exceptions, Path: path.Clean(name), Text: text, Changed: true, Values: true})
	}
	return len(b.values)
}

func (m member) isAsset() bool { return strings.Contains("/"+m.name, "/"+assetFolder) }

// loaded is the text of a member.
type loaded struct{ name, text string }

// load unpacks members until their texts are enough for one round; it gives them and the members that are left.
func (b *Batch) load(wanted []member) (some []loaded, rest []member) {
	size := 0
	for i, m := range wanted {
		if size > maxRound {
			return some, wanted[i:]
		}
		text, err := m.read(min(maxFile, b.budget))
		b.budget -= int64(len(text))
		switch {
		case errors.Is(err, errTooLarge) && b.budget <= 0:
			b.failAt(b.name, BadArchive, "unpacked, the input is too large: nothing is read from %s on", m.name)
			return some, nil
		case err != nil:
			b.failAt(path.Join(b.name, m.name), BadArchive, "it cannot be read: %v", cause(err))
			continue
		}
		size += len(text)
		some = append(some, loaded{m.name, text})
	}
	return some, nil
}

// part reads one member into a batch of its own.
func (b *Batch) part(l loaded) *Batch {
	part := newBatch(b.name)
	part.folders, part.tableFolders = b.folders, b.tableFolders
	part.member(source.NewFile(path.Join(b.name, l.name), l.text), l.name)
	if len(l.text) > maxShown {
		for i := range part.Problems {
			part.Problems[i] = detached(part.Problems[i])
		}
	}
	return part
}

// detached gives a finding that does not keep the text of its file.
func detached(d diag.Diagnostic) diag.Diagnostic {
	if d.Subject.HasSpan() {
		at := d.Subject.File.Position(d.Subject.Span.Start)
		d.Message += fmt.Sprintf(" (line %d, column %d)", at.Line, at.Column)
	}
	if d.Subject.File != nil {
		d.Subject = diag.Place{File: source.NewFile(d.Subject.File.Name(), ""), Span: diag.NoSpan}
	}
	d.Context, d.Related = source.Span{}, nil
	return d
}

// add takes what a part of the input holds.
func (b *Batch) add(part *Batch) {
	b.Rules = append(b.Rules, part.Rules...)
	b.parts = append(b.parts, part.parts...)
	for id, l := range part.lists {
		if have := b.lists[id]; have != nil {
			l.items = append(have.items, l.items...)
			if l.container == nil {
				l.container, l.place = have.container, have.place
			}
		}
		b.lists[id] = l
	}
	b.Problems = append(b.Problems, part.Problems...)
	for kind, n := range part.left {
		b.left[kind] += n
	}
}

func isJSON(kind string) bool { return kind == ".json" || kind == ".ndjson" || kind == ".jsonl" }

// isLock tells whether a file holds locked versions, in the form of Elastic's rule repository or in tocsin's.
func isLock(name string) bool {
	base := path.Base(name)
	return base == "version.lock.json" || base == "deprecated_rules.json" || strings.HasSuffix(base, ".lock")
}

var errTooLarge = errors.New("too large")

// read unpacks a file of at most limit bytes, whatever its header says.
func (m member) read(limit int64) (string, error) {
	r, err := m.open()
	if err != nil {
		return "", err
	}
	defer r.Close()
	var text strings.Builder
	n, err := io.Copy(&text, io.LimitReader(r, limit+1))
	switch {
	case err != nil:
		return text.String(), err
	case n > limit:
		return text.String(), fmt.Errorf("%w: it has more than %d bytes", errTooLarge, limit)
	}
	return text.String(), nil
}
