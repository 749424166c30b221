package cli

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"github.com/tocsin-rules/tocsin/internal/publish"
	"github.com/tocsin-rules/tocsin/internal/workspace"
)

// maxLock and maxPlan are the number of bytes that a lock and a plan file may have.
const (
	maxLock = 256 << 20
	maxPlan = 1 << 30
)

// readLimited reads a file; one that is not there is empty.
func readLimited(path string, limit int64) ([]byte, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = fmt.Errorf("it has more than %d MB", limit>>20)
	}
	return text, err
}

// record writes what was published into the lock file. It reads the file again: another space may have been published to
// meanwhile.
func record(w *workspace.Workspace, space string, outcomes []publish.Outcome) error {
	path := filepath.Join(w.Root, lockFile)
	guard, err := newGuard("lock", path)
	if err != nil {
		return err
	}
	if err := guard.Lock(); err != nil {
		return cannotWrite(guard.Path(), err)
	}
	defer func() { _ = guard.Unlock() }() // The end of the process does it as well.
	before, err := readLimited(path, maxLock)
	if err != nil {
		return usage("%s: %v", lockFile, err)
	}
	lock, err := publish.ReadLock(before)
	if err != nil {
		return usage("%s: %v", lockFile, err)
	}
	lock.Record(space, outcomes)
	after, err := lock.Encode()
	if err != nil || bytes.Equal(before, after) {
		return err
	}
	if err := replaceFile(path, string(after)); err != nil {
		return cannotWrite(lockFile, err)
	}
	return nil
}

// newGuard is what keeps other processes of this machine out. Its file lies in the user's cache and stays there: were it taken
// away, one process could hold the old file and another a new one.
func newGuard(kind, name string) (*flock.Flock, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	dir = filepath.Join(dir, "tocsin")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, cannotWrite(dir, err)
	}
	sum := sha256.Sum256([]byte(name))
	return flock.New(filepath.Join(dir, kind+"-"+hex.EncodeToString(sum[:8])+".lock")), nil
}

// hold makes sure that no other apply of this machine is at work in a space, until release is called. An apply of another
// machine is noticed by the revisions of the rules that it changes.
func (a *app) hold(space string) (release func(), err error) {
	guard, err := newGuard("apply", space)
	if err != nil {
		return nil, err
	}
	free, err := guard.TryLock()
	if err != nil {
		return nil, cannotWrite(guard.Path(), err)
	}
	if !free {
		return nil, &exit{code: exitFindings, err: fmt.Errorf("another tocsin is applying to %s; nothing was changed; wait for it and plan again", space)}
	}
	return func() { _ = guard.Unlock() }, nil // The end of the process does it as well.
}
