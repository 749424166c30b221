package importer

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/source"
)

// The limits of what is unpacked. The largest package of prebuilt rules has some hundred megabytes in files of less than
// one each.
const (
	maxTotal = 512 << 20
	maxFile  = 64 << 20
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
	isAsset := func(m member) bool { return strings.Contains("/"+m.name, "/"+assetFolder) }
	inPackage := slices.ContainsFunc(all, isAsset)
	for _, m := range all {
		kind := path.Ext(m.name)
		switch {
		case isLock(m.name):
			b.left[lockFiles]++
			continue
		case kind == ".toml", isJSON(kind) && (isAsset(m) || !inPackage):
		case kind == ".yaml" || kind == ".yml":
			b.left[configFiles]++
			continue
		default:
			b.left[otherFiles]++
			continue
		}
		text, err := m.read(min(maxFile, b.budget))
		b.budget -= int64(len(text))
		switch {
		case errors.Is(err, errTooLarge) && b.budget <= 0:
			b.failAt(b.name, BadArchive, "unpacked, the input is too large: nothing is read from %s on", m.name)
			return
		case err != nil:
			b.failAt(path.Join(b.name, m.name), BadArchive, "it cannot be read: %v", cause(err))
			continue
		}
		b.member(source.NewFile(path.Join(b.name, m.name), text), m.name)
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
