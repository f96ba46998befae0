"""A POP3 mailbox (RFC 1939): no folders, and nobody is told when mail comes.

A position is what was taken of all that is still there, for numbers hold for one session alone.
"""

import contextlib
import ssl
from collections.abc import Callable, Iterator, Sequence

from newsletter.inboxes.faults import unreachable
from newsletter.inboxes.pop3wire import Pop3Session
from newsletter.inboxes.seen import Seen
from newsletter.inboxes.waiting import pause
from newsletter.model.inbox import Arrival, InboxAddress


class Pop3Inbox:
    """The mailbox of a POP3 account."""

    def __init__(
        self,
        address: InboxAddress,
        *,
        tls_context: ssl.SSLContext | None = None,
        timeout: float = 60,
    ) -> None:
        self._address = address
        self._tls_context = tls_context
        self._timeout = timeout

    @property
    def name(self) -> str:
        """What people call it."""
        return self._address.name

    def arrivals(self, after: str) -> Iterator[Arrival]:
        """Yield what was not taken yet; raises InboxUnavailable.

        The session ends with it: a server shuts the mailbox to all others in the meantime.
        """
        with contextlib.ExitStack() as session_open:
            with self._in_words():
                session = Pop3Session(self._address, self._tls_context, self._timeout)
                session_open.callback(session.leave)
                names, sizes = session.names(), session.sizes()
                seen = Seen(after, names.values())
            for number, name in sorted(names.items()):
                if name not in seen:
                    with self._in_words():
                        raw, whole = session.message(number, sizes.get(number, 0))
                    yield Arrival(raw, seen.add(name), name, whole)

    def put_away(self, arrivals: Sequence[Arrival]) -> None:
        """Leave everything as it is: POP3 can only delete."""

    def wait(self, seconds: float, stop: Callable[[], bool]) -> None:
        """Wait."""
        pause(seconds, stop)

    def close(self) -> None:
        """Nothing is open between two calls."""

    @contextlib.contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except OSError as fault:
            raise unreachable(self._address, fault, self._timeout) from fault
