package integration

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-rules/tocsin/internal/archive"
	"github.com/tocsin-rules/tocsin/internal/field"
)

const manifest = "name: shop\nversion: 1.2.0\nconditions:\n  kibana:\n    version: \"^8.13.0 || ^9.0.0\"\npolicy_templates:\n  - name: orders\n"

// shop is a package with one data stream of some fields.
func shop(fields string) map[string]string {
	return map[string]string{
		"manifest.yml": manifest, "data_stream/log/manifest.yml": "title: Log\n", "data_stream/log/fields/fields.yml": fields,
	}
}

func members(t testing.TB, files map[string]string) []archive.Member {
	t.Helper()
	folder := fstest.MapFS{}
	for name, text := range files {
		folder[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return archive.Folder(folder, func(at string, err error) { t.Fatal(at, err) })
}

func ecs() field.Source {
	return field.NewTable(field.Mapping{Name: "source.ip", Type: field.IP}, field.Mapping{Name: "tags", Type: field.Keyword, Array: true})
}

// Each row is a definition with the lines of the catalog that it makes.
func TestFields(t *testing.T) {
	for _, test := range []struct{ name, yaml, want string }{
		{"a plain field", "- name: a\n  type: long\n", "a long"},
		{"without a type it is a keyword", "- name: a\n", "a keyword ignore_above=1024"},
		{"a bound of its own", "- {name: a, type: keyword, ignore_above: 20}\n", "a keyword ignore_above=20"},
		{"integer becomes long", "- name: a\n  type: integer\n", "a long"},
		{"groups", "- name: a\n  type: group\n  fields:\n    - name: b.c\n      type: ip\n", "a.b.c ip"},
		{"a group without a type", "- name: a\n  fields:\n    - name: b\n      type: ip\n", "a.b ip"},
		{"nested", "- name: a\n  type: nested\n  fields:\n    - name: b\n      type: ip\n", "a nested|a.b ip"},
		{"multi-fields", "- name: a\n  type: keyword\n  multi_fields:\n    - name: text\n      type: match_only_text\n", "a keyword ignore_above=1024|a.text match_only_text path=a"},
		{"from ECS", "- name: source.ip\n  external: ecs\n", "source.ip ip"},
		{"from ECS, with what it expects", "- name: tags\n  external: ecs\n", "tags keyword ignore_above=1024 array"},
		{"normalizer and analyzer", "- {name: a, type: keyword, normalizer: lowercase}\n- {name: b, type: text, analyzer: simple}\n", "a keyword normalizer=lowercase ignore_above=1024|b text analyzer=simple"},
		{"an object of one type", "- name: labels\n  type: object\n  object_type: keyword\n", "labels.* keyword ignore_above=1024"},
		{"the same with a star", "- name: labels.*\n  type: object\n  object_type: long\n", "labels.* long"},
		{"an object", "- name: a\n  type: object\n", "a object"},
		{"an alias", "- name: a\n  type: ip\n- {name: b, type: alias, path: a}\n", "a ip|b ip path=a"},
		{"the same twice", "- {name: a, type: ip}\n- {name: a, type: ip}\n", "a ip"},
		{"an empty file", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, problems := Read("shop", members(t, shop(test.yaml)), ecs())
			if p == nil {
				t.Fatal(problems)
			}
			_, body, _ := strings.Cut(p.Text(), "# stream log logs-shop.log-*\n")
			got := strings.ReplaceAll(strings.ReplaceAll(strings.TrimSpace(body), "\t", " "), "\n", "|")
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestManifests(t *testing.T) {
	files := map[string]string{
		"shop-1.2.0/manifest.yml":                         manifest,
		"shop-1.2.0/data_stream/b/manifest.yml":           "dataset: shop.other\ntype: metrics\n",
		"shop-1.2.0/data_stream/b/fields/f.yml":           "- {name: m, type: double}\n",
		"shop-1.2.0/data_stream/a/manifest.yml":           "dataset_is_prefix: true\n",
		"shop-1.2.0/data_stream/a/fields/f.yml":           "- {name: n, type: long}\n",
		"shop-1.2.0/data_stream/a/sample_event.json":      "{",
		"shop-1.2.0/elasticsearch/transform/x/fields.yml": "}",
	}
	p, problems := Read("shop.zip", members(t, files), nil)
	if p == nil {
		t.Fatal(problems)
	}
	want := field.Header{
		Source: field.FromPackage, Title: "shop", Version: "1.2.0", Kibana: "^8.13.0 || ^9.0.0", Templates: []string{"orders"},
		Streams: []field.Stream{{Name: "a", Index: "logs-shop.a.*-*"}, {Name: "b", Index: "metrics-shop.other-*"}},
	}
	if diff := cmp.Diff(want, p.Header); diff != "" {
		t.Error(diff)
	}
}

func TestInputPackage(t *testing.T) {
	p, problems := Read("in", members(t, map[string]string{
		"manifest.yml": "name: in\nversion: 1.0.0\ntype: input\npolicy_templates:\n  - name: web\n    type: logs\n",
		"fields/f.yml": "- {name: n, type: long}\n",
	}), nil)
	if p == nil || p.Streams[0].Index != "logs-in.web-*" || len(p.Fields) != 1 {
		t.Errorf("%v %v", p, problems)
	}
}

// Each row is a package that is refused, with the place and the beginning of the reason.
func TestRefused(t *testing.T) {
	for _, test := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"no manifest", map[string]string{"a.yml": ""}, "shop: error: there is no manifest.yml"},
		{"no name", map[string]string{"manifest.yml": "version: 1.0.0\n"}, "shop/manifest.yml: error: the manifest has no name"},
		{"a name that is a path", map[string]string{"manifest.yml": "name: ../../etc\nversion: 1.0.0\n"}, "shop/manifest.yml: error: the manifest has no name"},
		{"no data stream", map[string]string{"manifest.yml": manifest}, "shop: error: the package shop has no data streams"},
		{"broken YAML", shop("- name: a\n  type: [\n"), "shop/data_stream/log/fields/fields.yml:2:9: error: it is no YAML"},
		{"no list", shop("name: a\n"), "shop/data_stream/log/fields/fields.yml:1:5: error: field definitions are a list"},
		{"no name of a field", shop("- type: ip\n"), "shop/data_stream/log/fields/fields.yml:1:7: error: a field needs a name"},
		{"an unknown type", shop("- name: a\n  type: keywrd\n"), `shop/data_stream/log/fields/fields.yml:2:9: error: field a: "keywrd" is not`},
		{"two types", shop("- name: a\n  type: ip\n- name: a\n  type: long\n"), "shop/data_stream/log/fields/fields.yml:4:9: error: the data stream log declares a as ip and as long"},
		{"a file that is too large", shop("#" + strings.Repeat("x", maxFile)), "shop/data_stream/log/fields/fields.yml: error: unpacked, it is too large"},
		{"lists in lists", shop(strings.Repeat("[", 5000)), "shop/data_stream/log/fields/fields.yml:1:201: error: lists and tables stand in each other"},
		{"items in items", shop(strings.Repeat("- ", 5000) + "a"), "shop/data_stream/log/fields/fields.yml:1:401: error: lists and tables"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, problems := Read("shop", members(t, test.files), nil)
			if p != nil || len(problems) == 0 || !strings.HasPrefix(problems[0].Error(), test.want) {
				t.Errorf("%v %v", p, problems)
			}
		})
	}
}

// A near miss of the limits: deep, but not too deep.
func TestNested(t *testing.T) {
	if at := tooDeep(strings.Repeat("[", maxNesting) + strings.Repeat("]", maxNesting) + "\n" + strings.Repeat("-", 500)); at >= 0 {
		t.Errorf("refused at %d", at)
	}
}

func zipped(t testing.TB, files map[string]string, adjust func(*zip.FileHeader)) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, text := range files {
		h := &zip.FileHeader{Name: name, Method: zip.Deflate}
		if adjust != nil {
			adjust(h)
		}
		f, err := w.CreateHeader(h)
		if err == nil {
			_, err = f.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestZip(t *testing.T) {
	files, outside, err := archive.Zip(zipped(t, shop("- {name: a, type: ip}\n"), nil))
	if err != nil || len(outside) > 0 {
		t.Fatal(outside, err)
	}
	if p, problems := Read("shop.zip", files, nil); p == nil || len(p.Fields) != 1 {
		t.Error(p, problems)
	}
	for name, adjust := range map[string]func(*zip.FileHeader){
		"../x.yml": nil, "/etc/x.yml": nil, `a\..\x.yml`: nil,
		"link.yml": func(h *zip.FileHeader) { h.SetMode(fs.ModeSymlink | 0o777) },
	} {
		files, outside, err := archive.Zip(zipped(t, map[string]string{name: "/etc/passwd"}, adjust))
		if err != nil || len(files) > 0 || !slices.Equal(outside, []string{name}) {
			t.Errorf("%s: %v %v %v", name, files, outside, err)
		}
	}
}

// An archive of some kilobytes that unpacks to gigabytes is refused after the limit, not after the gigabytes.
func TestZipBomb(t *testing.T) {
	text := zipped(t, shop(strings.Repeat("\n", 40<<20)), nil)
	files, _, err := archive.Zip(text)
	if err != nil || len(text) > 1<<20 {
		t.Fatal(len(text), err)
	}
	if p, problems := Read("shop.zip", files, nil); p != nil || !strings.Contains(problems.Error(), "unpacked, it is too large") {
		t.Error(p, problems)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(manifest, "- {name: a, type: ip}\n")
	f.Add(manifest, "- &a [*a, *a]\n")
	f.Add("name: !!binary x\nversion: {}\n", "? a\n: b\n")
	f.Fuzz(func(t *testing.T, manifest, fields string) {
		files := shop(fields)
		files["manifest.yml"] = manifest
		p, problems := Read("shop", members(t, files), ecs())
		if (p == nil) != problems.HasErrors() {
			t.Fatalf("%v %v", p, problems)
		}
		if p != nil {
			if _, err := field.ParseCompact("x", p.Text()); err != nil {
				t.Fatalf("%v\n%s", err, p.Text())
			}
		}
	})
}
