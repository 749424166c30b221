package extract

import (
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Domain are the parts of a domain name as REGISTERED_DOMAIN gives them; "" is a part that is not there.
type Domain struct {
	Domain, Registered, TopLevel, Subdomain string
}

// ParseDomain takes a domain name apart by the public suffix list; false when it has no part that one can register.
func ParseDomain(text string) (Domain, bool) {
	name := strings.TrimSpace(text)
	if name == "" || strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".") {
		return Domain{}, false
	}
	lower := strings.ToLower(name)
	suffix, _ := publicsuffix.PublicSuffix(lower)
	if suffix == lower {
		// A suffix itself, such as co.uk; a name without any dot is none.
		if !strings.Contains(lower, ".") {
			return Domain{}, false
		}
		return Domain{Domain: text, TopLevel: lower}, true
	}
	registered, err := publicsuffix.EffectiveTLDPlusOne(lower)
	if err != nil {
		return Domain{}, false
	}
	d := Domain{Domain: text, Registered: registered, TopLevel: registered[strings.IndexByte(registered, '.')+1:]}
	// By labels and not by bytes: small letters may be shorter than capitals.
	labels := strings.Split(name, ".")
	d.Subdomain = strings.Join(labels[:len(labels)-strings.Count(registered, ".")-1], ".")
	return d, true
}
