"""Delivers what is due of an issue, and accounts for every recipient.

Order: take the right to be the only sender, put right what a dead sender left, then work in this
process (`shift.py`), or lead several that work (`crew.py`), until nothing is due or somebody stops
it. To resume is to call `deliver` again: after any death of the process it goes on where the ledger
stands.
"""

from collections.abc import Collection, Sequence

from newsletter.mailing.crew import Crew
from newsletter.mailing.lane import Lanes, Route, make_lanes
from newsletter.mailing.limits import open_at
from newsletter.mailing.ports import Ledger
from newsletter.mailing.progress import Meter
from newsletter.mailing.providers import Providers
from newsletter.mailing.report import Report, insist_frozen, report
from newsletter.mailing.send import DeliverySettings, Send, Surroundings
from newsletter.mailing.sharing import cores, processes_for
from newsletter.mailing.shift import NO_HALT, Halt, Shift, obeying, sent_before
from newsletter.message.dkim import Signer
from newsletter.model.ledger import Resolution
from newsletter.model.mailing import DeliveryState, Tally
from newsletter.tokens import KeyRing

__all__ = ["DeliverySettings", "Route", "Surroundings", "deliver"]


async def deliver(
    ledger: Ledger,
    routes: Sequence[Route],
    keys: KeyRing,
    issue: str,
    settings: DeliverySettings,
    surroundings: Surroundings | None = None,
    *,
    only: Collection[str] = (),
    signer: Signer | None = None,
) -> Report:
    """Deliver what is due of an issue's Mailings (to the Lists in `only`, or all).

    The Report says where all stand and, in `stopped`, what stopped it, or in `goes_on_at` when
    hours and limits let it go on. Raises NewsletterError when the issue was never frozen, another
    process delivers, or the ledger cannot be written.
    """
    around = surroundings or Surroundings()
    send = Send(
        ledger=ledger,
        routes=routes,
        keys=keys,
        signer=signer,
        issue=issue,
        only=only,
        settings=settings,
        clock=around.clock,
        chance=around.chance,
    )
    insist_frozen(ledger, issue)
    with ledger.sole_sender() as right:
        ledger.recover(send.clock.now())
        _let_again(send)
        halt = await _send_what_is_due(send, around, right)
        while halt == NO_HALT and _let_again(send):
            halt = await _send_what_is_due(send, around, right)
    return report(ledger, issue, halt.stopped, halt.goes_on_at)


def _let_again(send: Send) -> bool:
    """Let the unknown be sent again, each once, if the settings say so; whether there are any."""
    if not send.settings.resend_unknown:
        return False
    now = send.clock.now()
    word = Resolution.RESEND
    return send.ledger.resolve(send.issue, word, now, only=send.only, most_unknown=1) > 0


async def _send_what_is_due(send: Send, around: Surroundings, right: int) -> Halt:
    """Deliver until nothing is due; return what keeps it from going on; raise faults of ours."""
    tallies = send.tallies()
    now, settings = send.clock.now(), send.settings
    if not any(each.next_due and each.next_due <= now for each in tallies):
        return NO_HALT
    opens = open_at(settings.hours, now)
    if opens - now > settings.patience:
        return Halt(goes_on_at=opens)
    meter, to_do = Meter(tallies, send.clock, around.listener), _to_do(tallies)
    count = processes_for(settings, send.routes, to_do=to_do, cores=cores())
    if around.workforce and count > 1:
        return await Crew(send, count, around.workforce, right, meter).work(around.stop)
    shift = Shift(send, *_ways(send), meter, to_do)
    async with obeying(around.stop, shift.clerk.stop, send.issue):
        return await shift.work()


def _ways(send: Send) -> tuple[Lanes, Providers]:
    """Return relays and providers with their limits, and with what was sent before."""
    before, settings = sent_before(send), send.settings
    lanes = make_lanes(
        send.routes,
        send.clock,
        send.chance,
        before.relays,
        most_faults=settings.faults_in_a_row,
        most_at_first=settings.faults_at_first,
    )
    return lanes, Providers(settings.domains, send.clock, before.providers)


def _to_do(tallies: Collection[Tally]) -> int:
    states = (DeliveryState.PENDING, DeliveryState.DEFERRED)
    return sum(tally.count(state) for tally in tallies for state in states)
