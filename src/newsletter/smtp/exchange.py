"""What is under way on one connection: messages, commands and replies; knows no socket.

    LOCK_STEP   a command, its reply, the next command
    PIPELINED   MAIL RCPT DATA at once, and behind a body those of the next message (RFC 2920)
    CHUNKED     MAIL RCPT BDAT and the whole message at once, several messages in flight (RFC 3030)

`offer` takes a message, `output` gives what may be written now, `reply` and `lost` say what came
back; of each message its Outcome is told once. What was handed out to its last octet and got no
reply is unknown (RFC 1047), unless a refusal was read before. What stands behind a 421 is released:
a server works commands off in order (RFC 2920 3.2), and with that reply it stops (RFC 5321 3.8).
A reply that nobody waits for means that the two ends no longer agree, and ends everything.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from newsletter.model.mailing import Outcome, Scope, Stage, Verdict
from newsletter.model.message import Parcel
from newsletter.smtp.dialect import Dialect
from newsletter.smtp.replies import Reply, outcome_of
from newsletter.smtp.window import Window

BLOCK = 64 * 1024
"""Octets written at a time: more would be copied back and forth in the transport."""

_END = b".\r\n"
_RESET = Stage.CONNECT  # RSET is about no message
_AT_EASE = {Stage.MAIL: 2, Stage.RCPT: 2, Stage.DATA: 3, _RESET: 2}

Tell = Callable[[Outcome], None]


class Manner(Enum):
    """How much is said before an answer is waited for."""

    LOCK_STEP = auto()
    PIPELINED = auto()
    CHUNKED = auto()


@dataclass(slots=True, eq=False)
class _Transaction:
    """One message under way: what is still to be written of it, and how far that came.

    `stage` is FINAL once its last octet was handed out. `flights` are commands with the stages of
    their replies; each waits for the replies to the one before. `blocks` come after them.
    """

    parcel: Parcel
    tell: Tell
    flights: deque[tuple[bytes, tuple[Stage, ...]]] = field(default_factory=deque)
    blocks: deque[bytes | memoryview] = field(default_factory=deque)
    stage: Stage = Stage.CONNECT
    awaited: int = 0
    outcome: Outcome | None = None


class Exchange:
    """The messages of one connection; `fault` is why it takes no more of them."""

    def __init__(self, manner: Manner, dialect: Dialect, window: Window) -> None:
        self.manner = manner
        self.fault = ""
        self._dialect, self._window = dialect, window
        self._queue: deque[_Transaction] = deque()
        self._open: deque[_Transaction] = deque()
        self._awaited: deque[tuple[_Transaction, Stage]] = deque()
        self._reset = False  # the server may have a transaction open
        self._goodbye: Reply | None = None
        self._in_trouble = False

    @property
    def in_flight(self) -> int:
        """How many messages were offered and not told."""
        return len(self._queue) + len(self._open)

    @property
    def awaits(self) -> Stage | None:
        """The stage of the next reply; none when there is none to come."""
        return self._awaited[0][1] if self._awaited else None

    @property
    def room(self) -> int:
        """How many messages may be offered now."""
        if self.fault:
            return 0
        most = 1 if self.manner is Manner.LOCK_STEP else 2  # a body, and the envelope behind it
        if self.manner is Manner.CHUNKED:
            most = self._window.size
        return max(0, most - self.in_flight)

    @property
    def is_dismissed(self) -> bool:
        """Whether the server said that it is going."""
        return self._goodbye is not None

    def offer(self, parcel: Parcel, tell: Tell) -> None:
        """Take a message; `tell` hears what becomes of it."""
        if self.fault:
            tell(_released(Stage.CONNECT, self.fault))
        else:
            self._queue.append(_Transaction(parcel, tell))

    # --- What goes out ---

    def output(self) -> bytes:
        """Return what may be written now, a block or a little more; empty: replies come first."""
        parts: list[bytes | memoryview] = []
        size = 0
        while size < BLOCK and (part := self._next_part()):
            parts.append(part)
            size += len(part)
        return b"".join(parts)

    def _next_part(self) -> bytes | memoryview:
        current = self._open[-1] if self._open else None
        if current is None or current.stage is Stage.FINAL:
            current = self._begin_next()
        if current is None:
            return b""
        if current.flights and not current.awaited and not current.outcome:
            return self._next_flight(current)
        return self._next_block(current) if current.blocks else b""

    def _begin_next(self) -> _Transaction | None:
        """Open the next message, if it may be begun before all is said of the last one."""
        if not self._queue or self.fault or (self._open and self.manner is Manner.LOCK_STEP):
            return None
        begun = self._queue.popleft()
        self._open.append(begun)
        steps = [(b"RSET\r\n", _RESET)] if self._reset else []
        steps += [
            (self._dialect.mail(begun.parcel), Stage.MAIL),
            (self._dialect.rcpt(begun.parcel), Stage.RCPT),
        ]
        # Whether a recipient was refused is not known when the next BDAT goes out.
        self._reset = self.manner is Manner.CHUNKED
        if self.manner is Manner.CHUNKED:
            begun.blocks.extend(_blocks(begun.parcel.message))
            size = b"BDAT %d LAST\r\n" % len(begun.parcel.message)
            begun.flights.append(_together(steps, size))
            return begun
        steps.append((b"DATA\r\n", Stage.DATA))
        if self.manner is Manner.PIPELINED:
            begun.flights.append(_together(steps))
        else:
            begun.flights.extend((octets, (stage,)) for octets, stage in steps)
        return begun

    def _next_flight(self, transaction: _Transaction) -> bytes:
        octets, stages = transaction.flights.popleft()
        for stage in stages:
            self._await(transaction, stage)
        return octets

    def _next_block(self, transaction: _Transaction) -> bytes | memoryview:
        block = transaction.blocks.popleft()
        if transaction.blocks:
            transaction.stage = Stage.BODY
        else:
            self._await(transaction, Stage.FINAL)
        return block

    def _await(self, transaction: _Transaction, stage: Stage) -> None:
        transaction.stage = stage
        transaction.awaited += 1
        self._awaited.append((transaction, stage))

    # --- What comes back ---

    def reply(self, reply: Reply) -> None:
        """Take in the next reply."""
        if not self._awaited:
            self._take_unasked(reply)
            return
        transaction, stage = self._awaited.popleft()
        transaction.awaited -= 1
        self._hear(transaction, stage, reply)
        finished = not transaction.awaited and not transaction.blocks
        if transaction.outcome and finished and transaction in self._open:
            self._settle(transaction, transaction.outcome)
        if self.fault and not self._open:
            self.lost(self.fault)

    def lost(self, why: str) -> None:
        """Take it that nothing more comes; a message that is unsettled is told so."""
        if self.in_flight:
            self._note_trouble()
        self.fault = self.fault or why
        for transaction in tuple(self._open):
            self._settle(transaction, transaction.outcome or self._at_loss(transaction, why))
        while self._queue:
            self._queue.popleft().tell(_released(Stage.CONNECT, self.fault))
        self._awaited.clear()

    def _hear(self, transaction: _Transaction, stage: Stage, reply: Reply) -> None:
        """Note what a reply says of a message, and of the connection."""
        if _AT_EASE.get(stage) == reply.code // 100:
            if stage is Stage.DATA:  # RFC 2920 3.1: even without a recipient it has to be ended
                if not transaction.outcome:
                    transaction.blocks.extend(_blocks(transaction.parcel.message))
                transaction.blocks.append(_END)
            return
        if reply.code == 421:
            self._goodbye = self._goodbye or reply
            self._give_up(reply)
        if transaction.outcome:  # behind a refusal all else is refused too
            return
        outcome = transaction.outcome = outcome_of(stage, reply.code, reply.text)
        if outcome.verdict in (Verdict.RELEASED, Verdict.UNKNOWN) and (
            outcome.scope is Scope.CONNECTION
        ):
            self._give_up(reply)
            if stage is Stage.FINAL or reply.code // 100 not in (4, 5):
                self.lost(self.fault)  # that was no answer to what we said

    def _give_up(self, reply: Reply) -> None:
        """Begin nothing more; what is under way may still be answered."""
        self._note_trouble()
        self.fault = self.fault or f"given up after {reply.code} {reply.text}"

    def _note_trouble(self) -> None:
        """Halve the window, once for each connection."""
        if not self._in_trouble:
            self._in_trouble = True
            self._window.shrink()

    def _take_unasked(self, reply: Reply) -> None:
        current = self._open[-1] if self._open else None
        if current and current.blocks:
            # The server and we no longer agree where messages end. A yes before the first octet
            # releases the message, one in the middle may stand for the part the server has.
            outcome = outcome_of(current.stage, reply.code, reply.text)
            text = f"before the end of the message: {outcome.text}"
            current.outcome = current.outcome or replace(outcome, text=text)
            self.lost("the relay answered before the message had ended")
        elif reply.code == 421:
            self.lost(f"{reply.code} {reply.text}")
        else:
            self.lost(f"a reply before it was asked for: {reply.code} {reply.text}")

    def _settle(self, transaction: _Transaction, outcome: Outcome) -> None:
        self._open.remove(transaction)
        if transaction.stage is not Stage.FINAL:
            self._reset = True
        if outcome.scope in (Scope.RECIPIENT, Scope.MESSAGE):
            self._window.grow()
        transaction.tell(outcome)

    def _at_loss(self, transaction: _Transaction, why: str) -> Outcome:
        """Return what becomes of a message when the connection is lost under it."""
        if self._goodbye:
            text = f"behind {self._goodbye.code} {self._goodbye.text}"
            return _released(self._reached(transaction), text)
        if transaction.stage is not Stage.FINAL:
            return _released(self._reached(transaction), why)
        return Outcome(verdict=Verdict.UNKNOWN, stage=Stage.FINAL, scope=Scope.CONNECTION, text=why)

    def _reached(self, transaction: _Transaction) -> Stage:
        """Return the first stage to which no reply came, else how far it was written."""
        stages = (stage for each, stage in self._awaited if each is transaction)
        return next(stages, transaction.stage)


def _blocks(message: bytes) -> list[bytes | memoryview]:
    if len(message) <= BLOCK:
        return [message]
    whole = memoryview(message)
    return [whole[start : start + BLOCK] for start in range(0, len(message), BLOCK)]


def _together(
    steps: list[tuple[bytes, Stage]], behind: bytes = b""
) -> tuple[bytes, tuple[Stage, ...]]:
    octets, stages = zip(*steps, strict=True)
    return b"".join(octets) + behind, stages


def _released(stage: Stage, text: str) -> Outcome:
    return Outcome(verdict=Verdict.RELEASED, stage=stage, scope=Scope.CONNECTION, text=text)
