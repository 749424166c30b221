package cli_test

import (
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tocsin-rules/tocsin/internal/cli"
	"github.com/tocsin-rules/tocsin/internal/sandbox"
)

var update = flag.Bool("update", false, "write the expectations of the scripts anew")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"tocsin": func() { os.Exit(cli.Run(os.Args[1:], cli.FromOS())) },
	})
}

// TestScripts runs tests/script. Besides testscript's own commands, the scripts have those of this file.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                filepath.Join("..", "..", "tests", "script"),
		UpdateScripts:      *update,
		RequireUniqueNames: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":         exits,
			"complains":     complains,
			"append":        appendText,
			"sandbox":       startSandbox,
			"except":        addException,
			"registry":      startRegistry,
			"elasticsearch": startElasticsearch,
			"connector":     addConnector,
			"killed":        killed,
		},
		Condition: func(name string) (bool, error) {
			if name == "root" {
				return os.Geteuid() == 0, nil
			}
			return false, errors.New("there is no such condition")
		},
	})
}

// exits CODE COMMAND... runs a command that must end with an exit code and say nothing on the error stream.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if run(ts, neg, args) {
		ts.Fatalf("the error stream is not empty")
	}
}

// complains CODE COMMAND... runs a command that must end with an exit code and say something on the error stream.
func complains(ts *testscript.TestScript, neg bool, args []string) {
	if !run(ts, neg, args) {
		ts.Fatalf("the error stream is empty")
	}
}

// run runs a command and tells whether it wrote to the error stream.
func run(ts *testscript.TestScript, neg bool, args []string) bool {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits|complains CODE COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		ts.Fatalf("%s: %v", args[1], err)
	}
	got := 0
	if failed != nil {
		got = failed.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
	return ts.ReadFile("stderr") != ""
}

// append FILE N TEXT writes a text N times to the end of a file. The text may have the escapes of a Go string.
func appendText(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: append FILE N TEXT")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	text, err := strconv.Unquote(`"` + strings.ReplaceAll(args[2], `"`, `\"`) + `"`)
	ts.Check(err)
	path := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(filepath.Dir(path), 0o755))
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	ts.Check(err)
	_, err = file.WriteString(strings.Repeat(text, n))
	ts.Check(err)
	ts.Check(file.Close())
}

// sandbox [KEY] starts a Kibana of its own for the script and puts its address into $URL. With a key, requests must have it.
func startSandbox(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 1 {
		ts.Fatalf("usage: sandbox [KEY]")
	}
	options := sandboxOptions()
	if len(args) == 1 {
		options.APIKey = args[0]
	}
	server := httptest.NewServer(sandbox.New(options))
	ts.Defer(server.Close)
	ts.Setenv("KEY", options.APIKey)
	ts.Setenv("URL", server.URL)
}

// sandboxOptions are those of a Kibana that gives the same answers each time.
func sandboxOptions() sandbox.Options {
	ids := 0
	return sandbox.Options{
		Clock: func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) },
		NewID: func() string { ids++; return "id-" + strconv.Itoa(ids) },
	}
}

// killed N COMMAND... starts a Kibana of its own, puts its address into $URL, and kills the command, which is given --url, when
// that Kibana has done its Nth write and before it answers.
func killed(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: killed N COMMAND...")
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	kib, victim := sandbox.New(sandboxOptions()), make(chan *os.Process, 1)
	var writes atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || int(writes.Add(1)) != n {
			kib.ServeHTTP(w, r)
			return
		}
		kib.ServeHTTP(httptest.NewRecorder(), r)
		_ = (<-victim).Kill() // What cannot be killed has ended, and that is told below.
		panic(http.ErrAbortHandler)
	}))
	ts.Defer(server.Close)
	ts.Setenv("URL", server.URL)
	cmd := exec.Command(args[1], append(args[2:], "--url", server.URL)...)
	cmd.Dir = ts.MkAbs(".")
	ts.Check(cmd.Start())
	victim <- cmd.Process
	var failed *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &failed) || failed.Exited() {
		ts.Fatalf("it ended by itself after %d writes: %v", writes.Load(), err)
	}
}

// except LIST FIELD VALUE makes an exception list in the script's Kibana, with one item.
func addException(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: except LIST FIELD VALUE")
	}
	const entry = `{"field":%q,"type":"match","operator":"included","value":%q}`
	post(ts, "/api/exception_lists", fmt.Sprintf(`{"list_id":%q,"name":"n","description":"d","type":"detection"}`, args[0]))
	post(ts, "/api/exception_lists/items", fmt.Sprintf(
		`{"list_id":%q,"name":"n","description":"d","type":"simple","entries":[`+entry+`]}`, args[0], args[1], args[2]))
}

// connector SPACE ID NAME makes a connector of type .slack in a space of the script's Kibana.
func addConnector(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: connector SPACE ID NAME")
	}
	post(ts, "/s/"+args[0]+"/api/actions/connector/"+args[1], fmt.Sprintf(
		`{"name":%q,"connector_type_id":".slack","config":{},"secrets":{"webhookUrl":"https://hidden.example.com"}}`, args[2]))
}

// post sends a JSON document to the script's Kibana.
func post(ts *testscript.TestScript, path, body string) {
	req, err := http.NewRequest(http.MethodPost, ts.Getenv("URL")+path, strings.NewReader(body))
	ts.Check(err)
	req.Header.Set("kbn-xsrf", "x")
	req.Header.Set("Content-Type", "application/json")
	if key := ts.Getenv("KEY"); key != "" {
		req.Header.Set("Authorization", "ApiKey "+base64.StdEncoding.EncodeToString([]byte(key)))
	}
	res, err := http.DefaultClient.Do(req)
	ts.Check(err)
	ts.Check(res.Body.Close())
	if res.StatusCode != http.StatusOK {
		ts.Fatalf("%s: %s", path, res.Status)
	}
}
