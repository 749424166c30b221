package cli

import (
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/kibana"
	"github.com/tocsin-rules/tocsin/internal/workspace"
)

// credentialsHelp tells where secrets come from: never from flags, which other processes can read.
const credentialsHelp = `Credentials come from the environment: TOCSIN_API_KEY, or TOCSIN_USERNAME and TOCSIN_PASSWORD; an [environment.NAME] in
tocsin.toml can name other variables, a file that holds the API key, or an account of the system's keyring.`

// addCredentials says who asks: what the environment variables hold, or else what the file or the keyring does.
func (a *app) addCredentials(cfg *kibana.Config, w *workspace.Workspace, env workspace.Environment) (err error) {
	variable := func(name, fallback string) string {
		if name == "" {
			name = fallback
		}
		return a.Getenv(name)
	}
	cfg.APIKey = kibana.NewSecret(variable(env.APIKeyEnv, "TOCSIN_API_KEY"))
	cfg.Username = variable(env.UsernameEnv, "TOCSIN_USERNAME")
	cfg.Password = kibana.NewSecret(variable(env.PasswordEnv, "TOCSIN_PASSWORD"))
	switch {
	case !cfg.APIKey.Empty():
	case env.APIKeyFile != "":
		cfg.APIKey, err = readKey(w, env.APIKeyFile)
	case env.APIKeyKeyring != "":
		key, missing := a.Keyring.Get(env.APIKeyKeyring)
		cfg.APIKey, err = kibana.NewSecret(strings.TrimSpace(key)), a.keyringFailed(env.APIKeyKeyring, missing)
	}
	return err
}

// maxKey is the number of bytes that a file with an API key may have.
const maxKey = 64 << 10

// readKey reads the file that holds an API key.
func readKey(w *workspace.Workspace, path string) (kibana.Secret, error) {
	if !filepath.IsAbs(path) {
		path = filepath.Join(w.Root, path)
	}
	file, err := os.Open(path)
	if err != nil {
		return kibana.Secret{}, usage("API key: %v", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxKey))
	if err != nil {
		return kibana.Secret{}, usage("API key: %v", err)
	}
	return kibana.NewSecret(strings.TrimSpace(string(text))), nil
}
