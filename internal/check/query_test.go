package check_test

import "testing"

func TestKQLChecks(t *testing.T) {
	expectAll(t, kqlTable())
}

func kqlTable() []expectation {
	return []expectation{
		{"kql-question-mark", `kuery: destination.domain: cdn«??».example.com`},
		{"kql-question-mark", `kuery: url.query: "?a" or url.original: http://x/?y`},
		{"kql-escape-in-path", `kuery: file.path: "C:«\t»emp\x.exe"`},
		{"kql-escape-in-path", `kuery: file.path: "\\microsoft\windows\explorer«\r»unmru"`},
		{"kql-escape-in-path", `kuery: file.path: "C:\\temp\\x.exe" or process.args: "a\tb" or file.path: "C:\Windows"`},
		{"kql-quoted-wildcard", `kuery: process.name: "python«*»"`},
		{"kql-quoted-wildcard", `kuery: process.name: python* or process.args: "*" or process.args: "a * b"`},
		{"kql-unquoted-space", `kuery: event.action: «start stop» and host.name: a`},
		{"kql-unquoted-space", `kuery: event.action: "start stop" and event.action: (start or stop) and file.path: *Program Files*`},
		{"kql-mixed-operators", `kuery: «host.name: a and user.name: b» or event.action: c`},
		{"kql-mixed-operators", `kuery: (host.name: a and user.name: b) or event.action: c`},
		{"kql-bare-negation", `kuery: «not user.name: root» or process.name: sh`},
		{"kql-bare-negation", `kuery: (not user.name: root) or process.name: sh`},
		{"kql-bare-negation", `kuery: not user.name: root or not process.name: sh`},
		{"kql-bare-term", `kuery: «mimikatz»`},
		{"kql-bare-term", `kuery: host.name: a and «"lsass dump"»`},
		{"kql-bare-term", `kuery: process.args: (mimikatz and lsass)`},
	}
}

func TestLuceneChecks(t *testing.T) {
	expectAll(t, luceneTable())
}

func luceneTable() []expectation {
	return []expectation{
		{"lucene-lowercase-operator", `lucene: process.name:a «and» user.name:b`},
		{"lucene-lowercase-operator", `lucene: process.name:a AND process.args:and`},
		{"lucene-mixed-operators", `lucene: «process.name:a» OR user.name:b AND host.name:c`},
		{"lucene-mixed-operators", `lucene: process.name:a OR (user.name:b AND host.name:c)`},
		{"lucene-bare-term", `lucene: process.args:whoami «all»`},
		{"lucene-bare-term", `lucene: process.args:(whoami all)`},
		{"lucene-path-regexp", `lucene: file.path:«/etc/passwd»`},
		{"lucene-path-regexp", `lucene: file.path:/etc.*/ AND file.path:"/etc/passwd"`},
		{"lucene-only-negation", `lucene: «NOT user.name:root»`},
		{"lucene-only-negation", `lucene: process.name:a AND NOT user.name:root`},
	}
}

func TestEQLChecks(t *testing.T) {
	expectAll(t, eqlTable())
}

func eqlTable() []expectation {
	return []expectation{
		{"eql-redundant-any", `eql: any where «event.category == "process"» and process.name == "x"`},
		{"eql-redundant-any", `eql: any where event.category == "process" or process.name == "x"`},
		{"eql-never", `eql: process where «process.pid == 0.5»`},
		{"eql-never", `eql: process where process.pid == 1.0`},
		{"eql-pipe", `eql: process where process.name == "x" «| tail 1»`},
		{"eql-pipe", `eql: process where process.name == "x"`},
		{"eql-case-sensitive-path", `eql: process where process.executable like «"C:\\Windows\\*"»`},
		{"eql-case-sensitive-path", `eql: process where process.name like «"power*.exe"» and process.args like "*.sh"`},
		{"eql-case-sensitive-path", `eql: process where host.os.type == "linux" and process.args like "a\\b*"`},
		{"eql-case-sensitive-path", `eql: process where process.executable like~ "C:\\Windows\\*" and file.path like "/etc/*"`},
		{"eql-negation-keeps-missing", `eql: process where process.name == "x" and «user.name != "root"»`},
		{"eql-negation-keeps-missing", `eql: process where user.name != null and user.name != "root"`},
		{"eql-function-on-array", `eql: process where «length(host.ip)» > 1`},
		{"eql-function-on-array", `eql: process where length(process.name) > 1`},
	}
}

func TestSequenceChecks(t *testing.T) {
	expectAll(t, sequenceTable())
}

