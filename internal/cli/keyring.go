package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"
	"github.com/zalando/go-keyring"
)

// Keyring keeps secrets of a service by account: the keychain of macOS, the credential manager of Windows, the secret service
// of a Linux desktop.
type Keyring interface {
	Get(account string) (string, error)
	Set(account, secret string) error
	Delete(account string) error
}

// errNotInKeyring is the answer of a keyring that has no such account.
var errNotInKeyring = errors.New("the keyring has no such account")

// systemKeyring is the keyring of the user's system.
type systemKeyring struct{}

// keyringService is the service below which accounts are kept.
const keyringService = "tocsin"

// Get gives the secret of an account.
func (systemKeyring) Get(account string) (string, error) {
	secret, err := keyring.Get(keyringService, account)
	return secret, keyringError(err)
}

// Set keeps the secret of an account.
func (systemKeyring) Set(account, secret string) error {
	return keyringError(keyring.Set(keyringService, account, secret))
}

// Delete forgets an account.
func (systemKeyring) Delete(account string) error {
	return keyringError(keyring.Delete(keyringService, account))
}

func keyringError(err error) error {
	switch {
	case errors.Is(err, keyring.ErrNotFound):
		return errNotInKeyring
	case err != nil:
		return fmt.Errorf("the system's keyring cannot be used: %w", err)
	}
	return nil
}

func (a *app) keyringCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "keyring",
		Short: "Keep API keys in the system's keyring",
		Long: `Keeps API keys where the system keeps passwords: the keychain of macOS, the credential manager of Windows, the secret
service of a Linux desktop. An [environment.NAME] in tocsin.toml names an account there by api_key_keyring.`,
		Example: "  tocsin keyring set production\n  tocsin keyring delete production",
		Args:    between(0, 0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		&cobra.Command{
			Use: "set ACCOUNT", Short: "Keep an API key, read from the standard input", Args: between(1, 1),
			Example: "  tocsin keyring set production < key.txt",
			RunE:    func(_ *cobra.Command, args []string) error { return a.keepKey(args[0]) },
		},
		&cobra.Command{
			Use: "delete ACCOUNT", Short: "Forget an API key", Args: between(1, 1),
			RunE: func(_ *cobra.Command, args []string) error {
				return a.keyringFailed(args[0], a.Keyring.Delete(args[0]))
			},
		},
	)
	return cmd
}

// keepKey reads an API key, which a terminal does not show, and keeps it.
func (a *app) keepKey(account string) error {
	key, err := a.readSecret(fmt.Sprintf("API key for %s: ", account))
	if err != nil {
		return usage("the API key cannot be read: %v", err)
	}
	if key = strings.TrimSpace(key); key == "" {
		return usage("no API key was given on the standard input")
	}
	return a.keyringFailed(account, a.Keyring.Set(account, key))
}

func (a *app) readSecret(prompt string) (string, error) {
	if file, ok := a.In.(*os.File); ok && a.Interactive {
		fmt.Fprint(a.Err, prompt)
		text, err := term.ReadPassword(file.Fd())
		fmt.Fprintln(a.Err)
		return string(text), err
	}
	text, err := bufio.NewReader(io.LimitReader(a.In, maxKey)).ReadString('\n')
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return text, err
}

// keyringFailed gives a failure of the keyring its exit code.
func (a *app) keyringFailed(account string, err error) error {
	switch {
	case errors.Is(err, errNotInKeyring):
		return usage("%w: %s; `tocsin keyring set %s` keeps a key there", err, account, account)
	case err != nil:
		return &exit{code: exitUnreachable, err: err}
	}
	return nil
}
