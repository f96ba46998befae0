"""The relay's side of a running send: one carrier has one connection at a time.

A carrier takes errands only when its connection has room, builds each mail at that moment, and
reports what came of it. Whatever happens to a mail is an Outcome; when it is cut short from our
side behind its last octet, the worst is assumed: unknown. Faults of the connection or the sender
end it as soon as what is in flight was answered, and after several in a row, or at once when the
relay speaks of policy or refuses the issue itself, the send stops with its words.
"""

import asyncio
import functools
from dataclasses import replace

from newsletter.errors import Stopped
from newsletter.mailing.clerk import Clerk
from newsletter.mailing.decide import ABOUT_US, holds_for_all, words
from newsletter.mailing.lane import Lane
from newsletter.mailing.pace import wait_for_room
from newsletter.mailing.packing import Errand, Packer
from newsletter.mailing.ports import Connection
from newsletter.mailing.progress import Meter
from newsletter.mailing.send import Send
from newsletter.model.ledger import Job
from newsletter.model.mailing import Outcome, Scope, Stage, Verdict
from newsletter.smtp.answers import About, Advice, Kind, advice_of

_UNSUPPORTED = Outcome(
    verdict=Verdict.REFUSED,
    stage=Stage.LOCAL,
    scope=Scope.RECIPIENT,
    text="unsupported-address: the relay does not offer SMTPUTF8, which this address needs",
)


_A_DAY = 86400.0  # seconds
_CUT_SHORT = Outcome(
    verdict=Verdict.UNKNOWN,
    stage=Stage.FINAL,
    scope=Scope.CONNECTION,
    text="the program was stopped before the relay answered",
)