func sequenceTable() []expectation {
	const steps = "[process where true] [network where true]"
	return []expectation{
		{"maxspan-over-lookback", `eql: sequence by host.id with «maxspan=10m» ` + steps},
		{"maxspan-over-lookback", `eql: sequence by host.id with maxspan=6m ` + steps},
		{"maxspan-over-lookback", "eql: sequence by host.id with maxspan=10m " + steps + "\n---\nfrom = \"now-16m\""},
		{"maxspan-near-lookback", `eql: sequence by host.id with «maxspan = 5m» ` + steps},
		{"maxspan-near-lookback", `eql: sequence by host.id with maxspan=1m ` + steps},
		{"interval-over-maxspan", "eql: sequence by host.id with «maxspan=12h» " + steps + "\n---\nfrom = \"now-24h\""},
		{"interval-over-maxspan", "eql: sequence by host.id with maxspan=12h " + steps + "\n---\nfrom = \"now-24h\"\ninterval = \"6h\""},
		{"sequence-open-end", `eql: sequence by host.id with maxspan=1m [process where true] «![network where true]»`},
		{"sequence-open-end", `eql: sequence by host.id with maxspan=1m «![process where true]» [network where true]`},
		{"sequence-open-end", `eql: sequence by host.id with maxspan=1m [process where true] ![file where true] [network where true]`},
		{"sequence-without-key", `eql: «sequence» with maxspan=1m ` + steps},
		{"sequence-without-key", `eql: sequence with maxspan=1m [process where true] by host.id [network where true] by host.id`},
		{"optional-join-key", `eql: sequence by «?process.entity_id» ` + steps},
		{"optional-join-key", `eql: sequence by process.entity_id ` + steps},
		{"pid-join-key", `eql: sequence by «process.pid» ` + steps},
		{"pid-join-key", `eql: sequence by host.id, process.pid ` + steps},
		{"pid-join-key", `eql: sequence by process.pid ` + steps + ` until [process where event.type == "end"]`},
		{"short-maxspan", `eql: sequence by host.id with «maxspan=1s» ` + steps},
		{"short-maxspan", "eql: sequence by host.id with maxspan=1s " + steps + "\n---\ntiebreaker_field = \"event.sequence\""},
	}
}

func TestRegexpChecks(t *testing.T) {
	expectAll(t, regexpTable())
}

func regexpTable() []expectation {
	return []expectation{
		{"regexp-anchor", `eql: process where process.name regex "«^»power.*«$»"`},
		{"regexp-anchor", `eql: process where process.name regex "(«^»a|b«$»)"`},
		{"regexp-anchor", `eql: process where process.name regex ("a\\$", "[^b].*", "a$b")`},
		{"regexp-operator", `eql: process where process.command_line regex ".*0>«&»1.*"`},
		{"regexp-operator", `eql: process where user.name regex ".+«@»acme" or user.name regex "a«#»b"`},
		{"regexp-operator", `eql: process where process.command_line regex """.*0>\&1.*""" or process.name regex "a<1-100>b" or process.name regex "~(abc)" or process.name regex "[&@]"`},
		{"regexp-empty-alternative", `eql: process where process.name regex "(a.*|«|»b.*)"`},
		{"regexp-empty-alternative", `eql: process where process.name regex "(«|»b.*)"`},
		{"regexp-empty-alternative", `eql: process where process.name regex "(a.*|b.*)"`},
		{"regexp-leading-quantifier", `eql: process where process.command_line regex "«*»sh -c.*"`},
		{"regexp-leading-quantifier", `eql: process where process.command_line regex ".*sh -c.*|\\*sh"`},
		{"regexp-foreign-syntax", `eql: process where process.name regex "«(?i)»cmd.*" or process.name regex "a«(?:»b)"`},
		{"regexp-foreign-syntax", `eql: process where process.name regex "(a)?:b"`},
		{"regexp-lazy-quantifier", `eql: process where user.name regex "svc.+«?»-admin"`},
		{"regexp-lazy-quantifier", `eql: process where user.name regex "svc.?-admin"`},
		{"regexp-bare-alternatives", `eql: process where user.name regex «"(.*)365|SharePoint|Teams(.*)"»`},
		{"regexp-bare-alternatives", `eql: process where user.name regex "(.*)(365|SharePoint|Teams)(.*)" or user.name regex ".*a|.*b"`},
		{"regexp-case-range", `eql: process where file.path regex~ "«[a-z]»:.*"`},
		{"regexp-case-range", `eql: process where file.path regex~ "[a-zA-Z]:.*" or file.path regex "[a-z]:.*" or file.path regex~ "[0-9]"`},
		{"regexp-without-need", `eql: process where process.name regex «"power.*"»`},
		{"regexp-without-need", `eql: process where process.name regex "power(a|b).*"`},
		{"regexp-too-long", `eql: process where process.name regex «"` + repeat("a", 1001) + `"»`},
		{"regexp-too-long", `eql: process where process.name regex "` + repeat("a", 1000) + `"`},
		{"regexp-anchor", `lucene: process.name:/«^»a.*/`},
	}
}

func TestPatternChecks(t *testing.T) {
	expectAll(t, patternTable())
}

