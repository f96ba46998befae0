"""One open connection to a relay, and the transaction that hands over one message.

    MAIL ─► RCPT ─► DATA ─► body ─► the final dot ─► reply

A connection lost before the last block with the final dot is handed to the transport has accepted
nothing: the Delivery is released. Lost after it, the relay may or may not have the message:
unknown (RFC 1047). A reply that was read is always believed. After a refusal RSET makes the
connection ready for the next message; after a fault it is closed and never used again.

Cancelling `submit` breaks the connection off. Before the dot that is harmless; after it nobody
learns whether the message was accepted, so whoever drives this waits for it instead.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from newsletter.model.mailing import Outcome, Scope, Stage, Verdict
from newsletter.smtp.replies import Reply, outcome_of
from newsletter.smtp.wire import Wire, WireFault

_BLOCK = 64 * 1024
_PATH = re.compile(r"[^\s\x00-\x20\x7f-\x9f<>@]+@[^\s\x00-\x20\x7f-\x9f<>@]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long to wait, in seconds (RFC 5321 4.5.3.2); shorter ones make duplicates."""

    greeting: float = 300
    mail: float = 300
    rcpt: float = 300
    data: float = 120
    block: float = 180
    final: float = 600
    quit: float = 5


class SmtpConnection:
    """A connection on which messages are submitted one after the other."""

    def __init__(self, wire: Wire, extensions: Mapping[str, str], timeouts: Timeouts) -> None:
        """Use `wire`, behind greeting, TLS and login; `extensions` is what EHLO offered."""
        self._wire = wire
        self._timeouts = timeouts
        self._stage = Stage.CONNECT
        self.smtputf8 = "smtputf8" in extensions
        size = extensions.get("size", "")
        self._size_limit = int(size) if size.isdecimal() else 0  # RFC 1870 4: 0 is no limit

    @property
    def usable(self) -> bool:
        """Whether another message may be submitted on it."""
        return not self._wire.fault and not self._wire.waiting

    async def submit(self, sender: str, recipient: str, message: bytes, *, utf8: bool) -> Outcome:
        """Carry out one transaction; `message` ends its lines with CRLF and is not dot-stuffed."""
        refusal = self._refuse(sender, recipient, message, utf8=utf8)
        if refusal:
            return refusal
        self._stage = Stage.CONNECT
        try:
            return await self._transact(sender, recipient, message, utf8=utf8)
        except WireFault as fault:
            return self._lost(str(fault))
        except BaseException:
            self._wire.abort("the transaction was broken off")
            raise

    async def close(self) -> None:
        """End it politely; a fault while doing so changes nothing."""
        limit = self._timeouts.quit
        if self.usable:
            with suppress(WireFault):  # what was accepted stays so (RFC 5321 4.1.1.10)
                await self._wire.ask(b"QUIT", limit)
        await self._wire.close(limit)

    async def _transact(
        self, sender: str, recipient: str, message: bytes, *, utf8: bool
    ) -> Outcome:
        limits = self._timeouts
        parameter = " SMTPUTF8" if utf8 else ""  # RFC 6531 3.4
        for stage, command, limit, good in (
            (Stage.MAIL, f"MAIL FROM:<{sender}>{parameter}", limits.mail, 2),
            (Stage.RCPT, f"RCPT TO:<{recipient}>", limits.rcpt, 2),
            (Stage.DATA, "DATA", limits.data, 3),
        ):
            self._stage = stage
            reply = await self._wire.ask(command.encode(), limit)
            if reply.code // 100 != good:
                return await self._answered(reply)
        early = await self._write(message)
        if early:
            return self._premature(early)
        return await self._answered(await self._wire.reply(limits.final))

    async def _write(self, message: bytes) -> Reply | None:
        """Write the message and the dot; return a reply that came before the dot was written."""
        data = _stuffed(message)
        for start in range(0, len(data), _BLOCK):
            await self._wire.drain(self._timeouts.block)
            if self._wire.waiting:
                return await self._wire.reply(self._timeouts.block)
            self._stage = Stage.FINAL if start + _BLOCK >= len(data) else Stage.BODY
            self._wire.write(data[start : start + _BLOCK])
        return None

    async def _answered(self, reply: Reply) -> Outcome:
        """Return what `reply` means at this stage, and leave the connection ready or ended."""
        outcome = outcome_of(self._stage, reply.code, reply.text)
        adrift = outcome.verdict in (Verdict.RELEASED, Verdict.UNKNOWN)
        ready = reply.code != 421 and not (adrift and outcome.scope is Scope.CONNECTION)
        if ready and self._stage in (Stage.RCPT, Stage.DATA):
            ready = await self._reset()
        if not ready:
            self._wire.abort(f"given up after {reply.code} {reply.text}")
        return outcome

    def _premature(self, reply: Reply) -> Outcome:
        """Return what an answer means that came before the message had ended.

        The server and we no longer agree where messages end, so the connection is of no more use.
        No server can have accepted what was not begun: a yes before the first octet releases the
        Delivery. A yes in the middle may stand for the part it has: unknown.
        """
        self._wire.abort("the relay answered before the message had ended")
        outcome = outcome_of(self._stage, reply.code, reply.text)
        return replace(outcome, text=f"before the end of the message: {outcome.text}")

    async def _reset(self) -> bool:
        try:
            reply = await self._wire.ask(b"RSET", self._timeouts.mail)
        except WireFault:
            return False
        return reply.code // 100 == 2

    def _lost(self, why: str) -> Outcome:
        after_dot = self._stage is Stage.FINAL
        return Outcome(
            verdict=Verdict.UNKNOWN if after_dot else Verdict.RELEASED,
            stage=self._stage,
            scope=Scope.CONNECTION,
            text=why,
        )

    def _refuse(self, sender: str, recipient: str, message: bytes, *, utf8: bool) -> Outcome | None:
        """Return a refusal of our own when the message must not even be offered."""
        if not _fits(recipient) or (sender and not _fits(sender)):
            return _refused(Scope.RECIPIENT, "the address cannot stand in an SMTP command")
        if utf8 and not self.smtputf8:
            return _refused(Scope.RECIPIENT, "the relay takes no addresses beyond ASCII")
        if not utf8 and not (sender + recipient).isascii():
            return _refused(Scope.RECIPIENT, "the address has letters beyond ASCII")
        if not message.endswith(b"\r\n") or not _has_clean_lines(message):
            return _refused(Scope.MESSAGE, "a line of the message does not end with CRLF")
        if not utf8 and not message.isascii():
            return _refused(Scope.MESSAGE, "the message has octets beyond ASCII")
        if 0 < self._size_limit < len(message):
            text = f"{len(message)} octets, and the relay takes {self._size_limit}"
            return _refused(Scope.MESSAGE, f"the message is too big: {text}")
        return None


def _refused(scope: Scope, text: str) -> Outcome:
    return Outcome(verdict=Verdict.REFUSED, stage=Stage.LOCAL, scope=scope, text=text)


def _fits(address: str) -> bool:
    """Whether `address` is one path and nothing else: no second command, no parameter."""
    return bool(_PATH.fullmatch(address))


def _has_clean_lines(message: bytes) -> bool:
    """Whether CR and LF come in pairs only; servers differ in what they take for an end of data."""
    return message.count(b"\r\n") == message.count(b"\n") == message.count(b"\r")


def _stuffed(message: bytes) -> bytes:
    """Return what is written behind DATA: a dot before each dot in front, and the final dot."""
    dot = b"." if message.startswith(b".") else b""
    return b"".join((dot, message.replace(b"\r\n.", b"\r\n.."), b".\r\n"))
