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
	var inPath *fs.PathError
	if errors.As(err, &inPath) {
		err = inPath.Err
	}
	var inLink *os.LinkError
	if errors.As(err, &inLink) {
		err = inLink.Err
	}
	return usage("cannot write %s: %v", path, err)
}

// replaceFile makes a file hold a text, in one step: whoever reads it meanwhile sees the old text or the new one. Missing
// folders are made.
func replaceFile(path, text string) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
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
	if err := file.Chmod(0o644); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