func patternTable() []expectation {
	return []expectation{
		{"equality-wildcard", `eql: process where process.name == «"python*"» and process.args in ("a", «"/text:*"»)`},
		{"equality-wildcard", `eql: process where process.name : "python*" and process.args == "*" and acme.name == "\\\\*\\ADMIN$"`},
		{"sql-wildcard", `eql: process where process.command_line like («"%/tmp/%/a"», "*")`},
		{"sql-wildcard", `eql: process where process.command_line like "%TEMP%*" and process.args : "100%*"`},
		{"like-without-wildcard", `eql: process where «process.name like ("a", "b")»`},
		{"like-without-wildcard", `eql: process where process.name like ("a", "b*")`},
		{"leading-wildcard", `eql: process where process.name : («"*katz"», "*x")`},
		{"leading-wildcard", `eql: process where process.name : "mimi*"`},
		{"duplicate-value", `eql: process where process.name : ("cmd.exe", "a", «"CMD.exe"»)`},
		{"duplicate-value", `kuery: process.name: (a or b or «a»)`},
		{"duplicate-value", `eql: process where process.name in ("cmd.exe", "CMD.exe") or acme.level in ("1", "2")`},
		{"subsumed-value", `eql: process where process.name : ("python*", «"Python3"», «"python3*"»)`},
		{"subsumed-value", `eql: process where process.name like ("python*", "Python3", "*thun", "p?thon")`},
	}
}

func TestLogicChecks(t *testing.T) {
	expectAll(t, logicTable())
}

func logicTable() []expectation {
	return []expectation{
		{"never-holds", `eql: process where process.name == "a" and «process.name == "b"»`},
		{"never-holds", `eql: process where process.name : "a*" and «not process.name : ("A*", "c")»`},
		{"never-holds", `kuery: process.pid > 5 and «process.pid < 3»`},
		{"never-holds", `kuery: process.name: * and «not process.name: *»`},
		{"never-holds", `eql: process where process.args == "a" and process.args == "b"`},
		{"never-holds", `eql: process where process.name : "a*" and not process.name : "ab"`},
		{"never-holds", `kuery: process.pid >= 3 and process.pid <= 3 and acme.script: a and acme.script: b`},
		{"always-holds", `eql: process where user.name != "a" or «user.name != "b"»`},
		{"always-holds", `kuery: not user.name: a or «not user.name: b»`},
		{"always-holds", `eql: process where user.name == "a" or «user.name != "a"»`},
		{"always-holds", `eql: process where user.name != "a" and user.name != "b"`},
		{"always-holds", `eql: process where process.args != "a" or process.args != "b"`},
		{"duplicate-condition", `eql: process where process.name : "a" or user.name : "b" or «process.name :  "a"»`},
		{"duplicate-condition", `eql: process where process.name : "a" or user.name : "a"`},
		{"or-instead-of-list", `eql: process where process.name : "a" or «process.name : "b"»`},
		{"or-instead-of-list", `eql: process where process.name : "a" or process.name == "b"`},
	}
}

func TestFieldChecks(t *testing.T) {
	expectAll(t, fieldTable())
}

func fieldTable() []expectation {
	return []expectation{
		{"unknown-field", `kuery: «proccess.name»: x`},
		{"unknown-field", `eql: process where «?process.nmae» == null and process.Ext.unknown == "a"`},
		{"unknown-field", "kuery: process.name: x\n---\nalert_suppression.group_by = [\"host.id\", «\"hots.name\"»]\nalert_suppression.missing_fields_strategy = \"suppress\""},
		{"unknown-field", `kuery: aws.cloudtrail.something: x and process.entity_ids: y`},
		{"range-on-keyword", `kuery: «acme.level > 9»`},
		{"range-on-keyword", `kuery: acme.score > 9 and acme.level > m`},
		{"cidr-on-keyword", `kuery: client.address: «10.0.0.0/8»`},
		{"cidr-on-keyword", `kuery: client.ip: 10.0.0.0/8 and client.address: "10.0.0.1"`},
		{"wildcard-on-text", `kuery: acme.script: «*Invoke Web*»`},
		{"wildcard-on-text", `kuery: acme.script: "Invoke Web" or acme.script: Invoke* or acme.name: *a b*`},
		{"range-on-array", `kuery: acme.scores > 5 and «acme.scores < 9»`},
		{"range-on-array", `kuery: acme.score > 5 and acme.score < 9`},
		{"field-pattern-of-many-types", `kuery: «acme.*»: 5`},
		{"field-pattern-of-many-types", `kuery: acme.score*: 5 and acme.*: *`},
		{"keyword-case", `kuery: acme.name: «Cmd.exe»`},
		{"keyword-case", `kuery: acme.name: cmd.exe and acme.name.caseless: Cmd.exe and acme.level: A`},
		{"dataset-field", `kuery: «event.dataset»: okta.system`},
		{"dataset-field", `kuery: data_stream.dataset: okta.system`},
	}
}
