// Package contract holds requests and answers of tests against Kibana's own description of its API.
//
// The description is an OpenAPI document that lies beside the repository, never in it (see package corpus); without it
// a test that asks for the contract is skipped. [Contract.Wrap] stands before a handler and fails the test when a
// request that the handler accepted, or an answer that it gave, is not what the document allows.
//
// Where the document offers one schema for each type of rule, the branch is chosen here by the rule's own type, so that a
// failure says what is wrong with it instead of that no branch fits.
package contract

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tocsin-rules/tocsin/internal/corpus"
)

// Contract is Kibana's description of its API.
type Contract struct{ doc *openapi3.T }

// Load reads the description; the test is skipped when there is no test data.
func Load(tb testing.TB) *Contract {
	tb.Helper()
	corpus.Path(tb, documentName) // Skips.
	c, err := loadOnce()
	if err != nil {
		tb.Fatalf("the OpenAPI document: %v", err)
	}
	return c
}

const documentName = "kibana-openapi-subset.json"

// loadOnce spares the many tests of a package a tenth of a second each; what it gives is never changed.
var loadOnce = sync.OnceValues(func() (*Contract, error) {
	doc, err := openapi3.NewLoader().LoadFromFile(filepath.Join(os.Getenv(corpus.Env), documentName))
	if err != nil {
		return nil, err
	}
	mendConnectors(doc)
	// The document says that the throttle of an action may be null beside a reference, where OpenAPI 3.0 ignores it.
	frequency := doc.Components.Schemas[prefix+"RuleActionFrequency"].Value
	throttle := *frequency.Properties["throttle"].Value
	throttle.Nullable = true
	frequency.Properties["throttle"] = &openapi3.SchemaRef{Value: &throttle}
	return &Contract{doc: doc}, nil
})

// mendConnectors puts right what the document says of connectors: a config or secrets fit several types of connectors, so
// that one of them is wanted and not exactly one; and the list of connectors tells how often each is used.
func mendConnectors(doc *openapi3.T) {
	for _, method := range []string{http.MethodPost, http.MethodPut} {
		body := doc.Paths.Find("/api/actions/connector/{id}").GetOperation(method).RequestBody.Value
		for _, name := range []string{"config", "secrets"} {
			s := body.Content["application/json"].Schema.Value.Properties[name].Value
			s.AnyOf, s.OneOf = append(s.AnyOf, s.OneOf...), nil
		}
	}
	listed := doc.Paths.Find("/api/actions/connectors").Get.Responses.Status(http.StatusOK).Value
	each := listed.Content["application/json"].Schema.Value.Items.Value
	each.Properties["referenced_by_count"] = openapi3.NewIntegerSchema().NewRef()
}

// prefix begins the name of each schema of the detection engine.
const prefix = "Security_Detections_API_"

// Wrap checks what passes to and from a handler.
func (c *Contract) Wrap(tb testing.TB, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent, err := io.ReadAll(r.Body)
		if err != nil {
			tb.Errorf("%s %s: %v", r.Method, r.URL, err)
		}
		r.Body = io.NopCloser(bytes.NewReader(sent))
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		answered := Answer{Status: rec.Code, Kind: rec.Header().Get("Content-Type"), Body: rec.Body.Bytes()}
		if err := c.Check(r, sent, answered); err != nil {
			tb.Errorf("%s %s: %v", r.Method, r.URL, err)
		}
		for name, values := range rec.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	})
}

var spacePrefix = regexp.MustCompile(`^/s/[^/]+`)

// Answer is what came back for a request.
type Answer struct {
	Status int
	// Kind is the media type that the answer says to be.
	Kind string
	Body []byte
}

