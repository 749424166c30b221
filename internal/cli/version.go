package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// Build is what the linker sets: see the Makefile.
type Build struct{ Version, Commit string }

// version and commit are set at build time with -ldflags -X.
var version, commit string

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Tell version, commit and Go version",
		Args:  between(0, 0),
		RunE: func(*cobra.Command, []string) error {
			b := buildInfo()
			_, err := fmt.Fprintf(a.Out, "tocsin %s\ncommit %s\n%s %s/%s\n", b.Version, b.Commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}

// buildInfo takes what the linker set, else what Go recorded of a module build.
func buildInfo() Build {
	b := Build{Version: version, Commit: commit}
	info, ok := debug.ReadBuildInfo()
	if b.Version == "" && ok {
		b.Version = info.Main.Version
	}
	if b.Commit == "" && ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				b.Commit = s.Value
			}
		}
	}
	if b.Version == "" {
		b.Version = "(development)"
	}
	if b.Commit == "" {
		b.Commit = "unknown"
	}
	return b
}
