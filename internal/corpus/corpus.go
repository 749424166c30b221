// Package corpus gives tests the real rules and events that lie beside the repository, never in it.
//
// The environment variable [Env] names the folder that holds them. A test that asks for them is skipped when
// the variable is unset, and fails when it is set but the file is missing or broken.
package corpus

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Env is the environment variable that names the folder of the test data.
const Env = "TOCSIN_TEST_DATA"

// File is one text file of an archive.
type File struct {
	// Name is its slash-separated path within the archive, such as "rules/linux/some_rule.toml".
	Name string
	Text string
}

// Rules gives every production rule of the corpus, sorted by name.
func Rules(tb testing.TB) []File {
	tb.Helper()
	files, err := untar(open(tb, "rule-corpus.tar.gz"), ".toml")
	if err != nil {
		tb.Fatalf("rule corpus: %v", err)
	}
	return files
}

// Events gives every Windows event of the corpus, each a JSON object on one line, in the order of the file.
func Events(tb testing.TB) []string {
	tb.Helper()
	events, err := lines(open(tb, "windows-events.ndjson.gz"))
	if err != nil {
		tb.Fatalf("event corpus: %v", err)
	}
	return events
}

// Path gives the place of another file of the test data; the test is skipped when there is no test data.
func Path(tb testing.TB, name string) string {
	tb.Helper()
	dir := os.Getenv(Env)
	if dir == "" {
		tb.Skipf("%s is not set", Env)
	}
	return filepath.Join(dir, name)
}

func open(tb testing.TB, name string) io.Reader {
	tb.Helper()
	packed, err := os.ReadFile(Path(tb, name))
	if err != nil {
		tb.Fatal(err)
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		tb.Fatalf("%s: %v", name, err)
	}
	return unpacked
}

func untar(r io.Reader, suffix string) ([]File, error) {
	var files []File
	for archive := tar.NewReader(r); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if header.Typeflag != tar.TypeReg || !strings.HasSuffix(header.Name, suffix) {
			continue
		}
		text, err := io.ReadAll(archive)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", header.Name, err)
		}
		files = append(files, File{Name: strings.TrimPrefix(header.Name, "./"), Text: string(text)})
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return files, nil
}

func lines(r io.Reader) ([]string, error) {
	var all []string
	scanner := bufio.NewScanner(r)
	scanner.Buffer(nil, 16<<20)
	for scanner.Scan() {
		if line := scanner.Text(); line != "" {
			all = append(all, line)
		}
	}
	return all, scanner.Err()
}
