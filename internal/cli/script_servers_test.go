package cli_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// startRegistry is "registry FOLDER": it starts a package registry with the packages in the folders of a folder, each zipped as
// it is, and puts its address into $REGISTRY. A file beside them whose name ends in .zip is served in place of an archive, and
// the archive of a package with a folder "instead" is of what that holds.
func startRegistry(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: registry FOLDER")
	}
	root := ts.MkAbs(args[0])
	entries, err := os.ReadDir(root)
	ts.Check(err)
	var releases []map[string]any
	archives := map[string][]byte{}
	for _, entry := range entries {
		folder := filepath.Join(root, entry.Name())
		manifest, err := os.ReadFile(filepath.Join(folder, "manifest.yml"))
		if err != nil {
			continue
		}
		r := releaseOf(string(manifest))
		releases = append(releases, r)
		content := folder
		if _, err := os.Stat(filepath.Join(folder, "instead")); err == nil {
			content = filepath.Join(folder, "instead")
		}
		archives[r["download"].(string)] = zipped(ts, content, entry.Name())
		if text, err := os.ReadFile(folder + ".zip"); err == nil {
			archives[r["download"].(string)] = text
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if text, ok := archives[r.URL.Path]; ok {
			_, _ = w.Write(text)
			return
		}
		found := []map[string]any{}
		for _, release := range releases {
			if release["path"] == r.URL.Path {
				_ = json.NewEncoder(w).Encode(release)
				return
			}
			if release["name"] == r.URL.Query().Get("package") {
				found = append(found, release)
			}
		}
		if r.URL.Path != "/search" {
			http.NotFound(w, r)
			return
		}
		_ = json.NewEncoder(w).Encode(found)
	}))
	ts.Defer(server.Close)
	ts.Setenv("REGISTRY", server.URL)
}

// releaseOf is what a registry says of a package with a manifest.
func releaseOf(manifest string) map[string]any {
	value := func(form string) string {
		if m := regexp.MustCompile(`(?m)` + form).FindStringSubmatch(manifest); m != nil {
			return strings.Trim(m[1], `"'`)
		}
		return ""
	}
	name, version := value(`^name: (.*)$`), value(`^version: (.*)$`)
	return map[string]any{
		"name": name, "version": version, "download": "/epr/" + name + "/" + name + "-" + version + ".zip", "path": "/package/" + name + "/" + version,
		"conditions": map[string]any{"kibana": map[string]any{"version": value(`^ +version: (.*)$`)}},
	}
}

// zipped is a folder as an archive, below a folder of a name.
func zipped(ts *testscript.TestScript, folder, name string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	ts.Check(filepath.WalkDir(folder, func(at string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(at)
		if err != nil {
			return err
		}
		below, err := filepath.Rel(folder, at)
		if err != nil {
			return err
		}
		w, err := z.Create(path.Join(name, filepath.ToSlash(below)))
		if err != nil {
			return err
		}
		_, err = w.Write(text)
		return err
	}))
	ts.Check(z.Close())
	return b.Bytes()
}

// startElasticsearch is "elasticsearch FILE": it starts an Elasticsearch that gives the answers of a file, lines of PATH, STATUS
// and FILE, and puts its address into $ELASTICSEARCH. It wants the API key id:secret.
func startElasticsearch(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: elasticsearch FILE")
	}
	file := args[0]
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Elastic-Product", "Elasticsearch")
		if r.Header.Get("Authorization") != "ApiKey aWQ6c2VjcmV0" {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"error":{"reason":"unable to authenticate"}}`))
			return
		}
		text, err := os.ReadFile(ts.MkAbs(file))
		if err != nil {
			text = nil
		}
		for line := range strings.Lines(string(text)) {
			words := strings.Fields(line)
			if len(words) == 3 && words[0] == r.URL.Path {
				status, _ := strconv.Atoi(words[1])
				body, _ := os.ReadFile(ts.MkAbs(words[2]))
				w.WriteHeader(status)
				_, _ = w.Write(body)
				return
			}
		}
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte(`{"error":{"reason":"no such index"}}`))
	}))
	ts.Defer(server.Close)
	ts.Setenv("ELASTICSEARCH", server.URL)
}
