package kibana_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/kibana"
)

func as[E error](err error, target *E) bool { return errors.As(err, target) }

func secret(text string) kibana.Secret { return kibana.NewSecret(text) }

func TestRequestPathAndHeaders(t *testing.T) {
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("ann:p:w"))
	rows := []struct {
		name                       string
		cfg                        kibana.Config
		path, authorization, agent string
	}{
		{"the default space", kibana.Config{}, "/api/status", "", "tocsin"},
		{"the default space by name", kibana.Config{Space: "default"}, "/api/status", "", "tocsin"},
		{"a space", kibana.Config{Space: "blue"}, "/s/blue/api/status", "", "tocsin"},
		{"a base path", kibana.Config{URL: "/kib"}, "/kib/api/status", "", "tocsin"},
		{"a base path with slashes", kibana.Config{URL: "/kib//", Space: "blue"}, "/kib/s/blue/api/status", "", "tocsin"},
		{"a space in the URL", kibana.Config{URL: "/kib/s/blue/"}, "/kib/s/blue/api/status", "", "tocsin"},
		{"the same space twice", kibana.Config{URL: "/s/blue", Space: "blue"}, "/s/blue/api/status", "", "tocsin"},
		{"the default space in the URL", kibana.Config{URL: "/s/default"}, "/api/status", "", "tocsin"},
		{"an encoded key", kibana.Config{APIKey: secret("aWQ6a2V5")}, "/api/status", "ApiKey aWQ6a2V5", "tocsin"},
		{"a key from a file", kibana.Config{APIKey: secret("aWQ6a2V5\n")}, "/api/status", "ApiKey aWQ6a2V5", "tocsin"},
		{"a plain key", kibana.Config{APIKey: secret("id:key")}, "/api/status", "ApiKey aWQ6a2V5", "tocsin"},
		{"a user", kibana.Config{Username: "ann", Password: secret("p:w")}, "/api/status", basic, "tocsin"},
		{"a user agent", kibana.Config{UserAgent: "me/1"}, "/api/status", "", "me/1"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			var got *http.Request
			c, _ := client(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				got = r
				says(200, `{"status":{"overall":{"level":"available"}}}`)(w, r)
			}), row.cfg)
			if _, err := c.Status(t.Context()); err != nil {
				t.Fatal(err)
			}
			for name, want := range map[string]string{
				"Authorization": row.authorization, "User-Agent": row.agent, "elastic-api-version": "2023-10-31",
			} {
				if got.Header.Get(name) != want {
					t.Errorf("%s: %q, want %q", name, got.Header.Get(name), want)
				}
			}
			if got.URL.Path != row.path || got.Header.Get("kbn-xsrf") == "" {
				t.Errorf("path %q, kbn-xsrf %q", got.URL.Path, got.Header.Get("kbn-xsrf"))
			}
		})
	}
}

