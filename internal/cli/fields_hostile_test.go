package cli_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/cli"
)

// goodPackage are the files of a package that is read without a finding.
func goodPackage() map[string]string {
	return map[string]string{
		"shop/manifest.yml": "name: shop\nversion: 1.0.0\n", "shop/data_stream/log/manifest.yml": "title: Log\n",
		"shop/data_stream/log/fields/fields.yml": "- {name: a, type: ip}\n",
	}
}

// archiveOf zips files; adjust may change the header of one by its name.
func archiveOf(t *testing.T, files map[string]string, adjust func(*zip.FileHeader)) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range files {
		h := &zip.FileHeader{Name: name, Method: zip.Deflate}
		if adjust != nil {
			adjust(h)
		}
		w, err := z.CreateHeader(h)
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bomb is an archive of some megabytes with a file of fields that unpacks to 10 GB.
func bomb(t *testing.T) []byte {
	t.Helper()
	const part, parts = 64 << 20, 160
	var packed, b bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(bytes.Repeat([]byte("\n"), part)); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(&b)
	for name, text := range goodPackage() {
		raw := []byte(text)
		h := &zip.FileHeader{Name: name, Method: zip.Store, CompressedSize64: uint64(len(raw)), UncompressedSize64: uint64(len(raw))}
		if strings.HasSuffix(name, "fields.yml") {
			raw = bytes.Repeat(packed.Bytes(), parts)
			h.Method, h.CompressedSize64, h.UncompressedSize64 = zip.Deflate, uint64(len(raw)), part*parts
		}
		into, err := z.CreateRaw(h)
		if err == nil {
			_, err = into.Write(raw)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// with is a package with another file, or with another text of one.
func with(name, text string) map[string]string {
	files := goodPackage()
	files[name] = text
	return files
}

// What an archive tries, and what is said of it. Nothing is written: not into the project, and not beside it.
func TestHostilePackages(t *testing.T) {
	link := func(h *zip.FileHeader) {
		if strings.HasSuffix(h.Name, "link.yml") {
			h.SetMode(fs.ModeSymlink | 0o777)
		}
	}
	const fields = "shop/data_stream/log/fields/fields.yml"
	for _, row := range []struct {
		name    string
		archive []byte
		want    string
	}{
		{"a way out", archiveOf(t, with("shop/../../evil.yml", "x"), nil), "the entry shop/../../evil.yml leads out of the archive, or is a link"},
		{"a whole path", archiveOf(t, with("/etc/evil.yml", "x"), nil), "the entry /etc/evil.yml leads out of the archive, or is a link"},
		{"backslashes", archiveOf(t, with(`shop\..\..\evil.yml`, "x"), nil), `leads out of the archive, or is a link`},
		{"a link", archiveOf(t, with("shop/data_stream/log/fields/link.yml", "/etc/passwd"), link), "the entry shop/data_stream/log/fields/link.yml leads out of the archive, or is a link"},
		{"10 GB", bomb(t), "unpacked, it is too large: a file of a package has at most 1 MB"},
		{"broken YAML", archiveOf(t, with(fields, "- name: a\n  type: [ip\n"), nil), "shop.zip/data_stream/log/fields/fields.yml:2:9"},
		{"a name that leads out", archiveOf(t, with("shop/manifest.yml", "name: ../../evil\nversion: 1.0.0\n"), nil), "the manifest has no name of a-z, 0-9 and _"},
		{"a stream that leads out", archiveOf(t, with("shop/data_stream/log/manifest.yml", "dataset: \"a b\"\n"), nil), "white space in its dataset"},
		{"types that contradict each other", archiveOf(t, with("shop/data_stream/log/fields/more.yml", "- {name: a, type: long}\n"), nil), "declares a as ip and as long"},
		{"no package", archiveOf(t, map[string]string{"readme.md": "x"}, nil), "there is no manifest.yml"},
		{"cut off", archiveOf(t, goodPackage(), nil)[:200], "the archive is damaged or incomplete"},
		{"no archive", []byte("<html>"), "the archive is damaged or incomplete"},
	} {
		system, said := project(t, nil)
		// The file is outside of the project, in a folder that must stay as it is, too.
		outside := t.TempDir()
		path := filepath.Join(outside, "shop.zip")
		if err := os.WriteFile(path, row.archive, 0o600); err != nil {
			t.Fatal(err)
		}
		before := filesIn(t, filepath.Dir(system.Dir)) + filesIn(t, outside)
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		allocated := memory.TotalAlloc
		if code := cli.Run([]string{"fields", "add", path}, system); code != 1 || !strings.Contains(said.String(), row.want) {
			t.Errorf("%s: code %d, %q, want %q", row.name, code, said, row.want)
		}
		runtime.ReadMemStats(&memory)
		if used := memory.TotalAlloc - allocated; used > 200<<20 {
			t.Errorf("%s: %d MB were used", row.name, used>>20)
		}
		if after := filesIn(t, filepath.Dir(system.Dir)) + filesIn(t, outside); after != before {
			t.Errorf("%s: files before\n%s\nafter\n%s", row.name, before, after)
		}
	}
}

// filesIn lists the files below a folder.
func filesIn(t *testing.T, folder string) string {
	t.Helper()
	var list strings.Builder
	err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		list.WriteString(path + "\n")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list.String()
}
