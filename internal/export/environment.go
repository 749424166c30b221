package export

import (
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/semver"
)

// Environment is what the conversion of a rule depends on besides the rule. The zero value converts what needs no
// knowledge of fields or packages. It is safe for concurrent use.
type Environment struct {
	// Compat asks for what Elastic's rule repository would publish, defects included.
	Compat bool
	// Stack is the release of the Elastic Stack that the rules are for.
	Stack semver.Version
	// ECS are the fields of the Elastic Common Schema; required fields are derived only if it is there.
	ECS *field.Table
	// Fields gives what a repository knows itself of the fields of some indices; may be nil. Compat does without.
	Fields func(indices []string) *field.Schema
	// Packages are the fields of integration packages; may be nil.
	Packages Packages
	// Manifests are the releases of integration packages; related integrations are derived only if they are there.
	Manifests Manifests
	// Baseline switches the changes off that are made for one release of the stack only. The content hash is computed so.
	Baseline bool
}

// Note is something that the conversion could not do, for people.
type Note struct {
	// Name is the kind of the note, one of the constants below.
	Name string
	// Text is about this one rule.
	Text string
}

// The names of notes.
const (
	// UnknownField is a required field whose type nobody states.
	UnknownField = "unknown-field"
	// UnreadQuery is a query that does not parse, or whose language is not read: nothing was derived from it.
	UnreadQuery = "unread-query"
	// NoRelease is a package no release of which fits the stack.
	NoRelease = "no-release"
	// TooNew is a field that the stack does not know yet, and that is left out.
	TooNew = "too-new"
	// UnknownPlugin is a part of a guide that the text names and the rule does not have.
	UnknownPlugin = "unknown-plugin"
)
