// Package git asks the git program about the history of a repository of rules: the commits that changed a file, a file as
// it was, the files of a whole tree.
//
// It only reads, and never reaches the network: fetching objects that are missing is switched off, and so are prompts,
// hooks and the other programs that a repository's own configuration could start.
package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// Why there is no answer.
var (
	// ErrNoGit: the git program is not there.
	ErrNoGit = errors.New("the git program cannot be found; history needs it")
	// ErrNoRepository: the folder belongs to no git repository.
	ErrNoRepository = errors.New("this is no git repository, so there is no history")
	// ErrNoCommit: a name that stands for no commit.
	ErrNoCommit = errors.New("git knows no such commit")
)

// Repository is a git repository with its files.
type Repository struct {
	// Root is the absolute folder at its top.
	Root string
}

// Commit is one commit.
type Commit struct {
	Hash, Author, Subject string
	Time                  time.Time
	// Path is, in the log of a file, where the file was at this commit, from the root with slashes.
	Path string
}

// Short is the beginning of the hash, as people write it.
func (c Commit) Short() string { return c.Hash[:min(10, len(c.Hash))] }

// Open finds the repository that a folder belongs to.
func Open(ctx context.Context, dir string) (*Repository, error) {
	out, err := run(ctx, dir, nil, "rev-parse", "--show-toplevel")
	var failed *exec.ExitError
	switch {
	case errors.As(err, &failed):
		return nil, fmt.Errorf("%w (%s)", ErrNoRepository, firstLine(failed.Stderr))
	case err != nil:
		return nil, err
	}
	return &Repository{Root: filepath.FromSlash(strings.TrimSuffix(string(out), "\n"))}, nil
}

// Path gives a file's path from the root, as git names it.
func (r *Repository) Path(file string) (string, error) {
	// The root is without symbolic links; a folder above the file may be one.
	if dir, err := filepath.EvalSymlinks(filepath.Dir(file)); err == nil {
		file = filepath.Join(dir, filepath.Base(file))
	}
	path, err := filepath.Rel(r.Root, file)
	if err != nil || !filepath.IsLocal(path) {
		return "", fmt.Errorf("%s is not in the git repository at %s", file, r.Root)
	}
	return filepath.ToSlash(path), nil
}

// Log is the commits that changed a file, newest first, also those that changed it under an earlier name. A limit of 0 is
// none.
func (r *Repository) Log(ctx context.Context, path string, limit int) ([]Commit, error) {
	args := []string{"log", "--follow", "--no-show-signature", "-z", "--name-only", "--no-ext-diff", "--format=" + commitFormat}
	if limit > 0 {
		args = append(args, fmt.Sprintf("--max-count=%d", limit))
	}
	out, err := r.run(ctx, nil, append(args, "--", path)...)
	if err != nil {
		if strings.Contains(err.Error(), "does not have any commits") {
			return nil, nil
		}
		return nil, err
	}
	return parseLog(string(out))
}

// commitFormat is one commit as git writes it, its parts ended by NUL.
const commitFormat = "%H%x00%aI%x00%an%x00%s"

// parseLog reads records of a commit's four parts and the file's name.
func parseLog(text string) ([]Commit, error) {
	parts := strings.Split(strings.TrimSuffix(text, "\x00"), "\x00")
	if text == "" {
		return nil, nil
	}
	if len(parts)%5 != 0 {
		return nil, errors.New("git's log cannot be read")
	}
	var all []Commit
	for i := 0; i < len(parts); i += 5 {
		c, err := newCommit(parts[i : i+4])
		if err != nil {
			return nil, err
		}
		c.Path = strings.TrimPrefix(parts[i+4], "\n")
		all = append(all, c)
	}
	return all, nil
}

var hashForm = regexp.MustCompile(`^[0-9a-f]{40}([0-9a-f]{24})?$`)

func newCommit(parts []string) (Commit, error) {
	if !hashForm.MatchString(parts[0]) {
		return Commit{}, errors.New("git's log cannot be read: a commit has no hash")
	}
	at, err := time.Parse(time.RFC3339, parts[1])
	if err != nil {
		return Commit{}, fmt.Errorf("git's log cannot be read: %w", err)
	}
	return Commit{Hash: parts[0], Time: at, Author: parts[2], Subject: parts[3]}, nil
}

// Commit finds the commit that a name such as HEAD~3, a tag or the beginning of a hash stands for.
func (r *Repository) Commit(ctx context.Context, name string) (Commit, error) {
	if name == "" || strings.HasPrefix(name, "-") {
		return Commit{}, fmt.Errorf("%w: %q", ErrNoCommit, name)
	}
	out, err := r.run(ctx, nil, "rev-parse", "--verify", "--quiet", "--end-of-options", name+"^{commit}")
	if err != nil {
		return Commit{}, fmt.Errorf("%w: %q", ErrNoCommit, name)
	}
	hash := strings.TrimSpace(string(out))
	out, err = r.run(ctx, nil, "log", "--no-walk", "--no-show-signature", "-z", "--format="+commitFormat, hash)
	if err != nil {
		return Commit{}, err
	}
	parts := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	if len(parts) != 4 {
		return Commit{}, errors.New("git's log cannot be read")
	}
	return newCommit(parts)
}

func (r *Repository) run(ctx context.Context, input []byte, args ...string) ([]byte, error) {
	out, err := run(ctx, r.Root, input, args...)
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		return nil, fmt.Errorf("git %s: %s", args[0], firstLine(failed.Stderr))
	}
	return out, err
}

// run runs git in a folder and gives what it writes.
func run(ctx context.Context, dir string, input []byte, args ...string) ([]byte, error) {
	common := []string{
		"--no-pager", "--literal-pathspecs", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null",
		"-c", "core.quotePath=false", "-c", "protocol.allow=never",
	}
	cmd := exec.CommandContext(ctx, "git", append(common, args...)...)
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), "GIT_NO_LAZY_FETCH=1", "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0", "LC_ALL=C")
	cmd.Stdin = bytes.NewReader(input)
	out, err := cmd.Output()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return nil, ErrNoGit
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	return out, err
}

func firstLine(text []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	return line
}
