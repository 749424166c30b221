package cli

import (
	"bufio"
	"io"
	"os"
	"sync"

	"github.com/charmbracelet/x/term"
	xterm "golang.org/x/term"
)

// lineReader reads what is typed, line by line; io.EOF when there is no more.
type lineReader interface {
	readLine(prompt string) (string, error)
	// restore brings the terminal back to what it was, when a line is left in the middle.
	restore()
}

// lineReader is an editor with a history on a terminal, and reads lines as they are from anything else.
func (a *app) lineReader() lineReader {
	if file, ok := a.In.(*os.File); ok && a.Interactive {
		return &lineEditor{fd: file.Fd(), editor: xterm.NewTerminal(struct {
			io.Reader
			io.Writer
		}{file, a.Err}, "")}
	}
	scanner := bufio.NewScanner(a.In)
	scanner.Buffer(nil, maxQuery)
	return plainLines{scanner}
}

type plainLines struct{ scanner *bufio.Scanner }

func (l plainLines) readLine(string) (string, error) {
	if l.scanner.Scan() {
		return l.scanner.Text(), nil
	}
	if err := l.scanner.Err(); err != nil {
		return "", err
	}
	return "", io.EOF
}

func (plainLines) restore() {}

// lineEditor edits a line of a terminal: cursor keys, and the lines before. The terminal is its own while a line is typed only, so that
// a query that runs can be interrupted. Ctrl-C and Ctrl-D end the input.
type lineEditor struct {
	fd     uintptr
	editor *xterm.Terminal
	mu     sync.Mutex
	before *term.State
}

func (l *lineEditor) readLine(prompt string) (string, error) {
	state, err := term.MakeRaw(l.fd)
	if err != nil {
		return "", err
	}
	l.mu.Lock()
	l.before = state
	l.mu.Unlock()
	defer l.restore()
	if width, height, err := term.GetSize(l.fd); err == nil && width > 0 {
		_ = l.editor.SetSize(width, height) // an odd size is no reason not to read
	}
	l.editor.SetPrompt(prompt)
	return l.editor.ReadLine()
}

func (l *lineEditor) restore() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.before != nil {
		_ = term.Restore(l.fd, l.before) // there is nothing to be done about it
		l.before = nil
	}
}
