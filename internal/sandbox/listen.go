package sandbox

import (
	"fmt"
	"net"
)

// Listen opens a TCP listener for a sandbox at host:port, port 0 being any free one. A sandbox is for its own machine,
// so a host other than localhost or a loopback address is refused unless allowAny; that includes the empty host, which
// would mean every address.
func Listen(address string, allowAny bool) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("%q is not host:port: %w", address, err)
	}
	if !allowAny && !loopback(host) {
		return nil, fmt.Errorf("%q is not a loopback address such as 127.0.0.1, and others could reach the sandbox there", host)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("the sandbox cannot listen: %w", err)
	}
	return listener, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
