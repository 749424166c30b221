// Package versions keeps the versions of published rules: a lock file holds the content hash and the version of each rule,
// and a rule whose hash is another one gets the next version.
//
// A rule that asks for a newer release of the stack than its lock is forked: the version for older releases is kept beside
// the new one, which starts 100 higher, so that the older one has room to grow on its own branch. [Files.Update] decides, the
// files are read and written in the form of Elastic's rule repository: version.lock.json and deprecated_rules.json.
package versions
