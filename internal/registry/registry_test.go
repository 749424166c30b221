package registry_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/registry"
	"github.com/tocsin-rules/tocsin/internal/semver"
)

func client(t *testing.T, handler http.HandlerFunc) *registry.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	c, err := registry.New(server.URL+"/base/", http.DefaultTransport, "tocsin/test")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func version(t *testing.T, text string) semver.Version {
	t.Helper()
	v, err := semver.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// search is an answer of /search for versions with their conditions, in the order of a registry, which is that of texts.
func search(versions ...string) string {
	var list []string
	for i := 0; i < len(versions); i += 2 {
		list = append(list, fmt.Sprintf(`{"name":"okta","version":%q,"type":"integration","download":"/epr/okta/okta-%s.zip","conditions":{"kibana":{"version":%q},"elastic":{"subscription":"basic"}}}`,
			versions[i], versions[i], versions[i+1]))
	}
	return "[" + strings.Join(list, ",") + "]"
}

func TestReleases(t *testing.T) {
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Method + " " + r.URL.RequestURI() + " " + r.UserAgent(); got != "GET /base/search?all=true&package=okta&prerelease=true tocsin/test" {
			t.Error(got)
		}
		_, _ = io.WriteString(w, strings.Replace(search("1.10.0", "^8.3.0", "1.9.0", "", "x", "^8.0.0", "2.0.0-beta.1", "^9.0.0"), "]", `,{"name":"okta_other","version":"9.0.0"}]`, 1))
	})
	got, err := c.Releases(t.Context(), "okta")
	var versions []string
	for _, r := range got {
		versions = append(versions, r.Version.String()+" "+r.Kibana)
	}
	if want := "2.0.0-beta.1 ^9.0.0,1.10.0 ^8.3.0,1.9.0 "; err != nil || strings.Join(versions, ",") != want {
		t.Errorf("%q, %v, want %q", versions, err, want)
	}
}

func TestNewest(t *testing.T) {
	for _, row := range []struct {
		name        string
		versions    []string
		stack       string
		prereleases bool
		want        string
	}{
		{"the newest", []string{"1.9.0", "^8.0.0", "1.10.0", "^8.3.0"}, "8.19", false, "1.10.0"},
		{"the newest that runs there", []string{"1.9.0", "^8.0.0", "1.10.0", "^8.19.1"}, "8.19", false, "1.9.0"},
		{"one patch later", []string{"1.9.0", "^8.0.0", "1.10.0", "^8.19.1"}, "8.19.1", false, "1.10.0"},
		{"either of two", []string{"3.0.0", "^8.19.0 || ^9.1.0"}, "9.2", false, "3.0.0"},
		{"no condition", []string{"3.0.0", ""}, "7.17", false, "3.0.0"},
		{"a condition nobody understands", []string{"3.0.0", "soon", "2.0.0", "^8.0.0"}, "8.19", false, "2.0.0"},
		{"no prerelease", []string{"2.0.0-beta.1", "^8.0.0", "1.0.0", "^8.0.0"}, "8.19", false, "1.0.0"},
		{"a wanted prerelease", []string{"2.0.0-beta.1", "^8.0.0", "1.0.0", "^8.0.0"}, "8.19", true, "2.0.0-beta.1"},
		{"0 is one", []string{"0.4.0", "^8.0.0"}, "8.19", false, "only prereleases run on 8.19.0, such as 0.4.0"},
		{"too old", []string{"1.9.0", "^8.1.0", "1.10.0", "^8.3.0"}, "8.0", false, "no release runs on 8.0.0: 1.10.0 needs Kibana ^8.3.0, and 1.9.0 needs ^8.1.0"},
	} {
		c := client(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, search(row.versions...)) })
		releases, err := c.Releases(t.Context(), "okta")
		if err != nil {
			t.Error(row.name, err)
			continue
		}
		r, err := registry.Newest(releases, version(t, row.stack), row.prereleases)
		got := r.Version.String()
		if err != nil {
			got = err.Error()
		}
		if got != row.want && (err == nil || !strings.Contains(got, row.want)) {
			t.Errorf("%s: %s, want %s", row.name, got, row.want)
		}
	}
}

