package extract

import (
	"fmt"
	"strings"
	"testing"
)

func TestParseURI(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"http://user:p%40ss@www.example.com:8080/a/b%20c.tar.gz?q=1%262#top",
			"scheme=http user_info=user:p@ss username=user password=p@ss domain=www.example.com port=8080 path=/a/b c.tar.gz extension=gz query=q=1&2 fragment=top"},
		{"https://example.com", "scheme=https domain=example.com path="},
		{"https://example.com/a.b/c", "scheme=https domain=example.com path=/a.b/c"}, // the dot of another segment
		{"https://joe@example.com/", "scheme=https user_info=joe domain=example.com path=/"},
		{"https://[::1]:443/", "scheme=https domain=[::1] port=443 path=/"},
		{"https://my_host/x", "scheme=https path=/x"}, // no host that java.net.URI knows
		{"/a/b?x", "path=/a/b query=x"},
		{"mailto:joe@example.com", "scheme=mailto"},
		{"http://example.com/a b?c|d", "scheme=http domain=example.com path=/a b query=c|d"}, // read as a URL, not decoded
		{"urn:a b", "error: unable to parse URI [urn:a b]"},
		{"http://example.com/%zz", "scheme=http domain=example.com path=/%zz"},
		{"x y", "error: unable to parse URI [x y]"},
	} {
		u, err := ParseURI(test.text)
		got := "error: " + fmt.Sprint(err)
		if err == nil {
			got = renderURI(u)
		}
		if got != test.want {
			t.Errorf("%s: %s, want %s", test.text, got, test.want)
		}
	}
}

func renderURI(u URI) string {
	var out []string
	add := func(name string, value *string) {
		if value != nil {
			out = append(out, name+"="+*value)
		}
	}
	add("scheme", u.Scheme)
	add("user_info", u.UserInfo)
	add("username", u.Username)
	add("password", u.Password)
	add("domain", u.Domain)
	if u.Port != nil {
		out = append(out, fmt.Sprintf("port=%d", *u.Port))
	}
	add("path", u.Path)
	add("extension", u.Extension)
	add("query", u.Query)
	add("fragment", u.Fragment)
	return strings.Join(out, " ")
}

func TestParseDomain(t *testing.T) {
	for text, want := range map[string]Domain{
		"www.example.co.uk": {"www.example.co.uk", "example.co.uk", "co.uk", "www"},
		"a.b.example.com":   {"a.b.example.com", "example.com", "com", "a.b"},
		"example.com":       {"example.com", "example.com", "com", ""},
		"WWW.Example.COM":   {"WWW.Example.COM", "example.com", "com", "WWW"},
		"co.uk":             {"co.uk", "", "co.uk", ""},
		"localhost":         {},
		"":                  {},
		".com":              {},
	} {
		if got, ok := ParseDomain(text); got != want || ok != (want != Domain{}) {
			t.Errorf("%s: %+v, %v", text, got, ok)
		}
	}
}

func FuzzParseURI(f *testing.F) {
	f.Add("http://u:p@h:1/p.x?q#f")
	f.Add("//[::1]:x%4")
	f.Add("0\xa0\xa0\xa0.0.0")
	f.Fuzz(func(_ *testing.T, text string) {
		_, _ = ParseURI(text)
		_, _ = ParseDomain(text)
	})
}
