package extract

import (
	"fmt"
	"strings"
)

// stockPatterns is the library of named patterns that GROK knows in ES|QL: the ECS variant of Elasticsearch's. The
// names, what each matches, in which order it tries, and the fields that it fills are Elasticsearch's.
func stockPatterns() map[string]string {
	bank := map[string]string{}
	for _, family := range []string{textPatterns(), networkPatterns(), pathPatterns(), datePatterns(), syslogPatterns(), serverPatterns(), javaPatterns(), storePatterns()} {
		for line := range strings.Lines(family) {
			if name, pattern, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
				bank[name] = strings.TrimSpace(pattern)
			}
		}
	}
	bank["IPV6"] = addressV6()
	bank["LOGLEVEL"] = logLevels()
	bank["MONTH"] = monthNames()
	bank["DAY"] = dayNames()
	return bank
}

func textPatterns() string {
	const part = "[a-zA-Z0-9!#$%&'*+\\-/=?^_`{|}~]"
	return `
USERNAME [\w.-]+
USER %{USERNAME}
EMAILLOCALPART ` + part + `{1,64}(?:\.` + part + `{1,62}){0,63}
EMAILADDRESS %{EMAILLOCALPART}@%{HOSTNAME}
INT [+-]?\d+
BASE10NUM (?<![\d.+-])(?>[+-]?(?:\d+(?:\.\d+)?|\.\d+))
NUMBER %{BASE10NUM}
BASE16NUM (?<!\h)[+-]?(?:0x)?\h+
BASE16FLOAT \b(?<![\h.])[+-]?(?:0x)?(?:\h+(?:\.\h*)?|\.\h+)\b
POSINT \b[1-9]\d*\b
NONNEGINT \b\d+\b
WORD \b\w+\b
NOTSPACE \S+
SPACE \s*
DATA .*?
GREEDYDATA .*
QUOTEDSTRING (?>(?<!\\)(?>"(?>\\.|[^\\"]+)+"|""|(?>'(?>\\.|[^\\']+)+')|''|` + "(?>`(?>\\\\.|[^\\\\`]+)+`)|``" + `))
QS %{QUOTEDSTRING}
UUID \h{8}-(?:\h{4}-){3}\h{12}
URN urn:[0-9A-Za-z][0-9A-Za-z-]{0,31}:(?:%\h{2}|[0-9A-Za-z()+,.:=@;$_!*'/?#-])+
`
}

func networkPatterns() string {
	const octet = `(?:[01]?\d{1,2}|2[0-4]\d|25[0-5])`
	const label = `[0-9A-Za-z][0-9A-Za-z-]{0,62}`
	return `
MAC (?:%{CISCOMAC}|%{WINDOWSMAC}|%{COMMONMAC})
CISCOMAC (?:\h{4}\.){2}\h{4}
WINDOWSMAC (?:\h{2}-){5}\h{2}
COMMONMAC (?:\h{2}:){5}\h{2}
IPV4 (?<!\d)` + octet + `(?:[.]` + octet + `){3}(?!\d)
IP (?:%{IPV6}|%{IPV4})
HOSTNAME \b` + label + `(?:\.` + label + `)*\.?
IPORHOST (?:%{IP}|%{HOSTNAME})
HOSTPORT %{IPORHOST}:%{POSINT}
`
}

// addressV6 writes the forms of an IPv6 address: for each number of groups that stand before the double colon, what may
// follow it. An address of version 4 may take the place of the last two groups, and a zone may follow.
func addressV6() string {
	const (
		hex   = `\h{1,4}`
		byte4 = `(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)`
		v4    = byte4 + `(?:\.` + byte4 + `){3}`
	)
	forms := []string{`(?:` + hex + `:){7}(?:` + hex + `|:)`}
	for before := 6; before >= 0; before-- {
		after := 7 - before // groups at most behind the double colon
		head, tail := fmt.Sprintf(`(?:%s:){%d}`, hex, before), fmt.Sprintf(`(?::%s){1,%d}`, hex, after)
		mixed := `:` + v4
		switch {
		case before == 0:
			head, mixed = `:`, fmt.Sprintf(`(?::%s){0,5}:%s`, hex, v4)
		case before == 6:
			tail, mixed = `:`+hex, v4
		case before < 5:
			mixed = fmt.Sprintf(`(?::%s){0,%d}:%s`, hex, after-2, v4)
		}
		forms = append(forms, fmt.Sprintf(`%s(?:%s|%s|:)`, head, tail, mixed))
	}
	return `(?:` + strings.Join(forms, "|") + `)(?:%.+)?`
}

