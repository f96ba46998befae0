"""One connection to an IMAP server: opened, secured and logged in by imap-tools.

What imap-tools would do by itself and we do not want is done here: moving by deleting whatever
somebody marked for it, and listening that misses what came with the line before.
"""

import contextlib
import imaplib
import re
import selectors
import ssl
import time
from collections.abc import Callable, Sequence
from typing import Any, Self

from imap_tools.errors import (
    MailboxCopyError,
    MailboxExpungeError,
    MailboxFlagError,
    MailboxLoginError,
    MailboxMoveError,
    MailboxTaggedResponseError,
)
from imap_tools.mailbox import BaseMailBox
from imap_tools.utils import check_command_status, encode_folder

from newsletter.errors import InboxUnavailable
from newsletter.inboxes.faults import LATER, said
from newsletter.inboxes.sizes import LARGEST
from newsletter.model.inbox import InboxAddress
from newsletter.servers import Tls
from newsletter.tls import secure_context

_GOODBYE = 5  # seconds for a server to answer LOGOUT
_SLICE = 0.5  # seconds after which a wish to stop is heard
_LARGEST_LITERAL = LARGEST + 10_000_000  # what servers say of sizes is not exact
_EXISTS = re.compile(rb"\* \d+ EXISTS\b", re.IGNORECASE)


class _Limited(imaplib.IMAP4):
    """Reads no more at once than the largest message may be, whatever a server announces."""

    def read(self, size: int) -> bytes:
        if size > _LARGEST_LITERAL:
            raise self.abort(f"it announces {size} octets at once")
        return super().read(size)


class _SecuredClient(_Limited, imaplib.IMAP4_SSL):
    """A client that begins with TLS."""


