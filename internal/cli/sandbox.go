package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/sandbox"
	"github.com/tocsin-rules/tocsin/schemas"
)

type sandboxFlags struct {
	listen, keyEnv, state, faults string
	seed                          uint64
	anyAddress                    bool
}

func (a *app) sandboxCommand() *cobra.Command {
	var flags sandboxFlags
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Run an in-memory Kibana detection API to publish to",
		Long: `Serves the part of Kibana's detection API that publishing uses, with Kibana's status codes, errors, defaults and versions:
rules with import, export and bulk actions, exceptions, value lists, timeline templates, connectors, spaces. Rules run in previews
only: it is also as much of an Elasticsearch as these need, at the same address.
It listens on loopback only, prints its address, and stops on Ctrl-C.

What it holds is kept in memory; with --state FILE also in a file, which is read at the start, written within a second of
each change and at the end, and replaced in one step.

--fault makes a share of the requests go wrong, for rehearsing: 429 and 503 (refused), 502 and 504 (done, but the answer
is lost), reset (the connection ends, done or not), slow or slow=DURATION, partial (half an answer), and rate=SHARE, a
tenth if not given. The same --seed and the same requests give the same faults.`,
		Example: "  tocsin sandbox --listen 127.0.0.1:5601\n  tocsin apply --url http://127.0.0.1:5601\n" +
			"  tocsin sandbox --state sandbox.json --fault rate=0.1,429,503,reset,slow,partial --seed 7",
		Args: between(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.sandbox(cmd.Context(), flags) },
	}
	cmd.Flags().StringVar(&flags.listen, "listen", "127.0.0.1:0", "the `address` to listen on; port 0 is any free one")
	cmd.Flags().StringVar(&flags.keyEnv, "api-key-env", "", "want the API key that this environment `variable` holds")
	cmd.Flags().BoolVar(&flags.anyAddress, "any-address", false, "allow an address that other machines can reach")
	cmd.Flags().StringVar(&flags.state, "state", "", "keep what it holds in this `file` too")
	cmd.Flags().StringVar(&flags.faults, "fault", "", "let requests go wrong: `LIST` such as rate=0.1,429,503,reset")
	cmd.Flags().Uint64Var(&flags.seed, "seed", 1, "the `number` that faults follow from")
	return cmd
}

func (a *app) sandbox(ctx context.Context, flags sandboxFlags) error {
	box, err := a.newSandbox(flags)
	if err != nil {
		return err
	}
	var handler http.Handler = box
	if flags.faults != "" {
		faults, err := sandbox.ParseFaults(flags.faults)
		if err != nil {
			return usage("--fault: %v", err)
		}
		faults.Seed = flags.seed
		handler = faults.Wrap(box)
	}
	listener, err := sandbox.Listen(flags.listen, flags.anyAddress)
	if err != nil {
		return usage("%v", err)
	}
	fmt.Fprintf(a.Out, "listening on http://%s\n", listener.Addr())
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		_ = server.Shutdown(grace)
	})
	defer stop()
	saved := make(chan error, 1)
	go func() { saved <- a.keepSaving(ctx, box, flags.state) }()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("sandbox: %w", err)
	}
	return <-saved
}

// newSandbox makes a sandbox, with what its state file holds.
func (a *app) newSandbox(flags sandboxFlags) (*sandbox.Server, error) {
	ecs, err := field.ParseECS(schemas.ECS(), "")
	if err != nil {
		return nil, err
	}
	options := sandbox.Options{
		Clock: a.Now, NewID: newUUID,
		IsECS: func(name, fieldType string) bool {
			m, ok := ecs.Lookup(name)
			return ok && m.Type.String() == fieldType
		},
		Fields: func([]string) (*field.Schema, error) { return field.NewSchema(ecs), nil },
	}
	if flags.keyEnv != "" {
		if options.APIKey = a.Getenv(flags.keyEnv); options.APIKey == "" {
			return nil, usage("the environment variable %s is empty", flags.keyEnv)
		}
	}
	box := sandbox.New(options)
	if flags.state == "" {
		return box, nil
	}
	text, err := os.ReadFile(a.absolute(flags.state))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return box, nil
	case err != nil:
		return nil, usage("--state: %v", err)
	}
	if err := box.Load(text); err != nil {
		return nil, usage("%s: %v", flags.state, err)
	}
	return box, nil
}

// keepSaving writes the state file whenever something changed, at most once a second, and a last time when the context has
// ended. Without a file it only waits for that.
func (a *app) keepSaving(ctx context.Context, box *sandbox.Server, path string) error {
	var written uint64
	save := func() error {
		changes := box.Changes()
		if path == "" || changes == written {
			return nil
		}
		text, err := box.Save()
		if err != nil {
			return err
		}
		if err := replaceFile(a.absolute(path), string(text)); err != nil {
			return cannotWrite(path, err)
		}
		written = changes
		return nil
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return save()
		case <-tick.C:
			if err := save(); err != nil {
				fmt.Fprintf(a.Err, "tocsin: %v\n", err)
			}
		}
	}
}

// newUUID makes a random UUID, version 4.
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, by its documentation
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
