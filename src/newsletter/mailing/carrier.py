"""The relay's side of a running send: one carrier has one connection at a time.

A carrier takes an errand only when it has a connection, builds the mail at that moment, and reports
what came of it. Whatever happens to a mail is an Outcome; when the transaction is cut short from
our side, the worst is assumed: unknown. Faults of the connection or the sender close it, and after
several in a row, or at once when the relay speaks of policy or refuses the issue itself, the send
stops with its words.
"""

from newsletter.errors import Stopped
from newsletter.mailing.clerk import Clerk, Errand
from newsletter.mailing.decide import ABOUT_US, holds_for_all, words
from newsletter.mailing.pace import Breaker, wait_for_room
from newsletter.mailing.ports import Connection
from newsletter.mailing.progress import Meter
from newsletter.mailing.send import Send
from newsletter.message.recipient import address_recipient
from newsletter.model.mailing import Outcome, Scope, Stage, Verdict

_UNSUPPORTED = Outcome(
    verdict=Verdict.REFUSED,
    stage=Stage.LOCAL,
    scope=Scope.RECIPIENT,
    text="unsupported-address: the relay does not offer SMTPUTF8, which this address needs",
)


class Carrier:
    """Carries errands to a relay until cancelled; `busy` while it must not be."""

    def __init__(self, send: Send, clerk: Clerk, breaker: Breaker, meter: Meter) -> None:
        self.busy = False
        self._send, self._clerk, self._breaker, self._meter = send, clerk, breaker, meter
        self._clock = send.clock

    async def work(self) -> None:
        """Open connections and use them; a fault of ours stops the whole send and is raised."""
        refusals = 0
        try:
            while not self._clerk.over:
                await self._clock.sleep(self._breaker.seconds_to_wait())
                began = self._clock.monotonic()
                connection = await self._send.transport.connect()
                if not isinstance(connection, Outcome):
                    refusals = 0
                    await self._use(connection)
                elif connection.scope is not Scope.POLICY and self._clerk.connections:
                    refusals += 1  # others are connected: the relay is well, but wants fewer
                    await self._clock.sleep(wait_for_room(refusals, self._send.chance))
                else:
                    self._judge(connection, began)
        except Exception as fault:
            self._clerk.stop(fault)
            raise

    async def _use(self, connection: Connection) -> None:
        self._clerk.opened()
        try:
            for _ in range(self._send.settings.messages_per_connection):
                if self._clerk.over:
                    break
                errand = await self._clerk.errands.get()
                self.busy = True
                began = self._clock.monotonic()
                outcome = await self._carry(connection, errand)
                self._judge(outcome, began)
                self.busy = False
                if not connection.usable or outcome.scope in ABOUT_US:
                    break
        finally:
            self._clerk.lost()
            self.busy = True
            await connection.close()
            self.busy = False

    async def _carry(self, connection: Connection, errand: Errand) -> Outcome:
        """Submit one mail and report what came of it, whatever that is."""
        outcome = Outcome(
            verdict=Verdict.UNKNOWN,
            stage=Stage.FINAL,
            scope=Scope.CONNECTION,
            text="the program was stopped before the relay answered",
        )
        try:
            outcome = await self._submit(connection, errand)
        finally:
            self._clerk.report(errand.job, outcome)
        return outcome

    async def _submit(self, connection: Connection, errand: Errand) -> Outcome:
        job = errand.job
        utf8 = job.address.needs_smtputf8
        if utf8 and not connection.smtputf8:
            return _UNSUPPORTED
        try:
            recipient = address_recipient(
                errand.head,
                self._send.keys,
                issue=self._send.issue,
                delivery_id=job.id,
                subscriber_id=job.subscriber_id,
                list_number=job.list_id,
                address=job.address,
                name=job.name,
            )
            message = errand.message.build(recipient, utf8=utf8)
        except ValueError as fault:
            return Outcome(
                verdict=Verdict.REFUSED,
                stage=Stage.LOCAL,
                scope=Scope.RECIPIENT,
                text=f"the mail to this recipient cannot be made: {fault}",
            )
        return await connection.submit(
            recipient.envelope_sender, job.address.wire, message, utf8=utf8
        )

    def _judge(self, outcome: Outcome, began: float) -> None:
        """Look at what an Outcome says about the relay and us."""
        if outcome.verdict is Verdict.ACCEPTED:
            self._breaker.good()
            self._meter.note("")
        elif outcome.scope is Scope.RECIPIENT:
            if outcome.stage is not Stage.LOCAL:
                self._breaker.good()
        elif holds_for_all(outcome):
            self._stop(outcome)
        else:
            self._meter.note(words(outcome))
            if self._breaker.fault(began):
                self._stop(outcome)

    def _stop(self, outcome: Outcome) -> None:
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
            what = "the relay does not take mail from us"
        self._clerk.stop(Stopped(f"{what}: {words(outcome)}", remedy))