// Check tells what the document has against a request and its answer. A request that was refused is not looked at; its
// answer must have one of the two shapes of errors, which the document does not describe. The exception is a bulk action of
// which a part failed: its refusal tells of each rule, in the form that the document gives to a success.
func (c *Contract) Check(r *http.Request, sent []byte, a Answer) error {
	path := spacePrefix.ReplaceAllString(r.URL.Path, "")
	if !strings.HasPrefix(path, "/api/") {
		return nil // It is for Elasticsearch, of which the document says nothing.
	}
	operation := c.operation(r.Method, path)
	if a.Status >= 400 {
		if doc := new(struct{ Attributes any }); json.Unmarshal(a.Body, doc) == nil && doc.Attributes != nil && operation != nil {
			return c.checkAnswer(operation, http.StatusOK, a)
		}
		return checkRefusal(a.Status, a.Body)
	}
	if operation == nil {
		return fmt.Errorf("no such operation")
	}
	if err := checkQuery(operation, r.URL.Query()); err != nil {
		return fmt.Errorf("query: %w", err)
	}
	if err := c.checkRequest(operation, r.Header.Get("Content-Type"), sent); err != nil {
		return fmt.Errorf("request: %w", err)
	}
	if err := c.checkAnswer(operation, a.Status, a); err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	return nil
}

// Describes tells whether the document describes a method and a path, such as "GET /api/status".
func (c *Contract) Describes(route string) bool {
	method, path, _ := strings.Cut(route, " ")
	return c.operation(method, path) != nil
}

// operation finds what the document says of a method of a path; nil when that is nothing.
func (c *Contract) operation(method, path string) *openapi3.Operation {
	parts := strings.Split(path, "/")
	var found *openapi3.PathItem
	for template, item := range c.doc.Paths.Map() {
		if template == path {
			return item.GetOperation(method)
		}
		if fits(strings.Split(template, "/"), parts) {
			found = item
		}
	}
	if found == nil {
		return nil
	}
	return found.GetOperation(method)
}

// fits tells whether a path is one that a template such as /api/spaces/space/{id} stands for.
func fits(template, path []string) bool {
	return slices.EqualFunc(template, path, func(want, part string) bool {
		return want == part || strings.HasPrefix(want, "{") && part != ""
	})
}

// checkRequest checks a request's body. Of a file only its being one is described.
func (c *Contract) checkRequest(operation *openapi3.Operation, kind string, sent []byte) error {
	if operation.RequestBody == nil {
		return nil
	}
	body := operation.RequestBody.Value
	if media, parameters, err := mime.ParseMediaType(kind); err == nil && media == "multipart/form-data" {
		form, err := multipart.NewReader(bytes.NewReader(sent), parameters["boundary"]).ReadForm(32 << 20)
		switch {
		case err != nil:
			return err
		case body.Content["multipart/form-data"] == nil:
			return fmt.Errorf("a form is not described")
		case len(form.File["file"]) != 1:
			return fmt.Errorf("the form has no part named file")
		}
		return nil
	}
	if len(sent) == 0 && !body.Required {
		return nil
	}
	if body.Content["application/json"] == nil {
		return fmt.Errorf("JSON is not described")
	}
	return c.checkJSON(body.Content["application/json"].Schema, "Props", sent)
}

// checkAnswer checks an answer against what is described for a status.
func (c *Contract) checkAnswer(operation *openapi3.Operation, status int, a Answer) error {
	described := operation.Responses.Status(status)
	if described == nil {
		return fmt.Errorf("the status %d is not described", status)
	}
	if len(described.Value.Content) == 0 {
		return nil
	}
	kind, _, err := mime.ParseMediaType(a.Kind)
	if err != nil {
		return err
	}
	content := described.Value.Content[kind]
	switch {
	case content == nil && kind == "application/ndjson":
		return nil // A bulk export, which the document has as JSON text.
	case content == nil:
		return fmt.Errorf("%s is not described", kind)
	case kind != "application/json" || content.Schema == nil:
		return nil
	}
	return c.checkJSON(content.Schema, "", a.Body)
}

// CheckBody tells what the document has against the body of a request that writes a rule.
func (c *Contract) CheckBody(method string, body []byte) error {
	operation := c.doc.Paths.Find("/api/detection_engine/rules").GetOperation(method)
	return c.checkJSON(operation.RequestBody.Value.Content["application/json"].Schema, "Props", body)
}

