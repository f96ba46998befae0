"""What keeps us from a mailbox, in plain words."""

import socket
import ssl

from newsletter.errors import InboxUnavailable
from newsletter.model.inbox import InboxAddress
from newsletter.servers import Tls

_ANSWER = 300  # letters of what a server says that are repeated
_CERTIFICATE = (
    "the address has to name the server as its certificate does; certificates of your own "
    "authority are named by SSL_CERT_FILE"
)
LATER = "nothing is lost: what was not taken is taken the next time"


def unreachable(address: InboxAddress, fault: BaseException, timeout: float) -> InboxUnavailable:
    """Return why there is no connection, or not any longer."""
    what, remedy = _in_words(address, fault, timeout)
    return InboxUnavailable(f"{address.name}: {what}", remedy)


def _in_words(address: InboxAddress, fault: BaseException, timeout: float) -> tuple[str, str]:
    host = address.host
    match fault:
        case socket.gaierror():
            return (
                f"{host} is not known",
                "see how the host is written, and whether the DNS answers",
            )
        case ssl.SSLCertVerificationError():
            why = fault.verify_message
            return f"the certificate of {host} cannot be trusted: {why}", _CERTIFICATE
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError():
            return f"{host} closed the connection", LATER
        case ssl.SSLError():
            why = (fault.reason or str(fault)).replace("_", " ").lower()
            return f"no TLS with {host}: {why}", _other_way(address)
        case TimeoutError():
            return f"{host} gave no answer within {timeout:g} seconds", LATER
        case ConnectionRefusedError():
            return f"nobody answers on port {address.port} of {host}", _other_way(address)
        case OSError():
            return f"the connection to {host} failed: {fault.strerror or fault}", LATER
        case _:
            return f"{host} does not keep to the protocol: {said(address, fault)}", LATER


def _other_way(address: InboxAddress) -> str:
    """Return the guess that the address is right but for how it is secured."""
    family = address.scheme.removesuffix("s")
    if address.tls is Tls.IMPLICIT:
        return f"see the port; is it {family}:// with tls=starttls instead?"
    return f"see the port; is it {family}s:// instead?"


def said(address: InboxAddress, words: object) -> str:
    """Return what a server said, fit for people: one line, printable, without our secret."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    if address.secret:
        text = text.replace(address.secret, "***")
    text = "".join(each if each.isprintable() else " " for each in text)
    return " ".join(text.split())[:_ANSWER]
