"""Which relay takes our mail, and how it is spoken to.

    smtp://user:secret@host:port?tls=none|starttls|implicit

Without a port: 465 for implicit (the default, RFC 8314 3.3), 587 for starttls, 25 for none. Without
`tls`: implicit on 465; on any other port starttls, or none if the relay is this machine. Mail is
never handed over in clear to another machine.
"""

from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl

from newsletter.servers import ESCAPES, Tls, host_of, is_loopback, login_of, split_server

_PORTS = {Tls.IMPLICIT: 465, Tls.STARTTLS: 587, Tls.NONE: 25}


@dataclass(frozen=True, slots=True)
class Relay:
    """A mail server that takes our mail; the password never shows in logs."""

    host: str
    port: int
    tls: Tls
    username: str = ""
    password: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Refuse to hand mail and passwords to another machine in clear (RFC 8314 3)."""
        if self.tls is Tls.NONE and not is_loopback(self.host):
            raise ValueError(
                f"tls=none is for a relay on this machine only (localhost, 127.0.0.1, ::1), "
                f"and {self.host} is another: use tls=implicit or tls=starttls"
            )

    def __str__(self) -> str:
        """Return what may be shown: host, port and security."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port} (tls={self.tls})"


def parse_relay(url: str) -> Relay:
    """Return the Relay that `url` describes.

    Raises ValueError with a sentence about what is wrong; it never repeats the secret.
    """
    parts, port = split_server(url)
    if parts.scheme != "smtp" or not parts.netloc:
        raise ValueError("it has to look like smtp://user:secret@mail.example.org:465?tls=implicit")
    if parts.path not in ("", "/") or parts.fragment or port == 0:
        raise ValueError(f"nothing but ?tls=... may follow host and port ({ESCAPES})")
    host = host_of(parts)
    tls = _tls(parts, host, port)
    username, password = login_of(parts)
    return Relay(host, port or _PORTS[tls], tls, username, password)


def _tls(parts: SplitResult, host: str, port: int | None) -> Tls:
    options = parse_qsl(parts.query, keep_blank_values=True)
    if any(key != "tls" for key, _ in options) or len(options) > 1:
        raise ValueError("the only option is tls, once: ?tls=implicit, ?tls=starttls or ?tls=none")
    if options:
        try:
            return Tls(options[0][1])
        except ValueError:
            raise ValueError("tls is one of implicit, starttls and none") from None
    if port in (None, 465):
        return Tls.IMPLICIT
    return Tls.NONE if is_loopback(host) and port != 587 else Tls.STARTTLS