func pathPatterns() string {
	const query = `[A-Za-z0-9$.+!*'|(){},~@#%&/=:;_?\-\[\]<>]*`
	return `
PATH (?:%{UNIXPATH}|%{WINPATH})
UNIXPATH (?:/[[:alnum:]_%!$@:.,+~-]*)+
TTY /dev/(?:pts|tty(?:[pq])?)(?:\w+)?/?\d+
WINPATH (?>[A-Za-z]+:|\\)(?:\\[^\\?*]*)+
URIPROTO [A-Za-z](?:[A-Za-z0-9+\-.]+)+
URIHOST %{IPORHOST}(?::%{POSINT})?
URIPATH (?:/[A-Za-z0-9$.+!*'(){},~:;=@#%&_\-]*)+
URIQUERY ` + query + `
URIPARAM \?%{URIQUERY}
URIPATHPARAM %{URIPATH}(?:\?%{URIQUERY})?
URI %{URIPROTO}://(?:%{USER}(?::[^@]*)?@)?(?:%{URIHOST})?(?:%{URIPATH}(?:\?%{URIQUERY})?)?
`
}

func monthNames() string {
	return `\b(?:[Jj]an(?:uary|uar)?|[Ff]eb(?:ruary|ruar)?|[Mm](?:a|ä)?r(?:ch|z)?|[Aa]pr(?:il)?|[Mm]a(?:y|i)?|[Jj]un(?:e|i)?|[Jj]ul(?:y|i)?|` +
		`[Aa]ug(?:ust)?|[Ss]ep(?:tember)?|[Oo](?:c|k)?t(?:ober)?|[Nn]ov(?:ember)?|[Dd]e(?:c|z)(?:ember)?)\b`
}

func dayNames() string {
	return `(?:Mon(?:day)?|Tue(?:sday)?|Wed(?:nesday)?|Thu(?:rsday)?|Fri(?:day)?|Sat(?:urday)?|Sun(?:day)?)`
}

// logLevels writes each level with a first letter of either case, or all in capitals.
func logLevels() string {
	var forms []string
	for _, level := range []string{"alert", "trace", "debug", "notice", "info?(?:rmation)?", "warn?(?:ing)?", "err?(?:or)?", "crit?(?:ical)?", "fatal", "severe"} {
		capital := strings.ToUpper(level[:1])
		forms = append(forms, "["+capital+level[:1]+"]"+level[1:], strings.ToUpper(level))
	}
	return "(?:" + strings.Join(append(forms, "EMERG(?:ENCY)?", "[Ee]merg(?:ency)?"), "|") + ")"
}

func datePatterns() string {
	return `
MONTHNUM (?:0?[1-9]|1[0-2])
MONTHNUM2 (?:0[1-9]|1[0-2])
MONTHDAY (?:0[1-9]|[12]\d|3[01]|[1-9])
YEAR (?>\d\d){1,2}
HOUR (?:2[0-3]|[01]?\d)
MINUTE [0-5]\d
SECOND (?:[0-5]?\d|60)(?:[:.,]\d+)?
TIME (?!<\d)%{HOUR}:%{MINUTE}(?::%{SECOND})(?!\d)
DATE_US %{MONTHNUM}[/-]%{MONTHDAY}[/-]%{YEAR}
DATE_EU %{MONTHDAY}[./-]%{MONTHNUM}[./-]%{YEAR}
ISO8601_TIMEZONE (?:Z|[+-]%{HOUR}(?::?%{MINUTE}))
ISO8601_SECOND %{SECOND}
TIMESTAMP_ISO8601 %{YEAR}-%{MONTHNUM}-%{MONTHDAY}[T ]%{HOUR}:?%{MINUTE}(?::?%{SECOND})?%{ISO8601_TIMEZONE}?
DATE %{DATE_US}|%{DATE_EU}
DATESTAMP %{DATE}[- ]%{TIME}
TZ (?:[APMCE][SD]T|UTC)
DATESTAMP_RFC822 %{DAY} %{MONTH} %{MONTHDAY} %{YEAR} %{TIME} %{TZ}
DATESTAMP_RFC2822 %{DAY}, %{MONTHDAY} %{MONTH} %{YEAR} %{TIME} %{ISO8601_TIMEZONE}
DATESTAMP_OTHER %{DAY} %{MONTH} %{MONTHDAY} %{TIME} %{TZ} %{YEAR}
DATESTAMP_EVENTLOG %{YEAR}%{MONTHNUM2}%{MONTHDAY}%{HOUR}%{MINUTE}%{SECOND}
SYSLOGTIMESTAMP %{MONTH} +%{MONTHDAY} %{TIME}
HTTPDATE %{MONTHDAY}/%{MONTH}/%{YEAR}:%{TIME} %{INT}
`
}

