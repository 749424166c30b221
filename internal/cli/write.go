package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// absolute resolves a path that the user gave.
func (a *app) absolute(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(a.Dir, path)
}

// cannotWrite tells why a file that the user named could not be written.
func cannotWrite(path string, err error) error {
	return usage("cannot write %s: %v", path, pathless(err))
}

// pathless is the cause of a file error without the path, which the reader is told anyway.
func pathless(err error) error {
	var inPath *fs.PathError
	if errors.As(err, &inPath) {
		return inPath.Err
	}
	var inLink *os.LinkError
	if errors.As(err, &inLink) {
		return inLink.Err
	}
	return err
}

// replaceFile makes a file hold a text, in one step: whoever reads it meanwhile sees the old text or the new one, and where the
// new one cannot be written the old one stays. Missing folders are made.
func replaceFile(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return writeBeside(path, text, 0o644)
}

// rewriteFile makes a file that exists hold another text, in one step and with the rights that it had. A link stays a
// link: the file that it leads to is the one that changes.
func rewriteFile(path, text string) error {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(real)
	if err != nil {
		return err
	}
	return writeBeside(real, text, info.Mode().Perm())
}

// writeBeside writes a new file in the folder of path and gives it the name of path when it is complete.
func writeBeside(path, text string, mode fs.FileMode) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			file.Close()
			_ = os.Remove(file.Name())
		}
	}()
	if _, err := file.WriteString(text); err != nil {
		return err
	}
	if err := file.Chmod(mode); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
