"""How a send ends early: the operator, a full disk, a fault of ours; and how far it has come."""

import asyncio
import datetime
from pathlib import Path

import pytest

from newsletter.errors import NewsletterError
from newsletter.mailing.progress import Progress
from newsletter.model.mailing import DeliveryState
from newsletter.store.ledger import Ledger
from tests.mailing.sends import HurriedClock, office, send, slow
from tests.mailing.witness import Witness
from tests.store.office import (
    ISSUE,
    opened,
)

pytestmark = pytest.mark.slow

S = DeliveryState


async def test_a_stop_finishes_what_is_in_hand_and_hands_the_rest_back(tmp_path: Path) -> None:
    stop = asyncio.Event()
    with opened(tmp_path) as database:
        ledger = office(database, 50)

        def stop_at_ten(verb: str, _: str, __: int) -> float | None:
            if verb == "DOT" and len(relay.whole) == 10:
                stop.set()
            return 0.05 if verb == "DOT" else None

        relay = Witness(stop_at_ten, pipelining=False)
        async with relay:
            report = await send(ledger, relay.port, stop=stop)
            assert report.exit_code == 4
            assert "stopped at your word" in str(report.stopped)
            assert 10 <= report.count(S.ACCEPTED) == len(relay.accepted) <= 13
            assert report.count(S.PENDING) == 50 - report.count(S.ACCEPTED)
            stop.clear()
            assert (await send(ledger, relay.port)).exit_code == 0
        assert set(relay.recipients.values()) == {1}


async def test_who_does_not_answer_in_time_after_a_stop_is_unknown(tmp_path: Path) -> None:
    stop = asyncio.Event()

    def never(verb: str, _: str, __: int) -> float | None:
        if verb == "DOT":
            stop.set()
            return 60.0
        return None

    with opened(tmp_path) as database:
        ledger = office(database, 5)
        async with Witness(never) as relay:
            report = await send(
                ledger,
                relay.port,
                stop=stop,
                connections=1,
                grace=datetime.timedelta(seconds=0.1),
            )
        assert report.exit_code == 4
        assert (report.count(S.UNKNOWN), report.count(S.PENDING)) == (1, 4)


async def test_a_stop_does_not_wait_for_a_relay_that_does_not_greet(tmp_path: Path) -> None:
    stop = asyncio.Event()

    def silent(verb: str, _: str, __: int) -> float | None:
        stop.set()
        return 60.0

    with opened(tmp_path) as database:
        ledger = office(database, 5)
        async with Witness(silent) as relay:
            report = await asyncio.wait_for(send(ledger, relay.port, stop=stop), timeout=20)
        assert report.count(S.PENDING) == 5


async def test_two_senders_do_not_share_a_state(tmp_path: Path) -> None:
    with opened(tmp_path) as database, opened(tmp_path) as other:
        ledger = office(database, 3)
        with other.sole_sender():
            async with Witness() as relay:
                with pytest.raises(NewsletterError, match="is delivering from here already"):
                    await send(ledger, relay.port)
        assert relay.connections == 0


async def test_f38_a_full_disk_stops_before_the_next_mail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = 0
    turn = Ledger.turn

    def fails(self: Ledger, *arguments: object) -> object:
        nonlocal turns
        turns += 1
        if turns > 4:
            raise NewsletterError("state.db: database or disk is full", "make room")
        return turn(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Ledger, "turn", fails)
    with opened(tmp_path) as database:
        ledger = office(database, 50)
        async with Witness() as relay:
            with pytest.raises(NewsletterError, match="disk is full"):
                await send(ledger, relay.port)
            monkeypatch.setattr(Ledger, "turn", turn)
            taken = len(relay.accepted)
            assert taken < 30
            report = await send(ledger, relay.port)
        assert set(relay.recipients.values()) == {1}
        assert report.count(S.ACCEPTED) + report.count(S.UNKNOWN) == 50


async def test_a_mistake_of_the_program_is_raised_and_the_mail_in_hand_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from newsletter.smtp.connection import SmtpConnection

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a bug")

    with opened(tmp_path) as database:
        ledger = office(database, 5)
        async with Witness() as relay:
            with monkeypatch.context() as patch:
                patch.setattr(SmtpConnection, "submit", broken)
                with pytest.raises(ZeroDivisionError):
                    await send(ledger, relay.port, connections=1)
            (tally,) = ledger.tallies(ISSUE)
            assert (tally.count(S.UNKNOWN), tally.count(S.PENDING)) == (1, 4)
            assert (await send(ledger, relay.port)).count(S.ACCEPTED) == 4


async def test_an_issue_that_cannot_be_made_into_a_mail_is_told_before_anything_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("Subject: holds a line break")

    monkeypatch.setattr("newsletter.mailing.packing.compile_message", broken)
    with opened(tmp_path) as database:
        ledger = office(database, 3)
        async with Witness() as relay:
            with pytest.raises(NewsletterError, match=r"\(en\) cannot be made .* line break"):
                await send(ledger, relay.port)
        assert not relay.whole
        assert ledger.tallies(ISSUE)[0].by_state == {S.PENDING: 3}


# --- Progress ---


async def test_progress_counts_everybody_and_ends_where_the_report_does(tmp_path: Path) -> None:
    seen: list[Progress] = []

    def mixed(verb: str, recipient: str, _: int) -> bytes | None:
        if verb == "RCPT" and recipient.startswith("reader00001"):
            return b"550 5.1.1 no\r\n"
        return b"450 later\r\n" if verb == "RCPT" and recipient.startswith("reader00002") else None

    with opened(tmp_path) as database:
        ledger = office(database, 20)
        clock = HurriedClock()
        async with Witness(mixed) as relay:
            await send(ledger, relay.port, seen=seen, clock=clock, gentleness=slow(0.5))
    assert {each.total for each in seen} == {20}
    last = seen[-1]
    assert (last.accepted, last.refused, last.deferred, last.pending) == (18, 1, 1, 0)
    assert [each.accepted for each in seen] == sorted(each.accepted for each in seen)
    middle = next(each for each in seen if each.accepted > 10)
    assert 0 < middle.rate <= 0.6
    assert middle.seconds_left is not None


async def test_trouble_with_the_relay_is_shown_while_it_lasts(tmp_path: Path) -> None:
    seen: list[Progress] = []
    with opened(tmp_path) as database:
        ledger = office(database, 3)
        async with Witness() as relay:
            relay.answers = lambda verb, _, count: (
                b"421 4.3.2 busy\r\n" if verb == "GREETING" and count == 1 else None
            )
            await send(ledger, relay.port, seen=seen, connections=1)
    assert any("421 4.3.2 busy" in each.note for each in seen)
    assert seen[-1].note == ""
