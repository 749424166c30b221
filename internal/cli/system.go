// Package cli is the command line: one command a file, each with its flags in, one call, and a report out.
//
// Everything from outside (streams, clock, environment, folder) comes in through a [System], here and nowhere else, so
// that a test runs a command exactly as a user does.
//
// Exit codes are the same for every command: 0 fine, 1 findings or failures, 2 wrong usage or configuration, 3 could not
// reach what it needed.
package cli

import (
	"context"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"

	"github.com/charmbracelet/x/term"

	"github.com/tocsin-rules/tocsin/internal/report"
)

// System is what a command gets from outside.
type System struct {
	In       io.Reader
	Out, Err io.Writer
	Getenv   func(string) string
	Now      func() time.Time
	// Dir is the folder that relative paths start from.
	Dir string
	// Terminal tells whether Out is one; Width is its number of columns, 0 when unknown.
	Terminal bool
	Width    int
	// Keyring keeps secrets of the user.
	Keyring Keyring
	// BoundMemory makes the process collect garbage early when it takes more bytes than this; nil does nothing.
	BoundMemory func(bytes int64)
	// Interactive tells whether In is a terminal, so that a question can be answered.
	Interactive bool
	// Context ends when the user interrupts the command.
	Context context.Context
}

// FromOS is the system of a process.
func FromOS() System {
	// The work is short bursts over many small files: collecting garbage less often halves its time at a
	// cost of memory that the README states.
	debug.SetGCPercent(300)
	ctx := interruptible()
	dir, err := os.Getwd()
	if err != nil {
		dir = "."
	}
	s := System{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv, Now: time.Now, Dir: dir, Context: ctx, Keyring: systemKeyring{},
		BoundMemory: func(bytes int64) { debug.SetMemoryLimit(bytes) },
		Terminal:    term.IsTerminal(os.Stdout.Fd()), Interactive: term.IsTerminal(os.Stdin.Fd()),
	}
	if width, _, err := term.GetSize(os.Stdout.Fd()); err == nil {
		s.Width = width
	}
	return s
}

// interruptible gives a context that the first interrupt ends, so that work can stop cleanly. The second interrupt, or a
// command that does not stop within five seconds, ends the process.
func interruptible() context.Context {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, func() {
		stop()
		time.AfterFunc(5*time.Second, func() { os.Exit(exitInterrupted) })
	})
	return ctx
}

// exitInterrupted is the exit code of a process that was interrupted, as shells have it.
const exitInterrupted = 130

// boundMemory keeps the memory of publishing small beside a Kibana on the same machine: 165 MiB, or 100 KiB a rule where that
// is more, for less than that would only cost time.
func (s System) boundMemory(rules int) {
	if s.BoundMemory != nil {
		s.BoundMemory(max(165<<20, int64(rules)*100<<10))
	}
}

// style is how text is laid out for this system and the --color flag.
func (s System) style(color string) report.Style {
	style := report.Style{Width: s.Width}
	if n, err := strconv.Atoi(s.Getenv("COLUMNS")); err == nil && n > 0 {
		style.Width = n
	}
	switch color {
	case "always":
		style.Color = true
	case "auto":
		style.Color = s.Terminal && s.Getenv("NO_COLOR") == "" && s.Getenv("TERM") != "dumb"
	}
	return style
}
