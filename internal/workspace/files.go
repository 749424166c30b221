package workspace

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// maxFile bounds every file that is read into memory. Event files are the largest; a rule has its own, smaller limit.
const maxFile = 1 << 30

// readFile reads a regular file as it is shown to the user.
func (w *Workspace) readFile(path string) (*source.File, *diag.Diagnostic) {
	text, err := readText(path)
	if err != nil {
		d := diag.AtFile(w.shown(path), "unreadable-file", "the file cannot be read: "+reason(err), "")
		return nil, &d
	}
	return source.NewFile(w.shown(path), text), nil
}

func readText(path string) (string, error) {
	// The type comes first: opening a named pipe would wait for a writer.
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", err
	case info.IsDir():
		return "", errors.New("it is a folder")
	case !info.Mode().IsRegular():
		return "", errors.New("it is not a regular file")
	case info.Size() > maxFile:
		return "", fmt.Errorf("it has %d bytes, and at most %d are read", info.Size(), maxFile)
	}
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	// The size is only a hint: what is added meanwhile is read, too. A small file needs no larger buffer than itself.
	var text strings.Builder
	text.Grow(int(info.Size()))
	buffer := make([]byte, min(info.Size()+1, 64<<10))
	if _, err := io.CopyBuffer(&text, io.LimitReader(file, maxFile), buffer); err != nil {
		return "", err
	}
	return text.String(), nil
}

// reason is the cause of a file error without the path, which the diagnostic shows already.
func reason(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such file"
	case errors.Is(err, fs.ErrPermission):
		return "permission denied"
	}
	return err.Error()
}

// walk collects the files below a folder whose names end in one of some ways, sorted. Hidden files and folders are left out;
// links are followed, and one that leads back into a folder above it is a diagnostic.
func (w *Workspace) walk(dir string, kinds ...string) ([]string, diag.List) {
	t := tree{workspace: w, kinds: kinds}
	t.enter(dir, nil)
	slices.Sort(t.files)
	return t.files, t.problems
}

type tree struct {
	workspace *Workspace
	kinds     []string
	files     []string
	problems  diag.List
}

// enter lists a folder; above holds the real paths of the folders around it.
func (t *tree) enter(dir string, above []string) {
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		t.fail(dir, "the folder cannot be read: "+reason(err), "")
		return
	}
	if slices.Contains(above, real) {
		t.fail(dir, "the link leads back into a folder above it", "remove the link")
		return
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.fail(dir, "the folder cannot be read: "+reason(err), "")
	}
	above = append(slices.Clone(above), real)
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		if strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		isDir := entry.IsDir()
		if entry.Type()&fs.ModeSymlink != 0 {
			info, err := os.Stat(path)
			if err != nil {
				if t.wanted(path) {
					t.fail(path, "the link leads nowhere: "+reason(err), "")
				}
				continue
			}
			isDir = info.IsDir()
		}
		switch {
		case isDir:
			t.enter(path, above)
		case t.wanted(path):
			t.files = append(t.files, path)
		}
	}
}

func (t *tree) wanted(path string) bool { return slices.Contains(t.kinds, filepath.Ext(path)) }

func (t *tree) fail(path, message, help string) {
	t.problems = append(t.problems, diag.AtFile(t.workspace.shown(path), "unreadable-file", message, help))
}
