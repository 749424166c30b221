package schemas

import _ "embed"

//go:embed attack.tsv
var attack string

// Attack is the table of MITRE ATT&CK that package attack reads.
func Attack() string { return attack }
