package git_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/git"
)

// sample is a repository of which a file was made, renamed, changed and deleted.
func sample(t *testing.T) *git.Repository {
	t.Helper()
	dir := t.TempDir()
	do := func(args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "git", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_AUTHOR_NAME=Ann", "GIT_AUTHOR_EMAIL=ann@example.com", "GIT_COMMITTER_NAME=Ann",
			"GIT_COMMITTER_EMAIL=ann@example.com", "GIT_AUTHOR_DATE=2026-01-02T03:04:05Z", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v: %s", args, err, out)
		}
	}
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	do("init", "-q", "-b", "main")
	write("rules/a.toml", "one\ntwo\nthree\n")
	write("rules/other [x].toml", "x\n")
	do("add", ".")
	do("commit", "-q", "-m", "first: é \x01 and more")
	do("mv", "rules/a.toml", "rules/ü b.toml")
	do("commit", "-q", "-m", "second")
	write("rules/ü b.toml", "one\ntwo\nthree\nfour")
	if err := os.Symlink("a", filepath.Join(dir, "rules/link.toml")); err != nil {
		t.Fatal(err)
	}
	do("add", ".")
	do("commit", "-q", "-m", "third")
	r, err := git.Open(t.Context(), filepath.Join(dir, "rules"))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestLogFollowsAFile(t *testing.T) {
	r := sample(t)
	path, err := r.Path(filepath.Join(r.Root, "rules", "ü b.toml"))
	if err != nil || path != "rules/ü b.toml" {
		t.Fatalf("%q %v", path, err)
	}
	log, err := r.Log(t.Context(), path, 0)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range log {
		got = append(got, c.Subject+" | "+c.Path+" | "+c.Author+" | "+c.Time.UTC().Format("2006-01-02T15:04:05Z"))
	}
	const who = " | Ann | 2026-01-02T03:04:05Z"
	want := []string{"third | rules/ü b.toml" + who, "second | rules/ü b.toml" + who, "first: é \x01 and more | rules/a.toml" + who}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%q, want %q", got, want)
	}
	texts, err := r.Versions(t.Context(), log)
	if err != nil || len(texts) != 3 || string(texts[0]) != "one\ntwo\nthree\nfour" || string(texts[2]) != "one\ntwo\nthree\n" {
		t.Errorf("%q %v", texts, err)
	}
	if some, err := r.Log(t.Context(), path, 2); err != nil || len(some) != 2 {
		t.Errorf("with a limit: %v %v", some, err)
	}
	if none, err := r.Log(t.Context(), "rules/none.toml", 0); err != nil || none != nil {
		t.Errorf("of no file: %v %v", none, err)
	}
	if one, err := r.Log(t.Context(), "rules/other [x].toml", 0); err != nil || len(one) != 1 {
		t.Errorf("a name that looks like a pattern: %v %v", one, err)
	}
}

func TestTree(t *testing.T) {
	r := sample(t)
	rows := []struct{ commit, want string }{
		{"HEAD", "rules/other [x].toml=x rules/ü b.toml=one"},
		{"HEAD~2", "rules/a.toml=one rules/other [x].toml=x"},
	}
	for _, row := range rows {
		files, err := r.Tree(t.Context(), row.commit, func(path string) bool { return strings.HasSuffix(path, ".toml") })
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range files {
			line, _, _ := strings.Cut(string(f.Text), "\n")
			got = append(got, f.Path+"="+line)
		}
		if strings.Join(got, " ") != row.want {
			t.Errorf("%s: %q, want %s", row.commit, got, row.want)
		}
	}
	if files, err := r.Tree(t.Context(), "HEAD", func(string) bool { return false }); err != nil || len(files) != 0 {
		t.Errorf("nothing wanted: %v %v", files, err)
	}
}

func TestCommit(t *testing.T) {
	r := sample(t)
	for name, subject := range map[string]string{"HEAD": "third", "HEAD~1": "second", "main": "third"} {
		c, err := r.Commit(t.Context(), name)
		if err != nil || c.Subject != subject || len(c.Hash) != 40 || !strings.HasPrefix(c.Hash, c.Short()) {
			t.Errorf("%s: %+v %v", name, c, err)
		}
		if again, err := r.Commit(t.Context(), c.Short()); err != nil || again != c {
			t.Errorf("%s: %+v %v", c.Short(), again, err)
		}
	}
	for _, name := range []string{"nothing", "", "--all", "HEAD:rules", "HEAD~9", "a..b"} {
		if _, err := r.Commit(t.Context(), name); !errors.Is(err, git.ErrNoCommit) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestOutsideOfRepositories(t *testing.T) {
	if _, err := git.Open(t.Context(), t.TempDir()); !errors.Is(err, git.ErrNoRepository) {
		t.Errorf("no repository: %v", err)
	}
	if _, err := sample(t).Path("/elsewhere/a.toml"); err == nil {
		t.Error("a file of another place has a path")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := git.Open(ctx, t.TempDir()); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := git.Open(t.Context(), t.TempDir()); !errors.Is(err, git.ErrNoGit) {
		t.Errorf("no git: %v", err)
	}
}

// TestRepositoryCannotStartPrograms: what a repository's configuration names as a monitor is not run.
func TestRepositoryCannotStartPrograms(t *testing.T) {
	r := sample(t)
	mark := filepath.Join(t.TempDir(), "ran")
	hostile := "[core]\n\tfsmonitor = \"touch " + mark + "; true\"\n\tpager = touch " + mark + "\n[diff]\n\texternal = touch " + mark + "\n"
	config, err := os.OpenFile(filepath.Join(r.Root, ".git", "config"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := config.WriteString(hostile); err != nil {
		t.Fatal(err)
	}
	config.Close()
	if _, err := r.Log(t.Context(), "rules/ü b.toml", 0); err != nil {
		t.Error(err)
	}
	if _, err := r.Tree(t.Context(), "HEAD", func(string) bool { return true }); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(mark); err == nil {
		t.Error("a program of the repository's configuration was run")
	}
}
