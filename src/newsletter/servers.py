"""How people name a mail server in a URL, and what may go over the connection to it.

    scheme://user:secret@host:port

Mail and passwords are never sent in clear to another machine (RFC 8314 3).
"""

import ipaddress
import re
from enum import StrEnum
from urllib.parse import SplitResult, unquote, urlsplit

ESCAPES = "in a user name or password, write / ? # @ : % as %2F %3F %23 %40 %3A %25"
_HOST = re.compile(r"(?!-)[\w-]{1,63}(?<!-)(?:\.(?!-)[\w-]{1,63}(?<!-))*\.?")
_CONTROL = re.compile("[\x00-\x1f\x7f]")


class Tls(StrEnum):
    """How the connection is secured."""

    NONE = "none"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine by its very name, without asking anybody."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"


def split_server(url: str) -> tuple[SplitResult, int | None]:
    """Return the parts of `url` and its port, if it has one.

    Raises ValueError with a sentence that repeats nothing of the URL.
    """
    try:
        parts = urlsplit(url.strip())
        return parts, parts.port
    except ValueError:
        raise ValueError(f"the port has to be a number from 1 to 65535 ({ESCAPES})") from None


def host_of(parts: SplitResult) -> str:
    """Return the name or the address of the server; raises ValueError if it cannot be one."""
    host = parts.hostname or ""
    if not _HOST.fullmatch(host) or len(host) > 253:
        try:
            ipaddress.IPv6Address(host)
        except ValueError:
            raise ValueError(f"there is no usable name of a host ({ESCAPES})") from None
    return host


def login_of(parts: SplitResult) -> tuple[str, str]:
    """Return user name and password, both empty if neither is given; else raises ValueError."""
    try:
        username = unquote(parts.username or "", errors="strict")
        password = unquote(parts.password or "", errors="strict")
    except UnicodeDecodeError:
        raise ValueError("user name and password have to be UTF-8 behind their % signs") from None
    if bool(username) != bool(password):
        raise ValueError(f"user name and password go together: {parts.scheme}://user:secret@host")
    if _CONTROL.search(username + password):
        raise ValueError("user name or password holds a control character")
    return username, password
