// Command tocsin checks, tests and publishes detection rules for Elastic Security.
package main

import (
	"os"
	_ "time/tzdata" // named time zones mean the same on a machine that has none of its own

	"github.com/tocsin-rules/tocsin/internal/cli"
)

func main() { os.Exit(cli.Run(os.Args[1:], cli.FromOS())) }
