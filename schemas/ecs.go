package schemas

import _ "embed"

//go:embed ecs.tsv
var ecs string

// ECS is the table of the Elastic Common Schema's fields, as internal/tools/genecs writes it.
func ECS() string { return ecs }