func TestRelease(t *testing.T) {
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/base/package/okta/3.2.0":
			_, _ = io.WriteString(w, strings.Trim(search("3.2.0", "^9.0.0"), "[]"))
		case "/base/package/okta/3.3.0":
			_, _ = io.WriteString(w, `{"name":"other","version":"3.3.0"}`)
		default:
			http.NotFound(w, r)
		}
	})
	if r, err := c.Release(t.Context(), "okta", "3.2.0"); err != nil || r.Kibana != "^9.0.0" || r.Version.String() != "3.2.0" {
		t.Errorf("%v %v", r, err)
	}
	if _, err := c.Release(t.Context(), "okta", "3.3.0"); err == nil || !strings.Contains(err.Error(), `the registry answers with "other" "3.3.0"`) {
		t.Error(err)
	}
	if _, err := c.Release(t.Context(), "okta", "../x"); !errors.Is(err, registry.ErrUnknown) {
		t.Error(err)
	}
}

// An archive is at a path of the registry, from where it may be elsewhere.
func TestArchive(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "PK") }))
	t.Cleanup(elsewhere.Close)
	download := ""
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/base/search":
			_, _ = fmt.Fprintf(w, `[{"name":"okta","version":"1.0.0","download":%q}]`, download)
		case "/base/epr/okta/okta-1.0.0.zip":
			http.Redirect(w, r, elsewhere.URL+"/okta.zip", http.StatusSeeOther)
		case "/base/round":
			http.Redirect(w, r, r.URL.Path, http.StatusFound)
		default:
			http.NotFound(w, r)
		}
	})
	for path, want := range map[string]string{
		"/epr/okta/okta-1.0.0.zip":      "PK",
		"/round":                        "it sends from one address to the next",
		"":                              "names no path",
		"https://evil.example.com/x":    "names no path",
		"//evil.example.com/x.zip":      "names no path",
		"/epr/../../x.zip":              "names no path",
		"/epr/x.zip?redirect=elsewhere": "names no path",
		"/epr/okta/none.zip":            "GET /epr/okta/none.zip: 404 Not Found",
	} {
		download = path
		releases, err := c.Releases(t.Context(), "okta")
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Archive(t.Context(), releases[0])
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q", path, got, want)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, row := range []struct {
		name   string
		status int
		body   string
		want   string
	}{
		{"none of that name", 200, `[]`, "package okta: the registry does not have it"},
		{"a page", 200, `<html>`, "GET /search: the answer is not what a registry says"},
		{"an object", 200, `{"error":"x"}`, "GET /search: the answer is not what a registry says"},
		{"half of it", 200, `[{"name":"okta"`, "GET /search: the answer is not what a registry says: unexpected end of JSON input"},
		{"out of order", 503, ``, "GET /search: 503 Service Unavailable"},
		{"a condition that is a number", 200, `[{"name":"okta","version":"1.0.0","conditions":{"kibana":{"version":8}}}]`, "not what a registry says"},
	} {
		c := client(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(row.status)
			_, _ = io.WriteString(w, row.body)
		})
		if _, err := c.Releases(t.Context(), "okta"); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, want %q", row.name, err, row.want)
		}
	}
	c, err := registry.New("http://127.0.0.1:1", http.DefaultTransport, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Releases(t.Context(), "okta"); err == nil || !strings.HasPrefix(err.Error(), "package registry: no answer from 127.0.0.1:1: ") {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Releases(ctx, "okta"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	for _, address := range []string{"", "epr.example.com", "ftp://x", "https://", "https://user:secret@x", "https://x?y"} {
		if _, err := registry.New(address, http.DefaultTransport, ""); err == nil {
			t.Errorf("%q was taken", address)
		}
	}
}