class ImapBox(BaseMailBox):
    """A connection; `abilities` are what the server can do for who is logged in."""

    def __init__(
        self, address: InboxAddress, context: ssl.SSLContext | None, timeout: float
    ) -> None:
        self._address = address
        self._context = context
        self._timeout = timeout
        self.abilities: frozenset[str] = frozenset()
        self._folders: set[str] = set()
        super().__init__()

    @classmethod
    def enter(cls, address: InboxAddress, context: ssl.SSLContext | None, timeout: float) -> Self:
        """Return an open connection after the login."""
        box = cls(address, context, timeout)
        try:
            box.log_in()
        except BaseException:
            box.hang_up()
            raise
        return box

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        host, port = self._address.host, self._address.port
        if self._address.tls is Tls.IMPLICIT:
            context = self._context or secure_context()
            return _SecuredClient(host, port, ssl_context=context, timeout=self._timeout)
        client = _Limited(host, port, self._timeout)
        if self._address.tls is Tls.STARTTLS:
            try:
                self._secure(client)
            except BaseException:
                _shut(client)
                raise
        return client

    def _secure(self, client: imaplib.IMAP4) -> None:
        if "STARTTLS" not in client.capabilities:
            raise InboxUnavailable(
                f"{self._address.name}: the server offers no STARTTLS, and no password is sent in "
                "clear",
                "is it imaps:// instead?",
            )
        client.starttls(self._context or secure_context())

    def log_in(self) -> None:
        """Log in, once: servers lock accounts that fail."""
        user, secret = self._address.user, self._address.secret
        offered = self.client.capabilities
        plain = "AUTH=PLAIN" in offered
        try:
            if plain and (not (user + secret).isascii() or "LOGINDISABLED" in offered):
                self.login_utf8(user, secret, initial_folder=None)
            else:
                self.login(user, secret, initial_folder=None)
        except (MailboxLoginError, imaplib.IMAP4.error, UnicodeError) as fault:
            if isinstance(fault, imaplib.IMAP4.abort):
                raise
            raise self._not_let_in(fault) from None
        told = self.client.capability()[1][-1] or b""
        self.abilities = frozenset(told.decode("ascii", "replace").upper().split())

    def _not_let_in(self, fault: Exception) -> InboxUnavailable:
        words: object = fault
        if isinstance(fault, MailboxLoginError):
            words = fault.command_result[1][-1]
        answer = said(self._address, words)
        if "[UNAVAILABLE]" in answer:  # RFC 5530 3: not about the password
            return InboxUnavailable(
                f"{self._address.name}: the server lets nobody in for now: {answer}",
                LATER,
            )
        return InboxUnavailable(
            f"{self._address.name}: user name or password were refused: {answer}",
            "see both; some providers want a password made for this program alone",
        )

    def told(self, code: str) -> str:
        """Return the number that the server told beside its answers, once; empty if none."""
        _, values = self.client.response(code)
        last = values[-1] if values else None
        return last.decode("ascii", "replace") if isinstance(last, bytes) else ""

    @property
    def can_move(self) -> bool:
        """Whether single messages can be moved and no other is touched."""
        return bool(self.abilities & {"MOVE", "UIDPLUS"})

    def make_folder(self, name: str) -> None:
        """See to it that there is a folder."""
        if name not in self._folders:
            self._folders = {each.name for each in self.folder.list()}
        if name not in self._folders:
            self.folder.create(name)
            self.folder.subscribe(name, value=True)  # else mail programs do not show it
            self._folders.add(name)

    def move_uids(self, uids: Sequence[int], folder: str) -> None:
        """Move messages; who dies in the midst of it leaves a copy too many, never one less."""
        which, name = ",".join(map(str, uids)), encode_folder(folder).decode("ascii")
        if "MOVE" in self.abilities:  # RFC 6851
            check_command_status(self.client.uid("MOVE", which, name), MailboxMoveError)
            return
        check_command_status(self.client.uid("COPY", which, name), MailboxCopyError)
        deleted = self.client.uid("STORE", which, "+FLAGS.SILENT", r"(\Deleted)")
        check_command_status(deleted, MailboxFlagError)
        # Only ours: a plain EXPUNGE also removes what others marked (RFC 4315 2.1).
        check_command_status(self.client.uid("EXPUNGE", which), MailboxExpungeError)

    def hang_up(self) -> None:
        """Close the connection without a word."""
        _shut(self.client)

    def leave(self) -> None:
        """Log out, and do not wait long for the answer."""
        try:
            self.client.socket().settimeout(_GOODBYE)
            self.client.logout()
        except (imaplib.IMAP4.error, OSError):
            self.hang_up()


def _shut(client: imaplib.IMAP4) -> None:
    with contextlib.suppress(OSError):
        client.shutdown()


def listen(box: ImapBox, until: float, stop: Callable[[], bool]) -> bool:
    """Let the server tell news until a moment of the monotonic clock; return whether it did."""
    idle: Any = box.idle  # it ships without types
    news = False
    try:
        idle.start()
    except MailboxTaggedResponseError:  # something else came first: news, for all we know
        news = True
    with selectors.DefaultSelector() as selector:
        selector.register(box.client.socket(), selectors.EVENT_READ)
        while not news and (left := until - time.monotonic()) > 0 and not stop():
            if _is_read_ahead(box) or selector.select(min(_SLICE, left)):
                line = box.client.readline()
                if not line or line.startswith(b"* BYE"):
                    raise imaplib.IMAP4.abort("socket error: EOF")
                news = bool(_EXISTS.match(line))  # others only say that the server still lives
    idle.stop()
    return news


def _is_read_ahead(box: ImapBox) -> bool:
    """Whether a line came along with one before and is in our own memory already."""
    names = vars(box.client)
    reader = names.get("_file") or names["file"]  # Python 3.14 hides it
    sock = box.client.socket()
    timeout = sock.gettimeout()
    sock.settimeout(0)
    try:
        return bool(reader.peek(1))
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    finally:
        sock.settimeout(timeout)
