// Package integration reads an Elastic integration package: its manifests, and the definitions of the fields of its data
// streams. [Read] takes the files of an archive or a folder and gives a catalog; what is wrong with a package is a
// diagnostic with the place in its YAML. Nothing is written.
package integration
