"""One POP3 session (RFC 1939): opened, secured, logged in, and what is asked in it.

The standard library's client refuses lines of more than 2,048 octets, which mails have, and takes a
carriage return from the beginning of a line.
"""

import base64
import contextlib
import io
import socket
import ssl
from collections.abc import Iterator

from newsletter.errors import InboxUnavailable
from newsletter.inboxes.faults import LATER, said
from newsletter.inboxes.sizes import HEAD, LARGEST
from newsletter.model.inbox import InboxAddress
from newsletter.servers import Tls
from newsletter.tls import secure_context

_REPLY = 4_096  # octets of the longest reply that is read (RFC 2449 4 allows 512)
_PIECE = 65_536
_LINES = 20_000  # of a message that is too large
_GOODBYE = 5  # seconds for a server to answer QUIT


class Pop3Session:
    """What a server hands out while we are logged in; the mailbox is ours alone meanwhile."""

    def __init__(
        self, address: InboxAddress, context: ssl.SSLContext | None, timeout: float
    ) -> None:
        """Connect and log in; raises InboxUnavailable, OSError."""
        self._address = address
        self._context = context
        host = address.host
        self._socket: socket.socket = socket.create_connection((host, address.port), timeout)
        self._stream: io.BufferedReader | None = None
        try:
            if address.tls is Tls.IMPLICIT:
                self._secure()
            self._stream = self._socket.makefile("rb")
            self._read_reply()
            if address.tls is Tls.STARTTLS:
                self._start_tls()
            self._log_in()
        except BaseException:
            self.hang_up()
            raise

    def names(self) -> dict[int, str]:
        """Return the number and the lasting name of each message (UIDL)."""
        try:
            self._command("UIDL")
        except _RefusedError as fault:
            raise InboxUnavailable(
                f"{self._address.name}: the server cannot tell old mail from new (UIDL): {fault}",
                "take the mail by IMAP, if it is offered",
            ) from None
        return dict(self._numbered())

    def sizes(self) -> dict[int, int]:
        """Return the number and the size of each message (LIST)."""
        self._command("LIST")
        return {number: int(size) for number, size in self._numbered() if size.isdecimal()}

    def message(self, number: int, size: int) -> tuple[bytes, bool]:
        """Return one message, and whether that is all of it."""
        try:
            if size > LARGEST:
                with contextlib.suppress(_RefusedError):  # TOP is optional
                    self._command(f"TOP {number} {_LINES}")
                    return self._text()[0][:HEAD], False
            self._command(f"RETR {number}")
            return self._text()
        except _RefusedError as fault:
            raise InboxUnavailable(
                f"{self._address.name}: the server does not hand out message {number}: {fault}",
                "those behind it wait; look at it with a mail program, or move it elsewhere",
            ) from None

    def leave(self) -> None:
        """Say goodbye, and do not wait long for the answer."""
        with contextlib.suppress(OSError, _RefusedError, InboxUnavailable):
            self._socket.settimeout(_GOODBYE)
            self._command("QUIT")
        self.hang_up()

    def hang_up(self) -> None:
        """Close the connection."""
        if self._stream:
            with contextlib.suppress(OSError):
                self._stream.close()
        self._socket.close()

    def _secure(self) -> None:
        context = self._context or secure_context()
        self._socket = context.wrap_socket(self._socket, server_hostname=self._address.host)

    def _start_tls(self) -> None:
        try:
            self._command("STLS")
        except _RefusedError:
            raise InboxUnavailable(
                f"{self._address.name}: the server offers no STARTTLS, and no password is sent in "
                "clear",
                "is it pop3s:// instead?",
            ) from None
        # What was read ahead was said in clear by anybody: it goes with this stream (RFC 2595 4).
        self._reader.close()
        self._secure()
        self._stream = self._socket.makefile("rb")

    def _log_in(self) -> None:
        """Log in, once: servers lock accounts that fail."""
        user, secret = self._address.user, self._address.secret
        try:
            if (user + secret).isascii():
                self._command(f"USER {user}")
                self._command(f"PASS {secret}")
            else:  # RFC 5034; in USER and PASS nobody knows what encoding letters have
                plain = f"\0{user}\0{secret}".encode()
                self._command(f"AUTH PLAIN {base64.b64encode(plain).decode('ascii')}")
        except _RefusedError as fault:
            raise self._not_let_in(str(fault)) from None

    def _not_let_in(self, answer: str) -> InboxUnavailable:
        # RFC 2449 8.1.1, RFC 3206 4
        if answer.startswith(("[IN-USE]", "[LOGIN-DELAY]", "[SYS/")):
            return InboxUnavailable(
                f"{self._address.name}: the server lets us not in for now: {answer}",
                LATER,
            )
        return InboxUnavailable(
            f"{self._address.name}: user name or password were refused: {answer}",
            "see both; some providers want a password made for this program alone",
        )

    @property
    def _reader(self) -> io.BufferedReader:
        if self._stream is None:
            raise ConnectionResetError("it was closed")
        return self._stream

    def _command(self, line: str) -> None:
        self._socket.sendall(line.encode() + b"\r\n")
        self._read_reply()

    def _read_reply(self) -> None:
        line = self._line(_REPLY)
        if line.startswith(b"+OK"):
            return
        if not line.startswith(b"-ERR"):
            raise InboxUnavailable(
                f"{self._address.name}: the server does not speak POP3: "
                f"{said(self._address, line)}",
                "see host and port",
            )
        raise _RefusedError(said(self._address, line.removeprefix(b"-ERR")))

    def _line(self, limit: int) -> bytes:
        """Return a line, or a piece of it that is `limit` long."""
        line = self._reader.readline(limit)
        if not line:
            raise ConnectionResetError("it was closed")
        return line

    def _numbered(self) -> Iterator[tuple[int, str]]:
        """Yield the rows of an answer that begin with the number of a message."""
        while (line := self._line(_REPLY)) not in (b".\r\n", b".\n"):
            number, _, rest = line.decode("utf-8", "surrogateescape").strip().partition(" ")
            if number.isascii() and number.isdigit():
                yield int(number), rest.strip()

    def _text(self) -> tuple[bytes, bool]:
        """Return a text of many lines, and whether it was kept whole."""
        text = bytearray()
        whole = begins = True
        while True:
            piece = self._line(_PIECE)
            if begins:
                if piece in (b".\r\n", b".\n"):
                    return bytes(text), whole
                piece = piece.removeprefix(b".")  # RFC 1939 3
            begins = piece.endswith(b"\n")
            if whole:
                text += piece
                if len(text) > LARGEST:  # larger than the server said
                    whole = False
                    del text[HEAD:]


class _RefusedError(Exception):
    """The server said no; its words."""
