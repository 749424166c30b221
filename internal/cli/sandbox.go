package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/sandbox"
	"github.com/tocsin-rules/tocsin/schemas"
)

type sandboxFlags struct {
	listen, keyEnv string
	anyAddress     bool
}

func (a *app) sandboxCommand() *cobra.Command {
	var flags sandboxFlags
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Run an in-memory Kibana detection API to publish to",
		Long: `Serves the part of Kibana's detection API that publishing uses, with Kibana's status codes, errors, defaults and versions.
Rules are kept in memory and do not run. It listens on loopback only, prints its address, and stops on Ctrl-C.`,
		Example: "  tocsin sandbox --listen 127.0.0.1:5601\n  tocsin apply --url http://127.0.0.1:5601",
		Args:    between(0, 0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.sandbox(cmd.Context(), flags) },
	}
	cmd.Flags().StringVar(&flags.listen, "listen", "127.0.0.1:0", "the `address` to listen on; port 0 is any free one")
	cmd.Flags().StringVar(&flags.keyEnv, "api-key-env", "", "want the API key that this environment `variable` holds")
	cmd.Flags().BoolVar(&flags.anyAddress, "any-address", false, "allow an address that other machines can reach")
	return cmd
}

func (a *app) sandbox(ctx context.Context, flags sandboxFlags) error {
	ecs, err := field.ParseECS(schemas.ECS(), "")
	if err != nil {
		return err
	}
	options := sandbox.Options{Clock: a.Now, NewID: newUUID, IsECS: func(name, fieldType string) bool {
		m, ok := ecs.Lookup(name)
		return ok && m.Type.String() == fieldType
	}}
	if flags.keyEnv != "" {
		if options.APIKey = a.Getenv(flags.keyEnv); options.APIKey == "" {
			return usage("the environment variable %s is empty", flags.keyEnv)
		}
	}
	listener, err := sandbox.Listen(flags.listen, flags.anyAddress)
	if err != nil {
		return usage("%v", err)
	}
	fmt.Fprintf(a.Out, "listening on http://%s\n", listener.Addr())
	server := &http.Server{Handler: sandbox.New(options), ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		_ = server.Shutdown(grace)
	})
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("sandbox: %w", err)
	}
	return nil
}

// newUUID makes a random UUID, version 4.
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, by its documentation
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
