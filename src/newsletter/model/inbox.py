"""Where mail that comes back lies, and what is taken from there.

    imaps://user:secret@host:port/folder              IMAP; without a folder INBOX
    imap://user:secret@host:port/folder?tls=starttls|none
    pop3s://user:secret@host:port                     POP3
    pop3://user:secret@host:port?tls=starttls|none
    maildir:///path                                   a Maildir on this machine
    mbox:///path                                      a file of mails on this machine

Without a port: 993 and 995 for imaps and pop3s (RFC 8314 3.2), 143 and 110 for imap and pop3. The
latter two are secured by STARTTLS, unless the server is this machine. Nothing is taken in clear
from another machine.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, quote, unquote

from newsletter.servers import ESCAPES, Tls, host_of, is_loopback, login_of, split_server


class Scheme(StrEnum):
    """How mail is taken."""

    IMAPS = "imaps"
    IMAP = "imap"
    POP3S = "pop3s"
    POP3 = "pop3"
    MAILDIR = "maildir"
    MBOX = "mbox"


_PORTS = {Scheme.IMAPS: 993, Scheme.IMAP: 143, Scheme.POP3S: 995, Scheme.POP3: 110}
_ON_DISK = (Scheme.MAILDIR, Scheme.MBOX)
_WITH_FOLDERS = (Scheme.IMAPS, Scheme.IMAP)
_SECURED = (Scheme.IMAPS, Scheme.POP3S)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_LEFT_AS_IT_IS = "!$&'()*+,;=~|{}<>\"`^"  # in the name of an inbox, which people read


@dataclass(frozen=True, slots=True)
class InboxAddress:
    """One place where mail arrives; the secret never shows in logs.

    `folder` is the folder of an IMAP account, or the path on this machine; host, port, user and
    secret are empty for the latter.
    """

    scheme: Scheme
    host: str = ""
    port: int = 0
    tls: Tls = Tls.NONE
    user: str = ""
    folder: str = ""
    secret: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Refuse to hand a password to another machine in clear (RFC 8314 3)."""
        if self.scheme not in _ON_DISK and self.tls is Tls.NONE and not is_loopback(self.host):
            raise ValueError(
                f"tls=none is for a server on this machine only (localhost, 127.0.0.1, ::1), "
                f"and {self.host} is another: use {self.scheme}s:// or tls=starttls"
            )

    def __str__(self) -> str:
        """Return what may be shown."""
        return self.name

    @property
    def name(self) -> str:
        """What people call it, and what its position is kept under: the URL without the secret."""
        if self.scheme in _ON_DISK:
            return f"{self.scheme}://{_shown(self.folder)}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        folder = f"/{_shown(self.folder)}" if self.folder else ""
        return f"{self.scheme}://{_shown(self.user, '@')}@{host}{port}{folder}"


def parse_inbox(url: str) -> InboxAddress:
    """Return the place that `url` describes.

    Raises ValueError with a sentence about what is wrong; it never repeats the secret.
    """
    if _CONTROL.search(url.strip()):
        raise ValueError("it holds a control character")
    parts, port = split_server(url)
    try:
        scheme = Scheme(parts.scheme)
    except ValueError:
        raise ValueError(
            "it has to look like imaps://user:secret@mail.example.org/INBOX, "
            "pop3s://user:secret@mail.example.org, maildir:///path or mbox:///path"
        ) from None
    if scheme in _ON_DISK:
        return _on_disk(scheme, parts)
    if not parts.netloc or port == 0:
        raise ValueError(f"it has to look like {scheme}://user:secret@mail.example.org")
    folder = _folder(scheme, parts)
    host = host_of(parts)
    tls = _tls(scheme, parts, host)
    user, secret = login_of(parts)
    if not user:
        raise ValueError(f"user name and password are needed: {scheme}://user:secret@host")
    return InboxAddress(scheme, host, port or _PORTS[scheme], tls, user, folder, secret)


def _on_disk(scheme: Scheme, parts: SplitResult) -> InboxAddress:
    path = _decoded(parts.path)
    if parts.netloc or parts.query or parts.fragment or not Path(path).is_absolute():
        raise ValueError(
            f"it has to be a whole path, with three slashes: {scheme}:///var/mail/bounces "
            "(in a path, write ? # % as %3F %23 %25)"
        )
    return InboxAddress(scheme, folder=path)


def _folder(scheme: Scheme, parts: SplitResult) -> str:
    if parts.fragment or "@" in parts.path:  # more likely the end of a password
        raise ValueError(f"{ESCAPES}, and in a folder likewise")
    if scheme in _WITH_FOLDERS:
        return _decoded(parts.path.removeprefix("/")) or "INBOX"
    if parts.path not in ("", "/"):
        raise ValueError(f"POP3 knows no folders: nothing but ?tls=... may follow ({ESCAPES})")
    return ""


def _tls(scheme: Scheme, parts: SplitResult, host: str) -> Tls:
    if scheme in _SECURED:
        if parts.query:
            raise ValueError(f"nothing may follow a question mark: {scheme} is always secured")
        return Tls.IMPLICIT
    options = parse_qsl(parts.query, keep_blank_values=True)
    if any(key != "tls" for key, _ in options) or len(options) > 1:
        raise ValueError("the only option is tls, once: ?tls=starttls or ?tls=none")
    if options:
        try:
            return {"starttls": Tls.STARTTLS, "none": Tls.NONE}[options[0][1]]
        except KeyError:
            raise ValueError(f"tls is starttls or none; for implicit write {scheme}s://") from None
    return Tls.NONE if is_loopback(host) else Tls.STARTTLS


def _decoded(path: str) -> str:
    try:
        name = unquote(path, errors="strict")
    except UnicodeDecodeError:
        raise ValueError("a folder has to be UTF-8 behind its % signs") from None
    if _CONTROL.search(name):
        raise ValueError("the folder holds a control character")
    return name


def _shown(text: str, also: str = "/:") -> str:
    """Return `text` so that it can be read, and read back: letters stay letters."""
    return "".join(
        each if each.isalnum() else quote(each, safe=_LEFT_AS_IT_IS + also) for each in text
    )


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message that was taken.

    `position` is what to remember once this one and all before it are kept. `mark` is what the
    inbox finds it by again. Of a message that is too large there is the beginning alone, and
    `whole` says so.
    """

    raw: bytes = field(repr=False)
    position: str
    mark: str = field(default="", repr=False)
    whole: bool = True
