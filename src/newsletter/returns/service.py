"""Takes what comes back and works it off: once, or until it is stopped.

Each mailbox has a thread of its own that takes mail into the spool and then waits for more; what is
in the spool, whoever put it there, is worked off by one.
"""

import contextlib
import datetime
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from newsletter.errors import NewsletterError
from newsletter.model.judging import Action
from newsletter.model.returns import ReportKind
from newsletter.returns.fetching import fetch
from newsletter.returns.handling import (
    Deed,
    Desk,
    Handled,
    Raised,
    handle_all,
    judge_refusals,
    lately_touched,
    watch,
)
from newsletter.returns.ports import Inbox
from newsletter.returns.spool import Shelf, Spool

_GLANCE = 2.0  # seconds between two looks into the spool
_SPOOL = "the spool"
_OFTEN = 200  # messages between two looks whether it is too much
_AGAIN = 60.0  # seconds after which a mailbox that failed is tried again, at most


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An inbox under the name that the office gave it; `moves` if reports are put away there."""

    name: str
    inbox: Inbox
    moves: bool


@dataclass(slots=True)
class Round:
    """What one round came to.

    `stumbled` says over which messages the reader stumbled; `faults` are mailboxes that could not
    be emptied, and why.
    """

    taken: int = 0
    kinds: Counter[ReportKind] = field(default_factory=Counter)
    actions: Counter[Action] = field(default_factory=Counter)
    refusals: int = 0
    left: int = 0
    letters: int = 0
    unreadable: int = 0
    stumbled: list[str] = field(default_factory=list)
    suppressed: list[Deed] = field(default_factory=list)
    raised: list[Raised] = field(default_factory=list)
    faults: dict[str, NewsletterError] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether nothing came and nothing is to be told."""
        told = (self.refusals, self.left, self.letters, self.unreadable)
        return not (any(told) or self.kinds or self.raised or self.faults)

    def add(self, handled: Handled) -> None:
        """Count what became of one message."""
        if handled.was_known and not handled.fault:
            return
        self.kinds.update(handled.kinds)
        self.left += handled.left
        self.letters += handled.shelf is Shelf.LETTERS
        self.unreadable += handled.shelf is Shelf.UNREADABLE
        self.stumbled += [handled.fault] if handled.fault else []
        for deed in handled.deeds:
            self.count(deed)

    def count(self, deed: Deed) -> None:
        """Count what was done about one address."""
        self.actions[deed.judgement.action] += 1
        if deed.judgement.action is Action.SUPPRESSED:
            self.suppressed.append(deed)


def fetch_once(
    desk: Desk, spool: Spool, mailboxes: Sequence[Mailbox], now: Callable[[], datetime.datetime]
) -> Round:
    """Take all there is from every mailbox, and work it off; one that fails keeps no other."""
    done = Round()
    for mailbox in mailboxes:
        try:
            for _ in fetch(mailbox.inbox, spool, moves=mailbox.moves):
                done.taken += 1
        except NewsletterError as fault:
            done.faults[mailbox.name] = fault
        finally:
            mailbox.inbox.close()
    work_off(desk, spool, now, done)
    return done


def work_off(
    desk: Desk,
    spool: Spool,
    now: Callable[[], datetime.datetime],
    done: Round,
    stop: Callable[[], bool] = lambda: False,
) -> None:
    """Handle what is in the spool and what relays refused, and look whether it is too much.

    When `stop` says so, the rest waits for the next who comes.
    """
    touched = lately_touched(desk, now())
    try:
        for number, handled in enumerate(handle_all(desk, spool, now, touched, stop), start=1):
            done.add(handled)
            if number % _OFTEN == 0:  # a send may be running
                done.raised.extend(watch(desk, touched, now()))
        for deed in judge_refusals(desk, now(), touched):
            done.refusals += 1
            done.count(deed)
    finally:
        done.raised.extend(watch(desk, touched, now()))


def run(
    desk: Desk,
    spool: Spool,
    mailboxes: Sequence[Mailbox],
    now: Callable[[], datetime.datetime],
    stopping: threading.Event,
    *,
    every: float,
) -> Iterator[Round]:
    """Do that until `stopping` is set; yield what each round came to, if that is anything.

    A mailbox is looked at every so many seconds, and sooner where its server tells of news.
    """
    news = _News()
    threads = [
        threading.Thread(target=_take, args=(each, spool, news, stopping, every), daemon=True)
        for each in mailboxes
    ]
    for thread in threads:
        thread.start()
    while not stopping.is_set():
        done = Round()
        news.move_to(done)
        try:
            with contextlib.suppress(StopIteration):
                next(spool.waiting())
                news.has_come()
            if news.is_there(every):
                work_off(desk, spool, now, done, stopping.is_set)
                news.fault(_SPOOL, None)
        except NewsletterError as fault:  # the database is locked, the disk full: it may pass
            news.fault(_SPOOL, fault)
            news.has_come()
            news.move_to(done)
        if not done.is_empty:
            yield done
        stopping.wait(_GLANCE)
    for thread in threads:
        thread.join(timeout=10)


class _News:
    """What the threads of mailboxes tell the one that works it off."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken = 0
        self._faults: dict[str, NewsletterError] = {}
        self._told: dict[str, str] = {}
        self._come = True
        self._rounds = 0

    def has_come(self) -> None:
        """Something lies in the spool."""
        self._come = True

    def took_one(self) -> None:
        """A message was taken."""
        with self._lock:
            self._taken += 1

    def fault(self, name: str, fault: NewsletterError | None) -> None:
        """A mailbox could not be emptied, or could again; the same fault is told once."""
        with self._lock:
            words = str(fault) if fault else ""
            if fault and self._told.get(name) != words:
                self._faults[name] = fault
            self._told[name] = words

    def move_to(self, done: Round) -> None:
        """Add what was told since the last time."""
        with self._lock:
            done.taken += self._taken
            done.faults |= self._faults
            self._taken, self._faults = 0, {}

    def is_there(self, every: float) -> bool:
        """Whether there is work: news, or so long since the last that relays may have refused."""
        self._rounds += 1
        if self._come or self._rounds * _GLANCE >= every:
            self._come, self._rounds = False, 0
            return True
        return False


def _take(
    mailbox: Mailbox, spool: Spool, news: _News, stopping: threading.Event, every: float
) -> None:
    """Take mail from one mailbox into the spool, and wait for more, until it is stopped."""
    while not stopping.is_set():
        try:
            for _ in fetch(mailbox.inbox, spool, moves=mailbox.moves):
                news.took_one()
            news.fault(mailbox.name, None)
            mailbox.inbox.wait(every, stopping.is_set)
        except Exception as fault:  # noqa: BLE001  # a thread that ends would take no more mail
            news.fault(mailbox.name, _in_words(mailbox, fault))
            mailbox.inbox.close()
            stopping.wait(min(every, _AGAIN))
    mailbox.inbox.close()


def _in_words(mailbox: Mailbox, fault: Exception) -> NewsletterError:
    if isinstance(fault, NewsletterError):
        return fault
    what = f"{mailbox.name}: {type(fault).__name__}: {fault}"
    return NewsletterError(what, "it is tried again; if it stays, tell those who make the program")
