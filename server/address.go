package server

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// proxies are the networks whose X-Forwarded-For is believed.
type proxies []netip.Prefix

// address is who sent the request, for rate limits: the last address in the chain that is no proxy of ours. Of an IPv6 address
// it is the /64, which one household or school has to itself.
func (p proxies) address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	address, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	chain := strings.Join(r.Header.Values("X-Forwarded-For"), ",")
	for chain != "" && p.contains(address) {
		hop := chain[strings.LastIndexByte(chain, ',')+1:]
		chain = strings.TrimSuffix(chain[:len(chain)-len(hop)], ",")
		earlier, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		address = earlier
	}
	return household(address)
}

func (p proxies) contains(address netip.Addr) bool {
	return slices.ContainsFunc(p, func(prefix netip.Prefix) bool { return prefix.Contains(address.Unmap()) })
}

func household(address netip.Addr) string {
	address = address.Unmap().WithZone("")
	if address.Is4() {
		return address.String()
	}
	prefix, err := address.Prefix(64)
	if err != nil {
		return address.String()
	}
	return prefix.String()
}