class Carrier:
    """Carries errands to a relay until cancelled; `busy` while it must not be."""

    def __init__(self, send: Send, lane: Lane, clerk: Clerk, packer: Packer, meter: Meter) -> None:
        self._send, self._lane, self._clerk, self._meter = send, lane, clerk, meter
        self._packer = packer
        self._clock = send.clock
        self._connection: Connection | None = None
        self._left = 0  # how many more messages it may carry
        self._loading = self._closing = self._tired = False
        self._emptied = asyncio.Event()
        self._fault: Exception | None = None

    @property
    def busy(self) -> bool:
        """Whether something is on its way that a cancellation would leave in doubt."""
        return self._closing or bool(self._connection and self._connection.in_flight)

    @property
    def capacity(self) -> int:
        """How many messages its connection takes at the same time; 0 without one."""
        connection = self._connection
        return connection.in_flight + connection.room if connection else 0

    def wake(self) -> None:
        """Take errands, or see that it is time to go."""
        self._load()

    async def work(self) -> None:
        """Open connections and use them; a fault of ours stops the whole send and is raised."""
        refusals = 0
        try:
            while not self._clerk.over and not self._lane.stopped:
                await self._clock.sleep(self._lane.breaker.seconds_to_wait())
                began = self._clock.monotonic()
                connection = await self._enter()
                if connection is None:
                    continue
                if not isinstance(connection, Outcome):
                    refusals = 0
                    await self._use(connection)
                elif connection.scope is not Scope.POLICY and self._lane.connected:
                    refusals += 1  # others are connected: the relay is well, but wants fewer
                    await self._clock.sleep(wait_for_room(refusals, self._send.chance))
                else:
                    self._judge(connection, began)
        except Exception as fault:
            self._clerk.stop(fault)
            raise

    async def _enter(self) -> Connection | Outcome | None:
        """Open a connection; none when somebody else had to be waited for, so look again.

        Until one has come about they are tried one by one: a wrong password, tried by all at once,
        locks the account.
        """
        lane = self._lane
        if lane.entered.is_set():
            return await lane.route.transport.connect()
        async with lane.door:
            if lane.entered.is_set() or lane.stopped or self._clerk.over:
                return None
            connection = await lane.route.transport.connect()
            if not isinstance(connection, Outcome):
                lane.entered.set()
            return connection

    async def _use(self, connection: Connection) -> None:
        """Keep a connection full until it has carried enough, or something is wrong with it.

        It is filled again by whoever has news, at that moment: an answer, or the clerk.
        """
        self._left = self._lane.route.messages_per_connection
        self._connection, self._tired = connection, False
        self._emptied.clear()
        self._clerk.joined(self)
        self._lane.connected += 1
        try:
            self._load()
            await self._emptied.wait()
            if self._fault:
                raise self._fault
        except BaseException:
            connection.abort(_CUT_SHORT.text)
            raise
        finally:
            self._clerk.left(self)
            self._lane.connected -= 1
            self._closing = True
            await connection.close()
            self._closing, self._connection = False, None

    def _load(self) -> None:
        """Hand over what there is room for; see whether the connection has done its part."""
        connection = self._connection
        if connection is None or self._loading:
            return
        self._loading = True
        try:
            while self._left and connection.room and not self._tired:
                errand = self._clerk.take(self._lane)
                if errand is None:
                    break
                self._left -= 1
                self._hand_over(connection, errand)
        except Exception as fault:  # noqa: BLE001 - `_use` raises it
            self._fault, self._tired = fault, True
            self._emptied.set()
        finally:
            self._loading = False
        done = not self._left or self._tired or self._clerk.over or self._lane.stopped
        if (done or not connection.usable) and not connection.in_flight:
            self._emptied.set()

    def _hand_over(self, connection: Connection, errand: Errand) -> None:
        """Submit one mail; whatever comes of it is reported."""
        tell = functools.partial(self._came_to, errand.job, self._clock.monotonic())
        if errand.job.address.needs_smtputf8 and not connection.smtputf8:
            tell(_UNSUPPORTED)
            return
        try:
            parcel = self._packer.pack(errand)
        except ValueError as fault:
            text = f"the mail to this recipient cannot be made: {fault}"
            tell(replace(_UNSUPPORTED, text=text))
            return
        try:
            connection.submit(parcel, tell)
        except BaseException:
            tell(_CUT_SHORT)
            raise

    def _came_to(self, job: Job, began: float, outcome: Outcome) -> None:
        """Report what an errand came to."""
        self._clerk.report(job, outcome, self._lane)
        advice = advice_of(outcome)
        if advice and advice.about is not About.MAILBOX:
            self._heed(advice, job, outcome)
        else:
            self._judge(outcome, began)
        self._tired = self._tired or outcome.scope in ABOUT_US
        self._load()

    def _heed(self, advice: Advice, job: Job, outcome: Outcome) -> None:
        """Do what an answer asks for whose words are known: spare the relay, or a provider."""
        self._meter.note(advice.words)
        pause = _A_DAY if advice.pause is None else advice.pause
        if advice.about is About.DOMAIN:
            self._clerk.spare(job.address.domain, pause)
        elif advice.kind is Kind.BLOCKED:
            self._stop(outcome, advice.words)
        else:
            self._lane.pause(pause)

    def _judge(self, outcome: Outcome, began: float) -> None:
        """Look at what an Outcome says about the relay and us."""
        if outcome.verdict is Verdict.ACCEPTED:
            self._lane.breaker.good()
            self._meter.note("")
        elif outcome.scope is Scope.RECIPIENT:
            if outcome.stage is not Stage.LOCAL:
                self._lane.breaker.good()
        elif holds_for_all(outcome):
            self._stop(outcome)
        else:
            self._meter.note(words(outcome))
            if self._lane.breaker.fault(began):
                self._stop(outcome)

    def _stop(self, outcome: Outcome, why: str = "") -> None:
        issue = self._send.issue
        remedy = f"mend that, then `newsletter resume {issue}`; nothing is lost"
        if outcome.scope is Scope.MESSAGE:
            what = "the relay does not take this issue"
            remedy = (
                f"let it take such mail, then `newsletter resume {issue}`; or, if nobody has it "
                f"yet, `newsletter cancel {issue}`, mend it and send it anew; nothing is lost"
            )
        elif outcome.stage is Stage.CONNECT:
            what = "there is no connection to the relay"
        else:
            what = why or "the relay does not take mail from us"
        reason = Stopped(f"{what}: {words(outcome)}", remedy)
        if outcome.scope is Scope.MESSAGE:
            self._clerk.stop(reason)
        else:
            self._clerk.give_up(self._lane, reason)
