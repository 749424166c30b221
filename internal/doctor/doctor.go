// Package doctor examines whether rules can be published to a Kibana, and whether they will work there: is it reached, does
// it know the caller, what may the caller do, what does its licence allow, what is not set up. For each thing that is
// missing it says what that breaks and how to mend it.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/tocsin-rules/tocsin/internal/kibana"
)

// Level is how bad a finding is.
type Level string

// The levels.
const (
	// Fine is as it should be.
	Fine Level = "ok"
	// Skipped was not examined; the message says why.
	Skipped Level = "skipped"
	// Warning breaks a part.
	Warning Level = "warning"
	// Error breaks publishing.
	Error Level = "error"
)

// Finding is the result of one examination.
type Finding struct {
	// Check names what was examined.
	Check string `json:"check"`
	Level Level  `json:"level"`
	// Message is what was found.
	Message string `json:"message"`
	// Breaks is what does not work because of it, and Help the way out.
	Breaks string `json:"breaks,omitempty"`
	Help   string `json:"help,omitempty"`
	// Unreached tells that there was no answer.
	Unreached bool `json:"-"`
}

// Kibana is what is asked of a Kibana; a [*kibana.Client] answers it.
type Kibana interface {
	Space() string
	Status(ctx context.Context) (kibana.Status, error)
	Privileges(ctx context.Context) (kibana.Privileges, error)
	License(ctx context.Context) (kibana.License, error)
	MayWriteRules(ctx context.Context) error
	AlertIndex(ctx context.Context) (bool, error)
	ListIndex(ctx context.Context) (bool, error)
	Connectors(ctx context.Context) ([]kibana.Object, error)
	Timelines(ctx context.Context) ([]kibana.Object, error)
}

// Elasticsearch is what is asked of an Elasticsearch.
type Elasticsearch interface {
	// Version is its version, such as "9.2.0".
	Version(ctx context.Context) (string, error)
	// Readable tells of each index pattern whether the caller may read it.
	Readable(ctx context.Context, patterns []string) (map[string]bool, error)
}

// Needs is what a repository uses that not every Kibana has.
type Needs struct {
	// Suppression, MachineLearning and Actions are numbers of rules.
	Suppression, MachineLearning, Actions int
	// ValueLists and Timelines are those to publish.
	ValueLists, Timelines int
	// Indices are the index patterns that rules read.
	Indices []string
	// Stack is the release that the rules are written for, such as "9.2"; "" is any.
	Stack string
}

// Patient is what is examined.
type Patient struct {
	Kibana Kibana
	// Elasticsearch is nil when none is named.
	Elasticsearch Elasticsearch
	Needs         Needs
	// Now is the time of this machine, as a clock to hold Kibana's against.
	Now func() time.Time
}

// Examine makes all examinations, in an order in which a later one builds on those before. It stops early only when the
// context ends.
func Examine(ctx context.Context, p Patient) ([]Finding, error) {
	e := &examination{Patient: p, ctx: ctx}
	if e.reach() && e.identity() {
		e.writing()
		e.licence()
		e.setUp()
		e.references()
	}
	e.elasticsearch()
	return e.findings, context.Cause(ctx)
}

// examination is one under way.
type examination struct {
	Patient
	ctx      context.Context
	version  string
	findings []Finding
}

func (e *examination) add(check string, level Level, message string) *Finding {
	e.findings = append(e.findings, Finding{Check: check, Level: level, Message: message})
	return &e.findings[len(e.findings)-1]
}

func (e *examination) fine(check, format string, args ...any) {
	e.add(check, Fine, fmt.Sprintf(format, args...))
}

// broken adds a finding with what it breaks and the way out.
func (e *examination) broken(check string, level Level, message, breaks, help string) {
	f := e.add(check, level, message)
	f.Breaks, f.Help = breaks, help
}

// failed adds a finding about a question that had no answer.
func (e *examination) failed(check string, err error, breaks, help string) {
	f := e.add(check, Error, err.Error())
	f.Breaks, f.Help = breaks, help
	var network *kibana.NetworkError
	var strange *kibana.ResponseError
	f.Unreached = errors.As(err, &network) || errors.As(err, &strange) || kibana.HasStatus(err, http.StatusServiceUnavailable)
}

// reach asks for the status. Without an answer nothing else can be asked.
func (e *examination) reach() bool {
	status, err := e.Kibana.Status(e.ctx)
	if err != nil {
		e.failed("kibana", err, "nothing can be published",
			"check the address and that this machine may reach it; for a certificate of your own authority give --ca-file")
		return false
	}
	e.version = status.Version
	switch {
	case status.Level != "available":
		e.broken("kibana", Warning, fmt.Sprintf("Kibana answers, but calls itself %s", status.Level),
			"requests may fail or take long", "look at Kibana's own /status page")
	case status.Version == "":
		e.fine("kibana", "Kibana answers")
	default:
		e.fine("kibana", "Kibana %s answers", status.Version)
	}
	e.release(status)
	e.clock(status)
	return true
}

// clock holds Kibana's clock against that of this machine.
func (e *examination) clock(status kibana.Status) {
	if status.Date.IsZero() {
		return
	}
	off := e.Now().Sub(status.Date).Abs().Round(time.Second)
	const breaks = "previews, schedules and exceptions that expire look at other times than those meant here"
	switch {
	case off < 30*time.Second:
		e.fine("clock", "the clocks of Kibana and of this machine agree")
	case off < 5*time.Minute:
		e.broken("clock", Warning, fmt.Sprintf("the clocks of Kibana and of this machine differ by %s", off), breaks, "set both by NTP")
	default:
		e.broken("clock", Error, fmt.Sprintf("the clocks of Kibana and of this machine differ by %s", off), breaks, "set both by NTP")
	}
}

// identity asks who the caller is and what it may do.
func (e *examination) identity() bool {
	p, err := e.Kibana.Privileges(e.ctx)
	switch {
	case kibana.HasStatus(err, http.StatusUnauthorized):
		e.broken("credentials", Error, "Kibana does not know the credentials", "nothing can be published",
			"set TOCSIN_API_KEY to the key, as id:key or as the base64 text that Kibana shows; or TOCSIN_USERNAME and TOCSIN_PASSWORD")
		return false
	case kibana.HasStatus(err, http.StatusForbidden):
		e.broken("credentials", Error, "the caller may not read detection rules in space "+e.Kibana.Space(), "nothing can be planned or published",
			"give its role the Kibana privilege Security: All in this space (from 9.4 on: Rules: All)")
		return false
	case err != nil:
		e.failed("credentials", err, "nothing can be published", "")
		return false
	}
	if p.User == "" {
		e.fine("credentials", "Kibana knows the caller")
	} else {
		e.fine("credentials", "Kibana knows the caller as %s", p.User)
	}
	if p.EncryptionKey {
		e.fine("encryption-key", "Kibana has an encryption key")
	} else {
		e.broken("encryption-key", Error, "Kibana has no encryption key", "no rule can be saved or enabled",
			"set xpack.encryptedSavedObjects.encryptionKey in kibana.yml to 32 characters or more, and restart Kibana")
	}
	e.alertRights(p)
	return true
}
