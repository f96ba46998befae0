"""The DNS, asked by dnspython; the only module that knows it."""

from collections.abc import Sequence
from typing import Any

import dns.exception
import dns.rdatatype
import dns.resolver
import dns.reversename

from newsletter.doctor.ports import DnsSilent

_SECONDS = 5.0
_ENOUGH = 2  # questions without an answer, after which no more are asked


class Dns:
    """Asks the name servers of this computer, or those that are named."""

    def __init__(
        self, servers: Sequence[str] = (), *, port: int = 53, seconds: float = _SECONDS
    ) -> None:
        """Ask `servers` (addresses), by default those that the system names."""
        self._resolver = dns.resolver.Resolver(configure=not servers)
        if servers:
            self._resolver.nameservers = list(servers)
            self._resolver.port = port
        self._resolver.lifetime = seconds
        self._resolver.cache = dns.resolver.Cache()
        self._silences = 0

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the TXT records of `name`, each in one piece (RFC 7208 3.3)."""
        return tuple(
            b"".join(record.strings).decode("utf-8", "replace") for record in self._ask(name, "TXT")
        )

    def mail_hosts(self, name: str) -> tuple[str, ...]:
        """Return the hosts that take mail for `name`, the preferred ones first."""
        found = sorted(self._ask(name, "MX"), key=lambda record: int(record.preference))
        return tuple(_plain(record.exchange) for record in found)

    def addresses(self, name: str) -> tuple[str, ...]:
        """Return the addresses of a host, IPv4 first."""
        found = (*self._ask(name, "A"), *self._ask(name, "AAAA"))
        return tuple(str(record.address) for record in found)

    def pointers(self, address: str) -> tuple[str, ...]:
        """Return the names that belong to an address."""
        name = str(dns.reversename.from_address(address))
        return tuple(_plain(record.target) for record in self._ask(name, "PTR"))

    def _ask(self, name: str, kind: str) -> Sequence[Any]:
        if self._silences >= _ENOUGH:
            raise DnsSilent("the DNS gave no answer before")
        try:
            found = self._resolver.resolve(f"{name.rstrip('.')}.", kind)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            self._silences = 0
            return ()
        except dns.resolver.YXDOMAIN:  # an alias that would be too long a name
            return ()
        except (dns.resolver.LifetimeTimeout, dns.resolver.NoNameservers) as fault:
            self._silences += 1
            raise DnsSilent(f"the DNS gave no answer about {name}") from fault
        except (dns.exception.DNSException, OSError) as fault:
            raise DnsSilent(f"{name} cannot be asked for: {fault}") from fault
        self._silences = 0
        return list(found)


def _plain(name: object) -> str:
    return str(name).rstrip(".").lower()
