package importer

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/archive"
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

// zip finds the rules of an archive.
func (b *Batch) zip(file *source.File) {
	members, outside, err := archive.Zip(file.Text())
	if err != nil {
		b.failAt(file.Name(), BadArchive, "%v", err)
		return
	}
	for _, name := range outside {
		b.failAt(file.Name(), BadArchive, "the entry %q leads out of the archive", name)
	}
	b.members(members)
}

// ReadFolder finds the rules below a folder: a repository of rules in TOML, an unpacked package, or files of exports.
// Hidden files and folders are left out, and links are not followed. The name is how the folder is shown.
func ReadFolder(folder fs.FS, name string) *Batch {
	b := newBatch(name)
	members := archive.Folder(folder, func(at string, err error) {
		b.failAt(path.Join(name, at), "unreadable-file", "it cannot be read: %v", cause(err))
	})
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
func (b *Batch) members(all []archive.Member) {
	inPackage := slices.ContainsFunc(all, isAsset)
	var wanted, others []archive.Member
	for _, m := range all {
		switch kind := path.Ext(m.Name); {
		case isLock(m.Name):
			b.left[lockFiles]++
		case kind == ".toml", isJSON(kind) && (isAsset(m) || !inPackage):
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
func (b *Batch) readValues(others []archive.Member) int {
	for _, p := range b.parts {
		name, _ := p.table["file"].(string)
		if p.key != exception.ValueTable || p.doc == nil || !filepath.IsLocal(name) {
			continue
		}
		folder := strings.TrimSuffix(strings.TrimPrefix(p.doc.File.Name(), b.name+"/"), p.path)
		i := slices.IndexFunc(others, func(m archive.Member) bool { return m.Name == path.Join(folder, name) })
		if i < 0 {
			b.fail(p.place, NotTaken, "the file %s of the value list is not in the input", name)
			continue
		}
		text, err := others[i].Read(min(maxFile, b.budget))
		b.budget -= int64(len(text))
		if err != nil {
			b.failAt(path.Join(b.name, others[i].Name), BadArchive, "it cannot be read: %v", cause(err))
			continue
		}
		b.values = append(b.values, File{Folder: Exceptions, Path: path.Clean(name), Text: text, Changed: true, Values: true})
	}
	return len(b.values)
}

func isAsset(m archive.Member) bool { return strings.Contains("/"+m.Name, "/"+assetFolder) }

// loaded is the text of a member.
type loaded struct{ name, text string }

// load unpacks members until their texts are enough for one round; it gives them and the members that are left.
func (b *Batch) load(wanted []archive.Member) (some []loaded, rest []archive.Member) {
	size := 0
	for i, m := range wanted {
		if size > maxRound {
			return some, wanted[i:]
		}
		text, err := m.Read(min(maxFile, b.budget))
		b.budget -= int64(len(text))
		switch {
		case errors.Is(err, archive.ErrTooLarge) && b.budget <= 0:
			b.failAt(b.name, BadArchive, "unpacked, the input is too large: nothing is read from %s on", m.Name)
			return some, nil
		case err != nil:
			b.failAt(path.Join(b.name, m.Name), BadArchive, "it cannot be read: %v", cause(err))
			continue
		}
		size += len(text)
		some = append(some, loaded{m.Name, text})
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
	for _, r := range part.Rules {
		b.take(r)
	}
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
	b.tell(part.Problems...)
	b.untold += part.untold
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
