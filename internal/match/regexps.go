package match

import "sync"

// Regexps compiles regular expressions, each once: rules of one family repeat them, and a rule is compiled anew for each
// instant. It is safe for concurrent use; nil compiles every time. It keeps what it compiled.
type Regexps struct {
	mu    sync.Mutex
	known map[regexpKey]*compiledRegexp
}

type regexpKey struct {
	pattern string
	flags   RegexpFlags
}

type compiledRegexp struct {
	once   sync.Once
	regexp *Regexp
	err    error
}

// NewRegexps makes one that knows no expression yet.
func NewRegexps() *Regexps { return &Regexps{known: map[regexpKey]*compiledRegexp{}} }

// Compile is [CompileRegexp].
func (r *Regexps) Compile(pattern string, flags RegexpFlags) (*Regexp, error) {
	if r == nil {
		return CompileRegexp(pattern, flags)
	}
	key := regexpKey{pattern, flags}
	r.mu.Lock()
	c, ok := r.known[key]
	if !ok {
		c = &compiledRegexp{}
		r.known[key] = c
	}
	r.mu.Unlock()
	c.once.Do(func() { c.regexp, c.err = CompileRegexp(pattern, flags) })
	return c.regexp, c.err
}