func syslogPatterns() string {
	return `
PROG [!-Z\\^-~]+
SYSLOGPROG %{PROG:process.name}(?:\[%{POSINT:process.pid:int}\])?
SYSLOGHOST %{IPORHOST}
SYSLOGFACILITY <%{NONNEGINT:log.syslog.facility.code:int}.%{NONNEGINT:log.syslog.priority:int}>
SYSLOGBASE %{SYSLOGTIMESTAMP:timestamp} (?:%{SYSLOGFACILITY} )?%{SYSLOGHOST:host.hostname} %{SYSLOGPROG}:
SYSLOGBASE2 (?:%{SYSLOGTIMESTAMP:timestamp}|%{TIMESTAMP_ISO8601:timestamp})(?: %{SYSLOGFACILITY})?(?: %{SYSLOGHOST:host.hostname})?(?: %{SYSLOGPROG}:)?
SYSLOGPAMSESSION %{SYSLOGBASE} (?=%{GREEDYDATA:message})%{WORD:system.auth.pam.module}\(%{DATA:system.auth.pam.origin}\): session %{WORD:system.auth.pam.session_state} for user %{USERNAME:user.name}(?: by %{GREEDYDATA})?
SYSLOGLINE %{SYSLOGBASE2} %{GREEDYDATA:message}
CRON_ACTION [A-Z ]+
CRONLOG %{SYSLOGBASE} \(%{USER:user.name}\) %{CRON_ACTION:system.cron.action} \(%{DATA:message}\)
SYSLOG5424PRINTASCII [!-~]+
SYSLOG5424PRI <%{NONNEGINT:log.syslog.priority:int}>
SYSLOG5424SD \[%{DATA}\]+
SYSLOG5424BASE %{SYSLOG5424PRI}%{NONNEGINT:system.syslog.version} +(?:-|%{TIMESTAMP_ISO8601:timestamp}) +(?:-|%{IPORHOST:host.hostname}) +(?:-|%{SYSLOG5424PRINTASCII:process.name}) +(?:-|%{POSINT:process.pid:int}) +(?:-|%{SYSLOG5424PRINTASCII:event.code}) +(?:-|%{SYSLOG5424SD:system.syslog.structured_data})?
SYSLOG5424LINE %{SYSLOG5424BASE} +%{GREEDYDATA:message}
`
}

func serverPatterns() string {
	return `
HTTPDUSER %{EMAILADDRESS}|%{USER}
HTTPDERROR_DATE %{DAY} %{MONTH} %{MONTHDAY} %{TIME} %{YEAR}
HTTPD_COMMONLOG %{IPORHOST:source.address} (?:-|%{HTTPDUSER:apache.access.user.identity}) (?:-|%{HTTPDUSER:user.name}) \[%{HTTPDATE:timestamp}\] "(?:%{WORD:http.request.method} %{NOTSPACE:url.original}(?: HTTP/%{NUMBER:http.version})?|%{DATA})" (?:-|%{INT:http.response.status_code:int}) (?:-|%{INT:http.response.body.bytes:int})
HTTPD_COMBINEDLOG %{HTTPD_COMMONLOG} "(?:-|%{DATA:http.request.referrer})" "(?:-|%{DATA:user_agent.original})"
HTTPD20_ERRORLOG \[%{HTTPDERROR_DATE:timestamp}\] \[%{LOGLEVEL:log.level}\] (?:\[client %{IPORHOST:source.address}\] )?%{GREEDYDATA:message}
COMMONAPACHELOG %{HTTPD_COMMONLOG}
COMBINEDAPACHELOG %{HTTPD_COMBINEDLOG}
`
}

func javaPatterns() string {
	const name = `[a-zA-Z$_][a-zA-Z$_0-9]*`
	return `
JAVACLASS (?:` + name + `\.)*` + name + `
JAVAFILE [a-zA-Z$_0-9. -]+
JAVAMETHOD (?:<(?:cl)?init>|` + name + `)
JAVASTACKTRACEPART %{SPACE}at %{JAVACLASS:java.log.origin.class.name}\.%{JAVAMETHOD:log.origin.function}\(%{JAVAFILE:log.origin.file.name}(?::%{INT:log.origin.file.line:int})?\)
JAVATHREAD [A-Z]{2}-Processor\d+
JAVALOGMESSAGE .*
`
}

func storePatterns() string {
	return `
RUBY_LOGLEVEL (?:DEBUG|FATAL|ERROR|WARN|INFO)
`
}
