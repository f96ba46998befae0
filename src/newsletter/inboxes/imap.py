"""An IMAP folder (RFC 3501, RFC 9051): looked at without leaving a trace, unless it may move mail.

A position is `UIDVALIDITY:UID`: UIDs only grow, and a folder whose UIDs begin anew has another
UIDVALIDITY (RFC 9051 2.3.1.1), so that all of it is taken again.
"""

import contextlib
import imaplib
import re
import ssl
import time
from collections.abc import Callable, Iterator, Sequence

from imap_tools.errors import (
    ImapToolsError,
    MailboxFolderSelectError,
    UnexpectedCommandStatusError,
)

from newsletter.errors import InboxUnavailable
from newsletter.inboxes.faults import LATER, said, unreachable
from newsletter.inboxes.imapbox import ImapBox, listen
from newsletter.inboxes.sizes import HEAD, LARGEST
from newsletter.inboxes.waiting import pause
from newsletter.model.inbox import Arrival, InboxAddress

_FAULTS = (imaplib.IMAP4.error, ImapToolsError, OSError, UnicodeError)
_LOST = (imaplib.IMAP4.abort, OSError)
_LISTED = re.compile(rb"(?=.*\bUID (\d+))(?=.*\bRFC822\.SIZE (\d+))", re.DOTALL)
_UID = re.compile(rb"\bUID (\d+)")
_QUOTED = re.compile(rb'BODY\[\](?:<0>)? "((?:[^"\\]|\\.)*)"', re.DOTALL)
_NARROW, _WIDE = 500, 50_000  # how many UIDs are asked for at a time
_AT_ONCE = 200  # messages in one command that moves
_RENEWED = 28 * 60  # seconds after which IDLE begins anew; a server may hang up after 30 (RFC 2177)
_BREATHER = 10  # seconds of rest after a connection was lost in waiting


