package field

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCompare(t *testing.T) {
	state := func(header, body string) *Compact { return compact(t, "# package aws 1\n"+header+body) }
	const a, b, c = "# stream a logs-a-*\n", "# stream b logs-b-*\n", "# stream c logs-c-*\n"
	for _, test := range []struct {
		name          string
		before, after *Compact
		want          Difference
	}{
		{"the same", state(a+b, "x\tlong\t\ta\n"), state(a+b, "x\tlong\t\ta\n"), Difference{}},
		{"all is new", nil, state(a, "x\tlong\n"), Difference{NewStreams: []string{"a"}, Fields: []Change{{"x", "", "long"}}}},
		{"come, gone, changed", state(a, "gone\tlong\nx\tlong\n"), state(a, "come\tip\nx\tkeyword\tignore_above=9\n"), Difference{
			Fields: []Change{{"come", "", "ip"}, {"gone", "long", ""}, {"x", "long", "keyword ignore_above=9"}},
		}},
		{"in fewer streams", state(a+b, "x\tlong\n"), state(a+b, "x\tlong\t\tb\n"), Difference{Fields: []Change{{"x", "long", "long in b"}}}},
		{"of two types", state(a+b, "x\tlong\n"), state(a+b, "x\tkeyword\t\ta\nx\tlong\t\tb\n"), Difference{
			Fields: []Change{{"x", "long", "keyword in a, long in b"}},
		}},
		{"a new stream is no change of the fields of others", state(a+b, "x\tlong\t\ta\n"), state(a+b+c, "x\tlong\t\ta c\ny\tip\t\tc\n"), Difference{
			NewStreams: []string{"c"}, Fields: []Change{{"y", "", "ip in c"}},
		}},
		{"a stream that is gone", state(a+b, "x\tlong\ny\tip\t\tb\n"), state(a, "x\tlong\n"), Difference{
			GoneStreams: []string{"b"}, Fields: []Change{{"y", "ip in b", ""}},
		}},
	} {
		if diff := cmp.Diff(test.want, Compare(test.before, test.after), cmp.Transformer("empty", func(s []string) []string { return append([]string{}, s...) })); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

// An environment may have hundreds of streams, so its lines count them.
func TestEnvironmentCountsStreams(t *testing.T) {
	h := Header{Source: FromEnvironment, Title: "prod", Streams: []Stream{{"a", "a"}, {"b", "b"}, {"c", "c"}, {"d", "d"}, {"e", "e"}}}
	for in, want := range map[string]string{"a": "1", "e": "5", "a b c": "1-3", "a c d": "1 3-4", "b e": "2 5", "a b c d e": "", "c d e": "3-5"} {
		var streams []string
		for _, r := range in {
			if r != ' ' {
				streams = append(streams, string(r))
			}
		}
		text := CompactText(h, []StreamField{{Mapping{Name: "x", Path: "x", Type: Long, Runtime: true}, streams}})
		c := compact(t, text)
		var got []string
		for i, m := range c.Select(nil).Places("x") {
			if m.Type == Long && m.Runtime {
				got = append(got, h.Streams[i].Name)
			}
		}
		if diff := cmp.Diff(streams, got); diff != "" || c.body != "x\tlong\truntime\t"+want+"\n" && c.body != "x\tlong\truntime"+want+"\n" {
			t.Errorf("%s: %q %s", in, c.body, diff)
		}
	}
}
