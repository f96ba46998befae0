"""Which addresses may be called: public ones, on the ports of the web.

A name is judged by what it resolves to, so spellings of an address (2130706433, 0x7f.1) need no
care of their own. IPv6 addresses that carry an IPv4 address are judged by the one they carry.
"""

import ipaddress
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], list[str]]
"""Host and port -> all addresses it has; raises OSError when it has none."""

_UNICAST = ipaddress.IPv6Network("2000::/3")  # RFC 4291 2.4: what is given out for the internet
_CARRIERS = (
    ipaddress.IPv6Network("::/96"),  # RFC 4291 2.5.5.1: IPv4-compatible
    ipaddress.IPv6Network("::ffff:0:0/96"),  # RFC 4291 2.5.5.2: IPv4-mapped
    ipaddress.IPv6Network("64:ff9b::/96"),  # RFC 6052 2.1: NAT64
)


def system_resolve(host: str, port: int) -> list[str]:
    """Return the addresses that the operating system knows for `host`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class Guard:
    """What may be called.

    `inside` holds pairs of host and port that a person at the keyboard vouched for: these may be
    on this computer or in the office's own network. They never hold for another host or port, so
    a redirect cannot make use of them.
    """

    ports: frozenset[int] = frozenset({80, 443})
    inside: frozenset[tuple[str, int]] = frozenset()
    resolve: Resolver = system_resolve

    def objection(self, host: str, port: int) -> str:
        """Return why `host` and `port` must not even be looked up, or nothing."""
        if not host or "%" in host:
            return "names no host"
        if (host, port) in self.inside or port in self.ports:
            return ""
        allowed = " and ".join(str(each) for each in sorted(self.ports))
        return f"asks for port {port}, and only {allowed} are called"

    def addresses(self, host: str, port: int, seconds: float) -> list[str]:
        """Return the addresses of `host`, all of them checked.

        Raises OSError when it has none, TimeoutError when nobody answers within `seconds`, and
        PermissionError when one of them must not be called.
        """
        found = _in_time(lambda: self.resolve(host, port), seconds)
        for each in found:
            if not self._may_call(each, vouched=(host, port) in self.inside):
                raise PermissionError(each)
        return found

    def _may_call(self, address: str, *, vouched: bool) -> bool:
        ip = carried(ipaddress.ip_address(address))
        return is_public(ip) or (vouched and is_inside(ip))


def is_public(ip: Address) -> bool:
    """Return whether an address is one of the public internet."""
    if isinstance(ip, ipaddress.IPv6Address) and ip not in _UNICAST:
        return False
    return ip.is_global and not ip.is_multicast


def is_inside(ip: Address) -> bool:
    """Return whether an address is one of this computer or of a private network.

    Link-local addresses are neither: at 169.254.169.254 clouds hand out their keys.
    """
    never = ip.is_link_local or ip.is_multicast or ip.is_unspecified
    return ip.is_private and not never


def carried(ip: Address) -> Address:
    """Return the IPv4 address that an IPv6 address carries, else the address itself."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip.sixtofour:  # RFC 3056 2
        return ip.sixtofour
    if ip.teredo:  # RFC 4380 4: server and client; the client is whom a packet reaches
        return ip.teredo[1]
    carries = any(ip in network for network in _CARRIERS) and int(ip) > 1  # :: and ::1 are IPv6
    return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if carries else ip


def _in_time(work: Callable[[], list[str]], seconds: float) -> list[str]:
    """Return what `work` returns; the system's resolver takes no time limit of its own."""
    results: list[list[str]] = []
    faults: list[Exception] = []

    def run() -> None:
        try:
            results.append(work())
        except (OSError, ValueError) as fault:  # UnicodeError: a label that is no name
            faults.append(fault)

    thread = threading.Thread(target=run, daemon=True)  # a hanging resolver stops no exit
    thread.start()
    thread.join(seconds)
    if faults:
        raise OSError(str(faults[0])) from faults[0]
    if not results:
        raise TimeoutError
    return results[0]