func TestUserInURL(t *testing.T) {
	var got string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Get("Authorization")
		says(200, rule)(w, r)
	}))
	defer server.Close()
	at, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	at.User = url.UserPassword("ann", "p@ss")
	c, err := kibana.New(kibana.Config{URL: at.String()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.GetRule(t.Context(), "r"); err != nil {
		t.Fatal(err)
	}
	if want := "Basic " + base64.StdEncoding.EncodeToString([]byte("ann:p@ss")); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestBadConfig(t *testing.T) {
	const at = "https://kibana.example.com"
	pw := secret("sesame")
	rows := []struct {
		name string
		cfg  kibana.Config
		want string
	}{
		{"no URL", kibana.Config{}, "not one like"},
		{"no scheme", kibana.Config{URL: "kibana.example.com:5601"}, "not one like"},
		{"another scheme", kibana.Config{URL: "ftp://kibana.example.com"}, "not one like"},
		{"no host", kibana.Config{URL: "https://"}, "not one like"},
		{"a broken URL with a password", kibana.Config{URL: "https://ann:sesame@host:port"}, "not one like"},
		{"a broken escape in a password", kibana.Config{URL: "https://ann:sesame%zz@host"}, "not one like"},
		{"a query", kibana.Config{URL: at + "?a=sesame"}, "query"},
		{"a fragment", kibana.Config{URL: at + "#/app"}, "fragment"},
		{"a space with a slash", kibana.Config{URL: at, Space: "a/b"}, "not the id of a space"},
		{"a space in capitals", kibana.Config{URL: at, Space: "Blue"}, "not the id of a space"},
		{"two spaces", kibana.Config{URL: at + "/s/blue", Space: "red"}, "names the space"},
		{"key and user", kibana.Config{URL: at, APIKey: secret("sesame"), Username: "ann", Password: pw}, "both an API key and a user"},
		{"key and password", kibana.Config{URL: at, APIKey: secret("sesame"), Password: pw}, "both an API key and a user"},
		{"user in the URL and key", kibana.Config{URL: "https://ann:sesame@host", APIKey: secret("k")}, "give one of them"},
		{"user without password", kibana.Config{URL: at, Username: "ann"}, "needs a password"},
		{"password without user", kibana.Config{URL: at, Password: pw}, "needs a password"},
		{"user with a colon", kibana.Config{URL: at, Username: "a:b", Password: pw}, "colon"},
		{"key of two lines", kibana.Config{URL: at, APIKey: secret("sesame\nsesame")}, "line break"},
		{"key with its scheme", kibana.Config{URL: at, APIKey: secret("ApiKey sesame")}, "space"},
		{"a CA file without certificate", kibana.Config{URL: at, CACert: []byte("sesame")}, "no certificate"},
	}
	for _, row := range rows {
		_, err := kibana.New(row.cfg)
		if err == nil || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "sesame") {
			t.Errorf("%s: %v, want something about %q", row.name, err, row.want)
		}
	}
}

func TestCACert(t *testing.T) {
	server := httptest.NewUnstartedServer(says(200, rule))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // It complains of the client that does not trust it.
	server.StartTLS()
	defer server.Close()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	trusting, err := kibana.New(kibana.Config{URL: server.URL, CACert: ca})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := trusting.GetRule(t.Context(), "r"); err != nil {
		t.Errorf("with the CA: %v", err)
	}
	var n naps
	doubting, err := kibana.New(kibana.Config{URL: server.URL, Sleep: n.sleep})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := doubting.GetRule(t.Context(), "r"); outcome(err) != "network" || !strings.Contains(err.Error(), "certificate") || len(n.list) > 0 {
		t.Errorf("without the CA: %v after %d naps, want one try", err, len(n.list))
	}
}

func TestSecretIsNeverShown(t *testing.T) {
	s := secret("sesame")
	type holder struct {
		Secret kibana.Secret
		hidden kibana.Secret
		ptr    *kibana.Secret
	}
	h := holder{s, s, &s}
	var shown []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%10.3s", "%T"} {
		shown = append(shown, fmt.Sprintf(verb, s), fmt.Sprintf(verb, &s), fmt.Sprintf(verb, h), fmt.Sprintf(verb, []any{s}))
	}
	for _, v := range []any{s, &s, h, map[kibana.Secret]int{s: 1}, []kibana.Secret{s}} {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		shown = append(shown, string(text))
	}
	var logged bytes.Buffer
	slog.New(slog.NewTextHandler(&logged, nil)).Info("m", "secret", s, "holder", h)
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("m", "secret", s, "holder", h)
	shown = append(shown, logged.String(), s.String(), s.GoString())
	for _, text := range shown {
		if strings.Contains(text, "sesame") || strings.Contains(text, "736573616d65") {
			t.Errorf("shown: %s", text)
		}
	}
	if s.Reveal() != "sesame" || s.Empty() || !(kibana.Secret{}).Empty() || (kibana.Secret{}).Reveal() != "" {
		t.Error("the secret itself is lost")
	}
}

// TestSecretsLeaveErrors has a server repeat in its answers what it was sent.
func TestSecretsLeaveErrors(t *testing.T) {
	encoded := base64.StdEncoding.EncodeToString([]byte("id:sesame"))
	for _, cfg := range []kibana.Config{
		{APIKey: secret("id:sesame")}, {APIKey: secret(encoded)}, {Username: "id", Password: secret("sesame")},
	} {
		for name, answer := range map[string]func(auth string) http.HandlerFunc{
			"message": func(a string) http.HandlerFunc { return says(401, `{"message":"bad `+a+` of sesame"}`) },
			"list":    func(a string) http.HandlerFunc { return says(400, `{"message":["sesame",{"a":"`+a+`"}]}`) },
			"page":    func(a string) http.HandlerFunc { return says(502, "<title>"+a+" sesame</title>") },
			"login":   func(a string) http.HandlerFunc { return says(200, "<title>"+a+" sesame</title>") },
			"redirect": func(a string) http.HandlerFunc {
				return says(302, "", "Location", "https://u:sesame@x.example/sesame?t="+a)
			},
			"not JSON": func(a string) http.HandlerFunc { return says(200, "sesame") },
		} {
			var auth string
			c, _ := client(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				auth = r.Header.Get("Authorization")
				answer(auth)(w, r)
			}), cfg)
			_, err := c.GetRule(t.Context(), "r")
			_, token, _ := strings.Cut(auth, " ")
			if err == nil || token == "" || strings.Contains(err.Error(), "sesame") || strings.Contains(err.Error(), token) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestWarnings(t *testing.T) {
	var told []string
	c, _ := client(t, says(200, rule, "Warning", "299 Kibana-9.2.0 \"going away\u202e\""), kibana.Config{Warn: func(text string) { told = append(told, text) }})
	for range 3 {
		if _, err := c.GetRule(t.Context(), "r"); err != nil {
			t.Fatal(err)
		}
	}
	if got := fmt.Sprintf("%q", told); len(told) != 1 || !strings.Contains(got, "going away") || strings.ContainsRune(strings.Join(told, ""), '\u202e') {
		t.Errorf("told %s", got)
	}
}
