// Package sandbox is a Kibana detection engine in memory: an [http.Handler] that takes, keeps and gives back rules as
// Kibana does, for trying out publishing without a Kibana and for tests.
//
// It serves the public API of version 2023-10-31, in the default space and below /s/{space}:
//
//	POST GET PUT PATCH DELETE  /api/detection_engine/rules
//	GET                        /api/detection_engine/rules/_find
//	GET                        /api/status
//
// with Kibana's status codes, its two shapes of errors, its checks of headers and bodies, the defaults that it fills
// in, the fields that it sets itself, and its counting of revisions. A space exists as soon as it is named.
//
// What it leaves out: rules do not run; privileges, licences, connectors and exception lists are not looked at; the
// fields parameter of _find is accepted and has no effect; the filter parameter takes the part of KQL that filter.go
// describes.
//
// A request takes this way: server.go checks its headers and finds its handler, rules.go and find.go handle it, schema.go
// and fields.go check a body field by field, crosscheck.go checks fields against each other, complete.go makes of a
// body what is stored, store.go keeps it.
package sandbox
