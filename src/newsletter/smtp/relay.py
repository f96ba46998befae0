"""Which relay takes our mail, and how it is spoken to.

    smtp://user:secret@host:port?tls=none|starttls|implicit

Without a port: 465 for implicit (the default, RFC 8314 3.3), 587 for starttls, 25 for none. Without
`tls`: implicit on 465; on any other port starttls, or none if the relay is this machine. Mail is
never handed over in clear to another machine.
"""

import ipaddress
import re
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit


class Tls(StrEnum):
    """How the connection is secured."""

    NONE = "none"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"


_PORTS = {Tls.IMPLICIT: 465, Tls.STARTTLS: 587, Tls.NONE: 25}
_HOST = re.compile(r"(?!-)[\w-]{1,63}(?<!-)(?:\.(?!-)[\w-]{1,63}(?<!-))*\.?")
_CONTROL = re.compile("[\x00-\x1f\x7f]")
_ESCAPES = "in a user name or password, write / ? # @ : % as %2F %3F %23 %40 %3A %25"


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


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine by its very name, without asking anybody."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"


def parse_relay(url: str) -> Relay:
    """Return the Relay that `url` describes.

    Raises ValueError with a sentence about what is wrong; it never repeats the secret.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        raise ValueError(f"the port has to be a number from 1 to 65535 ({_ESCAPES})") from None
    if parts.scheme != "smtp" or not parts.netloc:
        raise ValueError("it has to look like smtp://user:secret@mail.example.org:465?tls=implicit")
    if parts.path not in ("", "/") or parts.fragment or port == 0:
        raise ValueError(f"nothing but ?tls=... may follow host and port ({_ESCAPES})")
    host = _host(parts)
    tls = _tls(parts, host, port)
    username, password = _login(parts)
    return Relay(host, port or _PORTS[tls], tls, username, password)


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    if not _HOST.fullmatch(host) or len(host) > 253:
        try:
            ipaddress.IPv6Address(host)
        except ValueError:
            raise ValueError(f"there is no usable name of a host ({_ESCAPES})") from None
    return host


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


def _login(parts: SplitResult) -> tuple[str, str]:
    try:
        username = unquote(parts.username or "", errors="strict")
        password = unquote(parts.password or "", errors="strict")
    except UnicodeDecodeError:
        raise ValueError("user name and password have to be UTF-8 behind their % signs") from None
    if bool(username) != bool(password):
        raise ValueError("user name and password go together: smtp://user:secret@host")
    if _CONTROL.search(username + password):
        raise ValueError("user name or password holds a control character")
    return username, password
