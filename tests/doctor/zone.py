"""A name server on this computer, over UDP: it answers from a zone that a test wrote."""

import contextlib
import socket
import threading
from collections.abc import Iterator

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import dns.zone

from newsletter.doctor.resolver import Dns


class NameServer:
    """Answers what its zone says; `deaf` it says nothing; `asked` holds the questions."""

    def __init__(self, zone: str) -> None:
        self._zone = dns.zone.from_text(
            f"$TTL 60\n@ SOA ns. admin. 1 1 1 1 1\n@ NS ns.\n{zone}\n", origin=".", relativize=False
        )
        self.asked: list[str] = []
        self.deaf = False
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def names(self, seconds: float = 5.0) -> Dns:
        """Return what asks this server."""
        return Dns(["127.0.0.1"], port=self.port, seconds=seconds)

    def close(self) -> None:
        """Answer nothing more."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.sendto(b"", ("127.0.0.1", self.port))
        self._thread.join(5)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            octets, whence = self._socket.recvfrom(4096)
            if not octets:
                return
            query = dns.message.from_wire(octets)
            self.asked.append(f"{query.question[0].name} {query.question[0].rdtype.name}")
            if not self.deaf:
                self._socket.sendto(self._answer(query).to_wire(), whence)

    def _answer(self, query: dns.message.Message) -> dns.message.Message:
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.AA | dns.flags.RA
        question = query.question[0]
        name = question.name
        if name.to_text().lower().startswith("broken."):
            answer.set_rcode(dns.rcode.SERVFAIL)
            return answer
        for _ in range(8):  # aliases
            alias = self._zone.get_rrset(name, "CNAME")
            if alias is None:
                break
            answer.answer.append(alias)
            name = alias[0].target
        found = self._zone.get_rrset(name, question.rdtype)
        if found is not None:
            answer.answer.append(found)
        elif self._zone.get_node(name) is None:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer


@contextlib.contextmanager
def name_server(zone: str) -> Iterator[NameServer]:
    """Run a server with `zone`, in the form of a zone file with whole names."""
    server = NameServer(zone)
    try:
        yield server
    finally:
        server.close()