class ImapInbox:
    """One folder of an IMAP account.

    With `move_to`, what is kept goes to that folder of the account, which is made if it is missing.
    """

    def __init__(
        self,
        address: InboxAddress,
        *,
        move_to: str = "",
        tls_context: ssl.SSLContext | None = None,
        timeout: float = 60,
    ) -> None:
        self._address = address
        self._move_to = move_to
        self._tls_context = tls_context
        self._timeout = timeout
        self._box: ImapBox | None = None
        self._validity = ""
        self._reached = 0  # the UID up to which all was yielded

    @property
    def name(self) -> str:
        """What people call it."""
        return self._address.name

    def arrivals(self, after: str) -> Iterator[Arrival]:
        """Yield what came after `after`; raises InboxUnavailable.

        What came before stays where it is: letters that somebody is to read may be among it.
        """
        with self._in_words():
            box, next_uid = self._looked_at_anew()
            self._reached = _uid_of(after, self._validity)
            for uid, size in _listing(box, self._reached + 1, next_uid - 1):
                raw = self._fetched(box, uid, size)
                self._reached = uid
                if raw is not None:
                    position = f"{self._validity}:{uid}"
                    yield Arrival(raw, position, position, whole=size <= LARGEST)

    def put_away(self, arrivals: Sequence[Arrival]) -> None:
        """Move what is kept, if it is to be moved; raises InboxUnavailable."""
        if self._move_to and arrivals:
            with self._in_words():
                if self._box is None:
                    self._looked_at_anew()
                uids = [_uid_of(each.mark, self._validity) for each in arrivals]
                self._move([uid for uid in uids if uid])

    def wait(self, seconds: float, stop: Callable[[], bool]) -> None:
        """Wait for news: the server tells them, if it can (RFC 2177)."""
        deadline = time.monotonic() + seconds
        try:
            while self._box and "IDLE" in self._box.abilities and not self._has_news(self._box):
                until = min(deadline, time.monotonic() + _RENEWED)
                if listen(self._box, until, stop) or time.monotonic() >= deadline or stop():
                    return
        except _FAULTS:
            self._drop()
            deadline = min(deadline, time.monotonic() + _BREATHER)
        if self._box is None or "IDLE" not in self._box.abilities:
            pause(deadline - time.monotonic(), stop)

    def close(self) -> None:
        """Log out."""
        if self._box:
            self._box.leave()
            self._box = None

    @contextlib.contextmanager
    def _in_words(self) -> Iterator[None]:
        """Say what went wrong, and begin the next time with a new connection."""
        try:
            yield
        except _FAULTS as fault:
            self._drop()
            raise self._refused(fault) from fault
        except InboxUnavailable:
            self._drop()
            raise

    def _refused(self, fault: Exception) -> InboxUnavailable:
        if isinstance(fault, imaplib.IMAP4.readonly):
            return InboxUnavailable(
                f"{self.name}: the folder may only be read, so nothing can be moved out of it",
                "give the user the right to it, or leave mail where it is",
            )
        if isinstance(fault, UnexpectedCommandStatusError):
            words = said(self._address, fault.command_result[1][-1])
            return InboxUnavailable(f"{self.name}: the server refuses it: {words}", LATER)
        if isinstance(fault, imaplib.IMAP4.abort) and "EOF" not in str(fault):
            words = said(self._address, fault)
            return InboxUnavailable(f"{self.name}: the connection was ended: {words}", LATER)
        lost = isinstance(fault, imaplib.IMAP4.abort)
        reason = ConnectionResetError("it was closed") if lost else fault
        return unreachable(self._address, reason, self._timeout)

    def _drop(self) -> None:
        if self._box:
            self._box.hang_up()
            self._box = None

    def _looked_at_anew(self) -> tuple[ImapBox, int]:
        """Return the connection with our folder as it is now, and the UID that comes next.

        A connection that went to sleep in the meantime is made once more.
        """
        if self._box:
            with contextlib.suppress(*_LOST):
                return self._box, self._select(self._box)
            self._drop()
        self._box = ImapBox.enter(self._address, self._tls_context, self._timeout)
        return self._box, self._select(self._box)

    def _select(self, box: ImapBox) -> int:
        folder = self._address.folder
        try:
            box.folder.set(folder, readonly=not self._move_to)  # EXAMINE leaves no trace
        except MailboxFolderSelectError as fault:
            words = said(self._address, fault.command_result[1][-1])
            there = ", ".join(sorted(each.name for each in box.folder.list()))
            raise InboxUnavailable(
                f"{self.name}: the folder {folder} cannot be opened: {words}",
                f"the folders are: {there}",
            ) from None
        self._validity = box.told("UIDVALIDITY")
        if box.told("EXISTS") == "0":
            return 1
        told = box.told("UIDNEXT")  # Courier keeps it to itself
        return int(told) if told.isdecimal() else max(_uids(box, "*"), default=0) + 1

    def _fetched(self, box: ImapBox, uid: int, size: int) -> bytes | None:
        """Return one message, or what is at its beginning; none if it has gone."""
        part = "BODY.PEEK[]" if size <= LARGEST else f"BODY.PEEK[]<0.{HEAD}>"
        status, told = box.client.uid("FETCH", str(uid), f"({part})")
        if status != "OK":
            raise InboxUnavailable(
                f"{self.name}: the server does not hand out the message with the UID {uid}: "
                f"{said(self._address, told[-1])}",
                "those behind it wait; look at it with a mail program, or move it elsewhere",
            )
        for each in told:
            if isinstance(each, tuple) and b"BODY[" in each[0]:
                return bytes(each[1])
            if isinstance(each, bytes) and (quoted := _QUOTED.search(each)):
                return re.sub(rb"\\(.)", rb"\1", quoted[1])
        return None

    def _has_news(self, box: ImapBox) -> bool:
        """Whether there is something that was not yielded yet.

        What the server tells of new mail beside another answer it does not tell once more.
        """
        box.client.noop()
        box.told("EXISTS")
        unseen = any(uid > self._reached for uid in _uids(box, f"{self._reached + 1}:*"))
        return unseen or bool(box.told("EXISTS"))

    def _move(self, uids: Sequence[int]) -> None:
        box = self._box
        if not uids or box is None:
            return
        if not box.can_move:
            raise InboxUnavailable(
                f"{self.name}: the server cannot move single messages (MOVE, UIDPLUS)",
                "leave mail where it is: name no folder to move it to",
            )
        box.make_folder(self._move_to)
        for start in range(0, len(uids), _AT_ONCE):
            box.move_uids(uids[start : start + _AT_ONCE], self._move_to)


def _uid_of(position: str, validity: str) -> int:
    """Return the UID of a position, or 0 if it is none of the folder as it is now."""
    found = re.fullmatch(r"(\d+):(\d+)", position, re.ASCII)
    return int(found[2]) if found and found[1] == validity else 0


def _uids(box: ImapBox, which: str) -> list[int]:
    """Return UIDs; none if the server takes offence at a range in which there is none."""
    try:
        _, told = box.client.uid("FETCH", which, "(UID)")
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:
        return []
    lines = [each for each in told if isinstance(each, bytes)]
    return [int(found[1]) for line in lines if (found := _UID.search(line))]


def _listing(box: ImapBox, first: int, last: int) -> Iterator[tuple[int, int]]:
    """Yield UIDs and sizes from `first` to `last`, asked for in spans that grow where UIDs are few.

    So that neither a folder of a million messages nor one with large gaps is a long answer.
    """
    width = _NARROW
    while first <= last:
        end = min(first + width - 1, last)
        status, told = box.client.uid("FETCH", f"{first}:{end}", "(UID RFC822.SIZE)")
        if status != "OK":
            raise imaplib.IMAP4.error(told[-1])
        lines = [each for each in told if isinstance(each, bytes)]
        found = [(int(hit[1]), int(hit[2])) for line in lines if (hit := _LISTED.match(line))]
        yield from sorted(each for each in set(found) if first <= each[0] <= end)
        first = end + 1
        width = min(width * 2, _WIDE) if len(found) < _NARROW // 2 else _NARROW
