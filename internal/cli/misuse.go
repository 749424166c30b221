package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tocsin-rules/tocsin/internal/diag"
)

// misused is the error of a command line that is wrong in itself: its flags, its number of arguments, its command.
type misused struct {
	cmd *cobra.Command
	err error
}

func (m *misused) Error() string { return m.err.Error() }

func (m *misused) Unwrap() error { return m.err }

// hint tells the nearest thing that is right, how the command is called, and where to read more.
func (m *misused) hint() string {
	var text string
	if near := m.nearestFlag(); near != "" {
		text = near + "\n"
	}
	if m.cmd.HasParent() {
		text += "usage: " + strings.TrimSuffix(m.cmd.UseLine(), " [flags]") + "\n"
	}
	return text + "see `" + m.cmd.CommandPath() + " --help`\n"
}

// nearestFlag suggests a flag for one that does not exist.
func (m *misused) nearestFlag() string {
	var unknown *pflag.NotExistError
	if !errors.As(m.err, &unknown) {
		return ""
	}
	var names []string
	m.cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
	return diag.DidYouMean("--"+unknown.GetSpecifiedName(), names)
}

// between wants a number of arguments.
func between(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		n := len(args)
		var err error
		switch {
		case n > most && most == 0:
			err = fmt.Errorf("%s takes no arguments, and %q was given", cmd.Name(), args[0])
		case n > most:
			err = fmt.Errorf("%s takes at most %s, and %d were given", cmd.Name(), plural(most, "argument"), n)
		case n < least:
			err = fmt.Errorf("%s needs at least %s", cmd.Name(), plural(least, "argument"))
		default:
			return nil
		}
		return &misused{cmd, err}
	}
}

// noSuchCommand is what the root makes of arguments: none of them is a command.
func noSuchCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	text := fmt.Sprintf("there is no command %q", args[0])
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	if near := diag.DidYouMean(args[0], names); near != "" {
		text += "; " + near
	}
	return &misused{cmd, errors.New(text)}
}

// plural gives a number with its noun.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
