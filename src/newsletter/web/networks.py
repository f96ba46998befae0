"""Where a request came from: the address of the reader's computer, cut to its network.

An address is kept and counted as its network alone: /24 of IPv4, /64 of IPv6, which is what one
connection to the internet gets. X-Forwarded-For is believed only as far as proxies of ours
wrote it: from the right, up to the first that is none of them.
"""

import ipaddress
from collections.abc import Collection
from functools import lru_cache

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_PREFIX = {4: 24, 6: 64}
_LONGEST = 2000
"""Letters of X-Forwarded-For that are looked at: the last ones, which proxies of ours wrote."""


def network_of(peer: str, forwarded: str, proxies: Collection[str]) -> str:
    """Return the network of a reader as text; empty when it is not known.

    `peer` is who holds the connection, `forwarded` the header X-Forwarded-For, `proxies` are the
    addresses or networks of proxies that are ours.
    """
    ours = _networks(tuple(proxies))
    address = _address(peer)
    for part in reversed(forwarded[-_LONGEST:].split(",")):
        if address is None or not any(address in each for each in ours):
            break
        address = _address(part.strip()) or address
    if address is None:
        return ""
    return str(ipaddress.ip_network((address, _PREFIX[address.version]), strict=False))


def _address(text: str) -> _Address | None:
    """Return an address, with a port behind it or not; IPv4 inside IPv6 is IPv4."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        return found.ipv4_mapped
    return found


@lru_cache(maxsize=8)
def _networks(proxies: tuple[str, ...]) -> tuple[_Network, ...]:
    return tuple(ipaddress.ip_network(each, strict=False) for each in proxies)
