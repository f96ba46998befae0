"""The names of a small world: a server of DNS that knows the domains of all cases."""

import socket
import threading
from collections.abc import Mapping

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

MAILER = "192.0.2.10"
COLLECTOR = "192.0.2.25"
HOSTS = {
    "mx1.example.org": MAILER,
    "example.org": MAILER,
    "mail.news.example.org": COLLECTOR,
    "news.example.org": COLLECTOR,
    "refused.example": "203.0.113.99",
    "mx1.refused.example": "203.0.113.99",
}
EXCHANGERS = {
    "news.example.org": "mail.news.example.org",
    "example.org": "mx1.example.org",
    "dangling.example": "no-such-host.dangling.example",
    "nothing.example": ".",  # RFC 7505
}
MISSING = ("no-such-domain.example", "gone.example", "no-such-host.dangling.example")
BROKEN = ("broken.example",)


class Names:
    """Answers questions on 127.0.0.1:53, by UDP and TCP, until the process ends."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        """Keep the address of each domain of a provider."""
        self._hosts = dict(HOSTS)
        self._exchangers = dict(EXCHANGERS)
        for domain, address in addresses.items():
            self._exchangers[domain] = f"mx1.{domain}"
            self._hosts[f"mx1.{domain}"] = address
        self._back = {address: name for name, address in self._hosts.items()}
        self._back[MAILER] = "mx1.example.org"

    def start(self) -> None:
        """Begin to answer."""
        there = ("127.0.0.1", 53)
        packets = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        packets.bind(there)
        streams = socket.create_server(there)
        threading.Thread(target=self._by_packet, args=(packets,), daemon=True).start()
        threading.Thread(target=self._by_stream, args=(streams,), daemon=True).start()

    def _by_packet(self, server: socket.socket) -> None:
        while True:
            question, asker = server.recvfrom(4096)
            server.sendto(self._answer(question), asker)

    def _by_stream(self, server: socket.socket) -> None:
        while True:
            asker, _ = server.accept()
            with asker:
                question = asker.recv(4096)
                answer = self._answer(question[2:])
                asker.sendall(len(answer).to_bytes(2) + answer)

    def _answer(self, question: bytes) -> bytes:
        asked = dns.message.from_wire(question)
        answer = dns.message.make_response(asked, recursion_available=True)
        name = asked.question[0].name
        kind = asked.question[0].rdtype
        plain = name.to_text(omit_final_dot=True).lower()
        if plain.endswith(BROKEN):
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif plain in MISSING or not self._exists(plain):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif found := self._find(plain, kind):
            type_name = dns.rdatatype.to_text(kind)
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", type_name, found))
        return answer.to_wire()

    def _exists(self, plain: str) -> bool:
        known = plain in self._hosts or plain in self._exchangers
        return known or plain.endswith((".in-addr.arpa", ".example.org")) or plain == "localhost"

    def _find(self, plain: str, kind: int) -> str:
        if kind == dns.rdatatype.MX and plain in self._exchangers:
            exchanger = self._exchangers[plain]
            return "0 ." if exchanger == "." else f"10 {exchanger}."
        if kind in (dns.rdatatype.A, dns.rdatatype.ANY):
            return "127.0.0.1" if plain == "localhost" else self._hosts.get(plain, "")
        if kind == dns.rdatatype.PTR:
            address = ".".join(reversed(plain.removesuffix(".in-addr.arpa").split(".")))
            name = self._back.get(address)
            return f"{name}." if name else ""
        return ""
