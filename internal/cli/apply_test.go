package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-rules/tocsin/internal/sandbox"
)

const applied = `[metadata]
creation_date = "2026/01/02"
updated_date = "2026/01/02"
maturity = "production"

[rule]
author = ["a"]
description = "d"
index = ["logs-*"]
language = "kuery"
name = "A rule"
query = "event.action: a"
risk_score = 21
rule_id = "00000000-0000-4000-8000-000000000001"
severity = "low"
type = "query"
`

// repo is a repository with one rule, and what a command in it says.
func repo(t *testing.T, config string) (dir string, command func(args ...string) (code int, out, errs string)) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range map[string]string{"tocsin.toml": config, "rules/a.toml": applied} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir, func(args ...string) (int, string, string) {
		var out, errs bytes.Buffer
		code := Run(args, System{
			In: strings.NewReader(""), Out: &out, Err: &errs, Dir: dir, Context: context.Background(),
			Getenv: func(string) string { return "" }, Now: func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) },
		})
		return code, out.String(), errs.String()
	}
}

func TestSecondApplyIsTold(t *testing.T) {
	server := httptest.NewServer(sandbox.New(sandbox.Options{}))
	defer server.Close()
	_, command := repo(t, "")
	release, err := (&app{}).hold(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	if code, _, errs := command("apply", "--url", server.URL, "--yes"); code != 1 || !strings.Contains(errs, "another tocsin is applying to "+server.URL) {
		t.Errorf("%d %s", code, errs)
	}
	// The near miss: another space of the same Kibana is free, and so is this one when the first is done.
	if code, _, errs := command("apply", "--url", server.URL, "--space", "other", "--yes"); code != 0 {
		t.Errorf("%d %s", code, errs)
	}
	release()
	if code, _, errs := command("apply", "--url", server.URL, "--yes"); code != 0 {
		t.Errorf("%d %s", code, errs)
	}
}

// TestAppliesSideBySide: applies to several spaces at once all end up in the lock.
func TestAppliesSideBySide(t *testing.T) {
	server := httptest.NewServer(sandbox.New(sandbox.Options{}))
	defer server.Close()
	dir, command := repo(t, "")
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			if code, _, errs := command("apply", "--yes", "--url", server.URL, "--space", fmt.Sprint("s", n)); code != 0 {
				t.Errorf("%d %s", code, errs)
			}
		})
	}
	all.Wait()
	text, err := os.ReadFile(filepath.Join(dir, "tocsin.lock"))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "/s/s"); n != 8 {
		t.Errorf("%d spaces in the lock\n%s", n, text)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.guard")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

// keyringOf is a keyring that holds some secrets; one that is nil cannot be used.
type keyringOf map[string]string

func (k keyringOf) Get(account string) (string, error) {
	if k == nil {
		return "", keyringError(errors.New("no secret service"))
	}
	secret, ok := k[account]
	if !ok {
		return "", errNotInKeyring
	}
	return secret, nil
}

func (k keyringOf) Set(account, secret string) error { k[account] = secret; return nil }

func (k keyringOf) Delete(account string) error {
	if _, err := k.Get(account); err != nil {
		return err
	}
	delete(k, account)
	return nil
}

func TestKeyring(t *testing.T) {
	const secret = "c2VjcmV0OmtleQ=="
	server := httptest.NewServer(sandbox.New(sandbox.Options{APIKey: secret}))
	defer server.Close()
	dir, _ := repo(t, "[environment.e]\nurl = \""+server.URL+"\"\napi_key_keyring = \"lab\"\n")
	ring := keyringOf{}
	command := func(ring Keyring, in string, args ...string) (int, string) {
		var out bytes.Buffer
		code := Run(args, System{
			In: strings.NewReader(in), Out: &out, Err: &out, Dir: dir, Context: t.Context(), Keyring: ring,
			Getenv: func(string) string { return "" }, Now: time.Now,
		})
		return code, out.String()
	}
	rows := []struct {
		name string
		ring Keyring
		in   string
		args []string
		code int
		says string
	}{
		{"no such account", ring, "", []string{"plan", "-e", "e"}, 2, "the keyring has no such account: lab; `tocsin keyring set lab` keeps a key there"},
		{"no key", ring, "\n", []string{"keyring", "set", "lab"}, 2, "no API key was given"},
		{"keep a wrong one", ring, "wrong", []string{"keyring", "set", "lab"}, 0, ""},
		{"Kibana refuses it", ring, "", []string{"plan", "-e", "e"}, 3, "401"},
		{"keep the right one", ring, secret + "\n", []string{"keyring", "set", "lab"}, 0, ""},
		{"plan", ring, "", []string{"plan", "-e", "e", "--out", "plan.json"}, 0, "1 to create"},
		{"apply", ring, "", []string{"apply", "plan.json", "--yes"}, 0, "1 created"},
		{"doctor", ring, "", []string{"doctor", "-e", "e", "--json"}, 0, ""},
		{"forget it", ring, "", []string{"keyring", "delete", "lab"}, 0, ""},
		{"forget it again", ring, "", []string{"keyring", "delete", "lab"}, 2, "no such account"},
		{"no keyring", keyringOf(nil), "", []string{"plan", "-e", "e"}, 3, "the system's keyring cannot be used: no secret service"},
	}
	for _, row := range rows {
		code, says := command(row.ring, row.in, row.args...)
		if code != row.code || !strings.Contains(says, row.says) || strings.Contains(says, secret) || strings.Contains(says, "secret:key") {
			t.Errorf("%s: %d %s", row.name, code, says)
		}
	}
	for _, name := range []string{"plan.json", "tocsin.lock"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || strings.Contains(string(text), secret) || strings.Contains(string(text), "secret:key") {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
	}
}

func TestKeyFile(t *testing.T) {
	server := httptest.NewServer(sandbox.New(sandbox.Options{APIKey: "c2VjcmV0OmtleQ=="}))
	defer server.Close()
	dir, command := repo(t, "[environment.e]\nurl = \""+server.URL+"\"\napi_key_file = \"key\"\n")
	if code, _, errs := command("plan", "-e", "e"); code != 2 || !strings.Contains(errs, "API key: ") {
		t.Errorf("no file: %d %s", code, errs)
	}
	key := filepath.Join(dir, "key")
	for text, want := range map[string]int{"c2VjcmV0OmtleQ==\n": 0, "another": 3} {
		if err := os.WriteFile(key, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		code, out, errs := command("plan", "-e", "e", "--out", "plan.json")
		if code != want || strings.Contains(out+errs, strings.TrimSpace(text)) {
			t.Errorf("%d, want %d: %s%s", code, want, out, errs)
		}
	}
}

// TestNoSecretInFiles: neither a plan nor a lock holds what opens Kibana, and a plan is for its owner only.
func TestNoSecretInFiles(t *testing.T) {
	const secret = "c2VjcmV0OmtleQ=="
	server := httptest.NewServer(sandbox.New(sandbox.Options{APIKey: secret}))
	defer server.Close()
	dir, command := repo(t, "[environment.e]\nurl = \""+server.URL+"\"\napi_key_file = \"key\"\n")
	if err := os.WriteFile(filepath.Join(dir, "key"), []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"plan", "-e", "e", "--out", "plan.json"}, {"apply", "plan.json", "--yes"}} {
		if code, _, errs := command(args...); code != 0 {
			t.Fatalf("%q: %d %s", args, code, errs)
		}
	}
	for _, name := range []string{"plan.json", "tocsin.lock"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || strings.Contains(string(text), secret) || strings.Contains(string(text), "secret:key") {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "plan.json")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}

func TestInsecure(t *testing.T) {
	server := httptest.NewTLSServer(sandbox.New(sandbox.Options{}))
	defer server.Close()
	_, command := repo(t, "")
	if code, _, errs := command("plan", "--url", server.URL); code != 3 || !strings.Contains(errs, "certificate") {
		t.Errorf("%d %s", code, errs)
	}
	code, _, errs := command("plan", "--url", server.URL, "--insecure", "--space", "a", "--space", "b")
	if code != 0 || strings.Count(errs, "warning: --insecure") != 1 {
		t.Errorf("%d %s", code, errs)
	}
}

// TestHostileNames: what Kibana says is neither a path that leaves the folder nor an escape sequence for the terminal.
func TestHostileNames(t *testing.T) {
	server := httptest.NewServer(sandbox.New(sandbox.Options{}))
	defer server.Close()
	dir, command := repo(t, "")
	path := filepath.Join(dir, "rules/a.toml")
	hostile := strings.NewReplacer(`"A rule"`, `"../../\u001b[2J\u202egnp.exe"`, "000000000001", "000000000002").Replace(applied)
	if err := os.WriteFile(path, []byte(hostile), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"plan"}, {"plan", "--json"}, {"plan", "--markdown"}, {"apply", "--yes"}, {"diff", "--space", "default", "--space", "b"}} {
		_, out, errs := command(append(args, "--url", server.URL)...)
		if args[len(args)-1] == "--json" {
			out = strings.ReplaceAll(out, "\u202e", "") // JSON is for programs, and escapes only what its grammar wants escaped.
		}
		if strings.ContainsAny(out+errs, "\x1b\u202e") {
			t.Errorf("%q: %q %q", args, out, errs)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	code, out, errs := command("pull", "--all", "--url", server.URL, "--name-pattern", "{name}.toml")
	if code != 0 || strings.ContainsAny(out+errs, "\x1b\u202e") {
		t.Fatalf("%d %q %q", code, out, errs)
	}
	found, err := filepath.Glob(filepath.Join(dir, "rules", "*.toml"))
	if err != nil || len(found) != 1 {
		t.Errorf("files below the folder: %q, %v", found, err)
	}
}
