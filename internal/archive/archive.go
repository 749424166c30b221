// Package archive reads the files of archives and folders that come from elsewhere, and trusts nothing that they say of
// themselves: entries that lead out of the archive and links are told apart, and nothing is unpacked beyond a limit. It
// writes no file.
package archive

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
)

// Member is a file of an archive or a folder, by its path with slashes.
type Member struct {
	Name string
	Open func() (io.ReadCloser, error)
}

// ErrTooLarge is a file of more bytes than are read.
var ErrTooLarge = errors.New("too large")

// Read unpacks a file of at most limit bytes, whatever its header says.
func (m Member) Read(limit int64) (string, error) {
	r, err := m.Open()
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
		return text.String(), fmt.Errorf("%w: it has more than %d bytes", ErrTooLarge, limit)
	}
	return text.String(), nil
}

// Zip lists the files of a zip archive. The entries that lead out of it, and links, are listed apart. The error tells that
// the archive cannot be read.
func Zip(text string) (members []Member, outside []string, err error) {
	archive, err := zip.NewReader(strings.NewReader(text), int64(len(text)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, nil, fmt.Errorf("the archive is damaged or incomplete: %s", strings.TrimPrefix(err.Error(), "zip: "))
	}
	for _, f := range archive.File {
		mode := f.FileInfo().Mode()
		switch {
		case mode.IsDir():
		case !filepath.IsLocal(f.Name), strings.Contains(f.Name, `\`), mode&fs.ModeSymlink != 0:
			outside = append(outside, f.Name)
		default:
			members = append(members, Member{Name: f.Name, Open: f.Open})
		}
	}
	return members, outside, nil
}

// Folder lists the regular files below a folder in the order of their names. Hidden files and folders are left out, and
// links are not followed. What cannot be read is told by its path.
func Folder(folder fs.FS, fail func(at string, err error)) []Member {
	var members []Member
	err := fs.WalkDir(folder, ".", func(at string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			fail(at, err)
		case at != "." && strings.HasPrefix(entry.Name(), "."):
			if entry.IsDir() {
				return fs.SkipDir
			}
		case entry.Type().IsRegular():
			members = append(members, Member{Name: at, Open: func() (io.ReadCloser, error) { return folder.Open(at) }})
		}
		return nil
	})
	if err != nil {
		fail(".", err)
	}
	return members
}
