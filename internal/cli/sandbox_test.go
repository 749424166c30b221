package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-rules/tocsin/internal/cli"
)

const sandboxRule = `[metadata]
creation_date = "2026/01/02"
maturity = "production"
updated_date = "2026/01/02"

[rule]
name = "Sandbox Rule"
author = ["a"]
description = "d"
rule_id = "1b2e7d1c-55a8-4a0c-9b0e-0a64a8a0a001"
risk_score = 21
severity = "low"
type = "query"
language = "kuery"
query = "host.name: a"
index = ["logs-*"]
`

// project is a folder with a rule, and a system that works in it.
func project(t *testing.T, env map[string]string) (cli.System, *bytes.Buffer) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"tocsin.toml": "", "rules/a.toml": sandboxRule} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	said := new(bytes.Buffer)
	return cli.System{
		In: strings.NewReader(""), Out: said, Err: said, Dir: dir, Now: time.Now, Context: t.Context(),
		Getenv: func(name string) string { return env[name] },
	}, said
}

// runSandbox runs the sandbox command and gives its address, and what ends it and gives its exit code.
func runSandbox(t *testing.T, system cli.System, args ...string) (url string, end func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	system.Out, system.Context = w, ctx
	code := make(chan int, 1)
	go func() { code <- cli.Run(append([]string{"sandbox"}, args...), system) }()
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, r) }()
	return strings.TrimSpace(strings.TrimPrefix(line, "listening on ")), func() int {
		cancel()
		return <-code
	}
}

func TestSandboxKeepsItsState(t *testing.T) {
	system, said := project(t, map[string]string{"TOCSIN_API_KEY": "a:secret-of-the-sandbox", "KEY": "a:secret-of-the-sandbox"})
	for _, want := range []string{"1 created", "nothing to do"} {
		url, end := runSandbox(t, system, "--state", "box.json", "--api-key-env", "KEY")
		said.Reset()
		if code := cli.Run([]string{"apply", "--yes", "--url", url}, system); code != 0 || !strings.Contains(strings.ToLower(said.String()), want) {
			t.Errorf("exit code %d, %s; want %s", code, said, want)
		}
		if code := end(); code != 0 {
			t.Errorf("the sandbox ends with %d", code)
		}
	}
	text, err := os.ReadFile(filepath.Join(system.Dir, "box.json"))
	if err != nil || !bytes.Contains(text, []byte("Sandbox Rule")) || bytes.Contains(text, []byte("secret-of-the-sandbox")) {
		t.Errorf("%v: %s", err, text)
	}
}

func TestSandboxFaults(t *testing.T) {
	system, said := project(t, nil)
	url, end := runSandbox(t, system, "--fault", "rate=1,503", "--seed", "3")
	defer end()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	system.Context = ctx
	if code := cli.Run([]string{"plan", "--url", url}, system); code != 3 || !strings.Contains(said.String(), "503") {
		t.Errorf("exit code %d, %s", code, said)
	}
}

func TestSandboxRefuses(t *testing.T) {
	rows := []struct {
		name, state string
		args        []string
		want        string
	}{
		{"a fault that is none", "", []string{"--fault", "fire"}, `--fault: "fire": a fault is one of 429, 502`},
		{"a state of a later version", `{"format":9}`, []string{"--state", "box.json"}, "box.json: it was saved by a later version"},
		{"a state that is none", "rules", []string{"--state", "box.json"}, "box.json: it is no saved sandbox"},
		{"an address for all", "", []string{"--listen", "0.0.0.0:0"}, "not a loopback address"},
		{"a key that is not set", "", []string{"--api-key-env", "KEY"}, "KEY is empty"},
	}
	for _, row := range rows {
		system, said := project(t, nil)
		if row.state != "" {
			if err := os.WriteFile(filepath.Join(system.Dir, "box.json"), []byte(row.state), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if code := cli.Run(append([]string{"sandbox"}, row.args...), system); code != 2 || !strings.Contains(said.String(), row.want) {
			t.Errorf("%s: exit code %d, %s", row.name, code, said)
		}
	}
}