// checkJSON checks a document against a schema. One that stands for all types of rules is replaced by that of the
// document's type.
func (c *Contract) checkJSON(schema *openapi3.SchemaRef, suffix string, text []byte) error {
	var doc any
	if err := json.Unmarshal(text, &doc); err != nil {
		return err
	}
	if page, ok := doc.(map[string]any); ok && suffix == "" && page["data"] != nil {
		return c.checkPage(schema, page)
	}
	return c.pick(schema, doc).VisitJSON(doc, openapi3.MultiErrors())
}

func (c *Contract) checkPage(schema *openapi3.SchemaRef, page map[string]any) error {
	rules, _ := page["data"].([]any)
	each := schema.Value.Properties["data"].Value.Items
	for i, rule := range rules {
		if err := c.pick(each, rule).VisitJSON(rule, openapi3.MultiErrors()); err != nil {
			return fmt.Errorf("data[%d]: %w", i, err)
		}
	}
	page["data"] = []any{}
	return schema.Value.VisitJSON(page, openapi3.MultiErrors())
}

// pick is the branch of a schema for the type of the rule, or the schema itself.
func (c *Contract) pick(schema *openapi3.SchemaRef, doc any) *openapi3.Schema {
	rule, _ := doc.(map[string]any)
	kind, _ := rule["type"].(string)
	for _, branch := range schema.Value.AnyOf {
		if accepts(branch.Value, kind) {
			return branch.Value
		}
	}
	return schema.Value
}

// accepts tells whether a schema wants this type of rule.
func accepts(schema *openapi3.Schema, kind string) bool {
	if of := schema.Properties["type"]; of != nil && len(of.Value.Enum) == 1 {
		return of.Value.Enum[0] == kind
	}
	for _, part := range schema.AllOf {
		if accepts(part.Value, kind) {
			return true
		}
	}
	return false
}

func checkQuery(operation *openapi3.Operation, query url.Values) error {
	known := map[string]bool{}
	for _, p := range operation.Parameters {
		known[p.Value.Name] = true
		if !query.Has(p.Value.Name) || p.Value.In != openapi3.ParameterInQuery {
			continue
		}
		if err := p.Value.Schema.Value.VisitJSON(queryValue(p.Value.Schema.Value, query.Get(p.Value.Name))); err != nil {
			return fmt.Errorf("%s: %w", p.Value.Name, err)
		}
	}
	for name := range query {
		if !known[name] {
			return fmt.Errorf("%s is not described", name)
		}
	}
	return nil
}

// queryValue is a parameter as the document means it: Kibana reads its text as what the schema wants.
func queryValue(schema *openapi3.Schema, text string) any {
	n, err := strconv.ParseFloat(text, 64)
	switch {
	case err == nil && schema.Type.Is("integer"):
		return n
	case schema.Type.Is("boolean") && (text == "true" || text == "false"):
		return text == "true"
	case schema.Type.Is("array"):
		items := []any{}
		for item := range strings.SplitSeq(text, ",") {
			items = append(items, item)
		}
		return items
	}
	return text
}

// checkRefusal wants {statusCode, error, message} with a text, or {status_code, message} with a text, a list or an object.
func checkRefusal(status int, received []byte) error {
	var doc map[string]any
	if err := json.Unmarshal(received, &doc); err != nil {
		return fmt.Errorf("the refusal is no JSON object: %w", err)
	}
	_, isText := doc["message"].(string)
	switch {
	case doc["statusCode"] == float64(status) && isText && doc["error"] == http.StatusText(status) && len(doc) == 3:
		return nil
	case doc["status_code"] == float64(status) && doc["message"] != nil && len(doc) == 2:
		return nil
	}
	return fmt.Errorf("the refusal has neither shape: %s", received)
}

// Valid tells whether the document itself is sound, so that a broken one is not taken for a broken handler.
func (c *Contract) Valid(ctx context.Context) error {
	return c.doc.Validate(ctx, openapi3.DisableExamplesValidation())
}

// Guard is [Contract.Wrap] where the description is there, and the handler itself where it is not.
func Guard(tb testing.TB, next http.Handler) http.Handler {
	tb.Helper()
	if os.Getenv(corpus.Env) == "" {
		return next
	}
	return Load(tb).Wrap(tb, next)
}
