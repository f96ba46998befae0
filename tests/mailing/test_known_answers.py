"""What a send does when it knows the words of an answer: slower, tomorrow, or not at all."""

from pathlib import Path

from newsletter.mailing.clock import SystemClock
from newsletter.model.mailing import DeliveryState
from tests.mailing.sends import SwiftClock, office, send
from tests.mailing.witness import Witness
from tests.store.office import opened

S = DeliveryState
TOO_FAST = b"454 Throttling failure: Maximum sending rate exceeded.\r\n"
NO_MORE_TODAY = b"454 Throttling failure: Daily message quota exceeded.\r\n"


async def test_a_relay_that_wants_it_slower_is_given_a_pause_and_all_of_it(tmp_path: Path) -> None:
    clock = SwiftClock()
    asked = 0

    def busy(verb: str, _recipient: str, _count: int) -> bytes | None:
        nonlocal asked
        asked += verb == "MAIL"
        return TOO_FAST if verb == "MAIL" and asked in (3, 9) else None

    with opened(tmp_path) as database:
        ledger = office(database, 20)
        async with Witness(busy) as relay:
            report = await send(ledger, relay.port, clock=clock)
        assert report.exit_code == 0
        assert set(relay.recipients.values()) == {1}
        assert clock.passed >= 5


async def test_what_is_over_a_quota_waits_for_the_next_day(tmp_path: Path) -> None:
    clock = SwiftClock()
    asked = 0

    def full(verb: str, _recipient: str, _count: int) -> bytes | None:
        nonlocal asked
        asked += verb == "MAIL"
        return NO_MORE_TODAY if verb == "MAIL" and asked > 5 else None

    with opened(tmp_path) as database:
        ledger = office(database, 20)
        async with Witness(full, pipelining=False) as relay:
            report = await send(ledger, relay.port, clock=clock, connections=1)
            assert report.goes_on_at
            assert report.goes_on_at - clock.now() > clock.now() - clock.start
            assert (report.count(S.ACCEPTED), report.count(S.PENDING)) == (5, 15)
            assert not report.stopped
            clock.go_to(report.goes_on_at)
            asked = -100
            assert (await send(ledger, relay.port, clock=clock)).exit_code == 0


async def test_a_send_does_not_stay_for_the_next_day_with_mails_laid_out(tmp_path: Path) -> None:
    """By a clock on which a day is a day."""

    def full(verb: str, _recipient: str, _count: int) -> bytes | None:
        return NO_MORE_TODAY if verb == "DOT" and len(relay.accepted) >= 40 else None

    relay = Witness(full)
    with opened(tmp_path) as database:
        ledger = office(database, 300)
        async with relay:
            report = await send(ledger, relay.port, clock=SystemClock())
    assert report.goes_on_at
    assert report.count(S.ACCEPTED) == len(relay.accepted) < 300
    assert not report.in_flight


async def test_a_provider_that_wants_it_slower_is_spared_and_others_get_theirs(
    tmp_path: Path,
) -> None:
    slower = (
        b"421 4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from "
        b"your IP address.\r\n"
    )

    def picky(verb: str, recipient: str, count: int) -> bytes | None:
        return slower if verb == "RCPT" and recipient.startswith("reader00003") else None

    with opened(tmp_path) as database:
        ledger = office(database, 6)
        async with Witness(picky) as relay:
            report = await send(ledger, relay.port, connections=1)
        assert not report.stopped
        assert report.next_due
        assert report.count(S.REFUSED) == 0
        assert "reader00003@example.org" not in relay.recipients
