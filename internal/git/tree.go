package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// File is a file as it was at a commit.
type File struct {
	// Path is from the root, with slashes.
	Path string
	Text []byte
}

// MaxFiles is how many bytes the files of one request may have together.
const MaxFiles = 512 << 20

// Tree gives the files of a commit whose paths keep wants, sorted by path. Symbolic links and submodules are left out.
func (r *Repository) Tree(ctx context.Context, commit string, keep func(path string) bool) ([]File, error) {
	out, err := r.run(ctx, nil, "ls-tree", "-r", "-z", "-l", "--full-tree", "--end-of-options", commit)
	if err != nil {
		return nil, err
	}
	var paths, objects []string
	total := 0
	for entry := range strings.SplitSeq(string(out), "\x00") {
		// Mode, type, object, size; then the path.
		about, path, _ := strings.Cut(entry, "\t")
		words := strings.Fields(about)
		if len(words) != 4 || !strings.HasPrefix(words[0], "100") || !keep(path) {
			continue
		}
		size, err := strconv.Atoi(words[3])
		if err != nil {
			return nil, fmt.Errorf("git's tree cannot be read: %w", err)
		}
		if total += size; total > MaxFiles {
			return nil, fmt.Errorf("the files of %s are larger than %d MB together", commit, MaxFiles>>20)
		}
		paths, objects = append(paths, path), append(objects, words[2])
	}
	texts, err := r.read(ctx, objects)
	if err != nil {
		return nil, err
	}
	files := make([]File, len(paths))
	for i, path := range paths {
		files[i] = File{Path: path, Text: texts[i]}
	}
	return files, nil
}

// Versions gives a file's text at each commit of its log.
func (r *Repository) Versions(ctx context.Context, log []Commit) ([][]byte, error) {
	var objects []string
	for _, c := range log {
		objects = append(objects, c.Hash+":"+c.Path)
	}
	return r.read(ctx, objects)
}

// read gives the contents of objects, nil for one that is not there: a file that its commit deleted.
func (r *Repository) read(ctx context.Context, objects []string) ([][]byte, error) {
	if len(objects) == 0 {
		return nil, nil
	}
	for _, name := range objects {
		if strings.Contains(name, "\n") {
			return nil, fmt.Errorf("%q: a name with a line break cannot be asked for", name)
		}
	}
	out, err := r.run(ctx, []byte(strings.Join(objects, "\n")+"\n"), "cat-file", "--batch")
	if err != nil {
		return nil, err
	}
	texts := make([][]byte, len(objects))
	for i := range objects {
		head, rest, ok := bytes.Cut(out, []byte("\n"))
		if !ok {
			return nil, errors.New("git's answer ends too early")
		}
		if bytes.HasSuffix(head, []byte(" missing")) {
			out = rest
			continue
		}
		words := bytes.Fields(head)
		size, err := strconv.Atoi(string(words[len(words)-1]))
		if err != nil || size < 0 || size >= len(rest) {
			return nil, errors.New("git's answer cannot be read")
		}
		texts[i], out = rest[:size:size], rest[size+1:]
	}
	return texts, nil
}
